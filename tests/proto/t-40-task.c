// SPDX-License-Identifier: GPL-2.0
/* Task management (11.5, 11.6, 4.2.3). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define KEYS_R2T	"InitialR2T=Yes ImmediateData=No"

/* The response to @t; responses of tasks on the way are counted. */
static uint8_t tmf_result(struct conn *c, struct pdu *t, int *others)
{
	for (;;) {
		struct pdu *r = pdu_get(c);

		if (pdu_op(r) == OP_TMF_RSP) {
			check(pdu_itt(r) == pdu_itt(t), "11.6: ITT 0x%x", pdu_itt(r));
			check(r->len == 0, "11.6.2: a data segment of %zu bytes", r->len);
			return r->bhs[2];
		}
		check(pdu_op(r) == OP_SCSI_RSP || pdu_op(r) == OP_DATA_IN ||
		      pdu_op(r) == OP_R2T || pdu_op(r) == OP_ASYNC, "got %s",
		      pdu_describe(r));
		if (others)
			(*others)++;
	}
}

static uint8_t tmf(struct conn *c, uint8_t function, uint32_t rtt, uint32_t ref)
{
	struct pdu *t = tmf_pdu(c, function, rtt, ref);

	pdu_send(c, t);
	return tmf_result(c, t, NULL);
}

/* unit attentions of a reset or clear are fetched */
static void still_well(struct conn *c)
{
	lu_ready(c);
	session_is_well(c);
}

static struct conn *waiting(struct pdu **w, struct pdu **r2t)
{
	struct conn *c = login(KEYS_R2T);

	lu_ready(c);
	*w = waiting_write(c, 16 * c->block, r2t);
	return c;
}

TEST(abort_waiting, "tmf.abort-task-waiting-write", "11.5.1", MUST,
     "ABORT TASK of a write that waits for data ends at once with 'function complete', and no response to the write follows")
{
	struct pdu *w, *r2t;
	struct conn *c = waiting(&w, &r2t);
	uint8_t rsp = tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24));

	check(rsp == TMR_COMPLETE, "response %u", rsp);
	expect_silence(c);
	still_well(c);
}

TEST(abort_late_data, "tmf.abort-task-data-after", "4.2.3", MUST,
     "data for an aborted write that was already on its way is taken and dropped")
{
	struct pdu *w, *r2t, *t, *r = NULL;
	struct conn *c = waiting(&w, &r2t);
	uint32_t len = 16 * c->block;
	uint8_t *before = pattern(len, 20), rsp;
	struct conn *o = login("");

	lu_ready(o);
	fill_blocks(o, 0, before, len);
	t = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24));
	pdu_send(c, t);
	send_burst(c, pdu_itt(w), get32(r2t->bhs + 20), pattern(len, 21), 0, len);
	rsp = tmf_result(c, t, NULL);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	while (pdu_try(c, &r, opt.quiet) == RX_PDU)
		check(pdu_op(r) == OP_REJECT, "got %s", pdu_describe(r));
	still_well(c);
	expect_blocks(o, 0, before, len, "an aborted write");
}

TEST(abort_unsolicited, "tmf.abort-task-unsolicited", "11.5.1", MUST,
     "ABORT TASK of a write whose unsolicited data has not come ends at once")
{
	struct conn *c = login_unsolicited("");
	struct pdu *w;
	uint8_t rsp;

	w = scsi_pdu(c, cdb_write10(0, 16), CMD_WRITE, 16 * c->block);
	pdu_send(c, w);
	rsp = tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24));
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	expect_silence(c);
	still_well(c);
}

TEST(abort_held, "tmf.abort-task-half-received", "11.5.1", MUST,
     "ABORT TASK of a write that waits for an earlier command, in the middle of its data: the rest of the data goes nowhere, the session goes on")
{
	struct conn *c = login_unsolicited("");
	struct pdu *w, *early, *t1, *t2, *d;
	uint32_t len, first, half;
	uint8_t *before, *b;
	size_t n;

	len = 8 * c->block;
	before = pattern(len, 22);
	fill_blocks(c, 0, before, len);
	first = c->cmdsn++;
	w = scsi_pdu(c, cdb_write10(0, 8), CMD_WRITE, len);
	pdu_send(c, w);
	/* both functions and half of the data at once, so that they run together */
	t1 = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24));
	t2 = tmf_pdu(c, TMF_ABORT_TASK, 0x7777, first);
	d = data_out(c, pdu_itt(w), NO_TAG, 0, 0, pattern(len, 23), len, true);
	half = BHS_LEN + len / 2;
	early = pdu_copy(d);
	b = pdu_bytes(c, early, &n);
	{
		size_t n1, n2;
		uint8_t *b1 = pdu_bytes(c, t1, &n1), *b2 = pdu_bytes(c, t2, &n2);
		uint8_t *all = zalloc(n1 + n2 + half);

		memcpy(all, b1, n1);
		memcpy(all + n1, b2, n2);
		memcpy(all + n1 + n2, b, half);
		raw_send(c, all, n1 + n2 + half);
	}
	check(tmf_result(c, t1, NULL) == TMR_COMPLETE, "the write: not complete");
	check(tmf_result(c, t2, NULL) == TMR_COMPLETE, "the one before: not complete");
	raw_send(c, b + half, n - half);
	still_well(c);
	expect_blocks(c, 0, before, len, "an aborted write");
}

