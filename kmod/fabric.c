// SPDX-License-Identifier: GPL-2.0
/*
 * The boundary to target core. This file, quirks.c, answers.c, verify.c and reserve.c are
 * the only ones that look into struct se_cmd.
 *
 * References. target_init_cmd() takes two: target core's own, which it drops
 * when it has completed the command (check_stop_free), and the fabric's, which
 * ti_fabric_release() drops after the response was sent. Whoever drops the last
 * one runs release_cmd, which only puts the task on ti_conn.released: the
 * owner of the connection takes it from there. When target core aborts a
 * command without a response it drops the fabric's reference itself.
 */
#include <linux/module.h>
#include <scsi/scsi_proto.h>
#include <target/target_core_backend.h>

#include "aside.h"
#include "attrib.h"
#include "event.h"
#include "iostat.h"
#include "quirks.h"

/*
 * Give a task back to its owner. When the list was not empty, the owner has been queued
 * already. A task that target core does not have may be freed at once, and the
 * connection with it: hence the RCU section.
 */
static void task_done(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;

	if (unlikely(cmd->place))
		ti_aside_over(cmd);
	rcu_read_lock();
	if (llist_add(&cmd->done, &conn->done))
		ti_conn_queue(conn);
	rcu_read_unlock();
}

/* ---- from a task to target core ---- */

/* Order is kept by task.c. */
static int se_task_attr(u8 flags)
{
	switch (flags & TI_CMD_ATTR_MASK) {
	case TI_ATTR_ACA:
		return TCM_ACA_TAG;
	default:
		return TCM_SIMPLE_TAG;
	}
}

/* As target core names it: a WRITE goes to the device. */
static enum dma_data_direction se_direction(const struct ti_cmd *cmd)
{
	u8 flags = cmd->scsi_hdr.flags;

	if (!cmd->edtl)
		return DMA_NONE;
	if (flags & TI_CMD_WRITE)
		return DMA_TO_DEVICE;
	if (flags & TI_CMD_READ)
		return DMA_FROM_DEVICE;
	return DMA_NONE;
}

static u8 *task_cdb(struct ti_cmd *cmd)
{
	return cmd->ext_cdb ?: cmd->scsi_hdr.cdb;
}

/* Where a READ is to put its blocks. */
static int task_map_read(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u32 len = se_cmd->data_length;
	int ret;

	/* A passed-through command may expect up to 4 GiB: nothing has bounded it. */
	if (len > TI_MAX_TRANSFER)
		return -EINVAL;
	/* Whole blocks, even where the initiator takes less. */
	len = roundup(len, se_cmd->se_dev->dev_attrib.block_size);
	if (len > TI_MAX_TRANSFER)
		return -EINVAL;
	ret = ti_buf_grow(cmd->conn, &cmd->buf, len, false);
	if (!ret)
		se_cmd->data_length = len;
	return ret;
}

/* No parameter data is longer: REPORT LUNS of 65,536 LUNs takes half of it. */
#define TI_PARAMETERS_MAX	SZ_1M

/*
 * Pages for parameter data to the initiator. It may ask for any length, up to 4 GiB,
 * however little there will be. So these pages need permission, too, and whatever exceeds
 * the longest parameter data is residual from the beginning. Target core maps the
 * pages one by one, and expects what it does not write to be zero.
 */
static int task_map_parameters(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u32 len;
	int ret;

	if (!ti_is_passed_through(se_cmd))
		target_set_cmd_data_length(se_cmd,
					   min_t(u32, se_cmd->data_length,
						 TI_PARAMETERS_MAX));
	len = se_cmd->data_length;
	if (len > TI_MAX_TRANSFER)
		return -EINVAL;
	cmd->buf.small = true;
	ret = ti_buf_grow(cmd->conn, &cmd->buf, len, false);
	if (!ret)
		sg_zero_buffer(cmd->buf.sgl, cmd->buf.nents, len, 0);
	return ret;
}

