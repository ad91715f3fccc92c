// SPDX-License-Identifier: GPL-2.0
/*
 * The fabric_statistics/ directories of targets and ACLs.
 *
 * Names and meaning are those of the in-tree target, which has them from the
 * iSCSI MIB (RFC 4544).
 */
#include <linux/module.h>

#include "attrib.h"
#include "stats.h"

/* A target has one node, and its number is this. */
#define NODE_INDEX	1

/* ---- a target ---- */

static ssize_t show_index(const struct ti_target_stats *stats, char *page)
{
	return sysfs_emit(page, "%u\n", stats->target->index);
}

static struct ti_target_stats *from_instance(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_target_stats,
			    instance);
}

static unsigned int count_portals(const struct ti_target *target)
{
	const struct ti_tpg_portal *np;
	const struct ti_tpg *tpg;
	unsigned int n = 0;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(tpg, &target->tpgs, entry)
		list_for_each_entry(np, &tpg->portals, tpg_entry)
			n++;
	spin_unlock(&ti_targets_lock);
	return n;
}

static unsigned int count_sessions(const struct ti_target *target)
{
	const struct ti_sess *sess;
	struct ti_tpg *tpg;
	unsigned int n = 0;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(tpg, &target->tpgs, entry) {
		spin_lock(&tpg->lock);
		list_for_each_entry(sess, &tpg->sessions, entry)
			n++;
		spin_unlock(&tpg->lock);
	}
	spin_unlock(&ti_targets_lock);
	return n;
}

static ssize_t instance_inst_show(struct config_item *item, char *page)
{
	return show_index(from_instance(item), page);
}
CONFIGFS_ATTR_RO(instance_, inst);

static ssize_t instance_min_ver_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}
CONFIGFS_ATTR_RO(instance_, min_ver);

static ssize_t instance_max_ver_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}
CONFIGFS_ATTR_RO(instance_, max_ver);

static ssize_t instance_portals_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n",
			  count_portals(from_instance(item)->target));
}
CONFIGFS_ATTR_RO(instance_, portals);

static ssize_t instance_nodes_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "1\n");
}
CONFIGFS_ATTR_RO(instance_, nodes);

static ssize_t instance_sessions_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n",
			  count_sessions(from_instance(item)->target));
}
CONFIGFS_ATTR_RO(instance_, sessions);

static ssize_t instance_fail_sess_show(struct config_item *item, char *page)
{
	struct ti_target_stats *stats = from_instance(item);
	u32 sum;

	spin_lock(&stats->lock);
	sum = stats->digest_errors + stats->timeout_errors +
	      stats->format_errors;
	spin_unlock(&stats->lock);
	return sysfs_emit(page, "%u\n", sum);
}
CONFIGFS_ATTR_RO(instance_, fail_sess);

static ssize_t instance_fail_type_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n",
			  READ_ONCE(from_instance(item)->last_sess_error));
}
CONFIGFS_ATTR_RO(instance_, fail_type);

static ssize_t instance_fail_rem_name_show(struct config_item *item, char *page)
{
	struct ti_target_stats *stats = from_instance(item);
	ssize_t len;

	spin_lock(&stats->lock);
	len = sysfs_emit(page, "%s\n", stats->last_sess_name[0] ?
			 stats->last_sess_name : "None");
	spin_unlock(&stats->lock);
	return len;
}
CONFIGFS_ATTR_RO(instance_, fail_rem_name);

static ssize_t instance_disc_time_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}
CONFIGFS_ATTR_RO(instance_, disc_time);

static ssize_t instance_description_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "Storage Engine Target\n");
}
CONFIGFS_ATTR_RO(instance_, description);

static ssize_t instance_vendor_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "tcm_iscsi\n");
}
CONFIGFS_ATTR_RO(instance_, vendor);

static ssize_t instance_version_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n", THIS_MODULE->version ?: "unversioned");
}
CONFIGFS_ATTR_RO(instance_, version);

static struct configfs_attribute *instance_attrs[] = {
	&instance_attr_inst,
	&instance_attr_min_ver,
	&instance_attr_max_ver,
	&instance_attr_portals,
	&instance_attr_nodes,
	&instance_attr_sessions,
	&instance_attr_fail_sess,
	&instance_attr_fail_type,
	&instance_attr_fail_rem_name,
	&instance_attr_disc_time,
	&instance_attr_description,
	&instance_attr_vendor,
	&instance_attr_version,
	NULL,
};