static struct pdu *with_attr(struct pdu *p, uint8_t attr)
{
	p->bhs[1] = (p->bhs[1] & ~7) | attr;
	return p;
}

TEST(ordered, "task.ordered-waits", "11.3.1", MUST,
     "an ORDERED task begins after those before it have ended, and those after it wait for it")
{
	struct pdu *w, *r2t, *o, *s;
	struct conn *c = waiting(&w, &r2t);
	uint32_t len = 16 * c->block;
	uint8_t *data = pattern(len, 24);
	struct result r;

	o = with_attr(scsi_pdu(c, cdb_read10(0, 16), F_FINAL | CMD_READ, len), 2);
	pdu_send(c, o);
	s = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	pdu_send(c, s);
	expect_silence(c);
	send_burst(c, pdu_itt(w), get32(r2t->bhs + 20), data, 0, len);
	r = scsi_finish(c, w, data, len);
	expect_good(&r, "WRITE");
	r = scsi_finish(c, o, NULL, 0);
	expect_good(&r, "the ORDERED READ");
	check(r.len == len && !memcmp(r.data, data, len),
	      "the ORDERED READ does not see the write before it");
	r = scsi_finish(c, s, NULL, 0);
	expect_good(&r, "the READ after it");
}

TEST(head, "task.head-of-queue-passes", "11.3.1", MUST,
     "a HEAD OF QUEUE task does not wait for an ORDERED one")
{
	struct pdu *w, *r2t, *o, *h;
	struct conn *c = waiting(&w, &r2t);
	struct result r;

	o = with_attr(scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block), 2);
	pdu_send(c, o);
	h = with_attr(scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block), 3);
	pdu_send(c, h);
	r = scsi_finish(c, h, NULL, 0);
	expect_good(&r, "HEAD OF QUEUE");
	expect_silence(c);
	check(tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24)) == TMR_COMPLETE,
	      "not complete");
	r = scsi_finish(c, o, NULL, 0);
	expect_good(&r, "the ORDERED READ");
}

TEST(ordered_aborted, "tmf.abort-task-ordered", "11.5.1", MUST,
     "an ORDERED task that waits can be aborted, and those after it go on, whatever it has waited for")
{
	struct pdu *w, *r2t, *o, *s;
	struct conn *c = waiting(&w, &r2t);
	struct result r;

	o = with_attr(scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block), 2);
	pdu_send(c, o);
	s = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	pdu_send(c, s);
	check(tmf(c, TMF_ABORT_TASK, pdu_itt(o), get32(o->bhs + 24)) == TMR_COMPLETE,
	      "the ORDERED one: not complete");
	r = scsi_finish(c, s, NULL, 0);
	expect_good(&r, "the READ after it");
	check(tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24)) == TMR_COMPLETE,
	      "the write: not complete");
	session_is_well(c);
}

/* The bytes of another LUN of the target. */
static void find_other_lun(struct conn *c, uint8_t other[8])
{
	struct result r = scsi_read(c, cdb_report_luns(4096), 4096);
	uint8_t own[8];
	uint32_t i;

	expect_good(&r, "REPORT LUNS");
	put_lun(own, opt.lun);
	for (i = 8; i + 8 <= r.len; i += 8) {
		memcpy(other, r.data + i, 8);
		if (memcmp(other, own, 8))
			return;
	}
	skip("the target has no other LUN");
}

TEST(ordered_elsewhere, "task.ordered-of-another-unit", "SAM-5 8.7", SHOULD,
     "an ORDERED task waits for those of its own unit only, and keeps only those: what one unit does not end stops no other")
{
	struct pdu *w, *r2t, *o, *s, *here;
	struct conn *c = waiting(&w, &r2t);
	struct result r;
	uint8_t lun[8];

	find_other_lun(c, lun);
	here = with_attr(scsi_pdu(c, cdb_tur(), F_FINAL, 0), 2);
	pdu_send(c, here);
	o = with_attr(scsi_pdu(c, cdb_report_luns(4096), F_FINAL | CMD_READ, 4096), 2);
	memcpy(o->bhs + 8, lun, 8);
	pdu_send(c, o);
	r = scsi_finish(c, o, NULL, 0);
	expect_good(&r, "the ORDERED task of the other unit");
	s = scsi_pdu(c, cdb_report_luns(4096), F_FINAL | CMD_READ, 4096);
	memcpy(s->bhs + 8, lun, 8);
	pdu_send(c, s);
	r = scsi_finish(c, s, NULL, 0);
	expect_good(&r, "the one after it");
	expect_silence(c);
	check(tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24)) == TMR_COMPLETE,
	      "the write: not complete");
	r = scsi_finish(c, here, NULL, 0);
	expect_good(&r, "the ORDERED task of the same unit");
}

