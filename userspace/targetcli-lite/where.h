/* SPDX-License-Identifier: GPL-2.0 */
/* Where we are in the tree, where we were, and the user's bookmarks. */
#ifndef TL_WHERE_H
#define TL_WHERE_H

#include "ctx.h"

/* Go to a shown path, forgetting those that where_forward() would lead to. */
void where_go(struct ctx *ctx, const char *path);
/* Where we were before, and back again: the path, or NULL at the end of the history. */
const char *where_back(struct ctx *ctx);
const char *where_forward(struct ctx *ctx);

/* Is it a name that a bookmark may have? */
bool bookmark_name_ok(const char *name);
/* The shown path that "@NAME" or "@NAME/REST" stands for; NULL and an error when none. */
char *bookmark_path(struct ctx *ctx, const char *path);

#endif
