// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks: a request from its header to its response.
 *
 *   ti_request_start()  a request's header is here: take a task, check, find
 *                       room for its data (request.c)
 *   ti_task_received()  its PDU is complete: put it in CmdSN order (order.c)
 *   ti_task_run_ready() do what it asks for; a write first gets its data
 *                       (dataout.c)
 *   ti_task_completed() target core is done with it
 *   ti_task_responded() its response is built; the command window moves
 *
 * Everything here runs in the owner of the connection.
 */
#include <linux/blkdev.h>
#include <scsi/scsi_common.h>

#include "event.h"
#include "iostat.h"
#include "stats.h"
#include "task.h"

/* ---- finding ---- */

/**
 * ti_task_find - the task with that Initiator Task Tag, or NULL
 * @sess:	the session
 * @itt:	Initiator Task Tag
 */
struct ti_cmd *ti_task_find(struct ti_sess *sess, u32 itt)
{
	struct ti_cmd *cmd;

	hlist_for_each_entry(cmd, ti_sess_itt_bucket(sess, itt), itt_entry)
		if (cmd->itt == itt)
			return cmd;
	return NULL;
}

static bool task_in_flight(const struct ti_cmd *cmd)
{
	u8 state = READ_ONCE(cmd->state);

	return READ_ONCE(cmd->opcode) == TI_OP_SCSI_CMD &&
	       state >= TI_CMD_HELD && state <= TI_CMD_RESPONDING;
}

/**
 * ti_task_oldest - the SCSI command that has waited longest, or NULL
 * @sess:	kept by the caller
 *
 * Any context: tasks live as long as their session. What the owner does
 * meanwhile may make another command of the task, so all of it is only for
 * people to look at.
 */
const struct ti_cmd *ti_task_oldest(const struct ti_sess *sess)
{
	/* Pairs with tasks_grow(). */
	unsigned int i, nr = smp_load_acquire(&sess->nr_tasks);
	const struct ti_cmd *oldest = NULL;

	for (i = 0; i < nr; i++) {
		const struct ti_cmd *cmd = sess->tasks[i];

		if (task_in_flight(cmd) &&
		    (!oldest || READ_ONCE(cmd->received_ns) <
				READ_ONCE(oldest->received_ns)))
			oldest = cmd;
	}
	return oldest;
}

/* ---- failing ---- */

/**
 * ti_task_fail - the task ends with CHECK CONDITION
 * @cmd:	the task
 * @key:	sense key
 * @asc:	additional sense code and its qualifier
 *
 * Data that the initiator has announced is still received, and dropped; the
 * response is sent after that (RFC 7143 §11.17.1). The first failure counts. The format
 * of the sense data is the LUN's (SPC-4 §4.5.1). Owner only.
 */
void ti_task_fail(struct ti_cmd *cmd, u8 key, u16 asc)
{
	bool desc;

	if (cmd->failed)
		return;
	cmd->failed = true;
	cmd->status = SAM_STAT_CHECK_CONDITION;
	memset(cmd->sense, 0, sizeof(cmd->sense));
	desc = ti_luns_sense_is_descriptor(cmd->conn->sess, cmd->lun);
	scsi_build_sense_buffer(desc, cmd->sense + 2, key, asc >> 8, asc & 0xff);
	put_unaligned_be16(desc ? TI_SENSE_DESC_LEN : TI_SENSE_FIXED_LEN, cmd->sense);
}

/**
 * ti_task_busy - the task ends with TASK SET FULL: there is no memory for it
 * @cmd:	the task
 *
 * The first failure counts, see ti_task_fail().
 */
void ti_task_busy(struct ti_cmd *cmd)
{
	if (cmd->failed)
		return;
	cmd->failed = true;
	cmd->status = SAM_STAT_TASK_SET_FULL;
}

/**
 * ti_task_received - the PDU that ti_rx.cmd belongs to is here whole
 * @conn:	the connection
 */
void ti_task_received(struct ti_conn *conn)
{
	struct ti_cmd *cmd = conn->rx.cmd;

	if (cmd->state == TI_CMD_RECEIVING)
		ti_request_received(conn, cmd);
	else
		ti_data_out_received(conn, cmd);
}

/* ---- running ---- */

/**
 * ti_task_wait_for_memory - run the task again when there may be memory
 * @cmd:	the task
 */
void ti_task_wait_for_memory(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_WAITING;
	list_add_tail(&cmd->entry, &cmd->conn->no_memory);
}

/* ---- ORDERED tasks ---- */

