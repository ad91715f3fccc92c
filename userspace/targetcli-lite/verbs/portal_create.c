// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/portals create: listen on an address. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *ip = arg(&verb_portal_create, args, "ip_address");
	const char *port = arg(&verb_portal_create, args, "ip_port");
	char *name, *path;
	int err;

	name = portal_name(ctx, ip ? ip : "0.0.0.0", port ? port : "3260");
	if (!name)
		return -EINVAL;
	if (!port || !strcmp(port, "3260"))
		say(ctx, "Using default IP port %d", DEFAULT_PORT);
	if (!ip || !strcmp(ip, "0.0.0.0"))
		say(ctx, "Binding to INADDR_ANY (0.0.0.0)");
	err = portal_create(ctx, node->parent->dir, name);
	if (!err) {
		path = node_path(node);
		created(ctx, xasprintf("%s/%s", path, name), "Created network portal %s.", name);
		free(path);
	}
	free(name);
	return err;
}

const struct verb verb_portal_create = {
	.name = "create",
	.kinds = BIT(N_PORTALS),
	.help = "Listen on an address",
	.params = {
		{ "ip_address", "IPv4 or [IPv6] address (default: 0.0.0.0)", false },
		{ "ip_port", "TCP port (default: 3260)", false },
	},
	.changes = true,
	.run = run,
};
