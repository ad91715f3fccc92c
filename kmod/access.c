// SPDX-License-Identifier: GPL-2.0
/*
 * Who logs in to what, and may they (RFC 7143 §6.3): target and portal group,
 * admission, ACL, what CHAP needs, and the session that is joined. The first
 * request of a login names all of these; they are looked at once.
 */
#include <linux/random.h>
#include <linux/string.h>

#include "admission.h"
#include "hash.h"
#include "login.h"

static_assert(TI_AUTH_LEN - 1 <= TI_CHAP_SECRET_MAX);
static_assert(TI_AUTH_LEN - 1 <= TI_CHAP_NAME_MAX);

/* ---- CHAP: where names and secrets come from ---- */

/* Held with target core's reference; put_acl() ends it. */
static struct se_node_acl *get_acl(struct ti_login *login)
{
	if (!login->tpg)
		return NULL;
	return core_tpg_get_initiator_node_acl(&login->tpg->se_tpg,
					       login->params.initiator_name);
}

static void put_acl(struct se_node_acl *acl)
{
	if (acl)
		target_put_nacl(acl);
}

/* One that an administrator made, not demo mode. */
static bool is_explicit(const struct se_node_acl *acl)
{
	return acl && !acl->dynamic_node_acl;
}

static struct ti_auth *auth_of(struct ti_login *login, struct se_node_acl *acl)
{
	if (!login->tpg)
		return &ti_discovery_auth;
	return is_explicit(acl) ? &to_ti_acl(acl)->auth : &login->tpg->auth;
}

/* Length of the secret, or -ENOENT. */
static int copy_secret(u8 *secret, const char *password)
{
	size_t len = strnlen(password, TI_CHAP_SECRET_MAX);

	if (!len)
		return -ENOENT;
	memcpy(secret, password, len);
	return len;
}

static int login_secret(void *ctx, const char *name, u8 *secret)
{
	struct ti_login *login = ctx;
	struct se_node_acl *acl = get_acl(login);
	struct ti_auth *auth = auth_of(login, acl);
	int len = -ENOENT;

	spin_lock(&auth->lock);
	if (auth->userid[0] && !strcmp(auth->userid, name))
		len = copy_secret(secret, auth->password);
	spin_unlock(&auth->lock);
	put_acl(acl);
	if (len < 0 && login->tpg)
		len = ti_admission_secret(login->tpg->target->admission, name,
					  secret);
	return len;
}

static int login_mutual(void *ctx, const char *account, char *name, u8 *secret)
{
	struct ti_login *login = ctx;
	struct se_node_acl *acl = get_acl(login);
	struct ti_auth *auth = auth_of(login, acl);
	int len = -ENOENT;

	spin_lock(&auth->lock);
	if (auth->userid_mutual[0]) {
		strscpy(name, auth->userid_mutual, TI_CHAP_NAME_MAX + 1);
		len = copy_secret(secret, auth->password_mutual);
	}
	spin_unlock(&auth->lock);
	put_acl(acl);
	return len;
}

/* No challenge before the random numbers are random. */
static int login_random(void *ctx, u8 *buf, size_t len)
{
	if (!rng_is_initialized())
		return -EAGAIN;
	get_random_bytes(buf, len);
	return 0;
}

static int login_hash(void *ctx, enum ti_chap_alg alg, const struct ti_iov *iov,
		      int n, u8 *digest)
{
	return ti_hash(alg, iov, n, digest);
}

const struct ti_chap_ops ti_login_chap_ops = {
	.random = login_random,
	.hash = login_hash,
	.secret = login_secret,
	.mutual = login_mutual,
};

/* ---- which target, and may this initiator use it? ---- */

static bool find_key(const char *text, u32 len, enum ti_key key,
		     struct ti_text_pair *pair)
{
	struct ti_text_iter it;

	ti_text_iter_init(&it, text, len);
	while (ti_text_next(&it, pair) > 0)
		if (ti_key_find(pair->key, pair->key_len) == key)
			return true;
	return false;
}

