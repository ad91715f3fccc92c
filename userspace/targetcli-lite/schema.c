// SPDX-License-Identifier: GPL-2.0
/* Look things up in the embedded schema, and check values against it. */
#include "schema.h"

#include <string.h>

const struct schema_node *schema_find(const char *id)
{
	for (size_t i = 0; i < schema_nnodes; i++)
		if (!strcmp(schema_nodes[i].id, id))
			return &schema_nodes[i];
	return NULL;
}

const struct schema_attr *schema_attr(const struct schema_node *node, const char *name)
{
	for (size_t i = 0; i < node->nattrs; i++)
		if (!strcmp(node->attrs[i].name, name))
			return &node->attrs[i];
	return NULL;
}

/* Does one component match "literal", "{any}" or "prefix_{any}"? */
static bool component_matches(const char *pat, size_t plen, const char *s, size_t slen)
{
	const char *brace = memchr(pat, '{', plen);
	size_t fixed = brace ? (size_t)(brace - pat) : plen;

	if (!brace)
		return plen == slen && !memcmp(pat, s, plen);
	return slen > fixed && !memcmp(pat, s, fixed);
}

static bool path_matches(const char *pat, const char *path)
{
	for (;;) {
		size_t plen = strcspn(pat, "/"), slen = strcspn(path, "/");

		if (!component_matches(pat, plen, path, slen))
			return false;
		pat += plen;
		path += slen;
		if (!*pat || !*path)
			return !*pat && !*path;
		pat++;
		path++;
	}
}

/* Fewer placeholders win: "alua" is no name of a backstore. */
static size_t placeholders(const char *pat)
{
	size_t n = 0;

	for (; *pat; pat++)
		n += *pat == '{';
	return n;
}

const struct schema_node *schema_match(const char *path)
{
	const struct schema_node *best = NULL;

	for (size_t i = 0; i < schema_nnodes; i++) {
		const struct schema_node *n = &schema_nodes[i];

		if (path_matches(n->path, path) &&
		    (!best || placeholders(n->path) < placeholders(best->path)))
			best = n;
	}
	return best;
}

static void expects_number(const struct schema_attr *attr, struct strbuf *out)
{
	sb_adds(out, "a number");
	if (attr->has_min && attr->has_max)
		sb_addf(out, " from %lld to %lld", attr->min, attr->max);
	else if (attr->has_min)
		sb_addf(out, " not below %lld", attr->min);
	else if (attr->has_max)
		sb_addf(out, " not above %lld", attr->max);
	if (attr->zero)
		sb_adds(out, ", or 0");
	if (attr->unit)
		sb_addf(out, " (%s)", attr->unit);
}

static void expects_values(const struct schema_attr *attr, struct strbuf *out)
{
	sb_adds(out, "one of ");
	for (size_t i = 0; attr->values[i]; i++)
		sb_addf(out, "%s%s", i ? ", " : "", attr->values[i]);
}

void schema_expects(const struct schema_attr *attr, struct strbuf *out)
{
	if (attr->values) {
		expects_values(attr, out);
		return;
	}
	switch (attr->type) {
	case T_BOOL:
		sb_adds(out, "0 or 1");
		break;
	case T_UINT:
	case T_INT:
		expects_number(attr, out);
		break;
	case T_YESNO:
		sb_adds(out, "Yes or No");
		break;
	case T_DIGESTS:
		sb_adds(out, "a list of CRC32C and None, separated by a comma");
		break;
	case T_AUTHMETHODS:
		sb_adds(out, "a list of CHAP and None, separated by a comma");
		break;
	default:
		sb_adds(out, "a string");
		if (attr->has_max)
			sb_addf(out, " of at most %lld bytes", attr->max);
	}
}

static bool valid_uint(const struct schema_attr *attr, const char *value)
{
	uint64_t v;

	if (!parse_uint(value, INT64_MAX, &v))
		return false;
	if (attr->zero && !v)
		return true;
	return !(attr->has_min && (long long)v < attr->min) &&
	       !(attr->has_max && (long long)v > attr->max);
}

static bool valid_int(const struct schema_attr *attr, const char *value)
{
	int64_t v;

	return parse_int(value, &v) && !(attr->has_min && v < attr->min) &&
	       !(attr->has_max && v > attr->max);
}

/* A comma-separated list of one or both of two words, none twice. */
static bool valid_list(const char *value, const char *a, const char *b)
{
	size_t seen_a = 0, seen_b = 0;

	for (;;) {
		size_t n = strcspn(value, ",");

		if (n == strlen(a) && !memcmp(value, a, n))
			seen_a++;
		else if (n == strlen(b) && !memcmp(value, b, n))
			seen_b++;
		else
			return false;
		if (!value[n])
			return seen_a < 2 && seen_b < 2;
		value += n + 1;
	}
}

static bool valid_value(const struct schema_attr *attr, const char *value)
{
	for (size_t i = 0; attr->values[i]; i++)
		if (!strcmp(attr->values[i], value))
			return true;
	return false;
}

bool schema_valid(const struct schema_attr *attr, const char *value)
{
	if (attr->values)
		return valid_value(attr, value);
	switch (attr->type) {
	case T_BOOL:
		return !strcmp(value, "0") || !strcmp(value, "1");
	case T_UINT:
		return valid_uint(attr, value);
	case T_INT:
		return valid_int(attr, value);
	case T_YESNO:
		return !strcmp(value, "Yes") || !strcmp(value, "No");
	case T_DIGESTS:
		return valid_list(value, "CRC32C", "None");
	case T_AUTHMETHODS:
		return valid_list(value, "CHAP", "None");
	default:
		return !attr->has_max || strlen(value) <= (size_t)attr->max;
	}
}
