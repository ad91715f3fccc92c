/* SPDX-License-Identifier: GPL-2.0 */
/* Pure: what there is to know of each text key. negotiate.c goes by it. */
#ifndef TI_KEYS_H
#define TI_KEYS_H

#include "params.h"

enum ti_key_kind {
	KIND_AUTH_METHOD,
	KIND_AUTH,		/* of the authentication method */
	KIND_DIGEST,
	KIND_MIN,		/* number, the smaller of the two holds */
	KIND_MAX,
	KIND_OR,		/* boolean */
	KIND_AND,
	KIND_RECV_DSL,
	KIND_NAME,
	KIND_ALIAS,
	KIND_SESSION_TYPE,
	KIND_SEND_TARGETS,
	KIND_TASK_REPORTING,
	KIND_OBSOLETE,
	KIND_TARGET_ONLY,	/* declared by targets */
	KIND_IGNORED,		/* declarative, of no use to us */
};

#define LEADING		BIT(0)	/* LO: only on a session's first connection */
#define NORMAL		BIT(1)	/* irrelevant in a discovery session */

#define NO_CFG		0xffff

struct ti_key_desc {
	const char *name;
	enum ti_key_kind kind;
	u8 stages;	/* in which it may be, BIT(enum ti_login_stage) */
	u8 flags;	/* LEADING, NORMAL */
	u32 lo, hi;	/* of numbers */
	u16 cfg;	/* offset in struct ti_param_cfg, or NO_CFG */
	u16 result;	/* offset in struct ti_params */
};

extern const struct ti_key_desc ti_key_table[TI_KEY_COUNT];

#endif /* TI_KEYS_H */
