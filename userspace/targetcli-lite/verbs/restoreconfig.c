// SPDX-License-Identifier: GPL-2.0
/* restoreconfig: make the live configuration that of a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model.h"
#include "pending.h"
#include "savefile.h"
#include "verbs.h"

#define DEBIAN_FILE "/etc/rtslib-fb-target/saveconfig.json"

static bool is_live(struct ctx *ctx, const struct plugin *plugin, const char *name)
{
	struct strbuf dir = { 0 };
	bool live = !so_find(ctx, plugin, name, &dir);

	sb_free(&dir);
	return live;
}

/* An object cannot be made when its device is missing, or its kind unknown. */
static bool cannot_be_made(struct ctx *ctx, json_t *so)
{
	const struct plugin *plugin =
		plugin_by_name(json_string_value(json_object_get(so, "plugin")));
	const char *dev = json_string_value(json_object_get(so, "dev"));
	struct stat st;

	if (!plugin)
		return true;
	if (!dev || !stat(dev, &st))
		return false;
	return !is_live(ctx, plugin, json_string_value(json_object_get(so, "name")));
}

/* Keep only what restoreconfig target= or storage_object= names. */
static void keep_only(json_t *config, const char *list, const char *key, const char *value)
{
	json_t *l = json_object_get(config, list);

	for (size_t i = json_array_size(l); i-- > 0;) {
		const char *s = json_string_value(json_object_get(json_array_get(l, i), key));

		if (!value || strcmp(s, value))
			json_array_remove(l, i);
	}
}

static void select_part(json_t *config, const char *target, const char *so)
{
	if (!target && !so)
		return;
	keep_only(config, "targets", "wwn", target);
	keep_only(config, "storage_objects", "name", so);
	json_object_del(config, "fabric_modules");
}

/* Targets of other fabrics are none of our business. */
static void drop_other_fabrics(struct ctx *ctx, json_t *config)
{
	json_t *targets = json_object_get(config, "targets");

	for (size_t i = json_array_size(targets); i-- > 0;) {
		json_t *t = json_array_get(targets, i);
		const char *fabric = json_string_value(json_object_get(t, "fabric"));

		if (!strcmp(fabric, ctx->fabric))
			continue;
		warn(ctx, "target %s is of fabric %s: skipped",
		     json_string_value(json_object_get(t, "wwn")), fabric);
		json_array_remove(targets, i);
	}
}

static int load(struct ctx *ctx, const char *file, json_t **config)
{
	int err;

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

static void show_plan(struct ctx *ctx, const struct plan *plan)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->n; i++) {
		struct strbuf line = { 0 };

		step_describe(&plan->steps[i], &line);
		say(ctx, "%s", line.s);
		json_array_append_new(steps, json_string(line.s));
		sb_free(&line);
	}
	if (!plan->n)
		say(ctx, "Nothing to do.");
	answer(ctx, json_pack("{s:o}", "steps", steps));
}

static int dry_run(struct ctx *ctx, json_t *config, bool exact)
{
	struct plan plan = { 0 };
	json_t *live;
	int err = model_dump(ctx, &live);

	if (err)
		return err;
	err = plan_make(ctx, live, config, exact, &plan);
	if (!err)
		show_plan(ctx, &plan);
	plan_free(&plan);
	json_decref(live);
	return err;
}

static json_t *strings(const struct strlist *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(out, json_string(list->v[i]));
	return out;
}

static int report(struct ctx *ctx, const char *file, json_t *pending,
		  const struct strlist *errors, int err)
{
	struct strlist names = { 0 };

	pending_names(pending, &names);
	for (size_t i = 0; i < errors->n; i++)
		warn(ctx, "%s", errors->v[i]);
	for (size_t i = 0; i < names.n && !err; i++)
		warn(ctx, "%s is pending: its device is missing; run restoreconfig again when it is there",
		     names.v[i]);
	if (!err) {
		say(ctx, "Configuration restored from %s", file);
		if (names.n)
			ctx->status = ST_PENDING;
		answer(ctx, json_pack("{s:s, s:o, s:o}", "file", file, "pending",
				      strings(&names), "errors", strings(errors)));
	}
	sl_free(&names);
	return err;
}

struct options {
	bool exact;
	bool dry;
	bool stop;
};

static int read_options(struct ctx *ctx, const struct args *args, struct options *o)
{
	const struct verb *v = &verb_restoreconfig;
	int err = arg_bool(ctx, v, args, "clear_existing", false, &o->exact);

	if (!err)
		err = arg_bool(ctx, v, args, "dry_run", false, &o->dry);
	if (!err)
		err = arg_bool(ctx, v, args, "abort_on_error", true, &o->stop);
	return err;
}

static int restore(struct ctx *ctx, const char *file, json_t *config, const struct options *o)
{
	json_t *pending = pending_split(ctx, config, cannot_be_made);
	struct strlist errors = { 0 };
	int err;

	if (o->dry) {
		err = dry_run(ctx, config, o->exact);
		goto out;
	}
	err = model_apply(ctx, config, o->exact, !o->stop, &errors);
	if (!err || !o->stop) {
		int err2 = pending_store(ctx, pending);

		err = err ? err : err2;
	}
	err = report(ctx, file, pending, &errors, err);
	if (err && o->stop) {
		char *msg = xasprintf("%s; nothing of %s was applied", ctx->error, file);
		enum tl_status status = ctx->status;

		fail_plain(ctx, err, "%s", msg);
		ctx->status = status;
		free(msg);
	}
out:
	json_decref(pending);
	sl_free(&errors);
	return err;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const struct verb *v = &verb_restoreconfig;
	const char *file = arg(v, args, "savefile");
	const char *target = arg(v, args, "target"), *so = arg(v, args, "storage_object");
	struct options o;
	json_t *config;
	int err = read_options(ctx, args, &o);

	(void)node;
	file = file ? file : ctx->savefile;
	if (!err && o.exact && (target || so))
		err = usage(ctx, "clear_existing=true goes with the whole file, not with target= or storage_object=");
	if (!err)
		err = load(ctx, file, &config);
	if (err)
		return err;
	select_part(config, target, so);
	drop_other_fabrics(ctx, config);
	err = restore(ctx, file, config, &o);
	json_decref(config);
	return err;
}

const struct verb verb_restoreconfig = {
	.name = "restoreconfig",
	.kinds = KINDS_ALL,
	.help = "Make the live configuration that of a file, changing only what differs",
	.params = {
		{ "savefile", "file (default: /etc/target/saveconfig.json)", false },
		{ "clear_existing", "true: delete what is not in the file", false },
		{ "target", "restore this target only", false },
		{ "storage_object", "restore this storage object only", false },
		{ "abort_on_error", "false: go on after a failure, and undo nothing", false },
		{ "dry_run", "true: only show what would be done", false },
	},
	.changes = true,
	.run = run,
};
