// SPDX-License-Identifier: GPL-2.0
/* tgtadm --op stat: what sessions have read and written, laid out as tgt does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "tgt.h"

/* What the kernel tells of a target's sessions. */
struct live {
	json_t *sessions;
	json_t *luns;
};

static unsigned long long count_of(const json_t *o, const char *key)
{
	return num_of(o, key);
}

static int live_get(struct tgt *tgt, const char *iqn, struct live *live)
{
	const struct tnl_filter filter = { .target = iqn };
	struct tnl *nl;
	int err = tnl_open(tgt->ctx, &nl);

	live->sessions = json_array();
	live->luns = json_array();
	if (err)
		return err;
	err = tnl_sessions(nl, &filter, live->sessions);
	if (!err)
		err = tnl_luns(nl, &filter, live->luns);
	tnl_close(nl);
	return err ? fail(tgt->ctx, err, "cannot read the statistics of %s", iqn) : 0;
}

static void live_put(struct live *live)
{
	json_decref(live->sessions);
	json_decref(live->luns);
}

static bool is_sid(const json_t *session, const uint64_t *sid)
{
	return !sid || count_of(session, "tsih") == *sid;
}

/* The counters of one unit of a session; NULL when it has not been read or written. */
static json_t *io_of(const struct live *live, const json_t *session, uint64_t lun)
{
	json_t *e;
	size_t i;

	json_array_foreach(live->luns, i, e)
		if (count_of(e, "id") == count_of(session, "id") && count_of(e, "lun") == lun)
			return json_object_get(e, "io");
	return NULL;
}

/* A command is counted when it is done, so what was submitted is the same. */
static void print_unit(int tid, uint64_t lun, const json_t *session, const json_t *io)
{
	printf("%3d %3llu %3llu", tid, (unsigned long long)lun, count_of(session, "tsih"));
	for (int i = 0; i < 2; i++)
		printf(" %12llu %6llu", count_of(io, "read_bytes"), count_of(io, "reads"));
	for (int i = 0; i < 2; i++)
		printf(" %12llu %6llu", count_of(io, "write_bytes"), count_of(io, "writes"));
	printf(" %4d\n", 0);
}

/* The numbers of the logical units of a target, 0 among them. */
static void list_luns(struct tgt *tgt, const char *iqn, struct strlist *out)
{
	char *tpg = tgt_tpg(tgt, iqn);

	cfs_list(&tgt->ctx->cfs, out, CFS_DIRS, "%s/lun", tpg);
	if (!sl_has(out, "lun_0"))
		sl_add(out, "lun_0");
	sl_sort(out);
	free(tpg);
}

static int stat_target(struct tgt *tgt, const char *iqn, const uint64_t *lun,
		       const uint64_t *sid)
{
	struct strlist luns = { 0 };
	struct live live;
	json_t *session;
	size_t i;
	int err = live_get(tgt, iqn, &live);

	if (!err)
		list_luns(tgt, iqn, &luns);
	json_array_foreach(live.sessions, i, session) {
		if (err || !is_sid(session, sid))
			continue;
		for (size_t k = 0; k < luns.n; k++) {
			uint64_t n = strtoull(luns.v[k] + strlen("lun_"), NULL, 10);

			if (!lun || *lun == n)
				print_unit(tgt_tid(tgt, iqn), n, session, io_of(&live, session, n));
		}
	}
	sl_free(&luns);
	live_put(&live);
	return err;
}

static int need_lun(struct tgt *tgt, const char *iqn, uint64_t lun)
{
	char *tpg = tgt_tpg(tgt, iqn);
	bool is = !lun || cfs_exists(&tgt->ctx->cfs, "%s/lun/lun_%llu", tpg,
				     (unsigned long long)lun);

	free(tpg);
	return is ? 0 : fail_plain(tgt->ctx, -ENOENT, "can't find the logical unit: there is no %llu",
				   (unsigned long long)lun);
}

/* Not before it is known that there is something that tells. */
static int print_head(struct tgt *tgt)
{
	struct tnl *nl;
	int err = tnl_open(tgt->ctx, &nl);

	if (err)
		return err;
	tnl_close(nl);
	puts("tgt lun sid rd_subm(bytes,cmds) rd_done(bytes,cmds) wr_subm(bytes,cmds) wr_done(bytes,cmds) errs");
	return 0;
}

/* Errors come before the table: what is wrong is looked for without printing. */
static int check_sid(struct tgt *tgt, const char *iqn, uint64_t sid)
{
	struct tgt_sessions s;
	bool is = false;

	tgt_sessions(tgt->ctx, iqn, &s);
	for (size_t i = 0; i < s.n; i++)
		is = is || s.v[i].sid == sid;
	tgt_sessions_free(&s);
	return is ? 0 : fail_plain(tgt->ctx, -ENOENT, "can't find the session: %s has no %llu", iqn,
				   (unsigned long long)sid);
}

int tgt_stat(struct tgt *tgt, int tid, const uint64_t *lun, const uint64_t *sid)
{
	struct strlist iqns = { 0 };
	const char *iqn;
	int err = 0;

	if (tid >= 0) {
		iqn = tgt_find(tgt, tid);
		err = !iqn ? -ENOENT : lun ? need_lun(tgt, iqn, *lun) :
		      sid ? check_sid(tgt, iqn, *sid) : 0;
		if (!err)
			err = print_head(tgt);
		if (!err)
			err = stat_target(tgt, iqn, lun, sid);
		if (err || !sid)
			return err;
		putchar('\n');
		return tgt_stat_conn(tgt, tid, *sid);
	}
	err = print_head(tgt);
	tgt_targets(tgt, &iqns);
	for (size_t i = 0; i < iqns.n && !err; i++)
		err = stat_target(tgt, iqns.v[i], NULL, NULL);
	sl_free(&iqns);
	return err;
}

/* PDUs by their kind are not counted. */
int tgt_stat_conn(struct tgt *tgt, int tid, uint64_t sid)
{
	const char *iqn = tgt_find(tgt, tid);
	json_t *session, *conn;
	struct live live;
	size_t i, k;
	int err = iqn ? check_sid(tgt, iqn, sid) : -ENOENT;

	if (err)
		return err;
	err = live_get(tgt, iqn, &live);
	if (!err)
		puts("sid cid rxdata_octets txdata_octets dataout_pdus datain_pdus cmd_pdus rsp_pdus");
	json_array_foreach(live.sessions, i, session) {
		if (err || !is_sid(session, &sid))
			continue;
		json_array_foreach(json_object_get(session, "connections"), k, conn)
			printf("%3llu %3llu %13llu %13llu %12d %11d %8llu %8d\n", count_of(session, "tsih"),
			       count_of(conn, "cid"), count_of(session, "rx_bytes"),
			       count_of(session, "tx_bytes"), 0, 0, count_of(session, "commands"), 0);
	}
	live_put(&live);
	return err;
}
