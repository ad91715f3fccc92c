// SPDX-License-Identifier: GPL-2.0
/* Any bytes written to a file of param/. First byte: which file. */
#include <stdlib.h>

#include "params.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ti_param_cfg cfg, again;
	char *value, buf[300];
	const char *name;

	if (!size)
		return 0;
	name = ti_param_cfg_name(data[0] % 21);
	value = malloc(size);
	memcpy(value, data + 1, size - 1);
	value[size - 1] = '\0';

	/* what is taken can be shown, and what is shown can be written back */
	ti_param_cfg_init_defaults(&cfg);
	again = cfg;
	if (!ti_param_cfg_set(&cfg, name, value)) {
		if (ti_param_cfg_get(&cfg, name, buf, sizeof(buf)) < 0)
			abort();
		if (ti_param_cfg_set(&again, name, buf))
			abort();
	}
	if (memcmp(&cfg, &again, sizeof(cfg)))
		abort();
	free(value);
	return 0;
}
