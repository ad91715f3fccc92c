// SPDX-License-Identifier: GPL-2.0
/* Reject, reserved opcodes, SNACK, additional header segments (11.2, 11.16, 11.17). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static struct pdu *odd_pdu(struct conn *c, uint8_t opcode)
{
	struct pdu *p = pdu_new(opcode);

	p->bhs[1] = F_FINAL;
	put32(p->bhs + 16, c->itt++);
	put32(p->bhs + 20, NO_TAG);
	put32(p->bhs + 24, c->cmdsn);
	put32(p->bhs + 28, c->statsn);
	return p;
}

static void unsupported(uint8_t opcode)
{
	struct conn *c = login("");
	struct pdu *p = odd_pdu(c, opcode | OP_IMMEDIATE);

	note("opcode 0x%02x", opcode);
	pdu_send(c, p);
	expect_reject(c, p, REJ_UNSUPPORTED, REJ_PROTOCOL, 0);
	session_is_well(c);
	conn_close(c);
}

TEST(reserved, "reject.reserved-opcodes", "11.17.1", MUST,
     "reserved opcodes are rejected with 'command not supported' and their header; the session goes on")
{
	static const uint8_t op[] = { 0x07, 0x0f, 0x11, 0x1b, 0x1f };
	unsigned int i;

	for (i = 0; i < sizeof(op); i++)
		unsupported(op[i]);
}

TEST(vendor, "reject.vendor-opcodes", "11.17.1", MUST,
     "vendor-specific opcodes that are not known are rejected with 'command not supported'")
{
	unsupported(0x1c);
	unsupported(0x1e);
}

TEST(target_opcodes, "reject.target-opcodes", "11.2.1.2", MUST,
     "opcodes that only a target sends: Reject, or the connection ends")
{
	static const uint8_t op[] = { OP_NOP_IN, OP_SCSI_RSP, OP_DATA_IN, OP_R2T,
				      OP_ASYNC, OP_REJECT, OP_LOGIN_RSP };
	unsigned int i;

	for (i = 0; i < sizeof(op); i++) {
		struct conn *c = login("");
		struct pdu *p = odd_pdu(c, op[i]);

		note("opcode 0x%02x", op[i]);
		send_refused(c, p);
		conn_close(c);
	}
	target_is_well();
}

TEST(with_data, "reject.with-data-segment", "11.17", MUST,
     "the data segment of a rejected PDU is passed over: the stream stays in step")
{
	struct conn *c = login("");
	struct pdu *p = odd_pdu(c, 0x1f | OP_IMMEDIATE);

	pdu_data(p, pattern(4001, 2), 4001);
	pdu_send(c, p);
	expect_reject(c, p, REJ_UNSUPPORTED, REJ_PROTOCOL, 0);
	session_is_well(c);
}

TEST(with_ahs, "reject.with-ahs", "11.17", MUST,
     "the AHS of a rejected PDU is passed over: the stream stays in step")
{
	struct conn *c = login("");
	struct pdu *p = odd_pdu(c, 0x1f | OP_IMMEDIATE);

	pdu_ahs(p, 1, pattern(100, 1), 100);
	pdu_send(c, p);
	expect_reject(c, p, REJ_UNSUPPORTED, REJ_PROTOCOL, 0);
	session_is_well(c);
}

TEST(whole_header, "reject.whole-header-with-digests", "11.17.4", MUST,
     "a Reject holds the whole header of the bad PDU, its AHS included and its digest not, also of a command whose turn has not come")
{
	static const char *const digest[] = { "None", "CRC32C" };
	uint8_t body[21] = { 1 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct conn *c = login(format("HeaderDigest=%s DataDigest=%s", digest[i],
					      digest[i]));
		struct pdu *p, *q, *nop;

		note("HeaderDigest=%s", digest[i]);
		lu_ready(c);
		p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
		/* 21 bytes of a read length, which has 5 */
		pdu_ahs(p, 2, body, sizeof(body));
		pdu_send(c, p);
		expect_reject(c, p, REJ_FIELD, REJ_PROTOCOL, 0);
		/* the same, ahead of a request that comes later */
		nop = nop_pdu(c, "ping", 4, false);
		q = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
		pdu_ahs(q, 2, body, sizeof(body));
		pdu_send(c, q);
		expect_reject(c, q, REJ_FIELD, REJ_PROTOCOL, 0);
		pdu_send(c, nop);
		pdu_expect(c, OP_NOP_IN);
		cmdsn_again(c, q);
		session_is_well(c);
		conn_close(c);
	}
}

/* Rejected, and not for its CmdSN. */
static struct pdu *bad_read(struct conn *c)
{
	struct pdu *p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	uint8_t body[21] = { 1 };

