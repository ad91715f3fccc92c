// SPDX-License-Identifier: GPL-2.0
/* Strings, lists and numbers. */
#define _GNU_SOURCE
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static void *or_die(void *p)
{
	if (!p) {
		fputs("targetcli-lite: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n, size));
}

void *xrealloc(void *p, size_t size)
{
	return or_die(realloc(p, size));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return or_die(strndup(s, n));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	return or_die(s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

static void sb_reserve(struct strbuf *sb, size_t more)
{
	size_t need = sb->len + more + 1;

	if (need <= sb->cap)
		return;
	sb->cap = need < 64 ? 64 : need * 2;
	sb->s = xrealloc(sb->s, sb->cap);
}

void sb_addn(struct strbuf *sb, const char *s, size_t n)
{
	sb_reserve(sb, n);
	memcpy(sb->s + sb->len, s, n);
	sb->len += n;
	sb->s[sb->len] = '\0';
}

void sb_adds(struct strbuf *sb, const char *s)
{
	sb_addn(sb, s, strlen(s));
}

void sb_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	sb_adds(sb, s);
	free(s);
}

void sb_add_shown(struct strbuf *sb, const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			sb_addf(sb, "\\x%02x", (unsigned char)*s);
		else
			sb_addn(sb, s, 1);
}

void sb_reset(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->s)
		sb->s[0] = '\0';
}

void sb_free(struct strbuf *sb)
{
	free(sb->s);
	memset(sb, 0, sizeof(*sb));
}

void sb_wipe(struct strbuf *sb)
{
	if (sb->s)
		explicit_bzero(sb->s, sb->cap);
	sb_free(sb);
}

const char *sb_str(const struct strbuf *sb)
{
	return sb->s ? sb->s : "";
}

void sl_add(struct strlist *sl, const char *s)
{
	if (sl->n == sl->cap) {
		sl->cap = sl->cap ? sl->cap * 2 : 16;
		sl->v = xrealloc(sl->v, sl->cap * sizeof(*sl->v));
	}
	sl->v[sl->n++] = xstrdup(s);
}

void sl_add_prefixed(struct strlist *sl, const char *s, const char *prefix)
{
	if (starts_with(s, prefix))
		sl_add(sl, s);
}

static size_t trailing_digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isdigit((unsigned char)s[len - 1 - n]))
		n++;
	return n;
}

/* Order names that end in a number by that number: lun2 before lun10. */
static int natural_cmp(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	size_t da = trailing_digits(a, la), db = trailing_digits(b, lb);

	if (da && db && la - da == lb - db && !strncmp(a, b, la - da)) {
		unsigned long long na = strtoull(a + la - da, NULL, 10);
		unsigned long long nb = strtoull(b + lb - db, NULL, 10);

		if (na != nb)
			return na < nb ? -1 : 1;
	}
	return strcmp(a, b);
}

static int sl_cmp(const void *a, const void *b)
{
	return natural_cmp(*(char *const *)a, *(char *const *)b);
}

void sl_sort(struct strlist *sl)
{
	if (sl->n)
		qsort(sl->v, sl->n, sizeof(*sl->v), sl_cmp);
}

void sl_drop(struct strlist *sl, size_t i)
{
	free(sl->v[i]);
	memmove(&sl->v[i], &sl->v[i + 1], (--sl->n - i) * sizeof(*sl->v));
}

bool sl_has(const struct strlist *sl, const char *s)
{
	for (size_t i = 0; i < sl->n; i++)
		if (!strcmp(sl->v[i], s))
			return true;
	return false;
}

void sl_free(struct strlist *sl)
{
	for (size_t i = 0; i < sl->n; i++)
		free(sl->v[i]);
	free(sl->v);
	memset(sl, 0, sizeof(*sl));
}

bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

const char *after(const char *s, const char *prefix)
{
	return starts_with(s, prefix) ? s + strlen(prefix) : NULL;
}

/* Bytes of the character that begins at 's'; 0: it is none of UTF-8. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* longer than necessary, half of a pair of UTF-16, or beyond the last one */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

