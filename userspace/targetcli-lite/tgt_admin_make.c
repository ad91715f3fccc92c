// SPDX-License-Identifier: GPL-2.0
/*
 * tgt-admin: make the targets that a file has, their options in the order of their
 * names, as tgt-admin does it.
 */
#include "tgt_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signals.h"
#include "unfinished.h"

const char *const tgt_lun_params[] = {
	"scsi_id", "sense_format", "removable", "online", "path", "readonly", "vendor_id",
	"product_id", "product_rev", "scsi_sn", "lbppbe", "la_lba", "optimal_xfer_gran",
	"optimal_xfer_len", NULL
};

const char *const tgt_session_params[] = {
	"DataDigest", "DataPDUInOrder", "DataSequenceInOrder", "DefaultTime2Retain",
	"DefaultTime2Wait", "ErrorRecoveryLevel", "FirstBurstLength", "HeaderDigest",
	"IFMarkInt", "IFMarker", "ImmediateData", "InitialR2T", "MaxBurstLength",
	"MaxConnections", "MaxOutstandingR2T", "MaxRecvDataSegmentLength",
	"MaxXmitDataSegmentLength", "OFMarkInt", "OFMarker", "state", NULL
};

struct maker {
	struct admin *a;
	const struct conf *options;
	char tid[16];
	struct strlist luns;	/* that are taken */
};

static int in_use_by_system(const struct maker *m, const struct conf *store, const char *path)
{
	const char *allow = conf_get(store, "allow-in-use");
	int fd;

	if (!allow)
		allow = conf_get(m->options, "allow-in-use");
	if (m->a->force || (allow && !strcmp(allow, "yes")))
		return 0;
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return 0;
}

static const char *store_option(const struct maker *m, const struct conf *store,
				const char *name)
{
	const char *v = store ? conf_get(store, name) : NULL;

	return v ? v : conf_get(m->options, name);
}

/* The lowest number that no other store has or asks for. */
static char *free_lun(struct maker *m)
{
	for (unsigned int n = 1;; n++) {
		char *lun = xasprintf("%u", n);

		if (!sl_has(&m->luns, lun))
			return lun;
		free(lun);
	}
}

static int set_lun(struct maker *m, const char *lun, const char *params)
{
	return admin_run(m->a, "--lld", "iscsi", "--op", "update", "--mode", "logicalunit", "--tid",
			 m->tid, "--lun", lun, "--params", params, NULL);
}

static int set_write_cache(struct maker *m, const struct conf *store, const char *lun)
{
	const char *v = store_option(m, store, "write-cache");

	if (!v || !*v || !strcmp(v, "on")) {
		admin_note(m->a, "Write cache is enabled (default) for lun %s.", lun);
		return 0;
	}
	if (strcmp(v, "off")) {
		admin_note_left(m->a, "WARNING! Unknown value (%s) to write-cache! Accepted values are \"on\" and \"off\".",
			   v);
		return 0;
	}
	return set_lun(m, lun, "mode_page=8:0:18:0x10:0:0xff:0xff:0:0:0xff:0xff:0xff:0xff:0x80:0x14:0:0:0:0:0:0");
}

/* "params" may name the target and the unit by ${tid} and ${lun}. */
static char *expand(const struct maker *m, const char *lun, const char *value)
{
	struct strbuf out = { 0 };

	while (*value) {
		if (starts_with(value, "${tid}"))
			sb_adds(&out, m->tid);
		else if (starts_with(value, "${lun}"))
			sb_adds(&out, lun);
		else
			sb_addn(&out, value, 1);
		value += starts_with(value, "${tid}") || starts_with(value, "${lun}") ? 6 : 1;
	}
	return out.s ? out.s : xstrdup("");
}

static int set_each(struct maker *m, const struct conf *from, const char *name, const char *lun,
		    const char *prefix)
{
	int st = 0;

	for (size_t i = 0; from && i < from->n && !st; i++)
		if (!from->v[i].block && !strcmp(from->v[i].name, name)) {
			char *params = *prefix ? xasprintf("%s%s", prefix, from->v[i].value) :
						 expand(m, lun, from->v[i].value);

			st = set_lun(m, lun, params);
			free(params);
		}
	return st;
}

/* What the file says, or else what the disk of a direct-store says of itself. */
static int set_param(struct maker *m, const struct conf *store, const char *lun,
		     const char *direct, const char *name)
{
	const char *v = store_option(m, store, name);
	char *own = v || !direct ? NULL : direct_store_param(m->a->ctx, direct, name), *params;
	int st = 0;

	if (v || own) {
		params = xasprintf("%s=%s", name, v ? v : own);
		st = set_lun(m, lun, params);
		free(params);
	}
	free(own);
	return st;
}

