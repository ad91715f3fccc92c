// SPDX-License-Identifier: GPL-2.0
/*
 * The order of requests (RFC 7143 §4.2.2.1): they run by CmdSN, and those behind one
 * that is missing wait for it. What was rejected was never received.
 *
 * Everything here runs in the owner of the connection.
 */
#include "task.h"

static bool cmd_sn_held(const struct ti_conn *conn, u32 cmd_sn)
{
	const struct ti_cmd *cmd;

	list_for_each_entry(cmd, &conn->held, entry)
		if (cmd->cmd_sn == cmd_sn && !cmd->immediate)
			return true;
	return false;
}

/**
 * ti_order_acceptable - is a request to be looked at
 * @conn:	the connection
 * @cmd_sn:	its CmdSN; it is not immediate
 *
 * One that is outside the window, or here already, is dropped without a word
 * (RFC 7143 §4.2.2.1).
 */
bool ti_order_acceptable(const struct ti_conn *conn, u32 cmd_sn)
{
	const struct ti_sess *sess = conn->sess;

	return ti_sn_in_window(cmd_sn, sess->exp_cmd_sn, sess->max_cmd_sn) &&
	       !cmd_sn_held(conn, cmd_sn);
}

static void not_received(struct ti_not_received *these, u32 cmd_sn)
{
	if (!these->any || ti_sn_lt(these->last, cmd_sn))
		these->last = cmd_sn;
	these->any = true;
}

/* @cmd_sn has come. The last one is forgotten then, as CmdSNs wrap. */
static void was_due(struct ti_not_received *these, u32 cmd_sn)
{
	if (cmd_sn == these->last)
		these->any = false;
}

/**
 * ti_order_leave_hole - a request is rejected
 * @conn:	the connection
 * @cmd_sn:	its CmdSN; it is not immediate
 *
 * It was never received: its CmdSN stays due, and the initiator sends another one
 * with it or aborts it (RFC 7143 §7.3).
 */
void ti_order_leave_hole(struct ti_conn *conn, u32 cmd_sn)
{
	not_received(&conn->rejected, cmd_sn);
}

/**
 * ti_order_unreceive - a request that is being run is rejected
 * @cmd:	the request
 *
 * It was never received, either, so ExpCmdSN goes back to it. Nobody sees that: no PDU
 * was built since ExpCmdSN went past it. But where others have come behind it, the
 * initiator does not wait for the answer, and it stays received.
 */
void ti_order_unreceive(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;

	if (cmd->immediate || cmd->cmd_sn + 1 != sess->exp_cmd_sn)
		return;
	sess->exp_cmd_sn--;
	ti_order_leave_hole(cmd->conn, cmd->cmd_sn);
}

/**
 * ti_order_ready - a task may run
 * @cmd:	the task; in ti_conn.waiting, in ti_conn.held, or just received
 */
void ti_order_ready(struct ti_cmd *cmd)
{
	if (cmd->state == TI_CMD_WAITING || cmd->state == TI_CMD_HELD)
		list_del(&cmd->entry);
	cmd->state = TI_CMD_READY;
	list_add_tail(&cmd->entry, &cmd->conn->ready);
}

/* Set the time that those that are held may wait for the one that is missing. */
static void await_missing(struct ti_conn *conn)
{
	bool behind = !list_empty(&conn->held);

	conn->hole_deadline = 0;
	if (behind)
		ti_conn_await_request(conn, conn->rejected.any || conn->spoilt.any ?
				      TI_RETRY_TIMEOUT : TI_HOLE_TIMEOUT);
	else if (conn->spoilt.any)
		ti_conn_await_request(conn, TI_RESEND_TIMEOUT);
}

/**
 * ti_order_spoilt - a request came with a digest error in its data
 * @conn:	the connection
 * @cmd_sn:	its CmdSN; it is not immediate
 *
 * It was never received: its CmdSN stays due (RFC 7143 §7.8). An initiator that
 * sends it again does so when it has the Reject. Others (open-iscsi) would go on
 * with what comes next, and wait until their command times out: the connection ends
 * first, soon when others have come behind it, which is what they recover from.
 */
