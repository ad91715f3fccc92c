// SPDX-License-Identifier: GPL-2.0
/* Targets, portals, access lists and sessions as tgt knows them. */
#include "tgt.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "iscsi.h"
#include "nl.h"
#include "savefile.h"
#include "schema.h"

#define STATE_FILE "targetcli-lite-tids.json"
#define NO_ADMISSION "the kernel module has no access lists for targets (%s/admission): load tcm_iscsi"

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
	return 0;
}

static bool tid_known(struct tgt *tgt, int tid)
{
	const char *iqn;
	json_t *v;

	json_object_foreach(tgt->tids, iqn, v)
		if (json_integer_value(v) == tid)
			return true;
	return false;
}

static void live_targets(struct tgt *tgt, struct strlist *out)
{
	struct strlist names = { 0 };

	cfs_list(&tgt->ctx->cfs, &names, CFS_DIRS, "target/%s", tgt->ctx->fabric);
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "discovery_auth"))
			sl_add(out, names.v[i]);
	sl_free(&names);
}

/* Targets that somebody else made get the lowest numbers that were never given. */
static void number_targets(struct tgt *tgt)
{
	struct strlist live = { 0 };
	int tid = 1;

	live_targets(tgt, &live);
	for (size_t i = 0; i < live.n; i++) {
		if (num_of(tgt->tids, live.v[i]) > 0)
			continue;
		while (tid_known(tgt, tid))
			tid++;
		json_object_set_new(tgt->tids, live.v[i], json_integer(tid));
		tgt->dirty = true;
	}
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
	struct kept_error kept = error_keep(tgt->ctx);

	fail_plain(tgt->ctx, -EIO, "%s; the kernel has the change, but the numbers and accounts that this file keeps are as they were",
		   kept.text);
	tgt->ctx->status = kept.status;
	free(kept.text);
}

int tgt_close(struct tgt *tgt, int err)
{
	int saved = 0;

	if (tgt->dirty && tgt->ctx->lock >= 0)
		saved = save(tgt);
	if (saved && !err && cfs_changes() != tgt->changes)
		tell_half(tgt);
	/* Whoever may only look finds the same numbers the next time. */
	if (saved && !tgt->change)
		saved = 0;
	if (tgt->locked)
		ctx_unlock(tgt->ctx);
	json_decref(tgt->state);
	free(tgt->path);
	return err ? err : saved;
}

/* Targets */

int tgt_tid(struct tgt *tgt, const char *iqn)
{
	return int_of(tgt->tids, iqn);
}

void tgt_targets(struct tgt *tgt, struct strlist *iqns)
{
	live_targets(tgt, iqns);
	for (size_t i = 1; i < iqns->n; i++)
		for (size_t k = i; k && tgt_tid(tgt, iqns->v[k - 1]) >
					tgt_tid(tgt, iqns->v[k]); k--) {
			char *tmp = iqns->v[k];

			iqns->v[k] = iqns->v[k - 1];
			iqns->v[k - 1] = tmp;
		}
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
	free(dir);
	return err;
}

int tgt_target_new(struct tgt *tgt, int tid, const char *name)
{
	const char *other = live_with_tid(tgt, tid);
	char *iqn;
	int err;

	if (other)
		return fail_plain(tgt->ctx, -EEXIST, "this target already exists: tid %d is that of %s",
				  tid, other);
	iqn = check_name(tgt, name);
	if (!iqn)
		return -EINVAL;
	if (is_live(tgt, iqn))
		err = fail_plain(tgt->ctx, -EEXIST, "this target already exists: %s has tid %d", iqn,
				 tgt_tid(tgt, iqn));
	else
		err = create(tgt, tid, iqn);
	free(iqn);
	return err;
}

