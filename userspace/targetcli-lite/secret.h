/* SPDX-License-Identifier: GPL-2.0 */
/* Secrets that are not given in the command line, where others can read them. */
#ifndef TL_SECRET_H
#define TL_SECRET_H

#include "ctx.h"

/*
 * The secret that 'given' stands for: "-" asks for it on the terminal, or reads
 * a line of standard input; "@FILE" reads the first line of a file; anything
 * else is the secret itself.
 */
int secret_value(struct ctx *ctx, const char *name, const char *given, char **out);

#endif
