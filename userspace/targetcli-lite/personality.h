/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A personality is a language: it translates a command into verbs, and prints
 * what came of it. personality_targetcli.c is targetcli's.
 */
#ifndef TL_PERSONALITY_H
#define TL_PERSONALITY_H

#include "ctx.h"

struct personality {
	const char *name;	/* as first argument or name of the program */
	const char *help;
	int (*main)(struct ctx *ctx, int argc, char **argv);
};

extern const struct personality personality_targetcli;
extern const struct personality personality_tgtadm;
extern const struct personality personality_tgt_admin;

/* Split a line into words, with quotes and backslashes as in a shell. */
int split_line(struct ctx *ctx, const char *line, struct strlist *words);
/* Is the first word of a command the path that it is about? */
bool is_path(const char *word);
/* The path before a final "*", which is each node below it ("." of "*" alone); or NULL. */
char *path_of_all(const char *word);
enum tl_status run_line(struct ctx *ctx, const char *line);
/* Print the last command's error, with 'where' ("line 3: ") before it. */
void print_error(struct ctx *ctx, const char *where);
/* At the end of a shell or batch: save, when the preference says so. */
enum tl_status save_on_exit(struct ctx *ctx);
/* The interactive shell (shell.c). */
enum tl_status run_shell(struct ctx *ctx);

#endif
