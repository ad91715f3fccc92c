// SPDX-License-Identifier: GPL-2.0
/* Take the steps of a plan, and go back when one of them fails. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iscsi.h"
#include "minsecret.h"
#include "model.h"
#include "schema.h"
#include "scope.h"
#include "signals.h"
#include "so.h"
#include "unfinished.h"

/* "/backstores/block/x" to its directory. */
static int shown_so_dir(struct ctx *ctx, const char *path, struct strbuf *dir)
{
	const char *rest = path ? after(path, "/backstores/") : NULL;
	const char *slash = rest ? strchr(rest, '/') : NULL;
	const struct plugin *plugin = NULL;
	char *name;

	if (slash) {
		name = xstrndup(rest, slash - rest);
		plugin = plugin_by_name(name);
		free(name);
	}
	if (!plugin || so_find(ctx, plugin, slash + 1, dir))
		return fail_plain(ctx, -ENOENT, "there is no storage object %s",
				  path ? path : "(none given)");
	return 0;
}

static int create_so(struct ctx *ctx, json_t *spec)
{
	struct so_spec s = {
		.plugin = plugin_by_name(str_of(spec, "plugin")),
		.name = str_of(spec, "name"),
		.dev = str_of(spec, "dev"),
		.config = str_of(spec, "config"),
		.hw_max_sectors = num_of(spec, "hw_max_sectors"),
		.control = str_of(spec, "control"),
		.wwn = str_of(spec, "wwn"),
		.size = num_of(spec, "size"),
		.readonly = json_is_true(json_object_get(spec, "readonly")),
		.shared = json_is_false(json_object_get(spec, "exclusive")),
		.write_back = json_is_true(json_object_get(spec, "write_back")),
		.aio = json_is_true(json_object_get(spec, "aio")),
		.nullio = json_is_true(json_object_get(spec, "nullio")),
	};
	struct strbuf dir = { 0 };
	int err = 0;

	if (!strcmp(s.plugin->name, "block"))
		err = so_check_block(ctx, s.dev, s.shared);
	if (!err)
		err = so_create(ctx, &s, &dir);
	sb_free(&dir);
	return err;
}

/* Where the storage object lies that the last step was about. */
static struct {
	char *shown;
	struct strbuf dir;
} last_so;

static void forget_so(void)
{
	free(last_so.shown);
	last_so.shown = NULL;
}

/* "@/backstores/block/x/attrib/y" to where it lies now. */
static int locate(struct ctx *ctx, const char *dir, struct strbuf *out)
{
	const char *path = after(dir, "@"), *end;
	int err = 0;

	if (!path) {
		sb_adds(out, dir);
		return 0;
	}
	end = strchr(path + strlen("/backstores/"), '/');	/* after the plugin */
	end += 1 + strcspn(end + 1, "/");
	if (!last_so.shown || strncmp(last_so.shown, path, end - path) ||
	    last_so.shown[end - path]) {
		forget_so();
		last_so.shown = xstrndup(path, end - path);
		err = shown_so_dir(ctx, last_so.shown, &last_so.dir);
	}
	if (err)
		forget_so();
	else
		sb_addf(out, "%s%s", last_so.dir.s, end);
	return err;
}

static int create_alua(struct ctx *ctx, const struct step *s)
{
	struct strbuf dir = { 0 };
	char *tag = xasprintf("%d", int_of(s->spec, "tg_pt_gp_id"));
	int err = locate(ctx, s->dir, &dir);

	if (!err) {
		sb_addf(&dir, "/alua/%s", str_of(s->spec, "name"));
		err = cfs_mkdir(&ctx->cfs, "%s", dir.s);
		if (!err || err == -EEXIST)
			err = cfs_write(&ctx->cfs, tag, "%s/tg_pt_gp_id", dir.s);
		if (err)
			fail(ctx, err, "cannot create %s", s->path);
	}
	sb_free(&dir);
	free(tag);
	return err;
}

