// SPDX-License-Identifier: GPL-2.0
/*
 * Parameter data that target core gets wrong. It wants room for all of it, or for its header,
 * and refuses a command that gives less, or leaves out what does not fit; but an allocation
 * length is no error, and cuts data wherever it ends (SPC-4 §4.2.5.6). So target core gets
 * the room that it needs. What it has written is mended, and the initiator gets as much
 * of that as it takes.
 *
 * This file looks into struct se_cmd, as quirks.c does.
 */
#include <scsi/scsi_common.h>

#include "quirks.h"

/* Bytes behind the room that target core is told of: it may write so far past its end. */
#define ROOM_BEHIND		64
#define ROOM_MAX		(SZ_1M - ROOM_BEHIND)

/* How much of its data an initiator takes, as the CDB says. */
static u32 allocation_length(const u8 *cdb)
{
	switch (cdb[0]) {
	case REQUEST_SENSE:
	case MODE_SENSE:
		return cdb[4];
	case INQUIRY:
		return get_unaligned_be16(cdb + 3);
	case MAINTENANCE_IN:
		return get_unaligned_be32(cdb + 6);
	case RECEIVE_COPY_RESULTS:
		return get_unaligned_be32(cdb + 10);
	default:	/* MODE SENSE(10), PERSISTENT RESERVE IN */
		return get_unaligned_be16(cdb + 7);
	}
}

/* @len bytes of data are there: the initiator gets what it takes of them. */
static void answer_with(struct se_cmd *se_cmd, u32 len)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);

	len = min3(len, cmd->buf.len, allocation_length(se_cmd->t_task_cdb));
	cmd->overridden = true;
	cmd->rsp_flags = 0;
	cmd->residual = 0;
	if (len != cmd->edtl)
		ti_quirks_set_residual(cmd, len);
	se_cmd->data_length = min(len, cmd->edtl);
}

static u8 *answer_data(struct se_cmd *se_cmd)
{
	return sg_virt(se_cmd->t_data_sg);
}

typedef sense_reason_t (*mend_fn)(struct se_cmd *se_cmd, bool success, int *post_ret);

/*
 * Target core has room for @len bytes at least, and some behind that on the same page.
 * @mend is called with what it has written, or without @success.
 */
static void give_room(struct se_cmd *se_cmd, u32 len, mend_fn mend)
{
	len = min_t(u32, max(len, se_cmd->data_length), ROOM_MAX);
	se_cmd->data_length = PAGE_ALIGN(len + ROOM_BEHIND) - ROOM_BEHIND;
	se_cmd->transport_complete_callback = mend;
}

/* Nothing of it is wrong but where it ends. */
static sense_reason_t cut(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	*post_ret = 1;	/* its data is due */
	if (success)
		answer_with(se_cmd, se_cmd->data_length);
	return 0;
}

/* ---- PERSISTENT RESERVE IN (SPC-4 §6.15) ---- */

#define PR_IN_KEYS		0x00
#define PR_IN_RESERVATION	0x01
#define PR_IN_CAPABILITIES	0x02
#define PR_IN_FULL_STATUS	0x03
#define PR_IN_HEADER_LEN	8
#define PR_IN_RESERVATION_LEN	24
#define PR_IN_KEY_LEN		8
#define PR_CAPABILITIES_FLAGS	2	/* offset in its data (§6.15.4) */
#define PR_CAPABILITIES_SIP_C	0x08

/* Of READ FULL STATUS, a registration: with the TransportID of the longest name there is. */
#define PR_IN_STATUS_LEN	(24 + 4 + ALIGN(TI_NAME_LEN + sizeof(",i,0x") + 2 * TI_ISID_LEN, 4))
/* As much is read at once, whoever else registers. */
#define PR_IN_REGISTRATIONS	2048

