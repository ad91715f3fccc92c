// SPDX-License-Identifier: GPL-2.0
/* Peers that misbehave: nobody else notices. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static uint8_t *login_bytes(struct conn *c, size_t *len)
{
	return pdu_bytes(c, login_pdu(c, GO(OPER, FFP), names()), len);
}

TEST(cut_login, "hostile.login-cut-at-every-byte", "7.14", MUST,
     "a login that stops at any byte and is closed does no harm")
{
	size_t len, i;

	free(login_bytes(conn_open(), &len));
	for (i = 0; i < len; i++) {
		struct conn *c = conn_open();
		uint8_t *b = login_bytes(c, &len);

		raw_send(c, b, i);
		conn_close(c);
	}
	target_is_well();
}

TEST(cut_command, "hostile.command-cut-at-every-byte", "7.14", MUST,
     "a write with immediate data that stops at any of its first bytes and is closed does no harm")
{
	size_t i, step = 1;

	for (i = 0; i < 400; i += step) {
		struct conn *c = login("");
		struct pdu *p = scsi_pdu(c, cdb_write10(0, 8), F_FINAL | CMD_WRITE, 4096);
		uint8_t *b;
		size_t len;

		pdu_data(p, pattern(4096, 1), 4096);
		b = pdu_bytes(c, p, &len);
		raw_send(c, b, i);
		conn_close(c);
		step = i < 100 ? 3 : 29;
	}
	target_is_well();
}

TEST(cut_digest, "hostile.digests-cut-at-every-byte", "7.14", MUST,
     "the same with an AHS and digests")
{
	size_t i, len = 200;

	for (i = 0; i < len; i += 3) {
		struct conn *c = login("HeaderDigest=CRC32C DataDigest=CRC32C");
		struct pdu *p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, 64);
		uint8_t *b;

		pdu_ahs(p, 1, pattern(17, 1), 17);
		pdu_data(p, pattern(61, 1), 61);
		b = pdu_bytes(c, p, &len);
		raw_send(c, b, i);
		conn_close(c);
	}
	target_is_well();
}

TEST(slow_bytes, "hostile.login-byte-by-byte", "7.14", MUST,
     "a login that comes in single bytes succeeds")
{
	struct conn *c;
	uint8_t *b;
	size_t len, i;

	need_no_chap();
	c = conn_open();
	b = login_bytes(c, &len);
	for (i = 0; i < len; i++) {
		raw_send(c, b + i, 1);
		if (i % 16 == 0)
			sleep_ms(1);
	}
	login_recv(c, GO(OPER, FFP));
}

TEST(slow_command, "hostile.write-byte-by-byte", "7.14", MUST,
     "a write that comes in pieces of a few bytes is put together right")
{
	struct conn *c = login("HeaderDigest=CRC32C DataDigest=CRC32C");
	uint8_t *data, *b;
	struct result r;
	struct pdu *p;
	size_t len, i;

	lu_ready(c);
	data = pattern(c->block, 5);
	p = scsi_pdu(c, cdb_write10(0, 1), F_FINAL | CMD_WRITE, c->block);
	pdu_data(p, data, c->block);
	b = pdu_bytes(c, p, &len);
	for (i = 0; i < len; i += 7) {
		raw_send(c, b + i, len - i < 7 ? len - i : 7);
		sleep_ms(1);
	}
	r = scsi_finish(c, p, data, c->block);
	expect_good(&r, "WRITE");
	expect_blocks(c, 0, data, c->block, "a write in pieces");
}

TEST(half_login, "hostile.half-login-disturbs-nobody", "6.3", MUST,
     "connections that are silent, or stop in the middle of a login, do not delay another login")
{
	long long start;
	int i;

	for (i = 0; i < 8; i++) {
		struct conn *c = conn_open();
		uint8_t *b;
		size_t len;

		if (i % 2) {
			b = login_bytes(c, &len);
			raw_send(c, b, 40);
		}
	}
	start = now_ms();
	target_is_well();
	check(now_ms() - start < 2000, "an honest login took %lld ms",
	      now_ms() - start);
}

TEST(half_negotiated, "hostile.login-left-half-negotiated", "6.3", MUST,
     "a login left in the operational stage does not delay another login")
{
	long long start;
	int i;

	for (i = 0; i < 4; i++)
		login_to_operational(conn_open());
	start = now_ms();
	target_is_well();
	check(now_ms() - start < 2000, "an honest login took %lld ms",
	      now_ms() - start);
}

TEST(hundred, "hostile.hundred-idle-connections", "6.3", SHOULD,
     "a hundred connections that say nothing do not keep an honest login out")
{
	long long start;
	int i;

	for (i = 0; i < 100; i++)
		conn_open();
	start = now_ms();
	target_is_well();
	check(now_ms() - start < 3000, "an honest login took %lld ms",
	      now_ms() - start);
}

TEST(connects, "hostile.connect-and-close", "6.3", SHOULD,
     "five hundred connections that close at once do no harm")
{
	int i;

	for (i = 0; i < 500; i++)
		conn_close(conn_open());
	target_is_well();
}

TEST(garbage, "hostile.garbage", "6.3", MUST,
     "bytes that are no iSCSI end their connection and harm nobody")
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct conn *c = conn_open();

		raw_send(c, pattern(4096, i), 4096);
		conn_close(c);
	}
	target_is_well();
}

TEST(huge_segment, "hostile.login-segment-of-16-mib", "13.12", MUST,
     "a Login Request that announces 2^24 - 1 bytes is not waited for with memory: refused or closed at once")
{
	struct conn *c = conn_open();
	struct pdu *p = login_pdu(c, STAY(OPER), "");

	p->own_lengths = true;
	put24(p->bhs + 5, 0xffffff);
	raw_send(c, p->bhs, 48);
	expect_refused_or_closed(c);
	target_is_well();
}

TEST(huge_ffp, "hostile.segment-of-16-mib", "13.12", MUST,
     "a NOP-Out that announces 2^24 - 1 bytes (more than the target takes): Reject or the connection ends")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, NULL, 0, true), *r = NULL;

	if (c->p.target_mrdsl >= 0xffffff)
		skip("the target takes everything");
	p->own_lengths = true;
	put24(p->bhs + 5, 0xffffff);
	raw_send(c, p->bhs, 48);
	switch (pdu_try(c, &r, opt.wait)) {
	case RX_PDU:
		check(pdu_op(r) == OP_REJECT, "got %s", pdu_describe(r));
		break;
	case RX_CLOSED:
		break;
	case RX_TIMEOUT:
		fail("the target waits for 16 MiB that it did not offer to take");
	}
	target_is_well();
}

TEST(random_headers, "hostile.random-headers", "7.13", MUST,
     "random headers in the full feature phase harm nobody")
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct conn *c = login("");
		struct pdu *p = pdu_new(0);

		memcpy(p->bhs, pattern(48, i), 48);
		p->bhs[4] = 0;
		put24(p->bhs + 5, 0);
		p->own_lengths = true;
		p->bhs[0] &= 0x7f;
		pdu_send(c, p);
		conn_close(c);
	}
	target_is_well();
}

TEST(each_opcode, "hostile.each-opcode-with-ones", "7.13", MUST,
     "each opcode with all other fields 0xff harms nobody")
{
	unsigned int op;

	for (op = 0; op < 0x40; op++) {
		struct conn *c = login("");
		struct pdu *p = pdu_new(0);

		memset(p->bhs, 0xff, 48);
		p->bhs[0] = op;
		p->bhs[4] = 0;
		put24(p->bhs + 5, 0);
		p->own_lengths = true;
		pdu_send(c, p);
		p->bhs[0] = op | OP_IMMEDIATE;
		pdu_send(c, p);
		conn_close(c);
	}
	target_is_well();
}

TEST(closed_window, "hostile.receive-window-closed", "7.14", MUST,
     "an initiator that asks for much and reads nothing does not disturb another session")
{
	struct conn *c = conn_open_small(4096), *o;
	int i;

	login_on(c, "", NULL);
	lu_ready(c);
	o = login("");
	lu_ready(o);
	for (i = 0; i < 16; i++)
		pdu_send(c, scsi_pdu(c, cdb_read10(0, (1 << 20) / c->block),
				     F_FINAL | CMD_READ, 1 << 20));
	sleep_ms(opt.quiet);
	for (i = 0; i < 20; i++)
		session_is_well(o);
	conn_close(c);
	for (i = 0; i < 20; i++)
		session_is_well(o);
	target_is_well();
}

/* All answers that are due to @reads and one write, which gets its data when asked. */
static void take_answers(struct conn *c, const struct pdu *w, const uint8_t *data,
			 unsigned int reads)
{
	unsigned int due = reads + 1, r2ts = 0;
	struct pdu *p;

	while (due) {
		p = pdu_get(c);
		switch (pdu_op(p)) {
		case OP_R2T:
			check(pdu_itt(p) == pdu_itt(w) && !r2ts++, "%s", pdu_describe(p));
			send_burst(c, pdu_itt(w), get32(p->bhs + 20), data,
				   get32(p->bhs + 40), get32(p->bhs + 44));
			break;
		case OP_DATA_IN:
			due -= !!(p->bhs[1] & DIN_STATUS);
			break;
		case OP_SCSI_RSP:
			check(p->bhs[3] == SAM_GOOD, "%s", pdu_describe(p));
			due--;
			break;
		default:
			check(pdu_op(p) == OP_REJECT, "got %s", pdu_describe(p));
		}
		free(p->data);
		free(p);
	}
	check(r2ts == 1, "%u R2Ts", r2ts);
}