static const struct config_item_type instance_type = {
	.ct_attrs	= instance_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct ti_target_stats *from_sess_err(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_target_stats,
			    sess_err);
}

static ssize_t sess_err_inst_show(struct config_item *item, char *page)
{
	return show_index(from_sess_err(item), page);
}
CONFIGFS_ATTR_RO(sess_err_, inst);

static ssize_t sess_err_digest_errors_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_sess_err(item)->digest_errors);
}
CONFIGFS_ATTR_RO(sess_err_, digest_errors);

static ssize_t sess_err_cxn_errors_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_sess_err(item)->timeout_errors);
}
CONFIGFS_ATTR_RO(sess_err_, cxn_errors);

static ssize_t sess_err_format_errors_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_sess_err(item)->format_errors);
}
CONFIGFS_ATTR_RO(sess_err_, format_errors);

static struct configfs_attribute *sess_err_attrs[] = {
	&sess_err_attr_inst,
	&sess_err_attr_digest_errors,
	&sess_err_attr_cxn_errors,
	&sess_err_attr_format_errors,
	NULL,
};

static const struct config_item_type sess_err_type = {
	.ct_attrs	= sess_err_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct ti_target_stats *from_tgt_attr(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_target_stats,
			    tgt_attr);
}

static ssize_t tgt_attr_inst_show(struct config_item *item, char *page)
{
	return show_index(from_tgt_attr(item), page);
}
CONFIGFS_ATTR_RO(tgt_attr_, inst);

static ssize_t tgt_attr_indx_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", NODE_INDEX);
}
CONFIGFS_ATTR_RO(tgt_attr_, indx);

static ssize_t tgt_attr_login_fails_show(struct config_item *item, char *page)
{
	struct ti_target_stats *stats = from_tgt_attr(item);
	u32 sum;

	spin_lock(&stats->lock);
	sum = stats->authorize_fails + stats->authenticate_fails +
	      stats->negotiate_fails + stats->other_fails;
	spin_unlock(&stats->lock);
	return sysfs_emit(page, "%u\n", sum);
}
CONFIGFS_ATTR_RO(tgt_attr_, login_fails);

static ssize_t tgt_attr_last_fail_time_show(struct config_item *item,
					    char *page)
{
	return ti_attr_show_u32(page, &from_tgt_attr(item)->last_fail_time);
}
CONFIGFS_ATTR_RO(tgt_attr_, last_fail_time);

static ssize_t tgt_attr_last_fail_type_show(struct config_item *item,
					    char *page)
{
	return sysfs_emit(page, "%u\n",
			  READ_ONCE(from_tgt_attr(item)->last_fail_type));
}
CONFIGFS_ATTR_RO(tgt_attr_, last_fail_type);

static ssize_t tgt_attr_fail_intr_name_show(struct config_item *item,
					    char *page)
{
	struct ti_target_stats *stats = from_tgt_attr(item);
	ssize_t len;

	spin_lock(&stats->lock);
	len = sysfs_emit(page, "%s\n", stats->last_fail_name[0] ?
			 stats->last_fail_name : "None");
	spin_unlock(&stats->lock);
	return len;
}
CONFIGFS_ATTR_RO(tgt_attr_, fail_intr_name);

static struct sockaddr_storage last_fail_addr(struct ti_target_stats *stats)
{
	struct sockaddr_storage addr;

	spin_lock(&stats->lock);
	addr = stats->last_fail_addr;
	spin_unlock(&stats->lock);
	ti_addr_unmap(&addr);
	return addr;
}

static ssize_t tgt_attr_fail_intr_addr_type_show(struct config_item *item,
						 char *page)
{
	struct sockaddr_storage addr = last_fail_addr(from_tgt_attr(item));

	return sysfs_emit(page, "%s\n",
			  addr.ss_family == AF_INET6 ? "ipv6" : "ipv4");
}
CONFIGFS_ATTR_RO(tgt_attr_, fail_intr_addr_type);

static ssize_t tgt_attr_fail_intr_addr_show(struct config_item *item,
					    char *page)
{
	struct sockaddr_storage addr = last_fail_addr(from_tgt_attr(item));

	if (!addr.ss_family)
		return sysfs_emit(page, "0.0.0.0\n");
	return sysfs_emit(page, "%pISc\n", &addr);
}
CONFIGFS_ATTR_RO(tgt_attr_, fail_intr_addr);

