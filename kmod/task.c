// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks: a request from its header to its response.
 *
 *   ti_task_start()     a request's header is here: take a task, check, find
 *                       room for its data (receive context: no execution)
 *   ti_task_received()  its PDU is complete: put it in CmdSN order
 *   ti_task_run_ready() do what it asks for. A write first gets its data:
 *                       unsolicited, then by R2T (TI_CMD_WAITING); target core
 *                       sees a write only when all its data is here, so a
 *                       silent initiator never holds up an abort or a reset.
 *   ti_task_completed() target core is done with it
 *   ti_task_responded() its response is built; the command window moves
 *
 * Everything here runs in the owner of the connection.
 */
#include <scsi/scsi_common.h>
#include <scsi/scsi_proto.h>

#include "event.h"
#include "iostat.h"
#include "ti.h"

/* Additional sense codes of iSCSI conditions (RFC 7143 §11.4.7.2). */
#define ASC_UNEXPECTED_UNSOLICITED	0x0c0c
#define ASC_INCORRECT_AMOUNT		0x0c0d
#define ASC_PROTOCOL_CRC		0x4705
#define ASC_INVALID_FIELD_IN_IU		0x0e03

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

/* Data-Out of a task that was aborted may still be on its way. */
static void task_remember_aborted(struct ti_conn *conn, u32 itt)
{
	conn->aborted_itt[conn->aborted_next] = itt;
	conn->aborted_next = (conn->aborted_next + 1) %
			     ARRAY_SIZE(conn->aborted_itt);
}

static bool task_was_aborted(const struct ti_conn *conn, u32 itt)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(conn->aborted_itt); i++)
		if (conn->aborted_itt[i] == itt)
			return true;
	return false;
}

/* ---- failing ---- */

/**
 * ti_task_fail - the task ends with CHECK CONDITION
 * @cmd:	the task
 * @key:	sense key
 * @asc:	additional sense code and its qualifier
 *
 * Data that the initiator has announced is still received, and dropped; the
 * response is sent after that (RFC 7143 §11.17.1). The first failure counts.
 */
void ti_task_fail(struct ti_cmd *cmd, u8 key, u16 asc)
{
	if (cmd->failed)
		return;
	cmd->failed = true;
	cmd->status = SAM_STAT_CHECK_CONDITION;
	memset(cmd->sense, 0, sizeof(cmd->sense));
	cmd->sense[2] = 0x70;
	cmd->sense[4] = key;
	cmd->sense[9] = 10;
	put_unaligned_be16(asc, cmd->sense + 14);
	put_unaligned_be16(18, cmd->sense);
}

static void task_busy(struct ti_cmd *cmd)
{
	if (cmd->failed)
		return;
	cmd->failed = true;
	cmd->status = SAM_STAT_TASK_SET_FULL;
}

static bool task_wants_data(const struct ti_cmd *cmd)
{
	return cmd->opcode == TI_OP_SCSI_CMD &&
	       cmd->scsi_hdr.flags & TI_CMD_WRITE;
}

/* ---- receiving: the socket lock is held ---- */

static bool cmd_sn_held(const struct ti_conn *conn, u32 cmd_sn)
{
	const struct ti_cmd *cmd;

	list_for_each_entry(cmd, &conn->held, entry)
		if (cmd->cmd_sn == cmd_sn && !cmd->immediate)
			return true;
	return false;
}

/* RFC 7143 §4.2.2.1: outside the window, or here already: not a word. */
static bool cmd_sn_acceptable(const struct ti_conn *conn, u32 cmd_sn)
{
	const struct ti_sess *sess = conn->sess;

	return ti_sn_in_window(cmd_sn, sess->exp_cmd_sn, sess->max_cmd_sn) &&
	       !cmd_sn_held(conn, cmd_sn);
}

