// SPDX-License-Identifier: GPL-2.0
/*
 * A part of a configuration: one target with the storage objects of its LUNs, or
 * the storage objects of one name. The live configuration is cut down to the
 * same objects, so that a plan made of both leaves everything else alone.
 */
#include "scope.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool is_whole(const struct scope *scope)
{
	return !scope || (!scope->target && !scope->so);
}

/* Keep the elements of a list for which keep() is true. */
static void keep(json_t *config, const char *list, bool (*wants)(json_t *e, const void *arg),
		 const void *arg)
{
	json_t *l = json_object_get(config, list);

	for (size_t i = json_array_size(l); i-- > 0;)
		if (!wants(json_array_get(l, i), arg))
			json_array_remove(l, i);
}

static bool is_target(json_t *e, const void *wwn)
{
	return wwn && !strcasecmp(text_of(e, "wwn"), wwn);
}

/* Is it the storage object of a LUN of one of 'targets'? */
static bool is_exported_by(json_t *targets, json_t *so)
{
	json_t *target, *tpg, *lun;
	size_t i, j, k;

	json_array_foreach(targets, i, target)
		json_array_foreach(json_object_get(target, "tpgs"), j, tpg)
			json_array_foreach(json_object_get(tpg, "luns"), k, lun) {
				const char *rest = after(text_of(lun, "storage_object"),
						     "/backstores/");
				size_t n = strlen(text_of(so, "plugin"));

				if (rest && !strncmp(rest, text_of(so, "plugin"), n) &&
				    rest[n] == '/' && !strcmp(rest + n + 1, text_of(so, "name")))
					return true;
			}
	return false;
}

struct so_filter {
	json_t *targets;
	const char *name;
};

static bool is_wanted_so(json_t *e, const void *arg)
{
	const struct so_filter *f = arg;

	return (f->name && !strcmp(text_of(e, "name"), f->name)) || is_exported_by(f->targets, e);
}

int scope_wanted(struct ctx *ctx, json_t *wanted, const struct scope *scope,
		 const char *source)
{
	struct so_filter f = { .name = scope->so };

	if (is_whole(scope))
		return 0;
	keep(wanted, "targets", is_target, scope->target);
	f.targets = json_object_get(wanted, "targets");
	keep(wanted, "storage_objects", is_wanted_so, &f);
	json_object_del(wanted, "fabric_modules");
	if (scope->target && !json_array_size(f.targets))
		return fail_plain(ctx, -ENOENT, "%s has no target %s; nothing was applied", source,
				  scope->target);
	if (scope->so && !json_array_size(json_object_get(wanted, "storage_objects")))
		return fail_plain(ctx, -ENOENT, "%s has no storage object %s; nothing was applied",
				  source, scope->so);
	return 0;
}

static bool is_among(json_t *e, const void *list)
{
	json_t *so;
	size_t i;

	json_array_foreach((json_t *)list, i, so)
		if (!strcmp(text_of(so, "name"), text_of(e, "name")) &&
		    !strcmp(text_of(so, "plugin"), text_of(e, "plugin")))
			return true;
	return false;
}

void scope_live(json_t *live, json_t *wanted, const struct scope *scope)
{
	if (is_whole(scope))
		return;
	keep(live, "targets", is_target, scope->target);
	keep(live, "storage_objects", is_among, json_object_get(wanted, "storage_objects"));
	json_object_del(live, "fabric_modules");
}

int model_plan(struct ctx *ctx, json_t *wanted, const struct scope *scope,
	       unsigned int flags, json_t **live, struct plan *plan)
{
	int err = model_dump(ctx, live);

	if (err)
		return err;
	scope_live(*live, wanted, scope);
	names_spell(wanted, *live);
	/* others than those in the scope may use a storage object */
	if (!is_whole(scope))
		flags &= ~(APPLY_REMAKE | APPLY_LEFTOVERS);
	return plan_make(ctx, *live, wanted, flags, plan);
}
