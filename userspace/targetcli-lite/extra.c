// SPDX-License-Identifier: GPL-2.0
/*
 * What rtslib's format has no place for is saved under a key of our own,
 * "targetcli_lite", which rtslib passes over:
 *
 *	"targets": { IQN: { "allowed_addresses": [...],
 *			    "allowed_initiators": [...], "accept_logins": false,
 *			    "accounts": { NAME: SECRET }, "busy_poll": MICROSECONDS } },
 *	"inquiry": { "/backstores/block/x": { "vendor_id": ... } },
 *	"short_secrets": true, when there are some below the kernel module's limit:
 *		whoever let them in once need not do so at each boot
 *
 * Only what is not as the kernel makes it is in there.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "so.h"

/* A list of words as JSON, or NULL when it is 'def'. */
static json_t *dump_list(struct ctx *ctx, const char *dir, const char *attr, const char *def)
{
	struct strbuf v = { 0 };
	char *word, *save = NULL;
	json_t *out = NULL;

	if (!cfs_read(&ctx->cfs, &v, "%s/admission/%s", dir, attr) && strcmp(sb_str(&v), def)) {
		out = json_array();
		for (word = v.s ? strtok_r(v.s, " \t\n", &save) : NULL; word;
		     word = strtok_r(NULL, " \t\n", &save))
			json_array_append_new(out, json_string(word));
	}
	sb_free(&v);
	return out;
}

static json_t *dump_accounts(struct ctx *ctx, const char *dir)
{
	struct strlist users = { 0 };
	struct strbuf v = { 0 };
	json_t *out = NULL;

	cfs_list(&ctx->cfs, &users, CFS_DIRS, "%s/accounts", dir);
	for (size_t i = 0; i < users.n; i++) {
		if (cfs_read(&ctx->cfs, &v, "%s/accounts/%s/password", dir, users.v[i]))
			continue;
		if (!out)
			out = json_object();
		json_object_set_new(out, users.v[i], text_json(ctx, sb_str(&v)));
	}
	sb_wipe(&v);
	sl_free(&users);
	return out;
}

static void put(json_t *out, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(out, key, value);
}

static json_t *dump_target(struct ctx *ctx, const char *iqn)
{
	char *dir = xasprintf("target/%s/%s", ctx->fabric, iqn);
	struct strbuf v = { 0 };
	json_t *out = json_object();

	put(out, "allowed_addresses", dump_list(ctx, dir, "allowed_addresses", "ALL"));
	put(out, "allowed_initiators", dump_list(ctx, dir, "allowed_initiators", ""));
	put(out, "accounts", dump_accounts(ctx, dir));
	if (!cfs_read(&ctx->cfs, &v, "%s/admission/accept_logins", dir) &&
	    !strcmp(sb_str(&v), "0"))
		put(out, "accept_logins", json_false());
	if (!cfs_read(&ctx->cfs, &v, "%s/tuning/busy_poll", dir) && strcmp(sb_str(&v), "0"))
		put(out, "busy_poll", json_integer(atoi(sb_str(&v))));
	sb_free(&v);
	free(dir);
	return out;
}

static void put_full(json_t *out, const char *key, json_t *value)
{
	if (json_object_size(value))
		json_object_set(out, key, value);
	json_decref(value);
}

static json_t *dump_targets(struct ctx *ctx)
{
	struct strlist iqns = { 0 };
	json_t *out = json_object();

	cfs_list(&ctx->cfs, &iqns, CFS_DIRS, "target/%s", ctx->fabric);
	for (size_t i = 0; i < iqns.n; i++)
		if (strcmp(iqns.v[i], "discovery_auth"))
			put_full(out, iqns.v[i], dump_target(ctx, iqns.v[i]));
	sl_free(&iqns);
	return out;
}

/*
 * What INQUIRY says of a storage object, where somebody changed it; 'alias': its
 * model is its name (emulate_model_alias). NULL when it is as the kernel makes it.
 */
json_t *dump_inquiry(struct ctx *ctx, const struct plugin *plugin, const char *dir, bool alias)
{
	const char *model = !strcmp(plugin->name, "block") ? "IBLOCK" :
			    !strcmp(plugin->name, "fileio") ? "FILEIO" :
			    !strcmp(plugin->name, "user") ? "TCMU device" : "RAMDISK-MCP";
	const char *const attrs[][2] = {
		{ "vendor_id", "LIO-ORG" }, { "product_id", model }, { "revision", "4.0" },
	};
	struct strbuf v = { 0 };
	json_t *out = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(attrs) && !plugin->no_wwn; i++) {
		if ((alias && i == 1) || cfs_read(&ctx->cfs, &v, "%s/wwn/%s", dir, attrs[i][0]))
			continue;
		if (!v.len || !*trim(v.s) || !strcmp(trim(v.s), attrs[i][1]))
			continue;
		if (!out)
			out = json_object();
		put(out, attrs[i][0], text_json(ctx, trim(v.s)));
	}
	sb_free(&v);
	return out;
}

json_t *dump_extra(struct ctx *ctx)
{
	json_t *out = json_object();

	put_full(out, "targets", dump_targets(ctx));
	return out;
}
