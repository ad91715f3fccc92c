// SPDX-License-Identifier: GPL-2.0
/*
 * Compare a wanted configuration with the live one. The steps come in an order
 * that always works: what must go goes from the leaves up, then storage objects
 * come and go, then targets grow from the root down and are enabled last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "model.h"
#include "schema.h"
#include "so.h"

struct planner {
	struct ctx *ctx;
	struct plan *plan;
	bool exact;
	bool remake;
	json_t *live_extra;	/* "targetcli_lite" of both, or NULL */
	json_t *wanted_extra;
	json_t *gone;	/* paths of storage objects that are made anew, as keys */
};

/* Small help with JSON */

/* The element of a list whose 'key' equals that of 'like'. */
static json_t *same(json_t *list, json_t *like, const char *key)
{
	json_t *want = json_object_get(like, key), *e;
	size_t i;

	json_array_foreach(list, i, e)
		if (json_equal(json_object_get(e, key), want))
			return e;
	return NULL;
}

/* How a value of a saved configuration is written to an attribute. */
static char *attr_text(json_t *v)
{
	if (json_is_integer(v))
		return xasprintf("%lld", (long long)json_integer_value(v));
	if (json_is_boolean(v))
		return xstrdup(json_is_true(v) ? "1" : "0");
	return xstrdup(json_is_string(v) ? json_string_value(v) : "");
}

/* Steps */

static struct step *add(struct planner *p, enum step_kind kind, char *path, char *dir)
{
	struct plan *plan = p->plan;
	struct step *s;

	if (plan->n == plan->cap) {
		plan->cap = plan->cap ? plan->cap * 2 : 64;
		plan->steps = xrealloc(plan->steps, plan->cap * sizeof(*plan->steps));
	}
	s = &plan->steps[plan->n++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->path = path;
	s->dir = dir;
	return s;
}

/* 'old', when it is known, is what the attribute is now. */
static struct step *add_write(struct planner *p, const char *path, const char *dir, const char *attr,
		      char *value, const char *old)
{
	const char *slash = strrchr(attr, '/'), *name = slash ? slash + 1 : attr;
	struct step *s = add(p, STEP_WRITE, xasprintf("%s %s", path, name),
			     xasprintf("%s/%s", dir, attr));

	s->value = value;
	s->old = old ? xstrdup(old) : NULL;
	s->secret = strstr(attr, "password") != NULL;
	return s;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct step *s = &plan->steps[i];

		if (s->value)
			explicit_bzero(s->value, strlen(s->value));
		if (s->old)
			explicit_bzero(s->old, strlen(s->old));
		free(s->value);
		free(s->old);
		free(s->path);
		free(s->dir);
	}
	free(plan->steps);
	memset(plan, 0, sizeof(*plan));
}

/* A value as it is shown: on one line, and not when it is secret. */
static const char *shown(const struct step *s, const char *value)
{
	if (s->secret)
		return "********";
	return strcmp(value, "\n") && strcmp(value, "NULL") ? value : "";
}

void step_describe(const struct step *s, struct strbuf *out)
{
	if (s->kind != STEP_WRITE) {
		sb_addf(out, "%s %s", s->kind < STEP_CREATE_SO ? "delete" : "create", s->path);
		return;
	}
	sb_addf(out, "set %s=%s", s->path, shown(s, s->value));
	if (s->old && !s->secret)
		sb_addf(out, " (now %s)", *shown(s, s->old) ? shown(s, s->old) : "empty");
}

json_t *step_json(const struct step *s)
{
	const char *name = strrchr(s->path, ' ');
	json_t *out;

	if (s->kind != STEP_WRITE)
		return json_pack("{s:s, s:s}", "action",
				 s->kind < STEP_CREATE_SO ? "delete" : "create", "path", s->path);
	out = json_pack("{s:s, s:s%, s:s, s:s}", "action", "set", "path", s->path,
			(size_t)(name - s->path), "attribute", name + 1, "value",
			shown(s, s->value));
	if (s->old)
		json_object_set_new(out, "now", json_string(shown(s, s->old)));
	return out;
}

