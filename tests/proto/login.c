// SPDX-License-Identifier: GPL-2.0
/* Text keys, Login Requests, whole logins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chap.h"
#include "harness.h"
#include "login.h"

void text_add(struct text *t, const void *buf, size_t len)
{
	char *p = zalloc(t->len + len + 1);

	if (!len)
		return;
	if (t->len)
		memcpy(p, t->buf, t->len);
	memcpy(p + t->len, buf, len);
	t->buf = p;
	t->len += len;
}

void text_add_keys(struct text *t, const char *keys)
{
	size_t len = strlen(keys), i, start = t->len;

	if (!len)
		return;
	text_add(t, keys, len + 1);
	for (i = start; i < t->len; i++)
		if (t->buf[i] == ' ')
			t->buf[i] = 0;
}

struct text text_of(const char *keys)
{
	struct text t = { 0 };

	text_add_keys(&t, keys);
	return t;
}

const char *text_value(const struct text *t, const char *key, int n)
{
	size_t len = strlen(key), at;

	for (at = 0; at < t->len; at += strlen(t->buf + at) + 1)
		if (!strncmp(t->buf + at, key, len) &&
		    t->buf[at + len] == '=' && n-- == 0)
			return t->buf + at + len + 1;
	return NULL;
}

int text_count(const struct text *t, const char *key)
{
	int n = 0;

	while (text_value(t, key, n))
		n++;
	return n;
}

bool text_has(const struct text *t, const char *key)
{
	return text_count(t, key) > 0;
}

char *text_show(const struct text *t)
{
	char *s = zalloc(t->len + 1);
	size_t i;

	for (i = 0; i < t->len; i++)
		s[i] = t->buf[i] ? t->buf[i] : ' ';
	return s;
}

const char *names_of(const char *initiator)
{
	return format("InitiatorName=%s TargetName=%s SessionType=Normal", initiator,
		      opt.target);
}

const char *names(void)
{
	return names_of(opt.initiator);
}

const char *other_initiator(void)
{
	return format("%s-other", opt.initiator);
}

struct pdu *login_pdu(struct conn *c, uint8_t flags, const char *keys)
{
	struct pdu *p = pdu_new(OP_LOGIN | OP_IMMEDIATE);
	struct text t = text_of(keys);

	c->sent = format("%s %s", c->sent ? c->sent : "", keys);
	p->bhs[1] = flags;
	memcpy(p->bhs + 8, c->isid, 6);
	put16(p->bhs + 14, c->tsih);
	put32(p->bhs + 16, c->itt);
	put16(p->bhs + 20, c->cid);
	put32(p->bhs + 24, c->cmdsn);
	put32(p->bhs + 28, c->statsn);
	if (t.len)
		pdu_data(p, t.buf, t.len);
	return p;
}

void login_send(struct conn *c, uint8_t flags, const char *keys)
{
	pdu_send(c, login_pdu(c, flags, keys));
}

static void check_login_response(struct conn *c, const struct pdu *r,
				 uint8_t flags)
{
	uint8_t b1 = r->bhs[1];

	check(pdu_itt(r) == c->itt, "11.13: Login Response with ITT 0x%x, sent 0x%x",
	      pdu_itt(r), c->itt);
	check(r->bhs[2] == 0 && r->bhs[3] == 0,
	      "11.13.1: Version-max 0x%02x, Version-active 0x%02x",
	      r->bhs[2], r->bhs[3]);
	if (login_status(r))
		return;
	c->other_isid |= memcmp(r->bhs + 8, c->isid, 6) != 0;
	check(get32(r->bhs + 28) == c->cmdsn,
	      "4.2.2.1: ExpCmdSN %u after a Login Request with CmdSN %u",
	      get32(r->bhs + 28), c->cmdsn);
	check((b1 >> 2 & 3) == (flags >> 2 & 3),
	      "11.13.6: CSG %u in answer to CSG %u", b1 >> 2 & 3, flags >> 2 & 3);
	check(!(b1 & F_TRANSIT) || flags & F_TRANSIT,
	      "11.13.6: T=1 in answer to T=0");
	check(!(b1 & F_TRANSIT) || (b1 & 3) == (flags & 3),
	      "11.13.6: NSG %u in answer to NSG %u", b1 & 3, flags & 3);
	check(!(b1 & F_TRANSIT) || !(b1 & F_CONTINUE),
	      "11.13.7: T and C both 1");
	if (b1 & F_TRANSIT && (b1 & 3) == FFP)
		check(get16(r->bhs + 14), "11.13.3: TSIH 0 in the final response");
	else
		check(get16(r->bhs + 14) == c->tsih,
		      "11.13.3: TSIH 0x%04x before the final response, sent 0x%04x",
		      get16(r->bhs + 14), c->tsih);
}

struct pdu *login_recv(struct conn *c, uint8_t flags)
{
	struct pdu *r = pdu_expect(c, OP_LOGIN_RSP);

	check_login_response(c, r, flags);
	return r;
}

struct pdu *login_exchange(struct conn *c, uint8_t flags, const char *keys)
{
	struct pdu *r;

	login_send(c, flags, keys);
	r = login_recv(c, flags);
	check(login_status(r) == LOGIN_OK, "login refused with status 0x%04x",
	      login_status(r));
	return r;
}

struct text login_text(const struct pdu *r)
{
	struct text t = { 0 };

	if (r->len)
		text_add(&t, r->data, r->len);
	return t;
}

void login_pass_security(struct conn *c, struct text *said, const char *session)
{
	struct pdu *r;

	if (opt.chap_user) {
		chap_login(c, said, session);
		return;
	}
	r = login_exchange(c, STAY(OPER), session);
	text_add(said, r->data, r->len);
}

void login_to_operational(struct conn *c)
{
	struct text said = { 0 };
	char *answers;

	login_pass_security(c, &said, names());
	answers = login_answers(c, &said);
	if (*answers)
		login_exchange(c, STAY(OPER), answers);
}

static const char defaults[] =
	"HeaderDigest=None DataDigest=None ErrorRecoveryLevel=0 "
	"InitialR2T=No ImmediateData=Yes MaxBurstLength=262144 "
	"FirstBurstLength=65536 MaxOutstandingR2T=1 MaxConnections=1 "
	"DefaultTime2Wait=2 DefaultTime2Retain=0 DataPDUInOrder=Yes "
	"DataSequenceInOrder=Yes MaxRecvDataSegmentLength=262144";

/* @overrides replace and extend @base; "Key=" alone takes one away */
static char *merge(const char *base, const char *overrides)
{
	struct text b = text_of(base), o = text_of(overrides);
	char *out = strdup("");
	size_t at;

	for (at = 0; at < b.len; at += strlen(b.buf + at) + 1) {
		char *key = strndup(b.buf + at, strcspn(b.buf + at, "="));

		if (!text_has(&o, key))
			out = format("%s%s%s", out, *out ? " " : "", b.buf + at);
	}
	for (at = 0; at < o.len; at += strlen(o.buf + at) + 1) {
		char *pair = o.buf + at;

		if (pair[0] && pair[strlen(pair) - 1] != '=')
			out = format("%s%s%s", out, *out ? " " : "", pair);
	}
	return out;
}

