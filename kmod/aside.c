// SPDX-License-Identifier: GPL-2.0
/*
 * What the owner of a connection must not hand to target core itself.
 *
 * Some commands are executed by whoever submits them, and last as long as the
 * backend takes: UNMAP, all I/O of a file. An owner that waits there answers no
 * ping and serves no other LUN. Workers do it instead, a bounded number for each
 * device at once, so that one that has stalled leaves workers for the others.
 *
 * Room. The block layer makes submitters wait long before a device is full: iblock's
 * WRITEs are subject to its writeback throttling (queue/wbt_lat_usec), which grants some
 * to a device at once, how many it learns as it goes. So an owner submits no more of a
 * LUN at once than there was room for, and workers find out whether there is for more.
 *
 * Turns. PREEMPT AND ABORT waits for the functions of the nexuses that it
 * preempts, and LOGICAL UNIT RESET for all commands of the device: two that have
 * begun can wait for each other for ever. And what target core checks at the
 * beginning of a PERSISTENT RESERVE OUT need not hold any more when it acts on
 * it. So of these, a device sees one at a time, in the order of arrival.
 *
 * Copies. For each EXTENDED COPY target core takes up to 16 MiB that no bound covers,
 * for as long as the backends like: so a device gets one at a time. And target core has
 * its READ and WRITE on the stack of a worker, where a LOGICAL UNIT RESET that has found
 * them would still look when they have ended: so the one waits for the other. A copy has
 * two devices, and takes the place at both, that of the lower lane first.
 *
 * Aborts. Target core lets a worker of the kernel's own workqueue (system_wq) wait for
 * each command that is aborted, and all of the kernel shares these. So few may wait for
 * a device, and for all that have stalled together.
 */
#include <linux/sched/mm.h>

#include "aside.h"

#define TI_LANES	256	/* devices share one when there are more */
#define TI_LANE_WORKERS	32
#define TI_LANE_ABORTS	32
#define TI_FIRST_ROOM	8	/* of a device that is not known yet */
#define TI_ROOM_NS	NSEC_PER_SEC	/* nobody tries for more so soon after a wait */

/*
 * What all devices share: a lane takes of it what it needs beyond its own. There are
 * TI_WORKERS for a CPU, and 256 of system_wq, so however many devices have stalled, each
 * other has its own.
 */
#define TI_OWN_WORKERS	1
#define TI_OWN_ABORTS	2
#define TI_SPARE_WORKERS	256
#define TI_WORKERS	(TI_LANES * TI_OWN_WORKERS + TI_SPARE_WORKERS)
static_assert(TI_WORKERS <= WQ_MAX_ACTIVE);
static atomic_t spare_workers = ATOMIC_INIT(TI_SPARE_WORKERS);
static atomic_t spare_aborts = ATOMIC_INIT(128);

/**
 * struct places - so many tasks of a device may be on their way at once
 * @used:	places that are taken
 * @most:	places in all
 * @own:	of these, the lane's own; each one more is one of @spare
 * @spare:	places left of those that the lanes share
 * @waiting:	of ti_cmd.entry: for a place, the first one first
 */
struct places {
	unsigned int		used;
	unsigned int		most;
	unsigned int		own;
	atomic_t		*spare;
	struct list_head	waiting;
};

/**
 * struct lane - what is on its way to one device
 * @lock:	guards every other field, and ti_cmd.entry of what waits
 * @workers:	taken until it is submitted
 * @turn:	the only one, taken until target core is done
 * @copy:	the same, of an EXTENDED COPY, or nobody's while a unit is reset
 * @aborts:	taken until target core is done; nobody waits for one
 * @full:	tasks of @workers that are here because the device may have no request left
 * @moved_ns:	when one of these last was submitted, or the first one came
 * @room:	with so many WRITEs of a LUN of a session in flight nobody had to wait
 * @waited_ns:	when somebody had to, last
 */
struct lane {
	spinlock_t		lock;
	struct places		workers;
	struct places		turn;
	struct places		copy;
	struct places		aborts;
	unsigned int		full;
	u64			moved_ns;
	u32			room;
	u64			waited_ns;
};

static struct lane lanes[TI_LANES];
static struct workqueue_struct *aside_wq;

static struct lane *aside_lane(const struct ti_cmd *cmd)
{
	return &lanes[cmd->lane];
}

/* The worker goes where the task's connection is. */
static void aside_queue(struct ti_cmd *cmd)
{
	queue_work_on(READ_ONCE(cmd->conn->cpu), aside_wq, &cmd->aside);
}

/* Takes a place, if there is one. The lock of the lane is held. */
static bool place_get(struct places *places)
{
	if (places->used == places->most ||
	    (places->used >= places->own &&
	     !atomic_add_unless(places->spare, -1, 0)))
		return false;
	places->used++;
	return true;
}

/* The same. */
static void place_put(struct places *places)
{
	if (--places->used >= places->own)
		atomic_inc(places->spare);
}

/* The next one that waits and may have a place now, or NULL. The same. */
static struct ti_cmd *place_next(struct places *places)
{
	struct ti_cmd *cmd;

