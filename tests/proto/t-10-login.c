// SPDX-License-Identifier: GPL-2.0
/* The login phase: header fields, stages, status codes (6.3, 11.12, 11.13). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

TEST(login_direct, "login.operational-only", "6.3", MUST,
     "a login that starts in the operational stage and goes to full feature phase is accepted")
{
	struct conn *c;

	need_no_chap();
	c = login("");
	session_is_well(c);
}

TEST(login_three, "login.all-stages", "6.3", MUST,
     "security, then operational negotiation, then full feature phase")
{
	struct text said = { 0 };
	struct conn *c;
	struct text t;

	need_no_chap();
	c = conn_open();
	t = login_text(login_exchange(c, GO(SEC, OPER),
				      format("%s AuthMethod=None", names())));
	check(text_value(&t, "AuthMethod", 0) &&
	      !strcmp(text_value(&t, "AuthMethod", 0), "None"),
	      "12.1: AuthMethod=None answered with: %s", text_show(&t));
	login_finish(c, "MaxBurstLength=65536", &said);
	session_is_well(c);
}

TEST(login_sec_ffp, "login.security-to-ffp", "6.3", MUST,
     "the transition from security straight to full feature phase is accepted")
{
	struct conn *c;
	struct pdu *r;

	need_no_chap();
	c = conn_open();
	r = login_exchange(c, GO(SEC, FFP), format("%s AuthMethod=None", names()));
	if (!(r->bhs[1] & F_TRANSIT))
		r = login_exchange(c, GO(SEC, FFP), "");
	check(r->bhs[1] & F_TRANSIT, "no transition to the full feature phase");
	c->full_feature = true;
	c->tsih = get16(r->bhs + 14);
	session_is_well(c);
}

TEST(login_no_auth_key, "login.security-without-authmethod", "6.3.2", MUST,
     "a security stage in which no AuthMethod is offered ends without authentication")
{
	struct conn *c;
	struct pdu *r;

	need_no_chap();
	c = conn_open();
	r = login_exchange(c, GO(SEC, OPER), names());
	if (!(r->bhs[1] & F_TRANSIT))
		r = login_exchange(c, GO(SEC, OPER), "");
	check(r->bhs[1] & F_TRANSIT, "no transition to the operational stage");
	login_finish(c, "", &(struct text){ 0 });
	session_is_well(c);
}

static void first_pdu(uint8_t opcode)
{
	struct conn *c = conn_open();
	struct pdu *p = pdu_new(opcode);

	p->bhs[1] = F_FINAL;
	put32(p->bhs + 16, 1);
	put32(p->bhs + 20, NO_TAG);
	pdu_send(c, p);
	c->raw = true;
	switch (pdu_try(c, &p, opt.wait)) {
	case RX_CLOSED:
		break;
	case RX_TIMEOUT:
		fail("the connection stays open");
	case RX_PDU:
		fail("answered with %s before any login", pdu_describe(p));
	}
}

TEST(first_scsi, "login.first-pdu-scsi", "6.3", MUST,
     "anything but a Login Request before the login phase ends the connection at once")
{
	first_pdu(OP_SCSI_CMD);
}

TEST(first_nop, "login.first-pdu-nop", "6.3", MUST,
     "a NOP-Out before the login phase ends the connection at once")
{
	first_pdu(OP_NOP_OUT | OP_IMMEDIATE);
}

TEST(first_text, "login.first-pdu-text", "6.3", MUST,
     "a Text Request before the login phase ends the connection at once")
{
	first_pdu(OP_TEXT);
}

TEST(first_logout, "login.first-pdu-logout", "6.3", MUST,
     "a Logout Request before the login phase ends the connection at once")
{
	first_pdu(OP_LOGOUT | OP_IMMEDIATE);
}

TEST(first_reserved, "login.first-pdu-reserved-opcode", "6.3", MUST,
     "a reserved opcode before the login phase ends the connection at once")
{
	first_pdu(0x1f);
}

static void during_login(uint8_t opcode)
{
	struct conn *c = conn_open();
	struct pdu *p = pdu_new(opcode);

	login_to_operational(c);
	p->bhs[1] = F_FINAL;
	put32(p->bhs + 16, 77);
	put32(p->bhs + 20, NO_TAG);
	put32(p->bhs + 24, c->cmdsn);
	pdu_send(c, p);
	expect_refused_with(c, LOGIN_INVALID);
}

TEST(during_scsi, "login.scsi-during-login", "6.3", MUST,
     "anything but a Login Request in the login phase: Login reject 'invalid during login', then disconnect")
{
	during_login(OP_SCSI_CMD);
}

TEST(during_nop, "login.nop-during-login", "6.3", MUST,
     "NOP-Out in the login phase: Login reject 'invalid during login', then disconnect")
{
	during_login(OP_NOP_OUT | OP_IMMEDIATE);
}

TEST(during_text, "login.text-during-login", "6.3", MUST,
     "Text Request in the login phase: Login reject 'invalid during login', then disconnect")
{
	during_login(OP_TEXT);
}

TEST(during_logout, "login.logout-during-login", "6.3", MUST,
     "Logout Request in the login phase: Login reject 'invalid during login', then disconnect")
{
	during_login(OP_LOGOUT | OP_IMMEDIATE);
}

TEST(during_tmf, "login.tmf-during-login", "6.3", MUST,
     "task management in the login phase: Login reject 'invalid during login', then disconnect")
{
	during_login(OP_TMF | OP_IMMEDIATE);
}

/* every combination of CSG, NSG and T; the legal ones are tested above */
static bool legal(uint8_t csg, uint8_t nsg, bool t)
{
	if (csg != SEC && csg != OPER)
		return false;
	return !t || (nsg > csg && nsg != RESERVED_STAGE);
}

