// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/portals/PORTAL enable_iser, enable_offload: another transport. */
#include <errno.h>

#include "verbs.h"

/* A kernel or card that does not have it refuses; targetcli then does nothing. */
static int switch_to(struct ctx *ctx, struct node *node, const struct verb *verb,
		     const struct args *args, const char *attr, const char *what)
{
	struct strbuf is = { 0 };
	bool on;
	int err = arg_bool(ctx, verb, args, "boolean", false, &on);

	if (err)
		return err;
	err = cfs_write(&ctx->cfs, on ? "1" : "0", "%s/%s", node->dir, attr);
	if (err && on)
		return fail(ctx, err, "%s is not possible for portal %s", what, node->name);
	cfs_read(&ctx->cfs, &is, "%s/%s", node->dir, attr);
	say(ctx, "%s enable now: %s", what, *sb_str(&is) == '1' ? "True" : "False");
	answer(ctx, json_pack("{s:s, s:b}", "portal", node->name, attr, *sb_str(&is) == '1'));
	sb_free(&is);
	return 0;
}

static int run_iser(struct ctx *ctx, struct node *node, const struct args *args)
{
	return switch_to(ctx, node, &verb_portal_iser, args, "iser", "iSER");
}

static int run_offload(struct ctx *ctx, struct node *node, const struct args *args)
{
	return switch_to(ctx, node, &verb_portal_offload, args, "cxgbit", "offload");
}

const struct verb verb_portal_iser = {
	.name = "enable_iser",
	.kinds = BIT(N_PORTAL),
	.help = "Serve a portal by RDMA, where kernel and card can",
	.params = { { "boolean", "true or false", true, PT_BOOL } },
	.changes = true,
	.run = run_iser,
};

const struct verb verb_portal_offload = {
	.name = "enable_offload",
	.kinds = BIT(N_PORTAL),
	.help = "Let the network card serve a portal, where kernel and card can",
	.params = { { "boolean", "true or false", true, PT_BOOL } },
	.changes = true,
	.run = run_offload,
};
