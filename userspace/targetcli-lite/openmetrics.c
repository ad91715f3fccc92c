// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics in the text format of OpenMetrics 1.0: names end with their unit,
 * counters with _total, families are not mixed, and "# EOF" is last.
 */
#include "openmetrics.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "util.h"

/* Where a number is: a key of the object, or of an object in it. */
struct source {
	const char *object;	/* NULL: the object itself */
	const char *key;
	const char *label;	/* ,name="value" that this one adds, or NULL */
};

struct family {
	const char *name;
	const char *type;
	const char *unit;	/* or NULL */
	const char *help;
	double scale;		/* 0: a whole number */
	struct source sources[6];
};

static const struct family target_families[] = {
	{ "tcm_iscsi_target_sessions", "gauge", NULL, "Sessions of the target.", 0,
	  { { NULL, "sessions", NULL } } },
	{ "tcm_iscsi_target_logins", "counter", NULL,
	  "Logins that ended, by what came of them; discovery is not counted.", 0,
	  { { NULL, "logins", ",result=\"accepted\"" },
	    { NULL, "logins_not_authenticated", ",result=\"not_authenticated\"" },
	    { NULL, "logins_not_authorized", ",result=\"not_authorized\"" },
	    { NULL, "logins_not_negotiated", ",result=\"not_negotiated\"" },
	    { NULL, "logins_failed", ",result=\"other\"" } } },
	{ "tcm_iscsi_target_logouts", "counter", NULL, "Logout Requests.", 0,
	  { { NULL, "logouts", ",kind=\"normal\"" },
	    { NULL, "logouts_abnormal", ",kind=\"abnormal\"" } } },
	{ "tcm_iscsi_target_errors", "counter", NULL, "Errors of sessions.", 0,
	  { { NULL, "digest_errors", ",kind=\"digest\"" },
	    { NULL, "timeout_errors", ",kind=\"timeout\"" },
	    { NULL, "format_errors", ",kind=\"format\"" } } },
};

static const struct family session_families[] = {
	{ "tcm_iscsi_session_age_seconds", "gauge", "seconds", "Time since the login.", 1e-3,
	  { { NULL, "age_ms", NULL } } },
	{ "tcm_iscsi_session_commands", "counter", NULL, "SCSI commands.", 0,
	  { { NULL, "commands", NULL } } },
	{ "tcm_iscsi_session_commands_in_flight", "gauge", NULL,
	  "Requests that were received and not answered yet.", 0,
	  { { NULL, "in_flight", NULL } } },
	{ "tcm_iscsi_session_command_window", "gauge", NULL,
	  "Requests that the initiator may have in flight.", 0,
	  { { NULL, "window", NULL } } },
	{ "tcm_iscsi_session_oldest_command_age_seconds", "gauge", "seconds",
	  "How long the SCSI command has waited that came first; 0 when there is none.", 1e-3,
	  { { "oldest_command", "age_ms", NULL } } },
	{ "tcm_iscsi_session_network_bytes", "counter", "bytes",
	  "Bytes of TCP, headers of iSCSI included.", 0,
	  { { NULL, "rx_bytes", ",direction=\"receive\"" },
	    { NULL, "tx_bytes", ",direction=\"transmit\"" } } },
	{ "tcm_iscsi_session_io_commands", "counter", NULL, "READs and WRITEs that were answered.",
	  0, { { "io", "reads", ",direction=\"read\"" },
	       { "io", "writes", ",direction=\"write\"" } } },
	{ "tcm_iscsi_session_io_bytes", "counter", "bytes", "Data of READs and WRITEs.", 0,
	  { { "io", "read_bytes", ",direction=\"read\"" },
	    { "io", "write_bytes", ",direction=\"write\"" } } },
	{ "tcm_iscsi_session_io_time_seconds", "counter", "seconds",
	  "Sum of the latencies of READs and WRITEs.", 1e-9,
	  { { "io", "read_ns", ",direction=\"read\"" },
	    { "io", "write_ns", ",direction=\"write\"" } } },
	{ "tcm_iscsi_session_errors", "counter", NULL, "Errors of the session.", 0,
	  { { NULL, "digest_errors", ",kind=\"digest\"" },
	    { NULL, "timeout_errors", ",kind=\"timeout\"" },
	    { NULL, "format_errors", ",kind=\"format\"" } } },
};

static const struct family lun_families[] = {
	{ "tcm_iscsi_lun_commands_in_flight", "gauge", NULL,
	  "READs and WRITEs that the backstore has.", 0, { { NULL, "in_flight", NULL } } },
	{ "tcm_iscsi_lun_io_bytes", "counter", "bytes", "Data of READs and WRITEs.", 0,
	  { { "io", "read_bytes", ",direction=\"read\"" },
	    { "io", "write_bytes", ",direction=\"write\"" } } },
};

static const struct family module_families[] = {
	{ "tcm_iscsi_sessions", "gauge", NULL, "Sessions, discovery included.", 0,
	  { { NULL, "sessions", NULL } } },
	{ "tcm_iscsi_events_lost", "counter", NULL,
	  "Events that the kernel did not send: no memory, or too many of a kind.", 0,
	  { { NULL, "events_lost", NULL } } },
};

static void put_label(struct strbuf *sb, const char *name, const char *value)
{
	sb_addf(sb, "%s%s=\"", sb->len ? "," : "", name);
	for (; *value; value++)
		if (*value == '\n')
			sb_adds(sb, "\\n");
		else if (*value == '"' || *value == '\\')
			sb_addf(sb, "\\%c", *value);
		else
			sb_addn(sb, value, 1);
	sb_adds(sb, "\"");
}

