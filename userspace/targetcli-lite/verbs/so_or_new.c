// SPDX-License-Identifier: GPL-2.0
/* Where a LUN is to be made of a path: of a storage object, or of a device or file. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verbs.h"

/*
 * The path of a device or file stands for a new storage object of it, named
 * after it as targetcli does.
 */
static int make_so(struct ctx *ctx, const char *path, struct strbuf *dir)
{
	struct so_spec spec = { .dev = path };
	struct stat st;
	char *name;
	int err = 0;

	if (stat(path, &st) || !(S_ISBLK(st.st_mode) || S_ISREG(st.st_mode)))
		return usage(ctx, "%s is neither a storage object, like /backstores/block/NAME, nor a block device or a file",
			     path);
	name = xstrdup(path + strspn(path, "/"));
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '-';
	spec.name = name;
	spec.plugin = plugin_by_name(S_ISBLK(st.st_mode) ? "block" : "fileio");
	if (S_ISBLK(st.st_mode)) {
		err = so_check_block(ctx, path, false);
		spec.readonly = device_is_readonly(path);
	} else {
		spec.size = st.st_size;
		spec.write_back = true;
	}
	if (!err)
		err = so_create(ctx, &spec, dir);
	if (!err)
		err = so_set_model_alias(ctx, dir->s);
	if (!err)
		say(ctx, "Created storage object %s.", name);
	free(name);
	return err;
}

/* A path that is no storage object's may be that of a file, from where we are. */
int so_or_new_get(struct ctx *ctx, const char *path, struct so_or_new *so)
{
	char full[PATH_MAX];
	bool below = *path != '/' || starts_with(path, "/backstores/");
	int err;

	so->made = false;
	if (!*path)
		return usage(ctx, "give the path of a storage object, like /backstores/block/NAME, or of a device or file");
	if (below) {
		err = so_of_path(ctx, path, &so->dir);
		if (err != -ENOENT || *path == '/' || !realpath(path, full))
			return err;
		ctx_reset(ctx);
		path = full;
	}
	err = make_so(ctx, path, &so->dir);
	so->made = !err;	/* of that name there may be one already, which stays */
	return err;
}

void so_or_new_undo(struct ctx *ctx, struct so_or_new *so)
{
	if (so->made)
		undo(ctx, so_delete, so->dir.s);
}
