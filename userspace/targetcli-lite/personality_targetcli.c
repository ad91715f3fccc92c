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
#include "signals.h"
#include "verb.h"
#include "where.h"

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

bool is_path(const char *word)
{
	return !strcmp(word, ".") || !strcmp(word, "..") || !strcmp(word, "*") ||
	       ((*word == '@' || strchr(word, '/')) && !strchr(word, '='));
}

static int go_to(struct ctx *ctx, const struct node *node)
{
	char *path = node_path(node);

	where_go(ctx, path);
	free(path);
	return 0;
}

/* What was created is @last; go there, when the preference says so. */
static void follow(struct ctx *ctx, const struct verb *verb)
{
	json_t *path = json_object_get(ctx->result, "path");

	if (strcmp(verb->name, "create") || !json_is_string(path))
		return;
	json_object_set(ctx->bookmarks, "last", path);
	if (ctx->prefs.auto_cd_after_create)
		where_go(ctx, json_string_value(path));
}

/* "create --help" */
static bool wants_help(char *const *words, size_t n)
{
	bool wants = false;

	for (size_t i = 1; i < n; i++)
		wants = wants || !strcmp(words[i], "--help");
	return wants;
}

static int run_verb(struct ctx *ctx, struct node *node, char *const *words, size_t n)
{
	static char help[] = "help";
	const struct verb *verb;
	struct args args;
	int err = verb_find(ctx, node, words[0], &verb);

	if (err)
		return err;
	if (wants_help(words, n))
		return run_verb(ctx, node, (char *[]){ help, words[0] }, 2);
	err = args_bind(ctx, verb, words + 1, n - 1, &args);
	if (!err && verb->changes)
		err = ctx_lock(ctx);
	cfs_unread_forget();
	if (!err)
		err = verb->run(ctx, node, &args);
	if (!err) {
		warn_unread(ctx);
		follow(ctx, verb);
	}
	ctx_unlock(ctx);
	args_free(&args);
	return err;
}

static void print_text(struct ctx *ctx)
{
	json_t *msg;
	size_t i;

	json_array_foreach(ctx->messages, i, msg)
		puts(json_string_value(msg));
	fflush(stdout);
}

char *path_of_all(const char *word)
{
	size_t n = strlen(word);

	if (!n || word[n - 1] != '*' || (n > 1 && word[n - 2] != '/'))
		return NULL;
	return n == 1 ? xstrdup(".") : xstrndup(word, n - 1);
}

/* The present node may have been deleted: then we are at what is left above it. */
static void leave_deleted(struct ctx *ctx)
{
	char *path = xstrdup(ctx->cwd);
	struct node *node;

	while (node_resolve(ctx, *path ? path : "/", &node)) {
		error_drop(ctx);
		ctx->status = ST_OK;
		*strrchr(path, '/') = '\0';
	}
	node_free(node);
	if (strcmp(*path ? path : "/", ctx->cwd)) {
		warn(ctx, "%s is no more; going on at %s", ctx->cwd, *path ? path : "/");
		where_go(ctx, *path ? path : "/");
	}
	free(path);
}

/* What one of several nodes answered, before the next is asked. */
static void tell_one(struct ctx *ctx, const char *path, json_t *all)
{
	if (ctx->json)
		json_object_set(all, path, ctx->result ? ctx->result : ctx->messages ?
				ctx->messages : json_null());
	else
		print_text(ctx);
	json_decref(ctx->result);
	json_decref(ctx->messages);
	ctx->result = NULL;
	ctx->messages = NULL;
}

static int run_at(struct ctx *ctx, struct node *node, char *const *words, size_t n, json_t *all)
{
	char *path = node_path(node);
	int err;

	if (!ctx->json)
		printf("[%s]\n", path);
	err = run_verb(ctx, node, words, n);
	if (err) {
		char *before = xasprintf("%s: ", path);

		error_extend(ctx, before, "");
		free(before);
	} else {
		tell_one(ctx, path, all);
	}
	free(path);
	return err;
}

/* A command at each node below, until one fails; without a command, as targetcli, ls. */
static int run_at_all(struct ctx *ctx, const char *path, char *const *words, size_t n)
{
	static char ls[] = "ls";
	char *const by_default[] = { ls };
	struct strlist names = { 0 };
	json_t *all = json_object();
	struct node *node, *child;
	int err = node_resolve(ctx, path, &node);

	if (err)
		goto out;
	node_children(ctx, node, &names);
	for (size_t i = 0; i < names.n && !err; i++) {
		child = node_child(ctx, node, names.v[i]);
		if (child)	/* else gone meanwhile */
			err = run_at(ctx, child, n ? words : by_default, n ? n : 1, all);
		node_free(child);
	}
	node_free(node);
	if (!err)
		answer(ctx, json_incref(all));
out:
	sl_free(&names);
	json_decref(all);
	return err;
}

