// SPDX-License-Identifier: GPL-2.0
/* restoreconfig: make the live configuration that of a file. */
#include "restore.h"
#include "verbs.h"

static int set_flag(struct ctx *ctx, const struct args *args, const char *name, bool def,
		    bool when, unsigned int flags, unsigned int *out)
{
	bool on;
	int err = arg_bool(ctx, &verb_restoreconfig, args, name, def, &on);

	if (!err && on == when)
		*out |= flags;
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_restoreconfig;
	const char *file = arg(v, args, "savefile");
	struct restore r = {
		.file = file ? file : ctx->savefile,
		.scope = {
			.target = arg(v, args, "target"),
			.so = arg(v, args, "storage_object"),
		},
		.again = "restoreconfig",
		.done = "Configuration restored from",
	};
	int err;

	(void)node;
	err = set_flag(ctx, args, "clear_existing", false, true,
		       APPLY_EXACT | APPLY_REMAKE | APPLY_LEFTOVERS, &r.flags);
	if (!err)
		err = set_flag(ctx, args, "abort_on_error", true, false, APPLY_GO_ON, &r.flags);
	if (!err)
		err = set_flag(ctx, args, "allow_short_secrets", false, true, APPLY_SHORT_SECRETS,
			       &r.flags);
	if (!err)
		err = arg_bool(ctx, v, args, "dry_run", false, &r.dry);
	return err ? err : restore_run(ctx, &r);
}

const struct verb verb_restoreconfig = {
	.name = "restoreconfig",
	.kinds = KINDS_ALL,
	.help = "Make the live configuration that of a file, changing only what differs",
	.params = {
		{ "savefile", "file (default: /etc/target/saveconfig.json)", false, PT_FILE },
		{ "clear_existing", "true: delete what is not in the file", false, PT_BOOL },
		{ "target", "restore this target only, with what its LUNs use", false },
		{ "storage_object", "restore this storage object only", false },
		{ "abort_on_error", "false: go on after a failure, and undo nothing", false, PT_BOOL },
		{ "dry_run", "true: only show what would be done", false, PT_BOOL },
		{ "allow_short_secrets", "true: take secrets that the kernel module would refuse as too short", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
};
