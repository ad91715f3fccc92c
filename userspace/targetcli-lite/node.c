// SPDX-License-Identifier: GPL-2.0
/* The tree as targetcli shows it. */
#include "node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "model.h"
#include "where.h"

#define MAX_NAME 255	/* that a directory can have */

/*
 * How the children of a kind of node look. Either their names are fixed, or
 * they are the directories of 'subdir', where "lun_3" is shown as "lun3".
 */
struct child_rule {
	enum node_kind parent;
	enum node_kind child;
	const char *fixed;	/* name, or NULL */
	const char *subdir;	/* of a fixed child, or where the others lie; may be "" */
	const char *shown;	/* prefix of the shown names */
	const char *file;	/* prefix of the directories' names */
};

static const struct child_rule rules[] = {
	{ N_ROOT, N_BACKSTORES, "backstores", NULL, NULL, NULL },
	{ N_ROOT, N_ISCSI, "iscsi", NULL, NULL, NULL },
	{ N_BACKSTORES, N_BLOCK, "block", NULL, NULL, NULL },
	{ N_BACKSTORES, N_FILEIO, "fileio", NULL, NULL, NULL },
	{ N_BACKSTORES, N_PSCSI, "pscsi", NULL, NULL, NULL },
	{ N_BACKSTORES, N_RAMDISK, "ramdisk", NULL, NULL, NULL },
	{ N_BACKSTORES, N_USER, "user", NULL, NULL, NULL },
	{ N_SO, N_ALUA_GROUPS, "alua", "alua", NULL, NULL },
	{ N_ALUA_GROUPS, N_ALUA_GROUP, NULL, "", "", "" },
	{ N_ISCSI, N_TARGET, NULL, "", "", "" },
	{ N_TARGET, N_TPG, NULL, "", "tpg", "tpgt_" },
	{ N_TPG, N_ACLS, "acls", "acls", NULL, NULL },
	{ N_TPG, N_LUNS, "luns", "lun", NULL, NULL },
	{ N_TPG, N_PORTALS, "portals", "np", NULL, NULL },
	{ N_ACLS, N_ACL, NULL, "", "", "" },
	{ N_ACL, N_MAPPED_LUN, NULL, "", "mapped_lun", "lun_" },
	{ N_LUNS, N_LUN, NULL, "", "lun", "lun_" },
	{ N_PORTALS, N_PORTAL, NULL, "", "", "" },
};

/* Directories among targets and ACLs that are none. */
static bool is_foreign_dir(enum node_kind child, const char *name)
{
	if (child == N_TARGET)
		return !strcmp(name, "discovery_auth");
	if (child == N_ACL)
		return !strcmp(name, "fabric_statistics");
	return false;
}

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[N_KINDS] = {
		[N_ROOT] = "root",
		[N_BACKSTORES] = "backstores",
		[N_BLOCK] = "block backstores",
		[N_FILEIO] = "fileio backstores",
		[N_PSCSI] = "pscsi backstores",
		[N_RAMDISK] = "ramdisk backstores",
		[N_USER] = "user backstores",
		[N_SO] = "storage object",
		[N_ALUA_GROUPS] = "ALUA groups",
		[N_ALUA_GROUP] = "ALUA group",
		[N_ISCSI] = "iSCSI targets",
		[N_TARGET] = "target",
		[N_TPG] = "portal group",
		[N_ACLS] = "ACLs",
		[N_ACL] = "ACL",
		[N_MAPPED_LUN] = "mapped LUN",
		[N_LUNS] = "LUNs",
		[N_LUN] = "LUN",
		[N_PORTALS] = "portals",
		[N_PORTAL] = "portal",
	};

	return names[kind];
}

const struct plugin *node_plugin(const struct node *node)
{
	if (node->kind == N_USER)	/* "user" or "user:HANDLER" */
		return plugin_by_name("user");
	return BIT(node->kind) & KINDS_PLUGIN ? plugin_by_name(node->name) : NULL;
}

/* Making nodes; each owns its parent. */

static struct node *node_new(struct node *parent, enum node_kind kind, const char *name,
			     char *dir)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->parent = parent;
	n->name = xstrdup(name);
	n->dir = dir;
	return n;
}

void node_free(struct node *node)
{
	while (node) {
		struct node *parent = node->parent;

		free(node->name);
		free(node->dir);
		sl_free(&node->more);
		free(node);
		node = parent;
	}
}

static struct node *node_copy(const struct node *node)
{
	struct node *n;

	if (!node)
		return NULL;
	n = node_new(node_copy(node->parent), node->kind, node->name,
		     node->dir ? xstrdup(node->dir) : NULL);
	for (size_t i = 0; i < node->more.n; i++)
		sl_add(&n->more, node->more.v[i]);
	return n;
}

/* ACLs are shown by their tag, where they have one that can stand in a path. */