/* Those that say which object it is. */
static void labels(struct strbuf *sb, const json_t *o)
{
	static const char *const keys[][2] = {
		{ "target", "target" }, { "tpg", "tpg" }, { "initiator", "initiator" },
		{ "id", "session" }, { "lun", "lun" },
	};

	sb_reset(sb);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *v = json_object_get(o, keys[i][0]);
		char number[24];

		if (!v)
			continue;
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)json_integer_value(v));
		put_label(sb, keys[i][1], json_is_string(v) ? json_string_value(v) : number);
	}
}

static void head(FILE *out, const char *name, const char *type, const char *unit,
		 const char *help)
{
	fprintf(out, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
	fprintf(out, "# HELP %s %s\n", name, help);
}

static void sample(FILE *out, const struct family *f, const struct source *s, const json_t *o,
		   const char *labels)
{
	const json_t *in = s->object ? json_object_get(o, s->object) : o;
	uint64_t v = json_integer_value(json_object_get(in, s->key));
	const char *more = s->label ? s->label : "";
	bool braces = *labels || *more;

	fprintf(out, "%s%s", f->name, !strcmp(f->type, "counter") ? "_total" : "");
	if (braces)
		fprintf(out, "{%s%s}", labels, *labels ? more : more + (*more == ','));
	if (f->scale)
		fprintf(out, " %.12g\n", v * f->scale);
	else
		fprintf(out, " %llu\n", (unsigned long long)v);
}

static void family(FILE *out, const struct family *f, const json_t *list)
{
	struct strbuf sb = { 0 };
	json_t *o;
	size_t i;

	head(out, f->name, f->type, f->unit, f->help);
	json_array_foreach(list, i, o) {
		labels(&sb, o);
		for (const struct source *s = f->sources; s->key; s++)
			sample(out, f, s, o, sb_str(&sb));
	}
	sb_free(&sb);
}

static void families(FILE *out, const struct family *f, size_t n, const json_t *list)
{
	for (size_t i = 0; i < n; i++)
		family(out, &f[i], list);
}

/* Where a session is: what changes too often for a label of every metric. */
static void session_info(FILE *out, const json_t *sessions)
{
	struct strbuf sb = { 0 };
	json_t *o;
	size_t i;

	head(out, "tcm_iscsi_session", "info", NULL, "Addresses of the session.");
	json_array_foreach(sessions, i, o) {
		json_t *conn = json_array_get(json_object_get(o, "connections"), 0);
		const char *peer = json_string_value(json_object_get(conn, "peer"));
		const char *local = json_string_value(json_object_get(conn, "local"));
		const char *alias = json_string_value(json_object_get(o, "alias"));

		labels(&sb, o);
		put_label(&sb, "peer", peer ? peer : "");
		put_label(&sb, "local", local ? local : "");
		put_label(&sb, "alias", alias ? alias : "");
		fprintf(out, "tcm_iscsi_session_info{%s} 1\n", sb.s);
	}
	sb_free(&sb);
}

#define LATENCY "tcm_iscsi_lun_latency_seconds"

/* A bucket for each power of two is enough for a graph. */
static void histogram(FILE *out, const json_t *o, const char *dir, const char *labels)
{
	const unsigned int step = 1 << TCM_ISCSI_HIST_SUB_BITS;
	char *key = xasprintf("%s_ns", dir);
	const json_t *io = json_object_get(o, "io");
	struct latency l;
	uint64_t seen = 0;

	latency_load(&l, io, dir);
	for (unsigned int i = 0; i < TCM_ISCSI_HIST_BUCKETS; i++) {
		seen += l.bucket[i];
		if ((i + 1) % step || i + 1 == TCM_ISCSI_HIST_BUCKETS)
			continue;
		fprintf(out, LATENCY "_bucket{%s,direction=\"%s\",le=\"%.12g\"} %llu\n", labels,
			dir, latency_bound(i + 1) / 1e9, (unsigned long long)seen);
	}
	fprintf(out, LATENCY "_bucket{%s,direction=\"%s\",le=\"+Inf\"} %llu\n", labels, dir,
		(unsigned long long)seen);
	fprintf(out, LATENCY "_count{%s,direction=\"%s\"} %llu\n", labels, dir,
		(unsigned long long)seen);
	fprintf(out, LATENCY "_sum{%s,direction=\"%s\"} %.12g\n", labels, dir,
		json_integer_value(json_object_get(io, key)) / 1e9);
	free(key);
}

static void latencies(FILE *out, const json_t *luns)
{
	struct strbuf sb = { 0 };
	json_t *o;
	size_t i;

	head(out, LATENCY, "histogram", "seconds",
	     "Time from the receipt of a READ or WRITE to its response.");
	json_array_foreach(luns, i, o) {
		labels(&sb, o);
		if (!sb.len)
			continue;
		histogram(out, o, "read", sb.s);
		histogram(out, o, "write", sb.s);
	}
	sb_free(&sb);
}

void openmetrics_print(const json_t *all, FILE *out)
{
	json_t *module = json_pack("[O]", json_object_get(all, "module"));
	const json_t *sessions = json_object_get(all, "sessions");
	const json_t *luns = json_object_get(all, "luns");

	families(out, module_families, ARRAY_SIZE(module_families), module);
	families(out, target_families, ARRAY_SIZE(target_families),
		 json_object_get(all, "targets"));
	session_info(out, sessions);
	families(out, session_families, ARRAY_SIZE(session_families), sessions);
	families(out, lun_families, ARRAY_SIZE(lun_families), luns);
	latencies(out, luns);
	fputs("# EOF\n", out);
	json_decref(module);
}
