/* SPDX-License-Identifier: GPL-2.0 */
/* Strings, lists and numbers; nothing here knows about iSCSI. */
#ifndef TL_UTIL_H
#define TL_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1U << (n))
#define __printf(f, a) __attribute__((format(printf, f, a)))

/* Memory: these end the program when there is none. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __printf(1, 2);
char *xvasprintf(const char *fmt, va_list ap) __printf(1, 0);

/* A string that grows. */
struct strbuf {
	char *s;
	size_t len;
	size_t cap;
};

void sb_addn(struct strbuf *sb, const char *s, size_t n);
void sb_adds(struct strbuf *sb, const char *s);
void sb_addf(struct strbuf *sb, const char *fmt, ...) __printf(2, 3);
/* What somebody else named: control characters cannot pass for lines or move the cursor. */
void sb_add_shown(struct strbuf *sb, const char *s);
void sb_reset(struct strbuf *sb);
void sb_free(struct strbuf *sb);
/* The same for what may have had secrets. */
void sb_wipe(struct strbuf *sb);
const char *sb_str(const struct strbuf *sb);

/* A list of strings that it owns. */
struct strlist {
	char **v;
	size_t n;
	size_t cap;
};

void sl_add(struct strlist *sl, const char *s);
void sl_add_prefixed(struct strlist *sl, const char *s, const char *prefix);
void sl_sort(struct strlist *sl);
/* Take away the one at 'i'. */
void sl_drop(struct strlist *sl, size_t i);
bool sl_has(const struct strlist *sl, const char *s);
void sl_free(struct strlist *sl);

#define MAX_LINE 65536		/* bytes of a line of text */

/*
 * The next line, without its end: true, or false at the end of the file. 'why' says
 * what is wrong with one that has a byte 0 or more than MAX_LINE; else it is NULL.
 */
bool line_read(FILE *f, struct strbuf *line, char **why);

bool starts_with(const char *s, const char *prefix);
/* What follows 'prefix' in 's', or NULL when 's' does not start with it. */
const char *after(const char *s, const char *prefix);
/* Make its letters lower case, in place. Return: s. */
char *lower(char *s);
char *trim(char *s);
/* Is it 1 to 'max' letters, digits and characters of 'others'? */
bool is_word(const char *s, size_t max, const char *others);
/* Which byte of 's', from 1, is none of UTF-8; 0: there is none such. */
size_t utf8_error(const char *s);
/* A copy with "?" for each of these. */
char *utf8_clean(const char *s);
/* "[2001:db8::1]:4711" without brackets and port. */
char *address_of(const char *peer);

bool parse_uint(const char *s, uint64_t max, uint64_t *out);
bool parse_int(const char *s, int64_t *out);
bool parse_bool(const char *s, bool *out);
bool parse_size(const char *s, uint64_t *out);
void format_size(uint64_t bytes, char *buf, size_t len);

#define UUID_LEN 37
void make_uuid(char buf[UUID_LEN]);
uint32_t hash_string(uint32_t h, const char *s);
/* How many edits make 'b' of 'a': for "did you mean". */
size_t edit_distance(const char *a, const char *b);

#endif
