/* SPDX-License-Identifier: GPL-2.0 */
/* Latency histograms of sessions and LUNs, as <linux/tcm_iscsi.h> has them. */
#ifndef TL_LATENCY_H
#define TL_LATENCY_H

#include <jansson.h>
#include <stdint.h>

#include <linux/tcm_iscsi.h>

struct latency {
	uint64_t bucket[TCM_ISCSI_HIST_BUCKETS];
};

/* Of the "io" object of a session or LUN; 'dir' is "read" or "write". */
void latency_load(struct latency *l, const json_t *io, const char *dir);
/* Take away what was there before. */
void latency_subtract(struct latency *l, const struct latency *before);
uint64_t latency_count(const struct latency *l);
/* Lower end of a bucket, nanoseconds. */
uint64_t latency_bound(unsigned int bucket);
/* The latency that a part 'q' (0 to 1) of the commands did not exceed, ns. */
uint64_t latency_quantile(const struct latency *l, double q);

#endif
