/* SPDX-License-Identifier: GPL-2.0 */
/* Cutting configurations down to a part; see struct scope in model.h. */
#ifndef TL_SCOPE_H
#define TL_SCOPE_H

#include "model.h"

/* Keep of 'live' what 'wanted', cut down before, is about. */
void scope_live(json_t *live, json_t *wanted, const struct scope *scope);

#endif
