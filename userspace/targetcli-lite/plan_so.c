// SPDX-License-Identifier: GPL-2.0
/* Compare storage objects: which go, come, or are made anew. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "so.h"

static char *so_path(json_t *so)
{
	return xasprintf("/backstores/%s/%s", str_of(so, "plugin"), str_of(so, "name"));
}

json_t *plan_index_sos(json_t *config)
{
	json_t *out = json_object(), *so;
	size_t i;

	json_array_foreach(json_object_get(config, "storage_objects"), i, so) {
		char *path = so_path(so);

		json_object_set(out, path, so);
		free(path);
	}
	return out;
}

/* What cannot change while the object exists. */
static bool same_identity(json_t *live, json_t *wanted)
{
	static const char *const keys[] = {
		"dev", "config", "size", "wwn", "readonly", "exclusive", "aio", "nullio"
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *want = json_object_get(wanted, keys[i]);
		json_t *is = json_object_get(live, keys[i]);

		if (!want || json_is_null(want) || json_equal(want, is))
			continue;
		if (!is && json_is_boolean(want) &&
		    json_is_true(want) == !strcmp(keys[i], "exclusive"))
			continue;	/* as it is unless something else is said */
		return false;
	}
	if (strcmp(str_of(wanted, "plugin"), "fileio"))
		return true;
	return !json_object_get(wanted, "write_back") ||
	       json_equal(json_object_get(wanted, "write_back"),
			  json_object_get(live, "write_back"));
}

static char *so_dir(struct planner *p, json_t *so)
{
	struct strbuf dir = { 0 };

	if (so_find(p->ctx, plugin_by_name(str_of(so, "plugin")), str_of(so, "name"), &dir))
		sb_reset(&dir);
	return dir.s ? dir.s : xstrdup("");
}

static void find_gone(struct planner *p, json_t *live, json_t *wanted)
{
	json_t *so, *is;
	const char *path;
	void *tmp;

	json_object_foreach_safe(live, tmp, path, is) {
		so = json_object_get(wanted, path);
		if (so ? !same_identity(is, so) : p->exact)
			json_object_set_new(p->gone, path, json_true());
	}
}

/* One without a serial number, and without LUNs: who made it was killed before it had one. */
static bool is_left_behind(struct planner *p, json_t *live)
{
	char *dir = so_dir(p, live);
	bool left = !*text_of(live, "wwn") && !so_in_use(p->ctx, dir);

	free(dir);
	return left;
}

/* Somebody else may use a storage object that would have to be made anew. */
static int check_gone(struct planner *p, json_t *live, json_t *wanted)
{
	const char *path;
	json_t *v;

	json_object_foreach(p->gone, path, v)
		if (!p->remake && json_object_get(wanted, path) &&
		    !is_left_behind(p, json_object_get(live, path)))
			return fail_plain(p->ctx, -EEXIST,
					  "%s exists with another device, size or serial number; delete it first, or say clear_existing=true",
					  path);
	return 0;
}

int plan_gone(struct planner *p, json_t *live, json_t *wanted)
{
	find_gone(p, live, wanted);
	return check_gone(p, live, wanted);
}

static void plan_so_deletes(struct planner *p, json_t *live)
{
	const char *path;
	json_t *v;

	json_object_foreach(p->gone, path, v)
		plan_add(p, STEP_DELETE_SO, xstrdup(path),
			 so_dir(p, json_object_get(live, path)));
}

static void plan_alua(struct planner *p, json_t *live, json_t *wanted, const char *path,
		      const char *sodir)
{
	json_t *have = json_object_get(live, "alua_tpgs"), *gp, *v;
	size_t i;

	json_array_foreach(json_object_get(wanted, "alua_tpgs"), i, gp) {
		json_t *is = same_in(have, gp, "name");
		const char *name = str_of(gp, "name"), *key;
		char *gppath, *sub;

		if (!name || !strcmp(name, "default_tg_pt_gp"))
			continue;
		gppath = xasprintf("%s/alua/%s", path, name);
		/* without a number: who made it was killed before it had one */
		if (!is || !json_is_integer(json_object_get(is, "tg_pt_gp_id"))) {
			struct step *s = plan_add(p, STEP_CREATE_ALUA, xstrdup(gppath),
						  xstrdup(sodir));
			s->spec = gp;
		}
		json_object_foreach(gp, key, v) {
			json_t *now = is ? json_object_get(is, key) : NULL;
			char *old, *want;

			if (!strcmp(key, "name") || !strcmp(key, "tg_pt_gp_id") || json_is_null(v))
				continue;
			sub = xasprintf("alua/%s/%s", name, key);
			old = now ? attr_text(now) : NULL;
			want = attr_text(v);	/* false is 0 */
			if (is)
				plan_attr(p, gppath, sodir, sub, want, old);
			else
				plan_write(p, gppath, sodir, sub, xstrdup(want), NULL);
			free(want);
			free(old);
			free(sub);
		}
		free(gppath);
	}
	if (!p->exact)
		return;
	json_array_foreach(have, i, gp)
		if (strcmp(str_of(gp, "name"), "default_tg_pt_gp") &&
		    !same_in(json_object_get(wanted, "alua_tpgs"), gp, "name"))
			plan_add(p, STEP_DELETE_ALUA,
				 xasprintf("%s/alua/%s", path, str_of(gp, "name")),
				 xasprintf("%s/alua/%s", sodir, str_of(gp, "name")));
}

static void plan_inquiry(struct planner *p, bool exists, const char *path, const char *dir)
{
	json_t *is = exists ? extra_of(p->live_extra, "inquiry", path) : NULL;
	json_t *have = json_pack("{s:O?}", "inquiry", is);
	json_t *want = json_pack("{s:O?}", "inquiry", extra_of(p->wanted_extra, "inquiry", path));

	plan_attrs(p, have, want, "inquiry", path, dir, "wwn");
	json_decref(have);
	json_decref(want);
}

/*
 * A new object has no directory yet; so_dir() of its name is found when the
 * step is taken, and the writes below it name it as "@PATH".
 */
static void plan_so(struct planner *p, json_t *live, json_t *wanted)
{
	char *path = so_path(wanted), *dir;

	if (live && json_object_get(p->gone, path))
		live = NULL;
	if (live) {
		dir = so_dir(p, wanted);
	} else {
		struct step *s = plan_add(p, STEP_CREATE_SO, xstrdup(path), xstrdup(""));

		s->spec = wanted;
		dir = xasprintf("@%s", path);
	}
	plan_inquiry(p, live != NULL, path, dir);
	plan_attrs(p, live, wanted, "attributes", path, dir, "attrib");
	plan_alua(p, live, wanted, path, dir);
	free(path);
	free(dir);
}

void plan_sos(struct planner *p, json_t *live, json_t *wanted)
{
	const char *path;
	json_t *so;

	plan_so_deletes(p, live);
	json_object_foreach(wanted, path, so)
		plan_so(p, json_object_get(live, path), so);
}
