// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls create: admit an initiator. */
#include <errno.h>
#include <stdlib.h>

#include "iscsi.h"
#include "verbs.h"

static int map_all(struct ctx *ctx, const char *tpg, const char *acl)
{
	struct strlist luns = { 0 };
	int err = 0;

	cfs_list(&ctx->cfs, &luns, CFS_DIRS, "%s/lun", tpg);
	for (size_t i = 0; i < luns.n && !err; i++) {
		unsigned int lun = strtoul(luns.v[i] + 4, NULL, 10);

		err = mapped_lun_create(ctx, acl, lun, lun, false, NULL);
		if (!err)
			say(ctx, "Created mapped LUN %u.", lun);
	}
	sl_free(&luns);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_acl_create;
	const struct node *tpg = node->parent;
	char *name = normal_name(ctx, arg(v, args, "wwn"));
	char *dir;
	bool map;
	int err;

	if (!name)
		return -EINVAL;
	dir = xasprintf("%s/%s", node->dir, name);
	err = arg_bool(ctx, v, args, "add_mapped_luns", ctx->prefs.auto_add_mapped_luns, &map);
	if (!err)
		err = acl_create(ctx, tpg->dir, name);
	if (!err) {
		say(ctx, "Created Node ACL for %s", name);
		err = map ? map_all(ctx, tpg->dir, dir) : 0;
		if (err)
			undo(ctx, acl_delete, dir);
	}
	if (!err)
		answer(ctx, json_pack("{s:o, s:s}", "path",
				      json_sprintf("/iscsi/%s/%s/acls/%s", tpg->parent->name,
						   tpg->name, name), "node_wwn", name));
	free(dir);
	free(name);
	return err;
}

const struct verb verb_acl_create = {
	.name = "create",
	.kinds = BIT(N_ACLS),
	.help = "Admit an initiator, with all LUNs mapped",
	.params = {
		{ "wwn", "iSCSI name of the initiator", true },
		{ "add_mapped_luns", "false: do not map the LUNs", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
};
