// SPDX-License-Identifier: GPL-2.0
/* JSON files that a power cut leaves whole. */
#define _GNU_SOURCE
#include "savefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, slash - path);
}

static int sync_dir(const char *path)
{
	char *dir = dir_of(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;

	free(dir);
	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

static int write_all(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		s += n;
		len -= n;
	}
	return 0;
}

/* Write a new file that nobody else can read, down to the disk. */
static int write_new(const char *path, const char *text, size_t len)
{
	int fd, err;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, len);
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int replace(const char *path, const char *text, size_t len)
{
	char *tmp = xasprintf("%s.temp", path);
	int err = write_new(tmp, text, len);

	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	else
		err = sync_dir(path);
	free(tmp);
	return err;
}

static void free_secret(char *text)
{
	explicit_bzero(text, strlen(text));
	free(text);
}

/* A file that cannot be written is a failure, whatever the errno. */
static int cannot(struct ctx *ctx, int err, const char *what, const char *path)
{
	fail(ctx, err, "cannot %s %s", what, path);
	if (ctx->status == ST_NOT_FOUND)
		ctx->status = ST_FAILED;
	return err;
}

/*
 * The file that 'path' is: a link of root's or of the user's is followed, and stays;
 * anybody else's might lead to a file that he wants to see overwritten. NULL and an
 * error when there is something that is no file, like a device.
 */
static char *real_file(struct ctx *ctx, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	if (lstat(path, &st))
		return xstrdup(path);	/* a new one, or whoever opens it says why not */
	if (S_ISLNK(st.st_mode)) {
		if (st.st_uid && st.st_uid != geteuid()) {
			fail_plain(ctx, -EPERM, "%s is a symbolic link that belongs to user %u; it is not followed",
				   path, (unsigned int)st.st_uid);
			return NULL;
		}
		if (!realpath(path, full) || stat(full, &st)) {
			fail_plain(ctx, -EINVAL, "%s is a symbolic link that leads nowhere: %s",
				   path, strerror(errno));
			return NULL;
		}
		path = full;
	}
	if (S_ISREG(st.st_mode))
		return xstrdup(path);
	fail_plain(ctx, -EINVAL, "%s is not a file, so it is not replaced", path);
	return NULL;
}

int savefile_write(struct ctx *ctx, const char *path, json_t *content)
{
	char *file = real_file(ctx, path), *json, *text;
	int err;

	if (!file)
		return -EINVAL;
	json = json_dumps(content, JSON_INDENT(2) | JSON_SORT_KEYS);
	text = xasprintf("%s\n", json);
	err = replace(file, text, strlen(text));
	free_secret(json);
	free_secret(text);
	free(file);
	return err ? cannot(ctx, err, "write", path) : 0;
}

/* Of a file that is read, too: it is what is wrong, whatever the errno. */
static int cannot_read(struct ctx *ctx, int err, const char *path)
{
	fail(ctx, err, "cannot read %s", path);
	ctx->status = ST_BAD_FILE;
	return err;
}

static int read_error(struct ctx *ctx, int err, const char *path, json_t **out)
{
	json_decref(*out);
	*out = NULL;
	return cannot_read(ctx, err, path);
}

/* As targetcli keeps its backups. JSON does not begin with that byte. */
static bool is_compressed(FILE *f)
{
	int c = getc(f);

	if (c != EOF)
		ungetc(c, f);
	return c == 0x1f;
}

static int compressed(struct ctx *ctx, const char *path)
{
	fail_plain(ctx, -EINVAL, "%s is compressed; give what gunzip makes of it", path);
	ctx->status = ST_BAD_FILE;
	return -EINVAL;
}

static int parse(struct ctx *ctx, FILE *f, const char *path, json_t **out)
{
	struct stat st;
	json_error_t e;

	if (!fstat(fileno(f), &st) && S_ISDIR(st.st_mode))
		return cannot_read(ctx, -EISDIR, path);
	errno = 0;
	if (is_compressed(f))
		return compressed(ctx, path);
	*out = json_loadf(f, JSON_REJECT_DUPLICATES, &e);
	if (ferror(f))	/* which the parser takes for the end of the file */
		return read_error(ctx, errno ? -errno : -EIO, path, out);
	if (json_is_object(*out))
		return 0;
	if (*out)
		fail_plain(ctx, -EINVAL, "%s: this is no JSON object", path);
	else
		fail_plain(ctx, -EINVAL, "%s: line %d, column %d: %s", path, e.line, e.column,
			   e.text);
	ctx->status = ST_BAD_FILE;
	json_decref(*out);
	*out = NULL;
	return -EINVAL;
}

int savefile_read(struct ctx *ctx, const char *path, json_t **out)
{
	FILE *f = fopen(path, "re");
	int err;

	*out = NULL;
	if (!f)
		return cannot_read(ctx, -errno, path);
	err = parse(ctx, f, path, out);
	fclose(f);
	return err;
}

int savefile_read_if_any(struct ctx *ctx, const char *path, json_t **out)
{
	*out = NULL;
	if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	return savefile_read(ctx, path, out);
}

/* A new directory that a power cut does not take away again, or the one that is there. */
static int make_dir(const char *dir, mode_t mode)
{
	if (mkdir(dir, mode))
		return errno == EEXIST ? 0 : -errno;
	return sync_dir(dir);
}

int savefile_make_dir(struct ctx *ctx, const char *path)
{
	char *dir = dir_of(path);
	int err = 0;

	for (char *p = dir + 1; !err && *p; p++)
		if (*p == '/') {
			*p = '\0';
			err = make_dir(dir, 0755);
			*p = '/';
		}
	if (!err)
		err = make_dir(dir, 0700);
	if (err)
		cannot(ctx, err, "create directory", dir);
	free(dir);
	return err;
}

/* Backups */

static void list_backups(const char *dir, struct strlist *out)
{
	struct dirent *de;
	DIR *d = opendir(dir);

	while (d && (de = readdir(d)))
		if (starts_with(de->d_name, "saveconfig-") && strstr(de->d_name, "json"))
			sl_add(out, de->d_name);
	if (d)
		closedir(d);
	sl_sort(out);
}

static int read_file(const char *path, struct strbuf *out)
{
	struct cfs any = { .root = "" };

	return cfs_read(&any, out, "%s", path);
}

static bool same_as_newest(const char *dir, const struct strlist *backups,
			   const struct strbuf *text)
{
	struct strbuf newest = { 0 };
	bool same = false;
	char *path;

	if (!backups->n)
		return false;
	path = xasprintf("%s/%s", dir, backups->v[backups->n - 1]);
	if (!read_file(path, &newest))
		same = !strcmp(sb_str(&newest), sb_str(text));
	free(path);
	sb_free(&newest);
	return same;
}

/*
 * The names sort as they were made: '_' comes after the '.' of the second's first
 * one. A name of this second that was pruned already is not taken again.
 */
static char *backup_name(const char *dir, const struct strlist *backups)
{
	const char *newest = backups->n ? backups->v[backups->n - 1] : "";
	time_t now = time(NULL);
	char second[48];
	char *name;
	char *path;
	struct tm tm;

	strftime(second, sizeof(second), "saveconfig-%Y%m%d-%H:%M:%S",
		 localtime_r(&now, &tm));
	name = xasprintf("%s.json", second);
	for (int i = 1; starts_with(newest, second) && strcmp(name, newest) <= 0; i++) {
		free(name);
		name = xasprintf("%s_%03d.json", second, i);
	}
	path = xasprintf("%s/%s", dir, name);
	free(name);
	return path;
}

static void prune(const char *dir, const struct strlist *backups, unsigned int keep)
{
	for (size_t i = 0; i + keep < backups->n; i++) {
		char *path = xasprintf("%s/%s", dir, backups->v[i]);

		unlink(path);
		free(path);
	}
}

/*
 * Keep the present 'path' as backup/saveconfig-DATE.json beside it, unless the
 * newest one is the same, and all but the newest 'keep' of them not at all.
 */
static int savefile_backup(struct ctx *ctx, const char *path, unsigned int keep)
{
	char *parent = dir_of(path), *dir = xasprintf("%s/backup", parent), *name = NULL;
	struct strbuf text = { 0 };
	struct strlist backups = { 0 };
	int err = read_file(path, &text);

	if (err || !keep) {
		err = err == -ENOENT || !keep ? 0 : fail(ctx, err, "cannot read %s", path);
		goto out;
	}
	err = make_dir(dir, 0700);
	if (err) {
		fail(ctx, err, "cannot create directory %s", dir);
		goto out;
	}
	list_backups(dir, &backups);
	if (same_as_newest(dir, &backups, &text))
		goto out;
	sb_adds(&text, "\n");
	name = backup_name(dir, &backups);
	err = replace(name, text.s, text.len);
	if (err) {
		fail(ctx, err, "cannot keep the previous configuration as %s", name);
		goto out;
	}
	sl_add(&backups, strrchr(name, '/') + 1);
	prune(dir, &backups, keep);
	say(ctx, "Last %u configs saved in %s/.", keep, dir);
out:
	sb_wipe(&text);
	sl_free(&backups);
	free(name);
	free(dir);
	free(parent);
	return err;
}

int savefile_save(struct ctx *ctx, const char *path, json_t *config)
{
	int err = savefile_make_dir(ctx, path);

	if (!err && !strcmp(path, ctx->savefile))
		err = savefile_backup(ctx, path, ctx->prefs.max_backup_files);
	return err ? err : savefile_write(ctx, path, config);
}
