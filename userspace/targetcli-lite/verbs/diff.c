// SPDX-License-Identifier: GPL-2.0
/* diff: what apply would change. */
#include "restore.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_diff;
	struct restore r = {
		.file = arg(v, args, "file"),
		.scope = {
			.target = arg(v, args, "target"),
			.so = arg(v, args, "storage_object"),
		},
		.flags = APPLY_EXACT | APPLY_REMAKE | APPLY_LEFTOVERS,
		.dry = true,
		.differs = true,
	};

	(void)node;
	return restore_run(ctx, &r);
}

const struct verb verb_diff = {
	.name = "diff",
	.kinds = KINDS_ALL,
	.help = "Show what apply would change; exit status 8 when there is something",
	.params = {
		{ "file", "a saved configuration", true, PT_FILE },
		{ "target", "this target only, with what its LUNs use", false },
		{ "storage_object", "this storage object only", false },
	},
	.run = run,
};
