/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tree as targetcli shows it, and how each of its nodes lies in configfs:
 * /iscsi/IQN/tpg1/luns/lun0 is target/iscsi/IQN/tpgt_1/lun/lun_0.
 */
#ifndef TL_NODE_H
#define TL_NODE_H

#include "ctx.h"
#include "schema.h"
#include "so.h"

enum node_kind {
	N_ROOT,
	N_BACKSTORES,
	N_BLOCK,
	N_FILEIO,
	N_PSCSI,
	N_RAMDISK,
	N_USER,
	N_SO,
	N_ALUA_GROUPS,
	N_ALUA_GROUP,
	N_ISCSI,
	N_TARGET,
	N_TPG,
	N_ACLS,
	N_ACL,
	N_MAPPED_LUN,
	N_LUNS,
	N_LUN,
	N_PORTALS,
	N_PORTAL,
	N_KINDS,
};

#define KINDS_PLUGIN \
	(BIT(N_BLOCK) | BIT(N_FILEIO) | BIT(N_PSCSI) | BIT(N_RAMDISK) | BIT(N_USER))
#define KINDS_ALL (BIT(N_KINDS) - 1)

struct node {
	enum node_kind kind;
	struct node *parent;
	char *name;		/* last component as shown; "/" for the root */
	char *dir;		/* below the root of configfs; NULL for our own nodes */
	struct strlist more;	/* of a tag of ACLs: the directories of its other ones */
};

/* A set of attributes that get and set know by one word. */
struct attr_group {
	enum node_kind kind;
	const char *name;	/* "attribute" */
	const char *subdir;	/* "attrib"; "" for the node's own */
	const char *schema;	/* id of the schema's node */
	const char *const (*renames)[2];	/* shown name, file name */
};

/*
 * The node of a shown path: absolute, of a bookmark ("@NAME"), or relative to
 * 'ctx->cwd'. Every component is checked; the error names the nearest node that
 * exists.
 */
int node_resolve(struct ctx *ctx, const char *path, struct node **out);
/* The same, relative to 'node'. */
int node_from(struct ctx *ctx, const struct node *node, const char *path, struct node **out);
void node_free(struct node *node);
/* Names of the nodes below, sorted. */
void node_children(struct ctx *ctx, const struct node *node, struct strlist *names);
/* One node below, that exists. */
struct node *node_child(struct ctx *ctx, const struct node *node, const char *name);
/* This node or the nearest above that is of 'kind'. */
const struct node *node_up(const struct node *node, enum node_kind kind);
char *node_path(const struct node *node);
/*
 * The directories that a change of this node is for: its own, and those like it of
 * the other ACLs of a tag.
 */
void node_dirs(const struct node *node, struct strlist *out);
/* Is it ACLs that are shown by their tag? */
bool node_is_tag(const struct node *node);
/* "portal group", for messages. */
const char *node_kind_name(enum node_kind kind);
/* The plugin of a node of KINDS_PLUGIN, or NULL. */
const struct plugin *node_plugin(const struct node *node);
/* The handler whose devices are below "user:HANDLER", where targetcli has them, or NULL. */
const char *node_handler(const struct node *node);

/* What ls shows in brackets; health: 1 good, -1 bad, 0 neither. */
void node_summary(struct ctx *ctx, const struct node *node, size_t nchildren,
		  struct strbuf *text, int *health);

const struct attr_group *node_group(const struct node *node, const char *name);
void node_groups(const struct node *node, struct strlist *names);
/* File name of a shown attribute name in a group, and back. */
const char *group_file(const struct attr_group *g, const char *shown);
const char *group_shown(const struct attr_group *g, const char *file);
/* The value of an attribute as it would be set: the kernel shows some in words. */
void group_value(const struct attr_group *g, const char *file, struct strbuf *v);
/* "target/…/attrib" */
char *group_dir(const struct node *node, const struct attr_group *g);

#endif
