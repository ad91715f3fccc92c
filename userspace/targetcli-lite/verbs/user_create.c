// SPDX-License-Identifier: GPL-2.0
/* /backstores/user create: a device that a program in user space plays. */
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

static int read_numbers(struct ctx *ctx, const struct args *args, struct so_spec *spec)
{
	const struct verb *v = &verb_user_create;
	const char *size = arg(v, args, "size"), *sectors = arg(v, args, "hw_max_sectors");

	if (!parse_size(size, &spec->size) || !spec->size)
		return usage(ctx, "size=%s: give a number of bytes, or one with k, M, G or T (1024 to the power 1 to 4), like 512M",
			     size);
	if (sectors && (!parse_uint(sectors, UINT32_MAX, &spec->hw_max_sectors) ||
			!spec->hw_max_sectors))
		return usage(ctx, "hw_max_sectors=%s: give a number of blocks", sectors);
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_user_create;
	struct so_spec spec = {
		.plugin = node_plugin(node),
		.name = arg(v, args, "name"),
		.config = arg(v, args, "config"),
		.wwn = arg(v, args, "wwn"),
	};
	struct strbuf dir = { 0 };
	int err = read_numbers(ctx, args, &spec);

	if (!err && !strchr(spec.config, '/'))
		err = usage(ctx, "config=%s: give HANDLER/CONFIGURATION, like glfs/volume@host/file",
			    spec.config);
	if (!err)
		err = so_create(ctx, &spec, &dir);
	if (!err)
		created(ctx, xasprintf("/backstores/user/%s", spec.name),
			"Created user-backed storage object %s size %llu.", spec.name,
			(unsigned long long)spec.size);
	sb_free(&dir);
	return err;
}

const struct verb verb_user_create = {
	.name = "create",
	.kinds = BIT(N_USER),
	.help = "Create a storage object that a program in user space plays (TCMU)",
	.params = {
		{ "name", "name of the storage object", true },
		{ "size", "size: bytes, or with k, M, G, T", true },
		{ "config", "HANDLER/CONFIGURATION; what follows the slash is for the program", true },
		{ "wwn", "unit serial number (default: a new one)", false },
		{ "hw_max_sectors", "longest transfer, in blocks", false },
	},
	.changes = true,
	.run = run,
};
