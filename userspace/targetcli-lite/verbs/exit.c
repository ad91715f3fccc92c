// SPDX-License-Identifier: GPL-2.0
/* exit: end the shell or the batch. */
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	(void)node;
	(void)args;
	ctx->quit = true;
	return 0;
}

const struct verb verb_exit = {
	.name = "exit",
	.kinds = KINDS_ALL,
	.help = "End the shell",
	.run = run,
};
