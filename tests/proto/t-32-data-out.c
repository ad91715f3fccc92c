// SPDX-License-Identifier: GPL-2.0
/* Data-Out that is unusual, but not wrong, and fields that do not fit (11.7). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define KEYS_R2T	"InitialR2T=Yes ImmediateData=No"

static struct conn *waiting(struct pdu **w, struct pdu **r2t, uint32_t blocks)
{
	struct conn *c = login(KEYS_R2T);

	lu_ready(c);
	*w = waiting_write(c, blocks * c->block, r2t);
	return c;
}

/* the write ends with GOOD and its data is there */
static void written(struct conn *c, const struct pdu *w, const uint8_t *data, uint32_t len)
{
	struct result r = scsi_finish(c, w, data, len);

	expect_good(&r, "WRITE");
	expect_blocks(c, 0, data, len, "WRITE");
}

/* A session, ready, in which immediate data and unsolicited Data-Out are agreed. */
static struct conn *login_both_unsolicited(void)
{
	struct conn *c = login("InitialR2T=No ImmediateData=Yes");

	lu_ready(c);
	if (c->p.initial_r2t || !c->p.immediate_data)
		skip("no unsolicited data");
	return c;
}

TEST(empty, "write.empty-data-out", "11.7", MUST,
     "a Data-Out without data counts in DataSN and changes nothing, first, in the middle, and last without F")
{
	struct pdu *w, *r2t;
	struct conn *c = waiting(&w, &r2t, 4);
	uint32_t ttt = get32(r2t->bhs + 20), itt = pdu_itt(w), half = 2 * c->block;
	uint8_t *data = pattern(2 * half, 90);

	pdu_send(c, data_out(c, itt, ttt, 0, 0, NULL, 0, false));
	pdu_send(c, data_out(c, itt, ttt, 1, 0, data, half, false));
	pdu_send(c, data_out(c, itt, ttt, 2, half, NULL, 0, false));
	pdu_send(c, data_out(c, itt, ttt, 3, half, data + half, half, true));
	written(c, w, data, 2 * half);
}

TEST(empty_end, "write.empty-last-of-a-burst", "11.7.1", MUST,
     "after all data that an R2T asked for, none of it with F=1, an empty Data-Out with F=1 ends it")
{
	struct pdu *w, *r2t;
	struct conn *c = waiting(&w, &r2t, 4);
	uint32_t ttt = get32(r2t->bhs + 20), itt = pdu_itt(w), len = 4 * c->block;
	uint8_t *data = pattern(len, 97);

	pdu_send(c, data_out(c, itt, ttt, 0, 0, data, len, false));
	expect_silence(c);
	pdu_send(c, data_out(c, itt, ttt, 1, len, NULL, 0, true));
	written(c, w, data, len);
}

TEST(empty_last, "write.empty-last-unsolicited", "11.7", MUST,
     "after a command with F=0 that had all of its data the empty Data-Out with F=1 ends the unsolicited data")
{
	struct conn *c = login_both_unsolicited();
	uint8_t *data;
	struct pdu *w;

	data = pattern(2 * c->block, 91);
	w = scsi_pdu(c, cdb_write10(0, 2), CMD_WRITE, 2 * c->block);
	pdu_data(w, data, 2 * c->block);
	pdu_send(c, w);
	pdu_send(c, data_out(c, pdu_itt(w), NO_TAG, 0, 2 * c->block, NULL, 0, true));
	written(c, w, data, 2 * c->block);
}

TEST(partial, "write.immediate-data-is-less-than-could-be", "11.3.1", MUST,
     "immediate data may be as little as a byte: R2T asks for the rest, from where it ends")
{
	static const uint32_t len[] = { 1, 3, 511, 513 };
	struct conn *c = login("InitialR2T=Yes ImmediateData=Yes");
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < 4; i++) {
		uint8_t *data = pattern(4 * c->block, 92 + i);
		struct pdu *w = scsi_pdu(c, cdb_write10(0, 4), F_FINAL | CMD_WRITE, 4 * c->block);
		struct result r;

		pdu_data(w, data, len[i]);
		pdu_send(c, w);
		r = scsi_finish(c, w, data, len[i]);
		expect_good(&r, "WRITE");
		expect_blocks(c, 0, data, 4 * c->block, "WRITE");
	}
}

TEST(odd_pieces, "write.unsolicited-in-odd-pieces", "11.7", MUST,
     "unsolicited Data-Out of odd lengths, behind immediate data of an odd length")
{
	struct conn *c = login_both_unsolicited();
	uint32_t len, at = 5, sn = 0, n;
	uint8_t *data;
	struct pdu *w;

	len = 4 * c->block;
	data = pattern(len, 96);
	w = scsi_pdu(c, cdb_write10(0, 4), CMD_WRITE, len);
	pdu_data(w, data, 5);
	pdu_send(c, w);
	for (n = 1; at < len; at += n, n += 2) {
		if (n > len - at)
			n = len - at;
		pdu_send(c, data_out(c, pdu_itt(w), NO_TAG, sn++, at, data + at, n, at + n == len));
	}
	written(c, w, data, len);
}