static u16 find_portal_group(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;
	struct ti_target *target;
	struct ti_tpg *tpg = NULL;
	bool enabled = false;

	spin_lock(&ti_targets_lock);
	target = ti_target_find(login->params.target_name);
	if (target)
		tpg = ti_target_tpg_at(target, conn->portal);
	if (tpg)
		enabled = ti_tpg_get(tpg);
	spin_unlock(&ti_targets_lock);

	if (!target)
		return ti_login_refuse(login, TI_LOGIN_NOT_FOUND, "no such target");
	if (!tpg)
		return ti_login_refuse(login, TI_LOGIN_NOT_FOUND,
				       "the target has no portal on this address");
	if (!enabled)
		return ti_login_refuse(login, TI_LOGIN_UNAVAILABLE,
				       "the portal group is disabled");
	login->tpg = tpg;
	login->tpgt = tpg->tag;
	ti_tpg_copy_param(tpg, &login->cfg);
	ti_conn_limit_login(conn, READ_ONCE(tpg->attrib.login_timeout));
	return 0;
}

/* For discovery a target may be named, too: which portal group has it here? */
static int find_tag(struct ti_conn *conn, const char *text, u32 len)
{
	char name[TI_NAME_MAX + 1];
	struct ti_text_pair pair;
	struct ti_target *target;
	struct ti_tpg *tpg;
	int tag = -1;

	if (!find_key(text, len, TI_KEY_TARGET_NAME, &pair) ||
	    ti_name_normalize(pair.value, name, sizeof(name)))
		return -1;
	spin_lock(&ti_targets_lock);
	target = ti_target_find(name);
	tpg = target ? ti_target_tpg_at(target, conn->portal) : NULL;
	if (tpg)
		tag = tpg->tag;
	spin_unlock(&ti_targets_lock);
	return tag;
}

static bool auth_required(const struct ti_login *login,
			  struct se_node_acl *acl)
{
	s32 own = -1;

	if (ti_login_is_discovery(login))
		return READ_ONCE(ti_discovery_auth.enforce);
	if (ti_admission_has_accounts(login->tpg->target->admission))
		return true;
	if (is_explicit(acl))
		own = READ_ONCE(to_ti_acl(acl)->attrib.authentication);
	return own >= 0 ? own : READ_ONCE(login->tpg->attrib.authentication);
}

/*
 * Methods that may be chosen: with authentication required only CHAP; without,
 * None and, where there is a secret to check against, CHAP.
 */
static void set_auth_policy(struct ti_login *login, struct se_node_acl *acl)
{
	struct ti_auth *auth = auth_of(login, acl);
	bool secret, chap = login->chap.algs;

	spin_lock(&auth->lock);
	secret = auth->userid[0] && auth->password[0];
	spin_unlock(&auth->lock);

	login->auth_required = auth_required(login, acl);
	login->neg.auth_mask = login->auth_required ? 0 : BIT(TI_AUTH_NONE);
	if (chap && (login->auth_required || secret))
		login->neg.auth_mask |= BIT(TI_AUTH_CHAP);
}

/* What the target says of all its portal groups. */
static u16 check_admission(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;
	struct ti_admission *adm;

	if (!login->tpg)
		return 0;
	adm = login->tpg->target->admission;
	if (!ti_admission_open(adm))
		return ti_login_refuse(login, TI_LOGIN_UNAVAILABLE,
				       "the target takes no logins (accept_logins)");
	if (!ti_admission_allows(adm, login->params.initiator_name,
				 &conn->peer_addr))
		return ti_login_refuse(login, TI_LOGIN_FORBIDDEN,
				       "neither address nor name is allowed");
	return 0;
}

static bool is_admitted(const struct ti_login *login,
			const struct se_node_acl *acl)
{
	return !login->tpg || is_explicit(acl) ||
	       READ_ONCE(login->tpg->attrib.generate_node_acls);
}

static u16 check_access(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;
	u16 status = check_admission(conn);
	struct se_node_acl *acl;

	if (status)
		return status;
	acl = get_acl(login);
	if (is_admitted(login, acl))
		set_auth_policy(login, acl);
	else
		status = ti_login_refuse(login, TI_LOGIN_FORBIDDEN,
					 "no ACL for this initiator");
	put_acl(acl);
	return status;
}

