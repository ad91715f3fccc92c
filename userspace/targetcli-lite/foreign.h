/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Targets of other fabrics (loopback, vhost, …) in a saved configuration: this program
 * does not make them, and does not lose them either.
 */
#ifndef TL_FOREIGN_H
#define TL_FOREIGN_H

#include "ctx.h"

/* Take them out of 'config', saying so. */
void foreign_drop(struct ctx *ctx, json_t *config);
/*
 * Add those that the file has which is about to be replaced, unless their fabric has no
 * target any more; warn of fabrics that have targets of which the file knows nothing.
 * A file that cannot be read is an error, one that is no configuration is none.
 */
int foreign_keep(struct ctx *ctx, const char *file, json_t *config);

#endif
