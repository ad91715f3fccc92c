// SPDX-License-Identifier: GPL-2.0
/*
 * Accounts as tgt knows them. An account exists before it is bound to a target:
 * such a one is in the state file alone. A bound one is in accounts/ of the
 * target (incoming), or the mutual name and secret of its portal group
 * (outgoing).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "minsecret.h"
#include "tgt.h"

static const char *user_of(json_t *account)
{
	const char *s = str_of(account, "user");

	return s ? s : "";
}

static const char *password_of(json_t *account)
{
	const char *s = str_of(account, "password");

	return s ? s : "";
}

void tgt_index_accounts(struct tgt *tgt)
{
	json_t *account;
	size_t i;

	json_decref(tgt->by_user);
	tgt->by_user = json_object();
	json_array_foreach(tgt->accounts, i, account)
		json_object_set(tgt->by_user, user_of(account), account);
}

static json_t *find(struct tgt *tgt, const char *user)
{
	return json_object_get(tgt->by_user, user);
}

static void add(struct tgt *tgt, const char *user, const char *password)
{
	json_t *account = json_pack("{s:s, s:s}", "user", user, "password", password);

	if (!account)	/* another tool's names may be no UTF-8 */
		return;
	json_array_append(tgt->accounts, account);
	json_object_set_new(tgt->by_user, user, account);
	tgt->dirty = true;
}

static void import_account(struct tgt *tgt, const char *iqn, const char *user)
{
	struct strbuf v = { 0 };

	if (!find(tgt, user) &&
	    !cfs_read(&tgt->ctx->cfs, &v, "target/%s/%s/accounts/%s/password",
		      tgt->ctx->fabric, iqn, user) && v.len)
		add(tgt, user, v.s);
	sb_wipe(&v);
}

void tgt_import_accounts(struct tgt *tgt)
{
	struct strlist iqns = { 0 };

	tgt_targets(tgt, &iqns);
	for (size_t i = 0; i < iqns.n; i++) {
		struct strlist users = { 0 };

		cfs_list(&tgt->ctx->cfs, &users, CFS_DIRS, "target/%s/%s/accounts",
			 tgt->ctx->fabric, iqns.v[i]);
		for (size_t k = 0; k < users.n; k++)
			import_account(tgt, iqns.v[i], users.v[k]);
		sl_free(&users);
	}
	sl_free(&iqns);
}

static int need(struct tgt *tgt, const char *user, json_t **account)
{
	*account = find(tgt, user);
	return *account ? 0 : fail_plain(tgt->ctx, -ENOENT,
					 "can't find the account: there is no %s", user);
}

static int account_too_short(struct tgt *tgt, const char *user, const char *password)
{
	char *what = xasprintf("account %s cannot be bound to a target", user);
	int err = minsecret_check(tgt->ctx, what, password);

	free(what);
	return err;
}

int tgt_account_new(struct tgt *tgt, const char *user, const char *password)
{
	if (!*user || strchr(user, '/') || strlen(user) > 255 || !strcmp(user, ".") ||
	    !strcmp(user, ".."))
		return usage(tgt->ctx, "the name '%s' of an account must have 1 to 255 bytes and no slash",
			     user);
	if (!*password || strlen(password) > 255)
		return usage(tgt->ctx, "the password of account %s must have 1 to 255 bytes", user);
	if (find(tgt, user))
		return fail_plain(tgt->ctx, -EEXIST, "this account already exists: %s", user);
	/* tgt takes any; the kernel is asked only when it is bound */
	if (account_too_short(tgt, user, password)) {
		warn(tgt->ctx, "%s", tgt->ctx->error);
		ctx_reset(tgt->ctx);
	}
	add(tgt, user, password);
	return 0;
}

/* Names in the order of binding, as far as it is known. */
static json_t *order_of(struct tgt *tgt, const char *iqn)
{
	json_t *bound = json_object_get(tgt->state, "bound"), *list;

	if (!json_is_object(bound)) {
		bound = json_object();
		json_object_set_new(tgt->state, "bound", bound);
	}
	list = json_object_get(bound, iqn);
	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(bound, iqn, list);
	}
	return list;
}

