// SPDX-License-Identifier: GPL-2.0
/* The context of a command: environment, errors, messages, lock. */
#include "ctx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minsecret.h"
#include "signals.h"
#include "unfinished.h"

#define LOCK_SECONDS 30
#define MAX_WIDTH 132

static const char *env_or(const char *name, const char *def)
{
	const char *v = getenv(name);

	return v && *v ? v : def;
}

/* As targetcli: the terminal's, but never more than what is used where there is none. */
static int line_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	uint64_t n;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws))
		n = ws.ws_col ? ws.ws_col : 80;	/* a serial line does not know */
	else if (!columns || !parse_uint(columns, INT32_MAX, &n) || !n)
		n = MAX_WIDTH;
	return n < MAX_WIDTH ? n : MAX_WIDTH;
}

void ctx_init(struct ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->cfs.root = env_or("TARGETCLI_LITE_ROOT", CFS_DEFAULT_ROOT);
	ctx->fabric = env_or("TARGETCLI_LITE_FABRIC", "iscsi");
	ctx->sysfs = env_or("TARGETCLI_LITE_SYSFS", "/sys");
	ctx->savefile = env_or("TARGETCLI_LITE_SAVEFILE", "/etc/target/saveconfig.json");
	ctx->statedir = env_or("TARGETCLI_LITE_STATE", "/run/targetcli-lite");
	ctx->netlink = env_or("TARGETCLI_LITE_NETLINK", NULL);
	ctx->color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	ctx->width = line_width();
	ctx->cwd = xstrdup("/");
	ctx->bookmarks = json_object();
	ctx->lock = -1;
	ctx->name = "targetcli-lite";
}

bool found_begin(struct found *found, const char *dir)
{
	if (found->index && !strcmp(found->of, dir))
		return false;
	found_forget(found);
	found->index = json_object();
	found->of = xstrdup(dir);
	return true;
}

void found_add(struct found *found, const char *key, const char *value)
{
	json_t *list = json_object_get(found->index, key);

	if (!list) {
		list = json_array();
		json_object_set_new_nocheck(found->index, key, list);
	}
	json_array_append_new(list, json_string_nocheck(value));
}

void found_forget(struct found *found)
{
	json_decref(found->index);
	free(found->of);
	found->index = NULL;
	found->of = NULL;
}

void ctx_reset(struct ctx *ctx)
{
	found_forget(&ctx->tags);
	found_forget(&ctx->mapped);
	json_decref(ctx->others);
	ctx->others = NULL;
	free(ctx->error);
	ctx->error = NULL;
	ctx->status = ST_OK;
	json_decref(ctx->result);
	json_decref(ctx->messages);
	ctx->result = NULL;
	ctx->messages = NULL;
	ctx->printed = false;
}

void ctx_free(struct ctx *ctx)
{
	if (ctx->lock >= 0)
		close(ctx->lock);
	ctx_reset(ctx);
	unfinished_look_again(ctx);
	free(ctx->making);
	free(ctx->cwd);
	sl_free(&ctx->trail);
	json_decref(ctx->bookmarks);
}

static enum tl_status status_of(int err)
{
	switch (-err) {
	case ENOENT:
		return ST_NOT_FOUND;
	case EEXIST:
	case EBUSY:
	case ENOTEMPTY:
		return ST_CONFLICT;
	case EPERM:
	case EACCES:
		return ST_PERMISSION;
	}
	return ST_FAILED;
}

static void keep_error(struct ctx *ctx, enum tl_status status, char *msg)
{
	free(ctx->error);
	ctx->error = msg;
	ctx->status = status;
}

int fail(struct ctx *ctx, int err, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	keep_error(ctx, status_of(err), xasprintf("%s: %s", msg, strerror(-err)));
	free(msg);
	return err;
}

int fail_plain(struct ctx *ctx, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep_error(ctx, status_of(err), xvasprintf(fmt, ap));
	va_end(ap);
	return err;
}

