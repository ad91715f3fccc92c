// SPDX-License-Identifier: GPL-2.0
/* Sessions: reinstatement, several, connections beyond the agreed (6.3). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

TEST(reinstate, "session.reinstatement", "6.3.5", MUST,
     "a login with the ISID of an active session and TSIH 0 ends that session and makes a new one")
{
	struct conn *a = login(""), *b = conn_open_as(a);

	login_on(b, "", NULL);
	session_is_well(b);
	expect_close(a);
	check(b->tsih, "TSIH 0");
}

TEST(reinstate_tsih, "session.reinstatement-has-its-own-tsih", "11.13.3", MAY,
     "a session that replaces another has another TSIH: that of the old one soon names no other")
{
	struct conn *a = login(""), *b = conn_open_as(a);

	login_on(b, "", NULL);
	expect_close(a);
	check(b->tsih != a->tsih, "both are 0x%04x", a->tsih);
	session_is_well(b);
}

TEST(reinstate_busy, "session.reinstatement-with-waiting-write", "6.3.5", MUST,
     "reinstatement ends a session that has a write waiting for data, and that write has no effect")
{
	struct conn *a = login("InitialR2T=Yes ImmediateData=No"), *b;
	struct pdu *r2t;
	uint8_t *before;

	lu_ready(a);
	before = pattern(16 * a->block, 70);
	fill_blocks(a, 0, before, 16 * a->block);
	waiting_write(a, 16 * a->block, &r2t);
	b = conn_open_as(a);
	login_on(b, "", NULL);
	expect_close(a);
	lu_ready(b);
	expect_blocks(b, 0, before, 16 * b->block, "a write of an ended session");
}

TEST(reinstate_more, "session.reinstatement-and-a-ping", "6.3.5", MUST,
     "a ping right behind the Login Request that ends an older session is answered, or the connection ends; it is not deaf")
{
	struct conn *a = login(""), *b;
	struct pdu *p, *r = NULL;
	uint8_t *login, *nop, *both;
	size_t login_len, nop_len;

	need_no_chap();
	b = conn_open_as(a);
	login = pdu_bytes(b, login_pdu(b, GO(OPER, FFP), names()), &login_len);
	p = nop_pdu(b, "ping", 4, true);
	put32(p->bhs + 16, b->itt--);
	nop = pdu_bytes(b, p, &nop_len);
	both = zalloc(login_len + nop_len);
	memcpy(both, login, login_len);
	memcpy(both + login_len, nop, nop_len);
	raw_send(b, both, login_len + nop_len);
	login_recv(b, GO(OPER, FFP));
	b->full_feature = true;
	b->itt += 2;
	if (pdu_try(b, &r, opt.wait) == RX_CLOSED)
		return;
	check(r && pdu_op(r) == OP_NOP_IN, "no answer to the ping");
	session_is_well(b);
}

TEST(reinstate_many, "session.reinstatement-repeated", "6.3.5", MUST,
     "ten reinstatements in a row leave one session that works")
{
	struct conn *c = login("");
	int i;

	for (i = 0; i < 10; i++) {
		struct conn *d = conn_open_as(c);

		login_on(d, "", NULL);
		expect_close(c);
		c = d;
	}
	session_is_well(c);
}

TEST(reinstate_failed, "session.failed-login-reinstates-nothing", "6.3.5", MUST,
     "a login that fails does not end the session that has its ISID")
{
	struct conn *a = login(""), *b = conn_open_as(a);

	login_to_operational(b);
	login_send(b, STAGE(RESERVED_STAGE, 0), "");
	expect_refused(b);
	session_is_well(a);
}

TEST(reinstate_other_name, "session.same-isid-other-initiator", "6.3.1", MUST,
     "the same ISID of another InitiatorName is another session")
{
	struct conn *a, *b;

	need_any_initiator();
	a = login("");
	b = conn_open_as(a);
	login_as(b, other_initiator());
	session_is_well(a);
	session_is_well(b);
}

TEST(reinstate_discovery, "session.isid-of-discovery", "6.3.5", MUST,
     "a discovery session with the ISID of a normal session does not end it")
{
	struct conn *a, *b;
	struct pdu *r;

	need_no_chap();
	a = login("");
	b = conn_open_as(a);
	r = login_exchange(b, GO(OPER, FFP), format("InitiatorName=%s SessionType=Discovery",
						    opt.initiator));
	check(r->bhs[1] & F_TRANSIT, "no transition");
	session_is_well(a);
}

TEST(two, "session.two-isids", "6.3.1", MUST,
     "two sessions of one initiator with different ISIDs work beside each other")
{
	struct conn *a = login(""), *b = login("");
	uint8_t *data;

	lu_ready(a);
	lu_ready(b);
	data = pattern(4 * a->block, 1);
	fill_blocks(a, 0, data, 4 * a->block);
	expect_blocks(b, 0, data, 4 * a->block, "through the other session");
	session_is_well(a);
}

TEST(sixteen, "session.sixteen", "6.3.1", MUST,
     "sixteen sessions at once")
{
	struct conn *c[16];
	int i;

	for (i = 0; i < 16; i++)
		c[i] = login("");
	for (i = 0; i < 16; i++)
		session_is_well(c[i]);
}

TEST(too_many, "session.too-many-connections", "11.13.5", MUST,
     "a connection beyond MaxConnections: status 0x0206, and the session goes on")
{
	struct conn *a = login("MaxConnections=1"), *b = conn_open_as(a);

	b->tsih = a->tsih;
	b->cid = a->cid + 1;
	login_send(b, GO(OPER, FFP), names());
	need_no_chap();
	expect_refused_with(b, LOGIN_TOO_MANY_CONNS);
	session_is_well(a);
}

TEST(connection, "session.connection-reinstatement", "6.3.4", SHOULD,
     "a login with the TSIH and CID of an active connection replaces it and goes on in the session")
{
	struct conn *a, *b;

	need_no_chap();
	a = login("");
	lu_ready(a);
	b = conn_open_as(a);
	b->tsih = a->tsih;
	b->cid = a->cid;
	b->cmdsn = a->cmdsn;
	/* leading-only keys have no place here */
	login_finish(b, format("%s HeaderDigest=None DataDigest=None MaxRecvDataSegmentLength=65536",
			       names()), &(struct text){ 0 });
	check(b->tsih == a->tsih, "11.13.3: TSIH 0x%04x, was 0x%04x", b->tsih, a->tsih);
	expect_close(a);
	session_is_well(b);
}

