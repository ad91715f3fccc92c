// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls/INITIATOR delete: unmap a LUN. */
#include <errno.h>

#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct strlist acls = { 0 };
	unsigned int mapped;
	int err = parse_index(ctx, arg(&verb_mapped_lun_delete, args, "mapped_lun"),
			      "mapped_lun", "mapped LUN", MAX_LUN, &mapped);

	if (err)
		return err;
	if (!cfs_exists(&ctx->cfs, "%s/lun_%u", node->dir, mapped))
		return fail_plain(ctx, -ENOENT, "ACL %s has no mapped_lun%u", node->name,
				  mapped);
	node_dirs(node, &acls);
	for (size_t i = 0; i < acls.n && !err; i++)
		if (cfs_exists(&ctx->cfs, "%s/lun_%u", acls.v[i], mapped))
			err = mapped_lun_delete(ctx, acls.v[i], mapped);
	sl_free(&acls);
	if (!err)
		say(ctx, "Deleted Mapped LUN %u.", mapped);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "mapped_lun", out);
}

const struct verb verb_mapped_lun_delete = {
	.name = "delete",
	.kinds = BIT(N_ACL),
	.help = "Unmap a LUN from this initiator",
	.params = { { "mapped_lun", "number that the initiator sees", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
