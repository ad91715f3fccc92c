/* SPDX-License-Identifier: GPL-2.0 */
/*
 * configfs: directories, attributes and links below a root that can be
 * replaced. Paths are relative to that root ("target/iscsi/…"). Functions
 * return 0 or a negative errno and print nothing.
 */
#ifndef TL_CFS_H
#define TL_CFS_H

#include "util.h"

#define CFS_DEFAULT_ROOT "/sys/kernel/config"

struct cfs {
	const char *root;
};

enum cfs_entry {
	CFS_DIRS = BIT(0),
	CFS_FILES = BIT(1),
	CFS_LINKS = BIT(2),
	CFS_UNSORTED = BIT(3),	/* in any order, when there may be many */
};

/* How many changes this process has made. */
unsigned long cfs_changes(void);

/*
 * What is there and could not be read since cfs_unread_forget(): 0, or the errno of
 * the first, and its whole path. Callers that would take what they cannot read for
 * nothing ask for this in the end.
 */
int cfs_unread(const char **path);
void cfs_unread_forget(void);

/* Read an attribute into 'out', without its last newline. */
int cfs_read(const struct cfs *cfs, struct strbuf *out, const char *fmt, ...) __printf(3, 4);
/* Is an attribute 1? One that cannot be read is not. */
bool cfs_is_on(const struct cfs *cfs, const char *fmt, ...) __printf(2, 3);
/* Write an attribute in one write(). */
int cfs_write(const struct cfs *cfs, const char *value, const char *fmt, ...) __printf(3, 4);
int cfs_mkdir(const struct cfs *cfs, const char *fmt, ...) __printf(2, 3);
int cfs_rmdir(const struct cfs *cfs, const char *fmt, ...) __printf(2, 3);
int cfs_unlink(const struct cfs *cfs, const char *fmt, ...) __printf(2, 3);
int cfs_symlink(const struct cfs *cfs, const char *target, const char *fmt, ...) __printf(3, 4);
bool cfs_exists(const struct cfs *cfs, const char *fmt, ...) __printf(2, 3);
/* Permission bits of an attribute, or a negative errno. */
int cfs_mode(const struct cfs *cfs, const char *fmt, ...) __printf(2, 3);
/* Names in a directory, of the wanted sorts, are added to 'out', which is sorted then. */
int cfs_list(const struct cfs *cfs, struct strlist *out, unsigned int what,
	     const char *fmt, ...) __printf(4, 5);
/*
 * The first link in a directory: its name, and its target relative to the
 * root. Either may be NULL. -ENOLINK when there is none.
 */
int cfs_link(const struct cfs *cfs, struct strbuf *name, struct strbuf *target,
	     const char *fmt, ...) __printf(4, 5);
/*
 * Lock out other instances of this program, by 'file'; released when it ends. Returns a
 * descriptor, -EWOULDBLOCK after that time, or another errno.
 */
int cfs_lock(const struct cfs *cfs, const char *file, unsigned int seconds);

#endif
