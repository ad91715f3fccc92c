// SPDX-License-Identifier: GPL-2.0
/* Numbers, key=value data, names and lists: kmod/text.c */
#include <stdlib.h>

#include "tap.h"
#include "text.h"

static const struct number_case {
	const char *text;
	int ret;
	u64 value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "1", 0, 1 },
	{ "262144", 0, 262144 },
	{ "18446744073709551615", 0, ~0ULL },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "18446744073709551620", -ERANGE, 0 },
	{ "184467440737095516150", -ERANGE, 0 },
	{ "99999999999999999999999999", -ERANGE, 0 },
	{ "0x0", 0, 0 },
	{ "0x10", 0, 16 },
	{ "0X1f", 0, 31 },
	{ "0xDeadBeef", 0, 0xdeadbeef },
	{ "0xffffffffffffffff", 0, ~0ULL },
	{ "0x0000000000000000000000001", 0, 1 },
	{ "0x10000000000000000", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "x", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "01", -EINVAL, 0 },
	{ "00", -EINVAL, 0 },
	{ "1a", -EINVAL, 0 },
	{ "0xg", -EINVAL, 0 },
	{ "1.5", -EINVAL, 0 },
	{ "1,2", -EINVAL, 0 },
};

static void test_numbers(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct number_case *c = &numbers[i];
		u64 value = 0;

		is_long(ti_text_number(c->text, strlen(c->text), &value),
			c->ret);
		check(value == c->value);
		ok(true, "number \"%s\"", c->text);
	}
}

static void test_limits(void)
{
	u32 v = 7;

	is_long(ti_text_u32("512", 3, 512, 1024, &v), 0);
	is_long(v, 512);
	is_long(ti_text_u32("1024", 4, 512, 1024, &v), 0);
	is_long(v, 1024);
	is_long(ti_text_u32("511", 3, 512, 1024, &v), -ERANGE);
	is_long(ti_text_u32("1025", 4, 512, 1024, &v), -ERANGE);
	/* 2^32 + 512 must not wrap */
	is_long(ti_text_u32("4294967808", 10, 512, 1024, &v), -ERANGE);
	is_long(v, 1024);
	ok(true, "limits of 32-bit numbers");
}

static void test_bool(void)
{
	static const char * const bad[] = { "", "yes", "YES", "no", "Y", "Yes ",
					    "1", "None", "NoYes" };
	bool v = false;
	size_t i;

	is_long(ti_text_bool("Yes", 3, &v), 0);
	check(v);
	is_long(ti_text_bool("No", 2, &v), 0);
	check(!v);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		is_long(ti_text_bool(bad[i], strlen(bad[i]), &v), -EINVAL);
	ok(true, "booleans are Yes and No");
}

/* ---- Reader ---- */

#define TEXT(s)		s, sizeof(s) - 1