static uint32_t number(const struct text *said, const char *key, uint32_t dflt)
{
	const char *v = text_value(said, key, 0);

	return v && strspn(v, "0123456789") ? strtoul(v, NULL, 0) : dflt;
}

static bool is_yes(const struct text *said, const char *key, bool dflt)
{
	const char *v = text_value(said, key, 0);

	return v ? !strcmp(v, "Yes") : dflt;
}

static bool is_crc(const struct text *said, const char *key)
{
	const char *v = text_value(said, key, 0);

	return v && !strcmp(v, "CRC32C");
}

/* What was offered and, where the target answered, what it answered. */
static void take_params(struct conn *c, const char *offered,
			const struct text *said)
{
	struct text o = text_of(offered);
	struct params *p = &c->p;

	p->header_digest = is_crc(said, "HeaderDigest");
	p->data_digest = is_crc(said, "DataDigest");
	p->initial_r2t = is_yes(said, "InitialR2T",
				is_yes(&o, "InitialR2T", true));
	p->immediate_data = is_yes(said, "ImmediateData",
				   is_yes(&o, "ImmediateData", true));
	p->mrdsl = number(&o, "MaxRecvDataSegmentLength", 8192);
	p->target_mrdsl = number(said, "MaxRecvDataSegmentLength", 8192);
	p->max_burst = number(said, "MaxBurstLength", 262144);
	p->first_burst = number(said, "FirstBurstLength", 65536);
	p->max_r2t = number(said, "MaxOutstandingR2T", 1);
	p->max_connections = number(said, "MaxConnections", 1);
	p->erl = number(said, "ErrorRecoveryLevel", 0);
}