/* Is it what a new object has anyhow, as far as the schema knows? */
static bool is_default(const char *dir, const char *sub, const char *name, const char *value)
{
	char *full = xasprintf("%s/%s", dir, sub);
	const struct schema_node *node = *dir == '@' ? schema_find("device_attrib") :
						       schema_match(full);
	const struct schema_attr *attr = node ? schema_attr(node, name) : NULL;

	free(full);
	return attr && attr->def && !strcmp(attr->def, value);
}

/* Attributes: "attributes" and "parameters" of an object. */
static void plan_attrs(struct planner *p, json_t *live, json_t *wanted, const char *key,
		       const char *path, const char *dir, const char *sub)
{
	json_t *have = json_object_get(live, key), *v;
	const char *name;

	json_object_foreach(json_object_get(wanted, key), name, v) {
		json_t *now = json_object_get(have, name);
		char *want = attr_text(v), *is = now ? attr_text(now) : NULL, *attr;

		if (!json_is_null(v) && (!is || strcmp(want, is))) {
			attr = xasprintf("%s/%s", sub, name);
			add_write(p, path, dir, attr, xstrdup(want), is)->is_default =
				!live && is_default(dir, sub, name, want);
			free(attr);
		}
		free(want);
		free(is);
	}
}

static const char *const auth_files[][2] = {
	{ "userid", "userid" },
	{ "password", "password" },
	{ "mutual_userid", "userid_mutual" },
	{ "mutual_password", "password_mutual" },
};

/* CHAP: what is not in the file is unset when the tree must be as the file. */
static void plan_auth(struct planner *p, json_t *live, json_t *wanted, const char *prefix,
		      const char *path, const char *dir, const char *sub)
{
	for (size_t i = 0; i < ARRAY_SIZE(auth_files); i++) {
		char *key = xasprintf("%s_%s", prefix, auth_files[i][0]);
		char *attr = xasprintf("%s/%s", sub, auth_files[i][1]);
		const char *want = str_of(wanted, key), *is = str_of(live, key);

		if (want && *want && (!is || strcmp(want, is)))
			add_write(p, path, dir, attr, xstrdup(want), is || !live ? is : "");
		else if ((!want || !*want) && is && p->exact)
			add_write(p, path, dir, attr, xstrdup("NULL"), is);
		free(key);
		free(attr);
	}
}

/* Storage objects */

static char *so_path(json_t *so)
{
	return xasprintf("/backstores/%s/%s", str_of(so, "plugin"), str_of(so, "name"));
}

static json_t *index_sos(json_t *config)
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
		"dev", "config", "size", "wwn", "readonly", "aio", "nullio"
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *want = json_object_get(wanted, keys[i]);
		json_t *is = json_object_get(live, keys[i]);

		if (!want || json_is_null(want) || json_equal(want, is))
			continue;
		if (!is && json_is_false(want))
			continue;
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

static void plan_so_deletes(struct planner *p, json_t *live)
{
	const char *path;
	json_t *v;

	json_object_foreach(p->gone, path, v)
		add(p, STEP_DELETE_SO, xstrdup(path),
		    so_dir(p, json_object_get(live, path)));
}

static void plan_alua(struct planner *p, json_t *live, json_t *wanted, const char *path,
		      const char *sodir)
{
	json_t *have = json_object_get(live, "alua_tpgs"), *gp, *v;
	size_t i;

	json_array_foreach(json_object_get(wanted, "alua_tpgs"), i, gp) {
		json_t *is = same(have, gp, "name");
		const char *name = str_of(gp, "name"), *key;
		char *gppath, *sub;

		if (!name || !strcmp(name, "default_tg_pt_gp"))
			continue;
		gppath = xasprintf("%s/alua/%s", path, name);
		if (!is) {
			struct step *s = add(p, STEP_CREATE_ALUA, xstrdup(gppath),
					     xstrdup(sodir));
			s->spec = gp;
		}
		json_object_foreach(gp, key, v) {
			json_t *now = is ? json_object_get(is, key) : NULL;
			char *old;

			if (!strcmp(key, "name") || !strcmp(key, "tg_pt_gp_id") ||
			    json_is_null(v) || (now && json_equal(now, v)))
				continue;
			sub = xasprintf("alua/%s/%s", name, key);
			old = now ? attr_text(now) : NULL;
			add_write(p, gppath, sodir, sub, attr_text(v), old);
			free(old);
			free(sub);
		}
		free(gppath);
	}
	if (!p->exact)
		return;
	json_array_foreach(have, i, gp)
		if (strcmp(str_of(gp, "name"), "default_tg_pt_gp") &&
		    !same(json_object_get(wanted, "alua_tpgs"), gp, "name"))
			add(p, STEP_DELETE_ALUA, xasprintf("%s/alua/%s", path, str_of(gp, "name")),
			    xasprintf("%s/alua/%s", sodir, str_of(gp, "name")));
}

