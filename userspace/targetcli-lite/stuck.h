/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May this be removed without waiting for a backstore that does not answer?
 * 0, or -EBUSY and an error that names the command. ctx->force skips it.
 */
#ifndef TL_STUCK_H
#define TL_STUCK_H

#include "ctx.h"

/* A LUN of the portal group in 'tpg' ("target/iscsi/IQN/tpgt_1") */
int stuck_lun(struct ctx *ctx, const char *tpg, unsigned int lun);
/* All of a portal group */
int stuck_tpg(struct ctx *ctx, const char *tpg);
/* An ACL ("target/iscsi/IQN/tpgt_1/acls/INITIATOR") */
int stuck_acl(struct ctx *ctx, const char *acl);

#endif
