// SPDX-License-Identifier: GPL-2.0
/* tests/unit/test_text.c as a KUnit case. */
#include "shim/tap.h"

#define main unit_text
#include "../unit/test_text.c"
