// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of a target portal group: the files of its param/
 * directory, their names, limits and defaults. See params.h.
 */
#include "params.h"

static_assert(TI_AUTH_COUNT <= TI_LIST_MAX);
static_assert(TI_DIGEST_COUNT <= TI_LIST_MAX);

const char * const ti_digest_names[] = {
	[TI_DIGEST_NONE]	= "None",
	[TI_DIGEST_CRC32C]	= "CRC32C",
	NULL
};

const char * const ti_auth_names[] = {
	[TI_AUTH_NONE]		= "None",
	[TI_AUTH_CHAP]		= "CHAP",
	[TI_AUTH_SRP]		= "SRP",
	[TI_AUTH_KRB5]		= "KRB5",
	[TI_AUTH_SPKM1]		= "SPKM1",
	[TI_AUTH_SPKM2]		= "SPKM2",
	NULL
};

static int put_known_names(struct ti_text_out *out, const char * const *names)
{
	int i, ret = 0;

	for (i = 0; names[i] && !ret; i++) {
		if (i)
			ret = ti_text_put(out, ", ");
		if (!ret)
			ret = ti_text_put(out, names[i]);
	}
	return ret;
}

enum cfg_type {
	CFG_NUMBER,
	CFG_BOOL,
	CFG_DIGEST,
	CFG_AUTH,
	CFG_ALIAS,
	CFG_MARK_INT,
};

struct cfg_desc {
	const char *name;
	enum cfg_type type;
	u16 offset;
	u32 lo, hi;		/* of CFG_NUMBER */
	const char *def;
};

#define CFG(field)	offsetof(struct ti_param_cfg, field)

/*
 * In the order of LIO's param/ directory, with its names and limits. Where the
 * standard lets the initiator choose, the defaults favour speed: they allow
 * what initiators ask for by default, so that a write of up to 256 KiB needs
 * no R2T, and larger ones one R2T per MiB. The initiator still gets less when
 * it asks for less.
 */
static const struct cfg_desc cfg_table[] = {
	{ "AuthMethod", CFG_AUTH, CFG(auth_method), 0, 0, "CHAP" },
	{ "HeaderDigest", CFG_DIGEST, CFG(header_digest), 0, 0, "CRC32C,None" },
	{ "DataDigest", CFG_DIGEST, CFG(data_digest), 0, 0, "CRC32C,None" },
	{ "MaxConnections", CFG_NUMBER, CFG(max_connections), 1, 65535, "1" },
	{ "TargetAlias", CFG_ALIAS, CFG(target_alias), 0, 0, "LIO Target" },
	{ "InitialR2T", CFG_BOOL, CFG(initial_r2t), 0, 0, "No" },
	{ "ImmediateData", CFG_BOOL, CFG(immediate_data), 0, 0, "Yes" },
	{ "MaxRecvDataSegmentLength", CFG_NUMBER, CFG(max_recv_dsl),
	  TI_DSL_MIN, TI_DSL_MAX, "262144" },
	{ "MaxXmitDataSegmentLength", CFG_NUMBER, CFG(max_xmit_dsl),
	  TI_DSL_MIN, TI_DSL_MAX, "262144" },
	{ "MaxBurstLength", CFG_NUMBER, CFG(max_burst),
	  TI_DSL_MIN, TI_DSL_MAX, "1048576" },
	{ "FirstBurstLength", CFG_NUMBER, CFG(first_burst),
	  TI_DSL_MIN, TI_DSL_MAX, "262144" },
	{ "DefaultTime2Wait", CFG_NUMBER, CFG(time2wait), 0, 3600, "2" },
	{ "DefaultTime2Retain", CFG_NUMBER, CFG(time2retain), 0, 3600, "20" },
	{ "MaxOutstandingR2T", CFG_NUMBER, CFG(max_r2t), 1, 65535, "1" },
	{ "DataPDUInOrder", CFG_BOOL, CFG(data_pdu_in_order), 0, 0, "Yes" },
	{ "DataSequenceInOrder", CFG_BOOL, CFG(data_seq_in_order),
	  0, 0, "Yes" },
	{ "ErrorRecoveryLevel", CFG_NUMBER, CFG(erl), 0, 2, "0" },
	{ "IFMarker", CFG_BOOL, CFG(if_marker), 0, 0, "No" },
	{ "OFMarker", CFG_BOOL, CFG(of_marker), 0, 0, "No" },
	{ "IFMarkInt", CFG_MARK_INT, CFG(if_mark_int), 0, 0, "Reject" },
	{ "OFMarkInt", CFG_MARK_INT, CFG(of_mark_int), 0, 0, "Reject" },
};

