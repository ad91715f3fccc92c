// SPDX-License-Identifier: GPL-2.0
/* /backstores/ramdisk create: export memory. */
#include <sys/sysinfo.h>

#include "verbs.h"

/* The kernel takes it page by page, until nobody else has any. */
static int check_memory(struct ctx *ctx, const char *size, uint64_t bytes)
{
	struct sysinfo info;
	char have[32];

	if (sysinfo(&info) || bytes <= (uint64_t)info.totalram * info.mem_unit)
		return 0;
	format_size((uint64_t)info.totalram * info.mem_unit, have, sizeof(have));
	return usage(ctx, "size=%s: this machine has %s of memory (nullio=true needs none)", size,
		     have);
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_ramdisk_create;
	const char *size = arg(v, args, "size");
	struct so_spec spec = {
		.plugin = node_plugin(node),
		.name = arg(v, args, "name"),
		.wwn = arg(v, args, "wwn"),
	};
	struct strbuf dir = { 0 };
	int err;

	if (!parse_size(size, &spec.size) || !spec.size)
		return usage(ctx, "size=%s: give a number of bytes, or one with k, M, G or T (1024 to the power 1 to 4), like 512M",
			     size);
	err = arg_bool(ctx, v, args, "nullio", false, &spec.nullio);
	if (!err && !spec.nullio)
		err = check_memory(ctx, size, spec.size);
	if (!err)
		err = so_create(ctx, &spec, &dir);
	if (!err)
		err = so_set_model_alias(ctx, dir.s);
	if (!err)
		created(ctx, xasprintf("/backstores/ramdisk/%s", spec.name),
			"Created ramdisk %s with size %s.", spec.name, size);
	sb_free(&dir);
	return err;
}

const struct verb verb_ramdisk_create = {
	.name = "create",
	.kinds = BIT(N_RAMDISK),
	.help = "Create a storage object of memory",
	.params = {
		{ "name", "name of the storage object", true },
		{ "size", "size: bytes, or with k, M, G, T", true },
		{ "nullio", "true: keep nothing that is written (default: false)", false, PT_BOOL },
		{ "wwn", "unit serial number (default: a new one)", false },
	},
	.changes = true,
	.run = run,
};