static u32 count_registrations(struct se_device *dev)
{
	struct t10_pr_registration *reg;
	u32 nr = 0;

	spin_lock(&dev->t10_pr.registration_lock);
	list_for_each_entry(reg, &dev->t10_pr.registration_list, pr_reg_list)
		nr++;
	spin_unlock(&dev->t10_pr.registration_lock);
	return min_t(u32, nr, PR_IN_REGISTRATIONS);
}

static u32 pr_in_room(const struct se_cmd *se_cmd)
{
	u32 nr = count_registrations(se_cmd->se_dev);

	switch (TI_SERVICE_ACTION(se_cmd->t_task_cdb)) {
	case PR_IN_KEYS:
		return PR_IN_HEADER_LEN + nr * PR_IN_KEY_LEN;
	case PR_IN_FULL_STATUS:
		return PR_IN_HEADER_LEN + nr * PR_IN_STATUS_LEN;
	default:
		return PR_IN_RESERVATION_LEN;
	}
}

/* No SPEC_I_PT: ti_reserve_check() refuses it. */
static sense_reason_t mend_capabilities(struct se_cmd *se_cmd, bool success,
					int *post_ret)
{
	if (success)
		answer_data(se_cmd)[PR_CAPABILITIES_FLAGS] &= ~PR_CAPABILITIES_SIP_C;
	return cut(se_cmd, success, post_ret);
}

/*
 * Where there is not room for all, READ RESERVATION has no key, and READ FULL STATUS says
 * that there is no more than what fits. And as it overlooks the header when it looks for
 * room, it writes up to 32 bytes past the end.
 */
static void settle_pr_in(struct se_cmd *se_cmd)
{
	u8 action = TI_SERVICE_ACTION(se_cmd->t_task_cdb);

	if (action <= PR_IN_FULL_STATUS && !ti_reserves_itself(se_cmd->se_dev))
		give_room(se_cmd, pr_in_room(se_cmd),
			  action == PR_IN_CAPABILITIES ? mend_capabilities : cut);
}

/* ---- REPORT TARGET PORT GROUPS (SPC-4 §6.37) ---- */

#define REPORT_GROUPS		0x0a	/* service actions of MAINTENANCE IN */
#define REPORT_OPERATION_CODES	0x0c
#define GROUPS_EXTENDED		0x20	/* PARAMETER DATA FORMAT, in byte 1 of the CDB */
#define GROUPS_HEADER_LEN	8	/* at most */
#define LENGTH_FIELD		4	/* does not count itself */

/* Their descriptors, and those of their ports. */
static u32 groups_len(struct se_device *dev)
{
	struct t10_alua_tg_pt_gp *group;
	u32 len = 0;

	spin_lock(&dev->t10_alua.tg_pt_gps_lock);
	list_for_each_entry(group, &dev->t10_alua.tg_pt_gps_list, tg_pt_gp_list)
		if (group->tg_pt_gp_members)
			len += 8 + 4 * group->tg_pt_gp_members;
	spin_unlock(&dev->t10_alua.tg_pt_gps_lock);
	return len;
}

/* The length does not count the second half of the extended header. */
static sense_reason_t mend_groups(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	u32 len;

	*post_ret = 1;
	if (!success)
		return 0;
	len = get_unaligned_be32(answer_data(se_cmd));
	if (se_cmd->t_task_cdb[1] & GROUPS_EXTENDED) {
		len = groups_len(se_cmd->se_dev) + GROUPS_HEADER_LEN - LENGTH_FIELD;
		put_unaligned_be32(len, answer_data(se_cmd));
	}
	answer_with(se_cmd, len + LENGTH_FIELD);
	return 0;
}

static void settle_groups(struct se_cmd *se_cmd)
{
	give_room(se_cmd, GROUPS_HEADER_LEN + groups_len(se_cmd->se_dev), mend_groups);
}

/* ---- REPORT SUPPORTED OPERATION CODES (SPC-4 §6.35) ---- */

#define CODES_OPTIONS		0x07	/* of the CDB's third byte */
#define CODES_ROOM		(LENGTH_FIELD + 128 * 20)

