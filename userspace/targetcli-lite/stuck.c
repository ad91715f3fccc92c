// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that a backstore does not give back. Target core waits for them, for
 * as long as it takes and beyond any signal, when the link of their LUN or the
 * ACL of their session is removed. So whoever removes one looks first.
 *
 * The module tells the oldest command of each session and how many each LUN has;
 * of the in-tree module nothing is known, and nothing is refused.
 */
#include "stuck.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iscsi.h"
#include "nl.h"

#define STUCK_MS 5000		/* a command that executes for longer is stuck */
#define SAMPLE_US 1000000

/* What is to be removed: a LUN of a portal group, or all of an initiator's. */
struct victim {
	char *target;
	char *tpg;		/* "tpg1" */
	const char *tpg_dir;
	const char *initiator;	/* NULL: any */
	bool any_lun;
	unsigned int lun;
};

/* "target/iscsi/IQN/tpgt_1" */
static void name_tpg(struct victim *v, const char *tpg_dir)
{
	const char *tag = strrchr(tpg_dir, '/'), *iqn = tag;

	while (iqn > tpg_dir && iqn[-1] != '/')
		iqn--;
	v->tpg_dir = tpg_dir;
	v->target = xstrndup(iqn, tag - iqn);
	v->tpg = xasprintf("tpg%s", tag + strlen("/tpgt_"));
}

static void victim_free(struct victim *v)
{
	free(v->target);
	free(v->tpg);
}

static bool is_session_of(const struct victim *v, json_t *s)
{
	return !strcmp(text_of(s, "target"), v->target) && !strcmp(text_of(s, "tpg"), v->tpg) &&
	       (!v->initiator || !strcmp(text_of(s, "initiator"), v->initiator));
}

/* Does an initiator's LUN lead to the victim? Without an ACL it is the same. */
static bool is_lun_of(struct ctx *ctx, const struct victim *v, json_t *s, unsigned int lun)
{
	char *acl = xasprintf("%s/acls/%s", v->tpg_dir, text_of(s, "initiator"));
	int leads_to = lun;

	if (cfs_exists(&ctx->cfs, "%s", acl))
		leads_to = mapped_lun_target(ctx, acl, lun);
	free(acl);
	return v->any_lun || leads_to == (int)v->lun;
}

static const char *opcode_name(unsigned int opcode, char *buf, size_t size)
{
	static const struct {
		unsigned int opcode;
		const char *name;
	} names[] = {
		{ 0x08, "READ(6)" }, { 0x0a, "WRITE(6)" }, { 0x28, "READ(10)" },
		{ 0x2a, "WRITE(10)" }, { 0x35, "SYNCHRONIZE CACHE(10)" }, { 0x42, "UNMAP" },
		{ 0x88, "READ(16)" }, { 0x89, "COMPARE AND WRITE" }, { 0x8a, "WRITE(16)" },
		{ 0x91, "SYNCHRONIZE CACHE(16)" }, { 0xa8, "READ(12)" }, { 0xaa, "WRITE(12)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].opcode == opcode)
			return names[i].name;
	snprintf(buf, size, "the command 0x%02x", opcode);
	return buf;
}

static int refuse(struct ctx *ctx, const char *what, json_t *s, json_t *cmd)
{
	char buf[32];

	return fail_plain(ctx, -EBUSY,
			  "%s cannot be deleted now: %s on LUN %lld of %s has not been given back by its backstore for %lld s, and the kernel would wait for it without end. Try again when the device answers; --force waits",
			  what, opcode_name(num_of(cmd, "opcode"), buf, sizeof(buf)),
			  (long long)num_of(cmd, "lun"), text_of(s, "initiator"),
			  (long long)num_of(cmd, "age_ms") / 1000);
}

/* READs and WRITEs in flight on the victim's LUNs, and how many there have been. */
static void count_io(struct ctx *ctx, struct tnl *nl, const struct victim *v,
		     json_int_t *in_flight, json_int_t *done)
{
	struct tnl_filter filter = { .target = v->target, .initiator = v->initiator };
	json_t *luns = json_array(), *l;
	size_t i;

	*in_flight = *done = 0;
	if (!tnl_luns(nl, &filter, luns))
		json_array_foreach(luns, i, l) {
			json_t *io = json_object_get(l, "io");

			if (!is_session_of(v, l) || !is_lun_of(ctx, v, l, num_of(l, "lun")))
				continue;
			*in_flight += num_of(l, "in_flight");
			*done += num_of(io, "reads") + num_of(io, "writes");
		}
	json_decref(luns);
}

/* Behind an older command on another LUN: does nothing come back for a second? */
static bool stands_still(struct ctx *ctx, struct tnl *nl, const struct victim *v)
{
	json_int_t before, after, done_before, done_after;

	count_io(ctx, nl, v, &before, &done_before);
	if (!before)
		return false;
	usleep(SAMPLE_US);
	count_io(ctx, nl, v, &after, &done_after);
	return after && done_after == done_before;
}

static int look(struct ctx *ctx, struct tnl *nl, const struct victim *v, const char *what)
{
	struct tnl_filter filter = { .target = v->target, .initiator = v->initiator };
	json_t *sessions = json_array(), *s, *cmd, *elsewhere = NULL;
	int err = tnl_sessions(nl, &filter, sessions);
	size_t i;

	json_array_foreach(sessions, i, s) {
		cmd = json_object_get(s, "oldest_command");
		if (err || !cmd || !is_session_of(v, s) || num_of(cmd, "age_ms") < STUCK_MS ||
		    strcmp(text_of(cmd, "state"), "executing"))
			continue;
		if (is_lun_of(ctx, v, s, num_of(cmd, "lun")))
			err = refuse(ctx, what, s, cmd);
		else
			elsewhere = s;
	}
	if (!err && elsewhere && stands_still(ctx, nl, v))
		err = fail_plain(ctx, -EBUSY,
				 "%s cannot be deleted now: commands of %s are on it that its backstore does not give back, and the kernel would wait for them without end. Try again when the device answers; --force waits",
				 what, text_of(elsewhere, "initiator"));
	json_decref(sessions);
	return err;
}

static int check(struct ctx *ctx, const struct victim *v, const char *what)
{
	struct tnl *nl;
	int err;

	if (ctx->force || !tnl_available(ctx) || tnl_open(ctx, &nl))
		return 0;
	err = look(ctx, nl, v, what);
	tnl_close(nl);
	return err;
}

int stuck_lun(struct ctx *ctx, const char *tpg, unsigned int lun)
{
	char *what = xasprintf("lun%u", lun);
	struct victim v = { .lun = lun };
	int err;

	name_tpg(&v, tpg);
	err = check(ctx, &v, what);
	victim_free(&v);
	free(what);
	return err;
}

int stuck_tpg(struct ctx *ctx, const char *tpg)
{
	struct victim v = { .any_lun = true };
	int err;

	name_tpg(&v, tpg);
	err = check(ctx, &v, v.tpg);
	victim_free(&v);
	return err;
}

int stuck_acl(struct ctx *ctx, const char *acl)
{
	const char *slash = strrchr(acl, '/');
	char *tpg = xstrndup(acl, slash - acl - strlen("/acls"));
	char *what = xasprintf("ACL %s", slash + 1);
	struct victim v = { .initiator = slash + 1, .any_lun = true };
	int err;

	name_tpg(&v, tpg);
	err = check(ctx, &v, what);
	victim_free(&v);
	free(what);
	free(tpg);
	return err;
}
