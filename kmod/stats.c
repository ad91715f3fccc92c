// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: fabric_statistics/ of targets and ACLs, and acls/NAME/info.
 *
 * Names and meaning are those of the in-tree target, which has them from the
 * iSCSI MIB (RFC 4544). Counters of a target live here, under a lock, since
 * they count what is rare; those of a session live in struct ti_sess, are
 * written by its owner alone and read at any time.
 */
#include <linux/configfs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "attrib.h"

/* RFC 4544, iscsiTgtLastFailureType: which counter a failed login went to. */
enum ti_login_failure {
	TI_LOGIN_FAIL_NEVER		= 0,
	TI_LOGIN_FAIL_OTHER		= 2,
	TI_LOGIN_FAIL_REDIRECT		= 3,
	TI_LOGIN_FAIL_AUTHORIZE		= 4,
	TI_LOGIN_FAIL_AUTHENTICATE	= 5,
	TI_LOGIN_FAIL_NEGOTIATE		= 6,
};

/* Counters of a target, and their directories in fabric_statistics/. */
struct ti_target_stats {
	struct ti_target	*target;
	spinlock_t		lock;		/* all down to the groups */

	/* logins; the time is in hundredths of a second since boot */
	u32			accepts;
	u32			other_fails;
	u32			redirects;
	u32			authorize_fails;
	u32			authenticate_fails;
	u32			negotiate_fails;
	u32			last_fail_time;
	enum ti_login_failure	last_fail_type;
	char			last_fail_name[TI_NAME_LEN];
	struct sockaddr_storage	last_fail_addr;

	/* sessions in full feature phase */
	u32			digest_errors;
	u32			timeout_errors;
	u32			format_errors;
	enum ti_sess_error	last_sess_error;
	char			last_sess_name[TI_NAME_LEN];

	/* Logout Requests */
	u32			normal_logouts;
	u32			abnormal_logouts;

	struct config_group	instance;
	struct config_group	sess_err;
	struct config_group	tgt_attr;
	struct config_group	login;
	struct config_group	logout;
};

/* A target has one node, and its number is this. */
#define NODE_INDEX	1

/* ---- counting ---- */

/**
 * ti_stats_alloc - counters for a new target, all zero
 *
 * May sleep. Return: NULL when out of memory.
 */
struct ti_target_stats *ti_stats_alloc(void)
{
	struct ti_target_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (stats)
		spin_lock_init(&stats->lock);
	return stats;
}

/**
 * ti_stats_free - end of ti_stats_alloc()
 * @stats:	its directories are gone
 */
void ti_stats_free(struct ti_target_stats *stats)
{
	kfree(stats);
}

/* The lock is held. */
static enum ti_login_failure count_failure(struct ti_target_stats *stats,
					   u16 status)
{
	if (status >> 8 == TI_LOGIN_TARGET_MOVED_TEMP >> 8) {
		stats->redirects++;
		return TI_LOGIN_FAIL_REDIRECT;
	}
	switch (status) {
	case TI_LOGIN_AUTH_FAILED:
		stats->authenticate_fails++;
		return TI_LOGIN_FAIL_AUTHENTICATE;
	case TI_LOGIN_FORBIDDEN:
		stats->authorize_fails++;
		return TI_LOGIN_FAIL_AUTHORIZE;
	case TI_LOGIN_INITIATOR_ERR:
		stats->negotiate_fails++;
		return TI_LOGIN_FAIL_NEGOTIATE;
	default:
		stats->other_fails++;
		return TI_LOGIN_FAIL_OTHER;
	}
}

/**
 * ti_stats_login - count a login that has ended, well or not
 * @target:	held by the caller
 * @status:	enum ti_login_status, as the initiator got it
 * @initiator:	NULL when it has not said its name
 * @peer:	its address
 *
 * Process context.
 */
void ti_stats_login(struct ti_target *target, u16 status,
		    const char *initiator, const struct sockaddr_storage *peer)
{
	struct ti_target_stats *stats = target->stats;

	spin_lock(&stats->lock);
	if (status == TI_LOGIN_SUCCESS) {
		stats->accepts++;
	} else {
		stats->last_fail_type = count_failure(stats, status);
		stats->last_fail_time = div_u64(ktime_get_ns(),
						10 * NSEC_PER_MSEC);
		stats->last_fail_addr = *peer;
		strscpy(stats->last_fail_name, initiator ?: "Unknown",
			sizeof(stats->last_fail_name));
	}
	spin_unlock(&stats->lock);
}

