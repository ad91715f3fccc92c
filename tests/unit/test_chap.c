// SPDX-License-Identifier: GPL-2.0
/* Binary values and CHAP: kmod/chap.c. The hashes are those of libcrypto. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "chap.h"
#include "tap.h"

/* ---- Binary values ---- */

static const struct decode_case {
	const char *text;
	size_t room;
	int ret;
	const char *bytes;
} decodes[] = {
	{ "0x00", 16, 1, "\0" },
	{ "0xdeadBEEF", 16, 4, "\xde\xad\xbe\xef" },
	{ "0X01", 16, 1, "\x01" },
	{ "0x0102", 2, 2, "\x01\x02" },
	{ "0x010203", 2, -ENOSPC, NULL },
	{ "0x", 16, -EINVAL, NULL },
	{ "0x1", 16, -EINVAL, NULL },
	{ "0x123", 16, -EINVAL, NULL },
	{ "0xzz", 16, -EINVAL, NULL },
	{ "0x01 ", 16, -EINVAL, NULL },
	{ "0x01zz", 16, -EINVAL, NULL },
	{ "0x01,", 16, -EINVAL, NULL },
	{ "", 16, -EINVAL, NULL },
	{ "0", 16, -EINVAL, NULL },
	{ "x01", 16, -EINVAL, NULL },
	{ "1234", 16, -EINVAL, NULL },
	{ "0bAA==", 16, 1, "\0" },
	{ "0BAAE=", 16, 2, "\0\x01" },
	{ "0bAAEC", 3, 3, "\0\x01\x02" },
	{ "0bAAEC", 2, -ENOSPC, NULL },
	{ "0bAAE=", 1, -ENOSPC, NULL },
	{ "0b+/+/", 16, 3, "\xfb\xff\xbf" },
	{ "0bAAECAwQF", 16, 6, "\0\x01\x02\x03\x04\x05" },
	{ "0b", 16, -EINVAL, NULL },
	{ "0bA", 16, -EINVAL, NULL },
	{ "0bAA", 16, -EINVAL, NULL },
	{ "0bAAA", 16, -EINVAL, NULL },
	{ "0bA===", 16, -EINVAL, NULL },
	{ "0b====", 16, -EINVAL, NULL },
	{ "0bAA=A", 16, -EINVAL, NULL },
	{ "0bAA==AAAA", 16, -EINVAL, NULL },
	{ "0bAA*=", 16, -EINVAL, NULL },
	{ "0bAA-_", 16, -EINVAL, NULL },
	{ "0bAB==", 16, -EINVAL, NULL },
	{ "0bAAF=", 16, -EINVAL, NULL },
	{ "0bAA==\n", 16, -EINVAL, NULL },
};

static void test_decode(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(decodes); i++) {
		const struct decode_case *c = &decodes[i];
		size_t len = strlen(c->text);
		char *text = malloc(len ?: 1);
		u8 *dst = malloc(c->room);

		/* both exactly as long as said, for ASan */
		memcpy(text, c->text, len);
		memset(dst, 0x77, c->room);
		is_long(ti_bin_decode(text, len, dst, c->room), c->ret);
		if (c->ret > 0)
			check(!memcmp(dst, c->bytes, c->ret));
		for (j = max(c->ret, 0); j < c->room; j++)
			check(dst[j] == 0x77);
		free(text);
		free(dst);
		ok(true, "decode \"%s\" into %zu bytes", c->text, c->room);
	}
	is_long(ti_bin_decode("0x01", 4, NULL, 0), -ENOSPC);
	is_long(ti_bin_decode("0bAA==", 6, NULL, 0), -ENOSPC);
	ok(true, "decode into nothing");
}