/*
 * Order is kept here, among the tasks that this nexus has for a logical unit, and target
 * core is told that every task is SIMPLE. Its own way (a count of tasks per device) loses
 * count when a task is aborted: after that it keeps every ORDERED task, and all that come
 * after it, of all initiators, for ever.
 */
static bool task_has_attr(const struct ti_cmd *cmd, u8 attr)
{
	return (cmd->scsi_hdr.flags & TI_CMD_ATTR_MASK) == attr;
}

static bool task_is_ordered(const struct ti_cmd *cmd)
{
	return task_has_attr(cmd, TI_ATTR_ORDERED);
}

/* Has its unit one that it must not pass: that waits itself, or has begun? */
static bool unit_has_barrier(const struct ti_cmd *cmd)
{
	const struct ti_sess *sess = cmd->conn->sess;
	const struct ti_cmd *other;
	unsigned int i;

	list_for_each_entry(other, &cmd->conn->behind, entry)
		if (other->lun == cmd->lun)
			return true;
	for (i = 0; i < sess->nr_tasks; i++) {
		other = sess->tasks[i];
		if (other->started && other->lun == cmd->lun &&
		    (task_is_ordered(cmd) || task_is_ordered(other)))
			return true;
	}
	return false;
}

/* Must others be answered before it may begin (SAM-5 §8.7)? */
static bool task_is_behind(const struct ti_cmd *cmd)
{
	const struct ti_conn *conn = cmd->conn;

	if (cmd->opcode != TI_OP_SCSI_CMD || cmd->started ||
	    task_has_attr(cmd, TI_ATTR_HEAD_OF_QUEUE))
		return false;
	if (likely(!task_is_ordered(cmd) && !conn->sess->ordered &&
		   list_empty(&conn->behind)))
		return false;
	return unit_has_barrier(cmd);
}

static void task_begin(struct ti_cmd *cmd)
{
	if (cmd->started)
		return;
	cmd->started = true;
	if (task_is_ordered(cmd))
		cmd->conn->sess->ordered++;
}

static void task_end(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;

	if (unlikely(!list_empty(&conn->behind)))
		conn->behind_may_go = true;
	if (!cmd->started)
		return;
	cmd->started = false;
	if (task_is_ordered(cmd))
		conn->sess->ordered--;
}

/**
 * ti_task_barrier_lifted - may tasks run that waited for an ORDERED one?
 * @conn:	the connection
 *
 * Or that are ORDERED and waited for those before them: one of these has ended. Owner
 * only.
 */
bool ti_task_barrier_lifted(const struct ti_conn *conn)
{
	return conn->behind_may_go;
}

/* All, ahead of what has come since. Those that have to wait again keep their order. */
static void tasks_try_again(struct ti_conn *conn)
{
	conn->behind_may_go = false;
	list_splice_init(&conn->behind, &conn->ready);
}

/* ---- execution ---- */

static void task_run_scsi(struct ti_cmd *cmd)
{
	task_begin(cmd);
	if (ti_task_wants_data(cmd))
		ti_data_out_run_write(cmd);
	else if (cmd->failed)
		ti_tx_queue(cmd, TI_TX_STATUS);
	else
		ti_fabric_submit(cmd);
}

static void task_run_nop(struct ti_cmd *cmd)
{
	if (cmd->itt == TI_RESERVED_TAG) {
		/* The answer to a ping of ours, or no answer wanted. */
		ti_task_finish(cmd);
		return;
	}
	ti_tx_queue(cmd, TI_TX_NOP_IN);
}

static struct ti_pdu *logout_response(struct ti_cmd *cmd, u8 response)
{
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_LOGOUT_RSP, 0);
	struct ti_simple_rsp_hdr *rsp;

	if (!pdu)
		return NULL;
	rsp = (struct ti_simple_rsp_hdr *)&pdu->bhs;
	rsp->response = response;
	rsp->itt = cmd->bhs.itt;
	/* Where nothing ends there is nothing to come back to (§11.15.3). */
	if (response == TI_LOGOUT_OK)
		rsp->time2wait = cpu_to_be16(cmd->conn->params->time2wait);
	pdu->takes_stat_sn = true;
	return pdu;
}

static u8 logout_check(const struct ti_cmd *cmd)
{
	switch (ti_task_logout_reason(cmd)) {
	case TI_LOGOUT_CLOSE_SESSION:
		return TI_LOGOUT_OK;
	case TI_LOGOUT_CLOSE_CONN:
		return be16_to_cpu(cmd->logout_hdr.cid) == cmd->conn->cid ?
		       TI_LOGOUT_OK : TI_LOGOUT_NO_CID;
	default:
		return TI_LOGOUT_NO_RECOVERY;
	}
}

