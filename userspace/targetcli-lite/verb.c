// SPDX-License-Identifier: GPL-2.0
/* Find verbs, and lay words out on their parameters. */
#include "verb.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verbs/verbs.h"

const struct verb *const verbs[] = {
	&verb_acl_create,
	&verb_acl_delete,
	&verb_acl_tag,
	&verb_acl_untag,
	&verb_alua_create,
	&verb_alua_delete,
	&verb_apply,
	&verb_block_create,
	&verb_bookmarks,
	&verb_cd,
	&verb_clearconfig,
	&verb_diff,
	&verb_evict,
	&verb_exit,
	&verb_fileio_create,
	&verb_get,
	&verb_help,
	&verb_import,
	&verb_info,
	&verb_ls,
	&verb_lun_create,
	&verb_lun_delete,
	&verb_mapped_lun_create,
	&verb_mapped_lun_delete,
	&verb_monitor,
	&verb_portal_create,
	&verb_portal_delete,
	&verb_portal_iser,
	&verb_portal_offload,
	&verb_pscsi_create,
	&verb_pwd,
	&verb_ramdisk_create,
	&verb_refresh,
	&verb_restoreconfig,
	&verb_saveconfig,
	&verb_sessions,
	&verb_set,
	&verb_so_delete,
	&verb_so_saveconfig,
	&verb_stats,
	&verb_status,
	&verb_target_create,
	&verb_target_delete,
	&verb_top,
	&verb_tpg_create,
	&verb_tpg_delete,
	&verb_tpg_disable,
	&verb_tpg_enable,
	&verb_user_create,
	&verb_version,
};

const size_t nverbs = ARRAY_SIZE(verbs);

static size_t count_params(const struct verb *verb)
{
	size_t n = 0;

	while (n < VERB_MAX_PARAMS && verb->params[n].name)
		n++;
	return n;
}

void verb_syntax(const struct verb *verb, struct strbuf *out)
{
	sb_adds(out, verb->name);
	for (size_t i = 0; i < count_params(verb); i++) {
		const struct param *p = &verb->params[i];

		sb_addf(out, p->required ? " %s" : " [%s]", p->name);
	}
	if (verb->more_pairs)
		sb_adds(out, " [NAME=VALUE...]");
	if (verb->more_words)
		sb_adds(out, " [NAME...]");
}

/* "create" is known, but not here: say where. */
static void where_it_works(const char *name, struct strbuf *out)
{
	for (size_t i = 0; i < nverbs; i++)
		for (int k = 0; k < N_KINDS && !strcmp(verbs[i]->name, name); k++)
			if (verbs[i]->kinds & BIT(k))
				sb_addf(out, "%s%s", out->len ? ", " : "",
					node_kind_name(k));
}

static const char *similar_verb(const struct node *node, const char *name)
{
	size_t best = strlen(name) / 2 + 1;
	const char *found = NULL;

	for (size_t i = 0; i < nverbs; i++) {
		size_t d = edit_distance(name, verbs[i]->name);

		if (verbs[i]->kinds & BIT(node->kind) && d < best) {
			best = d;
			found = verbs[i]->name;
		}
	}
	return found;
}

int verb_find(struct ctx *ctx, const struct node *node, const char *name,
	      const struct verb **out)
{
	struct strbuf where = { 0 };
	struct node *child;
	const char *similar;
	char *path;

	for (size_t i = 0; i < nverbs; i++) {
		*out = verbs[i];
		if (!strcmp(verbs[i]->name, name) && verbs[i]->kinds & BIT(node->kind))
			return 0;
	}
	if (!*name)
		return usage(ctx, "an empty word is no command (help shows what there is)");
	child = node_child(ctx, node, name);
	if (child) {
		node_free(child);
		return usage(ctx, "%s is a node here, not a command; a path has a slash: %s/ ls, or cd %s",
			     name, name, name);
	}
	path = node_path(node);
	similar = similar_verb(node, name);
	where_it_works(name, &where);
	if (where.len)
		usage(ctx, "%s has no command %s; it belongs to: %s", path, name, where.s);
	else
		usage(ctx, "unknown command %s%s%s%s (help shows what there is)", name,
		      similar ? "; did you mean " : "", similar ? similar : "",
		      similar ? "?" : "");
	sb_free(&where);
	free(path);
	return -EINVAL;
}

static int wrong_use(struct ctx *ctx, const struct verb *verb, const char *fmt, ...)
	__printf(3, 4);

static int wrong_use(struct ctx *ctx, const struct verb *verb, const char *fmt, ...)
{
	struct strbuf syntax = { 0 };
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	verb_syntax(verb, &syntax);
	usage(ctx, "%s; use: %s", msg, syntax.s);
	sb_free(&syntax);
	free(msg);
	return -EINVAL;
}

static bool is_name(const char *is, const char *name, size_t len)
{
	return is && strlen(is) == len && !strncmp(is, name, len);
}

