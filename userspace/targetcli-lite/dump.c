// SPDX-License-Identifier: GPL-2.0
/* Read the live configuration into JSON, in rtslib's format. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "iscsi.h"
#include "minsecret.h"
#include "model.h"
#include "schema.h"
#include "so.h"

/* rtslib keeps a value that is a number as a number. */
static json_t *number_json(const char *s)
{
	int64_t n;

	return parse_int(s, &n) && !starts_with(s, "0x") ? json_integer(n) : json_string(s);
}

static json_t *value_json(struct ctx *ctx, const char *s, bool numbers)
{
	return numbers && !utf8_error(s) ? number_json(s) : text_json(ctx, s);
}

/* The schema knows most attributes, which saves asking the kernel. */
static bool is_settable(struct ctx *ctx, const struct schema_node *schema, const char *dir,
			const char *name)
{
	const struct schema_attr *attr = schema ? schema_attr(schema, name) : NULL;
	int mode;

	if (attr)
		return attr->access == A_RW;
	mode = cfs_mode(&ctx->cfs, "%s/%s", dir, name);
	return mode >= 0 && mode & S_IRUSR && mode & S_IWUSR;
}

/* All attributes of 'dir/sub' that can be read and written; NULL when none. */
static json_t *dump_attrs(struct ctx *ctx, const char *dir, const char *sub, bool numbers)
{
	char *full = xasprintf("%s/%s", dir, sub);
	const struct schema_node *schema = schema_match(full);
	struct strlist names = { 0 };
	struct strbuf v = { 0 };
	json_t *out = json_object();

	cfs_list(&ctx->cfs, &names, CFS_FILES, "%s", full);
	for (size_t i = 0; i < names.n; i++)
		if (is_settable(ctx, schema, full, names.v[i]) &&
		    !cfs_read(&ctx->cfs, &v, "%s/%s", full, names.v[i]))
			json_object_set_new(out, names.v[i], value_json(ctx, sb_str(&v), numbers));
	sl_free(&names);
	sb_free(&v);
	free(full);
	if (json_object_size(out))
		return out;
	json_decref(out);
	return NULL;
}

static void put_attrs(struct ctx *ctx, json_t *out, const char *dir, const char *sub,
		      const char *key, bool numbers)
{
	json_t *attrs = dump_attrs(ctx, dir, sub, numbers);

	if (attrs)
		json_object_set_new(out, key, attrs);
}

static void put_bool(struct ctx *ctx, json_t *out, const char *key, const char *dir,
		     const char *attr)
{
	json_object_set_new(out, key, json_boolean(cfs_is_on(&ctx->cfs, "%s/%s", dir, attr)));
}

/* CHAP names and secrets that are set, as PREFIX_userid and so on. */
static void put_auth(struct ctx *ctx, json_t *out, const char *dir, const char *prefix)
{
	static const char *const names[][2] = {
		{ "userid", "userid" },
		{ "password", "password" },
		{ "userid_mutual", "mutual_userid" },
		{ "password_mutual", "mutual_password" },
	};
	struct strbuf v = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *key;

		if (cfs_read(&ctx->cfs, &v, "%s/%s", dir, names[i][0]) || !v.len ||
		    !strcmp(v.s, "NULL"))
			continue;
		key = xasprintf("%s_%s", prefix, names[i][1]);
		json_object_set_new(out, key, text_json(ctx, v.s));
		free(key);
	}
	sb_wipe(&v);
}

/* ALUA */

static const char *const alua_params[] = {
	"alua_access_state", "alua_access_status", "alua_write_metadata",
	"alua_access_type", "preferred", "nonop_delay_msecs", "trans_delay_msecs",
	"implicit_trans_secs", "alua_support_offline", "alua_support_standby",
	"alua_support_transitioning", "alua_support_active_nonoptimized",
	"alua_support_unavailable", "alua_support_active_optimized", "tg_pt_gp_id",
};

