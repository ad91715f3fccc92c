// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls delete: no longer admit an initiator. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "verbs.h"

/* The ACL as given, or in the normal form of its name. */
static struct node *find_acl(struct ctx *ctx, struct node *acls, const char *wwn)
{
	struct node *acl = node_child(ctx, acls, wwn);
	char *name = acl ? NULL : normal_name(ctx, wwn);

	if (name) {
		acl = node_child(ctx, acls, name);
		if (!acl)
			fail_plain(ctx, -ENOENT, "there is no ACL %s", name);
	}
	free(name);
	return acl;
}

/* As targetcli: a tag may stand for more initiators than one has in mind. */
static int refuse_tag(struct ctx *ctx, const struct node *acl)
{
	struct strlist dirs = { 0 };
	struct strbuf names = { 0 };
	int err;

	node_dirs(acl, &dirs);
	for (size_t i = 0; i < dirs.n; i++)
		sb_addf(&names, "%s%s", i ? ", " : "", strrchr(dirs.v[i], '/') + 1);
	err = usage(ctx, "%s is a tag; delete its ACLs by their names: %s", acl->name, names.s);
	sl_free(&dirs);
	sb_free(&names);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct node *acl = find_acl(ctx, node, arg(&verb_acl_delete, args, "wwn"));
	int err;

	if (!acl)
		return -ENOENT;
	err = node_is_tag(acl) ? refuse_tag(ctx, acl) : acl_delete(ctx, acl->dir);
	if (!err)
		say(ctx, "Deleted Node ACL %s.", acl->name);
	node_free(acl);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	cfs_list(&ctx->cfs, out, CFS_DIRS, "%s", node->dir);
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