TEST(other_itt, "write.data-out-of-another-task", "11.7", MUST,
     "a Data-Out with the TTT of one task and the ITT of another is taken for neither's data")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *a, *b, *ra, *rb, *r, *bad;
	uint8_t *da, *db;
	uint32_t len;

	lu_ready(c);
	len = 2 * c->block;
	da = pattern(len, 97);
	db = pattern(len, 98);
	a = waiting_write(c, len, &ra);
	b = scsi_pdu(c, cdb_write10(2, 2), F_FINAL | CMD_WRITE, len);
	pdu_send(c, b);
	rb = pdu_expect(c, OP_R2T);
	check(pdu_itt(rb) == pdu_itt(b), "R2T for another task");
	bad = data_out(c, pdu_itt(b), get32(ra->bhs + 20), 0, 0, pattern(len, 99), len, true);
	pdu_send(c, bad);
	if (!not_served(c, bad)) {
		target_is_well();
		return;
	}
	send_burst(c, pdu_itt(a), get32(ra->bhs + 20), da, 0, len);
	written(c, a, da, len);
	send_burst(c, pdu_itt(b), get32(rb->bhs + 20), db, 0, len);
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	expect_blocks(c, 2, db, len, "WRITE");
}

TEST(wrap, "write.offset-that-wraps", "11.7.6", MUST,
     "a buffer offset near 2^32 is an error, and nothing of the data is written")
{
	struct pdu *w, *r2t, *r = NULL;
	struct conn *c = waiting(&w, &r2t, 4);
	uint32_t len = 4 * c->block;
	struct conn *o = login("");
	uint8_t *before = pattern(len, 100);

	lu_ready(o);
	fill_blocks(o, 0, before, len);
	pdu_send(c, data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, -c->block, pattern(len, 101),
			     len, true));
	if (pdu_try(c, &r, opt.wait) == RX_PDU) {
		check(pdu_op(r) == OP_REJECT ||
		      (pdu_op(r) == OP_SCSI_RSP && r->bhs[3] == SAM_CHECK), "got %s",
		      pdu_describe(r));
		session_is_well(c);
	}
	expect_blocks(o, 0, before, len, "a refused write");
}

TEST(other_lun, "write.data-out-with-another-lun", "11.7.4", MUST,
     "a Data-Out with the right TTT and another LUN: the data goes to the task's unit, or is an error")
{
	struct pdu *w, *r2t, *p, *r = NULL;
	struct conn *c = waiting(&w, &r2t, 2);
	uint32_t len = 2 * c->block;
	uint8_t *data = pattern(len, 102);

	p = data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0, data, len, true);
	put_lun(p->bhs + 8, opt.no_lun);
	pdu_send(c, p);
	switch (pdu_try(c, &r, opt.wait)) {
	case RX_CLOSED:
		target_is_well();
		return;
	case RX_TIMEOUT:
		fail("no answer");
	case RX_PDU:
		break;
	}
	if (pdu_op(r) == OP_SCSI_RSP && r->bhs[3] == SAM_GOOD)
		expect_blocks(c, 0, data, len, "WRITE");
	else
		check(pdu_op(r) == OP_REJECT || pdu_op(r) == OP_SCSI_RSP, "got %s",
		      pdu_describe(r));
}

TEST(immediate_bit, "write.unsolicited-of-an-immediate-command", "11.7", MUST,
     "an immediate WRITE takes unsolicited data as others do")
{
	struct conn *c = login_both_unsolicited();
	uint8_t *data;
	struct pdu *w;

	data = pattern(4 * c->block, 103);
	w = scsi_pdu_immediate(c, cdb_write10(0, 4), CMD_WRITE, 4 * c->block);
	pdu_data(w, data, c->block);
	pdu_send(c, w);
	send_burst(c, pdu_itt(w), NO_TAG, data, c->block, 3 * c->block);
	written(c, w, data, 4 * c->block);
}

TEST(failed_residual, "read.failed-residual", "11.4.5", MUST,
     "a READ that fails before any data reports no more residual than was expected, and no overflow")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read16(c->blocks, 4), 4 * c->block);
	check(r.status == SAM_CHECK, "%s", result_show(&r));
	check(!r.len, "%u bytes came", r.len);
	check(!(r.flags & RSP_OVER) && (!(r.flags & RSP_UNDER) || r.residual == 4 * c->block),
	      "%s", result_show(&r));
}

TEST(no_flags, "read.without-r-bit", "11.3.4", MUST,
     "a READ that announces no data gets none: O with all of it as residual, or an error")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_read10(0, 4), F_FINAL, 0);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	if (r.closed || r.rejected)
		return;
	check(r.status == SAM_CHECK || (r.flags & RSP_OVER && r.residual == 4 * c->block), "%s",
	      result_show(&r));
	p = scsi_pdu(c, cdb_read10(0, 4), F_FINAL, 4 * c->block);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	if (!r.closed)
		session_is_well(c);
}
