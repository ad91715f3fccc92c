// SPDX-License-Identifier: GPL-2.0
/* LUNs (11.3, SAM-5 4.7). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static struct result at_lun(struct conn *c, const uint8_t lun[8], struct cdb cdb,
			    uint32_t edtl)
{
	struct pdu *p = scsi_pdu(c, cdb, F_FINAL | (edtl ? CMD_READ : 0), edtl);

	memcpy(p->bhs + 8, lun, 8);
	pdu_send(c, p);
	return scsi_finish(c, p, NULL, 0);
}

TEST(report, "lun.report-luns", "SAM-5 4.7", MUST,
     "REPORT LUNS lists the LUN, each entry once, in a valid addressing format")
{
	struct conn *c = login("");
	struct result r = scsi_read(c, cdb_report_luns(4096), 4096);
	uint32_t len, i, j;
	uint8_t want[8];
	bool found = false;

	if (r.status == SAM_CHECK)
		r = scsi_read(c, cdb_report_luns(4096), 4096);
	expect_good(&r, "REPORT LUNS");
	len = get32(r.data);
	check(len % 8 == 0 && len >= 8, "LUN list length %u", len);
	check(r.len == (len + 8 < 4096 ? len + 8 : 4096), "%u bytes for a list of %u",
	      r.len, len);
	put_lun(want, opt.lun);
	for (i = 8; i < r.len; i += 8) {
		uint8_t method = r.data[i] >> 6;

		check(method == 0 || method == 1 || method == 3, "method %u", method);
		if (!memcmp(r.data + i, want, 8) ||
		    (method == 1 && (get16(r.data + i) & 0x3fff) == opt.lun))
			found = true;
		for (j = 8; j < i; j += 8)
			check(memcmp(r.data + i, r.data + j, 8), "an entry twice");
	}
	check(found, "LUN %u is not listed", opt.lun);
}

TEST(report_zero, "lun.report-luns-at-lun-0", "SAM-5 4.7", MUST,
     "REPORT LUNS works at LUN 0 whether or not there is a logical unit")
{
	struct conn *c = login("");
	uint8_t lun[8] = { 0 };
	struct result r = at_lun(c, lun, cdb_report_luns(4096), 4096);

	if (r.status == SAM_CHECK && r.key == 6)
		r = at_lun(c, lun, cdb_report_luns(4096), 4096);
	expect_good(&r, "REPORT LUNS");
}

TEST(flat, "lun.flat-addressing", "SAM-5 4.7.7.3", MUST,
     "flat space addressing reaches the same logical unit as peripheral device addressing")
{
	struct conn *c = login("");
	uint8_t lun[8] = { 0 };
	struct result r;

	if (opt.lun > 255)
		skip("needs a LUN below 256");
	lu_ready(c);
	put16(lun, 0x4000 | opt.lun);
	r = at_lun(c, lun, cdb_tur(), 0);
	expect_good(&r, "TEST UNIT READY at a flat LUN");
}

TEST(none_tur, "lun.none-test-unit-ready", "SAM-5 4.7", MUST,
     "a command to a LUN that does not exist: CHECK CONDITION 5/25/00")
{
	struct conn *c = login("");
	struct result r;
	uint8_t lun[8];

	put_lun(lun, opt.no_lun);
	r = at_lun(c, lun, cdb_tur(), 0);
	check(r.response == 0 && r.status == SAM_CHECK && r.key == 5 &&
	      r.asc == 0x25 && r.ascq == 0, "%s", result_show(&r));
	session_is_well(c);
}

TEST(none_inquiry, "lun.none-inquiry", "SPC-4 6.4.2", MUST,
     "INQUIRY of a LUN that does not exist is GOOD with peripheral qualifier 3, device type 0x1f")
{
	struct conn *c = login("");
	struct result r;
	uint8_t lun[8];

	put_lun(lun, opt.no_lun);
	r = at_lun(c, lun, cdb_inquiry(36), 36);
	expect_good(&r, "INQUIRY");
	check(r.len >= 5 && r.data[0] == 0x7f, "byte 0 is 0x%02x", r.data[0]);
}

TEST(none_write, "lun.none-write", "SAM-5 4.7", MUST,
     "a WRITE with immediate data to a LUN that does not exist fails, and the stream stays in step")
{
	struct conn *c = login("");
	struct result r;
	uint8_t *data;
	struct pdu *p;

	lu_ready(c);
	data = pattern(8 * c->block, 1);
	p = scsi_pdu(c, cdb_write10(0, 8), F_FINAL | CMD_WRITE, 8 * c->block);
	put_lun(p->bhs + 8, opt.no_lun);
	pdu_data(p, data, 8 * c->block);
	pdu_send(c, p);
	r = scsi_finish(c, p, data, 8 * c->block);
	check(r.response == 0 && r.status == SAM_CHECK && r.key == 5, "%s",
	      result_show(&r));
	session_is_well(c);
}

TEST(none_write_r2t, "lun.none-write-unsolicited", "SAM-5 4.7", MUST,
     "a WRITE with unsolicited Data-Out to a LUN that does not exist fails, and the stream stays in step")
{
	struct conn *c = login_unsolicited("");
	struct result r;
	uint8_t *data;
	struct pdu *p;

	data = pattern(8 * c->block, 1);
	p = scsi_pdu(c, cdb_write10(0, 8), CMD_WRITE, 8 * c->block);
	put_lun(p->bhs + 8, opt.no_lun);
	pdu_send(c, p);
	{
		struct pdu *d = data_out(c, pdu_itt(p), NO_TAG, 0, 0, data, 8 * c->block, true);

		put_lun(d->bhs + 8, opt.no_lun);
		pdu_send(c, d);
	}
	r = scsi_outcome(c, p, data, 8 * c->block);
	check(!r.closed && !r.rejected && r.status == SAM_CHECK && r.key == 5, "%s",
	      result_show(&r));
	session_is_well(c);
}

TEST(odd, "lun.odd-formats", "SAM-5 4.7.7", MUST,
     "LUN formats that name no logical unit: an error or no device, never another LUN's data")
{
	static const uint8_t luns[][8] = {
		{ 0xc1, 0x01 },				/* well known */
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x80, 0x01 },				/* logical unit addressing */
		{ 0x01, 0x00 },				/* another bus */
		{ 0x00, 0xfa, 0, 0, 0, 0, 0, 1 },	/* a second level */
		{ 0x7f, 0xff },				/* flat 16383 */
		{ 0xd2, 0x00, 0x00, 0x01 },		/* extended flat */
	};
	struct conn *c = login("");
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < sizeof(luns) / 8; i++) {
		struct pdu *p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
		struct result r;

		memcpy(p->bhs + 8, luns[i], 8);
		pdu_send(c, p);
		r = scsi_outcome(c, p, NULL, 0);
		if (r.closed) {
			target_is_well();
			return;
		}
		check(r.rejected || r.status == SAM_CHECK, "LUN %02x%02x...: %s",
		      luns[i][0], luns[i][1], result_show(&r));
	}
	session_is_well(c);
}

TEST(ua, "lun.unit-attention-per-nexus", "SAM-5 5.14", MUST,
     "a unit attention is reported once, to a command other than INQUIRY, REPORT LUNS and REQUEST SENSE")
{
	struct conn *c = login("");
	struct result r;
	int i, n = 0;

	r = scsi_read(c, cdb_inquiry(36), 36);
	expect_good(&r, "INQUIRY with a unit attention pending");
	for (i = 0; i < 5; i++) {
		r = scsi_none(c, cdb_tur());
		if (r.status == SAM_GOOD)
			break;
		check(r.status == SAM_CHECK && r.key == 6, "%s", result_show(&r));
		n++;
	}
	check(n < 5, "unit attention without end");
}
