// SPDX-License-Identifier: GPL-2.0
/*
 * Volumes that grow or shrink below their LUNs.
 *
 * Target core asks the backend for the size whenever an initiator does, but
 * tells nobody when it has changed, and block devices have no notifier for it.
 * So every TI_CAPACITY_INTERVAL the size of each device that is exported is
 * compared with what it was. After a change every session looks which of its
 * LUNs are concerned, and the next command to each of these is answered with a
 * unit attention, CAPACITY DATA HAS CHANGED (attention.c).
 *
 * A file of fileio has the size that it was configured with, so only devices
 * (iblock, pscsi, fileio on a device) and tcmu can change.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <target/target_core_backend.h>

#include "ti.h"

#define TI_CAPACITY_INTERVAL	5	/* seconds */

/* One exported device. */
struct ti_capacity {
	struct hlist_node	hash;
	const struct se_device	*dev;	/* to be compared only, may be gone */
	u32			index;	/* its number: another one may get its memory */
	sector_t		last_lba;
	u64			changed;	/* ti_capacity_changes then; 0: never */
	bool			seen;	/* in this round */
};

static DEFINE_SPINLOCK(ti_capacity_lock);	/* guards the two below */
static DEFINE_HASHTABLE(ti_capacities, 8);
static u64 ti_capacity_changes;			/* how many there were */

/* ---- the owner of a session ---- */

/**
 * ti_capacity_sess_init - a session knows the sizes as they are now
 * @sess:	the session
 */
void ti_capacity_sess_init(struct ti_sess *sess)
{
	spin_lock(&ti_capacity_lock);
	sess->capacity_changes = ti_capacity_changes;
	spin_unlock(&ti_capacity_lock);
}

/* ti_capacity_lock is held. */
static struct ti_capacity *capacity_of(const struct se_device *dev)
{
	struct ti_capacity *cap;

	hash_for_each_possible(ti_capacities, cap, hash, (unsigned long)dev)
		if (cap->dev == dev)
			return cap;
	return NULL;
}

static void notice_lun(struct ti_sess *sess, u64 lun, const struct se_device *dev,
		       void *arg)
{
	struct ti_capacity *cap;
	bool *no_memory = arg;
	bool changed;

	spin_lock(&ti_capacity_lock);
	cap = capacity_of(dev);
	changed = cap && cap->changed > sess->capacity_changes;
	spin_unlock(&ti_capacity_lock);
	if (changed && ti_attention_add(sess, lun, TI_ATTENTION_CAPACITY))
		*no_memory = true;
}

/**
 * ti_capacity_notice - some device has another size: which LUNs have it
 * @sess:	the session
 *
 * Owner only. May sleep.
 */
void ti_capacity_notice(struct ti_sess *sess)
{
	bool no_memory = false;
	u64 changes;

	spin_lock(&ti_capacity_lock);
	changes = ti_capacity_changes;
	spin_unlock(&ti_capacity_lock);
	if (ti_luns_walk(sess, notice_lun, &no_memory) || no_memory)
		/* All once more when the connection has something to do. */
		set_bit(TI_CONN_F_CAPACITY, &sess->conn->flags);
	else
		sess->capacity_changes = changes;
}

/* ---- the look at the devices: one work item ---- */

/* ti_capacity_lock is held. Without memory: the next round. */
static struct ti_capacity *capacity_add(const struct se_device *dev)
{
	struct ti_capacity *cap = kzalloc(sizeof(*cap), GFP_ATOMIC);

	if (!cap)
		return NULL;
	cap->dev = dev;
	hash_add(ti_capacities, &cap->hash, (unsigned long)dev);
	return cap;
}

/* A device of which nothing is known. */
static void capacity_begin(struct ti_capacity *cap, u32 index, sector_t last_lba)
{
	cap->index = index;
	cap->last_lba = last_lba;
	cap->changed = 0;
}

/*
 * ti_capacity_lock is held. What is known of a device that is exported: of a new
 * one that it has @last_lba. NULL without memory.
 */
static struct ti_capacity *capacity_see(const struct se_device *dev,
					sector_t last_lba)
{
	struct ti_capacity *cap = capacity_of(dev);
	bool known = cap && cap->index == dev->dev_index;

	if (!cap)
		cap = capacity_add(dev);
	if (!cap)
		return NULL;
	if (!known)
		capacity_begin(cap, dev->dev_index, last_lba);
	cap->seen = true;
	return cap;
}