static json_t *acls_by_tag(struct ctx *ctx, const char *acls)
{
	struct strlist names = { 0 };
	struct strbuf tag = { 0 };

	if (!found_begin(&ctx->tags, acls))
		return ctx->tags.index;
	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", acls);
	for (size_t i = 0; i < names.n; i++)
		if (!is_foreign_dir(N_ACL, names.v[i]) &&
		    !cfs_read(&ctx->cfs, &tag, "%s/%s/tag", acls, names.v[i]) &&
		    acl_tag_ok(sb_str(&tag)))
			found_add(&ctx->tags, tag.s, names.v[i]);
	sl_free(&names);
	sb_free(&tag);
	return ctx->tags.index;
}

static struct node *tag_node(struct ctx *ctx, struct node *acls, const char *tag)
{
	json_t *list = json_object_get(acls_by_tag(ctx, acls->dir), tag), *wwn;
	struct node *node = NULL;
	size_t i;

	json_array_foreach(list, i, wwn) {
		char *dir = xasprintf("%s/%s", acls->dir, json_string_value(wwn));

		if (!node) {
			node = node_new(acls, N_ACL, tag, dir);
			continue;
		}
		sl_add(&node->more, dir);
		free(dir);
	}
	return node;
}

static void list_acls(struct ctx *ctx, const struct node *acls, struct strlist *names)
{
	json_t *tags = acls_by_tag(ctx, acls->dir), *tagged = json_object(), *list, *wwn;
	struct strlist dirs = { 0 };
	const char *tag;
	size_t i;

	json_object_foreach(tags, tag, list) {
		sl_add(names, tag);
		json_array_foreach(list, i, wwn)
			json_object_set_nocheck(tagged, json_string_value(wwn), json_true());
	}
	cfs_list(&ctx->cfs, &dirs, CFS_DIRS, "%s", acls->dir);
	for (i = 0; i < dirs.n; i++)
		if (!is_foreign_dir(N_ACL, dirs.v[i]) && !json_object_get(tagged, dirs.v[i]))
			sl_add(names, dirs.v[i]);
	sl_free(&dirs);
	json_decref(tagged);
}

bool node_is_tag(const struct node *node)
{
	return node->kind == N_ACL && strcmp(node->name, strrchr(node->dir, '/') + 1);
}

void node_dirs(const struct node *node, struct strlist *out)
{
	const struct node *acl = node_up(node, N_ACL);

	sl_add(out, node->dir);
	for (size_t i = 0; acl && i < acl->more.n; i++) {
		char *dir = xasprintf("%s%s", acl->more.v[i], node->dir + strlen(acl->dir));

		sl_add(out, dir);
		free(dir);
	}
}

static char *fixed_dir(struct ctx *ctx, const struct node *parent, const struct child_rule *r)
{
	if (r->child == N_ISCSI)
		return xasprintf("target/%s", ctx->fabric);
	return r->subdir ? xasprintf("%s/%s", parent->dir, r->subdir) : NULL;
}

static char *named_dir(struct ctx *ctx, const struct node *parent,
		       const struct child_rule *r, const char *name)
{
	const char *rest = after(name, r->shown);
	char *dir;

	if (!rest || !*rest || strchr(name, '/') || *name == '.' ||
	    is_foreign_dir(r->child, name))
		return NULL;
	dir = xasprintf("%s/%s%s", parent->dir, r->file, rest);
	if (cfs_exists(&ctx->cfs, "%s", dir))
		return dir;
	free(dir);
	return NULL;
}

const char *node_handler(const struct node *node)
{
	return node->kind == N_USER ? after(node->name, "user:") : NULL;
}

static struct node *so_node(struct ctx *ctx, struct node *parent, const char *name)
{
	const char *handler = node_handler(parent);
	struct strbuf so = { 0 };

	if (!so_find(ctx, node_plugin(parent), name, &so) &&
	    (!handler || user_is_of(ctx, so.s, handler)))
		return node_new(parent, N_SO, name, so.s);
	sb_free(&so);
	return NULL;
}

/* The child 'name', taking over the reference to 'parent', or NULL. */
static struct node *child_of(struct ctx *ctx, struct node *parent, const char *name)
{
	char *dir;

	if (node_plugin(parent))
		return so_node(ctx, parent, name);
	if (parent->kind == N_BACKSTORES && starts_with(name, "user:") && name[5])
		return node_new(parent, N_USER, name, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct child_rule *r = &rules[i];

		if (r->parent != parent->kind)
			continue;
		if (r->fixed && !strcmp(r->fixed, name))
			return node_new(parent, r->child, name, fixed_dir(ctx, parent, r));
		dir = r->fixed ? NULL : named_dir(ctx, parent, r, name);
		if (dir)
			return node_new(parent, r->child, name, dir);
	}
	return parent->kind == N_ACLS ? tag_node(ctx, parent, name) : NULL;
}

