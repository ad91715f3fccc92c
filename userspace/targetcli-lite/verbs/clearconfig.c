// SPDX-License-Identifier: GPL-2.0
/* clearconfig: delete all targets and storage objects. */
#include <stdlib.h>

#include "model.h"
#include "pending.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	json_t *nothing;
	struct apply_result result;
	bool confirm;
	int err = arg_bool(ctx, &verb_clearconfig, args, "confirm", false, &confirm);

	(void)node;
	if (err)
		return err;
	if (!confirm)
		return usage(ctx, "this deletes every target and storage object; say clearconfig confirm=true");
	nothing = json_object();
	err = model_apply(ctx, nothing, NULL, APPLY_EXACT | APPLY_LEFTOVERS | APPLY_GO_ON,
			  &result);
	json_decref(nothing);
	for (size_t i = 0; err && i < result.errors.n; i++)
		warn(ctx, "%s", result.errors.v[i]);
	sl_free(&result.errors);
	if (!err)
		err = pending_store(ctx, NULL);
	if (!err)
		say(ctx, "All configuration cleared");
	return err;
}

const struct verb verb_clearconfig = {
	.name = "clearconfig",
	.kinds = KINDS_ALL,
	.help = "Delete all targets and storage objects",
	.params = { { "confirm", "true, or nothing is done", false, PT_BOOL } },
	.changes = true,
	.run = run,
};
