// SPDX-License-Identifier: GPL-2.0
/* CHAP (12.1.3, 9.2.1). */
#include <stdlib.h>
#include <string.h>

#include "chap.h"
#include "harness.h"
#include "scsi.h"

static void need_chap(void)
{
	if (!opt.chap_user)
		skip("needs --chap");
}

static void need_mutual(void)
{
	if (!opt.mutual_user)
		skip("needs --mutual");
}

/* A login that has got as far as the challenge. */
static struct conn *challenged(struct challenge *ch)
{
	struct text said = { 0 };
	struct conn *c;

	need_chap();
	c = conn_open();
	*ch = chap_start(c, &said, names(), "5");
	return c;
}

static char *right_response(const struct challenge *ch, char *(*encode)(const uint8_t *, size_t))
{
	uint8_t r[16];

	chap_response(ch->id, opt.chap_secret, ch->bytes, ch->len, r);
	return encode(r, 16);
}

/* Both keys. */
static char *right_answer(const struct challenge *ch)
{
	return format("CHAP_N=%s CHAP_R=%s", opt.chap_user, right_response(ch, chap_hex));
}

/* The authentication was successful: all goes on from there. */
static void goes_on(struct conn *c)
{
	login_finish(c, "", &(struct text){ 0 });
	session_is_well(c);
}

TEST(chap_right, "chap.right-secret", "12.1.3", MUST,
     "the right response, in hex, is accepted")
{
	need_chap();
	session_is_well(login(""));
}

TEST(chap_base64_, "chap.base64", "6.1", MUST,
     "the right response, in base64, is accepted")
{
	struct conn *c;
	struct challenge ch;

	c = challenged(&ch);
	login_exchange(c, GO(SEC, OPER), format("CHAP_N=%s CHAP_R=%s", opt.chap_user,
					       right_response(&ch, chap_base64)));
	goes_on(c);
}

TEST(chap_upper, "chap.hex-upper-case", "6.1", MUST,
     "hex digits and the 0X prefix may be upper case")
{
	struct conn *c;
	struct challenge ch;
	char *r;
	size_t i;

	c = challenged(&ch);
	r = right_response(&ch, chap_hex);
	for (i = 0; r[i]; i++)
		if (r[i] >= 'a' && r[i] <= 'x')
			r[i] -= 32;
	login_exchange(c, GO(SEC, OPER), format("CHAP_N=%s CHAP_R=%s", opt.chap_user, r));
	goes_on(c);
}

static void refused_answer(const char *user, const char *response)
{
	struct challenge ch;
	struct conn *c = challenged(&ch);

	login_send(c, GO(SEC, OPER), format("CHAP_N=%s CHAP_R=%s", user, response));
	expect_refused_with(c, LOGIN_AUTH_FAILED);
}

TEST(chap_wrong, "chap.wrong-secret", "11.13.5", MUST,
     "a wrong response: status 0x0201, and the connection ends")
{
	need_chap();
	refused_answer(opt.chap_user, "0x00112233445566778899aabbccddeeff");
	target_is_well();
}

TEST(chap_user_, "chap.wrong-name", "11.13.5", MUST,
     "an unknown name: status 0x0201")
{
	struct conn *c;
	struct challenge ch;

	c = challenged(&ch);
	login_send(c, GO(SEC, OPER), format("CHAP_N=%sx CHAP_R=%s", opt.chap_user,
					    right_response(&ch, chap_hex)));
	expect_refused_with(c, LOGIN_AUTH_FAILED);
}

TEST(chap_short, "chap.responses-of-wrong-length", "12.1.3", MUST,
     "responses that are too short, too long, empty or no number are refused and do no harm")
{
	char *longer = zalloc(2200);

	need_chap();
	memset(longer, 'A', 2100);
	memcpy(longer, "0x", 2);
	refused_answer(opt.chap_user, "0x00");
	refused_answer(opt.chap_user, "0x");
	refused_answer(opt.chap_user, "zzz");
	refused_answer(opt.chap_user, longer);
	memcpy(longer, "0b", 2);
	refused_answer(opt.chap_user, longer);
	target_is_well();
}

