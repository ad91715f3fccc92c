// SPDX-License-Identifier: GPL-2.0
/* Checks of a PDU's own bytes: kmod/pdu.c */
#include <stdlib.h>

#include "pdu.h"
#include "tap.h"

static const struct ahs_case {
	const char *name;
	const char *data;
	size_t len;
	int ret;
	u32 cdb_len;
	bool bidi;
} ahs_cases[] = {
	{ "none", "", 0, 0, 0, false },
	{ "extended CDB of 20 bytes", "\0\5\1\0abcd", 8, 0, 4, false },
	{ "extended CDB with padding", "\0\2\1\0a\0\0\0", 8, 0, 1, false },
	{ "bidirectional read length", "\0\5\2\0\0\0\2\0", 8, 0, 0, true },
	{ "both", "\0\5\1\0abcd\0\5\2\0\0\0\2\0", 16, 0, 4, true },
	{ "AHSLength 0", "\0\0\1\0", 4, -EINVAL, 0, false },
	{ "AHSLength 1: an empty CDB", "\0\1\1\0", 4, -EINVAL, 0, false },
	{ "longer than the whole", "\0\6\1\0abcd", 8, -EINVAL, 0, false },
	{ "length of 65535", "\xff\xff\1\0abcd", 8, -EINVAL, 0, false },
	{ "CDB twice", "\0\5\1\0abcd\0\5\1\0abcd", 16, -EINVAL, 0, false },
	{ "read length of a wrong size", "\0\4\2\0\0\0\2\0", 8, -EINVAL, 0,
	  false },
	{ "read length twice", "\0\5\2\0\0\0\2\0\0\5\2\0\0\0\2\0", 16,
	  -EINVAL, 0, false },
	{ "unknown type", "\0\5\3\0abcd", 8, -EOPNOTSUPP, 0, false },
};

static void test_ahs(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ahs_cases); i++) {
		const struct ahs_case *c = &ahs_cases[i];
		u8 *p = malloc(c->len);
		struct ti_ahs ahs;

		if (c->len)
			memcpy(p, c->data, c->len);
		is_long(ti_ahs_parse(p, c->len, &ahs), c->ret);
		if (!c->ret) {
			is_long(ahs.ext_cdb_len, c->cdb_len);
			is_long(ahs.bidi, c->bidi);
			if (c->bidi)
				is_long(ahs.read_len, 512);
			if (c->cdb_len)
				check(ahs.ext_cdb == p + 4);
		}
		free(p);
		ok(true, "AHS: %s", c->name);
	}
}

static void test_ahs_longest(void)
{
	u8 buf[264] = { 0 };
	struct ti_ahs ahs;

	/* 260 bytes of CDB, 16 of them in the BHS */
	ti_put_be16(245, buf);
	buf[2] = TI_AHS_EXT_CDB;
	is_long(ti_ahs_parse(buf, 248, &ahs), 0);
	is_long(ahs.ext_cdb_len, 244);
	ti_put_be16(246, buf);
	is_long(ti_ahs_parse(buf, 252, &ahs), -EINVAL);
	ok(true, "AHS: longest extended CDB");
}

static const struct lun_case {
	u8 lun[8];
	int ret;
	u64 value;
} luns[] = {
	{ { 0 }, 0, 0 },
	{ { 0, 255 }, 0, 255 },
	{ { 0x40, 0 }, 0, 0 },
	{ { 0x41, 0 }, 0, 256 },
	{ { 0x7f, 0xff }, 0, 16383 },
	{ { 0x01, 0x2c }, 0, 300 },
	{ { 0x3f, 0xff }, 0, 16383 },
	{ { 0, 1, 0, 1 }, -ENXIO, 0 },
	{ { 0, 0, 0, 0, 0, 0, 0, 1 }, -ENXIO, 0 },
	{ { 0x80, 0 }, -ENXIO, 0 },
	{ { 0xc1, 1 }, -ENXIO, 0 },
	{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, -ENXIO, 0 },
};

static void test_luns(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(luns); i++) {
		u64 v = 0;

		is_long(ti_lun_decode(luns[i].lun, &v), luns[i].ret);
		is_long(v, luns[i].value);
		ok(true, "LUN %02x%02x...", luns[i].lun[0], luns[i].lun[1]);
	}
}

static void test_layouts(void)
{
	is_long(sizeof(struct ti_bhs), TI_BHS_LEN);
	is_long(sizeof(struct ti_scsi_cmd_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_scsi_rsp_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_tmf_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_data_out_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_data_in_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_r2t_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_async_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_text_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_text_rsp_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_login_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_login_rsp_hdr), TI_BHS_LEN);
	is_long(sizeof(struct ti_logout_hdr), TI_BHS_LEN);
	ok(true, "every layout has 48 bytes");
}

static void test_padding(void)
{
	int i;

	for (i = 0; i < 9; i++)
		is_long((i + ti_pdu_pad(i)) % 4, 0);
	ok(true, "padding to four bytes");
}

int main(void)
{
	test_ahs();
	test_ahs_longest();
	test_luns();
	test_layouts();
	test_padding();
	return done();
}
