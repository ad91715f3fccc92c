// SPDX-License-Identifier: GPL-2.0
/*
 * The data of writes (RFC 7143 §11.7, §11.8): first what comes unasked, then burst by
 * burst what an R2T asks for. Target core gets a write only when all its data is here,
 * so a silent initiator never holds up an abort or a reset.
 *
 * Everything here runs in the owner of the connection.
 */
#include "task.h"

/* Target Transfer Tags: the task's index and the number of the R2T. */
#define TTT_INDEX_BITS	12
static_assert(TI_MAX_TASKS < (1 << TTT_INDEX_BITS) - 1);

static u32 task_ttt(const struct ti_cmd *cmd, u32 r2t_sn)
{
	return r2t_sn << TTT_INDEX_BITS | cmd->index;
}

static struct ti_cmd *task_by_ttt(struct ti_sess *sess, u32 ttt)
{
	u32 index = ttt & ((1 << TTT_INDEX_BITS) - 1);

	return index < sess->nr_tasks ? sess->tasks[index] : NULL;
}

/* Data-Out of a task that was aborted may still be on its way: it is no error. */
static void remember_aborted(struct ti_conn *conn, u32 itt)
{
	conn->aborted_itt[conn->aborted_next] = itt;
	conn->aborted_next = (conn->aborted_next + 1) %
			     ARRAY_SIZE(conn->aborted_itt);
}

static bool was_aborted(const struct ti_conn *conn, u32 itt)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(conn->aborted_itt); i++)
		if (conn->aborted_itt[i] == itt)
			return true;
	return false;
}

/* ---- receiving: the socket lock is held ---- */

static bool belongs(const struct ti_cmd *cmd, u32 itt, u32 ttt)
{
	if (!cmd || cmd->itt != itt || cmd->opcode != TI_OP_SCSI_CMD)
		return false;
	if (ttt == TI_RESERVED_TAG)
		return cmd->unsolicited_open && cmd->state >= TI_CMD_HELD &&
		       cmd->state <= TI_CMD_WAITING;
	/* A tag that comes before its R2T is on its way has been guessed. */
	return cmd->state == TI_CMD_WAITING && cmd->burst_open &&
	       list_empty(&cmd->tx.entry) && ttt == cmd->ttt;
}

/* What a Data-Out must say next (§11.7, DataPDUInOrder, DataSequenceInOrder). */
static void check_sequence(struct ti_cmd *cmd,
			   const struct ti_data_out_hdr *hdr, u32 dlen)
{
	u32 end = cmd->received + dlen;
	bool final = hdr->flags & TI_FLAG_FINAL;

	if (be32_to_cpu(hdr->data_sn) != cmd->data_sn)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_PROTOCOL_CRC);
	else if (be32_to_cpu(hdr->offset) != cmd->received ||
		 end > cmd->seq_end)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
	/* After the last byte an empty one may still bring the F bit. */
	else if (!cmd->unsolicited_open && final && end != cmd->seq_end)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
	/* Unless the write is shorter, all of FirstBurstLength must come (§11.4.7.2). */
	else if (cmd->unsolicited_open && final && end != cmd->seq_end &&
		 cmd->seq_end < cmd->edtl)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
}

/**
 * ti_data_out_start - the header of a Data-Out is in ti_rx.hdr
 * @conn:	the connection
 *
 * ti_rx says where the data segment goes.
 */
void ti_data_out_start(struct ti_conn *conn)
{
	const struct ti_data_out_hdr *hdr =
		(const struct ti_data_out_hdr *)conn->rx.hdr;
	u32 itt = be32_to_cpu(hdr->itt), ttt = be32_to_cpu(hdr->ttt);
	struct ti_cmd *cmd;

	if (ttt == TI_RESERVED_TAG)
		cmd = ti_task_find(conn->sess, itt);
	else
		cmd = task_by_ttt(conn->sess, ttt);
	if (!belongs(cmd, itt, ttt)) {
		if (itt == TI_RESERVED_TAG || !was_aborted(conn, itt))
			conn->rx.reject = TI_REJECT_INVALID_FIELD;
		return;
	}
	conn->rx.cmd = cmd;
	if (!cmd->failed)
		check_sequence(cmd, hdr, conn->rx.dlen);
	if (!cmd->failed && conn->rx.dlen)
		conn->rx.sink = TI_SINK_BUF;
}

