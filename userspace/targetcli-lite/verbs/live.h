/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs about live sessions share (live.c). */
#ifndef TL_LIVE_H
#define TL_LIVE_H

#include "nl.h"
#include "verbs.h"

/*
 * What a verb is about: the parameters sid, target and initiator of it, and the
 * target or ACL that it was called at. The strings belong to 'args' and 'node'.
 */
int live_filter(struct ctx *ctx, const struct verb *verb, const struct node *node,
		const struct args *args, struct tnl_filter *out);
uint64_t live_num(const json_t *o, const char *key);
/* "850us", "1.2ms", "3.4s" */
void live_time(uint64_t ns, char *buf, size_t len);
/* Until a signal asks to end: SIGINT, SIGTERM. live_end() puts things back. */
void live_begin(void);
bool live_ends(void);
void live_end(void);
/* Send what was printed on; false when nobody reads it any more. */
bool live_flush(void);

#endif