/* What was negotiated for the session holds for its new connection too. */
static void keep_session_params(struct ti_params *params,
				const struct ti_params *old)
{
	params->max_connections = old->max_connections;
	params->max_burst = old->max_burst;
	params->first_burst = old->first_burst;
	params->time2wait = old->time2wait;
	params->time2retain = old->time2retain;
	params->max_r2t = old->max_r2t;
	params->erl = old->erl;
	params->protocol_level = old->protocol_level;
	params->initial_r2t = old->initial_r2t;
	params->immediate_data = old->immediate_data;
	params->data_pdu_in_order = old->data_pdu_in_order;
	params->data_seq_in_order = old->data_seq_in_order;
}

/*
 * A TSIH names the session that this connection wants to join (§6.3.1). It has
 * its one connection, so that can only be replaced (§6.3.4).
 */
static u16 join_session(struct ti_login *login)
{
	const struct ti_login_hdr *hdr = &login->first;
	struct ti_params old;
	int ret = -ENOENT;

	if (login->tpg)
		ret = ti_sess_find(login->tpg, login->params.initiator_name,
				   hdr->isid, be16_to_cpu(hdr->tsih),
				   be16_to_cpu(hdr->cid), &old);
	if (ret == -ENOENT)
		return ti_login_refuse(login, TI_LOGIN_NO_SESSION,
				       "no such session");
	if (ret)
		return ti_login_refuse(login, TI_LOGIN_TOO_MANY_CONNS,
				       "the session has its one connection");
	keep_session_params(&login->params, &old);
	return 0;
}

static u16 check_session(struct ti_login *login)
{
	u16 status = login->first.tsih ? join_session(login) : 0;

	if (status)
		return status;
	if (login->auth_required && login->stage != TI_STAGE_SECURITY)
		return ti_login_refuse(login, TI_LOGIN_AUTH_FAILED,
				       "authentication is required");
	return 0;
}

static u16 take_initiator_name(struct ti_login *login, const char *text,
			       u32 len)
{
	struct ti_text_pair pair;

	if (!find_key(text, len, TI_KEY_INITIATOR_NAME, &pair))
		return ti_login_refuse(login, TI_LOGIN_MISSING_PARAM,
				       "InitiatorName is missing");
	if (ti_name_normalize(pair.value, login->params.initiator_name,
			      sizeof(login->params.initiator_name)))
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "InitiatorName is no iSCSI name");
	return 0;
}

static u16 take_target_name(struct ti_login *login, const char *text, u32 len)
{
	struct ti_text_pair pair;

	if (!find_key(text, len, TI_KEY_TARGET_NAME, &pair))
		return ti_login_refuse(login, TI_LOGIN_MISSING_PARAM,
				       "TargetName is missing");
	if (ti_name_normalize(pair.value, login->params.target_name,
			      sizeof(login->params.target_name)))
		return ti_login_refuse(login, TI_LOGIN_NOT_FOUND,
				       "TargetName is no iSCSI name");
	return 0;
}

static u16 take_session_type(struct ti_login *login, const char *text, u32 len)
{
	struct ti_text_pair pair;

	if (find_key(text, len, TI_KEY_SESSION_TYPE, &pair) &&
	    ti_session_type_parse(&pair, &login->params.session_type))
		return ti_login_refuse(login, TI_LOGIN_SESSION_TYPE,
				       "unknown SessionType");
	return 0;
}

/**
 * ti_login_locate - who logs in to what, and may they
 * @conn:	the connection
 * @text:	the whole text of its first Login Request, ti_text_check()ed
 * @len:	its length in bytes
 *
 * The first request must say who wants what (RFC 7143 §6.3): the rest depends on
 * it. The keys are only looked at here, ti_login_negotiate() takes them as it does
 * others. The portal group is held from here on.
 *
 * May sleep. Return: 0, or a refusal.
 */
u16 ti_login_locate(struct ti_conn *conn, const char *text, u32 len)
{
	struct ti_login *login = conn->login;
	u16 status;

	status = take_initiator_name(login, text, len);
	if (!status)
		status = take_session_type(login, text, len);
	if (!status && !ti_login_is_discovery(login)) {
		status = take_target_name(login, text, len);
		if (!status)
			status = find_portal_group(conn);
	} else if (!status) {
		login->tpgt = find_tag(conn, text, len);
	}
	if (!status)
		status = check_access(conn);
	if (!status)
		status = check_session(login);
	login->located = !status;
	return status;
}
