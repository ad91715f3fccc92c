// SPDX-License-Identifier: GPL-2.0
/* /backstores/PLUGIN delete: remove a storage object and its LUNs. */
#include <errno.h>

#include "pending.h"
#include "verbs.h"

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct plugin *plugin = node_plugin(node);
	const char *name = arg(&verb_so_delete, args, "name");
	struct strbuf dir = { 0 };
	int err;

	if (so_find(ctx, plugin, name, &dir)) {
		sb_free(&dir);
		if (pending_forget(ctx, plugin->name, name)) {
			say(ctx, "Forgot the pending storage object %s.", name);
			return 0;
		}
		return fail_plain(ctx, -ENOENT, "there is no storage object /backstores/%s/%s",
				  plugin->name, name);
	}
	err = so_delete(ctx, dir.s);
	if (!err)
		say(ctx, "Deleted storage object %s.", name);
	sb_free(&dir);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)name;
	(void)args;
	complete_children(ctx, node, "", out);
}

const struct verb verb_so_delete = {
	.name = "delete",
	.kinds = KINDS_PLUGIN,
	.help = "Delete a storage object and the LUNs that use it",
	.params = { { "name", "name of the storage object", true } },
	.changes = true,
	.run = run,
	.complete = complete,
};
