// SPDX-License-Identifier: GPL-2.0
/* NOP-Out (11.18, 11.19), Text in the full feature phase (11.10, 11.11). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static void echo(struct conn *c, uint32_t len)
{
	uint8_t *data = pattern(len, len);
	struct pdu *p = nop_pdu(c, data, len, true), *r;
	uint32_t want = len < c->p.mrdsl ? len : c->p.mrdsl;

	pdu_send(c, p);
	r = pdu_expect(c, OP_NOP_IN);
	check(pdu_itt(r) == pdu_itt(p), "11.18.1: ITT 0x%x", pdu_itt(r));
	check(get32(r->bhs + 20) == NO_TAG, "11.19.1: TTT 0x%x", get32(r->bhs + 20));
	check(r->len == want, "11.18.3: %u bytes came back as %zu", len, r->len);
	check(!want || !memcmp(r->data, data, want), "11.18.3: other bytes came back");
}

TEST(nop_echo, "nop.echo", "11.18", MUST,
     "NOP-Out is answered with its ITT and its data, whatever its length")
{
	static const uint32_t len[] = { 0, 1, 2, 3, 4, 5, 47, 48, 511, 512, 4096, 8192 };
	struct conn *c = login("");
	unsigned int i;

	for (i = 0; i < sizeof(len) / 4; i++)
		if (len[i] <= c->p.target_mrdsl)
			echo(c, len[i]);
}

TEST(nop_long, "nop.echo-of-maximum", "11.18.3", MUST,
     "a ping of the target's whole MaxRecvDataSegmentLength is echoed")
{
	struct conn *c = login("MaxRecvDataSegmentLength=1048576");

	echo(c, c->p.target_mrdsl < 1 << 20 ? c->p.target_mrdsl : 1 << 20);
	session_is_well(c);
}

TEST(nop_cut, "nop.echo-cut-at-mrdsl", "11.18.3", MUST,
     "ping data beyond the initiator's MaxRecvDataSegmentLength is not echoed")
{
	struct conn *c = login("MaxRecvDataSegmentLength=512");

	echo(c, 2000);
	session_is_well(c);
}

TEST(nop_silent, "nop.no-answer-asked", "11.18", MUST,
     "a NOP-Out with ITT 0xffffffff is not answered")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, "x", 1, true);

	put32(p->bhs + 16, NO_TAG);
	pdu_send(c, p);
	expect_silence(c);
	session_is_well(c);
}

TEST(nop_silent_ordered, "nop.no-answer-asked-not-immediate", "11.18.1", MUST,
     "a NOP-Out with ITT 0xffffffff and without the I bit is rejected or ends the connection")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, "x", 1, false);

	put32(p->bhs + 16, NO_TAG);
	send_refused(c, p);
	target_is_well();
}

TEST(nop_ordered, "nop.not-immediate", "11.18", MUST,
     "a NOP-Out without the I bit takes a CmdSN")
{
	struct conn *c = login("");
	uint32_t sn = c->exp_cmdsn;

	pdu_send(c, nop_pdu(c, "x", 1, false));
	pdu_expect(c, OP_NOP_IN);
	check(c->exp_cmdsn == sn + 1, "ExpCmdSN %u, was %u", c->exp_cmdsn, sn);
}

TEST(nop_bad_ttt, "nop.unknown-ttt", "11.18.2", SHOULD,
     "a NOP-Out answer to a ping that was never sent does no harm")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, NULL, 0, true);

	put32(p->bhs + 16, NO_TAG);
	put32(p->bhs + 20, 0x12345678);
	pdu_send(c, p);
	all_is_well(c, !not_served(c, p));
}

TEST(nop_many, "nop.pipelined", "11.18", MUST,
     "many pings at once are all answered, in order")
{
	struct conn *c = login("");
	uint32_t first = c->itt, i;

	for (i = 0; i < 32; i++)
		pdu_send(c, nop_pdu(c, "ping", 4, false));
	for (i = 0; i < 32; i++) {
		struct pdu *r = pdu_expect(c, OP_NOP_IN);

		check(pdu_itt(r) == first + i, "answer %u is to 0x%x", i, pdu_itt(r));
	}
}

/* The next ping of the target's, on a connection that is silent. */
static struct pdu *target_ping(struct conn *c, bool first)
{
	struct pdu *p = NULL;

