/* SPDX-License-Identifier: GPL-2.0 */
/* Workers for what would keep the owner of a connection (aside.c). */
#ifndef TI_ASIDE_H
#define TI_ASIDE_H

#include "ti.h"

#define TI_STILL_NS	(50 * NSEC_PER_MSEC)	/* a device that does not move for so long */

int ti_aside_init(void);
void ti_aside_exit(void);	/* may sleep */

/* Owner. */
void ti_aside_submit(struct ti_cmd *cmd, u32 dev_index, enum ti_place place);
void ti_aside_submit_copy(struct ti_cmd *cmd, u32 dev_index, u32 other_index);
void ti_aside_submit_full(struct ti_cmd *cmd, u32 dev_index, u32 writes);
void ti_aside_waited(u32 dev_index, u32 writes);
bool ti_aside_abort_begins(struct ti_cmd *cmd, u32 dev_index);

/* Any context. */
bool ti_aside_is_stuck(u32 dev_index, u64 now);
u32 ti_aside_room(u32 dev_index);
void ti_aside_over(struct ti_cmd *cmd);

#endif /* TI_ASIDE_H */