/* The lock is held. */
static void count_session_failure(struct ti_target_stats *stats,
				  struct ti_sess *sess,
				  enum ti_sess_error error)
{
	switch (error) {
	case TI_SESS_ERR_DIGEST:
		stats->digest_errors++;
		WRITE_ONCE(sess->digest_errors, sess->digest_errors + 1);
		break;
	case TI_SESS_ERR_TIMEOUT:
		stats->timeout_errors++;
		WRITE_ONCE(sess->timeout_errors, sess->timeout_errors + 1);
		break;
	case TI_SESS_ERR_FORMAT:
		stats->format_errors++;
		WRITE_ONCE(sess->format_errors, sess->format_errors + 1);
		break;
	case TI_SESS_ERR_OTHER:
		break;
	}
}

/**
 * ti_stats_session_failure - count an error of a session
 * @sess:	discovery sessions are not counted
 * @error:	what went wrong
 *
 * Owner of @sess only.
 */
void ti_stats_session_failure(struct ti_sess *sess, enum ti_sess_error error)
{
	struct ti_target_stats *stats;

	if (!sess->tpg)
		return;
	stats = sess->tpg->target->stats;
	spin_lock(&stats->lock);
	count_session_failure(stats, sess, error);
	stats->last_sess_error = error;
	strscpy(stats->last_sess_name, sess->initiator,
		sizeof(stats->last_sess_name));
	spin_unlock(&stats->lock);
}

/**
 * ti_stats_logout - count a Logout Request
 * @target:	held by the caller
 * @reason:	its reason code; 0, close the session, is the normal one
 *
 * Process context.
 */
void ti_stats_logout(struct ti_target *target, u8 reason)
{
	struct ti_target_stats *stats = target->stats;

	spin_lock(&stats->lock);
	if (reason)
		stats->abnormal_logouts++;
	else
		stats->normal_logouts++;
	spin_unlock(&stats->lock);
}

/**
 * ti_stats_read - copy the counters of a target
 * @target:	held by the caller
 * @out:	where to
 *
 * Any context; may be inside ti_targets_lock.
 */
void ti_stats_read(struct ti_target *target, struct ti_target_counters *out)
{
	struct ti_target_stats *stats = target->stats;

	spin_lock(&stats->lock);
	*out = (struct ti_target_counters) {
		.logins			= stats->accepts,
		.not_authenticated	= stats->authenticate_fails,
		.not_authorized		= stats->authorize_fails,
		.not_negotiated		= stats->negotiate_fails,
		.failed			= stats->other_fails + stats->redirects,
		.digest_errors		= stats->digest_errors,
		.timeout_errors		= stats->timeout_errors,
		.format_errors		= stats->format_errors,
		.logouts		= stats->normal_logouts,
		.logouts_abnormal	= stats->abnormal_logouts,
	};
	spin_unlock(&stats->lock);
}

/* ---- showing a target ---- */

static ssize_t show_index(const struct ti_target_stats *stats, char *page)
{
	return sysfs_emit(page, "%u\n", stats->target->index);
}

static ssize_t show_count(char *page, const u32 *count)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(*count));
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
	return show_count(page, &from_sess_err(item)->digest_errors);
}
CONFIGFS_ATTR_RO(sess_err_, digest_errors);

static ssize_t sess_err_cxn_errors_show(struct config_item *item, char *page)
{
	return show_count(page, &from_sess_err(item)->timeout_errors);
}
CONFIGFS_ATTR_RO(sess_err_, cxn_errors);

static ssize_t sess_err_format_errors_show(struct config_item *item, char *page)
{
	return show_count(page, &from_sess_err(item)->format_errors);
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
	sum = stats->redirects + stats->authorize_fails +
	      stats->authenticate_fails + stats->negotiate_fails +
	      stats->other_fails;
	spin_unlock(&stats->lock);
	return sysfs_emit(page, "%u\n", sum);
}
CONFIGFS_ATTR_RO(tgt_attr_, login_fails);

static ssize_t tgt_attr_last_fail_time_show(struct config_item *item,
					    char *page)
{
	return show_count(page, &from_tgt_attr(item)->last_fail_time);
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
	return show_count(page, &from_login(item)->accepts);
}
CONFIGFS_ATTR_RO(login_, accepts);

static ssize_t login_other_fails_show(struct config_item *item, char *page)
{
	return show_count(page, &from_login(item)->other_fails);
}
CONFIGFS_ATTR_RO(login_, other_fails);

static ssize_t login_redirects_show(struct config_item *item, char *page)
{
	return show_count(page, &from_login(item)->redirects);
}
CONFIGFS_ATTR_RO(login_, redirects);

static ssize_t login_authorize_fails_show(struct config_item *item, char *page)
{
	return show_count(page, &from_login(item)->authorize_fails);
}
CONFIGFS_ATTR_RO(login_, authorize_fails);

static ssize_t login_authenticate_fails_show(struct config_item *item,
					     char *page)
{
	return show_count(page, &from_login(item)->authenticate_fails);
}
CONFIGFS_ATTR_RO(login_, authenticate_fails);

