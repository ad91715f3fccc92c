// SPDX-License-Identifier: GPL-2.0
/*
 * The param/ directories: of a portal group, what it offers in negotiations;
 * of an ACL, what was negotiated with its session, read only.
 *
 * Values and limits are those of params.c. A change concerns later logins.
 */
#include "attrib.h"
#include "keys.h"

/* ---- portal groups ---- */

/**
 * ti_tpg_copy_param - what a portal group offers in negotiations, as it is now
 * @tpg:	the portal group
 * @cfg:	filled; a negotiation keeps its own, which nobody changes under it
 *
 * May sleep.
 */
void ti_tpg_copy_param(struct ti_tpg *tpg, struct ti_param_cfg *cfg)
{
	mutex_lock(&tpg->param_lock);
	*cfg = tpg->param;
	mutex_unlock(&tpg->param_lock);
}

static ssize_t show_param(struct config_item *item, const char *name,
			  char *page)
{
	struct ti_tpg *tpg = to_ti_tpg(param_to_tpg(item));
	int len;

	mutex_lock(&tpg->param_lock);
	len = ti_param_cfg_get(&tpg->param, name, page, PAGE_SIZE - 1);
	mutex_unlock(&tpg->param_lock);
	if (len < 0)
		return len;
	page[len++] = '\n';
	return len;
}

static void refuse_param(struct config_item *item, const char *name,
			 const char *value, size_t len)
{
	char allowed[64];

	if (ti_param_cfg_allowed(name, allowed, sizeof(allowed)) < 0)
		strscpy(allowed, "something else", sizeof(allowed));
	ti_attr_refuse(item, name, value, len, allowed);
}

/* Whatever is wrong with a value, the in-tree target says -EINVAL. */
static ssize_t store_param(struct config_item *item, const char *name,
			   const char *page, size_t count)
{
	struct ti_tpg *tpg = to_ti_tpg(param_to_tpg(item));
	const char *text;
	size_t len;
	int ret;

	if (ti_attr_text(page, count, &text, &len)) {
		refuse_param(item, name, page, count);
		return -EINVAL;
	}
	mutex_lock(&tpg->param_lock);
	ret = ti_param_cfg_set(&tpg->param, name, text);
	mutex_unlock(&tpg->param_lock);
	if (ret) {
		refuse_param(item, name, text, len);
		return -EINVAL;
	}
	return count;
}

static ssize_t tpg_param_AuthMethod_show(struct config_item *item, char *page)
{
	return show_param(item, "AuthMethod", page);
}

static ssize_t tpg_param_AuthMethod_store(struct config_item *item,
					  const char *page, size_t count)
{
	return store_param(item, "AuthMethod", page, count);
}
CONFIGFS_ATTR(tpg_param_, AuthMethod);

static ssize_t tpg_param_HeaderDigest_show(struct config_item *item, char *page)
{
	return show_param(item, "HeaderDigest", page);
}

static ssize_t tpg_param_HeaderDigest_store(struct config_item *item,
					    const char *page, size_t count)
{
	return store_param(item, "HeaderDigest", page, count);
}
CONFIGFS_ATTR(tpg_param_, HeaderDigest);

static ssize_t tpg_param_DataDigest_show(struct config_item *item, char *page)
{
	return show_param(item, "DataDigest", page);
}

static ssize_t tpg_param_DataDigest_store(struct config_item *item,
					  const char *page, size_t count)
{
	return store_param(item, "DataDigest", page, count);
}
CONFIGFS_ATTR(tpg_param_, DataDigest);

static ssize_t tpg_param_MaxConnections_show(struct config_item *item,
					     char *page)
{
	return show_param(item, "MaxConnections", page);
}

static ssize_t tpg_param_MaxConnections_store(struct config_item *item,
					      const char *page, size_t count)
{
	return store_param(item, "MaxConnections", page, count);
}
CONFIGFS_ATTR(tpg_param_, MaxConnections);

static ssize_t tpg_param_TargetAlias_show(struct config_item *item, char *page)
{
	return show_param(item, "TargetAlias", page);
}

static ssize_t tpg_param_TargetAlias_store(struct config_item *item,
					   const char *page, size_t count)
{
	return store_param(item, "TargetAlias", page, count);
}
CONFIGFS_ATTR(tpg_param_, TargetAlias);