	c->keep_pings = true;
	if (pdu_try(c, &p, 6000) != RX_PDU && first)
		skip("no ping of the target within 6 s");
	check(p, "no other ping within 6 s");
	check(pdu_op(p) == OP_NOP_IN && pdu_itt(p) == NO_TAG, "got %s", pdu_describe(p));
	return p;
}

TEST(nop_target, "nop.pings-of-the-target", "11.19", MUST,
     "a ping of the target has a TTT and no ITT, takes no StatSN, is taken as answered, and does not come to who speaks")
{
	struct conn *c = login("");
	uint32_t sn, ttt;
	struct pdu *p;
	int i;

	session_is_well(c);
	p = target_ping(c, true);
	sn = c->statsn;
	for (i = 0; i < 2; i++) {
		ttt = get32(p->bhs + 20);
		check(ttt != NO_TAG, "11.19.1: it asks for no answer");
		p = nop_pdu(c, NULL, 0, true);
		put32(p->bhs + 16, NO_TAG);
		put32(p->bhs + 20, ttt);
		pdu_send(c, p);
		p = target_ping(c, false);
		check(get32(p->bhs + 20) != ttt, "the same TTT again");
		check(c->statsn == sn, "StatSN went from %u to %u", sn, c->statsn);
	}
	session_is_well(c);
}

TEST(nop_unanswered, "nop.ping-of-the-target-not-answered", "11.19", SHOULD,
     "an initiator that does not answer a ping loses its connection")
{
	struct conn *c = login("");

	target_ping(c, true);
	check(closes(c, 8000), "the connection is still there");
	target_is_well();
}

/* text */

static struct pdu *text_exchange(struct conn *c, uint8_t flags, uint32_t itt,
				 uint32_t ttt, const char *keys)
{
	struct pdu *r;

	pdu_send(c, text_pdu(c, flags, itt, ttt, keys));
	r = pdu_expect(c, OP_TEXT_RSP);
	check(pdu_itt(r) == itt, "11.11.3: ITT 0x%x, sent 0x%x", pdu_itt(r), itt);
	return r;
}

TEST(text_unknown, "text.unknown-key", "6.2", MUST,
     "an unknown key in the full feature phase is answered with NotUnderstood")
{
	struct conn *c = login("");
	struct pdu *r = text_exchange(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.a=1");
	struct text t = login_text(r);
	const char *v = text_value(&t, "X-com.example.a", 0);

	check(v && !strcmp(v, "NotUnderstood"), "answered with: %s", text_show(&t));
	check(r->bhs[1] & F_FINAL && get32(r->bhs + 20) == NO_TAG,
	      "11.11.1: flags 0x%02x TTT 0x%x", r->bhs[1], get32(r->bhs + 20));
}

TEST(text_empty, "text.empty", "11.10", MUST,
     "an empty Text Request gets a Text Response, with F=1 as in the request")
{
	struct conn *c = login("");
	struct pdu *r = text_exchange(c, F_FINAL, c->itt++, NO_TAG, "");

	check(r->bhs[1] & F_FINAL, "flags 0x%02x", r->bhs[1]);
	check(get32(r->bhs + 20) == NO_TAG, "11.11.4: TTT 0x%x with F=1",
	      get32(r->bhs + 20));
	session_is_well(c);
}

TEST(text_one, "text.one-at-a-time", "11.10", MUST,
     "a second Text Request while one is outstanding is rejected, and the first is answered")
{
	struct conn *c = login("");
	struct pdu *first, *second, *nop, *r;
	unsigned int i, answers = 0;

	nop = nop_pdu(c, "ping", 4, false);
	first = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.a=1");
	second = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.b=1");
	/* they wait for the one before them */
	pdu_send(c, first);
	pdu_send(c, second);
	expect_reject(c, second, REJ_PROTOCOL, 0);
	pdu_send(c, nop);
	for (i = 0; i < 2; i++) {
		r = pdu_get(c);
		answers |= pdu_op(r) == OP_NOP_IN && pdu_itt(r) == pdu_itt(nop);
		answers |= (pdu_op(r) == OP_TEXT_RSP && pdu_itt(r) == pdu_itt(first)) << 1;
	}
	check(answers == 3, "the last one was %s", pdu_describe(r));
	cmdsn_again(c, second);
	text_exchange(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.c=1");
	session_is_well(c);
}

TEST(text_not_final, "text.not-final", "11.11.1", MUST,
     "a Text Request with F=0 gets a Text Response with F=0 and a TTT, with which the sequence goes on")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++;
	struct pdu *r = text_exchange(c, 0, itt, NO_TAG, "X-com.example.a=1");

	check(!(r->bhs[1] & F_FINAL), "F=1 in answer to F=0");
	check(get32(r->bhs + 20) != NO_TAG, "11.11.4: F=0 without a TTT");
	r = text_exchange(c, F_FINAL, itt, get32(r->bhs + 20), "X-com.example.b=1");
	check(r->bhs[1] & F_FINAL, "F=0 although nothing is left to say");
	check(get32(r->bhs + 20) == NO_TAG, "11.11.4: TTT with F=1");
	session_is_well(c);
}

TEST(text_continued, "text.continued", "11.10.2", MUST,
     "text with C=1 is answered with an empty response with F=0 and C=0; a pair may be cut anywhere")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++;
	struct pdu *p = text_pdu(c, F_CONTINUE, itt, NO_TAG, ""), *r;
	struct text t;
	const char *v;

	pdu_data(p, "X-com.exa", 9);
	pdu_send(c, p);
	r = pdu_expect(c, OP_TEXT_RSP);
	check(r->len == 0 && !(r->bhs[1] & (F_FINAL | F_CONTINUE)),
	      "6.2: %zu bytes, flags 0x%02x in answer to C=1", r->len, r->bhs[1]);
	check(get32(r->bhs + 20) != NO_TAG, "11.11.4: no TTT to go on with");
	p = text_pdu(c, F_FINAL, itt, get32(r->bhs + 20), "");
	pdu_data(p, "mple.a=1", 9);
	pdu_send(c, p);
	r = pdu_expect(c, OP_TEXT_RSP);
	t = login_text(r);
	v = text_value(&t, "X-com.example.a", 0);
	check(v && !strcmp(v, "NotUnderstood"), "answered with: %s", text_show(&t));
}

