// SPDX-License-Identifier: GPL-2.0
/*
 * configfs attributes that are numbers or text: those of fabric, portal group
 * and ACL, and the attrib/ directories of the latter two.
 *
 * Names, formats and limits are those of the in-tree target. A value that is
 * refused changes nothing and is named, with what would be allowed, in one
 * rate-limited line of the kernel log.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/string.h>

#include "attrib.h"

/* ---- reading what was written ---- */

/**
 * ti_attr_text - find the value in what was written to an attribute
 * @page:	what was written, with a NUL after it
 * @count:	bytes written
 * @text:	start of the value
 * @len:	its length: without one newline, and NULs, at the end
 *
 * Return: 0, or -EINVAL when a NUL is inside.
 */
int ti_attr_text(const char *page, size_t count, const char **text, size_t *len)
{
	size_t n = strnlen(page, count);

	if (memchr_inv(page + n, 0, count - n))
		return -EINVAL;
	if (n && page[n - 1] == '\n')
		n--;
	*text = page;
	*len = n;
	return 0;
}

/* The path of @item below /sys/kernel/config, at the end of @buf. */
static const char *item_path(struct config_item *item, char *buf, size_t size)
{
	char *p = buf + size;
	size_t n;

	*--p = '\0';
	for (; item && item->ci_parent; item = item->ci_parent) {
		n = strlen(config_item_name(item));
		if (n + 1 > p - buf)
			break;
		*--p = '/';
		p -= n;
		memcpy(p, config_item_name(item), n);
	}
	return p;
}

/**
 * ti_attr_refuse - say that a value was refused, and what would be allowed
 * @item:	the directory
 * @name:	the attribute
 * @value:	what was written, @len bytes; NULL for a secret
 * @len:	unused for a secret
 * @allowed:	words for what is allowed
 */
void ti_attr_refuse(struct config_item *item, const char *name,
		    const char *value, size_t len, const char *allowed)
{
	char path[512];

	if (value)
		ti_warn("%s%s: '%*pE' refused, it must be %s\n",
			item_path(item, path, sizeof(path)), name,
			(int)min_t(size_t, len, 64), value, allowed);
	else
		ti_warn("%s%s: refused, it must be %s\n",
			item_path(item, path, sizeof(path)), name, allowed);
}

/**
 * ti_param_set_uint - set a module parameter that has limits
 * @val:	what was written
 * @kp:		the parameter, an unsigned int
 * @min:	smallest value allowed
 * @max:	largest value allowed
 *
 * Return: 0, or -errno; the refusal has been logged.
 */
int ti_param_set_uint(const char *val, const struct kernel_param *kp,
		      unsigned int min, unsigned int max)
{
	int ret = param_set_uint_minmax(val, kp, min, max);

	if (ret)
		ti_warn("parameter %s: '%*pE' refused, it must be %u to %u\n",
			kp->name, (int)strnlen(val, 64), val, min, max);
	return ret;
}

static int parse_u32(const char *page, size_t count, u32 *value)
{
	const char *text;
	size_t len;
	int ret;

	ret = ti_attr_text(page, count, &text, &len);
	return ret ? ret : kstrtou32(text, 0, value);
}

static void refuse_number(struct config_item *item, const char *name,
			  const char *page, size_t count, const char *allowed)
{
	/* Shown without the newline, NULs and all. */
	if (count && page[count - 1] == '\n')
		count--;
	ti_attr_refuse(item, name, page, count, allowed);
}

/**
 * ti_attr_u32 - read a number with limits
 * @item:	the directory
 * @name:	the attribute
 * @page:	what was written; decimal, octal (0) or hex (0x)
 * @count:	bytes written
 * @min:	smallest value allowed
 * @max:	largest value allowed
 * @value:	set on success only
 *
 * Return: 0, -EINVAL, or -ERANGE when it has more than 32 bits; the refusal has
 * been logged.
 */