static ssize_t tpg_param_InitialR2T_show(struct config_item *item, char *page)
{
	return show_param(item, "InitialR2T", page);
}

static ssize_t tpg_param_InitialR2T_store(struct config_item *item,
					  const char *page, size_t count)
{
	return store_param(item, "InitialR2T", page, count);
}
CONFIGFS_ATTR(tpg_param_, InitialR2T);

static ssize_t tpg_param_ImmediateData_show(struct config_item *item,
					    char *page)
{
	return show_param(item, "ImmediateData", page);
}

static ssize_t tpg_param_ImmediateData_store(struct config_item *item,
					     const char *page, size_t count)
{
	return store_param(item, "ImmediateData", page, count);
}
CONFIGFS_ATTR(tpg_param_, ImmediateData);

static ssize_t tpg_param_MaxRecvDataSegmentLength_show(struct config_item *item,
						       char *page)
{
	return show_param(item, "MaxRecvDataSegmentLength", page);
}

static ssize_t tpg_param_MaxRecvDataSegmentLength_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return store_param(item, "MaxRecvDataSegmentLength", page, count);
}
CONFIGFS_ATTR(tpg_param_, MaxRecvDataSegmentLength);

static ssize_t tpg_param_MaxXmitDataSegmentLength_show(struct config_item *item,
						       char *page)
{
	return show_param(item, "MaxXmitDataSegmentLength", page);
}

static ssize_t tpg_param_MaxXmitDataSegmentLength_store(struct config_item *item,
							const char *page,
							size_t count)
{
	return store_param(item, "MaxXmitDataSegmentLength", page, count);
}
CONFIGFS_ATTR(tpg_param_, MaxXmitDataSegmentLength);

static ssize_t tpg_param_MaxBurstLength_show(struct config_item *item,
					     char *page)
{
	return show_param(item, "MaxBurstLength", page);
}

static ssize_t tpg_param_MaxBurstLength_store(struct config_item *item,
					      const char *page, size_t count)
{
	return store_param(item, "MaxBurstLength", page, count);
}
CONFIGFS_ATTR(tpg_param_, MaxBurstLength);

static ssize_t tpg_param_FirstBurstLength_show(struct config_item *item,
					       char *page)
{
	return show_param(item, "FirstBurstLength", page);
}

static ssize_t tpg_param_FirstBurstLength_store(struct config_item *item,
						const char *page, size_t count)
{
	return store_param(item, "FirstBurstLength", page, count);
}
CONFIGFS_ATTR(tpg_param_, FirstBurstLength);

static ssize_t tpg_param_DefaultTime2Wait_show(struct config_item *item,
					       char *page)
{
	return show_param(item, "DefaultTime2Wait", page);
}

static ssize_t tpg_param_DefaultTime2Wait_store(struct config_item *item,
						const char *page, size_t count)
{
	return store_param(item, "DefaultTime2Wait", page, count);
}
CONFIGFS_ATTR(tpg_param_, DefaultTime2Wait);

static ssize_t tpg_param_DefaultTime2Retain_show(struct config_item *item,
						 char *page)
{
	return show_param(item, "DefaultTime2Retain", page);
}

static ssize_t tpg_param_DefaultTime2Retain_store(struct config_item *item,
						  const char *page,
						  size_t count)
{
	return store_param(item, "DefaultTime2Retain", page, count);
}
CONFIGFS_ATTR(tpg_param_, DefaultTime2Retain);

static ssize_t tpg_param_MaxOutstandingR2T_show(struct config_item *item,
						char *page)
{
	return show_param(item, "MaxOutstandingR2T", page);
}

static ssize_t tpg_param_MaxOutstandingR2T_store(struct config_item *item,
						 const char *page, size_t count)
{
	return store_param(item, "MaxOutstandingR2T", page, count);
}
CONFIGFS_ATTR(tpg_param_, MaxOutstandingR2T);

static ssize_t tpg_param_DataPDUInOrder_show(struct config_item *item,
					     char *page)
{
	return show_param(item, "DataPDUInOrder", page);
}

