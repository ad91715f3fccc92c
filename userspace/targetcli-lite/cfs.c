// SPDX-License-Identifier: GPL-2.0
/* configfs: directories, attributes and links below a replaceable root. */
#define _GNU_SOURCE
#include "cfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct path {
	char s[PATH_MAX];
};

static int path_make(struct path *p, const struct cfs *cfs, const char *fmt, va_list ap)
{
	int n = snprintf(p->s, sizeof(p->s), "%s/", cfs->root);
	int m;

	if (n < 0 || (size_t)n >= sizeof(p->s))
		return -ENAMETOOLONG;
	m = vsnprintf(p->s + n, sizeof(p->s) - n, fmt, ap);
	if (m < 0 || (size_t)m >= sizeof(p->s) - n)
		return -ENAMETOOLONG;
	return 0;
}

/* Every function below begins by making a full path of its last arguments. */
#define PATH_OR_RETURN(p, cfs, fmt)                       \
	do {                                              \
		va_list ap_;                              \
		int err_;                                 \
		va_start(ap_, fmt);                       \
		err_ = path_make(&(p), cfs, fmt, ap_);    \
		va_end(ap_);                              \
		if (err_)                                 \
			return err_;                      \
	} while (0)

/* The first that could not be read, see cfs_unread(). */
static struct {
	struct path path;
	int err;
} unread;

/* An attribute that this kernel or object has not is nothing to tell of. */
static bool is_there(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
	case -EIO:
		return true;
	}
	return false;
}

/* What reading 'path' came to, 0 or a negative errno. */
static int note_read(const struct path *path, int err)
{
	if (!unread.err && is_there(err)) {
		unread.path = *path;
		unread.err = err;
	}
	return err;
}

void cfs_unread_forget(void)
{
	unread.err = 0;
}

int cfs_unread(const char **path)
{
	*path = unread.path.s;
	return unread.err;
}

static unsigned long changes;

unsigned long cfs_changes(void)
{
	return changes;
}

/* What a system call that changes the tree has returned, as an error. */
static int changed(int failed)
{
	if (failed)
		return -errno;
	changes++;
	return 0;
}

/*
 * Attributes are read and written a directory at a time, and their paths are
 * long: the directory of the last one is kept open. It is only a place to begin
 * the search from; whoever removes the directory is not kept from it.
 */
static struct {
	struct path dir;
	int fd;
} last = { .fd = -1 };

static void forget_dir(void)
{
	if (last.fd >= 0)
		close(last.fd);
	last.fd = -1;
}

