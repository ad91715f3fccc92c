/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pending objects: storage objects of a restored configuration whose device is
 * missing, with the LUNs and mapped LUNs that hang on them, and portals where nobody can
 * listen yet. They have the form of a saved configuration that holds nothing else, are kept in
 * the state directory until the next boot, and go into every saved configuration until
 * they exist or are deleted: a disk or a network that was late is never forgotten.
 */
#ifndef TL_PENDING_H
#define TL_PENDING_H

#include "ctx.h"

/* Which objects of a configuration are meant? 'path' is the shown one. */
struct pending_test {
	bool (*so)(struct ctx *ctx, const char *path, json_t *so, void *arg);
	/* 'tpg' is the directory of its group */
	bool (*portal)(struct ctx *ctx, const char *path, const char *tpg, json_t *portal,
		       void *arg);
	void *arg;
};

/* The pending objects (an empty object when there are none), or an error. */
int pending_load(struct ctx *ctx, json_t **out);
/* Replace them; an empty object or NULL removes the file. */
int pending_store(struct ctx *ctx, json_t *pending);
/* Add to them; those that have come to live meanwhile are none any more. */
int pending_add(struct ctx *ctx, json_t *pending);
/* Forget one storage object and what hangs on it; -ENOENT when it is not pending. */
int pending_forget_so(struct ctx *ctx, const char *plugin, const char *name);
/* Forget a portal, by its name in its normal form; -ENOENT when it is not pending. */
int pending_forget_portal(struct ctx *ctx, const char *iqn, unsigned int tag, const char *name);
/* Forget what is pending of a target that is no more, or of one group of it (NULL: all). */
int pending_forget_target(struct ctx *ctx, const char *iqn, const unsigned int *tag);
/*
 * Add the pending objects that 'config' does not have to it; the paths of those are
 * listed in it as "_pending".
 */
void pending_merge(json_t *config, json_t *pending);
/*
 * Take the objects that 'test' names out of 'config', with what hangs on them, and
 * return them as pending objects.
 */
json_t *pending_split(struct ctx *ctx, json_t *config, const struct pending_test *test);

#endif
