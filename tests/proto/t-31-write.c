// SPDX-License-Identifier: GPL-2.0
/* Immediate, unsolicited and solicited data, R2T, residuals of writes. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define KEYS_R2T	"InitialR2T=Yes ImmediateData=No"

static void roundtrip(const char *keys, uint32_t len)
{
	struct conn *c = login(keys);
	uint8_t *data;

	lu_ready(c);
	data = pattern(len, len);
	fill_blocks(c, 0, data, len);
	expect_blocks(c, 0, data, len, keys);
	conn_close(c);
}

TEST(r2t_imm, "write.initialr2t-yes-immediate-yes", "13.10", MUST,
     "InitialR2T=Yes, ImmediateData=Yes: immediate data, the rest by R2T")
{
	roundtrip("InitialR2T=Yes ImmediateData=Yes", 512 << 10);
}

TEST(r2t_noimm, "write.initialr2t-yes-immediate-no", "13.10", MUST,
     "InitialR2T=Yes, ImmediateData=No: all data by R2T")
{
	roundtrip(KEYS_R2T, 512 << 10);
}

TEST(nor2t_imm, "write.initialr2t-no-immediate-yes", "13.10", MUST,
     "InitialR2T=No, ImmediateData=Yes: immediate and unsolicited data to FirstBurstLength, the rest by R2T")
{
	roundtrip("InitialR2T=No ImmediateData=Yes", 512 << 10);
}

TEST(nor2t_noimm, "write.initialr2t-no-immediate-no", "13.10", MUST,
     "InitialR2T=No, ImmediateData=No: unsolicited Data-Out to FirstBurstLength, the rest by R2T")
{
	roundtrip("InitialR2T=No ImmediateData=No", 512 << 10);
}

TEST(small_bursts, "write.small-bursts", "11.8.4", MUST,
     "each R2T asks for no more than MaxBurstLength")
{
	roundtrip("InitialR2T=No MaxBurstLength=4096 FirstBurstLength=1024", 64 << 10);
	roundtrip("InitialR2T=No MaxBurstLength=1000 FirstBurstLength=600", 16 << 10);
	roundtrip(KEYS_R2T " MaxBurstLength=512 FirstBurstLength=512", 8 << 10);
}

TEST(lengths, "write.all-in-first-burst", "13.14", MUST,
     "writes of one block up to FirstBurstLength and one block more")
{
	static const uint32_t len[] = { 4096, 61440, 65536, 69632, 131072 };
	unsigned int i;

	for (i = 0; i < 5; i++)
		roundtrip("", len[i]);
}

TEST(no_final_wait, "write.r2t-only-after-unsolicited", "11.7.1", MUST,
     "with F=0 in the command the target takes unsolicited data up to FirstBurstLength before it asks for more")
{
	struct conn *c = login_unsolicited("FirstBurstLength=8192");
	struct result r;
	uint8_t *data;
	struct pdu *p;

	data = pattern(16384, 6);
	p = scsi_pdu(c, cdb_write10(0, 16384 / c->block), CMD_WRITE, 16384);
	pdu_send(c, p);
	expect_silence(c);
	send_burst(c, pdu_itt(p), NO_TAG, data, 0, c->p.first_burst);
	r = scsi_finish(c, p, data, c->p.first_burst);
	expect_good(&r, "WRITE");
	expect_blocks(c, 0, data, 16384, "unsolicited data");
}

TEST(final_at_once, "write.f-in-command", "11.3.1", MUST,
     "with F=1 in the command no unsolicited data follows: R2T for the rest at once")
{
	struct conn *c = login("InitialR2T=No ImmediateData=Yes");
	struct result r;
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(16384, 6);
	p = scsi_pdu(c, cdb_write10(0, 16384 / c->block), F_FINAL | CMD_WRITE, 16384);
	pdu_data(p, data, 4096);
	pdu_send(c, p);
	r = scsi_finish(c, p, data, 4096);
	expect_good(&r, "WRITE");
	check(r.r2ts, "no R2T");
	expect_blocks(c, 0, data, 16384, "after immediate data");
}

TEST(short_unsolicited, "write.unsolicited-less-than-first-burst", "11.4.7.2", MUST,
     "unsolicited Data-Out of a longer write that ends short of FirstBurstLength: 'incorrect amount of data'")
{
	struct conn *c = login_unsolicited("FirstBurstLength=16384");
	struct result r;
	uint8_t *data;
	struct pdu *p;

	data = pattern(65536, 61);
	p = scsi_pdu(c, cdb_write10(0, 65536 / c->block), CMD_WRITE, 65536);
	pdu_send(c, p);
	send_burst(c, pdu_itt(p), NO_TAG, data, 0, 4096);
	r = scsi_outcome(c, p, data, 4096);
	if (r.closed)
		return;
	check(r.rejected || (r.key == 0xb && r.asc == 0x0c && r.ascq == 0x0d),
	      "%s", result_show(&r));
	session_is_well(c);
}

TEST(short_all, "write.unsolicited-less-than-expected", "11.4.7.2", MUST,
     "unsolicited Data-Out that ends short of a write within FirstBurstLength: R2T for the rest, or an error; never GOOD with data missing")
{
	struct conn *c = login_unsolicited("FirstBurstLength=65536");
	struct result r;
	uint8_t *data;
	struct pdu *p;

	data = pattern(16384, 62);
	p = scsi_pdu(c, cdb_write10(0, 16384 / c->block), CMD_WRITE, 16384);
	pdu_send(c, p);
	send_burst(c, pdu_itt(p), NO_TAG, data, 0, 4096);
	r = scsi_outcome(c, p, data, 4096);
	if (!r.closed && !r.rejected && r.status == SAM_GOOD)
		expect_blocks(c, 0, data, 16384, "all data");
	target_is_well();
}

TEST(max_r2t, "write.max-outstanding-r2t", "13.17", MUST,
     "no more than MaxOutstandingR2T R2Ts of a task are outstanding")
{
	static const int n[] = { 1, 2, 4 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct conn *c = login(format(KEYS_R2T " MaxBurstLength=4096 FirstBurstLength=4096 MaxOutstandingR2T=%d", n[i]));
		struct pdu *p, *r = NULL, *first[8];
		uint32_t got = 0, j;
		uint8_t *data;

		lu_ready(c);
		check(c->p.max_r2t <= (uint32_t)n[i], "MaxOutstandingR2T %u", c->p.max_r2t);
		data = pattern(65536, 8);
		p = scsi_pdu(c, cdb_write10(0, 65536 / c->block), F_FINAL | CMD_WRITE, 65536);
		pdu_send(c, p);
		while (pdu_try(c, &r, opt.quiet) == RX_PDU) {
			check(pdu_op(r) == OP_R2T, "got %s", pdu_describe(r));
			check(got < c->p.max_r2t, "more than %u R2Ts outstanding",
			      c->p.max_r2t);
			first[got++] = r;
		}
		check(got, "no R2T");
		/* answer them, and every later one */
		for (j = 0; j < 16; j++) {
			r = j < got ? first[j] : pdu_expect(c, OP_R2T);
			check(get32(r->bhs + 36) == j, "R2TSN %u", get32(r->bhs + 36));
			check(get32(r->bhs + 40) == j * 4096, "offset %u",
			      get32(r->bhs + 40));
			send_burst(c, pdu_itt(p), get32(r->bhs + 20), data,
				   get32(r->bhs + 40), get32(r->bhs + 44));
		}
		r = pdu_expect(c, OP_SCSI_RSP);
		check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
		expect_blocks(c, 0, data, 65536, "several R2Ts");
	}
}