/*
 * Parameter data from the initiator: no more than the CDB says, whatever was sent.
 * Target core allocates the pages for it, which no bound covers.
 */
static void task_cut_parameters(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (se_cmd->se_cmd_flags & SCF_UNDERFLOW_BIT)
		se_cmd->data_length -= se_cmd->residual_count;
}

/*
 * Give target core our pages, except for data from the initiator that is not whole
 * blocks (parameter data, COMPARE AND WRITE, WRITE SAME): for that it allocates its
 * own, zeroed, and ti_write_pending() copies. It is small and rare.
 */
static int task_map_data(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	bool blocks = se_cmd->se_cmd_flags & SCF_SCSI_DATA_CDB;
	u32 len = se_cmd->data_length;
	int ret = 0;

	if (!len || cmd->verify ||
	    se_cmd->se_cmd_flags & (SCF_COMPARE_AND_WRITE | SCF_BIDI))
		return 0;
	if (se_cmd->data_direction == DMA_TO_DEVICE) {
		if (!blocks) {
			task_cut_parameters(cmd);
			return 0;
		}
		/* Longer than what was received: data that never comes. */
		if (len > cmd->buf.len)
			return -EINVAL;
		ti_buf_trim(cmd->conn, &cmd->buf, len);
	} else if (blocks) {
		ret = task_map_read(cmd);
	} else {
		ret = task_map_parameters(cmd);
	}
	if (ret)
		return ret;
	se_cmd->t_data_sg = cmd->buf.sgl;
	se_cmd->t_data_nents = cmd->buf.nents;
	se_cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
	return 0;
}

/* Commands that move blocks are counted, once. */
static void task_begin_io(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (!(se_cmd->se_cmd_flags & SCF_SCSI_DATA_CDB) || cmd->io_counted)
		return;
	if (se_cmd->data_direction == DMA_FROM_DEVICE)
		ti_io_begin(cmd, TI_IO_READ);
	else if (se_cmd->data_direction == DMA_TO_DEVICE)
		ti_io_begin(cmd, TI_IO_WRITE);
}

/* Find the LUN and read the CDB; where that fails, target core has answered. */
static int task_prepare(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	sense_reason_t reason;
	int ret;

	reason = target_cmd_init_cdb(se_cmd, task_cdb(cmd), GFP_NOIO);
	if (!reason)
		reason = ti_quirks_lookup_lun(cmd);
	if (reason) {
		if (reason != TCM_NON_EXISTENT_LUN || !ti_quirks_answer_no_lun(cmd))
			transport_send_check_condition_and_sense(se_cmd, reason,
								 0);
		target_put_sess_cmd(se_cmd);
		return -EIO;
	}
	reason = ti_quirks_before_parse(cmd);
	if (!reason)
		reason = target_cmd_parse_cdb(se_cmd);
	if (!reason)
		reason = ti_quirks_after_parse(cmd);
	if (!reason) {
		task_begin_io(cmd);
		ret = task_map_data(cmd);
		if (ret == -EINVAL)
			reason = TCM_INVALID_CDB_FIELD;
		else if (ret)
			return -EAGAIN;
	}
	if (reason) {
		transport_generic_request_failure(se_cmd, reason);
		return -EIO;
	}
	return 0;
}

/* What target core executes before it returns, however long that takes. */
static bool cdb_keeps_submitter(const u8 *cdb)
{
	switch (cdb[0]) {
	case COMPARE_AND_WRITE:		/* waits for the one before it */
	case MAINTENANCE_OUT:		/* ALUA transitions */
	case UNMAP:
		return true;
	default:
		return ti_cdb_is_write_same(cdb);
	}
}

/* Where the parameter list of an EXTENDED COPY has its two names, 16 bytes each. */
#define COPY_NAME		24
#define COPY_OTHER_NAME		56
#define COPY_NAMES_END		72

