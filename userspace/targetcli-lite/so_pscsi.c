// SPDX-License-Identifier: GPL-2.0
/*
 * SCSI devices whose commands are passed through, known to target core by host,
 * channel, target and LUN.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "so.h"

struct hctl {
	unsigned int host, channel, target, lun;
};

static bool parse_hctl(const char *s, struct hctl *out)
{
	int end = 0;

	return sscanf(s, "%u:%u:%u:%u%n", &out->host, &out->channel, &out->target, &out->lun,
		      &end) == 4 && !s[end];
}

/* sysfs links each block or character device of SCSI to "…/H:C:T:L". */
static bool find_hctl(struct ctx *ctx, const char *dev, struct hctl *out)
{
	char target[4096], *link;
	struct stat st;
	ssize_t n;

	if (stat(dev, &st) || (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode)))
		return false;
	link = xasprintf("%s/dev/%s/%u:%u/device", ctx->sysfs,
			 S_ISBLK(st.st_mode) ? "block" : "char", major(st.st_rdev),
			 minor(st.st_rdev));
	n = readlink(link, target, sizeof(target) - 1);
	free(link);
	if (n <= 0)
		return false;
	target[n] = '\0';
	link = strrchr(target, '/');
	return parse_hctl(link ? link + 1 : target, out);
}

int pscsi_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	struct hctl a;
	int err;

	if (!parse_hctl(spec->dev, &a) && !find_hctl(ctx, spec->dev, &a))
		return usage(ctx, "dev=%s: give the path of a SCSI device, like /dev/sdb or /dev/st0, or HOST:CHANNEL:TARGET:LUN",
			     spec->dev);
	err = so_control(ctx, dir,
			 "scsi_host_id=%u,scsi_channel_id=%u,scsi_target_id=%u,scsi_lun_id=%u",
			 a.host, a.channel, a.target, a.lun);
	return err ? err : so_set_udev_path(ctx, dir, spec->dev);
}

static void put_path(struct ctx *ctx, const char *dir, struct strbuf *out)
{
	if (cfs_read(&ctx->cfs, out, "%s/udev_path", dir))
		sb_reset(out);
}

void pscsi_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out)
{
	struct strbuf v = { 0 };

	(void)info;
	put_path(ctx, dir, &v);
	json_object_del(out, "wwn");	/* the device's own */
	json_object_set_new(out, "dev", text_json(ctx, sb_str(&v)));
	sb_free(&v);
}

void pscsi_describe(struct ctx *ctx, const char *dir, const char *info, struct strbuf *out)
{
	struct strbuf v = { 0 };

	put_path(ctx, dir, &v);
	sb_addf(out, "%s %s", v.len ? v.s : "missing", so_status_word(info));
	sb_free(&v);
}
