// SPDX-License-Identifier: GPL-2.0
/* Latencies in a histogram of 64 steps per power of two; CPU time; the report. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define STEP_BITS	6
#define STEPS		(1U << STEP_BITS)

static uint64_t histogram[64 * STEPS];
static uint64_t latency_sum;

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int power;

	if (ns < STEPS)
		return ns;
	power = 63 - __builtin_clzll(ns);
	return (power - STEP_BITS + 1) * STEPS +
	       ((ns >> (power - STEP_BITS)) & (STEPS - 1));
}

/* The middle of a bucket. */
static double value_of(unsigned int bucket)
{
	unsigned int power = bucket / STEPS;

	if (!power)
		return bucket;
	return ((double)(STEPS + bucket % STEPS) + 0.5) *
	       (double)(1ULL << (power - 1));
}

void latency_add(uint64_t ns)
{
	histogram[bucket_of(ns)]++;
	latency_sum += ns;
}

static double percentile(double share)
{
	uint64_t want = share * stats.ios, seen = 0;

	for (unsigned int i = 0; i < 64 * STEPS; i++) {
		seen += histogram[i];
		if (seen > want)
			return value_of(i) / 1000;
	}
	return 0;
}

void stats_reset(void)
{
	memset(&stats, 0, sizeof(stats));
	memset(histogram, 0, sizeof(histogram));
	latency_sum = 0;
}

/* ---- the CPU time of a guest ---- */

#define MAX_THREADS	64

struct watch {
	int		pid;
	unsigned int	n;
	int		thread[MAX_THREADS];
	uint64_t	ns[MAX_THREADS];
};

static uint64_t thread_ns(int pid, int thread)
{
	char path[64];
	unsigned long long ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, thread);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	fclose(f);
	return ns;
}

/* QEMU's first thread is its main loop, which can be busier than a CPU. */
static bool first_thread_is_cpu(int pid)
{
	char path[64], name[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "r");
	if (!f)
		return true;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	return strncmp(name, "qemu", 4) != 0;
}

struct watch *watch_start(int pid)
{
	struct watch *w;
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = pid ? opendir(path) : NULL;
	w = dir ? calloc(1, sizeof(*w)) : NULL;
	if (!w)
		return NULL;
	w->pid = pid;
	while ((entry = readdir(dir)) && w->n < MAX_THREADS) {
		w->thread[w->n] = atoi(entry->d_name);
		if (!w->thread[w->n] ||
		    (w->thread[w->n] == pid && !first_thread_is_cpu(pid)))
			continue;
		w->ns[w->n] = thread_ns(pid, w->thread[w->n]);
		w->n++;
	}
	closedir(dir);
	return w;
}

/* A virtual CPU is the busiest of the other threads of its machine. */
double watch_end(struct watch *w)
{
	uint64_t most = 0, now;

	for (unsigned int i = 0; w && i < w->n; i++) {
		now = thread_ns(w->pid, w->thread[i]);
		/* (A thread may have ended: 0.) */
		if (now > w->ns[i] && now - w->ns[i] > most)
			most = now - w->ns[i];
	}
	free(w);
	return most / 1e9;
}

void stats_print(bool json)
{
	double iops = stats.seconds > 0 ? stats.ios / stats.seconds : 0;
	double mbps = stats.seconds > 0 ? stats.bytes / stats.seconds / 1e6 : 0;
	double mean = stats.ios ? latency_sum / 1e3 / stats.ios : 0;

	if (!json) {
		printf("%.0f IOPS, %.1f MB/s, latency us: mean %.0f p50 %.0f p99 %.0f max %.0f\n",
		       iops, mbps, mean, percentile(0.5), percentile(0.99),
		       percentile(0.999999));
		printf("%llu requests in %.2f s, own CPU %.0f%%, %llu sends, %llu receives, %llu busy\n",
		       (unsigned long long)stats.ios, stats.seconds,
		       stats.seconds > 0 ? 100 * stats.cpu / stats.seconds : 0,
		       (unsigned long long)stats.sends,
		       (unsigned long long)stats.receives,
		       (unsigned long long)stats.busy);
		return;
	}
	printf("{\"iops\": %.1f, \"mbps\": %.2f, \"mean_us\": %.1f, \"p50_us\": %.1f, "
	       "\"p99_us\": %.1f, \"p999_us\": %.1f, \"ios\": %llu, \"reads\": %llu, "
	       "\"seconds\": %.3f, \"client_cpu\": %.3f, \"watched_cpu\": %.3f, \"sends\": %llu, "
	       "\"receives\": %llu, \"busy\": %llu}\n",
	       iops, mbps, mean, percentile(0.5), percentile(0.99),
	       percentile(0.999), (unsigned long long)stats.ios,
	       (unsigned long long)stats.reads, stats.seconds,
	       stats.seconds > 0 ? stats.cpu / stats.seconds : 0,
	       stats.seconds > 0 ? stats.watched / stats.seconds : 0,
	       (unsigned long long)stats.sends,
	       (unsigned long long)stats.receives,
	       (unsigned long long)stats.busy);
}
