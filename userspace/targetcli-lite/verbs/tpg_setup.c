// SPDX-License-Identifier: GPL-2.0
/*
 * A new portal group as targetcli makes it: no authentication, enabled and
 * with a portal on all addresses, as the global preferences say.
 */
#include <stdlib.h>

#include "iscsi.h"
#include "verbs.h"

#define DEFAULT_PORTAL "0.0.0.0:3260"

static int no_authentication(struct ctx *ctx, const char *dir)
{
	int err = cfs_write(&ctx->cfs, "0", "%s/attrib/authentication", dir);

	return err ? fail(ctx, err, "cannot set attribute authentication=0 of %s", dir) : 0;
}

/* Another target may have taken the address; then the group just has no portal. */
static void default_portal(struct ctx *ctx, const char *dir)
{
	if (portal_create(ctx, dir, DEFAULT_PORTAL)) {
		say(ctx, "Default portal not created, TPGs within a target cannot share ip:port.");
		error_drop(ctx);
		ctx->status = ST_OK;
		return;
	}
	say(ctx, "Global pref auto_add_default_portal=true");
	say(ctx, "Created default portal listening on all IPs (0.0.0.0), port %d.",
	    DEFAULT_PORT);
}

int tpg_setup(struct ctx *ctx, const char *target, unsigned int tag)
{
	char *dir = xasprintf("%s/tpgt_%u", target, tag);
	int err = tpg_create(ctx, target, tag);

	if (err)
		goto out;
	err = no_authentication(ctx, dir);
	if (!err && ctx->prefs.auto_enable_tpgt)
		err = tpg_enable(ctx, dir, true);
	if (err) {
		undo(ctx, tpg_delete, dir);
		goto out;
	}
	say(ctx, "Created TPG %u.", tag);
	if (ctx->prefs.auto_add_default_portal)
		default_portal(ctx, dir);
out:
	free(dir);
	return err;
}
