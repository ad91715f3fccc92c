// SPDX-License-Identifier: GPL-2.0
/* status: the one line that ls shows of a node. */
#include <stdlib.h>

#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct strlist names = { 0 };
	struct strbuf text = { 0 };
	char *path = node_path(node);
	int health;

	(void)args;
	node_children(ctx, node, &names);
	node_summary(ctx, node, names.n, &text, &health);
	say(ctx, "Status for %s: %s", path, text.s);
	answer(ctx, json_pack("{s:s, s:s}", "path", path, "summary", text.s));
	sl_free(&names);
	sb_free(&text);
	free(path);
	return 0;
}

const struct verb verb_status = {
	.name = "status",
	.kinds = KINDS_ALL,
	.help = "Say in a line how this node is",
	.run = run,
};