/* Target core has commands to both devices of a copy. */
static void submit_copy(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;
	u32 own = cmd->se_cmd.se_dev->dev_index, other = own;
	const u8 *list = cmd->buf.nents ? sg_virt(cmd->buf.sgl) : NULL;

	if (cmd->buf.len >= COPY_NAMES_END &&
	    (!ti_luns_find_named(sess, list + COPY_NAME, &other) || other == own))
		ti_luns_find_named(sess, list + COPY_OTHER_NAME, &other);
	ti_aside_submit_copy(cmd, own, other);
}

/* Files are read and written by whoever submits. */
static bool dev_keeps_submitter(const struct se_device *dev)
{
	return !strcmp(dev->transport->name, "fileio");
}

/* A RAM disk makes nobody wait. */
static bool dev_is_memory(const struct se_device *dev)
{
	return !strcmp(dev->transport->name, "rd_mcp");
}

static bool cdb_flushes(const u8 *cdb)
{
	return cdb[0] == SYNCHRONIZE_CACHE || cdb[0] == SYNCHRONIZE_CACHE_16;
}

/* What a command that goes to its device finds there: READs and WRITEs of the LUN. */
static const struct ti_io_stats *lun_io(const struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (cmd->lun_io || !(cdb_flushes(se_cmd->t_task_cdb) ||
			     ti_is_passed_through(se_cmd)))
		return cmd->lun_io;
	return xa_load(&cmd->conn->sess->luns, cmd->lun);
}

/* WRITEs of its LUN in flight, with this one; 0 when it is none. */
static u32 lun_writes(const struct ti_cmd *cmd)
{
	if (!cmd->lun_io || cmd->io_dir != TI_IO_WRITE)
		return 0;
	return cmd->lun_io->in_flight[TI_IO_WRITE];
}

/*
 * More WRITEs at once than there was room for (aside.c) may make who submits them wait.
 * Whoever submits to a block device that has no request left waits for one. That may
 * be near when this LUN has half as many READs and WRITEs in flight as the device has
 * requests (others use the device, too, and large commands take several), or when none
 * of them has come back for a while.
 */
static bool lun_is_full(const struct ti_cmd *cmd)
{
	const struct se_device *dev = cmd->se_cmd.se_dev;
	const struct ti_io_stats *io = lun_io(cmd);
	u32 in_flight;

	/* Others have filled it: even the first command would have to wait. */
	if (unlikely(ti_aside_is_stuck(dev->dev_index, cmd->received_ns)))
		return true;
	if (!io)
		return false;
	in_flight = ti_io_in_flight(io);
	if (in_flight < 2)
		return false;
	if (lun_writes(cmd) <= ti_aside_room(dev->dev_index) &&
	    in_flight <= max(dev->dev_attrib.hw_queue_depth / 2, 1U) &&
	    (s64)(cmd->received_ns - io->moved_ns) <= TI_STILL_NS)
		return false;
	return !dev_is_memory(dev);
}

static void task_submit_here(struct ti_cmd *cmd)
{
	/* When target core returns, the task may be answered and used again. */
	u32 dev_index = cmd->se_cmd.se_dev->dev_index;
	u32 writes = lun_writes(cmd);
	unsigned long waits = current->nvcsw;

	target_submit(&cmd->se_cmd);
	if (unlikely(current->nvcsw != waits) && writes)
		ti_aside_waited(dev_index, writes);
}

static void task_submit(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	const struct se_device *dev = se_cmd->se_dev;
	const u8 *cdb = se_cmd->t_task_cdb;

	cmd->state = TI_CMD_EXECUTING;
	if (unlikely(cdb[0] == PERSISTENT_RESERVE_OUT))
		ti_aside_submit(cmd, dev->dev_index, TI_PLACE_TURN);
	else if (unlikely(cdb[0] == EXTENDED_COPY))
		submit_copy(cmd);
	else if (cdb_keeps_submitter(cdb) || dev_keeps_submitter(dev))
		ti_aside_submit(cmd, dev->dev_index, TI_PLACE_NONE);
	else if (lun_is_full(cmd))
		ti_aside_submit_full(cmd, dev->dev_index, lun_writes(cmd));
	else
		task_submit_here(cmd);
}

