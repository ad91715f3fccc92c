// SPDX-License-Identifier: GPL-2.0
/*
 * The letter case of iSCSI names, which does not count (RFC 7143 §4.2.7.2). Here they
 * are in lower case, but the kernel keeps a directory as whoever made it has spelled
 * it, and refuses a second one of the same name.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "plan.h"

const char *names_twice(json_t *list, const char *key)
{
	json_t *seen = json_object(), *e;
	const char *twice = NULL;
	size_t i;

	json_array_foreach(list, i, e) {
		char *name = lower(xstrdup(text_of(e, key)));
		char *full = xasprintf("%s/%s", text_of(e, "fabric"), name);

		if (json_object_get(seen, full))
			twice = text_of(e, key);
		json_object_set_new(seen, full, json_true());
		free(full);
		free(name);
	}
	json_decref(seen);
	return twice;
}

/* How the names of a list are spelled, by their lower case. */
static json_t *spelling_of(json_t *list, const char *key)
{
	json_t *out = json_object(), *e;
	size_t i;

	json_array_foreach(list, i, e) {
		char *name = lower(xstrdup(text_of(e, key)));

		json_object_set(out, name, json_object_get(e, key));
		free(name);
	}
	return out;
}

/* A name as it is spelled, or else in lower case. */
static json_t *spelled(json_t *spelling, const char *as)
{
	char *name = lower(xstrdup(as));
	json_t *is = json_object_get(spelling, name);
	json_t *out = is ? json_incref(is) : json_string(name);

	free(name);
	return out;
}

static void spell_list(json_t *list, json_t *spelling, const char *key)
{
	json_t *e;
	size_t i;

	json_array_foreach(list, i, e)
		json_object_set_new(e, key, spelled(spelling, text_of(e, key)));
}

static void spell_keys(json_t *obj, const char *key, json_t *spelling)
{
	json_t *old = json_object_get(obj, key), *new, *v;
	const char *name;

	if (!old)
		return;
	new = json_object();
	json_object_foreach(old, name, v) {
		json_t *as = spelled(spelling, name);

		json_object_set(new, json_string_value(as), v);
		json_decref(as);
	}
	json_object_set_new(obj, key, new);
}

static void spell_acls(json_t *target, json_t *live)
{
	json_t *tpg, *spelling;
	size_t i;

	json_array_foreach(json_object_get(target, "tpgs"), i, tpg) {
		json_t *is = same_in(json_object_get(live, "tpgs"), tpg, "tag");

		spelling = spelling_of(json_object_get(is, "node_acls"), "node_wwn");
		spell_list(json_object_get(tpg, "node_acls"), spelling, "node_wwn");
		json_decref(spelling);
	}
}

void names_spell(json_t *config, json_t *live)
{
	json_t *targets = json_object_get(config, "targets"), *target;
	json_t *live_targets = json_object_get(live, "targets");
	json_t *spelling = spelling_of(live_targets, "wwn");
	size_t i;

	spell_list(targets, spelling, "wwn");
	spell_keys(json_object_get(config, "targetcli_lite"), "targets", spelling);
	json_decref(spelling);
	json_array_foreach(targets, i, target)
		spell_acls(target, same_in(live_targets, target, "wwn"));
}