static int create_lun(struct ctx *ctx, const struct step *s)
{
	struct strbuf so = { 0 };
	int err = shown_so_dir(ctx, str_of(s->spec, "storage_object"), &so);

	if (!err)
		err = lun_create(ctx, s->dir, int_of(s->spec, "index"), so.s,
				 str_of(s->spec, "alias"));
	sb_free(&so);
	return err;
}

/*
 * Is the attribute that already? 1 or 0, or -ENOENT when there is none. An unset
 * CHAP value reads as "" or "NULL".
 */
static int is_already(struct ctx *ctx, const char *attr, const char *value)
{
	struct strbuf v = { 0 };
	int err = cfs_read(&ctx->cfs, &v, "%s", attr);
	int same;

	if (err)
		return err == -ENOENT ? err : 0;
	same = !strcmp(sb_str(&v), value) || (!v.len && !strcmp(value, "NULL"));
	sb_wipe(&v);
	return same;
}

/* The kernel has no such attribute. */
static int no_attr(struct ctx *ctx, const struct step *s, const char *attr,
		   struct strlist *errors)
{
	char *msg;

	/* without it, others than wanted could log in */
	if (strstr(attr, "/admission/"))
		return fail_plain(ctx, -ENOENT,
				  "the kernel module has no access lists for targets: load tcm_iscsi");
	msg = xasprintf("%s: skipped, this kernel has no such attribute", s->path);
	sl_add(errors, msg);
	free(msg);
	return 0;
}

/*
 * What makes a disk faster or saves space, and no more. That a device cannot do it (the
 * new disk has no discard) is no reason to restore nothing at all, as it is none for rtslib.
 */
static bool is_hint(const char *attr)
{
	static const char *const names[] = {
		"emulate_tpu", "emulate_tpws", "is_nonrot", "max_unmap_block_desc_count",
		"max_unmap_lba_count", "max_write_same_len", "optimal_sectors", "queue_depth",
		"unmap_granularity", "unmap_granularity_alignment", "unmap_zeroes_data",
	};
	const char *name = strstr(attr, "/attrib/");

	for (size_t i = 0; name && starts_with(attr, "target/core/") && i < ARRAY_SIZE(names); i++)
		if (!strcmp(name + strlen("/attrib/"), names[i]))
			return true;
	return false;
}

static bool is_refusal(int err)
{
	return err == -EINVAL || err == -ENOSYS || err == -EOPNOTSUPP;
}

/* What the schema says of an attribute, or NULL. */
static const struct schema_attr *described(const char *attr)
{
	const char *name = strrchr(attr, '/') + 1;
	char *dir = xstrndup(attr, name - 1 - attr);
	const struct schema_node *node = schema_match(dir);

	free(dir);
	return node ? schema_attr(node, name) : NULL;
}

static int bad_value(struct ctx *ctx, const struct step *s, const char *attr, int err)
{
	const char *value = s->secret ? "********" : s->value;
	const struct schema_attr *a = err == -EINVAL ? described(attr) : NULL;
	struct strbuf want = { 0 };

	if (!a || s->secret || schema_valid(a, s->value))
		return fail(ctx, err, "the kernel refused the value %s", value);
	schema_expects(a, &want);
	fail_plain(ctx, err, "the kernel refused the value %s; it wants %s", value, want.s);
	sb_free(&want);
	return err;
}

static int refused(struct ctx *ctx, const struct step *s, const char *attr, int err,
		   struct strlist *errors)
{
	char *msg;

	if (s->secret && minsecret_check(ctx, "it", s->value))
		return err;
	if (!is_hint(attr) || !is_refusal(err))
		return bad_value(ctx, s, attr, err);
	msg = xasprintf("%s: skipped, the kernel refuses the value %s for this device", s->path,
			s->value);
	sl_add(errors, msg);
	free(msg);
	return 0;
}

