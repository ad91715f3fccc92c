// SPDX-License-Identifier: GPL-2.0
/*
 * Requests as they come in: a task for each, checks, and room for its data.
 *
 * Everything here runs in the owner of the connection while the socket lock is
 * held, so nothing is executed.
 */
#include <scsi/scsi_common.h>

#include "stats.h"
#include "task.h"

static int task_copy_cdb(struct ti_cmd *cmd, const struct ti_ahs *ahs)
{
	/* Target core copies as many bytes as the CDB says that it has. */
	if (scsi_command_size(cmd->scsi_hdr.cdb) >
	    TI_CDB_BHS_LEN + ahs->ext_cdb_len)
		return -EINVAL;
	if (!ahs->ext_cdb)
		return 0;
	cmd->ext_cdb = kmalloc(TI_CDB_BHS_LEN + ahs->ext_cdb_len, GFP_NOIO);
	if (!cmd->ext_cdb)
		return -ENOMEM;
	memcpy(cmd->ext_cdb, cmd->scsi_hdr.cdb, TI_CDB_BHS_LEN);
	memcpy(cmd->ext_cdb + TI_CDB_BHS_LEN, ahs->ext_cdb, ahs->ext_cdb_len);
	return 0;
}

/*
 * The functions that check a request return the reason to reject it, enum
 * ti_reject_reason, or 0 to take it.
 */

/* Put the CDB together: an AHS may have the end of it. */
static u8 task_parse_ahs(struct ti_conn *conn, struct ti_cmd *cmd)
{
	struct ti_ahs ahs;
	int ret;

	if (ti_ahs_parse(conn->rx.hdr + TI_BHS_LEN,
			 ti_pdu_ahs_length(&cmd->bhs), &ahs))
		return TI_REJECT_INVALID_FIELD;
	ret = task_copy_cdb(cmd, &ahs);
	if (ret == -EINVAL)
		ti_task_fail(cmd, ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_IU);
	else if (ret)
		ti_task_busy(cmd);
	return 0;
}

/*
 * The flags of a SCSI Command against each other and against what was
 * negotiated (RFC 7143 §11.3.1, §11.3.4): a Reject where the PDU is wrong, a
 * CHECK CONDITION where the data is.
 */
static u8 task_check_flags(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	const struct ti_params *params = conn->params;
	u8 flags = cmd->scsi_hdr.flags;
	bool write = flags & TI_CMD_WRITE;
	bool final = flags & TI_FLAG_FINAL;

	if (!final && !write)
		return TI_REJECT_PROTOCOL_ERROR;
	if (!final && params->initial_r2t) {
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_UNEXPECTED_UNSOLICITED);
	} else if (write && flags & TI_CMD_READ) {
		/* No command of a target core device moves data both ways. */
		ti_task_fail(cmd, ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_IU);
	} else if (dlen && (!write || !params->immediate_data)) {
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_UNEXPECTED_UNSOLICITED);
	} else if (dlen > cmd->edtl || dlen > params->first_burst) {
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
	} else if (write && cmd->edtl > TI_MAX_TRANSFER) {
		ti_task_fail(cmd, ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_IU);
	}
	return 0;
}

/* A SCSI Command: room for its unsolicited data. */
static u8 task_start_scsi(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	bool final = cmd->scsi_hdr.flags & TI_FLAG_FINAL;
	u8 reason;

	if (cmd->scsi_hdr.flags & (TI_CMD_READ | TI_CMD_WRITE))
		cmd->edtl = be32_to_cpu(cmd->scsi_hdr.edtl);
	if (ti_lun_decode(cmd->scsi_hdr.lun, &cmd->lun))
		cmd->lun = TI_NO_LUN;
	reason = task_parse_ahs(conn, cmd);
	if (!reason)
		reason = task_check_flags(conn, cmd, dlen);
	if (reason || !ti_task_wants_data(cmd))
		return reason;

	cmd->unsolicited = dlen;
	if (!final) {
		cmd->unsolicited_open = true;
		cmd->unsolicited = min(cmd->edtl, conn->params->first_burst);
	}
	cmd->seq_end = cmd->unsolicited;
	if (cmd->failed || !cmd->unsolicited)
		return 0;
	/* Memory has been promised for the requests in the window alone. */
	if (ti_buf_grow(conn, &cmd->buf, cmd->unsolicited, !cmd->immediate))
		ti_task_busy(cmd);
	else if (dlen)
		conn->rx.sink = TI_SINK_BUF;
	return 0;
}

