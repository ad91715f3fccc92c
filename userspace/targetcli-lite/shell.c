// SPDX-License-Identifier: GPL-2.0
/* The interactive shell: a line editor with history and completion. */
#include <histedit.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "personality.h"
#include "prefs.h"
#include "verb.h"

#define HISTORY_LINES 1000

struct shell {
	struct ctx *ctx;
	EditLine *el;
	History *history;
	char *history_file;
	char prompt[256];
};

static char *prompt(EditLine *el)
{
	struct shell *sh;

	el_get(el, EL_CLIENTDATA, &sh);
	snprintf(sh->prompt, sizeof(sh->prompt), "%s> ", sh->ctx->cwd);
	return sh->prompt;
}

/* Completion */

static void add_paths(struct ctx *ctx, const char *word, struct strlist *out)
{
	const char *slash = strrchr(word, '/');
	size_t n = slash ? slash - word + 1 : 0;
	char *dir = xstrndup(word, n);
	struct strlist names = { 0 };
	struct node *node;

	if (!node_resolve(ctx, n ? dir : ctx->cwd, &node)) {
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

		if (!args->value[i])
			sl_add_prefixed(out, pair, word);
		free(pair);
	}
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
	if (!strcmp(verb->name, "cd") || !strcmp(verb->name, "ls"))
		add_paths(ctx, word, out);
	args_free(&args);
}

/* What may stand for 'word' after 'words'. */
static void complete(struct ctx *ctx, char *const *words, size_t n, const char *word,
		     struct strlist *out)
{
	bool path = n && (strchr(words[0], '/') || !strcmp(words[0], ".."));
	struct node *node;

	if (node_resolve(ctx, path ? words[0] : ctx->cwd, &node))
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

static size_t common_prefix(const struct strlist *sl)
{
	size_t n = strlen(sl->v[0]);

	for (size_t i = 1; i < sl->n; i++) {
		size_t k = 0;

		while (k < n && sl->v[0][k] == sl->v[i][k])
			k++;
		n = k;
	}
	return n;
}

static unsigned char insert(EditLine *el, const struct strlist *found, size_t typed)
{
	size_t n = common_prefix(found);
	char *more = xstrndup(found->v[0] + typed, n - typed);
	char last = n ? found->v[0][n - 1] : 0;
	int ok = el_insertstr(el, more);

	if (found->n == 1 && last != '/' && last != '=')
		ok |= el_insertstr(el, " ");
	else if (found->n > 1 && n == typed) {
		putchar('\n');
		for (size_t i = 0; i < found->n; i++)
			printf("%s  ", found->v[i]);
		putchar('\n');
		free(more);
		return CC_REDISPLAY;
	}
	free(more);
	return ok < 0 ? CC_ERROR : CC_REFRESH;
}

static unsigned char on_tab(EditLine *el, int ch)
{
	const LineInfo *li = el_line(el);
	char *line = xstrndup(li->buffer, li->cursor - li->buffer);
	bool fresh = li->cursor == li->buffer || li->cursor[-1] == ' ';
	struct strlist words = { 0 }, found = { 0 };
	unsigned char rc = CC_ERROR;
	struct shell *sh;
	const char *word;

	(void)ch;
	el_get(el, EL_CLIENTDATA, &sh);
	if (!split_line(sh->ctx, line, &words)) {
		word = fresh || !words.n ? "" : words.v[words.n - 1];
		complete(sh->ctx, words.v, words.n - (fresh || !words.n ? 0 : 1), word, &found);
		sl_sort(&found);
		if (found.n)
			rc = insert(el, &found, strlen(word));
	}
	sl_free(&words);
	sl_free(&found);
	free(line);
	return rc;
}

/* History: not of lines that hold a secret. */

static bool holds_secret(const char *line)
{
	return strstr(line, "password") && strchr(line, '=');
}

static void remember(struct shell *sh, const char *line)
{
	HistEvent ev;

	if (*line != '\n' && !holds_secret(line))
		history(sh->history, &ev, H_ENTER, line);
}

static void save_history(struct shell *sh)
{
	mode_t old = umask(077);
	HistEvent ev;

	if (sh->history_file)
		history(sh->history, &ev, H_SAVE, sh->history_file);
	umask(old);
}

static void open_editor(struct shell *sh)
{
	char *home = prefs_home();
	HistEvent ev;

	if (home) {
		mkdir(home, 0700);
		sh->history_file = xasprintf("%s/history", home);
	}
	sh->el = el_init("targetcli-lite", stdin, stdout, stderr);
	sh->history = history_init();
	history(sh->history, &ev, H_SETSIZE, HISTORY_LINES);
	if (sh->history_file)
		history(sh->history, &ev, H_LOAD, sh->history_file);
	el_set(sh->el, EL_CLIENTDATA, sh);
	el_set(sh->el, EL_PROMPT, prompt);
	el_set(sh->el, EL_EDITOR, "emacs");
	el_set(sh->el, EL_HIST, history, sh->history);
	el_set(sh->el, EL_ADDFN, "complete", "Complete the word", on_tab);
	el_set(sh->el, EL_BIND, "^I", "complete", NULL);
	el_set(sh->el, EL_SIGNAL, 1);
	el_source(sh->el, NULL);
	free(home);
}

enum tl_status run_shell(struct ctx *ctx)
{
	struct shell sh = { .ctx = ctx };
	enum tl_status st = ST_OK;
	const char *line;
	int n;

	setlocale(LC_CTYPE, "");
	open_editor(&sh);
	puts("targetcli-lite; type help for commands, exit to leave.");
	while (!ctx->quit && (line = el_gets(sh.el, &n)) && n > 0) {
		remember(&sh, line);
		st = run_line(ctx, line);
		if (!st_is_done(st))
			print_error(ctx, "");
	}
	save_history(&sh);
	history_end(sh.history);
	el_end(sh.el);
	free(sh.history_file);
	if (!ctx->prefs.auto_save_on_exit)
		return ST_OK;
	puts("Global pref auto_save_on_exit=true");
	st = run_line(ctx, "saveconfig");
	if (st != ST_OK)
		print_error(ctx, "");
	return st;
}
