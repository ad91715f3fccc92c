// SPDX-License-Identifier: GPL-2.0
/* What belongs to an I_T nexus: its unit attentions and reservations (SAM-5, SPC-4). */
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define REQUEST_SENSE	0x03
#define RESERVE		0x16
#define RELEASE		0x17
#define RESERVE_10	0x56
#define RELEASE_10	0x57
#define RESERVE_IN	0x5e
#define RESERVE_OUT	0x5f
#define THIRD_PARTY	0x10

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
	log_out(c);
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

TEST(third_party, "nexus.third-party-reservation", "SPC-2 5.5.1", MUST,
     "RESERVE and RELEASE for a third party, which none can be, are refused, and reserve and release nothing")
{
	static const uint8_t reserve[] = { RESERVE, RESERVE_10 }, release[] = { RELEASE, RELEASE_10 };
	struct conn *a = login(""), *b;
	struct result r;
	int i;

	lu_ready(a);
	b = login_beside(a, 5);
	for (i = 0; i < 2; i++) {
		r = scsi_none(a, (struct cdb){ { reserve[i], THIRD_PARTY | 0x02 } });
		check(r.status == SAM_CHECK && r.key == 5, "CDB 0x%02x: %s", reserve[i],
		      result_show(&r));
		r = scsi_none(b, cdb_tur());
		expect_good(&r, "TEST UNIT READY of another port");
		r = scsi_none(a, (struct cdb){ { reserve[i] } });
		expect_good(&r, "RESERVE");
		r = scsi_none(a, (struct cdb){ { release[i], THIRD_PARTY | 0x02 } });
		check(r.status == SAM_CHECK && r.key == 5, "CDB 0x%02x: %s", release[i],
		      result_show(&r));
		r = scsi_none(b, cdb_tur());
		check(r.status == SAM_CONFLICT, "TEST UNIT READY of another port: %s",
		      result_show(&r));
		r = scsi_none(a, (struct cdb){ { release[i] } });
		expect_good(&r, "RELEASE");
	}
}

TEST(reset_frees, "nexus.reset-ends-reserve", "SPC-2 5.5.1", MUST,
     "LOGICAL UNIT RESET by another port, and TARGET WARM RESET where there is one, end what was reserved (RESERVE(6))")
{
	static const uint8_t function[] = { TMF_LUN_RESET, TMF_WARM_RESET };
	struct conn *a = login(""), *b;
	struct result r;
	struct pdu *p;
	int i;

	lu_ready(a);
	b = login_beside(a, 5);
	for (i = 0; i < 2; i++) {
		r = scsi_none(a, (struct cdb){ { RESERVE } });
		expect_good(&r, "RESERVE(6)");
		pdu_send(b, tmf_pdu(b, function[i], 0xffffffff, 0));
		p = pdu_expect(b, OP_TMF_RSP);
		if (i && p->bhs[2] != TMR_COMPLETE)
			break;
		check(p->bhs[2] == TMR_COMPLETE, "response %u", p->bhs[2]);
		lu_ready(b);
		r = scsi_none(b, (struct cdb){ { RESERVE } });
		expect_good(&r, "RESERVE(6) of another port");
		r = scsi_none(b, (struct cdb){ { RELEASE } });
		expect_good(&r, "RELEASE(6)");
		lu_ready(a);
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
		a = login_beside(b, byte);
		persistent(a, 6, 0, 0);
		expect_good(&mine, "WRITE of the holder");
		check(others.status == SAM_CONFLICT, "ISID differs in byte %d: %s", byte,
		      result_show(&others));
	}
}

static struct result persistent_in(struct conn *c, uint8_t action, uint8_t alloc,
				   uint32_t edtl)
{
	return scsi_read(c, (struct cdb){ { RESERVE_IN, action, [8] = alloc } }, edtl);
}

