// SPDX-License-Identifier: GPL-2.0
/* /iscsi/IQN/tpgN/acls tag, untag: one name for ACLs that are alike. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "model.h"
#include "scope.h"
#include "verbs.h"

static const char *name_of(const char *dir)
{
	return strrchr(dir, '/') + 1;
}

/* The directories of an ACL, or of all ACLs of a tag. */
static int find(struct ctx *ctx, struct node *acls, const char *wwn_or_tag, struct strlist *dirs)
{
	struct node *acl = node_child(ctx, acls, wwn_or_tag);

	if (!acl)
		return fail_plain(ctx, -ENOENT, "there is no ACL and no tag %s", wwn_or_tag);
	node_dirs(acl, dirs);
	node_free(acl);
	return 0;
}

/* An ACL that has the tag already and is not among 'dirs', or NULL. */
static char *find_model(struct ctx *ctx, struct node *acls, const char *tag,
			const struct strlist *dirs)
{
	struct node *acl = node_child(ctx, acls, tag);
	struct strlist members = { 0 };
	char *model = NULL;

	if (acl)
		node_dirs(acl, &members);
	node_free(acl);
	for (size_t i = 0; i < members.n && !model; i++)
		if (!sl_has(dirs, members.v[i]))
			model = xstrdup(name_of(members.v[i]));
	sl_free(&members);
	return model;
}

/* Write 'tag' (NULL: none) to all of them, or leave all as they are. */
static int write_tags(struct ctx *ctx, const struct strlist *dirs, const char *tag)
{
	struct strlist before = { 0 };
	struct strbuf is = { 0 };
	int err = 0;

	for (size_t i = 0; i < dirs->n && !err; i++) {
		cfs_read(&ctx->cfs, &is, "%s/tag", dirs->v[i]);
		sl_add(&before, is.len ? is.s : "NULL");
		err = cfs_write(&ctx->cfs, tag ? tag : "NULL", "%s/tag", dirs->v[i]);
		if (err)
			fail(ctx, err, "cannot set the tag of ACL %s", name_of(dirs->v[i]));
	}
	for (size_t i = err ? before.n - 1 : 0; i--;)
		cfs_write(&ctx->cfs, before.v[i], "%s/tag", dirs->v[i]);
	found_forget(&ctx->tags);
	sl_free(&before);
	sb_free(&is);
	return err;
}

/* The element of a list whose 'key' is a string or a number. */
static json_t *named(json_t *list, const char *key, json_t *value)
{
	json_t *e, *found = NULL;
	size_t i;

	json_array_foreach(list, i, e)
		if (json_equal(json_object_get(e, key), value))
			found = e;
	json_decref(value);
	return found;
}

/* Make a saved ACL like another, with its tag. */
static void adopt(json_t *acl, json_t *model)
{
	static const char *const keys[] = {
		"tag", "mapped_luns", "attributes", "chap_userid", "chap_password",
		"chap_mutual_userid", "chap_mutual_password",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_object_del(acl, keys[i]);
		if (json_object_get(model, keys[i]))
			json_object_set(acl, keys[i], json_object_get(model, keys[i]));
	}
}

/* What joins a tag takes over what its members are like, as with targetcli. */
static int join(struct ctx *ctx, const struct node *tpg, const struct strlist *dirs,
		const char *model)
{
	const struct scope scope = { .target = tpg->parent->name };
	struct apply_result result = { 0 };
	json_t *wanted, *list;
	int err = model_dump(ctx, &wanted);

	if (err)
		return err;
	list = named(json_object_get(wanted, "targets"), "wwn", json_string(scope.target));
	list = named(json_object_get(list, "tpgs"), "tag",
		     json_integer(atoi(strrchr(tpg->dir, '_') + 1)));
	list = json_object_get(list, "node_acls");
	for (size_t i = 0; i < dirs->n; i++)
		adopt(named(list, "node_wwn", json_string(name_of(dirs->v[i]))),
		      named(list, "node_wwn", json_string(model)));
	err = scope_wanted(ctx, wanted, &scope, "the live configuration");
	if (!err)
		err = model_apply(ctx, wanted, &scope, APPLY_EXACT | APPLY_SHORT_SECRETS, &result);
	for (size_t i = 0; i < result.errors.n; i++)
		warn(ctx, "%s", result.errors.v[i]);
	sl_free(&result.errors);
	json_decref(wanted);
	found_forget(&ctx->tags);
	return err;
}

static int run_tag(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *who = arg(&verb_acl_tag, args, "wwn_or_tag");
	const char *tag = arg(&verb_acl_tag, args, "new_tag");
	struct strlist dirs = { 0 };
	char *model = NULL;
	int err;

	if (!acl_tag_ok(tag))
		return usage(ctx, "'%s' cannot be a tag: give 1 to 63 letters, digits and : _ + - (no dot, which names of initiators have)",
			     tag);
	err = find(ctx, node, who, &dirs);
	if (!err && strcmp(who, tag)) {
		model = find_model(ctx, node, tag, &dirs);
		err = model ? join(ctx, node->parent, &dirs, model) :
			      write_tags(ctx, &dirs, tag);
	}
	for (size_t i = 0; i < dirs.n && !err; i++)
		say(ctx, "Tagged %s as %s%s%s.", name_of(dirs.v[i]), tag,
		    model ? ", with the settings of " : "", model ? model : "");
	sl_free(&dirs);
	free(model);
	return err;
}

static int run_untag(struct ctx *ctx, struct node *node, const struct args *args)
{
	struct strlist dirs = { 0 };
	int err = find(ctx, node, arg(&verb_acl_untag, args, "wwn_or_tag"), &dirs);

	if (!err)
		err = write_tags(ctx, &dirs, NULL);
	for (size_t i = 0; i < dirs.n && !err; i++)
		say(ctx, "Untagged %s.", name_of(dirs.v[i]));
	sl_free(&dirs);
	return err;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)args;
	if (!strcmp(name, "wwn_or_tag"))
		complete_children(ctx, node, "", out);
}

const struct verb verb_acl_tag = {
	.name = "tag",
	.kinds = BIT(N_ACLS),
	.help = "Give ACLs a name under which they are shown and changed together",
	.params = {
		{ "wwn_or_tag", "name of the initiator, or the tag that it has", true },
		{ "new_tag", "the tag; if others have it, theirs are the settings of all", true },
	},
	.changes = true,
	.run = run_tag,
	.complete = complete,
};

const struct verb verb_acl_untag = {
	.name = "untag",
	.kinds = BIT(N_ACLS),
	.help = "Take the tag away from ACLs; they stay as they are",
	.params = { { "wwn_or_tag", "name of the initiator, or the tag that it has", true } },
	.changes = true,
	.run = run_untag,
	.complete = complete,
};
