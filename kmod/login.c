// SPDX-License-Identifier: GPL-2.0
/*
 * The login phase (RFC 7143 §6.3, §11.12, §11.13), from the first Login
 * Request of a connection to full feature phase.
 *
 * Everything here runs in the connection's work item, never waits for the
 * initiator, and is bounded: requests, text and time (conn.c has the deadline).
 * Only the functions that the connection calls send a refusal, and log it, in one
 * line; login.h says how the others ask for one.
 *
 * The way of a request: check_header() -> gather_text() (C bit) ->
 * ti_login_locate() once, which finds target and ACL (access.c) ->
 * ti_login_negotiate() -> ti_login_transit() (stage.c) -> send_answer(), which makes
 * the session before the last response.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "event.h"
#include "hash.h"
#include "login.h"
#include "stats.h"
#include "throttle.h"

/* An honest login has 3 to 30. */
#define LOGIN_MAX_REQUESTS	64
#define LOGIN_VERSION		0	/* RFC 7143 §11.12.4 */

/* ---- beginning and end ---- */

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
	ti_chap_init(&login->chap, &ti_login_chap_ops, login, ti_hash_algs());
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
	return ti_login_is_discovery(login) ?
	       "(discovery)" : login->params.target_name;
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
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "wrong current stage (CSG)");
	if (!(flags & TI_LOGIN_TRANSIT))
		return 0;
	if (flags & TI_LOGIN_CONTINUE)
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "T and C bit together");
	if (nsg <= csg || (nsg != TI_STAGE_OPERATIONAL &&
			   nsg != TI_STAGE_FULL_FEATURE))
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
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
		return ti_login_refuse(login, TI_LOGIN_INVALID_REQUEST,
				       "not a Login Request");
	if (!(hdr->opcode & TI_OP_IMMEDIATE) || hdr->ahs_words)
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "malformed Login Request");
	if (hdr->version_min > LOGIN_VERSION)
		return ti_login_refuse(login, TI_LOGIN_UNSUPPORTED_VERSION,
				       "unsupported version");
	if (hdr->itt == cpu_to_be32(TI_RESERVED_TAG))
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "reserved Initiator Task Tag");
	if (!repeats_first(login))
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "ISID, TSIH, CID, ITT, CmdSN or version changed");
	/* Pieces of one text are bounded by its length, gather_text(). */
	if (!(hdr->flags & TI_LOGIN_CONTINUE && ti_get_be24(hdr->dlength)) &&
	    ++login->requests > LOGIN_MAX_REQUESTS)
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "too many Login Requests");
	return check_stages(login, hdr->flags);
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
			ti_sess_reinstate(conn, tpg, initiator, login->first.isid,
					  &login->lost) == -EAGAIN;
		if (login->suspended)
			return 0;
		if (tpg && !READ_ONCE(tpg->enabled))
			return ti_login_refuse(login, TI_LOGIN_UNAVAILABLE,
					       "the portal group is disabled");
		sess = ti_sess_create(conn, tpg, initiator, login->first.isid,
				      be16_to_cpu(login->first.tsih),
				      &login->params,
				      be32_to_cpu(login->first.cmd_sn));
		/* Another login of the same initiator port may be faster. */
	} while (PTR_ERR(sess) == -EAGAIN);
	if (PTR_ERR(sess) == -EACCES)
		return ti_login_refuse(login, TI_LOGIN_FORBIDDEN,
				       "no ACL for this initiator");
	if (PTR_ERR(sess) == -ENOSPC)
		return ti_login_refuse(login, TI_LOGIN_OUT_OF_RESOURCES,
				       "no memory for more sessions (memory_percent)");
	if (IS_ERR(sess))
		return ti_login_refuse(login,
				       ti_login_errno_status(PTR_ERR(sess)),
				       "the session could not be made");
	login->tpg = NULL;	/* the session's now */
	if (tpg)
		ti_attention_nexus_begins(sess, login->lost);
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
		return ti_login_refuse_errno(login, -ENOMEM);
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
static u16 answer_request(struct ti_conn *conn, const char *text, u32 len)
{
	struct ti_login *login = conn->login;
	bool first = !login->located;
	struct ti_text_out out;
	u16 status = 0;
	int ret;

	ret = ti_text_check(text, len);
	if (ret)
		return ti_login_refuse_errno(login, ret);
	if (first)
		status = ti_login_locate(conn, text, len);
	if (status)
		return status;

	login->answer = kvmalloc(TI_TEXT_MAX, GFP_KERNEL);
	if (!login->answer)
		return ti_login_refuse_errno(login, -ENOMEM);
	ti_text_out_init(&out, login->answer, TI_TEXT_MAX);
	status = ti_login_negotiate(login, text, len, first, &out);
	if (!status)
		status = ti_login_transit(login, &out);
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
		return ti_login_refuse_errno(login, -ENOMEM);
	ti_pdu_queue(conn, pdu);
	return 0;
}

static u16 gather_text(struct ti_login *login, const char *data, u32 len)
{
	if (len > TI_TEXT_MAX - login->text_len)
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "too much text");
	if (!login->text)
		login->text = kvmalloc(TI_TEXT_MAX, GFP_KERNEL);
	if (!login->text)
		return ti_login_refuse_errno(login, -ENOMEM);
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
			return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
					       "text before the answer is complete");
		agree_still(login);
		return send_answer(conn);
	}
	if (!more && !login->text_len)
		return answer_request(conn, data, len);

	status = gather_text(login, data, len);
	if (status)
		return status;
	if (more)
		return ask_for_more(conn);
	text = login->text;
	len = login->text_len;
	login->text = NULL;
	login->text_len = 0;
	status = answer_request(conn, text, len);	/* the login may be over then */
	kvfree(text);
	return status;
}

/* ---- what the connection calls ---- */

static int login_begin(struct ti_conn *conn, const struct ti_login_hdr *hdr)
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
		ret = login_begin(conn, hdr);
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
	login->why = "an older session does not end, a backstore may be stalled";
	end_refused(conn, TI_LOGIN_UNAVAILABLE);
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
