// SPDX-License-Identifier: GPL-2.0
/*
 * The login phase (RFC 7143 §6.3, §11.12, §11.13), from the first Login
 * Request of a connection to full feature phase.
 *
 * Everything here runs in the connection's work item, never waits for the
 * initiator, and is bounded: requests, text and time (conn.c has the deadline).
 * Functions that can refuse a login return a status, enum ti_login_status,
 * with 0 for success, and leave the reason in ti_login.why; ti_login_pdu()
 * and ti_login_resume() alone send the refusal and log it, in one line.
 *
 * The way of a request: check_header() -> gather_text() (C bit) -> locate()
 * once, which finds target and ACL -> negotiate() -> transit() -> send_answer(),
 * which makes the session before the last response.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "admission.h"
#include "event.h"
#include "hash.h"
#include "throttle.h"
#include "ti.h"

/* Texts of one login; an honest one has 3 to 30. */
#define LOGIN_MAX_REQUESTS	64
#define LOGIN_VERSION		0	/* RFC 7143 §11.12.4 */

static_assert(TI_AUTH_LEN - 1 <= TI_CHAP_SECRET_MAX);
static_assert(TI_AUTH_LEN - 1 <= TI_CHAP_NAME_MAX);

/**
 * struct ti_login - a login that is going on
 * @first:	header of the first request; the others repeat its fields
 * @hdr:	header of the request at hand
 * @stage:	the current stage
 * @requests:	how many there were, without those that a text is continued after
 * @located:	names are known and allowed, @cfg is that of the target
 * @auth_required: the initiator must authenticate itself
 * @authenticated: it has
 * @suspended:	waits for the end of an older session (ti_sess_reinstate())
 * @why:	with a refusal: the reason
 * @why_key:	with a refusal: the key it is about, or TI_KEY_UNKNOWN
 * @tpg:	held with ti_tpg_get() from locate() on; NULL for discovery
 * @tpgt:	tag of the portal group that was named, from locate() on; -1 for none
 * @cfg:	a copy, so that configfs cannot change it under a negotiation
 * @params:	the outcome so far, the names included
 * @neg:	the negotiation of @params
 * @chap:	the authentication
 * @text:	what came with C=1 so far; TI_TEXT_MAX bytes or NULL
 * @text_len:	bytes in @text
 * @answer:	the answer to the request, kept until its last part is on its
 *		way; TI_TEXT_MAX bytes or NULL
 * @answer_len:	bytes in @answer
 * @answer_sent: bytes of @answer that are on their way
 * @flags:	of the response with that last part: T, CSG, NSG
 */
struct ti_login {
	struct ti_login_hdr	first;
	struct ti_login_hdr	hdr;
	enum ti_login_stage	stage;
	unsigned int		requests;
	bool			located;
	bool			auth_required;
	bool			authenticated;
	bool			suspended;
	const char		*why;
	enum ti_key		why_key;

	struct ti_tpg		*tpg;
	int			tpgt;
	struct ti_param_cfg	cfg;
	struct ti_params	params;
	struct ti_negotiation	neg;
	struct ti_chap		chap;

	char			*text;
	u32			text_len;
	char			*answer;
	u32			answer_len;
	u32			answer_sent;
	u8			flags;
};

static u16 refuse(struct ti_login *login, u16 status, const char *why)
{
	login->why = why;
	return status;
}

/* ---- CHAP: where names and secrets come from ---- */

static bool is_discovery(const struct ti_login *login)
{
	return login->params.session_type == TI_SESSION_DISCOVERY;
}

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

static const struct ti_chap_ops login_chap_ops = {
	.random = login_random,
	.hash = login_hash,
	.secret = login_secret,
	.mutual = login_mutual,
};

/* ---- beginning and end ---- */

/**
 * ti_login_start - a connection begins
 * @conn:	the connection
 *
 * Nothing is allocated for it before its first Login Request is complete.
 *
 * Return: 0.
 */
int ti_login_start(struct ti_conn *conn)
{
	conn->login = NULL;
	return 0;
}