static void test_decode_lengths(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	u8 src[70], dst[70];
	char text[100];
	size_t i, n, k;

	for (n = 1; n < sizeof(src); n++) {
		for (i = 0; i < n; i++)
			src[i] = i * 37 + n;
		is_long(EVP_EncodeBlock((u8 *)text + 2, src, n) > 0, 1);
		text[0] = '0';
		text[1] = 'b';
		is_long(ti_bin_decode(text, strlen(text), dst, n), n);
		check(!memcmp(src, dst, n));
		is_long(ti_bin_decode(text, strlen(text), dst, n - 1), -ENOSPC);
	}
	for (k = 0; k < 64; k++) {
		snprintf(text, sizeof(text), "0bAAA%c", digits[k]);
		is_long(ti_bin_decode(text, 6, dst, 3), 3);
		is_long(dst[2], k);
	}
	ok(true, "base64 of every length and digit");
}

static void test_encode(void)
{
	char buf[11];

	is_long(ti_bin_encode_hex("\x01\xab\xff\x00", 4, buf, 11), 10);
	is_str(buf, "0x01abff00");
	is_long(ti_bin_encode_hex("\x01\xab\xff\x00", 4, buf, 10), -ENOSPC);
	is_long(ti_bin_encode_hex("", 0, buf, 3), 2);
	is_str(buf, "0x");
	is_long(ti_bin_encode_hex("", 0, buf, 2), -ENOSPC);
	is_long(ti_bin_encode_hex("", 0, buf, 0), -ENOSPC);
	ok(true, "encode hex");
}

static void test_memneq(void)
{
	u8 a[32] = { 0 }, b[32] = { 0 };
	int i;

	check(!ti_memneq(a, b, 32));
	for (i = 0; i < 256; i++) {
		b[i / 8] = 1 << i % 8;
		check(ti_memneq(a, b, 32));
		b[i / 8] = 0;
	}
	check(!ti_memneq(a, b, 0));
	ok(true, "constant-time comparison sees every bit");
}

/* ---- The exchange ---- */

static struct {
	int random_ret;
	int hash_ret;
	const char *mutual_secret;	/* NULL: none */
	int calls;			/* of hash */
} world;

static int fake_random(void *ctx, u8 *buf, size_t len)
{
	size_t i;

	check(ctx == &world);
	for (i = 0; i < len; i++)
		buf[i] = len == 1 ? 0x5a : 0x10 + i;
	return world.random_ret;
}

static const EVP_MD *md_of(enum ti_chap_alg alg)
{
	switch (alg) {
	case TI_CHAP_MD5:
		return EVP_md5();
	case TI_CHAP_SHA1:
		return EVP_sha1();
	case TI_CHAP_SHA256:
		return EVP_sha256();
	default:
		return EVP_sha3_256();
	}
}

static int real_hash(void *ctx, enum ti_chap_alg alg, const struct ti_iov *iov,
		     int n, u8 *digest)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned int len;
	int i;

	check(ctx == &world);
	world.calls++;
	EVP_DigestInit_ex(md, md_of(alg), NULL);
	for (i = 0; i < n; i++)
		EVP_DigestUpdate(md, iov[i].base, iov[i].len);
	EVP_DigestFinal_ex(md, digest, &len);
	EVP_MD_CTX_free(md);
	is_long(len, ti_chap_digest_size(alg));
	return world.hash_ret;
}

static int put_secret(u8 *dst, const char *secret)
{
	memcpy(dst, secret, strlen(secret));
	return strlen(secret);
}

static int find_secret(void *ctx, const char *name, u8 *secret)
{
	check(ctx == &world);
	if (!strcmp(name, "initiator") || !strcmp(name, "0x696e") ||
	    !strcmp(name, "0bAAAA") || !strcmp(name, "Reject"))
		return put_secret(secret, "initiator-secret");
	if (!strcmp(name, "second"))
		return put_secret(secret, "another-secret!");
	if (!strcmp(name, "empty"))
		return 0;
	return -ENOENT;
}

static int find_mutual(void *ctx, const char *account, char *name, u8 *secret)
{
	check(ctx == &world && account[0]);
	if (!world.mutual_secret)
		return -ENOENT;
	strcpy(name, "the-target");
	return put_secret(secret, world.mutual_secret);
}

static const struct ti_chap_ops ops = {
	.random = fake_random,
	.hash = real_hash,
	.secret = find_secret,
	.mutual = find_mutual,
};