TEST(early_data, "hostile.data-before-its-r2t", "11.8.5", MUST,
     "Data-Out for an R2T that is not on its way yet, with a tag that was guessed, is not taken")
{
	struct conn *c = conn_open_small(4096);
	struct pdu *w, *r2t, *r;
	uint8_t *data, *bad;
	uint32_t len, ttt, i;

	login_on(c, "InitialR2T=Yes ImmediateData=No", NULL);
	lu_ready(c);
	len = 8 * c->block;
	data = pattern(len, 1);
	/* what its tags are like */
	w = waiting_write(c, len, &r2t);
	ttt = get32(r2t->bhs + 20);
	send_burst(c, pdu_itt(w), ttt, data, 0, len);
	r = pdu_expect(c, OP_SCSI_RSP);
	check(r->bhs[3] == SAM_GOOD, "%s", pdu_describe(r));
	data = pattern(len, 2);
	bad = pattern(len, 3);
	/* nothing is read any more, so that the R2T cannot be sent */
	for (i = 0; i < 12; i++)
		pdu_send(c, scsi_pdu(c, cdb_read10(0, (1 << 20) / c->block),
				     F_FINAL | CMD_READ, 1 << 20));
	sleep_ms(opt.quiet);
	w = scsi_pdu(c, cdb_write10(0, 8), F_FINAL | CMD_WRITE, len);
	pdu_send(c, w);
	sleep_ms(opt.quiet);
	for (i = 0; i < 32; i++)
		pdu_send(c, data_out(c, pdu_itt(w), ttt ^ i, 0, 0, bad, len, true));
	sleep_ms(opt.quiet);
	take_answers(c, w, data, 12);
	session_is_well(c);
	expect_blocks(c, 0, data, len, "data that was asked for");
	target_is_well();
}

