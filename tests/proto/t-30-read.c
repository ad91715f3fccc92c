// SPDX-License-Identifier: GPL-2.0
/* SCSI commands, Data-In, residuals of reads (11.3, 11.4, 11.7). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

TEST(one, "read.one-block", "11.7", MUST,
     "a read returns the data, and nothing is left over")
{
	struct conn *c = login("");
	uint8_t *data;
	struct result r;

	lu_ready(c);
	data = pattern(c->block, 9);
	fill_blocks(c, 5, data, c->block);
	r = scsi_read(c, cdb_read10(5, 1), c->block);
	expect_good(&r, "READ");
	check(r.len == c->block && !memcmp(r.data, data, c->block), "other data");
	check(!r.flags, "11.4.1: flags 0x%02x although the lengths agree", r.flags);
}

TEST(mrdsl, "read.cut-at-mrdsl", "13.12", MUST,
     "Data-In is cut at the initiator's MaxRecvDataSegmentLength, DataSN and offsets count up")
{
	static const uint32_t mrdsl[] = { 512, 1000, 1024, 4096, 65536 };
	unsigned int i;

	for (i = 0; i < 5; i++) {
		struct conn *c = login(format("MaxRecvDataSegmentLength=%u", mrdsl[i]));
		uint8_t *data;
		struct result r;

		lu_ready(c);
		data = pattern(65536, i);
		fill_blocks(c, 0, data, 65536);
		r = scsi_read(c, cdb_read10(0, 65536 / c->block), 65536);
		expect_good(&r, "READ");
		check(r.len == 65536 && !memcmp(r.data, data, 65536),
		      "other data with MaxRecvDataSegmentLength %u", mrdsl[i]);
		conn_close(c);
	}
}

TEST(burst, "read.sequences-of-max-burst", "13.13", MUST,
     "a sequence of Data-In is at most MaxBurstLength long and ends with F=1")
{
	struct conn *c = login("MaxBurstLength=8192 FirstBurstLength=8192 MaxRecvDataSegmentLength=4096");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read10(0, 65536 / c->block), 65536);
	expect_good(&r, "READ");
	check(r.sequences >= 8, "%u sequences for 64 KiB in bursts of 8 KiB",
	      r.sequences);
}

TEST(burst_odd, "read.burst-no-multiple-of-mrdsl", "13.13", MUST,
     "MaxBurstLength that is no multiple of MaxRecvDataSegmentLength is respected too")
{
	struct conn *c = login("MaxBurstLength=5000 FirstBurstLength=5000 MaxRecvDataSegmentLength=1024");
	uint8_t *data;
	struct result r;

	lu_ready(c);
	data = pattern(32768, 77);
	fill_blocks(c, 0, data, 32768);
	r = scsi_read(c, cdb_read10(0, 32768 / c->block), 32768);
	expect_good(&r, "READ");
	check(r.len == 32768 && !memcmp(r.data, data, 32768), "other data");
}

TEST(large, "read.one-mebibyte", "11.7", MUST,
     "1 MiB in one command comes back right")
{
	struct conn *c = login("");
	uint8_t *data;
	struct result r;

	lu_ready(c);
	data = pattern(1 << 20, 4);
	fill_blocks(c, 0, data, 1 << 20);
	r = scsi_read(c, cdb_read10(0, (1 << 20) / c->block), 1 << 20);
	expect_good(&r, "READ");
	check(r.len == 1 << 20 && !memcmp(r.data, data, 1 << 20), "other data");
}

static void residual(const struct result *r, uint8_t flag, uint32_t n)
{
	check(r->flags == flag && (!flag || r->residual == n),
	      "11.4.5: flags %s%s residual %u, expected %s %u",
	      r->flags & RSP_OVER ? "O" : "", r->flags & RSP_UNDER ? "U" : "",
	      r->residual, flag == RSP_OVER ? "O" : flag ? "U" : "none", n);
}

TEST(under, "read.underflow", "11.4.5", MUST,
     "an expected length longer than the data: U, and the difference as residual")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read10(0, 1), 4 * c->block);
	expect_good(&r, "READ");
	check(r.len == c->block, "%u bytes", r.len);
	residual(&r, RSP_UNDER, 3 * c->block);
	r = scsi_read(c, cdb_read16(0, 2), 4 * c->block);
	expect_good(&r, "READ(16)");
	residual(&r, RSP_UNDER, 2 * c->block);
}

TEST(over, "read.overflow", "11.4.5", MUST,
     "an expected length shorter than the data: O, the difference as residual, and no byte more than expected")
{
	struct conn *c = login("");
	uint8_t *data;
	struct result r;

	lu_ready(c);
	data = pattern(4 * c->block, 11);
	fill_blocks(c, 0, data, 4 * c->block);
	r = scsi_read(c, cdb_read10(0, 4), c->block);
	expect_good(&r, "READ");
	check(r.len == c->block && !memcmp(r.data, data, c->block),
	      "%u bytes, or others", r.len);
	residual(&r, RSP_OVER, 3 * c->block);
	session_is_well(c);
}

TEST(over_odd, "read.overflow-within-block", "11.4.5", MUST,
     "an expected length of less than a block")
{
	static const uint32_t len[] = { 1, 3, 100, 511 };
	struct conn *c = login("");
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < 4; i++) {
		struct result r = scsi_read(c, cdb_read10(0, 1), len[i]);

		expect_good(&r, "READ");
		check(r.len == len[i], "%u bytes of %u", r.len, len[i]);
		residual(&r, RSP_OVER, c->block - len[i]);
	}
}

TEST(huge, "read.expected-length-of-4-gib", "11.4.5", MUST,
     "an expected length of 2^32 - 1 is served, with the difference as residual")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read10(0, 1), 0xffffffff);
	expect_good(&r, "READ");
	check(r.len == c->block, "%u bytes", r.len);
	residual(&r, RSP_UNDER, 0xffffffff - c->block);
}

TEST(cdb_4g, "read.length-of-4-gib-in-the-cdb", "11.4.5", MUST,
     "a READ of 4 GiB and a block more is none of a block: it is refused, or its residual is told")
{
	static const uint8_t opcode[] = { 0xa8, 0x88 };
	struct conn *c = login("");
	struct result r;
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < 2; i++) {
		struct cdb cdb = { { opcode[i] } };

		put32(cdb.b + (i ? 10 : 6), 0x100000000ULL / c->block + 1);
		r = scsi_read(c, cdb, c->block);
		check(r.status == SAM_CHECK || (r.flags == RSP_OVER && r.residual > c->block),
		      "opcode 0x%02x: %s", opcode[i], result_show(&r));
	}
	session_is_well(c);
}

TEST(zero, "read.expected-length-0", "11.4.5", MUST,
     "a read with an expected length of 0 transfers nothing: O and the whole as residual")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, 0);
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	check(r.response == 0, "%s", result_show(&r));
	check(r.len == 0, "%u bytes", r.len);
	if (r.status == SAM_GOOD)
		residual(&r, RSP_OVER, c->block);
	session_is_well(c);
}

TEST(zero_blocks, "read.no-blocks", "11.4.5", MUST,
     "READ of 0 blocks is GOOD, an expected length is all residual")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_none(c, cdb_read10(0, 0));
	expect_good(&r, "READ of 0 blocks");
	r = scsi_read(c, cdb_read10(0, 0), c->block);
	expect_good(&r, "READ of 0 blocks");
	residual(&r, RSP_UNDER, c->block);
}

/* There is less than the allocation and the expected length: U, and all that did not come. */
static void inquiry_underflows(uint32_t expected)
{
	struct conn *c = login("");
	struct result r = scsi_read(c, cdb_inquiry(255), expected);

	expect_good(&r, "INQUIRY");
	check(r.len >= 36 && r.len < expected, "%u bytes", r.len);
	residual(&r, RSP_UNDER, expected - r.len);
}