TEST(abort_itt_again, "tmf.abort-task-itt-reused", "11.5.1", MUST,
     "the ITT of an aborted task can be used again")
{
	struct pdu *w, *r2t, *p;
	struct conn *c = waiting(&w, &r2t);
	struct result r;

	check(tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24)) == TMR_COMPLETE,
	      "not complete");
	p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	put32(p->bhs + 16, pdu_itt(w));
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	expect_good(&r, "READ");
}

TEST(abort_unknown, "tmf.abort-task-unknown", "11.6.1", MUST,
     "ABORT TASK of no task, with RefCmdSN outside the window: 'task does not exist'")
{
	struct conn *c = login("");
	uint8_t rsp;

	lu_ready(c);
	rsp = tmf(c, TMF_ABORT_TASK, 0x4444, c->exp_cmdsn - 2);
	check(rsp == TMR_NO_TASK, "response %u with RefCmdSN before the window", rsp);
	rsp = tmf(c, TMF_ABORT_TASK, 0x4444, c->max_cmdsn + 50);
	check(rsp == TMR_NO_TASK, "response %u with RefCmdSN beyond the window", rsp);
	session_is_well(c);
}

TEST(abort_done, "tmf.abort-task-completed", "11.6.1", MUST,
     "ABORT TASK of a task that has completed: 'task does not exist'")
{
	struct conn *c = login("");
	struct pdu *p;
	uint8_t rsp;

	lu_ready(c);
	p = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	pdu_send(c, p);
	scsi_finish(c, p, NULL, 0);
	rsp = tmf(c, TMF_ABORT_TASK, pdu_itt(p), get32(p->bhs + 24));
	check(rsp == TMR_NO_TASK, "response %u", rsp);
}

TEST(abort_hole, "tmf.abort-task-not-received", "11.6.1", MUST,
     "ABORT TASK of a task that never came, RefCmdSN in the window and before the request's CmdSN: 'function complete', and that CmdSN counts as received")
{
	struct conn *c = login("");
	struct pdu *lost, *next, *t, *r;
	uint32_t itt;

	lu_ready(c);
	lost = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	next = nop_pdu(c, "x", 1, false);
	pdu_send(c, next);
	expect_silence(c);
	t = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(lost), get32(lost->bhs + 24));
	itt = pdu_itt(t);
	pdu_send(c, t);
	r = pdu_get(c);
	/* the NOP that waited may be answered before or after */
	if (pdu_op(r) == OP_NOP_IN) {
		check(pdu_itt(r) == pdu_itt(next), "NOP-In to 0x%x", pdu_itt(r));
		r = pdu_expect(c, OP_TMF_RSP);
		next = NULL;
	}
	check(pdu_op(r) == OP_TMF_RSP && pdu_itt(r) == itt, "got %s", pdu_describe(r));
	check(r->bhs[2] == TMR_COMPLETE, "response %u", r->bhs[2]);
	if (next)
		check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(next),
		      "the command behind the hole is not executed");
	pdu_send(c, lost);
	expect_silence(c);
	session_is_well(c);
}

