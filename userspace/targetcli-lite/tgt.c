// SPDX-License-Identifier: GPL-2.0
/* Targets as tgt knows them, and the state file that has their numbers. */
#include "tgt.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "iscsi.h"
#include "pending.h"
#include "savefile.h"
#include "schema.h"
#include "unfinished.h"

#define STATE_FILE "targetcli-lite-tids.json"

/* The state file */

static char *state_path(struct ctx *ctx)
{
	const char *slash = strrchr(ctx->savefile, '/');

	return xasprintf("%.*s" STATE_FILE, slash ? (int)(slash + 1 - ctx->savefile) : 0,
			 ctx->savefile);
}

static json_t *part(json_t *state, const char *key, json_type type)
{
	json_t *v = json_object_get(state, key);

	if (v && json_typeof(v) == type)
		return v;
	v = type == JSON_ARRAY ? json_array() : json_object();
	json_object_set_new(state, key, v);
	return v;
}

static bool is_account(json_t *a)
{
	return json_is_string(json_object_get(a, "user")) &&
	       json_is_string(json_object_get(a, "password"));
}

static int load(struct tgt *tgt)
{
	int err = 0;

	if (access(tgt->path, F_OK))
		tgt->state = json_object();
	else
		err = savefile_read(tgt->ctx, tgt->path, &tgt->state);
	if (err) {
		/* what is in it must not be lost, so nothing is done */
		tgt->state = json_object();
		return err;
	}
	tgt->tids = part(tgt->state, "tids", JSON_OBJECT);
	tgt->accounts = part(tgt->state, "accounts", JSON_ARRAY);
	for (size_t i = json_array_size(tgt->accounts); i-- > 0;)
		if (!is_account(json_array_get(tgt->accounts, i)))
			json_array_remove(tgt->accounts, i);
	tgt_index_accounts(tgt);
	return 0;
}

void tgt_live(struct tgt *tgt, struct strlist *out)
{
	struct strlist names = { 0 };

	cfs_list(&tgt->ctx->cfs, &names, CFS_DIRS, "target/%s", tgt->ctx->fabric);
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "discovery_auth"))
			sl_add(out, names.v[i]);
	sl_free(&names);
}

/* Numbers up to 'max' that were ever given. */
static bool *given_numbers(struct tgt *tgt, size_t max)
{
	bool *given = xcalloc(max + 1, sizeof(*given));
	const char *iqn;
	json_t *v;

	json_object_foreach(tgt->tids, iqn, v) {
		json_int_t tid = json_integer_value(v);

		if (tid > 0 && (size_t)tid <= max)
			given[tid] = true;
	}
	return given;
}

/* Targets that somebody else made get the lowest numbers that were never given. */
static void number_targets(struct tgt *tgt)
{
	struct strlist live = { 0 };
	bool *given;
	int tid = 1;

	tgt_live(tgt, &live);
	given = given_numbers(tgt, json_object_size(tgt->tids) + live.n);
	for (size_t i = 0; i < live.n; i++) {
		if (num_of(tgt->tids, live.v[i]) > 0)
			continue;
		while (given[tid])
			tid++;
		json_object_set_new(tgt->tids, live.v[i], json_integer(tid++));
		tgt->dirty = true;
	}
	free(given);
	sl_free(&live);
}

static int read_all(struct tgt *tgt)
{
	int err;

	json_decref(tgt->state);
	tgt->dirty = false;
	err = load(tgt);
	if (err)
		return err;
	number_targets(tgt);
	if (!tgt->ctx->accounts_known)
		tgt_import_accounts(tgt);
	return 0;
}

bool tgt_loaded(struct ctx *ctx)
{
	if (cfs_exists(&ctx->cfs, "target"))
		return true;
	fail_plain(ctx, -ENOTCONN, "%s/target does not exist: load the target (modprobe tcm_iscsi)",
		   ctx->cfs.root);
	return false;
}

int tgt_open(struct ctx *ctx, struct tgt *tgt, bool change)
{
	int err = 0;

	memset(tgt, 0, sizeof(*tgt));
	tgt->ctx = ctx;
	tgt->changes = cfs_changes();
	tgt->path = state_path(ctx);
	tgt->change = change;
	if (change)
		err = fabric_ready(ctx);
	if (!err && change) {
		err = ctx_lock(ctx);
		tgt->locked = !err;
	}
	if (!err)
		err = read_all(tgt);
	/* what was found out is kept, too, and not over what another one keeps */
	if (!err && !change && tgt->dirty && !ctx_lock(ctx)) {
		tgt->locked = true;
		err = read_all(tgt);
	}
	return err;
}

