// SPDX-License-Identifier: GPL-2.0
/*
 * targets.conf, as Config::General reads it: "NAME VALUE" or "NAME = VALUE",
 * <NAME VALUE> … </NAME>, comments after # and between C's slashes and asterisks, a
 * backslash at the end of a line, include of files, directories and patterns. Blocks
 * of the same name are one.
 */
#include "tgt_conf.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_DEPTH 16		/* of blocks, and of included files */

struct reader {
	struct ctx *ctx;
	const char *path;
	unsigned int line;
	unsigned int depth;	/* of includes */
	bool in_comment;	/* that began in an earlier line */
	struct conf *stack[MAX_DEPTH];
	char *names[MAX_DEPTH];
	unsigned int n;
};

static int wrong(struct reader *r, const char *fmt, ...) __printf(2, 3);

static int wrong(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	fail_plain(r->ctx, -EINVAL, "%s: line %u: %s; nothing was changed", r->path, r->line, msg);
	free(msg);
	return -EINVAL;
}

/* By what a block is found again. */
static char *block_key(const char *name, const char *value)
{
	return xasprintf("%s\n%s", name, value);
}

static struct conf_option *add(struct reader *r, const char *name, const char *value)
{
	struct conf *conf = r->stack[r->n - 1];
	struct conf_option *o;

	if (conf->n == conf->cap) {
		conf->cap = conf->cap ? conf->cap * 2 : 8;
		conf->v = xrealloc(conf->v, conf->cap * sizeof(*conf->v));
	}
	o = &conf->v[conf->n++];
	memset(o, 0, sizeof(*o));
	o->name = xstrdup(name);
	o->value = xstrdup(value);
	o->file = xstrdup(r->path);
	o->line = r->line;
	return o;
}

static struct conf_option *find_block(struct conf *conf, const char *name, const char *value)
{
	char *key = block_key(name, value);
	json_t *at = json_object_get(conf->blocks, key);

	free(key);
	return at ? &conf->v[json_integer_value(at)] : NULL;
}

static struct conf_option *add_block(struct reader *r, const char *name, const char *value)
{
	struct conf *conf = r->stack[r->n - 1];
	struct conf_option *o = add(r, name, value);
	char *key = block_key(name, value);

	o->block = true;
	o->options = xcalloc(1, sizeof(*o->options));
	if (!conf->blocks)
		conf->blocks = json_object();
	json_object_set_new(conf->blocks, key, json_integer(o - conf->v));
	free(key);
	return o;
}

/* "NAME VALUE" taken apart, without quotes around the value. */
static char *split(char *s)
{
	char *value = s + strcspn(s, " \t=");
	size_t n;

	if (*value) {
		*value++ = '\0';
		value += strspn(value, " \t=");
	}
	value = trim(value);
	n = strlen(value);
	if (n > 1 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
		value[n - 1] = '\0';
		value++;
	}
	return value;
}

static int open_block(struct reader *r, char *inside)
{
	char *value = split(inside);
	struct conf *at = r->stack[r->n - 1];
	struct conf_option *o;

	if (r->n == MAX_DEPTH)
		return wrong(r, "too many blocks in one another");
	o = find_block(at, inside, value);
	if (!o)
		o = add_block(r, inside, value);
	r->names[r->n] = xstrdup(inside);
	r->stack[r->n++] = o->options;
	return 0;
}

static int close_block(struct reader *r, const char *name)
{
	if (r->n == 1 || strcmp(r->names[r->n - 1], name))
		return wrong(r, "</%s> without <%s>", name, name);
	free(r->names[--r->n]);
	return 0;
}

static int read_file(struct reader *r, const char *path);

/* A pattern, a directory, or a file; a pattern may match nothing. */
static int include(struct reader *r, const char *pattern)
{
	bool is_pattern = strpbrk(pattern, "*?[") != NULL;
	char *base = NULL, *all;
	struct stat st;
	glob_t found;
	int err = 0;

	if (*pattern != '/') {
		const char *slash = strrchr(r->path, '/');

		base = xasprintf("%.*s%s", slash ? (int)(slash + 1 - r->path) : 0, r->path, pattern);
		pattern = base;
	}
	all = !stat(pattern, &st) && S_ISDIR(st.st_mode) ? xasprintf("%s/*", pattern) :
							   xstrdup(pattern);
	if (glob(all, 0, NULL, &found)) {
		if (!is_pattern && !strcmp(all, pattern))
			err = wrong(r, "include %s: there is no such file", pattern);
	} else {
		for (size_t i = 0; i < found.gl_pathc && !err; i++)
			err = read_file(r, found.gl_pathv[i]);
		globfree(&found);
	}
	free(all);
	free(base);
	return err;
}

static int take_line(struct reader *r, char *line)
{
	size_t n = strlen(line);
	char *value;

	if (*line == '<') {
		if (line[n - 1] != '>')
			return wrong(r, "'>' is missing");
		line[n - 1] = '\0';
		if (line[1] == '/')
			return close_block(r, trim(line + 2));
		/* "<<include FILE>>" is another way to include */
		if (line[1] == '<') {
			line[n - 2] = '\0';
			value = split(line + 2);
			return include(r, value);
		}
		return open_block(r, trim(line + 1));
	}
	value = split(line);
	if (!strcasecmp(line, "include"))
		return include(r, value);
	add(r, line, value);
	return 0;
}

