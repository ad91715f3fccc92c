// SPDX-License-Identifier: GPL-2.0
/* CmdSN, the command window, immediate commands (4.2.2.1). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static struct pdu *ping(struct conn *c, uint32_t cmdsn)
{
	struct pdu *p = nop_pdu(c, "ping", 4, false);

	put32(p->bhs + 24, cmdsn);
	return p;
}

TEST(order, "cmdsn.out-of-order", "4.2.2.1", MUST,
     "commands that arrive out of order within the window are executed in CmdSN order")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;
	struct pdu *a, *b, *d, *r;

	a = ping(c, sn);
	b = ping(c, sn + 1);
	d = ping(c, sn + 2);
	pdu_send(c, d);
	expect_silence(c);
	pdu_send(c, b);
	expect_silence(c);
	pdu_send(c, a);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(a), "the first answer is to 0x%x", pdu_itt(r));
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(b), "the second answer is to 0x%x", pdu_itt(r));
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(d), "the third answer is to 0x%x", pdu_itt(r));
	check(c->exp_cmdsn == sn + 3, "ExpCmdSN %u, sent up to %u", c->exp_cmdsn,
	      sn + 2);
}

TEST(order_scsi, "cmdsn.scsi-out-of-order", "4.2.2.1", MUST,
     "a write with immediate data that arrives early waits, and a read behind it sees its data")
{
	struct conn *c = login("");
	uint8_t *data;
	struct pdu *w, *rd, *n;
	struct result r;

	lu_ready(c);
	data = pattern(c->block, 1);
	n = nop_pdu(c, "x", 1, false);
	w = scsi_pdu(c, cdb_write10(3, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(w, data, c->block);
	rd = scsi_pdu(c, cdb_read10(3, 1), F_FINAL | CMD_READ, c->block);
	pdu_send(c, w);
	expect_silence(c);
	pdu_send(c, n);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(n), "not the NOP first");
	r = scsi_finish(c, w, data, c->block);
	expect_good(&r, "WRITE");
	pdu_send(c, rd);
	r = scsi_finish(c, rd, NULL, 0);
	expect_good(&r, "READ");
	check(!memcmp(r.data, data, c->block), "other data");
}

TEST(duplicate, "cmdsn.duplicate", "4.2.2.1", MUST,
     "a command whose CmdSN was already received is silently ignored")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;
	struct pdu *p = ping(c, sn);

	pdu_send(c, p);
	pdu_expect(c, OP_NOP_IN);
	pdu_send(c, p);
	expect_silence(c);
	session_is_well(c);
}

TEST(duplicate_early, "cmdsn.duplicate-in-window", "4.2.2.1", MUST,
     "a duplicate of a command that waits for its turn is silently ignored")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;
	struct pdu *a = ping(c, sn), *b = ping(c, sn + 1);

	pdu_send(c, b);
	pdu_send(c, b);
	expect_silence(c);
	pdu_send(c, a);
	pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(b), "another answer");
	expect_silence(c);
	session_is_well(c);
}

TEST(beyond, "cmdsn.beyond-window", "4.2.2.1", MUST,
     "a command beyond MaxCmdSN is silently ignored")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;

	pdu_send(c, ping(c, c->max_cmdsn + 1));
	expect_silence(c);
	pdu_send(c, ping(c, c->max_cmdsn + 100000));
	expect_silence(c);
	c->cmdsn = sn;
	session_is_well(c);
}

TEST(before, "cmdsn.before-window", "4.2.2.1", MUST,
     "a command before ExpCmdSN is silently ignored, with its data")
{
	struct conn *c = login("");
	struct pdu *p;
	uint32_t sn = c->cmdsn;

	lu_ready(c);
	sn = c->cmdsn;
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	put32(p->bhs + 24, sn - 5);
	pdu_data(p, pattern(c->block, 2), c->block);
	pdu_send(c, p);
	expect_silence(c);
	c->cmdsn = sn;
	session_is_well(c);
}

TEST(beyond_data, "cmdsn.beyond-window-with-data", "4.2.2.1", MUST,
     "a write beyond MaxCmdSN is ignored, and its immediate data does not put the stream out of step")
{
	struct conn *c = login("");
	struct pdu *p;
	uint32_t sn;

	lu_ready(c);
	sn = c->cmdsn;
	p = scsi_pdu(c, cdb_write10(0, 8), F_FINAL | CMD_WRITE, 8 * c->block);
	put32(p->bhs + 24, c->max_cmdsn + 1);
	pdu_data(p, pattern(8 * c->block, 2), 8 * c->block);
	pdu_send(c, p);
	expect_silence(c);
	c->cmdsn = sn;
	session_is_well(c);
}

TEST(window, "cmdsn.window-used-fully", "4.2.2.1", MUST,
     "as many commands as the window advertises may be outstanding at once: all are executed")
{
	struct conn *c = login("");
	uint32_t first, n, i;
	struct pdu **p;
	bool *seen;

	lu_ready(c);
	first = c->exp_cmdsn;
	n = c->max_cmdsn - first + 1;
	check(n >= 1 && n < 1 << 20, "a window of %u", n);
	note("window %u", n);
	if (n > 4096)
		n = 4096;
	p = zalloc(n * sizeof(*p));
	seen = zalloc(n);
	/* all but the first: nothing can be executed, all must be kept */
	for (i = 0; i < n; i++)
		p[i] = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	for (i = 1; i < n; i++)
		pdu_send(c, p[i]);
	expect_silence(c);
	pdu_send(c, p[0]);
	for (i = 0; i < n; i++) {
		struct pdu *r = pdu_expect(c, OP_SCSI_RSP);
		uint32_t k = pdu_itt(r) - pdu_itt(p[0]);

		check(k < n && !seen[k], "an answer to 0x%x", pdu_itt(r));
		check(r->bhs[2] == 0 && r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
		seen[k] = true;
	}
	session_is_well(c);
}