static ssize_t tpg_param_DataPDUInOrder_store(struct config_item *item,
					      const char *page, size_t count)
{
	return store_param(item, "DataPDUInOrder", page, count);
}
CONFIGFS_ATTR(tpg_param_, DataPDUInOrder);

static ssize_t tpg_param_DataSequenceInOrder_show(struct config_item *item,
						  char *page)
{
	return show_param(item, "DataSequenceInOrder", page);
}

static ssize_t tpg_param_DataSequenceInOrder_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	return store_param(item, "DataSequenceInOrder", page, count);
}
CONFIGFS_ATTR(tpg_param_, DataSequenceInOrder);

static ssize_t tpg_param_ErrorRecoveryLevel_show(struct config_item *item,
						 char *page)
{
	return show_param(item, "ErrorRecoveryLevel", page);
}

static ssize_t tpg_param_ErrorRecoveryLevel_store(struct config_item *item,
						  const char *page,
						  size_t count)
{
	return store_param(item, "ErrorRecoveryLevel", page, count);
}
CONFIGFS_ATTR(tpg_param_, ErrorRecoveryLevel);

static ssize_t tpg_param_IFMarker_show(struct config_item *item, char *page)
{
	return show_param(item, "IFMarker", page);
}

static ssize_t tpg_param_IFMarker_store(struct config_item *item,
					const char *page, size_t count)
{
	return store_param(item, "IFMarker", page, count);
}
CONFIGFS_ATTR(tpg_param_, IFMarker);

static ssize_t tpg_param_OFMarker_show(struct config_item *item, char *page)
{
	return show_param(item, "OFMarker", page);
}

static ssize_t tpg_param_OFMarker_store(struct config_item *item,
					const char *page, size_t count)
{
	return store_param(item, "OFMarker", page, count);
}
CONFIGFS_ATTR(tpg_param_, OFMarker);

static ssize_t tpg_param_IFMarkInt_show(struct config_item *item, char *page)
{
	return show_param(item, "IFMarkInt", page);
}

static ssize_t tpg_param_IFMarkInt_store(struct config_item *item,
					 const char *page, size_t count)
{
	return store_param(item, "IFMarkInt", page, count);
}
CONFIGFS_ATTR(tpg_param_, IFMarkInt);

static ssize_t tpg_param_OFMarkInt_show(struct config_item *item, char *page)
{
	return show_param(item, "OFMarkInt", page);
}

static ssize_t tpg_param_OFMarkInt_store(struct config_item *item,
					 const char *page, size_t count)
{
	return store_param(item, "OFMarkInt", page, count);
}
CONFIGFS_ATTR(tpg_param_, OFMarkInt);

struct configfs_attribute *ti_tpg_param_attrs[] = {
	&tpg_param_attr_AuthMethod,
	&tpg_param_attr_HeaderDigest,
	&tpg_param_attr_DataDigest,
	&tpg_param_attr_MaxConnections,
	&tpg_param_attr_TargetAlias,
	&tpg_param_attr_InitialR2T,
	&tpg_param_attr_ImmediateData,
	&tpg_param_attr_MaxRecvDataSegmentLength,
	&tpg_param_attr_MaxXmitDataSegmentLength,
	&tpg_param_attr_MaxBurstLength,
	&tpg_param_attr_FirstBurstLength,
	&tpg_param_attr_DefaultTime2Wait,
	&tpg_param_attr_DefaultTime2Retain,
	&tpg_param_attr_MaxOutstandingR2T,
	&tpg_param_attr_DataPDUInOrder,
	&tpg_param_attr_DataSequenceInOrder,
	&tpg_param_attr_ErrorRecoveryLevel,
	&tpg_param_attr_IFMarker,
	&tpg_param_attr_OFMarker,
	&tpg_param_attr_IFMarkInt,
	&tpg_param_attr_OFMarkInt,
	NULL,
};

/* ---- ACLs ---- */

/* @key: one that is negotiated to a number, or to Yes (1) or No (0) */
static u32 param_value(const struct ti_params *params, enum ti_key key)
{
	const struct ti_key_desc *desc = &ti_key_table[key];
	const void *value = (const u8 *)params + desc->result;

	if (desc->kind == KIND_AND || desc->kind == KIND_OR)
		return READ_ONCE(*(const bool *)value);
	return READ_ONCE(*(const u32 *)value);
}

