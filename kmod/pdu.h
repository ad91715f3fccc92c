/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iSCSI PDU layouts and codes (RFC 7143 §11), and the checks that need nothing
 * but the bytes of the header itself.
 *
 * Pure: compiled into the module, into KUnit tests and into user-space tests
 * and fuzzers. All multi-byte fields are big endian on the wire; the layouts
 * below are overlays on a 48-byte basic header segment (BHS).
 */
#ifndef TI_PDU_H
#define TI_PDU_H

#include "pure.h"

#define TI_BHS_LEN		48
#define TI_DIGEST_LEN		4
/* The longest AHS we take: an extended CDB of 260 bytes and a read length. */
#define TI_AHS_MAX		272
#define TI_RESERVED_TAG		0xffffffffU
#define TI_ISID_LEN		6
/* MaxRecvDataSegmentLength before it is negotiated (RFC 7143 §13.12). */
#define TI_DEFAULT_MRDSL	8192
#define TI_CDB_BHS_LEN		16

enum ti_opcode {
	TI_OP_NOP_OUT		= 0x00,
	TI_OP_SCSI_CMD		= 0x01,
	TI_OP_TMF_REQ		= 0x02,
	TI_OP_LOGIN_REQ		= 0x03,
	TI_OP_TEXT_REQ		= 0x04,
	TI_OP_DATA_OUT		= 0x05,
	TI_OP_LOGOUT_REQ	= 0x06,
	TI_OP_SNACK_REQ		= 0x10,

	TI_OP_NOP_IN		= 0x20,
	TI_OP_SCSI_RSP		= 0x21,
	TI_OP_TMF_RSP		= 0x22,
	TI_OP_LOGIN_RSP		= 0x23,
	TI_OP_TEXT_RSP		= 0x24,
	TI_OP_DATA_IN		= 0x25,
	TI_OP_LOGOUT_RSP	= 0x26,
	TI_OP_R2T		= 0x31,
	TI_OP_ASYNC_MSG		= 0x32,
	TI_OP_REJECT		= 0x3f,
};

#define TI_OPCODE_MASK		0x3f
#define TI_OP_IMMEDIATE		0x40
#define TI_FLAG_FINAL		0x80
#define TI_FLAG_CONTINUE	0x40

/* SCSI Command flags (§11.3.1) */
#define TI_CMD_READ		0x40
#define TI_CMD_WRITE		0x20
#define TI_CMD_ATTR_MASK	0x07

enum ti_task_attr {
	TI_ATTR_UNTAGGED	= 0,
	TI_ATTR_SIMPLE		= 1,
	TI_ATTR_ORDERED		= 2,
	TI_ATTR_HEAD_OF_QUEUE	= 3,
	TI_ATTR_ACA		= 4,
};

/* AHS types (§11.2.2.1) */
enum ti_ahs_type {
	TI_AHS_EXT_CDB		= 1,
	TI_AHS_BIDI_READ_LEN	= 2,
};

/* SCSI Response flags (§11.4.1); Data-In uses the same for residuals */
#define TI_RSP_BIDI_OVERFLOW	0x10
#define TI_RSP_BIDI_UNDERFLOW	0x08
#define TI_RSP_OVERFLOW		0x04
#define TI_RSP_UNDERFLOW	0x02
/* Data-In: status is in this PDU (§11.7.3) */
#define TI_DATA_IN_STATUS	0x01

/* iSCSI service response (§11.4.3) */
#define TI_RSP_COMPLETED	0x00
#define TI_RSP_TARGET_FAILURE	0x01

/* Login (§11.12, §11.13) */
#define TI_LOGIN_TRANSIT	0x80
#define TI_LOGIN_CONTINUE	0x40
#define TI_LOGIN_CSG(flags)	(((flags) >> 2) & 3)
#define TI_LOGIN_NSG(flags)	((flags) & 3)
#define TI_LOGIN_STAGE(csg, nsg) (((csg) << 2) | (nsg))

/* Login status: class << 8 | detail (§11.13.5) */
enum ti_login_status {
	TI_LOGIN_SUCCESS		= 0x0000,
	TI_LOGIN_TARGET_MOVED_TEMP	= 0x0101,
	TI_LOGIN_TARGET_MOVED_PERM	= 0x0102,
	TI_LOGIN_INITIATOR_ERR		= 0x0200,
	TI_LOGIN_AUTH_FAILED		= 0x0201,
	TI_LOGIN_FORBIDDEN		= 0x0202,
	TI_LOGIN_NOT_FOUND		= 0x0203,
	TI_LOGIN_REMOVED		= 0x0204,
	TI_LOGIN_UNSUPPORTED_VERSION	= 0x0205,
	TI_LOGIN_TOO_MANY_CONNS		= 0x0206,
	TI_LOGIN_MISSING_PARAM		= 0x0207,
	TI_LOGIN_CANT_INCLUDE		= 0x0208,
	TI_LOGIN_SESSION_TYPE		= 0x0209,
	TI_LOGIN_NO_SESSION		= 0x020a,
	TI_LOGIN_INVALID_REQUEST	= 0x020b,
	TI_LOGIN_TARGET_ERR		= 0x0300,
	TI_LOGIN_UNAVAILABLE		= 0x0301,
	TI_LOGIN_OUT_OF_RESOURCES	= 0x0302,
};

