/* SPDX-License-Identifier: GPL-2.0 */
/* SendTargets: textreq.c asks, discovery.c answers. */
#ifndef TI_DISCOVERY_H
#define TI_DISCOVERY_H

#include "text.h"

struct ti_conn;

/**
 * struct ti_target_list - targets that SendTargets is still to be answered with
 * @open:	there may be more
 * @next:	ti_target.serial of the first one that has not been told of
 * @last:	the same, of the last one that was asked for
 */
struct ti_target_list {
	bool	open;
	u64	next;
	u64	last;
};

/* Owner. */
int ti_discovery_send_targets(struct ti_conn *conn, const char *value,
			      struct ti_target_list *list, struct ti_text_out *out);
int ti_discovery_more(struct ti_conn *conn, struct ti_target_list *list,
		      struct ti_text_out *out);	/* may sleep */

#endif /* TI_DISCOVERY_H */
