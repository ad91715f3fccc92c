// SPDX-License-Identifier: GPL-2.0
/*
 * The text that iSCSI nodes negotiate with: see text.h.
 *
 * From top to bottom: characters and numbers, the reader and the writer of
 * key=value data, iSCSI names, lists of values.
 */
#include "text.h"

/* ---- Characters and numbers (RFC 7143 §6.1) ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_key_char(char c)
{
	/* '#' is in no standard label, but in the key X#NodeArchitecture */
	return is_alpha(c) || is_digit(c) || (c && strchr(".-+@_#", c));
}

static bool is_text_char(char c)
{
	return is_alpha(c) || is_digit(c) || (c && strchr(".-+@_/[]:", c));
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/**
 * ti_hex_digit - the value of a hex digit
 * @c: the digit, in either case
 *
 * Any context. Return: 0 to 15, or -1 for any other character.
 */
int ti_hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * ti_text_printable - is a value free of control characters
 * @s: the value, need not end with a NUL
 * @len: its bytes
 *
 * ASCII's (0x00 to 0x1f and 0x7f): bytes above it pass, as they do in UTF-8.
 *
 * Any context.
 */
bool ti_text_printable(const char *s, size_t len)
{
	for (; len; s++, len--)
		if ((u8)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/**
 * ti_text_is - is a value this word
 * @s: the value, need not end with a NUL
 * @len: its bytes
 * @word: the word; case matters
 *
 * Any context.
 */
bool ti_text_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(s, word, len);
}

static int parse_hex(const char *s, size_t len, u64 *value)
{
	u64 v = 0;

	if (!len)
		return -EINVAL;
	for (; len; s++, len--) {
		int digit = ti_hex_digit(*s);

		if (digit < 0)
			return -EINVAL;
		if (v >> 60)
			return -ERANGE;
		v = v << 4 | digit;
	}
	*value = v;
	return 0;
}

static int parse_decimal(const char *s, size_t len, u64 *value)
{
	const u64 max = ~0ULL;
	u64 v = 0;

	if (!len || (*s == '0' && len > 1))
		return -EINVAL;
	for (; len; s++, len--) {
		u8 digit = *s - '0';

		if (!is_digit(*s))
			return -EINVAL;
		/* max ends in 5: no division by a variable, none of 64 bits */
		if (v > 1844674407370955161ULL ||
		    (v == 1844674407370955161ULL && digit > max - v * 10))
			return -ERANGE;
		v = v * 10 + digit;
	}
	*value = v;
	return 0;
}

/**
 * ti_text_number - parse a numerical value
 * @s: the text, need not end with a NUL
 * @len: its length in bytes
 * @value: where the number goes
 *
 * A decimal constant without leading zeros, or a hex constant with 0x or 0X
 * (RFC 7143 §6.1), and nothing before or after it.
 *
 * Any context. Return: 0, -EINVAL for anything else, -ERANGE when it needs
 * more than 64 bits.
 */
int ti_text_number(const char *s, size_t len, u64 *value)
{
	if (len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return parse_hex(s + 2, len - 2, value);
	return parse_decimal(s, len, value);
}

/**
 * ti_text_u32 - parse a numerical value within limits
 * @s: the text, need not end with a NUL
 * @len: its length in bytes
 * @lo: smallest value allowed
 * @hi: largest value allowed
 * @value: where the number goes
 *
 * Any context. Return: 0, -EINVAL when it is no number, -ERANGE when it is
 * outside the limits.
 */
int ti_text_u32(const char *s, size_t len, u32 lo, u32 hi, u32 *value)
{
	u64 v;
	int ret = ti_text_number(s, len, &v);

	if (ret)
		return ret;
	if (v < lo || v > hi)
		return -ERANGE;
	*value = v;
	return 0;
}

/**
 * ti_text_bool - parse a boolean value
 * @s: the text, need not end with a NUL
 * @len: its length in bytes
 * @value: where it goes
 *
 * RFC 7143 §6.1: Yes or No.
 *
 * Any context. Return: 0 or -EINVAL.
 */
int ti_text_bool(const char *s, size_t len, bool *value)
{
	if (!ti_text_is(s, len, "Yes") && !ti_text_is(s, len, "No"))
		return -EINVAL;
	*value = *s == 'Y';
	return 0;
}

/* Ten digits and a NUL at most; returns the length. */
static size_t format_u32(u32 value, char buf[11])
{
	char digits[10];
	size_t n = 0, i;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	for (i = 0; i < n; i++)
		buf[i] = digits[n - 1 - i];
	buf[n] = '\0';
	return n;
}

/* ---- Reading and writing text ---- */

/**
 * ti_text_iter_init - start reading the pairs of a text
 * @it: the iterator
 * @data: a data segment, or several joined (C bit); may be NULL when @len is 0
 * @len: its bytes, without padding
 *
 * The text must stay unchanged while pairs of it are in use.
 *
 * Any context.
 */
void ti_text_iter_init(struct ti_text_iter *it, const void *data, size_t len)
{
	it->pos = data;
	it->end = it->pos + len;
}

static int check_key_name(const struct ti_text_pair *pair)
{
	size_t i;

	if (!pair->key_len || pair->key_len > TI_KEY_NAME_MAX ||
	    !is_alpha(pair->key[0]))
		return -EINVAL;
	for (i = 1; i < pair->key_len; i++)
		if (!is_key_char(pair->key[i]))
			return -EINVAL;
	return 0;
}

/**
 * ti_text_next - read the next key=value pair
 * @it: the iterator
 * @pair: the pair; untouched at the end of the text
 *
 * RFC 7143 §6.1: a key is a label of at most 63 characters, each pair is
 * followed by one NUL or more. A value may be empty and has no control
 * characters; its length is the business of whoever knows the key.
 *
 * Any context. Return: 1 with a pair, 0 at the end, -EINVAL when the rest of
 * the text is malformed.
 */
int ti_text_next(struct ti_text_iter *it, struct ti_text_pair *pair)
{
	const char *nul, *equals;

	while (it->pos != it->end && !*it->pos)
		it->pos++;
	if (it->pos == it->end)
		return 0;
	nul = memchr(it->pos, '\0', it->end - it->pos);
	if (!nul)
		return -EINVAL;
	equals = memchr(it->pos, '=', nul - it->pos);
	if (!equals)
		return -EINVAL;

	pair->key = it->pos;
	pair->key_len = equals - it->pos;
	pair->value = equals + 1;
	pair->value_len = nul - pair->value;
	if (check_key_name(pair) ||
	    !ti_text_printable(pair->value, pair->value_len))
		return -EINVAL;
	it->pos = nul + 1;
	return 1;
}

static_assert(TI_TEXT_MAX <= 1 << 16);	/* places in it fit into 16 bits */

/* Is @pair's key at one of these places too? The text has been read up to there. */
static bool key_is_at(const char *text, const u16 *at, unsigned int nr,
		      const struct ti_text_pair *pair)
{
	unsigned int i;

	/* A key has no '=' in it: so it is the same one when that follows. */
	for (i = 0; i < nr; i++)
		if (text[at[i] + pair->key_len] == '=' &&
		    !memcmp(text + at[i], pair->key, pair->key_len))
			return true;
	return false;
}

/**
 * ti_text_check - check a whole text before anything of it takes effect
 * @data: the text
 * @len: its bytes
 *
 * Every pair is well formed, no key is there twice, known or not (RFC 7143
 * §6.3), and the text is no larger than TI_TEXT_MAX and
 * TI_TEXT_KEYS_MAX.
 *
 * Strangers send such texts as often as they like: each byte is looked at once,
 * and of the keys before a key only their first bytes.
 *
 * Any context. Return: 0, -EINVAL or -EPROTO (a key twice).
 */
int ti_text_check(const void *data, size_t len)
{
	u16 at[TI_TEXT_KEYS_MAX];
	struct ti_text_iter it;
	struct ti_text_pair pair;
	unsigned int keys = 0;
	int ret;

	if (len > TI_TEXT_MAX)
		return -EINVAL;
	ti_text_iter_init(&it, data, len);
	while ((ret = ti_text_next(&it, &pair)) > 0) {
		if (keys == TI_TEXT_KEYS_MAX)
			return -EINVAL;
		if (key_is_at(data, at, keys, &pair))
			return -EPROTO;
		at[keys++] = pair.key - (const char *)data;
	}
	return ret;
}

/**
 * ti_text_out_init - start a text
 * @out: the text
 * @buf: the caller's buffer
 * @size: its bytes
 *
 * Any context.
 */
void ti_text_out_init(struct ti_text_out *out, void *buf, size_t size)
{
	out->buf = buf;
	out->size = size;
	out->len = 0;
}

/**
 * ti_text_add_n - append a pair of which the lengths are known
 * @out: the text
 * @key: name of the key, need not end with a NUL
 * @key_len: its bytes
 * @value: the value, need not end with a NUL
 * @value_len: its bytes
 *
 * Any context. Return: 0, or -ENOSPC with nothing appended.
 */
int ti_text_add_n(struct ti_text_out *out, const char *key, size_t key_len,
		  const char *value, size_t value_len)
{
	char *p = out->buf + out->len;
	size_t room = out->size - out->len;

	if (key_len + 2 > room || value_len > room - key_len - 2)
		return -ENOSPC;
	memcpy(p, key, key_len);
	p[key_len] = '=';
	memcpy(p + key_len + 1, value, value_len);
	p[key_len + 1 + value_len] = '\0';
	out->len += key_len + value_len + 2;
	return 0;
}

/**
 * ti_text_add - append a pair to a text
 * @out: the text
 * @key: name of the key
 * @value: its value
 *
 * Any context. Return: 0, or -ENOSPC with nothing appended.
 */
int ti_text_add(struct ti_text_out *out, const char *key, const char *value)
{
	return ti_text_add_n(out, key, strlen(key), value, strlen(value));
}

/**
 * ti_text_add_u32 - append a pair whose value is a decimal number
 * @out: the text
 * @key: name of the key
 * @value: its value
 *
 * Any context. Return: 0, or -ENOSPC with nothing appended.
 */
int ti_text_add_u32(struct ti_text_out *out, const char *key, u32 value)
{
	char number[11];

	format_u32(value, number);
	return ti_text_add(out, key, number);
}

/**
 * ti_text_put - append a piece to a single string
 * @out: the string; its length does not count the NUL that always follows
 * @s: the piece
 *
 * For values that are built piece by piece, not for texts of pairs.
 *
 * Any context. Return: 0, or -ENOSPC with nothing appended.
 */
int ti_text_put(struct ti_text_out *out, const char *s)
{
	size_t len = strlen(s);

	if (len >= out->size - out->len)
		return -ENOSPC;
	memcpy(out->buf + out->len, s, len + 1);
	out->len += len;
	return 0;
}

/**
 * ti_text_put_u32 - append a decimal number to a single string
 * @out: the string, see ti_text_put()
 * @value: the number
 *
 * Any context. Return: 0, or -ENOSPC with nothing appended.
 */
int ti_text_put_u32(struct ti_text_out *out, u32 value)
{
	char number[11];

	format_u32(value, number);
	return ti_text_put(out, number);
}

/* ---- iSCSI names ---- */

static bool name_chars_ok(const char *s)
{
	for (; *s; s++) {
		/* RFC 3722 has no '_', but names with it are in use */
		if (is_alpha(*s) || is_digit(*s) || strchr("-.:_", *s))
			continue;
		if ((u8)*s < 0x80)
			return false;
	}
	return true;
}

static bool hex_chars_ok(const char *s)
{
	for (; *s; s++)
		if (ti_hex_digit(*s) < 0)
			return false;
	return true;
}

static bool has_prefix(const char *name, const char *prefix)
{
	for (; *prefix; name++, prefix++)
		if (to_lower(*name) != *prefix)
			return false;
	return true;
}

/**
 * ti_name_check - check the syntax of an iSCSI name
 * @name: the name
 *
 * RFC 7143 §4.2.7: iqn. and more, eui. and 16 hex digits, naa. and 16
 * or 32 hex digits; at most 223 bytes. Upper case is accepted, bytes above
 * ASCII are taken as they are. The date in an iqn. name is not checked, since
 * names without one are in use.
 *
 * Any context. Return: 0 or -EINVAL.
 */
int ti_name_check(const char *name)
{
	size_t len = strnlen(name, TI_NAME_MAX + 1);

	if (len > TI_NAME_MAX)
		return -EINVAL;
	if (has_prefix(name, "iqn."))
		return len > 4 && name_chars_ok(name) ? 0 : -EINVAL;
	if (has_prefix(name, "eui."))
		return len == 20 && hex_chars_ok(name + 4) ? 0 : -EINVAL;
	if (has_prefix(name, "naa."))
		return (len == 20 || len == 36) && hex_chars_ok(name + 4) ?
			0 : -EINVAL;
	return -EINVAL;
}

/**
 * ti_name_normalize - check an iSCSI name and bring it into normal form
 * @name: the name
 * @buf: where the normal form goes, with a NUL
 * @size: bytes in @buf
 *
 * The normal form has lower case letters (RFC 3722, for ASCII), so that two
 * names are the same when their normal forms have the same bytes.
 *
 * Any context. Return: 0, -EINVAL for a name that ti_name_check() refuses,
 * -ENOSPC when @buf is too small.
 */
int ti_name_normalize(const char *name, char *buf, size_t size)
{
	size_t i, len;

	if (ti_name_check(name))
		return -EINVAL;
	len = strlen(name);
	if (len >= size)
		return -ENOSPC;
	for (i = 0; i <= len; i++)
		buf[i] = to_lower(name[i]);
	return 0;
}

/**
 * ti_name_equal - do two iSCSI names mean the same node
 * @a: one name
 * @b: the other
 *
 * Any context.
 */
bool ti_name_equal(const char *a, const char *b)
{
	while (*a && to_lower(*a) == to_lower(*b)) {
		a++;
		b++;
	}
	return to_lower(*a) == to_lower(*b);
}

/* ---- Lists of values ---- */

struct list_iter {
	const char *pos;
	const char *end;	/* NULL once the last item is out */
};

static void list_iter_init(struct list_iter *it, const char *s, size_t len)
{
	it->pos = s;
	it->end = s + len;
}

/* 1 with an item, 0 at the end, -EINVAL for an item that is no text-value. */
static int list_next(struct list_iter *it, const char **item, size_t *len)
{
	const char *comma;
	size_t i;

	if (!it->end)
		return 0;
	comma = memchr(it->pos, ',', it->end - it->pos);
	*item = it->pos;
	*len = (comma ? comma : it->end) - it->pos;
	if (!*len || *len > TI_SIMPLE_VALUE_MAX)
		return -EINVAL;
	for (i = 0; i < *len; i++)
		if (!is_text_char((*item)[i]))
			return -EINVAL;
	if (comma)
		it->pos = comma + 1;
	else
		it->end = NULL;
	return 1;
}

/**
 * ti_list_find - which of these names is this
 * @names: the names, ended by NULL
 * @s: the name that is looked for, need not end with a NUL
 * @len: its bytes
 *
 * Any context. Return: the index, or -ENOENT.
 */
int ti_list_find(const char * const *names, const char *s, size_t len)
{
	int i;

	for (i = 0; names[i]; i++)
		if (ti_text_is(s, len, names[i]))
			return i;
	return -ENOENT;
}

/**
 * ti_list_choose - answer a list of values
 * @s: the initiator's list, need not end with a NUL
 * @s_len: its bytes
 * @names: the values that we know, ended by NULL
 * @mask: BIT(index in @names) of those that may be chosen
 *
 * RFC 7143 §6.2.1: the first value of the initiator's list that we may
 * use; values that we do not know are passed over.
 *
 * Any context. Return: the index in @names, -ENOENT when there is none,
 * -EINVAL for a malformed list.
 */
int ti_list_choose(const char *s, size_t s_len, const char * const *names,
		   unsigned long mask)
{
	struct list_iter it;
	const char *item;
	int ret, found = -ENOENT;
	size_t len;

	list_iter_init(&it, s, s_len);
	while ((ret = list_next(&it, &item, &len)) > 0) {
		int i = ti_list_find(names, item, len);

		if (found < 0 && i >= 0 && (mask & BIT(i)))
			found = i;
	}
	return ret ? ret : found;
}

/**
 * ti_list_mask - the values of a list as a bit mask
 * @list: the list
 *
 * Any context. Return: BIT() of each item.
 */
unsigned long ti_list_mask(const struct ti_list *list)
{
	unsigned long mask = 0;
	int i;

	for (i = 0; i < list->count; i++)
		mask |= BIT(list->item[i]);
	return mask;
}

/**
 * ti_list_parse - read a list of known values
 * @list: the list; unchanged after an error
 * @names: the values that we know, at most TI_LIST_MAX, ended by NULL
 * @s: the text, need not end with a NUL
 * @s_len: its bytes
 *
 * Any context. Return: 0, or -EINVAL when the text is malformed or has an
 * unknown value or one twice.
 */
int ti_list_parse(struct ti_list *list, const char * const *names,
		  const char *s, size_t s_len)
{
	struct ti_list new = { 0 };
	struct list_iter it;
	const char *item;
	size_t len;
	int ret;

	list_iter_init(&it, s, s_len);
	while ((ret = list_next(&it, &item, &len)) > 0) {
		int i = ti_list_find(names, item, len);

		if (i < 0 || (ti_list_mask(&new) & BIT(i)))
			return -EINVAL;
		new.item[new.count++] = i;
	}
	if (!ret)
		*list = new;
	return ret;
}

/**
 * ti_list_put - append a list to a single string
 * @out: the string, see ti_text_put()
 * @list: the list
 * @names: what its items are called
 *
 * Any context. Return: 0 or -ENOSPC.
 */
int ti_list_put(struct ti_text_out *out, const struct ti_list *list,
		const char * const *names)
{
	int i, ret = 0;

	for (i = 0; i < list->count && !ret; i++) {
		if (i)
			ret = ti_text_put(out, ",");
		if (!ret)
			ret = ti_text_put(out, names[list->item[i]]);
	}
	return ret;
}