static struct configfs_attribute *tgt_attr_attrs[] = {
	&tgt_attr_attr_inst,
	&tgt_attr_attr_indx,
	&tgt_attr_attr_login_fails,
	&tgt_attr_attr_last_fail_time,
	&tgt_attr_attr_last_fail_type,
	&tgt_attr_attr_fail_intr_name,
	&tgt_attr_attr_fail_intr_addr_type,
	&tgt_attr_attr_fail_intr_addr,
	NULL,
};

static const struct config_item_type tgt_attr_type = {
	.ct_attrs	= tgt_attr_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct ti_target_stats *from_login(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_target_stats,
			    login);
}

static ssize_t login_inst_show(struct config_item *item, char *page)
{
	return show_index(from_login(item), page);
}
CONFIGFS_ATTR_RO(login_, inst);

static ssize_t login_indx_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", NODE_INDEX);
}
CONFIGFS_ATTR_RO(login_, indx);

static ssize_t login_accepts_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_login(item)->accepts);
}
CONFIGFS_ATTR_RO(login_, accepts);

static ssize_t login_other_fails_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_login(item)->other_fails);
}
CONFIGFS_ATTR_RO(login_, other_fails);

/* No login is ever sent to another portal. */
static ssize_t login_redirects_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}
CONFIGFS_ATTR_RO(login_, redirects);

static ssize_t login_authorize_fails_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_login(item)->authorize_fails);
}
CONFIGFS_ATTR_RO(login_, authorize_fails);

static ssize_t login_authenticate_fails_show(struct config_item *item,
					     char *page)
{
	return ti_attr_show_u32(page, &from_login(item)->authenticate_fails);
}
CONFIGFS_ATTR_RO(login_, authenticate_fails);

static ssize_t login_negotiate_fails_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_login(item)->negotiate_fails);
}
CONFIGFS_ATTR_RO(login_, negotiate_fails);

static struct configfs_attribute *login_attrs[] = {
	&login_attr_inst,
	&login_attr_indx,
	&login_attr_accepts,
	&login_attr_other_fails,
	&login_attr_redirects,
	&login_attr_authorize_fails,
	&login_attr_authenticate_fails,
	&login_attr_negotiate_fails,
	NULL,
};

static const struct config_item_type login_type = {
	.ct_attrs	= login_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct ti_target_stats *from_logout(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_target_stats,
			    logout);
}

static ssize_t logout_inst_show(struct config_item *item, char *page)
{
	return show_index(from_logout(item), page);
}
CONFIGFS_ATTR_RO(logout_, inst);

static ssize_t logout_indx_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", NODE_INDEX);
}
CONFIGFS_ATTR_RO(logout_, indx);

static ssize_t logout_normal_logouts_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &from_logout(item)->normal_logouts);
}
CONFIGFS_ATTR_RO(logout_, normal_logouts);

static ssize_t logout_abnormal_logouts_show(struct config_item *item,
					    char *page)
{
	return ti_attr_show_u32(page, &from_logout(item)->abnormal_logouts);
}
CONFIGFS_ATTR_RO(logout_, abnormal_logouts);

static struct configfs_attribute *logout_attrs[] = {
	&logout_attr_inst,
	&logout_attr_indx,
	&logout_attr_normal_logouts,
	&logout_attr_abnormal_logouts,
	NULL,
};

static const struct config_item_type logout_type = {
	.ct_attrs	= logout_attrs,
	.ct_owner	= THIS_MODULE,
};

static void add_group(struct ti_target *target, struct config_group *group,
		      const char *name, const struct config_item_type *type)
{
	config_group_init_type_name(group, name, type);
	configfs_add_default_group(group, &target->wwn.fabric_stat_group);
}

/**
 * ti_stats_add_groups - make the directories in a new target's fabric_statistics
 * @target:	the target; target core has made that directory
 */
void ti_stats_add_groups(struct ti_target *target)
{
	struct ti_target_stats *stats = target->stats;

	stats->target = target;
	add_group(target, &stats->instance, "iscsi_instance", &instance_type);
	add_group(target, &stats->sess_err, "iscsi_sess_err", &sess_err_type);
	add_group(target, &stats->tgt_attr, "iscsi_tgt_attr", &tgt_attr_type);
	add_group(target, &stats->login, "iscsi_login_stats", &login_type);
	add_group(target, &stats->logout, "iscsi_logout_stats", &logout_type);
}

/* ---- the session of an ACL ---- */