/* In a discovery session only the session as a whole can be closed (§4.3). */
static u8 task_start_logout(struct ti_conn *conn, struct ti_cmd *cmd)
{
	u8 why = ti_task_logout_reason(cmd);

	if (why > TI_LOGOUT_RECOVERY)
		return TI_REJECT_INVALID_FIELD;
	return conn->sess->tpg || why == TI_LOGOUT_CLOSE_SESSION ?
	       0 : TI_REJECT_PROTOCOL_ERROR;
}

/* There is no memory for the data of a request: the initiator may send it again. */
static u8 task_reject_no_memory(const struct ti_cmd *cmd)
{
	return cmd->immediate ? TI_REJECT_IMMEDIATE : TI_REJECT_LONG_OP;
}

/* Text is kept until its request may run: a connection has one at a time (§11.10). */
static bool text_is_outstanding(const struct ti_sess *sess)
{
	unsigned int i;

	for (i = 0; i < sess->nr_tasks; i++)
		if (sess->tasks[i]->text)
			return true;
	return false;
}

static u8 task_start_text(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	if (dlen > TI_TEXT_MAX || text_is_outstanding(conn->sess))
		return TI_REJECT_PROTOCOL_ERROR;
	cmd->text = kvmalloc(dlen + 1, GFP_NOIO);
	if (!cmd->text)
		return task_reject_no_memory(cmd);
	cmd->text[dlen] = '\0';
	conn->rx.text = cmd->text;
	conn->rx.sink = dlen ? TI_SINK_TEXT : TI_SINK_DISCARD;
	return 0;
}

/* No memory was promised for ping data: more than a page of it needs permission. */
static u8 task_start_nop(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	if (cmd->itt == TI_RESERVED_TAG || !dlen)
		return 0;
	if (ti_buf_grow(conn, &cmd->buf, dlen, dlen <= PAGE_SIZE))
		return task_reject_no_memory(cmd);
	conn->rx.sink = TI_SINK_BUF;
	return 0;
}

/* A discovery session takes only Text and Logout Requests (§4.3). */
static bool task_fits_session(const struct ti_cmd *cmd)
{
	return cmd->conn->sess->tpg || cmd->opcode == TI_OP_TEXT_REQ ||
	       cmd->opcode == TI_OP_LOGOUT_REQ;
}

/* Check a request and find room for its data, by what kind it is. */
static u8 task_start(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	bool nop = cmd->opcode == TI_OP_NOP_OUT;

	if (!task_fits_session(cmd))
		return TI_REJECT_PROTOCOL_ERROR;
	/* Only a NOP-Out that is immediate goes without a tag (§11.18.1). */
	if (cmd->itt == TI_RESERVED_TAG && !(nop && cmd->immediate))
		return TI_REJECT_INVALID_FIELD;
	/* Only a SCSI Command may have an AHS: there are two kinds, both for it (§11.2.2). */
	if (cmd->bhs.ahs_words && cmd->opcode != TI_OP_SCSI_CMD)
		return TI_REJECT_INVALID_FIELD;
	switch (cmd->opcode) {
	case TI_OP_SCSI_CMD:
		return task_start_scsi(conn, cmd, dlen);
	case TI_OP_TEXT_REQ:
		return task_start_text(conn, cmd, dlen);
	case TI_OP_NOP_OUT:
		return task_start_nop(conn, cmd, dlen);
	case TI_OP_LOGOUT_REQ:
		return task_start_logout(conn, cmd);
	}
	return 0;
}

