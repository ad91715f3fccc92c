/* SPDX-License-Identifier: GPL-2.0 */
/* targets.conf, the file of tgt-admin: options with values, and blocks of them. */
#ifndef TL_TGT_CONF_H
#define TL_TGT_CONF_H

#include "ctx.h"

struct conf_option {
	char *name;
	char *value;		/* or the name of a block */
	bool block;
	char *file;		/* where it was read */
	unsigned int line;
	struct conf *options;	/* of a block */
};

struct conf {
	struct conf_option *v;
	size_t n;
	size_t cap;
	json_t *blocks;		/* where in v each of them is, or NULL: there may be many */
};

int conf_read(struct ctx *ctx, const char *path, struct conf *out);
void conf_free(struct conf *conf);
/* The value of the first option of that name, or NULL. */
const char *conf_get(const struct conf *conf, const char *name);
size_t conf_count(const struct conf *conf, const char *name);
/* All options of that name, and how many; 'out' is to be freed. By value when 'sorted'. */
size_t conf_select(const struct conf *conf, const char *name, bool sorted,
		   const struct conf_option ***out);
/*
 * The value of a parameter of a logical unit that a direct-store's disk says of itself
 * (tgt_direct.c), or NULL.
 */
char *direct_store_param(struct ctx *ctx, const char *path, const char *name);

#endif