/* RFC 7143 §11.14: the only connection is the session. */
static void task_run_logout(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	u8 response = logout_check(cmd);
	struct ti_pdu *pdu = logout_response(cmd, response);

	if (conn->sess->tpg)
		ti_stats_logout(conn->sess->tpg->target,
				ti_task_logout_reason(cmd));
	ti_task_finish(cmd);
	if (!pdu) {
		ti_conn_close(conn);
		return;
	}
	ti_pdu_queue(conn, pdu);
	if (response != TI_LOGOUT_OK)
		return;
	WRITE_ONCE(conn->sess->logged_out, true);
	/* The response is queued, and not sent before this returns. */
	if (conn->sess->tpg)
		ti_luns_release_reservations(conn->sess);
	ti_event_session_end(conn->sess, TCM_ISCSI_EVENT_LOGOUT, NULL);
	ti_conn_drain(conn);
}

static void task_run(struct ti_cmd *cmd)
{
	switch (cmd->opcode) {
	case TI_OP_SCSI_CMD:
		task_run_scsi(cmd);
		break;
	case TI_OP_TMF_REQ:
		ti_tmf_execute(cmd);
		break;
	case TI_OP_NOP_OUT:
		task_run_nop(cmd);
		break;
	case TI_OP_TEXT_REQ:
		ti_text_execute(cmd);
		break;
	case TI_OP_LOGOUT_REQ:
		task_run_logout(cmd);
		break;
	}
}

/* There may be memory again: for as many as get some, the oldest first. */
static void task_run_no_memory(struct ti_conn *conn)
{
	struct ti_cmd *cmd;

	while (!list_empty(&conn->no_memory) &&
	       conn->state == TI_CONN_FULL_FEATURE) {
		cmd = list_first_entry(&conn->no_memory, struct ti_cmd, entry);
		list_del(&cmd->entry);
		cmd->state = TI_CMD_READY;
		task_run(cmd);
		if (list_last_entry(&conn->no_memory, struct ti_cmd,
				    entry) != cmd)
			continue;
		/* It waits again, and so do those behind it. */
		list_move(&cmd->entry, &conn->no_memory);
		return;
	}
}

/**
 * ti_task_run_ready - run what was received
 * @conn:	the connection
 *
 * All block I/O of one batch goes down in one plug. May sleep.
 */
void ti_task_run_ready(struct ti_conn *conn)
{
	struct blk_plug plug;

	if (ti_task_barrier_lifted(conn))
		tasks_try_again(conn);
	if (list_empty(&conn->ready) && list_empty(&conn->no_memory))
		return;
	blk_start_plug(&plug);
	task_run_no_memory(conn);
	while (!list_empty(&conn->ready) &&
	       conn->state == TI_CONN_FULL_FEATURE) {
		struct ti_cmd *cmd = list_first_entry(&conn->ready,
						      struct ti_cmd, entry);

		list_del(&cmd->entry);
		if (unlikely(task_is_behind(cmd)))
			list_add_tail(&cmd->entry, &conn->behind);
		else
			task_run(cmd);
	}
	blk_finish_plug(&plug);
}

/* ---- ending ---- */

/**
 * ti_task_completed - target core gave the task back, with a status
 * @cmd:	the task
 */
void ti_task_completed(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;

	if (cmd->opcode == TI_OP_TMF_REQ)
		ti_tmf_completed(cmd);
	else if (conn->state != TI_CONN_FULL_FEATURE)
		ti_task_finish(cmd);
	else if (cmd->status == SAM_STAT_TASK_ABORTED)
		/*
		 * Whoever aborted it waits for our reference, but must not wait for
		 * this initiator to take the status: ti_task_released() sends it.
		 */
		ti_fabric_release(cmd);
	else if (unlikely(ti_fabric_goes_on(cmd)))
		return;
	else if (likely(cmd->status == SAM_STAT_GOOD) || !ti_mistake_is_late(cmd))
		ti_tx_queue(cmd, cmd->data_len ? TI_TX_DATA_IN : TI_TX_STATUS);
}

/**
 * ti_task_responded - the response is built, or there is none
 * @cmd:	the task
 *
 * The request's place in the command window is free again.
 */
void ti_task_responded(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;

	task_end(cmd);
	ti_io_end(cmd);
	if (!cmd->numbered)
		return;
	cmd->numbered = false;
	sess->in_window--;
	ti_sess_open_window(sess);
}