TEST(r2t_unique, "write.ttt-unique", "11.8.5", MUST,
     "outstanding R2Ts of different tasks have different TTTs")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *p[4], *r[4];
	uint8_t *data;
	int i, j;

	lu_ready(c);
	data = pattern(4096, 8);
	for (i = 0; i < 4; i++) {
		p[i] = scsi_pdu(c, cdb_write10(i * 8, 4096 / c->block),
				F_FINAL | CMD_WRITE, 4096);
		pdu_send(c, p[i]);
	}
	for (i = 0; i < 4; i++) {
		r[i] = pdu_expect(c, OP_R2T);
		for (j = 0; j < i; j++)
			check(get32(r[i]->bhs + 20) != get32(r[j]->bhs + 20) ||
			      pdu_itt(r[i]) == pdu_itt(r[j]),
			      "TTT 0x%x for two tasks", get32(r[i]->bhs + 20));
	}
	/* in another order than asked */
	for (i = 3; i >= 0; i--)
		send_burst(c, pdu_itt(r[i]), get32(r[i]->bhs + 20), data, 0, 4096);
	for (i = 0; i < 4; i++)
		check(pdu_expect(c, OP_SCSI_RSP)->bhs[3] == SAM_GOOD, "not GOOD");
}

TEST(tiny_pdus, "write.many-small-data-out", "11.7", MUST,
     "a burst in PDUs of 1 to 7 bytes with padding is put together right")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *p, *r2t, *r;
	uint32_t at = 0, sn = 0, n;
	uint8_t *data;

	lu_ready(c);
	data = pattern(c->block, 33);
	p = waiting_write(c, c->block, &r2t);
	while (at < c->block) {
		n = 1 + sn % 7;
		if (n > c->block - at)
			n = c->block - at;
		pdu_send(c, data_out(c, pdu_itt(p), get32(r2t->bhs + 20), sn++, at,
				     data + at, n, at + n == c->block));
		at += n;
	}
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	expect_blocks(c, 0, data, c->block, "small PDUs");
}