static uint32_t window(const struct conn *c)
{
	return c->max_cmdsn - c->exp_cmdsn + 1;
}

TEST(discoveries, "hostile.discovery-sessions-take-no-window", "4.2.2.1", SHOULD,
     "two hundred discovery sessions that stay leave a normal session its command window")
{
	struct conn *c;
	uint32_t before;
	unsigned int i;

	need_no_chap();
	c = login("");
	before = window(c);
	conn_close(c);
	for (i = 0; i < 200; i++)
		login_discovery("");
	c = login("");
	check(2 * window(c) >= before, "a window of %u commands, without them it is %u",
	      window(c), before);
	session_is_well(c);
}

TEST(discovery_hoard, "hostile.discovery-session-keeps-little", "4.2.2.1", SHOULD,
     "a discovery session, which is a stranger's, has a small window, and the target keeps little text for it")
{
	struct conn *c;
	unsigned int i;

	need_no_chap();
	c = login_discovery("");
	check(window(c) <= 8, "a window of %u requests", window(c));
	/* all that the window holds but the first: to be kept until that comes */
	for (i = 1; i < window(c); i++) {
		struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "SendTargets=All");

		put32(p->bhs + 24, c->exp_cmdsn + i);
		pdu_send(c, p);
		if (i > 1)
			expect_reject(c, p, REJ_PROTOCOL, 0);
	}
	conn_close(c);
	target_is_well();
}

