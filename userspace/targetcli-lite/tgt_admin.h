/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tgt-admin: make the targets of targets.conf by the commands of tgtadm. The language
 * is in personality_tgt_admin.c; what it stands on is shared with the verb "import".
 *
 * Functions that return a status: 0, or nonzero when it is to stop; that has been said.
 */
#ifndef TL_TGT_ADMIN_H
#define TL_TGT_ADMIN_H

#include "tgt.h"
#include "tgt_conf.h"

struct admin {
	struct ctx *ctx;
	const char *conf_path;
	bool execute;
	bool show;
	bool dump;
	const char *del;
	const char *offline;
	const char *ready;
	const char *update;
	bool ignore_errors;
	bool force;
	bool pretend;
	bool verbose;
	bool import;		/* for the verb: add only, and say what is passed over */
	bool short_secrets;	/* take secrets below the kernel module's limit */
	unsigned int limit;	/* that is to be put back at the end, or 0 */

	struct conf conf;
	json_t *accounts;	/* that exist: secrets by users, of those made since null */
	json_t *live;		/* the targets that there are: numbers by names */
	json_t *blocks;		/* where in conf.v each target is, by names, or NULL */
	int next_tid;
	int status;			/* of the first command that failed */
};

/* tgt_admin_run.c: say and do */

/* With --pretend, --verbose and import: what is done, or is not. */
void admin_note(const struct admin *a, const char *fmt, ...) __printf(2, 3);
/* What was asked for and is not done, which is no error for tgt: that is always said. */
void admin_note_left(const struct admin *a, const char *fmt, ...) __printf(2, 3);
int admin_bad(const char *fmt, ...) __printf(1, 2);
/* What is wrong with the file: import has a message of its own for it. */
int admin_bad_file(const struct admin *a, const char *fmt, ...) __printf(2, 3);
/* A command of tgtadm; its words end with NULL. */
int admin_run(struct admin *a, ...);
/* The names of all targets, by number, and the highest number; fills a->live. */
int admin_live_targets(struct admin *a, struct strlist *iqns, int *max);
/* The number of one of a->live, or 0. */
int admin_number_of(const struct admin *a, const char *iqn);
/* Delete a target, unless it is in use. 0: gone; 1: it is in use, and stays; -1: stop. */
int admin_delete_target(struct admin *a, const char *iqn);
/* What the file has for a target, or NULL. */
const struct conf *admin_block_of(struct admin *a, const char *iqn);
/* At the end, whatever it was. */
void admin_free(struct admin *a);
/* The name that a target has in the kernel; to be freed. */
char *normal_iqn(const char *iqn);

/* tgt_admin_check.c: what is wrong is found before anything is done */

int admin_read_conf(struct admin *a);
/* Options that are passed over are said, with their places. */
void admin_report_unknown(const struct admin *a);
/* Secrets that the kernel would refuse: -errno, or lower its limit as far as asked. */
int admin_check_secrets(struct admin *a);
void admin_put_limit_back(struct admin *a);

/* tgt_admin_make.c */

/* Ended by NULL: the options of logical units and of sessions that tgtadm takes. */
extern const char *const tgt_lun_params[];
extern const char *const tgt_session_params[];
int admin_add_target(struct admin *a, const char *iqn, const struct conf *options, int tid);
int admin_add_missing(struct admin *a);
int admin_add_discovery_users(struct admin *a);

#endif