static struct ti_chap chap;
static char answer[4096];

static void begin(unsigned long algs)
{
	memset(&world, 0, sizeof(world));
	world.mutual_secret = "target-secret-2";
	ti_chap_init(&chap, &ops, &world, algs);
}

/* Pairs are written with '|' in place of the NULs. */
static int send_room(const char *text, size_t room)
{
	size_t i, len = strlen(text);
	char *buf = malloc(len + 1);
	struct ti_text_iter it;
	struct ti_text_pair pair;
	struct ti_text_out out;
	int ret = 0;

	for (i = 0; i <= len; i++)
		buf[i] = text[i] == '|' ? '\0' : text[i];
	ti_text_iter_init(&it, buf, len);
	while (ti_text_next(&it, &pair) > 0 && !ret)
		ret = ti_chap_take(&chap, ti_key_find(pair.key, pair.key_len),
				   &pair);
	ti_text_out_init(&out, answer, room);
	if (!ret)
		ret = ti_chap_step(&chap, &out);
	free(buf);
	for (i = 0; i < out.len; i++)
		if (!answer[i])
			answer[i] = '|';
	answer[out.len] = '\0';
	return ret;
}

static int say(const char *text)
{
	return send_room(text, sizeof(answer) - 1);
}

#define C16 "0x101112131415161718191a1b1c1d1e1f"
#define C32 C16 "202122232425262728292a2b2c2d2e2f"
#define R_MD5 "0xefcabf8f54134d456522a077b8cbd6e2"

/* Digests computed apart from this code, with Python's hashlib. */
static const struct known_answer {
	const char *alg;
	const char *challenge;
	const char *response;
	const char *mutual;
} known[] = {
	{ "5", C16, R_MD5, "0xd7e20b72212a2e3c3b970a76de3d649b" },
	{ "6", C16 "20212223", "0x14cd8e7c01bb267e83fbbbaedd6fffa8bc80264c",
	  "0x27d01986cb06393b60d5d38603fd3c146480d704" },
	{ "7", C32,
	  "0xea24ebf50351a846ee6fb6ee58c27eb4710e57de320cd7aa04f42134dcd02882",
	  "0x3d6fb81cac3c55c7b1c8628f4293adf1b00ad9e8894ab63cf3ae0c034c9ce4e8" },
	{ "8", C32,
	  "0xc4152cc41be92d15439356b1c7977b3140b5e93786d2c69d9aba656cd862c749",
	  "0xf95eee672c1ef6adb50c242cbc1d7b00c594156468902c6c980eae71e4c83a1c" },
};

#define MUTUAL_C "CHAP_I=200|CHAP_C=0xa5a5a5a5a5a5a5a5a5a5a5a5" \
		 "a5a5a5a5a5a5a5a5a5a5a5a5|"

static void test_known(void)
{
	char text[512], want[512];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		const struct known_answer *k = &known[i];

		begin(TI_CHAP_ALGS);
		snprintf(text, sizeof(text), "CHAP_A=%s|", k->alg);
		is_long(say(text), 0);
		snprintf(want, sizeof(want), "CHAP_A=%s|CHAP_I=90|CHAP_C=%s|",
			 k->alg, k->challenge);
		is_str(answer, want);
		snprintf(text, sizeof(text), "CHAP_N=initiator|CHAP_R=%s|",
			 k->response);
		is_long(say(text), 1);
		is_str(answer, "");
		is_str(chap.name, "initiator");
		is_long(chap.state, TI_CHAP_AUTHENTICATED);
		check(!chap.mutual);
		ok(true, "known answer, algorithm %s, one way", k->alg);

		begin(TI_CHAP_ALGS);
		snprintf(text, sizeof(text), "CHAP_A=%s|", k->alg);
		is_long(say(text), 0);
		snprintf(text, sizeof(text),
			 MUTUAL_C "CHAP_R=%s|CHAP_N=initiator|", k->response);
		is_long(say(text), 1);
		snprintf(want, sizeof(want), "CHAP_N=the-target|CHAP_R=%s|",
			 k->mutual);
		is_str(answer, want);
		check(chap.mutual);
		ok(true, "known answer, algorithm %s, mutual", k->alg);
	}
}