int ti_attr_u32(struct config_item *item, const char *name, const char *page,
		size_t count, u32 min, u32 max, u32 *value)
{
	char allowed[32];
	u32 number;
	int ret;

	ret = parse_u32(page, count, &number);
	if (!ret && (number < min || number > max))
		ret = -EINVAL;
	if (ret) {
		snprintf(allowed, sizeof(allowed), "%u to %u", min, max);
		refuse_number(item, name, page, count, allowed);
		return ret;
	}
	*value = number;
	return 0;
}

static ssize_t show_u32(char *page, const u32 *field)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(*field));
}

static ssize_t store_u32(struct config_item *item, const char *name,
			 const char *page, size_t count, u32 *field,
			 u32 min, u32 max)
{
	u32 value;
	int ret;

	ret = ti_attr_u32(item, name, page, count, min, max, &value);
	if (ret)
		return ret;
	WRITE_ONCE(*field, value);
	return count;
}

/* ---- the fabric ---- */

static ssize_t wwn_lio_version_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "tcm_iscsi iSCSI Target %s\n",
			  THIS_MODULE->version ?: "unversioned");
}
CONFIGFS_ATTR_RO(wwn_, lio_version);

/*
 * CPUs that connections may work on. Read without a lock: while the mask is
 * being changed, a connection may choose by old and new bits mixed.
 */
static cpumask_t cpus_allowed = CPU_MASK_ALL;

/**
 * ti_cpu_near - the CPU for a connection whose packets arrive on @cpu
 * @cpu:	where they arrive
 *
 * Any context. Return: @cpu, or when cpus_allowed_list leaves it out the next
 * one that is allowed and online; @cpu again when there is none.
 */
int ti_cpu_near(int cpu)
{
	unsigned int near;

	if (likely(cpumask_test_cpu(cpu, &cpus_allowed)))
		return cpu;
	near = cpumask_next_and(cpu, &cpus_allowed, cpu_online_mask);
	if (near >= nr_cpu_ids)
		near = cpumask_first_and(&cpus_allowed, cpu_online_mask);
	return near < nr_cpu_ids ? near : cpu;
}

static ssize_t wwn_cpus_allowed_list_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%*pbl\n", cpumask_pr_args(&cpus_allowed));
}

static ssize_t wwn_cpus_allowed_list_store(struct config_item *item,
					   const char *page, size_t count)
{
	cpumask_var_t mask;
	const char *text;
	size_t len;
	int ret;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	ret = ti_attr_text(page, count, &text, &len);
	if (!ret)
		ret = cpulist_parse(text, mask);
	if (!ret && !cpumask_intersects(mask, cpu_online_mask))
		ret = -EINVAL;
	if (ret)
		refuse_number(item, "cpus_allowed_list", page, count,
			      "a list like 0-3,8 with at least one CPU that is online");
	else
		cpumask_copy(&cpus_allowed, mask);
	free_cpumask_var(mask);
	return ret ? ret : count;
}
CONFIGFS_ATTR(wwn_, cpus_allowed_list);

struct configfs_attribute *ti_wwn_attrs[] = {
	&wwn_attr_lio_version,
	&wwn_attr_cpus_allowed_list,
	NULL,
};

/* ---- portals: other transports, which we do not have ---- */

static ssize_t store_transport(struct config_item *item, const char *name,
			       const char *page, size_t count)
{
	u32 on;
	int ret;

	ret = ti_attr_u32(item, name, page, count, 0, 1, &on);
	if (ret)
		return ret;
	if (on) {
		ti_attr_refuse(item, name, "1", 1, "0: TCP only");
		return -EOPNOTSUPP;
	}
	return count;
}

static ssize_t np_iser_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}

static ssize_t np_iser_store(struct config_item *item, const char *page,
			     size_t count)
{
	return store_transport(item, "iser", page, count);
}
CONFIGFS_ATTR(np_, iser);

static ssize_t np_cxgbit_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}

