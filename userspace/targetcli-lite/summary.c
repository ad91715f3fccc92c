// SPDX-License-Identifier: GPL-2.0
/* What ls shows in brackets after each node. */
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "node.h"

static bool reads(struct ctx *ctx, const char *value, const char *dir, const char *attr)
{
	struct strbuf v = { 0 };
	bool same = !cfs_read(&ctx->cfs, &v, "%s/%s", dir, attr) && !strcmp(sb_str(&v), value);

	sb_free(&v);
	return same;
}

/* Is a CHAP name or secret set? "NULL" is how the kernel spells an unset one. */
static bool is_set(struct ctx *ctx, const char *dir, const char *attr)
{
	struct strbuf v = { 0 };
	bool set = !cfs_read(&ctx->cfs, &v, "%s/%s", dir, attr) && v.len &&
		   strcmp(v.s, "NULL");

	sb_wipe(&v);
	return set;
}

static const char *ways(struct ctx *ctx, const char *dir, const char *sub)
{
	char *attr = xasprintf("%s/authenticate_target", sub);
	bool mutual = reads(ctx, "1", dir, attr);

	free(attr);
	return mutual ? "mutual" : "1-way";
}

static void iscsi_summary(struct ctx *ctx, const struct node *node, size_t n,
			  struct strbuf *text, int *health)
{
	if (reads(ctx, "1", node->dir, "discovery_auth/enforce_discovery_auth")) {
		*health = is_set(ctx, node->dir, "discovery_auth/password") &&
			  is_set(ctx, node->dir, "discovery_auth/userid") ? 1 : -1;
		sb_addf(text, "%s disc auth, ", ways(ctx, node->dir, "discovery_auth"));
	}
	sb_addf(text, "Targets: %zu", n);
}

static void tpg_summary(struct ctx *ctx, const struct node *node, struct strbuf *text,
			int *health)
{
	bool gen = reads(ctx, "1", node->dir, "attrib/generate_node_acls");

	if (!tpg_enabled(ctx, node->dir)) {
		sb_adds(text, "disabled");
		*health = -1;
		return;
	}
	sb_adds(text, gen ? "gen-acls" : "no-gen-acls");
	if (!reads(ctx, "1", node->dir, "attrib/authentication")) {
		sb_adds(text, ", no-auth");
		*health = gen;
	} else if (!gen) {
		sb_adds(text, ", auth per-acl");
	} else {
		sb_addf(text, ", tpg-auth, %s auth", ways(ctx, node->dir, "auth"));
		*health = is_set(ctx, node->dir, "auth/password") &&
			  is_set(ctx, node->dir, "auth/userid") ? 1 : -1;
	}
}

static void acl_summary(struct ctx *ctx, const struct node *node, size_t n,
			struct strbuf *text, int *health)
{
	const char *tpg = node_up(node, N_TPG)->dir;

	if (node->more.n)
		sb_addf(text, "(group of %zu), ", node->more.n + 1);
	else if (node_is_tag(node))
		sb_addf(text, "(%s), ", strrchr(node->dir, '/') + 1);
	if (reads(ctx, "1", tpg, "attrib/authentication")) {
		if (reads(ctx, "1", tpg, "attrib/generate_node_acls")) {
			sb_adds(text, "auth via tpg, ");
		} else {
			sb_addf(text, "%s auth, ", ways(ctx, node->dir, "auth"));
			*health = is_set(ctx, node->dir, "auth/password") &&
				  is_set(ctx, node->dir, "auth/userid") ? 1 : -1;
		}
	}
	sb_addf(text, "Mapped LUNs: %zu", n);
}

/* "block/disk1" of the storage object that a LUN's directory links to. */
static bool so_of_lun(struct ctx *ctx, const char *lun_dir, struct strbuf *so,
		      struct strbuf *dir)
{
	struct strbuf path = { 0 };
	const char *rest;
	bool ok;

	ok = !cfs_link(&ctx->cfs, NULL, dir, "%s", lun_dir) && so_shown_path(dir->s, &path);
	rest = ok ? after(path.s, "/backstores/") : NULL;
	sb_reset(so);
	sb_adds(so, rest ? rest : "");
	sb_free(&path);
	return ok;
}

