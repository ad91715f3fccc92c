// SPDX-License-Identifier: GPL-2.0
/* apply: make the live configuration exactly that of a file. */
#include "restore.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_apply;
	struct restore r = {
		.file = arg(v, args, "file"),
		.scope = {
			.target = arg(v, args, "target"),
			.so = arg(v, args, "storage_object"),
		},
		.flags = APPLY_EXACT | APPLY_REMAKE | APPLY_LEFTOVERS,
		.again = "apply",
		.done = "Applied",
	};
	bool allow_short;
	int err;

	(void)node;
	err = arg_bool(ctx, v, args, "dry_run", false, &r.dry);
	if (!err)
		err = arg_bool(ctx, v, args, "allow_short_secrets", false, &allow_short);
	if (!err && allow_short)
		r.flags |= APPLY_SHORT_SECRETS;
	return err ? err : restore_run(ctx, &r);
}

const struct verb verb_apply = {
	.name = "apply",
	.kinds = KINDS_ALL,
	.help = "Make the live configuration exactly that of a file, changing only what differs",
	.params = {
		{ "file", "a saved configuration", true, PT_FILE },
		{ "dry_run", "true: only show what would be done", false, PT_BOOL },
		{ "target", "this target only, with what its LUNs use", false },
		{ "storage_object", "this storage object only", false },
		{ "allow_short_secrets", "true: take secrets that the kernel module would refuse as too short", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
};
