// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls delete: no longer admit an initiator. */
#include <errno.h>
#include <stdlib.h>

#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	char *name = normal_name(ctx, arg(&verb_acl_delete, args, "wwn"));
	char *dir;
	int err;

	if (!name)
		return -EINVAL;
	dir = xasprintf("%s/%s", node->dir, name);
	if (!cfs_exists(&ctx->cfs, "%s", dir))
		err = fail_plain(ctx, -ENOENT, "there is no ACL %s", name);
	else
		err = acl_delete(ctx, dir);
	if (!err)
		say(ctx, "Deleted Node ACL %s.", name);
	free(dir);
	free(name);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "", out);
}

const struct verb verb_acl_delete = {
	.name = "delete",
	.kinds = BIT(N_ACLS),
	.help = "Delete an ACL, ending its session",
	.params = { { "wwn", "iSCSI name of the initiator", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