TEST(text_c_and_f, "text.continued-and-final", "11.10.2", MUST,
     "C=1 with F=1 is a protocol error: Reject or the connection ends")
{
	struct conn *c = login("");
	struct pdu *p = text_pdu(c, F_FINAL | F_CONTINUE, c->itt++, NO_TAG, "X-a=1");

	send_refused(c, p);
}

TEST(text_bad_ttt, "text.unknown-ttt", "11.10.4", MUST,
     "a Text Request with a TTT that the target did not give: Reject or the connection ends")
{
	struct conn *c = login("");
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, 0x11223344, "X-a=1");

	send_refused(c, p);
}

TEST(text_restart, "text.reset-by-new-request", "11.10.4", MUST,
     "a Text Request with TTT 0xffffffff starts anew and drops an unfinished sequence")
{
	struct conn *c = login("");
	struct pdu *r;
	struct text t;

	r = text_exchange(c, 0, c->itt++, NO_TAG, "X-com.example.a=1");
	check(!(r->bhs[1] & F_FINAL), "F=1 in answer to F=0");
	r = text_exchange(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.b=1");
	t = login_text(r);
	check(!text_has(&t, "X-com.example.a") && text_has(&t, "X-com.example.b"),
	      "answered with: %s", text_show(&t));
}

TEST(text_mrdsl_bad, "text.mrdsl-out-of-range", "13.12", MUST,
     "MaxRecvDataSegmentLength out of its range in the full feature phase: Reject, or the connection ends; the old one holds")
{
	static const char *const bad[] = { "511", "16777216", "0", "none" };
	struct conn *c = login("MaxRecvDataSegmentLength=2048");
	struct result r;
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG,
					 format("MaxRecvDataSegmentLength=%s", bad[i]));

		pdu_send(c, p);
		if (!reject_or_close(c, p)) {
			target_is_well();
			return;
		}
	}
	r = scsi_read(c, cdb_read10(0, 16384 / c->block), 16384);
	expect_good(&r, "READ");
	check(r.data_ins == 8, "%u Data-In PDUs", r.data_ins);
}