TEST(abort_queued, "tmf.abort-task-waiting-for-its-turn", "11.5.1", MUST,
     "ABORT TASK of a command that waits for an earlier CmdSN: it is never executed")
{
	struct conn *c = login("");
	struct pdu *first, *second, *t;
	uint8_t *before, rsp;
	int others = 0;

	lu_ready(c);
	before = pattern(c->block, 40);
	fill_blocks(c, 9, before, c->block);
	first = nop_pdu(c, "x", 1, false);
	second = scsi_pdu(c, cdb_write10(9, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(second, pattern(c->block, 41), c->block);
	pdu_send(c, second);
	expect_silence(c);
	t = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(second), get32(second->bhs + 24));
	pdu_send(c, t);
	rsp = tmf_result(c, t, &others);
	check(rsp == TMR_COMPLETE && !others, "response %u", rsp);
	pdu_send(c, first);
	check(pdu_itt(pdu_expect(c, OP_NOP_IN)) == pdu_itt(first), "not the NOP");
	expect_silence(c);
	expect_blocks(c, 9, before, c->block, "an aborted write");
}

static void set_function(uint8_t function)
{
	struct pdu *w, *r2t, *t, *r = NULL;
	struct conn *c = waiting(&w, &r2t);
	uint8_t rsp;
	int others = 0;

	t = tmf_pdu(c, function, NO_TAG, 0);
	pdu_send(c, t);
	rsp = tmf_result(c, t, &others);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	check(!others, "%d other PDUs", others);
	/* "whatever the initiator does next": late data is dropped */
	send_burst(c, pdu_itt(w), get32(r2t->bhs + 20), pattern(16 * c->block, 1), 0,
		   16 * c->block);
	while (pdu_try(c, &r, opt.quiet) == RX_PDU)
		check(pdu_op(r) == OP_REJECT, "got %s", pdu_describe(r));
	still_well(c);
}

TEST(abort_set, "tmf.abort-task-set-waiting-write", "11.5.1", MUST,
     "ABORT TASK SET with a write that waits for data ends at once with 'function complete'")
{
	set_function(TMF_ABORT_TASK_SET);
}

TEST(clear_set, "tmf.clear-task-set-waiting-write", "11.5.1", MUST,
     "CLEAR TASK SET with a write that waits for data ends at once with 'function complete'")
{
	set_function(TMF_CLEAR_TASK_SET);
}

TEST(lun_reset, "tmf.lun-reset-waiting-write", "11.5.1", MUST,
     "LOGICAL UNIT RESET with a write that waits for data ends at once with 'function complete'")
{
	set_function(TMF_LUN_RESET);
}

TEST(lun_reset_silent, "tmf.lun-reset-initiator-silent", "4.2.3.3", MUST,
     "LOGICAL UNIT RESET ends although the initiator never answers the outstanding R2T")
{
	struct pdu *w, *r2t;
	struct conn *c = waiting(&w, &r2t);

	check(tmf(c, TMF_LUN_RESET, NO_TAG, 0) == TMR_COMPLETE, "not complete");
	still_well(c);
}

/*
 * READs with CmdSN n and n + 1 and a function behind them, n the last to come: after
 * the function's response nothing may come of either.
 */
static void set_function_and_hole(uint8_t function)
{
	struct conn *c = login("");
	struct pdu *hole, *second, *t, *r = NULL;
	bool done = false;

	lu_ready(c);
	hole = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	second = scsi_pdu(c, cdb_read10(1, 1), F_FINAL | CMD_READ, c->block);
	t = tmf_pdu(c, function, NO_TAG, 0);
	pdu_send(c, second);
	pdu_send(c, t);
	while (!done && pdu_try(c, &r, opt.quiet) == RX_PDU)
		done = pdu_op(r) == OP_TMF_RSP;
	pdu_send(c, hole);
	while (pdu_try(c, &r, done ? opt.quiet : opt.wait) == RX_PDU) {
		check(!done, "after the function's response: %s", pdu_describe(r));
		done = pdu_op(r) == OP_TMF_RSP;
		check(!done || r->bhs[2] == TMR_COMPLETE, "response %u", r->bhs[2]);
	}
	check(done, "no response to the function");
	still_well(c);
}

TEST(set_hole, "tmf.abort-task-set-with-command-missing", "4.2.3.3", MUST,
     "ABORT TASK SET reaches commands sent before it that come after it")
{
	set_function_and_hole(TMF_ABORT_TASK_SET);
}

TEST(clear_hole, "tmf.clear-task-set-with-command-missing", "4.2.3.3", MUST,
     "CLEAR TASK SET reaches commands sent before it that come after it")
{
	set_function_and_hole(TMF_CLEAR_TASK_SET);
}

TEST(reset_hole, "tmf.lun-reset-with-command-missing", "4.2.3.3", MUST,
     "LOGICAL UNIT RESET reaches commands sent before it that come after it")
{
	set_function_and_hole(TMF_LUN_RESET);
}

TEST(hole_aborted, "tmf.lun-reset-and-missing-command-aborted", "4.2.3.3", MUST,
     "LOGICAL UNIT RESET waits no longer when ABORT TASK has said that the missing command does not come")
{
	struct conn *c = login("");
	struct pdu *hole, *t, *a, *r;
	int responses = 0;

	lu_ready(c);
	hole = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	t = tmf_pdu(c, TMF_LUN_RESET, NO_TAG, 0);
	a = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(hole), get32(hole->bhs + 24));
	pdu_send(c, t);
	pdu_send(c, a);
	while (responses < 2) {
		r = pdu_expect(c, OP_TMF_RSP);
		check(r->bhs[2] == TMR_COMPLETE, "response %u to %s", r->bhs[2],
		      pdu_itt(r) == pdu_itt(t) ? "the reset" : "the abort");
		responses++;
	}
	still_well(c);
}

TEST(hole_outside, "tmf.lun-reset-cmdsn-outside-window", "4.2.2.1", MUST,
     "an immediate LOGICAL UNIT RESET whose CmdSN lies outside the window waits for nothing")
{
	struct conn *c = login("");
	struct pdu *t;

	lu_ready(c);
	t = tmf_pdu(c, TMF_LUN_RESET, NO_TAG, 0);
	put32(t->bhs + 24, c->max_cmdsn + 100);
	pdu_send(c, t);
	check(tmf_result(c, t, NULL) == TMR_COMPLETE, "not complete");
	still_well(c);
}

