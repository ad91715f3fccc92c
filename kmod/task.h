/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What task.c, request.c, order.c and dataout.c share: the way of a request to its
 * execution. All run in the owner of the connection.
 */
#ifndef TI_TASK_H
#define TI_TASK_H

#include <scsi/scsi_proto.h>

#include "ti.h"

/* Additional sense codes of iSCSI conditions (RFC 7143 §11.4.7.2). */
#define ASC_UNEXPECTED_UNSOLICITED	0x0c0c
#define ASC_INCORRECT_AMOUNT		0x0c0d
#define ASC_PROTOCOL_CRC		0x4705
#define ASC_INVALID_FIELD_IN_IU		0x0e03

static inline bool ti_task_wants_data(const struct ti_cmd *cmd)
{
	return cmd->opcode == TI_OP_SCSI_CMD &&
	       cmd->scsi_hdr.flags & TI_CMD_WRITE;
}

/* enum ti_logout_reason, of a Logout Request */
static inline u8 ti_task_logout_reason(const struct ti_cmd *cmd)
{
	return cmd->logout_hdr.reason & ~TI_FLAG_FINAL;
}

/* Data of a SCSI command that has come with it, or by Data-Out. Owner. */
static inline void ti_task_count_received(const struct ti_cmd *cmd, u32 len)
{
	struct ti_sess *sess = cmd->conn->sess;

	WRITE_ONCE(sess->rx_data, sess->rx_data + len);
}

/* task.c */
void ti_task_busy(struct ti_cmd *cmd);

/* request.c */
void ti_request_received(struct ti_conn *conn, struct ti_cmd *cmd);

/* order.c */
bool ti_order_acceptable(const struct ti_conn *conn, u32 cmd_sn);
void ti_order_leave_hole(struct ti_conn *conn, u32 cmd_sn);
void ti_order_spoilt(struct ti_conn *conn, u32 cmd_sn);
void ti_order_take(struct ti_cmd *cmd);
void ti_order_hold(struct ti_cmd *cmd);
void ti_order_ready(struct ti_cmd *cmd);

/* dataout.c */
void ti_data_out_received(struct ti_conn *conn, struct ti_cmd *cmd);
void ti_data_out_run_write(struct ti_cmd *cmd);
void ti_data_out_stop(struct ti_cmd *cmd);

#endif /* TI_TASK_H */