/* Prepared with @ret: 0, -EIO (it has been answered), or no memory. */
static void task_submit_prepared(struct ti_cmd *cmd, int ret)
{
	cmd->prepared = ret == -EAGAIN || ret == -ENOMEM;
	if (cmd->prepared)
		ti_task_wait_for_memory(cmd);
	else if (!ret)
		task_submit(cmd);
}

/**
 * ti_fabric_submit - hand a SCSI command, with all its data, to target core
 * @cmd:	the task
 *
 * Ends in ti_task_completed(), or by release alone when it is aborted. A read
 * that finds no memory is run again later. May sleep.
 */
void ti_fabric_submit(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	struct ti_sess *sess = cmd->conn->sess;

	if (cmd->prepared) {
		/* It had no memory the last time: go on from there. */
		task_submit_prepared(cmd, task_map_data(cmd));
		return;
	}
	/* What is to be verified now has been written, and told of, and counted. */
	if (likely(cmd->verify_step != TI_VERIFY_READS)) {
		if (unlikely(!xa_empty(&sess->attentions)) &&
		    ti_attention_tell(cmd, task_cdb(cmd)))
			return;
		WRITE_ONCE(sess->cmds, sess->cmds + 1);
	}

	memset(se_cmd, 0, sizeof(*se_cmd));
	cmd->in_core = true;
	cmd->state = TI_CMD_EXECUTING;
	se_cmd->tag = cmd->itt;
	if (target_init_cmd(se_cmd, sess->se_sess, cmd->sense + 2, cmd->lun,
			    cmd->edtl, se_task_attr(cmd->scsi_hdr.flags),
			    se_direction(cmd), TARGET_SCF_ACK_KREF)) {
		/* The session is being stopped: nothing is owed. */
		cmd->in_core = false;
		ti_task_finish(cmd);
		return;
	}
	task_submit_prepared(cmd, task_prepare(cmd));
}

static int task_submit_tmr(struct ti_cmd *cmd, u8 function, u32 ref_itt)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	int ret;

	memset(se_cmd, 0, sizeof(*se_cmd));
	cmd->in_core = true;
	se_cmd->tag = cmd->itt;
	ret = target_submit_tmr(se_cmd, cmd->conn->sess->se_sess, cmd->sense + 2,
				cmd->lun, cmd, function, GFP_NOIO, ref_itt,
				TARGET_SCF_ACK_KREF);
	if (ret)
		cmd->in_core = false;
	return ret;
}

/* The number of the device behind a function's LUN. */
static u32 lun_dev_index(const struct ti_cmd *cmd)
{
	const struct se_device *dev;
	u32 index = 0;

	rcu_read_lock();
	dev = ti_luns_device(cmd->conn->sess, cmd->lun);
	if (dev)
		index = dev->dev_index;
	rcu_read_unlock();
	return index;
}

/**
 * ti_fabric_abort_task - have target core end a task of the same nexus
 * @cmd:	the function, with the task's LUN
 * @ref_itt:	tag of the task to end
 *
 * Ends in ti_task_completed() with cmd->response set. May sleep. Return: 0;
 * -EBUSY when too many wait for the device already, or another -errno: then target
 * core does not have it.
 */
int ti_fabric_abort_task(struct ti_cmd *cmd, u32 ref_itt)
{
	int ret;

	if (!ti_aside_abort_begins(cmd, lun_dev_index(cmd)))
		return -EBUSY;
	cmd->state = TI_CMD_EXECUTING;
	ret = task_submit_tmr(cmd, TMR_ABORT_TASK, ref_itt);
	if (ret)
		ti_aside_over(cmd);
	return ret;
}

/**
 * ti_fabric_reset_lun - have target core reset the LUN of a task
 * @cmd:	the function
 *
 * When it is its turn. Ends in ti_task_completed() with cmd->response set.
 */