static int check_idle(struct tgt *tgt, const char *iqn)
{
	struct tgt_sessions s;
	int err = 0;

	tgt_sessions(tgt, iqn, &s);
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

/* Portals */

static void all_live_portals(struct tgt *tgt, struct strlist *out)
{
	struct strlist iqns = { 0 };

	live_targets(tgt, &iqns);
	for (size_t i = 0; i < iqns.n; i++) {
		char *tpg = tgt_tpg(tgt, iqns.v[i]);
		struct strlist np = { 0 };

		cfs_list(&tgt->ctx->cfs, &np, CFS_DIRS, "%s/np", tpg);
		for (size_t k = 0; k < np.n; k++)
			if (!sl_has(out, np.v[k]))
				sl_add(out, np.v[k]);
		sl_free(&np);
		free(tpg);
	}
	sl_free(&iqns);
}

/* Those that were asked for, else those that there are, else the default one. */
void tgt_portals(struct tgt *tgt, struct strlist *out)
{
	json_t *list = json_object_get(tgt->state, "portals"), *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (json_is_string(v))
			sl_add(out, json_string_value(v));
	if (!json_is_array(list))
		all_live_portals(tgt, out);
	if (!out->n && !json_is_array(list))
		sl_add(out, "[::]:3260");
}

static void set_portals(struct tgt *tgt, const struct strlist *portals)
{
	json_t *list = json_array();

	for (size_t i = 0; i < portals->n; i++)
		json_array_append_new(list, json_string(portals->v[i]));
	json_object_set_new(tgt->state, "portals", list);
	tgt->dirty = true;
}

/* "ADDRESS[:PORT]" as the kernel writes it. */
static char *portal_of(struct tgt *tgt, const char *text)
{
	const char *bracket = strrchr(text, ']');
	const char *colon = strrchr(bracket ? bracket : text, ':');
	char *address, *name;

	/* ":PORT" is on all addresses */
	address = colon == text ? xstrdup("[::]") :
		  xstrndup(text, colon ? (size_t)(colon - text) : strlen(text));
	name = portal_name(tgt->ctx, address, colon ? colon + 1 : "3260");
	free(address);
	return name;
}

/* One of several parameters; "1" is the portal group that show has after each portal. */
static int take_portal(struct tgt *tgt, const char *param, struct strlist *out)
{
	const char *text = after(param, "portal=");
	char *name;

	if (starts_with(param, "nop_interval=") || starts_with(param, "nop_count=")) {
		warn(tgt->ctx, "%s has no effect: the target asks silent initiators by itself",
		     param);
		return 0;
	}
	if (out->n && !strcmp(param, "1"))
		return 0;
	if (!text || !*text)
		return usage(tgt->ctx, "%s: give portal=ADDRESS:PORT", param);
	name = portal_of(tgt, text);
	if (!name)
		return -EINVAL;
	sl_add(out, name);
	free(name);
	return 0;
}

/* "portal=ADDRESS[:PORT],…" */
static int take_portals(struct tgt *tgt, const char *params, struct strlist *out)
{
	char *list = xstrdup(params), *save = NULL;
	int err = 0;

	for (char *p = strtok_r(list, ",", &save); p && !err; p = strtok_r(NULL, ",", &save))
		err = take_portal(tgt, p, out);
	if (!err && !out->n && !starts_with(params, "nop_"))
		err = usage(tgt->ctx, "%s: give portal=ADDRESS:PORT", params);
	free(list);
	return err;
}

/* Call 'fn' for every target; those before the one that failed are undone. */
static int on_all_targets(struct tgt *tgt, const char *portal,
			  int (*fn)(struct ctx *, const char *, const char *),
			  int (*take_back)(struct ctx *, const char *, const char *))
{
	struct strlist iqns = { 0 }, done = { 0 };
	int err = 0;

	live_targets(tgt, &iqns);
	for (size_t i = 0; !err && i < iqns.n; i++) {
		char *tpg = tgt_tpg(tgt, iqns.v[i]);

		if (cfs_exists(&tgt->ctx->cfs, "%s/np/%s", tpg, portal) !=
		    (fn == portal_create)) {
			err = fn(tgt->ctx, tpg, portal);
			if (!err)
				sl_add(&done, tpg);
		}
		free(tpg);
	}
	if (err) {
		struct kept_error kept = error_keep(tgt->ctx);

		for (size_t i = done.n; i--;)
			take_back(tgt->ctx, done.v[i], portal);
		error_again(tgt->ctx, kept);
	}
	sl_free(&done);
	sl_free(&iqns);
	return err;
}

static int add_portal(struct tgt *tgt, const char *portal)
{
	struct strlist portals = { 0 };
	int err;

	tgt_portals(tgt, &portals);
	if (sl_has(&portals, portal))
		err = fail_plain(tgt->ctx, -EEXIST, "portal %s exists already", portal);
	else
		err = on_all_targets(tgt, portal, portal_create, portal_delete);
	if (!err) {
		sl_add(&portals, portal);
		set_portals(tgt, &portals);
	}
	sl_free(&portals);
	return err;
}

static int remove_portal(struct tgt *tgt, const char *portal)
{
	struct strlist portals = { 0 }, kept = { 0 };
	int err;

	tgt_portals(tgt, &portals);
	if (!sl_has(&portals, portal))
		err = fail_plain(tgt->ctx, -ENOENT, "there is no portal %s", portal);
	else
		err = on_all_targets(tgt, portal, portal_delete, portal_create);
	for (size_t i = 0; i < portals.n; i++)
		if (strcmp(portals.v[i], portal))
			sl_add(&kept, portals.v[i]);
	if (!err)
		set_portals(tgt, &kept);
	sl_free(&portals);
	sl_free(&kept);
	return err;
}

typedef int (*portal_fn)(struct tgt *tgt, const char *portal);

/* Each of a list, or none. */
static int each_portal(struct tgt *tgt, const char *params, portal_fn fn, portal_fn take_back)
{
	struct strlist portals = { 0 };
	int err = take_portals(tgt, params, &portals);
	size_t n = 0;

	while (!err && n < portals.n)
		err = fn(tgt, portals.v[n++]);
	if (err && n) {
		struct kept_error kept = error_keep(tgt->ctx);

		for (n--; n--;)
			take_back(tgt, portals.v[n]);
		error_again(tgt->ctx, kept);
	}
	sl_free(&portals);
	return err;
}

int tgt_portal_new(struct tgt *tgt, const char *params)
{
	return each_portal(tgt, params, add_portal, remove_portal);
}

int tgt_portal_delete(struct tgt *tgt, const char *params)
{
	return each_portal(tgt, params, remove_portal, add_portal);
}

/* Access lists */

void tgt_acl(struct tgt *tgt, const char *iqn, const char *list, struct strlist *out)
{
	struct strbuf v = { 0 };
	char *save = NULL;

	if (!cfs_read(&tgt->ctx->cfs, &v, "target/%s/%s/admission/%s", tgt->ctx->fabric, iqn,
		      list) && v.s)
		for (char *e = strtok_r(v.s, " \t\n", &save); e; e = strtok_r(NULL, " \t\n", &save))
			sl_add(out, e);
	sb_free(&v);
}

static int write_acl(struct tgt *tgt, const char *iqn, const char *list,
		     const struct strlist *entries, const char *entry)
{
	struct strbuf text = { 0 };
	int err;

	for (size_t i = 0; i < entries->n; i++)
		sb_addf(&text, "%s%s", i ? " " : "", entries->v[i]);
	if (!text.len)
		sb_adds(&text, "\n");
	err = cfs_write(&tgt->ctx->cfs, text.s, "target/%s/%s/admission/%s", tgt->ctx->fabric,
			iqn, list);
	if (err == -ENOENT)
		fail_plain(tgt->ctx, err, NO_ADMISSION, iqn);
	else if (err == -EINVAL)
		usage(tgt->ctx, "'%s' is not %s", entry, strstr(list, "addr") ?
		      "ALL, an address, or a network like 192.0.2.0/24 or 2001:db8::/32" :
		      "an iSCSI name");
	else if (err)
		fail(tgt->ctx, err, "cannot change the access list of %s", iqn);
	sb_free(&text);
	return err;
}

/* tgt never lets anybody in by an IPv4 network with bits of a host, so a mistake. */
static int check_network(struct tgt *tgt, const char *entry)
{
	unsigned int a, b, c, d, bits;
	uint32_t addr;
	char end;

	if (sscanf(entry, "%u.%u.%u.%u/%u%c", &a, &b, &c, &d, &bits, &end) != 5 || bits > 32)
		return 0;
	addr = a << 24 | b << 16 | c << 8 | d;
	if (bits == 32 || !(addr & (0xffffffffU >> bits)))
		return 0;
	return usage(tgt->ctx, "%s has bits beyond the first %u, so it is no network", entry, bits);
}

static int change_acl(struct tgt *tgt, const char *iqn, const char *list, const char *entry,
		      bool bind)
{
	struct strlist entries = { 0 }, kept = { 0 };
	bool has;
	int err;

	tgt_acl(tgt, iqn, list, &entries);
	has = sl_has(&entries, entry);
	if (bind && has) {
		err = fail_plain(tgt->ctx, -EEXIST, "this access control rule already exists: %s is bound to %s",
				 entry, iqn);
		goto out;
	}
	if (!bind && !has) {
		err = fail_plain(tgt->ctx, -ENOENT, "this access control rule does not exist: %s is not bound to %s",
				 entry, iqn);
		goto out;
	}
	for (size_t i = 0; i < entries.n; i++)
		if (bind || strcmp(entries.v[i], entry))
			sl_add(&kept, entries.v[i]);
	if (bind)
		sl_add(&kept, entry);
	err = write_acl(tgt, iqn, list, &kept, entry);
out:
	sl_free(&entries);
	sl_free(&kept);
	return err;
}

int tgt_acl_bind(struct tgt *tgt, int tid, const char *list, const char *entry, bool bind)
{
	const char *iqn = tgt_find(tgt, tid);
	char *e;
	int err = 0;

	if (!iqn)
		return -ENOENT;
	if (!*entry || strpbrk(entry, " \t\n"))
		return usage(tgt->ctx, "'%s': one entry at a time, without spaces", entry);
	e = xstrdup(entry);
	if (strstr(list, "initiators") && strcmp(e, "ALL"))
		for (char *p = e; *p; p++)
			*p = tolower((unsigned char)*p);
	if (bind)
		err = check_network(tgt, e);
	if (!err)
		err = change_acl(tgt, iqn, list, e, bind);
	free(e);
	return err;
}

/* Sessions */

/* "TSIH CID ADDRESS INITIATOR ALIAS" */
static bool parse_session(char *line, struct tgt_session *s)
{
	char *save = NULL;
	char *word[4];

	for (size_t i = 0; i < 4; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!word[i])
			return false;
	}
	s->sid = strtoul(word[0], NULL, 10);
	s->cid = strtoul(word[1], NULL, 10);
	s->address = xstrdup(word[2]);
	s->initiator = xstrdup(word[3]);
	s->alias = xstrdup(save ? save : "");
	return true;
}

