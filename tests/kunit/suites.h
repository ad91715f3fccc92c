/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SUITES_H
#define SUITES_H

struct kunit;
struct kunit_suite;

/* The case that runs; KUnit runs one at a time. */
extern struct kunit *unit_test;

int unit_pdu(void);
int unit_text(void);
int unit_params(void);
int unit_negotiate(void);

extern struct kunit_suite aside_suite;
extern struct kunit_suite capacity_suite;
extern struct kunit_suite hash_suite;
extern struct kunit_suite buf_suite;
extern struct kunit_suite iostat_suite;
extern struct kunit_suite luns_suite;
extern struct kunit_suite order_suite;
extern struct kunit_suite tmf_suite;

#endif /* SUITES_H */