/* Task management (§11.5.1, §11.6.1) */
enum ti_tmf {
	TI_TMF_ABORT_TASK	= 1,
	TI_TMF_ABORT_TASK_SET	= 2,
	TI_TMF_CLEAR_ACA	= 3,
	TI_TMF_CLEAR_TASK_SET	= 4,
	TI_TMF_LUN_RESET	= 5,
	TI_TMF_WARM_RESET	= 6,
	TI_TMF_COLD_RESET	= 7,
	TI_TMF_TASK_REASSIGN	= 8,
};

enum ti_tmf_response {
	TI_TMF_COMPLETE		= 0,
	TI_TMF_NO_TASK		= 1,
	TI_TMF_NO_LUN		= 2,
	TI_TMF_STILL_ALLEGIANT	= 3,
	TI_TMF_NO_REASSIGN	= 4,
	TI_TMF_NOT_SUPPORTED	= 5,
	TI_TMF_NOT_AUTHORIZED	= 6,
	TI_TMF_REJECTED		= 255,
};

/* Logout (§11.14.1, §11.15.1) */
enum ti_logout_reason {
	TI_LOGOUT_CLOSE_SESSION	= 0,
	TI_LOGOUT_CLOSE_CONN	= 1,
	TI_LOGOUT_RECOVERY	= 2,
};

enum ti_logout_response {
	TI_LOGOUT_OK		= 0,
	TI_LOGOUT_NO_CID	= 1,
	TI_LOGOUT_NO_RECOVERY	= 2,
	TI_LOGOUT_CLEANUP_FAILED = 3,
};

/* Reject reasons (§11.17.1) */
enum ti_reject_reason {
	TI_REJECT_DATA_DIGEST		= 0x02,
	TI_REJECT_SNACK			= 0x03,
	TI_REJECT_PROTOCOL_ERROR	= 0x04,
	TI_REJECT_NOT_SUPPORTED		= 0x05,
	TI_REJECT_IMMEDIATE		= 0x06,
	TI_REJECT_TASK_IN_PROGRESS	= 0x07,
	TI_REJECT_INVALID_DATA_ACK	= 0x08,
	TI_REJECT_INVALID_FIELD		= 0x09,
	TI_REJECT_LONG_OP		= 0x0a,
	TI_REJECT_WAITING_FOR_LOGOUT	= 0x0c,
};

/* Asynchronous events (§11.9.1) */
enum ti_async_event {
	TI_ASYNC_SCSI		= 0,
	TI_ASYNC_LOGOUT		= 1,
	TI_ASYNC_DROP_CONN	= 2,
	TI_ASYNC_DROP_SESSION	= 3,
	TI_ASYNC_NEGOTIATE	= 4,
};

/**
 * struct ti_bhs - the fields that every PDU shares (RFC 7143 §11.2.1)
 * @opcode:	TI_OP_IMMEDIATE | enum ti_opcode
 * @flags:	F bit and opcode-specific flags
 * @rsvd:	opcode-specific (response and status in responses)
 * @ahs_words:	TotalAHSLength in four-byte words
 * @dlength:	DataSegmentLength in bytes, without padding
 * @lun:	logical unit number, or opcode-specific
 * @itt:	Initiator Task Tag
 * @w5:		bytes 20..47, opcode-specific, as seven words
 */
struct ti_bhs {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	w5[7];
};

/* SCSI Command (§11.3) */
struct ti_scsi_cmd_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	edtl;		/* Expected Data Transfer Length, bytes */
	__be32	cmd_sn;
	__be32	exp_stat_sn;
	u8	cdb[TI_CDB_BHS_LEN];
};

/* SCSI Response (§11.4) */
struct ti_scsi_rsp_hdr {
	u8	opcode;
	u8	flags;
	u8	response;
	u8	status;
	u8	ahs_words;
	u8	dlength[3];
	u8	rsvd[8];
	__be32	itt;
	__be32	snack;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	__be32	exp_data_sn;
	__be32	bidi_residual;
	__be32	residual;
};

/* Task Management Function Request (§11.5) */
struct ti_tmf_hdr {
	u8	opcode;
	u8	function;	/* TI_FLAG_FINAL | enum ti_tmf */
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	ref_itt;
	__be32	cmd_sn;
	__be32	exp_stat_sn;
	__be32	ref_cmd_sn;
	__be32	exp_data_sn;
	__be32	rsvd2[2];
};

/* SCSI Data-Out (§11.7) */
struct ti_data_out_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	ttt;
	__be32	rsvd2;
	__be32	exp_stat_sn;
	__be32	rsvd3;
	__be32	data_sn;
	__be32	offset;
	__be32	rsvd4;
};

/* SCSI Data-In (§11.7) */
struct ti_data_in_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd;
	u8	status;
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	ttt;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	__be32	data_sn;
	__be32	offset;
	__be32	residual;
};

