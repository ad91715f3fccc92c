// SPDX-License-Identifier: GPL-2.0
/* An iSCSI initiator (RFC 7143): one connection a session, no authentication. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define BHS		48
#define NO_TAG		0xffffffffU
#define SYNC_SLOT	(MAX_DEPTH - 1)
#define SLOT_BITS	10		/* MAX_DEPTH is 1 << SLOT_BITS */
#define MAX_TEXT	8192

enum opcode {
	NOP_OUT		= 0x00,
	SCSI_CMD	= 0x01,
	LOGIN_REQ	= 0x03,
	DATA_OUT	= 0x05,
	LOGOUT_REQ	= 0x06,
	IMMEDIATE	= 0x40,
	NOP_IN		= 0x20,
	SCSI_RSP	= 0x21,
	LOGIN_RSP	= 0x23,
	DATA_IN		= 0x25,
	LOGOUT_RSP	= 0x26,
	R2T		= 0x31,
	ASYNC_MSG	= 0x32,
	REJECT		= 0x3f,
};

enum { GOOD = 0, CHECK_CONDITION = 2, BUSY = 8, TASK_SET_FULL = 0x28 };

enum rx_state { RX_HEADER, RX_DATA, RX_TRAILER };

struct iscsi {
	uint32_t	cmd_sn;
	uint32_t	max_cmd_sn;
	uint32_t	exp_stat_sn;
	bool		in_login;	/* digests begin afterwards */
	bool		closed;

	/* negotiated */
	bool		header_digest;
	bool		data_digest;
	bool		initial_r2t;
	bool		immediate_data;
	uint32_t	first_burst;
	uint32_t	max_xmit;	/* the target's MaxRecvDataSegmentLength */

	/* receive state */
	enum rx_state	state;
	uint32_t	need;
	uint32_t	have;
	uint32_t	dlen;
	uint32_t	crc;
	uint8_t		header[BHS + 1020 + 4];
	uint8_t		trailer[8];
	uint8_t		text[MAX_TEXT + 1]; /* data segment of all but Data-In */

	/* login */
	bool		transit;
	uint8_t		isid[6];
	uint16_t	tsih;
	bool		login_answered;
};

static void put16(uint8_t *p, uint16_t v) { v = htobe16(v); memcpy(p, &v, 2); }
static void put32(uint8_t *p, uint32_t v) { v = htobe32(v); memcpy(p, &v, 4); }
static void put64(uint8_t *p, uint64_t v) { v = htobe64(v); memcpy(p, &v, 8); }
static uint32_t get32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return be32toh(v); }
static uint64_t get64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return be64toh(v); }
static uint32_t get24(const uint8_t *p) { return p[0] << 16 | p[1] << 8 | p[2]; }

