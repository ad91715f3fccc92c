// SPDX-License-Identifier: GPL-2.0
/*
 * Make C tables of configfs-schema/schema.json. Runs at build time:
 *	gen-schema schema.json > schema_data.c
 * A word that is not known stops the build: the schema is part of the source.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const char *value)
{
	fprintf(stderr, "gen-schema: %s: %s\n", what, value ? value : "(missing)");
	exit(1);
}

static void print_string(const char *field, const char *s)
{
	if (!s)
		return;
	printf(" .%s = \"", field);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	printf("\",");
}

static const char *string_of(json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

static void print_flag(json_t *obj, const char *key, const char *field)
{
	if (json_is_true(json_object_get(obj, key)))
		printf(" .%s = true,", field);
}

static const char *type_of(const char *s)
{
	static const char *const names[][2] = {
		{ "bool", "T_BOOL" }, { "uint", "T_UINT" }, { "int", "T_INT" },
		{ "yesno", "T_YESNO" }, { "string", "T_STRING" }, { "secret", "T_SECRET" },
		{ "text", "T_TEXT" }, { "digests", "T_DIGESTS" },
		{ "authmethods", "T_AUTHMETHODS" },
	};

	for (size_t i = 0; s && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(s, names[i][0]))
			return names[i][1];
	die("unknown type", s);
	return NULL;
}

static const char *access_of(const char *s)
{
	if (!s || !strcmp(s, "rw"))
		return "A_RW";
	if (!strcmp(s, "ro"))
		return "A_RO";
	if (!strcmp(s, "wo"))
		return "A_WO";
	die("unknown access", s);
	return NULL;
}

static void print_limit(json_t *attr, const char *key)
{
	json_t *v = json_object_get(attr, key);

	if (v)
		printf(" .has_%s = true, .%s = %lldLL,", key, key,
		       (long long)json_integer_value(v));
}

static void print_values(json_t *values)
{
	size_t i;
	json_t *v;

	if (!values)
		return;
	printf(" .values = (const char *const[]){");
	json_array_foreach(values, i, v)
		printf(" \"%s\",", json_string_value(v));
	printf(" NULL },");
}

static void print_attr(json_t *attr)
{
	printf("\t{");
	print_string("name", string_of(attr, "name"));
	printf(" .type = %s,", type_of(string_of(attr, "type")));
	printf(" .access = %s,", access_of(string_of(attr, "access")));
	print_limit(attr, "min");
	print_limit(attr, "max");
	print_flag(attr, "zero", "zero");
	print_flag(attr, "optional", "optional");
	print_values(json_object_get(attr, "values"));
	print_string("def", string_of(attr, "default"));
	print_string("unit", string_of(attr, "unit"));
	print_string("when", string_of(attr, "when"));
	print_string("since", string_of(attr, "since"));
	print_string("help", string_of(attr, "help"));
	printf(" },\n");
}

static void print_attrs(json_t *node)
{
	json_t *attrs = json_object_get(node, "attributes"), *attr;
	size_t i;

	if (!json_array_size(attrs))
		return;
	printf("static const struct schema_attr attrs_%s[] = {\n", string_of(node, "id"));
	json_array_foreach(attrs, i, attr)
		print_attr(attr);
	printf("};\n\n");
}

static void print_node(json_t *node)
{
	const char *made = string_of(node, "made"), *id = string_of(node, "id");

	if (!id)
		die("node without", "id");
	printf("\t{");
	print_string("id", id);
	print_string("path", string_of(node, "path"));
	if (made && !strcmp(made, "mkdir"))
		printf(" .mkdir = true,");
	print_flag(node, "optional", "optional");
	print_flag(node, "opaque", "opaque");
	print_string("link", string_of(node, "link"));
	print_string("since", string_of(node, "since"));
	print_string("help", string_of(node, "help"));
	if (json_array_size(json_object_get(node, "attributes")))
		printf(" .attrs = attrs_%s, .nattrs = %zu,", id,
		       json_array_size(json_object_get(node, "attributes")));
	printf(" },\n");
}

int main(int argc, char **argv)
{
	json_t *root, *nodes, *node;
	json_error_t err;
	size_t i;

	if (argc != 2)
		die("usage", "gen-schema SCHEMA");
	root = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &err);
	if (!root) {
		fprintf(stderr, "%s:%d:%d: %s\n", argv[1], err.line, err.column, err.text);
		return 1;
	}
	nodes = json_object_get(root, "nodes");
	printf("/* Made by gen-schema of schema.json. */\n#include \"schema.h\"\n\n");
	json_array_foreach(nodes, i, node)
		print_attrs(node);
	printf("const struct schema_node schema_nodes[] = {\n");
	json_array_foreach(nodes, i, node)
		print_node(node);
	printf("};\n\nconst size_t schema_nnodes = %zu;\n", json_array_size(nodes));
	json_decref(root);
	return fflush(stdout) ? 1 : 0;
}