struct node *node_child(struct ctx *ctx, const struct node *node, const char *name)
{
	struct node *parent = node_copy(node);
	struct node *child = child_of(ctx, parent, name);

	if (!child)
		node_free(parent);
	return child;
}

static void list_named(struct ctx *ctx, const struct node *node, const struct child_rule *r,
		       struct strlist *names)
{
	struct strlist dirs = { 0 };

	cfs_list(&ctx->cfs, &dirs, CFS_DIRS, "%s", node->dir);
	for (size_t i = 0; i < dirs.n; i++) {
		const char *rest = after(dirs.v[i], r->file);
		char *shown;

		if (!rest || is_foreign_dir(r->child, dirs.v[i]))
			continue;
		shown = xasprintf("%s%s", r->shown, rest);
		sl_add(names, shown);
		free(shown);
	}
	sl_free(&dirs);
}

static void list_sos(struct ctx *ctx, const struct node *node, struct strlist *names)
{
	const char *handler = node_handler(node);
	struct strbuf dir = { 0 };

	so_list(ctx, node_plugin(node), names);
	for (size_t i = names->n; handler && i--;) {
		sb_reset(&dir);
		if (so_find(ctx, node_plugin(node), names->v[i], &dir) ||
		    !user_is_of(ctx, dir.s, handler))
			sl_drop(names, i);
	}
	sb_free(&dir);
}

static bool has_objects(struct ctx *ctx, const char *plugin)
{
	struct strlist names = { 0 };
	bool any;

	so_list(ctx, plugin_by_name(plugin), &names);
	any = names.n;
	sl_free(&names);
	return any;
}

void node_children(struct ctx *ctx, const struct node *node, struct strlist *names)
{
	if (node_plugin(node)) {
		list_sos(ctx, node, names);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].parent != node->kind)
			continue;
		if (rules[i].child == N_USER && !has_objects(ctx, "user"))
			continue;	/* as targetcli, which shows those of programs that run */
		if (rules[i].fixed)
			sl_add(names, rules[i].fixed);
		else if (rules[i].child == N_ACL)
			list_acls(ctx, node, names);
		else
			list_named(ctx, node, &rules[i], names);
	}
	sl_sort(names);
}

const struct node *node_up(const struct node *node, enum node_kind kind)
{
	while (node && node->kind != kind)
		node = node->parent;
	return node;
}

char *node_path(const struct node *node)
{
	char *above, *path;

	if (!node->parent)
		return xstrdup("/");
	above = node_path(node->parent);
	path = xasprintf("%s/%s", node->parent->parent ? above : "", node->name);
	free(above);
	return path;
}

/* Resolving */

/* A sibling with nearly the same name, or NULL. */
static char *similar_child(struct ctx *ctx, const struct node *node, const char *name)
{
	struct strlist names = { 0 };
	size_t best = strlen(name) / 3 + 1;
	char *found = NULL;

	if (strlen(name) > MAX_NAME)
		return NULL;
	node_children(ctx, node, &names);
	for (size_t i = 0; i < names.n && i < 1000; i++) {
		size_t d = edit_distance(name, names.v[i]);

		if (d <= best && d < strlen(name)) {
			best = d;
			free(found);
			found = xstrdup(names.v[i]);
		}
	}
	sl_free(&names);
	return found;
}

static int no_such_path(struct ctx *ctx, const struct node *at, const char *missing,
			const char *wanted)
{
	char *nearest = node_path(at);
	char *similar = similar_child(ctx, at, missing);
	int err;

	err = fail_plain(ctx, -ENOENT, "no such path: %s (there is no %s below %s%s%s%s)",
			 wanted, missing, nearest, similar ? "; did you mean " : "",
			 similar ? similar : "", similar ? "?" : "");
	free(nearest);
	free(similar);
	return err;
}

/* Go from 'node' along "a/b/../c". Takes over 'node'. */
static int walk(struct ctx *ctx, struct node *node, const char *rest, const char *wanted,
		struct node **out)
{
	while (*rest) {
		size_t n = strcspn(rest, "/");
		char *name = xstrndup(rest, n);
		struct node *next = NULL;

		rest += n + (rest[n] == '/');
		if (!*name || !strcmp(name, ".")) {
			next = node;
		} else if (!strcmp(name, "..")) {
			next = node->parent ? node->parent : node;
			if (next != node) {
				node->parent = NULL;
				node_free(node);
			}
		} else {
			next = child_of(ctx, node, name);
		}
		if (!next) {
			int err = no_such_path(ctx, node, name, wanted);

			free(name);
			node_free(node);
			return err;
		}
		free(name);
		node = next;
	}
	*out = node;
	return 0;
}

static int resolve(struct ctx *ctx, const char *path, struct node **out)
{
	return walk(ctx, node_new(NULL, N_ROOT, "/", NULL), path, path, out);
}

