// SPDX-License-Identifier: GPL-2.0
/*
 * sessions: who is logged in. The module tells by netlink; of the in-tree target
 * it is read from the ACLs' info and the groups' dynamic sessions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "model.h"

/*
 * By netlink an answer has more, and all sessions of an initiator; what is in
 * both has the same names and values.
 */
struct query {
	struct ctx *ctx;
	bool has_sid;
	uint64_t sid;
	json_t *found;
};

/* The word that follows 'key' in a line, or "". */
static char *word_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	if (!at)
		return xstrdup("");
	at += strlen(key);
	at += strspn(at, " \t");
	return xstrndup(at, strcspn(at, " \t\n"));
}

static void put_word(json_t *out, const char *name, const char *line, const char *key)
{
	char *word = word_after(line, key);

	json_object_set_new(out, name, json_string(word));
	free(word);
}

/* "ISID: 0x00 02 3d 01 00 00  TSIH: 3" */
static void put_isid(json_t *out, const char *line)
{
	const char *at = strstr(line, "ISID: "), *end = at ? strstr(at, "  TSIH") : NULL;

	if (end)
		json_object_set_new(out, "isid", json_sprintf("%.*s", (int)(end - at - 6),
							      at + 6));
}

static json_t *parse_connection(const char *line)
{
	json_t *out = json_object();
	char *cid = word_after(line, "CID: ");

	json_object_set_new(out, "cid", json_integer(atoi(cid)));
	put_word(out, "state", line, "TARG_CONN_STATE_");
	free(cid);
	return out;
}

static void parse_line(json_t *s, json_t *conns, const char *line)
{
	json_t *last = json_array_get(conns, json_array_size(conns) - 1);
	const char *alias = after(line, "InitiatorAlias:");
	char *word;

	if (alias) {
		json_object_set_new(s, "alias", json_string(alias + strspn(alias, " ")));
	} else if (starts_with(line, "LIO Session ID:")) {
		word = word_after(line, "LIO Session ID:");
		json_object_set_new(s, "id", json_integer(atoll(word)));
		free(word);
		put_isid(s, line);
		put_word(s, "type", line, "SessionType:");
	} else if (strstr(line, "TARG_SESS_STATE_")) {
		put_word(s, "state", line, "TARG_SESS_STATE_");
	} else if (strstr(line, "CID: ")) {
		json_array_append_new(conns, parse_connection(line));
	} else if (strstr(line, "Address ") && last) {
		put_word(last, "address", line, "Address ");
		put_word(last, "transport", line, json_string_value(
			 json_object_get(last, "address")));
	}
}

