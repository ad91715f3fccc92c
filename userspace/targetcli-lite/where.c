// SPDX-License-Identifier: GPL-2.0
/* Where we are in the tree, where we were, and bookmarks. */
#include "where.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TRAIL 100

static void set_cwd(struct ctx *ctx, const char *path)
{
	char *s = xstrdup(path);

	free(ctx->cwd);
	ctx->cwd = s;
}

void where_go(struct ctx *ctx, const char *path)
{
	struct strlist *trail = &ctx->trail;

	if (!trail->n)
		sl_add(trail, ctx->cwd);
	if (strcmp(path, trail->v[ctx->trail_at])) {
		while (trail->n > ctx->trail_at + 1)
			sl_drop(trail, trail->n - 1);
		if (trail->n == MAX_TRAIL)
			sl_drop(trail, 0);
		sl_add(trail, path);
		ctx->trail_at = trail->n - 1;
	}
	set_cwd(ctx, path);
}

const char *where_back(struct ctx *ctx)
{
	if (!ctx->trail.n || !ctx->trail_at)
		return NULL;
	set_cwd(ctx, ctx->trail.v[--ctx->trail_at]);
	return ctx->cwd;
}

const char *where_forward(struct ctx *ctx)
{
	if (ctx->trail_at + 1 >= ctx->trail.n)
		return NULL;
	set_cwd(ctx, ctx->trail.v[++ctx->trail_at]);
	return ctx->cwd;
}

bool bookmark_name_ok(const char *name)
{
	return is_word(name, 64, ":_.-");
}

char *bookmark_path(struct ctx *ctx, const char *path)
{
	size_t n = strcspn(path, "/");
	char *name = xstrndup(path + 1, n - 1);
	const char *to = str_of(ctx->bookmarks, name);
	char *out = to ? xasprintf("%s%s", to, path + n) : NULL;

	if (!to)
		fail_plain(ctx, -ENOENT, "there is no bookmark %s (bookmarks show lists them)",
			   name);
	free(name);
	return out;
}