static int open_by_dir(const char *path, const char *slash, int flags)
{
	size_t n = slash - path;

	if (last.fd < 0 || strncmp(last.dir.s, path, n) || last.dir.s[n]) {
		forget_dir();
		memcpy(last.dir.s, path, n);
		last.dir.s[n] = '\0';
		last.fd = open(last.dir.s, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (last.fd < 0)
			return -1;
	}
	return openat(last.fd, slash + 1, flags);
}

static int open_attr(const char *path, int flags)
{
	const char *slash = strrchr(path, '/');
	int fd;

	if (!slash || slash == path)
		return open(path, flags);
	fd = open_by_dir(path, slash, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	/* another program may have made the directory anew */
	forget_dir();
	return open(path, flags);
}

/* An attribute comes whole, in one read; a plain file may be longer. */
static int read_all(int fd, struct strbuf *out)
{
	char buf[4096];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
		if (n > 0)
			sb_addn(out, buf, n);
	} while (n == sizeof(buf));
	return n < 0 ? -errno : 0;
}

static int read_attr(const struct path *p, struct strbuf *out)
{
	int fd, err;

	sb_reset(out);
	fd = open_attr(p->s, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return note_read(p, -errno);
	err = read_all(fd, out);
	close(fd);
	while (out->len && out->s[out->len - 1] == '\n')
		out->s[--out->len] = '\0';
	return note_read(p, err);
}

int cfs_read(const struct cfs *cfs, struct strbuf *out, const char *fmt, ...)
{
	struct path p;

	PATH_OR_RETURN(p, cfs, fmt);
	return read_attr(&p, out);
}

bool cfs_is_on(const struct cfs *cfs, const char *fmt, ...)
{
	struct strbuf v = { 0 };
	struct path p;
	va_list ap;
	bool on;

	va_start(ap, fmt);
	on = !path_make(&p, cfs, fmt, ap);
	va_end(ap);
	on = on && !read_attr(&p, &v) && !strcmp(sb_str(&v), "1");
	sb_free(&v);
	return on;
}

int cfs_write(const struct cfs *cfs, const char *value, const char *fmt, ...)
{
	size_t len = strlen(value);
	struct path p;
	int fd, err;
	ssize_t n;

	PATH_OR_RETURN(p, cfs, fmt);
	fd = open_attr(p.s, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, len);
	err = changed(n < 0);
	if (!err && (size_t)n != len)
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

int cfs_mkdir(const struct cfs *cfs, const char *fmt, ...)
{
	struct path p;

	PATH_OR_RETURN(p, cfs, fmt);
	return changed(mkdir(p.s, 0755));
}

int cfs_rmdir(const struct cfs *cfs, const char *fmt, ...)
{
	struct path p;

	PATH_OR_RETURN(p, cfs, fmt);
	forget_dir();
	return changed(rmdir(p.s));
}

int cfs_unlink(const struct cfs *cfs, const char *fmt, ...)
{
	struct path p;

	PATH_OR_RETURN(p, cfs, fmt);
	return changed(unlink(p.s));
}

int cfs_symlink(const struct cfs *cfs, const char *target, const char *fmt, ...)
{
	struct path p;
	char *full;
	int err;

	PATH_OR_RETURN(p, cfs, fmt);
	full = xasprintf("%s/%s", cfs->root, target);
	err = changed(symlink(full, p.s));
	free(full);
	return err;
}

int cfs_mode(const struct cfs *cfs, const char *fmt, ...)
{
	struct stat st;
	struct path p;

	PATH_OR_RETURN(p, cfs, fmt);
	return stat(p.s, &st) ? -errno : (int)(st.st_mode & 07777);
}

bool cfs_exists(const struct cfs *cfs, const char *fmt, ...)
{
	struct path p;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = path_make(&p, cfs, fmt, ap);
	va_end(ap);
	return !err && !access(p.s, F_OK);
}

static unsigned int entry_sort(int dfd, const struct dirent *de)
{
	struct stat st;

	switch (de->d_type) {
	case DT_DIR:
		return CFS_DIRS;
	case DT_LNK:
		return CFS_LINKS;
	case DT_REG:
		return CFS_FILES;
	}
	if (fstatat(dfd, de->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (S_ISDIR(st.st_mode))
		return CFS_DIRS;
	return S_ISLNK(st.st_mode) ? CFS_LINKS : CFS_FILES;
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

int cfs_list(const struct cfs *cfs, struct strlist *out, unsigned int what,
	     const char *fmt, ...)
{
	struct dirent *de;
	struct path p;
	DIR *dir;
	int err;

	PATH_OR_RETURN(p, cfs, fmt);
	dir = opendir(p.s);
	if (!dir)
		return note_read(&p, -errno);
	while (errno = 0, (de = readdir(dir)))
		if (!is_dot(de->d_name) && entry_sort(dirfd(dir), de) & what)
			sl_add(out, de->d_name);
	err = -errno;
	closedir(dir);
	if (!(what & CFS_UNSORTED))
		sl_sort(out);
	return note_read(&p, err);
}

/*
 * The kernel shows a link as "../../…/target/core/…", up to the root of
 * configfs; a link elsewhere is absolute.
 */
static void relative_target(const struct cfs *cfs, const char *s, struct strbuf *out)
{
	const char *rest = after(s, cfs->root);

	if (rest && *rest == '/')
		s = rest + 1;
	while (starts_with(s, "../"))
		s += 3;
	sb_reset(out);
	sb_adds(out, s);
}

static int read_link(const struct cfs *cfs, int dfd, const char *name, struct strbuf *target)
{
	char buf[PATH_MAX];
	ssize_t n = readlinkat(dfd, name, buf, sizeof(buf) - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	relative_target(cfs, buf, target);
	return 0;
}

int cfs_link(const struct cfs *cfs, struct strbuf *name, struct strbuf *target,
	     const char *fmt, ...)
{
	struct dirent *de;
	struct path p;
	int err = -ENOLINK;
	DIR *dir;

	PATH_OR_RETURN(p, cfs, fmt);
	dir = opendir(p.s);
	if (!dir)
		return note_read(&p, -errno);
	while (err == -ENOLINK && (de = readdir(dir))) {
		if (is_dot(de->d_name) || entry_sort(dirfd(dir), de) != CFS_LINKS)
			continue;
		err = target ? read_link(cfs, dirfd(dir), de->d_name, target) : 0;
		if (name) {
			sb_reset(name);
			sb_adds(name, de->d_name);
		}
	}
	closedir(dir);
	return note_read(&p, err);
}

/*
 * What is locked: 'file', which nobody else can open, or where it cannot be made the
 * tree itself, which every user may read, and lock for as long as he likes.
 */
static int open_lock(const struct cfs *cfs, const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	char *dir;

	if (fd >= 0)
		return fd;
	dir = xasprintf("%s/target", cfs->root);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return fd < 0 ? -errno : fd;
}

int cfs_lock(const struct cfs *cfs, const char *file, unsigned int seconds)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int fd = open_lock(cfs, file);
	int err = fd < 0 ? fd : -EWOULDBLOCK;

	for (unsigned int i = 0; err == -EWOULDBLOCK && i <= seconds * 20; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return fd;
		if (errno != EWOULDBLOCK)
			err = -errno;
		else if (nanosleep(&pause, NULL))
			err = -errno;
	}
	if (fd >= 0)
		close(fd);
	return err;
}
