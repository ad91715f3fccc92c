// SPDX-License-Identifier: GPL-2.0
/* info: what a node is, without its attributes and secrets. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "verbs.h"

static void add_text(struct ctx *ctx, json_t *out, const char *key, const char *path)
{
	struct strbuf v = { 0 };

	if (!cfs_read(&ctx->cfs, &v, "%s", path) && v.len)
		json_object_set_new(out, key, json_string(v.s));
	sb_free(&v);
}

static json_t *fabric_info(struct ctx *ctx)
{
	json_t *out = json_pack("{s:s, s:o, s:s}", "fabric", ctx->fabric, "configfs_path",
				json_sprintf("%s/target/%s", ctx->cfs.root, ctx->fabric),
				"allowed_wwn_types", "iqn, eui, naa");
	json_object_set_new(out, "features", json_string("discovery_auth, acls, auth, nps, tpgts"));
	char *version = xasprintf("target/%s/lio_version", ctx->fabric);
	static const char *const modules[] = { "tcm_iscsi", "iscsi_target_mod" };

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		char *dir = xasprintf("%s/module/%s", ctx->sysfs, modules[i]);

		if (!access(dir, F_OK) && !json_object_get(out, "kernel_module"))
			json_object_set_new(out, "kernel_module", json_string(modules[i]));
		free(dir);
	}
	add_text(ctx, out, "version", version);
	free(version);
	return out;
}

/* What a saved configuration says of it, less what get shows. */
static json_t *dumped(json_t *full)
{
	static const char *const hidden[] = { "attributes", "parameters", "alua_tpgs" };
	json_t *v;
	const char *key;
	void *tmp;

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		json_object_del(full, hidden[i]);
	json_object_foreach_safe(full, tmp, key, v)
		if (strstr(key, "password") || json_is_array(v) || json_is_object(v))
			json_object_del(full, key);
	return full;
}

typedef json_t *(*dump_fn)(struct ctx *ctx, const char *dir, const char *name);

/* "DIR/NAME" of a node, as a saved configuration has it. */
static json_t *part_of(struct ctx *ctx, const struct node *node, dump_fn dump)
{
	const char *slash = strrchr(node->dir, '/');
	char *dir = xstrndup(node->dir, slash - node->dir);
	json_t *out = dump(ctx, dir, slash + 1);

	free(dir);
	return out ? out : json_object();
}

static json_t *alua_info(struct ctx *ctx, const struct node *node)
{
	return dumped(dump_alua(ctx, node_up(node, N_SO)->dir, node->name));
}

/* The initiators of an ACL, or of all ACLs of a tag. */
static json_t *wwns(const struct node *acl)
{
	struct strlist dirs = { 0 };
	json_t *out = json_array();

	node_dirs(acl, &dirs);
	for (size_t i = 0; i < dirs.n; i++)
		json_array_append_new(out, json_string(strrchr(dirs.v[i], '/') + 1));
	sl_free(&dirs);
	return out;
}

static json_t *info_of(struct ctx *ctx, struct node *node)
{
	struct strbuf text = { 0 };
	struct strlist names = { 0 };
	json_t *out;
	int health;

	switch (node->kind) {
	case N_ISCSI:
		return fabric_info(ctx);
	case N_SO:
		out = dumped(dump_so(ctx, node->dir));
		json_object_set_new(out, "configfs_path",
				    json_sprintf("%s/%s", ctx->cfs.root, node->dir));
		return out;
	case N_TARGET:
		return json_pack("{s:s, s:s}", "fabric", ctx->fabric, "wwn", node->name);
	case N_TPG:
		return dumped(dump_tpg(ctx, node->dir));
	case N_ACL:
		out = dumped(dump_acl(ctx, node->dir));
		json_object_del(out, "node_wwn");
		json_object_set_new(out, "wwns", wwns(node));
		return out;
	case N_LUN:
		return part_of(ctx, node, dump_lun);
	case N_MAPPED_LUN:
		return part_of(ctx, node, dump_mapped_lun);
	case N_PORTAL:
		return part_of(ctx, node, dump_portal);
	case N_ALUA_GROUP:
		return alua_info(ctx, node);
	default:
		node_children(ctx, node, &names);
		node_summary(ctx, node, names.n, &text, &health);
		out = json_pack("{s:s, s:s, s:s}", "name", node->name, "kind",
				node_kind_name(node->kind), "summary", text.s);
		sl_free(&names);
		sb_free(&text);
		return out;
	}
}

/* targetcli has words of its own for the fabric. */
static const char *label(const struct node *node, const char *key)
{
	static const char *const words[][2] = {
		{ "fabric", "Fabric module name" },
		{ "configfs_path", "ConfigFS path" },
		{ "allowed_wwn_types", "Allowed WWN types" },
		{ "features", "Fabric module features" },
		{ "kernel_module", "Corresponding kernel module" },
		{ "version", "Version" },
	};

	for (size_t i = 0; node->kind == N_ISCSI && i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i][0], key))
			return words[i][1];
	return key;
}

static void print(struct ctx *ctx, const char *key, json_t *v)
{
	char *text;
	json_t *e;
	size_t i;

	if (json_is_string(v)) {
		say(ctx, "%s: %s", key, json_string_value(v));
		return;
	}
	if (json_is_boolean(v)) {	/* as targetcli shows it */
		say(ctx, "%s: %s", key, json_is_true(v) ? "True" : "False");
		return;
	}
	if (json_is_array(v)) {
		say(ctx, "%s:", key);
		json_array_foreach(v, i, e)
			say(ctx, "%s", json_string_value(e));
		return;
	}
	text = json_dumps(v, JSON_ENCODE_ANY);
	say(ctx, "%s: %s", key, text);
	free(text);
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	json_t *info = info_of(ctx, node), *v;
	struct strlist keys = { 0 };
	const char *key;

	(void)args;
	json_object_foreach(info, key, v)
		sl_add(&keys, key);
	sl_sort(&keys);
	for (size_t i = 0; i < keys.n && !ctx->json; i++)
		print(ctx, label(node, keys.v[i]), json_object_get(info, keys.v[i]));
	sl_free(&keys);
	answer(ctx, info);
	return 0;
}

const struct verb verb_info = {
	.name = "info",
	.kinds = KINDS_ALL,
	.help = "Say what this node is",
	.run = run,
};