static json_t *extra_of(json_t *extra, const char *kind, const char *name)
{
	return json_object_get(json_object_get(extra, kind), name);
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
		struct step *s = add(p, STEP_CREATE_SO, xstrdup(path), xstrdup(""));

		s->spec = wanted;
		dir = xasprintf("@%s", path);
	}
	plan_inquiry(p, live != NULL, path, dir);
	plan_attrs(p, live, wanted, "attributes", path, dir, "attrib");
	plan_alua(p, live, wanted, path, dir);
	free(path);
	free(dir);
}

static void plan_sos(struct planner *p, json_t *live, json_t *wanted)
{
	const char *path;
	json_t *so;

	plan_so_deletes(p, live);
	json_object_foreach(wanted, path, so)
		plan_so(p, json_object_get(live, path), so);
}

/* What goes from targets */

/* Does a live LUN stay as it is? */
static bool lun_stays(struct planner *p, json_t *live, json_t *wanted_tpg)
{
	json_t *want = same(json_object_get(wanted_tpg, "luns"), live, "index");
	const char *so = str_of(live, "storage_object");

	if (json_object_get(p->gone, so))
		return false;
	return want ? !strcmp(str_of(want, "storage_object"), so) : !p->exact;
}

/* A live LUN by its number, when it stays. */
static bool lun_index_stays(struct planner *p, json_t *live_tpg, json_t *wanted_tpg, int lun)
{
	json_t *l;
	size_t i;

	json_array_foreach(json_object_get(live_tpg, "luns"), i, l)
		if (int_of(l, "index") == lun)
			return lun_stays(p, l, wanted_tpg);
	return false;
}

static char *portal_key(json_t *portal)
{
	char *name = portal_canonical(str_of(portal, "ip_address"), int_of(portal, "port"));

	return name ? name : xstrdup("");
}

static json_t *same_portal(json_t *list, json_t *like)
{
	char *want = portal_key(like);
	json_t *e, *found = NULL;
	size_t i;

	json_array_foreach(list, i, e) {
		char *is = portal_key(e);

		if (!strcmp(is, want))
			found = e;
		free(is);
	}
	free(want);
	return found;
}

static void drop_mapped(struct planner *p, json_t *live_tpg, json_t *wanted_tpg, json_t *live,
			json_t *wanted, const char *path, const char *dir)
{
	json_t *m, *want;
	size_t i;

	json_array_foreach(json_object_get(live, "mapped_luns"), i, m) {
		want = same(json_object_get(wanted, "mapped_luns"), m, "index");
		if (want ? int_of(want, "tpg_lun") == int_of(m, "tpg_lun") : !p->exact)
			continue;
		/* Deleting the LUN deletes what is mapped to it. */
		if (lun_index_stays(p, live_tpg, wanted_tpg, int_of(m, "tpg_lun")))
			add(p, STEP_DELETE_MAPPED_LUN,
			    xasprintf("%s/mapped_lun%d", path, int_of(m, "index")),
			    xasprintf("%s/lun_%d", dir, int_of(m, "index")));
	}
}

