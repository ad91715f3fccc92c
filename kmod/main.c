// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading.
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "aside.h"
#include "attrib.h"
#include "hash.h"
#include "netlink.h"
#include "throttle.h"
#include "ti.h"

struct workqueue_struct *ti_conn_wq;
struct workqueue_struct *ti_admin_wq;

char *ti_fabric = "iscsi";
module_param_named(fabric, ti_fabric, charp, 0444);
MODULE_PARM_DESC(fabric,
		 "Name below /sys/kernel/config/target (default: iscsi, in place of the in-tree module)");

/* Of max_logins; with 0 nobody could log in. */
#define TI_MAX_LOGINS_MIN	1
#define TI_MAX_LOGINS_MAX	1000000

unsigned int ti_max_logins = 1024;

static int set_max_logins(const char *val, const struct kernel_param *kp)
{
	return ti_param_set_uint(val, kp, TI_MAX_LOGINS_MIN, TI_MAX_LOGINS_MAX);
}

static const struct kernel_param_ops max_logins_ops = {
	.set	= set_max_logins,
	.get	= param_get_uint,
};

module_param_cb(max_logins, &max_logins_ops, &ti_max_logins, 0644);
MODULE_PARM_DESC(max_logins,
		 "Connections in login or discovery, past which the oldest give way (default: 1024)");

#define TI_IN_TREE_MODULE	"iscsi_target_mod"

/*
 * Two fabrics of one name end in a BUG() of target core when one of them goes,
 * so under the name of the in-tree module that must not be there.
 */
static int check_in_tree_module(void)
{
	struct kobject *other;

	if (strcmp(ti_fabric, "iscsi"))
		return 0;
	other = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, TI_IN_TREE_MODULE);
	if (!other)
		return 0;
	kobject_put(other);
	pr_err("tcm_iscsi: " TI_IN_TREE_MODULE " is loaded and has the name 'iscsi'\n");
	pr_err("tcm_iscsi: clear its configuration and modprobe -r it, or load tcm_iscsi with another name (fabric=NAME)\n");
	return -EBUSY;
}

static int create_workqueues(void)
{
	ti_conn_wq = alloc_workqueue("tcm_iscsi", WQ_MEM_RECLAIM |
				     TI_WQ_PERCPU, 0);
	if (!ti_conn_wq)
		return -ENOMEM;
	ti_admin_wq = alloc_workqueue("tcm_iscsi_admin",
				      WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ti_admin_wq) {
		destroy_workqueue(ti_conn_wq);
		return -ENOMEM;
	}
	return 0;
}

static void destroy_workqueues(void)
{
	/* The last connection's free_work, then the callbacks that queued it. */
	rcu_barrier();
	destroy_workqueue(ti_admin_wq);
	destroy_workqueue(ti_conn_wq);
}

static void set_fabric_name(void)
{
	if (!strcmp(ti_fabric, "iscsi"))
		return;
	/* Another name is its own metadata name too. */
	ti_fabric_ops.fabric_alias = NULL;
	ti_fabric_ops.fabric_name = ti_fabric;
}

static int __init ti_init(void)
{
	int ret;

	ret = check_in_tree_module();
	if (ret)
		return ret;
	ret = create_workqueues();
	if (ret)
		return ret;
	ret = ti_aside_init();
	if (ret)
		goto out_workqueues;
	ti_buf_init();
	ret = ti_throttle_init();
	if (ret)
		goto out_aside;
	ti_hash_init();
	ret = ti_netlink_init();
	if (ret)
		goto out_hash;
	set_fabric_name();
	ret = target_register_template(&ti_fabric_ops);
	if (ret)
		goto out_netlink;
	ti_capacity_init();
	return 0;

out_netlink:
	ti_netlink_exit();
out_hash:
	ti_hash_exit();
	ti_throttle_exit();
out_aside:
	ti_aside_exit();
out_workqueues:
	destroy_workqueues();
	return ret;
}

/*
 * Nothing is configured: target core holds the module while something is. Not
 * ti_init() backwards: connections and their work items use everything else, so
 * they end first.
 */
static void __exit ti_exit(void)
{
	target_unregister_template(&ti_fabric_ops);
	ti_capacity_exit();
	ti_conn_wait_all();
	ti_aside_exit();
	ti_buf_exit();
	destroy_workqueues();
	ti_netlink_exit();
	ti_hash_exit();
	ti_throttle_exit();
}

module_init(ti_init);
module_exit(ti_exit);
MODULE_DESCRIPTION("iSCSI target fabric for target core");
MODULE_AUTHOR("The tcm_iscsi developers");
MODULE_VERSION(TI_VERSION);
MODULE_LICENSE("GPL");
