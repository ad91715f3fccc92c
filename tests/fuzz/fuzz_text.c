// SPDX-License-Identifier: GPL-2.0
/* Any bytes as a text, as numbers, names and lists. */
#include <stdlib.h>

#include "text.h"

static const char * const names[] = { "None", "CRC32C", "CHAP", NULL };

static bool same_pairs(const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct ti_text_iter x, y;
	struct ti_text_pair p, q;
	int ret;

	ti_text_iter_init(&x, a, a_len);
	ti_text_iter_init(&y, b, b_len);
	while ((ret = ti_text_next(&x, &p)) > 0) {
		if (ti_text_next(&y, &q) != 1 || p.key_len != q.key_len ||
		    memcmp(p.key, q.key, p.key_len) || strcmp(p.value, q.value))
			return false;
	}
	return !ret && !ti_text_next(&y, &q);
}

static void pairs(const u8 *data, size_t size)
{
	char *copy = malloc(size ?: 1);
	struct ti_text_out out;
	struct ti_text_iter it;
	struct ti_text_pair p;
	int ret;

	/* what is read and written again has the same pairs */
	ti_text_out_init(&out, copy, size);
	ti_text_iter_init(&it, data, size);
	while ((ret = ti_text_next(&it, &p)) > 0)
		if (ti_text_add_n(&out, p.key, p.key_len, p.value,
				  p.value_len))
			abort();
	if (!ret && !same_pairs(data, size, out.buf, out.len))
		abort();
	if (!ti_text_check(data, size) && ret)
		abort();
	free(copy);
}

static void values(const char *s, size_t size)
{
	struct ti_list list;
	bool b;
	u64 n;
	u32 v;

	ti_text_number(s, size, &n);
	if (!ti_text_u32(s, size, 512, 16777215, &v) &&
	    (v < 512 || v > 16777215))
		abort();
	ti_text_bool(s, size, &b);
	ti_list_choose(s, size, names, 5);
	if (!ti_list_parse(&list, names, s, size)) {
		char buf[16];	/* "None,CRC32C,CHAP" is one more */
		struct ti_text_out out;

		if (!list.count)
			abort();
		ti_text_out_init(&out, buf, sizeof(buf));
		if (ti_list_put(&out, &list, names) && list.count < 3)
			abort();
	}
}

static void name(const u8 *data, size_t size)
{
	char buf[TI_NAME_MAX + 1], *s = malloc(size + 1);

	if (size)
		memcpy(s, data, size);
	s[size] = '\0';
	if (!ti_name_normalize(s, buf, sizeof(buf)) &&
	    (!ti_name_equal(s, buf) || ti_name_check(buf)))
		abort();
	/* a name that fits is refused when there is no room for it */
	if (size && size < sizeof(buf) && strlen(s) == size &&
	    !ti_name_normalize(s, buf, size))
		abort();
	free(s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	pairs(data, size);
	values((const char *)data, size);
	name(data, size);
	return 0;
}
