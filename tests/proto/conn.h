/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One TCP connection and the PDUs on it.
 *
 * Every PDU that arrives is held to the rules that hold for all: lengths,
 * padding, digests, StatSN, ExpCmdSN and MaxCmdSN. A test sees only what
 * passed them.
 */
#ifndef PROTO_CONN_H
#define PROTO_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi.h"

struct pdu {
	uint8_t bhs[BHS_LEN];
	uint8_t ahs[1024];
	size_t ahs_len;
	uint8_t *data;
	size_t len;

	/* sending: what a test spoils */
	bool own_lengths;	/* the length fields are as the test wrote them */
	bool no_pad;
	uint8_t pad_byte;
	uint32_t spoil_header;	/* xor into the digest */
	uint32_t spoil_data;
};

struct params {
	bool header_digest, data_digest;
	bool initial_r2t, immediate_data;
	uint32_t mrdsl;		/* what we declared */
	uint32_t target_mrdsl;
	uint32_t max_burst, first_burst, max_r2t, erl;
	uint32_t max_connections;
};

struct conn {
	int fd;
	struct params p;
	bool full_feature;
	bool raw;		/* hold PDUs to nothing */
	bool keep_pings;	/* those of the target are the test's business */

	/* seen, for the test that is about it */
	bool dirty_padding, other_isid;

	/* login */
	uint8_t isid[6];
	uint16_t tsih, cid;
	char *sent;		/* the keys we sent, each with a blank before it */

	/* sequence numbers */
	uint32_t cmdsn;		/* of the next command */
	uint32_t itt;		/* of the next task */
	uint32_t statsn;	/* expected next */
	bool statsn_known;
	uint32_t exp_cmdsn, max_cmdsn;
	bool cmdsn_known;

	/* filled by lu_ready() */
	uint32_t block;
	uint64_t blocks;
};

enum rx { RX_PDU, RX_CLOSED, RX_TIMEOUT };

/* somebody accepts a connection */
bool probe(void);
struct conn *conn_open(void);
/* Of the initiator port of another connection. */
struct conn *conn_open_as(const struct conn *other);
struct conn *conn_open_small(int rcvbuf);
void conn_close(struct conn *c);
void conn_half_close(struct conn *c);

struct pdu *pdu_new(uint8_t opcode);
void pdu_data(struct pdu *p, const void *data, size_t len);
void pdu_ahs(struct pdu *p, uint8_t type, const void *body, size_t len);
struct pdu *pdu_copy(const struct pdu *p);
/* the bytes on the wire, digests and padding included */
uint8_t *pdu_bytes(struct conn *c, struct pdu *p, size_t *len);
bool pdu_send(struct conn *c, struct pdu *p);
bool raw_send(struct conn *c, const void *buf, size_t len);

enum rx pdu_try(struct conn *c, struct pdu **p, unsigned int ms);
struct pdu *pdu_get(struct conn *c);
struct pdu *pdu_expect(struct conn *c, uint8_t opcode);

static inline uint8_t pdu_op(const struct pdu *p)
{
	return p->bhs[0] & OP_MASK;
}

static inline uint32_t pdu_itt(const struct pdu *p)
{
	return get32(p->bhs + 16);
}

const char *op_name(uint8_t op);
char *pdu_describe(const struct pdu *p);

/* nothing arrives for a while */
void expect_silence(struct conn *c);
/* the target ends the connection; what it says before does not matter */
void expect_close(struct conn *c);
bool closes(struct conn *c, unsigned int ms);
/* a Reject with one of these reasons (0 ends the list), holding @bad's header */
void expect_reject(struct conn *c, const struct pdu *bad, ...);
void check_reject(const struct pdu *r, const struct pdu *bad);
/* a request that was rejected was never received (7.3): the next one has its CmdSN */
void cmdsn_again(struct conn *c, const struct pdu *bad);
/* @bad is ignored or rejected, or the connection ends: true unless it ends */
bool not_served(struct conn *c, const struct pdu *bad);
/* Reject, or the connection ends: true for Reject */
bool reject_or_close(struct conn *c, const struct pdu *bad);

#endif
