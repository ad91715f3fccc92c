// SPDX-License-Identifier: GPL-2.0
/*
 * Task management (RFC 7143 §11.5, §11.6; SAM-5 §7).
 *
 * Tasks that target core does not have end here and at once. For those that it
 * has, its own functions do the work: ABORT TASK and LUN RESET as they are, the
 * others as several of these, each a task of its own (ti_cmd.parent), answered
 * when the last has ended. Nothing here waits.
 */
#include "ti.h"

static u8 tmf_function(const struct ti_cmd *cmd)
{
	return cmd->tmf_hdr.function & ~TI_FLAG_FINAL;
}

static void tmf_respond(struct ti_cmd *cmd, u8 response)
{
	cmd->response = response;
	if (cmd->conn->state == TI_CONN_FULL_FEATURE)
		ti_tx_queue(cmd, TI_TX_TMF);
	else
		ti_task_finish(cmd);
}

/* ---- which tasks it is about ---- */

/* Immediate ones do not advance CmdSN: what is not to be run yet came later. */
static bool tmf_is_after(const struct ti_cmd *cmd, const struct ti_cmd *task)
{
	if (ti_sn_lt(task->cmd_sn, cmd->cmd_sn))
		return true;
	return task->immediate && task->cmd_sn == cmd->cmd_sn &&
	       task->state != TI_CMD_READY;
}

static bool tmf_is_about(const struct ti_cmd *cmd, const struct ti_cmd *task)
{
	if (task->opcode != TI_OP_SCSI_CMD)
		return false;
	switch (tmf_function(cmd)) {
	case TI_TMF_ABORT_TASK:
		return task->itt == be32_to_cpu(cmd->tmf_hdr.ref_itt) &&
		       task->lun == cmd->lun;
	case TI_TMF_ABORT_TASK_SET:
	case TI_TMF_CLEAR_TASK_SET:
	case TI_TMF_LUN_RESET:
		return task->lun == cmd->lun && tmf_is_after(cmd, task);
	case TI_TMF_WARM_RESET:
	case TI_TMF_COLD_RESET:
		return tmf_is_after(cmd, task);
	default:
		return false;
	}
}

/**
 * ti_tmf_covers - is there a function of this nexus that aborts the task?
 * @task:	the task
 */
bool ti_tmf_covers(const struct ti_cmd *task)
{
	const struct ti_sess *sess = task->conn->sess;
	unsigned int i;

	for (i = 0; i < sess->nr_tasks; i++) {
		const struct ti_cmd *cmd = sess->tasks[i];

		if (cmd->opcode == TI_OP_TMF_REQ &&
		    cmd->state == TI_CMD_EXECUTING && tmf_is_about(cmd, task))
			return true;
	}
	return false;
}

/**
 * ti_tmf_awaits_commands - must commands that were sent before it come first?
 * @cmd:	the task, immediate and just received
 *
 * A function that ends many tasks ends those, too, that the initiator sent before
 * it and that are not here yet (RFC 7143 §4.2.3.3). A CmdSN beyond all that may
 * have been sent means nothing.
 */
bool ti_tmf_awaits_commands(const struct ti_cmd *cmd)
{
	const struct ti_sess *sess = cmd->conn->sess;

	if (cmd->opcode != TI_OP_TMF_REQ ||
	    !ti_sn_in_window(cmd->cmd_sn, sess->exp_cmd_sn + 1,
			     sess->max_cmd_sn + 1))
		return false;
	switch (tmf_function(cmd)) {
	case TI_TMF_ABORT_TASK_SET:
	case TI_TMF_CLEAR_TASK_SET:
	case TI_TMF_LUN_RESET:
	case TI_TMF_WARM_RESET:
	case TI_TMF_COLD_RESET:
		return true;
	default:
		return false;
	}
}

/* ---- responses ---- */

/*
 * A task that has completed when it is to be aborted is none of target core's
 * any more, but its response may not be here yet. It goes before the function's
 * (RFC 7143 §11.6.1): after that nothing may come of the task.
 */
static bool tmf_is_early(const struct ti_cmd *cmd)
{
	const struct ti_sess *sess = cmd->conn->sess;
	unsigned int i;

	if (cmd->conn->state != TI_CONN_FULL_FEATURE)
		return false;
	for (i = 0; i < sess->nr_tasks; i++)
		if (sess->tasks[i]->state == TI_CMD_EXECUTING &&
		    tmf_is_about(cmd, sess->tasks[i]))
			return true;
	return false;
}