TEST(window_reads, "cmdsn.window-of-reads", "4.2.2.1", MUST,
     "a window full of reads is answered completely and the window opens again")
{
	struct conn *c = login("");
	uint32_t n, i, done = 0;

	lu_ready(c);
	n = c->max_cmdsn - c->exp_cmdsn + 1;
	if (n > 512)
		n = 512;
	for (i = 0; i < n; i++)
		pdu_send(c, scsi_pdu(c, cdb_read10(i % 64, 1), F_FINAL | CMD_READ,
				     c->block));
	while (done < n) {
		struct pdu *r = pdu_get(c);

		if (pdu_op(r) == OP_SCSI_RSP ||
		    (pdu_op(r) == OP_DATA_IN && r->bhs[1] & DIN_STATUS))
			done++;
	}
	session_is_well(c);
	check(!sn_before(c->max_cmdsn, c->exp_cmdsn), "the window is closed with nothing outstanding");
}

TEST(immediate, "cmdsn.immediate-does-not-advance", "4.2.2.1", MUST,
     "immediate commands do not advance ExpCmdSN")
{
	struct conn *c = login("");
	uint32_t sn = c->exp_cmdsn;
	int i;

	for (i = 0; i < 5; i++) {
		pdu_send(c, nop_pdu(c, "x", 1, true));
		pdu_expect(c, OP_NOP_IN);
	}
	check(c->exp_cmdsn == sn, "ExpCmdSN went from %u to %u", sn, c->exp_cmdsn);
	session_is_well(c);
}

TEST(immediate_scsi, "cmdsn.immediate-scsi", "4.2.2.1", MUST,
     "an immediate SCSI command is executed and does not advance ExpCmdSN")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;
	uint32_t sn;

	lu_ready(c);
	sn = c->exp_cmdsn;
	p = scsi_pdu_immediate(c, cdb_inquiry(36), F_FINAL | CMD_READ, 36);
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	expect_good(&r, "INQUIRY");
	check(r.len == 36, "%u bytes", r.len);
	check(c->exp_cmdsn == sn, "ExpCmdSN went from %u to %u", sn, c->exp_cmdsn);
	session_is_well(c);
}

TEST(immediate_write, "cmdsn.immediate-write", "4.2.2.1", MUST,
     "an immediate write with R2T is executed")
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	struct result r;
	struct pdu *p;
	uint8_t *data;

	lu_ready(c);
	data = pattern(4 * c->block, 3);
	p = scsi_pdu_immediate(c, cdb_write10(8, 4), F_FINAL | CMD_WRITE, 4 * c->block);
	pdu_send(c, p);
	r = scsi_finish(c, p, data, 0);
	expect_good(&r, "WRITE");
	expect_blocks(c, 8, data, 4 * c->block, "immediate write");
}

