/* SPDX-License-Identifier: GPL-2.0 */
/* What is put right of target core's commands (quirks.c, answers.c, verify.c, reserve.c). */
#ifndef TI_QUIRKS_H
#define TI_QUIRKS_H

#include <scsi/scsi_proto.h>
#include <target/target_core_backend.h>

#include "ti.h"

/* In the second byte of a CDB. */
#define TI_SERVICE_ACTION(cdb)	((cdb)[1] & 0x1f)
#define TI_INQUIRY_EVPD		0x01

/* Its commands are the device's own: target core looks at few of them. */
static inline bool ti_is_passed_through(const struct se_cmd *se_cmd)
{
	return se_cmd->se_dev->transport_flags & TRANSPORT_FLAG_PASSTHROUGH;
}

/* It has its own registrations: target core passes all to it, and knows of none. */
static inline bool ti_reserves_itself(const struct se_device *dev)
{
	return dev->transport_flags & TRANSPORT_FLAG_PASSTHROUGH_PGR;
}

static inline bool ti_cdb_is_write_same(const u8 *cdb)
{
	switch (cdb[0]) {
	case WRITE_SAME:
	case WRITE_SAME_16:
		return true;
	case VARIABLE_LENGTH_CMD:
		return get_unaligned_be16(cdb + 8) == WRITE_SAME_32;
	default:
		return false;
	}
}

/* Owner. */
void ti_quirks_set_residual(struct ti_cmd *cmd, u64 cdb_len);
sense_reason_t ti_quirks_lookup_lun(struct ti_cmd *cmd);
u32 ti_quirks_request_sense(const u8 *cdb, u8 *data, u8 key, u16 asc);
bool ti_quirks_answer(struct ti_cmd *cmd, const void *data, u32 len);
bool ti_quirks_answer_no_lun(struct ti_cmd *cmd);
sense_reason_t ti_quirks_before_parse(struct ti_cmd *cmd);
sense_reason_t ti_quirks_after_parse(struct ti_cmd *cmd);

/* answers.c: owner */
sense_reason_t ti_answers_settle(struct se_cmd *se_cmd);

/* verify.c: owner */
bool ti_verify_bytchk(const u8 *cdb);
bool ti_verify_goes_on(struct ti_cmd *cmd);
sense_reason_t ti_verify_settle(struct ti_cmd *cmd);
sense_reason_t ti_verify_prepare(struct ti_cmd *cmd);
void ti_verify_end(struct ti_cmd *cmd);

/* reserve.c: any process context */
u64 ti_reserve_port_number(const u8 *isid);
void ti_reserve_number_holder(const struct ti_cmd *cmd);
void ti_reserve_leaves(struct se_device *dev, const struct se_node_acl *nacl,
		       const struct se_lun *lun);
sense_reason_t ti_reserve_settle(struct se_cmd *se_cmd);
sense_reason_t ti_reserve_check(const struct ti_cmd *cmd);
void ti_reserve_refuse(struct ti_cmd *cmd, sense_reason_t reason);

#endif /* TI_QUIRKS_H */