static ssize_t np_cxgbit_store(struct config_item *item, const char *page,
			       size_t count)
{
	return store_transport(item, "cxgbit", page, count);
}
CONFIGFS_ATTR(np_, cxgbit);

struct configfs_attribute *ti_np_attrs[] = {
	&np_attr_iser,
	&np_attr_cxgbit,
	NULL,
};

/* ---- portal groups ---- */

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
	return show_u32(page, &to_tpg_attrib(item)->authentication);
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
	return show_u32(page, &to_tpg_attrib(item)->login_timeout);
}

static ssize_t tpg_attrib_login_timeout_store(struct config_item *item,
					      const char *page, size_t count)
{
	return store_u32(item, "login_timeout", page, count,
			 &to_tpg_attrib(item)->login_timeout, 5, 30);
}
CONFIGFS_ATTR(tpg_attrib_, login_timeout);

static ssize_t tpg_attrib_netif_timeout_show(struct config_item *item,
					     char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->netif_timeout);
}

static ssize_t tpg_attrib_netif_timeout_store(struct config_item *item,
					      const char *page, size_t count)
{
	return store_u32(item, "netif_timeout", page, count,
			 &to_tpg_attrib(item)->netif_timeout, 2, 15);
}
CONFIGFS_ATTR(tpg_attrib_, netif_timeout);

/* Demo mode keeps the ACLs it makes. */
static ssize_t tpg_attrib_generate_node_acls_show(struct config_item *item,
						  char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->generate_node_acls);
}

static ssize_t tpg_attrib_generate_node_acls_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	struct ti_tpg_attrib *attrib = to_tpg_attrib(item);
	ssize_t ret;

	ret = store_u32(item, "generate_node_acls", page, count,
			&attrib->generate_node_acls, 0, 1);
	if (ret > 0 && READ_ONCE(attrib->generate_node_acls))
		WRITE_ONCE(attrib->cache_dynamic_acls, 1);
	return ret;
}
CONFIGFS_ATTR(tpg_attrib_, generate_node_acls);

static ssize_t tpg_attrib_default_cmdsn_depth_show(struct config_item *item,
						   char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->default_cmdsn_depth);
}

static ssize_t tpg_attrib_default_cmdsn_depth_store(struct config_item *item,
						    const char *page,
						    size_t count)
{
	return store_u32(item, "default_cmdsn_depth", page, count,
			 &to_tpg_attrib(item)->default_cmdsn_depth, TI_DEPTH_MIN, TI_DEPTH_MAX);
}
CONFIGFS_ATTR(tpg_attrib_, default_cmdsn_depth);

/* Demo mode has to keep its ACLs: meanwhile 0 is taken, and ignored. */
static ssize_t tpg_attrib_cache_dynamic_acls_show(struct config_item *item,
						  char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->cache_dynamic_acls);
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
	return show_u32(page, &to_tpg_attrib(item)->demo_mode_write_protect);
}

static ssize_t tpg_attrib_demo_mode_write_protect_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return store_u32(item, "demo_mode_write_protect", page, count,
			 &to_tpg_attrib(item)->demo_mode_write_protect, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, demo_mode_write_protect);

static ssize_t tpg_attrib_prod_mode_write_protect_show(struct config_item *item,
						       char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->prod_mode_write_protect);
}

static ssize_t tpg_attrib_prod_mode_write_protect_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return store_u32(item, "prod_mode_write_protect", page, count,
			 &to_tpg_attrib(item)->prod_mode_write_protect, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, prod_mode_write_protect);

static ssize_t tpg_attrib_demo_mode_discovery_show(struct config_item *item,
						   char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->demo_mode_discovery);
}

static ssize_t tpg_attrib_demo_mode_discovery_store(struct config_item *item,
						    const char *page,
						    size_t count)
{
	return store_u32(item, "demo_mode_discovery", page, count,
			 &to_tpg_attrib(item)->demo_mode_discovery, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, demo_mode_discovery);

static ssize_t tpg_attrib_default_erl_show(struct config_item *item, char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->default_erl);
}