TEST(text_mrdsl, "text.mrdsl-declared-anew", "13.12", MUST,
     "MaxRecvDataSegmentLength declared in the full feature phase holds from then on")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	text_exchange(c, F_FINAL, c->itt++, NO_TAG, "MaxRecvDataSegmentLength=1024");
	c->p.mrdsl = 1024;
	r = scsi_read(c, cdb_read10(0, 16384 / c->block), 16384);
	expect_good(&r, "READ");
	check(r.len == 16384 && r.data_ins == 16, "%u bytes in %u Data-In PDUs",
	      r.len, r.data_ins);
}

TEST(text_mrdsl_large, "text.mrdsl-larger-than-is-sent", "13.12", MUST,
     "a larger MaxRecvDataSegmentLength declared in the full feature phase makes no segment larger than the target is set to send")
{
	struct conn *c = login("MaxRecvDataSegmentLength=1048576");
	uint32_t len = 512 * 1024;
	unsigned int before;
	struct result r;

	lu_ready(c);
	r = scsi_read(c, cdb_read10(0, len / c->block), len);
	expect_good(&r, "READ");
	before = r.data_ins;
	text_exchange(c, F_FINAL, c->itt++, NO_TAG, "MaxRecvDataSegmentLength=1048576");
	r = scsi_read(c, cdb_read10(0, len / c->block), len);
	expect_good(&r, "READ");
	check(r.data_ins == before, "%u Data-In PDUs before, %u after", before, r.data_ins);
}

TEST(text_twice, "text.key-twice", "6.4", MUST,
     "a key offered twice in one sequence of the full feature phase: Reject (protocol error), or the connection ends")
{
	struct conn *c = login("");
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG,
		"MaxRecvDataSegmentLength=4096 MaxRecvDataSegmentLength=8192");

	send_refused(c, p);
}

TEST(text_twice_later, "text.key-twice-in-sequence", "6.4", MUST,
     "a key offered again in a later request of the same sequence: Reject (protocol error), or the connection ends")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++;
	struct pdu *r = text_exchange(c, 0, itt, NO_TAG, "MaxRecvDataSegmentLength=4096");
	struct pdu *p = text_pdu(c, F_FINAL, itt, get32(r->bhs + 20),
				 "MaxRecvDataSegmentLength=8192");

	send_refused(c, p);
}

TEST(text_undone, "text.unfinished-changes-nothing", "7.12", MUST,
     "a negotiation that is dropped for a new one leaves everything as it was")
{
	struct conn *c = login("");
	struct result r;

	lu_ready(c);
	text_exchange(c, 0, c->itt++, NO_TAG, "MaxRecvDataSegmentLength=512");
	text_exchange(c, F_FINAL, c->itt++, NO_TAG, "");
	r = scsi_read(c, cdb_read10(0, 4096 / c->block), 4096);
	expect_good(&r, "READ");
	check(r.data_ins == 1, "4096 bytes come in %u Data-In PDUs, %u is declared",
	      r.data_ins, c->p.mrdsl);
}

TEST(text_kept, "text.declared-in-unfinished-sequence", "6.4", MUST,
     "what a sequence of several requests declares holds when it has ended")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++;
	struct result r;
	struct pdu *t;

	lu_ready(c);
	t = text_exchange(c, 0, itt, NO_TAG, "MaxRecvDataSegmentLength=1024");
	text_exchange(c, F_FINAL, itt, get32(t->bhs + 20), "X-com.example.b=1");
	c->p.mrdsl = 1024;
	r = scsi_read(c, cdb_read10(0, 4096 / c->block), 4096);
	expect_good(&r, "READ");
	check(r.data_ins == 4, "4096 bytes come in %u Data-In PDUs", r.data_ins);
}

TEST(text_lun, "text.lun-not-echoed", "11.11", MUST,
     "the LUN of a Text Request without TTT is reserved, and so is that of the last response")
{
	struct conn *c = login("");
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.a=1");

	memset(p->bhs + 8, 0xee, 8);
	pdu_send(c, p);
	/* the rest is in conn.c */
	pdu_expect(c, OP_TEXT_RSP);
	session_is_well(c);
}