TEST(lun_reset_idle, "tmf.lun-reset-idle", "11.5.1", MUST,
     "LOGICAL UNIT RESET of an idle LUN: 'function complete'")
{
	struct conn *c = login("");
	uint8_t rsp;

	lu_ready(c);
	rsp = tmf(c, TMF_LUN_RESET, NO_TAG, 0);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	still_well(c);
}

TEST(lun_reset_ua, "tmf.lun-reset-unit-attention", "11.5.1 (SAM-5 6.3.3)", MUST,
     "another initiator learns of a LUN reset by a unit attention, and its tasks are gone")
{
	struct conn *a = login(""), *b = login("");
	struct result r;

	lu_ready(a);
	lu_ready(b);
	check(tmf(a, TMF_LUN_RESET, NO_TAG, 0) == TMR_COMPLETE, "not complete");
	r = scsi_none(b, cdb_tur());
	check(r.status == SAM_CHECK && r.key == 6 && r.asc == 0x29, "%s", result_show(&r));
	still_well(b);
}

/*
 * A function of @b ends a write of @a that waits for data: with TASK ABORTED (TAS 1),
 * or without a word and with a unit attention. What data still comes goes nowhere.
 */
static void ends_task_of_other(uint8_t function, uint8_t asc)
{
	struct pdu *w, *r2t, *r = NULL;
	struct conn *b = login(""), *a = waiting(&w, &r2t);
	uint32_t len = 16 * a->block;
	uint8_t *before = pattern(len, 45);
	struct result res;

	lu_ready(b);
	fill_blocks(b, 0, before, len);
	check(tmf(b, function, NO_TAG, 0) == TMR_COMPLETE, "not complete");
	send_burst(a, pdu_itt(w), get32(r2t->bhs + 20), pattern(len, 46), 0, len);
	if (pdu_try(a, &r, opt.quiet) == RX_PDU) {
		check(pdu_op(r) == OP_SCSI_RSP && pdu_itt(r) == pdu_itt(w) &&
		      r->bhs[2] == 0 && r->bhs[3] == 0x40, "got %s", pdu_describe(r));
		expect_silence(a);
	} else {
		res = scsi_none(a, cdb_tur());
		check(res.status == SAM_CHECK && res.key == 6 && res.asc == asc, "%s",
		      result_show(&res));
	}
	still_well(a);
	still_well(b);
	expect_blocks(b, 0, before, len, "a write that another initiator ended");
}

TEST(clear_other, "tmf.clear-task-set-of-other-session", "11.5.1 (SAM-5 7.5)", MUST,
     "CLEAR TASK SET ends the tasks of other initiators: TASK ABORTED, or unit attention 2F/00")
{
	ends_task_of_other(TMF_CLEAR_TASK_SET, 0x2f);
}

TEST(reset_other, "tmf.lun-reset-of-other-session", "11.5.1 (SAM-5 7.7)", MUST,
     "LOGICAL UNIT RESET ends the tasks of other initiators: TASK ABORTED, or unit attention 29h")
{
	ends_task_of_other(TMF_LUN_RESET, 0x29);
}

/* What comes of a task that another initiator has ended: TASK ABORTED, or a unit attention. */
static void check_ended(const struct pdu *r, uint8_t asc)
{
	struct result res;

	check(pdu_op(r) == OP_SCSI_RSP, "got %s", pdu_describe(r));
	res = parse_response(r);
	check(res.response == 0 && (res.status == 0x40 ||
	      (res.status == SAM_CHECK && res.key == 6 && res.asc == asc)), "%s",
	      result_show(&res));
}

/* The same for a write that has all its data, but waits for one before it. */
static void ends_ordered_of_other(uint8_t function, uint8_t asc)
{
	struct conn *a = login("InitialR2T=Yes ImmediateData=Yes"), *b = login("");
	struct pdu *w, *o, *r2t, *r;
	uint8_t *before;

	lu_ready(a);
	lu_ready(b);
	before = pattern(16 * a->block, 47);
	fill_blocks(b, 0, before, 16 * a->block);
	w = waiting_write(a, 16 * a->block, &r2t);
	o = with_attr(scsi_pdu(a, cdb_write10(1, 1), F_FINAL | CMD_WRITE, a->block), 2);
	pdu_data(o, pattern(a->block, 48), a->block);
	pdu_send(a, o);
	expect_silence(a);
	check(tmf(b, function, NO_TAG, 0) == TMR_COMPLETE, "not complete");
	if (pdu_try(a, &r, opt.quiet) != RX_PDU)
		skip("the target ends tasks of other initiators without a word");
	check_ended(r, asc);
	check_ended(pdu_get(a), asc);
	note("0x%x and 0x%x have ended", pdu_itt(w), pdu_itt(o));
	still_well(a);
	still_well(b);
	expect_blocks(b, 0, before, 16 * a->block, "writes that another initiator ended");
}

