// SPDX-License-Identifier: GPL-2.0
/*
 * /backstores/PLUGIN/NAME saveconfig: bring one storage object, and the targets that
 * export it, up to date in the saved configuration. The rest of the file stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "savefile.h"
#include "verbs.h"

static bool is_so(json_t *so, const char *plugin, const char *name)
{
	const char *p = str_of(so, "plugin");
	const char *n = str_of(so, "name");

	return p && n && !strcmp(p, plugin) && !strcmp(n, name);
}

static bool tpg_exports(json_t *tpg, const char *path)
{
	json_t *lun;
	size_t i;

	json_array_foreach(json_object_get(tpg, "luns"), i, lun) {
		const char *so = str_of(lun, "storage_object");

		if (so && !strcmp(so, path))
			return true;
	}
	return false;
}

static bool exports(json_t *target, const char *path)
{
	json_t *tpg;
	size_t i;

	json_array_foreach(json_object_get(target, "tpgs"), i, tpg)
		if (tpg_exports(tpg, path))
			return true;
	return false;
}

static json_t *list_of(json_t *config, const char *key)
{
	json_t *list = json_object_get(config, key);

	if (json_is_array(list))
		return list;
	list = json_array();
	json_object_set_new(config, key, list);
	return list;
}

/* Where a target is in a list; its length when it is not. */
static size_t target_index(json_t *list, const char *wwn)
{
	size_t i, n = json_array_size(list);

	for (i = 0; i < n; i++) {
		const char *is = str_of(json_array_get(list, i), "wwn");

		if (is && !strcmp(is, wwn))
			break;
	}
	return i;
}

/* The object of that name in another, made when there is none. */
static json_t *object_of(json_t *in, const char *key)
{
	json_t *object = json_object_get(in, key);

	if (json_is_object(object))
		return object;
	object = json_object();
	json_object_set_new(in, key, object);
	return object;
}

/* What is beside rtslib's format goes with the target or storage object it is of. */
static void merge_extra(json_t *saved, json_t *live, const char *kind, const char *name)
{
	json_t *is = json_object_get(json_object_get(json_object_get(live, "targetcli_lite"),
						     kind), name);
	json_t *part;

	if (!is && !json_is_object(json_object_get(saved, "targetcli_lite")))
		return;
	part = object_of(object_of(saved, "targetcli_lite"), kind);
	if (is)
		json_object_set(part, name, is);
	else
		json_object_del(part, name);
}

static void merge_short_secrets(json_t *saved, json_t *live)
{
	json_t *is = json_object_get(json_object_get(live, "targetcli_lite"), "short_secrets");

	if (is)
		json_object_set(object_of(saved, "targetcli_lite"), "short_secrets", is);
}

static void merge_so(json_t *saved, json_t *live, const char *plugin, const char *name)
{
	json_t *list = list_of(saved, "storage_objects"), *so;
	size_t i;

	for (i = json_array_size(list); i-- > 0;)
		if (is_so(json_array_get(list, i), plugin, name))
			json_array_remove(list, i);
	json_array_foreach(json_object_get(live, "storage_objects"), i, so)
		if (is_so(so, plugin, name))
			json_array_append(list, so);
}

/* Its name, when it exports the storage object. */
static const char *exporter(json_t *target, const char *path)
{
	return exports(target, path) ? str_of(target, "wwn") : NULL;
}

/* Targets that export it, or did, become as they are now. */
static void merge_targets(json_t *saved, json_t *live, const char *path)
{
	json_t *list = list_of(saved, "targets"), *now = json_object_get(live, "targets"), *t, *is;
	const char *wwn;
	size_t i;

	for (i = json_array_size(list); i-- > 0;) {
		wwn = exporter(json_array_get(list, i), path);
		if (!wwn)
			continue;
		merge_extra(saved, live, "targets", wwn);
		is = json_array_get(now, target_index(now, wwn));
		if (is)
			json_array_set(list, i, is);
		else
			json_array_remove(list, i);
	}
	json_array_foreach(now, i, t) {
		wwn = exporter(t, path);
		if (!wwn)
			continue;
		while (!json_array_remove(list, target_index(list, wwn)))
			;
		merge_extra(saved, live, "targets", wwn);
		json_array_append(list, t);
	}
}

int so_save(struct ctx *ctx, const char *file, const char *plugin, const char *name)
{
	char *path = xasprintf("/backstores/%s/%s", plugin, name);
	json_t *saved = NULL, *live = NULL;
	int err = 0;

	if (access(file, F_OK) && errno == ENOENT)
		saved = json_object();
	else
		err = savefile_read(ctx, file, &saved);
	if (!err)
		err = model_dump(ctx, &live);
	if (!err) {
		merge_so(saved, live, plugin, name);
		merge_extra(saved, live, "inquiry", path);
		merge_targets(saved, live, path);
		merge_short_secrets(saved, live);
		err = savefile_save(ctx, file, saved);
	}
	json_decref(saved);
	json_decref(live);
	free(path);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *file = arg(&verb_so_saveconfig, args, "savefile");
	int err;

	file = file && *file ? file : ctx->savefile;
	err = so_save(ctx, file, node_plugin(node->parent)->name, node->name);
	if (err)
		return err;
	say(ctx, "Storage Object '%s:%s' config saved to %s.", node_plugin(node->parent)->name,
	    node->name, file);
	answer(ctx, json_pack("{s:s}", "file", file));
	return 0;
}

const struct verb verb_so_saveconfig = {
	.name = "saveconfig",
	.kinds = BIT(N_SO),
	.help = "Save this storage object, and the targets that export it, to a file",
	.params = { { "savefile", "file (default: /etc/target/saveconfig.json)", false, PT_FILE } },
	.changes = true,
	.run = run,
};
