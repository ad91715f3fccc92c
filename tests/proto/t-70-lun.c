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

static struct result select_report(struct conn *c, uint8_t which)
{
	struct cdb cdb = cdb_report_luns(4096);

	cdb.b[2] = which;
	return scsi_read(c, cdb, 4096);
}

TEST(report_select, "lun.report-luns-select", "SPC-4 6.33", MUST,
     "SELECT REPORT: 0 and 2 list the units, 1 the well-known ones, of which there may be none; what is reserved is refused")
{
	static const uint8_t bad[] = { 0x03, 0x0f, 0x7f, 0xf7 };
	struct conn *c = login("");
	struct result a, b;
	unsigned int i;

	lu_ready(c);
	a = select_report(c, 0);
	expect_good(&a, "SELECT REPORT 0");
	b = select_report(c, 2);
	expect_good(&b, "SELECT REPORT 2");
	check(b.len >= a.len && get32(a.data) >= 8, "%u bytes, and %u", a.len, b.len);
	b = select_report(c, 1);
	expect_good(&b, "SELECT REPORT 1");
	check(b.len >= 8 && get32(b.data) == b.len - 8, "%u bytes, length %u", b.len,
	      get32(b.data));
	for (i = 8; i < b.len; i += 8)
		check((b.data[i] & 0xcf) == 0xc1, "0x%02x begins no well-known LUN", b.data[i]);
	for (i = 0; i < sizeof(bad); i++) {
		b = select_report(c, bad[i]);
		check(b.status == SAM_CHECK && b.key == 5 && b.asc == 0x24, "SELECT REPORT 0x%02x: %s",
		      bad[i], result_show(&b));
	}
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

/* What a unit says of itself: the designators of its VPD page 83h. */
static struct result identity(struct conn *c, const uint8_t lun[8])
{
	struct cdb cdb = { { 0x12, 1, 0x83, 0x10 } };
	struct result r = at_lun(c, lun, cdb, 4096);

	expect_good(&r, "INQUIRY");
	check(r.len >= 4 && r.data[0] >> 5 == 0, "LUN %02x%02x... is listed, and has qualifier %u",
	      lun[0], lun[1], r.data[0] >> 5);
	return r;
}

TEST(listed, "lun.what-is-listed-answers", "SAM-5 4.7", MUST,
     "each LUN of REPORT LUNS is there under the very bytes that are listed, LUNs above 255 in flat space addressing too")
{
	struct conn *c = login("");
	struct result list, r, f;
	uint32_t i;

	lu_ready(c);
	list = scsi_read(c, cdb_report_luns(4096), 4096);
	expect_good(&list, "REPORT LUNS");
	for (i = 8; i + 8 <= list.len; i += 8) {
		uint8_t *lun = list.data + i, flat[8] = { lun[0] | 0x40, lun[1] };

		r = identity(c, lun);
		if (lun[0] >> 6 || !lun[0])
			continue;
		f = identity(c, flat);
		check(r.len == f.len && !memcmp(r.data, f.data, r.len),
		      "LUN %02x%02x and %02x%02x are two units", lun[0], lun[1], flat[0], flat[1]);
	}
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

TEST(none_sense, "lun.none-request-sense", "SAM-5 5.11", MUST,
     "REQUEST SENSE of a LUN that does not exist is GOOD, with 5/25/00 as its data, in either format")
{
	struct conn *c = login("");
	struct cdb cdb = { { 0x03, 0, 0, 0, 252 } };
	struct result r;
	uint8_t lun[8];

	put_lun(lun, opt.no_lun);
	r = at_lun(c, lun, cdb, 252);
	expect_good(&r, "REQUEST SENSE");
	check(r.len == 18 && r.data[0] == 0x70 && r.data[2] == 5 && r.data[12] == 0x25 &&
	      !r.data[13], "%u bytes, response code 0x%02x", r.len, r.len ? r.data[0] : 0);
	check(r.flags & RSP_UNDER && r.residual == 234, "%s", result_show(&r));
	cdb.b[1] = 1;
	r = at_lun(c, lun, cdb, 252);
	expect_good(&r, "REQUEST SENSE with DESC");
	check(r.len == 8 && r.data[0] == 0x72 && r.data[1] == 5 && r.data[2] == 0x25 &&
	      !r.data[3], "%u bytes, response code 0x%02x", r.len, r.len ? r.data[0] : 0);
	cdb.b[4] = 0;
	r = at_lun(c, lun, cdb, 0);
	check(!r.len, "%u bytes for an allocation length of 0", r.len);
	session_is_well(c);
}

TEST(none_nothing, "lun.none-allocation-length-0", "SPC-4 4.2.5.6", MUST,
     "INQUIRY and REQUEST SENSE of a LUN that does not exist are GOOD, too, when no data are wanted")
{
	static const struct cdb none[] = { { { 0x12 } }, { { 0x03 } } };
	struct conn *c = login("");
	struct result r;
	uint8_t lun[8];
	unsigned int i;

	put_lun(lun, opt.no_lun);
	for (i = 0; i < 2; i++) {
		note("operation code 0x%02x", none[i].b[0]);
		r = at_lun(c, lun, none[i], 0);
		expect_good(&r, "without data");
		check(!r.flags, "%s", result_show(&r));
		r = at_lun(c, lun, none[i], 252);
		expect_good(&r, "with data expected");
		check(!r.len && r.flags == RSP_UNDER && r.residual == 252, "%s",
		      result_show(&r));
	}
	r = at_lun(c, lun, cdb_inquiry(36), 0);
	expect_good(&r, "with data but none expected");
	check(r.flags == RSP_OVER && r.residual == 36, "%s", result_show(&r));
	session_is_well(c);
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

static const uint8_t odd_luns[][8] = {
	{ 0xc1, 0x01 },				/* well known */
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	{ 0x80, 0x01 },				/* logical unit addressing */
	{ 0x3f, 0x00 },				/* another bus */
	{ 0x00, 0xfa, 0, 0, 0, 0, 0, 1 },	/* a second level */
	{ 0x7f, 0xff },				/* flat 16383 */
	{ 0xd2, 0x00, 0x00, 0x01 },		/* extended flat */
};

TEST(odd, "lun.odd-formats", "SAM-5 4.7.7", MUST,
     "LUN formats that name no logical unit: an error or no device, never another LUN's data")
{
	struct conn *c = login("");
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < sizeof(odd_luns) / 8; i++) {
		struct pdu *p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
		struct result r;

		memcpy(p->bhs + 8, odd_luns[i], 8);
		pdu_send(c, p);
		r = scsi_outcome(c, p, NULL, 0);
		if (r.closed) {
			target_is_well();
			return;
		}
		check(r.rejected || r.status == SAM_CHECK, "LUN %02x%02x...: %s",
		      odd_luns[i][0], odd_luns[i][1], result_show(&r));
	}
	session_is_well(c);
}

TEST(odd_inquiry, "lun.odd-formats-inquiry", "SPC-4 6.4.2", MUST,
     "INQUIRY with such a LUN is GOOD with peripheral qualifier 3, device type 0x1f")
{
	struct conn *c = login("");
	unsigned int i;

	for (i = 0; i < sizeof(odd_luns) / 8; i++) {
		struct result r = at_lun(c, odd_luns[i], cdb_inquiry(36), 36);

		/* The REPORT LUNS well known logical unit may exist. */
		if (!i && r.status == SAM_GOOD && r.data[0] == 0x1e)
			continue;
		expect_good(&r, "INQUIRY");
		check(r.len >= 5 && r.data[0] == 0x7f, "LUN %02x%02x...: byte 0 is 0x%02x",
		      odd_luns[i][0], odd_luns[i][1], r.data[0]);
	}
	session_is_well(c);
}

TEST(naca, "lun.naca-refused", "SAM-5 5.2", MUST,
     "NACA at a unit whose INQUIRY data has NORMACA 0: CHECK CONDITION 5/24/00, with CDBs of each length")
{
	static const struct cdb cdbs[] = {
		{ { 0x00, [5] = 4 } },				/* TEST UNIT READY */
		{ { 0x28, [8] = 1, [9] = 4 } },			/* READ(10) */
		{ { 0x88, [13] = 1, [15] = 4 } },		/* READ(16) */
		{ { 0xa8, [9] = 1, [11] = 4 } },		/* READ(12) */
	};
	struct conn *c = login("");
	struct result r;
	unsigned int i;

	lu_ready(c);
	r = scsi_read(c, cdb_inquiry(36), 36);
	expect_good(&r, "INQUIRY");
	if (r.data[3] & 0x20)
		skip("the unit has NORMACA");
	for (i = 0; i < sizeof(cdbs) / sizeof(*cdbs); i++) {
		r = i ? scsi_read(c, cdbs[i], c->block) : scsi_none(c, cdbs[i]);
		check(r.status == SAM_CHECK && r.key == 5 && r.asc == 0x24 && !r.ascq,
		      "CDB 0x%02x: %s", cdbs[i].b[0], result_show(&r));
		session_is_well(c);
	}
}

TEST(nothing, "lun.allocation-length-0", "SPC-4 4.2.5.6", MUST,
     "an allocation length of 0 is no error: GOOD, and all that is expected is residual")
{
	static const struct cdb cdbs[] = {
		{ { 0x03 } },			/* REQUEST SENSE */
		{ { 0x12 } },			/* INQUIRY */
		{ { 0x1a, 0, 0x3f } },		/* MODE SENSE(6) */
		{ { 0x5a, 0, 0x3f } },		/* MODE SENSE(10) */
		{ { 0x9e, 0x10 } },		/* READ CAPACITY(16) */
		{ { 0x5e, 0 } },		/* PERSISTENT RESERVE IN: READ KEYS */
		{ { 0x5e, 1 } },		/* ... READ RESERVATION */
		{ { 0x5e, 2 } },		/* ... REPORT CAPABILITIES */
		{ { 0x5e, 3 } },		/* ... READ FULL STATUS */
		{ { 0xa3, 0x0a } },		/* REPORT TARGET PORT GROUPS */
	};
	struct conn *c = login("");
	struct result r;
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < sizeof(cdbs) / sizeof(*cdbs); i++) {
		r = scsi_none(c, cdbs[i]);
		expect_good(&r, format("CDB 0x%02x", cdbs[i].b[0]));
		r = scsi_read(c, cdbs[i], 64);
		expect_good(&r, format("CDB 0x%02x, 64 bytes expected", cdbs[i].b[0]));
		check(!r.len && r.flags == RSP_UNDER && r.residual == 64, "CDB 0x%02x: %s",
		      cdbs[i].b[0], result_show(&r));
	}
}

/* The next designator of a VPD page 83h, or NULL. */
static const uint8_t *designator(const struct result *r, const uint8_t *d)
{
	const uint8_t *next = d ? d + 4 + d[3] : r->data + 4;

	return next + 4 <= r->data + r->len ? next : NULL;
}

struct port_ids {
	bool lun, name;
	int relative, group;
};

static void take_designator(const uint8_t *d, struct port_ids *ids)
{
	uint8_t association = d[1] >> 4 & 3, type = d[1] & 15;

	if (association == 0) {
		ids->lun |= type == 3;
		return;
	}
	check(d[1] & 0x80 && d[0] >> 4 == 5,
	      "designator type %u of the port or target: PIV %u, protocol %u; iSCSI is 5",
	      type, d[1] >> 7, d[0] >> 4);
	if (association != 1)
		return;
	if (type == 4 && d[3] == 4)
		ids->relative = get16(d + 6);
	if (type == 5 && d[3] == 4)
		ids->group = get16(d + 6);
	if (type != 8)
		return;
	check((d[0] & 15) == 3, "code set %u of a SCSI name string, UTF-8 is 3", d[0] & 15);
	check(d[3] % 4 == 0 && !d[4 + d[3] - 1], "a name of %u bytes: NUL, padded to 4", d[3]);
	ids->name = !strncasecmp((const char *)d + 4, format("%s,t,0x", opt.target),
				 strlen(opt.target) + 5) &&
		    strlen((const char *)d + 4) == strlen(opt.target) + 9;
	check(ids->name, "the port's name is %s", d + 4);
}

TEST(vpd83, "lun.device-identification", "SPC-4 7.8.6", MUST,
     "VPD page 83h: NAA of the unit; of the port its relative identifier, its group and NAME,t,0xTAG, as iSCSI")
{
	struct conn *c = login("");
	struct cdb cdb = { { 0x12, 1, 0x83, 0x10 } };
	struct port_ids ids = { .relative = -1, .group = -1 };
	const uint8_t *d = NULL;
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb, 4096);
	expect_good(&r, "INQUIRY");
	check(r.len >= 4 && r.data[1] == 0x83 && get16(r.data + 2) == r.len - 4,
	      "page 0x%02x of %u bytes", r.data[1], r.len);
	while ((d = designator(&r, d)))
		take_designator(d, &ids);
	check(ids.lun, "no NAA designator of the unit");
	check(ids.relative > 0, "relative target port identifier %d", ids.relative);
	check(ids.group >= 0, "no target port group");
	check(ids.name, "no SCSI name string of the port");
}

