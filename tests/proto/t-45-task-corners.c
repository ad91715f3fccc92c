// SPDX-License-Identifier: GPL-2.0
/* Task management: tags, numbers and functions at the edge (11.5, 11.6). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define KEYS_R2T	"InitialR2T=Yes ImmediateData=No"

/* The response to @t; what comes of tasks before it does not matter. */
static uint8_t result_of(struct conn *c, const struct pdu *t)
{
	struct pdu *r;

	do
		r = pdu_get(c);
	while (pdu_op(r) == OP_SCSI_RSP || pdu_op(r) == OP_DATA_IN || pdu_op(r) == OP_R2T ||
	       pdu_op(r) == OP_ASYNC);
	check(pdu_op(r) == OP_TMF_RSP && pdu_itt(r) == pdu_itt(t), "got %s", pdu_describe(r));
	return r->bhs[2];
}

static uint8_t tmf(struct conn *c, uint8_t function, uint32_t rtt, uint32_t ref)
{
	struct pdu *t = tmf_pdu(c, function, rtt, ref);

	pdu_send(c, t);
	return result_of(c, t);
}

TEST(functions, "tmf.each-reserved-function", "11.6.1", MUST,
     "each function that there is not: 'not supported', or Reject")
{
	struct conn *c = login("");
	unsigned int f;

	lu_ready(c);
	for (f = 0; f < 128; f = f ? f + 1 : 9) {
		struct pdu *t = tmf_pdu(c, f, NO_TAG, 0), *r;

		pdu_send(c, t);
		r = pdu_get(c);
		if (pdu_op(r) == OP_REJECT) {
			check_reject(r, t);
			continue;
		}
		check(pdu_op(r) == OP_TMF_RSP && pdu_itt(r) == pdu_itt(t), "got %s",
		      pdu_describe(r));
		check(r->bhs[2] == TMR_NOT_SUPPORTED || r->bhs[2] == TMR_REJECTED,
		      "function %u: response %u", f, r->bhs[2]);
	}
	session_is_well(c);
}

TEST(itself, "tmf.abort-task-itself", "11.5.1", MUST,
     "ABORT TASK with its own tag: 'task does not exist'")
{
	struct conn *c = login("");
	struct pdu *t;
	uint8_t rsp;

	lu_ready(c);
	t = tmf_pdu(c, TMF_ABORT_TASK, 0, c->cmdsn);
	put32(t->bhs + 20, pdu_itt(t));
	pdu_send(c, t);
	rsp = result_of(c, t);
	check(rsp == TMR_NO_TASK || rsp == TMR_REJECTED, "response %u", rsp);
	session_is_well(c);
}

TEST(not_before, "tmf.abort-task-refcmdsn-not-before", "11.6.1", MUST,
     "ABORT TASK of no task with the CmdSN of the request or a later one: 'task does not exist', and that command is executed")
{
	struct conn *c = login("");
	uint8_t rsp;
	int i;

	lu_ready(c);
	for (i = 0; i < 3; i++) {
		rsp = tmf(c, TMF_ABORT_TASK, 0x5555, c->cmdsn + i);
		check(rsp == TMR_NO_TASK, "CmdSN + %d: response %u", i, rsp);
	}
	session_is_well(c);
	session_is_well(c);
}

TEST(immediate_task, "tmf.abort-task-immediate", "11.5.5", MUST,
     "ABORT TASK of an immediate write that waits, RefCmdSN that of the request: 'function complete'")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *w, *r2t;
	uint8_t rsp;

	lu_ready(c);
	w = scsi_pdu_immediate(c, cdb_write10(0, 4), F_FINAL | CMD_WRITE, 4 * c->block);
	pdu_send(c, w);
	r2t = pdu_expect(c, OP_R2T);
	check(pdu_itt(r2t) == pdu_itt(w), "R2T for another task");
	rsp = tmf(c, TMF_ABORT_TASK, pdu_itt(w), c->cmdsn);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	expect_silence(c);
	lu_ready(c);
}

