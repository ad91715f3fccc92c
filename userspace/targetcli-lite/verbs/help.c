// SPDX-License-Identifier: GPL-2.0
/* help: the commands of a node, or one of them. */
#include <errno.h>
#include <string.h>

#include "verbs.h"

static json_t *params_json(const struct verb *v)
{
	json_t *out = json_array();

	for (size_t i = 0; i < VERB_MAX_PARAMS && v->params[i].name; i++)
		json_array_append_new(out, json_pack("{s:s, s:s, s:b}", "name",
						     v->params[i].name, "help",
						     v->params[i].help, "required",
						     v->params[i].required));
	return out;
}

static int help_verb(struct ctx *ctx, struct node *node, const char *name)
{
	struct strbuf syntax = { 0 };
	const struct verb *v;
	int err = verb_find(ctx, node, name, &v);

	if (err)
		return err;
	verb_syntax(v, &syntax);
	say(ctx, "%s", syntax.s);
	say(ctx, "    %s.", v->help);
	for (size_t i = 0; i < VERB_MAX_PARAMS && v->params[i].name; i++)
		say(ctx, "    %s: %s", v->params[i].name, v->params[i].help);
	answer(ctx, json_pack("{s:s, s:s, s:o}", "name", v->name, "help", v->help, "params",
			      params_json(v)));
	sb_free(&syntax);
	return 0;
}

static int run(struct ctx *ctx, struct node *node, const struct args *args)
{
	const char *topic = arg(&verb_help, args, "topic");
	json_t *out;

	if (topic)
		return help_verb(ctx, node, topic);
	out = json_object();
	say(ctx, "Commands here (help COMMAND says more; man targetcli-lite says all):");
	for (size_t i = 0; i < nverbs; i++)
		if (verbs[i]->kinds & BIT(node->kind)) {
			struct strbuf syntax = { 0 };

			verb_syntax(verbs[i], &syntax);
			say(ctx, "  %s\n        %s", syntax.s, verbs[i]->help);
			json_object_set_new(out, verbs[i]->name, json_string(verbs[i]->help));
			sb_free(&syntax);
		}
	answer(ctx, out);
	return 0;
}

static void complete(struct ctx *ctx, struct node *node, const char *name,
		     const struct args *args, struct strlist *out)
{
	(void)ctx;
	(void)name;
	(void)args;
	for (size_t i = 0; i < nverbs; i++)
		if (verbs[i]->kinds & BIT(node->kind))
			sl_add(out, verbs[i]->name);
}

const struct verb verb_help = {
	.name = "help",
	.kinds = KINDS_ALL,
	.help = "Show the commands of this node",
	.params = { { "topic", "a command", false } },
	.run = run,
	.complete = complete,
};
