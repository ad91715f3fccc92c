// SPDX-License-Identifier: GPL-2.0
/* stats: counters of targets, sessions and LUNs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "latency.h"
#include "live.h"
#include "openmetrics.h"

static int take(struct ctx *ctx, const struct tnl_filter *filter, json_t **out)
{
	json_t *targets = json_array(), *sessions = json_array(), *luns = json_array(), *info;
	struct tnl *nl;
	int err = tnl_open(ctx, &nl);

	if (!err) {
		err = tnl_info(nl, &info);
		if (err)
			fail(ctx, err, "cannot ask tcm_iscsi by netlink");
		if (!err && !filter->session && !filter->initiator)
			err = tnl_targets(nl, filter, targets);
		if (!err)
			err = tnl_sessions(nl, filter, sessions);
		if (!err)
			err = tnl_luns(nl, filter, luns);
		tnl_close(nl);
	}
	if (err) {
		json_decref(targets);
		json_decref(sessions);
		json_decref(luns);
		return err;
	}
	*out = json_pack("{s:o, s:o, s:o, s:o}", "module", info, "targets", targets, "sessions",
			 sessions, "luns", luns);
	return 0;
}

static void say_io(struct ctx *ctx, const char *what, const json_t *o)
{
	static const char *const dirs[] = { "read", "write" };
	const json_t *io = json_object_get(o, "io");
	struct latency l;

	for (size_t i = 0; i < 2; i++) {
		char mean[16] = "-", p99[16] = "-", size[32], *key = xasprintf("%ss", dirs[i]);
		uint64_t n = live_num(io, key);

		free(key);
		key = xasprintf("%s_bytes", dirs[i]);
		format_size(live_num(io, key), size, sizeof(size));
		free(key);
		key = xasprintf("%s_ns", dirs[i]);
		if (n)
			live_time(live_num(io, key) / n, mean, sizeof(mean));
		free(key);
		latency_load(&l, io, dirs[i]);
		if (latency_count(&l))
			live_time(latency_quantile(&l, 0.99), p99, sizeof(p99));
		say(ctx, "    %s%ss: %llu (%s), latency mean %s, p99 %s", what, dirs[i],
		    (unsigned long long)n, size, mean, p99);
	}
}

static void say_target(struct ctx *ctx, const json_t *t)
{
	say(ctx, "%s: %llu sessions", text_of(t, "target"),
	    (unsigned long long)live_num(t, "sessions"));
	say(ctx, "    logins: %llu, refused: %llu not authenticated, %llu not authorized, %llu not negotiated, %llu other",
	    (unsigned long long)live_num(t, "logins"),
	    (unsigned long long)live_num(t, "logins_not_authenticated"),
	    (unsigned long long)live_num(t, "logins_not_authorized"),
	    (unsigned long long)live_num(t, "logins_not_negotiated"),
	    (unsigned long long)live_num(t, "logins_failed"));
	say(ctx, "    logouts: %llu normal, %llu abnormal; errors: %llu digest, %llu timeout, %llu format",
	    (unsigned long long)live_num(t, "logouts"),
	    (unsigned long long)live_num(t, "logouts_abnormal"),
	    (unsigned long long)live_num(t, "digest_errors"),
	    (unsigned long long)live_num(t, "timeout_errors"),
	    (unsigned long long)live_num(t, "format_errors"));
}

static void say_session(struct ctx *ctx, const json_t *s, const json_t *luns)
{
	struct strbuf who = { 0 };
	json_t *lun;
	size_t i;

	sb_add_shown(&who, text_of(s, "initiator"));
	say(ctx, "session %llu: %s -> %s %s", (unsigned long long)live_num(s, "id"), who.s,
	    text_of(s, "target"), text_of(s, "tpg"));
	sb_free(&who);
	say(ctx, "    commands: %llu, in flight: %llu",
	    (unsigned long long)live_num(s, "commands"),
	    (unsigned long long)live_num(s, "in_flight"));
	say_io(ctx, "", s);
	json_array_foreach(luns, i, lun) {
		char *what;

		if (live_num(lun, "id") != live_num(s, "id"))
			continue;
		what = xasprintf("lun%llu ", (unsigned long long)live_num(lun, "lun"));
		say_io(ctx, what, lun);
		free(what);
	}
}

static void say_all(struct ctx *ctx, const json_t *all)
{
	const json_t *luns = json_object_get(all, "luns");
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(all, "targets"), i, o)
		say_target(ctx, o);
	json_array_foreach(json_object_get(all, "sessions"), i, o)
		say_session(ctx, o, luns);
	if (!json_array_size(json_object_get(all, "sessions")))
		say(ctx, "(no open sessions)");
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *format = arg(&verb_stats, args, "format");
	bool metrics = format && !strcmp(format, "openmetrics");
	struct tnl_filter filter;
	json_t *all;
	int err;

	if (format && !metrics && strcmp(format, "text") && strcmp(format, "json"))
		return usage(ctx, "format=%s: give text, json or openmetrics", format);
	err = live_filter(ctx, &verb_stats, node, args, &filter);
	filter.histogram = true;
	if (!err)
		err = take(ctx, &filter, &all);
	if (err)
		return err;
	if (metrics) {
		openmetrics_print(all, stdout);
		ctx->printed = true;
	} else if (format && !strcmp(format, "json")) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		ctx->printed = true;
	} else if (!ctx->json) {
		say_all(ctx, all);
	}
	answer(ctx, all);
	return 0;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)ctx;
	(void)node;
	(void)args;
	if (strcmp(name, "format"))
		return;
	sl_add(out, "text");
	sl_add(out, "json");
	sl_add(out, "openmetrics");
}

const struct verb verb_stats = {
	.name = "stats",
	.kinds = KINDS_ALL,
	.help = "Show counters of targets, sessions and LUNs",
	.params = {
		{ "format", "text (default), json or openmetrics", false, PT_TEXT },
		{ "sid", "this session only", false, PT_TEXT },
		{ "initiator", "those of this initiator", false, PT_TEXT },
		{ "target", "those of this target", false, PT_TEXT },
	},
	.run = run,
	.complete = complete,
};