/* The kernel shows words where it wants their number. */
json_t *alua_value(const char *name, const char *s)
{
	static const char *const types[] = {
		"None", "Implicit", "Explicit", "Implicit and Explicit",
	};
	static const char *const statuses[] = {
		"None", "Altered by Explicit STPG", "Altered by Implicit ALUA",
	};
	bool type = !strcmp(name, "alua_access_type");

	if (!type && strcmp(name, "alua_access_status"))
		return number_json(s);
	for (size_t i = 0; i < (type ? ARRAY_SIZE(types) : ARRAY_SIZE(statuses)); i++)
		if (!strcmp(type ? types[i] : statuses[i], s))
			return json_integer(i);
	return number_json(s);
}

json_t *dump_alua(struct ctx *ctx, const char *so, const char *name)
{
	json_t *out = json_pack("{s:o}", "name", text_json(ctx, name));
	struct strbuf v = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(alua_params); i++)
		if (!cfs_read(&ctx->cfs, &v, "%s/alua/%s/%s", so, name, alua_params[i]))
			json_object_set_new(out, alua_params[i],
					    alua_value(alua_params[i], sb_str(&v)));
	sb_free(&v);
	return out;
}

/* Call 'dump' for each directory that starts with 'prefix'; a list of results. */
static json_t *dump_each(struct ctx *ctx, const char *dir, const char *prefix,
			 json_t *(*dump)(struct ctx *, const char *, const char *))
{
	struct strlist names = { 0 };
	json_t *out = json_array(), *one;

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", dir);
	for (size_t i = 0; i < names.n; i++)
		if (starts_with(names.v[i], prefix)) {
			one = dump(ctx, dir, names.v[i]);
			if (one)
				json_array_append_new(out, one);
		}
	sl_free(&names);
	return out;
}

static json_t *dump_alua_entry(struct ctx *ctx, const char *dir, const char *name)
{
	char *so = xstrndup(dir, strlen(dir) - strlen("/alua"));
	json_t *out = dump_alua(ctx, so, name);

	free(so);
	return out;
}

/* Storage objects */

json_t *dump_so(struct ctx *ctx, const char *dir)
{
	const char *hba = after(dir, "target/core/");
	const struct plugin *plugin = plugin_by_hba(hba);
	struct strbuf info = { 0 }, wwn = { 0 };
	json_t *out = json_object();
	char *alua = xasprintf("%s/alua", dir);

	cfs_read(&ctx->cfs, &info, "%s/info", dir);
	json_object_set_new(out, "name", text_json(ctx, strrchr(dir, '/') + 1));
	json_object_set_new(out, "plugin", json_string(plugin->name));
	put_attrs(ctx, out, dir, "attrib", "attributes", true);
	if (!so_wwn(ctx, dir, &wwn))
		json_object_set_new(out, "wwn", text_json(ctx, sb_str(&wwn)));
	plugin->dump(ctx, dir, sb_str(&info), out);
	json_object_set_new(out, "alua_tpgs", dump_each(ctx, alua, "", dump_alua_entry));
	sb_free(&info);
	sb_free(&wwn);
	free(alua);
	return out;
}

/* A storage object, and in 'inquiry', by its path, what its INQUIRY says. */
static json_t *dump_so_and_inquiry(struct ctx *ctx, const char *dir, json_t *inquiry)
{
	json_t *so = dump_so(ctx, dir), *attrs = json_object_get(so, "attributes"), *says;
	const char *plugin = str_of(so, "plugin");
	char *path;

	says = dump_inquiry(ctx, plugin_by_name(plugin), dir, json_integer_value(
			    json_object_get(attrs, "emulate_model_alias")) == 1);
	if (says) {
		path = xasprintf("/backstores/%s/%s", plugin, strrchr(dir, '/') + 1);
		json_object_set_new(inquiry, path, says);
		free(path);
	}
	return so;
}

