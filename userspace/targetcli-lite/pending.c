// SPDX-License-Identifier: GPL-2.0
/* Pending objects. */
#include "pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iscsi.h"
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
	if (err == -EINVAL)
		error_extend(ctx, "", "; what waits is kept there: delete the file to forget it");
	free(file);
	return err;
}

/* Does a configuration hold portals? */
static bool has_portals(json_t *config)
{
	json_t *target, *tpg;
	size_t i, j;

	json_array_foreach(json_object_get(config, "targets"), i, target)
		json_array_foreach(json_object_get(target, "tpgs"), j, tpg)
			if (json_array_size(json_object_get(tpg, "portals")))
				return true;
	return false;
}

static bool is_any(json_t *pending)
{
	return json_array_size(json_object_get(pending, "storage_objects")) ||
	       has_portals(pending);
}

int pending_store(struct ctx *ctx, json_t *pending)
{
	char *file = state_file(ctx);
	int err = 0;

	if (!is_any(pending)) {
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

/* Shown paths */

static char *so_path(json_t *so)
{
	return xasprintf("/backstores/%s/%s", text_of(so, "plugin"), text_of(so, "name"));
}

static char *tpg_path(json_t *target, json_t *tpg)
{
	return xasprintf("/iscsi/%s/tpg%d", text_of(target, "wwn"), int_of(tpg, "tag"));
}

static char *portal_path(const char *tpg, json_t *portal)
{
	char *name = portal_key(portal);
	char *path = xasprintf("%s/portals/%s", tpg, name);

	free(name);
	return path;
}

/* Merging */

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

/* The same of storage objects, of which there may be many; adds their paths to 'names'. */
static void merge_sos(json_t *to, json_t *from, json_t *names)
{
	json_t *list = list_of(to, "storage_objects"), *have = json_object(), *so;
	char *path;
	size_t i;

	json_array_foreach(list, i, so) {
		path = so_path(so);
		json_object_set_new(have, path, json_true());
		free(path);
	}
	json_array_foreach(json_object_get(from, "storage_objects"), i, so) {
		path = so_path(so);
		if (!json_object_get(have, path)) {
			json_array_append(list, so);
			json_array_append_new(names, json_string(path));
		}
		free(path);
	}
	json_decref(have);
}

static void merge_portals(json_t *to, json_t *from, const char *tpg, json_t *names)
{
	json_t *list = list_of(to, "portals"), *portal;
	size_t i;

	json_array_foreach(json_object_get(from, "portals"), i, portal) {
		char *path;

		if (portal_in(list, portal))
			continue;
		path = portal_path(tpg, portal);
		json_array_append(list, portal);
		json_array_append_new(names, json_string(path));
		free(path);
	}
}

static void merge_tpg(json_t *to, json_t *from, const char *path, json_t *names)
{
	json_t *acl;
	size_t i;

	merge_list(to, from, "luns", index_keys);
	merge_portals(to, from, path, names);
	json_array_foreach(json_object_get(from, "node_acls"), i, acl) {
		json_t *mine = matching(json_object_get(to, "node_acls"), acl, acl_keys);

		if (mine)
			merge_list(mine, acl, "mapped_luns", index_keys);
	}
}

/* A target or group that was deleted since does not come back. */
static void merge_targets(json_t *to, json_t *from, json_t *names)
{
	json_t *target, *tpg;
	size_t i, j;

	json_array_foreach(json_object_get(from, "targets"), i, target) {
		json_t *mine = matching(json_object_get(to, "targets"), target, target_keys);

		json_array_foreach(json_object_get(target, "tpgs"), j, tpg) {
			json_t *mytpg = mine ? matching(json_object_get(mine, "tpgs"), tpg,
							tpg_keys) : NULL;
			char *path = tpg_path(target, tpg);

			if (mytpg)
				merge_tpg(mytpg, tpg, path, names);
			free(path);
		}
	}
}

void pending_merge(json_t *config, json_t *pending)
{
	json_t *names = json_array();

	merge_sos(config, pending, names);
	merge_targets(config, pending, names);
	if (json_array_size(names))
		json_object_set(config, "_pending", names);
	json_decref(names);
}

/* Splitting */

struct splitter {
	struct ctx *ctx;
	const struct pending_test *test;
	json_t *gone;	/* paths of storage objects, as keys */
};

/* Move the elements for which 'goes' from list to list. */
static void move(json_t *from, json_t *to, bool (*goes)(json_t *e, void *with), void *with)
{
	for (size_t i = 0; i < json_array_size(from);) {
		json_t *e = json_array_get(from, i);

		if (goes(e, with)) {
			json_array_append(to, e);
			json_array_remove(from, i);
		} else {
			i++;
		}
	}
}

static bool is_lun_of(json_t *lun, void *gone)
{
	return json_object_get(gone, text_of(lun, "storage_object"));
}

static bool is_mapped_of(json_t *mapped, void *luns)
{
	json_t *lun;
	size_t i;

	json_array_foreach(luns, i, lun)
		if (json_equal(json_object_get(lun, "index"), json_object_get(mapped, "tpg_lun")))
			return true;
	return false;
}

static json_t *split_acls(json_t *tpg, json_t *luns)
{
	json_t *out = json_array(), *acl;
	size_t i;

	json_array_foreach(json_object_get(tpg, "node_acls"), i, acl) {
		json_t *mapped = json_array();

		move(json_object_get(acl, "mapped_luns"), mapped, is_mapped_of, luns);
		if (json_array_size(mapped))
			json_array_append_new(out, json_pack("{s:O, s:O}", "node_wwn",
							     json_object_get(acl, "node_wwn"),
							     "mapped_luns", mapped));
		json_decref(mapped);
	}
	return out;
}

/* A portal group whose portals are split: shown path and directory. */
struct split_group {
	struct splitter *sp;
	char *path;
	char *dir;
};

static bool portal_goes(json_t *portal, void *with)
{
	const struct split_group *group = with;
	const struct pending_test *test = group->sp->test;
	char *path = portal_path(group->path, portal);
	bool goes = test->portal(group->sp->ctx, path, group->dir, portal, test->arg);

	free(path);
	return goes;
}

static json_t *split_portals(struct splitter *sp, json_t *target, json_t *tpg)
{
	struct split_group group = {
		.sp = sp,
		.path = tpg_path(target, tpg),
		.dir = xasprintf("target/%s/%s/tpgt_%d", sp->ctx->fabric, text_of(target, "wwn"),
				 int_of(tpg, "tag")),
	};
	json_t *out = json_array();

	move(json_object_get(tpg, "portals"), out, portal_goes, &group);
	free(group.path);
	free(group.dir);
	return out;
}

/* What goes of a portal group, or NULL. */
static json_t *split_tpg(struct splitter *sp, json_t *target, json_t *tpg)
{
	json_t *luns = json_array(), *portals, *acls;
	json_t *out = NULL;

	move(json_object_get(tpg, "luns"), luns, is_lun_of, sp->gone);
	acls = split_acls(tpg, luns);
	portals = sp->test->portal ? split_portals(sp, target, tpg) : json_array();
	if (json_array_size(luns) || json_array_size(portals))
		out = json_pack("{s:O, s:O, s:O, s:O}", "tag", json_object_get(tpg, "tag"),
				"luns", luns, "node_acls", acls, "portals", portals);
	json_decref(luns);
	json_decref(acls);
	json_decref(portals);
	return out;
}

static json_t *split_targets(struct splitter *sp, json_t *config)
{
	json_t *out = json_array(), *target, *tpg;
	size_t i, j;

	json_array_foreach(json_object_get(config, "targets"), i, target) {
		json_t *tpgs = json_array();

		json_array_foreach(json_object_get(target, "tpgs"), j, tpg) {
			json_t *part = split_tpg(sp, target, tpg);

			if (part)
				json_array_append_new(tpgs, part);
		}
		if (json_array_size(tpgs))
			json_array_append_new(out, json_pack("{s:O, s:O, s:O}", "wwn",
							     json_object_get(target, "wwn"),
							     "fabric",
							     json_object_get(target, "fabric"),
							     "tpgs", tpgs));
		json_decref(tpgs);
	}
	return out;
}

static json_t *split_sos(struct splitter *sp, json_t *config)
{
	json_t *sos = json_object_get(config, "storage_objects"), *out = json_array(), *so;
	json_t *stay = json_array();
	size_t i;

	json_array_foreach(sos, i, so) {
		char *path = so_path(so);

		if (sp->test->so && sp->test->so(sp->ctx, path, so, sp->test->arg)) {
			json_array_append(out, so);
			json_object_set_new(sp->gone, path, json_true());
		} else {
			json_array_append(stay, so);
		}
		free(path);
	}
	if (sos)
		json_object_set(config, "storage_objects", stay);
	json_decref(stay);
	return out;
}

json_t *pending_split(struct ctx *ctx, json_t *config, const struct pending_test *test)
{
	struct splitter sp = { .ctx = ctx, .test = test, .gone = json_object() };
	json_t *sos = split_sos(&sp, config), *targets = split_targets(&sp, config), *out;

	if (json_array_size(sos) || json_array_size(targets))
		out = json_pack("{s:O, s:O}", "storage_objects", sos, "targets", targets);
	else
		out = json_object();
	json_decref(sos);
	json_decref(targets);
	json_decref(sp.gone);
	return out;
}

static bool so_is_live(struct ctx *ctx, const char *path, json_t *so, void *arg)
{
	const struct plugin *plugin = plugin_by_name(text_of(so, "plugin"));
	struct strbuf dir = { 0 };
	bool live = plugin && !so_find(ctx, plugin, text_of(so, "name"), &dir);

	(void)path;
	(void)arg;
	sb_free(&dir);
	return live;
}

static bool portal_is_live(struct ctx *ctx, const char *path, const char *tpg, json_t *portal,
			   void *arg)
{
	char *name = portal_key(portal), *dir = portal_find(ctx, tpg, name);
	bool live = dir;

	(void)path;
	(void)arg;
	free(name);
	free(dir);
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
			merge_tpg(mytpg, tpg, "", NULL);
		}
	}
}

