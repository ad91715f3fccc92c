// SPDX-License-Identifier: GPL-2.0
/*
 * A saved configuration and the live one: show the difference, or make it go
 * away. What cannot be made because its device or its address is missing or taken
 * becomes pending.
 */
#include "restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foreign.h"
#include "iscsi.h"
#include "pending.h"
#include "savefile.h"
#include "so.h"

#define DEBIAN_FILE "/etc/rtslib-fb-target/saveconfig.json"

static bool is_live(struct ctx *ctx, const struct plugin *plugin, const char *name)
{
	struct strbuf dir = { 0 };
	bool live = !so_find(ctx, plugin, name, &dir);

	sb_free(&dir);
	return live;
}

/* Why an object waits, and for what. */
struct hindrance {
	const char *is;
	const char *until;
};

static const struct hindrance unknown = { "this program does not know its kind", "it does" };
static const struct hindrance missing = { "its device is missing", "it is there" };
static const struct hindrance taken = { "its device is in use by something else", "it is free" };
static const struct hindrance broken = { "its device does not answer", "it does" };
static const struct hindrance no_address = { "no network interface has its address", "one has" };
static const struct hindrance no_interface = { "its network interface is missing", "it is there" };
static const struct hindrance no_protocol = { "there is no IPv6", "there is" };
static const struct hindrance other_listener = { "something else listens there", "it does not" };

/* What waits, and why, as it was found when it was decided. */
struct waiting {
	struct strlist names;
	const struct hindrance **why;
	json_t *tried;	/* portals, and what trying each has come to */
};

static bool note(struct waiting *waiting, const char *path, const struct hindrance *why)
{
	if (!why)
		return false;
	sl_add(&waiting->names, path);
	waiting->why = xrealloc(waiting->why, waiting->names.cap * sizeof(*waiting->why));
	waiting->why[waiting->names.n - 1] = why;
	return true;
}

static void waiting_free(struct waiting *waiting)
{
	sl_free(&waiting->names);
	free(waiting->why);
	json_decref(waiting->tried);
}

/*
 * A device that target core would have to itself is claimed by a mount, md, LVM,
 * multipath, or is as good as missing. One that a storage object of this tree has may
 * become free by the plan, or the kernel says what is wrong.
 */
static const struct hindrance *claim(struct ctx *ctx, const char *dev)
{
	switch (so_try_claim(dev)) {
	case -EBUSY:
		return so_has_device(ctx, dev) ? NULL : &taken;
	case -EIO:
	case -ENODEV:
	case -ENOMEDIUM:
	case -ENXIO:
		return &broken;
	}
	return NULL;
}

/* What hinders an object from being made now, or NULL. */
static const struct hindrance *hindrance_of(struct ctx *ctx, json_t *so)
{
	const struct plugin *plugin = plugin_by_name(str_of(so, "plugin"));
	const char *dev = str_of(so, "dev");
	struct stat st;

	if (!plugin)
		return &unknown;
	if (!dev || *dev != '/' || is_live(ctx, plugin, str_of(so, "name")))
		return NULL;	/* no path: a SCSI address */
	if (stat(dev, &st))
		return &missing;
	if (!plugin->exclusive || json_is_false(json_object_get(so, "exclusive")))
		return NULL;
	return S_ISBLK(st.st_mode) ? claim(ctx, dev) : NULL;
}

static bool so_waits(struct ctx *ctx, const char *path, json_t *so, void *arg)
{
	return note(arg, path, hindrance_of(ctx, so));
}

/*
 * The same of a portal. A port that is busy is another program's, unless it is that of a
 * portal of this tree: that may go by the plan, or serves the new one, too.
 */
static int try_portal(struct ctx *ctx, const char *name)
{
	int err = portal_try(ctx, name);

	return err == -EADDRINUSE && portal_port_is_ours(ctx, name) ? 0 : err;
}

/* Most targets have the same few portals: each is tried once. */
static int try_portal_once(struct ctx *ctx, struct waiting *waiting, const char *name)
{
	json_t *known = json_object_get(waiting->tried, name);

	if (!known) {
		known = json_integer(try_portal(ctx, name));
		if (!waiting->tried)
			waiting->tried = json_object();
		json_object_set_new(waiting->tried, name, known);
	}
	return json_integer_value(known);
}