void tgt_bound(struct tgt *tgt, const char *iqn, struct strlist *out)
{
	struct strlist live = { 0 };
	json_t *v, *order = json_object_get(json_object_get(tgt->state, "bound"), iqn);
	size_t i;

	cfs_list(&tgt->ctx->cfs, &live, CFS_DIRS, "target/%s/%s/accounts", tgt->ctx->fabric, iqn);
	json_array_foreach(order, i, v)
		if (json_is_string(v) && sl_has(&live, json_string_value(v)) &&
		    !sl_has(out, json_string_value(v)))
			sl_add(out, json_string_value(v));
	for (i = 0; i < live.n; i++)
		if (!sl_has(out, live.v[i]))
			sl_add(out, live.v[i]);
	sl_free(&live);
}

static void remember(struct tgt *tgt, const char *iqn, const char *user, bool bind)
{
	json_t *order = order_of(tgt, iqn), *v;
	size_t i;

	json_array_foreach(order, i, v)
		if (json_is_string(v) && !strcmp(json_string_value(v), user)) {
			json_array_remove(order, i);
			break;
		}
	if (bind)
		json_array_append_new(order, json_string(user));
	tgt->dirty = true;
}

static int bind_incoming(struct tgt *tgt, const char *iqn, json_t *account)
{
	struct ctx *ctx = tgt->ctx;
	const char *user = user_of(account);
	int err = cfs_mkdir(&ctx->cfs, "target/%s/%s/accounts/%s", ctx->fabric, iqn, user);

	if (err == -EEXIST)
		return fail_plain(ctx, err, "this account already exists: %s is bound to %s", user,
				  iqn);
	if (err)
		return fail(ctx, err, "cannot bind account %s to %s", user, iqn);
	err = cfs_write(&ctx->cfs, password_of(account), "target/%s/%s/accounts/%s/password",
			ctx->fabric, iqn, user);
	if (err) {
		cfs_rmdir(&ctx->cfs, "target/%s/%s/accounts/%s", ctx->fabric, iqn, user);
		return account_too_short(tgt, user, password_of(account)) ? -EINVAL :
		       fail(ctx, err, "the kernel refused the password of account %s", user);
	}
	remember(tgt, iqn, user, true);
	return 0;
}

static int unbind_incoming(struct tgt *tgt, const char *iqn, const char *user)
{
	struct ctx *ctx = tgt->ctx;
	int err = cfs_rmdir(&ctx->cfs, "target/%s/%s/accounts/%s", ctx->fabric, iqn, user);

	if (err == -ENOENT)
		return fail_plain(ctx, err, "can't find the account: %s is not bound to %s", user,
				  iqn);
	if (err)
		return fail(ctx, err, "cannot unbind account %s from %s", user, iqn);
	remember(tgt, iqn, user, false);
	return 0;
}

char *tgt_name_at(struct tgt *tgt, const char *auth, const char *attr)
{
	struct strbuf v = { 0 };

	if (!cfs_read(&tgt->ctx->cfs, &v, "%s/%s", auth, attr) && v.len && strcmp(v.s, "NULL"))
		return v.s;
	sb_free(&v);
	return NULL;
}

/* Name and secret in an auth directory: those of an account, or none. */
static int write_pair(struct tgt *tgt, const char *auth, const char *suffix, json_t *account)
{
	struct ctx *ctx = tgt->ctx;
	int err = cfs_write(&ctx->cfs, account ? password_of(account) : "NULL", "%s/password%s",
			    auth, suffix);

	if (!err)
		err = cfs_write(&ctx->cfs, account ? user_of(account) : "NULL", "%s/userid%s",
				auth, suffix);
	if (err && account && account_too_short(tgt, user_of(account), password_of(account)))
		return -EINVAL;
	return err ? fail(ctx, err, "cannot set the account in %s", auth) : 0;
}

/* The one place for an account in an auth directory. */
static int bind_pair(struct tgt *tgt, const char *auth, const char *suffix, json_t *account,
		     bool bind, const char *what)
{
	char *attr = xasprintf("userid%s", suffix);
	char *now = tgt_name_at(tgt, auth, attr);
	const char *user = user_of(account);
	int err;

	if (bind && now)
		err = fail_plain(tgt->ctx, -EEXIST, *suffix ?
				 "this target already has an outgoing account: that of %s is %s" :
				 "this account already exists: that of %s is %s", what, now);
	else if (!bind && (!now || strcmp(now, user)))
		err = fail_plain(tgt->ctx, -ENOENT, "can't find the account: %s is not %s account of %s", user,
				 *suffix ? "the outgoing" : "the incoming", what);
	else
		err = write_pair(tgt, auth, suffix, bind ? account : NULL);
	free(attr);
	free(now);
	return err;
}