	if (list_empty(&places->waiting) || !place_get(places))
		return NULL;
	cmd = list_first_entry(&places->waiting, struct ti_cmd, entry);
	list_del(&cmd->entry);
	return cmd;
}

/* Leave a place to the next; and begin one more if other lanes have left spare ones. */
static void place_leave(struct lane *lane, struct places *places)
{
	struct ti_cmd *next, *more;
	unsigned long flags;

	spin_lock_irqsave(&lane->lock, flags);
	place_put(places);
	next = place_next(places);
	more = next ? place_next(places) : NULL;
	spin_unlock_irqrestore(&lane->lock, flags);
	if (next)
		aside_queue(next);
	if (more)
		aside_queue(more);
}

/* A place for @cmd: now, or when another task leaves its own. */
static void place_take(struct lane *lane, struct places *places,
		       struct ti_cmd *cmd)
{
	unsigned long flags;

	spin_lock_irqsave(&lane->lock, flags);
	list_add_tail(&cmd->entry, &places->waiting);
	cmd = place_next(places);
	spin_unlock_irqrestore(&lane->lock, flags);
	if (cmd)
		aside_queue(cmd);
}

static void full_begin(struct lane *lane)
{
	unsigned long flags;

	spin_lock_irqsave(&lane->lock, flags);
	if (!lane->full)
		WRITE_ONCE(lane->moved_ns, ktime_get_ns());
	WRITE_ONCE(lane->full, lane->full + 1);
	spin_unlock_irqrestore(&lane->lock, flags);
}

/*
 * Somebody submitted a WRITE, the @writes-th in flight, and had to wait, or not. The lock
 * of the lane is held.
 */
static void room_learn(struct lane *lane, u32 writes, bool waited, u64 now)
{
	if (waited) {
		lane->waited_ns = now;
		if (writes <= lane->room)
			WRITE_ONCE(lane->room, writes - 1);
	} else if (writes > lane->room && now - lane->waited_ns > TI_ROOM_NS) {
		WRITE_ONCE(lane->room, writes);
	}
}

/* @writes: as ti_aside_submit_full() was told */
static void full_end(struct lane *lane, u32 writes, bool waited)
{
	u64 now = ktime_get_ns();
	unsigned long flags;

	spin_lock_irqsave(&lane->lock, flags);
	WRITE_ONCE(lane->moved_ns, now);
	WRITE_ONCE(lane->full, lane->full - 1);
	if (writes)
		room_learn(lane, writes, waited, now);
	spin_unlock_irqrestore(&lane->lock, flags);
}

/*
 * The initiator may be this machine, and memory to be had only by writing to this
 * very device. Once it is submitted the task may be gone, and its session, or serve
 * another command, for another device, whose worker cannot begin while this one still
 * runs the same work item: so all that is needed is read before, and little done after.
 */
static void aside_run(struct ti_cmd *cmd)
{
	unsigned int noio = memalloc_noio_save();
	struct lane *lane = aside_lane(cmd);
	bool keeps_place = cmd->place;
	bool full = cmd->lun_full;
	u32 writes = cmd->writes;
	unsigned long waits = current->nvcsw;

	ti_fabric_submit_aside(cmd);
	if (full)
		full_end(lane, writes, current->nvcsw != waits);
	if (!keeps_place)
		place_leave(lane, &lane->workers);
	memalloc_noio_restore(noio);
}

static void aside_work(struct work_struct *work)
{
	struct ti_cmd *cmd = container_of(work, struct ti_cmd, aside);
	struct lane *lane = aside_lane(cmd);

	if (cmd->place == TI_PLACE_TURN && cmd->opcode == TI_OP_TMF_REQ) {
		/* LOGICAL UNIT RESET: here again when no copy is on its way. */
		cmd->place = TI_PLACE_RESET;
		place_take(lane, &lane->copy, cmd);
	} else if (cmd->place == TI_PLACE_COPY && cmd->other_lane != cmd->lane) {
		lane = &lanes[cmd->other_lane];
		cmd->place = TI_PLACE_COPY_BOTH;
		place_take(lane, &lane->copy, cmd);
	} else {
		aside_run(cmd);
	}
}

static struct lane *aside_prepare(struct ti_cmd *cmd, u32 dev_index,
				  enum ti_place place, bool lun_full)
{
	cmd->writes = 0;
	cmd->lane = dev_index % TI_LANES;
	cmd->place = place;
	cmd->lun_full = lun_full;
	INIT_WORK(&cmd->aside, aside_work);
	return aside_lane(cmd);
}

/**
 * ti_aside_submit - let a worker hand the task to target core
 * @cmd:	the task, in TI_CMD_EXECUTING; the owner leaves it alone until target
 *		core gives it back
 * @dev_index:	number of its device
 * @place:	TI_PLACE_TURN: one at a time for each device; ti_aside_over() ends it.
 *		Or TI_PLACE_NONE
 *
 * Ends in ti_fabric_submit_aside(). Owner only; does not sleep.
 */
