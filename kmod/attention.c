// SPDX-License-Identifier: GPL-2.0
/*
 * Unit attentions of our own (SAM-5 §5.14): what a session must be told of a LUN
 * before anything else is done there.
 *
 * Target core's are not exported, and the sessions of one initiator share them: it tells
 * the first one that comes. So whoever it has told has the others told, too.
 *
 * Ours are in ti_sess.attentions, by LUN, a bit for each. Any session of the initiator
 * may add some, the owner takes them: both exchange the bits of a LUN at once, so
 * none is lost, and none told twice. The data path pays one look at whether there are
 * any.
 */
#include <scsi/scsi_common.h>

#include "quirks.h"

/* Additional sense code and qualifier of each. */
static const u16 attention_asc[] = {
	[TI_ATTENTION_RESET]			= 0x2903,
	[TI_ATTENTION_NEXUS_LOSS]		= 0x2907,
	[TI_ATTENTION_RESERVATIONS_PREEMPTED]	= 0x2a03,
	[TI_ATTENTION_RESERVATIONS_RELEASED]	= 0x2a04,
	[TI_ATTENTION_REGISTRATIONS_PREEMPTED]	= 0x2a05,
	[TI_ATTENTION_ACCESS_STATE]		= 0x2a06,
	[TI_ATTENTION_ACCESS_TRANSITION]	= 0x2a07,
	[TI_ATTENTION_CAPACITY]			= 0x2a09,
	[TI_ATTENTION_INQUIRY]			= 0x3f03,
	[TI_ATTENTION_LUNS]			= 0x3f0e,
};

/* Set the bits @add of a LUN, clear the bits @remove, which needs no memory. */
static int attention_change(struct ti_sess *sess, u64 lun, unsigned long add,
			    unsigned long remove, gfp_t gfp)
{
	unsigned long bits;
	void *due, *now;

	do {
		due = xa_load(&sess->attentions, lun);
		bits = (xa_to_value(due) | add) & ~remove;
		now = xa_cmpxchg(&sess->attentions, lun, due,
				 bits ? xa_mk_value(bits) : NULL, gfp);
		if (xa_is_err(now))
			return xa_err(now);
	} while (now != due);
	return 0;
}

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
	return attention_change(sess, lun, BIT(what), 0, GFP_NOIO);
}

static void attention_remove(struct ti_sess *sess, u64 lun, enum ti_attention what)
{
	attention_change(sess, lun, 0, BIT(what), GFP_NOWAIT);
}

/* ---- what target core has told one session only ---- */

/* Of one that loses its nexus, and of another size, each session is told by us. */
static bool attention_is_shared(enum ti_attention what)
{
	return what != TI_ATTENTION_NEXUS_LOSS && what != TI_ATTENTION_CAPACITY;
}

/* The other sessions of an initiator with a portal group. */
static void tell_others(const struct ti_sess *told, u64 lun, enum ti_attention what)
{
	struct se_node_acl *acl = told->se_sess->se_node_acl;
	const struct se_session *se_sess;

	/* What is in this list is not freed before it is taken off. */
	spin_lock_irq(&acl->nacl_sess_lock);
	list_for_each_entry(se_sess, &acl->acl_sess_list, sess_acl_list)
		if (se_sess != told->se_sess)
			attention_change(se_sess->fabric_sess_ptr, lun, BIT(what), 0,
					 GFP_ATOMIC);
	spin_unlock_irq(&acl->nacl_sess_lock);
}

/**
 * ti_attention_share - target core has told a session something of a LUN
 * @cmd:	the command that it was told to; target core still has it
 * @asc:	additional sense code and its qualifier
 *
 * It knows one unit attention for all sessions of an initiator, each of which is a nexus
 * of its own that has to be told. Without memory one is not. Process context.
 */
void ti_attention_share(const struct ti_cmd *cmd, u16 asc)
{
	unsigned int what;

	for (what = 0; what < ARRAY_SIZE(attention_asc); what++)
		if (attention_asc[what] == asc && attention_is_shared(what))
			tell_others(cmd->conn->sess, cmd->lun, what);
}

/**
 * ti_attention_met - target core has ended a command with sense data of its own
 * @cmd:	the command
 *
 * If that is a unit attention it is shared: then this is process context, since target
 * core tells those to who submits a command.
 */
void ti_attention_met(const struct ti_cmd *cmd)
{
	struct scsi_sense_hdr sense;

	if (scsi_normalize_sense(cmd->sense + 2, get_unaligned_be16(cmd->sense), &sense) &&
	    sense.sense_key == UNIT_ATTENTION)
		ti_attention_share(cmd, sense.asc << 8 | sense.ascq);
}

/* ---- the loss of a nexus (SAM-5 §6.3.4, RFC 7143 §6.3.5) ---- */

/* Without memory a LUN is not told of: the session is worth more. */
static void lose_lun(struct ti_sess *sess, u64 lun, const struct se_device *dev,
		     void *arg)
{
	ti_attention_add(sess, lun, TI_ATTENTION_NEXUS_LOSS);
}

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

/* Who has asked for the list needs not be told that it has changed, by any unit. */
static void forget_luns(struct ti_sess *sess)
{
	unsigned long lun;
	void *due;

	xa_for_each(&sess->attentions, lun, due)
		attention_remove(sess, lun, TI_ATTENTION_LUNS);
}

static bool tell(struct ti_cmd *cmd, const u8 *cdb, u16 asc)
{
	if (cdb[0] == REQUEST_SENSE)
		return tell_as_data(cmd, cdb, asc);
	ti_task_fail(cmd, UNIT_ATTENTION, asc);
	ti_tx_queue(cmd, TI_TX_STATUS);
	return true;
}

/**
 * ti_attention_tell - answer a command with the unit attention that is due
 * @cmd:	a SCSI command that target core does not have yet
 * @cdb:	its CDB
 *
 * Not one that reports none, or goes to a LUN that is no longer there. Owner only. Return:
 * true when the task has its answer.
 */
bool ti_attention_tell(struct ti_cmd *cmd, const u8 *cdb)
{
	struct ti_sess *sess = cmd->conn->sess;
	unsigned long due = xa_to_value(xa_load(&sess->attentions, cmd->lun));
	enum ti_attention what;

	if (cdb[0] == REPORT_LUNS)
		forget_luns(sess);
	if (!due || cdb[0] == INQUIRY || cdb[0] == REPORT_LUNS)
		return false;
	if (!ti_luns_device(sess, cmd->lun)) {
		xa_erase(&sess->attentions, cmd->lun);
		return false;
	}
	what = __ffs(due);
	if (!tell(cmd, cdb, attention_asc[what]))
		return false;
	attention_remove(sess, cmd->lun, what);
	return true;
}