int pending_add(struct ctx *ctx, json_t *pending)
{
	static const struct pending_test live = { .so = so_is_live, .portal = portal_is_live };
	json_t *all, *old;
	int err = pending_load(ctx, &old);

	if (err)
		return err;
	all = json_deep_copy(pending);
	json_decref(pending_split(ctx, old, &live));
	merge_sos(all, old, NULL);
	unite_targets(all, old);
	err = pending_store(ctx, all);
	json_decref(old);
	json_decref(all);
	return err;
}

/* Forgetting */

static bool is_so(struct ctx *ctx, const char *path, json_t *so, void *arg)
{
	(void)ctx;
	(void)so;
	return !strcmp(path, arg);
}

static bool is_portal(struct ctx *ctx, const char *path, const char *tpg, json_t *portal,
		      void *arg)
{
	(void)ctx;
	(void)tpg;
	(void)portal;
	return !strcmp(path, arg);
}

/* Forget what 'test' names; 'what', for the error, when that is nothing. */
static int forget(struct ctx *ctx, const struct pending_test *test, const char *what)
{
	json_t *pending, *found;
	int err = pending_load(ctx, &pending);

	if (err)
		return err;
	found = pending_split(ctx, pending, test);
	if (json_object_size(found))
		err = pending_store(ctx, pending);
	else
		err = fail_plain(ctx, -ENOENT, "there is no %s", what);
	json_decref(found);
	json_decref(pending);
	return err;
}

