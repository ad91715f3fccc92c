// SPDX-License-Identifier: GPL-2.0
/* What belongs to an I_T nexus: its unit attentions and reservations (SAM-5, SPC-4). */
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define REQUEST_SENSE	0x03
#define RESERVE		0x16
#define RELEASE		0x17
#define RESERVE_OUT	0x5f

/* A session that replaces another of the same initiator port. */
static struct conn *login_instead(struct conn *old, const char *keys)
{
	struct conn *c = conn_open_as(old);

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

/* Another port of the same initiator, whose ISID differs in what is at @byte. */
static struct conn *login_beside(const struct conn *a, int byte)
{
	struct conn *b = conn_open_as(a);

	b->isid[byte] ^= 0x40;
	login_on(b, "", NULL);
	lu_ready(b);
	return b;
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

/* The same initiator port, some time after its session was @over. */
static struct conn *login_later(const struct conn *over)
{
	struct conn *c;

	/* Else the new session may still replace the old one. */
	sleep_ms(500);
	c = conn_open_as(over);
	login_on(c, "", NULL);
	return c;
}

TEST(loss_later, "nexus.loss-is-told-later", "SAM-5 6.3.4", SHOULD,
     "an initiator port whose session was lost is told when it logs in again, once: unit attention 29/07")
{
	struct conn *c = login(""), *other;
	struct result r;

	lu_ready(c);
	other = login_beside(c, 5);
	conn_close(c);
	c = login_later(c);
	r = scsi_none(c, cdb_tur());
	check(r.status == SAM_CHECK, "%s", result_show(&r));
	check_nexus_loss(r.key, r.asc, r.ascq);
	r = scsi_none(c, cdb_tur());
	expect_good(&r, "the next command");
	r = scsi_none(other, cdb_tur());
	expect_good(&r, "a command of another port");
}

TEST(loss_logout, "nexus.logout-is-no-loss", "SAM-5 6.3.4", MAY,
     "an initiator port that has logged out, and logs in again, is told of no loss")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	pdu_send(c, logout_pdu(c, LOGOUT_SESSION, 0));
	pdu_expect(c, OP_LOGOUT_RSP);
	expect_close(c);
	c = login_later(c);
	r = scsi_none(c, cdb_tur());
	expect_good(&r, "the first command");
}

TEST(loss_many, "nexus.many-losses-are-told", "SAM-5 6.3.4", SHOULD,
     "each of several ports of an initiator whose sessions were lost together is told so")
{
	struct conn *c[4];
	struct result r;
	int i;

	c[0] = login("");
	lu_ready(c[0]);
	for (i = 1; i < 4; i++)
		c[i] = login_beside(c[i - 1], i + 2);
	for (i = 0; i < 4; i++)
		conn_close(c[i]);
	for (i = 3; i >= 0; i--) {
		c[i] = login_later(c[i]);
		r = scsi_none(c[i], cdb_tur());
		check(r.status == SAM_CHECK, "%s", result_show(&r));
		check_nexus_loss(r.key, r.asc, r.ascq);
	}
}

TEST(reserve, "nexus.reserve-of-another-port", "SPC-2 5.5.1", MUST,
     "what an initiator port has reserved (RESERVE(6)) is reserved for the initiator's other ports, too")
{
	int byte;

	for (byte = 3; byte < 6; byte++) {
		struct conn *a = login(""), *b;
		struct result r;

		lu_ready(a);
		b = login_beside(a, byte);
		r = scsi_none(a, (struct cdb){ { RESERVE } });
		expect_good(&r, "RESERVE(6)");
		r = scsi_none(b, cdb_tur());
		check(r.status == SAM_CONFLICT, "ISID differs in byte %d: %s", byte, result_show(&r));
		r = scsi_none(b, (struct cdb){ { RELEASE } });
		expect_good(&r, "RELEASE(6) of who has reserved nothing");
		r = scsi_none(b, cdb_tur());
		check(r.status == SAM_CONFLICT, "RELEASE(6) of another port: %s", result_show(&r));
		r = scsi_none(a, (struct cdb){ { RELEASE } });
		expect_good(&r, "RELEASE(6)");
		r = scsi_none(b, cdb_tur());
		expect_good(&r, "TEST UNIT READY of the other port");
	}
}

static struct result persistent_out(struct conn *c, uint8_t action, uint8_t type,
				    uint64_t key, uint64_t new)
{
	struct cdb cdb = { { RESERVE_OUT, action, type, [8] = 24 } };
	uint8_t list[24] = { 0 };

	put64(list, key);
	put64(list + 8, new);
	return scsi_write(c, cdb, list, 24);
}

static void persistent(struct conn *c, uint8_t action, uint64_t key, uint64_t new)
{
	struct result r = persistent_out(c, action, 1 /* write exclusive */, key, new);

	expect_good(&r, format("PERSISTENT RESERVE OUT %u", action));
}

TEST(persist, "nexus.persistent-reservation-of-another-port", "SPC-4 5.13.1", MUST,
     "a persistent reservation holds against the initiator's other ports, too, and not against its holder")
{
	int byte;

	for (byte = 3; byte < 6; byte++) {
		struct conn *a = login(""), *b;
		struct result mine, others;
		uint8_t *data;

		lu_ready(a);
		b = login_beside(a, byte);
		data = pattern(a->block, 713);
		persistent(a, 6, 0, 0xabcd);
		persistent(a, 1, 0xabcd, 0);
		others = scsi_write(b, cdb_write10(0, 1), data, b->block);
		mine = scsi_write(a, cdb_write10(0, 1), data, a->block);
		/* and over a session that is lost */
		conn_close(a);
		a = conn_open_as(b);
		a->isid[byte] ^= 0x40;
		login_on(a, "", NULL);
		lu_ready(a);
		persistent(a, 6, 0, 0);
		expect_good(&mine, "WRITE of the holder");
		check(others.status == SAM_CONFLICT, "ISID differs in byte %d: %s", byte,
		      result_show(&others));
	}
}

/* The target port that we are logged in to, as VPD page 83h has it (SPC-4 7.8.6.7). */
static uint16_t relative_target_port(struct conn *c)
{
	struct result r = scsi_read(c, (struct cdb){ { 0x12, 1, 0x83, 0x10 } }, 4096);
	uint32_t at;

	expect_good(&r, "INQUIRY");
	for (at = 4; at + 8 <= r.len; at += 4 + r.data[at + 3])
		if ((r.data[at + 1] & 0x3f) == 0x14)
			return get16(r.data + at + 6);
	skip("the target port has no relative identifier");
}

/* REGISTER AND MOVE; @to is registered with 0xbeef then. */
static struct result persistent_move(struct conn *c, const struct conn *to)
{
	uint8_t list[24 + 4 + 256] = { 0 };
	struct cdb cdb = { { RESERVE_OUT, 7, 1 } };
	const char *name = format("%s,i,0x%02x%02x%02x%02x%02x%02x", opt.initiator, to->isid[0],
				  to->isid[1], to->isid[2], to->isid[3], to->isid[4],
				  to->isid[5]);
	size_t len = (strlen(name) + 4) & ~3;