static int task_copy_cdb(struct ti_cmd *cmd, const struct ti_ahs *ahs)
{
	kfree(cmd->ext_cdb);
	cmd->ext_cdb = NULL;
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
 * What checks a request returns the reason to reject it (enum ti_reject_reason), or
 * 0 to take it.
 */

/* The whole CDB, with what an AHS adds to it. */
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
		task_busy(cmd);
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

/* A SCSI Command: room for what comes without being asked for. */
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
	if (reason || !task_wants_data(cmd))
		return reason;

	cmd->unsolicited = dlen;
	if (!final) {
		cmd->unsolicited_open = true;
		cmd->unsolicited = min(cmd->edtl, conn->params->first_burst);
	}
	cmd->seq_end = cmd->unsolicited;
	if (cmd->failed || !cmd->unsolicited)
		return 0;
	/* The promise is for those in the window. */
	if (ti_buf_grow(conn, &cmd->buf, cmd->unsolicited, !cmd->immediate))
		task_busy(cmd);
	else if (dlen)
		conn->rx.sink = TI_SINK_BUF;
	return 0;
}

/* A discovery session is closed as a whole (§4.3). */
static u8 task_start_logout(struct ti_conn *conn, struct ti_cmd *cmd)
{
	u8 why = cmd->logout_hdr.reason & ~TI_FLAG_FINAL;

	return conn->sess->tpg || why == TI_LOGOUT_CLOSE_SESSION ?
	       0 : TI_REJECT_PROTOCOL_ERROR;
}

/* There is no room for what a request brings along: it may be sent again. */
static u8 task_reject_no_memory(const struct ti_cmd *cmd)
{
	return cmd->immediate ? TI_REJECT_IMMEDIATE : TI_REJECT_LONG_OP;
}

/* Its text is kept until it is its turn: a connection has one at a time (§11.10). */
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

/* Nothing was promised for ping data: much of it needs leave. */
static u8 task_start_nop(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	if (cmd->itt == TI_RESERVED_TAG || !dlen)
		return 0;
	if (ti_buf_grow(conn, &cmd->buf, dlen, dlen <= PAGE_SIZE))
		return task_reject_no_memory(cmd);
	conn->rx.sink = TI_SINK_BUF;
	return 0;
}

/* A discovery session has Text and Logout alone (§4.3). */
static bool task_fits_session(const struct ti_cmd *cmd)
{
	return cmd->conn->sess->tpg || cmd->opcode == TI_OP_TEXT_REQ ||
	       cmd->opcode == TI_OP_LOGOUT_REQ;
}

/* By what kind of request it is. */
static u8 task_start(struct ti_conn *conn, struct ti_cmd *cmd, u32 dlen)
{
	bool nop = cmd->opcode == TI_OP_NOP_OUT;

	if (!task_fits_session(cmd))
		return TI_REJECT_PROTOCOL_ERROR;
	/* Only a NOP-Out that is immediate goes without a tag (§11.18.1). */
	if (cmd->itt == TI_RESERVED_TAG && !(nop && cmd->immediate))
		return TI_REJECT_INVALID_FIELD;
	/* Both AHS that there are belong to a SCSI Command (§11.2.2). */
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
	WRITE_ONCE(cmd->received_ns, cmd->conn->rx_ns);
	cmd->state = TI_CMD_RECEIVING;
	if (cmd->itt != TI_RESERVED_TAG)
		hlist_add_head(&cmd->itt_entry,
			       ti_sess_itt_bucket(cmd->conn->sess, cmd->itt));
}

/* Has the initiator not had an answer yet for that tag? */
static bool task_active(struct ti_sess *sess, u32 itt)
{
	const struct ti_cmd *cmd = ti_task_find(sess, itt);

	return cmd && cmd->state < TI_CMD_RELEASING;
}

/*
 * They are beyond the window, and must not take what it promises: a request that
 * gets no task stops the connection, and Data-Out behind it would wait with it.
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

/*
 * A request that is rejected was never received: its CmdSN stays due, and the
 * initiator sends another one with it or aborts it (§7.3).
 */
static void task_leave_hole(struct ti_conn *conn, u32 cmd_sn)
{
	if (!conn->rejected || ti_sn_lt(conn->rejected_sn, cmd_sn))
		conn->rejected_sn = cmd_sn;
	conn->rejected = true;
}

/**
 * ti_task_unreceive - a request that is being run is rejected
 * @cmd:	the request
 *
 * The rule holds for it, too, unless others have come behind it: those are taken as
 * from an initiator that does not wait for the answer. No PDU was built since
 * ExpCmdSN went past it, so nobody sees that go back.
 */
