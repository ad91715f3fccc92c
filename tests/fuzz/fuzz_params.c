// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes written to a file of param/. First byte: which file, or none; second:
 * room for what is read from it.
 */
#include <stdlib.h>

#include "params.h"

/* In little room: all of it or an error, and nothing beyond. */
static void bounded(const struct ti_param_cfg *cfg, const char *name, size_t room)
{
	char *buf = malloc(room ?: 1), whole[300];
	int len = ti_param_cfg_get(cfg, name, buf, room);

	if (len >= 0 && (len != ti_param_cfg_get(cfg, name, whole, sizeof(whole)) ||
			 memcmp(buf, whole, len)))
		abort();
	len = ti_param_cfg_allowed(name, buf, room);
	if (len >= (int)room && len > 0)
		abort();
	free(buf);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ti_param_cfg cfg, again;
	char *value, buf[300];
	const char *name;

	if (size < 2)
		return 0;
	name = ti_param_cfg_name(data[0] % 22) ?: "NoSuchFile";
	value = malloc(size - 1);
	memcpy(value, data + 2, size - 2);
	value[size - 2] = '\0';

	/* what is taken can be shown, and what is shown can be written back */
	ti_param_cfg_init_defaults(&cfg);
	again = cfg;
	if (!ti_param_cfg_set(&cfg, name, value)) {
		if (ti_param_cfg_get(&cfg, name, buf, sizeof(buf)) < 0)
			abort();
		bounded(&cfg, name, data[1]);
		if (ti_param_cfg_set(&again, name, buf))
			abort();
	}
	if (memcmp(&cfg, &again, sizeof(cfg)))
		abort();
	if (ti_param_cfg_auth_mask(&cfg) >> TI_AUTH_COUNT)
		abort();
	if (ti_param_cfg_allowed(name, buf, sizeof(buf)) < 0 &&
	    strcmp(name, "NoSuchFile"))
		abort();
	if (ti_param_cfg_get(&cfg, "NoSuchFile", buf, sizeof(buf)) != -ENOENT ||
	    ti_param_cfg_allowed("NoSuchFile", buf, sizeof(buf)) != -ENOENT)
		abort();
	free(value);
	return 0;
}