void ti_aside_submit(struct ti_cmd *cmd, u32 dev_index, enum ti_place place)
{
	struct lane *lane = aside_prepare(cmd, dev_index, place, false);

	place_take(lane, place == TI_PLACE_TURN ? &lane->turn : &lane->workers,
		   cmd);
}

/**
 * ti_aside_submit_copy - the same, of an EXTENDED COPY
 * @cmd:	the task; ti_aside_over() ends its places
 * @dev_index:	number of its device
 * @other_index: number of the other one that it copies from or to, or the same
 *
 * Owner only; does not sleep.
 */
void ti_aside_submit_copy(struct ti_cmd *cmd, u32 dev_index, u32 other_index)
{
	u8 a = dev_index % TI_LANES, b = other_index % TI_LANES;
	struct lane *lane = aside_prepare(cmd, min(a, b), TI_PLACE_COPY, false);

	cmd->other_lane = max(a, b);
	place_take(lane, &lane->copy, cmd);
}

/**
 * ti_aside_submit_full - the same, as its device may keep who submits it
 * @cmd:	the task, a READ or WRITE
 * @dev_index:	number of its device
 * @writes:	WRITEs of its LUN in flight, with this one; 0 for a READ
 *
 * Owner only; does not sleep.
 */
void ti_aside_submit_full(struct ti_cmd *cmd, u32 dev_index, u32 writes)
{
	struct lane *lane = aside_prepare(cmd, dev_index, TI_PLACE_NONE, true);

	cmd->writes = writes;
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
 * ti_aside_abort_begins - may target core have another ABORT TASK for a device
 * @cmd:	the function; ti_aside_over() ends it
 * @dev_index:	number of the device
 *
 * Owner only; does not sleep. Return: false when as many wait for it as may.
 */
bool ti_aside_abort_begins(struct ti_cmd *cmd, u32 dev_index)
{
	struct lane *lane;
	bool taken;
	unsigned long flags;

	cmd->lane = dev_index % TI_LANES;
	lane = aside_lane(cmd);
	spin_lock_irqsave(&lane->lock, flags);
	taken = place_get(&lane->aborts);
	spin_unlock_irqrestore(&lane->lock, flags);
	if (taken)
		cmd->place = TI_PLACE_ABORT;
	return taken;
}

/**
 * ti_aside_room - how many WRITEs of a LUN the owner may have in flight
 * @dev_index:	number of the device
 *
 * More are for workers. Any context, without a lock: who asks may do either.
 */
u32 ti_aside_room(u32 dev_index)
{
	return READ_ONCE(lanes[dev_index % TI_LANES].room);
}

/**
 * ti_aside_waited - the owner had to wait when it submitted a WRITE
 * @dev_index:	number of the device
 * @writes:	of the LUN in flight, with that one; not 0
 *
 * Owner only.
 */
void ti_aside_waited(u32 dev_index, u32 writes)
{
	struct lane *lane = &lanes[dev_index % TI_LANES];
	unsigned long flags;

	spin_lock_irqsave(&lane->lock, flags);
	room_learn(lane, writes, true, ktime_get_ns());
	spin_unlock_irqrestore(&lane->lock, flags);
}

/**
 * ti_aside_over - target core is done with a task that has a place until then
 * @cmd:	the task; its place is not TI_PLACE_NONE
 *
 * Once for each; before the owner gets it. Any context: from 7.1 on target core may be
 * done in the interrupt of the device.
 */
void ti_aside_over(struct ti_cmd *cmd)
{
	struct lane *lane = aside_lane(cmd);
	u8 place = cmd->place;

	cmd->place = TI_PLACE_NONE;
	if (place == TI_PLACE_ABORT)
		place_leave(lane, &lane->aborts);
	if (place == TI_PLACE_TURN || place == TI_PLACE_RESET)
		place_leave(lane, &lane->turn);
	if (place == TI_PLACE_COPY_BOTH)
		place_leave(&lanes[cmd->other_lane],
			    &lanes[cmd->other_lane].copy);
	if (place == TI_PLACE_COPY || place == TI_PLACE_COPY_BOTH ||
	    place == TI_PLACE_RESET)
		place_leave(lane, &lane->copy);
}

static void places_init(struct places *places, unsigned int own,
			unsigned int most, atomic_t *spare)
{
	places->used = 0;
	places->own = own;
	places->most = most;
	places->spare = spare;
	INIT_LIST_HEAD(&places->waiting);
}

static void lane_init(struct lane *lane)
{
	spin_lock_init(&lane->lock);
	lane->room = TI_FIRST_ROOM;
	places_init(&lane->workers, TI_OWN_WORKERS, TI_LANE_WORKERS,
		    &spare_workers);
	places_init(&lane->turn, 1, 1, NULL);
	places_init(&lane->copy, 1, 1, NULL);
	places_init(&lane->aborts, TI_OWN_ABORTS, TI_LANE_ABORTS,
		    &spare_aborts);
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
				   TI_WQ_PERCPU, TI_WORKERS);
	if (!aside_wq)
		return -ENOMEM;
	for (i = 0; i < TI_LANES; i++)
		lane_init(&lanes[i]);
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