static int param_index(const struct verb *verb, const char *name, size_t len)
{
	for (size_t i = 0; i < count_params(verb); i++)
		if (is_name(verb->params[i].name, name, len) ||
		    is_name(verb->params[i].also, name, len))
			return i;
	return -1;
}

/* Length of "name" in "name=value", or 0 when 'word' is no such pair. */
static size_t pair_name_len(const char *word)
{
	size_t n = 0;

	while (isalnum((unsigned char)word[n]) || word[n] == '_')
		n++;
	return word[n] == '=' ? n : 0;
}

static int bind_pair(struct ctx *ctx, const struct verb *verb, const char *word, size_t len,
		     struct args *args)
{
	int i = param_index(verb, word, len);
	char *name;

	if (i >= 0) {
		if (args->value[i])
			return wrong_use(ctx, verb, "%s is given twice", verb->params[i].name);
		args->value[i] = word + len + 1;
		return 0;
	}
	if (!verb->more_pairs)
		return wrong_use(ctx, verb, "%s has no parameter %.*s", verb->name, (int)len,
				 word);
	name = xstrndup(word, len);
	sl_add(&args->names, name);
	sl_add(&args->values, word + len + 1);
	free(name);
	return 0;
}

static int bind_word(struct ctx *ctx, const struct verb *verb, const char *word,
		     struct args *args)
{
	for (size_t i = 0; i < count_params(verb); i++)
		if (!args->value[i]) {
			args->value[i] = word;
			return 0;
		}
	if (!verb->more_words)
		return wrong_use(ctx, verb, "'%s' is one argument too many for %s", word,
				 verb->name);
	sl_add(&args->names, word);
	return 0;
}

/* "--dry-run" is dry_run=true, "--target=x" is target=x. */
static char *option_pair(const char *word)
{
	bool has_value = strchr(word, '=') != NULL;
	char *pair = xasprintf("%s%s", word + 2, has_value ? "" : "=true");

	for (char *p = pair; *p != '='; p++)
		if (*p == '-')
			*p = '_';
	return pair;
}

/* Of one that is no yes or no, "--target x" too: then 'at' goes to the value. */
static int bind_option(struct ctx *ctx, const struct verb *verb, char *const *words, size_t n,
		       size_t *at, struct args *args)
{
	const char *word = words[*at];
	char *pair = option_pair(word);
	size_t len = strcspn(pair, "=");
	int i = param_index(verb, pair, len);

	if (i >= 0 && verb->params[i].type != PT_BOOL && !strchr(word, '=') && *at + 1 < n) {
		char *full = xasprintf("%.*s=%s", (int)len, pair, words[++*at]);

		free(pair);
		pair = full;
	}
	if (i >= 0)
		sl_add(&args->options, pair);
	free(pair);
	if (i < 0)
		return wrong_use(ctx, verb, "%s has no option %s", verb->name, word);
	return bind_pair(ctx, verb, args->options.v[args->options.n - 1], len, args);
}

/* "~/FILE", which no shell sees in "savefile=~/FILE" or in our own shell. */
static void expand_home(const struct verb *verb, struct args *args)
{
	const char *home = getenv("HOME");

	for (size_t i = 0; home && *home && i < count_params(verb); i++) {
		enum param_type type = verb->params[i].type;
		char *full;

		if ((type != PT_FILE && type != PT_DEVICE) || !args->value[i] ||
		    !starts_with(args->value[i], "~/"))
			continue;
		full = xasprintf("%s/%s", home, args->value[i] + 2);
		sl_add(&args->options, full);
		free(full);
		args->value[i] = args->options.v[args->options.n - 1];
	}
}

int args_bind(struct ctx *ctx, const struct verb *verb, char *const *words, size_t n,
	      struct args *args)
{
	int err = 0;

	memset(args, 0, sizeof(*args));
	for (size_t i = 0; i < n && !err; i++) {
		size_t len = pair_name_len(words[i]);

		if (starts_with(words[i], "--") && words[i][2])
			err = bind_option(ctx, verb, words, n, &i, args);
		else if (len)
			err = bind_pair(ctx, verb, words[i], len, args);
		else
			err = bind_word(ctx, verb, words[i], args);
	}
	for (size_t i = 0; i < count_params(verb) && !err; i++)
		if (verb->params[i].required && !args->value[i])
			err = wrong_use(ctx, verb, "%s needs %s", verb->name,
					verb->params[i].name);
	expand_home(verb, args);
	return err;
}

void args_free(struct args *args)
{
	sl_free(&args->names);
	sl_free(&args->values);
	sl_free(&args->options);
}

const char *arg(const struct verb *verb, const struct args *args, const char *name)
{
	int i = param_index(verb, name, strlen(name));

	return i < 0 ? NULL : args->value[i];
}

int arg_bool(struct ctx *ctx, const struct verb *verb, const struct args *args,
	     const char *name, bool def, bool *out)
{
	const char *v = arg(verb, args, name);

	*out = def;
	if (!v || parse_bool(v, out))
		return 0;
	return usage(ctx, "%s=%s: give true or false", name, v);
}
