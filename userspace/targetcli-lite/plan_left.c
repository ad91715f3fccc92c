// SPDX-License-Identifier: GPL-2.0
/*
 * What a command that was killed, or another tool, has left half made: a configuration
 * does not have it, so comparing two does not find it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "so.h"

/* An HBA without storage objects, or those of it that were never enabled. */
static void left_in_hba(struct planner *p, const char *hba)
{
	char *hbadir = xasprintf("target/core/%s", hba);
	struct strbuf shown = { 0 };
	struct strlist names = { 0 };

	if (!cfs_list(&p->ctx->cfs, &names, CFS_DIRS, "%s", hbadir) && !names.n)
		plan_add(p, STEP_DELETE_HBA, xstrdup(hbadir), xstrdup(hbadir));
	for (size_t i = 0; i < names.n; i++) {
		char *dir = xasprintf("%s/%s", hbadir, names.v[i]);

		if (!so_is_enabled(p->ctx, dir) && so_shown_path(dir, &shown))
			plan_add(p, STEP_DELETE_SO, xstrdup(shown.s), xstrdup(dir));
		free(dir);
	}
	sl_free(&names);
	sb_free(&shown);
	free(hbadir);
}

void plan_left_sos(struct planner *p)
{
	struct strlist hbas = { 0 };

	cfs_list(&p->ctx->cfs, &hbas, CFS_DIRS, "target/core");
	for (size_t i = 0; i < hbas.n; i++)
		if (plugin_by_hba(hbas.v[i]))
			left_in_hba(p, hbas.v[i]);
	sl_free(&hbas);
}

/* Is there one of that number in a list? */
static bool has_index(json_t *list, json_int_t index)
{
	json_t *e;
	size_t i;

	json_array_foreach(list, i, e)
		if (num_of(e, "index") == index)
			return true;
	return false;
}

void plan_left_links(struct planner *p, json_t *live, json_t *wanted, enum step_kind kind,
		     const char *path, const char *dir)
{
	struct strlist names = { 0 };
	size_t n = 0;

	cfs_list(&p->ctx->cfs, &names, CFS_DIRS, "%s", dir);
	for (size_t i = 0; i < names.n; i++)
		n += starts_with(names.v[i], "lun_");
	for (size_t i = 0; i < names.n && n > json_array_size(live); i++) {
		const char *index = after(names.v[i], "lun_");
		char *sub = xasprintf("%s/%s", dir, names.v[i]);

		if (index && !has_index(live, atoi(index)) && !has_index(wanted, atoi(index)) &&
		    cfs_link(&p->ctx->cfs, NULL, NULL, "%s", sub) == -ENOLINK)
			plan_add(p, kind, xasprintf("%s%s", path, index), xstrdup(sub));
		free(sub);
	}
	sl_free(&names);
}
