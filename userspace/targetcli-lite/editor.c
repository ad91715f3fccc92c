// SPDX-License-Identifier: GPL-2.0
/* Loading libedit. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "editor.h"

#define LIBEDIT "libedit.so.2"

#define FUNCTION(name) { #name, offsetof(struct editor, name) }

static const struct {
	const char *name;
	size_t at;
} functions[] = {
	FUNCTION(el_init),
	FUNCTION(el_end),
	FUNCTION(el_set),
	FUNCTION(el_get),
	FUNCTION(el_gets),
	FUNCTION(el_line),
	FUNCTION(el_insertstr),
	FUNCTION(el_reset),
	FUNCTION(el_source),
	FUNCTION(history_init),
	FUNCTION(history_end),
	FUNCTION(history),
};

int editor_load(struct ctx *ctx, struct editor *editor)
{
	void *lib = dlopen(LIBEDIT, RTLD_NOW), *function;

	if (!lib)
		return fail_plain(ctx, -ELIBACC, "no interactive shell: %s; install libedit2, or give commands as arguments or on standard input",
				  dlerror());
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		function = dlsym(lib, functions[i].name);
		if (!function)
			return fail_plain(ctx, -ELIBACC, "no interactive shell: %s", dlerror());
		memcpy((char *)editor + functions[i].at, &function, sizeof(function));
	}
	return 0;
}
