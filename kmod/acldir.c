// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes of an ACL, and its attrib/ directory.
 *
 * Names, formats and limits are those of the in-tree target.
 */
#include "attrib.h"

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

/* ---- info ---- */

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

/*
 * For people and for rtslib: the lines are those of the in-tree target, which tools
 * take apart; the two tags in the last columns are 0.
 */
static int info_all(const struct ti_sess *sess, char *page, size_t len)
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

static ssize_t acl_info_show(struct config_item *item, char *page)
{
	struct se_node_acl *se_acl = acl_to_nacl(item);
	struct ti_sess *sess;
	ssize_t len;

	spin_lock_bh(&se_acl->nacl_sess_lock);
	sess = ti_acl_sess(se_acl);
	if (sess)
		len = info_all(sess, page, PAGE_SIZE);
	else
		len = sysfs_emit(page, "No active iSCSI Session for Initiator Endpoint: %s\n",
				 se_acl->initiatorname);
	spin_unlock_bh(&se_acl->nacl_sess_lock);
	return len;
}
CONFIGFS_ATTR_RO(acl_, info);

/* ---- cmdsn_depth and tag ---- */

static ssize_t acl_cmdsn_depth_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &acl_to_nacl(item)->queue_depth);
}

/* A new depth ends the sessions of this initiator: it logs in again with it. */
static ssize_t acl_cmdsn_depth_store(struct config_item *item,
				     const char *page, size_t count)
{
	u32 depth;
	int ret;

	ret = ti_attr_u32(item, "cmdsn_depth", page, count, TI_DEPTH_MIN,
			  TI_DEPTH_MAX, &depth);
	if (ret)
		return ret;
	ret = core_tpg_set_initiator_node_queue_depth(acl_to_nacl(item), depth);
	return ret ? ret : count;
}
CONFIGFS_ATTR(acl_, cmdsn_depth);

/* A label for people and tools, shown as it was written. */
static ssize_t acl_tag_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%.*s", MAX_ACL_TAG_SIZE - 1,
			  acl_to_nacl(item)->acl_tag);
}

static ssize_t acl_tag_store(struct config_item *item, const char *page,
			     size_t count)
{
	struct se_node_acl *se_acl = acl_to_nacl(item);
	const char *text;
	size_t len;
	int ret;

	ret = ti_attr_text(page, count, &text, &len);
	if (!ret && !ti_text_printable(text, len))
		ret = -EINVAL;
	if (!ret)
		ret = core_tpg_set_initiator_node_tag(se_acl->se_tpg, se_acl,
						      page);
	if (ret < 0) {
		ti_attr_refuse_written(item, "tag", page, count,
				       "at most 63 printable bytes, or NULL for none");
		return ret;
	}
	return count;
}
CONFIGFS_ATTR(acl_, tag);

struct configfs_attribute *ti_acl_base_attrs[] = {
	&acl_attr_info,
	&acl_attr_cmdsn_depth,
	&acl_attr_tag,
	NULL,
};

/* ---- attrib/ ---- */

static struct ti_acl_attrib *to_acl_attrib(struct config_item *item)
{
	return &to_ti_acl(attrib_to_nacl(item))->attrib;
}

/* Sessions that are there take new times at once. */
static void update_pings(struct se_node_acl *se_acl)
{
	const struct ti_acl_attrib *attrib = &to_ti_acl(se_acl)->attrib;
	struct ti_tpg *tpg = to_ti_tpg(se_acl->se_tpg);
	struct ti_sess *sess;
	struct ti_conn *conn;

	spin_lock(&tpg->lock);
	list_for_each_entry(sess, &tpg->sessions, entry) {
		if (strcmp(sess->initiator, se_acl->initiatorname))
			continue;
		conn = sess->conn;
		WRITE_ONCE(conn->nopin_timeout,
			   READ_ONCE(attrib->nopin_timeout));
		WRITE_ONCE(conn->nopin_response_timeout,
			   READ_ONCE(attrib->nopin_response_timeout));
		ti_conn_ask(conn, TI_CONN_F_TIMER);
	}
	spin_unlock(&tpg->lock);
}

static ssize_t acl_attrib_dataout_timeout_show(struct config_item *item,
					       char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->dataout_timeout);
}

static ssize_t acl_attrib_dataout_timeout_store(struct config_item *item,
						const char *page, size_t count)
{
	return ti_attr_store_u32(item, "dataout_timeout", page, count,
				 &to_acl_attrib(item)->dataout_timeout, 2, 60);
}
CONFIGFS_ATTR(acl_attrib_, dataout_timeout);

static ssize_t acl_attrib_dataout_timeout_retries_show(struct config_item *item,
						       char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->dataout_timeout_retries);
}

static ssize_t acl_attrib_dataout_timeout_retries_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return ti_attr_store_u32(item, "dataout_timeout_retries", page, count,
				 &to_acl_attrib(item)->dataout_timeout_retries, 1, 15);
}
CONFIGFS_ATTR(acl_attrib_, dataout_timeout_retries);

