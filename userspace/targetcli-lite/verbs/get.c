// SPDX-License-Identifier: GPL-2.0
/* get: show attributes. A secret is shown only to who names it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "prefs.h"
#include "verbs.h"

#define HIDDEN "********"

struct show {
	struct ctx *ctx;
	const struct attr_group *group;
	const struct schema_node *schema;
	char *dir;
	bool named;	/* the user named the attribute */
};

static bool is_writable(struct show *s, const char *file)
{
	int mode = cfs_mode(&s->ctx->cfs, "%s/%s", s->dir, file);

	return mode >= 0 && mode & S_IWUSR;
}

static void show_one(struct show *s, const char *shown, const char *file, const char *value)
{
	const struct schema_attr *attr = schema_attr(s->schema, file);
	bool hide = attr && attr->type == T_SECRET && *value && !s->named;

	if (s->ctx->json) {
		json_object_set_new(s->ctx->result, shown, json_string(hide ? HIDDEN : value));
		return;
	}
	say(s->ctx, "%s=%s%s", shown, hide ? HIDDEN : value,
	    is_writable(s, file) ? "" : " [ro]");
	if (!s->named && attr)
		say(s->ctx, "    %s", attr->help);
}

static int read_one(struct show *s, const char *shown, const char *file)
{
	struct strbuf v = { 0 };
	int err = cfs_read(&s->ctx->cfs, &v, "%s/%s", s->dir, file);

	if (!err)
		group_value(s->group, file, &v);
	if (!err)
		show_one(s, shown, file, strcmp(sb_str(&v), "NULL") ? sb_str(&v) : "");
	sb_wipe(&v);
	return err;
}

static int get_named(struct show *s, const char *shown)
{
	const char *file = group_file(s->group, shown);
	int err = -ENOENT;

	if (file && !strchr(file, '/'))
		err = read_one(s, shown, file);
	if (err == -ENOENT || err == -EISDIR)
		return usage(s->ctx, "there is no %s %s here (get %s shows what there is)",
			     s->group->name, shown, s->group->name);
	return err ? fail(s->ctx, err, "cannot read %s %s", s->group->name, shown) : 0;
}

static int get_all(struct show *s)
{
	struct strlist files = { 0 };
	int err = cfs_list(&s->ctx->cfs, &files, CFS_FILES, "%s", s->dir);

	if (err)
		return fail(s->ctx, err, "cannot read the %s of this node", s->group->name);
	for (size_t i = 0; i < files.n; i++) {
		const char *shown = group_shown(s->group, files.v[i]);

		if (shown)
			read_one(s, shown, files.v[i]);
	}
	sl_free(&files);
	return 0;
}

static int get_group(struct ctx *ctx, struct node *node, const struct attr_group *g,
		     const struct strlist *names)
{
	struct show s = {
		.ctx = ctx,
		.group = g,
		.schema = schema_find(g->schema),
		.dir = group_dir(node, g),
		.named = names->n > 0,
	};
	int err = 0;

	answer(ctx, json_object());
	if (!names->n)
		err = get_all(&s);
	for (size_t i = 0; i < names->n && !err; i++)
		err = get_named(&s, names->v[i]);
	free(s.dir);
	return err;
}

static int get_global(struct ctx *ctx, const struct strlist *names)
{
	struct strlist all = { 0 };
	int err = 0;

	answer(ctx, json_object());
	if (!names->n) {
		prefs_names(&all);
		names = &all;
	}
	for (size_t i = 0; i < names->n && !err; i++) {
		struct strbuf v = { 0 };

		if (!prefs_get(&ctx->prefs, names->v[i], &v))
			err = usage(ctx, "there is no global preference %s (get global shows them)",
				    names->v[i]);
		else if (ctx->json)
			json_object_set_new(ctx->result, names->v[i], json_string(v.s));
		else
			say(ctx, "%s=%s", names->v[i], v.s);
		if (!err && all.n)
			say(ctx, "    %s", prefs_help(names->v[i]));
		sb_free(&v);
	}
	sl_free(&all);
	return err;
}

void list_groups(struct ctx *ctx, struct node *node)
{
	struct strlist groups = { 0 };
	json_t *out = json_array();

	sl_add(&groups, "global");
	node_groups(node, &groups);
	say(ctx, "Groups of attributes here:");
	for (size_t i = 0; i < groups.n; i++) {
		json_array_append_new(out, json_string(groups.v[i]));
		say(ctx, "    %s", groups.v[i]);
	}
	answer(ctx, out);
	sl_free(&groups);
}

int no_such_group(struct ctx *ctx, struct node *node, const char *name)
{
	struct strlist groups = { 0 };
	struct strbuf all = { 0 };

	node_groups(node, &groups);
	for (size_t i = 0; i < groups.n; i++)
		sb_addf(&all, "%s, ", groups.v[i]);
	usage(ctx, "there is no group %s here; there is: %sglobal", name, sb_str(&all));
	sl_free(&groups);
	sb_free(&all);
	return -EINVAL;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *name = arg(&verb_get, args, "group");
	const struct attr_group *g;

	if (!name) {
		list_groups(ctx, node);
		return 0;
	}
	if (!strcmp(name, "global"))
		return get_global(ctx, &args->names);
	g = node_group(node, name);
	return g ? get_group(ctx, node, g, &args->names) : no_such_group(ctx, node, name);
}

void complete_attributes(struct ctx *ctx, struct node *node, const char *group,
			 struct strlist *out)
{
	const struct attr_group *g = node_group(node, group);
	struct strlist files = { 0 };
	char *dir;

	if (!strcmp(group, "global"))
		prefs_names(out);
	if (!g)
		return;
	dir = group_dir(node, g);
	cfs_list(&ctx->cfs, &files, CFS_FILES, "%s", dir);
	for (size_t i = 0; i < files.n; i++)
		if (group_shown(g, files.v[i]))
			sl_add(out, group_shown(g, files.v[i]));
	sl_free(&files);
	free(dir);
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	if (!strcmp(name, "group")) {
		node_groups(node, out);
		sl_add(out, "global");
	} else if (args->value[0]) {
		complete_attributes(ctx, node, args->value[0], out);
	}
}

const struct verb verb_get = {
	.name = "get",
	.kinds = KINDS_ALL,
	.help = "Show attributes",
	.params = { { "group", "attribute, parameter, auth, global, ...", false } },
	.more_words = true,
	.run = run,
	.complete = complete,
};
