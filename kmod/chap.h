/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CHAP as RFC 7143 §12.1.3 uses it, from the target's side, and the
 * binary values of text keys (§6.1).
 *
 * Pure code, see pure.h. Hashing, randomness and secrets come from the
 * caller's functions: the context is the one that these may be called in.
 */
#ifndef TI_CHAP_H
#define TI_CHAP_H

#include "params.h"

/* Values of CHAP_A */
enum ti_chap_alg {
	TI_CHAP_MD5 = 5,
	TI_CHAP_SHA1 = 6,
	TI_CHAP_SHA256 = 7,
	TI_CHAP_SHA3_256 = 8,
};

#define TI_CHAP_ALGS	(BIT(TI_CHAP_MD5) | BIT(TI_CHAP_SHA1) | \
			 BIT(TI_CHAP_SHA256) | BIT(TI_CHAP_SHA3_256))

/* Sizes in bytes, names without their NUL */
#define TI_CHAP_DIGEST_MAX	32
#define TI_CHAP_CHALLENGE_MAX	1024	/* the initiator's */
#define TI_CHAP_NAME_MAX	255
#define TI_CHAP_SECRET_MAX	255

/* A piece of what is hashed. */
struct ti_iov {
	const void *base;
	size_t len;
};

/**
 * struct ti_chap_ops - what CHAP needs from outside
 * @random: fill @buf with @len bytes that nobody can foresee; 0 or -errno
 * @hash: digest of @n pieces, ti_chap_digest_size(@alg) bytes; 0 or -errno
 * @secret: the secret of the account @name, at most TI_CHAP_SECRET_MAX bytes;
 *	its length, or -ENOENT
 * @mutual: name (TI_CHAP_NAME_MAX + 1 bytes, with a NUL) and secret with which
 *	the target proves itself to the account @account; the secret's length,
 *	or -ENOENT when it has none
 */
struct ti_chap_ops {
	int (*random)(void *ctx, u8 *buf, size_t len);
	int (*hash)(void *ctx, enum ti_chap_alg alg, const struct ti_iov *iov,
		    int n, u8 *digest);
	int (*secret)(void *ctx, const char *name, u8 *secret);
	int (*mutual)(void *ctx, const char *account, char *name, u8 *secret);
};

enum ti_chap_state {
	TI_CHAP_EXPECT_ALG,		/* CHAP_A */
	TI_CHAP_EXPECT_RESPONSE,	/* CHAP_N, CHAP_R, maybe CHAP_I, CHAP_C */
	TI_CHAP_AUTHENTICATED,
	TI_CHAP_FAILED,
};

/**
 * struct ti_chap - one authentication
 * @state: what is expected next
 * @alg: what was chosen
 * @id: identifier of our challenge
 * @mutual: the target has proved itself too
 * @algs: BIT(enum ti_chap_alg) of those that may be chosen
 * @name: the account, once the initiator has given it; may be anything
 * @why: with a failure: the reason, for the log
 */
struct ti_chap {
	enum ti_chap_state state;
	enum ti_chap_alg alg;
	u8 id;
	bool mutual;
	unsigned long algs;
	char name[TI_CHAP_NAME_MAX + 1];
	const char *why;

	/* private: of chap.c */
	const struct ti_chap_ops *ops;
	void *ctx;
	/* keys of the request at hand, pointing into its text */
	unsigned int keys;
	struct ti_text_pair key[5];

	u8 challenge[TI_CHAP_DIGEST_MAX];
	u8 secret[TI_CHAP_SECRET_MAX];
	char our_name[TI_CHAP_NAME_MAX + 1];
	u8 their_challenge[TI_CHAP_CHALLENGE_MAX];
};

int ti_bin_decode(const char *s, size_t len, u8 *dst, size_t size);
int ti_bin_encode_hex(const u8 *src, size_t len, char *dst, size_t size);

size_t ti_chap_digest_size(enum ti_chap_alg alg);
void ti_chap_init(struct ti_chap *chap, const struct ti_chap_ops *ops,
		  void *ctx, unsigned long algs);
int ti_chap_take(struct ti_chap *chap, enum ti_key key,
		 const struct ti_text_pair *pair);
int ti_chap_step(struct ti_chap *chap, struct ti_text_out *out);
void ti_chap_wipe(struct ti_chap *chap);

#endif /* TI_CHAP_H */
