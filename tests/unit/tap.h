/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test program in TAP: ok() for each case, done() at the end of main().
 * Checks inside one case are collected with check(), which prints what it saw.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;
static bool tap_good = true;

/* End a case; it is good when @cond and every check() since the last ok(). */
static __attribute__((format(printf, 2, 3))) void ok(bool cond,
						     const char *fmt, ...)
{
	char name[256], *p;
	va_list ap;

	cond = cond && tap_good;
	tap_good = true;
	tap_failed += !cond;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	for (p = name; *p; p++)
		if (*p < ' ' && *p > 0)
			*p = '?';
	printf("%s %d - %s\n", cond ? "ok" : "not ok", ++tap_count, name);
}

#define check(cond) do {						\
	if (!(cond)) {							\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		tap_good = false;					\
	}								\
} while (0)

static inline void is_long_(const char *file, int line, const char *what,
			    long got, long want)
{
	if (got == want)
		return;
	printf("# %s:%d: %s is %ld, expected %ld\n", file, line, what, got,
	       want);
	tap_good = false;
}

#define is_long(got, want) is_long_(__FILE__, __LINE__, #got, got, want)

static inline void is_str_(const char *file, int line, const char *what,
			   const char *got, const char *want)
{
	if (!strcmp(got, want))
		return;
	printf("# %s:%d: %s is \"%s\", expected \"%s\"\n", file, line, what,
	       got, want);
	tap_good = false;
}

#define is_str(got, want) is_str_(__FILE__, __LINE__, #got, got, want)

static inline int done(void)
{
	printf("1..%d\n", tap_count);
	if (tap_failed)
		printf("# %d of %d failed\n", tap_failed, tap_count);
	return tap_failed != 0;
}

#endif /* TAP_H */