TEST(inquiry_under, "read.inquiry-underflow", "11.4.5", MUST,
     "INQUIRY with an allocation length and an expected length beyond its data reports the underflow")
{
	inquiry_underflows(255);
}

TEST(inquiry_short, "read.inquiry-expected-shorter", "11.4.5", MUST,
     "an expected length below the allocation length: no more than expected arrives, O is reported")
{
	struct conn *c = login("");
	struct result r = scsi_read(c, cdb_inquiry(36), 5);

	expect_good(&r, "INQUIRY");
	check(r.len == 5, "%u bytes", r.len);
	residual(&r, RSP_OVER, 31);
}

TEST(inquiry_both, "read.inquiry-expected-between", "11.4.5", MUST,
     "an expected length below the allocation length and beyond the data: U, and nothing is said to be left")
{
	inquiry_underflows(200);
}

TEST(moves_nothing, "read.blocks-stay-where-they-are", "11.4.5", MUST,
     "VERIFY and SYNCHRONIZE CACHE move none of the blocks that they name: no residual, or U and all that is expected")
{
	static const uint8_t op[] = { 0x2f, 0x8f, 0x35, 0x91 };
	struct conn *c = login("");
	unsigned int i, served = 0;
	struct result r;

	lu_ready(c);
	for (i = 0; i < sizeof(op); i++) {
		struct cdb cdb = { { op[i] } };

		note("operation code 0x%02x", op[i]);
		cdb.b[op[i] < 0x80 ? 8 : 13] = 8;
		r = scsi_none(c, cdb);
		if (r.status == SAM_CHECK && r.key == 5 && r.asc == 0x20)
			continue;
		expect_good(&r, "without data");
		check(!r.flags && !r.residual, "%s", result_show(&r));
		r = scsi_read(c, cdb, 8 * c->block);
		check(!r.len, "%u bytes come", r.len);
		check(r.status != SAM_GOOD ||
		      (r.flags == RSP_UNDER && r.residual == 8 * c->block), "%s",
		      result_show(&r));
		served++;
	}
	if (!served)
		skip("the device has neither");
	session_is_well(c);
}

