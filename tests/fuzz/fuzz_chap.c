// SPDX-License-Identifier: GPL-2.0
/*
 * Binary values, and a CHAP exchange of several requests separated by '\n'.
 * First byte: algorithms, and in its upper half what goes wrong (enum fault);
 * second: room for an answer. The hash is a toy whose result no input hits by
 * chance, so that nobody may ever be authenticated without the right response for
 * the account "u".
 */
#include <stdlib.h>

#include "chap.h"

enum fault {
	ALGS		= 0x0f,
	NO_RANDOM	= 0x10,
	NO_HASH		= 0x20,		/* but for the first time */
	NO_MUTUAL	= 0x40,
	ONE_SECRET	= 0x80,
};

static u8 faults;
static int hashes;

static int fake_random(void *ctx, u8 *buf, size_t len)
{
	(void)ctx;
	if (faults & NO_RANDOM)
		return -EIO;
	memset(buf, 0x5c, len);
	return 0;
}

static int toy_hash(void *ctx, enum ti_chap_alg alg, const struct ti_iov *iov,
		    int n, u8 *digest)
{
	size_t size = ti_chap_digest_size(alg), i, pos = 0;

	(void)ctx;
	if (faults & NO_HASH && hashes++)
		return -EIO;
	memset(digest, 0xe7, size);
	for (; n; n--, iov++)
		for (i = 0; i < iov->len; i++, pos++)
			digest[pos % size] = digest[pos % size] * 31 +
				((const u8 *)iov->base)[i];
	return 0;
}

static int find_secret(void *ctx, const char *name, u8 *secret)
{
	(void)ctx;
	if (strcmp(name, "u"))
		return -ENOENT;
	memset(secret, 's', TI_CHAP_SECRET_MAX);
	return TI_CHAP_SECRET_MAX;
}

static int find_mutual(void *ctx, const char *account, char *name, u8 *secret)
{
	(void)ctx;
	if (strcmp(account, "u"))
		abort();
	if (faults & NO_MUTUAL)
		return -ENOENT;
	memset(name, 'n', TI_CHAP_NAME_MAX);
	name[TI_CHAP_NAME_MAX] = '\0';
	if (faults & ONE_SECRET) {
		memset(secret, 's', TI_CHAP_SECRET_MAX);
		return TI_CHAP_SECRET_MAX;
	}
	memset(secret, 'm', 20);
	return 20;
}

static const struct ti_chap_ops ops = {
	.random = fake_random,
	.hash = toy_hash,
	.secret = find_secret,
	.mutual = find_mutual,
};

static void decode(const u8 *data, size_t size)
{
	size_t room = size ? data[0] : 0, i;
	u8 *dst = malloc(room ?: 1);
	char hex[600];
	int n;

	n = ti_bin_decode((const char *)data, size, dst, room);
	if (n > (int)room || n == 0)
		abort();
	if (n > 0) {
		u8 again[256];

		if (ti_bin_encode_hex(dst, n, hex, sizeof(hex)) != 2 + 2 * n)
			abort();
		if (ti_bin_decode(hex, strlen(hex), again, sizeof(again)) != n)
			abort();
		for (i = 0; i < (size_t)n; i++)
			if (again[i] != dst[i])
				abort();
	}
	free(dst);
}

static int one_request(struct ti_chap *chap, const u8 *data, size_t len,
		       size_t room)
{
	u8 *text = malloc(len ?: 1);
	char *answer = malloc(room ?: 1);
	struct ti_text_iter it;
	struct ti_text_pair pair;
	struct ti_text_out out;
	int ret = 0;

	if (len)
		memcpy(text, data, len);
	ti_text_iter_init(&it, text, len);
	while (!ret && ti_text_next(&it, &pair) > 0)
		ret = ti_chap_take(chap, ti_key_find(pair.key, pair.key_len),
				   &pair);
	ti_text_out_init(&out, answer, room);
	if (!ret) {
		ret = ti_chap_step(chap, &out);
		if (ret < 0 && chap->state != TI_CHAP_FAILED)
			abort();
	}
	if (ret == 1 && strcmp(chap->name, "u"))
		abort();
	if (ret == 1 && chap->state != TI_CHAP_AUTHENTICATED)
		abort();
	/* both ways with one secret, or a target without a secret for it */
	if (ret == 1 && chap->mutual && faults & (ONE_SECRET | NO_MUTUAL))
		abort();
	free(answer);
	free(text);
	return ret;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const u8 *end = data + size, *nl;
	struct ti_chap chap;
	size_t room;

	decode(data, size);
	if (size < 2)
		return 0;
	faults = data[0] & ~ALGS;
	hashes = 0;
	ti_chap_init(&chap, &ops, NULL, (unsigned long)(data[0] & ALGS) << 5);
	room = data[1] * 8;
	for (data += 2; data < end; data = nl + 1) {
		nl = memchr(data, '\n', end - data);
		if (!nl)
			nl = end;
		if (one_request(&chap, data, nl - data, room) < 0)
			break;
	}
	/* once over, it stays over */
	if (chap.state == TI_CHAP_FAILED) {
		if (one_request(&chap, (const u8 *)"CHAP_A=5", 9, room) >= 0)
			abort();
	}
	ti_chap_wipe(&chap);
	return 0;
}