void ti_task_unreceive(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;

	if (cmd->immediate || cmd->cmd_sn + 1 != sess->exp_cmd_sn)
		return;
	sess->exp_cmd_sn--;
	task_leave_hole(cmd->conn, cmd->cmd_sn);
}

/* There is no task for it; what is for want of memory is no format error. */
static void task_refuse(struct ti_conn *conn, struct ti_cmd *cmd, u8 reason)
{
	if (reason != TI_REJECT_IMMEDIATE && reason != TI_REJECT_LONG_OP)
		ti_stats_session_failure(conn->sess, TI_SESS_ERR_FORMAT);
	conn->rx.reject = reason;
	if (!cmd->immediate)
		task_leave_hole(conn, cmd->cmd_sn);
	ti_task_drop(cmd);
}

/**
 * ti_task_start - the header of a request is in ti_rx.hdr
 * @conn:	the connection
 * @immediate:	the request is for immediate delivery
 *
 * Return: 0, and ti_rx says where the data segment goes; -EBUSY when there is
 * no task just now and the connection has to stop receiving until one comes
 * back.
 */
int ti_task_start(struct ti_conn *conn, bool immediate)
{
	const struct ti_bhs *bhs = (const struct ti_bhs *)conn->rx.hdr;
	const struct ti_text_hdr *hdr = (const struct ti_text_hdr *)bhs;
	u32 itt = be32_to_cpu(bhs->itt);
	u32 cmd_sn = be32_to_cpu(hdr->cmd_sn);
	struct ti_cmd *cmd;
	u8 reason;

	if (!immediate && !cmd_sn_acceptable(conn, cmd_sn))
		return 0;
	if (itt != TI_RESERVED_TAG && task_active(conn->sess, itt)) {
		conn->rx.reject = TI_REJECT_TASK_IN_PROGRESS;
		if (!immediate)
			task_leave_hole(conn, cmd_sn);
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

static bool data_out_belongs(const struct ti_cmd *cmd, u32 itt, u32 ttt)
{
	if (!cmd || cmd->itt != itt || cmd->opcode != TI_OP_SCSI_CMD)
		return false;
	if (ttt == TI_RESERVED_TAG)
		return cmd->unsolicited_open && cmd->state >= TI_CMD_HELD &&
		       cmd->state <= TI_CMD_WAITING;
	/* Before its R2T is on its way the tag was guessed. */
	return cmd->state == TI_CMD_WAITING && cmd->burst_open &&
	       list_empty(&cmd->tx.entry) && ttt == cmd->ttt;
}

/* What a Data-Out must say next (§11.7, DataPDUInOrder, DataSequenceInOrder). */
static void task_check_data_out(struct ti_cmd *cmd,
				const struct ti_data_out_hdr *hdr, u32 dlen)
{
	u32 end = cmd->received + dlen;
	bool final = hdr->flags & TI_FLAG_FINAL;

	if (be32_to_cpu(hdr->data_sn) != cmd->data_sn)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_PROTOCOL_CRC);
	else if (be32_to_cpu(hdr->offset) != cmd->received ||
		 end > cmd->seq_end)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
	else if (!cmd->unsolicited_open && final != (end == cmd->seq_end))
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
	/* Of a longer write FirstBurstLength comes unasked, no less (§11.4.7.2). */
	else if (cmd->unsolicited_open && final && end != cmd->seq_end &&
		 cmd->seq_end < cmd->edtl)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_INCORRECT_AMOUNT);
}

/**
 * ti_task_data_out - the header of a Data-Out is in ti_rx.hdr
 * @conn:	the connection
 *
 * Return: 0, and ti_rx says where the data segment goes.
 */
int ti_task_data_out(struct ti_conn *conn)
{
	const struct ti_data_out_hdr *hdr =
		(const struct ti_data_out_hdr *)conn->rx.hdr;
	u32 itt = be32_to_cpu(hdr->itt), ttt = be32_to_cpu(hdr->ttt);
	struct ti_cmd *cmd;

	if (ttt == TI_RESERVED_TAG)
		cmd = ti_task_find(conn->sess, itt);
	else
		cmd = task_by_ttt(conn->sess, ttt);
	if (!data_out_belongs(cmd, itt, ttt)) {
		if (itt == TI_RESERVED_TAG || !task_was_aborted(conn, itt))
			conn->rx.reject = TI_REJECT_INVALID_FIELD;
		return 0;
	}
	conn->rx.cmd = cmd;
	if (!cmd->failed)
		task_check_data_out(cmd, hdr, conn->rx.dlen);
	if (!cmd->failed && conn->rx.dlen)
		conn->rx.sink = TI_SINK_BUF;
	return 0;
}

