// SPDX-License-Identifier: GPL-2.0
/*
 * An NVMe/TCP host (NVM Express TCP Transport Specification 1.0): one
 * controller, an I/O queue per session. All numbers are little-endian; structs
 * are laid over the bytes only on such machines.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "write the conversions first"
#endif

#define SYNC_SLOT	(MAX_DEPTH - 1)
#define MAX_HEADER	128

enum pdu_type {
	ICREQ = 0, ICRESP = 1, C2H_TERM = 3, CMD = 4, RSP = 5, H2C_DATA = 6,
	C2H_DATA = 7, R2T = 9,
};

enum { FLAG_HDGST = 1, FLAG_DDGST = 2, FLAG_LAST = 4, FLAG_SUCCESS = 8 };

enum {
	OP_WRITE = 1, OP_READ = 2, OP_IDENTIFY = 6, OP_FABRICS = 0x7f,
	FC_SET_PROPERTY = 0, FC_CONNECT = 1, FC_GET_PROPERTY = 4,
	PROP_CC = 0x14, PROP_CSTS = 0x1c,
	CC_ENABLE = 1 | 6 << 16 | 4 << 20,
	SGL_IN_CAPSULE = 0x01, SGL_TRANSPORT = 0x5a,
};

/* The common header of all PDUs, and the fields of data and R2T PDUs. */
struct header {
	uint8_t		type;
	uint8_t		flags;
	uint8_t		hlen;
	uint8_t		pdo;
	uint32_t	plen;
	uint16_t	cid;
	uint16_t	ttag;
	uint32_t	offset;
	uint32_t	length;
	uint32_t	reserved;
};

struct sqe {
	uint8_t		opcode;
	uint8_t		flags;
	uint16_t	cid;
	uint32_t	nsid;		/* fabrics: the command type */
	uint8_t		reserved[16];
	uint64_t	sgl_address;
	uint32_t	sgl_length;
	uint8_t		sgl_reserved[3];
	uint8_t		sgl_type;
	uint8_t		cdw10[24];
};

struct cqe {
	uint64_t	result;
	uint16_t	sq_head;
	uint16_t	sq_id;
	uint16_t	cid;
	uint16_t	status;
};

enum rx_state { RX_HEADER, RX_DATA, RX_TRAILER };

struct queue {
	bool		up;		/* ICResp is here */
	uint32_t	max_h2c;
	struct cqe	cqe;		/* of the last setup command */

	enum rx_state	state;
	uint32_t	need;
	uint32_t	have;
	uint32_t	crc;
	union {
		uint8_t		header[MAX_HEADER + 4];
		struct header	h;
	};
	uint8_t		trailer[4];
};

/* What the first connection, the admin queue, has found out. */
static struct conn admin;
static uint16_t controller;
static uint32_t in_capsule;

