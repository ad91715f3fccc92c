// SPDX-License-Identifier: GPL-2.0
/* Pending objects. */
#include "pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "savefile.h"
#include "so.h"

static char *state_file(struct ctx *ctx)
{
	return xasprintf("%s/pending.json", ctx->statedir);
}

int pending_load(struct ctx *ctx, json_t **out)
{
	char *file = state_file(ctx);
	int err = savefile_read_if_any(ctx, file, out);

	if (!err && !*out)
		*out = json_object();
	if (err == -EINVAL) {
		char *msg = xasprintf("%s; what waits for its device is kept there: delete the file to forget it",
				      ctx->error);

		fail_plain(ctx, err, "%s", msg);
		free(msg);
	}
	free(file);
	return err;
}

int pending_store(struct ctx *ctx, json_t *pending)
{
	char *file = state_file(ctx);
	int err = 0;

	if (!json_array_size(json_object_get(pending, "storage_objects"))) {
		/* where nothing can be written, what there is not need not go */
		if (!access(file, F_OK) && unlink(file))
			err = fail(ctx, -errno, "cannot remove %s", file);
	} else {
		err = savefile_make_dir(ctx, file);
		if (!err)
			err = savefile_write(ctx, file, pending);
	}
	free(file);
	return err;
}

static json_t *so_path_json(json_t *so)
{
	return json_sprintf("/backstores/%s/%s",
			    str_of(so, "plugin"), str_of(so, "name"));
}

void pending_names(json_t *pending, struct strlist *out)
{
	json_t *so;
	size_t i;

	json_array_foreach(json_object_get(pending, "storage_objects"), i, so) {
		json_t *path = so_path_json(so);

		sl_add(out, json_string_value(path));
		json_decref(path);
	}
}

/* The element of 'list' whose 'keys' are those of 'like'. */
static json_t *matching(json_t *list, json_t *like, const char *const *keys)
{
	json_t *e;
	size_t i, k;

	json_array_foreach(list, i, e) {
		for (k = 0; keys[k]; k++)
			if (!json_equal(json_object_get(e, keys[k]),
					json_object_get(like, keys[k])))
				break;
		if (!keys[k])
			return e;
	}
	return NULL;
}

static json_t *list_of(json_t *obj, const char *key)
{
	json_t *list = json_object_get(obj, key);

	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(obj, key, list);
	}
	return list;
}

static const char *const so_keys[] = { "plugin", "name", NULL };
static const char *const target_keys[] = { "fabric", "wwn", NULL };
static const char *const tpg_keys[] = { "tag", NULL };
static const char *const acl_keys[] = { "node_wwn", NULL };
static const char *const index_keys[] = { "index", NULL };

/* Append what 'to' lacks; an element that both have is left as 'to' has it. */
static void merge_list(json_t *to, json_t *from, const char *key, const char *const *keys)
{
	json_t *list = list_of(to, key), *e;
	size_t i;

	json_array_foreach(json_object_get(from, key), i, e)
		if (!matching(list, e, keys))
			json_array_append(list, e);
}

static void merge_tpg(json_t *to, json_t *from)
{
	json_t *acl;
	size_t i;

	merge_list(to, from, "luns", index_keys);
	json_array_foreach(json_object_get(from, "node_acls"), i, acl) {
		json_t *mine = matching(json_object_get(to, "node_acls"), acl, acl_keys);

		if (mine)
			merge_list(mine, acl, "mapped_luns", index_keys);
	}
}

/* A target or group that was deleted since does not come back. */
static void merge_targets(json_t *to, json_t *from)
{
	json_t *target, *tpg;
	size_t i, j;

	json_array_foreach(json_object_get(from, "targets"), i, target) {
		json_t *mine = matching(json_object_get(to, "targets"), target, target_keys);

		json_array_foreach(json_object_get(target, "tpgs"), j, tpg) {
			json_t *mytpg = mine ? matching(json_object_get(mine, "tpgs"), tpg,
							tpg_keys) : NULL;
			if (mytpg)
				merge_tpg(mytpg, tpg);
		}
	}
}

void pending_merge(json_t *config, json_t *pending)
{
	json_t *sos = list_of(config, "storage_objects"), *so, *names = json_array();
	size_t i;

	json_array_foreach(json_object_get(pending, "storage_objects"), i, so)
		if (!matching(sos, so, so_keys)) {
			json_array_append(sos, so);
			json_array_append_new(names, so_path_json(so));
		}
	merge_targets(config, pending);
	if (json_array_size(names))
		json_object_set(config, "_pending", names);
	json_decref(names);
}

/* Splitting */

static bool in_list(json_t *list, json_t *value)
{
	json_t *e;
	size_t i;

	json_array_foreach(list, i, e)
		if (json_equal(e, value))
			return true;
	return false;
}

/* Move the elements whose 'key' is in 'values' from list to list. */
static void move(json_t *from, json_t *to, const char *key, json_t *values)
{
	for (size_t i = 0; i < json_array_size(from);) {
		json_t *e = json_array_get(from, i);

		if (in_list(values, json_object_get(e, key))) {
			json_array_append(to, e);
			json_array_remove(from, i);
		} else {
			i++;
		}
	}
}

