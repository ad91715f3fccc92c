/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pending objects: storage objects of a restored configuration whose device is
 * missing, with the LUNs and mapped LUNs that hang on them. They have the form
 * of a saved configuration that holds nothing else, are kept in the state
 * directory until the next boot, and go into every saved configuration until
 * they exist or are deleted: a disk that was late is never forgotten.
 */
#ifndef TL_PENDING_H
#define TL_PENDING_H

#include "ctx.h"

/* The pending objects (an empty object when there are none), or an error. */
int pending_load(struct ctx *ctx, json_t **out);
/* Replace them; an empty object or NULL removes the file. */
int pending_store(struct ctx *ctx, json_t *pending);
/* Add to them; those that have come to live meanwhile are none any more. */
int pending_add(struct ctx *ctx, json_t *pending);
/* Forget one storage object and what hangs on it; -ENOENT when it is not pending. */
int pending_forget(struct ctx *ctx, const char *plugin, const char *name);
/* Add the pending objects that 'config' does not have to it. */
void pending_merge(json_t *config, json_t *pending);
/*
 * Take the storage objects that 'missing' says cannot be made out of 'config',
 * with their LUNs, and return them as pending objects.
 */
json_t *pending_split(struct ctx *ctx, json_t *config,
		      bool (*missing)(struct ctx *ctx, json_t *so));
/* Shown paths ("/backstores/block/x") of the pending storage objects. */
void pending_names(json_t *pending, struct strlist *out);

#endif
