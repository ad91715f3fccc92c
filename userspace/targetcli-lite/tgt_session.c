// SPDX-License-Identifier: GPL-2.0
/* Sessions of a target, and ending their connections. */
#include "tgt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"

/* "TSIH CID ADDRESS INITIATOR ALIAS" */
static bool parse_session(char *line, struct tgt_session *s)
{
	char *save = NULL;
	char *word[4];

	for (size_t i = 0; i < 4; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!word[i])
			return false;
	}
	s->sid = strtoul(word[0], NULL, 10);
	s->cid = strtoul(word[1], NULL, 10);
	s->address = xstrdup(word[2]);
	s->initiator = xstrdup(word[3]);
	s->alias = xstrdup(save ? save : "");
	return true;
}

static void add_session(struct tgt_sessions *out, const json_t *s)
{
	json_t *conn = json_array_get(json_object_get(s, "connections"), 0);
	const char *peer = str_of(conn, "peer");
	const char *initiator = str_of(s, "initiator");
	const char *alias = str_of(s, "alias");
	struct tgt_session *to;

	if (!peer || !initiator)
		return;
	out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
	to = &out->v[out->n++];
	to->sid = num_of(s, "tsih");
	to->cid = num_of(conn, "cid");
	to->address = address_of(peer);
	to->initiator = xstrdup(initiator);
	to->alias = xstrdup(alias ? alias : "");
}

/* By netlink there are all of them; false when there is no such family. */
static bool sessions_by_netlink(struct ctx *ctx, const char *iqn, struct tgt_sessions *out)
{
	const struct tnl_filter filter = { .target = iqn };
	json_t *list, *s;
	struct tnl *nl;
	size_t i;
	int err;

	if (!tnl_available(ctx) || tnl_open(ctx, &nl))
		return false;
	list = json_array();
	err = tnl_sessions(nl, &filter, list);
	tnl_close(nl);
	json_array_foreach(list, i, s)
		add_session(out, s);
	json_decref(list);
	return !err;
}

void tgt_sessions(struct ctx *ctx, const char *iqn, struct tgt_sessions *out)
{
	struct strbuf v = { 0 };
	char *save = NULL;

	memset(out, 0, sizeof(*out));
	if (sessions_by_netlink(ctx, iqn, out))
		return;
	if (!cfs_read(&ctx->cfs, &v, "target/%s/%s/admission/sessions", ctx->fabric, iqn) && v.s)
		for (char *l = strtok_r(v.s, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
			out->more = out->more || !strcmp(l, "...");
			out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
			if (parse_session(l, &out->v[out->n]))
				out->n++;
		}
	sb_free(&v);
}

void tgt_sessions_free(struct tgt_sessions *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].address);
		free(s->v[i].initiator);
		free(s->v[i].alias);
	}
	free(s->v);
}

static int check_conn(struct tgt *tgt, const char *iqn, uint64_t sid, uint32_t cid)
{
	struct tgt_sessions s;
	int err = -ENOENT;
	bool found = false;

	tgt_sessions(tgt->ctx, iqn, &s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.v[i].sid != sid)
			continue;
		found = true;
		if (s.v[i].cid == cid)
			err = 0;
	}
	if (s.more && !found)
		err = 0;	/* the kernel knows */
	else if (err && found)
		fail_plain(tgt->ctx, err, "can't find the connection: session %llu of %s has no %u",
			   (unsigned long long)sid, iqn, cid);
	else if (err)
		fail_plain(tgt->ctx, err, "can't find the session: %s has no %llu", iqn,
			   (unsigned long long)sid);
	tgt_sessions_free(&s);
	return err;
}

int tgt_conn_delete(struct tgt *tgt, int tid, uint64_t sid, uint32_t cid)
{
	const char *iqn = tgt_find(tgt, tid);
	char *value;
	int err;

	if (!iqn)
		return -ENOENT;
	err = check_conn(tgt, iqn, sid, cid);
	if (err)
		return err;
	value = xasprintf("%llu", (unsigned long long)sid);
	err = cfs_write(&tgt->ctx->cfs, value, "target/%s/%s/admission/evict_session",
			tgt->ctx->fabric, iqn);
	free(value);
	return err ? fail(tgt->ctx, err, "cannot close session %llu", (unsigned long long)sid) : 0;
}