TEST(expdatasn, "write.expdatasn", "11.4.8", MUST,
     "ExpDataSN counts Data-In: of a command that had only R2Ts it is 0")
{
	struct conn *c = login(KEYS_R2T " MaxBurstLength=4096 FirstBurstLength=4096");
	struct pdu *p, *r;
	uint8_t *data;
	uint32_t n = 0;

	lu_ready(c);
	data = pattern(16384, 3);
	p = scsi_pdu(c, cdb_write10(0, 16384 / c->block), F_FINAL | CMD_WRITE, 16384);
	pdu_send(c, p);
	for (;;) {
		r = pdu_get(c);
		if (pdu_op(r) != OP_R2T)
			break;
		n++;
		send_burst(c, pdu_itt(p), get32(r->bhs + 20), data,
			   get32(r->bhs + 40), get32(r->bhs + 44));
	}
	check(pdu_op(r) == OP_SCSI_RSP && r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	check(get32(r->bhs + 36) == 0, "ExpDataSN %u after %u R2Ts and no Data-In",
	      get32(r->bhs + 36), n);
}

/* residuals */

static void residual(const struct result *r, uint8_t flag, uint32_t n)
{
	check(r->flags == flag && (!flag || r->residual == n),
	      "11.4.5: flags %s%s residual %u, expected %s %u",
	      r->flags & RSP_OVER ? "O" : "", r->flags & RSP_UNDER ? "U" : "",
	      r->residual, flag == RSP_OVER ? "O" : flag ? "U" : "none", n);
}

static void residual_case(const char *keys, uint32_t cdb_blocks,
			  uint32_t edtl_blocks, bool wide)
{
	struct conn *c = login(keys);
	uint32_t n = cdb_blocks < edtl_blocks ? cdb_blocks : edtl_blocks;
	uint8_t *before, *data;
	struct result r;

	lu_ready(c);
	before = pattern(16 * c->block, 1);
	fill_blocks(c, 0, before, 16 * c->block);
	data = pattern(edtl_blocks * c->block, 2);
	r = scsi_write(c, wide ? cdb_write16(0, cdb_blocks) : cdb_write10(0, cdb_blocks),
		       data, edtl_blocks * c->block);
	expect_good(&r, "WRITE");
	if (cdb_blocks > edtl_blocks)
		residual(&r, RSP_OVER, (cdb_blocks - edtl_blocks) * c->block);
	else
		residual(&r, RSP_UNDER, (edtl_blocks - cdb_blocks) * c->block);
	memcpy(before, data, n * c->block);
	expect_blocks(c, 0, before, 16 * c->block, "the shorter length is written, and no more");
	conn_close(c);
}

TEST(res_over, "write.overflow", "11.4.5", MUST,
     "an expected length shorter than the CDB's: the command runs for it, O and the residual are reported")
{
	residual_case("", 8, 4, false);
	residual_case("", 8, 4, true);
	residual_case(KEYS_R2T, 8, 1, false);
}

TEST(res_under, "write.underflow", "11.4.5", MUST,
     "an expected length longer than the CDB's: the command runs for the CDB's, U and the residual are reported")
{
	residual_case("", 4, 8, false);
	residual_case("", 4, 8, true);
	residual_case(KEYS_R2T, 1, 8, false);
}

TEST(res_zero_blocks, "write.no-blocks", "11.4.5", MUST,
     "WRITE of 0 blocks with an expected length is GOOD with all of it as residual, or refused; the stream stays in step")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_write10(0, 0), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, pattern(c->block, 1), c->block);
	pdu_send(c, p);
	r = scsi_finish(c, p, pattern(c->block, 1), c->block);
	if (r.status == SAM_GOOD)
		residual(&r, RSP_UNDER, c->block);
	session_is_well(c);
}

TEST(res_list, "write.parameter-data-longer-than-in-the-cdb", "11.4.5", MUST,
     "parameter data beyond what the CDB says is no part of it: U and the residual are reported")
{
	struct cdb same = { { 0x93 } }, select = { { 0x15, 0x10 } };
	struct conn *c = login("");
	uint8_t *data;
	struct result r;

	lu_ready(c);
	put32(same.b + 10, 4);
	data = pattern(16 * c->block, 3);
	r = scsi_write(c, same, data, 16 * c->block);
	if (r.status == SAM_CHECK && r.asc == 0x20)
		skip("the unit has no WRITE SAME");
	expect_good(&r, "WRITE SAME");
	residual(&r, RSP_UNDER, 15 * c->block);
	expect_blocks(c, 3, data, c->block, "the last of the same");
	r = scsi_write(c, select, data, 16);
	expect_good(&r, "MODE SELECT of nothing");
	residual(&r, RSP_UNDER, 16);
}

