/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libedit, loaded when somebody types.
 *
 * Linking it and the three libraries behind it takes longer than most commands,
 * and commands that come from scripts have no use for it.
 */
#ifndef TL_EDITOR_H
#define TL_EDITOR_H

#include <histedit.h>

#include "ctx.h"

#define EDITOR_FUNCTIONS(X)	\
	X(el_init)		\
	X(el_end)		\
	X(el_set)		\
	X(el_get)		\
	X(el_gets)		\
	X(el_line)		\
	X(el_reset)		\
	X(el_insertstr)		\
	X(el_source)		\
	X(history_init)		\
	X(history_end)		\
	X(history)

/* The functions of libedit, each under its own name. */
struct editor {
#define EDITOR_MEMBER(name) __typeof__(name) *name;
	EDITOR_FUNCTIONS(EDITOR_MEMBER)
#undef EDITOR_MEMBER
};

/* Fill 'editor'. 0, or -ELIBACC with what the loader says; it is never unloaded. */
int editor_load(struct ctx *ctx, struct editor *editor);

#endif
