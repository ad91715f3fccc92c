// SPDX-License-Identifier: GPL-2.0
/*
 * The LUNs that a session sees, and the devices behind them, as target core has them.
 */
#include <linux/rculist.h>
#include <linux/slab.h>

#include "quirks.h"

#define NAA_LEN	16

/* rcu_read_lock() is held. Not one for discovery, which sees none. */
#define for_each_lun(deve, sess) \
	hlist_for_each_entry_rcu(deve, &(sess)->se_sess->se_node_acl->lun_entry_hlist, \
				 link)

/* A LUN that a session sees. */
struct seen_lun {
	u64			number;
	const struct se_device	*dev;
};

static unsigned int count_luns(struct ti_sess *sess)
{
	const struct se_dev_entry *deve;
	unsigned int nr = 0;

	rcu_read_lock();
	for_each_lun(deve, sess)
		nr++;
	rcu_read_unlock();
	return nr;
}

/* At most @most of them are noted in @luns. Returns how many. */
static unsigned int note_luns(struct ti_sess *sess, struct seen_lun *luns,
			      unsigned int most)
{
	const struct se_dev_entry *deve;
	unsigned int nr = 0;

	rcu_read_lock();
	for_each_lun(deve, sess) {
		if (nr == most)
			break;
		luns[nr].number = deve->mapped_lun;
		luns[nr++].dev = rcu_dereference(deve->se_lun->lun_se_dev);
	}
	rcu_read_unlock();
	return nr;
}

/**
 * ti_luns_walk - call @fn for every LUN that a session sees
 * @sess:	the session
 * @fn:	what to call
 * @arg:	passed on to @fn
 *
 * In no order. One that comes or goes meanwhile may be missed. @fn may sleep. Return: 0
 * or -ENOMEM, and nothing was called.
 */
int ti_luns_walk(struct ti_sess *sess, ti_lun_fn fn, void *arg)
{
	unsigned int i, nr = count_luns(sess);
	struct seen_lun *luns;

	luns = kvmalloc_array(nr, sizeof(*luns), GFP_NOIO);
	if (!luns)
		return -ENOMEM;
	nr = note_luns(sess, luns, nr);
	for (i = 0; i < nr; i++)
		fn(sess, luns[i].number, luns[i].dev, arg);
	kvfree(luns);
	return 0;
}

/* The device behind a LUN, or NULL. Under rcu_read_lock(). */
static struct se_device *find_device(struct ti_sess *sess, u64 lun)
{
	struct se_dev_entry *deve;

	for_each_lun(deve, sess)
		if (deve->mapped_lun == lun)
			return rcu_dereference(deve->se_lun->lun_se_dev);
	return NULL;
}

/**
 * ti_luns_device - the device behind a LUN of a session, or NULL
 * @sess:	the session
 * @lun:	number of the logical unit
 *
 * Only to be compared: it may be gone when this returns. Any context.
 */
const struct se_device *ti_luns_device(struct ti_sess *sess, u64 lun)
{
	const struct se_device *dev;

	rcu_read_lock();
	dev = find_device(sess, lun);
	rcu_read_unlock();
	return dev;
}

/**
 * ti_luns_count_abort - a command was aborted that target core has never had
 * @sess:	the session
 * @lun:	its LUN
 *
 * Target core counts the others (aborts_complete in scsi_tgt_dev/). Any context.
 */
void ti_luns_count_abort(struct ti_sess *sess, u64 lun)
{
	struct se_device *dev;

	rcu_read_lock();
	dev = find_device(sess, lun);
	if (dev)
		atomic_long_inc(&dev->aborts_complete);
	rcu_read_unlock();
}

/**
 * ti_luns_sense_is_descriptor - is the sense data of a LUN in descriptor format
 * @sess:	the session, not one for discovery
 * @lun:	number of the logical unit
 *
 * As target core chooses it, and has D_SENSE in the control mode page: for units of
 * more than 2^32 blocks, whose number an error may have to name. Any context.
 */
bool ti_luns_sense_is_descriptor(struct ti_sess *sess, u64 lun)
{
	struct se_dev_entry *deve;
	struct se_device *dev;
	bool desc = false;

	rcu_read_lock();
	for_each_lun(deve, sess) {
		/* Its reference keeps the device configured. */
		if (deve->mapped_lun != lun ||
		    !percpu_ref_tryget_live(&deve->se_lun->lun_ref))
			continue;
		dev = rcu_dereference(deve->se_lun->lun_se_dev);
		desc = dev && dev->transport->get_blocks(dev) > U32_MAX;
		percpu_ref_put(&deve->se_lun->lun_ref);
	}
	rcu_read_unlock();
	return desc;
}

