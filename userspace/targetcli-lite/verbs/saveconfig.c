// SPDX-License-Identifier: GPL-2.0
/* saveconfig: write the live configuration, and what is pending, to a file. */
#include <stdlib.h>
#include <string.h>

#include "foreign.h"
#include "model.h"
#include "pending.h"
#include "savefile.h"
#include "verbs.h"

/* Storage objects of other kinds are not described here, so not saved. */
static void warn_unknown(struct ctx *ctx)
{
	struct strlist hbas = { 0 };

	cfs_list(&ctx->cfs, &hbas, CFS_DIRS, "target/core");
	for (size_t i = 0; i < hbas.n; i++)
		if (strcmp(hbas.v[i], "alua") && !plugin_by_hba(hbas.v[i]))
			warn(ctx, "target/core/%s is of a kind that is not saved", hbas.v[i]);
	sl_free(&hbas);
}

static void report(struct ctx *ctx, const char *file, json_t *config)
{
	json_t *path;
	size_t i;

	json_array_foreach(json_object_get(config, "_pending"), i, path)
		say(ctx, "%s is pending: kept in the file, not live.", json_string_value(path));
	say(ctx, "Configuration saved to %s", file);
	answer(ctx, json_pack("{s:s}", "file", file));
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *file = arg(&verb_saveconfig, args, "savefile");
	json_t *config, *pending;
	int err;

	(void)node;
	file = file && *file ? file : ctx->savefile;
	err = model_dump(ctx, &config);
	if (err)
		return err;
	warn_unknown(ctx);
	err = pending_load(ctx, &pending);
	if (err)
		goto out;
	pending_merge(config, pending);
	err = foreign_keep(ctx, file, config);
	if (!err)
		err = savefile_save(ctx, file, config);
	if (!err && !strcmp(file, ctx->savefile))
		ctx->saved_at = cfs_changes();
	if (!err)
		report(ctx, file, config);
	json_decref(pending);
out:
	json_decref(config);
	return err;
}

const struct verb verb_saveconfig = {
	.name = "saveconfig",
	.kinds = KINDS_ALL & ~BIT(N_SO),
	.help = "Save the configuration to a file",
	.params = { { "savefile", "file (default: /etc/target/saveconfig.json)", false, PT_FILE } },
	.changes = true,
	.run = run,
};
