/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A login that is going on: what login.c, access.c and stage.c share.
 *
 * All run in the connection's work item, which owns every field. Functions that can
 * refuse a login return a status, enum ti_login_status, with 0 for success, and leave
 * the reason in ti_login.why; login.c alone sends the refusal and logs it.
 */
#ifndef TI_LOGIN_H
#define TI_LOGIN_H

#include "chap.h"
#include "ti.h"

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
 * @lost:	has waited for one that was not logged out
 * @why:	with a refusal: the reason
 * @why_key:	with a refusal: the key it is about, or TI_KEY_UNKNOWN
 * @tpg:	held with ti_tpg_get() from ti_login_locate() on; NULL for
 *		discovery
 * @tpgt:	tag of the portal group that was named, from
 *		ti_login_locate() on; -1 for none
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
	bool			lost;
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

static inline bool ti_login_is_discovery(const struct ti_login *login)
{
	return login->params.session_type == TI_SESSION_DISCOVERY;
}

/* @why: for the log and for those who listen; stays as long as the module does. */
static inline u16 ti_login_refuse(struct ti_login *login, u16 status,
				  const char *why)
{
	login->why = why;
	return status;
}

/* access.c: may sleep */
extern const struct ti_chap_ops ti_login_chap_ops;
u16 ti_login_locate(struct ti_conn *conn, const char *text, u32 len);

/* stage.c */
u16 ti_login_errno_status(int error);
u16 ti_login_refuse_errno(struct ti_login *login, int error);
u16 ti_login_negotiate(struct ti_login *login, const char *text, u32 len,
		       bool first, struct ti_text_out *out);
u16 ti_login_transit(struct ti_login *login, struct ti_text_out *out);

#endif /* TI_LOGIN_H */
