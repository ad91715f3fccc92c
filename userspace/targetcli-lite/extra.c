// SPDX-License-Identifier: GPL-2.0
/*
 * What rtslib's format has no place for is saved under a key of our own,
 * "targetcli_lite", which rtslib passes over:
 *
 *	"targets": { IQN: { "allowed_addresses": [...],
 *			    "allowed_initiators": [...], "accept_logins": false,
 *			    "accounts": { NAME: SECRET } } },
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
		json_object_set_new(out, users.v[i], json_string(sb_str(&v)));
	}
	if (v.s)
		explicit_bzero(v.s, v.cap);
	sb_free(&v);
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

/* What INQUIRY says of a storage object, where somebody changed it. */
static json_t *dump_inquiry(struct ctx *ctx, const struct plugin *plugin, const char *dir)
{
	const char *model = !strcmp(plugin->name, "block") ? "IBLOCK" :
			    !strcmp(plugin->name, "fileio") ? "FILEIO" :
			    !strcmp(plugin->name, "user") ? "TCMU device" : "RAMDISK-MCP";
	const char *const attrs[][2] = {
		{ "vendor_id", "LIO-ORG" }, { "product_id", model }, { "revision", "4.0" },
	};
	struct strbuf v = { 0 };
	json_t *out = json_object();
	bool alias;

	alias = !cfs_read(&ctx->cfs, &v, "%s/attrib/emulate_model_alias", dir) &&
		!strcmp(sb_str(&v), "1");
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		if ((alias && i == 1) || cfs_read(&ctx->cfs, &v, "%s/wwn/%s", dir, attrs[i][0]))
			continue;
		if (v.len && *trim(v.s) && strcmp(trim(v.s), attrs[i][1]))
			put(out, attrs[i][0], json_string(trim(v.s)));
	}
	sb_free(&v);
	return out;
}

static json_t *dump_inquiries(struct ctx *ctx)
{
	json_t *out = json_object();

	for (size_t p = 0; p < nplugins; p++) {
		struct strlist names = { 0 };

		if (!plugins[p].no_wwn)
			so_list(ctx, &plugins[p], &names);
		for (size_t i = 0; i < names.n; i++) {
			struct strbuf dir = { 0 };
			char *path = xasprintf("/backstores/%s/%s", plugins[p].name, names.v[i]);

			if (!so_find(ctx, &plugins[p], names.v[i], &dir))
				put_full(out, path, dump_inquiry(ctx, &plugins[p], dir.s));
			sb_free(&dir);
			free(path);
		}
		sl_free(&names);
	}
	return out;
}

json_t *dump_extra(struct ctx *ctx)
{
	json_t *out = json_object();

	put_full(out, "targets", dump_targets(ctx));
	put_full(out, "inquiry", dump_inquiries(ctx));
	return out;
}