static const struct alg_case {
	const char *list;
	unsigned long algs;
	int chosen;	/* 0: refused */
} algs[] = {
	{ "5", TI_CHAP_ALGS, 5 },
	{ "8,7,6,5", TI_CHAP_ALGS, 8 },
	{ "6,5", TI_CHAP_ALGS, 6 },
	{ "99,7,5", TI_CHAP_ALGS, 7 },
	{ "8,7,5", BIT(TI_CHAP_MD5), 5 },
	{ "8,7,6", BIT(TI_CHAP_MD5), 0 },
	{ "7", ~0UL, 7 },
	{ "9", ~0UL, 0 },
	{ "4", ~0UL, 0 },
	{ "", TI_CHAP_ALGS, 0 },
	{ "5,", TI_CHAP_ALGS, 0 },
	{ "05", TI_CHAP_ALGS, 0 },
	{ "MD5", TI_CHAP_ALGS, 0 },
	{ "5", 0, 0 },
};

static void test_algs(void)
{
	char text[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		const struct alg_case *c = &algs[i];

		begin(c->algs);
		snprintf(text, sizeof(text), "CHAP_A=%s|", c->list);
		is_long(say(text), c->chosen ? 0 : -EACCES);
		if (c->chosen)
			is_long(chap.alg, c->chosen);
		else
			check(chap.why);
		ok(true, "CHAP_A=%s, allowed %lx", c->list, c->algs);
	}
}