/**
 * ti_data_out_received - a Data-Out PDU is here whole
 * @conn:	the connection
 * @cmd:	the task that it belongs to
 */
void ti_data_out_received(struct ti_conn *conn, struct ti_cmd *cmd)
{
	const struct ti_data_out_hdr *hdr =
		(const struct ti_data_out_hdr *)conn->rx.hdr;
	bool final = hdr->flags & TI_FLAG_FINAL;

	if (conn->rx.digest_error)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_PROTOCOL_CRC);
	cmd->data_sn++;
	cmd->waiting_since = jiffies;
	if (!cmd->failed) {
		cmd->received += conn->rx.dlen;
		ti_task_count_received(cmd, conn->rx.dlen);
	}
	if (!final)
		return;
	cmd->data_sn = 0;
	cmd->unsolicited_open = false;
	cmd->burst_open = false;
	/* One that is held runs when its turn comes. */
	if (cmd->state == TI_CMD_WAITING)
		ti_order_ready(cmd);
}

/**
 * ti_data_out_stop - no more data of a task is wanted
 * @cmd:	the task, which ends
 */
void ti_data_out_stop(struct ti_cmd *cmd)
{
	if (cmd->unsolicited_open || cmd->burst_open)
		remember_aborted(cmd->conn, cmd->itt);
	cmd->unsolicited_open = false;
	cmd->burst_open = false;
}

/* ---- running ---- */

static void task_wait(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_WAITING;
	cmd->waiting_since = jiffies;
	list_add_tail(&cmd->entry, &cmd->conn->waiting);
}

/*
 * Ask for the next burst (§11.8). One at a time: with bursts of MaxBurstLength
 * a second one outstanding gains nothing.
 */
static void task_request_data(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	u32 missing = cmd->edtl - cmd->buf.len;
	int ret;

	ret = missing ? ti_buf_grow(conn, &cmd->buf, missing, false) : 0;
	if (ret == -EAGAIN) {
		ti_task_wait_for_memory(cmd);
		return;
	}
	if (ret) {
		ti_task_busy(cmd);
		ti_tx_queue(cmd, TI_TX_STATUS);
		return;
	}
	cmd->burst_open = true;
	cmd->ttt = task_ttt(cmd, cmd->r2t_sn);
	cmd->seq_end = cmd->received + min(conn->params->max_burst,
					   cmd->edtl - cmd->received);
	task_wait(cmd);
	ti_tx_queue(cmd, TI_TX_R2T);
}

/**
 * ti_data_out_run_write - get the data of a write, and then hand it to target core
 * @cmd:	the task, in no list
 *
 * Called again when more of its data is here. May sleep.
 */
void ti_data_out_run_write(struct ti_cmd *cmd)
{
	if (cmd->unsolicited_open)
		task_wait(cmd);
	else if (cmd->failed)
		ti_tx_queue(cmd, TI_TX_STATUS);
	else if (cmd->received < cmd->edtl)
		task_request_data(cmd);
	else
		ti_fabric_submit(cmd);
}

/**
 * ti_data_out_overdue - has the initiator left a write without its data?
 * @conn:	the connection
 *
 * For longer than the ACL's dataout_timeout and its retries allow. While it sends
 * data of other writes, that of this one may be behind it.
 */
bool ti_data_out_overdue(const struct ti_conn *conn)
{
	unsigned long timeout = conn->dataout_timeout * HZ;
	const struct ti_cmd *cmd;

	if (!time_after(jiffies, conn->last_data + timeout))
		return false;
	list_for_each_entry(cmd, &conn->waiting, entry)
		/* Whose R2T is on its way, or who needs none. */
		if (list_empty(&cmd->tx.entry) &&
		    time_after(jiffies, cmd->waiting_since + timeout))
			return true;
	return false;
}