static void check_persistent_in(struct conn *c, uint8_t action)
{
	struct result all = persistent_in(c, action, 255, 255), r;
	uint32_t n;

	note("service action %u", action);
	expect_good(&all, "PERSISTENT RESERVE IN");
	check(all.len >= 8, "%u bytes", all.len);
	for (n = 0; n <= 32; n++) {
		uint32_t len = n < all.len ? n : all.len;

		r = persistent_in(c, action, n, 255);
		expect_good(&r, format("allocation length %u", n));
		check(r.len == len && !memcmp(r.data, all.data, len), "%u bytes of %u", r.len, n);
		check(r.flags == RSP_UNDER && r.residual == 255 - len, "%s", result_show(&r));
		if (!n)
			continue;
		r = persistent_in(c, action, 255, n);
		expect_good(&r, format("%u bytes are expected", n));
		check(r.len == len && !memcmp(r.data, all.data, len), "%u bytes of %u", r.len, n);
		if (n < all.len)
			check(r.flags == RSP_OVER && r.residual == all.len - n, "%s", result_show(&r));
	}
}

TEST(persist_in, "nexus.persistent-reserve-in-cut", "SPC-4 4.2.5.6, 6.15", MUST,
     "PERSISTENT RESERVE IN is cut by the allocation length, and by what is expected, however short: that is no error")
{
	struct conn *c = login("");
	uint8_t action;

	lu_ready(c);
	persistent(c, 6, 0, 0xabcd);
	persistent(c, 1, 0xabcd, 0);
	for (action = 0; action < 4; action++)
		check_persistent_in(c, action);
	persistent(c, 3, 0xabcd, 0);
	session_is_well(c);
}

#define MANY	32

/* With such a name a registration takes 256 bytes of READ FULL STATUS. */
static const char *name_of_208(void)
{
	char *name = memset(zalloc(209), 'x', 208);

	return memcpy(name, opt.initiator, strlen(opt.initiator));
}

static void login_many(struct conn **c)
{
	const char *mine = opt.initiator;
	int i;

	if (opt.chap_user || opt.denied)
		skip("the target may not admit other initiators");
	opt.initiator = name_of_208();
	c[0] = login("");
	lu_ready(c[0]);
	for (i = 1; i < MANY; i++) {
		c[i] = conn_open_as(c[0]);
		c[i]->isid[5] ^= i;
		login_on(c[i], "", NULL);
	}
	opt.initiator = mine;
}

/* Cut, it is the beginning of @all: its length, too, is that of the whole. */
static void check_many(struct conn *c, uint8_t action, uint16_t alloc, const struct result *all)
{
	struct cdb cdb = { { RESERVE_IN, action } };
	uint32_t len = alloc < all->len ? alloc : all->len;
	struct result r;

	note("service action %u, allocation length %u", action, alloc);
	put16(cdb.b + 7, alloc);
	r = scsi_read(c, cdb, 65535);
	expect_good(&r, "PERSISTENT RESERVE IN");
	check(r.len == len && !memcmp(r.data, all->data, len), "%u bytes, or others", r.len);
}

