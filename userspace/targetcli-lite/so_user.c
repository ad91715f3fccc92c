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
	if (!err && spec->control && *spec->control)
		err = so_control(ctx, dir, "%s", spec->control);
	return err;
}

bool user_is_of(struct ctx *ctx, const char *dir, const char *handler)
{
	struct strbuf info = { 0 }, config = { 0 };
	size_t n = strlen(handler);
	bool is;

	cfs_read(&ctx->cfs, &info, "%s/info", dir);
	so_info_value(sb_str(&info), "Config", &config);
	is = !strncmp(sb_str(&config), handler, n) && config.s[n] == '/';
	sb_free(&info);
	sb_free(&config);
	return is;
}

static json_int_t number(const char *s)
{
	return strtoll(s, NULL, 10);
}

/* What rtslib calls control, and writes back as it is. */
static json_t *control_of(struct ctx *ctx, const char *dir, const char *info)
{
	static const char *const keys[][2] = {
		{ "MaxDataAreaMB", "max_data_area_mb" },
		{ "DataPagesPerBlk", "data_pages_per_blk" },
	};
	struct strbuf v = { 0 }, out = { 0 };
	json_t *text;

	if (!cfs_read(&ctx->cfs, &v, "%s/attrib/hw_block_size", dir) && v.len)
		sb_addf(&out, "hw_block_size=%s", v.s);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (so_info_value(info, keys[i][0], &v) && v.len)
			sb_addf(&out, "%s%s=%s", out.len ? "," : "", keys[i][1], v.s);
	text = text_json(ctx, sb_str(&out));
	sb_free(&v);
	sb_free(&out);
	return text;
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
	json_object_set_new(out, "control", control_of(ctx, dir, info));
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