static const struct response_case {
	const char *name;
	const char *text;
	int ret;
} responses[] = {
	{ "right", "CHAP_N=initiator|CHAP_R=" R_MD5 "|", 1 },
	{ "upper case hex", "CHAP_N=initiator|"
	  "CHAP_R=0XEFCABF8F54134D456522A077B8CBD6E2|", 1 },
	{ "base64", "CHAP_N=initiator|CHAP_R=0b78q/j1QTTUVlIqB3uMvW4g==|", 1 },
	{ "name that begins with 0x", "CHAP_N=0x696e|CHAP_R=" R_MD5 "|", 1 },
	{ "name that begins with 0b", "CHAP_N=0bAAAA|CHAP_R=" R_MD5 "|", 1 },
	{ "name that is a reserved word", "CHAP_N=Reject|CHAP_R=" R_MD5 "|",
	  1 },
	{ "secret of another account", "CHAP_N=second|CHAP_R=" R_MD5 "|",
	  -EACCES },
	{ "unknown account", "CHAP_N=nobody|CHAP_R=" R_MD5 "|", -EACCES },
	{ "account in another case", "CHAP_N=Initiator|CHAP_R=" R_MD5 "|",
	  -EACCES },
	{ "account with an empty secret", "CHAP_N=empty|CHAP_R=" R_MD5 "|",
	  -EACCES },
	{ "empty name", "CHAP_N=|CHAP_R=" R_MD5 "|", -EACCES },
	{ "last byte wrong", "CHAP_N=initiator|"
	  "CHAP_R=0xefcabf8f54134d456522a077b8cbd6e3|", -EACCES },
	{ "first byte wrong", "CHAP_N=initiator|"
	  "CHAP_R=0xeecabf8f54134d456522a077b8cbd6e2|", -EACCES },
	{ "too short", "CHAP_N=initiator|"
	  "CHAP_R=0xefcabf8f54134d456522a077b8cbd6|", -EACCES },
	{ "too long", "CHAP_N=initiator|CHAP_R=" R_MD5 "00|", -EACCES },
	{ "base64 too long", "CHAP_N=initiator|"
	  "CHAP_R=0b78q/j1QTTUVlIqB3uMvW4gAA|", -EACCES },
	{ "odd number of digits", "CHAP_N=initiator|CHAP_R=" R_MD5 "0|",
	  -EACCES },
	{ "no digits", "CHAP_N=initiator|CHAP_R=0x|", -EACCES },
	{ "no prefix", "CHAP_N=initiator|"
	  "CHAP_R=efcabf8f54134d456522a077b8cbd6e2|", -EACCES },
	{ "nothing", "CHAP_N=initiator|CHAP_R=|", -EACCES },
	{ "no CHAP_R", "CHAP_N=initiator|", -EPROTO },
	{ "no CHAP_N", "CHAP_R=" R_MD5 "|", -EPROTO },
	{ "CHAP_I without CHAP_C", "CHAP_N=initiator|CHAP_I=1|CHAP_R=" R_MD5
	  "|", -EPROTO },
	{ "CHAP_C without CHAP_I", "CHAP_N=initiator|CHAP_C=0x01|CHAP_R=" R_MD5
	  "|", -EPROTO },
	{ "CHAP_A again", "CHAP_A=5|CHAP_N=initiator|CHAP_R=" R_MD5 "|",
	  -EPROTO },
	{ "only CHAP_A again", "CHAP_A=5|", -EPROTO },
	{ "a key twice", "CHAP_N=initiator|CHAP_N=initiator|", -EPROTO },
	{ "a key of another kind", "InitialR2T=Yes|", -EPROTO },
	{ "no keys at all", "", 0 },

	{ "mutual, identifier 0", MUTUAL_C, 1 },
	{ "mutual, reflected challenge", "CHAP_I=90|CHAP_C=" C16 "|", -EACCES },
	{ "mutual, reflected challenge, base64",
	  "CHAP_I=1|CHAP_C=0bEBESExQVFhcYGRobHB0eHw==|", -EACCES },
	{ "mutual, challenge of 1 byte", "CHAP_I=0|CHAP_C=0x01|", 1 },
	{ "mutual, hex identifier", "CHAP_I=0xff|CHAP_C=0x01|", 1 },
	{ "mutual, identifier 256", "CHAP_I=256|CHAP_C=0x01|", -EACCES },
	{ "mutual, identifier -1", "CHAP_I=-1|CHAP_C=0x01|", -EACCES },
	{ "mutual, no identifier", "CHAP_I=|CHAP_C=0x01|", -EACCES },
	{ "mutual, empty challenge", "CHAP_I=1|CHAP_C=0x|", -EACCES },
	{ "mutual, malformed challenge", "CHAP_I=1|CHAP_C=0x0|", -EACCES },
	{ "mutual, challenge without prefix", "CHAP_I=1|CHAP_C=12|", -EACCES },
};

static void test_responses(void)
{
	char text[512];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(responses); i++) {
		const struct response_case *c = &responses[i];
		bool mutual = !strncmp(c->name, "mutual", 6);

		begin(TI_CHAP_ALGS);
		is_long(say("CHAP_A=5|"), 0);
		snprintf(text, sizeof(text), "%s%s", c->text,
			 mutual ? "CHAP_N=initiator|CHAP_R=" R_MD5 "|" : "");
		is_long(say(text), c->ret);
		if (c->ret < 0)
			is_str(answer, "");
		if (c->ret == -EACCES) {
			check(chap.why);
			is_long(chap.state, TI_CHAP_FAILED);
			/* and it is over */
			is_long(say("CHAP_N=initiator|CHAP_R=" R_MD5 "|"),
				-EPROTO);
		}
		ok(true, "response: %s", c->name);
	}
}

static void test_challenge_length(void)
{
	static char text[4096];
	size_t digits, i;

	for (digits = 2048; digits <= 2050; digits++) {
		size_t n = sprintf(text, "CHAP_N=initiator|CHAP_R=" R_MD5
				   "|CHAP_I=1|CHAP_C=0x");

		for (i = 0; i < digits; i++)
			text[n++] = 'a';
		strcpy(text + n, "|");
		begin(TI_CHAP_ALGS);
		is_long(say("CHAP_A=5|"), 0);
		is_long(say(text), digits == 2048 ? 1 : -EACCES);
	}
	ok(true, "mutual: challenges of at most 1024 bytes");
}

