// SPDX-License-Identifier: GPL-2.0
/*
 * What the owner of a connection must not hand to target core itself.
 *
 * Some commands are executed by whoever submits them, and last as long as the
 * backend takes: UNMAP, all I/O of a file. An owner that waits there answers no
 * ping and serves no other LUN. Workers do it instead, a bounded number for each
 * device at once, so that one that has stalled leaves workers for the others.
 *
 * Turns. PREEMPT AND ABORT waits for the functions of the nexuses that it
 * preempts, and LOGICAL UNIT RESET for all commands of the device: two that have
 * begun can wait for each other for ever. And what target core checks at the
 * beginning of a PERSISTENT RESERVE OUT need not hold any more when it acts on
 * it. So of these, a device sees one at a time, in the order of arrival.
 */
#include <linux/sched/mm.h>

#include "ti.h"

#define TI_LANES	256	/* devices share one when there are more */
#define TI_LANE_WORKERS	32

/**
 * struct places - so many tasks of a device may be on their way at once
 * @free:	places left
 * @waiting:	of ti_cmd.entry: for a place, the first one first
 */
struct places {
	unsigned int		free;
	struct list_head	waiting;
};

/**
 * struct lane - what is on its way to one device
 * @lock:	guards every other field, and ti_cmd.entry of what waits
 * @workers:	taken until it is submitted
 * @turn:	the only one, taken until target core is done
 * @full:	tasks of @workers that are here because the device may have no request left
 * @moved_ns:	when one of these last was submitted, or the first one came
 */
struct lane {
	spinlock_t		lock;
	struct places		workers;
	struct places		turn;
	unsigned int		full;
	u64			moved_ns;
};

static struct lane lanes[TI_LANES];
static struct workqueue_struct *aside_wq;

static struct lane *task_lane(const struct ti_cmd *cmd)
{
	return &lanes[cmd->lane];
}

/* The worker goes where the task's connection is. */
static void task_queue(struct ti_cmd *cmd)
{
	queue_work_on(READ_ONCE(cmd->conn->cpu), aside_wq, &cmd->aside);
}

/* A place is free: for the next, or for whoever comes. */
static void place_leave(struct lane *lane, struct places *places)
{
	struct ti_cmd *cmd;

	spin_lock(&lane->lock);
	cmd = list_first_entry_or_null(&places->waiting, struct ti_cmd, entry);
	if (cmd)
		list_del(&cmd->entry);
	else
		places->free++;
	spin_unlock(&lane->lock);
	if (cmd)
		task_queue(cmd);
}

/* A place for @cmd, now or when another one leaves his. */
static void place_take(struct lane *lane, struct places *places,
		       struct ti_cmd *cmd)
{
	bool taken;

	spin_lock(&lane->lock);
	taken = places->free;
	if (taken)
		places->free--;
	else
		list_add_tail(&cmd->entry, &places->waiting);
	spin_unlock(&lane->lock);
	if (taken)
		task_queue(cmd);
}

static void full_begin(struct lane *lane)
{
	spin_lock(&lane->lock);
	if (!lane->full)
		WRITE_ONCE(lane->moved_ns, ktime_get_ns());
	WRITE_ONCE(lane->full, lane->full + 1);
	spin_unlock(&lane->lock);
}

static void full_end(struct lane *lane)
{
	spin_lock(&lane->lock);
	WRITE_ONCE(lane->moved_ns, ktime_get_ns());
	WRITE_ONCE(lane->full, lane->full - 1);
	spin_unlock(&lane->lock);
}

/*
 * The initiator may be this machine, and memory to be had only by writing to this
 * very device. A task, and the session with it, may be gone when it is submitted;
 * or it is another command's by then, of another device, and no worker takes its
 * work item while one is still at it: so a worker does nothing else after it.
 */
