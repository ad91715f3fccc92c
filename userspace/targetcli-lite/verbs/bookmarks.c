// SPDX-License-Identifier: GPL-2.0
/* bookmarks: names for paths, which are given as @NAME. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prefs.h"
#include "verbs.h"
#include "where.h"

/* Change what is kept, or leave it as it was. */
static int keep(struct ctx *ctx, const char *name, const char *path)
{
	json_t *before = json_copy(ctx->bookmarks);
	int err;

	if (path)
		json_object_set_new(ctx->bookmarks, name, json_string(path));
	else
		json_object_del(ctx->bookmarks, name);
	err = prefs_save(ctx);
	if (err) {
		json_decref(ctx->bookmarks);
		ctx->bookmarks = before;
	} else {
		json_decref(before);
	}
	return err;
}

static int add(struct ctx *ctx, const struct node *node, const char *name)
{
	char *path;
	int err;

	if (!bookmark_name_ok(name))
		return usage(ctx, "'%s' cannot be a bookmark: give 1 to 64 letters, digits and : _ . -",
			     name);
	if (json_object_get(ctx->bookmarks, name) && strcmp(name, "last"))
		return fail_plain(ctx, -EEXIST, "bookmark %s exists already; bookmarks del %s deletes it",
				  name, name);
	path = node_path(node);
	err = keep(ctx, name, path);
	if (!err)
		say(ctx, "Bookmarked %s as %s.", path, name);
	free(path);
	return err;
}

static int need(struct ctx *ctx, const char *name)
{
	return json_object_get(ctx->bookmarks, name) ? 0 :
	       fail_plain(ctx, -ENOENT, "there is no bookmark %s (bookmarks show lists them)", name);
}

static int del(struct ctx *ctx, const char *name)
{
	int err = need(ctx, name);

	if (!err)
		err = keep(ctx, name, NULL);
	if (!err)
		say(ctx, "Deleted bookmark %s.", name);
	return err;
}

static int go(struct ctx *ctx, const char *name)
{
	struct node *node;
	char *path;
	int err = need(ctx, name);

	if (!err)
		err = node_resolve(ctx, str_of(ctx->bookmarks, name), &node);
	if (err)
		return err;
	path = node_path(node);
	where_go(ctx, path);
	free(path);
	node_free(node);
	return 0;
}

static int show(struct ctx *ctx)
{
	struct strlist names = { 0 };
	const char *name;
	json_t *path;

	json_object_foreach(ctx->bookmarks, name, path)
		sl_add(&names, name);
	sl_sort(&names);
	for (size_t i = 0; i < names.n && !ctx->json; i++)
		say(ctx, "@%s: %s", names.v[i], str_of(ctx->bookmarks, names.v[i]));
	if (!names.n && !ctx->json)
		say(ctx, "No bookmarks yet.");
	answer(ctx, json_copy(ctx->bookmarks));
	sl_free(&names);
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *action = arg(&verb_bookmarks, args, "action");
	const char *name = arg(&verb_bookmarks, args, "bookmark");

	if (!strcmp(action, "show"))
		return show(ctx);
	if (strcmp(action, "add") && strcmp(action, "del") && strcmp(action, "go"))
		return usage(ctx, "action=%s: give add, del, go or show", action);
	if (!name)
		return usage(ctx, "bookmarks %s needs the name of a bookmark", action);
	if (!strcmp(action, "add"))
		return add(ctx, node, name);
	return strcmp(action, "del") ? go(ctx, name) : del(ctx, name);
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	const char *bookmark;
	json_t *path;

	(void)node;
	if (!strcmp(name, "action")) {
		sl_add(out, "add");
		sl_add(out, "del");
		sl_add(out, "go");
		sl_add(out, "show");
	} else if (args->value[0] && strcmp(args->value[0], "add") && strcmp(args->value[0], "show")) {
		json_object_foreach(ctx->bookmarks, bookmark, path)
			sl_add(out, bookmark);
	}
}

const struct verb verb_bookmarks = {
	.name = "bookmarks",
	.kinds = KINDS_ALL,
	.help = "Keep names for paths, to be given as @NAME",
	.params = {
		{ "action", "add (the path that it is called at), del, go or show", true },
		{ "bookmark", "name of the bookmark", false },
	},
	.run = run,
	.complete = complete,
};
