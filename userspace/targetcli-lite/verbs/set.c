// SPDX-License-Identifier: GPL-2.0
/* set: change attributes. All values are checked before the first is written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "minsecret.h"
#include "prefs.h"
#include "secret.h"
#include "verbs.h"

#define HIDDEN "********"

struct change {
	const char *dir;
	char *file;
	char *value;
	char *old;	/* what was there */
	const struct schema_attr *attr;
};

struct changes {
	struct change *v;
	size_t n;
};

static bool is_secret(const struct change *c)
{
	return c->attr && c->attr->type == T_SECRET;
}

static bool is_chap(const struct attr_group *g)
{
	return !strcmp(g->name, "auth") || !strcmp(g->name, "discovery_auth");
}

/* Is an empty value written as "NULL"? */
static bool has_null(const struct attr_group *g)
{
	return is_chap(g) || !strcmp(g->name, "acl");
}

static void free_secret(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

static void changes_free(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].file);
		free_secret(c->v[i].value);
		free_secret(c->v[i].old);
	}
	free(c->v);
}

static int bad_value(struct ctx *ctx, const char *shown, const struct change *c,
		     const char *given)
{
	struct strbuf want = { 0 };

	schema_expects(c->attr, &want);
	usage(ctx, "%s=%s: give %s; nothing was changed", shown, is_secret(c) ? HIDDEN : given,
	      want.s);
	sb_free(&want);
	return -EINVAL;
}

/* The schema's word on a value. true and false do for 1 and 0, yes for Yes. */
static int check_value(struct ctx *ctx, const char *shown, struct change *c)
{
	bool b;

	if (!c->attr)
		return 0;	/* a newer kernel's: it knows best */
	if (c->attr->access == A_RO)
		return usage(ctx, "%s is read-only", shown);
	if (schema_valid(c->attr, c->value))
		return 0;
	if ((c->attr->type == T_BOOL || c->attr->type == T_YESNO) &&
	    parse_bool(c->value, &b)) {
		free(c->value);
		c->value = xstrdup(c->attr->type == T_BOOL ? (b ? "1" : "0") :
							     (b ? "Yes" : "No"));
		return 0;
	}
	return bad_value(ctx, shown, c, c->value);
}

/* An attribute is one line. */
static int check_text(struct ctx *ctx, const char *shown, const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return usage(ctx, "%s: a value must have no control characters, and byte %zu is 0x%02x; nothing was changed",
				     shown, (size_t)(p - value) + 1, (unsigned int)*p);
	return 0;
}

static int prepare(struct ctx *ctx, const struct attr_group *g, const char *dir,
		   const char *shown, const char *value, struct change *c)
{
	const char *file = group_file(g, shown);
	int err = 0;

	if (!file || strchr(file, '/') || !cfs_exists(&ctx->cfs, "%s/%s", dir, file))
		return usage(ctx, "there is no %s %s here (get %s shows what there is)", g->name,
			     shown, g->name);
	c->file = xstrdup(file);
	c->attr = schema_attr(schema_find(g->schema), file);
	if (is_secret(c))
		err = secret_value(ctx, shown, value, &c->value);
	else
		c->value = xstrdup(value);
	if (!err)
		err = check_text(ctx, shown, c->value);
	if (!err)
		err = check_value(ctx, shown, c);
	if (err || !has_null(g))
		return err;
	err = is_secret(c) ? minsecret_check(ctx, shown, c->value) : 0;
	if (err)
		return err;
	if (!strcmp(c->value, "NULL"))
		return usage(ctx, "%s=NULL: the kernel takes this word for no value; set %s= to unset it",
			     shown, shown);
	if (!*c->value) {
		free(c->value);
		c->value = xstrdup("NULL");
	}
	return 0;
}