static void add_session(struct tgt_sessions *out, const json_t *s)
{
	json_t *conn = json_array_get(json_object_get(s, "connections"), 0);
	const char *peer = str_of(conn, "peer");
	const char *initiator = str_of(s, "initiator");
	const char *alias = str_of(s, "alias");
	struct tgt_session *to;

	if (!peer || !initiator)
		return;
	out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
	to = &out->v[out->n++];
	to->sid = num_of(s, "tsih");
	to->cid = num_of(conn, "cid");
	to->address = address_of(peer);
	to->initiator = xstrdup(initiator);
	to->alias = xstrdup(alias ? alias : "");
}

/* By netlink there are all of them; false when there is no such family. */
static bool sessions_by_netlink(struct tgt *tgt, const char *iqn, struct tgt_sessions *out)
{
	const struct tnl_filter filter = { .target = iqn };
	json_t *list, *s;
	struct tnl *nl;
	size_t i;
	int err;

	if (!tnl_available(tgt->ctx) || tnl_open(tgt->ctx, &nl))
		return false;
	list = json_array();
	err = tnl_sessions(nl, &filter, list);
	tnl_close(nl);
	json_array_foreach(list, i, s)
		add_session(out, s);
	json_decref(list);
	return !err;
}

void tgt_sessions(struct tgt *tgt, const char *iqn, struct tgt_sessions *out)
{
	struct strbuf v = { 0 };
	char *save = NULL;

	memset(out, 0, sizeof(*out));
	if (sessions_by_netlink(tgt, iqn, out))
		return;
	if (!cfs_read(&tgt->ctx->cfs, &v, "target/%s/%s/admission/sessions", tgt->ctx->fabric,
		      iqn) && v.s)
		for (char *l = strtok_r(v.s, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
			out->more = out->more || !strcmp(l, "...");
			out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
			if (parse_session(l, &out->v[out->n]))
				out->n++;
		}
	sb_free(&v);
}

void tgt_sessions_free(struct tgt_sessions *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].address);
		free(s->v[i].initiator);
		free(s->v[i].alias);
	}
	free(s->v);
}