TEST(flags_tur, "read.no-data-command", "11.4.5", MUST,
     "a command without data, with an expected length: U and all of it")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_tur(), 512);
	expect_good(&r, "TEST UNIT READY");
	residual(&r, RSP_UNDER, 512);
}

TEST(check_condition, "read.check-condition", "11.4.7", MUST,
     "CHECK CONDITION comes in a SCSI Response with SenseLength and sense data")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read16(c->blocks, 1), c->block);
	check(r.response == 0 && r.status == SAM_CHECK, "%s", result_show(&r));
	check(r.key == 5 && r.asc == 0x21, "sense %x/%02x/%02x", r.key, r.asc, r.ascq);
	check(r.len == 0, "%u bytes of data", r.len);
	if (r.flags)
		residual(&r, RSP_UNDER, c->block);
	session_is_well(c);
}

TEST(bad_opcode, "read.unknown-scsi-opcode", "11.4", MUST,
     "an unknown SCSI opcode is a CHECK CONDITION, not a Reject")
{
	struct cdb cdb = { { 0xc7 } };
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_none(c, cdb);
	check(r.response == 0 && r.status == SAM_CHECK && r.key == 5 && r.asc == 0x20,
	      "%s", result_show(&r));
}

TEST(collapse, "read.status-in-data-in", "11.7.3", MAY,
     "a read that ends well may carry its status in the last Data-In (and then needs no SCSI Response)")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read10(0, 8), 8 * c->block);
	expect_good(&r, "READ");
	if (!r.collapsed)
		note("status is not collapsed");
	expect_silence(c);
}

TEST(immediate_data, "read.with-immediate-data", "11.3", MUST,
     "a READ that carries immediate data is an error that does not put the stream out of step")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	pdu_data(p, pattern(c->block, 1), c->block);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	all_is_well(c, r.closed);
}

static void contradiction(uint8_t flags, struct cdb (*cdb)(uint32_t, uint32_t))
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	struct result r;
	uint8_t *before;
	struct pdu *p;

	lu_ready(c);
	before = pattern(c->block, 123);
	fill_blocks(c, 100, before, c->block);
	p = scsi_pdu(c, cdb(100, 1), flags, flags & (CMD_READ | CMD_WRITE) ? c->block : 0);
	pdu_send(c, p);
	r = scsi_outcome(c, p, pattern(c->block, 7), 0);
	if (r.closed) {
		target_is_well();
		return;
	}
	note("%s", result_show(&r));
	session_is_well(c);
	if (!(flags & CMD_WRITE))
		expect_blocks(c, 100, before, c->block, "a WRITE without W bit");
}

