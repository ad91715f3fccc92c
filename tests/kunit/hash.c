// SPDX-License-Identifier: GPL-2.0
/* The digests of CHAP with the kernel's crypto: kmod/hash.c */
#include <kunit/test.h>

#include "../../kmod/hash.c"
#include "suites.h"

/* "abc" in three pieces, one of them empty (FIPS 180-4 and 202, RFC 1321). */
static const struct ti_iov abc[] = {
	{ "a", 1 }, { "", 0 }, { "bc", 2 },
};

static const struct hash_case {
	const char *name;
	enum ti_chap_alg alg;
	const char *hex;
} hash_cases[] = {
	{ "MD5", TI_CHAP_MD5, "900150983cd24fb0d6963f7d28e17f72" },
	{ "SHA1", TI_CHAP_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "SHA-256", TI_CHAP_SHA256,
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "SHA3-256", TI_CHAP_SHA3_256,
	  "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
};

static void hash_case_name(const struct hash_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hash, hash_cases, hash_case_name);

static void known_answer(struct kunit *test)
{
	const struct hash_case *c = test->param_value;
	u8 digest[TI_CHAP_DIGEST_MAX];
	char hex[2 * sizeof(digest) + 1];

	KUNIT_ASSERT_TRUE(test, ti_hash_algs() & BIT(c->alg));
	KUNIT_ASSERT_EQ(test, ti_hash(c->alg, abc, ARRAY_SIZE(abc), digest), 0);
	snprintf(hex, sizeof(hex), "%*phN", (int)strlen(c->hex) / 2, digest);
	KUNIT_EXPECT_STREQ(test, (const char *)hex, c->hex);
}

static int hash_suite_init(struct kunit_suite *suite)
{
	ti_hash_init();
	return 0;
}

static void hash_suite_exit(struct kunit_suite *suite)
{
	ti_hash_exit();
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(known_answer, hash_gen_params),
	{}
};

struct kunit_suite hash_suite = {
	.name = "tcm_iscsi_hash",
	.suite_init = hash_suite_init,
	.suite_exit = hash_suite_exit,
	.test_cases = cases,
};