/* The length of all commands is one too many. */
static sense_reason_t mend_codes(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	if (success && !(se_cmd->t_task_cdb[2] & CODES_OPTIONS))
		put_unaligned_be32(se_cmd->data_length - LENGTH_FIELD, answer_data(se_cmd));
	return cut(se_cmd, success, post_ret);
}

static void settle_maintenance_in(struct se_cmd *se_cmd)
{
	switch (TI_SERVICE_ACTION(se_cmd->t_task_cdb)) {
	case REPORT_GROUPS:
		settle_groups(se_cmd);
		break;
	case REPORT_OPERATION_CODES:
		give_room(se_cmd, CODES_ROOM, mend_codes);
		break;
	}
}

/* ---- RECEIVE COPY RESULTS (SPC-4 §6.22) ---- */

#define COPY_PARAMETERS		0x03	/* service action: operating parameters */
#define COPY_PARAMETERS_LEN	54

/* All that there is room for would be sent. */
static sense_reason_t mend_copy_parameters(struct se_cmd *se_cmd, bool success,
					   int *post_ret)
{
	*post_ret = 1;
	if (success)
		answer_with(se_cmd, get_unaligned_be32(answer_data(se_cmd)) + LENGTH_FIELD);
	return 0;
}

static void settle_copy_results(struct se_cmd *se_cmd)
{
	if (TI_SERVICE_ACTION(se_cmd->t_task_cdb) == COPY_PARAMETERS)
		give_room(se_cmd, COPY_PARAMETERS_LEN, mend_copy_parameters);
}

/* ---- REQUEST SENSE (SPC-4 §6.39) ---- */

#define SENSE_DESC		0x01

/*
 * Target core has the format that D_SENSE says, whatever this command asks for. Its data
 * is a unit attention, or nothing is wrong.
 */
static sense_reason_t mend_sense(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	const struct ti_cmd *cmd = to_ti_cmd(se_cmd);
	struct scsi_sense_hdr sense;
	u8 *data;

	*post_ret = 1;
	if (!success)
		return 0;
	data = answer_data(se_cmd);
	if (!scsi_normalize_sense(data, se_cmd->data_length, &sense))
		memset(&sense, 0, sizeof(sense));
	if (sense.sense_key == UNIT_ATTENTION)
		ti_attention_share(cmd, sense.asc << 8 | sense.ascq);
	memset(data, 0, TI_SENSE_FIXED_LEN);
	answer_with(se_cmd, ti_quirks_request_sense(cmd->scsi_hdr.cdb, data, sense.sense_key,
						    sense.asc << 8 | sense.ascq));
	return 0;
}

static sense_reason_t answer_nothing(struct se_cmd *se_cmd)
{
	target_complete_cmd(se_cmd, SAM_STAT_GOOD);
	return 0;
}

static void settle_request_sense(struct se_cmd *se_cmd)
{
	if (!allocation_length(se_cmd->t_task_cdb) || !se_cmd->data_length) {
		/* A unit attention stays for who takes it. */
		se_cmd->execute_cmd = answer_nothing;
		return;
	}
	/* It would refuse that; the CDB of the task still has it. */
	se_cmd->t_task_cdb[1] &= ~SENSE_DESC;
	give_room(se_cmd, TI_SENSE_FIXED_LEN, mend_sense);
}

/* ---- MODE SENSE (SPC-4 §6.11, §7.5.5) ---- */

#define MODE_ROOM		512	/* more than all pages */
#define MODE_LLBAA		0x10	/* of the second byte of MODE SENSE(10) */
#define BLOCK_DESC_LEN		8

/* The block descriptor says how many blocks there are, not which is the last one. */
static void mend_block_descriptor(u8 *desc, u32 len, u64 blocks)
{
	if (len == BLOCK_DESC_LEN)
		put_unaligned_be32(min_t(u64, blocks, U32_MAX), desc);
}

