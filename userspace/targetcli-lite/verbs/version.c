// SPDX-License-Identifier: GPL-2.0
/* version: of this program and of the fabric module. */
#include <string.h>

#include "verbs.h"

#ifndef TL_VERSION
#define TL_VERSION "0"
#endif

/* As targetcli: that of target core. */
static int plugin_version(struct ctx *ctx, const struct node *node)
{
	const char *plugin = node_plugin(node->parent)->name;
	struct strbuf v = { 0 };

	cfs_read(&ctx->cfs, &v, "target/version");
	v.len = strcspn(sb_str(&v), " ");
	say(ctx, "Backstore plugin %s %.*s", plugin, (int)v.len, sb_str(&v));
	answer(ctx, json_pack("{s:s, s:s%}", "plugin", plugin, "version", sb_str(&v), v.len));
	sb_free(&v);
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct strbuf fabric = { 0 };

	(void)args;
	if (node->kind == N_SO)
		return plugin_version(ctx, node);
	cfs_read(&ctx->cfs, &fabric, "target/%s/lio_version", ctx->fabric);
	if (node->kind == N_ISCSI)
		say(ctx, "Target fabric module %s: %s", ctx->fabric, sb_str(&fabric));
	else
		say(ctx, "targetcli-lite version %s", TL_VERSION);
	if (fabric.len && node->kind != N_ISCSI)
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
