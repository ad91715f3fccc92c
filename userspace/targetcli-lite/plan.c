// SPDX-License-Identifier: GPL-2.0
/*
 * Compare a wanted configuration with the live one. The steps come in an order
 * that always works: what must go goes from the leaves up, then storage objects
 * come and go, then targets grow from the root down and are enabled last.
 */
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "plan.h"

/* What goes from targets */

/* Does a live LUN stay as it is? */
static bool lun_stays(struct planner *p, json_t *live, json_t *wanted_tpg)
{
	json_t *want = same_in(json_object_get(wanted_tpg, "luns"), live, "index");
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

static void drop_mapped(struct planner *p, json_t *live_tpg, json_t *wanted_tpg, json_t *live,
			json_t *wanted, const char *path, const char *dir)
{
	json_t *m, *want;
	size_t i;

	json_array_foreach(json_object_get(live, "mapped_luns"), i, m) {
		want = same_in(json_object_get(wanted, "mapped_luns"), m, "index");
		if (want ? int_of(want, "tpg_lun") == int_of(m, "tpg_lun") : !p->exact)
			continue;
		/* Deleting the LUN deletes what is mapped to it. */
		if (lun_index_stays(p, live_tpg, wanted_tpg, int_of(m, "tpg_lun")))
			plan_add(p, STEP_DELETE_MAPPED_LUN,
				 xasprintf("%s/mapped_lun%d", path, int_of(m, "index")),
				 xasprintf("%s/lun_%d", dir, int_of(m, "index")));
	}
	if (p->exact) {
		char *mapped = xasprintf("%s/mapped_lun", path);

		plan_left_links(p, json_object_get(live, "mapped_luns"),
				json_object_get(wanted, "mapped_luns"), STEP_DELETE_MAPPED_LUN,
				mapped, dir);
		free(mapped);
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

		want = same_in(json_object_get(wanted, "node_acls"), acl, "node_wwn");
		if (want)
			drop_mapped(p, live, wanted, acl, want, apath, adir);
		else if (p->exact)
			plan_add(p, STEP_DELETE_ACL, xstrdup(apath), xstrdup(adir));
		free(apath);
		free(adir);
	}
}

static void drop_left_luns(struct planner *p, json_t *live, json_t *wanted, const char *path,
			   const char *dir)
{
	char *luns = xasprintf("%s/luns/lun", path), *where = xasprintf("%s/lun", dir);

	plan_left_links(p, json_object_get(live, "luns"), json_object_get(wanted, "luns"),
			STEP_DELETE_LUN, luns, where);
	free(luns);
	free(where);
}

static void drop_from_tpg(struct planner *p, json_t *live, json_t *wanted, const char *path,
			  const char *dir)
{
	json_t *e;
	size_t i;

	drop_from_acls(p, live, wanted, path, dir);
	json_array_foreach(json_object_get(live, "luns"), i, e)
		if (!lun_stays(p, e, wanted))
			plan_add(p, STEP_DELETE_LUN,
				 xasprintf("%s/luns/lun%d", path, int_of(e, "index")),
				 xasprintf("%s/lun/lun_%d", dir, int_of(e, "index")));
	if (!p->exact)
		return;
	drop_left_luns(p, live, wanted, path, dir);
	json_array_foreach(json_object_get(live, "portals"), i, e)
		if (!portal_in(json_object_get(wanted, "portals"), e))
			plan_add(p, STEP_DELETE_PORTAL,
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

		want = same_in(json_object_get(wanted, "tpgs"), tpg, "tag");
		if (want && !wants_enabled(want) && wants_enabled(tpg))
			plan_write(p, tpath, tdir, "enable", xstrdup("0"), "1");
		if (want)
			drop_from_tpg(p, tpg, want, tpath, tdir);
		else if (p->exact)
			plan_add(p, STEP_DELETE_TPG, xstrdup(tpath), xstrdup(tdir));
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

		want = same_in(json_object_get(wanted, "targets"), target, "wwn");
		if (want)
			drop_from_target(p, target, want, path, dir);
		else if (p->exact)
			plan_add(p, STEP_DELETE_TARGET, xstrdup(path), xstrdup(dir));
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

		is = same_in(json_object_get(live, "luns"), lun, "index");
		if (is && !lun_stays(p, is, wanted))
			is = NULL;
		if (!is)
			plan_add(p, STEP_CREATE_LUN, xstrdup(lpath), xstrdup(dir))->spec = lun;
		old = is ? str_of(is, "alua_tg_pt_gp_name") : "default_tg_pt_gp";
		if (gp && old && strcmp(gp, old))
			plan_write(p, lpath, ldir, "alua_tg_pt_gp", xstrdup(gp), is ? old : NULL);
		free(lpath);
		free(ldir);
	}
}

static void grow_portal(struct planner *p, json_t *live, json_t *portal, const char *path,
			const char *dir)
{
	json_t *is = portal_in(json_object_get(live, "portals"), portal);
	char *name = portal_key(portal);
	char *ppath = xasprintf("%s/portals/%s", path, name);
	char *pdir = xasprintf("%s/np/%s", dir, name);

	if (!is)
		plan_add(p, STEP_CREATE_PORTAL, xstrdup(ppath), xstrdup(dir))->value =
			xstrdup(name);
	if (json_is_true(json_object_get(portal, "iser")) &&
	    !json_is_true(json_object_get(is, "iser")))
		plan_write(p, ppath, pdir, "iser", xstrdup("1"), is ? "0" : NULL);
	if (json_is_true(json_object_get(portal, "offload")) &&
	    !json_is_true(json_object_get(is, "offload")))
		plan_write(p, ppath, pdir, "cxgbit", xstrdup("1"), is ? "0" : NULL);
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

		is = same_in(json_object_get(live, "mapped_luns"), m, "index");
		if (is && (int_of(is, "tpg_lun") != int_of(m, "tpg_lun") ||
			   !lun_index_stays(p, live_tpg, wanted_tpg, int_of(m, "tpg_lun"))))
			is = NULL;
		if (!is)
			plan_add(p, STEP_CREATE_MAPPED_LUN, xstrdup(mpath), xstrdup(dir))->spec = m;
		else if (ro != json_is_true(json_object_get(is, "write_protect")))
			plan_write(p, mpath, mdir, "write_protect", xstrdup(ro ? "1" : "0"),
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
		plan_add(p, STEP_CREATE_ACL, xstrdup(path), xstrdup(dir));
	plan_attrs(p, live, wanted, "attributes", path, dir, "attrib");
	plan_auth(p, live, wanted, "chap", path, dir, "auth");
	if (depth && !json_equal(depth, is_depth)) {
		char *text = is_depth ? attr_text(is_depth) : NULL;

		plan_write(p, path, dir, "cmdsn_depth", attr_text(depth), text);
		free(text);
	}
	if (tag && *tag && (!old || strcmp(tag, old)))
		plan_write(p, path, dir, "tag", xstrdup(tag), old || !live ? old : "");
	else if (p->exact && old && *old && !(tag && *tag))
		plan_write(p, path, dir, "tag", xstrdup("NULL"), old);
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

		grow_acl(p, live, wanted, same_in(json_object_get(live, "node_acls"), acl,
						  "node_wwn"), acl, apath, adir);
		free(apath);
		free(adir);
	}
}

static void grow_tpg(struct planner *p, json_t *live, json_t *wanted, const char *path,
		     const char *dir)
{
	if (!live)
		plan_add(p, STEP_CREATE_TPG, xstrdup(path), xstrdup(dir));
	plan_attrs(p, live, wanted, "attributes", path, dir, "attrib");
	plan_attrs(p, live, wanted, "parameters", path, dir, "param");
	plan_auth(p, live, wanted, "chap", path, dir, "auth");
	grow_luns(p, live, wanted, path, dir);
	grow_portals(p, live, wanted, path, dir);
	grow_acls(p, live, wanted, path, dir);
	if (wants_enabled(wanted) && !(live && wants_enabled(live)))
		plan_write(p, path, dir, "enable", xstrdup("1"), live ? "0" : NULL);
}

static void grow_target(struct planner *p, json_t *live, json_t *wanted)
{
	char *path = xasprintf("/iscsi/%s", str_of(wanted, "wwn"));
	char *dir = xasprintf("target/%s/%s", p->ctx->fabric, str_of(wanted, "wwn"));
	json_t *tpg;
	size_t i;

	if (!live)
		plan_add(p, STEP_CREATE_TARGET, xstrdup(path), xstrdup(dir));
	plan_admission(p, live != NULL, str_of(wanted, "wwn"), path, dir);
	plan_tuning(p, live != NULL, str_of(wanted, "wwn"), path, dir);
	plan_attrs(p, live, wanted, "parameters", path, dir, "param");
	json_array_foreach(json_object_get(wanted, "tpgs"), i, tpg) {
		char *tpath = xasprintf("%s/tpg%d", path, int_of(tpg, "tag"));
		char *tdir = xasprintf("%s/tpgt_%d", dir, int_of(tpg, "tag"));

		grow_tpg(p, same_in(json_object_get(live, "tpgs"), tpg, "tag"), tpg, tpath, tdir);
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
		plan_write(p, "/iscsi discovery_auth", dir,
			   "discovery_auth/enforce_discovery_auth", xstrdup(on ? "1" : "0"),
			   was ? "1" : "0");
	free(dir);
}

int plan_make(struct ctx *ctx, json_t *live, json_t *wanted, unsigned int flags, struct plan *plan)
{
	struct planner p = {
		.ctx = ctx, .plan = plan, .gone = json_object(),
		.exact = flags & APPLY_EXACT, .remake = flags & APPLY_REMAKE,
		.live_extra = json_object_get(live, "targetcli_lite"),
		.wanted_extra = json_object_get(wanted, "targetcli_lite"),
	};
	json_t *live_sos = plan_index_sos(live), *wanted_sos = plan_index_sos(wanted), *target;
	size_t i;
	int err;

	err = plan_gone(&p, live_sos, wanted_sos);
	if (err)
		goto out;
	drop_from_targets(&p, live, wanted);
	if (flags & APPLY_LEFTOVERS)
		plan_left_sos(&p);
	plan_sos(&p, live_sos, wanted_sos);
	plan_discovery(&p, live, wanted);
	json_array_foreach(json_object_get(wanted, "targets"), i, target)
		grow_target(&p, same_in(json_object_get(live, "targets"), target, "wwn"), target);
out:
	json_decref(p.gone);
	json_decref(live_sos);
	json_decref(wanted_sos);
	return err;
}
