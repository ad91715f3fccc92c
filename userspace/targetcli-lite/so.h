/* SPDX-License-Identifier: GPL-2.0 */
/* Storage objects: the backstores of target core. */
#ifndef TL_SO_H
#define TL_SO_H

#include "ctx.h"

struct so_spec;

/* A kind of backstore, and how the kernel names it. */
struct plugin {
	const char *name;	/* block, as shown and saved */
	const char *hba;	/* iblock, in target/core/ */
	const char *module;
	bool no_wwn;		/* the device has a serial number of its own */
	bool exclusive;		/* a block device is nobody else's meanwhile */
	/* Write the parameters of a new device to 'dir', before enable. */
	int (*configure)(struct ctx *ctx, const struct so_spec *spec, const char *dir);
	/* Read them back from a device: keys of the saved JSON. */
	void (*dump)(struct ctx *ctx, const char *dir, const char *info, json_t *out);
	/* Say in a few words what the device is, for ls. */
	void (*describe)(struct ctx *ctx, const char *dir, const char *info,
			 struct strbuf *out);
};

struct so_spec {
	const struct plugin *plugin;
	const char *name;
	const char *dev;	/* block, fileio, pscsi */
	const char *config;	/* user: HANDLER/WHAT THE HANDLER WANTS */
	uint64_t hw_max_sectors;	/* user; 0: the kernel's default */
	const char *control;	/* user: more that is written to control, or NULL */
	const char *wwn;	/* NULL: make one */
	uint64_t size;		/* bytes; 0: as the device is */
	bool readonly;
	bool shared;		/* block: others may claim the device, too (kernels from 6.17) */
	bool write_back;
	bool aio;
	bool nullio;
};

extern const struct plugin plugins[];
extern const size_t nplugins;

const struct plugin *plugin_by_name(const char *name);
const struct plugin *plugin_by_hba(const char *dir);	/* "iblock_3" */

/* Directory of a storage object ("target/core/iblock_3/disk"), or -ENOENT. */
int so_find(struct ctx *ctx, const struct plugin *plugin, const char *name,
	    struct strbuf *dir);
int so_create(struct ctx *ctx, const struct so_spec *spec, struct strbuf *dir);
/* Delete it, with the LUNs that use it. */
int so_delete(struct ctx *ctx, const char *dir);
/* Names of the storage objects of a plugin. */
int so_list(struct ctx *ctx, const struct plugin *plugin, struct strlist *names);

bool so_name_ok(const char *name);
/* Is it one yet? Whoever makes it, or was killed at that, has not come so far else. */
bool so_is_enabled(struct ctx *ctx, const char *dir);
/* Is any LUN using it? One read, whatever the number of LUNs. */
bool so_in_use(struct ctx *ctx, const char *dir);
/* "/backstores/block/disk" of "target/core/iblock_3/disk". */
bool so_shown_path(const char *dir, struct strbuf *out);
/*
 * The storage object that the directory of a LUN links to, and the name of that link, which
 * may be NULL. -ENOLINK when it links to none.
 */
int so_linked(struct ctx *ctx, struct strbuf *alias, struct strbuf *so, const char *fmt, ...)
	__printf(4, 5);
/* Write to the control attribute of a device, or say what was refused. */
int so_control(struct ctx *ctx, const char *dir, const char *fmt, ...) __printf(3, 4);
int so_set_udev_path(struct ctx *ctx, const char *dir, const char *dev);
/* "activated": a LUN uses it. */
const char *so_status_word(const char *info);
/* The value that follows "KEY: " in a device's info. */
bool so_info_value(const char *info, const char *key, struct strbuf *out);
int so_wwn(struct ctx *ctx, const char *dir, struct strbuf *out);
uint64_t so_size(struct ctx *ctx, const char *dir);
/* Check that 'dev' can back a block object, which others may claim if 'shared'; say why not. */
int so_check_block(struct ctx *ctx, const char *dev, bool shared);
/* Could this block device be claimed now? 0 or a negative errno. */
int so_try_claim(const char *dev);
/* Are two paths of one file, or of one device? */
bool so_same_file(const char *a, const char *b);
/* Has a storage object this block device? */
bool so_has_device(struct ctx *ctx, const char *dev);
/* False: no storage object, nor anybody else, has this device open, or this file to write. */
bool so_may_use(const char *path);

/* Plugins with a file of their own: so_pscsi.c, so_user.c */
int pscsi_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir);
void pscsi_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out);
void pscsi_describe(struct ctx *ctx, const char *dir, const char *info, struct strbuf *out);
int user_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir);
void user_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out);
void user_describe(struct ctx *ctx, const char *dir, const char *info, struct strbuf *out);
/* Does a device belong to that handler? */
bool user_is_of(struct ctx *ctx, const char *dir, const char *handler);

#endif
