// SPDX-License-Identifier: GPL-2.0
/* monitor: a line for each event, until a signal or the end of the reader. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "live.h"

struct monitor {
	struct ctx *ctx;
	uint64_t left;		/* events to print; 0: no end */
	bool ends;		/* that many were, or nobody reads */
	bool counts;
	uint64_t lost;		/* as the kernel last told */
	bool overrun;		/* some did not fit, and more will not before it is empty */
};

/* A pair, when there is something to say. */
static void put(struct strbuf *sb, const json_t *e, const char *key)
{
	const json_t *v = json_object_get(e, key);

	if (json_is_string(v)) {
		sb_addf(sb, " %s=", key);
		sb_add_shown(sb, json_string_value(v));
	} else if (json_is_integer(v)) {
		sb_addf(sb, " %s=%llu", key, (unsigned long long)json_integer_value(v));
	}
}

static void put_reason(struct strbuf *sb, const json_t *e)
{
	if (!*text_of(e, "reason"))
		return;
	sb_adds(sb, ": ");
	sb_add_shown(sb, text_of(e, "reason"));
}

static void put_status(struct strbuf *sb, const json_t *e)
{
	if (json_object_get(e, "status_class"))
		sb_addf(sb, " status=0x%02x%02x", (unsigned int)live_num(e, "status_class"),
			(unsigned int)live_num(e, "status_detail"));
}

static void print_line(const json_t *e)
{
	static const char *const keys[] = {
		"session", "target", "tpg", "initiator", "peer", "lun", "device", "chap_user",
		"timeout", "state", "sessions", "lost",
	};
	struct strbuf sb = { 0 };

	sb_addf(&sb, "%s %s", *text_of(e, "time") ? text_of(e, "time") : "-",
		text_of(e, "event"));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		put(&sb, e, keys[i]);
	put_status(&sb, e);
	put_reason(&sb, e);
	puts(sb_str(&sb));
	sb_free(&sb);
}

static void show(struct monitor *m, json_t *e)
{
	if (m->ends)
		return;
	if (m->ctx->json) {
		json_dumpf(e, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
	} else {
		print_line(e);
	}
	m->ends = !live_flush() || (m->counts && !--m->left);
}

/* The session's number and address, where a reader finds them. */
static void flatten(json_t *e)
{
	json_t *conn = json_array_get(json_object_get(e, "connections"), 0);

	if (json_object_get(e, "id"))
		json_object_set(e, "session", json_object_get(e, "id"));
	json_object_del(e, "id");
	if (conn)
		json_object_update_missing(e, conn);
	json_object_del(e, "connections");
}

/* What there is, so that whoever missed something can start again from here. */
static void show_sessions(struct monitor *m)
{
	static const struct tnl_filter all;
	static const char *const keys[] = {
		"id", "target", "tpg", "initiator", "alias", "isid", "tsih", "connections",
	};
	json_t *list = json_array(), *s;
	struct tnl *nl;
	size_t i;

	/* A socket of its own: events may come between the replies. */
	if (!tnl_open(m->ctx, &nl)) {
		tnl_sessions(nl, &all, list);
		tnl_close(nl);
	}
	json_array_foreach(list, i, s) {
		json_t *e = json_pack("{s:s}", "event", "session");

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			json_object_set(e, keys[k], json_object_get(s, keys[k]));
		flatten(e);
		show(m, e);
		json_decref(e);
	}
	json_decref(list);
}

static void show_lost(struct monitor *m, json_t *n, const char *why)
{
	json_t *e = json_pack("{s:s, s:o*, s:s}", "event", "lost", "lost", n, "reason", why);

	show(m, e);
	json_decref(e);
}

/* The kernel counts what it did not send. */
static void check_lost(struct monitor *m, const json_t *e)
{
	uint64_t lost = live_num(e, "events_lost");

	if (lost > m->lost)
		show_lost(m, json_integer(lost - m->lost),
			  "not sent by the kernel: too many of a kind, or no memory");
	m->lost = lost;
}

/*
 * The socket takes nothing more until all is read that it has; what is lost
 * meanwhile it does not tell again. So this is told, and looked at, only then.
 */
static void resync(struct monitor *m)
{
	m->overrun = false;
	show_lost(m, NULL, "they came faster than they were read; these are the sessions now");
	show_sessions(m);
}

static int step(struct monitor *m, struct tnl *nl)
{
	json_t *e;
	int err = tnl_event(nl, !m->overrun, &e);

	if (err == -ENOBUFS)
		m->overrun = true;
	else if (err == -EAGAIN && m->overrun)
		resync(m);
	if (err == -ENOBUFS || err == -EAGAIN || err == -EINTR)
		return 0;
	if (err)
		return err;
	check_lost(m, e);
	json_object_del(e, "events_lost");
	flatten(e);
	show(m, e);
	json_decref(e);
	return 0;
}

static int listen_to(struct monitor *m, struct tnl *nl)
{
	json_t *info;
	int err = tnl_info(nl, &info);

	if (!err) {
		m->lost = live_num(info, "events_lost");
		json_decref(info);
		err = tnl_listen(nl);
	}
	if (err)
		return fail(m->ctx, err, "cannot listen to events");
	m->ctx->printed = true;
	live_begin();
	while (!err && !m->ends && !live_ends())
		err = step(m, nl);
	live_end();
	if (err == -ENODEV)
		return fail_plain(m->ctx, err, "tcm_iscsi was unloaded");
	if (err && err != -ENODATA)
		return fail(m->ctx, err, "cannot read events");
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct monitor m = { .ctx = ctx };
	const char *count = arg(&verb_monitor, args, "count");
	struct tnl *nl;
	int err;

	(void)node;
	m.counts = count;
	if (count && (!parse_uint(count, UINT32_MAX, &m.left) || !m.left))
		return usage(ctx, "count=%s: give a number of events, 1 or more", count);
	err = tnl_open(ctx, &nl);
	if (err)
		return err;
	err = listen_to(&m, nl);
	tnl_close(nl);
	return err;
}

const struct verb verb_monitor = {
	.name = "monitor",
	.kinds = KINDS_ALL,
	.help = "Show events as they come: logins, logouts, refusals, timeouts, LUNs",
	.params = {
		{ "count", "end after so many", false },
	},
	.run = run,
};