/* The session that an ACL's info tells of, or NULL. */
static json_t *parse_info(char *info)
{
	json_t *s, *conns;
	char *line, *save = NULL;

	if (!starts_with(info, "InitiatorName:"))
		return NULL;
	s = json_pack("{s:s, s:s, s:s, s:i}", "alias", "", "type", "", "state", "", "id", 0);
	conns = json_array();
	for (line = strtok_r(info, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		parse_line(s, conns, line);
	json_object_set_new(s, "connections", conns);
	return s;
}

/* One mapped LUN: as ls shows it, and, unless a link of it is broken, in parts. */
static json_t *mapped_lun(struct ctx *ctx, const struct node *acl, const struct node *m)
{
	char *luns = xasprintf("%s/lun", node_up(acl, N_TPG)->dir), *lun_name;
	json_t *is = dump_mapped_lun(ctx, acl->dir, strrchr(m->dir, '/') + 1), *lun, *out;
	struct strbuf text = { 0 };
	int health;

	node_summary(ctx, m, 0, &text, &health);
	out = json_pack("{s:s, s:s}", "name", m->name, "summary", text.s);
	lun_name = xasprintf("lun_%llu", (unsigned long long)live_num(is, "tpg_lun"));
	lun = is ? dump_lun(ctx, luns, lun_name) : NULL;
	if (lun) {
		json_object_set(out, "index", json_object_get(is, "index"));
		json_object_set(out, "tpg_lun", json_object_get(is, "tpg_lun"));
		json_object_set(out, "write_protect", json_object_get(is, "write_protect"));
		json_object_set(out, "storage_object", json_object_get(lun, "storage_object"));
	}
	json_decref(lun);
	json_decref(is);
	sb_free(&text);
	free(lun_name);
	free(luns);
	return out;
}

static json_t *mapped_luns(struct ctx *ctx, const struct node *acl)
{
	struct strlist names = { 0 };
	json_t *out = json_array();

	node_children(ctx, acl, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct node *m = node_child(ctx, acl, names.v[i]);

		if (m)
			json_array_append_new(out, mapped_lun(ctx, acl, m));
		node_free(m);
	}
	sl_free(&names);
	return out;
}

static void add(struct query *q, json_t *s, const struct node *tpg, const char *initiator)
{
	json_object_set_new(s, "initiator", json_string(initiator));
	json_object_set_new(s, "target", json_string(tpg->parent->name));
	json_object_set_new(s, "tpg", json_string(tpg->name));
	if (!q->has_sid || num_of(s, "id") == (json_int_t)q->sid)
		json_array_append(q->found, s);
	json_decref(s);
}

static void query_acl(struct query *q, const struct node *tpg, const struct node *acl)
{
	struct strbuf info = { 0 };
	json_t *s = NULL;

	if (!cfs_read(&q->ctx->cfs, &info, "%s/info", acl->dir) && info.len)
		s = parse_info(info.s);
	sb_free(&info);
	if (!s)
		return;
	json_object_set_new(s, "mapped_luns", mapped_luns(q->ctx, acl));
	add(q, s, tpg, acl->name);
}

/* Initiators without an ACL: the kernel tells their names, each ended by NUL. */
static void query_dynamic(struct query *q, const struct node *tpg)
{
	struct strbuf names = { 0 };
	size_t i = 0;

	cfs_read(&q->ctx->cfs, &names, "%s/dynamic_sessions", tpg->dir);
	while (i < names.len) {
		size_t n = strcspn(names.s + i, "\n");
		char *name = xstrndup(names.s + i, n);

		if (*name)
			add(q, json_pack("{s:s, s:s, s:s, s:i, s:[], s:b}", "alias", "", "type",
					 "Normal", "state", "LOGGED_IN", "id", 0,
					 "connections", "dynamic", 1), tpg, name);
		free(name);
		i += n + 1;
	}
	sb_free(&names);
}

/* ACLs are not looked for by their tags, which stand for several. */
static void visit_children(struct query *q, const struct node *node,
			   void (*fn)(struct query *, const struct node *, const struct node *))
{
	struct strlist names = { 0 };

	if (node->kind == N_ACLS)
		cfs_list(&q->ctx->cfs, &names, CFS_DIRS, "%s", node->dir);
	else
		node_children(q->ctx, node, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct node *child = node_child(q->ctx, node, names.v[i]);

		if (child)
			fn(q, node, child);
		node_free(child);
	}
	sl_free(&names);
}

static void query_acl_of(struct query *q, const struct node *acls, const struct node *acl)
{
	query_acl(q, acls->parent, acl);
}

static void query_tpg(struct query *q, const struct node *target, const struct node *tpg)
{
	struct node *acls = node_child(q->ctx, tpg, "acls");

	(void)target;
	visit_children(q, acls, query_acl_of);
	query_dynamic(q, tpg);
	node_free(acls);
}

static void query_target(struct query *q, const struct node *iscsi, const struct node *target)
{
	(void)iscsi;
	visit_children(q, target, query_tpg);
}

/* What only the tree knows of a session: its LUNs. */
static void add_luns(struct ctx *ctx, json_t *s)
{
	const char *target = str_of(s, "target");
	char *path = xasprintf("/iscsi/%s/%s/acls/%s", target ? target : "-", text_of(s, "tpg"),
			       text_of(s, "initiator"));
	struct node *acl;

	if (target && !node_resolve(ctx, path, &acl)) {
		json_object_set_new(s, "mapped_luns", mapped_luns(ctx, acl));
		node_free(acl);
	} else if (target) {
		ctx_reset(ctx);	/* that there is none is no error */
		json_object_set_new(s, "dynamic", json_true());
	}
	free(path);
}

static void complete_session(struct ctx *ctx, json_t *s)
{
	json_t *conn;
	size_t i;

	json_array_foreach(json_object_get(s, "connections"), i, conn) {
		char *address = address_of(text_of(conn, "peer"));

		json_object_set_new(conn, "address", json_string(address));
		json_object_set_new(conn, "transport", json_string("TCP"));
		free(address);
	}
	add_luns(ctx, s);
}

static int query_netlink(struct ctx *ctx, const struct tnl_filter *filter, json_t *found)
{
	struct tnl *nl;
	json_t *s;
	size_t i;
	int err = tnl_open(ctx, &nl);

	if (err)
		return err;
	err = tnl_sessions(nl, filter, found);
	tnl_close(nl);
	if (err)
		return err;
	json_array_foreach(found, i, s)
		complete_session(ctx, s);
	return 0;
}

static void print_params(struct ctx *ctx, json_t *params)
{
	struct strbuf sb = { 0 };
	const char *key;
	json_t *v;

	json_object_foreach(params, key, v) {
		if (sb.len > 60) {
			say(ctx, "    negotiated:%s", sb.s);
			sb_reset(&sb);
		}
		if (json_is_integer(v))
			sb_addf(&sb, " %s=%llu", key, (unsigned long long)json_integer_value(v));
		else if (strstr(key, "Digest"))
			sb_addf(&sb, " %s=%s", key, json_is_true(v) ? "CRC32C" : "None");
		else
			sb_addf(&sb, " %s=%s", key, json_is_true(v) ? "Yes" : "No");
	}
	if (sb.len)
		say(ctx, "    negotiated:%s", sb.s);
	sb_free(&sb);
}

static void print_oldest(struct ctx *ctx, json_t *s)
{
	json_t *o = json_object_get(s, "oldest_command");

	if (o)
		say(ctx, "    oldest command: opcode 0x%02x lun %llu itt 0x%08x, %llu ms, %s",
		    (unsigned int)live_num(o, "opcode"), (unsigned long long)live_num(o, "lun"),
		    (unsigned int)live_num(o, "itt"), (unsigned long long)live_num(o, "age_ms"),
		    text_of(o, "state"));
}

/* What only netlink tells. */
static void print_more(struct ctx *ctx, json_t *s)
{
	json_t *io = json_object_get(s, "io");

	if (!io)
		return;
	say(ctx, "    isid: %s tsih: %llu%s%s  logged in for %llu s", text_of(s, "isid"),
	    (unsigned long long)live_num(s, "tsih"),
	    json_object_get(s, "chap_user") ? " chap-user: " : "", text_of(s, "chap_user"),
	    (unsigned long long)live_num(s, "age_ms") / 1000);
	print_params(ctx, json_object_get(s, "parameters"));
	say(ctx, "    commands: %llu, in flight: %llu of %llu, read %llu bytes, written %llu bytes",
	    (unsigned long long)live_num(s, "commands"),
	    (unsigned long long)live_num(s, "in_flight"), (unsigned long long)live_num(s, "window"),
	    (unsigned long long)live_num(io, "read_bytes"),
	    (unsigned long long)live_num(io, "write_bytes"));
	print_oldest(ctx, s);
}

/* As targetcli tells it */
static void print_lun(struct ctx *ctx, json_t *lun)
{
	const char *so = after(text_of(lun, "storage_object"), "/backstores/");

	if (so)
		say(ctx, "    mapped-lun: %llu backstore: %s mode: %s",
		    (unsigned long long)live_num(lun, "index"), so,
		    json_is_true(json_object_get(lun, "write_protect")) ? "r" : "rw");
	else
		say(ctx, "    %s %s", text_of(lun, "name"), text_of(lun, "summary"));
}

/*
 * targetcli's words, but for who has proved its identity, not for who is set up to
 * ask it of the target. Only netlink tells.
 */
static const char *authenticated(json_t *s)
{
	if (!json_object_get(s, "io"))
		return "";
	return json_object_get(s, "chap_user") ? " (authenticated)" : " (NOT AUTHENTICATED)";
}

static void print_detail(struct ctx *ctx, json_t *s)
{
	json_t *e;
	size_t i;

	say(ctx, "    name: %s%s%s", text_of(s, "initiator"), authenticated(s),
	    json_object_get(s, "dynamic") ? " (no ACL)" : "");
	say(ctx, "    target: %s %s", text_of(s, "target"), text_of(s, "tpg"));
	json_array_foreach(json_object_get(s, "mapped_luns"), i, e)
		print_lun(ctx, e);
	json_array_foreach(json_object_get(s, "connections"), i, e)
		say(ctx, "    address: %s (%s)  cid: %d connection-state: %s",
		    text_of(e, "address"), text_of(e, "transport"), int_of(e, "cid"),
		    text_of(e, "state"));
	print_more(ctx, s);
}

static void print(struct ctx *ctx, json_t *found, bool detail)
{
	json_t *s;
	size_t i;

	json_array_foreach(found, i, s) {
		struct strbuf alias = { 0 };

		sb_add_shown(&alias, text_of(s, "alias"));
		say(ctx, "alias: %s\tsid: %lld type: %s session-state: %s", sb_str(&alias),
		    (long long)num_of(s, "id"), text_of(s, "type"),
		    text_of(s, "state"));
		sb_free(&alias);
		if (detail)
			print_detail(ctx, s);
	}
	if (!json_array_size(found))
		say(ctx, "(no open sessions)");
}

static int query_tree(struct ctx *ctx, const struct tnl_filter *filter, json_t *found)
{
	struct query q = {
		.ctx = ctx, .has_sid = filter->session, .sid = filter->session, .found = found,
	};
	struct node *iscsi;
	int err = node_resolve(ctx, "/iscsi", &iscsi);

	if (err)
		return err;
	visit_children(&q, iscsi, query_target);
	node_free(iscsi);
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *action = arg(&verb_sessions, args, "action");
	bool detail = action && !strcmp(action, "detail");
	struct tnl_filter filter;
	json_t *found;
	int err;

	if (action && !detail && strcmp(action, "list"))
		return usage(ctx, "action=%s: give list or detail", action);
	err = live_filter(ctx, &verb_sessions, node, args, &filter);
	/* as targetcli, wherever it is called */
	filter.target = NULL;
	filter.initiator = NULL;
	if (!err)
		err = tree_ready(ctx);
	if (err)
		return err;
	found = json_array();
	err = tnl_available(ctx) ? query_netlink(ctx, &filter, found) :
				   query_tree(ctx, &filter, found);
	if (!err && filter.session && !json_array_size(found))
		err = fail_plain(ctx, -ENOENT, "there is no session with sid %u", filter.session);
	if (err) {
		json_decref(found);
		return err;
	}
	if (!ctx->json)
		print(ctx, found, detail);
	answer(ctx, found);
	return 0;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)ctx;
	(void)node;
	(void)args;
	if (!strcmp(name, "action")) {
		sl_add(out, "list");
		sl_add(out, "detail");
	}
}

const struct verb verb_sessions = {
	.name = "sessions",
	.kinds = KINDS_ALL,
	.help = "Show who is logged in",
	.params = {
		{ "action", "list (default) or detail", false },
		{ "sid", "show this session only", false },
	},
	.run = run,
	.complete = complete,
};
