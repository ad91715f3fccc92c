// SPDX-License-Identifier: GPL-2.0
/*
 * A saved configuration and the live one: show the difference, or make it go
 * away. What cannot be made because its device is missing or taken becomes pending.
 */
#include "restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foreign.h"
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
	return plugin->exclusive && S_ISBLK(st.st_mode) ? claim(ctx, dev) : NULL;
}

static bool cannot_be_made(struct ctx *ctx, json_t *so)
{
	return hindrance_of(ctx, so);
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
	if (!err) {
		err = model_check(ctx, *config, file);
		if (err)
			json_decref(*config);
	}
	return err;
}

/* That of the nth pending object; what has come meanwhile was missing. */
static const struct hindrance *pending_why(struct ctx *ctx, json_t *pending, size_t n)
{
	json_t *sos = json_object_get(pending, "storage_objects");
	const struct hindrance *why = hindrance_of(ctx, json_array_get(sos, n));

	return why ? why : &missing;
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
		      json_t *pending)
{
	struct strlist names = { 0 };
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->n; i++) {
		struct strbuf line = { 0 };

		if (plan->steps[i].is_default)
			continue;
		step_describe(&plan->steps[i], &line);
		say(ctx, "%s", line.s);
		json_array_append_new(steps, step_json(&plan->steps[i]));
		sb_free(&line);
	}
	pending_names(pending, &names);
	for (size_t i = 0; i < names.n; i++)
		say(ctx, "pending %s (%s)", names.v[i], pending_why(ctx, pending, i)->is);
	if (!plan->n && !names.n)
		say(ctx, r->differs ? "No difference." : "Nothing to do.");
	answer(ctx, json_pack("{s:o, s:o}", "steps", steps, "pending", strings(&names)));
	if (r->differs && plan->n)
		ctx->status = ST_DIFFERS;
	else if (names.n)
		ctx->status = ST_PENDING;
	sl_free(&names);
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

static int dry_run(struct ctx *ctx, const struct restore *r, json_t *config, json_t *pending)
{
	struct plan plan = { 0 };
	json_t *live = NULL;
	int err = model_plan(ctx, config, &r->scope, r->flags, &live, &plan);

	if (!err)
		show_plan(ctx, r, &plan, pending);
	if (!err && model_short_secrets(ctx, config, r->flags, &plan))
		err = cannot_apply(ctx, r);
	plan_free(&plan);
	json_decref(live);
	return err;
}

static void report(struct ctx *ctx, const struct restore *r, json_t *pending,
		   const struct apply_result *result)
{
	struct strlist names = { 0 };

	pending_names(pending, &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct hindrance *why = pending_why(ctx, pending, i);

		warn(ctx, "%s is pending: %s; run %s again when %s", names.v[i], why->is,
		     r->again, why->until);
	}
	say(ctx, "%s %s", r->done, r->file);
	if (names.n)
		ctx->status = ST_PENDING;
	answer(ctx, json_pack("{s:s, s:i, s:o, s:o}", "file", r->file, "changes",
			      (int)result->steps, "pending", strings(&names), "errors",
			      strings(&result->errors)));
	sl_free(&names);
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

static int apply(struct ctx *ctx, const struct restore *r, json_t *config, json_t *pending)
{
	struct apply_result result;
	int err = model_apply(ctx, config, &r->scope, r->flags, &result);
	bool applied = !err || r->flags & APPLY_GO_ON;

	if (applied)
		err = keep_pending(ctx, r, pending, err);
	for (size_t i = 0; i < result.errors.n; i++)
		warn(ctx, "%s", result.errors.v[i]);
	if (!err)
		report(ctx, r, pending, &result);
	else if (!applied)
		report_failure(ctx, r, err, &result);
	sl_free(&result.errors);
	return err;
}

int restore_run(struct ctx *ctx, const struct restore *r)
{
	json_t *config, *pending;
	int err = load(ctx, r->file, &config);

	if (err)
		return err;
	foreign_drop(ctx, config);
	err = scope_wanted(ctx, config, &r->scope, r->file);
	if (!err) {
		pending = pending_split(ctx, config, cannot_be_made);
		err = r->dry ? dry_run(ctx, r, config, pending) : apply(ctx, r, config, pending);
		json_decref(pending);
	}
	json_decref(config);
	return err;
}