TEST(tag_wins, "tmf.abort-task-refcmdsn-wrong", "11.6.1", MUST,
     "the tag of a task that there is names it, whatever RefCmdSN says")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *w, *r2t;
	uint8_t rsp;

	lu_ready(c);
	w = waiting_write(c, 4 * c->block, &r2t);
	rsp = tmf(c, TMF_ABORT_TASK, pdu_itt(w), get32(w->bhs + 24) - 77);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	expect_silence(c);
	lu_ready(c);
}

static void nothing_after(uint8_t function)
{
	struct conn *c = login("");
	struct pdu *t;
	uint8_t rsp;
	int i;

	lu_ready(c);
	for (i = 0; i < 24; i++)
		pdu_send(c, scsi_pdu(c, cdb_read10(0, 256), F_FINAL | CMD_READ, 256 * c->block));
	t = tmf_pdu(c, function, NO_TAG, 0);
	pdu_send(c, t);
	rsp = result_of(c, t);
	check(rsp == TMR_COMPLETE, "response %u", rsp);
	expect_silence(c);
	lu_ready(c);
}

TEST(set_silence, "tmf.nothing-after-the-response", "4.2.3.3", MUST,
     "after the response to ABORT TASK SET, CLEAR TASK SET or LOGICAL UNIT RESET nothing comes of any task before it")
{
	nothing_after(TMF_ABORT_TASK_SET);
	nothing_after(TMF_CLEAR_TASK_SET);
	nothing_after(TMF_LUN_RESET);
}

TEST(window, "tmf.aborted-tasks-leave-the-window", "4.2.2.1", MUST,
     "the places of aborted tasks in the command window are free again: it opens to its full width")
{
	struct conn *c = login(KEYS_R2T);
	uint32_t width, i, n;

	lu_ready(c);
	width = c->max_cmdsn - c->exp_cmdsn + 1;
	for (n = 0; n < 3; n++) {
		for (i = 0; i < width && i < 64; i++)
			pdu_send(c, scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block));
		check(tmf(c, TMF_ABORT_TASK_SET, NO_TAG, 0) == TMR_COMPLETE, "not complete");
		lu_ready(c);
		check(c->max_cmdsn - c->exp_cmdsn + 1 == width, "%u of %u",
		      c->max_cmdsn - c->exp_cmdsn + 1, width);
	}
}

TEST(two_resets, "tmf.two-at-once", "11.5", MUST,
     "two functions of one unit at once are both answered")
{
	static const uint8_t f[] = { TMF_LUN_RESET, TMF_ABORT_TASK_SET, TMF_CLEAR_TASK_SET };
	struct conn *c = login(KEYS_R2T);
	struct pdu *a, *b, *r2t, *r;
	unsigned int i, k;

	lu_ready(c);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++) {
			int got = 0;

			waiting_write(c, 4 * c->block, &r2t);
			a = tmf_pdu(c, f[i], NO_TAG, 0);
			b = tmf_pdu(c, f[k], NO_TAG, 0);
			pdu_send(c, a);
			pdu_send(c, b);
			while (got < 2) {
				r = pdu_get(c);
				if (pdu_op(r) == OP_REJECT) {
					check(r->bhs[2] == REJ_IMMEDIATE, "reason 0x%02x",
					      r->bhs[2]);
				} else {
					check(pdu_op(r) == OP_TMF_RSP && r->bhs[2] == TMR_COMPLETE,
					      "got %s", pdu_describe(r));
				}
				got++;
			}
			lu_ready(c);
		}
}

TEST(sessions_isid, "tmf.abort-task-set-spares-others", "11.5.1", MUST,
     "ABORT TASK SET leaves the tasks of another session of the same initiator alone")
{
	struct conn *a = login(KEYS_R2T), *b = login("");
	struct pdu *w, *r2t;
	uint8_t *data;
	struct result r;

	lu_ready(a);
	lu_ready(b);
	data = pattern(4 * a->block, 110);
	w = waiting_write(a, 4 * a->block, &r2t);
	check(tmf(b, TMF_ABORT_TASK_SET, NO_TAG, 0) == TMR_COMPLETE, "not complete");
	send_burst(a, pdu_itt(w), get32(r2t->bhs + 20), data, 0, 4 * a->block);
	r = scsi_finish(a, w, data, 4 * a->block);
	expect_good(&r, "the other session's WRITE");
}
