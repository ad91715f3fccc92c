// SPDX-License-Identifier: GPL-2.0
/* tgt-admin: what is wrong with a file, found before anything is done. */
#include "tgt_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "minsecret.h"

/* What the file may have */

static const char *const conf_options[] = {
	"default-driver", "ignore-errors", "control-port", "incomingdiscoveryuser",
	"outgoingdiscoveryuser", "target", NULL
};

static const char *const target_options[] = {
	"backing-store", "direct-store", "incominguser", "outgoinguser", "initiator-address",
	"initiator-name", "driver", "controller_tid", "write-cache", "allow-in-use",
	"device-type", "bs-type", "bsopts", "bsoflags", "block-size", "mode_page", "params",
	"lun", NULL
};

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static bool is_known(const char *const *names, const char *name)
{
	if (is_one_of(names, name))
		return true;
	if (names == conf_options)
		return false;
	return is_one_of(tgt_lun_params, name) || is_one_of(tgt_session_params, name);
}

/* Mistakes */

static bool is_account(const char *value)
{
	size_t user = strcspn(value, " \t");

	return user && value[user] && value[user + strspn(value + user, " \t")];
}

/* Of these there may be several; of the parameters of sessions, the first counts. */
static const char *const several[] = {
	"backing-store", "direct-store", "incominguser", "outgoinguser", "initiator-address",
	"initiator-name", "mode_page", "params", NULL
};

static int check_once(const struct admin *a, const struct conf *options, const char *const *names)
{
	int err = 0;

	for (size_t i = 0; i < options->n && !err; i++) {
		const struct conf_option *o = &options->v[i];

		if (o->block)
			err = check_once(a, o->options, target_options);
		else if (is_known(names, o->name) && !is_one_of(several, o->name) &&
			 !is_one_of(tgt_session_params, o->name) &&
			 conf_get(options, o->name) != o->value)
			err = admin_bad_file(a, "%s:%u: %s is given twice", o->file, o->line, o->name);
	}
	return err;
}

static int check_options(const struct admin *a, const char *iqn, const struct conf *options,
			 const char *default_driver)
{
	const char *driver = conf_get(options, "driver");

	for (size_t i = 0; i < options->n; i++) {
		const struct conf_option *o = &options->v[i];

		if (!*o->value)
			return admin_bad_file(a, "%s: option %s has no value", iqn, o->name);
		if ((!strcmp(o->name, "incominguser") || !strcmp(o->name, "outgoinguser")) &&
		    !is_account(o->value))
			return admin_bad_file(a, "%s: %s needs a name and a password", iqn, o->name);
	}
	if (!driver)
		driver = default_driver;
	if (driver && strcmp(driver, "iscsi"))
		return admin_bad_file(a, "%s: driver %s: there is iscsi only", iqn, driver);
	return 0;
}

static void known_accounts(struct admin *a)
{
	struct tgt tgt;
	json_t *v;
	size_t i;

	a->accounts = json_object();
	if (!tgt_open(a->ctx, &tgt, false))
		json_array_foreach(tgt.accounts, i, v)
			json_object_set(a->accounts, text_of(v, "user"),
					json_object_get(v, "password"));
	tgt_close(&tgt, 0);
}

int admin_read_conf(struct admin *a)
{
	struct strlist live = { 0 };
	const char *ignore, *driver;
	int err = conf_read(a->ctx, a->conf_path, &a->conf);

	if (err)
		return admin_bad_file(a, "%s", a->ctx->error);
	ignore = conf_get(&a->conf, "ignore-errors");
	driver = conf_get(&a->conf, "default-driver");
	a->ignore_errors = a->ignore_errors || (ignore && !strcmp(ignore, "yes"));
	for (size_t i = 0; i < a->conf.n && !err; i++)
		if (a->conf.v[i].block && !strcmp(a->conf.v[i].name, "target"))
			err = check_options(a, a->conf.v[i].value, a->conf.v[i].options, driver);
	if (!err)
		err = check_once(a, &a->conf, conf_options);
	if (err)
		return err;
	known_accounts(a);
	err = admin_live_targets(a, &live, &a->next_tid);
	sl_free(&live);
	return err;
}

/* Options that are passed over */

static void report_unknown(struct ctx *ctx, const struct conf *conf, const char *const *names)
{
	for (size_t i = 0; i < conf->n; i++) {
		const struct conf_option *o = &conf->v[i];

		if (!is_known(names, o->name))
			warn(ctx, "%s:%u: %s is not known%s and passed over", o->file, o->line,
			     o->name, starts_with(o->name, "iSNS") ? " (there is no iSNS here)" : "");
		else if (o->block)
			report_unknown(ctx, o->options, target_options);
	}
}

void admin_report_unknown(const struct admin *a)
{
	report_unknown(a->ctx, &a->conf, conf_options);
}

/* Secrets that could not be bound */

struct short_secrets {
	struct strlist found;
	size_t min;		/* that the kernel module takes */
	size_t shortest;
};

/* Of an account that there is already, the password in the file is not used. */
static size_t secret_length(const struct admin *a, const char *user, size_t in_file)
{
	json_t *secret = json_object_get(a->accounts, user);

	return secret ? json_string_length(secret) : in_file;
}

static void look_at_user(struct admin *a, const struct conf_option *o, const char *where,
			 struct short_secrets *s)
{
	size_t user = strcspn(o->value, " \t"), len;
	const char *password = o->value + user + strspn(o->value + user, " \t");
	char *name = xstrndup(o->value, user), *text;

	len = secret_length(a, name, strcspn(password, " \t"));
	if (len && len < s->min) {
		text = xasprintf("%s:%u: %s %s%s%s: %zu bytes", o->file, o->line, o->name, name,
				 *where ? " of " : "", where, len);
		sl_add(&s->found, text);
		free(text);
		s->shortest = !s->shortest || len < s->shortest ? len : s->shortest;
	}
	free(name);
}

static void look_at_users(struct admin *a, const struct conf *conf, const char *where,
			  struct short_secrets *s)
{
	static const char *const names[] = {
		"incominguser", "outgoinguser", "incomingdiscoveryuser", "outgoingdiscoveryuser",
	};

	for (size_t i = 0; i < conf->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			if (!conf->v[i].block && !strcmp(conf->v[i].name, names[k]))
				look_at_user(a, &conf->v[i], where, s);
}

/* Nothing may end us, and nobody else change anything, before the limit is what it was. */
static int lower_limit(struct admin *a, size_t shortest)
{
	int err = ctx_lock(a->ctx);

	if (err)
		return err;
	a->limit = minsecret_lower(a->ctx, shortest);
	if (!a->limit)
		ctx_unlock(a->ctx);
	return 0;
}

int admin_check_secrets(struct admin *a)
{
	struct short_secrets s = { .min = minsecret(a->ctx) };
	int err = 0;

	look_at_users(a, &a->conf, "", &s);
	for (size_t i = 0; i < a->conf.n; i++)
		if (a->conf.v[i].block && !strcmp(a->conf.v[i].name, "target"))
			look_at_users(a, a->conf.v[i].options, a->conf.v[i].value, &s);
	if (s.found.n && a->short_secrets && !a->pretend)
		err = lower_limit(a, s.shortest);
	else if (s.found.n && !a->short_secrets && !a->ignore_errors)
		err = minsecret_refuse(a->ctx, &s.found, s.shortest, "--allow-short-secrets");
	sl_free(&s.found);
	return err;
}

void admin_put_limit_back(struct admin *a)
{
	if (!a->limit)
		return;
	minsecret_restore(a->ctx, a->limit);
	ctx_unlock(a->ctx);
}
