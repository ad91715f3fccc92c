// SPDX-License-Identifier: GPL-2.0
/* top: what sessions and their LUNs do, as a table that is drawn again and again. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"
#include "live.h"

#define DEFAULT_INTERVAL 2.0

struct options {
	double interval;	/* seconds */
	bool once;
	bool batch;
	uint64_t count;		/* 0: no end */
	struct tnl_filter filter;
};

/* A session, or a LUN of one, at one moment. */
struct row {
	uint64_t id;
	bool is_lun;
	uint64_t lun;
	json_t *o;
};

struct sample {
	struct timespec at;
	json_t *sessions;
	json_t *luns;
};

/* What one direction did between two samples. */
struct rate {
	double ops;	/* a second */
	double bytes;
	uint64_t mean;	/* ns; 0: nothing was done */
	uint64_t p99;
};

static int take(struct tnl *nl, const struct options *opt, struct sample *s)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->sessions = json_array();
	s->luns = json_array();
	clock_gettime(CLOCK_MONOTONIC, &s->at);
	err = tnl_sessions(nl, &opt->filter, s->sessions);
	return err ? err : tnl_luns(nl, &opt->filter, s->luns);
}

static void drop(struct sample *s)
{
	json_decref(s->sessions);
	json_decref(s->luns);
	memset(s, 0, sizeof(*s));
}

static double seconds_between(const struct sample *a, const struct sample *b)
{
	double d = (b->at.tv_sec - a->at.tv_sec) + (b->at.tv_nsec - a->at.tv_nsec) / 1e9;

	return d > 0.001 ? d : 0.001;
}

/* The same session or LUN in an earlier sample, or NULL. */
static json_t *earlier(const json_t *list, const json_t *o)
{
	json_t *e, *lun = json_object_get(o, "lun");
	size_t i;

	json_array_foreach(list, i, e)
		if (live_num(e, "id") == live_num(o, "id") &&
		    (!lun || live_num(e, "lun") == (uint64_t)json_integer_value(lun)))
			return e;
	return NULL;
}

static uint64_t grown(const json_t *now, const json_t *then, const char *dir, const char *what)
{
	char *key = xasprintf("%s%s", dir, what);
	uint64_t a = then ? live_num(then, key) : 0, b = live_num(now, key);

	free(key);
	return b > a ? b - a : 0;
}

static struct rate rate_of(const json_t *now, const json_t *then, const char *dir, double seconds)
{
	const json_t *io = json_object_get(now, "io");
	const json_t *before = then ? json_object_get(then, "io") : NULL;
	uint64_t n = grown(io, before, dir, "s");
	struct latency l, old;
	struct rate r = {
		.ops = n / seconds,
		.bytes = grown(io, before, dir, "_bytes") / seconds,
		.mean = n ? grown(io, before, dir, "_ns") / n : 0,
	};

	latency_load(&l, io, dir);
	latency_load(&old, before, dir);
	latency_subtract(&l, &old);
	r.p99 = latency_quantile(&l, 0.99);
	return r;
}

/* As JSON */

/* What is below would only look like precision. */
static double tidy(double v, int parts)
{
	return (double)(uint64_t)(v * parts + 0.5) / parts;
}

static json_t *rate_json(const struct rate *r)
{
	return json_pack("{s:f, s:f, s:I, s:I}", "iops", tidy(r->ops, 10), "bytes_per_second",
			 tidy(r->bytes, 1), "mean_ns", (json_int_t)r->mean, "p99_ns",
			 (json_int_t)r->p99);
}

static json_t *row_json(const json_t *now, const json_t *then, double seconds)
{
	static const char *const keys[] = { "id", "target", "tpg", "initiator", "lun" };
	struct rate r = rate_of(now, then, "read", seconds);
	struct rate w = rate_of(now, then, "write", seconds);
	json_t *out = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(now, keys[i]))
			json_object_set(out, keys[i], json_object_get(now, keys[i]));
	json_object_set_new(out, "queue_depth", json_integer(live_num(now, "in_flight")));
	json_object_set_new(out, "read", rate_json(&r));
	json_object_set_new(out, "write", rate_json(&w));
	return out;
}