int node_from(struct ctx *ctx, const struct node *node, const char *path, struct node **out)
{
	char *marked;
	int err;

	if (*path == '/')
		return resolve(ctx, path, out);
	if (*path != '@')
		return walk(ctx, node_copy(node), path, path, out);
	marked = bookmark_path(ctx, path);
	err = marked ? resolve(ctx, marked, out) : -ENOENT;
	free(marked);
	return err;
}

int node_resolve(struct ctx *ctx, const char *path, struct node **out)
{
	struct node *here;
	int err;

	if (*path == '/' || *path == '@')
		return node_from(ctx, NULL, path, out);
	err = resolve(ctx, ctx->cwd, &here);
	return err ? err : walk(ctx, here, path, path, out);
}

/* Attribute groups */

static const char *const auth_names[][2] = {
	{ "userid", "userid" },
	{ "password", "password" },
	{ "mutual_userid", "userid_mutual" },
	{ "mutual_password", "password_mutual" },
	{ NULL, NULL },
};

static const char *const discovery_names[][2] = {
	{ "userid", "userid" },
	{ "password", "password" },
	{ "mutual_userid", "userid_mutual" },
	{ "mutual_password", "password_mutual" },
	{ "enable", "enforce_discovery_auth" },
	{ NULL, NULL },
};

static const char *const acl_names[][2] = {
	{ "cmdsn_depth", "cmdsn_depth" },
	{ "tag", "tag" },
	{ NULL, NULL },
};

static const char *const lun_alua_names[][2] = {
	{ "alua_tg_pt_gp_name", "alua_tg_pt_gp" },
	{ "alua_tg_pt_offline", "alua_tg_pt_offline" },
	{ "alua_tg_pt_status", "alua_tg_pt_status" },
	{ "alua_tg_pt_write_md", "alua_tg_pt_write_md" },
	{ NULL, NULL },
};

static const struct attr_group groups[] = {
	{ N_SO, "attribute", "/attrib", "device_attrib", NULL },
	{ N_ALUA_GROUP, "alua", "", "alua", NULL },
	{ N_ISCSI, "discovery_auth", "/discovery_auth", "discovery_auth", discovery_names },
	{ N_TARGET, "parameter", "/param", "target_param", NULL },
	{ N_TARGET, "tuning", "/tuning", "tuning", NULL },
	{ N_TPG, "attribute", "/attrib", "tpg_attrib", NULL },
	{ N_TPG, "parameter", "/param", "tpg_param", NULL },
	{ N_TPG, "auth", "/auth", "tpg_auth", auth_names },
	{ N_ACL, "acl", "", "acl", acl_names },
	{ N_ACL, "attribute", "/attrib", "acl_attrib", NULL },
	{ N_ACL, "parameter", "/param", "acl_param", NULL },
	{ N_ACL, "auth", "/auth", "acl_auth", auth_names },
	{ N_MAPPED_LUN, "attribute", "", "mapped_lun", NULL },
	{ N_LUN, "alua", "", "lun", lun_alua_names },
	{ N_PORTAL, "attribute", "", "np", NULL },
};

const struct attr_group *node_group(const struct node *node, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].kind == node->kind && !strcmp(groups[i].name, name))
			return &groups[i];
	return NULL;
}

void node_groups(const struct node *node, struct strlist *names)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].kind == node->kind)
			sl_add(names, groups[i].name);
}

const char *group_file(const struct attr_group *g, const char *shown)
{
	if (!g->renames)
		return shown;
	for (size_t i = 0; g->renames[i][0]; i++)
		if (!strcmp(g->renames[i][0], shown))
			return g->renames[i][1];
	return NULL;
}

const char *group_shown(const struct attr_group *g, const char *file)
{
	if (!g->renames)
		return file;
	for (size_t i = 0; g->renames[i][0]; i++)
		if (!strcmp(g->renames[i][1], file))
			return g->renames[i][0];
	return NULL;
}

void group_value(const struct attr_group *g, const char *file, struct strbuf *v)
{
	const char *name;
	json_t *number;

	if (!strcmp(file, "alua_tg_pt_gp")) {
		name = after(sb_str(v), "TG Port Alias: ");
		if (name) {
			char *copy = xstrndup(name, strcspn(name, "\n"));

			sb_reset(v);
			sb_adds(v, copy);
			free(copy);
		}
	} else if (!strcmp(g->schema, "alua")) {
		number = alua_value(file, sb_str(v));
		if (json_is_integer(number)) {
			sb_reset(v);
			sb_addf(v, "%lld", (long long)json_integer_value(number));
		}
		json_decref(number);
	}
}

char *group_dir(const struct node *node, const struct attr_group *g)
{
	return xasprintf("%s%s", node->dir, g->subdir);
}