	pdu_ahs(p, 2, body, sizeof(body));
	return p;
}

/* A command with this CmdSN; the next ones go on as if it had not been. */
static void send_with_cmdsn(struct conn *c, struct pdu *p, uint32_t cmdsn)
{
	put32(p->bhs + 24, cmdsn);
	pdu_send(c, p);
	c->cmdsn--;
}

TEST(due, "reject.cmdsn-stays-due", "7.3", MUST,
     "the CmdSN of a request that is rejected is not received: what comes after waits for another one with it")
{
	struct conn *c = login("");
	struct pdu *bad, *nop, *tur, *r;
	unsigned int i, answers = 0;
	uint32_t sn;

	lu_ready(c);
	sn = c->exp_cmdsn;
	bad = bad_read(c);
	pdu_send(c, bad);
	/* the next one is on its way before the Reject is seen */
	nop = nop_pdu(c, "ping", 4, false);
	pdu_send(c, nop);
	r = pdu_expect(c, OP_REJECT);
	check_reject(r, bad);
	check(c->exp_cmdsn == sn, "ExpCmdSN %u, was %u", c->exp_cmdsn, sn);
	tur = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	send_with_cmdsn(c, tur, sn);
	for (i = 0; i < 2; i++) {
		r = pdu_get(c);
		answers |= pdu_itt(r) == pdu_itt(tur) ? 1 : 0;
		answers |= pdu_itt(r) == pdu_itt(nop) ? 2 : 0;
	}
	check(answers == 3, "the last one was %s", pdu_describe(r));
	check(c->exp_cmdsn == sn + 2, "ExpCmdSN %u, was %u", c->exp_cmdsn, sn);
	session_is_well(c);
}

TEST(due_abort, "reject.cmdsn-plugged-by-abort", "7.3", MUST,
     "ABORT TASK of a request that was rejected takes its place, and what comes after goes on")
{
	struct conn *c = login("");
	struct pdu *bad, *r;

	lu_ready(c);
	bad = bad_read(c);
	pdu_send(c, bad);
	check_reject(pdu_expect(c, OP_REJECT), bad);
	pdu_send(c, tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(bad), get32(bad->bhs + 24)));
	r = pdu_expect(c, OP_TMF_RSP);
	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	check(c->exp_cmdsn == c->cmdsn, "ExpCmdSN %u, the next is %u", c->exp_cmdsn,
	      c->cmdsn);
	session_is_well(c);
}

/* Does a ping of its own turn get through, whatever its delay? */
static void goes_on_behind(struct conn *c)
{
	struct pdu *r = NULL;

	pdu_send(c, nop_pdu(c, "ping", 4, false));
	if (pdu_try(c, &r, opt.wait) != RX_CLOSED) {
		check(r && pdu_op(r) == OP_NOP_IN, "neither served nor closed");
		session_is_well(c);
	}
	conn_close(c);
}

/* a Text Request that is one no longer when its text is read */
static struct pdu *bad_text(struct conn *c)
{
	return text_pdu(c, F_FINAL, c->itt++, NO_TAG,
			"X-com.example.key=1 X-com.example.key=2");
}

TEST(text_due, "reject.cmdsn-of-text-stays-due", "7.3", MUST,
     "so is that of a Text Request whose keys are wrong, and the next request with it is executed")
{
	struct conn *c = login("");
	uint32_t sn = c->exp_cmdsn;
	struct pdu *bad, *p, *r;

	bad = bad_text(c);
	pdu_send(c, bad);
	r = pdu_expect(c, OP_REJECT);
	check_reject(r, bad);
	check(c->exp_cmdsn == sn, "ExpCmdSN %u, was %u", c->exp_cmdsn, sn);
	p = nop_pdu(c, "ping", 4, false);
	send_with_cmdsn(c, p, sn);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(p) && c->exp_cmdsn == sn + 1, "ExpCmdSN %u, was %u",
	      c->exp_cmdsn, sn);
	session_is_well(c);
}

TEST(text_behind, "reject.text-with-others-behind", "7.3", SHOULD,
     "requests sent behind a Text Request that is rejected, and those after them, are served")
{
	struct conn *c = login("");
	uint8_t *both;
	size_t len, more;
	struct pdu *p;
	uint8_t *bytes = pdu_bytes(c, bad_text(c), &len);

	p = nop_pdu(c, "ping", 4, false);
	both = zalloc(len + BHS_LEN + 8);
	memcpy(both, bytes, len);
	bytes = pdu_bytes(c, p, &more);
	memcpy(both + len, bytes, more);
	raw_send(c, both, len + more);
	pdu_expect(c, OP_REJECT);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(p), "not the ping");
	goes_on_behind(c);
}

