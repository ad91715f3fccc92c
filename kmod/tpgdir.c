// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes of a portal group, and its attrib/ directory.
 *
 * Names, formats and limits are those of the in-tree target. A change concerns later
 * logins.
 */
#include "attrib.h"

/*
 * The initiators that have no ACL of their own, each name with a newline and a
 * NUL: so the in-tree target does, and tools split at the NUL.
 */
static ssize_t tpg_dynamic_sessions_show(struct config_item *item, char *page)
{
	struct se_portal_group *se_tpg = to_tpg(item);
	struct se_session *se_sess;
	const char *name;
	size_t len = 0, n;

	spin_lock_bh(&se_tpg->session_lock);
	list_for_each_entry(se_sess, &se_tpg->tpg_sess_list, sess_list) {
		if (!se_sess->se_node_acl ||
		    !se_sess->se_node_acl->dynamic_node_acl)
			continue;
		name = se_sess->se_node_acl->initiatorname;
		n = strlen(name) + 2;
		if (len + n > PAGE_SIZE)
			break;
		len += scnprintf(page + len, n, "%s\n", name) + 1;
	}
	spin_unlock_bh(&se_tpg->session_lock);
	return len;
}
CONFIGFS_ATTR_RO(tpg_, dynamic_sessions);

struct configfs_attribute *ti_tpg_base_attrs[] = {
	&tpg_attr_dynamic_sessions,
	NULL,
};

static struct ti_tpg_attrib *to_tpg_attrib(struct config_item *item)
{
	return &to_ti_tpg(attrib_to_tpg(item))->attrib;
}

static void list_without(struct ti_list *list, u8 item)
{
	u8 i, kept = 0;

	for (i = 0; i < list->count; i++)
		if (list->item[i] != item)
			list->item[kept++] = list->item[i];
	list->count = kept;
}

/**
 * ti_tpg_require_auth - take None out of AuthMethod, or offer it last
 * @tpg:	whose parameter it is
 * @require:	initiators must authenticate themselves
 *
 * May sleep.
 */
void ti_tpg_require_auth(struct ti_tpg *tpg, bool require)
{
	struct ti_list *list = &tpg->param.auth_method;

	mutex_lock(&tpg->param_lock);
	if (require) {
		list_without(list, TI_AUTH_NONE);
		if (!list->count)
			list->item[list->count++] = TI_AUTH_CHAP;
	} else if (!memchr(list->item, TI_AUTH_NONE, list->count)) {
		list->item[list->count++] = TI_AUTH_NONE;
	}
	mutex_unlock(&tpg->param_lock);
}

static ssize_t tpg_attrib_authentication_show(struct config_item *item,
					      char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->authentication);
}

static ssize_t tpg_attrib_authentication_store(struct config_item *item,
					       const char *page,
					       size_t count)
{
	u32 value;
	int ret;

	ret = ti_attr_u32(item, "authentication", page, count, 0, 1, &value);
	if (ret)
		return ret;
	ti_tpg_require_auth(to_ti_tpg(attrib_to_tpg(item)), value);
	WRITE_ONCE(to_tpg_attrib(item)->authentication, value);
	return count;
}
CONFIGFS_ATTR(tpg_attrib_, authentication);

static ssize_t tpg_attrib_login_timeout_show(struct config_item *item,
					     char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->login_timeout);
}

static ssize_t tpg_attrib_login_timeout_store(struct config_item *item,
					      const char *page, size_t count)
{
	return ti_attr_store_u32(item, "login_timeout", page, count,
				 &to_tpg_attrib(item)->login_timeout, 5, 30);
}
CONFIGFS_ATTR(tpg_attrib_, login_timeout);

static ssize_t tpg_attrib_netif_timeout_show(struct config_item *item,
					     char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->netif_timeout);
}

static ssize_t tpg_attrib_netif_timeout_store(struct config_item *item,
					      const char *page, size_t count)
{
	return ti_attr_store_u32(item, "netif_timeout", page, count,
				 &to_tpg_attrib(item)->netif_timeout, 2, 15);
}
CONFIGFS_ATTR(tpg_attrib_, netif_timeout);

/* Demo mode keeps the ACLs it makes. */
static ssize_t tpg_attrib_generate_node_acls_show(struct config_item *item,
						  char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->generate_node_acls);
}

static ssize_t tpg_attrib_generate_node_acls_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	struct ti_tpg_attrib *attrib = to_tpg_attrib(item);
	ssize_t ret;

	ret = ti_attr_store_u32(item, "generate_node_acls", page, count,
				&attrib->generate_node_acls, 0, 1);
	if (ret > 0 && READ_ONCE(attrib->generate_node_acls))
		WRITE_ONCE(attrib->cache_dynamic_acls, 1);
	return ret;
}
CONFIGFS_ATTR(tpg_attrib_, generate_node_acls);

static ssize_t tpg_attrib_default_cmdsn_depth_show(struct config_item *item,
						   char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->default_cmdsn_depth);
}

static ssize_t tpg_attrib_default_cmdsn_depth_store(struct config_item *item,
						    const char *page,
						    size_t count)
{
	return ti_attr_store_u32(item, "default_cmdsn_depth", page, count,
				 &to_tpg_attrib(item)->default_cmdsn_depth,
				 TI_DEPTH_MIN, TI_DEPTH_MAX);
}
CONFIGFS_ATTR(tpg_attrib_, default_cmdsn_depth);

