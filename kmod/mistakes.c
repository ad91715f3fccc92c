// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that target core refuses, and when that is told.
 *
 * It logs a line about most of them (an address beyond the end, a LUN that is not there,
 * a reservation key that is wrong, and fifty more), and an initiator sends them as fast as
 * they are answered: a log of a hundred thousand lines a second leaves nothing else to a
 * slow console, and fills a disk. Nothing of target core's can be asked not to log.
 *
 * But a command keeps its place in the window until it is answered. The log has room for
 * mistakes_max of them a second, and for what it was spared in the last 100 seconds: test
 * suites and curious initiators never wait. When that is used up, so many mistakes of an
 * initiator, of all its sessions together, are answered in a second, each a second late at
 * most. Its other commands do not wait.
 */
#include <linux/module.h>
#include <scsi/scsi_common.h>

#include "ti.h"

#define MISTAKES_LATE	NSEC_PER_SEC	/* at most */
#define MISTAKES_SPARED	(100 * (s64)NSEC_PER_SEC)	/* that count, at most */

static unsigned int ti_mistakes_max = 100;
module_param_named(mistakes_max, ti_mistakes_max, uint, 0644);
MODULE_PARM_DESC(mistakes_max,
		 "Refused commands that may be logged in a second; when there were too many, each initiator's are answered at that rate (default: 100, 0: at once)");

/* Until then, in ktime_get_ns(), the log is used up. In the past: it was spared. */
static DEFINE_SPINLOCK(log_lock);
static s64 log_used = -MISTAKES_SPARED;

static u8 sense_key(const struct ti_cmd *cmd)
{
	struct scsi_sense_hdr hdr;

	if (!scsi_normalize_sense(cmd->sense + 2, get_unaligned_be16(cmd->sense),
				  &hdr))
		return NO_SENSE;
	return hdr.sense_key;
}

/* READs and WRITEs meet reservations in silence. */
static bool cdb_is_about_reservations(const u8 *cdb)
{
	switch (cdb[0]) {
	case RESERVE_6:
	case RESERVE_10:
	case RELEASE_6:
	case RELEASE_10:
	case PERSISTENT_RESERVE_IN:
	case PERSISTENT_RESERVE_OUT:
		return true;
	default:
		return false;
	}
}

static bool is_mistake(const struct ti_cmd *cmd)
{
	switch (cmd->status) {
	case SAM_STAT_RESERVATION_CONFLICT:
		return cdb_is_about_reservations(cmd->scsi_hdr.cdb);
	case SAM_STAT_CHECK_CONDITION:
		break;
	default:
		return false;
	}
	switch (sense_key(cmd)) {
	case ILLEGAL_REQUEST:
	case DATA_PROTECT:
	case MISCOMPARE:
		return true;
	default:
		return false;
	}
}

/* Another line, of @step nanoseconds: is there room for it? */
static bool log_has_room(s64 step)
{
	s64 now = ktime_get_ns();
	bool room;

	spin_lock(&log_lock);
	log_used = clamp(log_used, now - MISTAKES_SPARED, now) + step;
	room = log_used <= now;
	spin_unlock(&log_lock);
	return room;
}

static void mistakes_arm(struct ti_conn *conn, unsigned long due)
{
	queue_delayed_work(ti_admin_wq, &conn->late_timer, ti_delay_until(due));
}

/**
 * ti_mistake_is_late - is a command to be answered later
 * @cmd:	the task, which target core has completed, not with GOOD
 *
 * Owner only. Return: true when ti_mistakes_answer() will do it.
 */
bool ti_mistake_is_late(struct ti_cmd *cmd)
{
	unsigned int most = READ_ONCE(ti_mistakes_max);
	struct ti_conn *conn = cmd->conn;
	u64 step, wait = 0;

	if (!most || cmd->data_len || !is_mistake(cmd))
		return false;
	step = NSEC_PER_SEC / most;
	if (!log_has_room(step))
		wait = ti_initiator_turn(conn->cache.initiator, step,
					 MISTAKES_LATE);
	/* In the order in which they came, too. */
	if (!wait && list_empty(&conn->late_answers))
		return false;
	cmd->waiting_since = jiffies + nsecs_to_jiffies(wait);
	list_add_tail(&cmd->entry, &conn->late_answers);
	mistakes_arm(conn, list_first_entry(&conn->late_answers, struct ti_cmd,
					    entry)->waiting_since);
	return true;
}

/**
 * ti_mistakes_answer - answer what it is time for
 * @conn:	the connection
 *
 * Owner only.
 */
void ti_mistakes_answer(struct ti_conn *conn)
{
	struct ti_cmd *cmd, *next;

	if (conn->state != TI_CONN_FULL_FEATURE) {
		ti_mistakes_drop_all(conn);
		return;
	}
	list_for_each_entry_safe(cmd, next, &conn->late_answers, entry) {
		if (time_after(cmd->waiting_since, jiffies)) {
			mistakes_arm(conn, cmd->waiting_since);
			return;
		}
		list_del(&cmd->entry);
		ti_tx_queue(cmd, TI_TX_STATUS);
	}
}

/**
 * ti_mistakes_drop_all - the connection closes: nothing is answered any more
 * @conn:	the connection
 *
 * Owner only.
 */
void ti_mistakes_drop_all(struct ti_conn *conn)
{
	struct ti_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, &conn->late_answers, entry) {
		list_del(&cmd->entry);
		ti_task_finish(cmd);
	}
}
