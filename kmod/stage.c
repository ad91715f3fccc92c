// SPDX-License-Identifier: GPL-2.0
/*
 * The stages of a login (RFC 7143 §6.3): the keys of a request are answered, by
 * negotiate.c and chap.c, and then it shows whether the next stage may begin.
 */
#include "login.h"

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

/**
 * ti_login_errno_status - the status that a refusal for an errno has
 * @error:	-errno of negotiate.c, chap.c or text.c
 *
 * Return: enum ti_login_status.
 */
u16 ti_login_errno_status(int error)
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

/**
 * ti_login_refuse_errno - refuse a login for what an errno says
 * @login:	the login
 * @error:	-errno of negotiate.c, chap.c or text.c
 *
 * Return: enum ti_login_status.
 */
u16 ti_login_refuse_errno(struct ti_login *login, int error)
{
	return ti_login_refuse(login, ti_login_errno_status(error),
			       errno_text(error));
}

/* ---- keys ---- */

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
		return ti_login_refuse(login, ti_login_errno_status(ret),
				       login->chap.why);
	if (ret)
		login->authenticated = true;
	return 0;
}

/**
 * ti_login_negotiate - answer the keys of a request
 * @login:	the login, located
 * @text:	the whole text of the request, ti_text_check()ed
 * @len:	its length in bytes
 * @first:	this is the first request
 * @out:	what is answered is appended
 *
 * May sleep. Return: 0, or a refusal.
 */
u16 ti_login_negotiate(struct ti_login *login, const char *text, u32 len,
		       bool first, struct ti_text_out *out)
{
	u16 status = 0;
	int ret;

	ret = ti_negotiate_text(&login->neg, text, len, out, take_other_key,
				login);
	if (ret) {
		login->why_key = login->neg.bad_key;
		return ti_login_refuse_errno(login, ret);
	}
	if (first)
		ti_negotiation_close_names(&login->neg);
	if (first && login->tpgt >= 0)
		ret = ti_negotiation_declare_tpgt(login->tpgt, out);
	if (!ret && login->stage == TI_STAGE_OPERATIONAL)
		ret = ti_negotiation_declare(&login->neg, out);
	if (ret)
		return ti_login_refuse_errno(login, ret);
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
		return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
				       "an offer of the target has no answer");
	if (login->stage == TI_STAGE_SECURITY) {
		/* no place for offers here, and none to come */
		ti_text_out_init(&none, NULL, 0);
		if (ti_negotiation_ask(&login->neg, &none))
			return ti_login_refuse(login, TI_LOGIN_INITIATOR_ERR,
					       "parameters must be negotiated");
		return 0;
	}
	ret = ti_negotiation_ask(&login->neg, out);
	if (ret < 0)
		return ti_login_refuse_errno(login, ret);
	*wait = ret;
	return 0;
}

/**
 * ti_login_transit - go on to the next stage, when both sides are ready
 * @login:	the login; the keys of its request have been answered
 * @out:	what the target has to ask for before is appended
 *
 * Sets @login->flags, those of the response: T and NSG only where the initiator
 * is ready (T=1) and the target has nothing left to ask for.
 *
 * Return: 0, or a refusal.
 */
u16 ti_login_transit(struct ti_login *login, struct ti_text_out *out)
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
		return ti_login_refuse(login, TI_LOGIN_AUTH_FAILED,
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