void ti_fabric_reset_lun(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_EXECUTING;
	ti_aside_submit(cmd, lun_dev_index(cmd), TI_PLACE_TURN);
}

static void task_reset_lun(struct ti_cmd *cmd)
{
	if (!task_submit_tmr(cmd, TMR_LUN_RESET, TI_RESERVED_TAG))
		return;
	cmd->response = TMR_FUNCTION_REJECTED;
	task_done(cmd);
}

/**
 * ti_fabric_submit_aside - hand a task to target core, which may keep us
 * @cmd:	from ti_aside_submit(); may be gone when this returns
 *
 * In a worker. May sleep, for as long as the backend does not answer.
 */
void ti_fabric_submit_aside(struct ti_cmd *cmd)
{
	sense_reason_t reason;

	if (cmd->opcode == TI_OP_TMF_REQ) {
		task_reset_lun(cmd);
		return;
	}
	reason = ti_reserve_check(cmd);
	if (reason)
		ti_reserve_refuse(cmd, reason);
	else
		target_submit(&cmd->se_cmd);
}

/**
 * ti_fabric_release - drop the fabric's reference on a task
 * @cmd:	the task
 *
 * The task comes back by ti_conn.released, perhaps before this returns.
 */
void ti_fabric_release(struct ti_cmd *cmd)
{
	/* Prepared, but never submitted: target core's reference too. */
	if (cmd->prepared)
		transport_generic_free_cmd(&cmd->se_cmd, 0);
	target_put_sess_cmd(&cmd->se_cmd);
}

/**
 * ti_fabric_goes_on - is a task to be handed to target core once more
 * @cmd:	a SCSI command that target core has completed
 *
 * WRITE AND VERIFY is two of its commands. Owner only. Return: true when it is, as soon
 * as it comes back by ti_conn.released.
 */
bool ti_fabric_goes_on(struct ti_cmd *cmd)
{
	if (likely(cmd->verify_step != TI_VERIFY_WRITES) || !ti_verify_goes_on(cmd))
		return false;
	ti_fabric_release(cmd);
	return true;
}

/**
 * ti_fabric_data - where the data of a completed read is
 * @cmd:	the task
 */
struct scatterlist *ti_fabric_data(struct ti_cmd *cmd)
{
	return cmd->se_cmd.t_data_sg;
}

/**
 * ti_fabric_is_lun_reset - has target core had it as a LOGICAL UNIT RESET
 * @cmd:	a task management function that target core has completed
 */
bool ti_fabric_is_lun_reset(const struct ti_cmd *cmd)
{
	return cmd->se_cmd.se_tmr_req &&
	       cmd->se_cmd.se_tmr_req->function == TMR_LUN_RESET;
}

/**
 * ti_fabric_reset_device - which device it has reset
 * @cmd:	the task, ti_fabric_is_lun_reset()
 *
 * Return: only to be compared.
 */
const struct se_device *ti_fabric_reset_device(const struct ti_cmd *cmd)
{
	return cmd->se_cmd.se_dev;
}

/* ---- from target core to a task: any process context ---- */

static void task_take_residual(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (cmd->overridden)
		return;
	/* Both when the CDB asks for more than is expected, and there was less. */
	if (se_cmd->se_cmd_flags & SCF_UNDERFLOW_BIT)
		cmd->rsp_flags = TI_RSP_UNDERFLOW;
	else if (se_cmd->se_cmd_flags & SCF_OVERFLOW_BIT)
		cmd->rsp_flags = TI_RSP_OVERFLOW;
	else
		return;
	cmd->residual = se_cmd->residual_count;
}

static void task_take_status(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	u16 len = 0;

	if (se_cmd->se_cmd_flags &
	    (SCF_TRANSPORT_TASK_SENSE | SCF_EMULATED_TASK_SENSE))
		len = se_cmd->scsi_sense_length;
	put_unaligned_be16(len, cmd->sense);
	cmd->status = se_cmd->scsi_status;
	/* A device's own is not target core's to tell, and may come in an interrupt. */
	if (unlikely(se_cmd->se_cmd_flags & SCF_EMULATED_TASK_SENSE))
		ti_attention_met(cmd);
}

