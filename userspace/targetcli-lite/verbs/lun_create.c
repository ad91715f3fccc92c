// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/luns create: offer a storage object to initiators. */
#include <errno.h>
#include <stdlib.h>

#include "iscsi.h"
#include "verbs.h"

/*
 * One storage object is one LUN of a portal group. A device that nobody uses
 * cannot be one already, so the LUNs are looked at only when it is in use.
 */
static int check_not_exported(struct ctx *ctx, const char *tpg, const char *so)
{
	struct strbuf path = { 0 };
	unsigned int lun;
	int err = 0;

	if (so_in_use(ctx, so) && lun_of_so(ctx, tpg, so, &lun)) {
		so_shown_path(so, &path);
		err = fail_plain(ctx, -EEXIST, "storage object %s is lun%u already", path.s,
				 lun);
	}
	sb_free(&path);
	return err;
}

static int choose_lun(struct ctx *ctx, const char *luns, const char *given, unsigned int *lun)
{
	struct strlist names = { 0 };

	if (given)
		return parse_index(ctx, given, "lun", "LUN", MAX_LUN, lun);
	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", luns);
	*lun = lowest_free(&names, "lun_");
	sl_free(&names);
	if (*lun > MAX_LUN)
		return fail_plain(ctx, -ENOSPC, "all LUNs from 0 to %d are in use", MAX_LUN);
	return 0;
}

/* targetcli maps at the given number, or else at the lowest free one. */
static int map_into_acls(struct ctx *ctx, const char *tpg, unsigned int lun, bool given)
{
	struct strlist acls = { 0 };
	int mapped = 0;

	cfs_list(&ctx->cfs, &acls, CFS_DIRS, "%s/acls", tpg);
	for (size_t i = 0; i < acls.n && mapped >= 0; i++) {
		char *acl = xasprintf("%s/acls/%s", tpg, acls.v[i]);

		mapped = map_lun(ctx, acl, lun, given ? lun : 0);
		if (mapped >= 0)
			say(ctx, "Created LUN %u->%d mapping in node ACL %s", lun, mapped,
			    acls.v[i]);
		free(acl);
	}
	sl_free(&acls);
	return mapped < 0 ? mapped : 0;
}

/* Take the LUN away again, keeping the error that made it necessary. */
static void undo_lun(struct ctx *ctx, const char *tpg, unsigned int lun)
{
	struct kept_error kept = error_keep(ctx);

	lun_delete(ctx, tpg, lun);
	error_again(ctx, kept);
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_lun_create;
	const struct node *tpg = node_up(node, N_TPG);
	const char *given = arg(v, args, "lun");
	struct so_or_new so = { 0 };
	unsigned int lun;
	bool map;
	int err;

	err = arg_bool(ctx, v, args, "add_mapped_luns", ctx->prefs.auto_add_mapped_luns, &map);
	if (!err)
		err = choose_lun(ctx, node->dir, given, &lun);
	if (!err)
		err = so_or_new_get(ctx, arg(v, args, "storage_object"), &so);
	if (!err)
		err = check_not_exported(ctx, tpg->dir, so.dir.s);
	if (!err)
		err = lun_create(ctx, tpg->dir, lun, so.dir.s, NULL);
	if (!err) {
		say(ctx, "Created LUN %u.", lun);
		err = map ? map_into_acls(ctx, tpg->dir, lun, given != NULL) : 0;
		if (err)
			undo_lun(ctx, tpg->dir, lun);
	}
	if (err)
		so_or_new_undo(ctx, &so);
	sb_free(&so.dir);
	if (err)
		return err;
	answer(ctx, json_pack("{s:o, s:i}", "path",
			      json_sprintf("/iscsi/%s/%s/luns/lun%u", tpg->parent->name,
					   tpg->name, lun), "lun", lun));
	return 0;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)node;
	(void)args;
	if (name[0] == 's')
		complete_so_paths(ctx, out);
}

const struct verb verb_lun_create = {
	.name = "create",
	.kinds = BIT(N_LUNS),
	.help = "Make a storage object a LUN",
	.params = {
		{ "storage_object", "path of the storage object, or of a device or file", true, PT_DEVICE },
		{ "lun", "number of the LUN (default: the lowest free)", false },
		{ "add_mapped_luns", "false: do not map it into the ACLs", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
	.complete = complete,
};
