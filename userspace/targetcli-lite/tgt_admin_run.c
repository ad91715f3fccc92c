// SPDX-License-Identifier: GPL-2.0
/* tgt-admin: messages, commands of tgtadm, and what targets there are. */
#include "tgt_admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signals.h"

static void vnote(const struct admin *a, bool as_warning, const char *fmt, va_list ap)
{
	char *msg = xvasprintf(fmt, ap);

	if (as_warning)
		warn(a->ctx, "%s", msg);
	else
		printf("# %s\n", msg);
	free(msg);
}

void admin_note(const struct admin *a, const char *fmt, ...)
{
	va_list ap;

	if (!a->pretend && !a->verbose && !a->import)
		return;
	va_start(ap, fmt);
	vnote(a, a->import, fmt, ap);
	va_end(ap);
}

void admin_note_left(const struct admin *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vnote(a, a->import || !(a->pretend || a->verbose), fmt, ap);
	va_end(ap);
}

int admin_bad(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("tgt-admin: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

int admin_bad_file(const struct admin *a, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	if (a->import)
		fail_plain(a->ctx, -EINVAL, "%s", msg);
	else
		admin_bad("%s", msg);
	free(msg);
	return 1;
}

/* As a shell would want to read it. */
static void print_word(const char *word)
{
	if (is_word(word, SIZE_MAX, "_@%+=:,./-")) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static void print_command(const struct strlist *words)
{
	bool secret = false;

	for (size_t i = 0; i < words->n; i++) {
		if (i)
			putchar(' ');
		if (secret)
			fputs("********", stdout);
		else
			print_word(words->v[i]);
		secret = !strcmp(words->v[i], "--password");
	}
	putchar('\n');
}

static void print_failure(const struct strlist *words, int st)
{
	printf("Command:\n\t");
	print_command(words);
	printf("exited with code: %d.\n", st);
}

int admin_run(struct admin *a, ...)
{
	struct strlist words = { 0 };
	const char *word;
	va_list ap;
	int st = 0;

	sl_add(&words, "tgtadm");
	va_start(ap, a);
	while ((word = va_arg(ap, const char *)))
		sl_add(&words, word);
	va_end(ap);
	if (a->pretend || a->verbose)
		print_command(&words);
	if (!a->pretend) {
		fflush(stdout);
		sl_add(&words, "");
		free(words.v[--words.n]);
		words.v[words.n] = NULL;
		st = tgtadm(a->ctx, words.n, words.v);
		if (st && !a->ignore_errors && !a->import)
			print_failure(&words, st);
	}
	sl_free(&words);
	if (signals_came() && !st)
		st = admin_bad("interrupted by a signal after this command");
	if (st && !a->status)
		a->status = st;
	return a->ignore_errors && !signals_came() ? 0 : st;
}

int admin_live_targets(struct admin *a, struct strlist *iqns, int *max)
{
	struct tgt tgt;
	int err = tgt_open(a->ctx, &tgt, false);

	*max = 0;
	json_decref(a->live);
	a->live = json_object();
	if (!err) {
		tgt_targets(&tgt, iqns);
		for (size_t i = 0; i < iqns->n; i++) {
			*max = tgt_tid(&tgt, iqns->v[i]);
			json_object_set_new_nocheck(a->live, iqns->v[i], json_integer(*max));
		}
	}
	tgt_close(&tgt, err);
	return err ? admin_bad("%s", a->ctx->error) : 0;
}

int admin_number_of(const struct admin *a, const char *iqn)
{
	return int_of(a->live, iqn);
}

static bool in_use(struct admin *a, const char *iqn)
{
	struct tgt_sessions s;
	bool any;

	tgt_sessions(a->ctx, iqn, &s);
	any = s.n;
	tgt_sessions_free(&s);
	return any;
}

int admin_delete_target(struct admin *a, const char *iqn)
{
	int tid = admin_number_of(a, iqn);
	bool used = tid && in_use(a, iqn);
	char number[16];

	if (!tid) {
		admin_note_left(a, "Target with name %s does not exist!", iqn);
		return 0;
	}
	if (used && !a->force) {
		admin_note_left(a, "Target with tid %d (%s) is in use, it won't be %s.", tid, iqn,
				a->update ? "updated" : "deleted");
		return 1;
	}
	snprintf(number, sizeof(number), "%d", tid);
	admin_note(a, "Removing target: %s", iqn);
	if (admin_run(a, "--mode", "target", "--op", "delete", "--tid", number,
		      used ? "--force" : NULL, NULL))
		return -1;
	json_object_del(a->live, iqn);
	return 0;
}

char *normal_iqn(const char *iqn)
{
	char *s = xstrdup(iqn);

	for (char *p = s; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return s;
}

/* The first of two that have the same name, letter case aside, is it. */
static void index_blocks(struct admin *a)
{
	a->blocks = json_object();
	for (size_t i = 0; i < a->conf.n; i++) {
		const struct conf_option *o = &a->conf.v[i];
		char *name = normal_iqn(o->value);

		if (o->block && !strcmp(o->name, "target") && !json_object_get(a->blocks, name))
			json_object_set_new(a->blocks, name, json_integer(i));
		free(name);
	}
}

const struct conf *admin_block_of(struct admin *a, const char *iqn)
{
	json_t *at;

	if (!a->blocks)
		index_blocks(a);
	at = json_object_get(a->blocks, iqn);
	return at ? a->conf.v[json_integer_value(at)].options : NULL;
}

void admin_free(struct admin *a)
{
	admin_put_limit_back(a);
	conf_free(&a->conf);
	json_decref(a->accounts);
	json_decref(a->live);
	json_decref(a->blocks);
}