/**
 * ti_param_cfg_name - name of a parameter by its place in the directory
 * @index: 0 and up
 *
 * Any context. Return: NULL when @index is past the last one.
 */
const char *ti_param_cfg_name(unsigned int index)
{
	return index < ARRAY_SIZE(cfg_table) ? cfg_table[index].name : NULL;
}

static const struct cfg_desc *cfg_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cfg_table); i++)
		if (!strcmp(cfg_table[i].name, name))
			return &cfg_table[i];
	return NULL;
}

static int cfg_set_text(char *dst, size_t size, const char *s, size_t len)
{
	if (len >= size || !ti_text_printable(s, len))
		return -EINVAL;
	memcpy(dst, s, len);
	dst[len] = '\0';
	return 0;
}

/* Reject, N or N~M: without effect, but saved configurations have it. */
static int cfg_set_mark_int(char *dst, size_t size, const char *s, size_t len)
{
	const char *tilde = memchr(s, '~', len);
	size_t first = tilde ? (size_t)(tilde - s) : len;
	u32 from, to;
	int ret;

	if (ti_text_is(s, len, "Reject"))
		return cfg_set_text(dst, size, s, len);
	ret = ti_text_u32(s, first, 1, 65535, &from);
	if (!ret && tilde)
		ret = ti_text_u32(tilde + 1, len - first - 1, from, 65535, &to);
	return ret ? ret : cfg_set_text(dst, size, s, len);
}

static int cfg_set(const struct cfg_desc *d, void *field, const char *s,
		   size_t len)
{
	switch (d->type) {
	case CFG_NUMBER:
		return ti_text_u32(s, len, d->lo, d->hi, field);
	case CFG_BOOL:
		return ti_text_bool(s, len, field);
	case CFG_DIGEST:
		return ti_list_parse(field, ti_digest_names, s, len);
	case CFG_AUTH:
		return ti_list_parse(field, ti_auth_names, s, len);
	case CFG_ALIAS:
		return cfg_set_text(field,
			sizeof_field(struct ti_param_cfg, target_alias),
			s, len);
	case CFG_MARK_INT:
		return cfg_set_mark_int(field,
			sizeof_field(struct ti_param_cfg, if_mark_int),
			s, len);
	}
	return -EINVAL;
}

static size_t trimmed_len(const char *s)
{
	size_t len = strlen(s);

	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t' ||
		       s[len - 1] == '\n' || s[len - 1] == '\r'))
		len--;
	return len;
}

/**
 * ti_param_cfg_set - change one parameter
 * @cfg: the configuration
 * @name: name of the file in param/
 * @value: the new value; white space at its end is ignored
 *
 * Numbers are decimal or hex (0x) and have the limits of
 * ti_param_cfg_allowed(); booleans are Yes or No; lists have each known value
 * at most once.
 *
 * Any context. Return: 0; with nothing changed -ENOENT for an unknown name,
 * -EINVAL for a malformed value, -ERANGE for a number outside its limits.
 */
int ti_param_cfg_set(struct ti_param_cfg *cfg, const char *name,
		     const char *value)
{
	const struct cfg_desc *d = cfg_find(name);

	if (!d)
		return -ENOENT;
	return cfg_set(d, (u8 *)cfg + d->offset, value, trimmed_len(value));
}

