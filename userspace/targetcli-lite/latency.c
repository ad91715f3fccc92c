// SPDX-License-Identifier: GPL-2.0
/* Latency histograms. */
#include "latency.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void latency_load(struct latency *l, const json_t *io, const char *dir)
{
	char *key = xasprintf("%s_hist", dir), *first_key = xasprintf("%s_hist_first", dir);
	size_t first = json_integer_value(json_object_get(io, first_key)), i;
	json_t *list = json_object_get(io, key), *v;

	memset(l, 0, sizeof(*l));
	json_array_foreach(list, i, v)
		if (first + i < TCM_ISCSI_HIST_BUCKETS)
			l->bucket[first + i] = json_integer_value(v);
	free(key);
	free(first_key);
}

void latency_subtract(struct latency *l, const struct latency *before)
{
	for (unsigned int i = 0; i < TCM_ISCSI_HIST_BUCKETS; i++)
		l->bucket[i] -= before->bucket[i] < l->bucket[i] ? before->bucket[i] : l->bucket[i];
}

uint64_t latency_count(const struct latency *l)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < TCM_ISCSI_HIST_BUCKETS; i++)
		n += l->bucket[i];
	return n;
}

uint64_t latency_bound(unsigned int bucket)
{
	const unsigned int sub = 1 << TCM_ISCSI_HIST_SUB_BITS;
	uint64_t units = bucket;

	if (bucket >= sub)
		units = (uint64_t)(sub + bucket % sub) << (bucket / sub - 1);
	return units * TCM_ISCSI_HIST_UNIT_NS;
}

/* Within a bucket commands are taken to be spread evenly. */
uint64_t latency_quantile(const struct latency *l, double q)
{
	double rank = q * latency_count(l);
	uint64_t seen = 0;

	for (unsigned int i = 0; i < TCM_ISCSI_HIST_BUCKETS; i++) {
		uint64_t low = latency_bound(i), n = l->bucket[i];

		if (n && seen + n >= rank)
			return low + (latency_bound(i + 1) - low) * ((rank - seen) / n);
		seen += n;
	}
	return 0;
}
