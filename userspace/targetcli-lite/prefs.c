// SPDX-License-Identifier: GPL-2.0
/* Global preferences, and bookmarks. */
#include "prefs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "savefile.h"
#include "where.h"

#define MAX_NUMBER 1000

static const struct pref {
	const char *name;
	size_t offset;
	bool is_number;
	unsigned int def;
	const char *help;
} table[] = {
	{ "auto_add_default_portal", offsetof(struct prefs, auto_add_default_portal), false, 1,
	  "A new portal group gets a portal on all addresses." },
	{ "auto_add_mapped_luns", offsetof(struct prefs, auto_add_mapped_luns), false, 1,
	  "A new LUN is mapped into all ACLs, a new ACL gets all LUNs." },
	{ "auto_enable_tpgt", offsetof(struct prefs, auto_enable_tpgt), false, 1,
	  "A new portal group is enabled." },
	{ "auto_save_on_exit", offsetof(struct prefs, auto_save_on_exit), false, 1,
	  "A shell saves the configuration at its end, and so does a batch that changed it." },
	{ "export_backstore_name_as_model",
	  offsetof(struct prefs, export_backstore_name_as_model), false, 1,
	  "The INQUIRY model of a new storage object is its name." },
	{ "max_backup_files", offsetof(struct prefs, max_backup_files), true, 10,
	  "Previous versions of the saved configuration that are kept." },
	{ "auto_cd_after_create", offsetof(struct prefs, auto_cd_after_create), false, 0,
	  "What is created becomes the current path." },
	{ "color_mode", offsetof(struct prefs, color_mode), false, 1,
	  "Colours, on a terminal." },
	{ "prompt_length", offsetof(struct prefs, prompt_length), true, 0,
	  "Longest path that the shell's prompt shows whole; 0: any." },
	{ "tree_max_depth", offsetof(struct prefs, tree_max_depth), true, 0,
	  "Levels that ls shows when it is not told; 0: all." },
	{ "tree_round_nodes", offsetof(struct prefs, tree_round_nodes), false, 1,
	  "ls marks a node with o, else with +." },
	{ "tree_show_root", offsetof(struct prefs, tree_show_root), false, 1,
	  "ls shows the node itself above those below it." },
	{ "tree_status_mode", offsetof(struct prefs, tree_status_mode), false, 1,
	  "ls shows what a node is like, not only its name." },
};

/* What scripts for targetcli may set, and has no meaning here. */
static const char *const without_effect[] = {
	"auto_use_daemon", "color_command", "color_default", "color_keyword", "color_parameter",
	"color_path", "daemon_use_batch_mode", "logfile", "loglevel_console", "loglevel_file",
};

bool prefs_has_no_effect(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(without_effect); i++)
		if (!strcmp(without_effect[i], name))
			return true;
	return false;
}

static const struct pref *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

static void put(struct prefs *prefs, const struct pref *p, unsigned int value)
{
	char *at = (char *)prefs + p->offset;

	if (p->is_number)
		*(unsigned int *)at = value;
	else
		*(bool *)at = value;
}

static unsigned int fetch(const struct prefs *prefs, const struct pref *p)
{
	const char *at = (const char *)prefs + p->offset;

	return p->is_number ? *(const unsigned int *)at : *(const bool *)at;
}

char *prefs_home(void)
{
	const char *dir = getenv("TARGETCLI_LITE_HOME"), *home = getenv("HOME");

	if (dir && *dir)
		return xstrdup(dir);
	return home && *home ? xasprintf("%s/.targetcli-lite", home) : NULL;
}

static void take_saved(struct prefs *prefs, const struct pref *p, json_t *saved)
{
	json_t *v = json_object_get(saved, p->name);

	if (p->is_number && json_is_integer(v) && json_integer_value(v) >= 0 &&
	    json_integer_value(v) <= MAX_NUMBER)
		put(prefs, p, json_integer_value(v));
	else if (!p->is_number && json_is_boolean(v))
		put(prefs, p, json_is_true(v));
}

static void take_bookmarks(struct ctx *ctx, json_t *saved)
{
	const char *name;
	json_t *path;

	json_object_foreach(saved, name, path)
		if (bookmark_name_ok(name) && json_is_string(path) &&
		    *json_string_value(path) == '/')
			json_object_set(ctx->bookmarks, name, path);
}

void prefs_load(struct ctx *ctx)
{
	char *home = prefs_home();
	char *file = home ? xasprintf("%s/prefs.json", home) : NULL;
	json_t *saved = NULL;

	if (file && savefile_read_if_any(ctx, file, &saved)) {
		warn(ctx, "%s; preferences are as they are without it", ctx->error);
		ctx_reset(ctx);
	}
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		put(&ctx->prefs, &table[i], table[i].def);
		take_saved(&ctx->prefs, &table[i], saved);
	}
	take_bookmarks(ctx, json_object_get(saved, "bookmarks"));
	json_decref(saved);
	free(file);
	free(home);
}

int prefs_save(struct ctx *ctx)
{
	char *home = prefs_home(), *file;
	json_t *out;
	int err;

	if (!home)
		return fail_plain(ctx, -ENOENT, "preferences are kept in $HOME, which is not set");
	if (mkdir(home, 0700) && errno != EEXIST) {
		err = fail(ctx, -errno, "cannot create directory %s", home);
		free(home);
		return err;
	}
	file = xasprintf("%s/prefs.json", home);
	out = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		unsigned int v = fetch(&ctx->prefs, &table[i]);

		json_object_set_new(out, table[i].name, table[i].is_number ?
				    json_integer(v) : json_boolean(v));
	}
	if (json_object_size(ctx->bookmarks))
		json_object_set(out, "bookmarks", ctx->bookmarks);
	err = savefile_write(ctx, file, out);
	json_decref(out);
	free(file);
	free(home);
	return err;
}

bool prefs_get(const struct prefs *prefs, const char *name, struct strbuf *out)
{
	const struct pref *p = find(name);

	if (!p)
		return false;
	if (p->is_number)
		sb_addf(out, "%u", fetch(prefs, p));
	else
		sb_adds(out, fetch(prefs, p) ? "true" : "false");
	return true;
}

int prefs_set(struct ctx *ctx, const char *name, const char *value)
{
	const struct pref *p = find(name);
	uint64_t n;
	bool b;

	if (!p && prefs_has_no_effect(name))
		return 0;
	if (!p)
		return usage(ctx, "there is no global preference %s (get global shows them)",
			     name);
	if (p->is_number) {
		if (!parse_uint(value, MAX_NUMBER, &n))
			return usage(ctx, "%s=%s: give a number from 0 to %d", name, value,
				     MAX_NUMBER);
		put(&ctx->prefs, p, n);
		return 0;
	}
	if (!parse_bool(value, &b))
		return usage(ctx, "%s=%s: give true or false", name, value);
	put(&ctx->prefs, p, b);
	return 0;
}

void prefs_names(struct strlist *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		sl_add(out, table[i].name);
}

const char *prefs_help(const char *name)
{
	const struct pref *p = find(name);

	return p ? p->help : "";
}