/**
 * ti_capacity_exported - a device has got a LUN
 * @dev:	the device
 *
 * Initiators that see it before the next look know the size that it has now.
 * Process context; @dev is kept by the caller.
 */
void ti_capacity_exported(struct se_device *dev)
{
	spin_lock(&ti_capacity_lock);
	capacity_see(dev, dev->transport->get_blocks(dev));
	spin_unlock(&ti_capacity_lock);
}

/* ti_capacity_lock is held. */
static void check_device(struct se_device *dev)
{
	sector_t last_lba = dev->transport->get_blocks(dev);
	struct ti_capacity *cap = capacity_see(dev, last_lba);

	if (!cap)
		return;
	if (last_lba == cap->last_lba)
		return;
	ti_info("%s: its last block was %llu, and is %llu now\n",
		config_item_name(&dev->dev_group.cg_item),
		(unsigned long long)cap->last_lba,
		(unsigned long long)last_lba);
	cap->last_lba = last_lba;
	cap->changed = ++ti_capacity_changes;
}

/* Both locks are held. A LUN's reference keeps its device configured. */
static void check_tpg(struct ti_tpg *tpg)
{
	struct se_device *dev;
	struct se_lun *lun;

	rcu_read_lock();
	hlist_for_each_entry_rcu(lun, &tpg->se_tpg.tpg_lun_hlist, link) {
		if (!percpu_ref_tryget_live(&lun->lun_ref))
			continue;
		dev = rcu_dereference(lun->lun_se_dev);
		if (dev && target_dev_configured(dev))
			check_device(dev);
		percpu_ref_put(&lun->lun_ref);
	}
	rcu_read_unlock();
}

/* All devices, or those that are exported no more. ti_capacity_lock is held. */
static void capacity_forget(bool all)
{
	struct ti_capacity *cap;
	struct hlist_node *next;
	int i;

	hash_for_each_safe(ti_capacities, i, next, cap, hash) {
		if (cap->seen && !all) {
			cap->seen = false;
			continue;
		}
		hash_del(&cap->hash);
		kfree(cap);
	}
}

/* ti_targets_lock is held. */
static void tell_sessions(struct ti_tpg *tpg)
{
	ti_tpg_ask_sessions(tpg, TI_CONN_F_CAPACITY);
}

typedef void (*ti_tpg_fn)(struct ti_tpg *tpg);

/* ti_targets_lock is held. */
static void walk_tpgs(ti_tpg_fn fn)
{
	struct ti_target *target;
	struct ti_tpg *tpg;

	list_for_each_entry(target, &ti_targets, entry)
		list_for_each_entry(tpg, &target->tpgs, entry)
			fn(tpg);
}

static void capacity_check(struct work_struct *work);
static DECLARE_DELAYED_WORK(ti_capacity_work, capacity_check);

static void capacity_check(struct work_struct *work)
{
	u64 before;
	bool changed;

	spin_lock(&ti_targets_lock);
	spin_lock(&ti_capacity_lock);
	before = ti_capacity_changes;
	walk_tpgs(check_tpg);
	capacity_forget(false);
	changed = ti_capacity_changes != before;
	spin_unlock(&ti_capacity_lock);
	if (changed)
		walk_tpgs(tell_sessions);
	spin_unlock(&ti_targets_lock);
	queue_delayed_work(ti_admin_wq, &ti_capacity_work,
			   TI_CAPACITY_INTERVAL * HZ);
}

/**
 * ti_capacity_init - begin to look at the sizes of exported devices
 *
 * Module load.
 */
void ti_capacity_init(void)
{
	queue_delayed_work(ti_admin_wq, &ti_capacity_work,
			   TI_CAPACITY_INTERVAL * HZ);
}

/**
 * ti_capacity_exit - look no more
 *
 * Module unload: nothing is exported. May sleep.
 */
void ti_capacity_exit(void)
{
	cancel_delayed_work_sync(&ti_capacity_work);
	spin_lock(&ti_capacity_lock);
	capacity_forget(true);
	spin_unlock(&ti_capacity_lock);
}
