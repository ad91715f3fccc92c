// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN disable: end all sessions and refuse new ones. */
#include "iscsi.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	int err;

	(void)args;
	if (!tpg_enabled(ctx, node->dir)) {
		say(ctx, "The TPGT is already disabled.");
		return 0;
	}
	err = tpg_enable(ctx, node->dir, false);
	if (!err)
		say(ctx, "The TPGT has been disabled.");
	return err;
}

const struct verb verb_tpg_disable = {
	.name = "disable",
	.kinds = BIT(N_TPG),
	.help = "End all sessions and refuse new ones",
	.changes = true,
	.run = run,
};