/* The LUNs of a session, as its "luns". */
static json_t *session_json(const json_t *now, const struct sample *a, const struct sample *b,
			    double seconds)
{
	json_t *out = row_json(now, earlier(a->sessions, now), seconds);
	json_t *luns = json_array(), *lun, *l;
	size_t i;

	json_array_foreach(b->luns, i, lun) {
		if (live_num(lun, "id") != live_num(now, "id"))
			continue;
		l = row_json(lun, earlier(a->luns, lun), seconds);
		json_object_del(l, "id");
		json_object_del(l, "target");
		json_object_del(l, "tpg");
		json_object_del(l, "initiator");
		json_array_append_new(luns, l);
	}
	json_object_set_new(out, "luns", luns);
	return out;
}

static double activity(const json_t *s)
{
	return json_number_value(json_object_get(json_object_get(s, "read"), "iops")) +
	       json_number_value(json_object_get(json_object_get(s, "write"), "iops"));
}

static int busiest_first(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	double d = activity(y) - activity(x);

	if (d)
		return d > 0 ? 1 : -1;
	return live_num(x, "id") < live_num(y, "id") ? -1 : 1;
}

static json_t *compare(const struct sample *a, const struct sample *b)
{
	double seconds = seconds_between(a, b);
	size_t n = json_array_size(b->sessions), i;
	json_t **v = xcalloc(n + 1, sizeof(*v)), *list = json_array(), *s;

	json_array_foreach(b->sessions, i, s)
		v[i] = session_json(s, a, b, seconds);
	qsort(v, n, sizeof(*v), busiest_first);
	for (i = 0; i < n; i++)
		json_array_append_new(list, v[i]);
	free(v);
	return json_pack("{s:f, s:o}", "seconds", tidy(seconds, 100), "sessions", list);
}

/* As text */

static void put_rates(struct strbuf *sb, const json_t *o)
{
	static const char *const dirs[] = { "read", "write" };
	char text[2][2][16];

	for (size_t i = 0; i < 2; i++) {
		const json_t *r = json_object_get(o, dirs[i]);

		for (size_t k = 0; k < 2; k++) {
			uint64_t ns = live_num(r, k ? "p99_ns" : "mean_ns");

			snprintf(text[i][k], sizeof(text[i][k]), "-");
			if (ns)
				live_time(ns, text[i][k], sizeof(text[i][k]));
		}
		sb_addf(sb, " %8.0f %8.1f %7s %7s",
			json_number_value(json_object_get(r, "iops")),
			json_number_value(json_object_get(r, "bytes_per_second")) / 1e6,
			text[i][0], text[i][1]);
	}
	sb_addf(sb, " %5llu", (unsigned long long)live_num(o, "queue_depth"));
}

static void print_session(const json_t *s)
{
	struct strbuf sb = { 0 }, who = { 0 };
	json_t *lun;
	size_t i;

	sb_add_shown(&who, text_of(s, "initiator"));
	sb_addf(&who, " -> %s", *text_of(s, "target") ? text_of(s, "target") : "(discovery)");
	sb_addf(&sb, "%-12llu", (unsigned long long)live_num(s, "id"));
	put_rates(&sb, s);
	printf("%s  %s\n", sb.s, who.s);
	json_array_foreach(json_object_get(s, "luns"), i, lun) {
		char name[32];

		sb_reset(&sb);
		snprintf(name, sizeof(name), "lun%llu", (unsigned long long)live_num(lun, "lun"));
		sb_addf(&sb, "  %-10s", name);
		put_rates(&sb, lun);
		printf("%s\n", sb.s);
	}
	sb_free(&sb);
	sb_free(&who);
}