static int run_command(struct ctx *ctx, char *const *words, size_t n)
{
	bool path = is_path(words[0]);
	char *all = path ? path_of_all(words[0]) : NULL;
	struct node *node;
	int err;

	leave_deleted(ctx);
	if (all) {
		err = run_at_all(ctx, all, words + 1, n - 1);
		free(all);
		return err;
	}
	err = node_resolve(ctx, path ? words[0] : ctx->cwd, &node);
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
static enum tl_status run_words(struct ctx *ctx, char *const *words, size_t n)
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
	ctx_reset(ctx);
	st = check_utf8(ctx, rest, k) ? ctx->status : run_plain(ctx, rest, k);
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
		char *clean = utf8_clean(msg);
		json_t *e = json_pack("{s:s, s:i}", "error", clean, "status", (int)ctx->status);

		if (*where)
			json_object_set_new(e, "where", json_string(where));
		json_dumpf(e, stderr, 0);
		fputc('\n', stderr);
		json_decref(e);
		free(clean);
		return;
	}
	fprintf(stderr, "%s: %s%s\n", ctx->name, where, msg);
}

enum tl_status save_on_exit(struct ctx *ctx)
{
	enum tl_status st;

	if (!ctx->prefs.auto_save_on_exit)
		return ST_OK;
	if (!ctx->always_json)
		puts("Global pref auto_save_on_exit=true");
	st = run_line(ctx, "/ saveconfig");	/* a storage object has one of its own */
	if (st != ST_OK)
		print_error(ctx, "");
	return st;
}

/*
 * targetcli saves after a batch, whatever has become of it. Here one that failed
 * leaves the file as it was: what it changed is half of something.
 */
static enum tl_status end_batch(struct ctx *ctx, enum tl_status st, unsigned long changes)
{
	enum tl_status saved;

	if (changes == ctx->saved_at || !ctx->prefs.auto_save_on_exit)
		return st;
	if (!st_is_done(st)) {
		warn(ctx, "the lines before it are done, and not saved; saveconfig saves them");
		return st;
	}
	saved = save_on_exit(ctx);
	return saved ? saved : st;
}

/* What a line of a batch came to: 'why' it is none, a signal, or its own error. */
static enum tl_status run_batch_line(struct ctx *ctx, const struct strbuf *line, const char *why)
{
	enum tl_status st;

	if (why)
		usage(ctx, "%s", why);
	st = why ? ctx->status : run_line(ctx, line->s);
	if (st_is_done(st) && signals_came()) {
		fail_plain(ctx, -EINTR, "interrupted by a signal; this line is done");
		st = ctx->status;
	}
	return st;
}

/* Lines of standard input, until one fails. */
static enum tl_status run_batch(struct ctx *ctx)
{
	enum tl_status st, worst = ST_OK;
	unsigned long changes = 0;	/* of the lines that are done */
	struct strbuf line = { 0 };
	unsigned int number = 0;
	char *why;

	ctx->batch = true;
	ctx->json = ctx->always_json;
	ctx_reset(ctx);
	while (!ctx->quit && line_read(stdin, &line, &why)) {
		char where[32];

		number++;
		st = run_batch_line(ctx, &line, why);
		free(why);
		worst = st ? st : worst;
		if (st_is_done(st)) {
			changes = cfs_changes();
			continue;
		}
		snprintf(where, sizeof(where), "line %u: ", number);
		print_error(ctx, where);
		break;
	}
	if (ferror(stdin)) {
		fail(ctx, -errno, "cannot read standard input");
		print_error(ctx, "");
		worst = ctx->status;
	}
	sb_wipe(&line);
	return end_batch(ctx, worst, changes);
}

static int targetcli_main(struct ctx *ctx, int argc, char **argv)
{
	struct strlist words = { 0 };
	enum tl_status st;

	if (!argc)
		return isatty(STDIN_FILENO) ? run_shell(ctx) : run_batch(ctx);
	/* targetcli "PATH COMMAND …" VALUE…, where the first argument is several words */
	if (!strchr(argv[0], ' '))
		sl_add(&words, argv[0]);
	else if (split_line(ctx, argv[0], &words))
		argc = 0;
	for (int i = 1; i < argc; i++)
		sl_add(&words, argv[i]);
	st = argc ? run_words(ctx, words.v, words.n) : ctx->status;
	sl_free(&words);
	if (!st_is_done(st))
		print_error(ctx, "");
	return st;
}

const struct personality personality_targetcli = {
	.name = "targetcli",
	.help = "the language of targetcli (default)",
	.main = targetcli_main,
};
