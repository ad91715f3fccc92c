// SPDX-License-Identifier: GPL-2.0
/* /iscsi create: a target with its first portal group and portal. */
#include <errno.h>
#include <stdlib.h>

#include "iscsi.h"
#include "verbs.h"

static int add_tpg(struct ctx *ctx, const char *iqn)
{
	char *dir = xasprintf("target/%s/%s", ctx->fabric, iqn);
	int err = tpg_setup(ctx, dir, 1);

	if (err)
		undo(ctx, target_delete, dir);
	free(dir);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *wwn = arg(&verb_target_create, args, "wwn");
	char *iqn = wwn ? normal_name(ctx, wwn) : make_iqn();
	int err;

	(void)node;
	if (!iqn)
		return -EINVAL;
	err = target_create(ctx, iqn);
	if (!err) {
		say(ctx, "Created target %s.", iqn);
		err = add_tpg(ctx, iqn);
	}
	if (!err)
		answer(ctx, json_pack("{s:o, s:s}", "path",
				      json_sprintf("/iscsi/%s", iqn), "wwn", iqn));
	free(iqn);
	return err;
}

const struct verb verb_target_create = {
	.name = "create",
	.kinds = BIT(N_ISCSI),
	.help = "Create a target, with portal group tpg1 and a portal on all addresses",
	.params = { { "wwn", "iSCSI name of the target (default: a new one)", false } },
	.changes = true,
	.run = run,
};
