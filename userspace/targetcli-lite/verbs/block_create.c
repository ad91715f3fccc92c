// SPDX-License-Identifier: GPL-2.0
/* /backstores/block create: export a block device. */
#include <stdlib.h>

#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_block_create;
	struct so_spec spec = {
		.plugin = node_plugin(node),
		.name = arg(v, args, "name"),
		.dev = arg(v, args, "dev"),
		.wwn = arg(v, args, "wwn"),
	};
	struct strbuf dir = { 0 };
	bool exclusive;
	int err = arg_bool(ctx, v, args, "exclusive", true, &exclusive);

	spec.shared = !exclusive;
	if (!err)
		err = so_check_block(ctx, spec.dev, spec.shared);
	if (!err)
		err = arg_bool(ctx, v, args, "readonly", device_is_readonly(spec.dev),
			       &spec.readonly);
	if (!err)
		err = so_create(ctx, &spec, &dir);
	if (!err)
		err = so_set_model_alias(ctx, dir.s);
	if (!err)
		created(ctx, xasprintf("/backstores/block/%s", spec.name),
			"Created block storage object %s using %s.", spec.name, spec.dev);
	sb_free(&dir);
	return err;
}

const struct verb verb_block_create = {
	.name = "create",
	.kinds = BIT(N_BLOCK),
	.help = "Create a storage object of a block device",
	.params = {
		{ "name", "name of the storage object", true },
		{ "dev", "path of the block device", true, PT_FILE },
		{ "readonly", "true: initiators cannot write (default: as the device is)", false, PT_BOOL },
		{ "wwn", "unit serial number (default: a new one)", false },
		{ "exclusive", "false: others may use the device, too (from Linux 6.17 on)", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
};
