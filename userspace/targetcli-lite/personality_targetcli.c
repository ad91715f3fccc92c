// SPDX-License-Identifier: GPL-2.0
/*
 * targetcli's language: [PATH] COMMAND [VALUE|NAME=VALUE]…, as arguments, in
 * lines of standard input, or in the interactive shell.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "personality.h"
#include "verb.h"

/* Words */

struct splitter {
	const char *s;
	struct strbuf word;
	bool in_word;
};

static void end_word(struct splitter *sp, struct strlist *words)
{
	if (sp->in_word)
		sl_add(words, sb_str(&sp->word));
	sb_reset(&sp->word);
	sp->in_word = false;
}

/* One character, or a quoted part; false when a quote is not closed. */
static bool take_part(struct splitter *sp)
{
	char quote = *sp->s;
	const char *end;

	sp->in_word = true;
	if (quote == '\\' && sp->s[1]) {
		sb_addn(&sp->word, sp->s + 1, 1);
		sp->s += 2;
		return true;
	}
	if (quote != '\'' && quote != '"') {
		sb_addn(&sp->word, sp->s++, 1);
		return true;
	}
	end = strchr(sp->s + 1, quote);
	if (!end)
		return false;
	sb_addn(&sp->word, sp->s + 1, end - sp->s - 1);
	sp->s = end + 1;
	return true;
}

int split_line(struct ctx *ctx, const char *line, struct strlist *words)
{
	struct splitter sp = { .s = line };
	int err = 0;

	while (*sp.s && !err) {
		if (strchr(" \t\r\n", *sp.s)) {
			end_word(&sp, words);
			sp.s++;
		} else if (*sp.s == '#' && !sp.in_word) {
			break;
		} else if (!take_part(&sp)) {
			err = usage(ctx, "a quote is not closed");
		}
	}
	end_word(&sp, words);
	sb_free(&sp.word);
	return err;
}

/* Commands */

static bool is_path(const char *word)
{
	return !strcmp(word, ".") || !strcmp(word, "..") ||
	       (strchr(word, '/') && !strchr(word, '='));
}

static int go_to(struct ctx *ctx, const struct node *node)
{
	free(ctx->cwd);
	ctx->cwd = node_path(node);
	return 0;
}

/* Go to what was created, when the preference says so. */
static void follow(struct ctx *ctx, const struct verb *verb)
{
	const char *path = json_string_value(json_object_get(ctx->result, "path"));

	if (!ctx->prefs.auto_cd_after_create || strcmp(verb->name, "create") || !path)
		return;
	free(ctx->cwd);
	ctx->cwd = xstrdup(path);
}

static int run_verb(struct ctx *ctx, struct node *node, char *const *words, size_t n)
{
	const struct verb *verb;
	struct args args;
	int err = verb_find(ctx, node, words[0], &verb);

	if (err)
		return err;
	err = args_bind(ctx, verb, words + 1, n - 1, &args);
	if (!err && verb->changes)
		err = ctx_lock(ctx);
	if (!err)
		err = verb->run(ctx, node, &args);
	if (!err)
		follow(ctx, verb);
	ctx_unlock(ctx);
	args_free(&args);
	return err;
}

static int run_command(struct ctx *ctx, char *const *words, size_t n)
{
	bool path = is_path(words[0]);
	struct node *node;
	int err = node_resolve(ctx, path ? words[0] : ctx->cwd, &node);

	if (err)
		return err;
	if (path && n == 1)
		err = go_to(ctx, node);
	else
		err = run_verb(ctx, node, words + path, n - path);
	node_free(node);
	return err;
}

/* What --json prints: the verb's answer, or else what it said. */
static void print_json(struct ctx *ctx)
{
	json_t *out = ctx->result ? ctx->result : ctx->messages;

	if (ctx->result && json_is_object(ctx->result) && ctx->messages)
		json_object_set(ctx->result, "messages", ctx->messages);
	if (out)
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	else
		fputs("{}", stdout);
	putchar('\n');
}