int usage(struct ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep_error(ctx, ST_USAGE, xvasprintf(fmt, ap));
	va_end(ap);
	return -EINVAL;
}

struct kept_error error_keep(struct ctx *ctx)
{
	struct kept_error kept = { .text = ctx->error, .status = ctx->status };

	ctx->error = NULL;
	return kept;
}

void error_drop(struct ctx *ctx)
{
	free(ctx->error);
	ctx->error = NULL;
}

void error_extend(struct ctx *ctx, const char *before, const char *behind)
{
	struct kept_error kept = error_keep(ctx);

	keep_error(ctx, kept.status, xasprintf("%s%s%s", before, kept.text, behind));
	free(kept.text);
}

void error_again(struct ctx *ctx, struct kept_error kept)
{
	if (ctx->error)
		warn(ctx, "while that was undone: %s", ctx->error);
	keep_error(ctx, kept.status, kept.text);
}

void undo(struct ctx *ctx, int (*take_away)(struct ctx *ctx, const char *dir), const char *dir)
{
	struct kept_error kept = error_keep(ctx);

	take_away(ctx, dir);
	error_again(ctx, kept);
}

int check_utf8(struct ctx *ctx, char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = utf8_error(words[i]);

		if (at)	/* it may be a secret, so it is not shown */
			return usage(ctx, "word %zu: byte %zu is 0x%02x: this is no UTF-8 text, and could not be saved",
				     i + 1, at, (unsigned char)words[i][at - 1]);
	}
	return 0;
}

static json_t *clean_json(const char *s)
{
	char *clean = utf8_clean(s);
	json_t *out = json_string(clean);

	free(clean);
	return out;
}

json_t *text_json(struct ctx *ctx, const char *s)
{
	json_t *out = clean_json(s);

	if (utf8_error(s))
		warn(ctx, "%s stands for what is no UTF-8 text", json_string_value(out));
	return out;
}

const char *str_of(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

json_int_t num_of(const json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

int int_of(const json_t *obj, const char *key)
{
	return (int)num_of(obj, key);
}

const char *text_of(const json_t *obj, const char *key)
{
	const char *s = str_of(obj, key);

	return s ? s : "";
}

void say(struct ctx *ctx, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	if (!ctx->messages)
		ctx->messages = json_array();
	json_array_append_new(ctx->messages, clean_json(msg));
	free(msg);
}

void warn(struct ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", ctx->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void warn_unread(struct ctx *ctx)
{
	const char *path;
	int err = cfs_unread(&path);

	if (err)
		warn(ctx, "cannot read %s: %s; what it says is left out", path, strerror(-err));
}

void answer(struct ctx *ctx, json_t *result)
{
	json_decref(ctx->result);
	ctx->result = result;
}

static int lock(struct ctx *ctx)
{
	char *file = xasprintf("%s/lock", ctx->statedir);
	int fd;

	mkdir(ctx->statedir, 0700);
	fd = cfs_lock(&ctx->cfs, file, LOCK_SECONDS);
	free(file);
	return fd;
}

int ctx_lock(struct ctx *ctx)
{
	int fd;

	if (ctx->lock >= 0) {
		ctx->lock_depth++;
		return 0;
	}
	fd = lock(ctx);
	if (fd == -EWOULDBLOCK)
		return fail_plain(ctx, -EBUSY,
				  "another targetcli-lite has been changing the configuration for %d seconds; try again when it has ended",
				  LOCK_SECONDS);
	if (fd == -ENOENT)
		return 0;	/* no tree yet: whoever needs it says so */
	if (fd < 0)
		return fail(ctx, fd, "cannot lock %s/target", ctx->cfs.root);
	ctx->lock = fd;
	ctx->lock_depth = 1;
	signals_hold();
	unfinished_look_again(ctx);
	minsecret_mend(ctx);
	return 0;
}

void ctx_unlock(struct ctx *ctx)
{
	if (ctx->lock < 0 || --ctx->lock_depth)
		return;
	close(ctx->lock);
	ctx->lock = -1;
	signals_release();
}
