/* SPDX-License-Identifier: GPL-2.0 */
/* All verbs; see verb.h. */
#ifndef TL_VERBS_H
#define TL_VERBS_H

#include "verb.h"

extern const struct verb verb_acl_create;
extern const struct verb verb_acl_delete;
extern const struct verb verb_acl_tag;
extern const struct verb verb_acl_untag;
extern const struct verb verb_alua_create;
extern const struct verb verb_alua_delete;
extern const struct verb verb_apply;
extern const struct verb verb_block_create;
extern const struct verb verb_bookmarks;
extern const struct verb verb_cd;
extern const struct verb verb_clearconfig;
extern const struct verb verb_diff;
extern const struct verb verb_evict;
extern const struct verb verb_exit;
extern const struct verb verb_fileio_create;
extern const struct verb verb_get;
extern const struct verb verb_help;
extern const struct verb verb_import;
extern const struct verb verb_info;
extern const struct verb verb_ls;
extern const struct verb verb_lun_create;
extern const struct verb verb_lun_delete;
extern const struct verb verb_mapped_lun_create;
extern const struct verb verb_mapped_lun_delete;
extern const struct verb verb_monitor;
extern const struct verb verb_portal_create;
extern const struct verb verb_portal_delete;
extern const struct verb verb_portal_iser;
extern const struct verb verb_portal_offload;
extern const struct verb verb_pscsi_create;
extern const struct verb verb_pwd;
extern const struct verb verb_ramdisk_create;
extern const struct verb verb_refresh;
extern const struct verb verb_restoreconfig;
extern const struct verb verb_saveconfig;
extern const struct verb verb_sessions;
extern const struct verb verb_set;
extern const struct verb verb_so_delete;
extern const struct verb verb_so_saveconfig;
extern const struct verb verb_stats;
extern const struct verb verb_status;
extern const struct verb verb_target_create;
extern const struct verb verb_target_delete;
extern const struct verb verb_top;
extern const struct verb verb_tpg_create;
extern const struct verb verb_tpg_delete;
extern const struct verb verb_tpg_disable;
extern const struct verb verb_tpg_enable;
extern const struct verb verb_user_create;
extern const struct verb verb_version;

/* What several verbs share (common.c). */

/* Answer {"path": …} and say 'fmt' about it. */
void created(struct ctx *ctx, char *path, const char *fmt, ...) __printf(3, 4);
/* Complete to the names of the node's children, less 'prefix'. */
void complete_children(struct ctx *ctx, struct node *node, const char *prefix,
		       struct strlist *out);
/* The directory of the storage object of a shown path ("/backstores/block/x"). */
int so_of_path(struct ctx *ctx, const char *path, struct strbuf *dir);
/* Say which groups of attributes there are (get.c). */
void list_groups(struct ctx *ctx, struct node *node);
/* The error that says which groups of attributes there are (get.c). */
int no_such_group(struct ctx *ctx, struct node *node, const char *name);
/* Complete to the names of a group's attributes (get.c). */
void complete_attributes(struct ctx *ctx, struct node *node, const char *group,
			 struct strlist *out);
/* The storage object that a LUN is made of, and whether it was made for that. */
struct so_or_new {
	bool made;
	struct strbuf dir;	/* of the storage object */
};

/*
 * The storage object of a path; one is made of the path of a device or file, named
 * after it as targetcli does (so_or_new.c). The caller frees so->dir.
 */
int so_or_new_get(struct ctx *ctx, const char *path, struct so_or_new *so);
/* Bring one storage object up to date in a saved configuration (so_saveconfig.c). */
int so_save(struct ctx *ctx, const char *file, const char *plugin, const char *name);
/* Delete what was made for nothing, keeping the error. */
void so_or_new_undo(struct ctx *ctx, struct so_or_new *so);
/* All shown paths of storage objects, for completion. */
void complete_so_paths(struct ctx *ctx, struct strlist *out);
/* Is target core there at all? */
int tree_ready(struct ctx *ctx);
/* Map a LUN into an ACL, at 'wanted' or where there is room. */
int map_lun(struct ctx *ctx, const char *acl, unsigned int lun, unsigned int wanted);
/* A portal group as targetcli makes it (tpg_setup.c). */
int tpg_setup(struct ctx *ctx, const char *target, unsigned int tag);
/* Can a block device only be read? */
bool device_is_readonly(const char *dev);
/* emulate_model_alias, when the preference says so. */
int so_set_model_alias(struct ctx *ctx, const char *dir);

#endif
