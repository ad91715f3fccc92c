// SPDX-License-Identifier: GPL-2.0
/* What several verbs share. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "iscsi.h"
#include "verbs.h"

void created(struct ctx *ctx, char *path, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	say(ctx, "%s", msg);
	answer(ctx, json_pack("{s:s}", "path", path));
	free(msg);
	free(path);
}

void complete_children(struct ctx *ctx, struct node *node, const char *prefix,
		       struct strlist *out)
{
	struct strlist names = { 0 };

	node_children(ctx, node, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *rest = after(names.v[i], prefix);

		sl_add(out, rest ? rest : names.v[i]);
	}
	sl_free(&names);
}

int so_of_path(struct ctx *ctx, const char *path, struct strbuf *dir)
{
	struct node *node;
	char *full;
	int err;

	/* targetcli takes /backstores/block/x, and so do block/x and backstores/… */
	full = *path == '/' || *path == '@' ? xstrdup(path) :
	       xasprintf("%s/%s", starts_with(path, "backstores/") ? "" : "/backstores", path);
	err = node_resolve(ctx, full, &node);
	free(full);
	if (err)
		return err;
	if (node->kind == N_SO)
		sb_adds(dir, node->dir);
	else
		err = usage(ctx, "%s is no storage object (it is: %s); give a path like /backstores/block/NAME",
			    path, node_kind_name(node->kind));
	node_free(node);
	return err;
}

void complete_so_paths(struct ctx *ctx, struct strlist *out)
{
	for (size_t i = 0; i < nplugins; i++) {
		struct strlist names = { 0 };

		so_list(ctx, &plugins[i], &names);
		for (size_t j = 0; j < names.n; j++) {
			char *path = xasprintf("/backstores/%s/%s", plugins[i].name,
					       names.v[j]);

			sl_add(out, path);
			free(path);
		}
		sl_free(&names);
	}
}

int tree_ready(struct ctx *ctx)
{
	if (cfs_exists(&ctx->cfs, "target"))
		return 0;
	return fail_plain(ctx, -ENOENT,
			  "%s/target does not exist: load the kernel's target core (modprobe target_core_mod) and mount configfs",
			  ctx->cfs.root);
}

int map_lun(struct ctx *ctx, const char *acl, unsigned int lun, unsigned int wanted)
{
	struct strlist names = { 0 };
	int err;

	if (cfs_exists(&ctx->cfs, "%s/lun_%u", acl, wanted)) {
		cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", acl);
		wanted = lowest_free(&names, "lun_");
		sl_free(&names);
	}
	if (wanted > MAX_LUN)
		return fail_plain(ctx, -ENOSPC, "no LUN number is free in ACL %s",
				  strrchr(acl, '/') + 1);
	err = mapped_lun_create(ctx, acl, wanted, lun, false, NULL);
	return err ? err : (int)wanted;
}

int so_set_model_alias(struct ctx *ctx, const char *dir)
{
	int err;

	if (!ctx->prefs.export_backstore_name_as_model)
		return 0;
	err = cfs_write(&ctx->cfs, "1", "%s/attrib/emulate_model_alias", dir);
	if (!err)
		return 0;
	fail(ctx, err, "cannot set emulate_model_alias (global export_backstore_name_as_model)");
	undo(ctx, so_delete, dir);
	return err;
}

bool device_is_readonly(const char *dev)
{
	int fd = open(dev, O_RDONLY | O_NONBLOCK | O_CLOEXEC), ro = 0;

	if (fd < 0)
		return false;
	if (ioctl(fd, BLKROGET, &ro))
		ro = 0;
	close(fd);
	return ro;
}