/* There may be sense data, too: of a tape's READ that ends at a filemark. */
static int ti_queue_data_in(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	task_take_residual(cmd);
	task_take_status(cmd);
	cmd->data_len = min(se_cmd->data_length, cmd->edtl);
	task_done(cmd);
	return 0;
}

static int ti_queue_status(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	task_take_residual(cmd);
	task_take_status(cmd);
	cmd->data_len = 0;
	task_done(cmd);
	return 0;
}

static void ti_queue_tm_rsp(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	cmd->response = se_cmd->se_tmr_req->response;
	task_done(cmd);
}

/* No response; target core drops both references. */
static void ti_aborted_task(struct se_cmd *se_cmd)
{
}

static void ti_release_cmd(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);
	struct ti_conn *conn = cmd->conn;
	/* Not after its response: the owner does not know yet that it is over. */
	bool news = cmd->state == TI_CMD_EXECUTING;

	if (unlikely(cmd->place))
		ti_aside_over(cmd);
	/* Until the queueing below, the connection must not be freed. */
	rcu_read_lock();
	llist_add(&cmd->released, &conn->released);
	/* List, then flag: pairs with conn_tasks_are_home(). */
	smp_mb();
	if (test_and_clear_bit(TI_CONN_F_NEED_TASK, &conn->flags) || news)
		ti_conn_queue(conn);
	rcu_read_unlock();
}

static int ti_check_stop_free(struct se_cmd *se_cmd)
{
	return target_put_sess_cmd(se_cmd);
}

/* Target core has pages of its own for this write: fill them. */
static void task_copy_data(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	struct sg_mapping_iter from;
	size_t at = 0;

	sg_miter_start(&from, cmd->buf.sgl, cmd->buf.nents, SG_MITER_FROM_SG);
	while (at < se_cmd->data_length && sg_miter_next(&from)) {
		size_t n = min_t(size_t, from.length, se_cmd->data_length - at);

		sg_pcopy_from_buffer(se_cmd->t_data_sg, se_cmd->t_data_nents,
				     from.addr, n, at);
		at += n;
	}
	sg_miter_stop(&from);
}

/* All data is here already. */
static int ti_write_pending(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	if (!(se_cmd->se_cmd_flags & SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC) &&
	    cmd->buf.nents)
		task_copy_data(cmd);
	target_execute_cmd(se_cmd);
	return 0;
}

static int ti_get_cmd_state(struct se_cmd *se_cmd)
{
	return to_ti_cmd(se_cmd)->state;
}

/* ---- names and attributes ---- */

static char *ti_tpg_get_wwn(struct se_portal_group *se_tpg)
{
	return to_ti_tpg(se_tpg)->target->name;
}

static u16 ti_tpg_get_tag(struct se_portal_group *se_tpg)
{
	return to_ti_tpg(se_tpg)->tag;
}

static u32 ti_tpg_get_default_depth(struct se_portal_group *se_tpg)
{
	return READ_ONCE(to_ti_tpg(se_tpg)->attrib.default_cmdsn_depth);
}

static int ti_tpg_check_demo_mode(struct se_portal_group *se_tpg)
{
	return READ_ONCE(to_ti_tpg(se_tpg)->attrib.generate_node_acls);
}

/* ACLs of initiators that are logged in to a portal group by demo mode, or were. */
#define TI_DYNAMIC_ACLS		1024

/* Anybody may think of names, so only as long as there are not too many. */
static bool keeps_dynamic_acls(struct se_portal_group *se_tpg)
{
	const struct se_node_acl *acl;
	unsigned int nr = 0;

	lockdep_assert_held(&se_tpg->acl_node_mutex);
	if (!READ_ONCE(to_ti_tpg(se_tpg)->attrib.cache_dynamic_acls))
		return false;
	list_for_each_entry(acl, &se_tpg->acl_node_list, acl_list)
		nr += acl->dynamic_node_acl;
	return nr <= TI_DYNAMIC_ACLS;
}