static void tmf_respond_in_order(struct ti_cmd *cmd, u8 response)
{
	if (!tmf_is_early(cmd)) {
		tmf_respond(cmd, response);
		return;
	}
	cmd->response = response;
	list_add_tail(&cmd->entry, &cmd->conn->late_tmfs);
}

/**
 * ti_tmf_retry_late - some of the responses that were waited for are here
 * @conn:	the connection
 */
void ti_tmf_retry_late(struct ti_conn *conn)
{
	struct ti_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, &conn->late_tmfs, entry) {
		if (tmf_is_early(cmd))
			continue;
		list_del(&cmd->entry);
		tmf_respond(cmd, cmd->response);
	}
}

/**
 * ti_tmf_swallowed - a reset has ended the function
 * @cmd:	the task
 *
 * And with it the tasks that it was about.
 */
void ti_tmf_swallowed(struct ti_cmd *cmd)
{
	tmf_respond_in_order(cmd, TI_TMF_COMPLETE);
}

static u8 tmf_from_core(u8 response)
{
	switch (response) {
	case TMR_FUNCTION_COMPLETE:
		return TI_TMF_COMPLETE;
	case TMR_TASK_DOES_NOT_EXIST:
		return TI_TMF_NO_TASK;
	case TMR_LUN_DOES_NOT_EXIST:
		return TI_TMF_NO_LUN;
	case TMR_TASK_MGMT_FUNCTION_NOT_SUPPORTED:
		return TI_TMF_NOT_SUPPORTED;
	default:
		return TI_TMF_REJECTED;
	}
}

/* ---- functions made of several ---- */

/*
 * With so many parts of other functions under way, the next one is rejected (§11.6.1):
 * each is a task that no command window counts, and may wait for a backend.
 */
#define TMF_MAX_PARTS	128

static bool tmf_has_room(const struct ti_cmd *cmd)
{
	return cmd->conn->sess->nr_parts < TMF_MAX_PARTS;
}

static struct ti_cmd *tmf_add_part(struct ti_cmd *parent, u64 lun)
{
	struct ti_cmd *part = ti_sess_internal_task(parent);

	if (!part) {
		parent->response = TI_TMF_REJECTED;
		return NULL;
	}
	part->lun = lun;
	parent->pending++;
	return part;
}

/* One part: ABORT TASK. False when it may not begin yet. */
static bool tmf_abort_one(struct ti_cmd *parent, const struct ti_cmd *task)
{
	struct ti_cmd *part = tmf_add_part(parent, task->lun);
	int ret = part ? ti_fabric_abort_task(part, task->itt) : 0;

	if (!ret)
		return true;
	if (ret != -EBUSY)
		parent->response = TI_TMF_REJECTED;
	ti_task_finish(part);
	return ret != -EBUSY;
}

#define TMF_NO_MORE_TASKS	UINT_MAX

/*
 * Begin as many parts as may; the others begin when these have ended. A part that may not
 * begin ends at once, and so comes here again (ti_tmf_part_over()): then there is nothing
 * to do, as @next_task says.
 */
static void tmf_abort_some(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;
	unsigned int i = cmd->next_task;

	cmd->next_task = TMF_NO_MORE_TASKS;
	for (; i < sess->nr_tasks; i++) {
		struct ti_cmd *task = sess->tasks[i];

		if (!tmf_is_about(cmd, task) || task->state != TI_CMD_EXECUTING)
			continue;
		if (!tmf_abort_one(cmd, task)) {
			cmd->next_task = i;
			return;
		}
	}
}

/* One part: LUN RESET. */
static void tmf_reset_one(struct ti_sess *sess, u64 lun,
			  const struct se_device *dev, void *parent)
{
	struct ti_cmd *part = tmf_add_part(parent, lun);

	if (part)
		ti_fabric_reset_lun(part);
}

static void tmf_parts_done(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;

	if (tmf_function(cmd) != TI_TMF_COLD_RESET) {
		tmf_respond_in_order(cmd, cmd->response);
		return;
	}
	tmf_respond(cmd, cmd->response);
	ti_target_close_sessions(conn->sess->tpg->target, conn);
}

static void tmf_end_parts(struct ti_cmd *cmd)
{
	if (--cmd->pending)
		return;
	/* The rest waits for parts of others, whose end nobody would tell us. */
	if (cmd->next_task != TMF_NO_MORE_TASKS)
		cmd->response = TI_TMF_REJECTED;
	tmf_parts_done(cmd);
}