/* Demo mode has to keep its ACLs: meanwhile 0 is taken, and ignored. */
static ssize_t tpg_attrib_cache_dynamic_acls_show(struct config_item *item,
						  char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->cache_dynamic_acls);
}

static ssize_t tpg_attrib_cache_dynamic_acls_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	struct ti_tpg_attrib *attrib = to_tpg_attrib(item);
	u32 value;
	int ret;

	ret = ti_attr_u32(item, "cache_dynamic_acls", page, count, 0, 1,
			  &value);
	if (ret)
		return ret;
	if (value || !READ_ONCE(attrib->generate_node_acls))
		WRITE_ONCE(attrib->cache_dynamic_acls, value);
	return count;
}
CONFIGFS_ATTR(tpg_attrib_, cache_dynamic_acls);

static ssize_t tpg_attrib_demo_mode_write_protect_show(struct config_item *item,
						       char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->demo_mode_write_protect);
}

static ssize_t tpg_attrib_demo_mode_write_protect_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return ti_attr_store_u32(item, "demo_mode_write_protect", page, count,
				 &to_tpg_attrib(item)->demo_mode_write_protect, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, demo_mode_write_protect);

static ssize_t tpg_attrib_prod_mode_write_protect_show(struct config_item *item,
						       char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->prod_mode_write_protect);
}

static ssize_t tpg_attrib_prod_mode_write_protect_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return ti_attr_store_u32(item, "prod_mode_write_protect", page, count,
				 &to_tpg_attrib(item)->prod_mode_write_protect, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, prod_mode_write_protect);

static ssize_t tpg_attrib_demo_mode_discovery_show(struct config_item *item,
						   char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->demo_mode_discovery);
}

static ssize_t tpg_attrib_demo_mode_discovery_store(struct config_item *item,
						    const char *page,
						    size_t count)
{
	return ti_attr_store_u32(item, "demo_mode_discovery", page, count,
				 &to_tpg_attrib(item)->demo_mode_discovery, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, demo_mode_discovery);

static ssize_t tpg_attrib_default_erl_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->default_erl);
}

static ssize_t tpg_attrib_default_erl_store(struct config_item *item,
					    const char *page, size_t count)
{
	return ti_attr_store_u32(item, "default_erl", page, count,
				 &to_tpg_attrib(item)->default_erl, 0, 2);
}
CONFIGFS_ATTR(tpg_attrib_, default_erl);

static ssize_t tpg_attrib_t10_pi_show(struct config_item *item, char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->t10_pi);
}

static ssize_t tpg_attrib_t10_pi_store(struct config_item *item,
				       const char *page, size_t count)
{
	return ti_attr_store_u32(item, "t10_pi", page, count,
				 &to_tpg_attrib(item)->t10_pi, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, t10_pi);

static ssize_t tpg_attrib_fabric_prot_type_show(struct config_item *item,
						char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->fabric_prot_type);
}

static ssize_t tpg_attrib_fabric_prot_type_store(struct config_item *item,
						 const char *page, size_t count)
{
	u32 value;
	int ret;

	ret = ti_attr_parse_u32(page, count, &value);
	if (!ret && value != 0 && value != 1 && value != 3)
		ret = -EINVAL;
	if (ret) {
		ti_attr_refuse_written(item, "fabric_prot_type", page, count,
				       "0, 1 or 3");
		return ret;
	}
	WRITE_ONCE(to_tpg_attrib(item)->fabric_prot_type, value);
	return count;
}
CONFIGFS_ATTR(tpg_attrib_, fabric_prot_type);

static ssize_t tpg_attrib_tpg_enabled_sendtargets_show(struct config_item *item,
						       char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->tpg_enabled_sendtargets);
}

static ssize_t tpg_attrib_tpg_enabled_sendtargets_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return ti_attr_store_u32(item, "tpg_enabled_sendtargets", page, count,
				 &to_tpg_attrib(item)->tpg_enabled_sendtargets, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, tpg_enabled_sendtargets);

static ssize_t tpg_attrib_login_keys_workaround_show(struct config_item *item,
						     char *page)
{
	return ti_attr_show_u32(page, &to_tpg_attrib(item)->login_keys_workaround);
}

static ssize_t tpg_attrib_login_keys_workaround_store(struct config_item *item,
						      const char *page,
						      size_t count)
{
	return ti_attr_store_u32(item, "login_keys_workaround", page, count,
				 &to_tpg_attrib(item)->login_keys_workaround, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, login_keys_workaround);

struct configfs_attribute *ti_tpg_attrib_attrs[] = {
	&tpg_attrib_attr_authentication,
	&tpg_attrib_attr_login_timeout,
	&tpg_attrib_attr_netif_timeout,
	&tpg_attrib_attr_generate_node_acls,
	&tpg_attrib_attr_default_cmdsn_depth,
	&tpg_attrib_attr_cache_dynamic_acls,
	&tpg_attrib_attr_demo_mode_write_protect,
	&tpg_attrib_attr_prod_mode_write_protect,
	&tpg_attrib_attr_demo_mode_discovery,
	&tpg_attrib_attr_default_erl,
	&tpg_attrib_attr_t10_pi,
	&tpg_attrib_attr_fabric_prot_type,
	&tpg_attrib_attr_tpg_enabled_sendtargets,
	&tpg_attrib_attr_login_keys_workaround,
	NULL,
};