static struct ti_login *login_alloc(const struct ti_login_hdr *hdr)
{
	struct ti_login *login = kzalloc(sizeof(*login), GFP_KERNEL);

	if (!login)
		return NULL;
	login->first = *hdr;
	login->hdr = *hdr;
	login->stage = TI_LOGIN_CSG(hdr->flags);
	login->why_key = TI_KEY_UNKNOWN;
	ti_param_cfg_init_defaults(&login->cfg);
	ti_negotiation_init(&login->neg, &login->cfg, &login->params,
			    !hdr->tsih);
	login->neg.stage = login->stage;
	ti_chap_init(&login->chap, &login_chap_ops, login, ti_hash_algs());
	return login;
}

static void put_tpg(struct ti_login *login)
{
	if (login->tpg)
		ti_tpg_put(login->tpg);
	login->tpg = NULL;
}

static void free_answer(struct ti_login *login)
{
	kvfree(login->answer);
	login->answer = NULL;
}

/**
 * ti_login_free - forget a login, whatever its state
 * @conn:	its connection
 *
 * Owner only. May sleep.
 */
void ti_login_free(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;

	if (!login)
		return;
	conn->login = NULL;
	if (login->suspended)
		ti_sess_reinstate_cancel(conn, login->tpg);
	put_tpg(login);
	free_answer(login);
	kvfree(login->text);
	kfree_sensitive(login);
}

/**
 * ti_login_initiator - the initiator's name, for a message
 * @conn:	the connection
 *
 * Owner only. Return: NULL or an empty string as long as it is not known.
 */
const char *ti_login_initiator(const struct ti_conn *conn)
{
	return conn->login ? conn->login->params.initiator_name : NULL;
}

/**
 * ti_login_target - the name of the target, for a message
 * @conn:	the connection
 *
 * Owner only. Return: NULL or an empty string as long as it is not known.
 */
const char *ti_login_target(const struct ti_conn *conn)
{
	const struct ti_login *login = conn->login;

	if (!login)
		return NULL;
	return is_discovery(login) ? "(discovery)" : login->params.target_name;
}

/* ---- refusing ---- */

static void fill_response(const struct ti_login *login,
			  struct ti_login_rsp_hdr *rsp)
{
	rsp->version_max = LOGIN_VERSION;
	rsp->version_active = LOGIN_VERSION;
	/* Those of the login, whatever the PDU that is answered has there. */
	memcpy(rsp->isid, login->first.isid, TI_ISID_LEN);
	rsp->tsih = login->first.tsih;
	rsp->itt = login->hdr.itt;
	/* A Login Request is immediate: its CmdSN is the next one expected. */
	rsp->exp_cmd_sn = login->first.cmd_sn;
	rsp->max_cmd_sn = login->first.cmd_sn;
}

static void send_refusal(struct ti_conn *conn, u16 status)
{
	struct ti_login *login = conn->login;
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_LOGIN_RSP, 0);
	struct ti_login_rsp_hdr *rsp;

	if (!pdu)
		return;
	rsp = (struct ti_login_rsp_hdr *)&pdu->bhs;
	fill_response(login, rsp);
	rsp->flags = TI_LOGIN_STAGE(login->stage, 0);
	rsp->status_class = status >> 8;
	rsp->status_detail = status & 0xff;
	pdu->takes_stat_sn = true;
	ti_pdu_queue(conn, pdu);
}

static void count_refusal(struct ti_conn *conn, u16 status)
{
	struct ti_login *login = conn->login;
	const char *initiator = login->params.initiator_name;

	if (login->tpg)
		ti_stats_login(login->tpg->target, status,
			       initiator[0] ? initiator : NULL,
			       &conn->peer_addr);
}

/* For those who listen; 0: it took too long. */
static void tell_refusal(struct ti_conn *conn, u16 status, const char *why)
{
	struct ti_login *login = conn->login;
	struct ti_event_refusal refusal = {
		.status = status,
		.why = why,
	};

	if (login) {
		refusal.target = login->params.target_name;
		refusal.initiator = login->params.initiator_name;
		refusal.tpg = login->tpg;
	}
	if (login && login->why_key != TI_KEY_UNKNOWN)
		refusal.key = ti_key_name(login->why_key);
	ti_event_login_refused(conn, &refusal);
}

