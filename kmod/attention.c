// SPDX-License-Identifier: GPL-2.0
/*
 * Unit attentions of our own (SAM-5 §5.14): what a session must be told of a LUN
 * before anything else is done there.
 *
 * Target core's are not exported, and the sessions of one initiator share them. These
 * are in ti_sess.attentions, by LUN, a bit for each. Only the owner of the session
 * touches them, so there is no lock; the data path pays one look at whether there
 * are any.
 */
#include "quirks.h"

/* Additional sense code and qualifier of each. */
static const u16 attention_asc[] = {
	[TI_ATTENTION_NEXUS_LOSS]	= 0x2907,
	[TI_ATTENTION_CAPACITY]		= 0x2a09,
};

/**
 * ti_attention_add - a session is to be told something of a LUN
 * @sess:	the session
 * @lun:	number of the logical unit
 * @what:	what
 *
 * Once, even if it is added again before that. Owner only. May sleep. Return: 0 or
 * -ENOMEM.
 */
int ti_attention_add(struct ti_sess *sess, u64 lun, enum ti_attention what)
{
	unsigned long due = xa_to_value(xa_load(&sess->attentions, lun));

	return xa_err(xa_store(&sess->attentions, lun,
			       xa_mk_value(due | BIT(what)), GFP_NOIO));
}

static void lose_lun(struct ti_sess *sess, u64 lun, void *arg)
{
	/* Without memory it is not told: the session is worth more. */
	ti_attention_add(sess, lun, TI_ATTENTION_NEXUS_LOSS);
}

/**
 * ti_attention_nexus_lost - a session replaces another of its initiator port
 * @sess:	the session
 *
 * What target and LUNs knew of that nexus is gone: tasks, and what was RESERVEd (SAM-5
 * §6.3.4, RFC 7143 §6.3.5). Owner only. May sleep.
 */
void ti_attention_nexus_lost(struct ti_sess *sess)
{
	ti_luns_walk(sess, lose_lun, NULL);
}

/**
 * ti_attention_exit - the session ends
 * @sess:	the session
 */
void ti_attention_exit(struct ti_sess *sess)
{
	xa_destroy(&sess->attentions);
}

/* REQUEST SENSE has it as its data (SPC-4 §6.39). */
static bool tell_as_data(struct ti_cmd *cmd, const u8 *cdb, u16 asc)
{
	u8 data[TI_SENSE_FIXED_LEN] = { 0 };
	u32 len = ti_quirks_request_sense(cdb, data, UNIT_ATTENTION, asc);

	return ti_quirks_answer(cmd, data, len);
}

/**
 * ti_attention_tell - answer a command with the unit attention that is due
 * @cmd:	a SCSI command that target core does not have yet
 * @cdb:	its CDB
 *
 * Not one that neither reports nor clears any. Owner only. Return: true when the task
 * has its answer.
 */
bool ti_attention_tell(struct ti_cmd *cmd, const u8 *cdb)
{
	struct xarray *attentions = &cmd->conn->sess->attentions;
	unsigned long due = xa_to_value(xa_load(attentions, cmd->lun));
	enum ti_attention what;

	if (!due || cdb[0] == INQUIRY || cdb[0] == REPORT_LUNS)
		return false;
	what = __ffs(due);
	if (cdb[0] == REQUEST_SENSE) {
		if (!tell_as_data(cmd, cdb, attention_asc[what]))
			return false;
	} else {
		ti_task_fail(cmd, UNIT_ATTENTION, attention_asc[what]);
		ti_tx_queue(cmd, TI_TX_STATUS);
	}
	due &= ~BIT(what);
	/* Neither needs memory. */
	if (due)
		xa_store(attentions, cmd->lun, xa_mk_value(due), GFP_NOWAIT);
	else
		xa_erase(attentions, cmd->lun);
	return true;
}
