// SPDX-License-Identifier: GPL-2.0
/*
 * The boundary to target core: the only file that looks into struct se_cmd.
 *
 * References. target_init_cmd() takes two: target core's own, which it drops
 * when it has completed the command (check_stop_free), and the fabric's, which
 * ti_fabric_release() drops after the response was sent. Whoever drops the last
 * one runs release_cmd, which only puts the task on ti_conn.released: the
 * owner of the connection takes it from there. When target core aborts a
 * command without a response it drops the fabric's reference itself.
 */
#include <linux/module.h>
#include <scsi/scsi_common.h>
#include <scsi/scsi_proto.h>
#include <target/target_core_backend.h>

#include "event.h"
#include "iostat.h"
#include "ti.h"

/*
 * The owner takes it from here; a list that was not empty has woken it. One that
 * target core does not have, and with it the connection, may be gone at once.
 */
static void task_done(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;

	if (unlikely(cmd->takes_turn))
		ti_aside_turn_over(cmd);
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

/* Target core calls the direction by what it does to the target's memory. */
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

/* Its commands are the device's own: target core looks at few of them. */
static bool is_passed_through(const struct se_cmd *se_cmd)
{
	return se_cmd->se_dev->transport_flags & TRANSPORT_FLAG_PASSTHROUGH;
}

static u8 *task_cdb(struct ti_cmd *cmd)
{
	return cmd->ext_cdb ?: cmd->scsi_hdr.cdb;
}

/* Where a WRITE's CDB has its transfer length. */
struct cdb_length {
	u8	offset;
	u8	size;		/* bytes */
};

static bool cdb_write_length(const u8 *cdb, struct cdb_length *where)
{
	switch (cdb[0]) {
	case WRITE_6:
		*where = (struct cdb_length){ 4, 1 };
		return true;
	case WRITE_10:
	case WRITE_VERIFY:
		*where = (struct cdb_length){ 7, 2 };
		return true;
	case WRITE_12:
	case WRITE_VERIFY_12:
		*where = (struct cdb_length){ 6, 4 };
		return true;
	case WRITE_16:
	case WRITE_VERIFY_16:
		*where = (struct cdb_length){ 10, 4 };
		return true;
	default:
		return false;
	}
}

static u32 cdb_get_length(const u8 *cdb, const struct cdb_length *where)
{
	switch (where->size) {
	case 1:
		return cdb[where->offset] ?: 256;
	case 2:
		return get_unaligned_be16(cdb + where->offset);
	default:
		return get_unaligned_be32(cdb + where->offset);
	}
}

static void cdb_set_length(u8 *cdb, const struct cdb_length *where, u32 blocks)
{
	switch (where->size) {
	case 1:
		cdb[where->offset] = blocks;
		break;
	case 2:
		put_unaligned_be16(blocks, cdb + where->offset);
		break;
	default:
		put_unaligned_be32(blocks, cdb + where->offset);
		break;
	}
}

/* A WRITE(6) cannot say "no blocks": WRITE(10) can. */
static void cdb_write6_to_write10(u8 *cdb)
{
	u32 lba = ti_get_be24(cdb + 1) & 0x1fffff;

	memset(cdb, 0, 10);
	cdb[0] = WRITE_10;
	put_unaligned_be32(lba, cdb + 2);
}

static void task_set_residual(struct ti_cmd *cmd, u64 cdb_len)
{
	cmd->overridden = true;
	if (cdb_len > cmd->edtl) {
		cmd->rsp_flags = TI_RSP_OVERFLOW;
		cmd->residual = min_t(u64, cdb_len - cmd->edtl, U32_MAX);
	} else {
		cmd->rsp_flags = TI_RSP_UNDERFLOW;
		cmd->residual = cmd->edtl - cdb_len;
	}
}

/*
 * A WRITE whose expected length differs from its CDB's: target core refuses
 * it, RFC 7143 §11.4.5 wants the shorter of the two done and the difference
 * reported. So settle it before target core looks at the CDB.
 */
static void task_settle_write(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 *cdb = se_cmd->t_task_cdb;
	u32 block = se_cmd->se_dev->dev_attrib.block_size;
	struct cdb_length where;
	u64 len;

	if (is_passed_through(se_cmd) || !cdb_write_length(cdb, &where))
		return;
	len = (u64)cdb_get_length(cdb, &where) * block;
	if (len == cmd->edtl)
		return;

	task_set_residual(cmd, len);
	if (len > cmd->edtl) {
		u32 blocks = cmd->edtl / block;

		if (!blocks && cdb[0] == WRITE_6)
			cdb_write6_to_write10(cdb);
		else
			cdb_set_length(cdb, &where, blocks);
		len = (u64)blocks * block;
	}
	se_cmd->data_length = len;
	if (!len)
		se_cmd->data_direction = DMA_NONE;
}

#define VERIFY_BYTCHK	0x06

/* Do its blocks stay where they are? */
static bool cdb_moves_nothing(const u8 *cdb)
{
	switch (cdb[0]) {
	case VERIFY:
	case VERIFY_16:
		return !(cdb[1] & VERIFY_BYTCHK);
	case SYNCHRONIZE_CACHE:
	case SYNCHRONIZE_CACHE_16:
		return true;
	default:
		return false;
	}
}

/*
 * Target core takes the blocks that a VERIFY or SYNCHRONIZE CACHE names for its data:
 * they would be residual, or, where data is expected, come as zeroes.
 */
static void task_settle_no_data(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (is_passed_through(se_cmd) ||
	    se_cmd->data_direction == DMA_TO_DEVICE ||
	    !cdb_moves_nothing(se_cmd->t_task_cdb))
		return;
	cmd->overridden = true;
	if (cmd->edtl)
		task_set_residual(cmd, 0);
	se_cmd->data_length = 0;
	se_cmd->data_direction = DMA_NONE;
}

/* Where a READ is to put its blocks. */
static int task_map_read(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u32 len = se_cmd->data_length;
	int ret;

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
 * Where parameter data goes to the initiator: as much as it says that it takes
 * (4 GiB, if it likes), however little there will be. So this too needs leave, and
 * what is beyond any parameter data is residual from the beginning. Target core maps
 * it page by page, and takes what it leaves out for zero.
 */
static int task_map_parameters(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u32 len;
	int ret;

	if (!is_passed_through(se_cmd))
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
 * Parameter data from the initiator: as much as the CDB says, whatever else was
 * sent. Target core brings pages for it that are in nobody's bound.
 */
static void task_cut_parameters(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (se_cmd->se_cmd_flags & SCF_UNDERFLOW_BIT)
		se_cmd->data_length -= se_cmd->residual_count;
}

/*
 * Give target core our pages, but for what comes from the initiator and is not
 * whole blocks (parameter data, COMPARE AND WRITE, WRITE SAME): for those it
 * brings its own, zeroed, and ti_write_pending() copies. They are small and rare.
 */
static int task_map_data(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	bool blocks = se_cmd->se_cmd_flags & SCF_SCSI_DATA_CDB;
	u32 len = se_cmd->data_length;
	int ret = 0;

	if (!len || se_cmd->se_cmd_flags & (SCF_COMPARE_AND_WRITE | SCF_BIDI))
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

/* Commands that move blocks are counted. */
static void task_begin_io(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (!(se_cmd->se_cmd_flags & SCF_SCSI_DATA_CDB))
		return;
	if (se_cmd->data_direction == DMA_FROM_DEVICE)
		ti_io_begin(cmd, TI_IO_READ);
	else if (se_cmd->data_direction == DMA_TO_DEVICE)
		ti_io_begin(cmd, TI_IO_WRITE);
}

static bool cdb_is_read(const u8 *cdb)
{
	switch (cdb[0]) {
	case READ_6:
	case READ_10:
	case READ_12:
	case READ_16:
		return true;
	default:
		return false;
	}
}

static bool cdb_is_write_same(const u8 *cdb)
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

static bool cdb_is_write(const u8 *cdb)
{
	struct cdb_length where;

	if (cdb_is_write_same(cdb))
		return true;
	switch (cdb[0]) {
	case COMPARE_AND_WRITE:
	case UNMAP:
	case PERSISTENT_RESERVE_OUT:
	case MODE_SELECT:
	case MODE_SELECT_10:
		return true;
	default:
		return cdb_write_length(cdb, &where);
	}
}

#define CAW_BLOCKS	13	/* offset in the CDB */

/*
 * Target core believes the direction that it is told, so a READ that is
 * announced as a write would write, past any reservation that allows reading.
 * Its initiator expects to read nothing: so it does, all of it is residual, and
 * what was sent with it is dropped. A write that is announced as a read has no
 * data to write. A COMPARE AND WRITE without any would be begun: it compares with
 * nothing, and keeps its device's semaphore when it is aborted meanwhile.
 */
static sense_reason_t task_settle_direction(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	const u8 *cdb = se_cmd->t_task_cdb;

	if (se_cmd->data_direction == DMA_TO_DEVICE && cdb_is_read(cdb)) {
		se_cmd->data_direction = DMA_NONE;
		se_cmd->data_length = 0;
	} else if (se_cmd->data_direction == DMA_FROM_DEVICE &&
		   cdb_is_write(cdb)) {
		return TCM_INVALID_FIELD_IN_COMMAND_IU;
	} else if (se_cmd->data_direction == DMA_NONE &&
		   cdb[0] == COMPARE_AND_WRITE && cdb[CAW_BLOCKS]) {
		return TCM_INVALID_FIELD_IN_COMMAND_IU;
	}
	return 0;
}

/*
 * Target core counts the bytes of a READ in 32 bits, and would take one of 4 GiB
 * and a block for one of a block. (A WRITE has been cut to what came with it.)
 * What it passes through may be a tape's READ, whose fields are others.
 */
static bool task_is_too_long(const struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	const u8 *cdb = se_cmd->t_task_cdb;
	u64 blocks;

	if (is_passed_through(se_cmd))
		return false;
	switch (cdb[0]) {
	case READ_12:
		blocks = get_unaligned_be32(cdb + 6);
		break;
	case READ_16:
		blocks = get_unaligned_be32(cdb + 10);
		break;
	default:
		return false;
	}
	return blocks * se_cmd->se_dev->dev_attrib.block_size > U32_MAX;
}

/* PERSISTENT RESERVE OUT (SPC-4 §6.16): what target core gets wrong. */
#define PR_OUT_LIST_LEN		24
#define PR_OUT_ACTION(cdb)	((cdb)[1] & 0x1f)
#define PR_OUT_PREEMPT		0x04
#define PR_OUT_PREEMPT_ABORT	0x05
#define PR_OUT_KEY		0	/* offsets in the parameter list */
#define PR_OUT_ACTION_KEY	8
#define PR_OUT_FLAGS		20
#define PR_OUT_SPEC_I_PT	0x08
#define PR_WRITE_EXCLUSIVE_ALL	7	/* types that all registrants hold */
#define PR_EXCLUSIVE_ACCESS_ALL	8

/*
 * Preempting one's own key: target core frees the registration of the one that
 * asks, and then uses it. All is well where the key, or everybody, holds the
 * reservation: that is how a holder changes its type (§5.13.11.2.3).
 */
static bool task_preempts_itself(const struct ti_cmd *cmd, const u8 *list)
{
	struct se_device *dev = cmd->se_cmd.se_dev;
	u64 key = get_unaligned_be64(list + PR_OUT_KEY);
	const struct t10_pr_registration *holder;
	bool held;

	if (key != get_unaligned_be64(list + PR_OUT_ACTION_KEY))
		return false;
	spin_lock(&dev->dev_reservation_lock);
	holder = dev->dev_pr_res_holder;
	held = holder && (holder->pr_res_key == key ||
			  holder->pr_res_type == PR_WRITE_EXCLUSIVE_ALL ||
			  holder->pr_res_type == PR_EXCLUSIVE_ACCESS_ALL);
	spin_unlock(&dev->dev_reservation_lock);
	return !held;
}

/*
 * May target core have it, now that it is its turn? Not REGISTER for other
 * initiators too (SPEC_I_PT): where target core refuses one of them it keeps a
 * reference on the LUN of the one that asked, and that LUN can never be removed
 * again. The option is the device's to offer (§6.16.3).
 */
static bool task_may_reserve(const struct ti_cmd *cmd)
{
	const u8 *cdb = cmd->se_cmd.t_task_cdb;
	const u8 *list;

	if (cdb[0] != PERSISTENT_RESERVE_OUT || cmd->buf.len < PR_OUT_LIST_LEN)
		return true;
	list = sg_virt(cmd->buf.sgl);
	if (list[PR_OUT_FLAGS] & PR_OUT_SPEC_I_PT)
		return false;
	switch (PR_OUT_ACTION(cdb)) {
	case PR_OUT_PREEMPT:
	case PR_OUT_PREEMPT_ABORT:
		return !task_preempts_itself(cmd, list);
	default:
		return true;
	}
}

#define INQUIRY_NO_LUN	0x7f	/* peripheral qualifier 3, type 1Fh */
#define INQUIRY_STANDARD_LEN	36
#define SENSE_FIXED_LEN		18
#define SENSE_DESC_LEN		8

static u32 no_lun_inquiry(const u8 *cdb, u8 *data)
{
	if (cdb[1] & 1)		/* a VPD page */
		return 0;
	data[0] = INQUIRY_NO_LUN;
	data[2] = 6;	/* SPC-4 */
	data[3] = 2;
	data[4] = INQUIRY_STANDARD_LEN - 5;
	return min_t(u32, INQUIRY_STANDARD_LEN, get_unaligned_be16(cdb + 3));
}

static u32 no_lun_sense(const u8 *cdb, u8 *data)
{
	bool desc = cdb[1] & 1;

	scsi_build_sense_buffer(desc, data, ILLEGAL_REQUEST, 0x25, 0);
	return min_t(u32, desc ? SENSE_DESC_LEN : SENSE_FIXED_LEN, cdb[4]);
}

/* What a LUN that does not exist answers to @cdb: bytes of @data, 0 for an error. */
static u32 no_lun_data(const u8 *cdb, u8 *data)
{
	switch (cdb[0]) {
	case INQUIRY:
		return no_lun_inquiry(cdb, data);
	case REQUEST_SENSE:
		return no_lun_sense(cdb, data);
	default:
		return 0;
	}
}

/*
 * INQUIRY and REQUEST SENSE of a LUN that does not exist are no errors (SAM-5
 * §5.11, SPC-4 §6.4.1); target core would make them some.
 */
static bool task_answer_no_lun(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 data[INQUIRY_STANDARD_LEN] = { 0 };
	u32 len = no_lun_data(se_cmd->t_task_cdb, data);

	if (!len || se_cmd->data_direction != DMA_FROM_DEVICE ||
	    ti_buf_grow(cmd->conn, &cmd->buf, sizeof(data), true))
		return false;
	memcpy(sg_virt(cmd->buf.sgl), data, sizeof(data));
	se_cmd->t_data_sg = cmd->buf.sgl;
	se_cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
	if (len != cmd->edtl)
		task_set_residual(cmd, len);
	cmd->status = SAM_STAT_GOOD;
	cmd->data_len = min(len, cmd->edtl);
	ti_tx_queue(cmd, TI_TX_DATA_IN);
	return true;
}

#define CONTROL_NACA	0x04

/*
 * NACA asks for an ACA condition should the command fail. No unit of target core
 * can have one, says so by NORMACA, and then has to refuse (SAM-5 §5.2): target
 * core looks at no control byte. What a device is passed through to is its own.
 */
static bool task_wants_aca(const struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	return scsi_command_control(se_cmd->t_task_cdb) & CONTROL_NACA &&
	       !is_passed_through(se_cmd);
}

/*
 * Find the LUN. Target core takes for a write, where a LUN is write protected,
 * what is announced as one; but a WRITE SAME that unmaps needs no data, and does
 * it without.
 */
static sense_reason_t task_lookup_lun(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	enum dma_data_direction said = se_cmd->data_direction;
	sense_reason_t reason;

	if (said == DMA_NONE && cdb_is_write_same(se_cmd->t_task_cdb))
		se_cmd->data_direction = DMA_TO_DEVICE;
	reason = transport_lookup_cmd_lun(se_cmd);
	se_cmd->data_direction = said;
	return reason;
}

/*
 * EXTENDED COPY: target core writes to any LUN that the nexus sees, protected or
 * not. Who sees a protected one copies by itself.
 */
static bool task_may_copy(const struct ti_cmd *cmd)
{
	const struct se_node_acl *acl = cmd->se_cmd.se_sess->se_node_acl;
	const struct se_dev_entry *deve;
	bool may = true;

	if (cmd->se_cmd.t_task_cdb[0] != EXTENDED_COPY)
		return true;
	rcu_read_lock();
	hlist_for_each_entry_rcu(deve, &acl->lun_entry_hlist, link)
		may &= !deve->lun_access_ro;
	rcu_read_unlock();
	return may;
}

static sense_reason_t task_complete_caw(struct se_cmd *se_cmd, bool success,
					int *post_ret)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	if (success)
		return cmd->caw_callback(se_cmd, success, post_ret);
	se_cmd->transport_complete_callback = NULL;
	up(&se_cmd->se_dev->caw_sem);
	return 0;
}

static sense_reason_t task_execute_caw(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	se_cmd->transport_complete_callback = task_complete_caw;
	return cmd->caw_execute(se_cmd);
}

/*
 * A COMPARE AND WRITE that is refused before it begins (unit attention,
 * reservation, abort) has read nothing, and yet target core calls the function
 * that compares: it compares with a buffer that was never filled, writes when
 * that is the same, completes the command twice, and lets go of a semaphore that
 * it does not hold. So that function is not there until the command begins. Nor is
 * it called for one that is aborted while it reads, where it does the same but for
 * the semaphore, which is to be let go of.
 */
static void task_guard_caw(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	cmd->caw_callback = se_cmd->transport_complete_callback;
	cmd->caw_execute = se_cmd->execute_cmd;
	se_cmd->transport_complete_callback = NULL;
	se_cmd->execute_cmd = task_execute_caw;
}

/* Find the LUN and read the CDB; where that fails, target core has answered. */
static int task_prepare(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	sense_reason_t reason;
	int ret;

	reason = target_cmd_init_cdb(se_cmd, task_cdb(cmd), GFP_NOIO);
	if (!reason)
		reason = task_lookup_lun(cmd);
	if (reason) {
		if (reason != TCM_NON_EXISTENT_LUN || !task_answer_no_lun(cmd))
			transport_send_check_condition_and_sense(se_cmd, reason,
								 0);
		target_put_sess_cmd(se_cmd);
		return -EIO;
	}
	task_settle_write(cmd);
	task_settle_no_data(cmd);
	reason = task_settle_direction(cmd);
	if (!reason && !task_may_copy(cmd))
		reason = TCM_UNSUPPORTED_SCSI_OPCODE;
	if (!reason && task_is_too_long(cmd))
		reason = TCM_INVALID_CDB_FIELD;
	if (!reason)
		reason = target_cmd_parse_cdb(se_cmd);
	if (!reason && se_cmd->se_cmd_flags & SCF_COMPARE_AND_WRITE)
		task_guard_caw(cmd);
	if (!reason && task_wants_aca(cmd))
		reason = TCM_INVALID_CDB_FIELD;
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
		return cdb_is_write_same(cdb);
	}
}

/* Files are read and written by whoever submits. */
static bool dev_keeps_submitter(const struct se_device *dev)
{
	return !strcmp(dev->transport->name, "fileio");
}

/* What is in memory keeps nobody. */
static bool dev_is_memory(const struct se_device *dev)
{
	return !strcmp(dev->transport->name, "rd_mcp");
}

#define TI_STILL_NS	(50 * NSEC_PER_MSEC)

/*
 * Whoever submits to a block device that has no request left waits for one. Has it
 * half of its requests' number of this LUN's READs and WRITEs, or has none of them
 * come back for a while, it may come to that: others use the device, too, and large
 * commands take several requests.
 */
static bool lun_is_full(const struct ti_cmd *cmd)
{
	const struct ti_io_stats *io = cmd->lun_io;
	const struct se_device *dev = cmd->se_cmd.se_dev;

	if (!io || io->in_flight < 2)
		return false;
	if (io->in_flight <= max(dev->dev_attrib.hw_queue_depth / 2, 1U) &&
	    (s64)(cmd->received_ns - io->moved_ns) <= TI_STILL_NS)
		return false;
	return !dev_is_memory(dev);
}

static void task_submit(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	const struct se_device *dev = se_cmd->se_dev;
	const u8 *cdb = se_cmd->t_task_cdb;

	cmd->state = TI_CMD_EXECUTING;
	if (unlikely(cdb[0] == PERSISTENT_RESERVE_OUT))
		ti_aside_submit(cmd, dev->dev_index, true);
	else if (cdb_keeps_submitter(cdb) || dev_keeps_submitter(dev) ||
		 lun_is_full(cmd))
		ti_aside_submit(cmd, dev->dev_index, false);
	else
		target_submit(&cmd->se_cmd);
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
	if (unlikely(!list_empty(&sess->capacity_uas)) &&
	    ti_capacity_tell(cmd, task_cdb(cmd)[0])) {
		ti_tx_queue(cmd, TI_TX_STATUS);
		return;
	}

	memset(se_cmd, 0, sizeof(*se_cmd));
	cmd->in_core = true;
	cmd->state = TI_CMD_EXECUTING;
	WRITE_ONCE(sess->cmds, sess->cmds + 1);
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

/**
 * ti_fabric_abort_task - have target core end a task of the same nexus
 * @cmd:	the function, with the task's LUN
 * @ref_itt:	tag of the task to end
 *
 * Ends in ti_task_completed() with cmd->response set. May sleep. Return: 0 or
 * -errno, and then target core does not have it.
 */
int ti_fabric_abort_task(struct ti_cmd *cmd, u32 ref_itt)
{
	cmd->state = TI_CMD_EXECUTING;
	return task_submit_tmr(cmd, TMR_ABORT_TASK, ref_itt);
}

/**
 * ti_fabric_reset_lun - have target core reset the LUN of a task
 * @cmd:	the function
 *
 * When it is its turn. Ends in ti_task_completed() with cmd->response set.
 */
void ti_fabric_reset_lun(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;
	const struct se_device *dev;
	u32 index = 0;

	rcu_read_lock();
	dev = ti_fabric_lun_device(sess, cmd->lun);
	if (dev)
		index = dev->dev_index;
	rcu_read_unlock();
	cmd->state = TI_CMD_EXECUTING;
	ti_aside_submit(cmd, index, true);
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
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (cmd->opcode == TI_OP_TMF_REQ)
		task_reset_lun(cmd);
	else if (!task_may_reserve(cmd))
		transport_generic_request_failure(se_cmd,
						  TCM_INVALID_PARAMETER_LIST);
	else
		target_submit(se_cmd);
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
 * ti_fabric_data - where the data of a completed read is
 * @cmd:	the task
 */
struct scatterlist *ti_fabric_data(struct ti_cmd *cmd)
{
	return cmd->se_cmd.t_data_sg;
}

bool ti_fabric_is_lun_reset(const struct ti_cmd *cmd)
{
	return cmd->se_cmd.se_tmr_req &&
	       cmd->se_cmd.se_tmr_req->function == TMR_LUN_RESET;
}

const struct se_device *ti_fabric_reset_device(const struct ti_cmd *cmd)
{
	return cmd->se_cmd.se_dev;
}

/**
 * ti_fabric_walk_luns - call @fn for every LUN that a session sees
 * @sess:	the session
 * @fn:	what to call
 * @arg:	passed on to @fn
 *
 * Those that there are now; @fn may sleep.
 */
void ti_fabric_walk_luns(struct ti_sess *sess, ti_lun_fn fn, void *arg)
{
	struct se_node_acl *acl = sess->se_sess->se_node_acl;
	struct se_dev_entry *deve;
	u64 lun = 0, next;
	bool found;

	do {
		found = false;
		next = U64_MAX;
		rcu_read_lock();
		hlist_for_each_entry_rcu(deve, &acl->lun_entry_hlist, link) {
			if (deve->mapped_lun >= lun && deve->mapped_lun < next) {
				next = deve->mapped_lun;
				found = true;
			}
		}
		rcu_read_unlock();
		if (found)
			fn(sess, next, arg);
		lun = next + 1;
	} while (found);
}

/**
 * ti_fabric_lun_device - the device behind a LUN of a session, or NULL
 * @sess:	the session
 * @lun:	number of the logical unit
 *
 * Only to be compared: it may be gone when this returns. Any context.
 */
const struct se_device *ti_fabric_lun_device(struct ti_sess *sess, u64 lun)
{
	struct se_node_acl *acl = sess->se_sess->se_node_acl;
	const struct se_device *dev = NULL;
	struct se_dev_entry *deve;

	rcu_read_lock();
	hlist_for_each_entry_rcu(deve, &acl->lun_entry_hlist, link)
		if (deve->mapped_lun == lun)
			dev = rcu_dereference(deve->se_lun->lun_se_dev);
	rcu_read_unlock();
	return dev;
}

/**
 * ti_fabric_sees_device - has a session a LUN with that device
 * @sess:	the session, kept by the caller
 * @dev:	the device; only compared
 *
 * Any context.
 */
bool ti_fabric_sees_device(struct ti_sess *sess, const struct se_device *dev)
{
	struct se_node_acl *acl = sess->se_sess->se_node_acl;
	struct se_dev_entry *deve;
	bool sees = false;

	rcu_read_lock();
	hlist_for_each_entry_rcu(deve, &acl->lun_entry_hlist, link)
		sees |= rcu_access_pointer(deve->se_lun->lun_se_dev) == dev;
	rcu_read_unlock();
	return sees;
}

static void dev_release_reservation(struct se_device *dev,
				    const struct se_session *se_sess)
{
	spin_lock(&dev->dev_reservation_lock);
	if (dev->reservation_holder == se_sess) {
		dev->reservation_holder = NULL;
		dev->dev_reservation_flags &= ~(DRF_SPC2_RESERVATIONS |
						DRF_SPC2_RESERVATIONS_WITH_ISID);
		dev->dev_res_bin_isid = 0;
	}
	spin_unlock(&dev->dev_reservation_lock);
}

/**
 * ti_fabric_release_reservations - end what a session has RESERVEd (SPC-2 §5.6.1)
 * @sess:	the session, not one for discovery
 *
 * Target core does so when the session is freed. But the initiator knows by its
 * Logout Response that all is ended (RFC 7143 §11.15), and others from it.
 * Owner only.
 */
void ti_fabric_release_reservations(struct ti_sess *sess)
{
	struct se_session *se_sess = sess->se_sess;
	struct se_dev_entry *deve;
	struct se_device *dev;

	rcu_read_lock();
	hlist_for_each_entry_rcu(deve, &se_sess->se_node_acl->lun_entry_hlist,
				 link) {
		dev = rcu_dereference(deve->se_lun->lun_se_dev);
		if (dev)
			dev_release_reservation(dev, se_sess);
	}
	rcu_read_unlock();
}

/* ---- from target core to a task: any process context ---- */

static void task_take_residual(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	if (cmd->overridden)
		return;
	/* Both: more was asked for than is expected, and there was less. */
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
}

/* A tape's READ that ends at a filemark has sense data besides. */
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

	if (unlikely(cmd->takes_turn))
		ti_aside_turn_over(cmd);
	/* Until the queueing below, the connection must not be freed. */
	rcu_read_lock();
	llist_add(&cmd->released, &conn->released);
	/* List, then flag: see conn_finish_close(). */
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

static int ti_tpg_check_demo_mode_cache(struct se_portal_group *se_tpg)
{
	return READ_ONCE(to_ti_tpg(se_tpg)->attrib.cache_dynamic_acls);
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

	/* Both callers are the making and the removal of the link to it. */
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

static void ti_lun_unlinking(struct se_portal_group *se_tpg, struct se_lun *lun)
{
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