/* The login is over: say why, to the initiator and in the log. */
static void end_refused(struct ti_conn *conn, u16 status)
{
	struct ti_login *login = conn->login;
	bool key = login->why_key != TI_KEY_UNKNOWN;

	ti_warn("%s: login of %s from %s refused with 0x%04x: %s%s%s\n",
		ti_conn_target(conn), ti_conn_who(conn), conn->peer, status,
		key ? ti_key_name(login->why_key) : "", key ? ": " : "",
		login->why);
	count_refusal(conn, status);
	if (status == TI_LOGIN_AUTH_FAILED || status == TI_LOGIN_FORBIDDEN)
		ti_throttle_failed(conn);
	tell_refusal(conn, status, login->why);
	send_refusal(conn, status);
	ti_chap_wipe(&login->chap);
	put_tpg(login);
	ti_conn_drain(conn);
}

/* ---- the header ---- */

static u16 check_stages(struct ti_login *login, u8 flags)
{
	u8 csg = TI_LOGIN_CSG(flags), nsg = TI_LOGIN_NSG(flags);

	if (csg != login->stage ||
	    (csg != TI_STAGE_SECURITY && csg != TI_STAGE_OPERATIONAL))
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "wrong current stage (CSG)");
	if (!(flags & TI_LOGIN_TRANSIT))
		return 0;
	if (flags & TI_LOGIN_CONTINUE)
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "T and C bit together");
	if (nsg <= csg || (nsg != TI_STAGE_OPERATIONAL &&
			   nsg != TI_STAGE_FULL_FEATURE))
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "wrong next stage (NSG)");
	return 0;
}

/* RFC 7143 §11.12: what stays the same throughout a login. */
static bool repeats_first(const struct ti_login *login)
{
	const struct ti_login_hdr *a = &login->first, *b = &login->hdr;

	return !memcmp(a->isid, b->isid, TI_ISID_LEN) && a->tsih == b->tsih &&
	       a->cid == b->cid && a->itt == b->itt &&
	       a->cmd_sn == b->cmd_sn && a->version_max == b->version_max &&
	       a->version_min == b->version_min;
}

static u16 check_header(struct ti_login *login)
{
	const struct ti_login_hdr *hdr = &login->hdr;

	if ((hdr->opcode & TI_OPCODE_MASK) != TI_OP_LOGIN_REQ)
		return refuse(login, TI_LOGIN_INVALID_REQUEST,
			      "not a Login Request");
	if (!(hdr->opcode & TI_OP_IMMEDIATE) || hdr->ahs_words)
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "malformed Login Request");
	if (hdr->version_min > LOGIN_VERSION)
		return refuse(login, TI_LOGIN_UNSUPPORTED_VERSION,
			      "unsupported version");
	if (hdr->itt == cpu_to_be32(TI_RESERVED_TAG))
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "reserved Initiator Task Tag");
	if (!repeats_first(login))
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "ISID, TSIH, CID, ITT, CmdSN or version changed");
	/* Pieces of one text are bounded by its length, gather_text(). */
	if (!(hdr->flags & TI_LOGIN_CONTINUE && ti_get_be24(hdr->dlength)) &&
	    ++login->requests > LOGIN_MAX_REQUESTS)
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "too many Login Requests");
	return check_stages(login, hdr->flags);
}

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