static void illegal_stages(uint8_t csg)
{
	uint8_t nsg;
	int t;

	need_no_chap();
	for (nsg = 0; nsg < 4; nsg++)
		for (t = 0; t < 2; t++) {
			struct conn *c;

			if (legal(csg, nsg, t))
				continue;
			note("CSG %u NSG %u T %d", csg, nsg, t);
			c = conn_open();
			login_send(c, (t ? F_TRANSIT : 0) | STAGE(csg, nsg), names());
			expect_refused(c);
		}
}

TEST(stages_0, "login.illegal-stages-security", "11.12.3", MUST,
     "from the security stage only NSG 1 and 3 can be asked for; the rest is refused with class 2")
{
	illegal_stages(SEC);
}

TEST(stages_1, "login.illegal-stages-operational", "11.12.3", MUST,
     "from the operational stage only NSG 3 can be asked for; the rest is refused with class 2")
{
	illegal_stages(OPER);
}

TEST(stages_2, "login.reserved-csg", "11.12.3", MUST,
     "CSG 2 is reserved: refused with class 2")
{
	illegal_stages(RESERVED_STAGE);
}

TEST(stages_3, "login.csg-ffp", "11.12.3", MUST,
     "CSG 3 cannot be the current stage of a Login Request: refused with class 2")
{
	illegal_stages(FFP);
}

TEST(stage_back, "login.csg-going-back", "6.3", MUST,
     "once in the operational stage a request cannot be in the security stage again")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_send(c, STAY(SEC), "");
	expect_refused(c);
}

TEST(stage_ahead, "login.csg-going-ahead", "6.3", MUST,
     "the current stage changes only by an agreed transition")
{
	struct conn *c;

	need_no_chap();
	c = conn_open();
	login_exchange(c, STAY(SEC), names());
	login_send(c, STAY(OPER), "");
	expect_refused(c);
}

TEST(t_and_c, "login.t-and-c", "11.12.2", MUST,
     "a Login Request with C=1 and T=1 is refused")
{
	struct conn *c;

	need_no_chap();
	c = conn_open();
	login_send(c, GO(OPER, FFP) | F_CONTINUE, names());
	expect_refused(c);
}

TEST(version_min, "login.version-min", "11.12.4", MUST,
     "Version-min above what the target has: status 0x0205")
{
	struct conn *c = conn_open();
	struct pdu *p = login_pdu(c, STAY(OPER), names());

	p->bhs[2] = 1;
	p->bhs[3] = 1;
	pdu_send(c, p);
	expect_refused_with(c, LOGIN_BAD_VERSION);
}