/* Up to a '#' that does not follow a backslash. */
static void cut_comment(char *line)
{
	for (char *p = line; (p = strchr(p, '#')); p++) {
		if (p == line || p[-1] != '\\') {
			*p = '\0';
			return;
		}
		memmove(p - 1, p, strlen(p) + 1);
	}
}

/*
 * The other kind of comment, as Config::General has it: within a line, or from a line
 * that begins with it to the line of its end.
 */
static void cut_c_comment(struct reader *r, char *line)
{
	char *begin = strstr(line, "/*"), *end;

	if (r->in_comment) {
		end = strstr(line, "*/");
		r->in_comment = !end;
		memmove(line, end ? end + 2 : "", strlen(end ? end + 2 : "") + 1);
		return;
	}
	end = begin ? strstr(begin + 2, "*/") : NULL;
	if (end) {
		memmove(begin, end + 2, strlen(end + 2) + 1);
	} else if (begin && begin == line + strspn(line, " \t")) {
		r->in_comment = true;
		*line = '\0';
	}
}

/* A line and those that follow it after a backslash; false at the end. */
static bool get_line(struct reader *r, FILE *f, struct strbuf *out, int *err)
{
	struct strbuf line = { 0 };
	bool more = true, any = false;
	char *s, *why;
	size_t n;

	sb_reset(out);
	while (more && line_read(f, &line, &why)) {
		any = true;
		r->line++;
		if (why) {
			*err = wrong(r, "%s", why);
			free(why);
			break;
		}
		cut_c_comment(r, line.s);
		cut_comment(line.s);
		s = trim(line.s);
		n = strlen(s);
		if (utf8_error(s)) {
			*err = wrong(r, "this is no UTF-8 text");
			break;
		}
		more = n && s[n - 1] == '\\';
		if (out->len + n > MAX_LINE) {
			*err = wrong(r, "it has more than %d bytes", MAX_LINE);
			break;
		}
		sb_addn(out, s, n - more);
	}
	sb_wipe(&line);
	if (ferror(f))
		*err = fail(r->ctx, -errno, "cannot read %s", r->path);
	return any && !*err;
}

static int read_file(struct reader *r, const char *path)
{
	const char *outer = r->path;
	unsigned int line = r->line, blocks = r->n;
	struct strbuf text = { 0 };
	FILE *f;
	int err = 0;

	if (r->depth == MAX_DEPTH)
		return wrong(r, "files include one another too deeply");
	f = fopen(path, "re");
	if (!f)
		return fail(r->ctx, -errno, "%s", path);
	r->path = path;
	r->line = 0;
	r->depth++;
	while (!err && get_line(r, f, &text, &err))
		if (text.len)
			err = take_line(r, text.s);
	if (!err && r->in_comment)
		err = wrong(r, "a comment has no end");
	if (!err && r->n != blocks)
		err = wrong(r, "</%s> is missing", r->names[r->n - 1]);
	fclose(f);
	sb_wipe(&text);
	r->path = outer;
	r->line = line;
	r->depth--;
	return err;
}

int conf_read(struct ctx *ctx, const char *path, struct conf *out)
{
	struct reader r = { .ctx = ctx, .path = path, .n = 1 };
	int err;

	memset(out, 0, sizeof(*out));
	r.stack[0] = out;
	err = read_file(&r, path);
	while (r.n > 1)
		free(r.names[--r.n]);
	if (err)
		conf_free(out);
	return err;
}

void conf_free(struct conf *conf)
{
	for (size_t i = 0; i < conf->n; i++) {
		struct conf_option *o = &conf->v[i];

		if (o->options)
			conf_free(o->options);
		free(o->options);
		free(o->name);
		free(o->file);
		explicit_bzero(o->value, strlen(o->value));
		free(o->value);
	}
	free(conf->v);
	json_decref(conf->blocks);
	memset(conf, 0, sizeof(*conf));
}

const char *conf_get(const struct conf *conf, const char *name)
{
	for (size_t i = 0; conf && i < conf->n; i++)
		if (!conf->v[i].block && !strcmp(conf->v[i].name, name))
			return conf->v[i].value;
	return NULL;
}

size_t conf_count(const struct conf *conf, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n; i++)
		n += !strcmp(conf->v[i].name, name);
	return n;
}

static int by_value(const void *x, const void *y)
{
	const struct conf_option *const *a = x, *const *b = y;

	return strcmp((*a)->value, (*b)->value);
}

size_t conf_select(const struct conf *conf, const char *name, bool sorted,
		   const struct conf_option ***out)
{
	const struct conf_option **v = xcalloc(conf->n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < conf->n; i++)
		if (!strcmp(conf->v[i].name, name))
			v[n++] = &conf->v[i];
	if (sorted)
		qsort(v, n, sizeof(*v), by_value);
	*out = v;
	return n;
}
