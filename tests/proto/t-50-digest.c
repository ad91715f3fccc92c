// SPDX-License-Identifier: GPL-2.0
/* Header and data digests (11.2.3, 13.1, 7.8). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static const char *digests(bool header, bool data)
{
	return format("HeaderDigest=%s DataDigest=%s", header ? "CRC32C" : "None",
		      data ? "CRC32C" : "None");
}

static void combination(bool header, bool data, const char *more)
{
	struct conn *c = login(format("%s%s", digests(header, data), more));
	uint32_t len[] = { 0, 64 << 10, 300 << 10 }, i;

	check(c->p.header_digest == header && c->p.data_digest == data,
	      "13.1: another digest was chosen");
	lu_ready(c);
	len[0] = c->block;
	for (i = 0; i < 3; i++) {
		uint8_t *buf = pattern(len[i] & ~4095u ? len[i] & ~4095u : len[i], i);
		uint32_t n = len[i] & ~4095u ? len[i] & ~4095u : len[i];

		fill_blocks(c, 0, buf, n);
		expect_blocks(c, 0, buf, n, "with digests");
	}
	conn_close(c);
}

TEST(none, "digest.none", "13.1", MUST, "I/O without digests")
{
	combination(false, false, "");
}

TEST(header, "digest.header", "13.1", MUST, "I/O with a header digest")
{
	combination(true, false, "");
}

TEST(data, "digest.data", "13.1", MUST, "I/O with a data digest")
{
	combination(false, true, "");
}

TEST(both, "digest.both", "13.1", MUST, "I/O with both digests")
{
	combination(true, true, "");
}

TEST(both_r2t, "digest.both-with-r2t", "13.1", MUST,
     "I/O with both digests, R2Ts and small segments")
{
	combination(true, true, " InitialR2T=Yes ImmediateData=No MaxRecvDataSegmentLength=1024");
}

TEST(padding, "digest.covers-padding", "11.2.3", MUST,
     "the data digest covers the padding: pings of 1 to 9 bytes")
{
	struct conn *c = login(digests(true, true));
	unsigned int n;

	for (n = 0; n < 10; n++) {
		struct pdu *p = nop_pdu(c, "123456789", n, true), *r;

		pdu_send(c, p);
		r = pdu_expect(c, OP_NOP_IN);
		check(r->len == n && (!n || !memcmp(r->data, "123456789", n)),
		      "%u bytes came back as %zu", n, r->len);
	}
}

TEST(ahs, "digest.covers-ahs", "11.2.3", MUST,
     "the header digest covers the AHS")
{
	struct cdb cdb = { { 0x7f, 0, 0, 0, 0, 0, 0, 24, 0, 9 } };
	struct conn *c = login(digests(true, true));
	uint8_t ext[17] = { 0 };
	struct result r;
	struct pdu *p;

	lu_ready(c);
	put32(ext + 13, 1);
	p = scsi_pdu(c, cdb, F_FINAL | CMD_READ, c->block);
	pdu_ahs(p, 1, ext, 17);
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	check(r.response == 0 && (r.status == SAM_GOOD || r.key == 5), "%s",
	      result_show(&r));
	session_is_well(c);
}

TEST(from_ffp, "digest.not-during-login", "13.1", MUST,
     "digests begin with the full feature phase, the final Login Response has none")
{
	struct conn *c = login(digests(true, true));

	session_is_well(c);
}

TEST(bad_header, "digest.header-error", "7.8", MUST,
     "a PDU with a header digest error is not executed: it is discarded or the connection ends")
{
	struct conn *c = login(digests(true, false));
	struct pdu *p = nop_pdu(c, NULL, 0, true), *r = NULL;

	p->spoil_header = 1;
	pdu_send(c, p);
	if (pdu_try(c, &r, opt.quiet * 2) == RX_PDU)
		check(pdu_op(r) != OP_NOP_IN, "it was executed");
	target_is_well();
}

TEST(bad_header_write, "digest.header-error-in-data-out", "7.8", MUST,
     "a Data-Out with a header digest error never makes a write complete with GOOD")
{
	struct conn *c = login("HeaderDigest=CRC32C InitialR2T=Yes ImmediateData=No");
	struct pdu *w, *r2t, *p, *r = NULL;

	lu_ready(c);
	w = waiting_write(c, c->block, &r2t);
	p = data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0, pattern(c->block, 1),
		     c->block, true);
	p->spoil_header = 0x80000000;
	pdu_send(c, p);
	if (pdu_try(c, &r, opt.quiet * 2) == RX_PDU)
		check(pdu_op(r) != OP_SCSI_RSP || r->bhs[3] != SAM_GOOD, "GOOD");
	target_is_well();
}

TEST(bad_data_nop, "digest.data-error-in-nop", "7.8", MUST,
     "a PDU with a data digest error: Reject with reason 0x02 and the PDU is discarded; the session goes on")
{
	struct conn *c = login(digests(false, true));
	struct pdu *p = nop_pdu(c, "ping", 4, true);

	p->spoil_data = 1;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	expect_silence(c);
	session_is_well(c);
}

TEST(bad_data_cmd, "digest.data-error-in-immediate-data", "7.8", MUST,
     "a command whose immediate data has a digest error is rejected and discarded; sent again with its CmdSN it is executed")
{
	struct conn *c = login(digests(true, true));
	uint8_t *before, *data;
	struct result r;
	struct pdu *p;

	lu_ready(c);
	before = pattern(c->block, 50);
	data = pattern(c->block, 51);
	fill_blocks(c, 0, before, c->block);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, data, c->block);
	p->spoil_data = 0x55;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	p->spoil_data = 0;
	pdu_send(c, p);
	c->cmdsn = get32(p->bhs + 24) + 1;
	r = scsi_finish(c, p, data, c->block);
	expect_good(&r, "the retried WRITE");
	expect_blocks(c, 0, data, c->block, "the retried WRITE");
}

TEST(bad_data_out, "digest.data-error-in-data-out", "7.8", MUST,
     "a Data-Out with a digest error: Reject 0x02, then the data is asked for again, or the task ends with 'protocol service CRC error'")
{
	struct conn *c = login("DataDigest=CRC32C InitialR2T=Yes ImmediateData=No");
	struct pdu *w, *r2t, *p, *r;
	uint8_t *data;
	struct result res;

	lu_ready(c);
	data = pattern(2 * c->block, 60);
	w = waiting_write(c, 2 * c->block, &r2t);
	p = data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0, data, c->block, false);
	p->spoil_data = 7;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	pdu_send(c, data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 1, c->block,
			     data + c->block, c->block, true));
	r = pdu_get(c);
	if (pdu_op(r) == OP_R2T) {
		send_burst(c, pdu_itt(w), get32(r->bhs + 20), data,
			   get32(r->bhs + 40), get32(r->bhs + 44));
		r = pdu_expect(c, OP_SCSI_RSP);
		check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	} else {
		check(pdu_op(r) == OP_SCSI_RSP, "got %s", pdu_describe(r));
		res = parse_response(r);
		check(res.status == SAM_CHECK && res.key == 0xb && res.asc == 0x47 &&
		      res.ascq == 5, "%s", result_show(&res));
	}
	session_is_well(c);
}

TEST(bad_data_last, "digest.data-error-in-last-data-out", "7.8", MUST,
     "a digest error in the only Data-Out of a burst: Reject 0x02, then R2T anew or 'protocol service CRC error'")
{
	struct conn *c = login("DataDigest=CRC32C InitialR2T=Yes ImmediateData=No");
	struct pdu *w, *r2t, *p;
	struct result r;
	uint8_t *data;

	lu_ready(c);
	data = pattern(c->block, 61);
	w = waiting_write(c, c->block, &r2t);
	p = data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0, data, c->block, true);
	p->spoil_data = 7;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	p = pdu_get(c);
	if (pdu_op(p) == OP_R2T)
		return;
	check(pdu_op(p) == OP_SCSI_RSP, "got %s", pdu_describe(p));
	r = parse_response(p);
	check(r.status == SAM_CHECK && r.key == 0xb && r.asc == 0x47 && r.ascq == 5,
	      "%s", result_show(&r));
	session_is_well(c);
}

TEST(bad_data_text, "digest.data-error-in-text", "7.8", MUST,
     "a Text Request with a data digest error is rejected with reason 0x02 and can be sent again")
{
	struct conn *c = login(digests(true, true));
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.a=1");

	p->spoil_data = 7;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	p->spoil_data = 0;
	pdu_send(c, p);
	c->cmdsn = get32(p->bhs + 24) + 1;
	pdu_expect(c, OP_TEXT_RSP);
	session_is_well(c);
}

TEST(reject_digests, "digest.on-reject", "11.2.3", MUST,
     "Reject, sense data and ping answers carry right digests too")
{
	struct conn *c = login(digests(true, true));
	struct cdb cdb = { { 0xc7 } };
	struct pdu *p = pdu_new(0x1f | OP_IMMEDIATE);
	struct result r;

	lu_ready(c);
	put32(p->bhs + 16, c->itt++);
	put32(p->bhs + 24, c->cmdsn);
	pdu_send(c, p);
	expect_reject(c, p, 0);
	r = scsi_none(c, cdb);
	check(r.status == SAM_CHECK, "%s", result_show(&r));
	session_is_well(c);
}

TEST(bad_data_unread, "digest.data-error-in-data-nobody-wants", "7.8", MUST,
     "a data digest error is found in data that is passed over, too: Reject with reason 0x02")
{
	struct conn *c = login(digests(false, true));
	struct pdu *p = nop_pdu(c, "ping", 4, true);

	/* no answer to it was asked for */
	put32(p->bhs + 16, NO_TAG);
	p->spoil_data = 1;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	p = tmf_pdu(c, TMF_ABORT_TASK, 0x4444, c->cmdsn - 50);
	pdu_data(p, "data", 4);
	p->spoil_data = 1;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	session_is_well(c);
}

TEST(again_late, "digest.request-sent-again-later", "7.8", SHOULD,
     "who takes 2 s to send a request again that was rejected for its digest has the session still")
{
	struct conn *c = login(digests(false, true));
	uint8_t *data;
	struct pdu *p;
	struct result r;

	lu_ready(c);
	data = pattern(c->block, 52);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, data, c->block);
	p->spoil_data = 0x55;
	pdu_send(c, p);
	expect_reject(c, p, REJ_DATA_DIGEST, 0);
	sleep_ms(1000);
	pdu_send(c, nop_pdu(c, "ping", 4, true));
	pdu_expect(c, OP_NOP_IN);
	sleep_ms(1000);
	p->spoil_data = 0;
	pdu_send(c, p);
	c->cmdsn = get32(p->bhs + 24) + 1;
	r = scsi_finish(c, p, data, c->block);
	expect_good(&r, "the retried WRITE");
}
