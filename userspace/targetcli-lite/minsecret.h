/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a CHAP secret must be is the kernel module's decision
 * (min_secret_length; RFC 7143 9.2.1 wants 96 bits). It answers a shorter one
 * with EINVAL, so what a person is told comes from here.
 */
#ifndef TL_MINSECRET_H
#define TL_MINSECRET_H

#include "model.h"

/* The limit in bytes; 0 when there is none: the in-tree target takes any secret. */
unsigned int minsecret(struct ctx *ctx);
/* An error that says how long 'what' must be, when 'secret' is set and shorter. */
int minsecret_check(struct ctx *ctx, const char *what, const char *secret);
/*
 * The error that lists secrets that are too short, each with its length ("X: 5
 * bytes"), and says what can be done: 'option' lets them in once. Lines, the
 * last with its end. The exit status is that of a bad file.
 */
int minsecret_refuse(struct ctx *ctx, const struct strlist *found, size_t shortest,
		     const char *option);
/* What a plan would write that is too short: "PATH password: 5 bytes"; the shortest length. */
size_t minsecret_find(struct ctx *ctx, const struct plan *plan, struct strlist *found);
/* Has a configuration a secret that is too short? */
bool minsecret_has_short(struct ctx *ctx, json_t *config);
/*
 * Lower the limit until minsecret_restore() gets what this returned: the one that was,
 * or 0 when nothing was changed. The caller has the lock; when it is killed, whoever has
 * the lock next puts the limit back (minsecret_mend()).
 */
unsigned int minsecret_lower(struct ctx *ctx, unsigned int len);
void minsecret_restore(struct ctx *ctx, unsigned int was);
void minsecret_mend(struct ctx *ctx);

#endif