#define K63 "Kaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct text_case {
	const char *name;
	const char *data;
	size_t len;
	int ret;
} texts[] = {
	{ "nothing", TEXT(""), 0 },
	{ "one pair", TEXT("A=b\0"), 0 },
	{ "two pairs", TEXT("A=b\0C=d\0"), 0 },
	{ "empty value", TEXT("SendTargets=\0"), 0 },
	{ "value with =", TEXT("A=b=c\0"), 0 },
	{ "key of 63 bytes", TEXT(K63 "=1\0"), 0 },
	{ "all key characters", TEXT("aZ0.-+@_=1\0X#a=1\0"), 0 },
	{ "UTF-8 value", TEXT("InitiatorAlias=z\xc3\xbcrich\0"), 0 },
	{ "same key, other case", TEXT("Key=1\0key=1\0"), 0 },
	{ "no final NUL", TEXT("A=b"), -EINVAL },
	{ "second pair has no NUL", TEXT("A=b\0C=d"), -EINVAL },
	{ "no =", TEXT("A\0"), -EINVAL },
	{ "= only in the next pair", TEXT("A\0B=c\0"), -EINVAL },
	{ "empty key", TEXT("=b\0"), -EINVAL },
	{ "nothing but NULs", TEXT("\0\0"), 0 },
	{ "several NULs at the end", TEXT("A=b\0\0\0"), 0 },
	{ "several NULs between", TEXT("A=b\0\0\0C=d\0"), 0 },
	{ "a key twice, several NULs between", TEXT("A=b\0\0\0A=b\0"), -EPROTO },
	{ "key of 64 bytes", TEXT(K63 "a=1\0"), -EINVAL },
	{ "key begins with a digit", TEXT("1A=b\0"), -EINVAL },
	{ "key begins with a dot", TEXT(".A=b\0"), -EINVAL },
	{ "space in key", TEXT("A B=c\0"), -EINVAL },
	{ "comma in key", TEXT("A,B=c\0"), -EINVAL },
	{ "control character in key", TEXT("A\x01=c\0"), -EINVAL },
	{ "high byte in key", TEXT("A\xff=c\0"), -EINVAL },
	{ "newline in value", TEXT("A=b\n\0"), -EINVAL },
	{ "DEL in value", TEXT("A=b\x7f\0"), -EINVAL },
	{ "a key twice", TEXT("A=b\0A=b\0"), -EPROTO },
	{ "a key twice, another between", TEXT("A=b\0B=b\0A=c\0"), -EPROTO },
};

/* Exactly as long as the text, so that a byte too far is seen by ASan. */
static void *exact(const void *data, size_t len)
{
	void *p = malloc(len);

	return len ? memcpy(p, data, len) : p;
}

static void test_texts(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct text_case *c = &texts[i];
		void *p = exact(c->data, c->len);

		is_long(ti_text_check(p, c->len), c->ret);
		free(p);
		ok(true, "text: %s", c->name);
	}
	is_long(ti_text_check(NULL, 0), 0);
	ok(true, "text: no buffer at all");
}

static void test_pairs(void)
{
	static const char text[] = "A=b\0Longer=value=x\0E=\0";
	struct ti_text_iter it;
	struct ti_text_pair p;

	ti_text_iter_init(&it, text, sizeof(text) - 1);
	is_long(ti_text_next(&it, &p), 1);
	check(p.key_len == 1 && p.value_len == 1);
	is_str(p.value, "b");
	is_long(ti_text_next(&it, &p), 1);
	check(ti_text_is(p.key, p.key_len, "Longer"));
	is_str(p.value, "value=x");
	is_long(p.value_len, 7);
	is_long(ti_text_next(&it, &p), 1);
	check(ti_text_is(p.key, p.key_len, "E"));
	is_long(p.value_len, 0);
	is_long(ti_text_next(&it, &p), 0);
	is_long(ti_text_next(&it, &p), 0);
	ok(true, "pairs come out one by one");
}

static void test_text_bounds(void)
{
	char *buf = calloc(1, TI_TEXT_MAX + 1);
	size_t len = 0;
	int i;

	for (i = 0; i < TI_TEXT_KEYS_MAX; i++)
		len += sprintf(buf + len, "K%d=1", i) + 1;
	is_long(ti_text_check(buf, len), 0);
	len += sprintf(buf + len, "Last=1") + 1;
	is_long(ti_text_check(buf, len), -EINVAL);
	ok(true, "at most %d keys", TI_TEXT_KEYS_MAX);

	memset(buf, 'v', TI_TEXT_MAX);
	memcpy(buf, "K=", 2);
	buf[TI_TEXT_MAX - 1] = '\0';
	is_long(ti_text_check(buf, TI_TEXT_MAX), 0);
	buf[TI_TEXT_MAX - 1] = 'v';
	buf[TI_TEXT_MAX] = '\0';
	is_long(ti_text_check(buf, TI_TEXT_MAX + 1), -EINVAL);
	ok(true, "at most %d bytes", TI_TEXT_MAX);
	free(buf);
}