TEST(chap_none, "chap.none-offered", "11.13.5", MUST,
     "AuthMethod=None to a target that asks for CHAP: status 0x0201")
{
	struct conn *c;

	need_chap();
	c = conn_open();
	login_send(c, GO(SEC, OPER), format("%s AuthMethod=None", names()));
	expect_refused_with(c, LOGIN_AUTH_FAILED);
}

TEST(chap_skip, "chap.security-stage-skipped", "6.3", MUST,
     "a login that starts in the operational stage at a target that asks for CHAP: status 0x0201")
{
	struct conn *c;

	need_chap();
	c = conn_open();
	login_send(c, GO(OPER, FFP), names());
	expect_refused_with(c, LOGIN_AUTH_FAILED);
}

TEST(chap_bypass, "chap.transit-before-answer", "6.3.2", MUST,
     "T=1 before the authentication is complete does not get past it")
{
	struct challenge ch;
	struct conn *c = challenged(&ch);
	struct pdu *r = NULL;

	login_send(c, GO(SEC, FFP), "");
	if (pdu_try(c, &r, opt.wait) != RX_PDU)
		return;
	check(r->bhs[36] == 2 || !(r->bhs[1] & F_TRANSIT),
	      "the transition was agreed to without authentication");
}

TEST(chap_algorithm, "chap.unknown-algorithm", "12.1.3", MUST,
     "only algorithms that the target does not have: Reject or status 0x0201")
{
	struct conn *c;
	struct pdu *r;
	struct text t;
	const char *v;

	need_chap();
	c = conn_open();
	login_exchange(c, STAY(SEC), format("%s AuthMethod=CHAP", names()));
	login_send(c, STAY(SEC), "CHAP_A=99,200");
	r = pdu_expect(c, OP_LOGIN_RSP);
	if (login_status(r)) {
		check(login_status(r) == LOGIN_AUTH_FAILED, "status 0x%04x",
		      login_status(r));
		return;
	}
	t = login_text(r);
	v = text_value(&t, "CHAP_A", 0);
	check(v && !strcmp(v, "Reject"), "answered with: %s", text_show(&t));
}

TEST(chap_list, "chap.algorithm-list", "12.1.3", MUST,
     "of a list of algorithms the first that the target has is chosen; MD5 (5) is always there")
{
	struct conn *c;
	struct text t = { 0 };

	need_chap();
	c = conn_open();
	chap_start(c, &t, names(), "99,5");
	check(!strcmp(text_value(&t, "CHAP_A", 0), "5"), "CHAP_A=%s",
	      text_value(&t, "CHAP_A", 0));
}

TEST(chap_fresh, "chap.challenge-is-fresh", "9.2.1", MUST,
     "each login gets another challenge, of at least 16 bytes")
{
	struct challenge a, b;

	challenged(&a);
	challenged(&b);
	check(a.len >= 16, "%zu bytes", a.len);
	check(a.len != b.len || memcmp(a.bytes, b.bytes, a.len),
	      "the same challenge twice");
}

/* what the target says to our challenge */
static struct pdu *mutual(struct conn *c, const struct challenge *ch, uint8_t id,
			  const uint8_t *bytes, size_t len)
{
	login_send(c, GO(SEC, OPER),
		   format("%s CHAP_I=%u CHAP_C=%s", right_answer(ch), id, chap_hex(bytes, len)));
	return pdu_expect(c, OP_LOGIN_RSP);
}