static int save(struct tgt *tgt)
{
	int err = savefile_make_dir(tgt->ctx, tgt->path);

	return err ? err : savefile_write(tgt->ctx, tgt->path, tgt->state);
}

/* The tree cannot be asked to go back to what it was; whoever reads this can be told. */
static void tell_half(struct tgt *tgt)
{
	error_extend(tgt->ctx, "", "; the kernel has the change, but the numbers and accounts that this file keeps are as they were");
}

int tgt_close(struct tgt *tgt, int err)
{
	bool kept = !tgt->dirty;
	int saved = 0;

	if (tgt->dirty && tgt->ctx->lock >= 0) {
		saved = save(tgt);
		kept = !saved;
	}
	/* what was imported need not be looked for again by this program */
	if (kept && tgt->accounts)
		tgt->ctx->accounts_known = true;
	if (saved && !err && cfs_changes() != tgt->changes)
		tell_half(tgt);
	/* Whoever may only look finds the same numbers the next time. */
	if (saved && !tgt->change)
		saved = 0;
	if (tgt->locked)
		ctx_unlock(tgt->ctx);
	json_decref(tgt->by_user);
	json_decref(tgt->state);
	free(tgt->path);
	return err ? err : saved;
}

/* Targets */

int tgt_tid(struct tgt *tgt, const char *iqn)
{
	return int_of(tgt->tids, iqn);
}

struct numbered {
	int tid;
	char *iqn;
};

static int by_number(const void *x, const void *y)
{
	const struct numbered *a = x, *b = y;

	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	return strcmp(a->iqn, b->iqn);
}

void tgt_targets(struct tgt *tgt, struct strlist *iqns)
{
	struct numbered *v;

	tgt_live(tgt, iqns);
	v = xcalloc(iqns->n + 1, sizeof(*v));
	for (size_t i = 0; i < iqns->n; i++)
		v[i] = (struct numbered){ tgt_tid(tgt, iqns->v[i]), iqns->v[i] };
	qsort(v, iqns->n, sizeof(*v), by_number);
	for (size_t i = 0; i < iqns->n; i++)
		iqns->v[i] = v[i].iqn;
	free(v);
}

static bool is_live(struct tgt *tgt, const char *iqn)
{
	return cfs_exists(&tgt->ctx->cfs, "target/%s/%s", tgt->ctx->fabric, iqn);
}

static const char *live_with_tid(struct tgt *tgt, int tid)
{
	const char *iqn;
	json_t *v;

	json_object_foreach(tgt->tids, iqn, v)
		if (json_integer_value(v) == tid && is_live(tgt, iqn))
			return iqn;
	return NULL;
}

const char *tgt_find(struct tgt *tgt, int tid)
{
	const char *iqn = live_with_tid(tgt, tid);

	if (!iqn)
		fail_plain(tgt->ctx, -ENOENT, "can't find the target: there is none with tid %d", tid);
	return iqn;
}

static char *tgt_dir(struct tgt *tgt, const char *iqn)
{
	return xasprintf("target/%s/%s", tgt->ctx->fabric, iqn);
}

char *tgt_tpg(struct tgt *tgt, const char *iqn)
{
	struct strlist names = { 0 };
	char *dir = tgt_dir(tgt, iqn), *tpg = NULL;

	cfs_list(&tgt->ctx->cfs, &names, CFS_DIRS, "%s", dir);
	for (size_t i = 0; i < names.n && !tpg; i++)
		if (starts_with(names.v[i], "tpgt_"))
			tpg = xasprintf("%s/%s", dir, names.v[i]);
	sl_free(&names);
	free(dir);
	return tpg ? tpg : xasprintf("target/%s/%s/tpgt_1", tgt->ctx->fabric, iqn);
}

/* A name as tgt takes it, in the letter case of the kernel. */
static char *check_name(struct tgt *tgt, const char *name)
{
	char *s = xstrdup(name);

	for (char *p = s; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr(":.-", *p)) {
			usage(tgt->ctx, "target name %s: only letters, digits, '.', ':' and '-' are allowed",
			      name);
			free(s);
			return NULL;
		}
		*p = tolower((unsigned char)*p);
	}
	if (starts_with(s, "iqn.") || starts_with(s, "eui.") || starts_with(s, "naa."))
		return s;
	usage(tgt->ctx, "target name %s: an iSCSI name starts with iqn., eui. or naa., like iqn.2024-01.com.example:disk1",
	      name);
	free(s);
	return NULL;
}

static int set(struct tgt *tgt, const char *dir, const char *attr, const char *value)
{
	int err = cfs_write(&tgt->ctx->cfs, value, "%s/%s", dir, attr);

	return err ? fail(tgt->ctx, err, "cannot set %s of %s", attr, strrchr(dir, '/') + 1) : 0;
}