static sense_reason_t mend_mode_sense(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	struct se_device *dev = se_cmd->se_dev;
	u64 blocks = dev->transport->get_blocks(dev) + 1;
	u8 *data;

	if (success) {
		data = answer_data(se_cmd);
		if (se_cmd->t_task_cdb[0] == MODE_SENSE)
			mend_block_descriptor(data + 4, data[3], blocks);
		else
			mend_block_descriptor(data + 8, get_unaligned_be16(data + 6),
					      blocks);
	}
	return cut(se_cmd, success, post_ret);
}

/*
 * A long block descriptor is one that an initiator takes, not one that it must get; in
 * target core's the first page covers the end of it.
 */
static void settle_mode_sense(struct se_cmd *se_cmd)
{
	if (se_cmd->t_task_cdb[0] == MODE_SENSE_10)
		se_cmd->t_task_cdb[1] &= ~MODE_LLBAA;
	give_room(se_cmd, MODE_ROOM, mend_mode_sense);
}

/* ---- INQUIRY, VPD page B0h (SBC-3 §6.6.4) ---- */

#define BLOCK_LIMITS		0xb0
#define BLOCK_LIMITS_LEN	64
#define MAXIMUM_TRANSFER	8	/* offsets in that page */
#define OPTIMAL_TRANSFER	12

/* No READ or WRITE may be longer than we take, whatever the device would; 0 is no limit. */
static sense_reason_t mend_limits(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	u32 limit = TI_MAX_TRANSFER / se_cmd->se_dev->dev_attrib.block_size;
	u32 optimal;
	u8 *page;

	if (!success)
		return 0;
	page = answer_data(se_cmd);
	limit = min_not_zero(get_unaligned_be32(page + MAXIMUM_TRANSFER), limit);
	optimal = min(get_unaligned_be32(page + OPTIMAL_TRANSFER), limit);
	put_unaligned_be32(limit, page + MAXIMUM_TRANSFER);
	put_unaligned_be32(optimal, page + OPTIMAL_TRANSFER);
	return cut(se_cmd, success, post_ret);
}

static void settle_inquiry(struct se_cmd *se_cmd)
{
	const u8 *cdb = se_cmd->t_task_cdb;

	if (cdb[1] & TI_INQUIRY_EVPD && cdb[2] == BLOCK_LIMITS)
		give_room(se_cmd, BLOCK_LIMITS_LEN, mend_limits);
}

static void settle(struct se_cmd *se_cmd)
{
	switch (se_cmd->t_task_cdb[0]) {
	case INQUIRY:
		settle_inquiry(se_cmd);
		break;
	case MAINTENANCE_IN:
		settle_maintenance_in(se_cmd);
		break;
	case MODE_SENSE:
	case MODE_SENSE_10:
		settle_mode_sense(se_cmd);
		break;
	case PERSISTENT_RESERVE_IN:
		settle_pr_in(se_cmd);
		break;
	case RECEIVE_COPY_RESULTS:
		settle_copy_results(se_cmd);
		break;
	case REQUEST_SENSE:
		settle_request_sense(se_cmd);
		break;
	}
}

/**
 * ti_answers_settle - have target core answer with all of its data, and mend that
 * @se_cmd:	target core's command, parsed, which asks for parameter data
 *
 * Of a device that answers by itself, and where nothing is to be mended, it remains as it
 * is. What is announced as a write has no pages that are ours. Owner. Return: 0, or why
 * it is refused.
 */
sense_reason_t ti_answers_settle(struct se_cmd *se_cmd)
{
	if (ti_is_passed_through(se_cmd) &&
	    se_cmd->t_task_cdb[0] != PERSISTENT_RESERVE_IN)
		return 0;
	if (se_cmd->data_direction == DMA_TO_DEVICE)
		return TCM_INVALID_FIELD_IN_COMMAND_IU;
	settle(se_cmd);
	return 0;
}