static json_t *dump_sos(struct ctx *ctx, json_t *inquiry)
{
	struct strlist hbas = { 0 };
	json_t *out = json_array();

	cfs_list(&ctx->cfs, &hbas, CFS_DIRS, "target/core");
	for (size_t i = 0; i < hbas.n; i++) {
		struct strlist names = { 0 };

		if (plugin_by_hba(hbas.v[i]))
			cfs_list(&ctx->cfs, &names, CFS_DIRS, "target/core/%s", hbas.v[i]);
		for (size_t j = 0; j < names.n; j++) {
			char *dir = xasprintf("target/core/%s/%s", hbas.v[i], names.v[j]);

			if (so_is_enabled(ctx, dir))
				json_array_append_new(out, dump_so_and_inquiry(ctx, dir, inquiry));
			free(dir);
		}
		sl_free(&names);
	}
	sl_free(&hbas);
	return out;
}

/* Targets */

json_t *dump_lun(struct ctx *ctx, const char *dir, const char *name)
{
	struct strbuf alias = { 0 }, so = { 0 }, path = { 0 }, gp = { 0 };
	json_t *out = NULL;
	const char *gp_name;

	if (cfs_link(&ctx->cfs, &alias, &so, "%s/%s", dir, name) ||
	    !so_shown_path(so.s, &path))
		goto out;
	out = json_pack("{s:i, s:o, s:o}", "index", atoi(name + strlen("lun_")), "alias",
			text_json(ctx, alias.s), "storage_object", text_json(ctx, path.s));
	cfs_read(&ctx->cfs, &gp, "%s/%s/alua_tg_pt_gp", dir, name);
	gp_name = after(sb_str(&gp), "TG Port Alias: ");
	json_object_set_new(out, "alua_tg_pt_gp_name", gp_name ?
			    json_stringn(gp_name, strcspn(gp_name, "\n")) : json_null());
out:
	sb_free(&alias);
	sb_free(&so);
	sb_free(&path);
	sb_free(&gp);
	return out;
}

json_t *dump_portal(struct ctx *ctx, const char *dir, const char *name)
{
	const char *colon = strrchr(name, ':');
	char *full = xasprintf("%s/%s", dir, name);
	json_t *out;

	if (!colon) {
		free(full);
		return NULL;
	}
	out = json_pack("{s:s%, s:i}", "ip_address", name, (size_t)(colon - name), "port",
			atoi(colon + 1));
	put_bool(ctx, out, "iser", full, "iser");
	put_bool(ctx, out, "offload", full, "cxgbit");
	free(full);
	return out;
}

json_t *dump_mapped_lun(struct ctx *ctx, const char *dir, const char *name)
{
	unsigned int index = atoi(name + strlen("lun_"));
	int lun = mapped_lun_target(ctx, dir, index);
	char *full = xasprintf("%s/%s", dir, name);
	struct strbuf alias = { 0 };
	json_t *out = NULL;

	if (lun >= 0 && !cfs_link(&ctx->cfs, &alias, NULL, "%s", full)) {
		out = json_pack("{s:i, s:i, s:o}", "index", index, "tpg_lun", lun, "alias",
				text_json(ctx, alias.s));
		put_bool(ctx, out, "write_protect", full, "write_protect");
	}
	sb_free(&alias);
	free(full);
	return out;
}

json_t *dump_acl(struct ctx *ctx, const char *dir)
{
	json_t *out = json_pack("{s:o}", "node_wwn", text_json(ctx, strrchr(dir, '/') + 1));
	char *auth = xasprintf("%s/auth", dir);
	struct strbuf v = { 0 };

	put_attrs(ctx, out, dir, "attrib", "attributes", true);
	put_auth(ctx, out, auth, "chap");
	if (!cfs_read(&ctx->cfs, &v, "%s/tag", dir) && v.len)
		json_object_set_new(out, "tag", text_json(ctx, v.s));
	if (!cfs_read(&ctx->cfs, &v, "%s/cmdsn_depth", dir) && v.len)
		json_object_set_new(out, "tcq_depth", value_json(ctx, v.s, true));
	json_object_set_new(out, "mapped_luns", dump_each(ctx, dir, "lun_", dump_mapped_lun));
	sb_free(&v);
	free(auth);
	return out;
}

static json_t *dump_acl_entry(struct ctx *ctx, const char *dir, const char *name)
{
	char *full = xasprintf("%s/%s", dir, name);
	json_t *out = dump_acl(ctx, full);

	free(full);
	return out;
}