TEST(clear_other_ordered, "tmf.clear-task-set-of-other-session-ordered", "11.5.1 (SAM-5 7.5)", MUST,
     "CLEAR TASK SET ends those tasks of other initiators, too, that wait for others of theirs")
{
	ends_ordered_of_other(TMF_CLEAR_TASK_SET, 0x2f);
}

TEST(reset_other_ordered, "tmf.lun-reset-of-other-session-ordered", "11.5.1 (SAM-5 7.7)", MUST,
     "LOGICAL UNIT RESET ends those tasks of other initiators, too, that wait for others of theirs")
{
	ends_ordered_of_other(TMF_LUN_RESET, 0x29);
}

static void no_such_lun(uint8_t function)
{
	struct conn *c = login("");
	struct pdu *t = tmf_pdu(c, function, NO_TAG, 0);
	uint8_t rsp;

	put_lun(t->bhs + 8, opt.no_lun);
	pdu_send(c, t);
	rsp = tmf_result(c, t, NULL);
	check(rsp == TMR_NO_LUN, "response %u, expected 2 (LUN does not exist)", rsp);
	session_is_well(c);
}

TEST(no_lun_reset, "tmf.lun-reset-no-lun", "11.6.1", MUST,
     "LOGICAL UNIT RESET of a LUN that does not exist: 'LUN does not exist'")
{
	no_such_lun(TMF_LUN_RESET);
}

TEST(no_lun_abort, "tmf.abort-task-set-no-lun", "11.6.1", MUST,
     "ABORT TASK SET of a LUN that does not exist: 'LUN does not exist'")
{
	no_such_lun(TMF_ABORT_TASK_SET);
}

TEST(no_lun_abort_task, "tmf.abort-task-no-lun", "11.6.1", MUST,
     "ABORT TASK at a LUN that does not exist: 'LUN does not exist'")
{
	no_such_lun(TMF_ABORT_TASK);
}

TEST(abort_other_lun, "tmf.abort-task-of-other-lun", "11.5.3", MUST,
     "ABORT TASK with the tag of a task of another LUN does not end that task")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *p, *r2t, *t;
	struct result r;
	uint8_t *data, rsp;

	lu_ready(c);
	data = pattern(c->block, 71);
	p = waiting_write(c, c->block, &r2t);
	t = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(p), get32(p->bhs + 24));
	put_lun(t->bhs + 8, opt.no_lun);
	pdu_send(c, t);
	rsp = tmf_result(c, t, NULL);
	check(rsp == TMR_NO_LUN || rsp == TMR_NO_TASK, "response %u", rsp);
	send_burst(c, pdu_itt(p), get32(r2t->bhs + 20), data, 0, c->block);
	r = scsi_finish(c, p, data, c->block);
	expect_good(&r, "WRITE");
	expect_blocks(c, 0, data, c->block, "the task of the other LUN");
}

TEST(abort_ping, "tmf.abort-task-of-ping", "11.5.1", MUST,
     "ABORT TASK reaches tagged iSCSI requests too: a NOP-Out that waits for its turn is not answered")
{
	struct conn *c = login("");
	struct pdu *hole, *p, *r;
	uint8_t rsp;

	lu_ready(c);
	hole = nop_pdu(c, "hole", 4, false);
	p = nop_pdu(c, "ping", 4, false);
	pdu_send(c, p);
	expect_silence(c);
	rsp = tmf(c, TMF_ABORT_TASK, pdu_itt(p), get32(p->bhs + 24));
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	pdu_send(c, hole);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(hole), "ITT 0x%x", pdu_itt(r));
	expect_silence(c);
	session_is_well(c);
}

TEST(no_lun_clear, "tmf.clear-task-set-no-lun", "11.6.1", MUST,
     "CLEAR TASK SET of a LUN that does not exist: 'LUN does not exist'")
{
	no_such_lun(TMF_CLEAR_TASK_SET);
}

TEST(clear_aca, "tmf.clear-aca", "11.6.1", MUST,
     "CLEAR ACA: 'function complete', 'not supported' or 'rejected', as a response and not a Reject")
{
	struct conn *c = login("");
	uint8_t rsp;

	lu_ready(c);
	rsp = tmf(c, TMF_CLEAR_ACA, NO_TAG, 0);
	check(rsp == TMR_COMPLETE || rsp == TMR_NOT_SUPPORTED || rsp == TMR_REJECTED,
	      "response %u", rsp);
	session_is_well(c);
}

TEST(reassign, "tmf.task-reassign", "11.6.1", MUST,
     "TASK REASSIGN at ErrorRecoveryLevel 0: 'task allegiance reassignment not supported'")
{
	struct conn *c = login("");
	uint8_t rsp;

	lu_ready(c);
	rsp = tmf(c, TMF_REASSIGN, 0x1234, 0);
	check(rsp == TMR_NO_REASSIGN, "response %u, expected 4", rsp);
	session_is_well(c);
}