/*
 * Is the ACL to be kept that demo mode has made for an initiator, now that a session
 * of it ends? If not, it goes with the last one.
 */
static int ti_tpg_check_demo_mode_cache(struct se_portal_group *se_tpg)
{
	const struct se_node_acl *acl = to_ti_tpg(se_tpg)->leaving;

	if (keeps_dynamic_acls(se_tpg))
		return true;
	if (acl && list_empty_careful(&acl->acl_sess_list))
		ti_luns_acl_leaves(acl);
	return false;
}

static int ti_tpg_check_demo_mode_write_protect(struct se_portal_group *se_tpg)
{
	return READ_ONCE(to_ti_tpg(se_tpg)->attrib.demo_mode_write_protect);
}

static int ti_tpg_check_prod_mode_write_protect(struct se_portal_group *se_tpg)
{
	return READ_ONCE(to_ti_tpg(se_tpg)->attrib.prod_mode_write_protect);
}

static int ti_tpg_check_prot_fabric_only(struct se_portal_group *se_tpg)
{
	const struct ti_tpg *tpg = to_ti_tpg(se_tpg);

	/* Only with T10-PI on, as in the in-tree module. */
	return READ_ONCE(tpg->attrib.t10_pi) ?
	       READ_ONCE(tpg->attrib.fabric_prot_type) : 0;
}

static void tell_lun(struct se_portal_group *se_tpg, struct se_lun *lun,
		     enum tcm_iscsi_event event)
{
	struct se_device *dev = rcu_dereference_raw(lun->lun_se_dev);
	char name[TI_NAME_LEN] = "";

	/* Both callers run while the link to it is made or removed: it stays. */
	if (dev)
		scnprintf(name, sizeof(name), "%s/%s", dev->transport->name,
			  config_item_name(&dev->dev_group.cg_item));
	ti_event_lun(to_ti_tpg(se_tpg), event, lun->unpacked_lun, name);
}

static int ti_lun_linked(struct se_portal_group *se_tpg, struct se_lun *lun)
{
	struct se_device *dev = rcu_dereference_raw(lun->lun_se_dev);

	if (dev)
		ti_capacity_exported(dev);
	tell_lun(se_tpg, lun, TCM_ISCSI_EVENT_LUN_MAPPED);
	return 0;
}

/*
 * Demo mode gives a new initiator all LUNs in the list of its portal group. Target core
 * takes a LUN off that list last, after it has waited for its commands: who logs in
 * meanwhile would get it, and keep it when it is freed. So it leaves that list first, for
 * one from which target core may take it then. No ACL is being made under nexus_lock; who
 * else walks the list holds ti_targets_lock (capacity.c).
 */
static void hide_lun(struct ti_tpg *tpg, struct se_lun *lun)
{
	mutex_lock(&tpg->nexus_lock);
	mutex_lock(&tpg->se_tpg.tpg_lun_mutex);
	spin_lock(&ti_targets_lock);
	hlist_del_rcu(&lun->link);
	hlist_add_head_rcu(&lun->link, &tpg->leaving_luns);
	spin_unlock(&ti_targets_lock);
	mutex_unlock(&tpg->se_tpg.tpg_lun_mutex);
	mutex_unlock(&tpg->nexus_lock);
}

static void ti_lun_unlinking(struct se_portal_group *se_tpg, struct se_lun *lun)
{
	struct se_device *dev = rcu_dereference_raw(lun->lun_se_dev);

	hide_lun(to_ti_tpg(se_tpg), lun);
	if (dev)
		ti_reserve_leaves(dev, NULL, lun);
	tell_lun(se_tpg, lun, TCM_ISCSI_EVENT_LUN_UNMAPPED);
}