TEST(immediate_overtakes, "cmdsn.immediate-overtakes", "4.2.2.1", MUST,
     "an immediate command is executed at once, even while earlier CmdSNs are missing")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;
	struct pdu *early = ping(c, sn + 1), *now, *r;

	pdu_send(c, early);
	now = nop_pdu(c, "now", 3, true);
	pdu_send(c, now);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(now), "the answer is to 0x%x", pdu_itt(r));
	pdu_send(c, ping(c, sn));
	pdu_expect(c, OP_NOP_IN);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(early), "the last answer is to 0x%x", pdu_itt(r));
}

TEST(immediate_outside, "cmdsn.immediate-outside-window", "4.2.2.1", MUST,
     "the CmdSN of an immediate command may lie outside the window")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, "x", 1, true), *r;

	put32(p->bhs + 24, c->max_cmdsn + 1000);
	pdu_send(c, p);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(p), "the answer is to 0x%x", pdu_itt(r));
	session_is_well(c);
}

TEST(immediate_two, "cmdsn.one-immediate-of-each", "4.2.2.1", MUST,
     "at least one immediate task management request and one other immediate command are taken at once")
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	struct pdu *w, *r2t, *t, *r;

	lu_ready(c);
	w = scsi_pdu_immediate(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_send(c, w);
	r2t = pdu_expect(c, OP_R2T);
	check(pdu_itt(r2t) == pdu_itt(w), "R2T for another task");
	t = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24));
	pdu_send(c, t);
	r = pdu_expect(c, OP_TMF_RSP);
	check(r->bhs[2] == TMR_COMPLETE, "response %u", r->bhs[2]);
}

TEST(immediate_room, "cmdsn.immediate-leave-room", "4.2.2.1", MUST,
     "however many immediate writes wait for data, what the window promises is taken, and Data-Out behind it read")
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	struct pdu *w, *first = NULL, *r, *r2t = NULL;
	uint8_t *data;
	int i, n;

	lu_ready(c);
	data = pattern(c->block, 9);
	n = c->max_cmdsn - c->cmdsn + 1 + 32;
	for (i = 0; i < n; i++) {
		w = scsi_pdu_immediate(c, cdb_write10(i, 1), F_FINAL | CMD_WRITE, c->block);
		pdu_send(c, w);
		r = pdu_get(c);
		check(pdu_op(r) == OP_R2T || pdu_op(r) == OP_REJECT, "got %s", pdu_describe(r));
		if (pdu_op(r) == OP_REJECT)
			check(r->bhs[2] == REJ_IMMEDIATE, "reason 0x%02x", r->bhs[2]);
		if (!first && pdu_op(r) == OP_R2T) {
			first = w;
			r2t = r;
		}
	}
	check(first, "no immediate write was taken");
	/* one in the window, and the data of the first behind it */
	w = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_send(c, w);
	pdu_send(c, data_out(c, pdu_itt(first), get32(r2t->bhs + 20), 0, 0, data, c->block, true));
	for (i = 0; i < 2; i++) {
		r = pdu_get(c);
		check((pdu_op(r) == OP_R2T && pdu_itt(r) == pdu_itt(w)) ||
		      (pdu_op(r) == OP_SCSI_RSP && pdu_itt(r) == pdu_itt(first)),
		      "got %s", pdu_describe(r));
	}
}

TEST(immediate_many, "cmdsn.many-immediate", "11.17.1", SHOULD,
     "too many immediate commands at once: each is answered, or rejected with reason 0x06")
{
	struct conn *c = login("");
	int i, n = 300;

	for (i = 0; i < n; i++)
		pdu_send(c, nop_pdu(c, "x", 1, true));
	for (i = 0; i < n; i++) {
		struct pdu *r = pdu_get(c);

		check(pdu_op(r) == OP_NOP_IN ||
		      (pdu_op(r) == OP_REJECT && r->bhs[2] == REJ_IMMEDIATE),
		      "got %s", pdu_describe(r));
	}
	session_is_well(c);
}

