// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls/INITIATOR create: map a LUN for one initiator. */
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "verbs.h"

/* The LUN of a storage object, made when there is none yet. */
static int lun_for_so(struct ctx *ctx, const char *tpg, const char *path, unsigned int *lun)
{
	struct strlist names = { 0 };
	struct strbuf so = { 0 };
	int err = so_of_path(ctx, path, &so);

	if (!err && !lun_of_so(ctx, tpg, so.s, lun)) {
		cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s/lun", tpg);
		*lun = lowest_free(&names, "lun_");
		sl_free(&names);
		err = lun_create(ctx, tpg, *lun, so.s, NULL);
		if (!err)
			say(ctx, "Created LUN %u.", *lun);
	}
	sb_free(&so);
	return err;
}

static bool is_path(const char *s)
{
	return strchr(s, '/') != NULL;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_mapped_lun_create;
	const struct node *tpg = node_up(node, N_TPG);
	const char *what = arg(v, args, "tpg_lun_or_backstore");
	unsigned int mapped, lun;
	bool write_protect;
	int err;

	err = parse_index(ctx, arg(v, args, "mapped_lun"), "mapped_lun", "mapped LUN",
			  MAX_LUN, &mapped);
	if (!err)
		err = arg_bool(ctx, v, args, "write_protect", false, &write_protect);
	if (!err)
		err = is_path(what) ? lun_for_so(ctx, tpg->dir, what, &lun) :
				      parse_index(ctx, what, "lun", "LUN", MAX_LUN, &lun);
	if (!err)
		err = mapped_lun_create(ctx, node->dir, mapped, lun, write_protect, NULL);
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
		{ "tpg_lun_or_backstore", "LUN of the portal group, or path of a storage object", true },
		{ "write_protect", "true: this initiator cannot write", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
	.complete = complete,
};