static void aside_work(struct work_struct *work)
{
	struct ti_cmd *cmd = container_of(work, struct ti_cmd, aside);
	unsigned int noio = memalloc_noio_save();
	struct lane *lane = task_lane(cmd);
	bool takes_turn = cmd->takes_turn;
	bool full = cmd->lun_full;

	ti_fabric_submit_aside(cmd);
	if (full)
		full_end(lane);
	if (!takes_turn)
		place_leave(lane, &lane->workers);
	memalloc_noio_restore(noio);
}

static struct lane *task_prepare(struct ti_cmd *cmd, u32 dev_index,
				 bool takes_turn, bool lun_full)
{
	cmd->lane = dev_index % TI_LANES;
	cmd->takes_turn = takes_turn;
	cmd->lun_full = lun_full;
	INIT_WORK(&cmd->aside, aside_work);
	return task_lane(cmd);
}

/**
 * ti_aside_submit - let a worker hand the task to target core
 * @cmd:	the task, in TI_CMD_EXECUTING; the owner leaves it alone until target
 *		core gives it back
 * @dev_index:	number of its device
 * @takes_turn:	one at a time for each device; ti_aside_turn_over() ends the turn
 *
 * Ends in ti_fabric_submit_aside(). Owner only; does not sleep.
 */
void ti_aside_submit(struct ti_cmd *cmd, u32 dev_index, bool takes_turn)
{
	struct lane *lane = task_prepare(cmd, dev_index, takes_turn, false);

	place_take(lane, takes_turn ? &lane->turn : &lane->workers, cmd);
}

/**
 * ti_aside_submit_full - the same, as its device may have no request left
 * @cmd:	the task, a READ or WRITE
 * @dev_index:	number of its device
 *
 * Owner only; does not sleep.
 */
void ti_aside_submit_full(struct ti_cmd *cmd, u32 dev_index)
{
	struct lane *lane = task_prepare(cmd, dev_index, false, true);

	full_begin(lane);
	place_take(lane, &lane->workers, cmd);
}

/**
 * ti_aside_is_stuck - does a device keep those who submit to it?
 * @dev_index:	number of the device
 * @now:	ktime_get_ns(), of late
 *
 * Any context, without a lock: who asks may do either. Return: true when workers try,
 * and none of them has come back for 50 ms.
 */
bool ti_aside_is_stuck(u32 dev_index, u64 now)
{
	const struct lane *lane = &lanes[dev_index % TI_LANES];

	return READ_ONCE(lane->full) &&
	       (s64)(now - READ_ONCE(lane->moved_ns)) > TI_STILL_NS;
}

/**
 * ti_aside_turn_over - target core is done with a task that has its turn
 * @cmd:	the task
 *
 * Once for each; before the owner gets it. Any context, not in an interrupt.
 */
void ti_aside_turn_over(struct ti_cmd *cmd)
{
	struct lane *lane = task_lane(cmd);

	cmd->takes_turn = false;
	place_leave(lane, &lane->turn);
}

static void places_init(struct places *places, unsigned int nr)
{
	places->free = nr;
	INIT_LIST_HEAD(&places->waiting);
}

/**
 * ti_aside_init - module start
 *
 * Return: 0 or -ENOMEM.
 */
int ti_aside_init(void)
{
	unsigned int i;

	aside_wq = alloc_workqueue("tcm_iscsi_aside", WQ_MEM_RECLAIM |
				   TI_WQ_PERCPU, WQ_MAX_ACTIVE);
	if (!aside_wq)
		return -ENOMEM;
	for (i = 0; i < TI_LANES; i++) {
		spin_lock_init(&lanes[i].lock);
		places_init(&lanes[i].workers, TI_LANE_WORKERS);
		places_init(&lanes[i].turn, 1);
	}
	return 0;
}

/**
 * ti_aside_exit - the module is unloaded
 *
 * No session is left, but the last workers may still be returning. May sleep.
 */
void ti_aside_exit(void)
{
	destroy_workqueue(aside_wq);
}