static int bind_discovery(struct tgt *tgt, json_t *account, bool outgoing, bool bind)
{
	struct ctx *ctx = tgt->ctx;
	char *auth = xasprintf("target/%s/discovery_auth", ctx->fabric);
	int err = bind_pair(tgt, auth, outgoing ? "_mutual" : "", account, bind, "discovery");

	if (!err && !outgoing) {
		err = cfs_write(&ctx->cfs, bind ? "1" : "0", "%s/enforce_discovery_auth", auth);
		if (err)
			fail(ctx, err, "cannot set enforce_discovery_auth");
	}
	free(auth);
	return err;
}

static int bind_target(struct tgt *tgt, const char *iqn, json_t *account, bool outgoing,
		       bool bind)
{
	char *tpg, *auth;
	int err;

	if (!outgoing)
		return bind ? bind_incoming(tgt, iqn, account) :
			      unbind_incoming(tgt, iqn, user_of(account));
	tpg = tgt_tpg(tgt, iqn);
	auth = xasprintf("%s/auth", tpg);
	err = bind_pair(tgt, auth, "_mutual", account, bind, iqn);
	free(auth);
	free(tpg);
	return err;
}

int tgt_account_bind(struct tgt *tgt, int tid, const char *user, bool outgoing, bool bind)
{
	const char *iqn = tid >= 0 ? tgt_find(tgt, tid) : NULL;
	json_t *account;
	int err;

	if (tid >= 0 && !iqn)
		return -ENOENT;
	err = need(tgt, user, &account);
	if (err)
		return err;
	if (tid < 0)
		return bind_discovery(tgt, account, outgoing, bind);
	return bind_target(tgt, iqn, account, outgoing, bind);
}

static bool is_at(struct tgt *tgt, const char *auth, const char *attr, const char *user)
{
	char *now = tgt_name_at(tgt, auth, attr);
	bool is = now && !strcmp(now, user);

	free(now);
	return is;
}

static int unbind_from_target(struct tgt *tgt, const char *iqn, json_t *account)
{
	const char *user = user_of(account);
	char *tpg = tgt_tpg(tgt, iqn), *auth = xasprintf("%s/auth", tpg);
	int err = 0;

	if (cfs_exists(&tgt->ctx->cfs, "target/%s/%s/accounts/%s", tgt->ctx->fabric, iqn, user))
		err = unbind_incoming(tgt, iqn, user);
	if (!err && is_at(tgt, auth, "userid_mutual", user))
		err = write_pair(tgt, auth, "_mutual", NULL);
	free(auth);
	free(tpg);
	return err;
}

static int unbind_from_discovery(struct tgt *tgt, json_t *account)
{
	char *auth = xasprintf("target/%s/discovery_auth", tgt->ctx->fabric);
	int err = 0;

	if (is_at(tgt, auth, "userid", user_of(account)))
		err = bind_discovery(tgt, account, false, false);
	if (!err && is_at(tgt, auth, "userid_mutual", user_of(account)))
		err = bind_discovery(tgt, account, true, false);
	free(auth);
	return err;
}

int tgt_account_delete(struct tgt *tgt, const char *user)
{
	struct strlist iqns = { 0 };
	json_t *account, *a;
	int err = need(tgt, user, &account);
	size_t i;

	if (err)
		return err;
	tgt_targets(tgt, &iqns);
	for (i = 0; !err && i < iqns.n; i++)
		err = unbind_from_target(tgt, iqns.v[i], account);
	sl_free(&iqns);
	if (!err)
		err = unbind_from_discovery(tgt, account);
	if (err)
		return err;
	json_array_foreach(tgt->accounts, i, a)
		if (a == account)
			break;
	json_array_remove(tgt->accounts, i);
	json_object_del(tgt->by_user, user);
	tgt->dirty = true;
	return 0;
}
