// SPDX-License-Identifier: GPL-2.0
/* What may stand at the end of a line: paths, commands, parameters, values. */
#include "complete.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "personality.h"
#include "verb.h"

static void add_bookmarks(struct ctx *ctx, const char *word, struct strlist *out)
{
	const char *name;
	json_t *path;

	json_object_foreach(ctx->bookmarks, name, path) {
		char *mark = xasprintf("@%s", name);

		sl_add_prefixed(out, mark, word);
		free(mark);
	}
}

static void add_paths(struct ctx *ctx, const char *word, struct strlist *out)
{
	const char *slash = strrchr(word, '/');
	size_t n = slash ? slash - word + 1 : 0;
	char *dir = xstrndup(word, n);
	struct strlist names = { 0 };
	struct node *node;

	if (*word == '@' && !n) {
		add_bookmarks(ctx, word, out);
	} else if (!node_resolve(ctx, n ? dir : ctx->cwd, &node)) {
		node_children(ctx, node, &names);
		for (size_t i = 0; i < names.n; i++) {
			char *path = xasprintf("%s%s/", dir, names.v[i]);

			sl_add_prefixed(out, path, word);
			free(path);
		}
		node_free(node);
	}
	sl_free(&names);
	free(dir);
}

static void add_verbs(const struct node *node, const char *word, struct strlist *out)
{
	for (size_t i = 0; i < nverbs; i++)
		if (verbs[i]->kinds & BIT(node->kind))
			sl_add_prefixed(out, verbs[i]->name, word);
}

/* Names of parameters that have no value yet, as "name=". */
static void add_params(const struct verb *verb, const struct args *args, const char *word,
		       struct strlist *out)
{
	for (size_t i = 0; i < VERB_MAX_PARAMS && verb->params[i].name; i++) {
		char *pair = xasprintf("%s=", verb->params[i].name);

		if (!args->value[i] && !strchr(word, '='))
			sl_add_prefixed(out, pair, word);
		free(pair);
	}
}

static void add_files(const char *word, struct strlist *out)
{
	char *pattern = xasprintf("%s*", word);
	glob_t found;

	if (!strpbrk(word, "*?[\\") && !glob(pattern, GLOB_MARK, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			sl_add(out, found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
}

/* What may be given for a parameter, by its type; 'value' is the part that is there. */
static void add_typed(struct ctx *ctx, enum param_type type, const char *value,
		      struct strlist *out)
{
	switch (type) {
	case PT_BOOL:
		sl_add(out, "true");
		sl_add(out, "false");
		break;
	case PT_FILE:
		add_files(value, out);
		break;
	case PT_DEVICE:
		if (*value == '/')
			add_files(value, out);
		break;
	case PT_PATH:
		add_paths(ctx, value, out);
		break;
	case PT_TEXT:
		break;
	}
}

static enum param_type type_of(const struct verb *verb, const char *name)
{
	for (size_t i = 0; i < VERB_MAX_PARAMS && verb->params[i].name; i++)
		if (!strcmp(verb->params[i].name, name))
			return verb->params[i].type;
	return PT_TEXT;
}

/* Values of one parameter, which the word may name ("lun=3"). */
static void add_values(struct ctx *ctx, struct node *node, const struct verb *verb,
		       const struct args *args, const char *word, struct strlist *out)
{
	const char *eq = strchr(word, '=');
	char *name = eq ? xstrndup(word, eq - word) : NULL;
	struct strlist values = { 0 };

	for (size_t i = 0; !name && i < VERB_MAX_PARAMS && verb->params[i].name; i++)
		if (!args->value[i])
			name = xstrdup(verb->params[i].name);
	if (!name && (verb->more_words || verb->more_pairs))
		name = xstrdup("");
	if (name && verb->complete)
		verb->complete(ctx, node, name, args, &values);
	if (name)
		add_typed(ctx, type_of(verb, name), eq ? eq + 1 : word, &values);
	for (size_t i = 0; i < values.n; i++) {
		char *full = eq ? xasprintf("%s=%s", name, values.v[i]) : xstrdup(values.v[i]);

		sl_add_prefixed(out, full, word);
		free(full);
	}
	sl_free(&values);
	free(name);
}

static void add_arguments(struct ctx *ctx, struct node *node, char *const *words, size_t n,
			  const char *word, struct strlist *out)
{
	const struct verb *verb;
	struct args args;

	if (verb_find(ctx, node, words[0], &verb))
		return;
	args_bind(ctx, verb, words + 1, n - 1, &args);	/* may be incomplete yet */
	add_values(ctx, node, verb, &args, word, out);
	add_params(verb, &args, word, out);
	args_free(&args);
}

/* The node that a command is about; of all below one ("*"), the first. */
static struct node *subject(struct ctx *ctx, const char *path)
{
	char *all = path_of_all(path);
	struct strlist names = { 0 };
	struct node *node, *child;

	if (node_resolve(ctx, all ? all : path, &node))
		node = NULL;
	if (node && all) {
		node_children(ctx, node, &names);
		child = names.n ? node_child(ctx, node, names.v[0]) : NULL;
		node_free(node);
		node = child;
		sl_free(&names);
	}
	free(all);
	return node;
}

/* What may stand for 'word' after 'words'. */
static void complete(struct ctx *ctx, char *const *words, size_t n, const char *word,
		     struct strlist *out)
{
	bool path = n && is_path(words[0]);
	struct node *node = subject(ctx, path ? words[0] : ctx->cwd);

	if (!node)
		return;
	if (n == (size_t)path) {
		add_verbs(node, word, out);
		if (!path)
			add_paths(ctx, word, out);
	} else {
		add_arguments(ctx, node, words + path, n - path, word, out);
	}
	node_free(node);
	ctx_reset(ctx);
}

size_t complete_line(struct ctx *ctx, const char *line, struct strlist *out)
{
	size_t n = strlen(line), typed = 0;
	bool fresh = !n || line[n - 1] == ' ';
	struct strlist words = { 0 };
	const char *word = "";

	if (!split_line(ctx, line, &words)) {
		fresh = fresh || !words.n;
		if (!fresh)
			word = words.v[words.n - 1];
		complete(ctx, words.v, words.n - !fresh, word, out);
		sl_sort(out);
		typed = strlen(word);
	}
	sl_free(&words);
	ctx_reset(ctx);
	return typed;
}
