// SPDX-License-Identifier: GPL-2.0
/*
 * VERIFY (SBC-3 §5.35). Target core says GOOD to it as soon as its blocks exist. Where it
 * is to compare them with data (BYTCHK is 1) it is made a READ, into pages of its own, and
 * what has been read is compared with what the initiator sent.
 *
 * WRITE AND VERIFY. Target core only writes. When that has ended well, the same task goes
 * to it once more, as a VERIFY of what was written: its blocks are read, and compared if
 * BYTCHK says so.
 *
 * This file looks into struct se_cmd, as quirks.c does.
 */
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "quirks.h"

#define VERIFY_BYTCHK		0x06	/* of the CDB's second byte */
#define VERIFY_COMPARES		0x02
#define VERIFY_FUA		0x08	/* of a WRITE */
#define VERIFY_DPO		0x10	/* this and the next are where a READ has them */
#define VERIFY_PROTECT		0xe0

static bool is_verify(const u8 *cdb)
{
	return cdb[0] == VERIFY || cdb[0] == VERIFY_16;
}

/**
 * ti_verify_bytchk - does a command want data compared
 * @cdb:	its CDB
 *
 * Any context. Return: false, too, for what is no VERIFY.
 */
bool ti_verify_bytchk(const u8 *cdb)
{
	return is_verify(cdb) && cdb[1] & VERIFY_BYTCHK;
}

static bool is_write_and_verify(const u8 *cdb)
{
	return cdb[0] == WRITE_VERIFY || cdb[0] == WRITE_VERIFY_16;
}

static u32 verify_blocks(const u8 *cdb)
{
	return cdb[0] == VERIFY ? get_unaligned_be16(cdb + 7) :
				  get_unaligned_be32(cdb + 10);
}

/* Does the device say that it takes DPO and FUA? As target core has it. */
static bool takes_dpo(struct se_device *dev)
{
	bool cache = dev->transport->get_write_cache ?
		     dev->transport->get_write_cache(dev) :
		     dev->dev_attrib.emulate_write_cache > 0;

	return cache && dev->dev_attrib.emulate_fua_write > 0;
}

/* What a READ would be refused for. */
static bool has_foreign_bits(const struct ti_cmd *cmd)
{
	struct se_device *dev = cmd->se_cmd.se_dev;
	u8 bits = cmd->se_cmd.t_task_cdb[1];

	return (bits & VERIFY_PROTECT && !dev->dev_attrib.pi_prot_type) ||
	       (bits & VERIFY_DPO && !takes_dpo(dev));
}

/* It becomes a READ of @len bytes. */
static void make_read(struct ti_cmd *cmd, u32 len)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 *cdb = se_cmd->t_task_cdb;

	if (cmd->edtl > len && cmd->verify_step == TI_VERIFY_NONE)
		ti_quirks_set_residual(cmd, len);
	cdb[0] = cdb[0] == VERIFY ? READ_10 : READ_16;
	cdb[1] &= VERIFY_PROTECT | VERIFY_DPO;
	se_cmd->data_direction = DMA_FROM_DEVICE;
	se_cmd->data_length = len;
}

/* It is written, past what caches the device has, where target core can have that. */
static sense_reason_t begin_write(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 *cdb = se_cmd->t_task_cdb;

	if ((cdb[1] & VERIFY_BYTCHK) > VERIFY_COMPARES)
		return TCM_INVALID_CDB_FIELD;
	if (takes_dpo(se_cmd->se_dev))
		cdb[1] |= VERIFY_FUA;
	cmd->verify_step = TI_VERIFY_WRITES;
	return 0;
}

/**
 * ti_verify_goes_on - is what a WRITE AND VERIFY has written to be verified
 * @cmd:	the task, in TI_VERIFY_WRITES; target core has completed it
 *
 * As many blocks as have been written. Owner. Return: true when the task is to be handed
 * to target core again; it is the VERIFY then.
 */
bool ti_verify_goes_on(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	u8 *cdb = cmd->scsi_hdr.cdb;

	if (cmd->status != SAM_STAT_GOOD || !se_cmd->data_length)
		return false;
	memcpy(cdb, se_cmd->t_task_cdb, sizeof(cmd->scsi_hdr.cdb));
	cdb[0] = cdb[0] == WRITE_VERIFY ? VERIFY : VERIFY_16;
	cdb[1] &= ~VERIFY_FUA;
	cmd->verify_step = TI_VERIFY_WRITTEN;
	return true;
}