/* Write one value, keeping the one before. */
static int write_one(struct ctx *ctx, const struct attr_group *g, struct change *c)
{
	struct strbuf old = { 0 };

	if (!cfs_read(&ctx->cfs, &old, "%s/%s", c->dir, c->file))
		group_value(g, c->file, &old);
	c->old = old.s;
	return cfs_write(&ctx->cfs, c->value, "%s/%s", c->dir, c->file);
}

static const char *text_or(const char *s, const char *def)
{
	return s && *s ? s : def;
}

/*
 * The kernel refused a value: those before it go back, the last first. A secret
 * that was there may be shorter than what may be set today.
 */
static void put_back(struct ctx *ctx, const struct changes *c, size_t n, bool null)
{
	while (n-- > 0) {
		const char *old = text_or(c->v[n].old, null ? "NULL" : "");
		unsigned int limit = is_secret(&c->v[n]) && strlen(old) < minsecret(ctx) ?
				     minsecret_lower(ctx, strlen(old)) : 0;

		cfs_write(&ctx->cfs, old, "%s/%s", c->v[n].dir, c->v[n].file);
		minsecret_restore(ctx, limit);
	}
}

/* 'shown' are the names of the changes of one node; those of a tag have several times as many. */
static int write_all(struct ctx *ctx, const struct attr_group *g, const struct changes *c,
		     const struct strlist *shown)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *value = is_secret(&c->v[i]) ? HIDDEN : c->v[i].value;
		const char *name = shown->v[i % shown->n];
		int err = write_one(ctx, g, &c->v[i]);

		if (err) {
			put_back(ctx, c, i, has_null(g));
			return fail(ctx, err, "the kernel refused %s=%s", name, value);
		}
		if (i < shown->n)
			say(ctx, "Parameter %s is now '%s'.", name,
			    strcmp(c->v[i].value, "NULL") ? value : "");
	}
	return 0;
}

/* The directories of a group: of one node, or of all ACLs of a tag. */
static void group_dirs(const struct node *node, const struct attr_group *g, struct strlist *out)
{
	struct strlist dirs = { 0 };

	node_dirs(node, &dirs);
	for (size_t i = 0; i < dirs.n; i++) {
		char *dir = xasprintf("%s%s", dirs.v[i], g->subdir);

		sl_add(out, dir);
		free(dir);
	}
	sl_free(&dirs);
}

/* The changes that there are so far, at another node. */
static void same_at(struct changes *c, size_t n, const char *dir)
{
	for (size_t i = 0; i < n; i++) {
		struct change *new = &c->v[c->n++];

		*new = c->v[i];
		new->dir = dir;
		new->file = xstrdup(new->file);
		new->value = xstrdup(new->value);
	}
}

static int set_group(struct ctx *ctx, struct node *node, const struct attr_group *g,
		     const struct args *args)
{
	size_t n = args->names.n;
	struct changes c = { 0 };
	struct strlist dirs = { 0 };
	int err = 0;

	group_dirs(node, g, &dirs);
	c.v = xcalloc(n * dirs.n + 1, sizeof(*c.v));
	for (size_t i = 0; i < n && !err; i++) {
		c.v[c.n].dir = dirs.v[0];
		err = prepare(ctx, g, dirs.v[0], args->names.v[i], args->values.v[i],
			      &c.v[c.n++]);
	}
	for (size_t i = 1; i < dirs.n && !err; i++)
		same_at(&c, n, dirs.v[i]);
	/* not before: a secret may have been waited for */
	if (!err)
		err = ctx_lock(ctx);
	if (!err) {
		err = write_all(ctx, g, &c, &args->names);
		ctx_unlock(ctx);
	}
	changes_free(&c);
	sl_free(&dirs);
	return err;
}

/* As it is kept: "yes" is true. */
static void tell_global(struct ctx *ctx, const char *name)
{
	struct strbuf v = { 0 };

	if (prefs_has_no_effect(name) || !prefs_get(&ctx->prefs, name, &v))
		say(ctx, "Parameter %s has no effect here.", name);
	else
		say(ctx, "Parameter %s is now '%s'.", name, v.s);
	sb_free(&v);
}

