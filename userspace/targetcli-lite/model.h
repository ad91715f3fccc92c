/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole configuration as JSON, in the format of rtslib's saveconfig.json:
 * dump reads it from the tree, plan compares a wanted one with the live one and
 * makes a list of steps, apply takes the steps.
 */
#ifndef TL_MODEL_H
#define TL_MODEL_H

#include "ctx.h"

/* The live configuration. */
int model_dump(struct ctx *ctx, json_t **out);
/* One storage object or portal group of it. */
json_t *dump_so(struct ctx *ctx, const char *dir);
json_t *dump_tpg(struct ctx *ctx, const char *dir);
json_t *dump_acl(struct ctx *ctx, const char *dir);
/* What rtslib's format has no place for (extra.c); an empty object when nothing. */
json_t *dump_extra(struct ctx *ctx);

/* Check that 'config' has the form of a saved configuration. */
int model_check(struct ctx *ctx, json_t *config, const char *source);

enum step_kind {
	STEP_DELETE_TARGET,
	STEP_DELETE_TPG,
	STEP_DELETE_LUN,
	STEP_DELETE_PORTAL,
	STEP_DELETE_ACL,
	STEP_DELETE_MAPPED_LUN,
	STEP_DELETE_SO,
	STEP_DELETE_ALUA,
	STEP_DELETE_ACCOUNT,
	STEP_CREATE_SO,
	STEP_CREATE_ALUA,
	STEP_CREATE_TARGET,
	STEP_CREATE_ACCOUNT,
	STEP_CREATE_TPG,
	STEP_CREATE_LUN,
	STEP_CREATE_PORTAL,
	STEP_CREATE_ACL,
	STEP_CREATE_MAPPED_LUN,
	STEP_WRITE,
};

struct step {
	enum step_kind kind;
	char *path;		/* of the object, as shown */
	char *dir;		/* of the object or attribute, or of its parent */
	char *value;		/* to be written, or the name of what is created */
	bool secret;		/* the value must not be shown */
	json_t *spec;		/* what is created; borrowed from the wanted configuration */
};

struct plan {
	struct step *steps;
	size_t n;
	size_t cap;
};

/*
 * What leads from 'live' to 'wanted'. With 'exact', what is not wanted is
 * deleted; without, it is left alone, and a storage object that would have to
 * be made anew is an error, since others may use it. The plan points into
 * 'wanted'.
 */
int plan_make(struct ctx *ctx, json_t *live, json_t *wanted, bool exact,
	      struct plan *plan);
void plan_free(struct plan *plan);
/* "create /iscsi/…", for people. */
void step_describe(const struct step *step, struct strbuf *out);

/*
 * Take the steps of a plan. The first that fails stops it and its error is
 * kept; with 'go_on' all are taken, and errors are added to 'errors' as text.
 * So is in any case what was skipped because this kernel does not have it.
 */
int plan_run(struct ctx *ctx, const struct plan *plan, bool go_on, struct strlist *errors);

/* Make the live tree 'wanted', or leave it as it was when that fails. */
int model_apply(struct ctx *ctx, json_t *wanted, bool exact, bool go_on,
		struct strlist *errors);

#endif