/* What a session statistic is; no session, and the file is empty. */
enum sess_counter {
	SESS_NODE,
	SESS_INDEX,
	SESS_CMDS,
	SESS_RESPONSES,
	SESS_TX_DATA,
	SESS_RX_DATA,
	SESS_DIGEST_ERRORS,
	SESS_TIMEOUT_ERRORS,
};

static u64 sess_value(const struct ti_sess *sess, enum sess_counter counter)
{
	switch (counter) {
	case SESS_NODE:
		return NODE_INDEX;
	case SESS_INDEX:
		return sess->index;
	case SESS_CMDS:
		return READ_ONCE(sess->cmds);
	case SESS_RESPONSES:
		/* Each command gets one; those in the window have yet to. */
		return READ_ONCE(sess->cmds) -
		       min_t(u64, READ_ONCE(sess->in_window),
			     READ_ONCE(sess->cmds));
	case SESS_TX_DATA:
		return READ_ONCE(sess->tx_data);
	case SESS_RX_DATA:
		return READ_ONCE(sess->rx_data);
	case SESS_DIGEST_ERRORS:
		return READ_ONCE(sess->digest_errors);
	case SESS_TIMEOUT_ERRORS:
		return READ_ONCE(sess->timeout_errors);
	}
	return 0;
}

static struct se_node_acl *from_sess_stats(struct config_item *item)
{
	return &container_of(to_config_group(item), struct ti_acl,
			     sess_stats)->se_acl;
}

static ssize_t show_sess(struct config_item *item, enum sess_counter counter,
			 char *page)
{
	struct se_node_acl *se_acl = from_sess_stats(item);
	struct ti_sess *sess;
	ssize_t len = 0;

	spin_lock_bh(&se_acl->nacl_sess_lock);
	sess = ti_acl_sess(se_acl);
	if (sess)
		len = sysfs_emit(page, "%llu\n", sess_value(sess, counter));
	spin_unlock_bh(&se_acl->nacl_sess_lock);
	return len;
}

static ssize_t sess_inst_show(struct config_item *item, char *page)
{
	struct se_portal_group *se_tpg = from_sess_stats(item)->se_tpg;

	return show_index(to_ti_tpg(se_tpg)->target->stats, page);
}
CONFIGFS_ATTR_RO(sess_, inst);

static ssize_t sess_node_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_NODE, page);
}
CONFIGFS_ATTR_RO(sess_, node);

static ssize_t sess_indx_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_INDEX, page);
}
CONFIGFS_ATTR_RO(sess_, indx);

static ssize_t sess_cmd_pdus_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_CMDS, page);
}
CONFIGFS_ATTR_RO(sess_, cmd_pdus);

static ssize_t sess_rsp_pdus_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_RESPONSES, page);
}
CONFIGFS_ATTR_RO(sess_, rsp_pdus);

static ssize_t sess_txdata_octs_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_TX_DATA, page);
}
CONFIGFS_ATTR_RO(sess_, txdata_octs);

static ssize_t sess_rxdata_octs_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_RX_DATA, page);
}
CONFIGFS_ATTR_RO(sess_, rxdata_octs);

static ssize_t sess_conn_digest_errors_show(struct config_item *item,
					    char *page)
{
	return show_sess(item, SESS_DIGEST_ERRORS, page);
}
CONFIGFS_ATTR_RO(sess_, conn_digest_errors);

static ssize_t sess_conn_timeout_errors_show(struct config_item *item,
					     char *page)
{
	return show_sess(item, SESS_TIMEOUT_ERRORS, page);
}
CONFIGFS_ATTR_RO(sess_, conn_timeout_errors);

static struct configfs_attribute *sess_attrs[] = {
	&sess_attr_inst,
	&sess_attr_node,
	&sess_attr_indx,
	&sess_attr_cmd_pdus,
	&sess_attr_rsp_pdus,
	&sess_attr_txdata_octs,
	&sess_attr_rxdata_octs,
	&sess_attr_conn_digest_errors,
	&sess_attr_conn_timeout_errors,
	NULL,
};

static const struct config_item_type sess_type = {
	.ct_attrs	= sess_attrs,
	.ct_owner	= THIS_MODULE,
};

/**
 * ti_stats_add_acl_groups - make the directory in a new ACL's fabric_statistics
 * @acl:	the ACL; target core has made that directory
 */
void ti_stats_add_acl_groups(struct ti_acl *acl)
{
	config_group_init_type_name(&acl->sess_stats, "iscsi_sess_stats",
				    &sess_type);
	configfs_add_default_group(&acl->sess_stats,
				   &acl->se_acl.acl_fabric_stat_group);
}
