// SPDX-License-Identifier: GPL-2.0
/*
 * The objects that an administrator makes and removes below target/iscsi:
 * targets, portal groups, portals and ACLs. Their attributes are in attrib.c,
 * tpgdir.c, acldir.c, authdir.c and paramdir.c, their statistics in statdir.c.
 *
 * Lifetime: a directory cannot be removed before what is inside it, so a
 * target outlives its portal groups, and a portal group its portals and ACLs.
 * Logins and sessions find a portal group in the lists below ti_targets, under
 * ti_targets_lock, and hold it with ti_tpg_get(); removing the group first
 * makes it unreachable, then waits until nobody holds it.
 */
#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <scsi/scsi_proto.h>

#include "admission.h"
#include "attrib.h"
#include "event.h"
#include "stats.h"
#include "ti.h"

LIST_HEAD(ti_targets);
DEFINE_SPINLOCK(ti_targets_lock);
static DEFINE_IDA(ti_target_ids);
static u64 ti_target_serial;	/* of the last one; ti_targets_lock */
static DEFINE_HASHTABLE(ti_target_names, 10);	/* of ti_target.name_entry; the same */

/* ---- targets ---- */

/**
 * ti_target_find - the target of a name
 * @name:	in normal form, see ti_name_normalize()
 *
 * Call with ti_targets_lock held. Return: NULL when there is none.
 */
struct ti_target *ti_target_find(const char *name)
{
	struct ti_target *target;

	hash_for_each_possible(ti_target_names, target, name_entry,
			       ti_name_hash(name, 0))
		if (!strcmp(target->name, name))
			return target;
	return NULL;
}

/* False when another directory has the same name in other letter case. */
static bool target_add(struct ti_target *target)
{
	bool added = false;

	spin_lock(&ti_targets_lock);
	if (!ti_target_find(target->name)) {
		target->serial = ++ti_target_serial;
		list_add_tail(&target->entry, &ti_targets);
		hash_add(ti_target_names, &target->name_entry,
			 ti_name_hash(target->name, 0));
		added = true;
	}
	spin_unlock(&ti_targets_lock);
	return added;
}

static struct ti_target *target_alloc(const char *name)
{
	struct ti_target *target;
	int id;

	target = kzalloc(sizeof(*target), GFP_KERNEL);
	if (!target)
		return NULL;
	target->stats = ti_stats_alloc();
	if (!target->stats)
		goto out_free;
	target->admission = ti_admission_alloc(target);
	if (!target->admission)
		goto out_stats;
	id = ida_alloc(&ti_target_ids, GFP_KERNEL);
	if (id < 0)
		goto out_admission;
	target->index = id;
	INIT_LIST_HEAD(&target->tpgs);
	strscpy(target->name, name, sizeof(target->name));
	return target;

out_admission:
	ti_admission_free(target->admission);
out_stats:
	ti_stats_free(target->stats);
out_free:
	kfree(target);
	return NULL;
}

static void target_free(struct ti_target *target)
{
	ida_free(&ti_target_ids, target->index);
	ti_admission_free(target->admission);
	ti_stats_free(target->stats);
	kfree(target);
}

/**
 * ti_make_wwn - mkdir of a target
 * @tf:		unused
 * @group:	unused
 * @name:	its iSCSI name; stored in lower case
 */
struct se_wwn *ti_make_wwn(struct target_fabric_configfs *tf,
			   struct config_group *group, const char *name)
{
	struct ti_target *target;
	char normal[TI_NAME_LEN];

	if (ti_name_normalize(name, normal, sizeof(normal))) {
		ti_warn("'%s' is no iSCSI name: iqn., eui. or naa. and more, at most %d bytes\n",
			name, TI_NAME_LEN - 1);
		return ERR_PTR(-EINVAL);
	}
	target = target_alloc(normal);
	if (!target)
		return ERR_PTR(-ENOMEM);
	if (!target_add(target)) {
		ti_warn("target %s exists already\n", normal);
		target_free(target);
		return ERR_PTR(-EEXIST);
	}
	return &target->wwn;
}

/**
 * ti_add_wwn_groups - the directories of a new target
 * @wwn:	the target
 */
void ti_add_wwn_groups(struct se_wwn *wwn)
{
	ti_stats_add_groups(to_ti_target(wwn));
	ti_admission_add_groups(to_ti_target(wwn));
	ti_poll_add_group(to_ti_target(wwn));
}

/**
 * ti_drop_wwn - rmdir of a target, which has no portal group any more
 * @wwn:	the target
 */
void ti_drop_wwn(struct se_wwn *wwn)
{
	struct ti_target *target = to_ti_target(wwn);

	spin_lock(&ti_targets_lock);
	list_del(&target->entry);
	hash_del(&target->name_entry);
	spin_unlock(&ti_targets_lock);
	target_free(target);
}

