/* SPDX-License-Identifier: GPL-2.0 */
/* Targets that a command was killed at. */
#ifndef TL_UNFINISHED_H
#define TL_UNFINISHED_H

#include "ctx.h"

/*
 * The holder of the lock is about to make a target, one at a time. False: a caller has
 * said so already, and will say when it is finished.
 */
bool unfinished_begin(struct ctx *ctx, const char *iqn);
/* It is what it was to be, or is known not to be. */
void unfinished_end(struct ctx *ctx);
/* It stays as it is, half made, as if we had been killed. */
void unfinished_leave(struct ctx *ctx);
/* Was somebody killed who was making it? Without the lock, he may still be at it. */
bool unfinished_is(struct ctx *ctx, const char *iqn);
/* That target is no more, or is whole now. */
void unfinished_forget(struct ctx *ctx, const char *iqn);
/* There may be others now: somebody else has had the lock. */
void unfinished_look_again(struct ctx *ctx);

#endif