static int write_attr(struct ctx *ctx, const struct step *s, struct strlist *errors)
{
	struct strbuf attr = { 0 };
	int err = locate(ctx, s->dir, &attr);
	int is = err ? err : is_already(ctx, attr.s, s->value);

	if (!err && is == -ENOENT) {
		err = no_attr(ctx, s, attr.s, errors);
	} else if (!err && !is) {
		err = cfs_write(&ctx->cfs, s->value, "%s", attr.s);
		if (err)
			err = refused(ctx, s, attr.s, err, errors);
	}
	sb_free(&attr);
	return err;
}

/* Split "…/lun_3" into directory and number for the functions that want both. */
static unsigned int number_of(const char *dir, const char *strip, char **parent)
{
	const char *slash = strrchr(dir, '/');

	*parent = xstrndup(dir, slash - dir - strlen(strip));
	return strtoul(strrchr(dir, '_') + 1, NULL, 10);
}

static int delete_lun(struct ctx *ctx, const struct step *s)
{
	char *tpg;
	unsigned int lun = number_of(s->dir, "/lun", &tpg);
	int err = cfs_exists(&ctx->cfs, "%s", s->dir) ? lun_delete(ctx, tpg, lun) : 0;

	free(tpg);
	return err;
}

static int delete_mapped(struct ctx *ctx, const struct step *s)
{
	char *acl;
	unsigned int mapped = number_of(s->dir, "", &acl);
	int err = mapped_lun_delete(ctx, acl, mapped);

	free(acl);
	return err;
}

static int create_tpg(struct ctx *ctx, const struct step *s)
{
	char *target;
	unsigned int tag = number_of(s->dir, "", &target);
	int err = tpg_create(ctx, target, tag);

	free(target);
	return err;
}

static int create_acl(struct ctx *ctx, const struct step *s)
{
	const char *slash = strrchr(s->dir, '/');
	char *tpg = xstrndup(s->dir, slash - s->dir - strlen("/acls"));
	int err = acl_create(ctx, tpg, slash + 1);

	free(tpg);
	return err;
}

static int delete_dir(struct ctx *ctx, const struct step *s)
{
	int err = cfs_rmdir(&ctx->cfs, "%s", s->dir);

	return err ? fail(ctx, err, "cannot delete %s", s->path) : 0;
}

static int take(struct ctx *ctx, const struct step *s, struct strlist *errors)
{
	switch (s->kind) {
	case STEP_DELETE_TARGET:
		return target_delete(ctx, s->dir);
	case STEP_DELETE_TPG:
		return tpg_delete(ctx, s->dir);
	case STEP_DELETE_LUN:
		return delete_lun(ctx, s);
	case STEP_DELETE_HBA:
	case STEP_DELETE_PORTAL:
	case STEP_DELETE_ALUA:
	case STEP_DELETE_ACCOUNT:
		return delete_dir(ctx, s);
	case STEP_DELETE_ACL:
		return acl_delete(ctx, s->dir);
	case STEP_DELETE_MAPPED_LUN:
		return delete_mapped(ctx, s);
	case STEP_DELETE_SO:
		forget_so();
		return so_delete(ctx, s->dir);
	case STEP_CREATE_SO:
		forget_so();
		return create_so(ctx, s->spec);
	case STEP_CREATE_ALUA:
		return create_alua(ctx, s);
	case STEP_CREATE_TARGET:
		return target_create(ctx, strrchr(s->dir, '/') + 1);
	case STEP_CREATE_ACCOUNT:
		return account_create(ctx, s->dir, s->value);
	case STEP_CREATE_TPG:
		return create_tpg(ctx, s);
	case STEP_CREATE_LUN:
		return create_lun(ctx, s);
	case STEP_CREATE_PORTAL:
		return portal_create(ctx, s->dir, s->value);
	case STEP_CREATE_ACL:
		return create_acl(ctx, s);
	case STEP_CREATE_MAPPED_LUN:
		return mapped_lun_create(ctx, s->dir, int_of(s->spec, "index"),
					 int_of(s->spec, "tpg_lun"),
					 json_is_true(json_object_get(s->spec, "write_protect")),
					 str_of(s->spec, "alias"));
	case STEP_WRITE:
		return write_attr(ctx, s, errors);
	}
	return -EINVAL;
}