TEST(statsn, "statsn.one-per-response", "4.2.2.2", MUST,
     "StatSN grows by one with each response and each Data-In with status (held to in every test)")
{
	struct conn *c = login("");
	uint32_t sn;
	int i;

	lu_ready(c);
	sn = c->statsn;
	for (i = 0; i < 20; i++)
		scsi_read(c, cdb_read10(0, 1), c->block);
	check(c->statsn == sn + 20, "%u responses advanced StatSN by %u", 20,
	      c->statsn - sn);
}

TEST(statsn_r2t, "statsn.r2t-does-not-advance", "11.8.3", MUST,
     "R2T shows the next StatSN and does not advance it")
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No MaxBurstLength=4096");
	struct result r;
	uint32_t sn;

	lu_ready(c);
	sn = c->statsn;
	r = scsi_write(c, cdb_write10(0, 65536 / c->block), pattern(65536, 5), 65536);
	expect_good(&r, "WRITE");
	check(r.r2ts >= 16, "%u R2Ts for 64 KiB in bursts of 4 KiB", r.r2ts);
	check(c->statsn == sn + 1, "one task advanced StatSN by %u", c->statsn - sn);
}

TEST(far, "cmdsn.half-the-circle-away", "4.2.2.1", MUST,
     "CmdSNs half of the circle away, either way, are silently ignored")
{
	static const uint32_t away[] = { 0x7fffffff, 0x80000000, 0x80000001, 0xffff0000, 0x10000 };
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		pdu_send(c, ping(c, sn + away[i]));
		expect_silence(c);
	}
	c->cmdsn = sn;
	session_is_well(c);
}

TEST(tmf_order, "cmdsn.each-request-takes-its-turn", "4.2.2.1", MUST,
     "requests of every kind that are not immediate wait for their CmdSN")
{
	struct conn *c = login("");
	struct pdu *first, *t, *x, *s;

	lu_ready(c);
	first = nop_pdu(c, "first", 5, false);
	t = tmf_pdu(c, TMF_ABORT_TASK, 0x7777, c->cmdsn - 50);
	t->bhs[0] = OP_TMF;
	put32(t->bhs + 24, c->cmdsn++);
	x = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.a=1");
	s = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	pdu_send(c, s);
	pdu_send(c, x);
	pdu_send(c, t);
	expect_silence(c);
	pdu_send(c, first);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(first), "not the NOP");
	check(pdu_itt(pdu_expect(c, OP_TMF_RSP)) == pdu_itt(t), "not the function");
	check(pdu_itt(pdu_expect(c, OP_TEXT_RSP)) == pdu_itt(x), "not the text");
	check(pdu_itt(pdu_expect(c, OP_SCSI_RSP)) == pdu_itt(s), "not the command");
}

TEST(expstatsn, "statsn.expstatsn-of-any-value", "4.2.2.2", SHOULD,
     "an ExpStatSN that acknowledges too little, or what was never sent, does no harm")
{
	static const uint32_t by[] = { 1, 100, 0x7fffffff, 0x80000000, -1, -100 };
	struct conn *c = login("");
	unsigned int i;

	for (i = 0; i < 6; i++) {
		struct pdu *p = nop_pdu(c, "ping", 4, false), *r = NULL;

		put32(p->bhs + 28, c->statsn + by[i]);
		pdu_send(c, p);
		if (pdu_try(c, &r, opt.wait) != RX_PDU) {
			target_is_well();
			return;
		}
		check(pdu_op(r) == OP_NOP_IN || pdu_op(r) == OP_REJECT, "got %s",
		      pdu_describe(r));
	}
	session_is_well(c);
}

TEST(late, "cmdsn.gap-filled-late", "4.2.2.1", SHOULD,
     "a gap in the order that is filled after 7 s has cost nothing")
{
	struct conn *c = login("");
	uint32_t sn = c->cmdsn;
	struct pdu *a = ping(c, sn), *b = ping(c, sn + 1);

	pdu_send(c, b);
	sleep_ms(7000);
	expect_silence(c);
	pdu_send(c, a);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(a), "not the first");
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(b), "not the second");
	session_is_well(c);
}