/* 'direct' is the path of a direct-store, or NULL. */
static int set_params(struct maker *m, const struct conf *store, const char *lun,
		      const char *direct)
{
	int st = set_each(m, store, "mode_page", lun, "mode_page=");

	if (!st)
		st = set_each(m, m->options, "mode_page", lun, "mode_page=");
	for (size_t i = 0; !st && tgt_lun_params[i]; i++)
		st = set_param(m, store, lun, direct, tgt_lun_params[i]);
	if (!st)
		st = set_write_cache(m, store, lun);
	if (!st)
		st = set_each(m, store, "params", lun, "");
	return st ? st : set_each(m, m->options, "params", lun, "");
}

static int add_store(struct maker *m, const char *path, const struct conf *store, bool direct)
{
	static const char *const create[][2] = {
		{ "device-type", "--device-type" }, { "bs-type", "--bstype" },
		{ "bsopts", "--bsopts" }, { "bsoflags", "--bsoflags" },
		{ "block-size", "--blocksize" },
	};
	const char *w[ARRAY_SIZE(create) * 2 + 1] = { NULL }, *given = store_option(m, store, "lun");
	struct stat st_buf;
	size_t n = 0;
	char *lun;
	int st;

	if (in_use_by_system(m, store, path)) {
		admin_note_left(m->a, "Skipping device %s - it is in use.", path);
		admin_note_left(m->a, "You can override it with --force or 'allow-in-use yes' config option.");
		return 0;
	}
	if (stat(path, &st_buf) || S_ISDIR(st_buf.st_mode)) {
		admin_note_left(m->a, "Skipping device: %s", path);
		admin_note_left(m->a, "%s does not exist - please check the configuration file", path);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(create); i++) {
		const char *v = store_option(m, store, create[i][0]);

		if (v) {
			w[n++] = create[i][1];
			w[n++] = v;
		}
	}
	lun = given ? xstrdup(given) : free_lun(m);
	sl_add(&m->luns, lun);
	st = admin_run(m->a, "--lld", "iscsi", "--op", "new", "--mode", "logicalunit", "--tid", m->tid,
		       "--lun", lun, "-b", path, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8],
		       w[9], NULL);
	if (!st)
		st = set_params(m, store, lun, direct ? path : NULL);
	free(lun);
	return st;
}

/* Numbers that the file gives are not given to others. */
static void reserve_luns(struct maker *m)
{
	for (size_t i = 0; i < m->options->n; i++) {
		const struct conf_option *o = &m->options->v[i];
		const char *lun = o->block ? conf_get(o->options, "lun") : NULL;

		if (lun)
			sl_add(&m->luns, lun);
	}
}

static int add_stores(struct maker *m, const char *name)
{
	const struct conf_option **v;
	size_t n = conf_select(m->options, name, true, &v);
	int st = 0;

	for (size_t i = 0; i < n && !st; i++)
		if (!i || strcmp(v[i]->value, v[i - 1]->value))
			st = add_store(m, v[i]->value, v[i]->options, !strcmp(name, "direct-store"));
	free(v);
	return st;
}

/* "USER PASSWORD" */
static int add_user(struct maker *m, const char *value, const char *tid, bool outgoing)
{
	char *user = xstrdup(value), *password = user + strcspn(user, " \t");
	int st = 0;

	if (*password) {
		*password++ = '\0';
		password += strspn(password, " \t");
		password[strcspn(password, " \t")] = '\0';
	}
	if (!*user || !*password) {	/* of discovery: the others have been checked */
		st = admin_bad("an account needs a name and a password: %s", user);
		goto out;
	}
	if (!json_object_get(m->a->accounts, user)) {
		st = admin_run(m->a, "--lld", "iscsi", "--mode", "account", "--op", "new",
			       "--user", user, "--password", password, NULL);
		json_object_set_new(m->a->accounts, user, json_null());
	}
	if (!st)
		st = admin_run(m->a, "--lld", "iscsi", "--mode", "account", "--op", "bind",
			       "--user", user, outgoing ? "--outgoing" : tid ? "--tid" : NULL,
			       outgoing && tid ? "--tid" : tid, outgoing ? tid : NULL, NULL);
out:
	explicit_bzero(user, strlen(value));
	free(user);
	return st;
}

static void warn_first_only(const struct maker *m, const char *name, size_t n)
{
	if (n > 1)
		admin_note_left(m->a, "Warning: only one %s is allowed. Will only use the first one.",
				name);
}

static int add_users(struct maker *m, const char *name, bool outgoing)
{
	const struct conf_option **v;
	size_t n = conf_select(m->options, name, false, &v);
	int st = 0;

	if (outgoing) {
		warn_first_only(m, name, n);
		n = n ? 1 : 0;
	}
	for (size_t i = 0; i < n && !st; i++)
		st = add_user(m, v[i]->value, m->tid, outgoing);
	free(v);
	return st;
}

static int bind_all(struct maker *m, const char *name, const char *option)
{
	const struct conf_option **v;
	size_t n = conf_select(m->options, name, false, &v);
	int st = 0;

	for (size_t i = 0; i < n && !st; i++)
		st = admin_run(m->a, "--lld", "iscsi", "--op", "bind", "--mode", "target", "--tid",
			       m->tid, option, v[i]->value, NULL);
	free(v);
	return st;
}

