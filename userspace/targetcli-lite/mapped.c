// SPDX-License-Identifier: GPL-2.0
/*
 * Which mapped LUNs lead to a LUN? Only those of all ACLs, looked at one by one, tell.
 * Who deletes many LUNs looks once a command.
 */
#include "mapped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"

static void index_acl(struct ctx *ctx, const char *acl)
{
	struct strlist names = { 0 };
	struct strbuf lun = { 0 };

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", acl);
	for (size_t i = 0; i < names.n; i++) {
		char *dir = xasprintf("%s/%s", acl, names.v[i]);

		if (starts_with(names.v[i], "lun_") && !cfs_link(&ctx->cfs, NULL, &lun, "%s", dir))
			found_add(&ctx->mapped, lun.s, dir);
		free(dir);
	}
	sl_free(&names);
	sb_free(&lun);
}

/* Lists of directories, by that of the LUN they lead to, of a portal group. */
static json_t *index_tpg(struct ctx *ctx, const char *tpg)
{
	struct strlist acls = { 0 };

	if (!found_begin(&ctx->mapped, tpg))
		return ctx->mapped.index;
	cfs_list(&ctx->cfs, &acls, CFS_DIRS, "%s/acls", tpg);
	for (size_t i = 0; i < acls.n; i++) {
		char *acl = xasprintf("%s/acls/%s", tpg, acls.v[i]);

		index_acl(ctx, acl);
		free(acl);
	}
	sl_free(&acls);
	return ctx->mapped.index;
}

/* It may be another's since, or be gone. */
static bool leads_to(struct ctx *ctx, const char *dir, const char *lun)
{
	struct strbuf target = { 0 };
	bool does = !cfs_link(&ctx->cfs, NULL, &target, "%s", dir) && !strcmp(target.s, lun);

	sb_free(&target);
	return does;
}

static int delete_dir(struct ctx *ctx, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	char *acl = xstrndup(dir, slash - dir);
	int err = mapped_lun_delete(ctx, acl, strtoul(slash + strlen("/lun_"), NULL, 10));

	free(acl);
	return err;
}

int mapped_delete_all_of(struct ctx *ctx, const char *tpg, const char *lun)
{
	json_t *list = json_incref(json_object_get(index_tpg(ctx, tpg), lun)), *v;
	int err = 0;
	size_t i;

	json_array_foreach(list, i, v)
		if (!err && leads_to(ctx, json_string_value(v), lun))
			err = delete_dir(ctx, json_string_value(v));
	json_decref(list);
	return err;
}