static const char *const negotiated[] = {
	"HeaderDigest", "DataDigest", "MaxConnections", "InitialR2T",
	"ImmediateData", "MaxBurstLength", "FirstBurstLength",
	"DefaultTime2Wait", "DefaultTime2Retain", "MaxOutstandingR2T",
	"DataPDUInOrder", "DataSequenceInOrder", "ErrorRecoveryLevel",
};

/* A target may offer keys too: those that we did not are answered. */
char *login_answers(struct conn *c, const struct text *said)
{
	char *out = strdup("");
	unsigned int i;

	for (i = 0; i < sizeof(negotiated) / sizeof(*negotiated); i++) {
		const char *v = text_value(said, negotiated[i], 0);

		if (!v || strstr(c->sent, format(" %s=", negotiated[i])))
			continue;
		if (strchr(v, ','))
			v = "None";
		out = format("%s%s%s=%s", out, *out ? " " : "", negotiated[i], v);
	}
	return out;
}

void login_finish(struct conn *c, const char *keys, struct text *said)
{
	struct pdu *r = login_exchange(c, GO(OPER, FFP), keys);
	int rounds = 0;

	text_add(said, r->data, r->len);
	while (!(r->bhs[1] & F_TRANSIT)) {
		check(++rounds < 8, "the target never ends the login");
		r = login_exchange(c, GO(OPER, FFP), login_answers(c, said));
		text_add(said, r->data, r->len);
	}
	c->tsih = get16(r->bhs + 14);
	take_params(c, keys, said);
	c->full_feature = true;
	c->itt++;
}

static void login_whole(struct conn *c, const char *session, const char *base,
			const char *overrides, struct text *said)
{
	struct text mine = { 0 };
	char *keys = merge(base, overrides);

	if (!said)
		said = &mine;
	if (opt.chap_user)
		login_pass_security(c, said, session);
	else
		keys = format("%s %s", session, keys);
	login_finish(c, keys, said);
}

void login_on(struct conn *c, const char *overrides, struct text *said)
{
	login_whole(c, names(), defaults, overrides, said);
}

void login_as(struct conn *c, const char *initiator)
{
	login_whole(c, names_of(initiator), defaults, "", NULL);
}

struct conn *login_said(const char *overrides, struct text *said)
{
	struct conn *c = conn_open();

	login_on(c, overrides, said);
	return c;
}

struct conn *login(const char *overrides)
{
	return login_said(overrides, NULL);
}

struct conn *login_discovery(const char *overrides)
{
	struct conn *c = conn_open();

	login_whole(c, format("InitiatorName=%s SessionType=Discovery",
			      opt.initiator),
		    "HeaderDigest=None DataDigest=None MaxRecvDataSegmentLength=32768",
		    overrides, NULL);
	return c;
}

uint32_t expect_refused(struct conn *c)
{
	struct pdu *r = pdu_expect(c, OP_LOGIN_RSP);

	check(r->bhs[36] == 2, "expected a refusal of class 2, got status 0x%04x",
	      login_status(r));
	expect_close(c);
	return login_status(r);
}

void expect_refused_with(struct conn *c, uint32_t status)
{
	uint32_t got = expect_refused(c);

	check(got == status, "11.13.5: status 0x%04x, expected 0x%04x", got, status);
}

void expect_refused_or_closed(struct conn *c)
{
	struct pdu *r = NULL;

	switch (pdu_try(c, &r, opt.wait)) {
	case RX_CLOSED:
		return;
	case RX_TIMEOUT:
		fail("neither refused nor closed within %u ms", opt.wait);
	case RX_PDU:
		break;
	}
	check(pdu_op(r) == OP_LOGIN_RSP && r->bhs[36] == 2,
	      "expected a refusal of class 2, got %s", pdu_describe(r));
	expect_close(c);
}

void need_no_chap(void)
{
	if (opt.chap_user)
		skip("needs a target without authentication");
}

void need_any_initiator(void)
{
	if (opt.chap_user || opt.denied)
		skip("the target may not admit other initiators");
}

void target_is_well(void)
{
	struct conn *c = login("");

	conn_close(c);
}