TEST(res_zero, "write.expected-length-0", "11.4.5", MUST,
     "a WRITE with an expected length of 0 writes nothing")
{
	struct conn *c = login("");
	uint8_t *before;
	struct result r;
	struct pdu *p;

	lu_ready(c);
	before = pattern(c->block, 1);
	fill_blocks(c, 0, before, c->block);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, 0);
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	if (r.status == SAM_GOOD)
		residual(&r, RSP_OVER, c->block);
	expect_blocks(c, 0, before, c->block, "nothing was sent");
}

TEST(res_partial, "write.expected-length-within-block", "11.4.5", MUST,
     "a WRITE with an expected length of less than a block does not write bytes that were not sent")
{
	struct conn *c = login("");
	uint8_t *before, *data;
	struct result r, back;
	struct pdu *p;

	lu_ready(c);
	before = pattern(c->block, 1);
	data = pattern(c->block, 2);
	fill_blocks(c, 0, before, c->block);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, 100);
	pdu_data(p, data, 100);
	pdu_send(c, p);
	r = scsi_finish(c, p, data, 100);
	note("%s", result_show(&r));
	back = scsi_read(c, cdb_read10(0, 1), c->block);
	check(!memcmp(back.data + 100, before + 100, c->block - 100),
	      "the rest of the block changed");
}

TEST(huge, "write.expected-length-of-4-gib", "11.4.5", MUST,
     "a WRITE of one block with an expected length of 2^32 - 1 ends, or R2Ts stay within bounds; others are not disturbed")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *p, *r = NULL;
	uint8_t *data;
	int i;

	lu_ready(c);
	data = pattern(c->block, 5);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, 0xffffffff);
	pdu_send(c, p);
	for (i = 0; i < 4 && pdu_try(c, &r, opt.quiet) == RX_PDU; i++) {
		if (pdu_op(r) != OP_R2T)
			break;
		check(get32(r->bhs + 44) <= c->p.max_burst, "R2T for %u bytes",
		      get32(r->bhs + 44));
		if (get32(r->bhs + 40) || get32(r->bhs + 44) > c->block)
			break;
		send_burst(c, pdu_itt(p), get32(r->bhs + 20), data,
			   get32(r->bhs + 40), get32(r->bhs + 44));
	}
	target_is_well();
}

/* wrong data */

/* never GOOD: an error status, a Reject, or the connection ends */
static void not_good(struct conn *c, const struct pdu *cmd, const uint8_t *data,
		     uint32_t len)
{
	struct result r = scsi_outcome(c, cmd, data, len);

	note("%s", result_show(&r));
	check(r.closed || r.rejected || r.status != SAM_GOOD || r.response,
	      "the command ended with GOOD");
	target_is_well();
}

TEST(too_much_imm, "write.immediate-data-beyond-first-burst", "13.14", MUST,
     "immediate data beyond FirstBurstLength is an error")
{
	struct conn *c = login("FirstBurstLength=1024 MaxBurstLength=4096");
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(4096, 3);
	p = scsi_pdu(c, cdb_write10(0, 4096 / c->block), F_FINAL | CMD_WRITE, 4096);
	pdu_data(p, data, 4096);
	pdu_send(c, p);
	not_good(c, p, data, 4096);
}

TEST(imm_beyond_edtl, "write.immediate-data-beyond-expected", "11.3.4", MUST,
     "immediate data beyond the expected length is an error, and the stream stays in step")
{
	struct conn *c = login("");
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(4096, 3);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, data, 4096);
	pdu_send(c, p);
	not_good(c, p, data, c->block);
}

TEST(imm_not_agreed, "write.immediate-data-not-agreed", "13.11", MUST,
     "immediate data with ImmediateData=No is an error ('unexpected unsolicited data')")
{
	struct conn *c = login(KEYS_R2T);
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(c->block, 3);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, data, c->block);
	pdu_send(c, p);
	not_good(c, p, data, c->block);
}

TEST(unsolicited_not_agreed, "write.unsolicited-not-agreed", "13.10", MUST,
     "unsolicited Data-Out with InitialR2T=Yes is an error ('unexpected unsolicited data')")
{
	struct conn *c = login(KEYS_R2T);
	struct result r;
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(4096, 3);
	p = scsi_pdu(c, cdb_write10(0, 4096 / c->block), CMD_WRITE, 4096);
	pdu_send(c, p);
	pdu_send(c, data_out(c, pdu_itt(p), NO_TAG, 0, 0, data, 4096, true));
	r = scsi_outcome(c, p, data, 4096);
	check(r.closed || r.rejected || (r.key == 0xb && r.asc == 0x0c && r.ascq == 0x0c),
	      "%s", result_show(&r));
	target_is_well();
}

