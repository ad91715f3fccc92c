/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of configfs attributes share.
 */
#ifndef TI_ATTRIB_H
#define TI_ATTRIB_H

#include <linux/configfs.h>
#include <linux/moduleparam.h>

#include "ti.h"

/* attrib.c */
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
void ti_tpg_require_auth(struct ti_tpg *tpg, bool require);

/* authdir.c */
bool ti_auth_text_ok(const char *text, size_t len);
bool ti_secret_ok(const char *text, size_t len);
void ti_secret_refuse(struct config_item *item, const char *name,
		      const char *or_else);

/* acldir.c: nacl_sess_lock is held. The newest session of an ACL, or NULL. */
struct ti_sess *ti_acl_sess(struct se_node_acl *se_acl);

#endif /* TI_ATTRIB_H */