/**
 * ti_task_finish - nothing more is to be done for the task
 * @cmd:	the task
 *
 * One that target core has comes back by ti_conn.released.
 */
void ti_task_finish(struct ti_cmd *cmd)
{
	ti_task_responded(cmd);
	if (cmd->in_core) {
		cmd->state = TI_CMD_RELEASING;
		ti_fabric_release(cmd);
	} else {
		ti_sess_put_task(cmd);
	}
}

/**
 * ti_task_droppable - may ti_task_drop() end a task
 * @cmd:	the task
 *
 * Return: false, too, for one that nobody uses.
 */
bool ti_task_droppable(const struct ti_cmd *cmd)
{
	return cmd->state == TI_CMD_HELD || cmd->state == TI_CMD_READY ||
	       cmd->state == TI_CMD_WAITING;
}

/* The rest of its PDU is received, and dropped. */
static void task_stop_receiving(struct ti_cmd *cmd)
{
	struct ti_rx *rx = &cmd->conn->rx;

	if (rx->cmd != cmd)
		return;
	rx->cmd = NULL;
	rx->sink = TI_SINK_DISCARD;
}

/* Take a task off every list, and receive nothing more for it. */
static void task_detach(struct ti_cmd *cmd)
{
	if (ti_task_droppable(cmd))
		list_del(&cmd->entry);
	if (!list_empty(&cmd->tx.entry))
		list_del_init(&cmd->tx.entry);
	task_stop_receiving(cmd);
	ti_data_out_stop(cmd);
}

/**
 * ti_task_drop - end a task that target core does not have, without a response
 * @cmd:	the task
 */
void ti_task_drop(struct ti_cmd *cmd)
{
	task_detach(cmd);
	ti_task_finish(cmd);
}

/**
 * ti_task_abort - end a task that target core does not have, for a TMF
 * @cmd:	the task
 *
 * One that waits for its turn leaves its CmdSN behind: an empty request takes
 * its place in the order.
 */
void ti_task_abort(struct ti_cmd *cmd)
{
	if (cmd->state != TI_CMD_HELD) {
		ti_task_drop(cmd);
		return;
	}
	ti_data_out_stop(cmd);
	task_stop_receiving(cmd);
	hlist_del_init(&cmd->itt_entry);
	cmd->opcode = TI_OP_NOP_OUT;
	cmd->itt = TI_RESERVED_TAG;
}

/**
 * ti_task_abort_with_status - end a task that waits, with TASK ABORTED
 * @cmd:	the task
 */
void ti_task_abort_with_status(struct ti_cmd *cmd)
{
	task_detach(cmd);
	cmd->failed = true;
	cmd->status = SAM_STAT_TASK_ABORTED;
	ti_tx_queue(cmd, TI_TX_STATUS);
}

/**
 * ti_task_released - target core has dropped the last reference on the task
 * @cmd:	the task
 *
 * Without a response, target core ends what a reset finds. That is right for
 * tasks that a function of this nexus aborts. A task that came after the
 * function, and a function that is itself ended by another reset, are still owed
 * one; so are tasks that others have aborted. One that ti_fabric_goes_on() runs again.
 */
void ti_task_released(struct ti_cmd *cmd)
{
	if (cmd->state != TI_CMD_EXECUTING || cmd->parent ||
	    cmd->conn->state != TI_CONN_FULL_FEATURE) {
		ti_sess_put_task(cmd);
	} else if (cmd->opcode == TI_OP_TMF_REQ) {
		cmd->in_core = false;
		ti_tmf_swallowed(cmd);
	} else if (cmd->verify_step == TI_VERIFY_WRITTEN) {
		cmd->in_core = false;
		cmd->verify_step = TI_VERIFY_READS;
		ti_order_ready(cmd);
	} else if (cmd->status != SAM_STAT_TASK_ABORTED && ti_tmf_covers(cmd)) {
		ti_sess_put_task(cmd);
	} else {
		cmd->in_core = false;
		ti_task_abort_with_status(cmd);
	}
}

/**
 * ti_task_drop_all - the connection closes: drop what target core has not
 * @conn:	the connection
 */
void ti_task_drop_all(struct ti_conn *conn)
{
	struct ti_sess *sess = conn->sess;
	unsigned int i;

	for (i = 0; sess && i < sess->nr_tasks; i++)
		if (ti_task_droppable(sess->tasks[i]))
			ti_task_drop(sess->tasks[i]);
	ti_mistakes_drop_all(conn);
}