TEST(unsolicited_sense, "write.unsolicited-not-agreed-sense", "11.4.7.2", SHOULD,
     "the same ends with CHECK CONDITION, 'unexpected unsolicited data', after the data with F=1")
{
	struct conn *c = login(KEYS_R2T);
	struct result r;
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(4096, 3);
	p = scsi_pdu(c, cdb_write10(0, 4096 / c->block), CMD_WRITE, 4096);
	pdu_send(c, p);
	pdu_send(c, data_out(c, pdu_itt(p), NO_TAG, 0, 0, data, 2048, false));
	expect_silence(c);
	pdu_send(c, data_out(c, pdu_itt(p), NO_TAG, 1, 2048, data, 2048, true));
	r = scsi_outcome(c, p, data, 4096);
	check(r.key == 0xb && r.asc == 0x0c && r.ascq == 0x0c, "%s", result_show(&r));
	session_is_well(c);
}

TEST(unsolicited_too_much, "write.unsolicited-beyond-first-burst", "13.14", MUST,
     "unsolicited data beyond FirstBurstLength is an error")
{
	struct conn *c = login_unsolicited("FirstBurstLength=4096");
	uint8_t *data;
	struct pdu *p;

	data = pattern(16384, 3);
	p = scsi_pdu(c, cdb_write10(0, 16384 / c->block), CMD_WRITE, 16384);
	pdu_send(c, p);
	send_burst(c, pdu_itt(p), NO_TAG, data, 0, 8192);
	not_good(c, p, data, 16384);
}

/* one wrong Data-Out in answer to an R2T of 4 blocks */
enum wrong { BAD_DATASN, BAD_TTT, BAD_OFFSET, TOO_LONG, EARLY_FINAL, LATE_FINAL,
	     GAP, BAD_LUN };

/* That PDU, or the last of several, of which the others are sent. */
static struct pdu *make_wrong(struct conn *c, enum wrong wrong, uint32_t itt, uint32_t ttt,
			      const uint8_t *data)
{
	uint32_t b = c->block, len = 4 * b;
	struct pdu *p;

	switch (wrong) {
	case BAD_DATASN:
		return data_out(c, itt, ttt, 5, 0, data, len, true);
	case BAD_TTT:
		return data_out(c, itt, ttt + 0x100, 0, 0, data, len, true);
	case BAD_OFFSET:
		return data_out(c, itt, ttt, 0, b, data, len - b, true);
	case TOO_LONG:
		return data_out(c, itt, ttt, 0, 0, data, len + b, true);
	case EARLY_FINAL:
		return data_out(c, itt, ttt, 0, 0, data, b, true);
	case LATE_FINAL:
		pdu_send(c, data_out(c, itt, ttt, 0, 0, data, len, false));
		return data_out(c, itt, ttt, 1, len, data, b, true);
	case GAP:
		pdu_send(c, data_out(c, itt, ttt, 0, 0, data, b, false));
		return data_out(c, itt, ttt, 2, 2 * b, data, 2 * b, true);
	case BAD_LUN:
		break;
	}
	p = data_out(c, itt, ttt, 0, 0, data, len, true);
	put_lun(p->bhs + 8, opt.no_lun);
	return p;
}

/* It is ignored, rejected or the connection closed: but it does not complete the write. */
static void not_taken(struct conn *c)
{
	struct pdu *r = NULL;

	if (pdu_try(c, &r, opt.quiet) == RX_PDU)
		check(pdu_op(r) == OP_REJECT ||
		      (pdu_op(r) == OP_SCSI_RSP && r->bhs[3] != SAM_GOOD),
		      "got %s", pdu_describe(r));
	target_is_well();
}

/* Whatever the outcome, it does no harm. */
static void harmless(struct conn *c, struct pdu *cmd, const uint8_t *data, uint32_t len)
{
	struct result r = scsi_outcome(c, cmd, data, len);

	note("%s", result_show(&r));
	target_is_well();
}

static void wrong_data_out(enum wrong wrong)
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *cmd, *r2t;
	uint8_t *data;
	uint32_t len;

	lu_ready(c);
	len = 4 * c->block;
	data = pattern(2 * len, 13);
	cmd = waiting_write(c, len, &r2t);
	pdu_send(c, make_wrong(c, wrong, pdu_itt(cmd), get32(r2t->bhs + 20), data));
	if (wrong == BAD_TTT)
		not_taken(c);
	else if (wrong == LATE_FINAL)
		harmless(c, cmd, data, len);
	else
		not_good(c, cmd, NULL, len);
}

