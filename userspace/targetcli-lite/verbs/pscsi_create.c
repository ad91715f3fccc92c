// SPDX-License-Identifier: GPL-2.0
/* /backstores/pscsi create: pass commands through to a SCSI device. */
#include <stdlib.h>

#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct so_spec spec = {
		.plugin = node_plugin(node),
		.name = arg(&verb_pscsi_create, args, "name"),
		.dev = arg(&verb_pscsi_create, args, "dev"),
	};
	struct strbuf dir = { 0 };
	int err = so_create(ctx, &spec, &dir);

	if (!err)
		created(ctx, xasprintf("/backstores/pscsi/%s", spec.name),
			"Created pscsi storage object %s using %s", spec.name, spec.dev);
	sb_free(&dir);
	return err;
}

const struct verb verb_pscsi_create = {
	.name = "create",
	.kinds = BIT(N_PSCSI),
	.help = "Create a storage object that passes commands through to a SCSI device",
	.params = {
		{ "name", "name of the storage object", true },
		{ "dev", "path of the device, or HOST:CHANNEL:TARGET:LUN", true, PT_FILE },
	},
	.changes = true,
	.run = run,
};
