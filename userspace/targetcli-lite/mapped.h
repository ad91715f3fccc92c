/* SPDX-License-Identifier: GPL-2.0 */
/* Mapped LUNs by the LUN that they lead to. */
#ifndef TL_MAPPED_H
#define TL_MAPPED_H

#include "ctx.h"

/*
 * Delete the mapped LUNs of a portal group that lead to 'lun', "TPG/lun/lun_3". Which
 * they are is found out once for a portal group and command.
 */
int mapped_delete_all_of(struct ctx *ctx, const char *tpg, const char *lun);

#endif
