// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/portals delete: stop listening on an address. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "verbs.h"

/*
 * The portal as given or in its normal form: other tools may have written an
 * IPv6 address in another way. NULL when there is neither.
 */
static char *existing(struct ctx *ctx, const char *dir, const char *ip, const char *port)
{
	bool bare6 = strchr(ip, ':') && *ip != '[';
	char *name = xasprintf(bare6 ? "[%s]:%s" : "%s:%s", ip, port);

	if (!strchr(name, '/') && cfs_exists(&ctx->cfs, "%s/%s", dir, name))
		return name;
	free(name);
	name = portal_name(ctx, ip, port);
	if (name && !cfs_exists(&ctx->cfs, "%s/%s", dir, name)) {
		fail_plain(ctx, -ENOENT, "there is no portal %s", name);
		free(name);
		return NULL;
	}
	return name;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	char *name = existing(ctx, node->dir, arg(&verb_portal_delete, args, "ip_address"),
			      arg(&verb_portal_delete, args, "ip_port"));
	int err;

	if (!name)
		return -EINVAL;
	err = portal_delete(ctx, node->parent->dir, name);
	if (!err)
		say(ctx, "Deleted network portal %s", name);
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