TEST(write_as_read, "flags.write-cdb-with-r-bit", "11.3.1", MUST,
     "a WRITE that claims to read writes nothing, and the session goes on or is closed")
{
	contradiction(F_FINAL | CMD_READ, cdb_write10);
}

TEST(read_as_write, "flags.read-cdb-with-w-bit", "11.3.1", MUST,
     "a READ that claims to write: the session goes on or is closed")
{
	contradiction(F_FINAL | CMD_WRITE, cdb_read10);
}

TEST(write_no_flags, "flags.write-cdb-without-flags", "11.3.1", MUST,
     "a WRITE without R and W bits writes nothing, and the session goes on or is closed")
{
	contradiction(F_FINAL, cdb_write10);
}

TEST(read_both, "flags.read-cdb-with-both-bits", "11.3.4", MUST,
     "R and W together without the bidirectional AHS: the session goes on or is closed")
{
	contradiction(F_FINAL | CMD_READ | CMD_WRITE, cdb_read10);
}

TEST(write_both, "flags.write-cdb-with-both-bits", "11.3.4", MUST,
     "R and W together with a WRITE: the session goes on or is closed")
{
	contradiction(F_FINAL | CMD_READ | CMD_WRITE, cdb_write10);
}

TEST(no_final, "flags.read-without-f-bit", "11.3.1", MUST,
     "a READ with F=0 announces data that cannot come: the session goes on or is closed")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_read10(0, 1), CMD_READ, c->block);
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	all_is_well(c, r.closed);
}

TEST(attributes, "read.task-attributes", "11.3.1", MUST,
     "untagged, simple, ordered and head-of-queue tasks are executed")
{
	struct conn *c = login("");
	int attr;

	lu_ready(c);
	for (attr = 0; attr < 4; attr++) {
		struct pdu *p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
		struct result r;

		p->bhs[1] = (p->bhs[1] & ~7) | attr;
		pdu_send(c, p);
		r = scsi_finish(c, p, NULL, 0);
		expect_good(&r, "READ");
	}
}

TEST(attr_reserved, "read.reserved-task-attributes", "11.3.1", MUST,
     "reserved task attributes do no harm")
{
	struct conn *c = login("");
	int attr;

	lu_ready(c);
	for (attr = 5; attr < 8; attr++) {
		struct pdu *p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
		struct result r;

		p->bhs[1] = (p->bhs[1] & ~7) | attr;
		pdu_send(c, p);
		r = scsi_outcome(c, p, NULL, 0);
		if (r.closed) {
			target_is_well();
			return;
		}
	}
	session_is_well(c);
}

TEST(concurrent, "read.many-at-once", "11.7", MUST,
     "32 reads at once: each task gets its own data in order, whatever the interleaving")
{
	struct conn *c = login("MaxRecvDataSegmentLength=4096");
	uint32_t first, i, got[32] = { 0 }, done = 0;
	uint8_t *data;

	lu_ready(c);
	data = pattern(32 * 16384, 99);
	for (i = 0; i < 32; i++)
		fill_blocks(c, i * 16384 / c->block, data + i * 16384, 16384);
	first = c->itt;
	for (i = 0; i < 32; i++)
		pdu_send(c, scsi_pdu(c, cdb_read10(i * 16384 / c->block, 16384 / c->block),
				     F_FINAL | CMD_READ, 16384));
	while (done < 32) {
		struct pdu *p = pdu_get(c);
		uint32_t k = pdu_itt(p) - first;

		check(k < 32, "%s", pdu_describe(p));
		if (pdu_op(p) == OP_DATA_IN) {
			check(get32(p->bhs + 40) == got[k], "offset %u, expected %u",
			      get32(p->bhs + 40), got[k]);
			check(!memcmp(p->data, data + k * 16384 + got[k], p->len),
			      "the data of another task, or none");
			got[k] += p->len;
		}
		if (pdu_op(p) == OP_SCSI_RSP || p->bhs[1] & DIN_STATUS) {
			check(got[k] == 16384, "status after %u bytes", got[k]);
			done++;
		}
	}
}