TEST(session_keys, "session.leading-only-keys", "13.2", MUST,
     "a second connection of a session does not change what the leading one agreed")
{
	struct conn *a = login("MaxConnections=2"), *b;
	struct pdu *r;

	need_no_chap();
	if (a->p.max_connections < 2)
		skip("the target has one connection per session");
	b = conn_open_as(a);
	b->tsih = a->tsih;
	b->cid = a->cid + 1;
	b->cmdsn = a->cmdsn;
	login_send(b, GO(OPER, FFP), names());
	r = pdu_expect(b, OP_LOGIN_RSP);
	check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
	b->full_feature = true;
	session_is_well(a);
}

TEST(dropped, "session.connection-dropped", "7.14", MUST,
     "a connection that ends without Logout ends its tasks; the ISID can be used at once")
{
	struct conn *a = login("InitialR2T=Yes ImmediateData=No"), *b;
	struct pdu *r2t;

	lu_ready(a);
	waiting_write(a, 16 * a->block, &r2t);
	conn_close(a);
	b = conn_open_as(a);
	login_on(b, "", NULL);
	lu_ready(b);
	session_is_well(b);
}

TEST(half_closed, "session.half-closed", "7.14", SHOULD,
     "an initiator that closes its side is let go within a few seconds")
{
	struct conn *c = login("");

	session_is_well(c);
	conn_half_close(c);
	expect_close(c);
}

