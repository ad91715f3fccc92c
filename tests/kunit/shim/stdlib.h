/* SPDX-License-Identifier: GPL-2.0 */
/* Stands in for the C library where the tests of tests/unit are built for KUnit. */
#ifndef SHIM_STDLIB_H
#define SHIM_STDLIB_H

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#define malloc(size)		kmalloc(size, GFP_KERNEL)
#define calloc(n, size)		kcalloc(n, size, GFP_KERNEL)
#define realloc(p, size)	krealloc(p, size, GFP_KERNEL)
#define free(p)			kfree(p)

static inline char *strtok_r(char *s, const char *delimiters, char **rest)
{
	char *token;

	if (s)
		*rest = s;
	do {
		token = strsep(rest, delimiters);
	} while (token && !*token);
	return token;
}

#endif /* SHIM_STDLIB_H */
