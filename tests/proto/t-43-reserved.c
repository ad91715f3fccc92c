// SPDX-License-Identifier: GPL-2.0
/*
 * Reserved fields and bits are ignored by the receiver (11.2), reserved tags
 * are not taken for tags.
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static void ones(struct pdu *p, unsigned int from, unsigned int to)
{
	memset(p->bhs + from, 0xff, to - from + 1);
}

TEST(login_, "reserved.login", "11.12", MUST,
     "the reserved fields of a Login Request are ignored")
{
	struct conn *c;
	struct pdu *p, *r;

	need_no_chap();
	c = conn_open();
	p = login_pdu(c, STAY(OPER), names());
	p->bhs[0] |= 0x80;
	p->bhs[1] |= 0x30;
	ones(p, 22, 23);
	ones(p, 32, 47);
	pdu_send(c, p);
	r = login_recv(c, STAY(OPER));
	check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
}

TEST(login_nsg, "reserved.login-nsg-without-t", "11.12.3", MUST,
     "NSG is reserved when T is 0, and ignored")
{
	struct conn *c;
	struct pdu *r;
	uint8_t nsg;

	need_no_chap();
	for (nsg = 0; nsg < 4; nsg++) {
		c = conn_open();
		login_send(c, STAGE(OPER, nsg), names());
		r = pdu_expect(c, OP_LOGIN_RSP);
		check(login_status(r) == 0, "NSG %u: refused with 0x%04x", nsg,
		      login_status(r));
	}
}

TEST(nop, "reserved.nop-out", "11.18", MUST,
     "the reserved fields of a NOP-Out are ignored")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, "ping", 4, true), *r;

	p->bhs[0] |= 0x80;
	ones(p, 1, 3);
	ones(p, 32, 47);
	pdu_send(c, p);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(p) && r->len == 4, "%s", pdu_describe(r));
	session_is_well(c);
}

TEST(scsi, "reserved.scsi-command", "11.3", MUST,
     "the reserved fields of a SCSI Command are ignored")
{
	struct conn *c = login("");
	struct result r;
	struct pdu *p;

	lu_ready(c);
	p = scsi_pdu(c, cdb_read10(0, 1), F_FINAL | CMD_READ, c->block);
	p->bhs[0] |= 0x80;
	p->bhs[1] |= 0x18;
	p->bhs[2] = 0xff;
	pdu_send(c, p);
	r = scsi_finish(c, p, NULL, 0);
	expect_good(&r, "READ");
	check(r.len == c->block, "%u bytes", r.len);
}

TEST(data, "reserved.data-out", "11.7", MUST,
     "the reserved fields of a Data-Out are ignored")
{
	struct conn *c = login("InitialR2T=Yes ImmediateData=No");
	struct pdu *w, *r2t, *p, *r;
	uint8_t *data;

	lu_ready(c);
	data = pattern(c->block, 80);
	w = waiting_write(c, c->block, &r2t);
	p = data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0, data, c->block, true);
	p->bhs[0] |= 0xc0;
	p->bhs[1] |= 0x7f;
	ones(p, 2, 3);
	ones(p, 24, 27);
	ones(p, 32, 35);
	ones(p, 44, 47);
	pdu_send(c, p);
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	expect_blocks(c, 0, data, c->block, "reserved fields");
}

TEST(tmf_, "reserved.task-management", "11.5", MUST,
     "the reserved fields of a task management request are ignored")
{
	struct conn *c = login("");
	struct pdu *t, *r;

	lu_ready(c);
	t = tmf_pdu(c, TMF_ABORT_TASK, 0x4444, c->exp_cmdsn - 2);
	t->bhs[0] |= 0x80;
	ones(t, 2, 3);
	ones(t, 40, 47);
	pdu_send(c, t);
	r = pdu_expect(c, OP_TMF_RSP);
	check(r->bhs[2] == TMR_NO_TASK, "response %u", r->bhs[2]);
}

TEST(text, "reserved.text", "11.10", MUST,
     "the reserved fields of a Text Request are ignored")
{
	struct conn *c = login("");
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.a=1"), *r;

	p->bhs[0] |= 0x80;
	p->bhs[1] |= 0x3f;
	ones(p, 2, 3);
	ones(p, 32, 47);
	pdu_send(c, p);
	r = pdu_expect(c, OP_TEXT_RSP);
	check(pdu_itt(r) == pdu_itt(p), "%s", pdu_describe(r));
}

TEST(logout, "reserved.logout", "11.14", MUST,
     "the reserved fields of a Logout Request are ignored")
{
	struct conn *c = login("");
	struct pdu *p = logout_pdu(c, LOGOUT_SESSION, 0), *r;

	p->bhs[0] |= 0x80;
	ones(p, 2, 3);
	ones(p, 8, 15);
	ones(p, 22, 23);
	ones(p, 32, 47);
	pdu_send(c, p);
	r = pdu_expect(c, OP_LOGOUT_RSP);
	check(r->bhs[2] == 0, "response %u", r->bhs[2]);
	expect_close(c);
}

TEST(padding, "reserved.padding", "11.1", MUST,
     "padding that is not 0 is taken, and is part of the data digest")
{
	struct conn *c = login("DataDigest=CRC32C");
	struct pdu *p = nop_pdu(c, "ping!", 5, true), *r;

	p->pad_byte = 0xa5;
	pdu_send(c, p);
	r = pdu_expect(c, OP_NOP_IN);
	check(r->len == 5 && !memcmp(r->data, "ping!", 5), "%zu bytes", r->len);
	session_is_well(c);
}

static void reserved_itt(struct pdu *p, struct conn *c)
{
	put32(p->bhs + 16, NO_TAG);
	send_refused(c, p);
	conn_close(c);
	target_is_well();
}

TEST(itt, "reserved.initiator-task-tag", "11.2.1.8", MUST,
     "ITT 0xffffffff names no task: a request other than NOP-Out with it is rejected or ends the connection")
{
	struct conn *c = login("");

	reserved_itt(scsi_pdu(c, cdb_inquiry(36), F_FINAL | CMD_READ, 36), c);
	c = login("");
	reserved_itt(text_pdu(c, F_FINAL, NO_TAG, NO_TAG, "X-com.example.a=1"), c);
	c = login("");
	reserved_itt(tmf_pdu(c, TMF_ABORT_TASK, 0x4444, c->exp_cmdsn - 2), c);
	c = login("");
	reserved_itt(data_out(c, NO_TAG, NO_TAG, 0, 0, "data", 4, true), c);
}
