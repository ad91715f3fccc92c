// SPDX-License-Identifier: GPL-2.0
/* tests/unit/test_pdu.c as a KUnit case. */
#include "shim/tap.h"

#define main unit_pdu
#include "../unit/test_pdu.c"