TEST(reinstate_order, "session.reinstatement-ends-the-old-one-first", "6.3.5", MUST,
     "when the final Login Response arrives the connection of the old session has ended")
{
	struct conn *a = login(""), *b;
	struct pdu *r = NULL;
	int i;

	for (i = 0; i < 8; i++) {
		b = conn_open_as(a);
		login_on(b, "", NULL);
		check(pdu_try(a, &r, 20) == RX_CLOSED, "it is still there");
		conn_close(a);
		a = b;
	}
	session_is_well(a);
}

TEST(reinstate_cid, "session.reinstatement-with-another-cid", "6.3.5", MUST,
     "TSIH 0 reinstates the session whatever the CID, which is then that of the new connection")
{
	struct conn *a = login(""), *b = conn_open_as(a);
	struct pdu *r;

	b->cid = a->cid + 5;
	login_on(b, "", NULL);
	expect_close(a);
	session_is_well(b);
	pdu_send(b, logout_pdu(b, LOGOUT_CONNECTION, a->cid));
	r = pdu_expect(b, OP_LOGOUT_RSP);
	check(r->bhs[2] == 1, "response %u to the old CID", r->bhs[2]);
	pdu_send(b, logout_pdu(b, LOGOUT_CONNECTION, b->cid));
	r = pdu_expect(b, OP_LOGOUT_RSP);
	check(r->bhs[2] == 0, "response %u to the new CID", r->bhs[2]);
}

TEST(discovery_isid, "session.two-discoveries", "6.3.5", MUST,
     "a discovery session with the ISID of another: served; the older one is served still, or has ended")
{
	struct conn *a, *b;
	struct pdu *r = NULL;

	need_no_chap();
	a = login_discovery("");
	b = conn_open_as(a);
	login_finish(b, format("InitiatorName=%s SessionType=Discovery", opt.initiator),
		     &(struct text){ 0 });
	pdu_send(b, text_pdu(b, F_FINAL, b->itt++, NO_TAG, "SendTargets=All"));
	pdu_expect(b, OP_TEXT_RSP);
	pdu_send(a, text_pdu(a, F_FINAL, a->itt++, NO_TAG, "SendTargets=All"));
	if (pdu_try(a, &r, opt.wait) == RX_PDU)
		check(pdu_op(r) == OP_TEXT_RSP, "got %s", pdu_describe(r));
	else
		check(!r, "no answer");
}

TEST(wrong_tsih, "session.other-tsih-of-an-active-isid", "6.3.1", MUST,
     "the ISID of an active session with a TSIH that is not its own: status 0x020a, and the session goes on")
{
	struct conn *a = login(""), *b = conn_open_as(a);

	b->tsih = a->tsih ^ 0x5a5a;
	if (!b->tsih)
		b->tsih = 0x1234;
	login_send(b, STAY(SEC), names());
	expect_refused_with(b, LOGIN_NO_SESSION);
	session_is_well(a);
}

TEST(other_name_tsih, "session.tsih-of-another-initiator", "6.3.1", MUST,
     "ISID and TSIH of another initiator's session do not let anybody into it: status class 2")
{
	struct conn *a = login(""), *b = conn_open_as(a);

	b->tsih = a->tsih;
	b->cid = a->cid;
	login_send(b, STAY(SEC), names_of(other_initiator()));
	expect_refused(b);
	session_is_well(a);
}

TEST(reinstate_reservation, "session.reinstatement-ends-reservation", "6.3.5", MUST,
     "what a session has reserved (RESERVE(6)) is free when the Login Response of the one that replaces it arrives")
{
	struct conn *other = login_other(), *a = login(""), *b;
	struct result r;
	int i;

	for (i = 0; i < 20; i++) {
		lu_ready(a);
		r = scsi_none(a, (struct cdb){ { 0x16 } });
		expect_good(&r, "RESERVE(6)");
		b = conn_open_as(a);
		login_on(b, "", NULL);
		r = scsi_none(other, cdb_tur());
		expect_good(&r, "TEST UNIT READY of another, the reserving session replaced");
		conn_close(a);
		a = b;
	}
}
