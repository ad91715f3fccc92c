/* SPDX-License-Identifier: GPL-2.0 */
/* What restoreconfig, apply and diff share: a file, and what it is compared with. */
#ifndef TL_RESTORE_H
#define TL_RESTORE_H

#include "model.h"

struct restore {
	const char *file;
	struct scope scope;
	unsigned int flags;	/* enum apply_flags */
	bool dry;		/* only show what would be done */
	bool differs;		/* an answer of its own when there is something to do */
	const char *again;	/* the command that attaches what is pending */
	const char *done;	/* "Configuration restored from" */
};

/* Compare, and change what differs; says and answers what came of it. */
int restore_run(struct ctx *ctx, const struct restore *r);

#endif