/* Ready To Transfer (§11.8) */
struct ti_r2t_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	ttt;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	__be32	r2t_sn;
	__be32	offset;
	__be32	desired;
};

/* Asynchronous Message (§11.9) */
struct ti_async_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;		/* always TI_RESERVED_TAG */
	__be32	rsvd2;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	u8	event;
	u8	vcode;
	__be16	param1;
	__be16	param2;
	__be16	param3;
	__be32	rsvd3;
};

/* Text Request and NOP-Out (§11.10, §11.18): the same fields */
struct ti_text_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	ttt;
	__be32	cmd_sn;
	__be32	exp_stat_sn;
	__be32	rsvd2[4];
};

/* Text Response and NOP-In (§11.11, §11.19): the same fields */
struct ti_text_rsp_hdr {
	u8	opcode;
	u8	flags;
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	lun[8];
	__be32	itt;
	__be32	ttt;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	__be32	rsvd2[3];
};

/* Login Request (§11.12) */
struct ti_login_hdr {
	u8	opcode;
	u8	flags;
	u8	version_max;
	u8	version_min;
	u8	ahs_words;
	u8	dlength[3];
	u8	isid[TI_ISID_LEN];
	__be16	tsih;
	__be32	itt;
	__be16	cid;
	__be16	rsvd;
	__be32	cmd_sn;
	__be32	exp_stat_sn;
	__be32	rsvd2[4];
};

/* Login Response (§11.13) */
struct ti_login_rsp_hdr {
	u8	opcode;
	u8	flags;
	u8	version_max;
	u8	version_active;
	u8	ahs_words;
	u8	dlength[3];
	u8	isid[TI_ISID_LEN];
	__be16	tsih;
	__be32	itt;
	__be32	rsvd;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	u8	status_class;
	u8	status_detail;
	__be16	rsvd2;
	__be32	rsvd3[2];
};

/* Logout Request (§11.14) */
struct ti_logout_hdr {
	u8	opcode;
	u8	reason;		/* TI_FLAG_FINAL | enum ti_logout_reason */
	u8	rsvd[2];
	u8	ahs_words;
	u8	dlength[3];
	u8	rsvd2[8];
	__be32	itt;
	__be16	cid;
	__be16	rsvd3;
	__be32	cmd_sn;
	__be32	exp_stat_sn;
	__be32	rsvd4[4];
};

/* Responses to TMF and Logout, and Reject (§11.6, §11.15, §11.17) */
struct ti_simple_rsp_hdr {
	u8	opcode;
	u8	flags;
	u8	response;	/* Reject: the reason */
	u8	rsvd;
	u8	ahs_words;
	u8	dlength[3];
	u8	rsvd2[8];
	__be32	itt;
	__be32	rsvd3;
	__be32	stat_sn;
	__be32	exp_cmd_sn;
	__be32	max_cmd_sn;
	__be32	data_sn;	/* Reject only */
	__be16	time2wait;	/* Logout only, seconds */
	__be16	time2retain;	/* Logout only, seconds */
	__be32	rsvd4;
};

/* Serial number arithmetic on 32 bits (RFC 1982, RFC 7143 §4.2.2.1). */
static inline bool ti_sn_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool ti_sn_lte(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

/**
 * ti_sn_in_window - is a number between two others, both included
 * @sn:		the number
 * @first:	first of the window
 * @last:	last of the window
 *
 * The window may be empty (@last == @first - 1) and may wrap.
 */
static inline bool ti_sn_in_window(u32 sn, u32 first, u32 last)
{
	return ti_sn_lte(first, sn) && ti_sn_lte(sn, last);
}

static inline u32 ti_pdu_dlength(const struct ti_bhs *bhs)
{
	return ti_get_be24(bhs->dlength);
}

static inline u32 ti_pdu_ahs_length(const struct ti_bhs *bhs)
{
	return bhs->ahs_words * 4U;
}

static inline u8 ti_pdu_opcode(const struct ti_bhs *bhs)
{
	return bhs->opcode & TI_OPCODE_MASK;
}

static inline bool ti_pdu_immediate(const struct ti_bhs *bhs)
{
	return bhs->opcode & TI_OP_IMMEDIATE;
}

/* How many bytes follow @len to make it a multiple of four. */
static inline u32 ti_pdu_pad(u32 len)
{
	return -len & 3;
}

/**
 * struct ti_ahs - what the additional header segments of a SCSI Command say
 * @ext_cdb:	the part of the CDB beyond its first 16 bytes, or NULL
 * @ext_cdb_len: its length in bytes
 * @bidi:	a bidirectional read length was given
 * @read_len:	that length in bytes
 */
struct ti_ahs {
	const u8 *ext_cdb;
	u32	ext_cdb_len;
	bool	bidi;
	u32	read_len;
};

int ti_ahs_parse(const u8 *buf, u32 len, struct ti_ahs *ahs);
int ti_lun_decode(const u8 lun[8], u64 *unpacked);

#endif /* TI_PDU_H */
