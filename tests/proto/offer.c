// SPDX-License-Identifier: GPL-2.0
/* Keys that are offered during login, and what comes back. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "offer.h"

bool offer_answer(struct answer *a)
{
	struct pdu *r = NULL;

	if (pdu_try(a->c, &r, opt.wait) != RX_PDU) {
		a->refused = true;
		return false;
	}
	check(pdu_op(r) == OP_LOGIN_RSP, "got %s", pdu_describe(r));
	a->status = login_status(r);
	if (a->status) {
		check(r->bhs[36] == 2, "status 0x%04x", a->status);
		a->refused = true;
		return false;
	}
	text_add(&a->text, r->data, r->len);
	a->more = r->bhs[1] & F_CONTINUE;
	return true;
}

static bool all_answered(const struct answer *a, const char *keys)
{
	struct text t = text_of(keys);
	size_t at;

	for (at = 0; at < t.len; at += strlen(t.buf + at) + 1)
		if (!text_has(&a->text, strndup(t.buf + at, strcspn(t.buf + at, "="))))
			return false;
	return true;
}

struct answer offer(const char *keys)
{
	struct answer a = { .c = conn_open() };
	int rounds;

	if (opt.chap_user) {
		login_to_operational(a.c);
		login_send(a.c, STAY(OPER), keys);
	} else {
		login_send(a.c, STAY(OPER), format("%s %s", names(), keys));
	}
	if (!offer_answer(&a))
		return a;
	for (rounds = 0; a.more && rounds < 20; rounds++) {
		login_send(a.c, STAY(OPER), "");
		if (!offer_answer(&a))
			return a;
	}
	for (rounds = 0; !all_answered(&a, keys) && rounds < 2; rounds++) {
		login_send(a.c, STAY(OPER), login_answers(a.c, &a.text));
		if (!offer_answer(&a))
			return a;
	}
	return a;
}

const char *answer_to(const char *keys, const char *key)
{
	struct answer a = offer(keys);
	const char *v;

	check(!a.refused, "%s: login refused with 0x%04x", keys, a.status);
	check(text_count(&a.text, key) < 2, "%s is answered twice: %s", key,
	      text_show(&a.text));
	v = text_value(&a.text, key, 0);
	check(v, "6.2: no answer to %s, only: %s", keys, text_show(&a.text));
	return v;
}

void expect_value(const char *keys, const char *key, const char *value)
{
	const char *v = answer_to(keys, key);

	check(!strcmp(v, value), "%s is answered with %s=%s, expected %s", keys,
	      key, v, value);
}

void expect_one_of(const char *keys, const char *key,
		   const char *const *values)
{
	const char *v = answer_to(keys, key);

	for (; *values; values++)
		if (!strcmp(v, *values))
			return;
	fail("%s is answered with %s=%s", keys, key, v);
}

void inadmissible(const char *key, const char *value, long long min,
		  long long max)
{
	struct answer a = offer(format("%s=%s", key, value));
	const char *v;
	long long n;

	note("%s=%s", key, value);
	if (a.refused)
		return;
	v = text_value(&a.text, key, 0);
	check(v, "6.2.2: %s=%s is not answered", key, value);
	if (!strcmp(v, "Reject"))
		return;
	check(strspn(v, "0123456789"), "6.2.2: %s=%s is answered with %s", key,
	      value, v);
	n = strtoll(v, NULL, 0);
	check(n >= min && n <= max, "6.2.2: %s=%s is answered with %s, outside %lld..%lld",
	      key, value, v, min, max);
}

void not_taken(const char *key, const char *value)
{
	struct answer a = offer(format("%s=%s", key, value));
	const char *v = a.refused ? NULL : text_value(&a.text, key, 0);

	check(a.refused || (v && !strcmp(v, "Reject")), "%s=%s is answered with %s",
	      key, value, v ? v : "nothing");
}