TEST(chap_mutual, "chap.mutual", "12.1.3", MUST,
     "the target answers a challenge of the initiator with its own name and the right response")
{
	uint8_t mine[16] = "0123456789abcde", want[16], got[64];
	struct challenge ch;
	struct conn *c;
	struct text t;
	struct pdu *r;

	need_mutual();
	c = challenged(&ch);
	r = mutual(c, &ch, 77, mine, 16);
	check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
	t = login_text(r);
	check(text_value(&t, "CHAP_N", 0) && text_value(&t, "CHAP_R", 0),
	      "answered with: %s", text_show(&t));
	check(!strcmp(text_value(&t, "CHAP_N", 0), opt.mutual_user), "CHAP_N=%s",
	      text_value(&t, "CHAP_N", 0));
	chap_response(77, opt.mutual_secret, mine, 16, want);
	check(chap_decode(text_value(&t, "CHAP_R", 0), got, 64) == 16 &&
	      !memcmp(want, got, 16), "a wrong response");
	goes_on(c);
}

TEST(chap_reflect, "chap.reflection", "9.2.1", MUST,
     "a challenge that is the target's own sent back ends the login")
{
	struct conn *c;
	struct challenge ch;

	need_mutual();
	c = challenged(&ch);
	login_send(c, GO(SEC, OPER),
		   format("%s CHAP_I=%u CHAP_C=%s", right_answer(&ch), ch.id,
			  chap_hex(ch.bytes, ch.len)));
	expect_refused_or_closed(c);
}

TEST(chap_order, "chap.response-before-challenge", "12.1.3", MUST,
     "CHAP_N and CHAP_R before the challenge are refused")
{
	struct conn *c;

	need_chap();
	c = conn_open();
	login_send(c, GO(SEC, OPER),
		   format("%s AuthMethod=CHAP CHAP_N=%s CHAP_R=0x00112233445566778899aabbccddeeff",
			  names(), opt.chap_user));
	expect_refused_or_closed(c);
	target_is_well();
}

TEST(chap_missing, "chap.response-missing", "12.1.3", MUST,
     "CHAP_N without CHAP_R is refused")
{
	struct challenge ch;
	struct conn *c = challenged(&ch);

	login_send(c, GO(SEC, OPER), format("CHAP_N=%s", opt.chap_user));
	expect_refused_or_closed(c);
}

static void mutual_refused(const char *id, size_t len)
{
	struct challenge ch;
	struct conn *c = challenged(&ch);
	uint8_t *mine = pattern(len, 9);

	login_send(c, GO(SEC, OPER),
		   format("%s CHAP_I=%s CHAP_C=%s", right_answer(&ch), id, chap_hex(mine, len)));
	expect_refused_or_closed(c);
}

TEST(chap_mutual_bad, "chap.mutual-out-of-range", "12.1.3", MUST,
     "a CHAP_I over 255, no number, or a CHAP_C over 1024 bytes ends the login")
{
	need_mutual();
	mutual_refused("256", 16);
	mutual_refused("-1", 16);
	mutual_refused("x", 16);
	mutual_refused("1", 1025);
	target_is_well();
}

TEST(chap_reordered, "chap.keys-in-any-order", "12.1.3", MUST,
     "the keys of one step may come in any order, with keys of the session between them")
{
	uint8_t mine[16] = "another challeng";
	struct challenge ch;
	struct conn *c;
	struct pdu *r;

	c = challenged(&ch);
	login_send(c, GO(SEC, OPER),
		   format("CHAP_R=%s InitiatorAlias=check CHAP_N=%s%s",
			  right_response(&ch, chap_hex), opt.chap_user, !opt.mutual_user ? "" :
			  format(" CHAP_C=%s CHAP_I=0x1f", chap_base64(mine, 16))));
	r = login_recv(c, GO(SEC, OPER));
	check(login_status(r) == 0 && r->bhs[1] & F_TRANSIT, "status 0x%04x", login_status(r));
	goes_on(c);
}

