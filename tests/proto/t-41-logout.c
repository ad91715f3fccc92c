// SPDX-License-Identifier: GPL-2.0
/* Logout (11.14, 11.15). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static struct pdu *logout(struct conn *c, uint8_t reason, uint16_t cid)
{
	struct pdu *p = logout_pdu(c, reason, cid), *r;

	pdu_send(c, p);
	do
		r = pdu_get(c);
	while (pdu_op(r) == OP_SCSI_RSP || pdu_op(r) == OP_DATA_IN ||
	       pdu_op(r) == OP_R2T);
	check(pdu_op(r) == OP_LOGOUT_RSP, "got %s", pdu_describe(r));
	check(pdu_itt(r) == pdu_itt(p), "11.15: ITT 0x%x", pdu_itt(r));
	check(r->len == 0, "11.15.2: a data segment of %zu bytes", r->len);
	return r;
}

TEST(session, "logout.close-session", "11.14.1", MUST,
     "Logout with reason 'close the session': response 0, then the connection ends")
{
	struct conn *c = login("");
	struct pdu *r = logout(c, LOGOUT_SESSION, 0);

	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
}

TEST(reservation, "logout.ends-reservation", "11.15", MUST,
     "what a session has reserved (RESERVE(6)) is free when its Logout Response arrives")
{
	const struct cdb reserve = { { 0x16 } };
	struct conn *other = login_other();
	struct result r;
	int i;

	for (i = 0; i < 20; i++) {
		struct conn *c = login("");

		lu_ready(c);
		r = scsi_none(c, reserve);
		expect_good(&r, "RESERVE(6)");
		r = scsi_none(other, reserve);
		check(r.status == 0x18, "it is reserved: %s", result_show(&r));
		logout(c, LOGOUT_SESSION, 0);
		r = scsi_none(other, reserve);
		expect_good(&r, "RESERVE(6) after the logout");
		r = scsi_none(other, (struct cdb){ { 0x17 } });
		expect_good(&r, "RELEASE(6)");
		conn_close(c);
	}
}

TEST(connection, "logout.close-connection", "11.14.1", MUST,
     "Logout with reason 'close the connection' and the own CID: response 0, then the connection ends")
{
	struct conn *c = login("");
	struct pdu *r = logout(c, LOGOUT_CONNECTION, c->cid);

	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
}

TEST(cid, "logout.close-connection-with-cid", "11.14.3", MUST,
     "the CID of the login names the connection, whatever it is")
{
	struct conn *c = conn_open();
	struct pdu *r;

	c->cid = 0xbeef;
	login_on(c, "", NULL);
	r = logout(c, LOGOUT_CONNECTION, 0xbeef);
	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
}

TEST(wrong_cid, "logout.wrong-cid", "11.15.1", MUST,
     "Logout of a CID that the session does not have: response 1 (CID not found), and the session goes on")
{
	struct conn *c = login("");
	struct pdu *r = logout(c, LOGOUT_CONNECTION, c->cid + 7);

	check(r->bhs[2] == 1, "response %u", r->bhs[2]);
	session_is_well(c);
}

TEST(session_cid_ignored, "logout.close-session-cid-reserved", "11.14.3", MUST,
     "with reason 'close the session' the CID field is not looked at")
{
	struct conn *c = login("");
	struct pdu *r = logout(c, LOGOUT_SESSION, 0x4321);

	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
}

TEST(recovery, "logout.recovery-not-supported", "11.15.1", MUST,
     "Logout with reason 'remove for recovery' below ErrorRecoveryLevel 2: response 2, and the session goes on")
{
	struct conn *c = login("");
	struct pdu *r = logout(c, LOGOUT_RECOVERY, c->cid);

	check(r->bhs[2] == 2, "response %u", r->bhs[2]);
	session_is_well(c);
}

TEST(reserved, "logout.reserved-reason", "11.14.1", MUST,
     "a reserved reason: Reject, or a response other than 0, or close")
{
	struct conn *c = login("");
	struct pdu *p = logout_pdu(c, 55, 0), *r = NULL;

	pdu_send(c, p);
	if (pdu_try(c, &r, opt.wait) != RX_PDU)
		return;
	if (pdu_op(r) == OP_REJECT)
		check_reject(r, p);
	else
		check(pdu_op(r) == OP_LOGOUT_RSP && r->bhs[2], "got %s", pdu_describe(r));
}

TEST(times, "logout.time2wait", "11.15.3", MUST,
     "Time2Wait and Time2Retain of the response are within the negotiated values")
{
	struct conn *c = login("DefaultTime2Wait=2 DefaultTime2Retain=0");
	struct pdu *r = logout(c, LOGOUT_CONNECTION, c->cid);

	check(get16(r->bhs + 40) <= 3600 && get16(r->bhs + 42) <= 3600,
	      "Time2Wait %u, Time2Retain %u", get16(r->bhs + 40), get16(r->bhs + 42));
}

TEST(not_immediate, "logout.not-immediate", "11.14", MUST,
     "a Logout Request without the I bit waits for its CmdSN")
{
	struct conn *c = login("");
	struct pdu *n = nop_pdu(c, "x", 1, false), *p = logout_pdu(c, LOGOUT_SESSION, 0);

	p->bhs[0] = OP_LOGOUT;
	put32(p->bhs + 24, c->cmdsn);
	pdu_send(c, p);
	expect_silence(c);
	pdu_send(c, n);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(n), "not the NOP first");
	check(pdu_expect(c, OP_LOGOUT_RSP)->bhs[2] == 0, "not closed");
	expect_close(c);
}

TEST(waiting_write_, "logout.with-waiting-write", "11.14.5", MUST,
     "Logout while a write waits for its data: the task ends with the session, and Logout is answered at once")
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	struct pdu *r2t, *r;

	lu_ready(c);
	waiting_write(c, 16 * c->block, &r2t);
	r = logout(c, LOGOUT_SESSION, 0);
	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
	target_is_well();
}

TEST(with_reads, "logout.with-reads-outstanding", "11.14.5", MUST,
     "Logout behind 16 reads is answered, and the connection ends")
{
	struct conn *c = login("");
	struct pdu *r;
	int i;

	lu_ready(c);
	for (i = 0; i < 16; i++)
		pdu_send(c, scsi_pdu(c, cdb_read10(0, 64), F_FINAL | CMD_READ, 64 * c->block));
	r = logout(c, LOGOUT_SESSION, 0);
	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
}

TEST(isid_again, "logout.isid-free-again", "11.14", MUST,
     "after Logout the same ISID logs in anew, and gets another session")
{
	struct conn *c = login(""), *d = conn_open_as(c);

	logout(c, LOGOUT_SESSION, 0);
	login_on(d, "", NULL);
	session_is_well(d);
}

TEST(reserved_all, "logout.each-reserved-reason", "11.14.1", MUST,
     "reasons that there are not end nothing: Reject (invalid field or protocol error), and the session goes on, or close")
{
	struct conn *c = login("");
	unsigned int reason;

	for (reason = 3; reason < 128; reason = 2 * reason + 1) {
		struct pdu *p = logout_pdu(c, reason, c->cid);

		pdu_send(c, p);
		if (!reject_or_close(c, p)) {
			target_is_well();
			return;
		}
		session_is_well(c);
	}
}

TEST(no_times, "logout.refused-shows-no-times", "11.15.3", SHOULD,
     "Time2Wait and Time2Retain mean nothing where nothing ends, and are 0")
{
	struct conn *c = login("");
	struct pdu *r = logout(c, LOGOUT_CONNECTION, c->cid + 1);

	check(r->bhs[2] == 1, "response %u", r->bhs[2]);
	check(!get32(r->bhs + 40), "Time2Wait %u, Time2Retain %u", get16(r->bhs + 40),
	      get16(r->bhs + 42));
	r = logout(c, LOGOUT_RECOVERY, c->cid);
	check(r->bhs[2] == 2 && !get32(r->bhs + 40), "Time2Wait %u, Time2Retain %u",
	      get16(r->bhs + 40), get16(r->bhs + 42));
}

TEST(behind, "logout.nothing-behind-it-is-executed", "11.14", MUST,
     "what is sent behind a Logout Request that ends the session is not executed")
{
	struct conn *c = login(""), *o = login("");
	struct pdu *l, *w, *r;
	uint8_t *before;

	lu_ready(c);
	lu_ready(o);
	before = pattern(c->block, 120);
	fill_blocks(o, 5, before, c->block);
	l = logout_pdu(c, LOGOUT_SESSION, 0);
	w = scsi_pdu(c, cdb_write10(5, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(w, pattern(c->block, 121), c->block);
	pdu_send(c, l);
	pdu_send(c, w);
	r = pdu_expect(c, OP_LOGOUT_RSP);
	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	check(pdu_try(c, &r, opt.wait) == RX_CLOSED, "not closed behind the response");
	expect_blocks(o, 5, before, c->block, "a write behind the Logout");
}
