// SPDX-License-Identifier: GPL-2.0
/* evict: end sessions at once. */
#include <errno.h>

#include "live.h"

static int evict(struct ctx *ctx, const struct tnl_filter *filter)
{
	struct tnl *nl;
	uint32_t n;
	int err = tnl_open(ctx, &nl);

	if (err)
		return err;
	err = tnl_evict(nl, filter, &n);
	tnl_close(nl);
	if (err == -ENOENT)
		return fail_plain(ctx, err, "there is no such session");
	if (err == -EPERM)
		return fail_plain(ctx, err, "sessions are evicted by root only (CAP_NET_ADMIN)");
	if (err)
		return fail(ctx, err, "cannot evict");
	say(ctx, n == 1 ? "Evicted 1 session." : "Evicted %u sessions.", n);
	answer(ctx, json_pack("{s:i}", "evicted", (int)n));
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct tnl_filter filter;
	int err = live_filter(ctx, &verb_evict, node, args, &filter);

	if (err)
		return err;
	if (!filter.session && !filter.target && !filter.initiator)
		return usage(ctx, "which sessions? give a sid (see sessions), initiator= or target=, or call evict at a target or ACL");
	return evict(ctx, &filter);
}

const struct verb verb_evict = {
	.name = "evict",
	.kinds = KINDS_ALL,
	.help = "End sessions at once",
	.params = {
		{ "sid", "this session", false },
		{ "initiator", "those of this initiator", false },
		{ "target", "those of this target", false },
	},
	.run = run,
};