TEST(persist_many, "nexus.persistent-reserve-in-of-many", "SPC-4 4.2.5.6, 6.15.5", MUST,
     "READ KEYS and READ FULL STATUS of many registrations say how long they are, however they are cut, and are cut anywhere")
{
	static const uint16_t alloc[] = { 8, 12, 20, 200, 263, 264, 4096, 8191, 8192, 8199, 8200 };
	struct conn *c[MANY];
	struct result keys, status;
	unsigned int i;

	login_many(c);
	for (i = 0; i < MANY; i++) {
		lu_ready(c[i]);
		persistent(c[i], 6, 0, 0x1000 + i);
	}
	keys = scsi_read(c[0], (struct cdb){ { RESERVE_IN, 0, [7] = 0xff } }, 65535);
	status = scsi_read(c[0], (struct cdb){ { RESERVE_IN, 3, [7] = 0xff } }, 65535);
	expect_good(&keys, "READ KEYS");
	expect_good(&status, "READ FULL STATUS");
	check(keys.len == 8 + 8 * MANY && get32(keys.data + 4) == 8 * MANY, "%u bytes of keys",
	      keys.len);
	check(status.len == 8 + 256 * MANY && get32(status.data + 4) == 256 * MANY,
	      "%u bytes of status, length %u", status.len, get32(status.data + 4));
	for (i = 0; i < sizeof(alloc) / sizeof(alloc[0]); i++) {
		check_many(c[0], 0, alloc[i], &keys);
		check_many(c[0], 3, alloc[i], &status);
	}
	persistent(c[0], 3, 0x1000, 0);
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

/* @to's TransportID at @id, which is zero. Returns its length. */
static size_t put_transport_id(uint8_t *id, const struct conn *to)
{
	const char *name = format("%s,i,0x%02x%02x%02x%02x%02x%02x", opt.initiator, to->isid[0],
				  to->isid[1], to->isid[2], to->isid[3], to->isid[4],
				  to->isid[5]);
	size_t len = (strlen(name) + 4) & ~3;

	id[0] = 0x45;
	put16(id + 2, len);
	memcpy(id + 4, name, strlen(name));
	return 4 + len;
}

/* REGISTER AND MOVE; @to is registered with 0xbeef then. */
static struct result persistent_move(struct conn *c, const struct conn *to)
{
	uint8_t list[24 + 4 + 256] = { 0 };
	struct cdb cdb = { { RESERVE_OUT, 7, 1 } };
	size_t len = put_transport_id(list + 24, to);

	put64(list, 0xabcd);
	put64(list + 8, 0xbeef);
	put16(list + 18, relative_target_port(c));
	put32(list + 20, len);
	put16(cdb.b + 7, 24 + len);
	return scsi_write(c, cdb, list, 24 + len);
}

/* REGISTER with a key for @c and, by SPEC_I_PT, for @too. */
static struct result persistent_register_both(struct conn *c, const struct conn *too)
{
	uint8_t list[28 + 4 + 256] = { 0 };
	struct cdb cdb = { { RESERVE_OUT, 0, 1 } };
	size_t len = put_transport_id(list + 28, too);

	put64(list + 8, 0xabcd);
	list[20] = 0x08;
	put32(list + 24, len);
	put16(cdb.b + 7, 28 + len);
	return scsi_write(c, cdb, list, 28 + len);
}

/* ---- what a cluster relies on: another initiator than ours ---- */

/* Once, and to the next command: RESERVATIONS or REGISTRATIONS ... */
static void expect_attention(struct conn *c, uint8_t ascq, const char *after)
{
	struct result r = scsi_none(c, cdb_tur());

	check(r.status == SAM_CHECK && r.key == 6 && r.asc == 0x2a && r.ascq == ascq,
	      "after %s: %s, expected 6/2a/%02x", after, result_show(&r), ascq);
	r = scsi_none(c, cdb_tur());
	expect_good(&r, "the next command");
}

/* Other ports of an initiator, too: each is told, and none is told again. */
static void expect_reset_told(struct conn **c, int n)
{
	struct result r;
	int i;

	for (i = 0; i < n; i++) {
		r = scsi_none(c[i], cdb_tur());
		check(r.status == SAM_CHECK && r.key == 6 && r.asc == 0x29, "port %d: %s", i,
		      result_show(&r));
		r = scsi_none(c[i], cdb_tur());
		expect_good(&r, "the next command");
	}
	for (i = 0; i < n; i++) {
		r = scsi_none(c[i], cdb_tur());
		expect_good(&r, "a later command");
	}
}

static void reset_unit(struct conn *c)
{
	struct pdu *p;

	pdu_send(c, tmf_pdu(c, TMF_LUN_RESET, 0xffffffff, 0));
	p = pdu_expect(c, OP_TMF_RSP);
	check(p->bhs[2] == TMR_COMPLETE, "response %u", p->bhs[2]);
}

TEST(each_port, "nexus.reset-is-told-to-each-port", "SAM-5 5.14", MUST,
     "after a LOGICAL UNIT RESET each port of another initiator is told, once: unit attention 29h, whatever command is the first")
{
	struct conn *c[3], *o;
	struct result r;

	c[0] = login("");
	lu_ready(c[0]);
	c[1] = login_beside(c[0], 5);
	c[2] = login_beside(c[1], 4);
	o = login_other();
	reset_unit(o);
	expect_reset_told(c, 3);
	reset_unit(o);
	r = scsi_read(c[2], (struct cdb){ { REQUEST_SENSE, 0, [4] = 252 } }, 252);
	expect_good(&r, "REQUEST SENSE");
	check(r.len >= 14 && (r.data[2] & 15) == 6 && r.data[12] == 0x29, "no unit attention");
	expect_reset_told(c, 2);
	r = scsi_none(c[2], cdb_tur());
	expect_good(&r, "a command after REQUEST SENSE");
}

/* There is no unit attention: nothing is wrong. */
static void check_no_sense(struct conn *c, int desc)
{
	uint32_t len = desc ? 8 : 18, n;
	struct result r;

	for (n = 1; n <= 20; n++) {
		uint32_t want = n < len ? n : len;

		r = scsi_read(c, (struct cdb){ { REQUEST_SENSE, desc, [4] = n } }, 252);
		expect_good(&r, "REQUEST SENSE");
		check(r.len == want && r.data[0] == (desc ? 0x72 : 0x70),
		      "DESC %d, allocation length %u: %u bytes, the first is 0x%02x", desc, n,
		      r.len, r.data[0]);
		check(r.flags == RSP_UNDER && r.residual == 252 - want, "%s", result_show(&r));
		if (want == len)
			check(!r.data[desc ? 1 : 2] && !r.data[desc ? 2 : 12], "something is wrong");
	}
}

TEST(request_sense, "nexus.request-sense-format", "SPC-4 6.39", MUST,
     "REQUEST SENSE has the format that it asks for, and the length of that, with a unit attention and without")
{
	struct conn *c = login("");
	struct result r;
	int desc;

	lu_ready(c);
	for (desc = 0; desc < 2; desc++) {
		check_no_sense(c, desc);
		reset_unit(c);
		r = scsi_read(c, (struct cdb){ { REQUEST_SENSE, desc, [4] = 252 } }, 252);
		expect_good(&r, "REQUEST SENSE");
		check(r.len == (desc ? 8 : 18), "%u bytes", r.len);
		if (desc)
			check(r.data[0] == 0x72 && r.data[1] == 6 && r.data[2] == 0x29,
			      "no unit attention");
		else
			check(r.data[0] == 0x70 && r.data[2] == 6 && r.data[12] == 0x29,
			      "no unit attention");
		r = scsi_none(c, cdb_tur());
		expect_good(&r, "the next command");
	}
	reset_unit(c);
	r = scsi_none(c, (struct cdb){ { REQUEST_SENSE } });
	expect_good(&r, "REQUEST SENSE of nothing");
	r = scsi_none(c, cdb_tur());
	check(r.status == SAM_CHECK && r.key == 6 && r.asc == 0x29, "it was told to nobody: %s",
	      result_show(&r));
}

#define REGISTRANTS_ONLY	5	/* write exclusive */

TEST(cluster, "nexus.preempted-is-told", "SPC-4 5.13.11", MUST,
     "a registrant is told by unit attention of what another does: PREEMPT (2A/05), RELEASE (2A/04), CLEAR (2A/03); PREEMPT takes its right to write")
{
	struct conn *a = login(""), *b;
	struct result r;
	uint8_t *data;

	lu_ready(a);
	b = login_other();
	data = pattern(a->block, 716);
	persistent(a, 6, 0, 0xaaaa);
	persistent(b, 6, 0, 0xbbbb);
	r = persistent_out(a, 1, REGISTRANTS_ONLY, 0xaaaa, 0);
	expect_good(&r, "RESERVE");
	r = scsi_write(b, cdb_write10(0, 1), data, b->block);
	expect_good(&r, "WRITE of a registrant");
	r = persistent_out(a, 2, REGISTRANTS_ONLY, 0xaaaa, 0);
	expect_good(&r, "RELEASE");
	expect_attention(b, 0x04, "RELEASE");

	r = persistent_out(b, 1, REGISTRANTS_ONLY, 0xbbbb, 0);
	expect_good(&r, "RESERVE of the other");
	r = persistent_out(a, 4, REGISTRANTS_ONLY, 0xaaaa, 0xbbbb);
	expect_good(&r, "PREEMPT");
	expect_attention(b, 0x05, "PREEMPT");
	r = scsi_write(b, cdb_write10(0, 1), data, b->block);
	check(r.status == SAM_CONFLICT, "WRITE of who was preempted: %s", result_show(&r));
	r = scsi_read(b, cdb_read10(0, 1), b->block);
	expect_good(&r, "READ of who was preempted");

	persistent(b, 6, 0, 0xbbbb);
	persistent(a, 3, 0xaaaa, 0);
	expect_attention(b, 0x03, "CLEAR");
}

/* How many registrations there are, and whether there is a reservation. */
static uint32_t registrations(struct conn *c, bool *reserved)
{
	struct result r = scsi_read(c, (struct cdb){ { RESERVE_IN, 1, [8] = 64 } }, 64);

	expect_good(&r, "READ RESERVATION");
	*reserved = get32(r.data + 4);
	r = scsi_read(c, (struct cdb){ { RESERVE_IN, 0, [7] = 2 } }, 512);
	expect_good(&r, "READ KEYS");
	return get32(r.data + 4) / 8;
}

TEST(persists, "nexus.persistent-reservation-outlives", "SPC-4 5.13.1", MUST,
     "a persistent reservation is there still after LOGICAL UNIT RESET, TARGET WARM RESET, the logout of its holder, and a new login")
{
	struct conn *a = login(""), *b, *again;
	uint32_t keys;
	bool reserved;
	struct pdu *p;
	struct result r;

	lu_ready(a);
	b = login_other();
	persistent(a, 6, 0, 0xaaaa);
	persistent(a, 1, 0xaaaa, 0);
	pdu_send(b, tmf_pdu(b, TMF_LUN_RESET, 0xffffffff, 0));
	p = pdu_expect(b, OP_TMF_RSP);
	check(p->bhs[2] == TMR_COMPLETE, "response %u", p->bhs[2]);
	pdu_send(b, tmf_pdu(b, TMF_WARM_RESET, 0xffffffff, 0));
	pdu_expect(b, OP_TMF_RSP);
	lu_ready(b);
	log_out(a);
	keys = registrations(b, &reserved);
	r = scsi_write(b, cdb_write10(0, 1), pattern(b->block, 717), b->block);
	again = conn_open_as(a);
	login_on(again, "", NULL);
	lu_ready(again);
	persistent(again, 3, 0xaaaa, 0);
	check(keys == 1 && reserved, "%u registrations, reserved: %d", keys, reserved);
	check(r.status == SAM_CONFLICT, "WRITE of another initiator: %s", result_show(&r));
	check(!registrations(again, &reserved) && !reserved, "something is left after CLEAR");
}

TEST(capabilities, "nexus.reservation-capabilities", "SPC-4 6.15.4", MUST,
     "REPORT CAPABILITIES says whether REGISTER takes other ports, too (SIP_C), however it is cut")
{
	struct cdb cdb = { { RESERVE_IN, 2, [8] = 8 } };
	struct conn *a = login(""), *b;
	struct result r, cut;
	bool said;

	lu_ready(a);
	b = login_beside(a, 5);
	r = scsi_read(a, cdb, 8);
	expect_good(&r, "REPORT CAPABILITIES");
	check(r.len == 8 && get16(r.data) == 8, "%u bytes, length %u", r.len, get16(r.data));
	cdb.b[8] = 6;
	cut = scsi_read(a, cdb, 6);
	check(cut.status != SAM_GOOD || (cut.len == 6 && !memcmp(r.data, cut.data, 6)),
	      "other data when cut: %s", result_show(&cut));
	said = r.data[2] & 0x08;
	r = persistent_register_both(a, b);
	if (r.status == SAM_GOOD) {
		persistent(a, 6, 0, 0);
		persistent(b, 6, 0, 0);
	}
	check(said == (r.status == SAM_GOOD), "SIP_C is %d, but: %s", said, result_show(&r));
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
