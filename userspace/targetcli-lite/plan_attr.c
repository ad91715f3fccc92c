// SPDX-License-Identifier: GPL-2.0
/* Compare the attributes of an object, its CHAP accounts, and who may log in to it. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

json_t *same_in(json_t *list, json_t *like, const char *key)
{
	json_t *want = json_object_get(like, key), *e;
	size_t i;

	json_array_foreach(list, i, e)
		if (json_equal(json_object_get(e, key), want))
			return e;
	return NULL;
}

char *attr_text(json_t *v)
{
	if (json_is_integer(v))
		return xasprintf("%lld", (long long)json_integer_value(v));
	if (json_is_boolean(v))
		return xstrdup(json_is_true(v) ? "1" : "0");
	return xstrdup(json_is_string(v) ? json_string_value(v) : "");
}

json_t *extra_of(json_t *extra, const char *kind, const char *name)
{
	return json_object_get(json_object_get(extra, kind), name);
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

void plan_attr(struct planner *p, const char *path, const char *dir, const char *attr,
	       const char *want, const char *is)
{
	struct strbuf now = { 0 };
	int err = is || *dir == '@' ? 0 : cfs_read(&p->ctx->cfs, &now, "%s/%s", dir, attr);

	if (!is && !err && *dir != '@')
		is = sb_str(&now);
	if (!is || strcmp(want, is))
		plan_write(p, path, dir, attr, xstrdup(want), is)->absent = err == -ENOENT;
	sb_free(&now);
}

void plan_attrs(struct planner *p, json_t *live, json_t *wanted, const char *key,
		const char *path, const char *dir, const char *sub)
{
	json_t *have = json_object_get(live, key), *v;
	const char *name;

	json_object_foreach(json_object_get(wanted, key), name, v) {
		json_t *now = json_object_get(have, name);
		char *want = attr_text(v), *is = now ? attr_text(now) : NULL;
		char *attr = xasprintf("%s/%s", sub, name);

		if (!json_is_null(v) && live)
			plan_attr(p, path, dir, attr, want, is);
		else if (!json_is_null(v))
			plan_write(p, path, dir, attr, xstrdup(want), NULL)->is_default =
				is_default(dir, sub, name, want);
		free(attr);
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

void plan_auth(struct planner *p, json_t *live, json_t *wanted, const char *prefix,
	       const char *path, const char *dir, const char *sub)
{
	for (size_t i = 0; i < ARRAY_SIZE(auth_files); i++) {
		char *key = xasprintf("%s_%s", prefix, auth_files[i][0]);
		char *attr = xasprintf("%s/%s", sub, auth_files[i][1]);
		const char *want = str_of(wanted, key), *is = str_of(live, key);

		if (want && *want && (!is || strcmp(want, is)))
			plan_write(p, path, dir, attr, xstrdup(want), is || !live ? is : "");
		else if ((!want || !*want) && is && p->exact)
			plan_write(p, path, dir, attr, xstrdup("NULL"), is);
		free(key);
		free(attr);
	}
}

/* Admission to a target */

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
		plan_write(p, path, dir, attr, xstrdup(new), old);
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
			plan_add(p, STEP_DELETE_ACCOUNT, xasprintf("%s/accounts/%s", path, user),
				 xasprintf("%s/accounts/%s", dir, user));
	json_object_foreach(wanted, user, v) {
		char *apath = xasprintf("%s/accounts/%s", path, user);
		char *attr = xasprintf("accounts/%s/password", user);

		if (!json_object_get(have, user))
			plan_add(p, STEP_CREATE_ACCOUNT, xstrdup(apath), xstrdup(dir))->value =
				xstrdup(user);
		if (!json_equal(json_object_get(have, user), v))
			plan_write(p, apath, dir, attr, attr_text(v), NULL);
		free(apath);
		free(attr);
	}
}

void plan_admission(struct planner *p, bool exists, const char *iqn, const char *path,
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
		plan_write(p, path, dir, "admission/accept_logins", xstrdup(on ? "1" : "0"),
			   was ? "1" : "0");
}

/* Tuning of a target */

static json_int_t busy_poll(json_t *extra)
{
	return json_integer_value(json_object_get(extra, "busy_poll"));
}

void plan_tuning(struct planner *p, bool exists, const char *iqn, const char *path, const char *dir)
{
	json_t *is = exists ? extra_of(p->live_extra, "targets", iqn) : NULL;
	json_t *want = extra_of(p->wanted_extra, "targets", iqn);
	json_int_t old = busy_poll(is), new = busy_poll(want);
	char text[24];

	if (old == new || (!want && !p->exact))
		return;
	snprintf(text, sizeof(text), "%lld", (long long)new);
	if (exists)	/* 0 may be that the kernel module has none such */
		plan_attr(p, path, dir, "tuning/busy_poll", text, NULL);
	else
		plan_write(p, path, dir, "tuning/busy_poll", xstrdup(text), "0");
}