static uint32_t min(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* ---- sending ---- */

/* Header, header digest, data, data digest; sets the lengths. */
static void send_pdu(struct conn *c, void *header, uint8_t hlen,
		     const uint8_t *data, uint32_t len)
{
	const struct queue *q = c->priv;
	struct header *h = header;
	uint32_t hdgst = q->up && opt.header_digest ? 4 : 0;
	uint32_t ddgst = q->up && opt.data_digest && len ? 4 : 0;
	uint32_t crc;

	h->flags |= (hdgst ? FLAG_HDGST : 0) | (ddgst ? FLAG_DDGST : 0);
	h->hlen = hlen;
	h->pdo = len ? hlen + hdgst : 0;
	h->plen = hlen + hdgst + len + ddgst;
	tx_bytes(c, h, hlen);
	if (hdgst) {
		crc = ~crc32c(~0U, h, hlen);
		tx_bytes(c, &crc, 4);
	}
	if (len)
		tx_bytes(c, data, len);
	if (ddgst) {
		crc = ~crc32c(~0U, data, len);
		tx_bytes(c, &crc, 4);
	}
}

static void send_command(struct conn *c, struct sqe *sqe, const uint8_t *data,
			 uint32_t len)
{
	struct {
		uint8_t		common[8];
		struct sqe	sqe;
	} capsule = { { CMD }, *sqe };

	capsule.sqe.flags = 0x40;
	send_pdu(c, &capsule, sizeof(capsule), data, len);
}

static void nvme_start(struct conn *c, struct io *io)
{
	const struct lun *l = &luns[io->lun];
	uint64_t lba = io->block * (opt.block / l->sector);
	uint16_t sectors = io->len / l->sector - 1;
	bool inside = io->write && io->len <= in_capsule;
	struct sqe sqe = {
		.opcode = io->write ? OP_WRITE : OP_READ,
		.cid = io - c->io,
		.nsid = opt.first_lun + io->lun + 1,
		.sgl_length = io->len,
		.sgl_type = inside ? SGL_IN_CAPSULE : SGL_TRANSPORT,
	};

	memcpy(sqe.cdw10, &lba, 8);
	memcpy(sqe.cdw10 + 8, &sectors, 2);
	send_command(c, &sqe, inside ? io_payload(io, 0) : NULL,
		     inside ? io->len : 0);
}

static bool nvme_may_start(struct conn *c)
{
	(void)c;
	return true;
}

/* ---- what comes in ---- */

static struct io *io_of(struct conn *c, uint16_t cid)
{
	if (cid >= MAX_DEPTH || !c->io[cid].active)
		die("connection %u: PDU for unknown command %u", c->index, cid);
	return &c->io[cid];
}

static void command_done(struct conn *c, struct io *io, uint16_t status)
{
	if (io == &c->io[SYNC_SLOT]) {
		io->active = false;
		c->sync_status = status >> 1;
		c->sync_done = true;
		return;
	}
	if (status >> 1)
		die("connection %u: status 0x%x", c->index, status >> 1);
	io_done(c, io, false);
}

static void response(struct conn *c)
{
	struct queue *q = c->priv;

	memcpy(&q->cqe, q->header + 8, sizeof(q->cqe));
	command_done(c, io_of(c, q->cqe.cid), q->cqe.status);
}

static void r2t(struct conn *c)
{
	struct queue *q = c->priv;
	struct io *io = io_of(c, q->h.cid);
	uint32_t offset = q->h.offset, end = offset + q->h.length, len;

	for (; offset < end; offset += len) {
		struct header h = {
			.type = H2C_DATA, .cid = q->h.cid, .ttag = q->h.ttag,
			.offset = offset,
		};

		len = min(end - offset, q->max_h2c);
		h.length = len;
		h.flags = offset + len == end ? FLAG_LAST : 0;
		send_pdu(c, &h, sizeof(h), io_payload(io, offset), len);
	}
	tx_command_end(c);
}

static void initialised(struct conn *c)
{
	struct queue *q = c->priv;

	memcpy(&q->max_h2c, q->header + 12, 4);
	if (((q->header[11] & 1) != opt.header_digest) ||
	    ((q->header[11] >> 1 & 1) != opt.data_digest))
		die("the target does not agree on digests");
	q->up = true;
}

static void pdu_received(struct conn *c)
{
	struct queue *q = c->priv;

	switch (q->h.type) {
	case ICRESP:	initialised(c); break;
	case RSP:	response(c); break;
	case R2T:	r2t(c); break;
	case C2H_DATA:
		if (q->h.flags & FLAG_SUCCESS)
			command_done(c, io_of(c, q->h.cid), 0);
		break;
	case C2H_TERM:
		die("connection %u: terminated by the target, reason %u",
		    c->index, q->header[8] | q->header[9] << 8);
	default:
		die("connection %u: PDU 0x%02x", c->index, q->h.type);
	}
}

/* ---- receiving ---- */

static void expect(struct queue *q, enum rx_state state, uint32_t need)
{
	q->state = state;
	q->need = need;
	q->have = 0;
}

static void pdu_end(struct conn *c)
{
	pdu_received(c);
	expect(c->priv, RX_HEADER, 8);
}

static void check_digest(struct conn *c, uint32_t crc, const uint8_t *digest)
{
	uint32_t got;

	memcpy(&got, digest, 4);
	if (got != ~crc)
		die("connection %u: wrong digest", c->index);
}

/* A header up to where the data begin: the common part says how long it is. */
static void header_received(struct conn *c)
{
	struct queue *q = c->priv;
	uint32_t hdgst = q->h.flags & FLAG_HDGST ? 4 : 0;
	uint32_t whole = q->h.type == C2H_DATA ? q->h.pdo : q->h.hlen + hdgst;

	if (q->need == 8 && whole > 8) {
		if (whole > sizeof(q->header) || q->h.plen > 64 << 20)
			die("connection %u: bad header length", c->index);
		q->need = whole;
		return;
	}
	if (hdgst)
		check_digest(c, crc32c(~0U, q->header, q->h.hlen),
			     q->header + q->h.hlen);
	q->crc = ~0U;
	if (q->h.type == C2H_DATA && q->h.length)
		expect(q, RX_DATA, q->h.length);
	else
		pdu_end(c);
}

static void data_received(struct conn *c, const uint8_t *p, uint32_t n)
{
	struct queue *q = c->priv;
	struct io *io = io_of(c, q->h.cid);

	if (q->h.offset + q->have + n > io->len)
		die("connection %u: data beyond the end", c->index);
	if (q->h.flags & FLAG_DDGST)
		q->crc = crc32c(q->crc, p, n);
	io_store(io, q->h.offset + q->have, p, n);
}

static void part_received(struct conn *c)
{
	struct queue *q = c->priv;

	if (q->state == RX_HEADER) {
		header_received(c);
	} else if (q->state == RX_DATA && q->h.flags & FLAG_DDGST) {
		expect(q, RX_TRAILER, 4);
	} else {
		if (q->state == RX_TRAILER)
			check_digest(c, q->crc, q->trailer);
		pdu_end(c);
	}
}

static void nvme_receive(struct conn *c, const uint8_t *p, size_t left)
{
	struct queue *q = c->priv;

	while (left) {
		uint32_t n = min(q->need - q->have, left);

		if (q->state == RX_HEADER)
			memcpy(q->header + q->have, p, n);
		else if (q->state == RX_DATA)
			data_received(c, p, n);
		else
			memcpy(q->trailer + q->have, p, n);
		q->have += n;
		p += n;
		left -= n;
		if (q->have == q->need)
			part_received(c);
	}
}

/* ---- setup ---- */

static void execute(struct conn *c, struct sqe *sqe, uint8_t *data, uint32_t len,
		    const char *what)
{
	struct io *io = &c->io[SYNC_SLOT];
	bool out = sqe->sgl_type == SGL_IN_CAPSULE;

	*io = (struct io){ .active = true, .len = len, .data = data };
	sqe->cid = SYNC_SLOT;
	sqe->sgl_length = len;
	c->sync_done = false;
	send_command(c, sqe, out ? data : NULL, out ? len : 0);
	receive_until(c, &c->sync_done);
	if (c->sync_status)
		die("%s: status 0x%x", what, c->sync_status);
}

static void connect_queue(struct conn *c, uint16_t id, uint16_t depth)
{
	struct queue *q = calloc(1, sizeof(*q));
	struct sqe sqe = { .opcode = OP_FABRICS, .nsid = FC_CONNECT,
			   .sgl_type = SGL_IN_CAPSULE };
	uint8_t icreq[128] = { ICREQ, [11] = opt.header_digest |
					     opt.data_digest << 1 };
	uint8_t data[1024] = { 1, 2, 3, 4 };

	if (!q)
		die("out of memory");
	c->priv = q;
	c->fd = dial(opt.portal, "4420");
	expect(q, RX_HEADER, 8);
	send_pdu(c, icreq, sizeof(icreq), NULL, 0);
	receive_until(c, &q->up);

	memcpy(sqe.cdw10 + 2, &id, 2);
	memcpy(sqe.cdw10 + 4, &depth, 2);
	memcpy(data + 16, &controller, 2);
	snprintf((char *)data + 256, 256, "%s", opt.target);
	snprintf((char *)data + 512, 256, "%s",
		 "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0000-000000000001");
	execute(c, &sqe, data, sizeof(data), "connect");
}

static void set_property(uint32_t offset, uint64_t value)
{
	struct sqe sqe = { .opcode = OP_FABRICS, .nsid = FC_SET_PROPERTY };

	memcpy(sqe.cdw10 + 4, &offset, 4);
	memcpy(sqe.cdw10 + 8, &value, 8);
	execute(&admin, &sqe, NULL, 0, "set property");
}

static uint32_t get_property(uint32_t offset)
{
	const struct queue *q = admin.priv;
	struct sqe sqe = { .opcode = OP_FABRICS, .nsid = FC_GET_PROPERTY };

	memcpy(sqe.cdw10 + 4, &offset, 4);
	execute(&admin, &sqe, NULL, 0, "get property");
	return q->cqe.result;
}

static void identify(uint32_t nsid, uint8_t cns, uint8_t *data)
{
	struct sqe sqe = { .opcode = OP_IDENTIFY, .nsid = nsid,
			   .sgl_type = SGL_TRANSPORT, .cdw10 = { cns } };

	execute(&admin, &sqe, data, 4096, "identify");
}

static void namespace_size(unsigned int lun)
{
	uint8_t data[4096] = { 0 };
	uint64_t sectors;

	identify(opt.first_lun + lun + 1, 0, data);
	memcpy(&sectors, data, 8);
	lun_set_size(lun, sectors, 1U << data[128 + 4 * (data[26] & 15) + 2]);
}

static void open_admin(void)
{
	const struct queue *q;
	uint8_t data[4096] = { 0 };
	int tries = 1000;

	controller = 0xffff;
	admin.proto = &nvme_proto;
	connect_queue(&admin, 0, 31);
	q = admin.priv;
	controller = q->cqe.result;
	set_property(PROP_CC, CC_ENABLE);
	while (!(get_property(PROP_CSTS) & 1)) {
		if (!--tries)
			die("the controller does not become ready");
		usleep(1000);
	}
	identify(0, 1, data);
	memcpy(&in_capsule, data + 1792, 4);
	in_capsule = in_capsule * 16 - 64;
	for (unsigned int lun = 0; lun < opt.luns; lun++)
		namespace_size(lun);
}

static void nvme_open(struct conn *c)
{
	if (!c->index)
		open_admin();
	connect_queue(c, c->index + 1, opt.depth > 1 ? opt.depth : 1);
}

static void nvme_close(struct conn *c)
{
	close(c->fd);
	if (c->index == opt.sessions - 1)
		close(admin.fd);
}

const struct proto nvme_proto = {
	.open		= nvme_open,
	.may_start	= nvme_may_start,
	.start		= nvme_start,
	.receive	= nvme_receive,
	.close		= nvme_close,
};