/**
 * ti_tmf_part_over - a part has been released, with or without a response
 * @part:	the part; freed after this
 */
void ti_tmf_part_over(struct ti_cmd *part)
{
	struct ti_cmd *cmd = part->parent;

	if (cmd->conn->state == TI_CONN_FULL_FEATURE)
		tmf_abort_some(cmd);
	tmf_end_parts(cmd);
}

/* @pending starts at one, so that it does not reach zero before all are added. */
static void tmf_begin_parts(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_EXECUTING;
	cmd->response = TI_TMF_COMPLETE;
	cmd->pending = 1;
	cmd->next_task = TMF_NO_MORE_TASKS;
}

/* ---- tasks of this nexus ---- */

/* Drop what target core does not have of the tasks that it is about. */
static void tmf_drop_tasks(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;
	unsigned int i;

	for (i = 0; i < sess->nr_tasks; i++) {
		struct ti_cmd *task = sess->tasks[i];

		if (tmf_is_about(cmd, task) && ti_task_droppable(task))
			ti_task_abort(task);
	}
}

/* Leave word for the owner of @conn. The lock of ti_sessions is held. */
static void conn_note_reset(struct ti_conn *conn, const struct se_device *dev)
{
	unsigned int i;

	for (i = 0; i < TI_RESET_DEVS; i++) {
		const struct se_device *old = cmpxchg(&conn->reset_devs[i], NULL,
						      dev);

		if (!old || old == dev)
			break;
	}
	if (i == TI_RESET_DEVS)
		set_bit(TI_CONN_F_ABORT_ALL, &conn->flags);
	ti_conn_ask(conn, TI_CONN_F_ABORT_LUN);
}

/*
 * Other nexuses may have tasks that wait for data or memory, for a unit that was reset
 * or whose task set was cleared, and that target core does not know of: let each
 * owner end its own. Those that do not see the unit are left alone.
 */
static void tmf_tell_others(struct ti_conn *from, const struct se_device *dev)
{
	struct ti_sess *sess;
	unsigned long index;

	xa_lock(&ti_sessions);
	xa_for_each(&ti_sessions, index, sess)
		if (sess->conn != from && sess->tpg &&
		    ti_luns_have_device(sess, dev))
			conn_note_reset(sess->conn, dev);
	xa_unlock(&ti_sessions);
}

static void tmf_abort_task_set(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;
	const struct se_device *dev = ti_luns_device(sess, cmd->lun);

	if (!dev) {
		tmf_respond(cmd, TI_TMF_NO_LUN);
		return;
	}
	if (!tmf_has_room(cmd)) {
		tmf_respond(cmd, TI_TMF_REJECTED);
		return;
	}
	tmf_drop_tasks(cmd);
	if (tmf_function(cmd) == TI_TMF_CLEAR_TASK_SET)
		tmf_tell_others(cmd->conn, dev);
	tmf_begin_parts(cmd);
	cmd->next_task = 0;
	tmf_abort_some(cmd);
	tmf_end_parts(cmd);
}

/*
 * The task is not known. When its command may still be on its way, it counts
 * as received and will be ignored (§11.6.1, b); else there is no such task.
 */
static void tmf_abort_unknown(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;
	u32 ref = be32_to_cpu(cmd->tmf_hdr.ref_cmd_sn);

	if (!ti_sn_in_window(ref, sess->exp_cmd_sn, sess->max_cmd_sn) ||
	    !ti_sn_lt(ref, cmd->cmd_sn)) {
		tmf_respond(cmd, TI_TMF_NO_TASK);
		return;
	}
	if (ti_order_fill_hole(cmd->conn, ref))
		tmf_respond(cmd, TI_TMF_REJECTED);
	else
		tmf_respond(cmd, TI_TMF_COMPLETE);
}

/*
 * The task that ABORT TASK names: by its tag and, a command, by its LUN (§11.5.3).
 * Requests that are no commands are tasks too (§11.5.1), but for functions.
 */
static struct ti_cmd *tmf_referenced_task(const struct ti_cmd *cmd)
{
	u32 ref_itt = be32_to_cpu(cmd->tmf_hdr.ref_itt);
	struct ti_cmd *task = ti_task_find(cmd->conn->sess, ref_itt);

