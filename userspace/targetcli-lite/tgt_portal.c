// SPDX-License-Identifier: GPL-2.0
/* Portals, which with tgt are not a target's: every target has all of them. */
#include "tgt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"

static void all_live_portals(struct tgt *tgt, struct strlist *out)
{
	struct strlist iqns = { 0 };

	tgt_live(tgt, &iqns);
	for (size_t i = 0; i < iqns.n; i++) {
		char *tpg = tgt_tpg(tgt, iqns.v[i]);
		struct strlist np = { 0 };

		cfs_list(&tgt->ctx->cfs, &np, CFS_DIRS, "%s/np", tpg);
		for (size_t k = 0; k < np.n; k++)
			if (!sl_has(out, np.v[k]))
				sl_add(out, np.v[k]);
		sl_free(&np);
		free(tpg);
	}
	sl_free(&iqns);
}

void tgt_portals(struct tgt *tgt, struct strlist *out)
{
	json_t *list = json_object_get(tgt->state, "portals"), *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (json_is_string(v))
			sl_add(out, json_string_value(v));
	if (!json_is_array(list))
		all_live_portals(tgt, out);
	if (!out->n && !json_is_array(list))
		sl_add(out, "[::]:3260");
}

static void set_portals(struct tgt *tgt, const struct strlist *portals)
{
	json_t *list = json_array();

	for (size_t i = 0; i < portals->n; i++)
		json_array_append_new(list, json_string(portals->v[i]));
	json_object_set_new(tgt->state, "portals", list);
	tgt->dirty = true;
}

/* "ADDRESS[:PORT]" as the kernel writes it. */
static char *portal_of(struct tgt *tgt, const char *text)
{
	const char *bracket = strrchr(text, ']');
	const char *colon = strrchr(bracket ? bracket : text, ':');
	char *address, *name;

	/* ":PORT" is on all addresses */
	address = colon == text ? xstrdup("[::]") :
		  xstrndup(text, colon ? (size_t)(colon - text) : strlen(text));
	name = portal_name(tgt->ctx, address, colon ? colon + 1 : "3260");
	free(address);
	return name;
}

/* One of several parameters; "1" is the portal group that show has after each portal. */
static int take_portal(struct tgt *tgt, const char *param, struct strlist *out)
{
	const char *text = after(param, "portal=");
	char *name;

	if (starts_with(param, "nop_interval=") || starts_with(param, "nop_count=")) {
		warn(tgt->ctx, "%s has no effect: the target asks silent initiators by itself",
		     param);
		return 0;
	}
	if (out->n && !strcmp(param, "1"))
		return 0;
	if (!text || !*text)
		return usage(tgt->ctx, "%s: give portal=ADDRESS:PORT", param);
	name = portal_of(tgt, text);
	if (!name)
		return -EINVAL;
	sl_add(out, name);
	free(name);
	return 0;
}

/* "portal=ADDRESS[:PORT],…" */
static int take_portals(struct tgt *tgt, const char *params, struct strlist *out)
{
	char *list = xstrdup(params), *save = NULL;
	int err = 0;

	for (char *p = strtok_r(list, ",", &save); p && !err; p = strtok_r(NULL, ",", &save))
		err = take_portal(tgt, p, out);
	if (!err && !out->n && !starts_with(params, "nop_"))
		err = usage(tgt->ctx, "%s: give portal=ADDRESS:PORT", params);
	free(list);
	return err;
}

/* Call 'fn' for every target; those before the one that failed are undone. */
static int on_all_targets(struct tgt *tgt, const char *portal,
			  int (*fn)(struct ctx *, const char *, const char *),
			  int (*take_back)(struct ctx *, const char *, const char *))
{
	struct strlist iqns = { 0 }, done = { 0 };
	int err = 0;

	tgt_live(tgt, &iqns);
	for (size_t i = 0; !err && i < iqns.n; i++) {
		char *tpg = tgt_tpg(tgt, iqns.v[i]);

		if (cfs_exists(&tgt->ctx->cfs, "%s/np/%s", tpg, portal) !=
		    (fn == portal_create)) {
			err = fn(tgt->ctx, tpg, portal);
			if (!err)
				sl_add(&done, tpg);
		}
		free(tpg);
	}
	if (err) {
		struct kept_error kept = error_keep(tgt->ctx);

		for (size_t i = done.n; i--;)
			take_back(tgt->ctx, done.v[i], portal);
		error_again(tgt->ctx, kept);
	}
	sl_free(&done);
	sl_free(&iqns);
	return err;
}

static int add_portal(struct tgt *tgt, const char *portal)
{
	struct strlist portals = { 0 };
	int err;

	tgt_portals(tgt, &portals);
	if (sl_has(&portals, portal))
		err = fail_plain(tgt->ctx, -EEXIST, "portal %s exists already", portal);
	else
		err = on_all_targets(tgt, portal, portal_create, portal_delete);
	if (!err) {
		sl_add(&portals, portal);
		set_portals(tgt, &portals);
	}
	sl_free(&portals);
	return err;
}

static int remove_portal(struct tgt *tgt, const char *portal)
{
	struct strlist portals = { 0 }, kept = { 0 };
	int err;

	tgt_portals(tgt, &portals);
	if (!sl_has(&portals, portal))
		err = fail_plain(tgt->ctx, -ENOENT, "there is no portal %s", portal);
	else
		err = on_all_targets(tgt, portal, portal_delete, portal_create);
	for (size_t i = 0; i < portals.n; i++)
		if (strcmp(portals.v[i], portal))
			sl_add(&kept, portals.v[i]);
	if (!err)
		set_portals(tgt, &kept);
	sl_free(&portals);
	sl_free(&kept);
	return err;
}

typedef int (*portal_fn)(struct tgt *tgt, const char *portal);

/* Each of a list, or none. */
static int each_portal(struct tgt *tgt, const char *params, portal_fn fn, portal_fn take_back)
{
	struct strlist portals = { 0 };
	int err = take_portals(tgt, params, &portals);
	size_t n = 0;

	while (!err && n < portals.n)
		err = fn(tgt, portals.v[n++]);
	if (err && n) {
		struct kept_error kept = error_keep(tgt->ctx);

		for (n--; n--;)
			take_back(tgt, portals.v[n]);
		error_again(tgt->ctx, kept);
	}
	sl_free(&portals);
	return err;
}

int tgt_portal_new(struct tgt *tgt, const char *params)
{
	return each_portal(tgt, params, add_portal, remove_portal);
}

int tgt_portal_delete(struct tgt *tgt, const char *params)
{
	return each_portal(tgt, params, remove_portal, add_portal);
}
