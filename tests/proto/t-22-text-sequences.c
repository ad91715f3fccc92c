// SPDX-License-Identifier: GPL-2.0
/* Text negotiations of several requests, and of keys that have no place there (6.2, 11.10). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static struct pdu *ask(struct conn *c, uint8_t flags, uint32_t itt, uint32_t ttt,
		       const char *keys)
{
	struct pdu *r;

	pdu_send(c, text_pdu(c, flags, itt, ttt, keys));
	r = pdu_expect(c, OP_TEXT_RSP);
	check(pdu_itt(r) == itt, "11.11.3: ITT 0x%x, sent 0x%x", pdu_itt(r), itt);
	return r;
}

static uint32_t ttt_of(const struct pdu *r)
{
	return get32(r->bhs + 20);
}

/* @keys are not taken: a Reject, or each key is answered with a reserved constant. */
static void no_place(struct conn *c, const char *keys)
{
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, keys), *r;
	char *key = strndup(keys, strcspn(keys, "="));
	struct text t;
	const char *v;

	pdu_send(c, p);
	r = pdu_get(c);
	if (pdu_op(r) == OP_REJECT) {
		check_reject(r, p);
		check(r->bhs[2] == REJ_PROTOCOL || r->bhs[2] == REJ_FIELD, "%s: reason 0x%02x",
		      keys, r->bhs[2]);
		cmdsn_again(c, p);
		return;
	}
	check(pdu_op(r) == OP_TEXT_RSP, "%s: got %s", keys, pdu_describe(r));
	t = login_text(r);
	v = text_value(&t, key, 0);
	check(v && (!strcmp(v, "Reject") || !strcmp(v, "Irrelevant") ||
		    !strcmp(v, "NotUnderstood")), "%s is answered with: %s", keys,
	      text_show(&t));
}

TEST(wrong_stage, "text.keys-of-the-login", "13", MUST,
     "keys of the login only, security included, are not taken in the full feature phase")
{
	static const char *const keys[] = {
		"InitiatorName=iqn.2001-01.org.example:other",
		"TargetName=iqn.2001-01.org.example:other", "SessionType=Discovery",
		"AuthMethod=None", "AuthMethod=CHAP", "CHAP_A=5", "CHAP_N=user", "DataDigest=CRC32C",
		"TaskReporting=FastAbort", "iSCSIProtocolLevel=2", "ImmediateData=No",
		"FirstBurstLength=512", "MaxOutstandingR2T=8", "DefaultTime2Wait=1",
		"DefaultTime2Retain=1", "DataPDUInOrder=No", "DataSequenceInOrder=No",
		"TargetAddress=192.0.2.1:3260,1", "TargetAlias=x", "TargetPortalGroupTag=2",
	};
	struct conn *c = login("");
	unsigned int i;

	lu_ready(c);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		no_place(c, keys[i]);
	session_is_well(c);
	expect_blocks(c, 0, scsi_read(c, cdb_read10(0, 8), 8 * c->block).data, 8 * c->block,
		      "afterwards");
}

TEST(malformed, "text.malformed", "6.1", MUST,
     "text that is no key=value pair, or ends without NUL: Reject or the connection ends; nothing of it takes effect")
{
	static const struct {
		const char *bytes;
		size_t len;
	} text[] = {
		{ "MaxRecvDataSegmentLength=512\0justtext", 38 }, { "=x", 3 },
		{ "MaxRecvDataSegmentLength=512\0=x", 32 }, { "noequals", 9 },
		{ "MaxRecvDataSegmentLength=512\0X-a\x01=1", 36 },
	};
	unsigned int i;
	struct result r;

	for (i = 0; i < sizeof(text) / sizeof(*text); i++) {
		struct conn *c = login("");
		struct pdu *p;

		lu_ready(c);
		p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "");
		pdu_data(p, text[i].bytes, text[i].len);
		pdu_send(c, p);
		if (!reject_or_close(c, p))
			continue;
		r = scsi_read(c, cdb_read10(0, 4096 / c->block), 4096);
		expect_good(&r, "READ");
		check(r.data_ins == 1, "text %u took effect: %u Data-In PDUs", i, r.data_ins);
		conn_close(c);
	}
	target_is_well();
}

TEST(all_or_nothing, "text.rejected-changes-nothing", "7.12", MUST,
     "a request that is rejected for one key does not take the others")
{
	struct conn *c = login("");
	struct pdu *p;
	struct result r;

	lu_ready(c);
	p = text_pdu(c, F_FINAL, c->itt++, NO_TAG,
		     "MaxRecvDataSegmentLength=512 MaxRecvDataSegmentLength=1024");
	pdu_send(c, p);
	if (!reject_or_close(c, p))
		return;
	r = scsi_read(c, cdb_read10(0, 4096 / c->block), 4096);
	expect_good(&r, "READ");
	check(r.data_ins == 1, "%u Data-In PDUs", r.data_ins);
}

TEST(between, "text.commands-between", "11.10", MUST,
     "between the requests of a sequence other requests are served")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++;
	struct pdu *r = ask(c, 0, itt, NO_TAG, "X-com.example.a=1");
	uint32_t ttt = ttt_of(r);

	session_is_well(c);
	pdu_send(c, nop_pdu(c, "ping", 4, true));
	pdu_expect(c, OP_NOP_IN);
	r = ask(c, F_FINAL, itt, ttt, "X-com.example.b=1");
	check(r->bhs[1] & F_FINAL, "the sequence does not end");
	session_is_well(c);
}