/*
 * The NAA designator that target core gives a device (page 83h): the company, and the
 * hexadecimal digits that there are in its serial number.
 */
static void device_naa(const struct se_device *dev, u8 *naa)
{
	const char *serial = dev->t10_wwn.unit_serial;
	unsigned int at = 7;	/* digit */

	memset(naa, 0, NAA_LEN);
	put_unaligned_be32(6U << 28 | dev->t10_wwn.company_id << 4, naa);
	for (; *serial && at < 2 * NAA_LEN; serial++) {
		int digit = ti_hex_digit(*serial);

		if (digit < 0)
			continue;
		naa[at / 2] |= at % 2 ? digit : digit << 4;
		at++;
	}
}

/**
 * ti_luns_find_named - the device of a session that has a name
 * @sess:	the session
 * @naa:	the name, a designator of 16 bytes
 * @dev_index:	set to its number, when there is one
 *
 * The first one, as target core has it for EXTENDED COPY. Any context.
 */
bool ti_luns_find_named(struct ti_sess *sess, const u8 *naa, u32 *dev_index)
{
	const struct se_device *dev;
	struct se_dev_entry *deve;
	u8 name[NAA_LEN];
	bool found = false;

	rcu_read_lock();
	for_each_lun(deve, sess) {
		dev = rcu_dereference(deve->se_lun->lun_se_dev);
		if (!dev || !dev->dev_attrib.emulate_3pc)
			continue;
		device_naa(dev, name);
		found = !memcmp(name, naa, NAA_LEN);
		if (found) {
			*dev_index = dev->dev_index;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * ti_luns_have_device - has a session a LUN with that device
 * @sess:	the session, kept by the caller
 * @dev:	the device; only compared
 *
 * Any context.
 */
bool ti_luns_have_device(struct ti_sess *sess, const struct se_device *dev)
{
	struct se_dev_entry *deve;
	bool sees = false;

	rcu_read_lock();
	for_each_lun(deve, sess)
		sees |= rcu_access_pointer(deve->se_lun->lun_se_dev) == dev;
	rcu_read_unlock();
	return sees;
}

/**
 * ti_luns_have_protected - is a LUN of a session write protected
 * @sess:	the session
 *
 * Any context.
 */
bool ti_luns_have_protected(struct ti_sess *sess)
{
	struct se_dev_entry *deve;
	bool protected = false;

	rcu_read_lock();
	for_each_lun(deve, sess)
		protected |= deve->lun_access_ro;
	rcu_read_unlock();
	return protected;
}

static void dev_release_reservation(struct se_device *dev,
				    const struct se_session *se_sess)
{
	spin_lock(&dev->dev_reservation_lock);
	if (dev->reservation_holder == se_sess) {
		dev->reservation_holder = NULL;
		dev->dev_reservation_flags &= ~(DRF_SPC2_RESERVATIONS |
						DRF_SPC2_RESERVATIONS_WITH_ISID);
		dev->dev_res_bin_isid = 0;
	}
	spin_unlock(&dev->dev_reservation_lock);
}

/**
 * ti_luns_release_reservations - end what a session has RESERVEd (SPC-2 §5.6.1)
 * @sess:	the session, not one for discovery
 *
 * Target core does so when the session is freed. But the initiator knows by its
 * Logout Response (RFC 7143 §11.15), or by the last Login Response of a session that
 * replaces this one (§6.3.5), that all is ended, and others from it. Owner, or
 * ti_sess_free().
 */
void ti_luns_release_reservations(struct ti_sess *sess)
{
	struct se_dev_entry *deve;
	struct se_device *dev;

	rcu_read_lock();
	for_each_lun(deve, sess) {
		dev = rcu_dereference(deve->se_lun->lun_se_dev);
		if (dev)
			dev_release_reservation(dev, sess->se_sess);
	}
	rcu_read_unlock();
}

/**
 * ti_luns_acl_leaves - an ACL is about to go, with all that it has registered
 * @nacl:	the ACL
 *
 * Process context.
 */
void ti_luns_acl_leaves(const struct se_node_acl *nacl)
{
	struct se_dev_entry *deve;
	struct se_device *dev;

	rcu_read_lock();
	hlist_for_each_entry_rcu(deve, &nacl->lun_entry_hlist, link) {
		dev = rcu_dereference(deve->se_lun->lun_se_dev);
		if (dev)
			ti_reserve_leaves(dev, nacl, NULL);
	}
	rcu_read_unlock();
}