static const struct hindrance *portal_hindrance(struct ctx *ctx, struct waiting *waiting,
						const char *name)
{
	switch (try_portal_once(ctx, waiting, name)) {
	case -EADDRNOTAVAIL:
		return &no_address;
	case -ENODEV:
		return &no_interface;
	case -EAFNOSUPPORT:
		return &no_protocol;
	case -EADDRINUSE:
		return &other_listener;
	}
	return NULL;
}

static bool portal_waits(struct ctx *ctx, const char *path, const char *tpg, json_t *portal,
			 void *arg)
{
	char *name = portal_key(portal), *live = portal_find(ctx, tpg, name);
	bool waits = !live && note(arg, path, portal_hindrance(ctx, arg, name));

	free(live);
	free(name);
	return waits;
}

static int load(struct ctx *ctx, const char *file, json_t **config)
{
	int err;

	if (!*file)
		return usage(ctx, "give the path of a saved configuration");
	if (access(file, F_OK) && errno == ENOENT) {
		err = fail_plain(ctx, -ENOENT, "restore file %s not found%s", file,
				 access(DEBIAN_FILE, F_OK) ? "" :
				 "; targetcli-fb keeps its own in " DEBIAN_FILE);
		ctx->status = ST_BAD_FILE;
		return err;
	}
	err = savefile_read(ctx, file, config);
	if (err) {
		error_extend(ctx, "", "; nothing was applied");
		return err;
	}
	err = model_check(ctx, *config, file);
	if (err)
		json_decref(*config);
	else
		names_spell(*config, NULL);
	return err;
}

static json_t *strings(const struct strlist *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(out, json_string(list->v[i]));
	return out;
}

/* Say what would be done, and what cannot be. */
static void show_plan(struct ctx *ctx, const struct restore *r, const struct plan *plan,
		      const struct waiting *waiting)
{
	const struct strlist *names = &waiting->names;
	json_t *steps = json_array();
	size_t absent = 0;

	for (size_t i = 0; i < plan->n; i++) {
		struct strbuf line = { 0 };

		if (plan->steps[i].absent) {
			warn(ctx, "%s: skipped, this kernel has no such attribute",
			     plan->steps[i].path);
			absent++;
			continue;
		}
		if (plan->steps[i].is_default)
			continue;
		step_describe(&plan->steps[i], &line);
		say(ctx, "%s", line.s);
		json_array_append_new(steps, step_json(&plan->steps[i]));
		sb_free(&line);
	}
	for (size_t i = 0; i < names->n; i++)
		say(ctx, "pending %s (%s)", names->v[i], waiting->why[i]->is);
	if (plan->n == absent && !names->n)
		say(ctx, r->differs ? "No difference." : "Nothing to do.");
	answer(ctx, json_pack("{s:o, s:o}", "steps", steps, "pending", strings(names)));
	if (r->differs && plan->n > absent)
		ctx->status = ST_DIFFERS;
	else if (names->n)
		ctx->status = ST_PENDING;
}

/* What would be done would be refused: for diff that is worth a word, else an error. */
static int cannot_apply(struct ctx *ctx, const struct restore *r)
{
	char *text;
	json_t *msg;
	size_t i;

	if (r->differs) {
		warn(ctx, "%sapply would refuse this", ctx->error);
		ctx->status = ST_DIFFERS;
		return 0;
	}
	text = xasprintf("%sNothing of %s would be applied", ctx->error, r->file);
	fail_plain(ctx, -EINVAL, "%s", text);
	ctx->status = ST_BAD_FILE;
	free(text);
	if (!ctx->json)
		json_array_foreach(ctx->messages, i, msg)
			puts(json_string_value(msg));
	return -EINVAL;
}

static int dry_run(struct ctx *ctx, const struct restore *r, json_t *config,
		   const struct waiting *waiting)
{
	struct plan plan = { 0 };
	json_t *live = NULL;
	int err = model_plan(ctx, config, &r->scope, r->flags, &live, &plan);

	if (!err)
		show_plan(ctx, r, &plan, waiting);
	if (!err && model_short_secrets(ctx, config, r->flags, &plan))
		err = cannot_apply(ctx, r);
	plan_free(&plan);
	json_decref(live);
	return err;
}

