// SPDX-License-Identifier: GPL-2.0
/* Has a JSON object the form of a saved configuration? Numbers that mean yes or no become that. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"
#include "model.h"
#include "so.h"

struct checker {
	struct ctx *ctx;
	const char *source;	/* file, for messages */
};

struct field {
	const char *name;
	json_type type;
};

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_ARRAY:
		return "a list";
	default:
		return "an object";
	}
}

static int wrong(struct checker *c, const char *where, const char *fmt, ...) __printf(3, 4);

static int wrong(struct checker *c, const char *where, const char *fmt, ...)
{
	va_list ap;
	char *msg;
	int err;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	err = fail_plain(c->ctx, -EINVAL, "%s: %s%s%s; nothing was applied", c->source, where,
			 *where ? ": " : "", msg);
	c->ctx->status = ST_BAD_FILE;
	free(msg);
	return err;
}

/* The fields that an object must have. */
static int need(struct checker *c, const char *where, json_t *obj, const struct field *fields)
{
	if (!json_is_object(obj))
		return wrong(c, where, "must be an object");
	for (; fields->name; fields++) {
		json_t *v = json_object_get(obj, fields->name);

		if (!v)
			return wrong(c, where, "'%s' is missing", fields->name);
		if (json_typeof(v) != fields->type)
			return wrong(c, where, "'%s' must be %s", fields->name,
				     type_name(fields->type));
	}
	return 0;
}

/* An attribute is one line. */
static bool is_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int check_lines(struct checker *c, const char *where, json_t *obj)
{
	const char *name;
	json_t *v;

	json_object_foreach(obj, name, v)
		if (json_is_string(v) && !is_line(json_string_value(v)))
			return wrong(c, where, "'%s' has a control character", name);
	return 0;
}

typedef int (*check_fn)(struct checker *c, const char *where, json_t *obj);

/* Check each element of a list that may be missing. */
static int each(struct checker *c, const char *where, json_t *obj, const char *key, check_fn fn)
{
	json_t *list = json_object_get(obj, key), *e;
	int err = 0;
	size_t i;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return wrong(c, where, "'%s' must be a list", key);
	json_array_foreach(list, i, e) {
		char *here = xasprintf("%s%s%s %zu", where, *where ? ", " : "", key, i);

		err = check_lines(c, here, e);
		if (!err)
			err = fn(c, here, e);
		free(here);
		if (err)
			break;
	}
	return err;
}

/* Two parts become directory names: they must not lead elsewhere. */
static bool is_component(const char *s)
{
	return *s && !strchr(s, '/') && strcmp(s, ".") && strcmp(s, "..");
}

static int check_pairs(struct checker *c, const char *where, json_t *values, const char *key)
{
	const char *name;
	json_t *v;

	json_object_foreach(values, name, v) {
		if (!is_line(name))
			return wrong(c, where, "a name in '%s' has a control character", key);
		if (!is_component(name) || json_is_array(v) || json_is_object(v) ||
		    json_is_real(v))
			return wrong(c, where, "'%s' in '%s' is not a name with a value", name,
				     key);
		if (json_is_string(v) && !is_line(json_string_value(v)))
			return wrong(c, where, "'%s' in '%s' has a control character", name, key);
	}
	return 0;
}

static int check_values(struct checker *c, const char *where, json_t *obj, const char *key)
{
	json_t *values = json_object_get(obj, key);

	if (values && !json_is_object(values))
		return wrong(c, where, "'%s' must be an object", key);
	return check_pairs(c, where, values, key);
}

/*
 * Members that are yes or no, and may be missing or null. Somebody else's file may have
 * numbers for them; what is neither must not be taken for no: it may keep somebody out.
 */
static int check_bools(struct checker *c, const char *where, json_t *obj,
		       const char *const *keys)
{
	for (; *keys; keys++) {
		json_t *v = json_object_get(obj, *keys);

		if (json_is_integer(v))
			json_object_set_new(obj, *keys, json_boolean(json_integer_value(v)));
		else if (v && !json_is_boolean(v) && !json_is_null(v))
			return wrong(c, where, "'%s' must be true or false", *keys);
	}
	return 0;
}

/* Names and secrets: one that is no text would be left out, and let others in. */
static int check_auth(struct checker *c, const char *where, json_t *obj, const char *prefix)
{
	static const char *const keys[] = { "userid", "password", "mutual_userid",
					    "mutual_password" };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !err; i++) {
		char *key = xasprintf("%s_%s", prefix, keys[i]);
		json_t *v = json_object_get(obj, key);

		if (v && !json_is_string(v) && !json_is_null(v))
			err = wrong(c, where, "'%s' must be a string", key);
		free(key);
	}
	return err;
}

static int check_alua(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "name", JSON_STRING },
					       { "tg_pt_gp_id", JSON_INTEGER }, { NULL, 0 } };
	int err = need(c, where, obj, fields);

	if (!err && !is_component(str_of(obj, "name")))
		err = wrong(c, where, "the name is not one");
	return err ? err : check_pairs(c, where, obj, "alua_tpgs");
}