static void print_text(struct ctx *ctx)
{
	json_t *msg;
	size_t i;

	json_array_foreach(ctx->messages, i, msg)
		puts(json_string_value(msg));
	fflush(stdout);
}

static enum tl_status run_plain(struct ctx *ctx, char *const *words, size_t n)
{
	ctx_reset(ctx);
	if (!n)
		return ST_OK;
	if (run_command(ctx, words, n))
		return ctx->status ? ctx->status : ST_FAILED;
	if (ctx->printed)
		fflush(stdout);
	else if (ctx->json)
		print_json(ctx);
	else
		print_text(ctx);
	return st_is_done(ctx->status) ? ctx->status : ST_OK;
}

/* "NAME = VALUE", which targetcli takes, is one word. */
static size_t join_pairs(char **words, size_t n, struct strlist *made)
{
	char *pair;
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], "=") || !k) {
			words[k++] = words[i];
			continue;
		}
		pair = xasprintf("%s=%s", words[k - 1], i + 1 < n ? words[i + 1] : "");
		sl_add(made, pair);
		free(pair);
		words[k - 1] = made->v[made->n - 1];
		i++;
	}
	return k;
}

/* --json and --force are understood anywhere among the words, for that command. */
enum tl_status run_words(struct ctx *ctx, char *const *words, size_t n)
{
	char **rest = xcalloc(n + 1, sizeof(*rest));
	struct strlist made = { 0 };
	enum tl_status st;
	size_t k = 0;

	ctx->json = ctx->always_json;
	ctx->force = false;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], "--json"))
			ctx->json = true;
		else if (!strcmp(words[i], "--force"))
			ctx->force = true;
		else
			rest[k++] = words[i];
	k = join_pairs(rest, k, &made);
	st = run_plain(ctx, rest, k);
	sl_free(&made);
	free(rest);
	return st;
}

enum tl_status run_line(struct ctx *ctx, const char *line)
{
	struct strlist words = { 0 };
	enum tl_status st;

	ctx_reset(ctx);
	st = split_line(ctx, line, &words) ? ctx->status : run_words(ctx, words.v, words.n);
	sl_free(&words);
	return st;
}

void print_error(struct ctx *ctx, const char *where)
{
	const char *msg = ctx->error ? ctx->error : "failed";

	fflush(stdout);
	if (ctx->json) {
		json_t *e = json_pack("{s:s, s:i}", "error", msg, "status", (int)ctx->status);

		if (*where)
			json_object_set_new(e, "where", json_string(where));
		json_dumpf(e, stderr, 0);
		fputc('\n', stderr);
		json_decref(e);
		return;
	}
	fprintf(stderr, "targetcli-lite: %s%s\n", where, msg);
}

/* Lines of standard input, until one fails. */
static enum tl_status run_batch(struct ctx *ctx)
{
	enum tl_status st, worst = ST_OK;
	unsigned int number = 0;
	char *line = NULL;
	size_t cap = 0;

	ctx->batch = true;
	while (!ctx->quit && getline(&line, &cap, stdin) >= 0) {
		char where[32];

		number++;
		st = run_line(ctx, line);
		worst = st ? st : worst;
		if (st_is_done(st))
			continue;
		snprintf(where, sizeof(where), "line %u: ", number);
		print_error(ctx, where);
		break;
	}
	free(line);
	return worst;
}

static int targetcli_main(struct ctx *ctx, int argc, char **argv)
{
	enum tl_status st;

	if (!argc)
		return isatty(STDIN_FILENO) ? run_shell(ctx) : run_batch(ctx);
	/* targetcli "…" with the whole command in one argument */
	if (argc == 1 && strchr(argv[0], ' '))
		st = run_line(ctx, argv[0]);
	else
		st = run_words(ctx, argv, argc);
	if (!st_is_done(st))
		print_error(ctx, "");
	return st;
}

const struct personality personality_targetcli = {
	.name = "targetcli",
	.help = "the language of targetcli (default)",
	.main = targetcli_main,
};
