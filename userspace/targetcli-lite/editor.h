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

/* The functions of libedit, each under its own name. */
struct editor {
	__typeof__(el_init) *el_init;
	__typeof__(el_end) *el_end;
	__typeof__(el_set) *el_set;
	__typeof__(el_get) *el_get;
	__typeof__(el_gets) *el_gets;
	__typeof__(el_line) *el_line;
	__typeof__(el_insertstr) *el_insertstr;
	__typeof__(el_reset) *el_reset;
	__typeof__(el_source) *el_source;
	__typeof__(history_init) *history_init;
	__typeof__(history_end) *history_end;
	__typeof__(history) *history;
};

/* Fill 'editor'. 0, or -ELIBACC with what the loader says; it is never unloaded. */
int editor_load(struct ctx *ctx, struct editor *editor);

#endif