TEST(old_ttt, "text.ttt-of-a-sequence-that-has-ended", "11.10.4", MUST,
     "the TTT of a sequence that has ended means nothing: Reject or the connection ends")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++, ttt;
	struct pdu *r = ask(c, 0, itt, NO_TAG, "X-com.example.a=1"), *p;

	ttt = ttt_of(r);
	r = ask(c, F_FINAL, itt, ttt, "");
	check(r->bhs[1] & F_FINAL, "the sequence does not end");
	p = text_pdu(c, F_FINAL, itt, ttt, "");
	send_refused(c, p);
}

TEST(answers, "text.answers-of-a-sequence", "6.2", MUST,
     "each request of a sequence is answered at once, and no key again at the end")
{
	struct conn *c = login("");
	uint32_t itt = c->itt++, ttt = NO_TAG;
	struct text all = { 0 };
	struct pdu *r;
	int i;

	for (i = 0; i < 4; i++) {
		const char *key = format("X-com.example.%d", i);
		struct text t;

		r = ask(c, i < 3 ? 0 : F_FINAL, itt, ttt, format("%s=1", key));
		t = login_text(r);
		check(text_has(&t, key), "%s is answered with: %s", key, text_show(&t));
		text_add(&all, r->data, r->len);
		ttt = ttt_of(r);
	}
	for (i = 0; i < 4; i++)
		check(text_count(&all, format("X-com.example.%d", i)) == 1, "answers: %s",
		      text_show(&all));
}

/* a sequence whose answer has more to come */
static struct pdu *long_answer(struct conn *c, uint32_t itt)
{
	char *keys = strdup("");
	struct pdu *r;
	int i;

	for (i = 0; i < 60; i++)
		keys = format("%s%sX-com.example.%02d=1", keys, *keys ? " " : "", i);
	r = ask(c, F_FINAL, itt, NO_TAG, keys);
	check(!(r->bhs[1] & F_FINAL) && ttt_of(r) != NO_TAG, "it came in one piece");
	check(r->bhs[1] & F_CONTINUE, "11.11.2: a part of an answer without the C bit");
	return r;
}

TEST(interrupted, "text.text-while-the-answer-goes-on", "11.10.2", MUST,
     "what asks for the rest of an answer is empty: Reject for text, or the connection ends")
{
	struct conn *c = login("MaxRecvDataSegmentLength=512");
	uint32_t itt = c->itt++;
	struct pdu *r = long_answer(c, itt), *p;

	p = text_pdu(c, F_FINAL, itt, ttt_of(r), "X-com.example.more=1");
	send_refused(c, p);
}

TEST(abandoned, "text.answer-abandoned", "11.10.4", MUST,
     "a new request drops an answer that has not been asked for to its end")
{
	struct conn *c = login("MaxRecvDataSegmentLength=512");
	struct pdu *r;
	struct text t;

	long_answer(c, c->itt++);
	session_is_well(c);
	r = ask(c, F_FINAL, c->itt++, NO_TAG, "X-com.example.b=1");
	t = login_text(r);
	check(r->bhs[1] & F_FINAL && text_count(&t, "X-com.example.b") == 1 &&
	      !text_has(&t, "X-com.example.59"), "answered with: %s", text_show(&t));
}

TEST(rest_not_final, "text.rest-asked-for-with-f-0", "11.10.1", MUST,
     "who asks for the rest of an answer with F=0 gets it, and an F=1 of the target only after one of its own")
{
	struct conn *c = login("MaxRecvDataSegmentLength=512");
	uint32_t itt = c->itt++;
	struct pdu *r = long_answer(c, itt);
	struct text all = { 0 };
	int i;

	text_add(&all, r->data, r->len);
	while (r->bhs[1] & F_CONTINUE) {
		r = ask(c, 0, itt, ttt_of(r), "");
		check(!(r->bhs[1] & F_FINAL), "11.11.1: F=1 in answer to F=0");
		text_add(&all, r->data, r->len);
	}
	r = ask(c, F_FINAL, itt, ttt_of(r), "");
	check(r->bhs[1] & F_FINAL, "11.11.1: F=0, and nothing left to say");
	for (i = 0; i < 60; i++)
		check(text_count(&all, format("X-com.example.%02d", i)) == 1, "key %d", i);
}

TEST(mrdsl_nop, "text.mrdsl-holds-for-pings", "13.12", MUST,
     "a smaller MaxRecvDataSegmentLength holds for all that the target sends after its answer")
{
	struct conn *c = login("");
	struct pdu *r;

	ask(c, F_FINAL, c->itt++, NO_TAG, "MaxRecvDataSegmentLength=512");
	c->p.mrdsl = 512;
	pdu_send(c, nop_pdu(c, pattern(2000, 1), 2000, true));
	r = pdu_expect(c, OP_NOP_IN);
	check(r->len == 512, "%zu bytes", r->len);
}

TEST(alias, "text.initiator-alias", "13.7", MUST,
     "InitiatorAlias may be declared in the full feature phase")
{
	struct conn *c = login("");
	struct pdu *r = ask(c, F_FINAL, c->itt++, NO_TAG, "InitiatorAlias=elsewhere");

	check(r->bhs[1] & F_FINAL && !r->len, "answered with %zu bytes", r->len);
	session_is_well(c);
}