static ssize_t show_negotiated(struct config_item *item, enum ti_key key,
			       char *page)
{
	struct se_node_acl *se_acl = param_to_nacl(item);
	struct ti_sess *sess;
	ssize_t len;

	spin_lock_bh(&se_acl->nacl_sess_lock);
	sess = ti_acl_sess(se_acl);
	if (sess)
		len = sysfs_emit(page, "%u\n", param_value(&sess->params, key));
	else
		len = sysfs_emit(page, "No Active iSCSI Session\n");
	spin_unlock_bh(&se_acl->nacl_sess_lock);
	return len;
}

static ssize_t acl_param_MaxConnections_show(struct config_item *item,
					     char *page)
{
	return show_negotiated(item, TI_KEY_MAX_CONNECTIONS, page);
}
CONFIGFS_ATTR_RO(acl_param_, MaxConnections);

static ssize_t acl_param_InitialR2T_show(struct config_item *item, char *page)
{
	return show_negotiated(item, TI_KEY_INITIAL_R2T, page);
}
CONFIGFS_ATTR_RO(acl_param_, InitialR2T);

static ssize_t acl_param_ImmediateData_show(struct config_item *item,
					    char *page)
{
	return show_negotiated(item, TI_KEY_IMMEDIATE_DATA, page);
}
CONFIGFS_ATTR_RO(acl_param_, ImmediateData);

static ssize_t acl_param_MaxBurstLength_show(struct config_item *item,
					     char *page)
{
	return show_negotiated(item, TI_KEY_MAX_BURST, page);
}
CONFIGFS_ATTR_RO(acl_param_, MaxBurstLength);

static ssize_t acl_param_FirstBurstLength_show(struct config_item *item,
					       char *page)
{
	return show_negotiated(item, TI_KEY_FIRST_BURST, page);
}
CONFIGFS_ATTR_RO(acl_param_, FirstBurstLength);

static ssize_t acl_param_DefaultTime2Wait_show(struct config_item *item,
					       char *page)
{
	return show_negotiated(item, TI_KEY_TIME2WAIT, page);
}
CONFIGFS_ATTR_RO(acl_param_, DefaultTime2Wait);

static ssize_t acl_param_DefaultTime2Retain_show(struct config_item *item,
						 char *page)
{
	return show_negotiated(item, TI_KEY_TIME2RETAIN, page);
}
CONFIGFS_ATTR_RO(acl_param_, DefaultTime2Retain);

static ssize_t acl_param_MaxOutstandingR2T_show(struct config_item *item,
						char *page)
{
	return show_negotiated(item, TI_KEY_MAX_R2T, page);
}
CONFIGFS_ATTR_RO(acl_param_, MaxOutstandingR2T);

static ssize_t acl_param_DataPDUInOrder_show(struct config_item *item,
					     char *page)
{
	return show_negotiated(item, TI_KEY_DATA_PDU_IN_ORDER, page);
}
CONFIGFS_ATTR_RO(acl_param_, DataPDUInOrder);

static ssize_t acl_param_DataSequenceInOrder_show(struct config_item *item,
						  char *page)
{
	return show_negotiated(item, TI_KEY_DATA_SEQ_IN_ORDER, page);
}
CONFIGFS_ATTR_RO(acl_param_, DataSequenceInOrder);

static ssize_t acl_param_ErrorRecoveryLevel_show(struct config_item *item,
						 char *page)
{
	return show_negotiated(item, TI_KEY_ERL, page);
}
CONFIGFS_ATTR_RO(acl_param_, ErrorRecoveryLevel);

struct configfs_attribute *ti_acl_param_attrs[] = {
	&acl_param_attr_MaxConnections,
	&acl_param_attr_InitialR2T,
	&acl_param_attr_ImmediateData,
	&acl_param_attr_MaxBurstLength,
	&acl_param_attr_FirstBurstLength,
	&acl_param_attr_DefaultTime2Wait,
	&acl_param_attr_DefaultTime2Retain,
	&acl_param_attr_MaxOutstandingR2T,
	&acl_param_attr_DataPDUInOrder,
	&acl_param_attr_DataSequenceInOrder,
	&acl_param_attr_ErrorRecoveryLevel,
	NULL,
};