static uint32_t min(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t padding(uint32_t n) { return -n & 3; }

/* The Initiator Task Tag: the slot, and above it how often it was used. */
static uint32_t tag_of(const struct conn *c, const struct io *io)
{
	return (io - c->io) |
	       (opt.reuse_tags ? 0 : io->used << SLOT_BITS & 0x7fffffff);
}

/* ---- sending ---- */

/* Queue a PDU: its header, with the length set here, and its data. */
static void send_pdu(struct conn *c, uint8_t *bhs, const uint8_t *data,
		     uint32_t len)
{
	struct iscsi *s = c->priv;
	uint32_t pad = padding(len), crc;
	uint8_t *p;

	bhs[5] = len >> 16;
	bhs[6] = len >> 8;
	bhs[7] = len;
	tx_bytes(c, bhs, BHS);
	if (s->header_digest && !s->in_login) {
		crc = htole32(~crc32c(~0U, bhs, BHS));
		tx_bytes(c, &crc, 4);
	}
	if (!len)
		return;
	p = tx_reserve(c, len + pad);
	memcpy(p, data, len);
	memset(p + len, 0, pad);
	if (s->data_digest && !s->in_login) {
		crc = htole32(~crc32c(~0U, p, len + pad));
		tx_bytes(c, &crc, 4);
	}
}

/* The sequence @offset to @end of a write, in answer to an R2T or unasked. */
static void send_data_out(struct conn *c, const struct io *io, uint32_t ttt,
			  uint32_t offset, uint32_t end)
{
	struct iscsi *s = c->priv;
	uint32_t data_sn = 0, len;

	for (; offset < end; offset += len) {
		uint8_t bhs[BHS] = { DATA_OUT };

		len = min(end - offset, s->max_xmit);
		bhs[1] = offset + len == end ? 0x80 : 0;
		put64(bhs + 8, (uint64_t)(opt.first_lun + io->lun) << 48);
		put32(bhs + 16, tag_of(c, io));
		put32(bhs + 20, ttt);
		put32(bhs + 28, s->exp_stat_sn);
		put32(bhs + 36, data_sn++);
		put32(bhs + 40, offset);
		send_pdu(c, bhs, io_payload(io, offset), len);
	}
}

static void send_command(struct conn *c, struct io *io, const uint8_t *cdb)
{
	struct iscsi *s = c->priv;
	uint8_t bhs[BHS] = { SCSI_CMD };
	uint32_t immediate = 0, unsolicited = 0;

	io->used++;
	if (io->write && s->immediate_data)
		immediate = min(min(io->len, s->first_burst), s->max_xmit);
	if (io->write && !s->initial_r2t)
		unsolicited = min(io->len, s->first_burst);
	bhs[1] = 1 | (io->write ? 0x20 : io->len ? 0x40 : 0);
	if (unsolicited <= immediate)
		bhs[1] |= 0x80;
	put64(bhs + 8, (uint64_t)(opt.first_lun + io->lun) << 48);
	put32(bhs + 16, tag_of(c, io));
	put32(bhs + 20, io->len);
	put32(bhs + 24, s->cmd_sn++);
	put32(bhs + 28, s->exp_stat_sn);
	memcpy(bhs + 32, cdb, 16);
	send_pdu(c, bhs, immediate ? io_payload(io, 0) : NULL, immediate);
	if (unsolicited > immediate)
		send_data_out(c, io, NO_TAG, immediate, unsolicited);
}

static void iscsi_start(struct conn *c, struct io *io)
{
	const struct lun *l = &luns[io->lun];
	uint64_t lba = io->block * (opt.block / l->sector);
	uint32_t sectors = io->len / l->sector;
	uint8_t cdb[16] = { 0 };

	if (lba + sectors <= 1ULL << 32 && sectors < 1 << 16) {
		cdb[0] = io->write ? 0x2a : 0x28;
		put32(cdb + 2, lba);
		put16(cdb + 7, sectors);
	} else {
		cdb[0] = io->write ? 0x8a : 0x88;
		put64(cdb + 2, lba);
		put32(cdb + 10, sectors);
	}
	send_command(c, io, cdb);
}

static bool iscsi_may_start(struct conn *c)
{
	struct iscsi *s = c->priv;

	return (int32_t)(s->max_cmd_sn - s->cmd_sn) >= 0;
}

/* ---- what comes in ---- */

static struct io *io_of(struct conn *c, const uint8_t *bhs)
{
	uint32_t itt = get32(bhs + 16);
	struct io *io = &c->io[itt % MAX_DEPTH];

	if (!io->active || tag_of(c, io) != itt)
		die("connection %u: PDU 0x%02x for unknown tag 0x%x", c->index,
		    bhs[0], itt);
	return io;
}

static void command_done(struct conn *c, struct io *io, uint8_t status)
{
	struct iscsi *s = c->priv;

	if (io == &c->io[SYNC_SLOT]) {
		io->active = false;
		c->sync_status = status;
		c->sync_done = true;
		return;
	}
	if (status != GOOD && status != BUSY && status != TASK_SET_FULL)
		die("connection %u: status 0x%02x, sense %x/%02x/%02x", c->index,
		    status, s->text[4] & 15, s->text[14], s->text[15]);
	io_done(c, io, status != GOOD);
}

static void scsi_response(struct conn *c, const uint8_t *bhs)
{
	struct io *io = io_of(c, bhs);

	if (bhs[2])
		die("connection %u: iSCSI response 0x%02x", c->index, bhs[2]);
	if (bhs[3] == GOOD && bhs[1] & 6 && io != &c->io[SYNC_SLOT])
		die("connection %u: residual of %u bytes", c->index,
		    get32(bhs + 44));
	command_done(c, io, bhs[3]);
}

static void data_in_end(struct conn *c, const uint8_t *bhs)
{
	if (bhs[1] & 1)
		command_done(c, io_of(c, bhs), bhs[3]);
}

static void r2t(struct conn *c, const uint8_t *bhs)
{
	struct io *io = io_of(c, bhs);
	uint32_t offset = get32(bhs + 40), len = get32(bhs + 44);

	if (!io->write || !len || offset + len > io->len)
		die("connection %u: R2T for %u bytes at %u", c->index, len, offset);
	send_data_out(c, io, get32(bhs + 20), offset, offset + len);
	tx_command_end(c);
}

static void nop_in(struct conn *c, const uint8_t *in)
{
	struct iscsi *s = c->priv;
	uint8_t bhs[BHS] = { NOP_OUT | IMMEDIATE, 0x80 };

	if (get32(in + 20) == NO_TAG)
		return;
	memcpy(bhs + 8, in + 8, 8);
	put32(bhs + 16, NO_TAG);
	memcpy(bhs + 20, in + 20, 4);
	put32(bhs + 24, s->cmd_sn);
	put32(bhs + 28, s->exp_stat_sn);
	send_pdu(c, bhs, NULL, 0);
	tx_command_end(c);
}

static void login_response(struct conn *c, const uint8_t *bhs);

/* The sequence numbers that every PDU of a target carries. */
static void take_numbers(struct iscsi *s, const uint8_t *bhs)
{
	uint8_t op = bhs[0] & 0x3f;
	uint32_t max = get32(bhs + 32);

	if ((int32_t)(max - s->max_cmd_sn) > 0 || s->in_login)
		s->max_cmd_sn = max;
	if (op == R2T || (op == DATA_IN && !(bhs[1] & 1)) ||
	    (op == NOP_IN && get32(bhs + 16) == NO_TAG))
		return;
	s->exp_stat_sn = get32(bhs + 24) + 1;
}

static void pdu_received(struct conn *c)
{
	struct iscsi *s = c->priv;
	const uint8_t *bhs = s->header;

	take_numbers(s, bhs);
	switch (bhs[0] & 0x3f) {
	case SCSI_RSP:		scsi_response(c, bhs); break;
	case DATA_IN:		data_in_end(c, bhs); break;
	case R2T:		r2t(c, bhs); break;
	case NOP_IN:		nop_in(c, bhs); break;
	case LOGIN_RSP:		login_response(c, bhs); break;
	case LOGOUT_RSP:	s->closed = true; break;
	case REJECT:
		die("connection %u: PDU 0x%02x rejected, reason 0x%02x",
		    c->index, s->text[0], bhs[2]);
	case ASYNC_MSG:
		die("connection %u: asynchronous event %u", c->index, bhs[36]);
	default:
		die("connection %u: PDU 0x%02x", c->index, bhs[0]);
	}
}

/* ---- receiving ---- */

static void expect(struct iscsi *s, enum rx_state state, uint32_t need)
{
	s->state = state;
	s->need = need;
	s->have = 0;
}

static bool digests(const struct iscsi *s, bool header)
{
	return !s->in_login && (header ? s->header_digest : s->data_digest);
}

static void expect_header(struct iscsi *s)
{
	expect(s, RX_HEADER, BHS + (digests(s, true) ? 4 : 0));
}

static void check_digest(struct conn *c, uint32_t crc, const uint8_t *digest,
			 const char *what)
{
	uint32_t got;

	memcpy(&got, digest, 4);
	if (le32toh(got) != ~crc)
		die("connection %u: wrong %s digest", c->index, what);
}

static void pdu_end(struct conn *c)
{
	pdu_received(c);
	expect_header(c->priv);
}

static void header_received(struct conn *c)
{
	struct iscsi *s = c->priv;
	bool is_data = (s->header[0] & 0x3f) == DATA_IN;

	if (digests(s, true))
		check_digest(c, crc32c(~0U, s->header, BHS), s->header + BHS,
			     "header");
	s->dlen = get24(s->header + 5);
	s->crc = ~0U;
	if (s->header[4])
		die("connection %u: unexpected additional header", c->index);
	if (!is_data && s->dlen > MAX_TEXT)
		die("connection %u: data segment of %u bytes", c->index, s->dlen);
	if (is_data && (uint64_t)get32(s->header + 40) + s->dlen >
		       io_of(c, s->header)->len)
		die("connection %u: Data-In beyond the end", c->index);
	if (s->dlen)
		expect(s, RX_DATA, s->dlen);
	else
		pdu_end(c);
}

static void data_received(struct conn *c, const uint8_t *p, uint32_t n)
{
	struct iscsi *s = c->priv;

	if (digests(s, false))
		s->crc = crc32c(s->crc, p, n);
	if ((s->header[0] & 0x3f) == DATA_IN)
		io_store(io_of(c, s->header), get32(s->header + 40) + s->have,
			 p, n);
	else
		memcpy(s->text + s->have, p, n);
}

static void data_end(struct conn *c)
{
	struct iscsi *s = c->priv;
	uint32_t trailer = padding(s->dlen) + (digests(s, false) ? 4 : 0);

	if ((s->header[0] & 0x3f) != DATA_IN)
		s->text[s->dlen] = '\0';
	if (trailer)
		expect(s, RX_TRAILER, trailer);
	else
		pdu_end(c);
}

static void trailer_received(struct conn *c)
{
	struct iscsi *s = c->priv;
	uint32_t pad = padding(s->dlen);

	if (digests(s, false))
		check_digest(c, crc32c(s->crc, s->trailer, pad),
			     s->trailer + pad, "data");
	pdu_end(c);
}

static void iscsi_receive(struct conn *c, const uint8_t *p, size_t left)
{
	struct iscsi *s = c->priv;

	while (left) {
		enum rx_state state = s->state;
		uint32_t n = min(s->need - s->have, left);

		if (state == RX_HEADER)
			memcpy(s->header + s->have, p, n);
		else if (state == RX_DATA)
			data_received(c, p, n);
		else
			memcpy(s->trailer + s->have, p, n);
		s->have += n;
		p += n;
		left -= n;
		if (s->have < s->need)
			continue;
		if (state == RX_HEADER)
			header_received(c);
		else if (state == RX_DATA)
			data_end(c);
		else
			trailer_received(c);
	}
}

/* ---- login ---- */

static void send_login(struct conn *c, uint8_t stage, const char *text, size_t len)
{
	struct iscsi *s = c->priv;
	uint8_t bhs[BHS] = { LOGIN_REQ | IMMEDIATE };

	bhs[1] = 0x80 | stage << 2 | (stage ? 3 : 1);
	memcpy(bhs + 8, s->isid, 6);
	put16(bhs + 14, s->tsih);
	put32(bhs + 24, s->cmd_sn);
	put32(bhs + 28, s->exp_stat_sn);
	send_pdu(c, bhs, (const uint8_t *)text, len);
}

static void login_key(struct iscsi *s, const char *key, const char *value)
{
	if (!strcmp(key, "HeaderDigest"))
		s->header_digest = !strcmp(value, "CRC32C");
	else if (!strcmp(key, "DataDigest"))
		s->data_digest = !strcmp(value, "CRC32C");
	else if (!strcmp(key, "InitialR2T"))
		s->initial_r2t = !strcmp(value, "Yes");
	else if (!strcmp(key, "ImmediateData"))
		s->immediate_data = !strcmp(value, "Yes");
	else if (!strcmp(key, "FirstBurstLength"))
		s->first_burst = strtoul(value, NULL, 0);
	else if (!strcmp(key, "MaxRecvDataSegmentLength"))
		s->max_xmit = strtoul(value, NULL, 0);
}

static void login_keys(struct iscsi *s)
{
	char *p = (char *)s->text, *end = p + s->dlen, *value;

	for (; p < end; p = value + strlen(value) + 1) {
		value = strchr(p, '=');
		if (!value)
			return;
		*value++ = '\0';
		login_key(s, p, value);
	}
}

static void login_response(struct conn *c, const uint8_t *bhs)
{
	struct iscsi *s = c->priv;

	if (bhs[36])
		die("connection %u: login refused, status %02x%02x", c->index,
		    bhs[36], bhs[37]);
	s->transit = bhs[1] & 0x80;
	s->tsih = bhs[14] << 8 | bhs[15];
	login_keys(s);
	s->login_answered = true;
}

/* One stage: our keys, then empty requests until the target goes on. */
static void login_stage(struct conn *c, uint8_t stage, const char *text, size_t len)
{
	struct iscsi *s = c->priv;
	int rounds = 10;

	do {
		s->login_answered = false;
		send_login(c, stage, text, len);
		receive_until(c, &s->login_answered);
		len = 0;
	} while (!s->transit && --rounds);
	if (!rounds)
		die("connection %u: the login does not end", c->index);
}

/* Format strings of "key=value\n" lines become NUL-separated text. */
static size_t keys(char *text, int n)
{
	if (n >= MAX_TEXT)
		die("a name is too long");
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = '\0';
	return n;
}

static void login(struct conn *c)
{
	struct iscsi *s = c->priv;
	char text[MAX_TEXT];
	size_t len;

	len = keys(text, snprintf(text, sizeof(text),
		"InitiatorName=%s\nSessionType=Normal\nTargetName=%s\n"
		"AuthMethod=None\n", opt.initiator, opt.target));
	login_stage(c, 0, text, len);
	len = keys(text, snprintf(text, sizeof(text),
		"HeaderDigest=%s\nDataDigest=%s\n"
		"DefaultTime2Wait=2\nDefaultTime2Retain=0\n"
		"ErrorRecoveryLevel=0\nInitialR2T=%s\nImmediateData=%s\n"
		"MaxBurstLength=%u\nFirstBurstLength=%u\nMaxOutstandingR2T=1\n"
		"MaxConnections=1\nDataPDUInOrder=Yes\nDataSequenceInOrder=Yes\n"
		"MaxRecvDataSegmentLength=%u\n",
		opt.header_digest ? "CRC32C" : "None",
		opt.data_digest ? "CRC32C" : "None",
		opt.initial_r2t ? "Yes" : "No",
		opt.immediate_data ? "Yes" : "No",
		opt.max_burst, opt.first_burst, opt.mrdsl));
	login_stage(c, 1, text, len);
	if (s->header_digest != opt.header_digest ||
	    s->data_digest != opt.data_digest)
		die("the target does not agree on digests");
	s->in_login = false;
	expect_header(s);
}

/* ---- setup ---- */

/* One command that is not part of the load; returns its status. */
static int execute(struct conn *c, unsigned int lun, const uint8_t *cdb,
		   uint8_t *data, uint32_t len)
{
	struct io *io = &c->io[SYNC_SLOT];

	*io = (struct io){ .active = true, .lun = lun, .len = len, .data = data,
			   .used = io->used };
	c->sync_done = false;
	send_command(c, io, cdb);
	receive_until(c, &c->sync_done);
	return c->sync_status;
}

/* Each new nexus is told of a reset first. */
static void wait_until_ready(struct conn *c, unsigned int lun)
{
	const uint8_t test_unit_ready[16] = { 0 };
	int tries = 20;

	while (execute(c, lun, test_unit_ready, NULL, 0) != GOOD)
		if (!--tries)
			die("LUN %u is not ready", opt.first_lun + lun);
}

static void read_capacity(struct conn *c, unsigned int lun)
{
	const uint8_t cdb[16] = { 0x9e, 0x10, [13] = 32 };
	uint8_t data[32] = { 0 };

	if (execute(c, lun, cdb, data, sizeof(data)) != GOOD)
		die("LUN %u: cannot read the capacity", opt.first_lun + lun);
	lun_set_size(lun, get64(data) + 1, get32(data + 8));
}

static void iscsi_open(struct conn *c)
{
	struct iscsi *s = calloc(1, sizeof(*s));
	const uint8_t isid[6] = { 0x80, 0x12, 0x34, 0x56, c->index >> 8, c->index };

	if (!s)
		die("out of memory");
	c->priv = s;
	c->fd = dial(opt.portal, "3260");
	memcpy(s->isid, isid, 6);
	s->in_login = true;
	s->initial_r2t = true;
	/* "No" needs no answer (RFC 7143 §13.11); "Yes" to InitialR2T likewise. */
	s->immediate_data = opt.immediate_data;
	s->first_burst = 65536;
	s->max_xmit = 8192;
	s->cmd_sn = 1;
	expect_header(s);
	login(c);
	for (unsigned int lun = 0; lun < opt.luns; lun++) {
		wait_until_ready(c, lun);
		if (!c->index)
			read_capacity(c, lun);
	}
}

static void iscsi_close(struct conn *c)
{
	struct iscsi *s = c->priv;
	uint8_t bhs[BHS] = { LOGOUT_REQ | IMMEDIATE, 0x80 };

	put32(bhs + 24, s->cmd_sn);
	put32(bhs + 28, s->exp_stat_sn);
	send_pdu(c, bhs, NULL, 0);
	receive_until(c, &s->closed);
	close(c->fd);
	free(s);
}

const struct proto iscsi_proto = {
	.open		= iscsi_open,
	.may_start	= iscsi_may_start,
	.start		= iscsi_start,
	.receive	= iscsi_receive,
	.close		= iscsi_close,
};
