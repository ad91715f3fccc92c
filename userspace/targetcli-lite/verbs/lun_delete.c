// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/luns delete: take a LUN away from all initiators. */
#include <errno.h>

#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *s = arg(&verb_lun_delete, args, "lun");
	unsigned int lun;
	int err = parse_index(ctx, s, "lun", "LUN", MAX_LUN, &lun);

	if (err)
		return err;
	if (!cfs_exists(&ctx->cfs, "%s/lun_%u", node->dir, lun))
		return fail_plain(ctx, -ENOENT, "%s of %s has no lun%u", node->parent->name,
				  node->parent->parent->name, lun);
	err = lun_delete(ctx, node->parent->dir, lun);
	if (!err)
		say(ctx, "Deleted LUN %u.", lun);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "lun", out);
}

const struct verb verb_lun_delete = {
	.name = "delete",
	.kinds = BIT(N_LUNS),
	.help = "Delete a LUN and what is mapped to it",
	.params = { { "lun", "number of the LUN, like 3 or lun3", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