/* ---- Writer ---- */

static void test_writer(void)
{
	struct ti_text_out out;
	char *buf = malloc(16);

	ti_text_out_init(&out, buf, 16);
	is_long(ti_text_add(&out, "A", "bc"), 0);
	is_long(ti_text_add_u32(&out, "N", 4294967295U), -ENOSPC);
	is_long(out.len, 5);
	is_long(ti_text_add_u32(&out, "N", 42949672), 0);
	is_long(out.len, 16);
	check(!memcmp(buf, "A=bc\0N=42949672", 16));
	is_long(ti_text_add(&out, "", ""), -ENOSPC);
	is_long(out.len, 16);
	ok(true, "writer: fills its buffer to the last byte and no further");

	ti_text_out_init(&out, buf, 0);
	is_long(ti_text_add(&out, "A", ""), -ENOSPC);
	is_long(ti_text_put(&out, ""), -ENOSPC);
	ok(true, "writer: no buffer");

	ti_text_out_init(&out, buf, 8);
	is_long(ti_text_put(&out, "abc"), 0);
	is_long(ti_text_put_u32(&out, 1234), 0);
	is_str(buf, "abc1234");
	is_long(ti_text_put(&out, "x"), -ENOSPC);
	is_str(buf, "abc1234");
	ok(true, "writer: single strings");
	free(buf);
}

static void test_decimal(void)
{
	static const struct { u32 v; const char *text; } cases[] = {
		{ 0, "0" }, { 9, "9" }, { 10, "10" }, { 65535, "65535" },
		{ 16777215, "16777215" }, { 4294967295U, "4294967295" },
	};
	struct ti_text_out out;
	char buf[11];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ti_text_out_init(&out, buf, sizeof(buf));
		is_long(ti_text_put_u32(&out, cases[i].v), 0);
		is_str(buf, cases[i].text);
	}
	ok(true, "writer: decimal numbers");
}

/* ---- Names ---- */

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X219 X50 X50 X50 X50 "xxxxxxxxxxxxxxxxxxx"

static const struct name_case {
	const char *name;
	const char *normal;	/* NULL: refused */
} names[] = {
	{ "iqn.2003-01.org.linux-iscsi:disk", "iqn.2003-01.org.linux-iscsi:disk" },
	{ "IQN.2003-01.Org.Linux", "iqn.2003-01.org.linux" },
	{ "iqn.1993-08.org.debian:01:a_b", "iqn.1993-08.org.debian:01:a_b" },
	{ "iqn.z\xc3\xbcrich", "iqn.z\xc3\xbcrich" },
	{ "eui.02004567A425678D", "eui.02004567a425678d" },
	{ "naa.52004567BA64678D", "naa.52004567ba64678d" },
	{ "naa.62004567BA64678D0123456789ABCDEF",
	  "naa.62004567ba64678d0123456789abcdef" },
	{ "iqn." X219, "iqn." X219 },
	{ "iqn." X219 "x", NULL },
	{ "", NULL },
	{ "iqn.", NULL },
	{ "iqn", NULL },
	{ "iqnx2003", NULL },
	{ "wwn.5000", NULL },
	{ "iqn.2003 01", NULL },
	{ "iqn.a,b", NULL },
	{ "iqn.a/b", NULL },
	{ "iqn.a\nb", NULL },
	{ "iqn.a%s", NULL },
	{ "eui.02004567A425678", NULL },
	{ "eui.02004567A425678DD", NULL },
	{ "eui.02004567A425678G", NULL },
	{ "naa.52004567BA64678", NULL },
	{ "naa.52004567BA64678D0", NULL },
	{ "naa.62004567BA64678D0123456789ABCDEX", NULL },
};