static void task_make_ready(struct ti_cmd *cmd)
{
	if (cmd->state == TI_CMD_WAITING || cmd->state == TI_CMD_HELD)
		list_del(&cmd->entry);
	cmd->state = TI_CMD_READY;
	list_add_tail(&cmd->entry, &cmd->conn->ready);
}

/* Those that are held wait for one that is missing, or for none. */
static void task_await_missing(struct ti_conn *conn)
{
	conn->hole_deadline = 0;
	if (!list_empty(&conn->held))
		ti_conn_await_request(conn, conn->rejected ?
				      TI_RETRY_TIMEOUT : TI_HOLE_TIMEOUT);
}

static void task_hold(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_cmd *after;

	list_for_each_entry(after, &conn->held, entry)
		if (ti_sn_lt(cmd->cmd_sn, after->cmd_sn))
			break;
	cmd->state = TI_CMD_HELD;
	list_add_tail(&cmd->entry, &after->entry);
	if (!conn->hole_deadline)
		task_await_missing(conn);
}

/* What was due is here. Numbers come round: what was rejected is forgotten with it. */
static void task_next_due(struct ti_conn *conn)
{
	struct ti_sess *sess = conn->sess;

	if (unlikely(conn->rejected) && sess->exp_cmd_sn == conn->rejected_sn)
		conn->rejected = false;
	sess->exp_cmd_sn++;
}

/* Those whose turn has come, in order; immediate ones take no CmdSN. */
static void task_release_held(struct ti_conn *conn)
{
	struct ti_sess *sess = conn->sess;
	struct ti_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, &conn->held, entry) {
		if (ti_sn_lt(sess->exp_cmd_sn, cmd->cmd_sn))
			break;
		if (!cmd->immediate)
			task_next_due(conn);
		task_make_ready(cmd);
	}
	task_await_missing(conn);
}

/* It runs now, or when those before it are here. */
static void task_in_order(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_sess *sess = conn->sess;

	cmd->numbered = true;
	sess->in_window++;
	if (cmd->cmd_sn != sess->exp_cmd_sn) {
		task_hold(cmd);
		return;
	}
	task_next_due(conn);
	task_make_ready(cmd);
	if (conn->hole_deadline)
		task_release_held(conn);
}

/* A request is here whole. */
static void task_request_received(struct ti_conn *conn, struct ti_cmd *cmd)
{
	if (conn->rx.digest_error) {
		/*
		 * It was never received: its CmdSN stays due (§7.8). An initiator that
		 * sends it again does so when it has the Reject. The others (open-iscsi)
		 * would wait until their command times out: the connection ends first,
		 * which is what they recover from.
		 */
		if (!cmd->immediate)
			ti_conn_await_request(conn, TI_RETRY_TIMEOUT);
		ti_task_drop(cmd);
		return;
	}
	cmd->received = cmd->opcode == TI_OP_SCSI_CMD && cmd->buf.len ?
			conn->rx.dlen : 0;
	if (!cmd->immediate)
		task_in_order(cmd);
	else if (unlikely(ti_tmf_awaits_commands(cmd)))
		task_hold(cmd);
	else
		task_make_ready(cmd);
}

static void task_data_out_received(struct ti_conn *conn, struct ti_cmd *cmd)
{
	const struct ti_data_out_hdr *hdr =
		(const struct ti_data_out_hdr *)conn->rx.hdr;
	bool final = hdr->flags & TI_FLAG_FINAL;

	if (conn->rx.digest_error)
		ti_task_fail(cmd, ABORTED_COMMAND, ASC_PROTOCOL_CRC);
	cmd->data_sn++;
	cmd->waiting_since = jiffies;
	if (!cmd->failed)
		cmd->received += conn->rx.dlen;
	if (!final)
		return;
	cmd->data_sn = 0;
	cmd->unsolicited_open = false;
	cmd->burst_open = false;
	/* One that is held runs when its turn comes. */
	if (cmd->state == TI_CMD_WAITING)
		task_make_ready(cmd);
}

