/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every layer above cfs carries along: the tree's root, how to answer,
 * preferences, and the last error.
 *
 * Functions return 0 or a negative errno. Whoever knows what went wrong calls
 * fail() or usage(), which keep one message for people and the exit status;
 * only the personality prints it.
 */
#ifndef TL_CTX_H
#define TL_CTX_H

#include <jansson.h>

#include "cfs.h"
#include "util.h"

/* Exit statuses, documented in targetcli-lite(8). */
enum tl_status {
	ST_OK = 0,
	ST_FAILED = 1,		/* the operation failed */
	ST_USAGE = 2,		/* bad command, argument or value; nothing was changed */
	ST_NOT_FOUND = 3,	/* no such path or object */
	ST_CONFLICT = 4,	/* exists already, or is in use */
	ST_PERMISSION = 5,
	ST_BAD_FILE = 6,	/* a configuration file cannot be read or is wrong */
	ST_PENDING = 7,		/* restored, but some objects wait for their device */
	ST_DIFFERS = 8,		/* diff: the file and what is live differ */
};

/* Is it an exit status of a command that has done what it was asked for? */
static inline bool st_is_done(enum tl_status st)
{
	return st == ST_OK || st == ST_PENDING || st == ST_DIFFERS;
}

struct prefs {
	bool auto_add_default_portal;
	bool auto_add_mapped_luns;
	bool auto_enable_tpgt;
	bool auto_save_on_exit;
	bool export_backstore_name_as_model;
	unsigned int max_backup_files;
	bool auto_cd_after_create;
	bool color_mode;
	bool tree_round_nodes;
	bool tree_show_root;
	bool tree_status_mode;
	unsigned int tree_max_depth;	/* 0: all */
	unsigned int prompt_length;	/* 0: all of it */
};

/* What a command has found out about the objects below one directory. */
struct found {
	json_t *index;
	char *of;		/* that directory */
};

struct ctx {
	const char *name;	/* of the program, before messages */
	struct cfs cfs;
	const char *fabric;	/* directory below target/, "iscsi" */
	const char *sysfs;	/* "/sys" */
	const char *savefile;	/* default of saveconfig and restoreconfig */
	const char *statedir;	/* pending objects, until the next boot, and the lock */
	const char *netlink;	/* a recording in place of the kernel's messages, or NULL */
	struct prefs prefs;

	bool json;		/* this command answers in JSON */
	bool always_json;	/* every one does */
	bool color;
	int width;		/* of a line of ls */
	bool force;		/* --force: delete even what the kernel would wait for */
	bool batch;		/* commands come from standard input */
	bool printed;		/* the verb has printed its answer itself */

	bool accounts_known;	/* those of targets that others made are in tgt's state file */
	bool db_dirs_made;	/* those of target core (so.c), or that was tried */

	unsigned long saved_at;	/* cfs_changes() when the configuration was saved */

	char *cwd;		/* shown path, "/" */
	struct strlist trail;	/* paths that we were at (where.c), the oldest first */
	size_t trail_at;	/* the one of them that we are at */
	json_t *bookmarks;	/* paths by names */
	struct found tags;	/* lists of ACLs by their tags */
	struct found mapped;	/* lists of the mapped LUNs of a portal group by their LUNs */
	json_t *unfinished;	/* targets that somebody was killed at (unfinished.c), or NULL */
	char *making;		/* one that this program is at, or NULL */
	json_t *others;		/* for this command: storage objects of other tools (so.c) */
	bool quit;
	bool undoing;		/* what failed is taken back: no signal ends that */

	char *error;
	enum tl_status status;
	json_t *result;		/* what a verb answers to --json */
	json_t *messages;	/* what it said; shown when it succeeded */
	int lock;		/* file descriptor, or -1 */
	unsigned int lock_depth;	/* of those who hold it, one in another */
};

void ctx_init(struct ctx *ctx);
void ctx_free(struct ctx *ctx);
/* Forget the last command's error, result and messages. */
void ctx_reset(struct ctx *ctx);

/*
 * The index of a directory: true when it is to be filled, and is empty. Keys and values may
 * be no UTF-8.
 */
bool found_begin(struct found *found, const char *dir);
/* Add to the list that the index has for a key. */
void found_add(struct found *found, const char *key, const char *value);
/* The objects are others now. */
void found_forget(struct found *found);

/* The operation failed with 'err': keep the message, return 'err'. */
int fail(struct ctx *ctx, int err, const char *fmt, ...) __printf(3, 4);
/* The same, without the text of the error appended. */
int fail_plain(struct ctx *ctx, int err, const char *fmt, ...) __printf(3, 4);
/* The request was wrong and nothing was changed. */
int usage(struct ctx *ctx, const char *fmt, ...) __printf(2, 3);
/* The last error, while what it left behind is taken away: that may fail, too. */
struct kept_error {
	char *text;
	enum tl_status status;
};

struct kept_error error_keep(struct ctx *ctx);
/*
 * That one is the last error again, with its exit status; what has failed since is
 * said on standard error, for then something is left behind.
 */
void error_again(struct ctx *ctx, struct kept_error kept);
/* The last error, with more words around it. */
void error_extend(struct ctx *ctx, const char *before, const char *behind);
/* Take what 'dir' is away again, the error that made it necessary being the last one. */
void undo(struct ctx *ctx, int (*take_away)(struct ctx *ctx, const char *dir), const char *dir);
/* Forget the last error: it has been told, or is none. */
void error_drop(struct ctx *ctx);
/* Say what was done. It is shown when the command has succeeded as a whole. */
void say(struct ctx *ctx, const char *fmt, ...) __printf(2, 3);
/* Say on standard error what the user should know although all went well. */
void warn(struct ctx *ctx, const char *fmt, ...) __printf(2, 3);
/* The same of what could not be read (cfs_unread()), and is therefore not shown. */
void warn_unread(struct ctx *ctx);
/* Words that a saved configuration, which is JSON, could not hold are refused. */
int check_utf8(struct ctx *ctx, char *const *words, size_t n);
/* What others put into the tree, as JSON; what is none of UTF-8 becomes "?", with a warning. */
json_t *text_json(struct ctx *ctx, const char *s);
/* A member that is text, or "". */
const char *text_of(const json_t *obj, const char *key);
/* The same, NULL when there is none. */
const char *str_of(const json_t *obj, const char *key);
/* The number of a key, 0 when there is none. */
json_int_t num_of(const json_t *obj, const char *key);
/* The same of one that is known to be small, for "%d". */
int int_of(const json_t *obj, const char *key);
/* Set the result, taking the reference. */
void answer(struct ctx *ctx, json_t *result);

/* Take the lock that commands which change something hold; signals wait meanwhile. */
int ctx_lock(struct ctx *ctx);
void ctx_unlock(struct ctx *ctx);

#endif