TEST(text_login_only, "text.login-only-keys", "13", MUST,
     "keys that can be negotiated only during login change nothing in the full feature phase")
{
	static const char *const keys[] = {
		"HeaderDigest=CRC32C", "InitialR2T=Yes", "MaxBurstLength=4096",
		"MaxConnections=1", "ErrorRecoveryLevel=0",
	};
	struct conn *c = login("");
	unsigned int i;

	for (i = 0; i < 5; i++) {
		char *key = strndup(keys[i], strcspn(keys[i], "="));
		struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, keys[i]), *r;
		struct text t;
		const char *v;

		pdu_send(c, p);
		r = pdu_get(c);
		if (pdu_op(r) == OP_REJECT) {
			check_reject(r, p);
			continue;
		}
		check(pdu_op(r) == OP_TEXT_RSP, "got %s", pdu_describe(r));
		t = login_text(r);
		v = text_value(&t, key, 0);
		check(v && (!strcmp(v, "Reject") || !strcmp(v, "Irrelevant") ||
			    !strcmp(v, "NotUnderstood")),
		      "%s is answered with: %s", keys[i], text_show(&t));
	}
	session_is_well(c);
}

TEST(text_immediate, "text.immediate", "11.10", MUST,
     "an immediate Text Request is answered and does not advance ExpCmdSN")
{
	struct conn *c = login("");
	uint32_t sn = c->exp_cmdsn, itt = c->itt++;
	struct pdu *p = text_pdu(c, F_FINAL, itt, NO_TAG, "X-com.example.a=1");

	p->bhs[0] |= OP_IMMEDIATE;
	c->cmdsn--;
	pdu_send(c, p);
	pdu_expect(c, OP_TEXT_RSP);
	check(c->exp_cmdsn == sn, "ExpCmdSN went from %u to %u", sn, c->exp_cmdsn);
	session_is_well(c);
}

TEST(text_small, "text.answer-in-pieces", "13.12", MUST,
     "an answer longer than the initiator's MaxRecvDataSegmentLength comes in pieces with TTT and C or F")
{
	struct conn *c = login("MaxRecvDataSegmentLength=512");
	uint32_t itt = c->itt++;
	char *keys = strdup("");
	struct text t = { 0 };
	struct pdu *r;
	int i;

	for (i = 0; i < 40; i++)
		keys = format("%s%sX-com.example.%02d=1", keys, *keys ? " " : "", i);
	r = text_exchange(c, F_FINAL, itt, NO_TAG, keys);
	for (;;) {
		text_add(&t, r->data, r->len);
		if (r->bhs[1] & F_FINAL)
			break;
		check(get32(r->bhs + 20) != NO_TAG, "11.11.4: F=0 without a TTT");
		r = text_exchange(c, F_FINAL, itt, get32(r->bhs + 20), "");
	}
	for (i = 0; i < 40; i++)
		check(text_has(&t, format("X-com.example.%02d", i)),
		      "key %d is not answered", i);
}

TEST(text_endless, "text.without-end", "11.10.2", SHOULD,
     "text with C=1 without end is rejected or ends the connection at some bound")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++, ttt = NO_TAG;
	char *v = zalloc(8192);
	int i;

	memset(v, 'v', 8192);
	memcpy(v, "X-com.example=", 14);
	for (i = 0; i < 300; i++) {
		struct pdu *p = text_pdu(c, F_CONTINUE, itt, ttt, ""), *r = NULL;

		pdu_data(p, v, 8192);
		if (!pdu_send(c, p) || pdu_try(c, &r, opt.wait) != RX_PDU)
			break;
		if (pdu_op(r) == OP_REJECT)
			break;
		check(pdu_op(r) == OP_TEXT_RSP, "got %s", pdu_describe(r));
		ttt = get32(r->bhs + 20);
	}
	check(i < 300, "2.4 MB of text were taken");
	target_is_well();
}

TEST(nop_both, "nop.both-tags", "11.18.1", MUST,
     "a NOP-Out with an ITT is answered with it, or rejected, whatever its TTT and LUN")
{
	struct conn *c = login("");
	struct pdu *p = nop_pdu(c, "ping", 4, true), *r;

	put32(p->bhs + 20, 0x1234);
	memset(p->bhs + 8, 0x11, 8);
	pdu_send(c, p);
	r = pdu_get(c);
	if (pdu_op(r) == OP_REJECT) {
		check_reject(r, p);
	} else {
		check(pdu_op(r) == OP_NOP_IN && pdu_itt(r) == pdu_itt(p), "got %s",
		      pdu_describe(r));
		check(get32(r->bhs + 20) == NO_TAG && r->len == 4, "TTT 0x%x, %zu bytes",
		      get32(r->bhs + 20), r->len);
	}
	session_is_well(c);
}