TEST(bad_datasn, "write.wrong-datasn", "7.9", MUST,
     "a Data-Out with the wrong DataSN is an error")
{
	wrong_data_out(BAD_DATASN);
}

TEST(bad_ttt, "write.wrong-ttt", "11.7.4", MUST,
     "a Data-Out with a TTT that was not given is not taken for the task's data")
{
	wrong_data_out(BAD_TTT);
}

TEST(bad_offset, "write.wrong-offset", "11.7.6", MUST,
     "a Data-Out with the wrong buffer offset is an error")
{
	wrong_data_out(BAD_OFFSET);
}

TEST(too_long, "write.more-than-r2t", "11.4.7.2", MUST,
     "more data than the R2T asked for is an error ('incorrect amount of data')")
{
	wrong_data_out(TOO_LONG);
}

TEST(early_final, "write.f-too-early", "11.4.7.2", MUST,
     "F=1 before all of the R2T's data is an error ('incorrect amount of data')")
{
	wrong_data_out(EARLY_FINAL);
}

TEST(late_final, "write.f-too-late", "11.7.1", MUST,
     "data beyond the R2T's without F=1 does no harm")
{
	wrong_data_out(LATE_FINAL);
}

TEST(gap, "write.gap", "7.9", MUST,
     "a missing Data-Out in the middle of a burst is an error")
{
	wrong_data_out(GAP);
}

TEST(unknown_itt, "write.data-out-for-unknown-task", "11.7", MUST,
     "a Data-Out for no task: rejected, ignored or closed; the stream stays in step")
{
	struct conn *c = login("");
	struct pdu *p = data_out(c, 0x7777, 0x8888, 0, 0, pattern(4096, 1), 4096, true);

	pdu_send(c, p);
	all_is_well(c, !not_served(c, p));
}

TEST(data_for_read, "write.data-out-for-a-read", "11.7", MUST,
     "a Data-Out for a task that reads does no harm")
{
	struct conn *c = login("");
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_read10(0, 64), F_FINAL | CMD_READ, 64 * c->block);
	pdu_send(c, p);
	pdu_send(c, data_out(c, pdu_itt(p), NO_TAG, 0, 0, pattern(512, 1), 512, true));
	c->raw = true;
	while (pdu_try(c, &p, opt.quiet) == RX_PDU)
		;
	target_is_well();
}

TEST(mrdsl_violated, "write.data-segment-too-long", "13.12", MUST,
     "a data segment longer than the target's MaxRecvDataSegmentLength is a format error: Reject or the connection ends")
{
	struct conn *c = login("MaxBurstLength=16776704 FirstBurstLength=16776704");
	uint32_t len = c->p.target_mrdsl + 4;
	struct pdu *p;

	if (len >= 1 << 24)
		skip("the target takes everything");
	p = nop_pdu(c, pattern(len, 1), len, true);
	pdu_send(c, p);
	reject_or_close(c, p);
	target_is_well();
}

TEST(read_in_the_middle, "write.read-while-waiting", "4.2.5", MUST,
     "while a write waits for its data other commands are executed")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *w, *r2t, *r;
	uint8_t *data;
	int i;

	lu_ready(c);
	data = pattern(4 * c->block, 10);
	w = waiting_write(c, 4 * c->block, &r2t);
	for (i = 0; i < 10; i++)
		session_is_well(c);
	send_burst(c, pdu_itt(w), get32(r2t->bhs + 20), data, 0, 4 * c->block);
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	expect_blocks(c, 0, data, 4 * c->block, "data that came late");
}

TEST(itt_in_use, "write.itt-in-use", "11.2.1.8", MUST,
     "a second command with the ITT of one that is active: Reject (task in progress or protocol error), an error or close")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *w, *r2t, *p, *r = NULL;

	lu_ready(c);
	w = waiting_write(c, 4 * c->block, &r2t);
	p = scsi_pdu(c, cdb_tur(), F_FINAL, 0);
	put32(p->bhs + 16, pdu_itt(w));
	pdu_send(c, p);
	if (pdu_try(c, &r, opt.wait) == RX_PDU)
		check(pdu_op(r) == OP_REJECT ||
		      (pdu_op(r) == OP_SCSI_RSP && (r->bhs[2] || r->bhs[3])),
		      "got %s", pdu_describe(r));
	target_is_well();
}