static void task_init(struct ti_cmd *cmd, const struct ti_bhs *bhs)
{
	cmd->bhs = *bhs;
	cmd->opcode = ti_pdu_opcode(bhs);
	cmd->immediate = ti_pdu_immediate(bhs);
	cmd->itt = be32_to_cpu(bhs->itt);
	cmd->cmd_sn = be32_to_cpu(cmd->scsi_hdr.cmd_sn);
	WRITE_ONCE(cmd->received_ns, ti_conn_now(cmd->conn));
	cmd->state = TI_CMD_RECEIVING;
	if (cmd->itt != TI_RESERVED_TAG)
		hlist_add_head(&cmd->itt_entry,
			       ti_sess_itt_bucket(cmd->conn->sess, cmd->itt));
}

/* Is the tag in use: a task has it that has not been answered? */
static bool task_active(struct ti_sess *sess, u32 itt)
{
	const struct ti_cmd *cmd = ti_task_find(sess, itt);

	return cmd && cmd->state < TI_CMD_RELEASING;
}

/*
 * Immediate requests come in addition to the window, and must not use up the tasks that
 * it promises: a request that gets no task stops the connection, and with it the
 * Data-Out behind it.
 */
static struct ti_cmd *task_get_immediate(struct ti_sess *sess)
{
	struct ti_cmd *cmd = NULL;

	if (sess->nr_immediate < TI_SPARE_TASKS)
		cmd = ti_sess_get_task(sess);
	if (cmd)
		sess->nr_immediate++;
	return cmd;
}

/* Reject a request. Want of memory is not counted as a format error. */
static void task_refuse(struct ti_conn *conn, struct ti_cmd *cmd, u8 reason)
{
	if (reason != TI_REJECT_IMMEDIATE && reason != TI_REJECT_LONG_OP)
		ti_stats_session_failure(conn->sess, TI_SESS_ERR_FORMAT);
	conn->rx.reject = reason;
	if (!cmd->immediate)
		ti_order_leave_hole(conn, cmd->cmd_sn);
	ti_task_drop(cmd);
}

/**
 * ti_request_start - the header of a request is in ti_rx.hdr
 * @conn:	the connection
 *
 * Return: 0, and ti_rx says where the data segment goes; -EBUSY when there is
 * no task just now and the connection has to stop receiving until one comes
 * back.
 */
int ti_request_start(struct ti_conn *conn)
{
	const struct ti_bhs *bhs = (const struct ti_bhs *)conn->rx.hdr;
	const struct ti_text_hdr *hdr = (const struct ti_text_hdr *)bhs;
	bool immediate = ti_pdu_immediate(bhs);
	u32 itt = be32_to_cpu(bhs->itt);
	u32 cmd_sn = be32_to_cpu(hdr->cmd_sn);
	struct ti_cmd *cmd;
	u8 reason;

	if (!immediate && !ti_order_acceptable(conn, cmd_sn))
		return 0;
	if (itt != TI_RESERVED_TAG && task_active(conn->sess, itt)) {
		conn->rx.reject = TI_REJECT_TASK_IN_PROGRESS;
		if (!immediate)
			ti_order_leave_hole(conn, cmd_sn);
		return 0;
	}
	cmd = immediate ? task_get_immediate(conn->sess) :
			  ti_sess_get_task(conn->sess);
	if (!cmd && immediate) {
		conn->rx.reject = TI_REJECT_IMMEDIATE;
		return 0;
	}
	if (!cmd)
		return -EBUSY;

	task_init(cmd, bhs);
	conn->rx.cmd = cmd;
	reason = task_start(conn, cmd, conn->rx.dlen);
	if (unlikely(reason))
		task_refuse(conn, cmd, reason);
	return 0;
}

/**
 * ti_request_received - a request is here whole
 * @conn:	the connection
 * @cmd:	its task
 */
void ti_request_received(struct ti_conn *conn, struct ti_cmd *cmd)
{
	if (conn->rx.digest_error) {
		if (!cmd->immediate)
			ti_order_spoilt(conn, cmd->cmd_sn);
		ti_task_drop(cmd);
		return;
	}
	cmd->received = cmd->opcode == TI_OP_SCSI_CMD && cmd->buf.len ?
			conn->rx.dlen : 0;
	ti_task_count_received(cmd, cmd->received);
	if (!cmd->immediate)
		ti_order_take(cmd);
	else if (unlikely(ti_tmf_awaits_commands(cmd)))
		ti_order_hold(cmd);
	else
		ti_order_ready(cmd);
}