static int interrupted(struct ctx *ctx)
{
	return fail_plain(ctx, -EINTR, "interrupted by a signal before this step");
}

static bool is_create(const struct step *s)
{
	return s->kind >= STEP_CREATE_SO && s->kind < STEP_WRITE;
}

/* The LUN that a mapped LUN is of: "…/tpg1/luns/lun3" of "…/tpg1/acls/NAME/mapped_lun0". */
static char *lun_of(const struct step *s)
{
	const char *acls = strstr(s->path, "/acls/");

	return acls ? xasprintf("%.*s/luns/lun%d", (int)(acls - s->path), s->path,
				int_of(s->spec, "tpg_lun")) : xstrdup("");
}

/*
 * Is it about one of these objects, which could not be made, or would it use one? The
 * path of a step is that of its object, and of a write the attribute follows.
 */
static bool needs(const struct step *s, const struct strlist *lost)
{
	bool yes = s->kind == STEP_CREATE_LUN &&
		   sl_has(lost, text_of(s->spec, "storage_object"));
	char *lun;

	if (!lost->n)
		return false;
	if (s->kind == STEP_CREATE_MAPPED_LUN) {
		lun = lun_of(s);
		yes = sl_has(lost, lun);
		free(lun);
	}
	for (size_t i = 0; i < lost->n && !yes; i++) {
		const char *rest = after(s->path, lost->v[i]);

		yes = rest && (!*rest || *rest == '/' || *rest == ' ');
	}
	return yes;
}

/*
 * Take the steps of a plan. The first that fails stops it and its error is
 * kept; with 'go_on' all are taken but those that need what could not be made, and
 * errors are added to 'errors' as text. So is in any case what was skipped because
 * this kernel does not have it.
 */
static int plan_run(struct ctx *ctx, const struct plan *plan, bool go_on, struct strlist *errors)
{
	struct strlist lost = { 0 };
	size_t failed = 0, left = 0;
	int first = 0;

	forget_so();
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->steps[i];
		bool stop = signals_came() && !ctx->undoing;
		bool skip = !stop && needs(s, &lost);
		int err = stop ? interrupted(ctx) : skip ? 0 : take(ctx, s, errors);
		char *msg;

		left += skip;
		if ((err || skip) && is_create(s))
			sl_add(&lost, s->path);
		if (!err)
			continue;
		first = first ? first : err;
		failed++;
		go_on = go_on && !stop;
		msg = xasprintf("%s: %s", s->path, ctx->error);
		fail_plain(ctx, err, "%s", msg);
		if (go_on)
			sl_add(errors, msg);
		free(msg);
		if (!go_on)
			break;
	}
	forget_so();
	sb_free(&last_so.dir);
	sl_free(&lost);
	if (!first || !go_on)
		return first;
	if (!left)
		return fail_plain(ctx, first, "%zu of %zu steps failed", failed, plan->n);
	return fail_plain(ctx, first, "%zu of %zu steps failed, and %zu that need what is missing were left out",
			  failed, plan->n, left);
}

/*
 * Take the steps, with secrets that the kernel module would refuse as too short:
 * for as long, the limit is the shortest of them. Who is allowed to (the caller
 * asked for it, or they were live before) changes nothing for other secrets.
 */
static int run_short(struct ctx *ctx, const struct plan *plan, bool go_on, struct strlist *errors)
{
	struct strlist found = { 0 };
	size_t shortest = minsecret_find(ctx, plan, &found);
	unsigned int limit = found.n ? minsecret_lower(ctx, shortest) : 0;
	int err = plan_run(ctx, plan, go_on, errors);

	minsecret_restore(ctx, limit);
	sl_free(&found);
	return err;
}

