// SPDX-License-Identifier: GPL-2.0
/* Loading libedit. */
#include <dlfcn.h>
#include <errno.h>

#include "editor.h"

#define LIBEDIT "libedit.so.2"

int editor_load(struct ctx *ctx, struct editor *editor)
{
	void *lib = dlopen(LIBEDIT, RTLD_NOW);

	if (!lib)
		return fail_plain(ctx, -ELIBACC, "no interactive shell: %s; install libedit2, or "
				  "give commands as arguments or on standard input", dlerror());
#define EDITOR_SYMBOL(name)							\
	editor->name = dlsym(lib, #name);					\
	if (!editor->name)							\
		return fail_plain(ctx, -ELIBACC, "no interactive shell: %s", dlerror());
	EDITOR_FUNCTIONS(EDITOR_SYMBOL)
#undef EDITOR_SYMBOL
	return 0;
}