TEST(unknown_function, "tmf.unknown-function", "11.6.1", MUST,
     "a reserved function: the response 'not supported', or Reject")
{
	static const uint8_t code[] = { 0, 13, 100, 127 };
	struct conn *c = login("");
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < 4; i++) {
		struct pdu *t = tmf_pdu(c, code[i], NO_TAG, 0), *r;

		pdu_send(c, t);
		r = pdu_get(c);
		if (pdu_op(r) == OP_REJECT) {
			check_reject(r, t);
			continue;
		}
		check(pdu_op(r) == OP_TMF_RSP, "got %s", pdu_describe(r));
		check(r->bhs[2] == TMR_NOT_SUPPORTED,
		      "function %u: response %u", code[i], r->bhs[2]);
	}
	session_is_well(c);
}

TEST(query, "tmf.query-task-not-negotiated", "7144 3.1", MUST,
     "QUERY TASK and the other functions of RFC 7144, without iSCSIProtocolLevel 2: 'not supported' or 'rejected'")
{
	struct conn *c = login("");
	uint8_t f;

	lu_ready(c);
	for (f = 9; f <= 12; f++) {
		uint8_t rsp = tmf(c, f, f == 9 ? 0x1234 : NO_TAG, 0);

		check(rsp == TMR_NOT_SUPPORTED || rsp == TMR_REJECTED,
		      "function %u: response %u", f, rsp);
	}
	session_is_well(c);
}

TEST(warm_reset, "tmf.target-warm-reset", "11.5.1", MUST,
     "TARGET WARM RESET: complete, not supported or not authorized")
{
	struct conn *c = login("");
	uint8_t rsp;

	lu_ready(c);
	rsp = tmf(c, TMF_WARM_RESET, NO_TAG, 0);
	check(rsp == TMR_COMPLETE || rsp == TMR_NOT_SUPPORTED ||
	      rsp == TMR_NOT_AUTHORIZED, "response %u", rsp);
	still_well(c);
}

TEST(warm_reset_waiting, "tmf.target-warm-reset-waiting-write", "11.5.1", MUST,
     "TARGET WARM RESET with a write that waits for data: answered at once, the session goes on")
{
	struct pdu *w, *r2t, *r = NULL;
	struct conn *c = waiting(&w, &r2t);
	uint8_t rsp = tmf(c, TMF_WARM_RESET, NO_TAG, 0);

	if (rsp != TMR_COMPLETE) {
		check(rsp == TMR_NOT_SUPPORTED || rsp == TMR_NOT_AUTHORIZED,
		      "response %u", rsp);
		send_burst(c, pdu_itt(w), get32(r2t->bhs + 20),
			   pattern(16 * c->block, 1), 0, 16 * c->block);
		r = pdu_expect(c, OP_SCSI_RSP);
		check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	}
	still_well(c);
}

TEST(cold_reset, "tmf.target-cold-reset", "11.5.1", MUST,
     "TARGET COLD RESET: not supported, not authorized, or complete and then all connections of the target end")
{
	struct conn *c = login(""), *o = login("");
	uint8_t rsp;

	lu_ready(c);
	lu_ready(o);
	rsp = tmf(c, TMF_COLD_RESET, NO_TAG, 0);
	if (rsp == TMR_COMPLETE) {
		expect_close(c);
		expect_close(o);
	} else {
		check(rsp == TMR_NOT_SUPPORTED || rsp == TMR_NOT_AUTHORIZED,
		      "response %u", rsp);
		still_well(c);
	}
	sleep_ms(200);
	target_is_well();
}

TEST(not_immediate, "tmf.not-immediate", "11.5", MUST,
     "a task management request without the I bit takes a CmdSN and is executed in its turn")
{
	struct conn *c = login("");
	struct pdu *t, *r;
	uint32_t sn;

	lu_ready(c);
	sn = c->exp_cmdsn;
	t = tmf_pdu(c, TMF_ABORT_TASK, 0x4444, sn - 2);
	t->bhs[0] = OP_TMF;
	c->cmdsn++;
	pdu_send(c, t);
	r = pdu_expect(c, OP_TMF_RSP);
	check(pdu_itt(r) == pdu_itt(t), "ITT 0x%x", pdu_itt(r));
	check(r->bhs[2] == TMR_NO_TASK, "response %u", r->bhs[2]);
	check(c->exp_cmdsn == sn + 1, "ExpCmdSN %u, was %u", c->exp_cmdsn, sn);
	session_is_well(c);
}

TEST(other_session, "tmf.abort-task-of-other-session", "11.5.1", MUST,
     "ABORT TASK reaches only tasks of its own session")
{
	struct pdu *w, *r2t, *r;
	struct conn *c = waiting(&w, &r2t), *o = login("");
	uint8_t rsp;

	lu_ready(o);
	rsp = tmf(o, TMF_ABORT_TASK, pdu_itt(w), o->exp_cmdsn - 2);
	check(rsp == TMR_NO_TASK, "response %u", rsp);
	send_burst(c, pdu_itt(w), get32(r2t->bhs + 20), pattern(16 * c->block, 1), 0,
		   16 * c->block);
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
}