TEST(passed_over, "reject.cmdsn-passed-over", "7.3", SHOULD,
     "an initiator that takes its rejected requests for received and goes on is served, or loses its connection at once")
{
	struct conn *c = login("");
	struct pdu *w, *r2t, *p;
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < 3; i++)
		pdu_send(c, bad_read(c));
	for (i = 0; i < 3; i++)
		pdu_expect(c, OP_REJECT);
	goes_on_behind(c);

	c = login("InitialR2T=Yes ImmediateData=No");
	lu_ready(c);
	w = waiting_write(c, c->block, &r2t);
	p = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	put32(p->bhs + 16, pdu_itt(w));
	pdu_send(c, p);
	pdu_expect(c, OP_REJECT);
	goes_on_behind(c);

	c = login("");
	pdu_send(c, bad_text(c));
	pdu_expect(c, OP_REJECT);
	goes_on_behind(c);

	need_no_chap();
	c = login_discovery("");
	pdu_send(c, nop_pdu(c, "ping", 4, false));
	pdu_expect(c, OP_REJECT);
	pdu_send(c, text_pdu(c, F_FINAL, c->itt++, NO_TAG, "SendTargets=All"));
	p = NULL;
	if (pdu_try(c, &p, opt.wait) != RX_CLOSED)
		check(p && pdu_op(p) == OP_TEXT_RSP, "neither served nor closed");
}

TEST(snack, "reject.snack", "11.16", MUST,
     "SNACK at ErrorRecoveryLevel 0: Reject (SNACK reject, protocol error or not supported), or close")
{
	int type;

	for (type = 0; type < 4; type++) {
		struct conn *c = login("");
		struct pdu *p = odd_pdu(c, OP_SNACK), *r = NULL;

		p->bhs[1] = F_FINAL | type;
		put32(p->bhs + 20, 1);
		pdu_send(c, p);
		if (pdu_try(c, &r, opt.wait) == RX_PDU) {
			check(pdu_op(r) == OP_REJECT, "got %s", pdu_describe(r));
			check_reject(r, p);
			check(r->bhs[2] == REJ_SNACK || r->bhs[2] == REJ_PROTOCOL ||
			      r->bhs[2] == REJ_UNSUPPORTED, "reason 0x%02x", r->bhs[2]);
			session_is_well(c);
		}
		conn_close(c);
	}
	target_is_well();
}

TEST(statsn, "reject.counts-as-status", "11.17.3", MUST,
     "a Reject carries the next StatSN, advances it, and carries ExpCmdSN and MaxCmdSN")
{
	struct conn *c = login("");
	uint32_t sn = c->statsn, exp = c->exp_cmdsn;
	struct pdu *p = odd_pdu(c, 0x1f | OP_IMMEDIATE);

	pdu_send(c, p);
	expect_reject(c, p, 0);
	check(c->statsn == sn + 1, "StatSN advanced by %u", c->statsn - sn);
	check(c->exp_cmdsn == exp, "ExpCmdSN %u, was %u", c->exp_cmdsn, exp);
	session_is_well(c);
}

/* additional header segments */

static struct pdu *read_with_ahs(struct conn *c)
{
	return scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
}

TEST(ahs_cdb, "ahs.extended-cdb", "11.2.2.3", MUST,
     "a CDB of 32 bytes by AHS reaches the SCSI layer: it is answered with a status")
{
	struct cdb cdb = { { 0x7f, 0, 0, 0, 0, 0, 0, 24, 0x00, 0x09 } };
	struct conn *c = login("");
	uint8_t ext[17] = { 0 };
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb, F_FINAL | CMD_READ, c->block);
	put32(ext + 1 + 12, 1);
	pdu_ahs(p, 1, ext, 17);
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	check(r.response == 0 && (r.status == SAM_GOOD || r.key == 5), "%s",
	      result_show(&r));
	session_is_well(c);
}

TEST(ahs_cdb_long, "ahs.extended-cdb-260", "11.2.2.3", MUST,
     "the longest CDB, 260 bytes, is answered with a status, a Reject or close")
{
	struct cdb cdb = { { 0x7f, 0, 0, 0, 0, 0, 0, 252 } };
	struct conn *c = login("");
	uint8_t ext[245] = { 0 };
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb, F_FINAL, 0);
	pdu_ahs(p, 1, ext, 245);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	check(r.closed || r.rejected || r.response || r.status == SAM_CHECK, "%s",
	      result_show(&r));
	target_is_well();
}

