// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls/INITIATOR create: map a LUN for one initiator. */
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "verbs.h"

/* The LUN of a storage object, and what was made for it. */
struct tpg_lun {
	struct so_or_new so;
	bool made;
	unsigned int lun;
};

static int lun_for_so(struct ctx *ctx, const char *tpg, const char *path, struct tpg_lun *t)
{
	struct strlist names = { 0 };
	int err = so_or_new_get(ctx, path, &t->so);

	if (!err && !lun_of_so(ctx, tpg, t->so.dir.s, &t->lun)) {
		cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s/lun", tpg);
		t->lun = lowest_free(&names, "lun_");
		sl_free(&names);
		err = lun_create(ctx, tpg, t->lun, t->so.dir.s, NULL);
		t->made = !err;
		if (!err)
			say(ctx, "Created LUN %u.", t->lun);
	}
	return err;
}

/* Take away what was made for a mapping that failed, keeping the error. */
static void undo_lun(struct ctx *ctx, const char *tpg, struct tpg_lun *t)
{
	struct kept_error kept = error_keep(ctx);

	if (t->made)
		lun_delete(ctx, tpg, t->lun);
	so_or_new_undo(ctx, &t->so);
	error_again(ctx, kept);
}

/* Into all ACLs of a tag, or none. */
static int map_in_all(struct ctx *ctx, const struct node *acl, unsigned int mapped,
		      unsigned int lun, bool write_protect)
{
	struct strlist acls = { 0 };
	size_t n = 0;
	int err = 0;

	node_dirs(acl, &acls);
	while (n < acls.n && !err)
		err = mapped_lun_create(ctx, acls.v[n++], mapped, lun, write_protect, NULL);
	if (err) {
		struct kept_error kept = error_keep(ctx);

		for (n--; n--;)
			mapped_lun_delete(ctx, acls.v[n], mapped);
		error_again(ctx, kept);
	}
	sl_free(&acls);
	return err;
}

static bool is_path(const char *s)
{
	return *s == '@' || strchr(s, '/');
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_mapped_lun_create;
	const struct node *tpg = node_up(node, N_TPG);
	const char *what = arg(v, args, "tpg_lun_or_backstore");
	struct tpg_lun t = { 0 };
	unsigned int mapped;
	bool write_protect;
	int err;

	err = parse_index(ctx, arg(v, args, "mapped_lun"), "mapped_lun", "mapped LUN",
			  MAX_LUN, &mapped);
	if (!err)
		err = arg_bool(ctx, v, args, "write_protect", false, &write_protect);
	if (!err)
		err = is_path(what) ? lun_for_so(ctx, tpg->dir, what, &t) :
				      parse_index(ctx, what, "lun", "LUN", MAX_LUN, &t.lun);
	if (!err)
		err = map_in_all(ctx, node, mapped, t.lun, write_protect);
	if (err)
		undo_lun(ctx, tpg->dir, &t);
	sb_free(&t.so.dir);
	if (!err) {
		char *path = node_path(node);

		say(ctx, "Created Mapped LUN %u.", mapped);
		answer(ctx, json_pack("{s:o, s:i}", "path",
				      json_sprintf("%s/mapped_lun%u", path, mapped), "index",
				      mapped));
		free(path);
	}
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	struct node *luns;

	(void)args;
	if (strcmp(name, "tpg_lun_or_backstore"))
		return;
	luns = node_child(ctx, node_up(node, N_TPG), "luns");
	complete_children(ctx, luns, "", out);
	node_free(luns);
	complete_so_paths(ctx, out);
}

const struct verb verb_mapped_lun_create = {
	.name = "create",
	.kinds = BIT(N_ACL),
	.help = "Map a LUN for this initiator",
	.params = {
		{ "mapped_lun", "number that the initiator sees", true },
		{ "tpg_lun_or_backstore", "LUN of the portal group, or path of a storage object, device or file", true, PT_DEVICE },
		{ "write_protect", "true: this initiator cannot write", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
	.complete = complete,
};