static ssize_t acl_attrib_default_erl_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->default_erl);
}

static ssize_t acl_attrib_default_erl_store(struct config_item *item,
					    const char *page, size_t count)
{
	return ti_attr_store_u32(item, "default_erl", page, count,
				 &to_acl_attrib(item)->default_erl, 0, 2);
}
CONFIGFS_ATTR(acl_attrib_, default_erl);

static ssize_t acl_attrib_nopin_timeout_show(struct config_item *item,
					     char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->nopin_timeout);
}

static ssize_t acl_attrib_nopin_timeout_store(struct config_item *item,
					      const char *page, size_t count)
{
	u32 value;
	int ret;

	ret = ti_attr_parse_u32(page, count, &value);
	if (!ret && value && (value < 3 || value > 60))
		ret = -EINVAL;
	if (ret) {
		ti_attr_refuse_written(item, "nopin_timeout", page, count,
				       "3 to 60 seconds, or 0 for never");
		return ret;
	}
	WRITE_ONCE(to_acl_attrib(item)->nopin_timeout, value);
	update_pings(attrib_to_nacl(item));
	return count;
}
CONFIGFS_ATTR(acl_attrib_, nopin_timeout);

static ssize_t acl_attrib_nopin_response_timeout_show(struct config_item *item,
						      char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->nopin_response_timeout);
}

static ssize_t acl_attrib_nopin_response_timeout_store(struct config_item *item,
						       const char *page,
						       size_t count)
{
	ssize_t ret;

	ret = ti_attr_store_u32(item, "nopin_response_timeout", page, count,
				&to_acl_attrib(item)->nopin_response_timeout, 3, 60);
	if (ret > 0)
		update_pings(attrib_to_nacl(item));
	return ret;
}
CONFIGFS_ATTR(acl_attrib_, nopin_response_timeout);

static ssize_t acl_attrib_random_datain_pdu_offsets_show(struct config_item *item,
							 char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->random_datain_pdu_offsets);
}

static ssize_t acl_attrib_random_datain_pdu_offsets_store(struct config_item *item,
							  const char *page,
							  size_t count)
{
	return ti_attr_store_u32(item, "random_datain_pdu_offsets", page, count,
				 &to_acl_attrib(item)->random_datain_pdu_offsets, 0, 1);
}
CONFIGFS_ATTR(acl_attrib_, random_datain_pdu_offsets);

static ssize_t acl_attrib_random_datain_seq_offsets_show(struct config_item *item,
							 char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->random_datain_seq_offsets);
}

static ssize_t acl_attrib_random_datain_seq_offsets_store(struct config_item *item,
							  const char *page,
							  size_t count)
{
	return ti_attr_store_u32(item, "random_datain_seq_offsets", page, count,
				 &to_acl_attrib(item)->random_datain_seq_offsets, 0, 1);
}
CONFIGFS_ATTR(acl_attrib_, random_datain_seq_offsets);

static ssize_t acl_attrib_random_r2t_offsets_show(struct config_item *item,
						  char *page)
{
	return ti_attr_show_u32(page, &to_acl_attrib(item)->random_r2t_offsets);
}

static ssize_t acl_attrib_random_r2t_offsets_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	return ti_attr_store_u32(item, "random_r2t_offsets", page, count,
				 &to_acl_attrib(item)->random_r2t_offsets, 0, 1);
}
CONFIGFS_ATTR(acl_attrib_, random_r2t_offsets);

static ssize_t acl_attrib_authentication_show(struct config_item *item,
					      char *page)
{
	return sysfs_emit(page, "%d\n",
			  READ_ONCE(to_acl_attrib(item)->authentication));
}

static ssize_t acl_attrib_authentication_store(struct config_item *item,
					       const char *page, size_t count)
{
	const char *text;
	size_t len;
	s32 value;
	int ret;

	ret = ti_attr_text(page, count, &text, &len);
	if (!ret)
		ret = kstrtos32(text, 0, &value);
	if (!ret && value != -1 && value != 0 && value != 1)
		ret = -EINVAL;
	if (ret) {
		ti_attr_refuse_written(item, "authentication", page, count,
				       "0, 1, or -1 for what the portal group says");
		return ret;
	}
	WRITE_ONCE(to_acl_attrib(item)->authentication, value);
	return count;
}
CONFIGFS_ATTR(acl_attrib_, authentication);

struct configfs_attribute *ti_acl_attrib_attrs[] = {
	&acl_attrib_attr_dataout_timeout,
	&acl_attrib_attr_dataout_timeout_retries,
	&acl_attrib_attr_default_erl,
	&acl_attrib_attr_nopin_timeout,
	&acl_attrib_attr_nopin_response_timeout,
	&acl_attrib_attr_random_datain_pdu_offsets,
	&acl_attrib_attr_random_datain_seq_offsets,
	&acl_attrib_attr_random_r2t_offsets,
	&acl_attrib_attr_authentication,
	NULL,
};
