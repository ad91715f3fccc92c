/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The description of the configfs tree (configfs-schema/schema.json), compiled
 * in by gen-schema.c.
 */
#ifndef TL_SCHEMA_H
#define TL_SCHEMA_H

#include "util.h"

enum attr_type {
	T_BOOL,
	T_UINT,
	T_INT,
	T_YESNO,
	T_STRING,
	T_SECRET,
	T_TEXT,
	T_DIGESTS,
	T_AUTHMETHODS,
};

enum attr_access { A_RW, A_RO, A_WO };

struct schema_attr {
	const char *name;
	enum attr_type type;
	enum attr_access access;
	bool has_min;
	bool has_max;
	bool zero;		/* 0 is allowed although below min */
	bool optional;
	long long min;
	long long max;
	const char *const *values;	/* NULL-terminated, or NULL */
	const char *def;	/* NULL when it depends on the device */
	const char *unit;
	const char *when;
	const char *since;	/* first kernel version, or NULL */
	const char *help;
};

struct schema_node {
	const char *id;
	const char *path;
	bool mkdir;		/* made by an administrator */
	bool optional;
	bool opaque;
	const char *link;	/* id of the node that it links to */
	const char *since;
	const char *help;
	const struct schema_attr *attrs;
	size_t nattrs;
};

extern const struct schema_node schema_nodes[];
extern const size_t schema_nnodes;

const struct schema_node *schema_find(const char *id);
const struct schema_attr *schema_attr(const struct schema_node *node, const char *name);
/* The node that describes a path below the root of configfs, or NULL. */
const struct schema_node *schema_match(const char *path);
/* What 'attr' takes, for people: "a number from 5 to 30 (seconds)". */
void schema_expects(const struct schema_attr *attr, struct strbuf *out);
/* Whether 'value' may be written; the kernel has the last word. */
bool schema_valid(const struct schema_attr *attr, const char *value);

#endif
