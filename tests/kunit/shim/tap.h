/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tests/unit/tap.h for KUnit: each program of tests/unit becomes one test case,
 * main() its body.
 */
#ifndef TAP_H
#define TAP_H

#include <kunit/test.h>

#include "../suites.h"

#define check(cond)		KUNIT_EXPECT_TRUE(unit_test, cond)
#define is_long(got, want)	KUNIT_EXPECT_EQ(unit_test, (long)(got), (long)(want))
#define is_str(got, want)	KUNIT_EXPECT_STREQ(unit_test, got, want)
#define ok(cond, fmt, ...)						\
	KUNIT_EXPECT_TRUE_MSG(unit_test, cond, fmt, ##__VA_ARGS__)

static inline int done(void)
{
	return 0;
}

#endif /* TAP_H */
