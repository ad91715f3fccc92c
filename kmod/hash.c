// SPDX-License-Identifier: GPL-2.0
/*
 * The digests that CHAP needs. One transform of each algorithm serves all
 * logins: it has no key and no state, that is in the descriptor on the stack.
 * They are there from ti_hash_init() to ti_hash_exit() and do not change.
 */
#include <crypto/hash.h>
#include <linux/err.h>

#include "hash.h"

static const struct {
	enum ti_chap_alg alg;
	const char *name;
} hash_names[] = {
	{ TI_CHAP_MD5, "md5" },
	{ TI_CHAP_SHA1, "sha1" },
	{ TI_CHAP_SHA256, "sha256" },
	{ TI_CHAP_SHA3_256, "sha3-256" },
};

static struct crypto_shash *hashes[ARRAY_SIZE(hash_names)];

/**
 * ti_hash_init - get hold of the algorithms
 *
 * One that this kernel does not have, or does not allow (MD5 in FIPS mode), is
 * left out and not offered to initiators. Module init, may sleep.
 */
void ti_hash_init(void)
{
	struct crypto_shash *hash;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hash_names); i++) {
		hash = crypto_alloc_shash(hash_names[i].name, 0, 0);
		if (IS_ERR(hash)) {
			pr_info("tcm_iscsi: no %s (%ld), CHAP goes without it\n",
				hash_names[i].name, PTR_ERR(hash));
			hash = NULL;
		}
		hashes[i] = hash;
	}
}

/**
 * ti_hash_exit - end of ti_hash_init(), when no login is left
 */
void ti_hash_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hash_names); i++) {
		if (hashes[i])
			crypto_free_shash(hashes[i]);
		hashes[i] = NULL;
	}
}

/**
 * ti_hash_algs - the algorithms that there are
 *
 * Any context. Return: BIT() of each enum ti_chap_alg.
 */
unsigned long ti_hash_algs(void)
{
	unsigned long algs = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hash_names); i++)
		if (hashes[i])
			algs |= BIT(hash_names[i].alg);
	return algs;
}

static int hash_pieces(struct crypto_shash *hash, const struct ti_iov *iov,
		       int n, u8 *digest)
{
	SHASH_DESC_ON_STACK(desc, hash);
	int ret;

	desc->tfm = hash;
	ret = crypto_shash_init(desc);
	for (; !ret && n; n--, iov++)
		ret = crypto_shash_update(desc, iov->base, iov->len);
	if (!ret)
		ret = crypto_shash_final(desc, digest);
	shash_desc_zero(desc);
	return ret;
}

/**
 * ti_hash - digest of several pieces
 * @alg:	one of ti_hash_algs()
 * @iov:	the pieces
 * @n:		how many
 * @digest:	ti_chap_digest_size(@alg) bytes
 *
 * Process context. Return: 0, -ENOENT for an algorithm that is not there, or
 * an error of the crypto API.
 */
int ti_hash(enum ti_chap_alg alg, const struct ti_iov *iov, int n, u8 *digest)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hash_names); i++)
		if (hash_names[i].alg == alg && hashes[i])
			return hash_pieces(hashes[i], iov, n, digest);
	return -ENOENT;
}
