// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that a command was killed at. A target is made by many steps, and one that
 * exists does not show whether it was to be more. So the name of the one that is being
 * made is in a file of the state directory until it is finished, beside those of others
 * that never were. Without that file, which is no reason to do nothing, they look whole.
 */
#include "unfinished.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *file_of(struct ctx *ctx)
{
	return xasprintf("%s/unfinished", ctx->statedir);
}

/* Those that somebody has left, as keys. */
static json_t *left(struct ctx *ctx)
{
	struct strbuf line = { 0 };
	char *path, *why;
	FILE *f;

	if (ctx->unfinished)
		return ctx->unfinished;
	ctx->unfinished = json_object();
	path = file_of(ctx);
	f = fopen(path, "re");
	free(path);
	if (!f)
		return ctx->unfinished;
	while (line_read(f, &line, &why)) {
		if (!why)
			json_object_set_new(ctx->unfinished, line.s, json_true());
		free(why);
	}
	sb_free(&line);
	fclose(f);
	return ctx->unfinished;
}

static void write_file(struct ctx *ctx)
{
	json_t *others = left(ctx), *v;
	char *path = file_of(ctx);
	const char *iqn;
	FILE *f;

	if (!ctx->making && !json_object_size(others)) {
		unlink(path);
		free(path);
		return;
	}
	f = fopen(path, "we");
	free(path);
	if (!f)
		return;
	json_object_foreach(others, iqn, v)
		fprintf(f, "%s\n", iqn);
	if (ctx->making)
		fprintf(f, "%s\n", ctx->making);
	fclose(f);
}

bool unfinished_begin(struct ctx *ctx, const char *iqn)
{
	if (ctx->making)
		return false;
	json_object_del(left(ctx), iqn);	/* it is ours now */
	ctx->making = xstrdup(iqn);
	write_file(ctx);
	return true;
}

void unfinished_end(struct ctx *ctx)
{
	free(ctx->making);
	ctx->making = NULL;
	write_file(ctx);
}

void unfinished_leave(struct ctx *ctx)
{
	json_object_set_new(left(ctx), ctx->making, json_true());
	free(ctx->making);
	ctx->making = NULL;
}

bool unfinished_is(struct ctx *ctx, const char *iqn)
{
	return json_object_get(left(ctx), iqn);
}

void unfinished_forget(struct ctx *ctx, const char *iqn)
{
	if (!json_object_del(left(ctx), iqn))
		write_file(ctx);
}

void unfinished_look_again(struct ctx *ctx)
{
	json_decref(ctx->unfinished);
	ctx->unfinished = NULL;
}
