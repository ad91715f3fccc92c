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
 * struct lane - what waits for one device
 * @lock:	guards every other field, and ti_cmd.entry of what is in the lists
 * @workers:	workers that submit, those for a turn not counted
 * @waiting:	of ti_cmd.entry: for a worker
 * @turn:	a task has its turn
 * @turns:	of ti_cmd.entry: for their turn
 */
struct lane {
	spinlock_t		lock;
	unsigned int		workers;
	struct list_head	waiting;
	bool			turn;
	struct list_head	turns;
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

/* One has been submitted: the next one is for a worker, or there is one less. */
static void lane_next(struct lane *lane)
{
	struct ti_cmd *cmd;

	spin_lock(&lane->lock);
	cmd = list_first_entry_or_null(&lane->waiting, struct ti_cmd, entry);
	if (cmd)
		list_del(&cmd->entry);
	else
		lane->workers--;
	spin_unlock(&lane->lock);
	if (cmd)
		task_queue(cmd);
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

	ti_fabric_submit_aside(cmd);
	if (!takes_turn)
		lane_next(lane);
	memalloc_noio_restore(noio);
}

static bool lane_take_worker(struct lane *lane, struct ti_cmd *cmd)
{
	bool taken;

	spin_lock(&lane->lock);
	taken = lane->workers < TI_LANE_WORKERS;
	if (taken)
		lane->workers++;
	else
		list_add_tail(&cmd->entry, &lane->waiting);
	spin_unlock(&lane->lock);
	return taken;
}

static bool lane_take_turn(struct lane *lane, struct ti_cmd *cmd)
{
	bool taken;

	spin_lock(&lane->lock);
	taken = !lane->turn;
	lane->turn = true;
	if (!taken)
		list_add_tail(&cmd->entry, &lane->turns);
	spin_unlock(&lane->lock);
	return taken;
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
	struct lane *lane;

	cmd->lane = dev_index % TI_LANES;
	cmd->takes_turn = takes_turn;
	INIT_WORK(&cmd->aside, aside_work);
	lane = task_lane(cmd);
	if (takes_turn ? lane_take_turn(lane, cmd) :
			 lane_take_worker(lane, cmd))
		task_queue(cmd);
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
	struct ti_cmd *next;

	cmd->takes_turn = false;
	spin_lock(&lane->lock);
	next = list_first_entry_or_null(&lane->turns, struct ti_cmd, entry);
	if (next) {
		list_del(&next->entry);
		/* Under the lock: then nobody can be done with it yet. */
		task_queue(next);
	} else {
		lane->turn = false;
	}
	spin_unlock(&lane->lock);
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
		INIT_LIST_HEAD(&lanes[i].waiting);
		INIT_LIST_HEAD(&lanes[i].turns);
	}
	return 0;
}

/* Module exit, when no session is left: the last workers may still return. */
void ti_aside_exit(void)
{
	destroy_workqueue(aside_wq);
}
