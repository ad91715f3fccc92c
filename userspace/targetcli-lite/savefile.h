/* SPDX-License-Identifier: GPL-2.0 */
/* JSON files that a power cut leaves whole: the old one or the new one. */
#ifndef TL_SAVEFILE_H
#define TL_SAVEFILE_H

#include "ctx.h"

/* Replace 'path', readable by its owner only. */
int savefile_write(struct ctx *ctx, const char *path, json_t *content);
/*
 * Read a JSON object. An error is ST_BAD_FILE, -EINVAL when it is the file's: a mistake
 * is reported with its line and column.
 */
int savefile_read(struct ctx *ctx, const char *path, json_t **out);
/* The same of a file that need not exist: then *out is NULL. */
int savefile_read_if_any(struct ctx *ctx, const char *path, json_t **out);
/* Make the directory that 'path' lies in. */
int savefile_make_dir(struct ctx *ctx, const char *path);
/*
 * Save a configuration: make the directory, keep the previous version of the
 * default file as the preferences say, replace the file.
 */
int savefile_save(struct ctx *ctx, const char *path, json_t *config);

#endif