	put64(list, 0xabcd);
	put64(list + 8, 0xbeef);
	put16(list + 18, relative_target_port(c));
	put32(list + 20, len + 4);
	list[24] = 0x45;
	put16(list + 26, len);
	memcpy(list + 28, name, strlen(name));
	put16(cdb.b + 7, 28 + len);
	return scsi_write(c, cdb, list, 28 + len);
}

TEST(move, "nexus.reservation-moves", "SPC-4 5.13.8", MUST,
     "REGISTER AND MOVE to a port that is registered moves the reservation; to one that is not: moves it, or is refused")
{
	struct conn *a, *b;
	int i, registered;

	for (i = 0; i < 4; i++) {
		struct result moved, mine, others;
		uint8_t *data;

		a = login("");
		lu_ready(a);
		b = login_beside(a, 5);
		data = pattern(a->block, 715);
		registered = i & 1;
		if (registered)
			persistent(b, 6, 0, 0x1234);
		persistent(a, 6, 0, 0xabcd);
		persistent(a, 1, 0xabcd, 0);
		moved = persistent_move(a, b);
		mine = scsi_write(a, cdb_write10(0, 1), data, a->block);
		others = scsi_write(b, cdb_write10(0, 1), data, b->block);
		if (moved.status == SAM_GOOD)
			persistent(b, 3, 0xbeef, 0);
		else
			persistent(a, 3, 0xabcd, 0);
		if (!registered && moved.status == SAM_CHECK) {
			check(moved.key == 5 && mine.status == SAM_GOOD, "%s, then %s",
			      result_show(&moved), result_show(&mine));
			continue;
		}
		expect_good(&moved, "REGISTER AND MOVE");
		check(mine.status == SAM_CONFLICT, "who had it: %s", result_show(&mine));
		expect_good(&others, "WRITE of who has got it");
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
