/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text that iSCSI nodes negotiate with (RFC 7143 §6.1): key=value
 * data, numbers, booleans, lists, and iSCSI names.
 *
 * Pure code, see pure.h: any function may be called in any context.
 */
#ifndef TI_TEXT_H
#define TI_TEXT_H

#include "pure.h"

/* Limits of RFC 7143 §6.1, in bytes, without the final NUL. */
#define TI_KEY_NAME_MAX		63
#define TI_SIMPLE_VALUE_MAX	255
#define TI_NAME_MAX		223	/* an iSCSI name, §4.2.7.1 */

/* What one text sequence may hold; more is refused (§6.2: >= 8192). */
#define TI_TEXT_MAX		16384
#define TI_TEXT_KEYS_MAX	512

/*
 * One key=value pair. The pointers lead into the text that is being read. The
 * value ends with a NUL, the key does not.
 */
struct ti_text_pair {
	const char *key;
	const char *value;
	size_t key_len;
	size_t value_len;
};

struct ti_text_iter {
	const char *pos;
	const char *end;
};

/* A text under construction. len counts the NUL of each pair. */
struct ti_text_out {
	char *buf;
	size_t size;
	size_t len;
};

#define TI_LIST_MAX	8

/* Values in order of preference, each once. */
struct ti_list {
	u8 count;
	u8 item[TI_LIST_MAX];
};

int ti_hex_digit(char c);
bool ti_text_printable(const char *s, size_t len);
bool ti_text_is(const char *s, size_t len, const char *word);
int ti_text_number(const char *s, size_t len, u64 *value);
int ti_text_u32(const char *s, size_t len, u32 lo, u32 hi, u32 *value);
int ti_text_bool(const char *s, size_t len, bool *value);

void ti_text_iter_init(struct ti_text_iter *it, const void *data, size_t len);
int ti_text_next(struct ti_text_iter *it, struct ti_text_pair *pair);
int ti_text_check(const void *data, size_t len);

void ti_text_out_init(struct ti_text_out *out, void *buf, size_t size);
int ti_text_add(struct ti_text_out *out, const char *key, const char *value);
int ti_text_add_n(struct ti_text_out *out, const char *key, size_t key_len,
		  const char *value, size_t value_len);
int ti_text_add_u32(struct ti_text_out *out, const char *key, u32 value);
int ti_text_put(struct ti_text_out *out, const char *s);
int ti_text_put_u32(struct ti_text_out *out, u32 value);

int ti_name_check(const char *name);
int ti_name_normalize(const char *name, char *buf, size_t size);
bool ti_name_equal(const char *a, const char *b);

int ti_list_find(const char * const *names, const char *s, size_t len);
int ti_list_choose(const char *s, size_t s_len, const char * const *names,
		   unsigned long mask);
unsigned long ti_list_mask(const struct ti_list *list);
int ti_list_parse(struct ti_list *list, const char * const *names,
		  const char *s, size_t s_len);
int ti_list_put(struct ti_text_out *out, const struct ti_list *list,
		const char * const *names);

#endif /* TI_TEXT_H */
