// SPDX-License-Identifier: GPL-2.0
/* /backstores/PLUGIN/NAME/alua create: an ALUA target port group. */
#include <errno.h>
#include <stdlib.h>

#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *name = arg(&verb_alua_create, args, "name");
	const char *tag = arg(&verb_alua_create, args, "tag");
	uint64_t n;
	char *path;
	int err;

	if (!so_name_ok(name))
		return usage(ctx, "'%s' cannot be the name of an ALUA group", name);
	if (!parse_uint(tag, 65535, &n) || !n)
		return usage(ctx, "tag=%s: give a number from 1 to 65535", tag);
	err = cfs_mkdir(&ctx->cfs, "%s/%s", node->dir, name);
	if (err)
		return fail(ctx, err, "cannot create ALUA group %s", name);
	err = cfs_write(&ctx->cfs, tag, "%s/%s/tg_pt_gp_id", node->dir, name);
	if (err) {
		cfs_rmdir(&ctx->cfs, "%s/%s", node->dir, name);
		return fail(ctx, err, "cannot give ALUA group %s the tag %s", name, tag);
	}
	path = node_path(node);
	created(ctx, xasprintf("%s/%s", path, name), "Created ALUA TPG %s.", name);
	free(path);
	return 0;
}

const struct verb verb_alua_create = {
	.name = "create",
	.kinds = BIT(N_ALUA_GROUPS),
	.help = "Create an ALUA target port group",
	.params = {
		{ "name", "name of the group", true },
		{ "tag", "its number, 1 to 65535", true },
	},
	.changes = true,
	.run = run,
};