static int check_so(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "name", JSON_STRING },
					       { "plugin", JSON_STRING }, { NULL, 0 } };
	static const struct field dev[] = { { "dev", JSON_STRING }, { NULL, 0 } };
	static const struct field size[] = { { "size", JSON_INTEGER }, { NULL, 0 } };
	static const struct field user[] = { { "size", JSON_INTEGER },
					     { "config", JSON_STRING }, { NULL, 0 } };
	static const char *const bools[] = { "readonly", "exclusive", "write_back", "aio",
					    "nullio", NULL };
	const char *plugin;
	int err = need(c, where, obj, fields);

	if (err)
		return err;
	plugin = str_of(obj, "plugin");
	if (!is_component(plugin))
		return wrong(c, where, "'%s' is not a plugin", plugin);
	if (!so_name_ok(str_of(obj, "name")))
		return wrong(c, where, "'%s' cannot be the name of a storage object",
			     str_of(obj, "name"));
	if (!strcmp(plugin, "block") || !strcmp(plugin, "fileio") || !strcmp(plugin, "pscsi"))
		err = need(c, where, obj, dev);
	else if (!strcmp(plugin, "ramdisk"))
		err = need(c, where, obj, size);
	else if (!strcmp(plugin, "user"))
		err = need(c, where, obj, user);
	if (!err && num_of(obj, "size") < 0)
		err = wrong(c, where, "'size' must not be negative");
	if (!err && json_object_get(obj, "dev") && !*text_of(obj, "dev"))
		err = wrong(c, where, "'dev' is empty");
	if (!err)
		err = check_bools(c, where, obj, bools);
	if (!err)
		err = check_values(c, where, obj, "attributes");
	return err ? err : each(c, where, obj, "alua_tpgs", check_alua);
}

static int check_number(struct checker *c, const char *where, json_t *obj, const char *key,
			int min, int max)
{
	json_int_t v = num_of(obj, key);

	if (v < min || v > max)
		return wrong(c, where, "'%s' must be from %d to %d", key, min, max);
	return 0;
}

static int check_lun(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "index", JSON_INTEGER },
					       { "storage_object", JSON_STRING }, { NULL, 0 } };
	int err = need(c, where, obj, fields);
	const char *alias;

	if (!err)
		err = check_number(c, where, obj, "index", 0, MAX_LUN);
	if (!err && !starts_with(text_of(obj, "storage_object"), "/backstores/"))
		err = wrong(c, where, "'%s' is not the path of a storage object",
			    text_of(obj, "storage_object"));
	alias = str_of(obj, "alias");
	if (!err && alias && !is_component(alias))
		err = wrong(c, where, "the alias is not a name");
	return err;
}

static int check_portal(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "ip_address", JSON_STRING },
					       { "port", JSON_INTEGER }, { NULL, 0 } };
	static const char *const bools[] = { "iser", "offload", NULL };
	int err = need(c, where, obj, fields);
	char *name;

	if (!err)
		err = check_number(c, where, obj, "port", 1, 65535);
	if (!err)
		err = check_bools(c, where, obj, bools);
	if (err)
		return err;
	name = portal_canonical(str_of(obj, "ip_address"), 1);
	if (!name)
		return wrong(c, where, "'%s' is not an address",
			     str_of(obj, "ip_address"));
	free(name);
	return 0;
}

static int check_mapped(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "index", JSON_INTEGER },
					       { "tpg_lun", JSON_INTEGER }, { NULL, 0 } };
	static const char *const bools[] = { "write_protect", NULL };
	int err = need(c, where, obj, fields);
	const char *alias;

	if (!err)
		err = check_number(c, where, obj, "index", 0, MAX_LUN);
	if (!err)
		err = check_number(c, where, obj, "tpg_lun", 0, MAX_LUN);
	if (!err)
		err = check_bools(c, where, obj, bools);
	alias = str_of(obj, "alias");
	if (!err && alias && !is_component(alias))
		err = wrong(c, where, "the alias is not a name");
	return err;
}

static int check_acl(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "node_wwn", JSON_STRING }, { NULL, 0 } };
	int err = need(c, where, obj, fields);

	if (!err && !is_component(str_of(obj, "node_wwn")))
		err = wrong(c, where, "'node_wwn' is not a name");
	if (!err)
		err = check_auth(c, where, obj, "chap");
	if (!err)
		err = check_values(c, where, obj, "attributes");
	return err ? err : each(c, where, obj, "mapped_luns", check_mapped);
}

/* Two of one name: the kernel would refuse the second. */
static int once(struct checker *c, const char *where, json_t *obj, const char *list,
		const char *key)
{
	const char *twice = names_twice(json_object_get(obj, list), key);

	return twice ? wrong(c, where, "'%s' has %s twice (letter case does not count)", list,
			     twice) : 0;
}