TEST(chap_stay, "chap.transit-after-answer", "6.3.2", MUST,
     "the right response without T=1 stays in the security stage; T=1 may follow in an empty request")
{
	struct challenge ch;
	struct conn *c;
	struct pdu *r;

	c = challenged(&ch);
	login_exchange(c, STAY(SEC), right_answer(&ch));
	r = login_exchange(c, GO(SEC, OPER), "");
	check(r->bhs[1] & F_TRANSIT, "still in the security stage");
	goes_on(c);
}

TEST(chap_pieces, "chap.keys-in-pieces", "11.12.2", MUST,
     "the response may come over several requests with C=1, cut in the middle of CHAP_R")
{
	struct challenge ch;
	struct conn *c;
	struct text t;
	struct pdu *p, *r;
	size_t cut, at = 0;

	c = challenged(&ch);
	t = text_of(right_answer(&ch));
	cut = t.len - 13;
	while (at < cut) {
		size_t n = cut - at < 17 ? cut - at : 17;

		p = login_pdu(c, F_CONTINUE | STAY(SEC), "");
		pdu_data(p, t.buf + at, n);
		pdu_send(c, p);
		r = login_recv(c, STAY(SEC));
		check(login_status(r) == 0 && r->len == 0, "status 0x%04x, %zu bytes",
		      login_status(r), r->len);
		at += n;
	}
	p = login_pdu(c, GO(SEC, OPER), "");
	pdu_data(p, t.buf + at, t.len - at);
	pdu_send(c, p);
	r = login_recv(c, GO(SEC, OPER));
	check(login_status(r) == 0 && r->bhs[1] & F_TRANSIT, "status 0x%04x", login_status(r));
	goes_on(c);
}

TEST(chap_again, "chap.keys-after-the-end", "6.3", MUST,
     "CHAP keys once more after the authentication: Login reject (initiator error)")
{
	struct challenge ch;
	struct conn *c;

	c = challenged(&ch);
	login_exchange(c, STAY(SEC), right_answer(&ch));
	login_send(c, STAY(SEC), "CHAP_A=5");
	expect_refused(c);
}

TEST(chap_at_once, "chap.algorithm-with-method", "12.1.3", MUST,
     "AuthMethod and CHAP_A in one request: both are answered, or the login is refused")
{
	struct conn *c;
	struct text t;
	struct pdu *r;

	need_chap();
	c = conn_open();
	login_send(c, STAY(SEC), format("%s AuthMethod=CHAP CHAP_A=5", names()));
	r = login_recv(c, STAY(SEC));
	if (login_status(r)) {
		check(r->bhs[36] == 2, "status 0x%04x", login_status(r));
		return;
	}
	t = login_text(r);
	check(text_has(&t, "AuthMethod") && text_has(&t, "CHAP_A") && text_has(&t, "CHAP_C"),
	      "answered with: %s", text_show(&t));
}

TEST(chap_methods, "chap.method-list", "12.1", MUST,
     "of a list of methods CHAP is chosen wherever it stands, None not where CHAP is asked for")
{
	static const char *const lists[] = { "CHAP", "None,CHAP", "KRB5,SRP,CHAP,None",
					     "X-com.example.method,CHAP" };
	unsigned int i;

	need_chap();
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct text t = login_text(login_exchange(conn_open(), STAY(SEC),
				format("%s AuthMethod=%s", names(), lists[i])));
		const char *v = text_value(&t, "AuthMethod", 0);

		check(v && !strcmp(v, "CHAP"), "%s is answered with %s", lists[i],
		      v ? v : "nothing");
	}
}

TEST(chap_longest, "chap.mutual-longest-challenge", "12.1.3", MUST,
     "a challenge of 1 byte and one of 1024, the longest, are answered right")
{
	static const size_t lens[] = { 1, 1024 };
	uint8_t want[16], got[64];
	unsigned int i;

	need_mutual();
	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		uint8_t *mine = pattern(lens[i], 12);
		struct challenge ch;
		struct conn *c = challenged(&ch);
		struct text t = login_text(mutual(c, &ch, 0, mine, lens[i]));
		const char *v = text_value(&t, "CHAP_R", 0);

		chap_response(0, opt.mutual_secret, mine, lens[i], want);
		check(v && chap_decode(v, got, 64) == 16 && !memcmp(want, got, 16),
		      "%zu bytes are answered with: %s", lens[i], text_show(&t));
	}
}