TEST(version_max, "login.version-max", "11.13.1", MUST,
     "Version-max above 0 with Version-min 0 is served with version 0")
{
	struct conn *c;
	struct pdu *p;

	need_no_chap();
	c = conn_open();
	p = login_pdu(c, STAY(OPER), names());
	p->bhs[2] = 3;
	pdu_send(c, p);
	p = login_recv(c, STAY(OPER));
	check(login_status(p) == 0, "refused with 0x%04x", login_status(p));
}

TEST(no_initiator, "login.no-initiator-name", "13.5", MUST,
     "the first Login Request without InitiatorName: status 0x0207")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER), format("TargetName=%s SessionType=Normal",
					 opt.target));
	expect_refused_with(c, LOGIN_MISSING);
}

TEST(no_target, "login.no-target-name", "13.4", MUST,
     "the first Login Request of a normal session without TargetName: status 0x0207")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER), format("InitiatorName=%s SessionType=Normal",
					 opt.initiator));
	expect_refused_with(c, LOGIN_MISSING);
}

TEST(late_target, "login.target-name-in-second-request", "13.4", MUST,
     "TargetName in the second Login Request is too late: status 0x0207 to the first")
{
	struct conn *c = conn_open();

	login_send(c, STAY(SEC), format("InitiatorName=%s", opt.initiator));
	expect_refused_with(c, LOGIN_MISSING);
}

TEST(empty_first, "login.empty-first-request", "11.12.10", MUST,
     "an empty first Login Request: status 0x0207")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER), "");
	expect_refused_with(c, LOGIN_MISSING);
}

TEST(no_type, "login.session-type-default", "13.21", MUST,
     "without SessionType the session is a normal one")
{
	struct conn *c;

	need_no_chap();
	c = conn_open();
	login_finish(c, format("InitiatorName=%s TargetName=%s", opt.initiator,
			       opt.target), &(struct text){ 0 });
	session_is_well(c);
}

TEST(bad_type, "login.unknown-session-type", "11.13.5", MUST,
     "an unknown SessionType: status 0x0209")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER), format("InitiatorName=%s TargetName=%s SessionType=Foo",
					 opt.initiator, opt.target));
	expect_refused_with(c, LOGIN_BAD_TYPE);
}

TEST(no_such_target, "login.unknown-target", "11.13.5", MUST,
     "a target that does not exist: status 0x0203")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER),
		   format("InitiatorName=%s TargetName=iqn.2001-01.org.example:none SessionType=Normal",
			  opt.initiator));
	expect_refused_with(c, LOGIN_NOT_FOUND);
}

TEST(denied, "login.initiator-not-allowed", "11.13.5", MUST,
     "an initiator that the target does not admit: status 0x0202")
{
	struct conn *c;

	if (!opt.denied)
		skip("no --denied initiator given");
	c = conn_open();
	login_send(c, GO(OPER, FFP),
		   format("InitiatorName=%s TargetName=%s SessionType=Normal",
			  opt.denied, opt.target));
	expect_refused_with(c, LOGIN_FORBIDDEN);
}

TEST(tpgt, "login.portal-group-tag", "13.9", MUST,
     "the first Login Response of a normal session carries TargetPortalGroupTag")
{
	struct conn *c = conn_open();
	struct text t = login_text(login_exchange(c, STAY(SEC), names()));

	check(text_count(&t, "TargetPortalGroupTag") == 1,
	      "the first response says: %s", text_show(&t));
}

TEST(tpgt_once, "login.portal-group-tag-once", "6.3", MUST,
     "no key is declared twice by the target during one login")
{
	struct text said = { 0 };
	size_t at;

	login_said("", &said);
	for (at = 0; at < said.len; at += strlen(said.buf + at) + 1) {
		char *key = strndup(said.buf + at, strcspn(said.buf + at, "="));

		check(!*key || text_count(&said, key) == 1, "%s came twice", key);
	}
}

TEST(statsn, "login.statsn-progress", "11.13.4", MUST,
     "StatSN grows by one with each Login Response, and on into the full feature phase")
{
	struct conn *c = conn_open();
	uint32_t first;
	struct text said = { 0 };
	int i;

	login_to_operational(c);
	first = c->statsn;
	for (i = 0; i < 3; i++)
		login_exchange(c, STAY(OPER), "");
	check(c->statsn == first + 3, "StatSN %u", c->statsn);
	login_finish(c, "", &said);
	session_is_well(c);
}

