// SPDX-License-Identifier: GPL-2.0
/* What a SCSI disk says of itself: direct-store of targets.conf hands that on. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tgt_conf.h"

/* Names of tgt's parameters, and of sysfs' files below the device. */
static const char *const said[][2] = {
	{ "vendor_id", "vendor" },
	{ "product_id", "model" },
	{ "product_rev", "rev" },
};

static char *sysfs_value(const struct cfs *sys, const struct stat *st, const char *file)
{
	struct strbuf v = { 0 };
	char *text = NULL;

	/* a comma would end the parameter */
	if (!cfs_read(sys, &v, "dev/block/%u:%u/device/%s", major(st->st_rdev),
		      minor(st->st_rdev), file) && v.len && !strchr(v.s, ','))
		text = xstrdup(trim(v.s));
	sb_free(&v);
	return text;
}

/* Other buses have a vendor, too, but a number. */
static bool is_scsi(const struct cfs *sys, const struct stat *st)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (!cfs_exists(sys, "dev/block/%u:%u/device/%s", major(st->st_rdev),
				minor(st->st_rdev), said[i][1]))
			return false;
	return true;
}

char *direct_store_param(struct ctx *ctx, const char *path, const char *name)
{
	struct cfs sys = { .root = ctx->sysfs };
	struct stat st;
	char *v;

	if (stat(path, &st) || !S_ISBLK(st.st_mode) || !is_scsi(&sys, &st))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		if (strcmp(said[i][0], name))
			continue;
		v = sysfs_value(&sys, &st, said[i][1]);
		if (v && *v)
			return v;
		free(v);
	}
	return NULL;
}
