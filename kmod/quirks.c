// SPDX-License-Identifier: GPL-2.0
/*
 * What target core gets wrong, put right before it has the command: lengths and
 * directions that its CDB contradicts, and commands that it must not have at all.
 * This file, answers.c, verify.c, reserve.c and fabric.c are the only ones that look into
 * struct se_cmd.
 */
#include <scsi/scsi_common.h>
#include <scsi/scsi_proto.h>

#include "quirks.h"

/* ---- lengths and directions ---- */

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

/**
 * ti_quirks_set_residual - say what a command leaves, in place of target core
 * @cmd:	the task
 * @cdb_len:	how many bytes its CDB moves; not the number that is expected
 *
 * Owner.
 */
void ti_quirks_set_residual(struct ti_cmd *cmd, u64 cdb_len)
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
static void settle_write(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 *cdb = se_cmd->t_task_cdb;
	u32 block = se_cmd->se_dev->dev_attrib.block_size;
	struct cdb_length where;
	u64 len;

	if (ti_is_passed_through(se_cmd) || !cdb_write_length(cdb, &where))
		return;
	len = (u64)cdb_get_length(cdb, &where) * block;
	if (len == cmd->edtl)
		return;

	ti_quirks_set_residual(cmd, len);
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

/* Do its blocks stay where they are? */
static bool cdb_moves_nothing(const u8 *cdb)
{
	switch (cdb[0]) {
	case VERIFY:
	case VERIFY_16:
		return !ti_verify_bytchk(cdb);
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
static void settle_no_data(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (ti_is_passed_through(se_cmd) ||
	    se_cmd->data_direction == DMA_TO_DEVICE ||
	    !cdb_moves_nothing(se_cmd->t_task_cdb))
		return;
	cmd->overridden = true;
	if (cmd->edtl)
		ti_quirks_set_residual(cmd, 0);
	se_cmd->data_length = 0;
	se_cmd->data_direction = DMA_NONE;
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

static bool cdb_is_write(const u8 *cdb)
{
	struct cdb_length where;

	if (ti_cdb_is_write_same(cdb))
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
 * Target core believes the direction that it is told, so a READ that is announced as a
 * write would write, past any reservation that allows reading. Its initiator expects to
 * read nothing, and reads nothing: all of it is residual, and the data that was sent
 * with it is dropped. A write that is announced as a read has no data to write. Nor has
 * a COMPARE AND WRITE that is announced without data: target core would begin it,
 * compare with nothing, and keep the device's semaphore if it is aborted meanwhile.
 */
static sense_reason_t settle_direction(struct ti_cmd *cmd)
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
static bool is_too_long(const struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	const u8 *cdb = se_cmd->t_task_cdb;
	u64 blocks;

	if (ti_is_passed_through(se_cmd))
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

/* ---- COMPARE AND WRITE ---- */

static sense_reason_t complete_caw(struct se_cmd *se_cmd, bool success,
				   int *post_ret)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	if (success)
		return cmd->caw_callback(se_cmd, success, post_ret);
	se_cmd->transport_complete_callback = NULL;
	up(&se_cmd->se_dev->caw_sem);
	return 0;
}

static sense_reason_t execute_caw(struct se_cmd *se_cmd)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	se_cmd->transport_complete_callback = complete_caw;
	return cmd->caw_execute(se_cmd);
}

/*
 * Target core calls the function that compares even for a COMPARE AND WRITE that was
 * refused before it began (unit attention, reservation, abort) and has read nothing.
 * The function then compares with a buffer that was never filled, writes if the two
 * are equal, completes the command a second time, and releases a semaphore that it
 * does not hold. So it is set only when the command begins. For one that is aborted
 * while it reads it would do the same, but there the semaphore is held: it is
 * released, and the function is not called.
 */
static void guard_caw(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	cmd->caw_callback = se_cmd->transport_complete_callback;
	cmd->caw_execute = se_cmd->execute_cmd;
	se_cmd->transport_complete_callback = NULL;
	se_cmd->execute_cmd = execute_caw;
}

/* ---- commands that are refused ---- */

/*
 * EXTENDED COPY: target core writes to any LUN that the nexus sees, write protected or
 * not. So an initiator that sees a protected one has to copy by itself.
 */
static bool may_copy(const struct ti_cmd *cmd)
{
	return cmd->se_cmd.t_task_cdb[0] != EXTENDED_COPY ||
	       !ti_luns_have_protected(cmd->conn->sess);
}

#define CONTROL_NACA	0x04

/*
 * NACA asks for an ACA condition if the command fails. Units of target core cannot have
 * one, say so (NORMACA is 0), and so must refuse (SAM-5 §5.2); but target core does not
 * look at the control byte. A device that commands are passed through to decides itself.
 */
static bool wants_aca(const struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;

	return scsi_command_control(se_cmd->t_task_cdb) & CONTROL_NACA &&
	       !ti_is_passed_through(se_cmd);
}

/* ---- REPORT LUNS ---- */

#define SELECT_REPORT	2	/* offset in the CDB */

enum select_report {
	SELECT_UNITS		= 0,
	SELECT_WELL_KNOWN	= 1,
	SELECT_ALL		= 2,
};

/* A list of none: a header of zeroes, which our pages have already. */
static sense_reason_t report_no_luns(struct se_cmd *se_cmd)
{
	target_complete_cmd_with_length(se_cmd, SAM_STAT_GOOD, 8);
	return 0;
}

/*
 * SELECT REPORT (SPC-4 §6.33), which target core does not look at. There are no well
 * known logical units.
 */
static sense_reason_t select_report(struct se_cmd *se_cmd)
{
	switch (se_cmd->t_task_cdb[SELECT_REPORT]) {
	case SELECT_UNITS:
	case SELECT_ALL:
		return 0;
	case SELECT_WELL_KNOWN:
		se_cmd->execute_cmd = report_no_luns;
		return 0;
	default:
		return TCM_INVALID_CDB_FIELD;
	}
}

#define SENSE_ALLOCATION	4	/* of REQUEST SENSE: offset in the CDB */

/* ---- MODE SENSE ---- */

#define PAGE_CONTROL		0xc0	/* of the CDB's third byte */
#define SAVED_VALUES		0xc0

/* There is no sense reason of target core's for SAVING PARAMETERS NOT SUPPORTED. */
static sense_reason_t no_saved_values(struct se_cmd *se_cmd)
{
	const struct ti_cmd *cmd = to_ti_cmd(se_cmd);
	u8 sense[TRANSPORT_SENSE_BUFFER] = { 0 };
	bool desc = ti_luns_sense_is_descriptor(cmd->conn->sess, cmd->lun);

	scsi_build_sense_buffer(desc, sense, ILLEGAL_REQUEST, 0x39, 0x00);
	transport_copy_sense_to_cmd(se_cmd, sense);
	target_complete_cmd(se_cmd, SAM_STAT_CHECK_CONDITION);
	return 0;
}

/* No page can be saved (SPC-4 §6.11.1); target core takes this for the current values. */
static void settle_saved_values(struct se_cmd *se_cmd)
{
	if (!ti_is_passed_through(se_cmd) &&
	    (se_cmd->t_task_cdb[2] & PAGE_CONTROL) == SAVED_VALUES)
		se_cmd->execute_cmd = no_saved_values;
}

/* ---- MODE SELECT ---- */

#define MODE_SAVE_PAGES		0x01	/* of the CDB's second byte */

#define MODE_SUBPAGE		0x40	/* of a page's first byte: its header is longer */

static u32 mode_page_len(const u8 *page)
{
	return page[0] & MODE_SUBPAGE ? 4 + get_unaligned_be16(page + 2) : 2 + page[1];
}

/*
 * Target core takes the values that there are already, of the first page of a list: it
 * would say GOOD to what it does not look at. A block descriptor it takes for a page.
 */
static sense_reason_t settle_mode_select(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	const u8 *cdb = se_cmd->t_task_cdb;
	bool ten = cdb[0] == MODE_SELECT_10;
	u32 len = ten ? get_unaligned_be16(cdb + 7) : cdb[4];
	u32 header_len = ten ? 8 : 4;
	const u8 *list;

	if (ti_is_passed_through(se_cmd))
		return 0;
	if (cdb[1] & MODE_SAVE_PAGES)
		return TCM_INVALID_CDB_FIELD;
	/* Less than a page is refused for its length. */
	if (min(len, cmd->buf.len) < header_len + 4)
		return 0;
	list = sg_virt(cmd->buf.sgl);
	if (ten ? get_unaligned_be16(list + 6) : list[3])
		return TCM_INVALID_PARAMETER_LIST;
	return len > header_len + mode_page_len(list + header_len) ?
	       TCM_INVALID_PARAMETER_LIST : 0;
}

/* ---- START STOP UNIT ---- */

#define START_IMMED		0x01	/* of the CDB's second byte */

/*
 * Target core starts a unit only if it need not wait for that (IMMED), though there is
 * nothing to wait for; but most initiators want to know that it has started.
 */
static void settle_start_stop(struct se_cmd *se_cmd)
{
	if (!ti_is_passed_through(se_cmd))
		se_cmd->t_task_cdb[1] |= START_IMMED;
}

/**
 * ti_quirks_before_parse - put a command right before target core reads its CDB
 * @cmd:	the task; its LUN is known
 *
 * Return: 0, or why target core does not get it.
 */
sense_reason_t ti_quirks_before_parse(struct ti_cmd *cmd)
{
	sense_reason_t reason;

	ti_reserve_number_holder(cmd);
	if (!ti_is_passed_through(&cmd->se_cmd)) {
		reason = ti_verify_settle(cmd);
		if (reason)
			return reason;
	}
	settle_write(cmd);
	settle_no_data(cmd);
	reason = settle_direction(cmd);
	if (reason)
		return reason;
	if (!may_copy(cmd))
		return TCM_UNSUPPORTED_SCSI_OPCODE;
	return is_too_long(cmd) ? TCM_INVALID_CDB_FIELD : 0;
}

/* By what command it is. */
static sense_reason_t settle_command(struct se_cmd *se_cmd)
{
	switch (se_cmd->t_task_cdb[0]) {
	case INQUIRY:
	case MAINTENANCE_IN:
	case PERSISTENT_RESERVE_IN:
	case RECEIVE_COPY_RESULTS:
	case REQUEST_SENSE:
		return ti_answers_settle(se_cmd);
	case MODE_SELECT:
	case MODE_SELECT_10:
		return settle_mode_select(to_ti_cmd(se_cmd));
	case MODE_SENSE:
	case MODE_SENSE_10:
		settle_saved_values(se_cmd);
		return ti_answers_settle(se_cmd);
	case RESERVE_6:
	case RESERVE_10:
	case RELEASE_6:
	case RELEASE_10:
		return ti_reserve_settle(se_cmd);
	case REPORT_LUNS:
		return select_report(se_cmd);
	case START_STOP:
		settle_start_stop(se_cmd);
		return 0;
	default:
		return 0;
	}
}

/**
 * ti_quirks_after_parse - put right what target core has made of a CDB
 * @cmd:	the task, after target_cmd_parse_cdb()
 *
 * Return: 0, or why target core does not get it.
 */
sense_reason_t ti_quirks_after_parse(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (se_cmd->se_cmd_flags & SCF_COMPARE_AND_WRITE)
		guard_caw(cmd);
	if (wants_aca(cmd))
		return TCM_INVALID_CDB_FIELD;
	if (cmd->verify)
		return ti_verify_prepare(cmd);
	return settle_command(se_cmd);
}

/* ---- LUNs ---- */

/**
 * ti_quirks_lookup_lun - find the LUN of a command
 * @cmd:	the task; target core has its CDB
 *
 * Target core goes by the direction that a command is announced with where it looks for
 * write protection, and for reservations that let others read. A WRITE SAME that
 * unmaps may announce no data: it is a write all the same, and remains one. (Units of
 * target core want a block with it, and refuse it after that.) And a VERIFY that comes
 * with data to be compared is none.
 *
 * Return: 0, or what is wrong.
 */
sense_reason_t ti_quirks_lookup_lun(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	enum dma_data_direction said = se_cmd->data_direction;
	sense_reason_t reason;

	if (said == DMA_NONE && ti_cdb_is_write_same(se_cmd->t_task_cdb)) {
		se_cmd->data_direction = DMA_TO_DEVICE;
		return transport_lookup_cmd_lun(se_cmd);
	}
	if (said == DMA_TO_DEVICE && ti_verify_bytchk(se_cmd->t_task_cdb))
		se_cmd->data_direction = DMA_NONE;
	reason = transport_lookup_cmd_lun(se_cmd);
	se_cmd->data_direction = said;
	return reason;
}

#define INQUIRY_NO_LUN	0x7f	/* peripheral qualifier 3, type 1Fh */
#define INQUIRY_STANDARD_LEN	36

static int no_lun_inquiry(const u8 *cdb, u8 *data)
{
	if (cdb[1] & TI_INQUIRY_EVPD)
		return -ENXIO;
	data[0] = INQUIRY_NO_LUN;
	data[2] = 6;	/* SPC-4 */
	data[3] = 2;
	data[4] = INQUIRY_STANDARD_LEN - 5;
	return min_t(u32, INQUIRY_STANDARD_LEN, get_unaligned_be16(cdb + 3));
}

/**
 * ti_quirks_request_sense - the data of a REQUEST SENSE (SPC-4 §6.39)
 * @cdb:	its CDB, which says in what format and how much
 * @data:	TI_SENSE_FIXED_LEN bytes of zeroes, to be filled
 * @key:	sense key
 * @asc:	additional sense code and its qualifier
 *
 * Any context. Return: how many bytes of it the initiator takes.
 */
u32 ti_quirks_request_sense(const u8 *cdb, u8 *data, u8 key, u16 asc)
{
	bool desc = cdb[1] & 1;

	scsi_build_sense_buffer(desc, data, key, asc >> 8, asc & 0xff);
	return min_t(u32, desc ? TI_SENSE_DESC_LEN : TI_SENSE_FIXED_LEN,
		     cdb[SENSE_ALLOCATION]);
}

/* What a LUN that does not exist answers to @cdb: bytes of @data, or -ENXIO, an error. */
static int no_lun_data(const u8 *cdb, u8 *data)
{
	switch (cdb[0]) {
	case INQUIRY:
		return no_lun_inquiry(cdb, data);
	case REQUEST_SENSE:
		return ti_quirks_request_sense(cdb, data, ILLEGAL_REQUEST,
					       0x2500);
	default:
		return -ENXIO;
	}
}

/* GOOD, with @len bytes of data, however many the initiator takes. */
static void answer_good(struct ti_cmd *cmd, u32 len)
{
	if (len != cmd->edtl)
		ti_quirks_set_residual(cmd, len);
	cmd->status = SAM_STAT_GOOD;
}

/**
 * ti_quirks_answer - answer a command with data of our own
 * @cmd:	the task
 * @data:	the data
 * @len:	its length in bytes
 *
 * Owner only. Return: false, and nothing has been done, when the initiator takes none, when
 * there is none, or when there is no memory for it.
 */
bool ti_quirks_answer(struct ti_cmd *cmd, const void *data, u32 len)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (!len || !cmd->edtl || !(cmd->scsi_hdr.flags & TI_CMD_READ) ||
	    ti_buf_grow(cmd->conn, &cmd->buf, len, true))
		return false;
	memcpy(sg_virt(cmd->buf.sgl), data, len);
	se_cmd->t_data_sg = cmd->buf.sgl;
	answer_good(cmd, len);
	cmd->data_len = min(len, cmd->edtl);
	ti_tx_queue(cmd, TI_TX_DATA_IN);
	return true;
}

/* The initiator takes none of @len bytes, which is no error. */
static void answer_without_data(struct ti_cmd *cmd, u32 len)
{
	answer_good(cmd, len);
	ti_tx_queue(cmd, TI_TX_STATUS);
}

/**
 * ti_quirks_answer_no_lun - answer a command to a LUN that does not exist
 * @cmd:	the task; target core has its CDB
 *
 * INQUIRY and REQUEST SENSE of one are no errors (SAM-5 §5.11, SPC-4 §6.4.1); target
 * core would make them some.
 *
 * Return: false when it is an error, or ti_quirks_answer() has failed.
 */
bool ti_quirks_answer_no_lun(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 data[INQUIRY_STANDARD_LEN] = { 0 };
	int len = no_lun_data(se_cmd->t_task_cdb, data);

	if (len < 0)
		return false;
	if (!len || !cmd->edtl) {
		answer_without_data(cmd, len);
		return true;
	}
	if (!ti_quirks_answer(cmd, data, len))
		return false;
	/* The pages are ours. */
	se_cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
	return true;
}