static void persistent_out(struct conn *c, uint8_t action, uint64_t key, uint64_t new)
{
	struct cdb cdb = { { 0x5f, action, 5, [8] = 24 } };
	uint8_t list[24] = { 0 };
	struct result r;

	put64(list, key);
	put64(list + 8, new);
	r = scsi_write(c, cdb, list, 24);
	expect_good(&r, format("PERSISTENT RESERVE OUT %u", action));
}

/* In the normal form: padded with NULs to a multiple of four (SPC-4 7.6.4.6). */
static void check_transport_id(const uint8_t *id, const struct conn *c)
{
	const char *name = (const char *)id + 4, *want;
	uint16_t len = get16(id + 2);

	want = format("%s,i,0x%02x%02x%02x%02x%02x%02x", opt.initiator, c->isid[0], c->isid[1],
		      c->isid[2], c->isid[3], c->isid[4], c->isid[5]);
	check(id[0] == 0x45, "format and protocol 0x%02x, iSCSI with an ISID is 0x45", id[0]);
	check(len % 4 == 0 && len >= 20 && len > strlen(name), "%u bytes for a name of %zu",
	      len, strlen(name));
	check(!strcasecmp(name, want), "%s, expected %s", name, want);
}

TEST(transport_id, "lun.transport-id", "SPC-4 7.6.4.6", MUST,
     "READ FULL STATUS: the initiator port is NAME,i,0xISID with protocol identifier 5")
{
	struct conn *c = login("");
	struct cdb cdb = { { 0x5e, 3, [7] = 0x10 } };
	const uint8_t *full;
	struct result r;

	lu_ready(c);
	persistent_out(c, 6, 0, 0xabcd);
	r = scsi_read(c, cdb, 4096);
	persistent_out(c, 3, 0xabcd, 0);
	expect_good(&r, "READ FULL STATUS");
	full = r.data + 8;
	check(r.len > 32 && get64(full) == 0xabcd, "%u bytes, another key", r.len);
	check(get16(full + 18) > 0, "relative target port identifier 0");
	check(get32(full + 20) == r.len - 32, "additional length %u of %u bytes",
	      get32(full + 20), r.len);
	check_transport_id(full + 24, c);
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