static int demo_mode(struct tgt *tgt, const char *tpg)
{
	static const char *const attrs[][2] = {
		{ "attrib/authentication", "0" },
		{ "attrib/generate_node_acls", "1" },
		{ "attrib/cache_dynamic_acls", "1" },
		{ "attrib/demo_mode_write_protect", "0" },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(attrs); i++)
		err = set(tgt, tpg, attrs[i][0], attrs[i][1]);
	return err;
}

/* Portals are tgt's, not a target's: every target has all of them. */
static int add_portals(struct tgt *tgt, const char *tpg)
{
	struct strlist portals = { 0 };
	int err = 0;

	tgt_portals(tgt, &portals);
	for (size_t i = 0; !err && i < portals.n; i++) {
		err = portal_create(tgt->ctx, tpg, portals.v[i]);
		if (err && portals.n == 1 && !strcmp(portals.v[0], "[::]:3260"))
			err = portal_create(tgt->ctx, tpg, "0.0.0.0:3260");
	}
	sl_free(&portals);
	return err;
}

static int set_up(struct tgt *tgt, const char *dir)
{
	char *tpg = xasprintf("%s/tpgt_1", dir);
	int err;

	if (!cfs_exists(&tgt->ctx->cfs, "%s/admission", dir)) {
		err = fail_plain(tgt->ctx, -ENOSYS, NO_ADMISSION, dir);
		goto out;
	}
	/* nobody, before anybody can come */
	err = set(tgt, dir, "admission/allowed_addresses", "\n");
	if (!err)
		err = tpg_create(tgt->ctx, dir, 1);
	if (!err)
		err = demo_mode(tgt, tpg);
	if (!err)
		err = add_portals(tgt, tpg);
	if (!err)
		err = tpg_enable(tgt->ctx, tpg, true);
out:
	free(tpg);
	return err;
}

static void forget_tid(struct tgt *tgt, int tid)
{
	const char *iqn;
	void *tmp;
	json_t *v;

	json_object_foreach_safe(tgt->tids, tmp, iqn, v)
		if (json_integer_value(v) == tid)
			json_object_del(tgt->tids, iqn);
}

static int create(struct tgt *tgt, int tid, const char *iqn)
{
	bool begun = unfinished_begin(tgt->ctx, iqn);
	char *dir = tgt_dir(tgt, iqn);
	int err = target_create(tgt->ctx, iqn);

	if (!err) {
		err = set_up(tgt, dir);
		if (err)
			undo(tgt->ctx, target_delete, dir);
	}
	if (!err) {
		forget_tid(tgt, tid);	/* of a target that is no more */
		json_object_set_new(tgt->tids, iqn, json_integer(tid));
		tgt->dirty = true;
	}
	if (begun)
		unfinished_end(tgt->ctx);
	free(dir);
	return err;
}

static int check_idle(struct tgt *tgt, const char *iqn)
{
	struct tgt_sessions s;
	int err = 0;

	tgt_sessions(tgt->ctx, iqn, &s);
	if (s.n)
		err = fail_plain(tgt->ctx, -EBUSY, "this target is still active: %s has %zu session%s, the first of %s; say --force to end %s",
				 iqn, s.n, s.n == 1 ? "" : "s", s.v[0].initiator,
				 s.n == 1 ? "it" : "them");
	tgt_sessions_free(&s);
	return err;
}

int tgt_target_delete(struct tgt *tgt, int tid, bool force)
{
	const char *iqn = tgt_find(tgt, tid);
	struct strlist sos = { 0 };
	char *dir, *tpg;
	int err;

	if (!iqn)
		return -ENOENT;
	err = force ? 0 : check_idle(tgt, iqn);
	if (err)
		return err;
	dir = tgt_dir(tgt, iqn);
	tpg = tgt_tpg(tgt, iqn);
	tgt_lun_sos(tgt, tpg, &sos);
	err = target_delete(tgt->ctx, dir);
	if (!err)
		err = tgt_lun_delete_sos(tgt, &sos);
	if (!err)
		err = pending_forget_target(tgt->ctx, iqn, NULL);
	if (!err) {
		json_object_del(part(tgt->state, "bound", JSON_OBJECT), iqn);
		json_object_del(tgt->tids, iqn);
		tgt->dirty = true;
	}
	sl_free(&sos);
	free(dir);
	free(tpg);
	return err;
}

/*
 * What somebody has left who was killed at making it: nobody can have missed it yet. With
 * sessions it stays, and is one that exists.
 */
