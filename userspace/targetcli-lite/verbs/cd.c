// SPDX-License-Identifier: GPL-2.0
/* cd: go to another node (of use in the shell and in batches). */
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *path = arg(&verb_cd, args, "path");
	char *above = node_path(node);
	char *full = !path ? xstrdup("/") :
		     *path == '/' ? xstrdup(path) : xasprintf("%s/%s", above, path);
	struct node *to;
	int err = node_resolve(ctx, full, &to);

	if (!err) {
		free(ctx->cwd);
		ctx->cwd = node_path(to);
		node_free(to);
	}
	free(full);
	free(above);
	return err;
}

const struct verb verb_cd = {
	.name = "cd",
	.kinds = KINDS_ALL,
	.help = "Go to another node",
	.params = { { "path", "where to (default: /)", false, PT_PATH } },
	.run = run,
};