size_t utf8_error(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n;

	for (; *p; p += n) {
		n = utf8_len(p);
		if (!n)
			return p - (const unsigned char *)s + 1;
	}
	return 0;
}

char *utf8_clean(const char *s)
{
	char *out = xstrdup(s);
	size_t at;

	for (char *p = out; (at = utf8_error(p)); p += at)
		p[at - 1] = '?';
	return out;
}

char *address_of(const char *peer)
{
	const char *end = strrchr(peer, *peer == '[' ? ']' : ':');

	peer += *peer == '[';
	return xstrndup(peer, end && end > peer ? (size_t)(end - peer) : strlen(peer));
}

bool line_read(FILE *f, struct strbuf *line, char **why)
{
	int c = getc_unlocked(f);

	*why = NULL;
	sb_reset(line);
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n' && !*why; c = getc_unlocked(f)) {
		char byte = c;

		if (!byte)
			*why = xasprintf("byte %zu is 0: this is no text", line->len + 1);
		else if (line->len == MAX_LINE)
			*why = xasprintf("it has more than %d bytes", MAX_LINE);
		else
			sb_addn(line, &byte, 1);
	}
	if (!line->len)
		sb_adds(line, "");
	return !ferror(f);	/* else it may be half a line */
}

bool is_word(const char *s, size_t max, const char *others)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr(others, s[i]))
			return false;
	return n && n <= max;
}

char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

bool parse_uint(const char *s, uint64_t max, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno || *end || v > max)
		return false;
	*out = v;
	return true;
}

bool parse_int(const char *s, int64_t *out)
{
	long long v;
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '-')
		return false;
	errno = 0;
	v = strtoll(s, &end, 0);
	if (errno || *end || end == s)
		return false;
	*out = v;
	return true;
}

bool parse_bool(const char *s, bool *out)
{
	static const char *const yes[] = { "1", "true", "yes", "on" };
	static const char *const no[] = { "0", "false", "no", "off" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcasecmp(s, yes[i])) {
			*out = true;
			return true;
		}
		if (!strcasecmp(s, no[i])) {
			*out = false;
			return true;
		}
	}
	return false;
}

char *lower(char *s)
{
	for (char *p = s; *p; p++)
		*p = tolower((unsigned char)*p);
	return s;
}

/* A number of bytes, with a unit of 1024 to a power: 10G, 512MiB, 4096. */
bool parse_size(const char *s, uint64_t *out)
{
	static const char units[] = "kmgt";
	unsigned long long v;
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno)
		return false;
	unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (unit) {
		int shift = 10 * (int)(unit - units + 1);

		if (v > UINT64_MAX >> shift)
			return false;
		v <<= shift;
		end++;
		if (*end == 'i')
			end++;
	}
	if (*end == 'b' || *end == 'B')
		end++;
	if (*end)
		return false;
	*out = v;
	return true;
}

void format_size(uint64_t bytes, char *buf, size_t len)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
	double v = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(buf, len, "%u bytes", (unsigned int)bytes);
		return;
	}
	while (v >= 1024 && i + 1 < ARRAY_SIZE(units)) {
		v /= 1024;
		i++;
	}
	snprintf(buf, len, "%.1f%s", v, units[i]);
}

/* A random UUID (RFC 4122, version 4). */
void make_uuid(char buf[UUID_LEN])
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b)) {
		fputs("targetcli-lite: no random numbers\n", stderr);
		exit(1);
	}
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(buf, UUID_LEN,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* FNV-1a. Start with h = 0. */
uint32_t hash_string(uint32_t h, const char *s)
{
	h = h ? h : 2166136261U;
	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619U;
	return h;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t edit_distance(const char *a, const char *b)
{
	size_t nb = strlen(b), diag, old;
	size_t *row = xcalloc(nb + 1, sizeof(*row));

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		diag = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			old = row[j];
			row[j] = min3(row[j] + 1, row[j - 1] + 1,
				      diag + (a[i - 1] != b[j - 1]));
			diag = old;
		}
	}
	old = row[nb];
	free(row);
	return old;
}
