// SPDX-License-Identifier: GPL-2.0
/* What belongs to an I_T nexus (SAM-5, SPC-4). */
#include "harness.h"
#include "login.h"
#include "scsi.h"

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