TEST(overlap, "write.several-writes-interleaved", "4.2.5.2", MUST,
     "the Data-Out PDUs of two bursts may be interleaved")
{
	struct conn *c = login(KEYS_R2T);
	struct pdu *a, *b, *ra, *rb;
	uint8_t *da, *db;
	uint32_t n, i;

	lu_ready(c);
	n = c->block;
	da = pattern(8 * n, 1);
	db = pattern(8 * n, 2);
	a = scsi_pdu(c, cdb_write10(0, 8), F_FINAL | CMD_WRITE, 8 * n);
	b = scsi_pdu(c, cdb_write10(8, 8), F_FINAL | CMD_WRITE, 8 * n);
	pdu_send(c, a);
	ra = pdu_expect(c, OP_R2T);
	pdu_send(c, b);
	rb = pdu_expect(c, OP_R2T);
	for (i = 0; i < 8; i++) {
		pdu_send(c, data_out(c, pdu_itt(a), get32(ra->bhs + 20), i, i * n,
				     da + i * n, n, i == 7));
		pdu_send(c, data_out(c, pdu_itt(b), get32(rb->bhs + 20), i, i * n,
				     db + i * n, n, i == 7));
	}
	check(pdu_expect(c, OP_SCSI_RSP)->bhs[3] == SAM_GOOD, "not GOOD");
	check(pdu_expect(c, OP_SCSI_RSP)->bhs[3] == SAM_GOOD, "not GOOD");
	expect_blocks(c, 0, da, 8 * n, "the first");
	expect_blocks(c, 8, db, 8 * n, "the second");
}

TEST(data_out_too_long, "write.data-out-too-long", "13.12", MUST,
     "a Data-Out longer than the target's MaxRecvDataSegmentLength is no good data: Reject, error or close")
{
	struct conn *c = login(KEYS_R2T " MaxBurstLength=16776704 FirstBurstLength=16776704");
	uint32_t len = (c->p.target_mrdsl + 8191) & ~4095u;
	struct pdu *w, *r2t;
	uint8_t *data;

	if (len > c->p.max_burst)
		skip("MaxBurstLength is no longer than a segment");
	lu_ready(c);
	data = pattern(len, 1);
	w = waiting_write(c, len, &r2t);
	if (get32(r2t->bhs + 44) < len)
		skip("the target asks for less at a time");
	pdu_send(c, data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0, data, len, true));
	not_good(c, w, data, len);
}

TEST(unsolicited_lun, "write.unsolicited-lun-reserved", "11.7.4", MUST,
     "without a TTT the LUN of a Data-Out is reserved, and ignored")
{
	struct conn *c = login_unsolicited("");
	struct pdu *p, *d;
	struct result r;
	uint8_t *data;

	data = pattern(4096, 12);
	p = scsi_pdu(c, cdb_write10(0, 4096 / c->block), CMD_WRITE, 4096);
	pdu_send(c, p);
	d = data_out(c, pdu_itt(p), NO_TAG, 0, 0, data, 4096, true);
	put64(d->bhs + 8, 0);
	pdu_send(c, d);
	r = scsi_finish(c, p, data, 4096);
	expect_good(&r, "WRITE");
	expect_blocks(c, 0, data, 4096, "unsolicited data");
}

TEST(more_after_final, "write.unsolicited-after-f", "11.7.1", MUST,
     "unsolicited Data-Out after the one with F=1 does no harm")
{
	struct conn *c = login_unsolicited("FirstBurstLength=8192");
	struct pdu *p, *r;
	uint8_t *data;

	data = pattern(8192, 12);
	p = scsi_pdu(c, cdb_write10(0, 8192 / c->block), CMD_WRITE, 8192);
	pdu_send(c, p);
	pdu_send(c, data_out(c, pdu_itt(p), NO_TAG, 0, 0, data, 8192, true));
	pdu_send(c, data_out(c, pdu_itt(p), NO_TAG, 1, 8192, data, 512, true));
	while (pdu_try(c, &r, opt.quiet) == RX_PDU)
		;
	target_is_well();
}

static struct pdu *caw_pdu(struct conn *c, uint32_t lba, const uint8_t *compare,
			   const uint8_t *write)
{
	struct cdb cdb = { { 0x89 } };
	uint8_t *both = zalloc(2 * c->block);
	struct pdu *p;

	put32(cdb.b + 6, lba);
	cdb.b[13] = 1;
	p = scsi_pdu(c, cdb, F_FINAL | CMD_WRITE, 2 * c->block);
	memcpy(both, compare, c->block);
	memcpy(both + c->block, write, c->block);
	pdu_data(p, both, 2 * c->block);
	return p;
}

static struct result caw(struct conn *c, uint32_t lba, const uint8_t *compare,
			 const uint8_t *write)
{
	struct pdu *p = caw_pdu(c, lba, compare, write);

	pdu_send(c, p);
	return scsi_finish(c, p, p->data, p->len);
}

