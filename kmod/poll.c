// SPDX-License-Identifier: GPL-2.0
/*
 * Busy polling: a connection with nothing to do looks for its packets itself.
 *
 * An initiator that sends a request, waits for the answer and sends the next one
 * leaves the CPU idle in between, and every request pays for an interrupt, its softirq
 * and a wake-up. Where the administrator says so (IQN/tuning/busy_poll), the work item
 * of such a connection asks the network card in their stead before it ends.
 *
 * That is the CPU's time, which others may want, so it is done only
 *
 *   - by a connection that is alone on its CPU and all of whose tasks are answered:
 *     completions are work items of the same CPU, and would wait for it;
 *   - while the last TI_POLL_AFTER requests each came within that time: an initiator
 *     that pauses costs one look, and then nothing until it is in a hurry again;
 *   - until the scheduler has somebody else to run (napi_busy_loop() sees to it).
 *
 * Work items of others that are queued on the CPU meanwhile wait for TI_POLL_MAX_US at
 * most.
 */
#include <linux/sched/clock.h>
#include <net/busy_poll.h>

#include "attrib.h"
#include "ti.h"

#define TI_POLL_MAX_US	1000
#define TI_POLL_AFTER	8

static u64 poll_ns(const struct ti_conn *conn)
{
	const struct ti_tpg *tpg = conn->sess->tpg;

	return tpg ? (u64)READ_ONCE(tpg->target->busy_poll) * NSEC_PER_USEC : 0;
}

/**
 * ti_poll_woken - the work item runs: was the pause before it a short one?
 * @conn:	the connection
 *
 * Owner only.
 */
void ti_poll_woken(struct ti_conn *conn)
{
	u64 pause;

	if (likely(!conn->idle_since))
		return;
	pause = local_clock() - conn->idle_since;
	conn->idle_since = 0;
	if (pause > poll_ns(conn))
		conn->short_pauses = 0;
	else if (conn->short_pauses < TI_POLL_AFTER)
		conn->short_pauses++;
}

/*
 * By local_clock(), since others may be slow to read. The work item is queued by whatever
 * concerns the connection, its packets first of all.
 */
static bool poll_is_over(void *arg, unsigned long start)
{
	struct ti_conn *conn = arg;

	return work_pending(&conn->work) ||
	       local_clock() - conn->idle_since >= poll_ns(conn);
}

#ifdef CONFIG_NET_RX_BUSY_POLL
static void poll_card(struct ti_conn *conn)
{
	napi_busy_loop(READ_ONCE(conn->sock->sk->sk_napi_id), poll_is_over,
		       conn, false, BUSY_POLL_BUDGET);
}
#else
static void poll_card(struct ti_conn *conn)
{
}
#endif

/**
 * ti_poll - the work item has done all: wait for packets, if that is likely to pay
 * @conn:	the connection
 *
 * Owner only; holds no lock.
 */
void ti_poll(struct ti_conn *conn)
{
	if (conn->state != TI_CONN_FULL_FEATURE || !poll_ns(conn) ||
	    !conn->alone || conn->sess->busy_tasks || conn->batch->nr_segs ||
	    work_pending(&conn->work))
		return;
	conn->idle_since = local_clock();
	if (conn->short_pauses >= TI_POLL_AFTER)
		poll_card(conn);
}

/* ---- configfs: IQN/tuning ---- */

static struct ti_target *tuning_to_target(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_target, tuning);
}

static ssize_t tuning_busy_poll_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &tuning_to_target(item)->busy_poll);
}

static ssize_t tuning_busy_poll_store(struct config_item *item,
				      const char *page, size_t count)
{
	return ti_attr_store_u32(item, "busy_poll", page, count,
				 &tuning_to_target(item)->busy_poll, 0,
				 IS_ENABLED(CONFIG_NET_RX_BUSY_POLL) ?
				 TI_POLL_MAX_US : 0);
}
CONFIGFS_ATTR(tuning_, busy_poll);

static struct configfs_attribute *tuning_attrs[] = {
	&tuning_attr_busy_poll,
	NULL,
};

static const struct config_item_type tuning_type = {
	.ct_attrs	= tuning_attrs,
	.ct_owner	= THIS_MODULE,
};

/**
 * ti_poll_add_group - make the directory tuning/ of a new target
 * @target:	the target; target core has made its directory
 */
void ti_poll_add_group(struct ti_target *target)
{
	config_group_init_type_name(&target->tuning, "tuning", &tuning_type);
	configfs_add_default_group(&target->tuning, &target->wwn.wwn_group);
}
