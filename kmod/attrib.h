/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the configfs tree share, and what target core calls of them.
 */
#ifndef TI_ATTRIB_H
#define TI_ATTRIB_H

#include <linux/configfs.h>
#include <linux/moduleparam.h>

#include "ti.h"

/* configfs.c */
struct se_wwn *ti_make_wwn(struct target_fabric_configfs *tf,
			   struct config_group *group, const char *name);
void ti_drop_wwn(struct se_wwn *wwn);
void ti_add_wwn_groups(struct se_wwn *wwn);
struct se_portal_group *ti_make_tpg(struct se_wwn *wwn, const char *name);
int ti_enable_tpg(struct se_portal_group *se_tpg, bool enable);
void ti_drop_tpg(struct se_portal_group *se_tpg);
struct se_tpg_np *ti_make_np(struct se_portal_group *se_tpg,
			     struct config_group *group, const char *name);
void ti_drop_np(struct se_tpg_np *se_np);
int ti_init_acl(struct se_node_acl *se_acl, const char *name);
void ti_set_default_acl_attribs(struct se_node_acl *se_acl);

/* attrib.c */
extern struct configfs_attribute *ti_wwn_attrs[];
extern struct configfs_attribute *ti_np_attrs[];
int ti_attr_text(const char *page, size_t count, const char **text, size_t *len);
void ti_attr_refuse(struct config_item *item, const char *name,
		    const char *value, size_t len, const char *allowed);
int ti_attr_u32(struct config_item *item, const char *name, const char *page,
		size_t count, u32 min, u32 max, u32 *value);
int ti_param_set_uint(const char *val, const struct kernel_param *kp,
		      unsigned int min, unsigned int max);
void ti_attr_refuse_written(struct config_item *item, const char *name,
			    const char *page, size_t count, const char *allowed);
int ti_attr_parse_u32(const char *page, size_t count, u32 *value);
ssize_t ti_attr_show_u32(char *page, const u32 *field);
ssize_t ti_attr_store_u32(struct config_item *item, const char *name,
			  const char *page, size_t count, u32 *field,
			  u32 min, u32 max);

/* tpgdir.c */
extern struct configfs_attribute *ti_tpg_base_attrs[];
extern struct configfs_attribute *ti_tpg_attrib_attrs[];
void ti_tpg_require_auth(struct ti_tpg *tpg, bool require);

/* authdir.c */
extern struct configfs_attribute *ti_discovery_attrs[];
extern struct configfs_attribute *ti_tpg_auth_attrs[];
extern struct configfs_attribute *ti_acl_auth_attrs[];
bool ti_auth_text_ok(const char *text, size_t len);
bool ti_secret_ok(const char *text, size_t len);
void ti_secret_refuse(struct config_item *item, const char *name,
		      const char *or_else);

/* paramdir.c */
extern struct configfs_attribute *ti_tpg_param_attrs[];
extern struct configfs_attribute *ti_acl_param_attrs[];

/* acldir.c */
extern struct configfs_attribute *ti_acl_base_attrs[];
extern struct configfs_attribute *ti_acl_attrib_attrs[];
struct ti_sess *ti_acl_sess(struct se_node_acl *se_acl); /* nacl_sess_lock is held */

#endif /* TI_ATTRIB_H */
