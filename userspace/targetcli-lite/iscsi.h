/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Targets, portal groups, LUNs, ACLs and portals. A "dir" is the directory of
 * the object below the root of configfs: "target/iscsi/IQN/tpgt_1".
 */
#ifndef TL_ISCSI_H
#define TL_ISCSI_H

#include "ctx.h"

#define MAX_LUN 65535
#define MAX_TAG 65535
#define MAX_BUSY_POLL 1000	/* microseconds */
#define DEFAULT_PORT 3260

/* Names */
char *make_iqn(void);
/* Lower-case and check an iSCSI name; NULL and an error when it is none. */
char *normal_name(struct ctx *ctx, const char *name);
/* "ADDRESS:PORT" or "[ADDRESS]:PORT"; NULL and an error when it is none. */
char *portal_name(struct ctx *ctx, const char *address, const char *port);
/* The same of a saved address and port, NULL when it is none. */
char *portal_canonical(const char *address, unsigned int port);
/* The same of a portal of a saved configuration, "" when it is none. */
char *portal_key(json_t *portal);
/* The one of a list that has the address and port of 'like', or NULL. */
json_t *portal_in(json_t *list, json_t *like);
/* A number after an optional prefix ("tpg1", "1"), or an error naming 'what'. */
int parse_index(struct ctx *ctx, const char *s, const char *prefix, const char *what,
		unsigned int max, unsigned int *out);

/* The lowest N for which no "PREFIXN" is in the list. */
unsigned int lowest_free(const struct strlist *names, const char *prefix);

/* Make the fabric's directory, which loads the module. */
int fabric_ready(struct ctx *ctx);
int target_create(struct ctx *ctx, const char *iqn);
int target_delete(struct ctx *ctx, const char *dir);
/* CHAP accounts of a target, beside those of portal groups and ACLs */
int account_create(struct ctx *ctx, const char *target, const char *user);
int tpg_create(struct ctx *ctx, const char *target, unsigned int tag);
int tpg_delete(struct ctx *ctx, const char *dir);
int tpg_enable(struct ctx *ctx, const char *dir, bool on);
bool tpg_enabled(struct ctx *ctx, const char *dir);

int portal_create(struct ctx *ctx, const char *tpg, const char *portal);
int portal_delete(struct ctx *ctx, const char *tpg, const char *portal);
/*
 * Could the kernel module listen there now? 0, or a negative errno: EADDRNOTAVAIL, ENODEV
 * and EAFNOSUPPORT when the address, the interface or the protocol is missing, EADDRINUSE.
 */
int portal_try(struct ctx *ctx, const char *portal);
/*
 * The directory of a portal that is given in its normal form, to be freed: other tools
 * may have written an IPv6 address in another way. NULL when the group has none.
 */
char *portal_find(struct ctx *ctx, const char *tpg, const char *name);
/* Has any target a portal of the same port? */
bool portal_port_is_ours(struct ctx *ctx, const char *portal);

/* 'alias' names the link; NULL makes one up. */
int lun_create(struct ctx *ctx, const char *tpg, unsigned int lun, const char *so,
	       const char *alias);
/* Delete a LUN and the mapped LUNs that lead to it. */
int lun_delete(struct ctx *ctx, const char *tpg, unsigned int lun);
/* Delete every LUN of every target that uses a storage object. */
int lun_delete_all_of(struct ctx *ctx, const char *so);
/* The LUN of a portal group that uses a storage object: true and its number. */
bool lun_of_so(struct ctx *ctx, const char *tpg, const char *so, unsigned int *lun);

/* Is it a tag by which ACLs can be shown? No iSCSI name is. */
bool acl_tag_ok(const char *tag);
int acl_create(struct ctx *ctx, const char *tpg, const char *initiator);
int acl_delete(struct ctx *ctx, const char *dir);
int mapped_lun_create(struct ctx *ctx, const char *acl, unsigned int mapped,
		      unsigned int lun, bool write_protect, const char *alias);
int mapped_lun_delete(struct ctx *ctx, const char *acl, unsigned int mapped);
/* The LUN that a mapped LUN leads to, or a negative errno. */
int mapped_lun_target(struct ctx *ctx, const char *acl, unsigned int mapped);

#endif
