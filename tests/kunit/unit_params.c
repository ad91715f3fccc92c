// SPDX-License-Identifier: GPL-2.0
/* tests/unit/test_params.c as a KUnit case. */
#include "shim/tap.h"

#define main unit_params
#include "../unit/test_params.c"
