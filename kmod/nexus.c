// SPDX-License-Identifier: GPL-2.0
/*
 * I_T nexuses by name: the session of an initiator port with a portal group, and what all
 * the sessions of an initiator hold. Each login asks for both, so neither may depend on
 * how many sessions there are.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "ti.h"

/* For thousands of each. */
#define TABLE_BITS	10

/* ---- sessions ---- */

static DEFINE_SPINLOCK(nexus_lock);	/* inside ti_tpg.lock */
static DEFINE_HASHTABLE(nexuses, TABLE_BITS);	/* of ti_sess.nexus_entry */

static u32 nexus_hash(const struct ti_tpg *tpg, const char *initiator,
		      const u8 *isid)
{
	return ti_name_hash(initiator, jhash(isid, TI_ISID_LEN,
					     hash_ptr(tpg, 32)));
}

static bool nexus_is(const struct ti_sess *sess, const struct ti_tpg *tpg,
		     const char *initiator, const u8 *isid)
{
	return sess->tpg == tpg && !memcmp(sess->isid, isid, TI_ISID_LEN) &&
	       !strcmp(sess->initiator, initiator);
}

/**
 * ti_nexus_find - the session of an initiator port with a portal group
 * @tpg:	the portal group; its lock is held, and keeps the session
 * @initiator:	the initiator's name
 * @isid:	the ISID, TI_ISID_LEN bytes
 *
 * Process context. Return: NULL when there is none.
 */
struct ti_sess *ti_nexus_find(const struct ti_tpg *tpg, const char *initiator,
			      const u8 *isid)
{
	struct ti_sess *sess;

	lockdep_assert_held(&tpg->lock);
	spin_lock(&nexus_lock);
	hash_for_each_possible(nexuses, sess, nexus_entry,
			       nexus_hash(tpg, initiator, isid))
		if (nexus_is(sess, tpg, initiator, isid))
			break;
	spin_unlock(&nexus_lock);
	return sess;
}

/**
 * ti_nexus_add - the session is in the list of its portal group
 * @sess:	the session, the only one of its nexus; ti_tpg.lock is held
 *
 * Process context.
 */
void ti_nexus_add(struct ti_sess *sess)
{
	lockdep_assert_held(&sess->tpg->lock);
	spin_lock(&nexus_lock);
	hash_add(nexuses, &sess->nexus_entry,
		 nexus_hash(sess->tpg, sess->initiator, sess->isid));
	spin_unlock(&nexus_lock);
}

/**
 * ti_nexus_del - the session leaves the list of its portal group
 * @sess:	the session; ti_tpg.lock is held
 *
 * Process context.
 */
void ti_nexus_del(struct ti_sess *sess)
{
	lockdep_assert_held(&sess->tpg->lock);
	spin_lock(&nexus_lock);
	hash_del(&sess->nexus_entry);
	spin_unlock(&nexus_lock);
}

/* ---- initiators ---- */

static DEFINE_SPINLOCK(initiator_lock);
static DEFINE_HASHTABLE(initiators, TABLE_BITS);	/* of ti_initiator.entry */

/* All that have no ACL, whatever they call themselves: names cost nothing. */
static struct ti_initiator demo_initiator;

/* initiator_lock is held. */
static struct ti_initiator *initiator_find(const char *name)
{
	struct ti_initiator *initiator;

	hash_for_each_possible(initiators, initiator, entry, ti_name_hash(name, 0))
		if (!strcmp(initiator->name, name))
			return initiator;
	return NULL;
}

/**
 * ti_initiator_get - the initiator of a session that begins
 * @name:	its name, or NULL for one that demo mode lets in
 *
 * May sleep. Return: to be given back with ti_initiator_put(); NULL without memory.
 */
struct ti_initiator *ti_initiator_get(const char *name)
{
	struct ti_initiator *initiator, *new;
	size_t size;

	if (!name)
		return &demo_initiator;
	size = strlen(name) + 1;
	new = kzalloc(struct_size(new, name, size), GFP_KERNEL);
	if (!new)
		return NULL;
	memcpy(new->name, name, size);
	spin_lock(&initiator_lock);
	initiator = initiator_find(name);
	if (!initiator) {
		initiator = new;
		hash_add(initiators, &new->entry, ti_name_hash(name, 0));
		new = NULL;
	}
	initiator->sessions++;
	spin_unlock(&initiator_lock);
	kfree(new);
	return initiator;
}

/**
 * ti_initiator_put - a session ends, or did not begin
 * @initiator:	from ti_initiator_get(), or NULL; the session holds nothing any more
 *
 * Process context.
 */
void ti_initiator_put(struct ti_initiator *initiator)
{
	bool last;

	if (!initiator || initiator == &demo_initiator)
		return;
	spin_lock(&initiator_lock);
	last = !--initiator->sessions;
	if (last)
		hash_del(&initiator->entry);
	spin_unlock(&initiator_lock);
	if (!last)
		return;
	WARN_ON_ONCE(initiator->held);
	kfree(initiator);
}

/**
 * ti_initiator_turn - when is it an initiator's turn again
 * @initiator:	all its sessions together have one turn every @step
 * @step:	nanoseconds; what it did not use in the last second it may have at once
 * @late:	nanoseconds from now on, at most
 *
 * Process context. Return: in how many nanoseconds; 0: now.
 */
u64 ti_initiator_turn(struct ti_initiator *initiator, u64 step, u64 late)
{
	u64 now = ktime_get_ns(), turn;

	spin_lock(&initiator_lock);
	turn = clamp(initiator->last_turn + step, now - NSEC_PER_SEC + step, now + late);
	initiator->last_turn = turn;
	spin_unlock(&initiator_lock);
	return turn > now ? turn - now : 0;
}