static void print_table(const struct options *opt, const json_t *o, bool clear)
{
	json_t *list = json_object_get(o, "sessions"), *s;
	size_t i;

	if (clear)
		fputs("\033[H\033[J", stdout);
	printf("%zu sessions, %.1f s%s\n", json_array_size(list),
	       json_number_value(json_object_get(o, "seconds")),
	       clear ? " (Ctrl-C ends)" : "");
	printf("%-12s %35s %35s\n", "", "READ: /s     MB/s    mean     p99",
	       "WRITE: /s     MB/s    mean     p99");
	printf("%-12s %8s %8s %7s %7s %8s %8s %7s %7s %5s  %s\n", "SESSION", "iops", "MB/s", "mean",
	       "p99", "iops", "MB/s", "mean", "p99", "depth", "INITIATOR -> TARGET");
	json_array_foreach(list, i, s)
		print_session(s);
	if (!clear && !opt->once)
		putchar('\n');
}

static bool show(struct ctx *ctx, const struct options *opt, const struct sample *a,
		 const struct sample *b)
{
	json_t *o = compare(a, b);

	if (ctx->json) {
		json_dumpf(o, stdout, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10));
		putchar('\n');
	} else {
		print_table(opt, o, !opt->once && !opt->batch && isatty(STDOUT_FILENO));
	}
	json_decref(o);
	return live_flush();
}

static int loop(struct ctx *ctx, struct tnl *nl, const struct options *opt)
{
	struct sample a, b = { 0 };
	uint64_t n = 0;
	int err = take(nl, opt, &a);

	while (!err && !live_ends()) {
		poll(NULL, 0, opt->interval * 1000);
		if (live_ends())
			break;
		err = take(nl, opt, &b);
		if (err || !show(ctx, opt, &a, &b) || opt->once || ++n == opt->count)
			break;
		drop(&a);
		a = b;
		memset(&b, 0, sizeof(b));
	}
	drop(&a);
	drop(&b);
	return err;
}

static int parse(struct ctx *ctx, const struct node *node, const struct args *args,
		 struct options *opt)
{
	const char *interval = arg(&verb_top, args, "interval");
	const char *count = arg(&verb_top, args, "count");
	char *end;
	int err;

	opt->interval = interval ? strtod(interval, &end) : DEFAULT_INTERVAL;
	if (interval && (end == interval || *end || !(opt->interval >= 0.1 && opt->interval <= 3600)))
		return usage(ctx, "interval=%s: give seconds, 0.1 to 3600", interval);
	if (count && (!parse_uint(count, UINT32_MAX, &opt->count) || !opt->count))
		return usage(ctx, "count=%s: give a number of tables, 1 or more", count);
	err = arg_bool(ctx, &verb_top, args, "once", false, &opt->once);
	if (!err)
		err = arg_bool(ctx, &verb_top, args, "batch", false, &opt->batch);
	if (!err)
		err = live_filter(ctx, &verb_top, node, args, &opt->filter);
	opt->filter.histogram = true;
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct options opt = { 0 };
	struct tnl *nl;
	int err = parse(ctx, node, args, &opt);

	if (!err)
		err = tnl_open(ctx, &nl);
	if (err)
		return err;
	ctx->printed = true;
	live_begin();
	err = loop(ctx, nl, &opt);
	live_end();
	tnl_close(nl);
	return err;
}

const struct verb verb_top = {
	.name = "top",
	.kinds = KINDS_ALL,
	.help = "Show what sessions and LUNs do: IOPS, MB/s, latency, queue depth",
	.params = {
		{ "interval", "seconds between two tables (default: 2)", false, PT_TEXT },
		{ "once", "true: one table, of one interval", false, PT_BOOL },
		{ "batch", "true: one table after another, on a terminal, too", false, PT_BOOL },
		{ "count", "end after so many tables", false, PT_TEXT },
		{ "sid", "this session only", false, PT_TEXT },
		{ "initiator", "those of this initiator", false, PT_TEXT },
		{ "target", "those of this target", false, PT_TEXT },
	},
	.run = run,
};
