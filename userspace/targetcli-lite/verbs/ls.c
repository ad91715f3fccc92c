// SPDX-License-Identifier: GPL-2.0
/* ls: draw the tree as targetcli does, or tell it as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

#define COLUMN 2
#define RED "\033[1;31m"
#define GREEN "\033[32m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct tree {
	struct ctx *ctx;
	struct strbuf margin;	/* what is left of the present node's children */
};

static const char *color(struct ctx *ctx, const char *code)
{
	return ctx->color && ctx->prefs.color_mode ? code : "";
}

static void draw_line(struct tree *t, const struct node *node, const char *text, int health)
{
	const char *c = health > 0 ? GREEN : health < 0 ? RED : "";
	size_t used = strlen(t->margin.s) + strlen("o- ") + strlen(node->name) + strlen(text) + 3;
	int dots = t->ctx->width - 1 - (int)used;
	struct strbuf line = { 0 };

	sb_addf(&line, "%s%c- %s%s%s ", t->margin.s, t->ctx->prefs.tree_round_nodes ? 'o' : '+',
		color(t->ctx, BOLD), node->name, color(t->ctx, PLAIN));
	if (!t->ctx->prefs.tree_status_mode) {
		line.s[line.len - 1] = '\0';	/* the space before the dots */
		puts(line.s);
		sb_free(&line);
		return;
	}
	for (int i = 0; i < dots; i++)
		sb_adds(&line, ".");
	sb_addf(&line, " [%s%s%s]", color(t->ctx, c), text, color(t->ctx, PLAIN));
	puts(line.s);
	sb_free(&line);
}

static json_t *walk(struct tree *t, const struct node *node, int depth);

/* The children of a node; the last has no line to a next one left of it. */
static json_t *walk_children(struct tree *t, const struct node *node,
			     const struct strlist *names, int depth)
{
	size_t margin = t->margin.len;
	json_t *out = json_array(), *one;

	for (size_t i = 0; i < names->n; i++) {
		struct node *child = node_child(t->ctx, node, names->v[i]);

		if (!child)	/* gone meanwhile */
			continue;
		/* Below a node that is not its parent's last, the line goes on. */
		sb_adds(&t->margin, i + 1 < names->n ? "| " : "  ");
		one = walk(t, child, depth);
		json_array_append_new(out, one);
		t->margin.len = margin;
		t->margin.s[margin] = '\0';
		node_free(child);
	}
	return out;
}

/* The margin of a node's own line ends before its own column. */
static void draw(struct tree *t, const struct node *node, const char *text, int health)
{
	size_t len = t->margin.len;
	char keep = t->margin.s[len - COLUMN];

	if (t->ctx->json)
		return;
	t->margin.s[len - COLUMN] = '\0';
	draw_line(t, node, text, health);
	t->margin.s[len - COLUMN] = keep;
}

static json_t *walk(struct tree *t, const struct node *node, int depth)
{
	struct strlist names = { 0 };
	struct strbuf text = { 0 };
	json_t *out;
	int health;

	node_children(t->ctx, node, &names);
	node_summary(t->ctx, node, names.n, &text, &health);
	draw(t, node, text.s, health);
	out = json_pack("{s:s, s:s}", "name", node->name, "summary", text.s);
	if (health)
		json_object_set_new(out, "healthy", json_boolean(health > 0));
	if (depth && names.n)
		json_object_set_new(out, "children",
				    walk_children(t, node, &names, depth - 1));
	sb_free(&text);
	sl_free(&names);
	return out;
}

/* What is below a node, each as if it were asked for itself. */
static json_t *walk_below(struct tree *t, const struct node *node, int depth)
{
	struct strlist names = { 0 };
	json_t *out = json_array();

	node_children(t->ctx, node, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct node *child = node_child(t->ctx, node, names.v[i]);

		if (child)
			json_array_append_new(out, walk(t, child, depth));
		node_free(child);
	}
	sl_free(&names);
	return out;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *path = arg(&verb_ls, args, "path"), *d = arg(&verb_ls, args, "depth");
	struct tree t = { .ctx = ctx };
	struct node *start = NULL;
	uint64_t depth = ctx->prefs.tree_max_depth;
	int err = tree_ready(ctx);

	if (err)
		return err;
	if (path && !d && parse_uint(path, 1000, &depth))
		path = NULL;	/* "ls 2" */
	else if (d && !parse_uint(d, 1000, &depth))
		return usage(ctx, "depth=%s: give the number of levels to show", d);
	if (path)
		err = node_from(ctx, node, path, &start);
	if (err)
		return err;
	sb_adds(&t.margin, "  ");
	/* 0 is the whole tree, as in targetcli */
	answer(ctx, (ctx->prefs.tree_show_root || ctx->json ? walk : walk_below)
	       (&t, start ? start : node, depth ? (int)depth : -1));
	sb_free(&t.margin);
	node_free(start);
	return 0;
}

const struct verb verb_ls = {
	.name = "ls",
	.kinds = KINDS_ALL,
	.help = "Draw the tree",
	.params = {
		{ "path", "where to start (default: here)", false, PT_PATH },
		{ "depth", "levels to show (default, and 0: all)", false },
	},
	.run = run,
};
