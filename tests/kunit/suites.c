// SPDX-License-Identifier: GPL-2.0
/* The suites of this module, and the programs of tests/unit as cases of one. */
#include <kunit/test.h>
#include <linux/module.h>

#include "suites.h"

struct kunit *unit_test;

static void run(struct kunit *test, int (*program)(void))
{
	unit_test = test;
	KUNIT_EXPECT_EQ(test, program(), 0);
}

static void pdu_test(struct kunit *test)
{
	run(test, unit_pdu);
}

static void text_test(struct kunit *test)
{
	run(test, unit_text);
}

static void params_test(struct kunit *test)
{
	run(test, unit_params);
}

static void negotiate_test(struct kunit *test)
{
	run(test, unit_negotiate);
}

static struct kunit_case pure_cases[] = {
	KUNIT_CASE(pdu_test),
	KUNIT_CASE(text_test),
	KUNIT_CASE(params_test),
	KUNIT_CASE(negotiate_test),
	{}
};

static struct kunit_suite pure_suite = {
	.name = "tcm_iscsi_pure",
	.test_cases = pure_cases,
};

kunit_test_suites(&pure_suite, &aside_suite, &buf_suite, &hash_suite,
		  &capacity_suite, &iostat_suite, &luns_suite, &order_suite,
		  &tmf_suite);

MODULE_DESCRIPTION("KUnit tests of tcm_iscsi");
MODULE_LICENSE("GPL");
