// SPDX-License-Identifier: GPL-2.0
/* The steps of a plan. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

struct step *plan_add(struct planner *p, enum step_kind kind, char *path, char *dir)
{
	struct plan *plan = p->plan;
	struct step *s;

	if (plan->n == plan->cap) {
		plan->cap = plan->cap ? plan->cap * 2 : 64;
		plan->steps = xrealloc(plan->steps, plan->cap * sizeof(*plan->steps));
	}
	s = &plan->steps[plan->n++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->path = path;
	s->dir = dir;
	return s;
}

struct step *plan_write(struct planner *p, const char *path, const char *dir, const char *attr,
			char *value, const char *old)
{
	const char *slash = strrchr(attr, '/'), *name = slash ? slash + 1 : attr;
	struct step *s = plan_add(p, STEP_WRITE, xasprintf("%s %s", path, name),
				  xasprintf("%s/%s", dir, attr));

	s->value = value;
	s->old = old ? xstrdup(old) : NULL;
	s->secret = strstr(attr, "password") != NULL;
	return s;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct step *s = &plan->steps[i];

		if (s->value)
			explicit_bzero(s->value, strlen(s->value));
		if (s->old)
			explicit_bzero(s->old, strlen(s->old));
		free(s->value);
		free(s->old);
		free(s->path);
		free(s->dir);
	}
	free(plan->steps);
	memset(plan, 0, sizeof(*plan));
}

/* A value as it is shown: on one line, and not when it is secret. */
static const char *shown(const struct step *s, const char *value)
{
	if (s->secret)
		return "********";
	return strcmp(value, "\n") && strcmp(value, "NULL") ? value : "";
}

void step_describe(const struct step *s, struct strbuf *out)
{
	if (s->kind != STEP_WRITE) {
		sb_addf(out, "%s %s", s->kind < STEP_CREATE_SO ? "delete" : "create", s->path);
		return;
	}
	sb_addf(out, "set %s=%s", s->path, shown(s, s->value));
	if (s->old && !s->secret)
		sb_addf(out, " (now %s)", *shown(s, s->old) ? shown(s, s->old) : "empty");
}

json_t *step_json(const struct step *s)
{
	const char *name = strrchr(s->path, ' ');
	json_t *out;

	if (s->kind != STEP_WRITE)
		return json_pack("{s:s, s:s}", "action",
				 s->kind < STEP_CREATE_SO ? "delete" : "create", "path", s->path);
	out = json_pack("{s:s, s:s%, s:s, s:s}", "action", "set", "path", s->path,
			(size_t)(name - s->path), "attribute", name + 1, "value",
			shown(s, s->value));
	if (s->old)
		json_object_set_new(out, "now", json_string(shown(s, s->old)));
	return out;
}