/* Go back to 'before', as far as that goes, keeping the error that made us. */
static void roll_back(struct ctx *ctx, json_t *before, json_t *wanted,
		      const struct scope *scope, struct apply_result *result)
{
	struct strlist undo_errors = { 0 };
	struct kept_error kept = error_keep(ctx);
	struct plan plan = { 0 };
	json_t *now = NULL;
	int err;

	ctx->undoing = true;
	err = model_dump(ctx, &now);
	if (!err) {
		scope_live(now, wanted, scope);
		err = plan_make(ctx, now, before, APPLY_EXACT | APPLY_REMAKE, &plan);
	}
	if (!err)
		err = run_short(ctx, &plan, true, &undo_errors);
	for (size_t i = 0; i < undo_errors.n; i++) {
		char *line = xasprintf("while going back: %s", undo_errors.v[i]);

		sl_add(&result->errors, line);
		free(line);
	}
	if (err && !undo_errors.n)
		sl_add(&result->errors, ctx->error);
	ctx->undoing = false;
	result->undone = !err;
	sl_free(&undo_errors);
	plan_free(&plan);
	json_decref(now);
	error_drop(ctx);	/* all of it is among result->errors */
	error_again(ctx, kept);
}

/* Did somebody allow secrets that are too short: the caller, or who saved the file? */
static bool may_be_short(json_t *wanted, unsigned int flags)
{
	json_t *extra = json_object_get(wanted, "targetcli_lite");

	return flags & APPLY_SHORT_SECRETS || json_is_true(json_object_get(extra, "short_secrets"));
}

int model_short_secrets(struct ctx *ctx, json_t *wanted, unsigned int flags,
			const struct plan *plan)
{
	struct strlist found = { 0 };
	size_t shortest;
	int err = 0;

	if (may_be_short(wanted, flags))
		return 0;
	shortest = minsecret_find(ctx, plan, &found);
	if (found.n)
		err = minsecret_refuse(ctx, &found, shortest, "allow_short_secrets=true");
	sl_free(&found);
	return err;
}

/* Without leave, what is too short fails as a step of its own; the others are taken. */
static int run_plan(struct ctx *ctx, json_t *wanted, const struct plan *plan,
		    unsigned int flags, struct apply_result *result)
{
	if (may_be_short(wanted, flags))
		return run_short(ctx, plan, flags & APPLY_GO_ON, &result->errors);
	return plan_run(ctx, plan, flags & APPLY_GO_ON, &result->errors);
}

/* Whatever somebody was killed at, these are what they should be. */
static void finished(struct ctx *ctx, json_t *wanted)
{
	json_t *target;
	size_t i;

	json_array_foreach(json_object_get(wanted, "targets"), i, target)
		unfinished_forget(ctx, text_of(target, "wwn"));
}

int model_apply(struct ctx *ctx, json_t *wanted, const struct scope *scope,
		unsigned int flags, struct apply_result *result)
{
	struct plan plan = { 0 };
	json_t *live = NULL;
	int err;

	memset(result, 0, sizeof(*result));
	result->undone = true;	/* nothing is done yet */
	err = model_plan(ctx, wanted, scope, flags, &live, &plan);
	if (!err && !(flags & APPLY_GO_ON))
		err = model_short_secrets(ctx, wanted, flags, &plan);
	if (!err && json_array_size(json_object_get(wanted, "targets")))
		err = fabric_ready(ctx);
	if (!err) {
		result->steps = plan.n;
		err = run_plan(ctx, wanted, &plan, flags, result);
		result->undone = false;
		if (!err)
			finished(ctx, wanted);
		if (err && !(flags & APPLY_GO_ON))
			roll_back(ctx, live, wanted, scope, result);
	}
	plan_free(&plan);
	json_decref(live);
	return err;
}
