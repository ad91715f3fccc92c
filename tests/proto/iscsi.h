/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The numbers of RFC 7143, and big-endian access to a header.
 *
 * Written from the standard, on purpose not shared with the module: one
 * mistake in a shared file would hide itself.
 */
#ifndef PROTO_ISCSI_H
#define PROTO_ISCSI_H

#include <stdint.h>

enum {
	OP_NOP_OUT	= 0x00,
	OP_SCSI_CMD	= 0x01,
	OP_TMF		= 0x02,
	OP_LOGIN	= 0x03,
	OP_TEXT		= 0x04,
	OP_DATA_OUT	= 0x05,
	OP_LOGOUT	= 0x06,
	OP_SNACK	= 0x10,

	OP_NOP_IN	= 0x20,
	OP_SCSI_RSP	= 0x21,
	OP_TMF_RSP	= 0x22,
	OP_LOGIN_RSP	= 0x23,
	OP_TEXT_RSP	= 0x24,
	OP_DATA_IN	= 0x25,
	OP_LOGOUT_RSP	= 0x26,
	OP_R2T		= 0x31,
	OP_ASYNC	= 0x32,
	OP_REJECT	= 0x3f,

	OP_IMMEDIATE	= 0x40,
	OP_MASK		= 0x3f,
};

#define BHS_LEN		48
#define NO_TAG		0xffffffffu
#define LOGIN_MRDSL	8192

/* byte 1 */
#define F_FINAL		0x80
#define F_CONTINUE	0x40	/* text and login */
#define F_TRANSIT	0x80	/* login */

#define CMD_READ	0x40
#define CMD_WRITE	0x20
#define ATTR_SIMPLE	0x01

/* SCSI Response and Data-In, byte 1 */
#define RSP_BIDI_OVER	0x10
#define RSP_BIDI_UNDER	0x08
#define RSP_OVER	0x04
#define RSP_UNDER	0x02
#define DIN_ACK		0x40
#define DIN_STATUS	0x01

/* login stages */
#define SEC		0
#define OPER		1
#define RESERVED_STAGE	2
#define FFP		3

enum {
	TMF_ABORT_TASK		= 1,
	TMF_ABORT_TASK_SET	= 2,
	TMF_CLEAR_ACA		= 3,
	TMF_CLEAR_TASK_SET	= 4,
	TMF_LUN_RESET		= 5,
	TMF_WARM_RESET		= 6,
	TMF_COLD_RESET		= 7,
	TMF_REASSIGN		= 8,
	TMF_QUERY_TASK		= 9,
};

enum {
	TMR_COMPLETE		= 0,
	TMR_NO_TASK		= 1,
	TMR_NO_LUN		= 2,
	TMR_ALLEGIANT		= 3,
	TMR_NO_REASSIGN		= 4,
	TMR_NOT_SUPPORTED	= 5,
	TMR_NOT_AUTHORIZED	= 6,
	TMR_REJECTED		= 255,
};

enum {
	REJ_DATA_DIGEST		= 0x02,
	REJ_SNACK		= 0x03,
	REJ_PROTOCOL		= 0x04,
	REJ_UNSUPPORTED		= 0x05,
	REJ_IMMEDIATE		= 0x06,
	REJ_IN_PROGRESS		= 0x07,
	REJ_DATA_ACK		= 0x08,
	REJ_FIELD		= 0x09,
	REJ_LONG_OP		= 0x0a,
	REJ_LOGOUT		= 0x0c,
};

enum {
	LOGOUT_SESSION		= 0,
	LOGOUT_CONNECTION	= 1,
	LOGOUT_RECOVERY		= 2,
};

enum {
	LOGIN_OK		= 0x0000,
	LOGIN_INITIATOR_ERROR	= 0x0200,
	LOGIN_AUTH_FAILED	= 0x0201,
	LOGIN_FORBIDDEN		= 0x0202,
	LOGIN_NOT_FOUND		= 0x0203,
	LOGIN_BAD_VERSION	= 0x0205,
	LOGIN_TOO_MANY_CONNS	= 0x0206,
	LOGIN_MISSING		= 0x0207,
	LOGIN_CANT_INCLUDE	= 0x0208,
	LOGIN_BAD_TYPE		= 0x0209,
	LOGIN_NO_SESSION	= 0x020a,
	LOGIN_INVALID		= 0x020b,
};

#define SAM_GOOD		0x00
#define SAM_CHECK		0x02
#define SAM_CONFLICT		0x18

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static inline uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put24(uint8_t *p, uint32_t v)
{
	p[0] = v >> 16;
	put16(p + 1, v);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline void put64(uint8_t *p, uint64_t v)
{
	put32(p, v >> 32);
	put32(p + 4, v);
}

/* a < b in the serial arithmetic of RFC 1982 */
static inline int sn_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

#endif
