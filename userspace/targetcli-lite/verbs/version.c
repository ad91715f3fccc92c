// SPDX-License-Identifier: GPL-2.0
/* version: of this program and of the fabric module. */
#include "verbs.h"

#ifndef TL_VERSION
#define TL_VERSION "0"
#endif

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct strbuf fabric = { 0 };

	(void)node;
	(void)args;
	say(ctx, "targetcli-lite version %s", TL_VERSION);
	cfs_read(&ctx->cfs, &fabric, "target/%s/lio_version", ctx->fabric);
	if (fabric.len)
		say(ctx, "%s: %s", ctx->fabric, fabric.s);
	answer(ctx, json_pack("{s:s, s:s}", "version", TL_VERSION, "fabric", sb_str(&fabric)));
	sb_free(&fabric);
	return 0;
}

const struct verb verb_version = {
	.name = "version",
	.kinds = KINDS_ALL,
	.help = "Show versions",
	.run = run,
};