static void drop_from_acls(struct planner *p, json_t *live, json_t *wanted, const char *path,
			   const char *dir)
{
	json_t *acl, *want;
	size_t i;

	json_array_foreach(json_object_get(live, "node_acls"), i, acl) {
		char *apath = xasprintf("%s/acls/%s", path, str_of(acl, "node_wwn"));
		char *adir = xasprintf("%s/acls/%s", dir, str_of(acl, "node_wwn"));

		want = same(json_object_get(wanted, "node_acls"), acl, "node_wwn");
		if (want)
			drop_mapped(p, live, wanted, acl, want, apath, adir);
		else if (p->exact)
			add(p, STEP_DELETE_ACL, xstrdup(apath), xstrdup(adir));
		free(apath);
		free(adir);
	}
}

static void drop_from_tpg(struct planner *p, json_t *live, json_t *wanted, const char *path,
			  const char *dir)
{
	json_t *e;
	size_t i;

	drop_from_acls(p, live, wanted, path, dir);
	json_array_foreach(json_object_get(live, "luns"), i, e)
		if (!lun_stays(p, e, wanted))
			add(p, STEP_DELETE_LUN,
			    xasprintf("%s/luns/lun%d", path, int_of(e, "index")),
			    xasprintf("%s/lun/lun_%d", dir, int_of(e, "index")));
	if (!p->exact)
		return;
	json_array_foreach(json_object_get(live, "portals"), i, e)
		if (!same_portal(json_object_get(wanted, "portals"), e))
			add(p, STEP_DELETE_PORTAL,
			    xasprintf("%s/portals/%s:%d", path, str_of(e, "ip_address"),
				      int_of(e, "port")),
			    xasprintf("%s/np/%s:%d", dir, str_of(e, "ip_address"),
				      int_of(e, "port")));
}

static bool wants_enabled(json_t *tpg)
{
	json_t *v = json_object_get(tpg, "enable");

	return !v || json_is_true(v) || (json_is_integer(v) && json_integer_value(v));
}

static void drop_from_target(struct planner *p, json_t *live, json_t *wanted, const char *path,
			     const char *dir)
{
	json_t *tpg, *want;
	size_t i;

	json_array_foreach(json_object_get(live, "tpgs"), i, tpg) {
		char *tpath = xasprintf("%s/tpg%d", path, int_of(tpg, "tag"));
		char *tdir = xasprintf("%s/tpgt_%d", dir, int_of(tpg, "tag"));

		want = same(json_object_get(wanted, "tpgs"), tpg, "tag");
		if (want && !wants_enabled(want) && wants_enabled(tpg))
			add_write(p, tpath, tdir, "enable", xstrdup("0"), "1");
		if (want)
			drop_from_tpg(p, tpg, want, tpath, tdir);
		else if (p->exact)
			add(p, STEP_DELETE_TPG, xstrdup(tpath), xstrdup(tdir));
		free(tpath);
		free(tdir);
	}
}

static void drop_from_targets(struct planner *p, json_t *live, json_t *wanted)
{
	json_t *target, *want;
	size_t i;

	json_array_foreach(json_object_get(live, "targets"), i, target) {
		char *path = xasprintf("/iscsi/%s", str_of(target, "wwn"));
		char *dir = xasprintf("target/%s/%s", p->ctx->fabric, str_of(target, "wwn"));

		want = same(json_object_get(wanted, "targets"), target, "wwn");
		if (want)
			drop_from_target(p, target, want, path, dir);
		else if (p->exact)
			add(p, STEP_DELETE_TARGET, xstrdup(path), xstrdup(dir));
		free(path);
		free(dir);
	}
}

/* What comes to targets */

static void grow_luns(struct planner *p, json_t *live, json_t *wanted, const char *path,
		      const char *dir)
{
	json_t *lun, *is;
	size_t i;

	json_array_foreach(json_object_get(wanted, "luns"), i, lun) {
		const char *gp = str_of(lun, "alua_tg_pt_gp_name"), *old;
		char *lpath = xasprintf("%s/luns/lun%d", path, int_of(lun, "index"));
		char *ldir = xasprintf("%s/lun/lun_%d", dir, int_of(lun, "index"));

		is = same(json_object_get(live, "luns"), lun, "index");
		if (is && !lun_stays(p, is, wanted))
			is = NULL;
		if (!is)
			add(p, STEP_CREATE_LUN, xstrdup(lpath), xstrdup(dir))->spec = lun;
		old = is ? str_of(is, "alua_tg_pt_gp_name") : "default_tg_pt_gp";
		if (gp && old && strcmp(gp, old))
			add_write(p, lpath, ldir, "alua_tg_pt_gp", xstrdup(gp), is ? old : NULL);
		free(lpath);
		free(ldir);
	}
}