/* ---- portal groups ---- */

static const struct ti_tpg_attrib tpg_attrib_defaults = {
	.authentication			= 1,
	.login_timeout			= 15,
	.netif_timeout			= 2,
	.generate_node_acls		= 0,
	.cache_dynamic_acls		= 0,
	.default_cmdsn_depth		= TI_DEPTH_DEFAULT,
	.demo_mode_write_protect	= 1,
	.prod_mode_write_protect	= 0,
	.demo_mode_discovery		= 1,
	.default_erl			= 0,
	.t10_pi				= 0,
	.fabric_prot_type		= 0,
	.tpg_enabled_sendtargets	= 1,
	.login_keys_workaround		= 1,
};

/**
 * ti_tpg_get - hold a portal group for a login
 * @tpg:	from ti_target.tpgs, with ti_targets_lock held; or held already
 *
 * Any context. Return: false when the group is not enabled.
 */
bool ti_tpg_get(struct ti_tpg *tpg)
{
	atomic_inc(&tpg->users);
	/* Pairs with tpg_close(): it sees the user, or we see it disabled. */
	smp_mb__after_atomic();
	if (READ_ONCE(tpg->enabled))
		return true;
	ti_tpg_put(tpg);
	return false;
}

/**
 * ti_tpg_put - end of ti_tpg_get()
 * @tpg:	not to be touched after this
 *
 * Any context.
 */
void ti_tpg_put(struct ti_tpg *tpg)
{
	unsigned long flags;

	/* The lock keeps ti_drop_tpg() from freeing under our wake_up. */
	spin_lock_irqsave(&tpg->idle.lock, flags);
	if (atomic_dec_and_test(&tpg->users))
		wake_up_locked(&tpg->idle);
	spin_unlock_irqrestore(&tpg->idle.lock, flags);
}

static void tpg_wait_idle(struct ti_tpg *tpg)
{
	while (!wait_event_idle_timeout(tpg->idle, !atomic_read(&tpg->users),
					TI_ADMIN_TIMEOUT * HZ))
		ti_warn("%s,%u: cannot be removed yet: %d sessions or logins have not ended\n",
			tpg->target->name, tpg->tag, atomic_read(&tpg->users));
	/* Whoever woke us has let go of the lock, and with it of @tpg. */
	spin_lock_irq(&tpg->idle.lock);
	spin_unlock_irq(&tpg->idle.lock);
}

/* No login is taken any more; sessions end, as far as that can be waited for. */
static void tpg_close(struct ti_tpg *tpg)
{
	bool was_enabled = READ_ONCE(tpg->enabled);

	spin_lock(&ti_targets_lock);
	WRITE_ONCE(tpg->enabled, false);
	spin_unlock(&ti_targets_lock);
	smp_mb();	/* pairs with ti_tpg_get() */
	if (was_enabled)
		ti_event_tpg(tpg, TCM_ISCSI_EVENT_TPG_DISABLED);
	ti_tpg_close_sessions(tpg);
}

/**
 * ti_enable_tpg - take logins, or end all sessions and take none
 * @se_tpg:	the portal group
 * @enable:	which of the two
 *
 * Disabling waits TI_ADMIN_TIMEOUT seconds at most; what is not gone by then
 * (a session with commands in a stalled backstore) goes when it can. May sleep.
 */
int ti_enable_tpg(struct se_portal_group *se_tpg, bool enable)
{
	struct ti_tpg *tpg = to_ti_tpg(se_tpg);

	mutex_lock(&tpg->enable_lock);
	if (enable) {
		if (READ_ONCE(tpg->attrib.authentication))
			ti_tpg_require_auth(tpg, true);
		spin_lock(&ti_targets_lock);
		WRITE_ONCE(tpg->enabled, true);
		spin_unlock(&ti_targets_lock);
		ti_event_tpg(tpg, TCM_ISCSI_EVENT_TPG_ENABLED);
	} else {
		/* Target core asks nobody to enable what it thinks is enabled. */
		WRITE_ONCE(se_tpg->enabled, false);
		tpg_close(tpg);
	}
	mutex_unlock(&tpg->enable_lock);
	return 0;
}

static int tpg_parse_tag(const char *name, u16 *tag)
{
	if (strncmp(name, "tpgt_", 5) || !isdigit(name[5]))
		return -EINVAL;
	return kstrtou16(name + 5, 10, tag);
}

/* False when the target has that tag, say as tpgt_1 and tpgt_01. */
static bool tpg_add(struct ti_tpg *tpg)
{
	bool added = true;
	struct ti_tpg *other;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(other, &tpg->target->tpgs, entry)
		if (other->tag == tpg->tag)
			added = false;
	if (added)
		list_add_tail(&tpg->entry, &tpg->target->tpgs);
	spin_unlock(&ti_targets_lock);
	return added;
}

