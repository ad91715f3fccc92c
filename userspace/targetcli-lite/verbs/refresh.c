// SPDX-License-Identifier: GPL-2.0
/* refresh: nothing to do, since nothing is cached; scripts for targetcli use it. */
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	(void)ctx;
	(void)node;
	(void)args;
	return 0;
}

const struct verb verb_refresh = {
	.name = "refresh",
	.kinds = KINDS_ALL,
	.help = "Do nothing: the tree is always read anew",
	.run = run,
};
