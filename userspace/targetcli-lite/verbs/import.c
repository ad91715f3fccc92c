// SPDX-License-Identifier: GPL-2.0
/* import: make the targets of tgt's targets.conf. */
#include <stdlib.h>
#include <unistd.h>

#include "model.h"
#include "tgt.h"
#include "verbs.h"

/* The accounts that there are, also those that are not bound; NULL: that cannot be told. */
static json_t *get_accounts(struct ctx *ctx)
{
	json_t *accounts = NULL;
	struct tgt tgt;

	if (!tgt_open(ctx, &tgt, false))
		accounts = json_deep_copy(tgt.accounts);
	tgt_close(&tgt, 0);
	return accounts;
}

static void put_accounts(struct ctx *ctx, json_t *accounts)
{
	struct tgt tgt;

	if (!tgt_open(ctx, &tgt, true)) {
		json_array_clear(tgt.accounts);
		json_array_extend(tgt.accounts, accounts);
		tgt.dirty = true;
	}
	tgt_close(&tgt, 0);
}

/* Go back to 'before', keeping the error that made us. */
static void go_back(struct ctx *ctx, json_t *before, json_t *accounts, int err)
{
	struct kept_error kept = error_keep(ctx);
	struct apply_result result;
	int failed;

	ctx->undoing = true;
	failed = model_apply(ctx, before, NULL, APPLY_EXACT | APPLY_REMAKE | APPLY_GO_ON, &result);
	ctx->undoing = false;
	for (size_t i = 0; i < result.errors.n; i++)
		warn(ctx, "while going back: %s", result.errors.v[i]);
	sl_free(&result.errors);
	if (accounts)
		put_accounts(ctx, accounts);
	fail_plain(ctx, err, "%s; %s", kept.text, failed ? "going back failed, too" :
		   "nothing was changed");
	ctx->status = kept.status;
	free(kept.text);
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *file = arg(&verb_import, args, "file");
	json_t *before, *accounts;
	bool dry, short_secrets;
	int err = arg_bool(ctx, &verb_import, args, "dry_run", false, &dry);

	(void)node;
	if (!err && !*file)
		err = usage(ctx, "give the path of a targets.conf");
	if (!err)
		err = arg_bool(ctx, &verb_import, args, "allow_short_secrets", false,
			       &short_secrets);
	if (!err)
		err = model_dump(ctx, &before);
	if (err)
		return err;
	accounts = dry ? NULL : get_accounts(ctx);
	err = tgt_conf_import(ctx, file, dry, short_secrets);
	if (err && !dry && ctx->status != ST_BAD_FILE)
		go_back(ctx, before, accounts, err);
	json_decref(accounts);
	json_decref(before);
	if (err)
		return err;
	if (!dry)
		say(ctx, "Imported %s; saveconfig saves it.", file);
	answer(ctx, json_pack("{s:s}", "file", file));
	return 0;
}

const struct verb verb_import = {
	.name = "import",
	.kinds = KINDS_ALL,
	.help = "Make the targets of a targets.conf of tgt, beside those that there are",
	.params = {
		{ "file", "like /etc/tgt/targets.conf", true, PT_FILE },
		{ "dry_run", "true: only print the commands of tgtadm", false, PT_BOOL },
		{ "allow_short_secrets", "true: take secrets that the kernel module would refuse as too short", false, PT_BOOL },
	},
	.changes = true,
	.run = run,
};
