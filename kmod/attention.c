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

/* Without memory a LUN is not told of: the session is worth more. */
static void lose_lun(struct ti_sess *sess, u64 lun, const struct se_device *dev,
		     void *arg)
{
	ti_attention_add(sess, lun, TI_ATTENTION_NEXUS_LOSS);
}

/* ---- the loss of a nexus (SAM-5 §6.3.4, RFC 7143 §6.3.5) ---- */

static struct ti_lost_ports *lost_ports(const struct ti_sess *sess)
{
	return &to_ti_acl(sess->se_sess->se_node_acl)->lost;
}

static unsigned int lost_find(const struct ti_lost_ports *lost, const u8 *isid)
{
	unsigned int i;

	for (i = 0; i < lost->nr; i++)
		if (!memcmp(lost->isid[i], isid, TI_ISID_LEN))
			break;
	return i;
}

static void lost_remove(struct ti_lost_ports *lost, unsigned int i)
{
	lost->nr--;
	memmove(lost->isid[i], lost->isid[i + 1],
		(lost->nr - i) * sizeof(lost->isid[0]));
}

static void lost_add(struct ti_lost_ports *lost, const u8 *isid)
{
	unsigned int i = lost_find(lost, isid);

	if (i < lost->nr)
		lost_remove(lost, i);
	else if (lost->nr == TI_LOST_PORTS)
		lost_remove(lost, 0);
	memcpy(lost->isid[lost->nr++], isid, TI_ISID_LEN);
}

/**
 * ti_attention_nexus_lost - a session ends that its initiator has not logged out
 * @sess:	the session, still with its ACL
 *
 * The ACL remembers that for the initiator port, TI_LOST_PORTS of them at once. One of demo
 * mode often goes with its last session (cache_dynamic_acls), and then nothing is
 * remembered: a name that anybody may have must not cost memory. To an initiator without
 * history the next nexus is a new one, as SAM-5 allows. Process context.
 */
void ti_attention_nexus_lost(struct ti_sess *sess)
{
	struct ti_tpg *tpg = sess->tpg;

	spin_lock(&tpg->lock);
	lost_add(lost_ports(sess), sess->isid);
	spin_unlock(&tpg->lock);
}

/**
 * ti_attention_nexus_begins - tell a new session what has become of the one before it
 * @sess:	the session, not one for discovery
 * @lost:	that one was lost for certain: this one replaces it
 *
 * If it was lost, what target and LUNs knew of the nexus is gone: tasks, and what was
 * RESERVEd. So each LUN says so once. Owner only. May sleep.
 */
void ti_attention_nexus_begins(struct ti_sess *sess, bool lost)
{
	struct ti_lost_ports *ports = lost_ports(sess);
	struct ti_tpg *tpg = sess->tpg;
	unsigned int i;

	spin_lock(&tpg->lock);
	i = lost_find(ports, sess->isid);
	if (i < ports->nr) {
		lost_remove(ports, i);
		lost = true;
	}
	spin_unlock(&tpg->lock);
	if (lost)
		ti_luns_walk(sess, lose_lun, NULL);
}

/* ---- the end of a session ---- */

/**
 * ti_attention_exit - the session ends
 * @sess:	the session
 */
void ti_attention_exit(struct ti_sess *sess)
{
	xa_destroy(&sess->attentions);
}

/* ---- telling ---- */

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