void ti_order_spoilt(struct ti_conn *conn, u32 cmd_sn)
{
	not_received(&conn->spoilt, cmd_sn);
	await_missing(conn);
}

/**
 * ti_order_hold - a task has to wait for requests that were sent before it
 * @cmd:	the task, in no list
 *
 * It waits in ti_conn.held, which is in the order of CmdSN; an immediate one behind
 * the numbered one with the same.
 */
void ti_order_hold(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	bool first = list_empty(&conn->held);
	struct ti_cmd *after;

	list_for_each_entry(after, &conn->held, entry)
		if (ti_sn_lt(cmd->cmd_sn, after->cmd_sn))
			break;
	cmd->state = TI_CMD_HELD;
	list_add_tail(&cmd->entry, &after->entry);
	if (first)
		await_missing(conn);
}

/* What was due is here. */
static void next_due(struct ti_conn *conn)
{
	struct ti_sess *sess = conn->sess;

	was_due(&conn->rejected, sess->exp_cmd_sn);
	was_due(&conn->spoilt, sess->exp_cmd_sn);
	sess->exp_cmd_sn++;
}

/* Those whose turn has come, in order; immediate ones take no CmdSN. */
static void release_held(struct ti_conn *conn)
{
	struct ti_sess *sess = conn->sess;
	struct ti_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, &conn->held, entry) {
		if (ti_sn_lt(sess->exp_cmd_sn, cmd->cmd_sn))
			break;
		if (!cmd->immediate)
			next_due(conn);
		ti_order_ready(cmd);
	}
	await_missing(conn);
}

/**
 * ti_order_take - a request that has a CmdSN of its own is here
 * @cmd:	the task, in no list; ti_order_acceptable()
 *
 * It runs next, or when those before it are here.
 */
void ti_order_take(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_sess *sess = conn->sess;

	cmd->numbered = true;
	sess->in_window++;
	if (cmd->cmd_sn != sess->exp_cmd_sn) {
		ti_order_hold(cmd);
		return;
	}
	next_due(conn);
	ti_order_ready(cmd);
	if (conn->hole_deadline)
		release_held(conn);
}

/**
 * ti_order_fill_hole - count a request that never came as received
 * @conn:	the connection
 * @cmd_sn:	CmdSN of the request
 *
 * A task that answers nothing takes its place in the order. Return: 0, or
 * -EBUSY when there is no task for it.
 */
int ti_order_fill_hole(struct ti_conn *conn, u32 cmd_sn)
{
	struct ti_cmd *cmd;

	if (!ti_order_acceptable(conn, cmd_sn))
		return 0;
	cmd = ti_sess_get_task(conn->sess);
	if (!cmd)
		return -EBUSY;
	memset(&cmd->bhs, 0, sizeof(cmd->bhs));
	cmd->opcode = TI_OP_NOP_OUT;
	cmd->itt = TI_RESERVED_TAG;
	cmd->cmd_sn = cmd_sn;
	cmd->immediate = false;
	ti_order_take(cmd);
	return 0;
}

/**
 * ti_order_skip_rejected - go on behind requests that were rejected
 * @conn:	the connection; the time to send them again is over
 *
 * An initiator that sends others meanwhile takes what was rejected for received.
 * Return: false when it is another one that is missing, or no other has come.
 */
bool ti_order_skip_rejected(struct ti_conn *conn)
{
	if (list_empty(&conn->held) || !conn->rejected.any)
		return false;
	/* In case that there is no task for one of them. */
	ti_conn_await_request(conn, TI_RETRY_TIMEOUT);
	while (conn->rejected.any)
		if (ti_order_fill_hole(conn, conn->sess->exp_cmd_sn))
			break;
	return true;
}
