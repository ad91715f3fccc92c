/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole configuration as JSON, in the format of rtslib's saveconfig.json:
 * dump reads it from the tree, plan compares a wanted one with the live one and
 * makes a list of steps, apply takes the steps.
 */
#ifndef TL_MODEL_H
#define TL_MODEL_H

#include "ctx.h"

/* The live configuration, whole, or an error. */
int model_dump(struct ctx *ctx, json_t **out);
/* One storage object or portal group of it. */
json_t *dump_so(struct ctx *ctx, const char *dir);
json_t *dump_tpg(struct ctx *ctx, const char *dir);
json_t *dump_acl(struct ctx *ctx, const char *dir);
/* 'name' in the directory 'dir', or NULL. */
json_t *dump_lun(struct ctx *ctx, const char *dir, const char *name);
json_t *dump_portal(struct ctx *ctx, const char *dir, const char *name);
json_t *dump_mapped_lun(struct ctx *ctx, const char *dir, const char *name);
/* The ALUA group 'name' of a storage object. */
json_t *dump_alua(struct ctx *ctx, const char *so, const char *name);
/*
 * What rtslib's format has no place for (extra.c): of targets, an empty object
 * when nothing; of a storage object, NULL.
 */
json_t *dump_extra(struct ctx *ctx);
struct plugin;
json_t *dump_inquiry(struct ctx *ctx, const struct plugin *plugin, const char *dir, bool alias);
/* A value of an ALUA group as it is written: the kernel shows words for numbers. */
json_t *alua_value(const char *name, const char *s);

/* Check that 'config' has the form of a saved configuration. */
int model_check(struct ctx *ctx, json_t *config, const char *source);

/*
 * A name that a list of targets or ACLs has twice, for one fabric and letter case
 * aside, or NULL. 'key' is that of the names.
 */
const char *names_twice(json_t *list, const char *key);
/*
 * Spell the names of targets and ACLs as 'live' does, or where it has none such in lower
 * case.
 */
void names_spell(json_t *config, json_t *live);

enum step_kind {
	STEP_DELETE_TARGET,
	STEP_DELETE_TPG,
	STEP_DELETE_LUN,
	STEP_DELETE_PORTAL,
	STEP_DELETE_ACL,
	STEP_DELETE_MAPPED_LUN,
	STEP_DELETE_SO,
	STEP_DELETE_HBA,
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
	char *old;		/* what is there now, when that is known */
	bool secret;		/* the value must not be shown */
	bool is_default;	/* a new object has that value, unless the kernel is another */
	bool absent;		/* the object is there, and this kernel has no such attribute */
	json_t *spec;		/* what is created; borrowed from the wanted configuration */
};

struct plan {
	struct step *steps;
	size_t n;
	size_t cap;
};

/* How to plan and to go on. */
enum apply_flags {
	APPLY_EXACT = BIT(0),	/* delete what is not wanted; without, leave it alone */
	APPLY_REMAKE = BIT(1),	/* make storage objects that differ anew; without, an error */
	APPLY_GO_ON = BIT(2),	/* take the other steps after one failed; undo nothing */
	APPLY_SHORT_SECRETS = BIT(3), /* take secrets below the kernel module's limit, too */
	APPLY_LEFTOVERS = BIT(4), /* delete storage objects that were never finished, too */
};

/* A part of a configuration; members that are NULL do not restrict it. */
struct scope {
	const char *target;	/* this target, with the storage objects of its LUNs */
	const char *so;		/* storage objects of this name */
};

/*
 * What leads from 'live' to 'wanted' (APPLY_GO_ON does not count). The
 * plan points into 'wanted'.
 */
int plan_make(struct ctx *ctx, json_t *live, json_t *wanted, unsigned int flags,
	      struct plan *plan);
void plan_free(struct plan *plan);
/* "create /iscsi/…", for people. */
void step_describe(const struct step *step, struct strbuf *out);
/* The same for programs. */
json_t *step_json(const struct step *step);

/* Cut a wanted configuration down to a scope; an error when it has no such part. */
int scope_wanted(struct ctx *ctx, json_t *wanted, const struct scope *scope,
		 const char *source);

/*
 * The live configuration, cut down to what a scope's wanted one is about, and
 * the plan that leads from there. 'live' is the caller's to release.
 */
int model_plan(struct ctx *ctx, json_t *wanted, const struct scope *scope,
	       unsigned int flags, json_t **live, struct plan *plan);

/*
 * An error when a plan would write a secret that is shorter than the kernel
 * module takes, and nobody has allowed that.
 */
int model_short_secrets(struct ctx *ctx, json_t *wanted, unsigned int flags,
			const struct plan *plan);

struct apply_result {
	struct strlist errors;	/* of single steps, as text */
	size_t steps;		/* that the plan had */
	bool undone;		/* it failed, and all is as it was */
};

/*
 * Make the live tree 'wanted', or leave it as it was when that fails. 'scope'
 * may be NULL. The caller frees result->errors.
 */
int model_apply(struct ctx *ctx, json_t *wanted, const struct scope *scope,
		unsigned int flags, struct apply_result *result);

#endif