static void lun_summary(struct ctx *ctx, const struct node *node, struct strbuf *text,
			int *health)
{
	struct strbuf so = { 0 }, dir = { 0 }, v = { 0 };
	const char *alias;

	if (!so_of_lun(ctx, node->dir, &so, &dir)) {
		sb_adds(text, "BROKEN STORAGE LINK");
		*health = -1;
		goto out;
	}
	sb_adds(text, so.s);
	if (!cfs_read(&ctx->cfs, &v, "%s/udev_path", dir.s) && v.len)
		sb_addf(text, " (%s)", v.s);
	if (!cfs_read(&ctx->cfs, &v, "%s/alua_tg_pt_gp", node->dir)) {
		alias = after(sb_str(&v), "TG Port Alias: ");
		if (alias)
			sb_addf(text, " (%.*s)", (int)strcspn(alias, "\n"), alias);
	}
	*health = 1;
out:
	sb_free(&so);
	sb_free(&dir);
	sb_free(&v);
}

static void mapped_lun_summary(struct ctx *ctx, const struct node *node, struct strbuf *text,
			       int *health)
{
	struct strbuf lun = { 0 }, so = { 0 }, dir = { 0 };

	if (cfs_link(&ctx->cfs, NULL, &lun, "%s", node->dir) ||
	    !so_of_lun(ctx, lun.s, &so, &dir)) {
		sb_adds(text, "BROKEN LUN LINK");
		*health = -1;
	} else {
		sb_addf(text, "lun%s %s (%s)", strrchr(lun.s, '_') + 1, so.s,
			reads(ctx, "1", node->dir, "write_protect") ? "ro" : "rw");
		*health = 1;
	}
	sb_free(&lun);
	sb_free(&so);
	sb_free(&dir);
}

static void so_summary(struct ctx *ctx, const struct node *node, struct strbuf *text,
		       int *health)
{
	struct strbuf info = { 0 };

	cfs_read(&ctx->cfs, &info, "%s/info", node->dir);
	node_plugin(node->parent)->describe(ctx, node->dir, sb_str(&info), text);
	*health = 1;
	sb_free(&info);
}

static void alua_summary(struct ctx *ctx, const struct node *node, struct strbuf *text,
			 int *health)
{
	static const char *const states[16] = {
		[0] = "Active/optimized", [1] = "Active/non-optimized", [2] = "Standby",
		[3] = "Unavailable", [4] = "LBA Dependent", [14] = "Offline",
		[15] = "Transitioning",
	};
	struct strbuf v = { 0 };
	uint64_t n;

	if (!cfs_read(&ctx->cfs, &v, "%s/alua_access_state", node->dir) &&
	    parse_uint(sb_str(&v), 15, &n) && states[n])
		sb_addf(text, "ALUA state: %s", states[n]);
	*health = 1;
	sb_free(&v);
}

static void portal_summary(struct ctx *ctx, const struct node *node, struct strbuf *text,
			   int *health)
{
	if (reads(ctx, "1", node->dir, "iser"))
		sb_adds(text, "iser");
	else if (reads(ctx, "1", node->dir, "cxgbit"))
		sb_adds(text, "offload");
	*health = 1;
}

void node_summary(struct ctx *ctx, const struct node *node, size_t n, struct strbuf *text,
		  int *health)
{
	*health = 0;
	switch (node->kind) {
	case N_BLOCK:
	case N_FILEIO:
	case N_PSCSI:
	case N_RAMDISK:
	case N_USER:
		sb_addf(text, "Storage Objects: %zu", n);
		break;
	case N_SO:
		so_summary(ctx, node, text, health);
		break;
	case N_ALUA_GROUPS:
		sb_addf(text, "ALUA Groups: %zu", n);
		break;
	case N_ALUA_GROUP:
		alua_summary(ctx, node, text, health);
		break;
	case N_ISCSI:
		iscsi_summary(ctx, node, n, text, health);
		break;
	case N_TARGET:
		sb_addf(text, "TPGs: %zu", n);
		break;
	case N_TPG:
		tpg_summary(ctx, node, text, health);
		break;
	case N_ACLS:
		sb_addf(text, "ACLs: %zu", n);
		break;
	case N_ACL:
		acl_summary(ctx, node, n, text, health);
		break;
	case N_MAPPED_LUN:
		mapped_lun_summary(ctx, node, text, health);
		break;
	case N_LUNS:
		sb_addf(text, "LUNs: %zu", n);
		break;
	case N_LUN:
		lun_summary(ctx, node, text, health);
		break;
	case N_PORTALS:
		sb_addf(text, "Portals: %zu", n);
		break;
	case N_PORTAL:
		portal_summary(ctx, node, text, health);
		break;
	default:
		break;
	}
	if (!text->len)
		sb_adds(text, *health > 0 ? "OK" : *health < 0 ? "ERROR" : "...");
}