static void report(struct ctx *ctx, const struct restore *r, const struct waiting *waiting,
		   const struct apply_result *result)
{
	const struct strlist *names = &waiting->names;

	for (size_t i = 0; i < names->n; i++)
		warn(ctx, "%s is pending: %s; run %s again when %s", names->v[i],
		     waiting->why[i]->is, r->again, waiting->why[i]->until);
	say(ctx, "%s %s", r->done, r->file);
	if (names->n)
		ctx->status = ST_PENDING;
	answer(ctx, json_pack("{s:s, s:i, s:o, s:o}", "file", r->file, "changes",
			      (int)result->steps, "pending", strings(names), "errors",
			      strings(&result->errors)));
}

/* Say what is left of an attempt that failed. */
static void report_failure(struct ctx *ctx, const struct restore *r, int err,
			   const struct apply_result *result)
{
	enum tl_status status = ctx->status;
	bool lines = strchr(ctx->error, '\n') != NULL;
	char *msg = xasprintf("%s%s%s%s", ctx->error, lines ? "" : "; ", result->undone ?
			      lines ? "Nothing of " : "nothing of " :
			      "going back failed, too: this is neither the old configuration nor that of ",
			      r->file);

	fail_plain(ctx, err, "%s%s", msg, result->undone ? " was applied" : "");
	ctx->status = status;
	free(msg);
}

/*
 * Before an apply: whoever is killed in the middle of it must not have it forgotten. What
 * was pending before is kept in 'before', or NULL when nothing is changed. Where this
 * cannot be written, keep_pending() says so.
 */
static void note_pending(struct ctx *ctx, json_t *pending, json_t **before)
{
	*before = NULL;
	if (!json_object_size(pending) || pending_load(ctx, before))
		goto out;
	if (pending_add(ctx, pending)) {
		json_decref(*before);
		*before = NULL;
	}
out:
	error_drop(ctx);
	ctx->status = ST_OK;
}

/* After one that has come to nothing. */
static void forget_pending(struct ctx *ctx, json_t *before)
{
	struct kept_error kept = error_keep(ctx);

	if (before)
		pending_store(ctx, before);
	error_again(ctx, kept);
}

/* After an apply that came to 'err': all that could be made is there. */
static int keep_pending(struct ctx *ctx, const struct restore *r, json_t *pending, int err)
{
	bool whole = r->flags & APPLY_EXACT && !r->scope.target && !r->scope.so;
	int err2 = whole ? pending_store(ctx, pending) : pending_add(ctx, pending);
	enum tl_status status = ctx->status;
	char *msg;

	if (!err2 || err)
		return err;
	msg = xasprintf("%s; %s is applied, but what is pending is not kept, so saveconfig would leave it out",
			ctx->error, r->file);
	fail_plain(ctx, err2, "%s", msg);
	ctx->status = status;
	free(msg);
	return err2;
}

static int apply(struct ctx *ctx, const struct restore *r, json_t *config, json_t *pending,
		 const struct waiting *waiting)
{
	struct apply_result result;
	json_t *before;
	bool applied;
	int err;

	note_pending(ctx, pending, &before);
	err = model_apply(ctx, config, &r->scope, r->flags, &result);
	applied = !err || r->flags & APPLY_GO_ON;
	if (applied)
		err = keep_pending(ctx, r, pending, err);
	else
		forget_pending(ctx, before);
	for (size_t i = 0; i < result.errors.n; i++)
		warn(ctx, "%s", result.errors.v[i]);
	if (!err)
		report(ctx, r, waiting, &result);
	else if (!applied)
		report_failure(ctx, r, err, &result);
	sl_free(&result.errors);
	json_decref(before);
	return err;
}

int restore_run(struct ctx *ctx, const struct restore *r)
{
	struct waiting waiting = { 0 };
	const struct pending_test waits = { so_waits, portal_waits, &waiting };
	json_t *config, *pending;
	int err = load(ctx, r->file, &config);

	if (err)
		return err;
	foreign_drop(ctx, config);
	err = scope_wanted(ctx, config, &r->scope, r->file);
	if (!err) {
		pending = pending_split(ctx, config, &waits);
		err = r->dry ? dry_run(ctx, r, config, &waiting) :
			       apply(ctx, r, config, pending, &waiting);
		json_decref(pending);
	}
	waiting_free(&waiting);
	json_decref(config);
	return err;
}