TEST(chap_alg_forms, "chap.algorithm-forms", "12.1.3", MUST,
     "CHAP_A is a list of numbers: what is none, or none that there is, is passed over or ends the login")
{
	static const char *const list[] = { "", ",", "MD5", "05x", "-5", "5.0", "0", "256", "4294967301" };
	unsigned int i;

	need_chap();
	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct conn *c = conn_open();
		struct pdu *r = NULL;
		struct text t;

		login_exchange(c, STAY(SEC), format("%s AuthMethod=CHAP", names()));
		login_send(c, STAY(SEC), format("CHAP_A=%s", list[i]));
		if (pdu_try(c, &r, opt.wait) != RX_PDU || r->bhs[36] == 2)
			continue;
		t = login_text(r);
		check(text_value(&t, "CHAP_A", 0) && !strcmp(text_value(&t, "CHAP_A", 0), "Reject"),
		      "CHAP_A=%s is answered with: %s", list[i], text_show(&t));
	}
	target_is_well();
}

TEST(chap_name_len, "chap.names-too-long", "12.1.3", MUST,
     "a CHAP_N that is empty, or of 256 bytes and more, is refused")
{
	char *longer = zalloc(300);

	need_chap();
	memset(longer, 'u', 299);
	refused_answer("", "0x00112233445566778899aabbccddeeff");
	refused_answer(longer, "0x00112233445566778899aabbccddeeff");
	longer[256] = 0;
	refused_answer(longer, "0x00112233445566778899aabbccddeeff");
	longer[255] = 0;
	refused_answer(longer, "0x00112233445566778899aabbccddeeff");
	target_is_well();
}

TEST(chap_mutual_parts, "chap.mutual-in-part", "12.1.3", MUST,
     "CHAP_I without CHAP_C, the other way round, or an empty CHAP_C ends the login")
{
	static const char *const part[] = {
		"CHAP_I=1", "CHAP_C=0x0123456789abcdef0123456789abcdef", "CHAP_I=1 CHAP_C=0x",
		"CHAP_I=1 CHAP_C=", "CHAP_I=1 CHAP_C=0xzz", "CHAP_I= CHAP_C=0x0123",
		"CHAP_I=1 CHAP_C=0b=", "CHAP_I=1 CHAP_C=0123",
	};
	unsigned int i;

	need_mutual();
	for (i = 0; i < sizeof(part) / sizeof(*part); i++) {
		struct challenge ch;
		struct conn *c = challenged(&ch);

		note("%s", part[i]);
		login_send(c, GO(SEC, OPER), format("%s %s", right_answer(&ch), part[i]));
		expect_refused_or_closed(c);
	}
	target_is_well();
}

TEST(chap_unasked, "chap.keys-without-method", "12.1", MUST,
     "CHAP keys before AuthMethod=CHAP has been agreed are refused")
{
	struct conn *c;

	need_chap();
	c = conn_open();
	login_send(c, STAY(SEC), format("%s CHAP_A=5", names()));
	expect_refused_or_closed(c);
	c = conn_open();
	login_exchange(c, STAY(SEC), names());
	login_send(c, STAY(SEC), "CHAP_A=5");
	expect_refused_or_closed(c);
}

TEST(chap_twice, "chap.method-twice", "6.3", MUST,
     "AuthMethod offered again after it was agreed: refused")
{
	struct conn *c;

	need_chap();
	c = conn_open();
	login_exchange(c, STAY(SEC), format("%s AuthMethod=CHAP", names()));
	login_send(c, STAY(SEC), "AuthMethod=CHAP");
	expect_refused(c);
}
