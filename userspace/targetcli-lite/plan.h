/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that make a plan share. See model.h for who uses plans. */
#ifndef TL_PLAN_H
#define TL_PLAN_H

#include "model.h"

struct planner {
	struct ctx *ctx;
	struct plan *plan;
	bool exact;
	bool remake;
	json_t *live_extra;	/* "targetcli_lite" of both, or NULL */
	json_t *wanted_extra;
	json_t *gone;	/* paths of storage objects that are made anew, as keys */
};

/* step.c. What is not const becomes the step's, which frees it. */

struct step *plan_add(struct planner *p, enum step_kind kind, char *path, char *dir);
/* 'old', when it is known, is what the attribute is now. */
struct step *plan_write(struct planner *p, const char *path, const char *dir, const char *attr,
			char *value, const char *old);

/*
 * plan_attr.c. In all of these 'live' is NULL for an object that is not there yet; 'path'
 * and 'dir' are the object's, and 'sub' is the directory of attributes in it.
 */

/* The element of a list whose 'key' equals that of 'like'. */
json_t *same_in(json_t *list, json_t *like, const char *key);
/* How a value of a saved configuration is written to an attribute; to be freed. */
char *attr_text(json_t *v);
/* What rtslib's format has no place for, of one object. */
json_t *extra_of(json_t *extra, const char *kind, const char *name);
/*
 * An attribute of an object that is there, if it is not as wanted. 'is', what it is, is
 * NULL for one that a dump has not: this kernel may have none such.
 */
void plan_attr(struct planner *p, const char *path, const char *dir, const char *attr,
	       const char *want, const char *is);
/* 'key' is "attributes" or "parameters". */
void plan_attrs(struct planner *p, json_t *live, json_t *wanted, const char *key,
		const char *path, const char *dir, const char *sub);
/* CHAP: what is not in the file is unset when the tree must be as the file. */
void plan_auth(struct planner *p, json_t *live, json_t *wanted, const char *prefix,
	       const char *path, const char *dir, const char *sub);
/* Who may log in, before the target is there for anybody. */
void plan_admission(struct planner *p, bool exists, const char *iqn, const char *path,
		    const char *dir);
/* What the target may spend for speed. */
void plan_tuning(struct planner *p, bool exists, const char *iqn, const char *path, const char *dir);

/* plan_so.c: storage objects */

/* Those of a configuration by their path. */
json_t *plan_index_sos(json_t *config);
/* Fill p->gone, from what plan_index_sos() made. An error: somebody else may use one. */
int plan_gone(struct planner *p, json_t *live, json_t *wanted);
void plan_sos(struct planner *p, json_t *live, json_t *wanted);

/* plan_left.c: deletes what was never finished; a wanted one will be made of it */

/* Storage objects, and HBAs without any. */
void plan_left_sos(struct planner *p);
/*
 * LUNs, or mapped LUNs, without a link: 'live' and 'wanted' are lists of those, 'path' is
 * what their number is added to, and 'dir' is where they lie.
 */
void plan_left_links(struct planner *p, json_t *live, json_t *wanted, enum step_kind kind,
		     const char *path, const char *dir);

#endif
