/* SPDX-License-Identifier: GPL-2.0 */
/* Global preferences of the user, and bookmarks, kept in a file of their own. */
#ifndef TL_PREFS_H
#define TL_PREFS_H

#include "ctx.h"

/* Take ctx->prefs and ctx->bookmarks from the file; write both to it. */
void prefs_load(struct ctx *ctx);
int prefs_save(struct ctx *ctx);
/* Value of a preference as text in 'out'; false when there is no such one. */
bool prefs_get(const struct prefs *prefs, const char *name, struct strbuf *out);
int prefs_set(struct ctx *ctx, const char *name, const char *value);
void prefs_names(struct strlist *out);
const char *prefs_help(const char *name);
/* Directory of the preferences and of the shell's history, or NULL. */
char *prefs_home(void);

/* Is it one of targetcli's that is taken, and changes nothing here? */
bool prefs_has_no_effect(const char *name);

#endif
