// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/portals delete: stop listening on an address. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "pending.h"
#include "verbs.h"

/* One that only the saved configuration has. */
static int forget(struct ctx *ctx, const struct node *node, const char *name)
{
	const struct node *tpg = node->parent;
	unsigned int tag = strtoul(tpg->name + strlen("tpg"), NULL, 10);
	int err = pending_forget_portal(ctx, tpg->parent->name, tag, name);

	if (!err)
		say(ctx, "Forgot the pending portal %s.", name);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	char *name = portal_name(ctx, arg(&verb_portal_delete, args, "ip_address"),
				 arg(&verb_portal_delete, args, "ip_port"));
	char *dir = name ? portal_find(ctx, node->parent->dir, name) : NULL;
	int err = name ? 0 : -EINVAL;

	if (dir)
		err = portal_delete(ctx, node->parent->dir, dir);
	if (dir && !err)
		say(ctx, "Deleted network portal %s", dir);
	if (name && !dir)
		err = forget(ctx, node, name);
	free(dir);
	free(name);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	struct strlist portals = { 0 };

	node_children(ctx, node, &portals);
	for (size_t i = 0; i < portals.n; i++) {
		char *colon = strrchr(portals.v[i], ':');

		*colon = '\0';
		if (!strcmp(name, "ip_address"))
			sl_add(out, portals.v[i]);
		else if (args->value[0] && !strcmp(args->value[0], portals.v[i]))
			sl_add(out, colon + 1);
	}
	sl_free(&portals);
}

const struct verb verb_portal_delete = {
	.name = "delete",
	.kinds = BIT(N_PORTALS),
	.help = "Stop listening on an address",
	.params = {
		{ "ip_address", "IPv4 or [IPv6] address", true },
		{ "ip_port", "TCP port", true },
	},
	.changes = true,
	.run = run,
	.complete = complete,
};
