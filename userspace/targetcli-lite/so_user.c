// SPDX-License-Identifier: GPL-2.0
/* Devices that a program in user space plays (TCMU, like tcmu-runner). */
#include <stdlib.h>
#include <string.h>

#include "so.h"

int user_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	int err = so_control(ctx, dir, "dev_config=%s", spec->config);

	if (!err)
		err = so_control(ctx, dir, "dev_size=%llu", (unsigned long long)spec->size);
	if (!err && spec->hw_max_sectors)
		err = so_control(ctx, dir, "hw_max_sectors=%llu",
				 (unsigned long long)spec->hw_max_sectors);
	return err;
}

static json_int_t number(const char *s)
{
	return strtoll(s, NULL, 10);
}

void user_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out)
{
	struct strbuf v = { 0 };

	so_info_value(info, "Config", &v);
	json_object_set_new(out, "config", text_json(ctx, sb_str(&v)));
	so_info_value(info, "Size", &v);
	json_object_set_new(out, "size", json_integer(number(sb_str(&v))));
	if (!cfs_read(&ctx->cfs, &v, "%s/attrib/hw_max_sectors", dir))
		json_object_set_new(out, "hw_max_sectors", json_integer(number(sb_str(&v))));
	sb_free(&v);
}

void user_describe(struct ctx *ctx, const char *dir, const char *info, struct strbuf *out)
{
	struct strbuf v = { 0 };
	const char *slash;
	char size[32];

	(void)ctx;
	(void)dir;
	so_info_value(info, "Size", &v);
	format_size(strtoull(sb_str(&v), NULL, 10), size, sizeof(size));
	so_info_value(info, "Config", &v);
	slash = strchr(sb_str(&v), '/');
	sb_addf(out, "%s (%s) %s", slash ? slash + 1 : "(no config)", size,
		so_status_word(info));
	sb_free(&v);
}