static void grow_portal(struct planner *p, json_t *live, json_t *portal, const char *path,
			const char *dir)
{
	json_t *is = same_portal(json_object_get(live, "portals"), portal);
	char *name = portal_key(portal);
	char *ppath = xasprintf("%s/portals/%s", path, name);
	char *pdir = xasprintf("%s/np/%s", dir, name);

	if (!is)
		add(p, STEP_CREATE_PORTAL, xstrdup(ppath), xstrdup(dir))->value = xstrdup(name);
	if (json_is_true(json_object_get(portal, "iser")) &&
	    !json_is_true(json_object_get(is, "iser")))
		add_write(p, ppath, pdir, "iser", xstrdup("1"), is ? "0" : NULL);
	if (json_is_true(json_object_get(portal, "offload")) &&
	    !json_is_true(json_object_get(is, "offload")))
		add_write(p, ppath, pdir, "cxgbit", xstrdup("1"), is ? "0" : NULL);
	free(name);
	free(ppath);
	free(pdir);
}

/*
 * IPv4 first: the in-tree module takes 0.0.0.0 for an address that an IPv6
 * portal of the group has, and refuses it, but not the other way round.
 */
static void grow_portals(struct planner *p, json_t *live, json_t *wanted, const char *path,
			 const char *dir)
{
	json_t *portal;
	size_t i;

	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		json_array_foreach(json_object_get(wanted, "portals"), i, portal)
			if ((strchr(str_of(portal, "ip_address"), ':') != NULL) == ipv6)
				grow_portal(p, live, portal, path, dir);
}

static void grow_mapped(struct planner *p, json_t *live_tpg, json_t *wanted_tpg, json_t *live,
			json_t *wanted, const char *path, const char *dir)
{
	json_t *m, *is;
	size_t i;

	json_array_foreach(json_object_get(wanted, "mapped_luns"), i, m) {
		bool ro = json_is_true(json_object_get(m, "write_protect"));
		char *mpath = xasprintf("%s/mapped_lun%d", path, int_of(m, "index"));
		char *mdir = xasprintf("%s/lun_%d", dir, int_of(m, "index"));

		is = same(json_object_get(live, "mapped_luns"), m, "index");
		if (is && (int_of(is, "tpg_lun") != int_of(m, "tpg_lun") ||
			   !lun_index_stays(p, live_tpg, wanted_tpg, int_of(m, "tpg_lun"))))
			is = NULL;
		if (!is)
			add(p, STEP_CREATE_MAPPED_LUN, xstrdup(mpath), xstrdup(dir))->spec = m;
		else if (ro != json_is_true(json_object_get(is, "write_protect")))
			add_write(p, mpath, mdir, "write_protect", xstrdup(ro ? "1" : "0"),
				  ro ? "0" : "1");
		free(mpath);
		free(mdir);
	}
}

static void grow_acl(struct planner *p, json_t *live_tpg, json_t *wanted_tpg, json_t *live,
		     json_t *wanted, const char *path, const char *dir)
{
	json_t *depth = json_object_get(wanted, "tcq_depth");
	json_t *is_depth = json_object_get(live, "tcq_depth");
	const char *tag = str_of(wanted, "tag"), *old = str_of(live, "tag");

	if (!live)
		add(p, STEP_CREATE_ACL, xstrdup(path), xstrdup(dir));
	plan_attrs(p, live, wanted, "attributes", path, dir, "attrib");
	plan_auth(p, live, wanted, "chap", path, dir, "auth");
	if (depth && !json_equal(depth, is_depth)) {
		char *text = is_depth ? attr_text(is_depth) : NULL;

		add_write(p, path, dir, "cmdsn_depth", attr_text(depth), text);
		free(text);
	}
	if (tag && *tag && (!old || strcmp(tag, old)))
		add_write(p, path, dir, "tag", xstrdup(tag), old || !live ? old : "");
	else if (p->exact && old && *old && !(tag && *tag))
		add_write(p, path, dir, "tag", xstrdup("NULL"), old);
	grow_mapped(p, live_tpg, wanted_tpg, live, wanted, path, dir);
}

