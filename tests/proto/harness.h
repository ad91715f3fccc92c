/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests register themselves; each runs in a process of its own with a time
 * limit, so that neither a hanging target nor a crash here ends the run.
 * What a test allocates lives until its process ends.
 */
#ifndef PROTO_HARNESS_H
#define PROTO_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

enum level { MUST, SHOULD, MAY };

struct test {
	const char *file;
	const char *name;
	const char *section;	/* of RFC 7143 unless it says otherwise */
	enum level level;
	const char *what;
	void (*fn)(void);
	const char *why_not;	/* no test: the reason */
	struct test *next;
};

struct options {
	const char *host;
	const char *port;
	const char *target;
	const char *initiator;
	const char *chap_user;
	const char *chap_secret;
	const char *mutual_user;
	const char *mutual_secret;
	const char *denied;	/* an initiator that may not log in */
	const char *disable;	/* shell commands of the administrator */
	const char *enable;
	unsigned int lun;
	unsigned int no_lun;	/* a LUN that does not exist */
	unsigned int limit;	/* seconds per test */
	unsigned int wait;	/* milliseconds an answer may take */
	unsigned int quiet;	/* milliseconds that count as silence */
	bool verbose;
};

extern struct options opt;
extern unsigned int test_number;

void test_register(struct test *test);

#define TEST(id, name_, section_, level_, what_)			\
	static void id(void);						\
	static struct test test_##id = {				\
		.file = __FILE__, .name = name_, .section = section_,	\
		.level = level_, .what = what_, .fn = id,		\
	};								\
	static void __attribute__((constructor)) register_##id(void)	\
	{								\
		test_register(&test_##id);				\
	}								\
	static void id(void)

/* Both end the test. */
void fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define check(cond, ...) do { if (!(cond)) fail(__VA_ARGS__); } while (0)

void *zalloc(size_t len);
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
long long now_ms(void);
void sleep_ms(unsigned int ms);

#endif
