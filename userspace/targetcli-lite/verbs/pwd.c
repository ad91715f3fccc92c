// SPDX-License-Identifier: GPL-2.0
/* pwd: where we are. */
#include <stdlib.h>

#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	char *path = node_path(node);

	(void)args;
	say(ctx, "%s", path);
	answer(ctx, json_pack("{s:s}", "path", path));
	free(path);
	return 0;
}

const struct verb verb_pwd = {
	.name = "pwd",
	.kinds = KINDS_ALL,
	.help = "Say where we are",
	.run = run,
};
