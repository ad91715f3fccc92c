// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN enable: let initiators log in. */
#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	int err;

	(void)args;
	if (tpg_enabled(ctx, node->dir)) {
		say(ctx, "The TPGT is already enabled.");
		return 0;
	}
	err = tpg_enable(ctx, node->dir, true);
	if (!err)
		say(ctx, "The TPGT has been enabled.");
	return err;
}

const struct verb verb_tpg_enable = {
	.name = "enable",
	.kinds = BIT(N_TPG),
	.help = "Let initiators log in",
	.changes = true,
	.run = run,
};