static ssize_t login_negotiate_fails_show(struct config_item *item, char *page)
{
	return show_count(page, &from_login(item)->negotiate_fails);
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
	return show_count(page, &from_logout(item)->normal_logouts);
}
CONFIGFS_ATTR_RO(logout_, normal_logouts);

static ssize_t logout_abnormal_logouts_show(struct config_item *item,
					    char *page)
{
	return show_count(page, &from_logout(item)->abnormal_logouts);
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

/* ---- showing a session ---- */

/**
 * ti_acl_sess - the session that an ACL shows
 * @se_acl:	its nacl_sess_lock is held, which keeps the session
 *
 * Return: the newest session of that initiator, or NULL.
 */
struct ti_sess *ti_acl_sess(struct se_node_acl *se_acl)
{
	return se_acl->nacl_sess ? se_acl->nacl_sess->fabric_sess_ptr : NULL;
}

/* What a session statistic is; no session, and the file is empty. */
enum sess_counter {
	SESS_NODE,
	SESS_INDEX,
	SESS_CMDS,
	SESS_RESPONSES,
	SESS_TX_BYTES,
	SESS_RX_BYTES,
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
	case SESS_TX_BYTES:
		return READ_ONCE(sess->tx_bytes);
	case SESS_RX_BYTES:
		return READ_ONCE(sess->rx_bytes);
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
	return show_sess(item, SESS_TX_BYTES, page);
}
CONFIGFS_ATTR_RO(sess_, txdata_octs);

static ssize_t sess_rxdata_octs_show(struct config_item *item, char *page)
{
	return show_sess(item, SESS_RX_BYTES, page);
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

/* ---- acls/NAME/info ---- */

/* The states of RFC 7143 §8.1, by the in-tree target's names. */
static const char *conn_state_name(enum ti_conn_state state)
{
	switch (state) {
	case TI_CONN_LOGIN:
		return "IN_LOGIN";
	case TI_CONN_FULL_FEATURE:
		return "LOGGED_IN";
	case TI_CONN_DRAINING:
		return "IN_LOGOUT";
	case TI_CONN_CLOSING:
	case TI_CONN_CLOSED:
		return "CLEANUP_WAIT";
	}
	return "FREE";
}

/* The states of RFC 7143 §8.3, which follow that of the one connection. */
static const char *sess_state_name(enum ti_conn_state state)
{
	return state <= TI_CONN_FULL_FEATURE ? "LOGGED_IN" : "FAILED";
}

static int info_session(const struct ti_sess *sess, char *page, size_t len)
{
	u32 exp_cmd_sn = READ_ONCE(sess->exp_cmd_sn);
	u32 max_cmd_sn = READ_ONCE(sess->max_cmd_sn);
	int n;

	n = scnprintf(page, len,
		      "InitiatorName: %s\n"
		      "InitiatorAlias: %s\n"
		      "LIO Session ID: %u   ISID: 0x%6ph  TSIH: %u  SessionType: %s\n"
		      "Session State: TARG_SESS_STATE_%s\n",
		      sess->initiator, sess->alias, sess->index, sess->isid,
		      sess->tsih, sess->tpg ? "Normal" : "Discovery",
		      sess_state_name(READ_ONCE(sess->conn->state)));
	n += scnprintf(page + n, len - n,
		       "---------------------[iSCSI Session Values]-----------------------\n"
		       "  CmdSN/WR  :  CmdSN/WC  :  ExpCmdSN  :  MaxCmdSN  :     ITT    :     TTT\n"
		       " 0x%08x   0x%08x   0x%08x   0x%08x   0x%08x   0x%08x\n",
		       READ_ONCE(sess->depth), max_cmd_sn - exp_cmd_sn + 1,
		       exp_cmd_sn, max_cmd_sn, 0, 0);
	return n;
}

/**
 * ti_sess_info - describe a session for people and for rtslib
 * @sess:	kept by the caller, see ti_acl_sess()
 * @page:	where the text goes
 * @len:	bytes there
 *
 * The lines are those of the in-tree target, which tools take apart; the two
 * tags in the last columns are 0. Any context. Return: the length.
 */
int ti_sess_info(struct ti_sess *sess, char *page, size_t len)
{
	const struct ti_conn *conn = sess->conn;
	struct sockaddr_storage peer = conn->peer_addr;
	int n;

	ti_addr_unmap(&peer);
	n = info_session(sess, page, len);
	n += scnprintf(page + n, len - n,
		       "----------------------[iSCSI Connections]-------------------------\n"
		       "CID: %u  Connection State: TARG_CONN_STATE_%s\n"
		       "   Address %pISc TCP  StatSN: 0x%08x\n",
		       conn->cid, conn_state_name(READ_ONCE(conn->state)),
		       &peer, READ_ONCE(conn->stat_sn));
	return n;
}