	if (!task || task->opcode == TI_OP_TMF_REQ)
		return NULL;
	if (task->opcode == TI_OP_SCSI_CMD && task->lun != cmd->lun)
		return NULL;
	return task;
}

static void tmf_abort_task(struct ti_cmd *cmd)
{
	struct ti_cmd *task = tmf_referenced_task(cmd);

	if (!task) {
		if (ti_luns_device(cmd->conn->sess, cmd->lun))
			tmf_abort_unknown(cmd);
		else
			tmf_respond(cmd, TI_TMF_NO_LUN);
	} else if (ti_task_droppable(task)) {
		if (task->opcode == TI_OP_SCSI_CMD)
			ti_luns_count_abort(task->conn->sess, task->lun);
		ti_task_abort(task);
		tmf_respond(cmd, TI_TMF_COMPLETE);
	} else if (task->state == TI_CMD_EXECUTING) {
		if (ti_fabric_abort_task(cmd, task->itt))
			tmf_respond(cmd, TI_TMF_REJECTED);
	} else {
		/* Its response is ahead of ours. */
		tmf_respond(cmd, TI_TMF_NO_TASK);
	}
}

/* ---- resets ---- */

static void tmf_lun_reset(struct ti_cmd *cmd)
{
	if (!ti_luns_device(cmd->conn->sess, cmd->lun)) {
		tmf_respond(cmd, TI_TMF_NO_LUN);
		return;
	}
	tmf_drop_tasks(cmd);
	ti_fabric_reset_lun(cmd);
}

/* All logical units of the target that this nexus sees. */
static void tmf_target_reset(struct ti_cmd *cmd)
{
	if (!tmf_has_room(cmd)) {
		tmf_respond(cmd, TI_TMF_REJECTED);
		return;
	}
	tmf_drop_tasks(cmd);
	tmf_begin_parts(cmd);
	if (ti_luns_walk(cmd->conn->sess, tmf_reset_one, cmd))
		cmd->response = TI_TMF_REJECTED;
	tmf_end_parts(cmd);
}

static bool task_was_reset(const struct ti_cmd *task,
			   const struct se_device * const *devs)
{
	const struct se_device *dev = ti_luns_device(task->conn->sess,
						     task->lun);
	unsigned int i;

	for (i = 0; dev && i < TI_RESET_DEVS; i++)
		if (devs[i] == dev)
			return true;
	return false;
}

/* Those that wait for an ORDERED task: target core does not have them, either. */
static void abort_behind(struct ti_conn *conn,
			 const struct se_device * const *devs, bool all)
{
	struct ti_cmd *task, *next;

	list_for_each_entry_safe(task, next, &conn->behind, entry)
		if (all || task_was_reset(task, devs))
			ti_task_abort_with_status(task);
}

/**
 * ti_tmf_nexus_reset - units were reset, or their tasks cleared, by another nexus
 * @conn:	the connection
 *
 * Tasks of ours that wait, for data, for memory or for an ORDERED one, end with TASK
 * ABORTED (SAM-5 §5.6). Owner.
 */
void ti_tmf_nexus_reset(struct ti_conn *conn)
{
	const struct se_device *devs[TI_RESET_DEVS];
	struct ti_sess *sess = conn->sess;
	unsigned int i;
	bool all;

	for (i = 0; i < TI_RESET_DEVS; i++)
		devs[i] = xchg(&conn->reset_devs[i], NULL);
	all = test_and_clear_bit(TI_CONN_F_ABORT_ALL, &conn->flags);
	if (!sess || !sess->tpg || conn->state != TI_CONN_FULL_FEATURE)
		return;
	for (i = 0; i < sess->nr_tasks; i++) {
		struct ti_cmd *task = sess->tasks[i];

		if (task->state == TI_CMD_WAITING &&
		    (all || task_was_reset(task, devs)))
			ti_task_abort_with_status(task);
	}
	abort_behind(conn, devs, all);
}

/* ---- what takes long ---- */

static bool tmf_is_late(const struct ti_cmd *cmd)
{
	return cmd->opcode == TI_OP_TMF_REQ && cmd->state == TI_CMD_EXECUTING &&
	       cmd->waiting_since &&
	       time_after(jiffies, cmd->waiting_since + TI_LOOK_INTERVAL * HZ);
}