TEST(isid, "login.isid-echoed", "11.13", MUST,
     "every Login Response carries the ISID of the login")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_finish(c, "", &(struct text){ 0 });
	check(!c->other_isid, "another ISID");
	c = login("");
	check(!c->other_isid, "another ISID");
}

TEST(padding, "login.padding", "11.1", SHOULD,
     "padding bytes are 0")
{
	struct conn *c = conn_open();
	int i;

	login_to_operational(c);
	login_exchange(c, STAY(OPER), "X-com.example.a=1");
	login_exchange(c, STAY(OPER), "X-com.example.bb=1");
	login_exchange(c, STAY(OPER), "X-com.example.ccc=1");
	login_finish(c, "", &(struct text){ 0 });
	for (i = 1; i < 8; i++) {
		pdu_send(c, nop_pdu(c, "ping of", i, true));
		pdu_expect(c, OP_NOP_IN);
	}
	check(!c->dirty_padding, "some are not");
}

TEST(cmdsn, "login.cmdsn-not-advanced", "4.2.2.1", MUST,
     "Login Requests are immediate: the first command has the CmdSN that the Login Requests had")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;

	check(c->exp_cmdsn == sn, "ExpCmdSN %u after login with CmdSN %u",
	      c->exp_cmdsn, sn);
	session_is_well(c);
	check(c->exp_cmdsn == sn + 1, "ExpCmdSN %u after one command", c->exp_cmdsn);
}

TEST(cmdsn_wrap, "login.cmdsn-wraps", "4.2.2.1", MUST,
     "CmdSN is compared in serial arithmetic: a session that starts at 0xfffffffe works on past 0")
{
	struct conn *c = conn_open();
	int i;

	c->cmdsn = 0xfffffffe;
	login_on(c, "", NULL);
	for (i = 0; i < 5; i++)
		session_is_well(c);
}

TEST(unknown_tsih, "login.tsih-unknown", "11.13.5", MUST,
     "a TSIH that no session has: status 0x020a")
{
	struct conn *c = conn_open();

	c->tsih = 0x7ff3;
	login_send(c, STAY(OPER), names());
	expect_refused_with(c, LOGIN_NO_SESSION);
}

TEST(tsih_other_isid, "login.tsih-of-another-isid", "6.3.1", MUST,
     "an existing TSIH with another ISID does not name that session: status 0x020a")
{
	struct conn *a = login("");
	struct conn *c = conn_open();

	c->tsih = a->tsih;
	c->cid = 1;
	login_send(c, STAY(OPER), names());
	expect_refused_with(c, LOGIN_NO_SESSION);
	session_is_well(a);
}

TEST(tsih_unique, "login.tsih-unique", "11.13.3", MUST,
     "two sessions of one initiator have different TSIHs")
{
	struct conn *a = login(""), *b = login("");

	check(a->tsih != b->tsih, "both are 0x%04x", a->tsih);
	session_is_well(a);
	session_is_well(b);
}

TEST(empty_rounds, "login.hundred-empty-rounds", "6.3", SHOULD,
     "many empty login requests do no harm: the login goes on, or is refused with class 2")
{
	struct conn *c = conn_open();
	struct pdu *r = NULL;
	int i;

	login_to_operational(c);
	for (i = 0; i < 100; i++) {
		login_send(c, STAY(OPER), "");
		if (pdu_try(c, &r, opt.wait) != RX_PDU)
			break;
		check(pdu_op(r) == OP_LOGIN_RSP, "got %s", pdu_describe(r));
		if (login_status(r)) {
			check(r->bhs[36] == 2, "status 0x%04x", login_status(r));
			expect_close(c);
			break;
		}
	}
	if (i == 100)
		login_finish(c, "", &(struct text){ 0 });
	target_is_well();
}

TEST(mrdsl, "login.data-segment-too-long", "13.12", MUST,
     "during login no side takes a data segment over 8192 bytes: refused or closed")
{
	struct conn *c = conn_open();
	struct pdu *p;
	char *junk = zalloc(9001);

	login_to_operational(c);
	memset(junk, 'x', 9000);
	memcpy(junk, "X-com.example=", 14);
	p = login_pdu(c, STAY(OPER), "");
	pdu_data(p, junk, 9001);
	pdu_send(c, p);
	expect_refused_or_closed(c);
	target_is_well();
}