static int take_left(struct tgt *tgt, const char *iqn)
{
	struct tgt_sessions s;
	bool used;

	if (!is_live(tgt, iqn) || !unfinished_is(tgt->ctx, iqn))
		return 0;
	tgt_sessions(tgt->ctx, iqn, &s);
	used = s.n;
	tgt_sessions_free(&s);
	return used ? 0 : tgt_target_delete(tgt, tgt_tid(tgt, iqn), false);
}

static int check_new(struct tgt *tgt, int tid, const char *iqn)
{
	const char *other = live_with_tid(tgt, tid);

	if (other)
		return fail_plain(tgt->ctx, -EEXIST, "this target already exists: tid %d is that of %s",
				  tid, other);
	return is_live(tgt, iqn) ?
	       fail_plain(tgt->ctx, -EEXIST, "this target already exists: %s has tid %d", iqn,
			  tgt_tid(tgt, iqn)) : 0;
}

int tgt_target_new(struct tgt *tgt, int tid, const char *name)
{
	char *iqn = check_name(tgt, name);
	int err;

	if (!iqn)
		return -EINVAL;
	err = take_left(tgt, iqn);
	if (!err)
		err = check_new(tgt, tid, iqn);
	if (!err)
		err = create(tgt, tid, iqn);
	free(iqn);
	return err;
}

bool tgt_target_ready(struct tgt *tgt, const char *iqn)
{
	char *dir = tgt_dir(tgt, iqn), *tpg = tgt_tpg(tgt, iqn);
	struct strbuf v = { 0 };
	bool ready = tpg_enabled(tgt->ctx, tpg);

	if (!cfs_read(&tgt->ctx->cfs, &v, "%s/admission/accept_logins", dir))
		ready = ready && !strcmp(sb_str(&v), "1");
	sb_free(&v);
	free(dir);
	free(tpg);
	return ready;
}

/* Offline: no new session; those there are go on, as with tgt. */
static int set_state(struct tgt *tgt, const char *iqn, const char *value)
{
	char *dir = tgt_dir(tgt, iqn), *tpg = tgt_tpg(tgt, iqn);
	bool ready = !strcmp(value, "ready");
	int err;

	if (!ready && strcmp(value, "offline")) {
		err = usage(tgt->ctx, "state %s: it is ready or offline", value);
	} else {
		err = set(tgt, dir, "admission/accept_logins", ready ? "1" : "0");
		if (!err && ready && !tpg_enabled(tgt->ctx, tpg))
			err = tpg_enable(tgt->ctx, tpg, true);
	}
	free(dir);
	free(tpg);
	return err;
}

/* The kernel refused a value of "param/NAME" or "attrib/NAME": say what it takes. */
static int refused(struct tgt *tgt, int err, const char *file, const char *value)
{
	const char *name = strchr(file, '/') + 1;
	const struct schema_attr *a =
		schema_attr(schema_find(starts_with(file, "param/") ? "tpg_param" : "tpg_attrib"), name);
	struct strbuf want = { 0 };

	if (err != -EINVAL || !a)
		return fail(tgt->ctx, err, "%s=%s is not possible", name, value);
	schema_expects(a, &want);
	usage(tgt->ctx, "%s=%s is not possible: give %s", name, value, want.s);
	sb_free(&want);
	return err;
}

static int set_param(struct tgt *tgt, const char *iqn, const char *file, const char *value)
{
	char *tpg = tgt_tpg(tgt, iqn);
	int err;

	/* tgt's CRC32C is an offer that an initiator may decline */
	if (strstr(file, "Digest") && strstr(value, "CRC32C"))
		value = "CRC32C,None";
	err = cfs_write(&tgt->ctx->cfs, value, "%s/%s", tpg, file);
	if (err)
		refused(tgt, err, file, value);
	free(tpg);
	return err;
}

void tgt_part_is_done(struct ctx *ctx)
{
	error_extend(ctx, "", "; what --params has before it is set");
}

int tgt_target_update(struct tgt *tgt, int tid, const char *name, const char *value)
{
	const char *iqn = tgt_find(tgt, tid), *file, *is;

	if (!iqn)
		return -ENOENT;
	if (!strcmp(name, "state"))
		return set_state(tgt, iqn, value);
	if (!tgt_param(name, &file, &is))
		return usage(tgt->ctx, "%s is not a parameter of a target; there are state, and what --op show --mode target --tid %d lists",
			     name, tid);
	if (file)
		return set_param(tgt, iqn, file, value);
	if (starts_with(name, "nop_"))
		warn(tgt->ctx, "%s=%s has no effect: the target asks silent initiators by itself",
		     name, value);
	else if (strcasecmp(is, value))
		warn(tgt->ctx, "%s=%s has no effect: it is %s", name, value, is);
	return 0;
}
