// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a PDU that need nothing but its own bytes.
 */
#include "pdu.h"

/* AHSLength and AHSType precede every segment (RFC 7143 §11.2.2.1). */
#define AHS_PREFIX_LEN	3
/* One reserved byte follows the prefix in both types that exist. */
#define AHS_RESERVED_LEN 1
#define AHS_BIDI_LEN	5
/* A variable-length CDB is at most 8 + 252 bytes, 16 of them in the BHS. */
#define AHS_EXT_CDB_MAX	(260 - TI_CDB_BHS_LEN)

static int ahs_segment(u8 type, const u8 *body, u32 len, struct ti_ahs *ahs)
{
	switch (type & TI_OPCODE_MASK) {
	case TI_AHS_EXT_CDB:
		if (ahs->ext_cdb || len <= AHS_RESERVED_LEN)
			return -EINVAL;
		if (len - AHS_RESERVED_LEN > AHS_EXT_CDB_MAX)
			return -EINVAL;
		ahs->ext_cdb = body + AHS_RESERVED_LEN;
		ahs->ext_cdb_len = len - AHS_RESERVED_LEN;
		return 0;
	case TI_AHS_BIDI_READ_LEN:
		if (ahs->bidi || len != AHS_BIDI_LEN)
			return -EINVAL;
		ahs->bidi = true;
		ahs->read_len = ti_get_be32(body + AHS_RESERVED_LEN);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * ti_ahs_parse - read the additional header segments of a SCSI Command
 * @buf:	the segments, TotalAHSLength of the BHS
 * @len:	their length in bytes, a multiple of four
 * @ahs:	filled in; points into @buf
 *
 * RFC 7143 §11.2.2. Return: 0, -EINVAL when a length does not fit its type or
 * the whole (zero included), -EOPNOTSUPP for a type that does not exist.
 */
int ti_ahs_parse(const u8 *buf, u32 len, struct ti_ahs *ahs)
{
	memset(ahs, 0, sizeof(*ahs));
	while (len) {
		u32 body, whole;
		int ret;

		if (len < AHS_PREFIX_LEN + AHS_RESERVED_LEN)
			return -EINVAL;
		body = ti_get_be16(buf);
		whole = AHS_PREFIX_LEN + body;
		whole += ti_pdu_pad(whole);
		if (!body || whole > len)
			return -EINVAL;
		ret = ahs_segment(buf[2], buf + AHS_PREFIX_LEN, body, ahs);
		if (ret)
			return ret;
		buf += whole;
		len -= whole;
	}
	return 0;
}

/**
 * ti_lun_decode - turn the eight-byte LUN of a PDU into a number
 * @lun:	single-level LUN structure (SAM-5 §4.7)
 * @unpacked:	the number, 0 to 16383
 *
 * Takes flat space addressing and peripheral device addressing. In the latter target
 * core lists the LUNs above 255, too (REPORT LUNS), with their upper bits where the
 * bus stands, and initiators say what was listed.
 *
 * Return: 0, or -ENXIO for any other form, which no LUN of ours has.
 */
int ti_lun_decode(const u8 lun[8], u64 *unpacked)
{
	static const u8 zero[6];

	if (memcmp(lun + 2, zero, sizeof(zero)))
		return -ENXIO;

	switch (lun[0] >> 6) {
	case 0:		/* peripheral device */
	case 1:		/* flat space */
		*unpacked = ti_get_be16(lun) & 0x3fff;
		return 0;
	default:
		return -ENXIO;
	}
}
