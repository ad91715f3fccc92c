// SPDX-License-Identifier: GPL-2.0
/* /backstores/fileio create: export a file. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signals.h"
#include "verbs.h"

/* Write zeroes over the whole file, so that no later write finds the disk full. */
static int fill(int fd, uint64_t size)
{
	static const char zeroes[1 << 16];

	while (size) {
		ssize_t n;

		if (signals_came())
			return -EINTR;
		n = write(fd, zeroes, size < sizeof(zeroes) ? size : sizeof(zeroes));

		if (n < 0)
			return -errno;
		size -= n;
	}
	return fsync(fd) ? -errno : 0;
}

static int make_file(struct ctx *ctx, const char *path, uint64_t size, bool sparse)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return fail(ctx, -errno, "cannot create %s", path);
	if (sparse)
		err = ftruncate(fd, size) ? -errno : 0;
	else
		err = fill(fd, size);
	if (close(fd) && !err)
		err = -errno;
	if (!err)
		return 0;
	unlink(path);
	return fail(ctx, err, "cannot make %s %llu bytes long", path, (unsigned long long)size);
}

/* Find the size of what is there, or make a new file; 'made' tells which. */
static int prepare(struct ctx *ctx, struct so_spec *spec, const char *size, bool sparse,
		   bool *made)
{
	struct stat st;

	*made = false;
	if (size && (!parse_size(size, &spec->size) || !spec->size))
		return usage(ctx, "size=%s: give a number of bytes, or one with k, M, G or T (1024 to the power 1 to 4), like 10G",
			     size);
	if (!stat(spec->dev, &st)) {
		if (S_ISBLK(st.st_mode)) {
			if (size)
				say(ctx, "Block device, size parameter ignored");
			say(ctx, "Note: /backstores/block is faster for a block device.");
			spec->size = 0;
			return 0;
		}
		if (!S_ISREG(st.st_mode))
			return usage(ctx, "%s is neither a file nor a block device", spec->dev);
		if (spec->size && spec->size != (uint64_t)st.st_size)
			say(ctx, "%s exists, using its size (%llu bytes) instead", spec->dev,
			    (unsigned long long)st.st_size);
		spec->size = st.st_size;
		return 0;
	}
	if (errno != ENOENT)
		return fail(ctx, -errno, "%s", spec->dev);
	if (!size)
		return usage(ctx, "%s does not exist: give the size of the new file, like size=10G",
			     spec->dev);
	*made = true;
	return make_file(ctx, spec->dev, spec->size, sparse);
}

/*
 * The kernel opens the path again at each boot, from wherever the restorer is: what
 * is given from where we are becomes a full one.
 */
static bool full_path(struct ctx *ctx, const char *given, char out[PATH_MAX])
{
	char cwd[PATH_MAX], *path;
	bool fits;

	if (*given == '/')
		path = xstrdup(given);
	else if (getcwd(cwd, sizeof(cwd)))
		path = xasprintf("%s/%s", strcmp(cwd, "/") ? cwd : "",
				 starts_with(given, "./") ? given + 2 : given);
	else
		path = xstrdup("");
	fits = *path && *given && snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
	free(path);
	if (!fits)
		usage(ctx, "file_or_dev=%s: give the path of a file or block device", given);
	return fits;
}

/*
 * Two storage objects of one file would each have reservations and a cache setting
 * of their own.
 */
static int check_unused(struct ctx *ctx, const struct plugin *plugin, const char *path)
{
	struct strlist names = { 0 };
	struct strbuf dir = { 0 }, dev = { 0 };
	struct stat want, is;
	int err = 0;

	if (stat(path, &want) || !S_ISREG(want.st_mode) || !so_may_use(path))
		return 0;
	so_list(ctx, plugin, &names);
	for (size_t i = 0; i < names.n && !err; i++) {
		sb_reset(&dir);
		if (!so_find(ctx, plugin, names.v[i], &dir) &&
		    !cfs_read(&ctx->cfs, &dev, "%s/udev_path", dir.s) && dev.len &&
		    !stat(dev.s, &is) && is.st_dev == want.st_dev && is.st_ino == want.st_ino)
			err = fail_plain(ctx, -EEXIST,
					 "%s is used by storage object /backstores/fileio/%s already",
					 path, names.v[i]);
	}
	sl_free(&names);
	sb_free(&dir);
	sb_free(&dev);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_fileio_create;
	struct so_spec spec = {
		.plugin = node_plugin(node),
		.name = arg(v, args, "name"),
		.dev = arg(v, args, "file_or_dev"),
		.wwn = arg(v, args, "wwn"),
	};
	struct strbuf dir = { 0 };
	bool sparse, made = false;
	char path[PATH_MAX];
	int err;

	if (!so_name_ok(spec.name))	/* before a file is made for nothing */
		return so_create(ctx, &spec, &dir);
	if (!full_path(ctx, spec.dev, path))
		return -EINVAL;
	spec.dev = path;
	if (!so_find(ctx, spec.plugin, spec.name, &dir)) {
		sb_free(&dir);
		return fail_plain(ctx, -EEXIST, "storage object /backstores/fileio/%s exists already",
				  spec.name);
	}
	err = arg_bool(ctx, v, args, "write_back", true, &spec.write_back);
	if (!err)
		err = arg_bool(ctx, v, args, "sparse", true, &sparse);
	if (!err)
		err = check_unused(ctx, spec.plugin, spec.dev);
	if (!err)
		err = prepare(ctx, &spec, arg(v, args, "size"), sparse, &made);
	if (!err) {
		sb_reset(&dir);
		err = so_create(ctx, &spec, &dir);
	}
	if (!err)
		err = so_set_model_alias(ctx, dir.s);
	if (err && made)
		unlink(spec.dev);
	if (!err)
		created(ctx, xasprintf("/backstores/fileio/%s", spec.name),
			"Created fileio %s with size %llu", spec.name,
			(unsigned long long)so_size(ctx, dir.s));
	sb_free(&dir);
	return err;
}

const struct verb verb_fileio_create = {
	.name = "create",
	.kinds = BIT(N_FILEIO),
	.help = "Create a storage object of a file",
	.params = {
		{ "name", "name of the storage object", true },
		{ "file_or_dev", "path of the file; it is created when it does not exist", true, PT_FILE },
		{ "size", "size of a new file: bytes, or with k, M, G, T", false },
		{ "write_back", "false: every write goes to the medium (default: true)", false, PT_BOOL },
		{ "sparse", "false: fill a new file with zeroes (default: true)", false, PT_BOOL },
		{ "wwn", "unit serial number (default: a new one)", false },
	},
	.changes = true,
	.run = run,
};