static void test_names(void)
{
	char buf[TI_NAME_MAX + 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct name_case *c = &names[i];

		is_long(ti_name_check(c->name), c->normal ? 0 : -EINVAL);
		is_long(ti_name_normalize(c->name, buf, sizeof(buf)),
			c->normal ? 0 : -EINVAL);
		if (c->normal)
			is_str(buf, c->normal);
		ok(true, "name \"%.40s\"", c->name);
	}
	is_long(ti_name_normalize("iqn.abc", buf, 7), -ENOSPC);
	is_long(ti_name_normalize("iqn.abc", buf, 8), 0);
	ok(true, "name: buffer size");
}

static void test_name_equal(void)
{
	check(ti_name_equal("iqn.A:b", "IQN.a:B"));
	check(!ti_name_equal("iqn.a", "iqn.ab"));
	check(!ti_name_equal("iqn.ab", "iqn.a"));
	check(!ti_name_equal("iqn.a@", "iqn.a`"));
	check(ti_name_equal("", ""));
	ok(true, "names are compared without case");
}

/* ---- Lists ---- */

static const char * const fruit[] = { "None", "Apple", "Pear", NULL };

static const struct choose_case {
	const char *list;
	unsigned long mask;
	int ret;
} choices[] = {
	{ "Apple", 7, 1 },
	{ "None", 7, 0 },
	{ "Pear,Apple", 7, 2 },
	{ "Pear,Apple", 2, 1 },
	{ "Kiwi,Y-fruit,Apple,None", 7, 1 },
	{ "Kiwi", 7, -ENOENT },
	{ "Apple", 1, -ENOENT },
	{ "apple", 7, -ENOENT },
	{ "AppleX", 7, -ENOENT },
	{ "App", 7, -ENOENT },
	{ "", 7, -EINVAL },
	{ ",", 7, -EINVAL },
	{ "Apple,", 7, -EINVAL },
	{ ",Apple", 7, -EINVAL },
	{ "Apple,,None", 7, -EINVAL },
	{ "Apple, None", 7, -EINVAL },
	{ "Apple None", 7, -EINVAL },
	{ "Apple=1", 7, -EINVAL },
};

static void test_choose(void)
{
	char longest[300];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		const struct choose_case *c = &choices[i];

		is_long(ti_list_choose(c->list, strlen(c->list), fruit,
				       c->mask), c->ret);
		ok(true, "list \"%s\", mask %lx", c->list, c->mask);
	}

	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 255, ",None", 5);
	is_long(ti_list_choose(longest, 260, fruit, 7), 0);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 256, ",None", 5);
	is_long(ti_list_choose(longest, 261, fruit, 7), -EINVAL);
	ok(true, "list: an item has at most 255 bytes");
}

static void test_list_parse(void)
{
	struct ti_list list = { 0 }, before;
	struct ti_text_out out;
	char buf[32];

	is_long(ti_list_parse(&list, fruit, "Pear,None", 9), 0);
	is_long(list.count, 2);
	is_long(ti_list_mask(&list), BIT(2) | BIT(0));
	ti_text_out_init(&out, buf, sizeof(buf));
	is_long(ti_list_put(&out, &list, fruit), 0);
	is_str(buf, "Pear,None");
	ti_text_out_init(&out, buf, 9);
	is_long(ti_list_put(&out, &list, fruit), -ENOSPC);

	before = list;
	is_long(ti_list_parse(&list, fruit, "Pear,Kiwi", 9), -EINVAL);
	is_long(ti_list_parse(&list, fruit, "Pear,Pear", 9), -EINVAL);
	is_long(ti_list_parse(&list, fruit, "", 0), -EINVAL);
	check(!memcmp(&list, &before, sizeof(list)));
	ok(true, "list: parsed in order, each value once");
}

int main(void)
{
	test_numbers();
	test_limits();
	test_bool();
	test_texts();
	test_pairs();
	test_text_bounds();
	test_writer();
	test_decimal();
	test_names();
	test_name_equal();
	test_choose();
	test_list_parse();
	return done();
}
