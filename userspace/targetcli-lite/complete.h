/* SPDX-License-Identifier: GPL-2.0 */
/* Completion, for the shell here and for those of others. */
#ifndef TL_COMPLETE_H
#define TL_COMPLETE_H

#include "ctx.h"

/*
 * Add what the last word of a line may become, sorted; a path to go on from
 * ends with a slash, a name that wants a value with '='. Returns the length of
 * that word as it is.
 */
size_t complete_line(struct ctx *ctx, const char *line, struct strlist *out);

#endif
