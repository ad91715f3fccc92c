// SPDX-License-Identifier: GPL-2.0
/* The least length of secrets, and what to say of shorter ones. */
#include "minsecret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARAMETER "module/tcm_iscsi/parameters/min_secret_length"
#define MODPROBE_FILE "/etc/modprobe.d/tcm_iscsi-secrets.conf"
#define RFC "RFC 7143 9.2.1"

unsigned int minsecret(struct ctx *ctx)
{
	struct cfs sys = { .root = ctx->sysfs };
	struct strbuf v = { 0 };
	uint64_t min = 0;

	if (cfs_read(&sys, &v, PARAMETER) || !parse_uint(sb_str(&v), 255, &min))
		min = 0;
	sb_free(&v);
	return min;
}

static int set(struct ctx *ctx, unsigned int len)
{
	struct cfs sys = { .root = ctx->sysfs };
	char value[16];

	snprintf(value, sizeof(value), "%u\n", len);
	return cfs_write(&sys, value, PARAMETER);
}

/* What the limit was, and what it is lowered to: for whoever finds it so. */
static char *note_path(struct ctx *ctx)
{
	return xasprintf("%s/min_secret_length", ctx->statedir);
}

/* Without a note, which is no reason to do nothing, only a kill leaves the limit low. */
static void note_write(struct ctx *ctx, unsigned int was, unsigned int len)
{
	char *path = note_path(ctx);
	FILE *f = fopen(path, "we");

	if (f) {
		fprintf(f, "%u %u\n", was, len);
		fclose(f);
	}
	free(path);
}

static void note_remove(struct ctx *ctx)
{
	char *path = note_path(ctx);

	unlink(path);
	free(path);
}

unsigned int minsecret_lower(struct ctx *ctx, unsigned int len)
{
	unsigned int was = minsecret(ctx);

	if (!was || was == len)
		return 0;
	note_write(ctx, was, len);
	if (!set(ctx, len))
		return was;
	note_remove(ctx);
	return 0;
}

void minsecret_restore(struct ctx *ctx, unsigned int was)
{
	if (was && !set(ctx, was))
		note_remove(ctx);
}

void minsecret_mend(struct ctx *ctx)
{
	char *path = note_path(ctx);
	FILE *f = fopen(path, "re");
	unsigned int was, len;
	bool whole;

	free(path);
	if (!f)
		return;
	whole = fscanf(f, "%u %u", &was, &len) == 2;
	fclose(f);
	/* any other value has been set since */
	if (whole && minsecret(ctx) == len && !set(ctx, was))
		warn(ctx, "a command that was killed had left %s/" PARAMETER " at %u; it is %u again",
		     ctx->sysfs, len, was);
	note_remove(ctx);
}

int minsecret_check(struct ctx *ctx, const char *what, const char *secret)
{
	size_t len = strlen(secret);
	unsigned int min = minsecret(ctx);

	if (!len || len >= min)
		return 0;
	return usage(ctx, "%s: the secret has %zu bytes, and the kernel module wants %u at least (" RFC
		     "); give a longer one, or lower the limit: echo %zu >%s/" PARAMETER
		     " (for later boots, too: echo options tcm_iscsi min_secret_length=%zu >"
		     MODPROBE_FILE ")", what, len, min, len, ctx->sysfs, len);
}

int minsecret_refuse(struct ctx *ctx, const struct strlist *found, size_t shortest,
		     const char *option)
{
	struct strbuf text = { 0 };

	sb_addf(&text, "%zu secret%s shorter than the %u bytes that the kernel module wants (" RFC
		"):\n", found->n, found->n == 1 ? " is" : "s are", minsecret(ctx));
	for (size_t i = 0; i < found->n; i++)
		sb_addf(&text, "  %s\n", found->v[i]);
	sb_addf(&text, "Give longer ones, say %s to take them as they are, or lower the limit:\n"
		"  echo %zu >%s/" PARAMETER "\n"
		"  echo options tcm_iscsi min_secret_length=%zu >" MODPROBE_FILE
		"  # for later boots\n", option, shortest, ctx->sysfs, shortest);
	fail_plain(ctx, -EINVAL, "%s", text.s);
	ctx->status = ST_BAD_FILE;
	sb_free(&text);
	return -EINVAL;
}

size_t minsecret_find(struct ctx *ctx, const struct plan *plan, struct strlist *found)
{
	size_t min = minsecret(ctx), shortest = min;

	for (size_t i = 0; i < plan->n && min; i++) {
		const struct step *s = &plan->steps[i];
		size_t len = s->secret && s->value ? strlen(s->value) : min;
		char *text;

		if (len >= min || !len || !strcmp(s->value, "NULL"))
			continue;
		text = xasprintf("%s: %zu bytes", s->path, len);
		sl_add(found, text);
		free(text);
		shortest = len < shortest ? len : shortest;
	}
	return shortest;
}

/* The values of "chap_password" and the like, and of "accounts". */
static bool is_secret(const char *key, bool in_accounts)
{
	return in_accounts || strstr(key, "password");
}

static bool any_short(json_t *v, size_t min, bool in_accounts)
{
	const char *key;
	json_t *e;
	size_t i;

	json_array_foreach(v, i, e)
		if (any_short(e, min, false))
			return true;
	json_object_foreach(v, key, e) {
		size_t len = json_string_length(e);

		if (len && len < min && is_secret(key, in_accounts))
			return true;
		if (!json_is_string(e) && any_short(e, min, !strcmp(key, "accounts")))
			return true;
	}
	return false;
}

bool minsecret_has_short(struct ctx *ctx, json_t *config)
{
	size_t min = minsecret(ctx);

	return min > 1 && any_short(config, min, false);
}