static void grow_acls(struct planner *p, json_t *live, json_t *wanted, const char *path,
		      const char *dir)
{
	json_t *acl;
	size_t i;

	json_array_foreach(json_object_get(wanted, "node_acls"), i, acl) {
		char *apath = xasprintf("%s/acls/%s", path, str_of(acl, "node_wwn"));
		char *adir = xasprintf("%s/acls/%s", dir, str_of(acl, "node_wwn"));

		grow_acl(p, live, wanted, same(json_object_get(live, "node_acls"), acl,
					       "node_wwn"), acl, apath, adir);
		free(apath);
		free(adir);
	}
}

static void grow_tpg(struct planner *p, json_t *live, json_t *wanted, const char *path,
		     const char *dir)
{
	if (!live)
		add(p, STEP_CREATE_TPG, xstrdup(path), xstrdup(dir));
	plan_attrs(p, live, wanted, "attributes", path, dir, "attrib");
	plan_attrs(p, live, wanted, "parameters", path, dir, "param");
	plan_auth(p, live, wanted, "chap", path, dir, "auth");
	grow_luns(p, live, wanted, path, dir);
	grow_portals(p, live, wanted, path, dir);
	grow_acls(p, live, wanted, path, dir);
	if (wants_enabled(wanted) && !(live && wants_enabled(live)))
		add_write(p, path, dir, "enable", xstrdup("1"), live ? "0" : NULL);
}

/* A list as it is written to an attribute; 'def' when there is none. */
static char *list_text(json_t *of, const char *key, const char *def)
{
	json_t *list = json_object_get(of, key), *v;
	struct strbuf out = { 0 };
	size_t i;

	if (!json_is_array(list))
		return xstrdup(def);
	json_array_foreach(list, i, v)
		sb_addf(&out, "%s%s", i ? " " : "",
			json_is_string(v) ? json_string_value(v) : "");
	return out.s ? out.s : xstrdup("\n");	/* an empty write would be none */
}

static void plan_admission_list(struct planner *p, json_t *is, json_t *want, const char *key,
				const char *def, const char *path, const char *dir)
{
	char *old = list_text(is, key, def), *new = list_text(want, key, def);
	char *attr = xasprintf("admission/%s", key);

	if (strcmp(old, new))
		add_write(p, path, dir, attr, xstrdup(new), old);
	free(attr);
	free(old);
	free(new);
}

static void plan_accounts(struct planner *p, json_t *is, json_t *want, const char *path,
			  const char *dir)
{
	json_t *have = json_object_get(is, "accounts"), *v;
	json_t *wanted = json_object_get(want, "accounts");
	const char *user;

	json_object_foreach(have, user, v)
		if (p->exact && !json_object_get(wanted, user))
			add(p, STEP_DELETE_ACCOUNT, xasprintf("%s/accounts/%s", path, user),
			    xasprintf("%s/accounts/%s", dir, user));
	json_object_foreach(wanted, user, v) {
		char *apath = xasprintf("%s/accounts/%s", path, user);
		char *attr = xasprintf("accounts/%s/password", user);

		if (!json_object_get(have, user))
			add(p, STEP_CREATE_ACCOUNT, xstrdup(apath), xstrdup(dir))->value =
				xstrdup(user);
		if (!json_equal(json_object_get(have, user), v))
			add_write(p, apath, dir, attr, attr_text(v), NULL);
		free(apath);
		free(attr);
	}
}

/* Who may log in, before the target is there for anybody. */
static void plan_admission(struct planner *p, bool exists, const char *iqn, const char *path,
			   const char *dir)
{
	json_t *is = exists ? extra_of(p->live_extra, "targets", iqn) : NULL;
	json_t *want = extra_of(p->wanted_extra, "targets", iqn);
	bool was = !json_is_false(json_object_get(is, "accept_logins"));
	bool on = !json_is_false(json_object_get(want, "accept_logins"));

	if (!want && !p->exact)
		return;
	plan_admission_list(p, is, want, "allowed_addresses", "ALL", path, dir);
	plan_admission_list(p, is, want, "allowed_initiators", "\n", path, dir);
	plan_accounts(p, is, want, path, dir);
	if (was != on)
		add_write(p, path, dir, "admission/accept_logins", xstrdup(on ? "1" : "0"),
			  was ? "1" : "0");
}

