// SPDX-License-Identifier: GPL-2.0
/*
 * CHAP from the target's side, see chap.h. First the binary values that its
 * keys carry, then the exchange:
 *
 *	initiator			target
 *	CHAP_A=list			CHAP_A, CHAP_I, CHAP_C
 *	CHAP_N, CHAP_R			(one way: done)
 *	CHAP_N, CHAP_R, CHAP_I, CHAP_C	CHAP_N, CHAP_R (mutual: done)
 *
 * Nothing that the initiator sends is written anywhere before its whole length
 * is known to fit.
 */
#include "chap.h"

/* ---- Binary values (RFC 7143 §6.1, RFC 4648) ---- */

static int decode_hex(const char *s, size_t len, u8 *dst, size_t size)
{
	size_t i;

	if (!len || len % 2)
		return -EINVAL;
	if (len / 2 > size)
		return -ENOSPC;
	for (i = 0; i < len; i++)
		if (ti_hex_digit(s[i]) < 0)
			return -EINVAL;
	for (i = 0; i < len / 2; i++)
		dst[i] = ti_hex_digit(s[2 * i]) << 4 |
			 ti_hex_digit(s[2 * i + 1]);
	return len / 2;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* The bits that fill up the last digit are zero, so each value has one text. */
static bool base64_tail_ok(char last, size_t pad)
{
	return !(base64_digit(last) & (pad == 2 ? 0x0f : pad == 1 ? 0x03 : 0));
}

static int decode_base64(const char *s, size_t len, u8 *dst, size_t size)
{
	size_t i, n, pad = 0;
	u32 bits = 0;

	if (!len || len % 4)
		return -EINVAL;
	if (s[len - 1] == '=')
		pad = s[len - 2] == '=' ? 2 : 1;
	n = len / 4 * 3 - pad;
	if (n > size)
		return -ENOSPC;
	len -= pad;
	for (i = 0; i < len; i++)
		if (base64_digit(s[i]) < 0)
			return -EINVAL;
	if (!base64_tail_ok(s[len - 1], pad))
		return -EINVAL;

	for (i = 0, n = 0; i < len; i++) {
		bits = bits << 6 | base64_digit(s[i]);
		if (i % 4)
			dst[n++] = bits >> (6 - 2 * (i % 4)) & 0xff;
	}
	return n;
}

/**
 * ti_bin_decode - decode a binary value
 * @s: the text, need not end with a NUL
 * @len: its length in bytes
 * @dst: where the bytes go; untouched after an error
 * @size: bytes in @dst
 *
 * 0x or 0X and an even number of hex digits, or 0b or 0B and base64 with its
 * padding (RFC 7143 §6.1).
 *
 * Any context. Return: how many bytes, at least 1; -EINVAL for anything else;
 * -ENOSPC when @dst is too small.
 */
int ti_bin_decode(const char *s, size_t len, u8 *dst, size_t size)
{
	if (len < 2 || s[0] != '0')
		return -EINVAL;
	if (s[1] == 'x' || s[1] == 'X')
		return decode_hex(s + 2, len - 2, dst, size);
	if (s[1] == 'b' || s[1] == 'B')
		return decode_base64(s + 2, len - 2, dst, size);
	return -EINVAL;
}

/**
 * ti_bin_encode_hex - write a binary value as text
 * @src: the bytes
 * @len: how many
 * @dst: where 0x, the digits and a NUL go
 * @size: bytes in @dst; 2 * @len + 3 are needed
 *
 * Any context. Return: the length without the NUL, or -ENOSPC.
 */
int ti_bin_encode_hex(const u8 *src, size_t len, char *dst, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (size < 3 || len > (size - 3) / 2)
		return -ENOSPC;
	*dst++ = '0';
	*dst++ = 'x';
	for (i = 0; i < len; i++) {
		*dst++ = digits[src[i] >> 4];
		*dst++ = digits[src[i] & 15];
	}
	*dst = '\0';
	return 2 + 2 * len;
}

/* ---- The exchange ---- */

static const char * const alg_names[] = { "5", "6", "7", "8", NULL };

#define HAS(key)	BIT((key) - TI_KEY_CHAP_A)

/**
 * ti_chap_digest_size - length of a digest, and of our challenges
 * @alg: the algorithm
 *
 * Any context. Return: bytes, 0 for an unknown algorithm.
 */
size_t ti_chap_digest_size(enum ti_chap_alg alg)
{
	switch (alg) {
	case TI_CHAP_MD5:
		return 16;
	case TI_CHAP_SHA1:
		return 20;
	case TI_CHAP_SHA256:
	case TI_CHAP_SHA3_256:
		return 32;
	}
	return 0;
}

/**
 * ti_chap_init - begin an authentication
 * @chap: its state
 * @ops: the caller's functions
 * @ctx: for them
 * @algs: BIT(enum ti_chap_alg) of those that @ops->hash can do
 *
 * Any context.
 */
void ti_chap_init(struct ti_chap *chap, const struct ti_chap_ops *ops,
		  void *ctx, unsigned long algs)
{
	memset(chap, 0, sizeof(*chap));
	chap->state = TI_CHAP_EXPECT_ALG;
	chap->ops = ops;
	chap->ctx = ctx;
	chap->algs = algs & TI_CHAP_ALGS;
}

/**
 * ti_chap_wipe - forget every secret
 * @chap: the authentication, which must not be used any more
 *
 * Any context.
 */
void ti_chap_wipe(struct ti_chap *chap)
{
	ti_memzero(chap->secret, sizeof(chap->secret));
	ti_memzero(chap->challenge, sizeof(chap->challenge));
}

static int fail(struct ti_chap *chap, int error, const char *why)
{
	chap->state = TI_CHAP_FAILED;
	chap->why = why;
	ti_chap_wipe(chap);
	return error;
}

/**
 * ti_chap_take - take one CHAP key of a request
 * @chap: the authentication
 * @key: TI_KEY_CHAP_A to TI_KEY_CHAP_R
 * @pair: the key; what it points to is used until ti_chap_step()
 *
 * Any context. Return: 0, or -EPROTO for another key or one twice.
 */
int ti_chap_take(struct ti_chap *chap, enum ti_key key,
		 const struct ti_text_pair *pair)
{
	if (key < TI_KEY_CHAP_A || key > TI_KEY_CHAP_R)
		return -EPROTO;
	if (chap->keys & HAS(key))
		return -EPROTO;
	chap->keys |= HAS(key);
	chap->key[key - TI_KEY_CHAP_A] = *pair;
	return 0;
}

static const struct ti_text_pair *key_of(const struct ti_chap *chap,
					 enum ti_key key)
{
	return &chap->key[key - TI_KEY_CHAP_A];
}

static int add_binary(struct ti_text_out *out, enum ti_key key, const u8 *data,
		      size_t len)
{
	char hex[2 * TI_CHAP_DIGEST_MAX + 3];
	int ret = ti_bin_encode_hex(data, len, hex, sizeof(hex));

	return ret < 0 ? ret : ti_text_add(out, ti_key_name(key), hex);
}

/* Step 1: choose an algorithm and send a challenge. */
static int send_challenge(struct ti_chap *chap, struct ti_text_out *out)
{
	const struct ti_text_pair *pair = key_of(chap, TI_KEY_CHAP_A);
	size_t size;
	int i, ret;

	i = ti_list_choose(pair->value, pair->value_len, alg_names,
			   chap->algs >> TI_CHAP_MD5);
	if (i < 0)
		return fail(chap, -EACCES, "no CHAP algorithm in common");
	chap->alg = TI_CHAP_MD5 + i;
	size = ti_chap_digest_size(chap->alg);
	ret = chap->ops->random(chap->ctx, &chap->id, 1);
	if (!ret)
		ret = chap->ops->random(chap->ctx, chap->challenge, size);
	if (ret)
		return fail(chap, ret, "no random challenge");

	ret = ti_text_add(out, ti_key_name(TI_KEY_CHAP_A), alg_names[i]);
	if (!ret)
		ret = ti_text_add_u32(out, ti_key_name(TI_KEY_CHAP_I),
				      chap->id);
	if (!ret)
		ret = add_binary(out, TI_KEY_CHAP_C, chap->challenge, size);
	if (ret)
		return fail(chap, ret, "answer too long");
	chap->state = TI_CHAP_EXPECT_RESPONSE;
	return 0;
}

/* RFC 1994 §4.1: the digest of identifier, secret and challenge. */
static int respond(struct ti_chap *chap, u8 id, size_t secret_len,
		   const u8 *challenge, size_t challenge_len, u8 *digest)
{
	const struct ti_iov iov[] = {
		{ &id, 1 },
		{ chap->secret, secret_len },
		{ challenge, challenge_len },
	};

	return chap->ops->hash(chap->ctx, chap->alg, iov, ARRAY_SIZE(iov),
			       digest);
}

/* A name is taken as it is: 0x and 0b at its beginning mean nothing. */
static int take_account(struct ti_chap *chap)
{
	const struct ti_text_pair *pair = key_of(chap, TI_KEY_CHAP_N);

	if (!pair->value_len || pair->value_len > TI_CHAP_NAME_MAX)
		return -EINVAL;
	memcpy(chap->name, pair->value, pair->value_len);
	chap->name[pair->value_len] = '\0';
	return 0;
}

/*
 * Step 2: does the initiator know the secret? An unknown account costs the
 * same time as a wrong response.
 */
static int verify(struct ti_chap *chap)
{
	const struct ti_text_pair *pair = key_of(chap, TI_KEY_CHAP_R);
	size_t size = ti_chap_digest_size(chap->alg);
	u8 theirs[TI_CHAP_DIGEST_MAX];
	u8 ours[TI_CHAP_DIGEST_MAX];
	int secret_len, len, ret;

	if (take_account(chap))
		return fail(chap, -EACCES, "CHAP_N is empty or too long");
	len = ti_bin_decode(pair->value, pair->value_len, theirs, size);
	if (len < 0 || (size_t)len != size)
		return fail(chap, -EACCES, "CHAP_R is malformed");

	secret_len = chap->ops->secret(chap->ctx, chap->name, chap->secret);
	ret = respond(chap, chap->id, max(secret_len, 0), chap->challenge, size,
		      ours);
	if (ret)
		return fail(chap, ret, "hash failed");
	if (secret_len <= 0)
		ret = -ENOENT;
	else if (ti_memneq(ours, theirs, size))
		ret = -EACCES;
	ti_memzero(ours, sizeof(ours));
	if (ret)
		return fail(chap, -EACCES, ret == -ENOENT ?
			    "unknown CHAP account" : "wrong CHAP response");
	return 0;
}

/*
 * RFC 7143 §9.2.1: both ways with one secret would let an initiator
 * that knows nothing have its own challenge answered elsewhere.
 */
static bool same_secret(struct ti_chap *chap, size_t secret_len)
{
	const struct ti_text_pair *pair = key_of(chap, TI_KEY_CHAP_R);
	size_t size = ti_chap_digest_size(chap->alg);
	u8 theirs[TI_CHAP_DIGEST_MAX];
	u8 ours[TI_CHAP_DIGEST_MAX];
	bool same;

	if (ti_bin_decode(pair->value, pair->value_len, theirs, size) < 0 ||
	    respond(chap, chap->id, secret_len, chap->challenge, size, ours))
		return true;
	same = !ti_memneq(ours, theirs, size);
	ti_memzero(ours, sizeof(ours));
	return same;
}

/* Length of the initiator's challenge, or an error that fail() gave. */
static int take_challenge(struct ti_chap *chap, u8 *id)
{
	const struct ti_text_pair *c = key_of(chap, TI_KEY_CHAP_C);
	const struct ti_text_pair *i = key_of(chap, TI_KEY_CHAP_I);
	size_t size = ti_chap_digest_size(chap->alg);
	u32 number;
	int len;

	if (ti_text_u32(i->value, i->value_len, 0, 255, &number))
		return fail(chap, -EACCES, "CHAP_I is malformed");
	*id = number;
	len = ti_bin_decode(c->value, c->value_len, chap->their_challenge,
			    sizeof(chap->their_challenge));
	if (len < 0)
		return fail(chap, -EACCES, "CHAP_C is malformed");
	if ((size_t)len == size &&
	    !memcmp(chap->their_challenge, chap->challenge, size))
		return fail(chap, -EACCES, "CHAP_C is a reflection of ours");
	return len;
}

/* Step 3, when the initiator asks for it: prove that we are the target. */
static int prove(struct ti_chap *chap, struct ti_text_out *out)
{
	u8 digest[TI_CHAP_DIGEST_MAX];
	int len, secret_len, ret;
	u8 id;

	len = take_challenge(chap, &id);
	if (len < 0)
		return len;
	secret_len = chap->ops->mutual(chap->ctx, chap->name, chap->our_name,
				       chap->secret);
	if (secret_len <= 0)
		return fail(chap, -EACCES, "target has no mutual CHAP secret");
	if (same_secret(chap, secret_len))
		return fail(chap, -EACCES, "one CHAP secret for both ways");
	ret = respond(chap, id, secret_len, chap->their_challenge, len, digest);
	if (ret)
		return fail(chap, ret, "hash failed");

	ret = ti_text_add(out, ti_key_name(TI_KEY_CHAP_N), chap->our_name);
	if (!ret)
		ret = add_binary(out, TI_KEY_CHAP_R, digest,
				 ti_chap_digest_size(chap->alg));
	if (ret)
		return fail(chap, ret, "answer too long");
	chap->mutual = true;
	return 0;
}

static int take_response(struct ti_chap *chap, struct ti_text_out *out)
{
	const unsigned int one_way = HAS(TI_KEY_CHAP_N) | HAS(TI_KEY_CHAP_R);
	const unsigned int both_ways = one_way | HAS(TI_KEY_CHAP_I) |
				       HAS(TI_KEY_CHAP_C);
	int ret;

	if (chap->keys != one_way && chap->keys != both_ways)
		return fail(chap, -EPROTO, "CHAP response lacks keys");
	ret = verify(chap);
	if (!ret && chap->keys == both_ways)
		ret = prove(chap, out);
	if (ret)
		return ret;
	chap->state = TI_CHAP_AUTHENTICATED;
	ti_chap_wipe(chap);
	return 1;
}

static int step(struct ti_chap *chap, struct ti_text_out *out)
{
	switch (chap->state) {
	case TI_CHAP_EXPECT_ALG:
		if (chap->keys != HAS(TI_KEY_CHAP_A))
			return fail(chap, -EPROTO, "CHAP_A expected");
		return send_challenge(chap, out);
	case TI_CHAP_EXPECT_RESPONSE:
		return take_response(chap, out);
	case TI_CHAP_AUTHENTICATED:
		return fail(chap, -EPROTO, "CHAP keys after the end of CHAP");
	case TI_CHAP_FAILED:
		break;
	}
	return -EPROTO;
}

/**
 * ti_chap_step - act on the CHAP keys of a whole request
 * @chap: the authentication
 * @out: where the answer goes
 *
 * RFC 7143 §12.1.3. To be called after each request of the security
 * stage, also one without CHAP keys, which changes nothing.
 *
 * The context is that of the caller's ti_chap_ops. Return: 1 when the
 * initiator has just been authenticated, 0 when there is more to come (or no
 * CHAP key was there); -EACCES when authentication failed, -EPROTO for keys
 * out of order, or what a function of ti_chap_ops returned. After an error
 * @chap->why has the reason and the authentication is over.
 */
int ti_chap_step(struct ti_chap *chap, struct ti_text_out *out)
{
	int ret = chap->keys ? step(chap, out) : 0;

	chap->keys = 0;
	return ret;
}