TEST(set_other_session, "tmf.abort-task-set-of-other-session", "11.5.1", MUST,
     "ABORT TASK SET reaches only tasks of its own session")
{
	struct pdu *w, *r2t, *r;
	struct conn *c = waiting(&w, &r2t), *o = login("");

	lu_ready(o);
	check(tmf(o, TMF_ABORT_TASK_SET, NO_TAG, 0) == TMR_COMPLETE, "not complete");
	send_burst(c, pdu_itt(w), get32(r2t->bhs + 20), pattern(16 * c->block, 1), 0,
		   16 * c->block);
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
}

TEST(many, "tmf.abort-each-of-many", "11.5.1", MUST,
     "each of 16 waiting writes can be aborted, one after the other")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *w[16];
	int i;

	lu_ready(c);
	for (i = 0; i < 16; i++) {
		w[i] = scsi_pdu(c, cdb_write10(i, 1), F_FINAL | CMD_WRITE, c->block);
		pdu_send(c, w[i]);
		pdu_expect(c, OP_R2T);
	}
	for (i = 0; i < 16; i++)
		check(tmf(c, TMF_ABORT_TASK, pdu_itt(w[i]), get32(w[i]->bhs + 24)) ==
		      TMR_COMPLETE, "not complete");
	expect_silence(c);
	still_well(c);
}

TEST(race, "tmf.abort-races-with-completion", "11.6.1", MUST,
     "ABORT TASK racing with completion: exactly one response per task at most, and 0 or 1 for the function")
{
	struct conn *c = login("");
	int i;

	lu_ready(c);
	for (i = 0; i < 50; i++) {
		struct pdu *p = scsi_pdu(c, cdb_read10(0, 8), F_FINAL | CMD_READ, 8 * c->block);
		struct pdu *t = tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(p), get32(p->bhs + 24));
		uint8_t rsp;

		pdu_send(c, p);
		pdu_send(c, t);
		rsp = tmf_result(c, t, NULL);
		check(rsp == TMR_COMPLETE || rsp == TMR_NO_TASK, "response %u", rsp);
	}
	sleep_ms(opt.quiet);
	/* late responses are not allowed, but PDUs queued before are */
	still_well(c);
}

TEST(data_segment, "tmf.with-data-segment", "11.5.2", MUST,
     "a task management request with a data segment: Reject, close, or served; the stream stays in step")
{
	struct conn *c = login("");
	struct pdu *t, *r = NULL;

	lu_ready(c);
	t = tmf_pdu(c, TMF_ABORT_TASK, 0x4444, c->exp_cmdsn - 2);
	pdu_data(t, "junk", 4);
	pdu_send(c, t);
	if (pdu_try(c, &r, opt.wait) != RX_PDU) {
		target_is_well();
		return;
	}
	check(pdu_op(r) == OP_REJECT || pdu_op(r) == OP_TMF_RSP, "got %s",
	      pdu_describe(r));
	session_is_well(c);
}

TEST(query_level, "tmf.query-task-negotiated", "7144 3.1", MUST,
     "with iSCSIProtocolLevel 2 agreed, QUERY TASK, QUERY TASK SET, I_T NEXUS RESET and QUERY ASYNCHRONOUS EVENT are served")
{
	struct text said = { 0 };
	struct conn *c = login_said("iSCSIProtocolLevel=2", &said);
	const char *v = text_value(&said, "iSCSIProtocolLevel", 0);
	struct pdu *w, *r2t;
	uint8_t rsp;

	check(v, "iSCSIProtocolLevel is not answered");
	if (strcmp(v, "2"))
		skip("the target agrees to level %s", v);
	lu_ready(c);
	w = waiting_write(c, 128 << 10, &r2t);
	rsp = tmf(c, TMF_QUERY_TASK, pdu_itt(w), get32(w->bhs + 24));
	check(rsp == 7, "QUERY TASK of a task: response %u, expected 7", rsp);
	rsp = tmf(c, TMF_QUERY_TASK, 0x4444, c->exp_cmdsn - 2);
	check(rsp == TMR_COMPLETE || rsp == TMR_NO_TASK, "QUERY TASK of none: response %u", rsp);
	rsp = tmf(c, 10, NO_TAG, 0);
	check(rsp == 7, "QUERY TASK SET: response %u, expected 7", rsp);
}

TEST(reset_rtt, "tmf.lun-reset-rtt-reserved", "11.2", MUST,
     "the fields that a function does not use are ignored")
{
	struct conn *c = login("");
	uint8_t rsp;

	lu_ready(c);
	rsp = tmf(c, TMF_LUN_RESET, 0x12345678, 0x9abcdef0);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	still_well(c);
}