static void urgent(struct conn *c, const char *when)
{
	note("%s", when);
	check(send(c->fd, "!", 1, MSG_OOB | MSG_NOSIGNAL) == 1, "MSG_OOB");
	expect_close(c);
	conn_close(c);
}

TEST(urgent_data, "hostile.urgent-data", "4.2.2", MUST,
     "TCP urgent data, at which a receiver in the kernel stops, ends the connection at once in each phase")
{
	struct conn *c = conn_open();
	uint8_t *b;
	size_t len;

	urgent(c, "before login");
	c = conn_open();
	b = login_bytes(c, &len);
	raw_send(c, b, 60);
	urgent(c, "in a Login Request");
	need_no_chap();
	urgent(login_discovery(""), "in a discovery session");
	c = login("");
	lu_ready(c);
	urgent(c, "in a session");
	target_is_well();
}

TEST(vanish_waiting, "hostile.vanish-with-writes-waiting", "7.14", MUST,
     "sessions that vanish with many writes waiting for data leave nothing behind")
{
	int i, j;

	for (i = 0; i < 10; i++) {
		struct conn *c = login("InitialR2T=Yes ImmediateData=No");

		lu_ready(c);
		for (j = 0; j < 16; j++)
			pdu_send(c, scsi_pdu(c, cdb_write10(0, 128), F_FINAL | CMD_WRITE,
					     128 * c->block));
		pdu_expect(c, OP_R2T);
		conn_close(c);
	}
	target_is_well();
}

TEST(vanish_reading, "hostile.vanish-with-reads-outstanding", "7.14", MUST,
     "sessions that vanish with many reads outstanding leave nothing behind")
{
	int i, j;

	for (i = 0; i < 10; i++) {
		struct conn *c = login("");

		lu_ready(c);
		for (j = 0; j < 16; j++)
			pdu_send(c, scsi_pdu(c, cdb_read10(0, 512), F_FINAL | CMD_READ,
					     512 * c->block));
		conn_close(c);
	}
	target_is_well();
}

TEST(vanish_burst, "hostile.vanish-in-a-burst", "7.14", MUST,
     "a session that vanishes in the middle of a Data-Out leaves nothing behind and writes nothing of it")
{
	struct conn *o = login(""), *c;
	struct pdu *w, *r2t, *p;
	uint8_t *before, *b;
	size_t len;

	lu_ready(o);
	before = pattern(16 * o->block, 1);
	fill_blocks(o, 0, before, 16 * o->block);
	c = login("InitialR2T=Yes ImmediateData=No");
	lu_ready(c);
	w = waiting_write(c, 16 * c->block, &r2t);
	p = data_out(c, pdu_itt(w), get32(r2t->bhs + 20), 0, 0,
		     pattern(16 * c->block, 2), 16 * c->block, true);
	b = pdu_bytes(c, p, &len);
	raw_send(c, b, len / 2);
	conn_close(c);
	sleep_ms(opt.quiet);
	expect_blocks(o, 0, before, 16 * o->block, "half a burst");
}