/**
 * ti_task_received - the PDU that ti_rx.cmd belongs to is here whole
 * @conn:	the connection
 */
void ti_task_received(struct ti_conn *conn)
{
	struct ti_cmd *cmd = conn->rx.cmd;

	if (cmd->state == TI_CMD_RECEIVING)
		task_request_received(conn, cmd);
	else
		task_data_out_received(conn, cmd);
}

/* ---- running ---- */

static void task_wait(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_WAITING;
	cmd->waiting_since = jiffies;
	list_add_tail(&cmd->entry, &cmd->conn->waiting);
}

/**
 * ti_task_wait_for_memory - run the task again when there may be memory
 * @cmd:	the task
 */
void ti_task_wait_for_memory(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_WAITING;
	list_add_tail(&cmd->entry, &cmd->conn->no_memory);
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
		task_busy(cmd);
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

static void task_run_write(struct ti_cmd *cmd)
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

/* ---- ORDERED tasks ---- */

/*
 * Order is kept here, among the tasks of this nexus, and target core is told
 * that every task is SIMPLE. Its own way (a count of tasks per device) loses
 * count when a task is aborted: after that it keeps every ORDERED task, and all
 * that come after it, of all initiators, for ever.
 */
static bool task_has_attr(const struct ti_cmd *cmd, u8 attr)
{
	return (cmd->scsi_hdr.flags & TI_CMD_ATTR_MASK) == attr;
}

/* Must others be answered before it may begin (SAM-5 §8.7)? */
static bool task_is_behind(const struct ti_cmd *cmd)
{
	const struct ti_conn *conn = cmd->conn;
	const struct ti_sess *sess = conn->sess;

	if (cmd->opcode != TI_OP_SCSI_CMD || cmd->started ||
	    task_has_attr(cmd, TI_ATTR_HEAD_OF_QUEUE))
		return false;
	if (sess->ordered || !list_empty(&conn->behind))
		return true;
	return task_has_attr(cmd, TI_ATTR_ORDERED) && sess->started;
}

static void task_begin(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;

	if (cmd->started)
		return;
	cmd->started = true;
	sess->started++;
	if (task_has_attr(cmd, TI_ATTR_ORDERED))
		sess->ordered = true;
}

static void task_end(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;

	if (!cmd->started)
		return;
	cmd->started = false;
	sess->started--;
	if (task_has_attr(cmd, TI_ATTR_ORDERED))
		sess->ordered = false;
}

/**
 * ti_task_barrier_lifted - may tasks run that waited for an ORDERED one?
 * @conn:	the connection
 *
 * Or that are ORDERED and waited for those before them. Owner only.
 */
bool ti_task_barrier_lifted(const struct ti_conn *conn)
{
	return !list_empty(&conn->behind) && !conn->sess->started;
}

/* ---- execution ---- */

static void task_run_scsi(struct ti_cmd *cmd)
{
	task_begin(cmd);
	if (task_wants_data(cmd))
		task_run_write(cmd);
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
	rsp->time2wait = cpu_to_be16(cmd->conn->params->time2wait);
	rsp->time2retain = 0;
	pdu->takes_stat_sn = true;
	return pdu;
}

static u8 logout_check(const struct ti_cmd *cmd)
{
	switch (cmd->logout_hdr.reason & ~TI_FLAG_FINAL) {
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
				cmd->logout_hdr.reason & ~TI_FLAG_FINAL);
	ti_task_finish(cmd);
	if (!pdu) {
		ti_conn_close(conn);
		return;
	}
	ti_pdu_queue(conn, pdu);
	if (response != TI_LOGOUT_OK)
		return;
	/* Before it is sent, which is ours to do. */
	if (conn->sess->tpg)
		ti_fabric_release_reservations(conn->sess);
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
		list_splice_init(&conn->behind, &conn->ready);
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

/**
 * ti_task_data_overdue - has the initiator left a write without its data?
 * @conn:	the connection
 *
 * For longer than the ACL's dataout_timeout and its retries allow. While it sends
 * data of other writes, that of this one may be behind it.
 */
bool ti_task_data_overdue(const struct ti_conn *conn)
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
		 * Who has aborted it waits until nobody has it any more: not until
		 * its initiator takes the status, which ti_task_released() sends.
		 */
		ti_fabric_release(cmd);
	else
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

/* May ti_task_drop() end it? */
bool ti_task_droppable(const struct ti_cmd *cmd)
{
	return cmd->state == TI_CMD_HELD || cmd->state == TI_CMD_READY ||
	       cmd->state == TI_CMD_WAITING;
}

/* What is half received of it goes nowhere. */
static void task_stop_receiving(struct ti_cmd *cmd)
{
	struct ti_rx *rx = &cmd->conn->rx;

	if (rx->cmd != cmd)
		return;
	rx->cmd = NULL;
	rx->sink = TI_SINK_DISCARD;
}

/* Take a task off every list; what is half received of it goes nowhere. */
static void task_detach(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;

	if (ti_task_droppable(cmd))
		list_del(&cmd->entry);
	if (!list_empty(&cmd->tx.entry))
		list_del_init(&cmd->tx.entry);
	task_stop_receiving(cmd);
	if (cmd->unsolicited_open || cmd->burst_open)
		task_remember_aborted(conn, cmd->itt);
	cmd->unsolicited_open = false;
	cmd->burst_open = false;
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
	if (cmd->unsolicited_open)
		task_remember_aborted(cmd->conn, cmd->itt);
	cmd->unsolicited_open = false;
	task_stop_receiving(cmd);
	hlist_del_init(&cmd->itt_entry);
	cmd->opcode = TI_OP_NOP_OUT;
	cmd->itt = TI_RESERVED_TAG;
}

/**
 * ti_task_abort_with_status - end a task that waits for data, with TASK ABORTED
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
 * one; so are tasks that others have aborted.
 */
void ti_task_released(struct ti_cmd *cmd)
{
	if (cmd->state != TI_CMD_EXECUTING || cmd->parent ||
	    cmd->conn->state != TI_CONN_FULL_FEATURE) {
		ti_sess_put_task(cmd);
	} else if (cmd->opcode == TI_OP_TMF_REQ) {
		cmd->in_core = false;
		ti_tmf_swallowed(cmd);
	} else if (cmd->status != SAM_STAT_TASK_ABORTED && ti_tmf_covers(cmd)) {
		ti_sess_put_task(cmd);
	} else {
		cmd->in_core = false;
		ti_task_abort_with_status(cmd);
	}
}

/**
 * ti_task_fill_hole - count a request that never came as received
 * @conn:	the connection
 * @cmd_sn:	CmdSN of the request
 *
 * A task that answers nothing takes its place in the order. Return: 0, or
 * -EBUSY when there is no task for it.
 */
int ti_task_fill_hole(struct ti_conn *conn, u32 cmd_sn)
{
	struct ti_cmd *cmd;

	if (!cmd_sn_acceptable(conn, cmd_sn))
		return 0;
	cmd = ti_sess_get_task(conn->sess);
	if (!cmd)
		return -EBUSY;
	memset(&cmd->bhs, 0, sizeof(cmd->bhs));
	cmd->opcode = TI_OP_NOP_OUT;
	cmd->itt = TI_RESERVED_TAG;
	cmd->cmd_sn = cmd_sn;
	cmd->immediate = false;
	task_in_order(cmd);
	return 0;
}

/**
 * ti_task_skip_rejected - go on behind requests that were rejected
 * @conn:	the connection; the time to send them again is over
 *
 * An initiator that sends others meanwhile takes what was rejected for received.
 * Return: false when it is another one that is missing, or no other has come.
 */
bool ti_task_skip_rejected(struct ti_conn *conn)
{
	if (list_empty(&conn->held) || !conn->rejected)
		return false;
	/* For want of a task. */
	ti_conn_await_request(conn, TI_RETRY_TIMEOUT);
	while (conn->rejected)
		if (ti_task_fill_hole(conn, conn->sess->exp_cmd_sn))
			break;
	return true;
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
}