static void test_long_name(void)
{
	char text[400];

	memset(text, 'n', sizeof(text));
	memcpy(text, "CHAP_N=", 7);
	strcpy(text + 7 + 256, "|CHAP_R=" R_MD5 "|");
	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(say(text), -EACCES);
	is_str(chap.name, "");
	ok(true, "a name of 256 bytes is refused");
}

static void test_mutual_secrets(void)
{
	begin(TI_CHAP_ALGS);
	world.mutual_secret = NULL;
	is_long(say("CHAP_A=5|"), 0);
	is_long(say(MUTUAL_C "CHAP_N=initiator|CHAP_R=" R_MD5 "|"), -EACCES);
	is_str(answer, "");
	ok(true, "mutual: the target has no secret");

	begin(TI_CHAP_ALGS);
	world.mutual_secret = "initiator-secret";
	is_long(say("CHAP_A=5|"), 0);
	is_long(say(MUTUAL_C "CHAP_N=initiator|CHAP_R=" R_MD5 "|"), -EACCES);
	is_str(answer, "");
	ok(true, "mutual: one secret for both ways is refused");

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(say(MUTUAL_C "CHAP_N=initiator|"
		    "CHAP_R=0x00000000000000000000000000000000|"), -EACCES);
	is_str(answer, "");
	ok(true, "mutual: nothing is proved to who fails");
}

static void test_order(void)
{
	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_N=initiator|CHAP_R=" R_MD5 "|"), -EPROTO);
	ok(true, "a response before CHAP_A");

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|CHAP_I=1|CHAP_C=0x01|"), -EPROTO);
	ok(true, "a challenge before ours");

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(say("CHAP_N=initiator|CHAP_R=" R_MD5 "|"), 1);
	is_long(say("CHAP_A=5|"), -EPROTO);
	is_long(chap.state, TI_CHAP_FAILED);
	ok(true, "keys after the end");
}

static void test_failures(void)
{
	begin(TI_CHAP_ALGS);
	world.random_ret = -EIO;
	is_long(say("CHAP_A=5|"), -EIO);
	is_long(chap.state, TI_CHAP_FAILED);
	ok(true, "no randomness, no challenge");

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	world.hash_ret = -ENOMEM;
	is_long(say("CHAP_N=initiator|CHAP_R=" R_MD5 "|"), -ENOMEM);
	is_long(chap.state, TI_CHAP_FAILED);
	ok(true, "a hash that fails does not authenticate");

	begin(TI_CHAP_ALGS);
	is_long(send_room("CHAP_A=5|", 40), -ENOSPC);
	is_long(chap.state, TI_CHAP_FAILED);
	ok(true, "no room for the challenge");

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(send_room(MUTUAL_C "CHAP_N=initiator|CHAP_R=" R_MD5 "|", 40),
		-ENOSPC);
	is_long(chap.state, TI_CHAP_FAILED);
	ok(true, "no room for our response");
}

static void test_timing(void)
{
	int known_calls;

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(say("CHAP_N=second|CHAP_R=" R_MD5 "|"), -EACCES);
	known_calls = world.calls;
	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(say("CHAP_N=nobody|CHAP_R=" R_MD5 "|"), -EACCES);
	is_long(world.calls, known_calls);
	ok(true, "an unknown account costs as many hashes as a known one");
}

static void test_wipe(void)
{
	static const u8 zero[TI_CHAP_SECRET_MAX];

	begin(TI_CHAP_ALGS);
	is_long(say("CHAP_A=5|"), 0);
	is_long(say("CHAP_N=initiator|CHAP_R=" R_MD5 "|"), 1);
	check(!memcmp(chap.secret, zero, sizeof(chap.secret)));
	ok(true, "no secret stays behind");
}

int main(void)
{
	test_decode();
	test_decode_lengths();
	test_encode();
	test_memneq();
	test_known();
	test_algs();
	test_responses();
	test_challenge_length();
	test_long_name();
	test_mutual_secrets();
	test_order();
	test_failures();
	test_timing();
	test_wipe();
	return done();
}
