/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tgt's view of the tree: targets by number, accounts that exist before they
 * are bound, access lists. What the kernel does not know of it (the numbers,
 * unbound accounts, the order of things) is in a state file beside the saved
 * configuration, and is compared with the tree each time.
 *
 * Functions return 0 or a negative errno; the error's message is kept in ctx.
 */
#ifndef TL_TGT_H
#define TL_TGT_H

#include "ctx.h"

struct tgt {
	struct ctx *ctx;
	char *path;		/* of the state file */
	json_t *state;
	json_t *tids;		/* in it: numbers by IQN */
	json_t *accounts;	/* in it: user and password, oldest first */
	json_t *by_user;	/* those by their users */
	bool change;
	bool locked;		/* by this one, maybe inside of another's lock */
	bool dirty;
	unsigned long changes;	/* cfs_changes() when it was opened */
};

struct tgt_session {
	unsigned int sid;
	unsigned int cid;
	char *address;
	char *initiator;
	char *alias;
};

struct tgt_sessions {
	struct tgt_session *v;
	size_t n;
	bool more;		/* the kernel had no room for all of them */
};

#define NO_ADMISSION "the kernel module has no access lists for targets (%s/admission): load tcm_iscsi"

#define TGT_NO_KERNEL ENOTCONN	/* exit status: what tgtadm says when tgtd does not run */

/* Is there a target in the kernel? Else an error says what to load. */
bool tgt_loaded(struct ctx *ctx);
/* Read state and tree; 'change' takes the lock. */
int tgt_open(struct ctx *ctx, struct tgt *tgt, bool change);
/* Write the state when it changed, and forget it. 'err' comes back if it is one. */
int tgt_close(struct tgt *tgt, int err);

/* Targets */

/* The names of all live targets. */
void tgt_live(struct tgt *tgt, struct strlist *out);
/* The live targets, in the order of their numbers. */
void tgt_targets(struct tgt *tgt, struct strlist *iqns);
int tgt_tid(struct tgt *tgt, const char *iqn);
/* The target with a number, or NULL and an error. */
const char *tgt_find(struct tgt *tgt, int tid);
/* The directory of its first portal group. */
char *tgt_tpg(struct tgt *tgt, const char *iqn);
int tgt_target_new(struct tgt *tgt, int tid, const char *name);
int tgt_target_delete(struct tgt *tgt, int tid, bool force);
int tgt_target_update(struct tgt *tgt, int tid, const char *name, const char *value);
/* Of a list of parameters, one is wrong, which the last error says, and those before are set. */
void tgt_part_is_done(struct ctx *ctx);
bool tgt_target_ready(struct tgt *tgt, const char *iqn);

/* Portals (tgt_portal.c) */
/* Those that were asked for, else those that there are, else the default one. */
void tgt_portals(struct tgt *tgt, struct strlist *out);
int tgt_portal_new(struct tgt *tgt, const char *params);
int tgt_portal_delete(struct tgt *tgt, const char *params);

/* Access lists (tgt_acl.c): "allowed_addresses", "allowed_initiators"; or an error */
int tgt_acl(struct tgt *tgt, const char *iqn, const char *list, struct strlist *out);
int tgt_acl_bind(struct tgt *tgt, int tid, const char *list, const char *entry, bool bind);

/* Accounts (tgt_account.c); a tid of -1 is that of discovery */
/* Take accounts that are in the tree but not in the state into the state. */
void tgt_import_accounts(struct tgt *tgt);
/* Fill tgt->by_user. */
void tgt_index_accounts(struct tgt *tgt);
int tgt_account_new(struct tgt *tgt, const char *user, const char *password);
int tgt_account_delete(struct tgt *tgt, const char *user);
int tgt_account_bind(struct tgt *tgt, int tid, const char *user, bool outgoing, bool bind);
void tgt_bound(struct tgt *tgt, const char *iqn, struct strlist *out);
/* The outgoing account below an auth directory, or NULL. */
char *tgt_name_at(struct tgt *tgt, const char *auth, const char *attr);

/* Sessions (tgt_session.c) */
void tgt_sessions(struct ctx *ctx, const char *iqn, struct tgt_sessions *out);
void tgt_sessions_free(struct tgt_sessions *s);
int tgt_conn_delete(struct tgt *tgt, int tid, uint64_t sid, uint32_t cid);

/* Logical units (tgt_lun.c) */

/* Numbers as they are in the tree, and the directories of the storage objects. */
struct tgt_luns {
	struct strlist numbers;
	struct strlist sos;
};

/* Those of a portal group; what was never finished, and has no storage object, is none. */
void tgt_luns(struct tgt *tgt, const char *tpg, struct tgt_luns *out);
void tgt_luns_free(struct tgt_luns *luns);

struct tgt_lun_spec {
	const char *path;
	const char *bstype;
	const char *bsoflags;
	const char *blocksize;
};

int tgt_lun_new(struct tgt *tgt, int tid, uint64_t lun, const struct tgt_lun_spec *spec);
int tgt_lun_delete(struct tgt *tgt, int tid, uint64_t lun);
/* "NAME=VALUE,…" */
int tgt_lun_update(struct tgt *tgt, int tid, uint64_t lun, const char *params);
/* Delete the storage objects that tgt_lun_new() made for a target. */
int tgt_lun_delete_sos(struct tgt *tgt, const struct strlist *dirs);
void tgt_lun_sos(struct tgt *tgt, const char *tpg, struct strlist *dirs);

/* What tgt shows (tgt_show.c) */
void tgt_show_targets(struct tgt *tgt);
int tgt_show_target(struct tgt *tgt, int tid);
int tgt_show_conns(struct tgt *tgt, int tid, bool one, uint64_t sid);
void tgt_show_accounts(struct tgt *tgt);
void tgt_show_portals(struct tgt *tgt);
void tgt_show_system(struct tgt *tgt);
void tgt_show_lld(struct tgt *tgt);
/* Print it as a targets.conf (tgt_dump.c). */
void tgt_dump(struct tgt *tgt);
/*
 * What the sessions of a target (-1: of all) have read and written, by logical unit
 * (tgt_stat.c). 'lun' and 'sid' restrict it; NULL: all.
 */
int tgt_stat(struct tgt *tgt, int tid, const uint64_t *lun, const uint64_t *sid);
/* What the connection of a session has sent and received. */
int tgt_stat_conn(struct tgt *tgt, int tid, uint64_t sid);
/*
 * Is it a parameter of a target, in tgt's language? 'file' is that of it below the
 * portal group, or NULL: then it is 'value', whatever one does.
 */
bool tgt_param(const char *name, const char **file, const char **value);

/*
 * Make the targets of a targets.conf that are not there yet (personality_tgt_admin.c);
 * 'pretend' only prints the commands. What failed half-way is not undone here.
 * 'short_secrets' lets in those below the kernel module's limit; without it, that
 * there are some is an error of the file, and nothing is done.
 */
int tgt_conf_import(struct ctx *ctx, const char *path, bool pretend, bool short_secrets);

/* tgtadm as a function (personality_tgtadm.c): its exit status. */
int tgtadm(struct ctx *ctx, int argc, char **argv);

#endif