static int set_global(struct ctx *ctx, const struct args *args)
{
	struct prefs before = ctx->prefs;
	int err = 0;

	for (size_t i = 0; i < args->names.n && !err; i++)
		err = prefs_set(ctx, args->names.v[i], args->values.v[i]);
	if (!err)
		err = ctx_lock(ctx);
	if (!err) {
		err = prefs_save(ctx);
		ctx_unlock(ctx);
	}
	if (err) {
		ctx->prefs = before;
		return err;
	}
	for (size_t i = 0; i < args->names.n; i++)
		tell_global(ctx, args->names.v[i]);
	return 0;
}

static int describe_global(struct ctx *ctx)
{
	struct strlist names = { 0 };

	prefs_names(&names);
	for (size_t i = 0; i < names.n; i++)
		say(ctx, "%s=VALUE: %s", names.v[i], prefs_help(names.v[i]));
	sl_free(&names);
	return 0;
}

static void describe(struct ctx *ctx, const struct attr_group *g)
{
	const struct schema_node *schema = schema_find(g->schema);

	for (size_t i = 0; i < schema->nattrs; i++) {
		const struct schema_attr *a = &schema->attrs[i];
		const char *shown = group_shown(g, a->name);
		struct strbuf want = { 0 };

		if (!shown || a->access == A_RO)
			continue;
		schema_expects(a, &want);
		say(ctx, "%s=VALUE: %s. %s", shown, want.s, a->help);
		sb_free(&want);
	}
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *name = arg(&verb_set, args, "group");
	const struct attr_group *g;

	if (!name) {
		list_groups(ctx, node);
		return 0;
	}
	g = node_group(node, name);
	if (!strcmp(name, "global") && !args->names.n)
		return describe_global(ctx);
	if (!strcmp(name, "global"))
		return set_global(ctx, args);
	if (!g)
		return no_such_group(ctx, node, name);
	if (!args->names.n) {
		describe(ctx, g);
		return 0;
	}
	return set_group(ctx, node, g, args);
}

static void complete_names(struct ctx *ctx, struct node *node, const char *group,
			   struct strlist *out)
{
	struct strlist names = { 0 };

	complete_attributes(ctx, node, group, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *pair = xasprintf("%s=", names.v[i]);

		sl_add(out, pair);
		free(pair);
	}
	sl_free(&names);
}

/* Values of an attribute, as far as they can be told. */
static void complete_value(struct node *node, const char *group, const char *name,
			   struct strlist *out)
{
	const struct attr_group *g = node_group(node, group);
	const char *file = g ? group_file(g, name) : NULL;
	const struct schema_attr *a = file ? schema_attr(schema_find(g->schema), file) : NULL;

	if (!strcmp(group, "global") && strcmp(name, "max_backup_files")) {
		sl_add(out, "true");
		sl_add(out, "false");
	}
	if (!a)
		return;
	for (size_t i = 0; a->values && a->values[i]; i++)
		sl_add(out, a->values[i]);
	if (a->type == T_BOOL) {
		sl_add(out, "0");
		sl_add(out, "1");
	} else if (a->type == T_YESNO) {
		sl_add(out, "No");
		sl_add(out, "Yes");
	} else if (a->def && *a->def && !a->values) {
		sl_add(out, a->def);
	}
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	if (!strcmp(name, "group")) {
		node_groups(node, out);
		sl_add(out, "global");
	} else if (args->value[0] && *name) {
		complete_value(node, args->value[0], name, out);
	} else if (args->value[0]) {
		complete_names(ctx, node, args->value[0], out);
	}
}

const struct verb verb_set = {
	.name = "set",
	.kinds = KINDS_ALL,
	.help = "Change attributes",
	.params = { { "group", "attribute, parameter, auth, global, ...", false } },
	.more_pairs = true,
	.run = run,
	.complete = complete,
};
