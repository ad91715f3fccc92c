// SPDX-License-Identifier: GPL-2.0
/* The interactive shell: a line editor with history and completion. */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complete.h"
#include "editor.h"
#include "node.h"
#include "personality.h"
#include "prefs.h"
#include "signals.h"
#include "where.h"

#define HISTORY_LINES 1000

static struct editor libedit;

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
	size_t max, half, n;

	libedit.el_get(el, EL_CLIENTDATA, &sh);
	max = sh->ctx->prefs.prompt_length;
	half = max > 3 ? (max - 3) / 2 : 0;
	n = strlen(sh->ctx->cwd);
	if (max && n > max)
		snprintf(sh->prompt, sizeof(sh->prompt), "%.*s...%s> ", (int)half, sh->ctx->cwd,
			 sh->ctx->cwd + n - half);
	else
		snprintf(sh->prompt, sizeof(sh->prompt), "%s> ", sh->ctx->cwd);
	return sh->prompt;
}

/* Completion */

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
	int ok = libedit.el_insertstr(el, more);

	if (found->n == 1 && last != '/' && last != '=')
		ok |= libedit.el_insertstr(el, " ");
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
	const LineInfo *li = libedit.el_line(el);
	char *line = xstrndup(li->buffer, li->cursor - li->buffer);
	struct strlist found = { 0 };
	unsigned char rc = CC_ERROR;
	struct shell *sh;
	size_t typed;

	(void)ch;
	libedit.el_get(el, EL_CLIENTDATA, &sh);
	typed = complete_line(sh->ctx, line, &found);
	if (found.n)
		rc = insert(el, &found, typed);
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
		libedit.history(sh->history, &ev, H_ENTER, line);
}

static void save_history(struct shell *sh)
{
	mode_t old = umask(077);
	HistEvent ev;

	if (sh->history_file)
		libedit.history(sh->history, &ev, H_SAVE, sh->history_file);
	umask(old);
}

/* Where the last shell was left, this one begins, as targetcli's does. */
static char *path_file(void)
{
	char *home = prefs_home(), *file = home ? xasprintf("%s/path", home) : NULL;

	free(home);
	return file;
}

static void load_path(struct ctx *ctx)
{
	char *file = path_file(), path[PATH_MAX] = "";
	FILE *f = file ? fopen(file, "re") : NULL;
	struct node *node;

	free(file);
	if (!f)
		return;
	if (fgets(path, sizeof(path), f) && *path == '/') {
		path[strcspn(path, "\n")] = '\0';
		if (!node_resolve(ctx, path, &node)) {
			node_free(node);
			where_go(ctx, path);
		}
		ctx_reset(ctx);
	}
	fclose(f);
}

static void save_path(struct ctx *ctx)
{
	char *file = path_file();
	FILE *f = file ? fopen(file, "we") : NULL;

	free(file);
	if (!f)
		return;
	fprintf(f, "%s\n", ctx->cwd);
	fclose(f);
}

static void open_editor(struct shell *sh)
{
	char *home = prefs_home();
	HistEvent ev;

	if (home) {
		mkdir(home, 0700);
		sh->history_file = xasprintf("%s/history", home);
	}
	sh->el = libedit.el_init("targetcli-lite", stdin, stdout, stderr);
	sh->history = libedit.history_init();
	libedit.history(sh->history, &ev, H_SETSIZE, HISTORY_LINES);
	if (sh->history_file)
		libedit.history(sh->history, &ev, H_LOAD, sh->history_file);
	libedit.el_set(sh->el, EL_CLIENTDATA, sh);
	libedit.el_set(sh->el, EL_PROMPT, prompt);
	libedit.el_set(sh->el, EL_EDITOR, "emacs");
	libedit.el_set(sh->el, EL_HIST, libedit.history, sh->history);
	libedit.el_set(sh->el, EL_ADDFN, "complete", "Complete the word", on_tab);
	libedit.el_set(sh->el, EL_BIND, "^I", "complete", NULL);
	libedit.el_set(sh->el, EL_SIGNAL, 1);
	libedit.el_source(sh->el, NULL);
	free(home);
}

/* ^C: the line that is typed is forgotten, and what a command waits for ends. */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* The next line, or NULL at the end. */
static const char *read_command(struct shell *sh)
{
	const char *line;
	int n;

	do {
		interrupted = 0;
		line = libedit.el_gets(sh->el, &n);
		if (interrupted) {
			putchar('\n');
			libedit.el_reset(sh->el);
		}
	} while (interrupted);
	return n > 0 ? line : NULL;
}

static void run_command(struct shell *sh, const char *line)
{
	remember(sh, line);
	if (!st_is_done(run_line(sh->ctx, line)))
		print_error(sh->ctx, "");
	if (signals_came() == SIGINT)
		signals_forget();
}

enum tl_status run_shell(struct ctx *ctx)
{
	struct sigaction sa = { .sa_handler = on_interrupt };
	struct shell sh = { .ctx = ctx };
	const char *line;

	if (editor_load(ctx, &libedit)) {
		print_error(ctx, "");
		return ctx->status;
	}
	setlocale(LC_CTYPE, "");
	open_editor(&sh);
	load_path(ctx);
	sigaction(SIGINT, &sa, NULL);
	puts("targetcli-lite; type help for commands, exit to leave.");
	while (!ctx->quit && !signals_came() && (line = read_command(&sh)))
		run_command(&sh, line);
	save_history(&sh);
	save_path(ctx);
	libedit.history_end(sh.history);
	libedit.el_end(sh.el);
	free(sh.history_file);
	return signals_came() ? ST_FAILED : save_on_exit(ctx);
}
