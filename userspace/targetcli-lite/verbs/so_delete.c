// SPDX-License-Identifier: GPL-2.0
/* /backstores/PLUGIN delete: remove a storage object and its LUNs. */
#include <errno.h>
#include <string.h>

#include "pending.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct plugin *plugin = node_plugin(node);
	const char *name = arg(&verb_so_delete, args, "name");
	struct strbuf dir = { 0 };
	bool save;
	int err;

	if (so_find(ctx, plugin, name, &dir)) {
		sb_free(&dir);
		err = pending_forget_so(ctx, plugin->name, name);
		if (!err)
			say(ctx, "Forgot the pending storage object %s.", name);
		return err;
	}
	err = arg_bool(ctx, &verb_so_delete, args, "save", false, &save);
	if (!err)
		err = so_delete(ctx, dir.s);
	if (!err && save)
		err = so_save(ctx, ctx->savefile, plugin->name, name);
	if (!err)
		say(ctx, "Deleted storage object %s.", name);
	sb_free(&dir);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)args;
	if (!strcmp(name, "name"))
		complete_children(ctx, node, "", out);
}

const struct verb verb_so_delete = {
	.name = "delete",
	.kinds = KINDS_PLUGIN,
	.help = "Delete a storage object and the LUNs that use it",
	.params = {
		{ "name", "name of the storage object", true },
		{ "save", "true: delete it from the saved configuration, too", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
	.complete = complete,
};
