/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A verb does one thing to one kind of node. Each has a file of its own in
 * verbs/ that exports one const struct verb; personalities translate a
 * language into verbs and never touch the tree themselves.
 */
#ifndef TL_VERB_H
#define TL_VERB_H

#include "node.h"

struct verb;

/* What a value is, for completion. */
enum param_type {
	PT_TEXT,
	PT_BOOL,	/* true or false */
	PT_FILE,	/* a file or device */
	PT_DEVICE,	/* the absolute path of one, among other things */
	PT_PATH,	/* a node's path */
};

struct param {
	const char *name;
	const char *help;
	bool required;
	enum param_type type;
	const char *also;	/* another name that is understood, or NULL */
};

#define VERB_MAX_PARAMS 8

struct args {
	const char *value[VERB_MAX_PARAMS];	/* by place of the parameter */
	struct strlist names;	/* further words, or names of further pairs */
	struct strlist values;	/* values of further pairs */
	struct strlist options;	/* "--name" as "name=true"; values that were expanded */
};

struct verb {
	const char *name;
	unsigned int kinds;	/* BIT(enum node_kind) of the nodes it applies to */
	const char *help;	/* one line */
	struct param params[VERB_MAX_PARAMS];
	bool more_words;	/* takes any number of further words */
	bool more_pairs;	/* takes any name=value */
	bool changes;		/* needs the lock */
	int (*run)(struct ctx *ctx, struct node *node, const struct args *args);
	/* Add values of parameter 'name' to 'out'; NULL: nothing to offer. */
	void (*complete)(struct ctx *ctx, struct node *node, const char *name,
			 const struct args *args, struct strlist *out);
};

extern const struct verb *const verbs[];
extern const size_t nverbs;

/* The verb 'name' of this kind of node, or an error that says what there is. */
int verb_find(struct ctx *ctx, const struct node *node, const char *name,
	      const struct verb **out);
/* Lay words out on the parameters of a verb. */
int args_bind(struct ctx *ctx, const struct verb *verb, char *const *words, size_t n,
	      struct args *args);
void args_free(struct args *args);
/* Value of a parameter, or NULL. */
const char *arg(const struct verb *verb, const struct args *args, const char *name);
/* A parameter that is a yes or no. */
int arg_bool(struct ctx *ctx, const struct verb *verb, const struct args *args,
	     const char *name, bool def, bool *out);
/* "create name= dev= [readonly=]" */
void verb_syntax(const struct verb *verb, struct strbuf *out);

#endif