static void bad_ahs(uint16_t length, uint8_t type, uint8_t total_words,
		    size_t bytes)
{
	struct conn *c = login("");
	struct pdu *p;
	struct result r;

	note("AHSLength %u type %u TotalAHSLength %u", length, type, total_words);
	lu_ready(c);
	p = read_with_ahs(c);
	put16(p->ahs, length);
	p->ahs[2] = type;
	p->ahs_len = bytes;
	p->own_lengths = true;
	p->bhs[4] = total_words;
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	check(r.closed || r.rejected || r.response || r.status != SAM_GOOD || type > 2,
	      "it was executed");
	conn_close(c);
	target_is_well();
}

TEST(ahs_lengths, "ahs.wrong-lengths", "11.2.2.2", MUST,
     "AHSLength that does not fit its type or TotalAHSLength: Reject, CHECK CONDITION or close; nobody is harmed")
{
	bad_ahs(0, 1, 1, 4);
	bad_ahs(0, 2, 1, 4);
	bad_ahs(17, 1, 1, 4);
	bad_ahs(0xffff, 1, 1, 4);
	bad_ahs(0xffff, 1, 5, 20);
	bad_ahs(300, 1, 255, 1020);
	bad_ahs(6, 2, 2, 8);
	bad_ahs(0, 0, 255, 1020);
}

TEST(ahs_short, "ahs.extended-cdb-of-0-bytes", "11.2.2.3", MUST,
     "an extended CDB of 0 and 1 bytes does no harm")
{
	uint16_t n;

	for (n = 0; n < 4; n++) {
		struct cdb cdb = { { 0x7f, 0, 0, 0, 0, 0, 0, 24 } };
		struct conn *c = login("");
		struct pdu *p;
		struct result r;

		lu_ready(c);
		p = scsi_pdu(c, cdb, F_FINAL, 0);
		put16(p->ahs, n);
		p->ahs[2] = 1;
		p->ahs_len = (3 + n + 3) & ~3;
		pdu_send(c, p);
		r = scsi_outcome(c, p, NULL, 0);
		check(r.closed || r.rejected || r.response || r.status == SAM_CHECK,
		      "%s", result_show(&r));
		conn_close(c);
	}
	target_is_well();
}

TEST(ahs_unknown, "ahs.reserved-type", "11.2.2.1", MUST,
     "a reserved AHS type: ignored, rejected or closed; the stream stays in step")
{
	struct conn *c = login("");
	struct pdu *p;
	struct result r;

	lu_ready(c);
	p = read_with_ahs(c);
	pdu_ahs(p, 0x3f, "12345", 5);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	all_is_well(c, r.closed);
}

TEST(ahs_two, "ahs.two-extended-cdbs", "11.2.2", MUST,
     "the same AHS twice does no harm")
{
	struct cdb cdb = { { 0x7f, 0, 0, 0, 0, 0, 0, 24 } };
	struct conn *c = login("");
	uint8_t ext[17] = { 0 };
	struct pdu *p;
	struct result r;

	lu_ready(c);
	p = scsi_pdu(c, cdb, F_FINAL, 0);
	pdu_ahs(p, 1, ext, 17);
	pdu_ahs(p, 1, ext, 17);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	check(r.closed || r.rejected || r.response || r.status == SAM_CHECK, "%s",
	      result_show(&r));
	target_is_well();
}

TEST(ahs_bidi, "ahs.bidirectional", "11.2.2.4", MUST,
     "a bidirectional command with its AHS: a status with the bidirectional residual, a Reject or close")
{
	struct cdb cdb = { { 0x53 } };	/* XDWRITEREAD(10) */
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	uint8_t len[5] = { 0 }, *data;
	struct pdu *p;
	struct result r;

	lu_ready(c);
	put16(cdb.b + 7, 1);
	put32(len + 1, c->block);
	data = pattern(c->block, 1);
	p = scsi_pdu(c, cdb, F_FINAL | CMD_READ | CMD_WRITE, c->block);
	pdu_ahs(p, 2, len, 5);
	pdu_send(c, p);
	r = scsi_outcome(c, p, data, 0);
	note("%s", result_show(&r));
	all_is_well(c, r.closed);
}

TEST(ahs_on_nop, "ahs.on-nop-out", "11.2.2", MUST,
     "an AHS on a PDU that has none: served, Reject or close; the stream stays in step")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, "ping", 4, true), *r = NULL;

	pdu_ahs(p, 1, pattern(17, 1), 17);
	pdu_send(c, p);
	if (pdu_try(c, &r, opt.wait) != RX_PDU) {
		target_is_well();
		return;
	}
	check(pdu_op(r) == OP_NOP_IN || pdu_op(r) == OP_REJECT, "got %s",
	      pdu_describe(r));
	session_is_well(c);
}
