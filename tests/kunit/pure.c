// SPDX-License-Identifier: GPL-2.0
/* The files under test, in this module. */
#include "../../kmod/pdu.c"
#include "../../kmod/text.c"
#include "../../kmod/params.c"
#include "../../kmod/keys.c"
#include "../../kmod/negotiate.c"
