// SPDX-License-Identifier: GPL-2.0
/* What belongs to an I_T nexus: its unit attentions (SAM-5, SPC-4). */
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define REQUEST_SENSE	0x03

/* A session that replaces another of the same initiator port. */
static struct conn *login_instead(struct conn *old, const char *keys)
{
	struct conn *c = conn_open();

	memcpy(c->isid, old->isid, 6);
	login_on(c, keys, NULL);
	expect_close(old);
	c->block = old->block;
	return c;
}

static struct conn *login_twice(void)
{
	struct conn *c = login("");

	lu_ready(c);
	return login_instead(c, "");
}

/* I_T NEXUS LOSS OCCURRED, or the RESET that stands for all of its kind. */
static void check_nexus_loss(uint8_t key, uint8_t asc, uint8_t ascq)
{
	check(key == 6 && asc == 0x29 && (ascq == 7 || ascq == 0), "sense %x/%02x/%02x", key,
	      asc, ascq);
}

TEST(loss, "nexus.loss-is-told", "SAM-5 6.3.4", MUST,
     "after its session was replaced an initiator port is told, once: unit attention 29/07")
{
	struct conn *c = login_twice();
	struct result r;

	session_is_well(c);		/* INQUIRY neither reports nor clears it */
	r = scsi_read(c, cdb_report_luns(4096), 4096);
	expect_good(&r, "REPORT LUNS");
	r = scsi_none(c, cdb_tur());
	check(r.status == SAM_CHECK, "%s", result_show(&r));
	check_nexus_loss(r.key, r.asc, r.ascq);
	r = scsi_none(c, cdb_tur());
	expect_good(&r, "the next command");
}

TEST(loss_write, "nexus.loss-is-told-to-a-write", "SAM-5 6.3.4", MUST,
     "a write that meets that unit attention writes nothing")
{
	struct conn *c = login("");
	uint8_t *before, *after;
	struct result r;

	lu_ready(c);
	before = pattern(c->block, 711);
	after = pattern(c->block, 712);
	fill_blocks(c, 0, before, c->block);
	c = login_instead(c, "InitialR2T=Yes ImmediateData=No");
	r = scsi_write(c, cdb_write10(0, 1), after, c->block);
	check(r.status == SAM_CHECK, "%s", result_show(&r));
	check_nexus_loss(r.key, r.asc, r.ascq);
	lu_ready(c);
	expect_blocks(c, 0, before, c->block, "the write that was refused");
}

TEST(loss_sense, "nexus.loss-is-told-by-request-sense", "SPC-4 6.39", MUST,
     "REQUEST SENSE gives that unit attention as its data, in either format, and so it is told")
{
	struct result r;
	struct conn *c;
	int desc;

	for (desc = 0; desc < 2; desc++) {
		c = login_twice();
		r = scsi_read(c, (struct cdb){ { REQUEST_SENSE, desc, [4] = 252 } }, 252);
		expect_good(&r, "REQUEST SENSE");
		check(r.len >= (desc ? 8 : 18) && r.data[0] == (desc ? 0x72 : 0x70),
		      "%u bytes, the first is 0x%02x", r.len, r.data[0]);
		if (desc)
			check_nexus_loss(r.data[1] & 15, r.data[2], r.data[3]);
		else
			check_nexus_loss(r.data[2] & 15, r.data[12], r.data[13]);
		r = scsi_none(c, cdb_tur());
		expect_good(&r, "the next command");
		conn_close(c);
	}
}

/* @cmd fails: in which format is it told? */
static bool sense_is_descriptor(struct conn *c, struct pdu *cmd)
{
	struct pdu *p;

	pdu_send(c, cmd);
	p = pdu_expect(c, OP_SCSI_RSP);
	check(p->bhs[3] == SAM_CHECK && p->len > 2, "%s", pdu_describe(p));
	return (p->data[2] & 0x7f) >= 0x72;
}

TEST(d_sense, "nexus.sense-format", "SPC-4 7.5.8", MUST,
     "sense data has the format that D_SENSE of the control mode page says, whoever finds the error")
{
	struct conn *c = login("ImmediateData=No");
	struct result r;
	struct pdu *p;
	bool desc;

	lu_ready(c);
	r = scsi_read(c, (struct cdb){ { 0x5a, 8, 0x0a, [8] = 252 } }, 252);
	expect_good(&r, "MODE SENSE(10)");
	check(r.len >= 11 && (r.data[8] & 0x3f) == 0x0a, "no control mode page");
	desc = r.data[10] & 4;
	p = scsi_pdu(c, (struct cdb){ { 0xfe } }, F_FINAL, 0);
	check(sense_is_descriptor(c, p) == desc, "D_SENSE is %d: the unit's own", desc);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, pattern(c->block, 714), c->block);
	check(sense_is_descriptor(c, p) == desc, "D_SENSE is %d: unexpected data", desc);
	session_is_well(c);
}
