// SPDX-License-Identifier: GPL-2.0
/* Targets of other fabrics in a saved configuration. */
#include "foreign.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "savefile.h"

void foreign_drop(struct ctx *ctx, json_t *config)
{
	json_t *targets = json_object_get(config, "targets");

	for (size_t i = json_array_size(targets); i-- > 0;) {
		json_t *t = json_array_get(targets, i);

		if (!strcmp(text_of(t, "fabric"), ctx->fabric))
			continue;
		warn(ctx, "target %s is of fabric %s: skipped", text_of(t, "wwn"), text_of(t, "fabric"));
		json_array_remove(targets, i);
	}
}

static bool has_targets(struct ctx *ctx, const char *fabric)
{
	struct strlist names = { 0 };
	bool any = false;

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "target/%s", fabric);
	for (size_t i = 0; i < names.n; i++)
		any = any || strcmp(names.v[i], "discovery_auth");
	sl_free(&names);
	return any;
}

/* Of a fabric that is loaded and has none, they have been deleted since. */
static bool still_there(struct ctx *ctx, const char *fabric)
{
	return *fabric && !strchr(fabric, '/') &&
	       (!cfs_exists(&ctx->cfs, "target/%s", fabric) || has_targets(ctx, fabric));
}

/* Elements of a list whose 'key' is another fabric; their names go to 'fabrics'. */
static void copy(struct ctx *ctx, json_t *from, json_t *to, const char *list, const char *key,
		 struct strlist *fabrics)
{
	json_t *out = json_object_get(to, list), *e;
	size_t i;

	json_array_foreach(json_object_get(from, list), i, e) {
		const char *fabric = text_of(e, key);

		if (!strcmp(fabric, ctx->fabric) || !still_there(ctx, fabric))
			continue;
		json_array_append(out, e);
		if (!sl_has(fabrics, fabric))
			sl_add(fabrics, fabric);
	}
}

static void warn_not_saved(struct ctx *ctx, const struct strlist *kept)
{
	struct strlist names = { 0 };

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "target");
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "core") && strcmp(names.v[i], ctx->fabric) &&
		    !sl_has(kept, names.v[i]) && has_targets(ctx, names.v[i]))
			warn(ctx, "targets of fabric %s are not saved here; targetcli saves them",
			     names.v[i]);
	sl_free(&names);
}

int foreign_keep(struct ctx *ctx, const char *file, json_t *config)
{
	struct strlist fabrics = { 0 };
	struct stat st;
	json_t *old;
	int err;

	if (!stat(file, &st) && !S_ISREG(st.st_mode))
		return 0;	/* whoever writes says what is wrong */
	err = savefile_read_if_any(ctx, file, &old);
	if (err && err != -EINVAL)
		return err;
	if (err) {	/* what is no configuration could not be restored either */
		warn(ctx, "%s; what it held is replaced", ctx->error);
		error_drop(ctx);
		ctx->status = ST_OK;
	}
	copy(ctx, old, config, "targets", "fabric", &fabrics);
	for (size_t i = 0; i < fabrics.n; i++)
		warn(ctx, "targets of fabric %s stay in the file as they were", fabrics.v[i]);
	copy(ctx, old, config, "fabric_modules", "name", &fabrics);
	warn_not_saved(ctx, &fabrics);
	sl_free(&fabrics);
	json_decref(old);
	return 0;
}
