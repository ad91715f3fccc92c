// SPDX-License-Identifier: GPL-2.0
/* /backstores/PLUGIN/NAME/alua delete: an ALUA target port group. */
#include <errno.h>
#include <string.h>

#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *name = arg(&verb_alua_delete, args, "name");
	int err;

	if (!strcmp(name, "default_tg_pt_gp"))
		return usage(ctx, "default_tg_pt_gp is the kernel's and cannot be deleted");
	if (strchr(name, '/') || !cfs_exists(&ctx->cfs, "%s/%s", node->dir, name))
		return fail_plain(ctx, -ENOENT, "there is no ALUA group %s", name);
	err = cfs_rmdir(&ctx->cfs, "%s/%s", node->dir, name);
	if (err)
		return fail(ctx, err, "cannot delete ALUA group %s", name);
	say(ctx, "Deleted ALUA TPG %s.", name);
	return 0;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "", out);
}

const struct verb verb_alua_delete = {
	.name = "delete",
	.kinds = BIT(N_ALUA_GROUPS),
	.help = "Delete an ALUA target port group",
	.params = { { "name", "name of the group", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
