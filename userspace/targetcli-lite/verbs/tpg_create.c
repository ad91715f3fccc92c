// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN create: a portal group. */
#include "iscsi.h"
#include "verbs.h"

static int next_tag(struct ctx *ctx, const char *target, unsigned int *tag)
{
	struct strlist names = { 0 };

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", target);
	sl_add(&names, "tpgt_0");	/* targetcli counts from 1 */
	*tag = lowest_free(&names, "tpgt_");
	sl_free(&names);
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *s = arg(&verb_tpg_create, args, "tag");
	unsigned int tag;
	int err;

	err = s ? parse_index(ctx, s, "tpg", "portal group tag", MAX_TAG, &tag) :
		  next_tag(ctx, node->dir, &tag);
	if (!err)
		err = tpg_setup(ctx, node->dir, tag);
	if (!err)
		answer(ctx, json_pack("{s:o, s:i}", "path",
				      json_sprintf("/iscsi/%s/tpg%u", node->name, tag),
				      "tag", tag));
	return err;
}

const struct verb verb_tpg_create = {
	.name = "create",
	.kinds = BIT(N_TARGET),
	.help = "Create a portal group",
	.params = { { "tag", "its tag, like 2 or tpg2 (default: the lowest free)", false } },
	.changes = true,
	.run = run,
};
