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

/* Below user:HANDLER, as targetcli has it, the handler is said already. */
static char *config_of(const struct node *node, const char *given)
{
	const char *handler = node_handler(node);

	return handler ? xasprintf("%s/%s", handler, given) : xstrdup(given);
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_user_create;
	struct so_spec spec = {
		.plugin = node_plugin(node),
		.name = arg(v, args, "name"),
		.control = arg(v, args, "control"),
		.wwn = arg(v, args, "wwn"),
	};
	char *config = config_of(node, arg(v, args, "cfgstring"));
	struct strbuf dir = { 0 };
	int err = read_numbers(ctx, args, &spec);

	spec.config = config;
	if (!err && !strchr(config, '/'))
		err = usage(ctx, "cfgstring=%s: give HANDLER/CONFIGURATION, like glfs/volume@host/file",
			    config);
	if (!err)
		err = so_create(ctx, &spec, &dir);
	if (!err)
		created(ctx, xasprintf("/backstores/user/%s", spec.name),
			"Created user-backed storage object %s size %llu.", spec.name,
			(unsigned long long)spec.size);
	sb_free(&dir);
	free(config);
	return err;
}

const struct verb verb_user_create = {
	.name = "create",
	.kinds = BIT(N_USER),
	.help = "Create a storage object that a program in user space plays (TCMU)",
	.params = {
		{ "name", "name of the storage object", true },
		{ "size", "size: bytes, or with k, M, G, T", true },
		{ "cfgstring", "HANDLER/CONFIGURATION; what follows the slash is for the program", true,
		  PT_TEXT, "config" },
		{ "wwn", "unit serial number (default: a new one)", false },
		{ "hw_max_sectors", "longest transfer, in blocks", false },
		{ "control", "NAME=VALUE,... for the kernel, like max_data_area_mb=64", false },
	},
	.changes = true,
	.run = run,
};
