// SPDX-License-Identifier: GPL-2.0
/* cd: go to another node (of use in the shell and in batches). */
#include <stdlib.h>
#include <string.h>

#include "verbs.h"
#include "where.h"

static bool exists(struct ctx *ctx, const char *path)
{
	struct node *node;

	if (node_resolve(ctx, path, &node)) {
		error_drop(ctx);
		ctx->status = ST_OK;
		return false;
	}
	node_free(node);
	return true;
}

/* To the next path of the history that is still there, or stay. */
static void step(struct ctx *ctx, bool back)
{
	char *here = xstrdup(ctx->cwd);
	const char *path;

	do
		path = back ? where_back(ctx) : where_forward(ctx);
	while (path && !exists(ctx, path));
	if (path) {
		say(ctx, "Taking you back to %s.", path);
	} else {
		where_go(ctx, here);
		say(ctx, "Reached the %s of the path history.", back ? "beginning" : "end");
	}
	free(here);
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *path = arg(&verb_cd, args, "path");
	struct node *to;
	char *full;
	int err;

	if (path && (!strcmp(path, "<") || !strcmp(path, ">"))) {
		step(ctx, *path == '<');
		return 0;
	}
	err = node_from(ctx, node, path ? path : "/", &to);
	if (err)
		return err;
	full = node_path(to);
	where_go(ctx, full);
	free(full);
	node_free(to);
	return 0;
}

const struct verb verb_cd = {
	.name = "cd",
	.kinds = KINDS_ALL,
	.help = "Go to another node",
	.params = { { "path", "where to (default: /); < and >: back, and forward again", false, PT_PATH } },
	.run = run,
};
