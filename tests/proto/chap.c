// SPDX-License-Identifier: GPL-2.0
/* CHAP with MD5, hex and base64 of large numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chap.h"
#include "harness.h"
#include "hash.h"

static const char b64[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *chap_hex(const uint8_t *p, size_t len)
{
	char *s = zalloc(2 * len + 3);
	size_t i;

	strcpy(s, "0x");
	for (i = 0; i < len; i++)
		sprintf(s + 2 + 2 * i, "%02x", p[i]);
	return s;
}

char *chap_base64(const uint8_t *p, size_t len)
{
	char *s = zalloc(len * 2 + 8), *o = s;
	size_t i;

	o += sprintf(o, "0b");
	for (i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		*o++ = b64[v >> 18];
		*o++ = b64[v >> 12 & 63];
		*o++ = i + 1 < len ? b64[v >> 6 & 63] : '=';
		*o++ = i + 2 < len ? b64[v & 63] : '=';
	}
	return s;
}

static int decode_hex(const char *s, uint8_t *out, size_t max)
{
	size_t digits = strlen(s), n = 0;

	if (strspn(s, "0123456789abcdefABCDEF") != digits || !digits)
		return -1;
	if (digits % 2) {
		out[n++] = strtoul(strndup(s++, 1), NULL, 16);
		digits--;
	}
	for (; *s && n < max; s += 2)
		out[n++] = strtoul(strndup(s, 2), NULL, 16);
	return n;
}

static int decode_base64(const char *s, uint8_t *out, size_t max)
{
	uint32_t v = 0, bits = 0;
	size_t n = 0;

	for (; *s && *s != '=' && n < max; s++) {
		const char *at = strchr(b64, *s);

		if (!at)
			return -1;
		v = v << 6 | (at - b64);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = v >> bits;
		}
	}
	return n;
}

int chap_decode(const char *text, uint8_t *out, size_t max)
{
	if (!strncmp(text, "0x", 2) || !strncmp(text, "0X", 2))
		return decode_hex(text + 2, out, max);
	if (!strncmp(text, "0b", 2) || !strncmp(text, "0B", 2))
		return decode_base64(text + 2, out, max);
	return -1;
}

void chap_response(unsigned int id, const char *secret, const uint8_t *bytes,
		   size_t len, uint8_t out[16])
{
	size_t n = strlen(secret);
	uint8_t *m = zalloc(1 + n + len);

	m[0] = id;
	memcpy(m + 1, secret, n);
	memcpy(m + 1 + n, bytes, len);
	md5(m, 1 + n + len, out);
}

struct challenge chap_start(struct conn *c, struct text *said,
			    const char *session, const char *algorithms)
{
	struct challenge ch = { 0 };
	struct text t;
	struct pdu *r;
	int len;

	r = login_exchange(c, STAY(SEC),
			   format("%s AuthMethod=CHAP,None", session));
	text_add(said, r->data, r->len);
	t = login_text(r);
	check(text_value(&t, "AuthMethod", 0) &&
	      !strcmp(text_value(&t, "AuthMethod", 0), "CHAP"),
	      "12.1: CHAP,None answered with: %s", text_show(&t));
	r = login_exchange(c, STAY(SEC), format("CHAP_A=%s", algorithms));
	text_add(said, r->data, r->len);
	t = login_text(r);
	check(text_count(&t, "CHAP_A") == 1 && text_count(&t, "CHAP_I") == 1 &&
	      text_count(&t, "CHAP_C") == 1,
	      "12.1.3: CHAP_A, CHAP_I, CHAP_C expected, got: %s", text_show(&t));
	ch.id = strtoul(text_value(&t, "CHAP_I", 0), NULL, 0);
	check(ch.id <= 255, "12.1.3: CHAP_I %u", ch.id);
	len = chap_decode(text_value(&t, "CHAP_C", 0), ch.bytes, sizeof(ch.bytes));
	check(len > 0 && len <= 1024, "12.1.3: CHAP_C is not a binary value: %s",
	      text_value(&t, "CHAP_C", 0));
	ch.len = len;
	return ch;
}

void chap_login(struct conn *c, struct text *said, const char *session)
{
	struct challenge ch = chap_start(c, said, session, "5");
	uint8_t r[16];
	struct pdu *p;

	chap_response(ch.id, opt.chap_secret, ch.bytes, ch.len, r);
	p = login_exchange(c, GO(SEC, OPER),
			   format("CHAP_N=%s CHAP_R=%s", opt.chap_user,
				  chap_hex(r, 16)));
	check(p->bhs[1] & F_TRANSIT, "12.1.3: still in security after the right answer");
	text_add(said, p->data, p->len);
}