/**
 * ti_verify_settle - make of a VERIFY what target core does right
 * @cmd:	the task, not parsed so far; of a device that is not passed through
 *
 * And of a WRITE AND VERIFY. What blocks are to be compared with must be all here. Owner.
 * Return: 0, or why it is refused; 0 for any other command, too.
 */
sense_reason_t ti_verify_settle(struct ti_cmd *cmd)
{
	const struct se_cmd *se_cmd = &cmd->se_cmd;
	const u8 *cdb = se_cmd->t_task_cdb;
	u64 len;

	if (is_write_and_verify(cdb))
		return begin_write(cmd);
	if (!is_verify(cdb))
		return 0;
	if (has_foreign_bits(cmd))
		return TCM_INVALID_CDB_FIELD;
	if (!verify_blocks(cdb) ||
	    (!ti_verify_bytchk(cdb) && cmd->verify_step == TI_VERIFY_NONE))
		return 0;
	if ((cdb[1] & VERIFY_BYTCHK) > VERIFY_COMPARES)
		return TCM_INVALID_CDB_FIELD;
	len = (u64)verify_blocks(cdb) * se_cmd->se_dev->dev_attrib.block_size;
	if (se_cmd->data_direction != DMA_TO_DEVICE || cmd->edtl < len)
		return TCM_INVALID_FIELD_IN_COMMAND_IU;
	cmd->verify = kzalloc(sizeof(*cmd->verify), GFP_NOIO);
	if (!cmd->verify)
		return TCM_OUT_OF_RESOURCES;
	make_read(cmd, len);
	return 0;
}

static u32 same_bytes(const u8 *a, const u8 *b, u32 len)
{
	u32 n = 0;

	if (!memcmp(a, b, len))
		return len;
	while (a[n] == b[n])
		n++;
	return n;
}

/* How many bytes, of @len, two buffers have in common at their beginning. */
static u32 same_data(const struct ti_buf *a, const struct ti_buf *b, u32 len)
{
	struct sg_mapping_iter one, other;
	u32 at = 0, n, same;

	sg_miter_start(&one, a->sgl, a->nents, SG_MITER_FROM_SG);
	sg_miter_start(&other, b->sgl, b->nents, SG_MITER_FROM_SG);
	while (at < len && sg_miter_next(&one) && sg_miter_next(&other)) {
		n = min3((u32)one.length, (u32)other.length, len - at);
		same = same_bytes(one.addr, other.addr, n);
		at += same;
		if (same < n)
			break;
		one.consumed = n;
		other.consumed = n;
	}
	sg_miter_stop(&other);
	sg_miter_stop(&one);
	return at;
}

/* Target core's worker: what was read is here, or nothing (@success). */
static sense_reason_t compare(struct se_cmd *se_cmd, bool success, int *post_ret)
{
	struct ti_cmd *cmd = to_ti_cmd(se_cmd);
	u32 same;

	*post_ret = 1;	/* a status is due */
	if (!success || se_cmd->scsi_status)
		return 0;
	/* None of it is for the initiator. */
	se_cmd->data_direction = DMA_NONE;
	if (!ti_verify_bytchk(cmd->scsi_hdr.cdb))
		return 0;
	same = same_data(&cmd->buf, cmd->verify, se_cmd->data_length);
	if (same == se_cmd->data_length)
		return 0;
	se_cmd->sense_info = se_cmd->t_task_lba +
			     same / se_cmd->se_dev->dev_attrib.block_size;
	return TCM_MISCOMPARE_VERIFY;
}

/**
 * ti_verify_prepare - have the blocks of a VERIFY read, and compared then
 * @cmd:	the task, ti_verify_settle()d and parsed, with a length
 *
 * Without memory it ends with TASK SET FULL, even if it has been written: its data has
 * some already, and if many such waited for more, none would give any back. Owner; may
 * sleep. Return: 0, or why it is refused.
 */
sense_reason_t ti_verify_prepare(struct ti_cmd *cmd)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (ti_buf_grow(cmd->conn, cmd->verify, se_cmd->data_length, false))
		return TCM_OUT_OF_RESOURCES;
	se_cmd->t_data_sg = cmd->verify->sgl;
	se_cmd->t_data_nents = cmd->verify->nents;
	se_cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
	se_cmd->transport_complete_callback = compare;
	return 0;
}

/**
 * ti_verify_end - the task is over
 * @cmd:	the task, with @verify; target core does not have it
 *
 * Owner.
 */
void ti_verify_end(struct ti_cmd *cmd)
{
	ti_buf_free(cmd->conn, cmd->verify, false);
	ti_buf_destroy(cmd->verify);
	kfree(cmd->verify);
	cmd->verify = NULL;
}