TEST(mrdsl_full, "login.data-segment-8192", "13.12", MUST,
     "a Login Request of exactly 8192 bytes of keys is taken")
{
	struct conn *c = conn_open();
	struct text t = { 0 };
	struct pdu *p, *r;
	int i = 0;

	login_to_operational(c);
	p = login_pdu(c, STAY(OPER), "");
	while (t.len < 8192) {
		int room = 8192 - t.len;
		int n = room > 200 ? (room < 230 ? 100 : 200) : room;
		char *pair = zalloc(n);

		memset(pair, 'v', n - 1);
		memcpy(pair, format("X-com.example.k%03d=", i++), 19);
		text_add(&t, pair, n);
	}
	pdu_data(p, t.buf, t.len);
	pdu_send(c, p);
	c->p.mrdsl = LOGIN_MRDSL;
	r = login_recv(c, STAY(OPER));
	check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
}

TEST(ahs, "login.ahs", "11.12", MUST,
     "a Login Request with an AHS is refused or the connection ended")
{
	struct conn *c = conn_open();
	struct pdu *p = login_pdu(c, STAY(OPER), names());

	pdu_ahs(p, 1, "0123456789abcdef", 16);
	pdu_send(c, p);
	expect_refused_or_closed(c);
	target_is_well();
}

TEST(not_immediate, "login.without-immediate-bit", "11.12", SHOULD,
     "a Login Request without the I bit is refused, or taken without advancing CmdSN")
{
	struct conn *c;
	struct pdu *p, *r = NULL;

	need_no_chap();
	c = conn_open();
	p = login_pdu(c, STAY(OPER), names());
	p->bhs[0] = OP_LOGIN;
	pdu_send(c, p);
	if (pdu_try(c, &r, opt.wait) != RX_PDU)
		return;
	check(pdu_op(r) == OP_LOGIN_RSP, "got %s", pdu_describe(r));
	check(r->bhs[36] == 2 || get32(r->bhs + 28) == c->cmdsn,
	      "ExpCmdSN %u after CmdSN %u", get32(r->bhs + 28), c->cmdsn);
}

TEST(in_ffp, "login.login-request-in-ffp", "6.3", MUST,
     "a Login Request in the full feature phase is a protocol error: Reject or the connection ends")
{
	struct conn *c = login("");
	struct pdu *p = login_pdu(c, STAY(OPER), names());

	pdu_send(c, p);
	reject_or_close(c, p);
	target_is_well();
}

TEST(isid_changes, "login.isid-changes", "11.12.5", MUST,
     "a Login Request whose ISID is not that of the first does not go on with the login")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	c->isid[5] ^= 0x55;
	c->raw = true;
	login_send(c, GO(OPER, FFP), "");
	expect_refused_or_closed(c);
}

TEST(cid_changes, "login.cid-changes", "11.12.7", MUST,
     "a Login Request whose CID is not that of the first does not go on with the login")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	c->cid ^= 0x55;
	login_send(c, GO(OPER, FFP), "");
	expect_refused_or_closed(c);
}

TEST(name_too_long, "login.initiator-name-too-long", "4.2.7.2", MUST,
     "a name of more than 223 bytes is no iSCSI name: refused with class 2")
{
	struct conn *c = conn_open();
	char *name = zalloc(300);

	memset(name, 'a', 250);
	memcpy(name, "iqn.2001-01.org.example:", 24);
	login_send(c, STAY(OPER), format("InitiatorName=%s TargetName=%s", name,
					 opt.target));
	expect_refused(c);
	target_is_well();
}

TEST(name_empty, "login.initiator-name-empty", "13.5", MUST,
     "an empty InitiatorName is refused with class 2")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER), format("InitiatorName= TargetName=%s", opt.target));
	expect_refused(c);
}

TEST(refused_then_well, "login.refusal-harms-nobody", "6.3", MUST,
     "after refused logins an honest one succeeds")
{
	int i;

	for (i = 0; i < 10; i++) {
		struct conn *c = conn_open();

		login_send(c, STAGE(RESERVED_STAGE, 0), names());
		conn_close(c);
	}
	target_is_well();
}