static json_t *pluck(json_t *list, const char *key)
{
	json_t *out = json_array(), *e;
	size_t i;

	json_array_foreach(list, i, e)
		json_array_append(out, json_object_get(e, key));
	return out;
}

static json_t *split_tpg(json_t *tpg, json_t *so_paths)
{
	json_t *luns = json_array(), *acls = json_array(), *acl, *indexes;
	size_t i;

	move(json_object_get(tpg, "luns"), luns, "storage_object", so_paths);
	indexes = pluck(luns, "index");
	json_array_foreach(json_object_get(tpg, "node_acls"), i, acl) {
		json_t *mapped = json_array();

		move(json_object_get(acl, "mapped_luns"), mapped, "tpg_lun", indexes);
		json_array_append_new(acls, json_pack("{s:O, s:o}", "node_wwn",
						      json_object_get(acl, "node_wwn"),
						      "mapped_luns", mapped));
	}
	json_decref(indexes);
	return json_pack("{s:O, s:o, s:o}", "tag", json_object_get(tpg, "tag"),
			 "luns", luns, "node_acls", acls);
}

static json_t *split_targets(json_t *config, json_t *so_paths)
{
	json_t *out = json_array(), *target, *tpg;
	size_t i, j;

	json_array_foreach(json_object_get(config, "targets"), i, target) {
		json_t *tpgs = json_array();

		json_array_foreach(json_object_get(target, "tpgs"), j, tpg)
			json_array_append_new(tpgs, split_tpg(tpg, so_paths));
		json_array_append_new(out, json_pack("{s:O, s:O, s:o}", "wwn",
						     json_object_get(target, "wwn"), "fabric",
						     json_object_get(target, "fabric"),
						     "tpgs", tpgs));
	}
	return out;
}

json_t *pending_split(struct ctx *ctx, json_t *config,
		      bool (*missing)(struct ctx *ctx, json_t *so))
{
	json_t *sos = json_object_get(config, "storage_objects");
	json_t *gone = json_array(), *paths = json_array(), *out;

	for (size_t i = 0; i < json_array_size(sos);) {
		json_t *so = json_array_get(sos, i);

		if (missing(ctx, so)) {
			json_array_append_new(paths, so_path_json(so));
			json_array_append(gone, so);
			json_array_remove(sos, i);
		} else {
			i++;
		}
	}
	if (json_array_size(gone))
		out = json_pack("{s:O, s:o}", "storage_objects", gone, "targets",
				split_targets(config, paths));
	else
		out = json_object();
	json_decref(gone);
	json_decref(paths);
	return out;
}

static bool is_live(struct ctx *ctx, json_t *so)
{
	const struct plugin *plugin =
		plugin_by_name(str_of(so, "plugin"));
	struct strbuf dir = { 0 };
	bool live = plugin && !so_find(ctx, plugin,
				       str_of(so, "name"), &dir);

	sb_free(&dir);
	return live;
}

/* As merge_targets(), but a target that 'to' lacks is added, too. */
static void unite_targets(json_t *to, json_t *from)
{
	json_t *target, *tpg;
	size_t i, j;

	merge_list(to, from, "targets", target_keys);
	json_array_foreach(json_object_get(from, "targets"), i, target) {
		json_t *mine = matching(json_object_get(to, "targets"), target, target_keys);

		merge_list(mine, target, "tpgs", tpg_keys);
		json_array_foreach(json_object_get(target, "tpgs"), j, tpg) {
			json_t *mytpg = matching(json_object_get(mine, "tpgs"), tpg, tpg_keys);

			merge_list(mytpg, tpg, "node_acls", acl_keys);
			merge_tpg(mytpg, tpg);
		}
	}
}

int pending_add(struct ctx *ctx, json_t *pending)
{
	json_t *all, *old;
	int err = pending_load(ctx, &old);

	if (err)
		return err;
	all = json_deep_copy(pending);
	json_decref(pending_split(ctx, old, is_live));
	merge_list(all, old, "storage_objects", so_keys);
	unite_targets(all, old);
	err = pending_store(ctx, all);
	json_decref(old);
	json_decref(all);
	return err;
}

int pending_forget(struct ctx *ctx, const char *plugin, const char *name)
{
	json_t *pending, *so, *path, *paths, *sos;
	int err = pending_load(ctx, &pending);
	bool found = false;
	size_t i;

	if (err)
		return err;
	sos = json_object_get(pending, "storage_objects");
	json_array_foreach(sos, i, so) {
		if (strcmp(str_of(so, "plugin"), plugin) || strcmp(str_of(so, "name"), name))
			continue;
		path = so_path_json(so);
		paths = json_pack("[o]", path);
		json_decref(split_targets(pending, paths));
		json_array_remove(sos, i);
		json_decref(paths);
		found = true;
		err = pending_store(ctx, pending);
		break;
	}
	json_decref(pending);
	return found ? err :
		       fail_plain(ctx, -ENOENT, "there is no storage object /backstores/%s/%s",
				  plugin, name);
}