static void put_parts(struct ctx *ctx, json_t *out, const char *dir, const char *sub,
		      const char *prefix, const char *key,
		      json_t *(*dump)(struct ctx *, const char *, const char *))
{
	char *full = xasprintf("%s/%s", dir, sub);

	json_object_set_new(out, key, dump_each(ctx, full, prefix, dump));
	free(full);
}

json_t *dump_tpg(struct ctx *ctx, const char *dir)
{
	json_t *out = json_pack("{s:i}", "tag", atoi(strrchr(dir, '_') + 1));
	char *auth = xasprintf("%s/auth", dir);

	put_bool(ctx, out, "enable", dir, "enable");
	put_attrs(ctx, out, dir, "attrib", "attributes", true);
	put_attrs(ctx, out, dir, "param", "parameters", false);
	put_auth(ctx, out, auth, "chap");
	put_parts(ctx, out, dir, "lun", "lun_", "luns", dump_lun);
	put_parts(ctx, out, dir, "np", "", "portals", dump_portal);
	put_parts(ctx, out, dir, "acls", "", "node_acls", dump_acl_entry);
	free(auth);
	return out;
}

static json_t *dump_tpg_entry(struct ctx *ctx, const char *dir, const char *name)
{
	char *full = xasprintf("%s/%s", dir, name);
	json_t *out = dump_tpg(ctx, full);

	free(full);
	return out;
}

static json_t *dump_target(struct ctx *ctx, const char *dir, const char *name)
{
	char *full;
	json_t *out;

	if (!strcmp(name, "discovery_auth"))
		return NULL;
	full = xasprintf("%s/%s", dir, name);
	out = json_pack("{s:s, s:s, s:o}", "wwn", name, "fabric", ctx->fabric, "tpgs",
			dump_each(ctx, full, "tpgt_", dump_tpg_entry));
	put_attrs(ctx, out, full, "param", "parameters", false);
	free(full);
	return out;
}

/* rtslib saves the discovery's CHAP only while it is enforced. */
static json_t *dump_fabrics(struct ctx *ctx, const char *dir)
{
	char *auth = xasprintf("%s/discovery_auth", dir);
	json_t *out = json_array(), *fabric = json_pack("{s:s}", "name", ctx->fabric);

	put_bool(ctx, fabric, "discovery_enable_auth", auth, "enforce_discovery_auth");
	put_auth(ctx, fabric, auth, "discovery");
	if (json_is_true(json_object_get(fabric, "discovery_enable_auth")))
		json_array_append(out, fabric);
	json_decref(fabric);
	free(auth);
	return out;
}

static json_t *dump_all(struct ctx *ctx)
{
	char *fabric = xasprintf("target/%s", ctx->fabric);
	json_t *extra, *inquiry = json_object(), *out;

	out = json_pack("{s:o, s:o, s:o}", "storage_objects", dump_sos(ctx, inquiry), "targets",
			 dump_each(ctx, fabric, "", dump_target), "fabric_modules",
			 dump_fabrics(ctx, fabric));
	free(fabric);
	extra = dump_extra(ctx);
	if (json_object_size(inquiry))
		json_object_set(extra, "inquiry", inquiry);
	json_decref(inquiry);
	if (minsecret_has_short(ctx, out) || minsecret_has_short(ctx, extra))
		json_object_set_new(extra, "short_secrets", json_true());
	if (json_object_size(extra))
		json_object_set(out, "targetcli_lite", extra);
	json_decref(extra);
	return out;
}

int model_dump(struct ctx *ctx, json_t **out)
{
	const char *path;
	int err;

	if (!cfs_exists(&ctx->cfs, "target"))
		return fail_plain(ctx, -ENOENT,
				  "%s/target does not exist: load the kernel's target core (modprobe target_core_mod) and mount configfs",
				  ctx->cfs.root);
	cfs_unread_forget();
	*out = dump_all(ctx);
	err = cfs_unread(&path);
	if (!err)
		return 0;
	json_decref(*out);
	*out = NULL;
	return fail(ctx, err, "cannot read %s", path);
}