/* The portal group's own time for a login, from accept on. */
static void set_deadline(struct ti_conn *conn, u32 seconds)
{
	unsigned long now = jiffies;

	conn->deadline += ((long)seconds - TI_LOGIN_TIMEOUT) * HZ;
	mod_delayed_work(ti_admin_wq, &conn->timer,
			 time_after(conn->deadline, now) ?
			 conn->deadline - now : 0);
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
		return refuse(login, TI_LOGIN_NOT_FOUND, "no such target");
	if (!tpg)
		return refuse(login, TI_LOGIN_NOT_FOUND,
			      "the target has no portal on this address");
	if (!enabled)
		return refuse(login, TI_LOGIN_UNAVAILABLE,
			      "the portal group is disabled");
	login->tpg = tpg;
	login->tpgt = tpg->tag;
	ti_tpg_copy_param(tpg, &login->cfg);
	set_deadline(conn, READ_ONCE(tpg->attrib.login_timeout));
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

	if (is_discovery(login))
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
		return refuse(login, TI_LOGIN_UNAVAILABLE,
			      "the target takes no logins (accept_logins)");
	if (!ti_admission_allows(adm, login->params.initiator_name,
				 &conn->peer_addr))
		return refuse(login, TI_LOGIN_FORBIDDEN,
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
		status = refuse(login, TI_LOGIN_FORBIDDEN,
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
		return refuse(login, TI_LOGIN_NO_SESSION, "no such session");
	if (ret)
		return refuse(login, TI_LOGIN_TOO_MANY_CONNS,
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
		return refuse(login, TI_LOGIN_AUTH_FAILED,
			      "authentication is required");
	return 0;
}

static u16 take_initiator_name(struct ti_login *login, const char *text,
			       u32 len)
{
	struct ti_text_pair pair;

	if (!find_key(text, len, TI_KEY_INITIATOR_NAME, &pair))
		return refuse(login, TI_LOGIN_MISSING_PARAM,
			      "InitiatorName is missing");
	if (ti_name_normalize(pair.value, login->params.initiator_name,
			      sizeof(login->params.initiator_name)))
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "InitiatorName is no iSCSI name");
	return 0;
}

static u16 take_target_name(struct ti_login *login, const char *text, u32 len)
{
	struct ti_text_pair pair;

	if (!find_key(text, len, TI_KEY_TARGET_NAME, &pair))
		return refuse(login, TI_LOGIN_MISSING_PARAM,
			      "TargetName is missing");
	if (ti_name_normalize(pair.value, login->params.target_name,
			      sizeof(login->params.target_name)))
		return refuse(login, TI_LOGIN_NOT_FOUND,
			      "TargetName is no iSCSI name");
	return 0;
}

static u16 take_session_type(struct ti_login *login, const char *text, u32 len)
{
	struct ti_text_pair pair;

	if (!find_key(text, len, TI_KEY_SESSION_TYPE, &pair) ||
	    ti_text_is(pair.value, pair.value_len, "Normal"))
		return 0;
	if (!ti_text_is(pair.value, pair.value_len, "Discovery"))
		return refuse(login, TI_LOGIN_SESSION_TYPE,
			      "unknown SessionType");
	login->params.session_type = TI_SESSION_DISCOVERY;
	return 0;
}

/*
 * The first request must say who wants what (§6.3): the rest depends on it.
 * The keys are only looked at here, negotiate() takes them as it does others.
 */
static u16 locate(struct ti_conn *conn, const char *text, u32 len)
{
	struct ti_login *login = conn->login;
	u16 status;

	status = take_initiator_name(login, text, len);
	if (!status)
		status = take_session_type(login, text, len);
	if (!status && !is_discovery(login)) {
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

/* ---- keys ---- */

static const char *errno_text(int error)
{
	switch (error) {
	case -EINVAL:
		return "malformed text";
	case -EPROTO:
		return "not allowed here, or twice";
	case -EACCES:
		return "no acceptable authentication method";
	case -EOPNOTSUPP:
		return "no acceptable value in common";
	case -EPROTONOSUPPORT:
		return "unknown session type";
	case -ENOSPC:
		return "the answer is too long";
	default:
		return "out of memory";
	}
}

static u16 errno_status(int error)
{
	switch (error) {
	case -EINVAL:
	case -EPROTO:
	case -EOPNOTSUPP:
		return TI_LOGIN_INITIATOR_ERR;
	case -EACCES:
		return TI_LOGIN_AUTH_FAILED;
	case -EPROTONOSUPPORT:
		return TI_LOGIN_SESSION_TYPE;
	case -EAGAIN:
		return TI_LOGIN_UNAVAILABLE;
	case -ENOMEM:
	case -ENOSPC:
		return TI_LOGIN_OUT_OF_RESOURCES;
	default:
		return TI_LOGIN_TARGET_ERR;
	}
}

static u16 refuse_errno(struct ti_login *login, int error)
{
	return refuse(login, errno_status(error), errno_text(error));
}

static int take_other_key(void *ctx, enum ti_key key,
			  const struct ti_text_pair *pair,
			  struct ti_text_out *out)
{
	struct ti_login *login = ctx;

	return ti_chap_take(&login->chap, key, pair);
}

static u16 authenticate(struct ti_login *login, struct ti_text_out *out)
{
	int ret = ti_chap_step(&login->chap, out);

	if (ret < 0)
		return refuse(login, errno_status(ret), login->chap.why);
	if (ret)
		login->authenticated = true;
	return 0;
}

static u16 negotiate(struct ti_login *login, const char *text, u32 len,
		     bool first, struct ti_text_out *out)
{
	u16 status = 0;
	int ret;

	ret = ti_negotiate_text(&login->neg, text, len, out, take_other_key,
				login);
	if (ret) {
		login->why_key = login->neg.bad_key;
		return refuse_errno(login, ret);
	}
	if (first)
		ti_negotiation_close_names(&login->neg);
	if (first && login->tpgt >= 0)
		ret = ti_negotiation_declare_tpgt(login->tpgt, out);
	if (!ret && login->stage == TI_STAGE_OPERATIONAL)
		ret = ti_negotiation_declare(&login->neg, out);
	if (ret)
		return refuse_errno(login, ret);
	if (login->stage == TI_STAGE_SECURITY)
		status = authenticate(login, out);
	return status;
}

/* ---- from stage to stage ---- */

static bool must_wait_for_auth(const struct ti_login *login)
{
	return !login->authenticated &&
	       (login->auth_required ||
		login->params.auth_method != TI_AUTH_NONE);
}

/* Does the configuration ask for something that was not negotiated? */
static u16 settle_offers(struct ti_login *login, struct ti_text_out *out,
			 bool *wait)
{
	struct ti_text_out none;
	int ret;

	if (ti_negotiation_pending(&login->neg))
		return refuse(login, TI_LOGIN_INITIATOR_ERR,
			      "an offer of the target has no answer");
	if (login->stage == TI_STAGE_SECURITY) {
		/* no place for offers here, and none to come */
		ti_text_out_init(&none, NULL, 0);
		if (ti_negotiation_ask(&login->neg, &none))
			return refuse(login, TI_LOGIN_INITIATOR_ERR,
				      "parameters must be negotiated");
		return 0;
	}
	ret = ti_negotiation_ask(&login->neg, out);
	if (ret < 0)
		return refuse_errno(login, ret);
	*wait = ret;
	return 0;
}

/* The initiator is ready for another stage (T=1). Are we? */
static u16 transit(struct ti_login *login, struct ti_text_out *out)
{
	u8 nsg = TI_LOGIN_NSG(login->hdr.flags);
	bool wait = false;
	u16 status;

	login->flags = TI_LOGIN_STAGE(login->stage, 0);
	if (!(login->hdr.flags & TI_LOGIN_TRANSIT))
		return 0;
	if (login->stage == TI_STAGE_SECURITY && must_wait_for_auth(login)) {
		if (login->neg.auth_chosen)
			return 0;
		return refuse(login, TI_LOGIN_AUTH_FAILED,
			      "authentication is required");
	}
	if (nsg == TI_STAGE_FULL_FEATURE) {
		status = settle_offers(login, out, &wait);
		if (status || wait)
			return status;
	}
	login->flags = TI_LOGIN_TRANSIT | TI_LOGIN_STAGE(login->stage, nsg);
	return 0;
}

static bool goes_to_full_feature(const struct ti_login *login)
{
	return (login->flags & TI_LOGIN_TRANSIT) &&
	       TI_LOGIN_NSG(login->flags) == TI_STAGE_FULL_FEATURE;
}

/* Make the session; an older one of the same initiator port has to go first. */
static u16 make_session(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;
	struct ti_tpg *tpg = login->tpg;
	const char *initiator = login->params.initiator_name;
	struct ti_sess *sess;

	ti_negotiation_finish(&login->neg);
	do {
		login->suspended = tpg &&
			ti_sess_reinstate(conn, tpg, initiator,
					  login->first.isid) == -EAGAIN;
		if (login->suspended)
			return 0;
		if (tpg && !READ_ONCE(tpg->enabled))
			return refuse(login, TI_LOGIN_UNAVAILABLE,
				      "the portal group is disabled");
		sess = ti_sess_create(conn, tpg, initiator, login->first.isid,
				      be16_to_cpu(login->first.tsih),
				      &login->params,
				      be32_to_cpu(login->first.cmd_sn));
		/* Another login of the same initiator port may be faster. */
	} while (PTR_ERR(sess) == -EAGAIN);
	if (PTR_ERR(sess) == -EACCES)
		return refuse(login, TI_LOGIN_FORBIDDEN,
			      "no ACL for this initiator");
	if (IS_ERR(sess))
		return refuse(login, errno_status(PTR_ERR(sess)),
			      "the session could not be made");
	login->tpg = NULL;	/* the session's now */
	if (login->authenticated)
		sess->chap_user = kstrdup(login->chap.name, GFP_KERNEL);
	return 0;
}

/* ---- answering ---- */

static struct ti_pdu *build_response(struct ti_conn *conn, u32 len, bool last)
{
	struct ti_login *login = conn->login;
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_LOGIN_RSP, len);
	struct ti_login_rsp_hdr *rsp;

	if (!pdu)
		return NULL;
	rsp = (struct ti_login_rsp_hdr *)&pdu->bhs;
	fill_response(login, rsp);
	rsp->flags = login->flags;
	if (!last)
		rsp->flags = TI_LOGIN_STAGE(login->stage, 0) |
			     TI_LOGIN_CONTINUE;
	if (conn->sess)
		rsp->tsih = cpu_to_be16(conn->sess->tsih);
	if (len)
		memcpy(pdu->data, login->answer + login->answer_sent, len);
	pdu->takes_stat_sn = true;
	return pdu;
}

static void enter_full_feature(struct ti_conn *conn)
{
	struct ti_tpg *tpg = conn->sess->tpg;

	if (tpg)
		ti_stats_login(tpg->target, TI_LOGIN_SUCCESS,
			       conn->sess->initiator, &conn->peer_addr);
	if (conn->login->authenticated)
		ti_throttle_succeeded(conn);
	conn->cid = be16_to_cpu(conn->login->first.cid);
	ti_login_free(conn);
	ti_conn_enter_full_feature(conn);
	ti_sess_publish(conn->sess);
	/* Disabled since make_session() looked: nobody else ends this one. */
	if (tpg && !READ_ONCE(tpg->enabled))
		ti_conn_close(conn);
}

/*
 * Send the answer, or the next part of it: no more than the 8192 bytes that
 * an initiator takes before it has declared something else (§13.12). With the
 * last part the login may end.
 */
static u16 send_answer(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;
	u32 len = min_t(u32, login->answer_len - login->answer_sent,
			TI_DEFAULT_MRDSL);
	bool last = login->answer_sent + len == login->answer_len;
	struct ti_pdu *pdu;
	u16 status;

	if (last && goes_to_full_feature(login)) {
		status = make_session(conn);
		if (status || login->suspended)
			return status;
	}
	pdu = build_response(conn, len, last);
	if (!pdu)
		return refuse_errno(login, -ENOMEM);
	ti_pdu_queue(conn, pdu);
	login->answer_sent += len;
	if (!last)
		return 0;

	free_answer(login);
	if (goes_to_full_feature(login)) {
		enter_full_feature(conn);
	} else if (login->flags & TI_LOGIN_TRANSIT) {
		login->stage = TI_LOGIN_NSG(login->flags);
		login->neg.stage = login->stage;
	}
	return 0;
}

/* A request whose text is complete. */
static u16 process(struct ti_conn *conn, const char *text, u32 len)
{
	struct ti_login *login = conn->login;
	bool first = !login->located;
	struct ti_text_out out;
	u16 status = 0;
	int ret;

	ret = ti_text_check(text, len);
	if (ret)
		return refuse_errno(login, ret);
	if (first)
		status = locate(conn, text, len);
	if (status)
		return status;

	login->answer = kvmalloc(TI_TEXT_MAX, GFP_KERNEL);
	if (!login->answer)
		return refuse_errno(login, -ENOMEM);
	ti_text_out_init(&out, login->answer, TI_TEXT_MAX);
	status = negotiate(login, text, len, first, &out);
	if (!status)
		status = transit(login, &out);
	if (status)
		return status;
	login->answer_len = out.len;
	login->answer_sent = 0;
	return send_answer(conn);
}

/* An empty response: more text is to come (§11.12.2). */
static u16 ask_for_more(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;
	struct ti_pdu *pdu;

	login->flags = TI_LOGIN_STAGE(login->stage, 0);
	pdu = build_response(conn, 0, true);
	if (!pdu)
		return refuse_errno(login, -ENOMEM);
	ti_pdu_queue(conn, pdu);
	return 0;
}

static u16 gather_text(struct ti_login *login, const char *data, u32 len)
{
	if (len > TI_TEXT_MAX - login->text_len)
		return refuse(login, TI_LOGIN_INITIATOR_ERR, "too much text");
	if (!login->text)
		login->text = kvmalloc(TI_TEXT_MAX, GFP_KERNEL);
	if (!login->text)
		return refuse_errno(login, -ENOMEM);
	if (len)
		memcpy(login->text + login->text_len, data, len);
	login->text_len += len;
	return 0;
}

/* T=1 answers T=1 for the same stage, and that of this very request (§11.13). */
static void agree_still(struct ti_login *login)
{
	u8 flags = login->hdr.flags;

	if (!(flags & TI_LOGIN_TRANSIT) ||
	    TI_LOGIN_NSG(flags) != TI_LOGIN_NSG(login->flags))
		login->flags = TI_LOGIN_STAGE(login->stage, 0);
}

static u16 take_request(struct ti_conn *conn, const char *data, u32 len)
{
	struct ti_login *login = conn->login;
	bool more = login->hdr.flags & TI_LOGIN_CONTINUE;
	char *text;
	u16 status;

	if (login->answer) {
		if (len || more)
			return refuse(login, TI_LOGIN_INITIATOR_ERR,
				      "text before the answer is complete");
		agree_still(login);
		return send_answer(conn);
	}
	if (!more && !login->text_len)
		return process(conn, data, len);

	status = gather_text(login, data, len);
	if (status)
		return status;
	if (more)
		return ask_for_more(conn);
	text = login->text;
	len = login->text_len;
	login->text = NULL;
	login->text_len = 0;
	status = process(conn, text, len);	/* the login may be over then */
	kvfree(text);
	return status;
}

/* ---- what the connection calls ---- */

static int begin(struct ti_conn *conn, const struct ti_login_hdr *hdr)
{
	if (ti_pdu_opcode((const struct ti_bhs *)hdr) != TI_OP_LOGIN_REQ) {
		ti_conn_fail(conn, "the first PDU is not a Login Request");
		return -EPROTO;
	}
	conn->login = login_alloc(hdr);
	if (!conn->login) {
		ti_conn_fail(conn, "out of memory");
		return -ENOMEM;
	}
	ti_conn_has_spoken(conn);
	/* The first StatSN is ours to choose: the one that is expected. */
	conn->stat_sn = be32_to_cpu(hdr->exp_stat_sn);
	return 0;
}

/**
 * ti_login_pdu - a whole PDU has come in the login phase
 * @conn:	the connection, in TI_CONN_LOGIN and not ti_login_suspended()
 * @hdr:	its header; any opcode
 * @data:	its data segment, valid during the call; NULL when @len is 0
 * @len:	bytes of it, at most TI_DEFAULT_MRDSL
 *
 * Queues the answer. Afterwards the connection goes on with the login, is
 * suspended, in full feature phase, or, after a refusal, draining.
 *
 * Owner only. May sleep. Return: 0, or -errno when the connection has to be
 * closed without an answer.
 */
int ti_login_pdu(struct ti_conn *conn, const struct ti_login_hdr *hdr,
		 const char *data, u32 len)
{
	u16 status;
	int ret;

	if (!conn->login) {
		ret = begin(conn, hdr);
		if (ret)
			return ret;
	}
	conn->login->hdr = *hdr;
	status = check_header(conn->login);
	if (!status)
		status = take_request(conn, data, len);
	if (status)
		end_refused(conn, status);
	return 0;
}

/**
 * ti_login_allowed - is the portal group of the login enabled still
 * @conn:	the connection
 *
 * Owner only. Return: true, too, as long as none has been found.
 */
bool ti_login_allowed(const struct ti_conn *conn)
{
	const struct ti_login *login = conn->login;

	return !login || !login->tpg || READ_ONCE(login->tpg->enabled);
}

/**
 * ti_login_suspended - does the login wait for the end of an older session
 * @conn:	the connection
 *
 * Owner only.
 */
bool ti_login_suspended(const struct ti_conn *conn)
{
	return conn->login && conn->login->suspended;
}

/**
 * ti_login_held - must the request that has come wait for its turn
 * @conn:	the connection, in TI_CONN_LOGIN
 *
 * Logins from an address where many have failed are answered late, see
 * throttle.c. What counts is the number of failures when the request comes, and
 * a login has waited before; so it waits no longer in all than for the last of
 * its requests. The connection is queued when the time is over.
 *
 * Owner only.
 */
bool ti_login_held(struct ti_conn *conn)
{
	unsigned int delay;

	if (conn->hold_until) {
		if (time_before(jiffies, conn->hold_until))
			return true;
		conn->hold_until = 0;
	}
	if (conn->login && conn->login->authenticated)
		return false;
	delay = ti_throttle_delay(conn);
	if (delay <= conn->held_ms)
		return false;
	ti_conn_hold(conn, delay - conn->held_ms);
	conn->held_ms = delay;
	return true;
}

/**
 * ti_login_resume - the session that was waited for may be gone
 * @conn:	the connection, in TI_CONN_LOGIN
 *
 * Owner only. May sleep.
 */
void ti_login_resume(struct ti_conn *conn)
{
	u16 status;

	if (!ti_login_suspended(conn))
		return;
	conn->login->suspended = false;
	status = send_answer(conn);
	if (status)
		end_refused(conn, status);
}

/* The initiator has asked for everything, and waits for the last answer. */
static void end_suspended(struct ti_conn *conn)
{
	struct ti_login *login = conn->login;

	ti_sess_reinstate_cancel(conn, login->tpg);
	login->suspended = false;
	end_refused(conn, refuse(login, TI_LOGIN_UNAVAILABLE,
				 "an older session does not end, a backstore may be stalled"));
}

/**
 * ti_login_timeout - the login took too long; the connection closes
 * @conn:	the connection
 *
 * A login that waits for the end of an older session is refused with 0x0301,
 * Service Unavailable: its initiator may try again. Where the initiator is the
 * one that is waited for there is no request to answer (RFC 7143 §6.3 allows one
 * response to each), so the connection closes without a word.
 *
 * Owner only.
 */
void ti_login_timeout(struct ti_conn *conn)
{
	if (ti_login_suspended(conn)) {
		end_suspended(conn);
		return;
	}
	if (conn->login)
		count_refusal(conn, TI_LOGIN_INITIATOR_ERR);
	ti_warn("%s: login of %s from %s given up: not complete in time\n",
		ti_conn_target(conn), ti_conn_who(conn), conn->peer);
	set_bit(TI_CONN_F_CLOSE, &conn->flags);
	tell_refusal(conn, 0, "not complete in time");
}
