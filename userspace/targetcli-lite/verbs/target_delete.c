// SPDX-License-Identifier: GPL-2.0
/* /iscsi delete: a target and all below it. */
#include <errno.h>

#include "iscsi.h"
#include "pending.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *wwn = arg(&verb_target_delete, args, "wwn");
	struct node *target = node_child(ctx, node, wwn);
	int err;

	if (!target)
		return fail_plain(ctx, -ENOENT, "there is no target %s", wwn);
	err = target_delete(ctx, target->dir);
	if (!err)
		err = pending_forget_target(ctx, wwn, NULL);
	if (!err)
		say(ctx, "Deleted Target %s.", wwn);
	node_free(target);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "", out);
}

const struct verb verb_target_delete = {
	.name = "delete",
	.kinds = BIT(N_ISCSI),
	.help = "Delete a target, ending its sessions",
	.params = { { "wwn", "iSCSI name of the target", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