static int check_conn(struct tgt *tgt, const char *iqn, uint64_t sid, uint32_t cid)
{
	struct tgt_sessions s;
	int err = -ENOENT;
	bool found = false;

	tgt_sessions(tgt, iqn, &s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.v[i].sid != sid)
			continue;
		found = true;
		if (s.v[i].cid == cid)
			err = 0;
	}
	if (s.more && !found)
		err = 0;	/* the kernel knows */
	else if (err && found)
		fail_plain(tgt->ctx, err, "can't find the connection: session %llu of %s has no %u",
			   (unsigned long long)sid, iqn, cid);
	else if (err)
		fail_plain(tgt->ctx, err, "can't find the session: %s has no %llu", iqn,
			   (unsigned long long)sid);
	tgt_sessions_free(&s);
	return err;
}

int tgt_conn_delete(struct tgt *tgt, int tid, uint64_t sid, uint32_t cid)
{
	const char *iqn = tgt_find(tgt, tid);
	char *value;
	int err;

	if (!iqn)
		return -ENOENT;
	err = check_conn(tgt, iqn, sid, cid);
	if (err)
		return err;
	value = xasprintf("%llu", (unsigned long long)sid);
	err = cfs_write(&tgt->ctx->cfs, value, "target/%s/%s/admission/evict_session",
			tgt->ctx->fabric, iqn);
	free(value);
	return err ? fail(tgt->ctx, err, "cannot close session %llu", (unsigned long long)sid) : 0;
}