static int check_tpg(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "tag", JSON_INTEGER }, { NULL, 0 } };
	static const char *const bools[] = { "enable", NULL };
	int err = need(c, where, obj, fields);

	if (!err)
		err = check_number(c, where, obj, "tag", 0, MAX_TAG);
	if (!err)
		err = check_bools(c, where, obj, bools);
	if (!err)
		err = check_auth(c, where, obj, "chap");
	if (!err)
		err = check_values(c, where, obj, "attributes");
	if (!err)
		err = check_values(c, where, obj, "parameters");
	if (!err)
		err = each(c, where, obj, "luns", check_lun);
	if (!err)
		err = each(c, where, obj, "portals", check_portal);
	if (!err)
		err = each(c, where, obj, "node_acls", check_acl);
	return err ? err : once(c, where, obj, "node_acls", "node_wwn");
}

static int check_target(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "wwn", JSON_STRING },
					       { "fabric", JSON_STRING }, { NULL, 0 } };
	int err = need(c, where, obj, fields);

	if (!err && strcmp(text_of(obj, "fabric"), c->ctx->fabric))
		return 0;	/* none of our business: see foreign.h */
	if (!err && !is_component(str_of(obj, "wwn")))
		err = wrong(c, where, "'wwn' is not a name");
	if (!err)
		err = check_values(c, where, obj, "parameters");
	return err ? err : each(c, where, obj, "tpgs", check_tpg);
}

static int check_fabric(struct checker *c, const char *where, json_t *obj)
{
	static const struct field fields[] = { { "name", JSON_STRING }, { NULL, 0 } };
	static const char *const bools[] = { "discovery_enable_auth", NULL };
	int err = need(c, where, obj, fields);

	if (err || strcmp(str_of(obj, "name"), c->ctx->fabric))
		return err;
	err = check_bools(c, where, obj, bools);
	return err ? err : check_auth(c, where, obj, "discovery");
}

static int check_accounts(struct checker *c, const char *where, json_t *accounts)
{
	const char *user;
	json_t *v;

	if (accounts && !json_is_object(accounts))
		return wrong(c, where, "'accounts' must be an object");
	json_object_foreach(accounts, user, v)
		if (!is_component(user) || !json_is_string(v))
			return wrong(c, where, "'%s' in 'accounts' is not a name with a secret",
				     user);
	return 0;
}

static int check_words(struct checker *c, const char *where, json_t *obj, const char *key)
{
	json_t *list = json_object_get(obj, key), *v;
	size_t i;

	if (list && !json_is_array(list))
		return wrong(c, where, "'%s' must be a list", key);
	json_array_foreach(list, i, v)
		if (!json_is_string(v))
			return wrong(c, where, "'%s' must be a list of strings", key);
	return 0;
}

/* What rtslib's format has no place for. */
static int check_extra(struct checker *c, json_t *config)
{
	static const char *const bools[] = { "accept_logins", NULL };
	json_t *extra = json_object_get(config, "targetcli_lite"), *v;
	const char *iqn;
	int err = 0;

	if (extra && !json_is_object(extra))
		return wrong(c, "", "'targetcli_lite' must be an object");
	json_object_foreach(json_object_get(extra, "targets"), iqn, v) {
		char *where = xasprintf("targetcli_lite, %s", iqn);

		err = check_bools(c, where, v, bools);
		if (!err)
			err = check_words(c, where, v, "allowed_addresses");
		if (!err)
			err = check_words(c, where, v, "allowed_initiators");
		if (!err)
			err = check_number(c, where, v, "busy_poll", 0, MAX_BUSY_POLL);
		if (!err)
			err = check_accounts(c, where, json_object_get(v, "accounts"));
		free(where);
		if (err)
			return err;
	}
	json_object_foreach(json_object_get(extra, "inquiry"), iqn, v)
		if (!err)
			err = check_values(c, "targetcli_lite", json_object_get(extra, "inquiry"),
					   iqn);
	return err;
}

/* Some other JSON file would be a configuration of nothing, and apply would delete all. */
static int check_kind(struct checker *c, json_t *config)
{
	static const char *const keys[] = { "storage_objects", "targets", "fabric_modules",
					    "targetcli_lite" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(config, keys[i]))
			return 0;
	return json_object_size(config) ?
	       wrong(c, "", "this is no saved configuration: it has neither storage_objects nor targets") : 0;
}

int model_check(struct ctx *ctx, json_t *config, const char *source)
{
	struct checker c = { .ctx = ctx, .source = source };
	int err = check_kind(&c, config);

	if (!err)
		err = each(&c, "", config, "storage_objects", check_so);
	if (!err)
		err = each(&c, "", config, "targets", check_target);
	if (!err)
		err = once(&c, "", config, "targets", "wwn");
	if (!err)
		err = check_extra(&c, config);
	return err ? err : each(&c, "", config, "fabric_modules", check_fabric);
}