static struct ti_tpg *tpg_alloc(struct ti_target *target, u16 tag)
{
	struct ti_tpg *tpg = kzalloc(sizeof(*tpg), GFP_KERNEL);

	if (!tpg)
		return NULL;
	tpg->target = target;
	tpg->tag = tag;
	init_waitqueue_head(&tpg->idle);
	mutex_init(&tpg->enable_lock);
	mutex_init(&tpg->param_lock);
	mutex_init(&tpg->nexus_lock);
	spin_lock_init(&tpg->auth.lock);
	spin_lock_init(&tpg->lock);
	INIT_LIST_HEAD(&tpg->portals);
	INIT_LIST_HEAD(&tpg->sessions);
	tpg->attrib = tpg_attrib_defaults;
	ti_param_cfg_init_defaults(&tpg->param);
	return tpg;
}

static void tpg_free(struct ti_tpg *tpg)
{
	memzero_explicit(&tpg->auth, sizeof(tpg->auth));
	kfree(tpg);
}

/**
 * ti_make_tpg - mkdir of a portal group, which starts disabled
 * @wwn:	its target
 * @name:	"tpgt_N", N from 0 to 65535
 */
struct se_portal_group *ti_make_tpg(struct se_wwn *wwn, const char *name)
{
	struct ti_target *target = to_ti_target(wwn);
	struct ti_tpg *tpg;
	u16 tag;
	int ret;

	if (tpg_parse_tag(name, &tag)) {
		ti_warn("%s: portal group '%s' is not tpgt_0 to tpgt_65535\n",
			target->name, name);
		return ERR_PTR(-EINVAL);
	}
	tpg = tpg_alloc(target, tag);
	if (!tpg)
		return ERR_PTR(-ENOMEM);
	ret = core_tpg_register(wwn, &tpg->se_tpg, SCSI_PROTOCOL_ISCSI);
	if (ret)
		goto out_free;
	if (!tpg_add(tpg)) {
		ti_warn("%s: a portal group with tag %u exists already\n",
			target->name, tag);
		ret = -EEXIST;
		goto out_deregister;
	}
	return &tpg->se_tpg;

out_deregister:
	core_tpg_deregister(&tpg->se_tpg);
out_free:
	tpg_free(tpg);
	return ERR_PTR(ret);
}

/**
 * ti_drop_tpg - rmdir of a portal group
 * @se_tpg:	the portal group
 *
 * Waits until its last session has left target core, saying so every
 * TI_ADMIN_TIMEOUT seconds.
 */
void ti_drop_tpg(struct se_portal_group *se_tpg)
{
	struct ti_tpg *tpg = to_ti_tpg(se_tpg);

	tpg_close(tpg);
	spin_lock(&ti_targets_lock);
	list_del(&tpg->entry);
	spin_unlock(&ti_targets_lock);
	tpg_wait_idle(tpg);
	core_tpg_deregister(se_tpg);
	tpg_free(tpg);
}

/* ---- portals ---- */

/**
 * ti_target_tpg_at - the portal group that a portal leads to
 * @target:	the target that is asked for there
 * @portal:	the portal
 *
 * There is one at most (np_add()). Call with ti_targets_lock held.
 *
 * Return: NULL when the target has no such portal.
 */
struct ti_tpg *ti_target_tpg_at(const struct ti_target *target,
				const struct ti_portal *portal)
{
	struct ti_tpg_portal *np;
	struct ti_tpg *tpg;

	list_for_each_entry(tpg, &target->tpgs, entry)
		list_for_each_entry(np, &tpg->portals, tpg_entry)
			if (np->portal == portal)
				return tpg;
	return NULL;
}

/* A connection must lead to one portal group of a target only. */
static bool np_add(struct ti_tpg_portal *np)
{
	bool added = false;

	spin_lock(&ti_targets_lock);
	if (!ti_target_tpg_at(np->tpg->target, np->portal)) {
		list_add_tail(&np->tpg_entry, &np->tpg->portals);
		added = true;
	}
	spin_unlock(&ti_targets_lock);
	return added;
}

/**
 * ti_make_np - mkdir of a portal: listen on its address
 * @se_tpg:	the portal group
 * @group:	unused
 * @name:	address and port, see ti_addr_parse()
 *
 * The socket belongs to the network namespace of the caller. Portal groups of
 * several targets may share an address, those of one target may not.
 */
struct se_tpg_np *ti_make_np(struct se_portal_group *se_tpg,
			     struct config_group *group, const char *name)
{
	struct net *net = current->nsproxy->net_ns;
	struct ti_tpg *tpg = to_ti_tpg(se_tpg);
	struct sockaddr_storage addr;
	struct ti_tpg_portal *np;
	int ret;