static ssize_t tpg_attrib_default_erl_store(struct config_item *item,
					    const char *page, size_t count)
{
	return store_u32(item, "default_erl", page, count,
			 &to_tpg_attrib(item)->default_erl, 0, 2);
}
CONFIGFS_ATTR(tpg_attrib_, default_erl);

static ssize_t tpg_attrib_t10_pi_show(struct config_item *item, char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->t10_pi);
}

static ssize_t tpg_attrib_t10_pi_store(struct config_item *item,
				       const char *page, size_t count)
{
	return store_u32(item, "t10_pi", page, count,
			 &to_tpg_attrib(item)->t10_pi, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, t10_pi);

static ssize_t tpg_attrib_fabric_prot_type_show(struct config_item *item,
						char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->fabric_prot_type);
}

static ssize_t tpg_attrib_fabric_prot_type_store(struct config_item *item,
						 const char *page, size_t count)
{
	u32 value;
	int ret;

	ret = parse_u32(page, count, &value);
	if (!ret && value != 0 && value != 1 && value != 3)
		ret = -EINVAL;
	if (ret) {
		refuse_number(item, "fabric_prot_type", page, count,
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
	return show_u32(page, &to_tpg_attrib(item)->tpg_enabled_sendtargets);
}

static ssize_t tpg_attrib_tpg_enabled_sendtargets_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return store_u32(item, "tpg_enabled_sendtargets", page, count,
			 &to_tpg_attrib(item)->tpg_enabled_sendtargets, 0, 1);
}
CONFIGFS_ATTR(tpg_attrib_, tpg_enabled_sendtargets);

static ssize_t tpg_attrib_login_keys_workaround_show(struct config_item *item,
						     char *page)
{
	return show_u32(page, &to_tpg_attrib(item)->login_keys_workaround);
}

static ssize_t tpg_attrib_login_keys_workaround_store(struct config_item *item,
						      const char *page,
						      size_t count)
{
	return store_u32(item, "login_keys_workaround", page, count,
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

/* ---- ACLs ---- */

static ssize_t acl_info_show(struct config_item *item, char *page)
{
	struct se_node_acl *se_acl = acl_to_nacl(item);
	struct ti_sess *sess;
	ssize_t len;

	spin_lock_bh(&se_acl->nacl_sess_lock);
	sess = ti_acl_sess(se_acl);
	if (sess)
		len = ti_sess_info(sess, page, PAGE_SIZE);
	else
		len = sysfs_emit(page, "No active iSCSI Session for Initiator Endpoint: %s\n",
				 se_acl->initiatorname);
	spin_unlock_bh(&se_acl->nacl_sess_lock);
	return len;
}
CONFIGFS_ATTR_RO(acl_, info);

static ssize_t acl_cmdsn_depth_show(struct config_item *item, char *page)
{
	return show_u32(page, &acl_to_nacl(item)->queue_depth);
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

static bool is_printable(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((u8)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

static ssize_t acl_tag_store(struct config_item *item, const char *page,
			     size_t count)
{
	struct se_node_acl *se_acl = acl_to_nacl(item);
	const char *text;
	size_t len;
	int ret;

	ret = ti_attr_text(page, count, &text, &len);
	if (!ret && !is_printable(text, len))
		ret = -EINVAL;
	if (!ret)
		ret = core_tpg_set_initiator_node_tag(se_acl->se_tpg, se_acl,
						      page);
	if (ret < 0) {
		refuse_number(item, "tag", page, count,
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
		set_bit(TI_CONN_F_TIMER, &conn->flags);
		ti_conn_queue(conn);
	}
	spin_unlock(&tpg->lock);
}

static ssize_t acl_attrib_dataout_timeout_show(struct config_item *item,
					       char *page)
{
	return show_u32(page, &to_acl_attrib(item)->dataout_timeout);
}

static ssize_t acl_attrib_dataout_timeout_store(struct config_item *item,
						const char *page, size_t count)
{
	return store_u32(item, "dataout_timeout", page, count,
			 &to_acl_attrib(item)->dataout_timeout, 2, 60);
}
CONFIGFS_ATTR(acl_attrib_, dataout_timeout);

static ssize_t acl_attrib_dataout_timeout_retries_show(struct config_item *item,
						       char *page)
{
	return show_u32(page, &to_acl_attrib(item)->dataout_timeout_retries);
}

static ssize_t acl_attrib_dataout_timeout_retries_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return store_u32(item, "dataout_timeout_retries", page, count,
			 &to_acl_attrib(item)->dataout_timeout_retries, 1, 15);
}
CONFIGFS_ATTR(acl_attrib_, dataout_timeout_retries);

static ssize_t acl_attrib_default_erl_show(struct config_item *item, char *page)
{
	return show_u32(page, &to_acl_attrib(item)->default_erl);
}

static ssize_t acl_attrib_default_erl_store(struct config_item *item,
					    const char *page, size_t count)
{
	return store_u32(item, "default_erl", page, count,
			 &to_acl_attrib(item)->default_erl, 0, 2);
}
CONFIGFS_ATTR(acl_attrib_, default_erl);

static ssize_t acl_attrib_nopin_timeout_show(struct config_item *item,
					     char *page)
{
	return show_u32(page, &to_acl_attrib(item)->nopin_timeout);
}

static ssize_t acl_attrib_nopin_timeout_store(struct config_item *item,
					      const char *page, size_t count)
{
	u32 value;
	int ret;

	ret = parse_u32(page, count, &value);
	if (!ret && value && (value < 3 || value > 60))
		ret = -EINVAL;
	if (ret) {
		refuse_number(item, "nopin_timeout", page, count,
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
	return show_u32(page, &to_acl_attrib(item)->nopin_response_timeout);
}

static ssize_t acl_attrib_nopin_response_timeout_store(struct config_item *item,
						       const char *page,
						       size_t count)
{
	ssize_t ret;

	ret = store_u32(item, "nopin_response_timeout", page, count,
			&to_acl_attrib(item)->nopin_response_timeout, 3, 60);
	if (ret > 0)
		update_pings(attrib_to_nacl(item));
	return ret;
}
CONFIGFS_ATTR(acl_attrib_, nopin_response_timeout);

static ssize_t acl_attrib_random_datain_pdu_offsets_show(struct config_item *item,
							 char *page)
{
	return show_u32(page, &to_acl_attrib(item)->random_datain_pdu_offsets);
}

static ssize_t acl_attrib_random_datain_pdu_offsets_store(struct config_item *item,
							  const char *page,
							  size_t count)
{
	return store_u32(item, "random_datain_pdu_offsets", page, count,
			 &to_acl_attrib(item)->random_datain_pdu_offsets, 0, 1);
}
CONFIGFS_ATTR(acl_attrib_, random_datain_pdu_offsets);

static ssize_t acl_attrib_random_datain_seq_offsets_show(struct config_item *item,
							 char *page)
{
	return show_u32(page, &to_acl_attrib(item)->random_datain_seq_offsets);
}

static ssize_t acl_attrib_random_datain_seq_offsets_store(struct config_item *item,
							  const char *page,
							  size_t count)
{
	return store_u32(item, "random_datain_seq_offsets", page, count,
			 &to_acl_attrib(item)->random_datain_seq_offsets, 0, 1);
}
CONFIGFS_ATTR(acl_attrib_, random_datain_seq_offsets);

static ssize_t acl_attrib_random_r2t_offsets_show(struct config_item *item,
						  char *page)
{
	return show_u32(page, &to_acl_attrib(item)->random_r2t_offsets);
}

static ssize_t acl_attrib_random_r2t_offsets_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	return store_u32(item, "random_r2t_offsets", page, count,
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
		refuse_number(item, "authentication", page, count,
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