int pending_forget_so(struct ctx *ctx, const char *plugin, const char *name)
{
	char *path = xasprintf("/backstores/%s/%s", plugin, name);
	char *what = xasprintf("storage object %s", path);
	const struct pending_test test = { .so = is_so, .arg = path };
	int err = forget(ctx, &test, what);

	free(what);
	free(path);
	return err;
}

int pending_forget_portal(struct ctx *ctx, const char *iqn, unsigned int tag, const char *name)
{
	char *path = xasprintf("/iscsi/%s/tpg%u/portals/%s", iqn, tag, name);
	char *what = xasprintf("portal %s", name);
	const struct pending_test test = { .portal = is_portal, .arg = path };
	int err = forget(ctx, &test, what);

	free(what);
	free(path);
	return err;
}

static bool forget_tpgs(json_t *target, const unsigned int *tag)
{
	json_t *tpgs = json_object_get(target, "tpgs");
	bool found = false;

	for (size_t i = json_array_size(tpgs); i-- > 0;)
		if (!tag || num_of(json_array_get(tpgs, i), "tag") == *tag) {
			json_array_remove(tpgs, i);
			found = true;
		}
	return found;
}

int pending_forget_target(struct ctx *ctx, const char *iqn, const unsigned int *tag)
{
	json_t *pending, *target;
	bool found = false;
	size_t i;
	int err = pending_load(ctx, &pending);

	if (err)
		return err;
	json_array_foreach(json_object_get(pending, "targets"), i, target)
		if (!strcmp(text_of(target, "wwn"), iqn))
			found = forget_tpgs(target, tag) || found;
	err = found ? pending_store(ctx, pending) : 0;
	json_decref(pending);
	return err;
}