	ret = ti_addr_parse(net, name, &addr);
	if (ret) {
		ti_warn("%s,%u: '%s' is no portal: IPV4:PORT or [IPV6]:PORT, port 1 to 65535\n",
			tpg->target->name, tpg->tag, name);
		return ERR_PTR(ret);
	}
	np = kzalloc(sizeof(*np), GFP_KERNEL);
	if (!np)
		return ERR_PTR(-ENOMEM);
	np->tpg = tpg;
	np->portal = ti_portal_open(net, &addr);
	if (IS_ERR(np->portal)) {
		ret = PTR_ERR(np->portal);
		ti_warn("%s,%u: cannot listen on %s: %s (%d)\n",
			tpg->target->name, tpg->tag, name,
			ret == -EADDRINUSE ?
			"another program or a wildcard portal has this port" :
			"error", ret);
		goto out_free;
	}
	if (!np_add(np)) {
		ti_warn("%s,%u: the target has portal %s already\n",
			tpg->target->name, tpg->tag, name);
		ret = -EEXIST;
		goto out_close;
	}
	return &np->se_np;

out_close:
	ti_portal_close(np->portal);
out_free:
	kfree(np);
	return ERR_PTR(ret);
}

/**
 * ti_drop_np - rmdir of a portal; sessions that came through it stay
 * @se_np:	the portal
 */
void ti_drop_np(struct se_tpg_np *se_np)
{
	struct ti_tpg_portal *np = container_of(se_np, struct ti_tpg_portal,
						se_np);

	spin_lock(&ti_targets_lock);
	list_del(&np->tpg_entry);
	spin_unlock(&ti_targets_lock);
	ti_portal_close(np->portal);
	kfree(np);
}

/* ---- ACLs ---- */

/**
 * ti_set_default_acl_attribs - prepare an ACL that target core has allocated
 * @se_acl:	the ACL
 *
 * For those made by mkdir and those of unknown initiators in demo mode.
 */
void ti_set_default_acl_attribs(struct se_node_acl *se_acl)
{
	struct ti_tpg *tpg = to_ti_tpg(se_acl->se_tpg);
	struct ti_acl *acl = to_ti_acl(se_acl);

	spin_lock_init(&acl->auth.lock);
	acl->attrib = (struct ti_acl_attrib) {
		.dataout_timeout		= 3,
		.dataout_timeout_retries	= 5,
		.default_erl			= READ_ONCE(tpg->attrib.default_erl),
		.nopin_timeout			= 15,
		.nopin_response_timeout		= 30,
		.authentication			= -1,
	};
}

/*
 * Target core has @se_acl in its list under the name of the directory. Logins
 * look for the normal form, so give it that one.
 */
static int acl_rename(struct se_node_acl *se_acl, const char *normal)
{
	struct se_portal_group *se_tpg = se_acl->se_tpg;
	struct se_node_acl *other;
	int ret = 0;

	mutex_lock(&se_tpg->acl_node_mutex);
	list_for_each_entry(other, &se_tpg->acl_node_list, acl_list)
		if (other != se_acl && !strcmp(other->initiatorname, normal))
			ret = -EEXIST;
	if (!ret)
		strscpy(se_acl->initiatorname, normal,
			sizeof(se_acl->initiatorname));
	mutex_unlock(&se_tpg->acl_node_mutex);
	return ret;
}

static int acl_init_name(struct ti_tpg *tpg, struct se_node_acl *se_acl,
			 const char *name)
{
	char normal[TI_NAME_LEN];
	int ret;

	if (ti_name_normalize(name, normal, sizeof(normal))) {
		ti_warn("%s,%u: '%s' is no iSCSI name: iqn., eui. or naa. and more, at most %d bytes\n",
			tpg->target->name, tpg->tag, name, TI_NAME_LEN - 1);
		return -EINVAL;
	}
	if (!strcmp(name, normal))
		return 0;
	ret = acl_rename(se_acl, normal);
	if (ret)
		ti_warn("%s,%u: an ACL for %s exists already\n",
			tpg->target->name, tpg->tag, normal);
	return ret;
}

/**
 * ti_init_acl - mkdir of an ACL, after target core has made it
 * @se_acl:	the ACL; one that demo mode had made already may become it
 * @name:	iSCSI name of the initiator
 */
int ti_init_acl(struct se_node_acl *se_acl, const char *name)
{
	struct ti_tpg *tpg = to_ti_tpg(se_acl->se_tpg);
	int ret;

	ret = acl_init_name(tpg, se_acl, name);
	if (ret) {
		/*
		 * Target core forgets to free a name that was too long to be
		 * kept inside the item: leave it a short one.
		 */
		config_item_set_name(&se_acl->acl_group.cg_item, "-");
		return ret;
	}
	ti_stats_add_acl_groups(to_ti_acl(se_acl));
	return 0;
}
