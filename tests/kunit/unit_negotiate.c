// SPDX-License-Identifier: GPL-2.0
/* tests/unit/test_negotiate.c as a KUnit case. */
#include "shim/tap.h"

#define main unit_negotiate
#include "../unit/test_negotiate.c"