static void grow_target(struct planner *p, json_t *live, json_t *wanted)
{
	char *path = xasprintf("/iscsi/%s", str_of(wanted, "wwn"));
	char *dir = xasprintf("target/%s/%s", p->ctx->fabric, str_of(wanted, "wwn"));
	json_t *tpg;
	size_t i;

	if (!live)
		add(p, STEP_CREATE_TARGET, xstrdup(path), xstrdup(dir));
	plan_admission(p, live != NULL, str_of(wanted, "wwn"), path, dir);
	plan_attrs(p, live, wanted, "parameters", path, dir, "param");
	json_array_foreach(json_object_get(wanted, "tpgs"), i, tpg) {
		char *tpath = xasprintf("%s/tpg%d", path, int_of(tpg, "tag"));
		char *tdir = xasprintf("%s/tpgt_%d", dir, int_of(tpg, "tag"));

		grow_tpg(p, same(json_object_get(live, "tpgs"), tpg, "tag"), tpg, tpath, tdir);
		free(tpath);
		free(tdir);
	}
	free(path);
	free(dir);
}

/* Discovery */

static json_t *fabric_of(struct planner *p, json_t *config)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(config, "fabric_modules"), i, f)
		if (str_of(f, "name") && !strcmp(str_of(f, "name"), p->ctx->fabric))
			return f;
	return NULL;
}

static void plan_discovery(struct planner *p, json_t *live, json_t *wanted)
{
	char *dir = xasprintf("target/%s", p->ctx->fabric);
	json_t *is = fabric_of(p, live), *want = fabric_of(p, wanted);
	bool on = json_is_true(json_object_get(want, "discovery_enable_auth"));
	bool was = json_is_true(json_object_get(is, "discovery_enable_auth"));

	if (want || p->exact)
		plan_auth(p, is, want, "discovery", "/iscsi discovery_auth", dir,
			  "discovery_auth");
	if ((want || p->exact) && on != was)
		add_write(p, "/iscsi discovery_auth", dir,
			  "discovery_auth/enforce_discovery_auth", xstrdup(on ? "1" : "0"),
			  was ? "1" : "0");
	free(dir);
}

/* Somebody else may use a storage object that would have to be made anew. */
static int check_gone(struct planner *p, json_t *wanted)
{
	const char *path;
	json_t *v;

	json_object_foreach(p->gone, path, v)
		if (!p->remake && json_object_get(wanted, path))
			return fail_plain(p->ctx, -EEXIST,
					  "%s exists with another device, size or serial number; delete it first, or say clear_existing=true",
					  path);
	return 0;
}

int plan_make(struct ctx *ctx, json_t *live, json_t *wanted, unsigned int flags, struct plan *plan)
{
	struct planner p = {
		.ctx = ctx, .plan = plan, .gone = json_object(),
		.exact = flags & APPLY_EXACT, .remake = flags & APPLY_REMAKE,
		.live_extra = json_object_get(live, "targetcli_lite"),
		.wanted_extra = json_object_get(wanted, "targetcli_lite"),
	};
	json_t *live_sos = index_sos(live), *wanted_sos = index_sos(wanted), *target;
	size_t i;
	int err;

	find_gone(&p, live_sos, wanted_sos);
	err = check_gone(&p, wanted_sos);
	if (err)
		goto out;
	drop_from_targets(&p, live, wanted);
	plan_sos(&p, live_sos, wanted_sos);
	plan_discovery(&p, live, wanted);
	json_array_foreach(json_object_get(wanted, "targets"), i, target)
		grow_target(&p, same(json_object_get(live, "targets"), target, "wwn"), target);
out:
	json_decref(p.gone);
	json_decref(live_sos);
	json_decref(wanted_sos);
	return err;
}