static u32 ti_tpg_get_inst_index(struct se_portal_group *se_tpg)
{
	return to_ti_tpg(se_tpg)->target->index;
}

static u32 ti_sess_get_index(struct se_session *se_sess)
{
	const struct ti_sess *sess = se_sess->fabric_sess_ptr;

	return sess->index;
}

/* The ISID, for the TransportIDs of persistent reservations. */
static u32 ti_sess_get_initiator_sid(struct se_session *se_sess,
				     unsigned char *buf, u32 size)
{
	const struct ti_sess *sess = se_sess->fabric_sess_ptr;

	return snprintf(buf, size, "%6phN", sess->isid);
}

struct target_core_fabric_ops ti_fabric_ops = {
	.module				= THIS_MODULE,
	.fabric_alias			= "iscsi",
	.fabric_name			= "iSCSI",
	.node_acl_size			= sizeof(struct ti_acl),
	.tpg_get_wwn			= ti_tpg_get_wwn,
	.tpg_get_tag			= ti_tpg_get_tag,
	.tpg_get_default_depth		= ti_tpg_get_default_depth,
	.tpg_check_demo_mode		= ti_tpg_check_demo_mode,
	.tpg_check_demo_mode_cache	= ti_tpg_check_demo_mode_cache,
	.tpg_check_demo_mode_write_protect =
					  ti_tpg_check_demo_mode_write_protect,
	.tpg_check_prod_mode_write_protect =
					  ti_tpg_check_prod_mode_write_protect,
	.tpg_check_prot_fabric_only	= ti_tpg_check_prot_fabric_only,
	.tpg_get_inst_index		= ti_tpg_get_inst_index,
	.check_stop_free		= ti_check_stop_free,
	.release_cmd			= ti_release_cmd,
	.close_session			= ti_acl_close_session,
	.sess_get_index			= ti_sess_get_index,
	.sess_get_initiator_sid		= ti_sess_get_initiator_sid,
	.write_pending			= ti_write_pending,
	.set_default_node_attributes	= ti_set_default_acl_attribs,
	.get_cmd_state			= ti_get_cmd_state,
	.queue_data_in			= ti_queue_data_in,
	.queue_status			= ti_queue_status,
	.queue_tm_rsp			= ti_queue_tm_rsp,
	.aborted_task			= ti_aborted_task,

	.fabric_make_wwn		= ti_make_wwn,
	.fabric_drop_wwn		= ti_drop_wwn,
	.add_wwn_groups			= ti_add_wwn_groups,
	.fabric_make_tpg		= ti_make_tpg,
	.fabric_enable_tpg		= ti_enable_tpg,
	.fabric_drop_tpg		= ti_drop_tpg,
	.fabric_post_link		= ti_lun_linked,
	.fabric_pre_unlink		= ti_lun_unlinking,
	.fabric_make_np			= ti_make_np,
	.fabric_drop_np			= ti_drop_np,
	.fabric_init_nodeacl		= ti_init_acl,

	.tfc_discovery_attrs		= ti_discovery_attrs,
	.tfc_wwn_attrs			= ti_wwn_attrs,
	.tfc_tpg_base_attrs		= ti_tpg_base_attrs,
	.tfc_tpg_attrib_attrs		= ti_tpg_attrib_attrs,
	.tfc_tpg_auth_attrs		= ti_tpg_auth_attrs,
	.tfc_tpg_param_attrs		= ti_tpg_param_attrs,
	.tfc_tpg_np_base_attrs		= ti_np_attrs,
	.tfc_tpg_nacl_base_attrs	= ti_acl_base_attrs,
	.tfc_tpg_nacl_attrib_attrs	= ti_acl_attrib_attrs,
	.tfc_tpg_nacl_auth_attrs	= ti_acl_auth_attrs,
	.tfc_tpg_nacl_param_attrs	= ti_acl_param_attrs,

	TI_FABRIC_SUBMIT_OPS
	TI_FABRIC_COMPLETE_OPS
};