static int cfg_put(struct ti_text_out *out, const struct cfg_desc *d,
		   const void *field)
{
	switch (d->type) {
	case CFG_NUMBER:
		return ti_text_put_u32(out, *(const u32 *)field);
	case CFG_BOOL:
		return ti_text_put(out, *(const bool *)field ? "Yes" : "No");
	case CFG_DIGEST:
		return ti_list_put(out, field, ti_digest_names);
	case CFG_AUTH:
		return ti_list_put(out, field, ti_auth_names);
	case CFG_ALIAS:
	case CFG_MARK_INT:
		return ti_text_put(out, field);
	}
	return -EINVAL;
}

/**
 * ti_param_cfg_get - one parameter as text
 * @cfg: the configuration
 * @name: name of the file in param/
 * @buf: where the text goes, with a NUL and without a newline
 * @size: bytes in @buf
 *
 * Numbers come out in decimal, lists in the order in which they were set.
 *
 * Any context. Return: the length without the NUL, -ENOENT for an unknown
 * name, -ENOSPC when @buf is too small.
 */
int ti_param_cfg_get(const struct ti_param_cfg *cfg, const char *name,
		     char *buf, size_t size)
{
	const struct cfg_desc *d = cfg_find(name);
	struct ti_text_out out;
	int ret;

	if (!d)
		return -ENOENT;
	if (!size)
		return -ENOSPC;
	ti_text_out_init(&out, buf, size);
	buf[0] = '\0';
	ret = cfg_put(&out, d, (const u8 *)cfg + d->offset);
	return ret ? ret : (int)out.len;
}

static int cfg_put_allowed(struct ti_text_out *out, const struct cfg_desc *d)
{
	int ret;

	switch (d->type) {
	case CFG_NUMBER:
		ret = ti_text_put_u32(out, d->lo);
		if (!ret)
			ret = ti_text_put(out, "..");
		return ret ? ret : ti_text_put_u32(out, d->hi);
	case CFG_BOOL:
		return ti_text_put(out, "Yes or No");
	case CFG_DIGEST:
		ret = ti_text_put(out, "a list of ");
		return ret ? ret : put_known_names(out, ti_digest_names);
	case CFG_AUTH:
		ret = ti_text_put(out, "a list of ");
		return ret ? ret : put_known_names(out, ti_auth_names);
	case CFG_ALIAS:
		return ti_text_put(out, "at most 255 printable bytes");
	case CFG_MARK_INT:
		return ti_text_put(out, "Reject, N or N~M of 1..65535");
	}
	return -EINVAL;
}

/**
 * ti_param_cfg_allowed - say what a parameter may be, for a message
 * @name: name of the file in param/
 * @buf: where the words go, with a NUL; 64 bytes are enough
 * @size: bytes in @buf
 *
 * Any context. Return: the length, -ENOENT or -ENOSPC.
 */
int ti_param_cfg_allowed(const char *name, char *buf, size_t size)
{
	const struct cfg_desc *d = cfg_find(name);
	struct ti_text_out out;
	int ret;

	if (!d)
		return -ENOENT;
	if (!size)
		return -ENOSPC;
	ti_text_out_init(&out, buf, size);
	buf[0] = '\0';
	ret = cfg_put_allowed(&out, d);
	return ret ? ret : (int)out.len;
}

/**
 * ti_param_cfg_init_defaults - set every parameter to its default
 * @cfg: the configuration
 *
 * Any context.
 */
void ti_param_cfg_init_defaults(struct ti_param_cfg *cfg)
{
	const struct cfg_desc *d;
	size_t i;

	memset(cfg, 0, sizeof(*cfg));
	for (i = 0; i < ARRAY_SIZE(cfg_table); i++) {
		d = &cfg_table[i];
		cfg_set(d, (u8 *)cfg + d->offset, d->def, strlen(d->def));
	}
}

/**
 * ti_param_cfg_auth_mask - the authentication methods that we can do
 * @cfg: the configuration
 *
 * Any context. Return: BIT(TI_AUTH_NONE) and BIT(TI_AUTH_CHAP) as far as
 * AuthMethod has them; we have no other method.
 */
u8 ti_param_cfg_auth_mask(const struct ti_param_cfg *cfg)
{
	return ti_list_mask(&cfg->auth_method) &
		(BIT(TI_AUTH_NONE) | BIT(TI_AUTH_CHAP));
}