static int set_target_params(struct maker *m)
{
	int st = 0;

	for (const char *const *name = tgt_session_params; *name && !st; name++) {
		const char *v = conf_get(m->options, *name);

		warn_first_only(m, *name, conf_count(m->options, *name));
		if (v)
			st = admin_run(m->a, "--lld", "iscsi", "--mode", "target", "--op", "update",
				       "--tid", m->tid, "--name", *name, "--value", v, NULL);
	}
	return st;
}

static int fill_target(struct maker *m)
{
	int st;

	reserve_luns(m);
	st = set_target_params(m);
	if (!st)
		st = add_stores(m, "backing-store");
	if (!st)
		st = add_stores(m, "direct-store");
	if (!st)
		st = add_users(m, "incominguser", false);
	if (!st)
		st = add_users(m, "outgoinguser", true);
	if (!st)
		st = bind_all(m, "initiator-address", "-I");
	if (!st)
		st = bind_all(m, "initiator-name", "-Q");
	/* as tgt-admin: everybody, unless addresses are given; names do not count */
	if (!st && !conf_count(m->options, "initiator-address"))
		st = admin_run(m->a, "--lld", "iscsi", "--op", "bind", "--mode", "target", "--tid",
			       m->tid, "-I", "ALL", NULL);
	return st;
}

/* Nobody else comes between, and who is killed in the middle leaves word of it. */
static int lock_target(struct admin *a, const char *iqn)
{
	if (a->pretend)
		return 0;
	if (ctx_lock(a->ctx))
		return admin_bad("%s", a->ctx->error);
	unfinished_begin(a->ctx, iqn);
	return 0;
}

static void unlock_target(struct admin *a)
{
	if (a->pretend)
		return;
	if (signals_came())
		unfinished_leave(a->ctx);
	else
		unfinished_end(a->ctx);
	ctx_unlock(a->ctx);
}

int admin_add_target(struct admin *a, const char *iqn, const struct conf *options, int tid)
{
	const char *wanted = conf_get(options, "controller_tid");
	struct maker m = { .a = a, .options = options };
	char *name = normal_iqn(iqn);
	int st;

	if (wanted)	/* tgtadm says it when that is no number */
		snprintf(m.tid, sizeof(m.tid), "%s", wanted);
	else
		snprintf(m.tid, sizeof(m.tid), "%d", tid);
	st = lock_target(a, name);
	if (st)
		goto out;
	admin_note(a, "Adding target: %s", iqn);
	st = admin_run(a, "--lld", "iscsi", "--op", "new", "--mode", "target", "--tid", m.tid,
		       "-T", iqn, NULL);
	if (!st)
		json_object_set_new(a->live, name, json_integer(atoi(m.tid)));
	if (!st)
		st = fill_target(&m);
	unlock_target(a);
out:
	sl_free(&m.luns);
	free(name);
	return st;
}

int admin_add_discovery_users(struct admin *a)
{
	struct maker m = { .a = a, .options = &a->conf, .tid = "discovery" };
	const char *in = conf_get(&a->conf, "incomingdiscoveryuser");
	const char *out = conf_get(&a->conf, "outgoingdiscoveryuser");
	int st = in ? add_user(&m, in, NULL, false) : 0;

	return st || !out ? st : add_user(&m, out, NULL, true);
}

/* Was somebody killed who was making it? Whoever still does has the lock. */
static bool is_left(struct admin *a, const char *iqn)
{
	bool is = unfinished_is(a->ctx, iqn);

	if (!is || a->pretend || ctx_lock(a->ctx))
		return is && a->pretend;
	is = unfinished_is(a->ctx, iqn);
	ctx_unlock(a->ctx);
	return is;
}

/* One that there is already stays as it is, but not what is half of what it was to be. */
static int check_present(struct admin *a, const struct conf_option *o, const char *iqn)
{
	int tid = admin_number_of(a, iqn), st;

	if (!is_left(a, iqn)) {
		admin_note(a, "Target %s already exists!", o->value);
		return 0;
	}
	admin_note_left(a, "Target %s was left half made by a command that was killed; it is made anew.",
			o->value);
	st = admin_delete_target(a, iqn);
	return st ? st < 0 : admin_add_target(a, o->value, o->options, tid);
}

/* All that the file has and the kernel has not. */
int admin_add_missing(struct admin *a)
{
	const struct conf_option **v;
	size_t n = conf_select(&a->conf, "target", true, &v);
	int st = 0;

	for (size_t i = 0; i < n && !st; i++) {
		char *iqn = normal_iqn(v[i]->value);

		st = admin_number_of(a, iqn) ? check_present(a, v[i], iqn) :
		     admin_add_target(a, v[i]->value, v[i]->options, ++a->next_tid);
		free(iqn);
	}
	free(v);
	return st;
}
