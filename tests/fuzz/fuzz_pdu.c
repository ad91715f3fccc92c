// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a header, as additional header segments, as a LUN, and as serial
 * numbers. First the segments alone, to their end; then, of an input that is
 * long enough, a header and the segments that it announces.
 */
#include <stdlib.h>

#include "pdu.h"

static void must(bool good)
{
	if (!good)
		abort();
}

static void segments(const u8 *data, u32 len)
{
	u8 *copy = malloc(len ?: 1);
	struct ti_ahs ahs;

	if (len)
		memcpy(copy, data, len);
	if (!ti_ahs_parse(copy, len, &ahs) && ahs.ext_cdb_len) {
		must(ahs.ext_cdb >= copy);
		must(ahs.ext_cdb + ahs.ext_cdb_len <= copy + len);
		must(ahs.ext_cdb_len <= 260 - TI_CDB_BHS_LEN);
	}
	free(copy);
}

static void header(const u8 *data, size_t size)
{
	struct ti_bhs bhs;
	u32 ahs_len, dlen;
	u64 lun;

	memcpy(&bhs, data, sizeof(bhs));
	must(ti_pdu_opcode(&bhs) <= TI_OPCODE_MASK);
	must(ti_pdu_immediate(&bhs) == !!(data[0] & 0x40));
	ahs_len = ti_pdu_ahs_length(&bhs);
	dlen = ti_pdu_dlength(&bhs);
	must(ahs_len <= 1020 && ahs_len % 4 == 0);
	must(dlen <= 0xffffff);
	must(ti_pdu_pad(dlen) < 4 && (dlen + ti_pdu_pad(dlen)) % 4 == 0);
	if (ahs_len <= size - sizeof(bhs))
		segments(data + sizeof(bhs), ahs_len);
	if (!ti_lun_decode(data + 8, &lun))
		must(lun <= 16383);
}

/* Against plain arithmetic on 64 bits, for what is less than 2^31 apart. */
static void serial(const u8 *data)
{
	u32 first = ti_get_be32(data), ahead = ti_get_be32(data + 4) >> 1;
	u32 width = ti_get_be32(data + 8) >> 1;
	u32 sn = first + ahead, last = first + width - 1;

	must(ti_sn_lte(first, sn));
	must(ti_sn_lt(first, sn) == (ahead > 0));
	must(ti_sn_lt(sn, first) == false);
	must(!ti_sn_in_window(first - 1, first, last) || !width);
	/* (an empty window ends one before it begins) */
	if (ahead + 1 < 1U << 31)
		must(ti_sn_in_window(sn, first, last) == (ahead < width));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 lun;

	segments(data, size & ~3UL);
	if (size >= 8 && !ti_lun_decode(data, &lun))
		must(lun <= 16383);
	if (size >= 12)
		serial(data);
	if (size >= sizeof(struct ti_bhs))
		header(data, size);
	return 0;
}
