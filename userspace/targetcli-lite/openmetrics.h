/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics in the text format of OpenMetrics 1.0. */
#ifndef TL_OPENMETRICS_H
#define TL_OPENMETRICS_H

#include <jansson.h>
#include <stdio.h>

/* 'all' has the arrays "targets", "sessions" and "luns" and the object "module". */
void openmetrics_print(const json_t *all, FILE *out);

#endif