/* The oldest of its commands that it is about: others may be other nexuses'. */
static const struct ti_cmd *tmf_oldest(const struct ti_cmd *cmd)
{
	const struct ti_sess *sess = cmd->conn->sess;
	const struct ti_cmd *oldest = NULL;
	unsigned int i;

	for (i = 0; i < sess->nr_tasks; i++) {
		const struct ti_cmd *task = sess->tasks[i];

		if (task->state == TI_CMD_EXECUTING && tmf_is_about(cmd, task) &&
		    (!oldest || task->received_ns < oldest->received_ns))
			oldest = task;
	}
	return oldest;
}

static void tmf_report_one(const struct ti_cmd *cmd)
{
	const struct ti_conn *conn = cmd->conn;
	const struct ti_cmd *task = tmf_oldest(cmd);

	if (task)
		ti_warn("%s: task management function %u of %s waits for command 0x%x, which the backend of LUN %llu has\n",
			ti_conn_target(conn), tmf_function(cmd), ti_conn_who(conn),
			task->itt, task->lun);
	else
		ti_warn("%s: task management function %u of %s waits for commands of others that the backend of LUN %llu has\n",
			ti_conn_target(conn), tmf_function(cmd), ti_conn_who(conn),
			cmd->lun);
}

/**
 * ti_tmf_report - say which functions wait for a backend
 * @conn:	the connection
 *
 * A function ends when the tasks that it aborts have come back from the
 * backend, and a backend may keep them for as long as it likes. One line each.
 */
void ti_tmf_report(struct ti_conn *conn)
{
	struct ti_sess *sess = conn->sess;
	unsigned int i;

	for (i = 0; i < sess->nr_tasks; i++) {
		struct ti_cmd *cmd = sess->tasks[i];

		if (!tmf_is_late(cmd))
			continue;
		cmd->waiting_since = 0;
		tmf_report_one(cmd);
	}
}

/* ---- entry ---- */

/**
 * ti_tmf_execute - do what a Task Management Function Request asks
 * @cmd:	the task
 *
 * Owner; may sleep.
 */
void ti_tmf_execute(struct ti_cmd *cmd)
{
	cmd->waiting_since = ti_deadline(0);
	if (ti_lun_decode(cmd->tmf_hdr.lun, &cmd->lun))
		cmd->lun = TI_NO_LUN;

	switch (tmf_function(cmd)) {
	case TI_TMF_ABORT_TASK:
		tmf_abort_task(cmd);
		break;
	case TI_TMF_ABORT_TASK_SET:
	case TI_TMF_CLEAR_TASK_SET:
		tmf_abort_task_set(cmd);
		break;
	case TI_TMF_LUN_RESET:
		tmf_lun_reset(cmd);
		break;
	case TI_TMF_WARM_RESET:
	case TI_TMF_COLD_RESET:
		tmf_target_reset(cmd);
		break;
	case TI_TMF_CLEAR_ACA:
		/* No unit of target core enters an ACA condition. */
		tmf_respond(cmd, TI_TMF_NOT_SUPPORTED);
		break;
	case TI_TMF_TASK_REASSIGN:
		/* Belongs to ErrorRecoveryLevel 2. */
		tmf_respond(cmd, TI_TMF_NO_REASSIGN);
		break;
	default:
		tmf_respond(cmd, TI_TMF_NOT_SUPPORTED);
		break;
	}
}

/*
 * The function is answered when its last part has been released, which may be after this.
 * So the part stays in TI_CMD_EXECUTING, in which ti_release_cmd() wakes the owner; in
 * TI_CMD_RELEASING it would not.
 */
static void tmf_let_go(struct ti_cmd *part)
{
	if (part->in_core)
		ti_fabric_release(part);
	else
		ti_sess_put_task(part);
}

/**
 * ti_tmf_completed - target core has done its part
 * @cmd:	the task
 */
void ti_tmf_completed(struct ti_cmd *cmd)
{
	u8 response = tmf_from_core(cmd->response);
	struct ti_cmd *parent = cmd->parent;

	/* What was refused, target core may never have had. */
	if (response == TI_TMF_COMPLETE && ti_fabric_is_lun_reset(cmd))
		tmf_tell_others(cmd->conn, ti_fabric_reset_device(cmd));
	if (!parent) {
		tmf_respond_in_order(cmd, response);
		return;
	}
	/* A task that ended by itself is no failure. */
	if (response != TI_TMF_COMPLETE && response != TI_TMF_NO_TASK)
		parent->response = response;
	tmf_let_go(cmd);
}