TEST(caw_refused, "write.compare-and-write-refused", "7.14", MUST,
     "a COMPARE AND WRITE that meets a unit attention compares and writes nothing")
{
	struct conn *c = login("ImmediateData=Yes"), *o = login("");
	uint8_t *before, *zero;
	struct result r;
	struct pdu *t;
	int i;

	lu_ready(c);
	lu_ready(o);
	before = pattern(c->block, 31);
	zero = zalloc(c->block);
	fill_blocks(c, 3, before, c->block);
	r = caw(c, 3, before, before);
	if (r.status == SAM_CHECK && r.key == 5)
		skip("the unit has no COMPARE AND WRITE");
	expect_good(&r, "COMPARE AND WRITE");

	/* the comparison would be with what the memory held before */
	for (i = 0; i < 10; i++) {
		t = tmf_pdu(o, TMF_LUN_RESET, NO_TAG, 0);
		pdu_send(o, t);
		pdu_expect(o, OP_TMF_RSP);
		r = caw(c, 3, i % 2 ? zero : before, pattern(c->block, 32));
		check(r.status == SAM_CHECK && r.key == 6, "no unit attention: %s",
		      result_show(&r));
		lu_ready(c);
		lu_ready(o);
		expect_blocks(c, 3, before, c->block, "what was not compared");
	}
	session_is_well(c);
}

TEST(caw_no_data, "write.compare-and-write-without-data", "7.14", MUST,
     "a COMPARE AND WRITE of a block for which no data is announced is refused, and the next one runs")
{
	struct conn *c = login("ImmediateData=Yes");
	struct cdb cdb = { { 0x89 } };
	uint8_t *data;
	struct result r;
	int i;

	lu_ready(c);
	cdb.b[13] = 1;
	data = pattern(c->block, 33);
	fill_blocks(c, 0, data, c->block);
	for (i = 0; i < 10; i++) {
		r = scsi_none(c, cdb);
		check(r.status == SAM_CHECK && r.key == 5, "%s", result_show(&r));
	}
	r = caw(c, 0, data, data);
	if (r.status == SAM_CHECK && r.key == 5)
		skip("the unit has no COMPARE AND WRITE");
	expect_good(&r, "COMPARE AND WRITE");
	session_is_well(c);
}

TEST(caw_none, "write.compare-and-write-of-no-blocks", "SBC-3 5.2", MUST,
     "a COMPARE AND WRITE of no blocks is no error, compares and writes nothing, and the next one runs")
{
	struct conn *c = login("ImmediateData=Yes");
	struct cdb cdb = { { 0x89 } };
	uint8_t *data;
	struct result r;
	int i;

	lu_ready(c);
	data = pattern(c->block, 36);
	fill_blocks(c, 0, data, c->block);
	for (i = 0; i < 3; i++) {
		r = scsi_none(c, cdb);
		if (r.status == SAM_CHECK && r.key == 5 && r.asc == 0x20)
			skip("the unit has no COMPARE AND WRITE");
		expect_good(&r, "COMPARE AND WRITE of no blocks");
		check(!r.flags, "%s", result_show(&r));
	}
	r = caw(c, 0, data, data);
	expect_good(&r, "COMPARE AND WRITE");
	expect_blocks(c, 0, data, c->block, "COMPARE AND WRITE of no blocks");
	session_is_well(c);
}

TEST(caw_where, "write.compare-and-write-tells-where", "SBC-3 5.2", MUST,
     "a COMPARE AND WRITE that finds a difference: MISCOMPARE (E/1D/00), the offset of the first byte that differs in INFORMATION, and nothing is written")
{
	struct conn *c = login("ImmediateData=Yes");
	static const int at[] = { 0, 1, 255, -1 };	/* -1: the last byte */
	uint8_t *data, *other;
	struct result r;
	uint32_t n;
	int i;

	lu_ready(c);
	data = pattern(c->block, 34);
	fill_blocks(c, 5, data, c->block);
	for (i = 0; i < 4; i++) {
		n = at[i] < 0 ? c->block - 1 : (uint32_t)at[i];
		other = pattern(c->block, 34);
		other[n] ^= 1;
		other[c->block - 1] ^= 2;	/* a later difference does not count */
		r = caw(c, 5, other, pattern(c->block, 35));
		if (r.status == SAM_CHECK && r.key == 5)
			skip("the unit has no COMPARE AND WRITE");
		check(r.status == SAM_CHECK && r.key == 14 && r.asc == 0x1d && !r.ascq,
		      "byte %u differs: %s", n, result_show(&r));
		check(r.has_info && r.info == n, "byte %u differs: INFORMATION is %u (VALID %d)",
		      n, r.info, r.has_info);
		expect_blocks(c, 5, data, c->block, "what was not equal");
	}
	r = caw(c, 5, data, pattern(c->block, 35));
	expect_good(&r, "COMPARE AND WRITE");
	expect_blocks(c, 5, pattern(c->block, 35), c->block, "what was equal");
}
