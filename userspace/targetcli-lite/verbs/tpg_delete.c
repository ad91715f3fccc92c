// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN delete: a portal group and all below it. */
#include <errno.h>
#include <stdlib.h>

#include "iscsi.h"
#include "pending.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *s = arg(&verb_tpg_delete, args, "tag");
	unsigned int tag;
	char *dir;
	int err = parse_index(ctx, s, "tpg", "portal group tag", MAX_TAG, &tag);

	if (err)
		return err;
	dir = xasprintf("%s/tpgt_%u", node->dir, tag);
	if (!cfs_exists(&ctx->cfs, "%s", dir))
		err = fail_plain(ctx, -ENOENT, "target %s has no portal group tpg%u",
				 node->name, tag);
	else
		err = tpg_delete(ctx, dir);
	if (!err)
		err = pending_forget_target(ctx, node->name, &tag);
	if (!err)
		say(ctx, "Deleted TPGT %u.", tag);
	free(dir);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "tpg", out);
}

const struct verb verb_tpg_delete = {
	.name = "delete",
	.kinds = BIT(N_TARGET),
	.help = "Delete a portal group, ending its sessions",
	.params = { { "tag", "its tag, like 2 or tpg2", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
