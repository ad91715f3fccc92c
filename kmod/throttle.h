/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failed logins, counted by address, and the delay that they cost.
 */
#ifndef TI_THROTTLE_H
#define TI_THROTTLE_H

#include "ti.h"

int ti_throttle_init(void);
void ti_throttle_exit(void);
void ti_throttle_failed(const struct ti_conn *conn);
void ti_throttle_succeeded(const struct ti_conn *conn);
unsigned int ti_throttle_delay(const struct ti_conn *conn);

#endif /* TI_THROTTLE_H */
