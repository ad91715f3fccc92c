// SPDX-License-Identifier: GPL-2.0
/* Connections, PDUs, and the rules that hold for every PDU of a target. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "harness.h"
#include "hash.h"

static struct addrinfo *portal(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *ai;
	int err;

	err = getaddrinfo(opt.host, opt.port, &hints, &ai);
	check(!err, "%s port %s: %s", opt.host, opt.port, gai_strerror(err));
	return ai;
}

bool probe(void)
{
	struct addrinfo *ai = portal();
	int fd = socket(ai->ai_family, SOCK_STREAM, 0), err;

	err = connect(fd, ai->ai_addr, ai->ai_addrlen);
	close(fd);
	freeaddrinfo(ai);
	return !err;
}

static int dial(int rcvbuf)
{
	struct addrinfo *ai = portal();
	int fd, err, one = 1;

	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	check(fd >= 0, "socket: %s", strerror(errno));
	if (rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	err = connect(fd, ai->ai_addr, ai->ai_addrlen);
	check(!err, "connect to %s port %s: %s", opt.host, opt.port,
	      strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	freeaddrinfo(ai);
	return fd;
}

struct conn *conn_open_small(int rcvbuf)
{
	static unsigned int serial;
	struct conn *c = zalloc(sizeof(*c));
	unsigned int pid = getpid();

	c->fd = dial(rcvbuf);
	/* ISID type "random": distinct for each connection of each test */
	c->isid[0] = 0x80;
	c->isid[1] = test_number;
	c->isid[2] = pid >> 8;
	c->isid[3] = pid;
	put16(c->isid + 4, ++serial);
	c->cmdsn = 0x1000 + serial;
	c->itt = 0x100;
	c->p.mrdsl = LOGIN_MRDSL;
	c->p.target_mrdsl = LOGIN_MRDSL;
	c->p.max_burst = 262144;
	c->p.first_burst = 65536;
	c->p.initial_r2t = true;
	c->p.immediate_data = true;
	c->p.max_r2t = 1;
	return c;
}

struct conn *conn_open(void)
{
	return conn_open_small(0);
}

struct conn *conn_open_as(const struct conn *other)
{
	struct conn *c = conn_open();

	memcpy(c->isid, other->isid, sizeof(c->isid));
	return c;
}

void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void conn_half_close(struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
}

struct pdu *pdu_new(uint8_t opcode)
{
	struct pdu *p = zalloc(sizeof(*p));

	p->bhs[0] = opcode;
	return p;
}

void pdu_data(struct pdu *p, const void *data, size_t len)
{
	p->data = zalloc(len);
	if (len)
		memcpy(p->data, data, len);
	p->len = len;
}

/* AHSLength counts what follows the type, without the padding (11.2.2.2) */
void pdu_ahs(struct pdu *p, uint8_t type, const void *body, size_t len)
{
	uint8_t *a = p->ahs + p->ahs_len;

	put16(a, len);
	a[2] = type;
	memcpy(a + 3, body, len);
	p->ahs_len += (3 + len + 3) & ~3;
}

struct pdu *pdu_copy(const struct pdu *p)
{
	struct pdu *q = zalloc(sizeof(*q));

	*q = *p;
	return q;
}

static void set_lengths(struct pdu *p)
{
	if (p->own_lengths)
		return;
	p->bhs[4] = p->ahs_len / 4;
	put24(p->bhs + 5, p->len);
}

/* Digests travel with the least significant byte first (RFC 3385) */
static void put_digest(uint8_t *p, uint32_t crc)
{
	crc = ~crc;
	p[0] = crc;
	p[1] = crc >> 8;
	p[2] = crc >> 16;
	p[3] = crc >> 24;
}

static bool has_digests(const struct conn *c)
{
	return c->full_feature;
}

uint8_t *pdu_bytes(struct conn *c, struct pdu *p, size_t *len)
{
	size_t pad = p->no_pad ? 0 : -p->len & 3;
	uint8_t *buf = zalloc(BHS_LEN + p->ahs_len + p->len + pad + 8);
	size_t n = 0;
	uint32_t crc;

	set_lengths(p);
	memcpy(buf, p->bhs, BHS_LEN);
	memcpy(buf + BHS_LEN, p->ahs, p->ahs_len);
	n = BHS_LEN + p->ahs_len;
	if (has_digests(c) && c->p.header_digest) {
		crc = crc32c(~0u, buf, n);
		put_digest(buf + n, crc ^ p->spoil_header);
		n += 4;
	}
	if (p->len) {
		memcpy(buf + n, p->data, p->len);
		memset(buf + n + p->len, p->pad_byte, pad);
		if (has_digests(c) && c->p.data_digest) {
			crc = crc32c(~0u, buf + n, p->len + pad);
			put_digest(buf + n + p->len + pad,
				   crc ^ p->spoil_data);
			n += 4;
		}
		n += p->len + pad;
	}
	*len = n;
	return buf;
}

bool raw_send(struct conn *c, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	ssize_t n;

	while (len) {
		n = send(c->fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

bool pdu_send(struct conn *c, struct pdu *p)
{
	size_t len;
	uint8_t *buf = pdu_bytes(c, p, &len);
	bool sent;

	sent = raw_send(c, buf, len);
	free(buf);
	return sent;
}

/* what arrived */

static enum rx read_all(struct conn *c, void *buf, size_t len, long long end,
			bool started)
{
	uint8_t *p = buf;
	size_t got = 0;

	while (got < len) {
		struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
		long long left = end - now_ms();
		ssize_t n;

		if (poll(&pfd, 1, left > 0 ? left : 0) == 0) {
			check(!got && !started, "the target stopped %zu bytes into a PDU",
			      got);
			return RX_TIMEOUT;
		}
		n = recv(c->fd, p + got, len - got, 0);
		if (n <= 0)
			return RX_CLOSED;
		got += n;
	}
	return RX_PDU;
}

static void check_digest(const void *data, size_t len, const uint8_t *digest,
			 const char *which)
{
	uint8_t want[4];

	put_digest(want, crc32c(~0u, data, len));
	check(!memcmp(want, digest, 4), "11.2.3: wrong %s digest from the target",
	      which);
}

static enum rx read_header(struct conn *c, struct pdu *p, long long end)
{
	uint8_t buf[BHS_LEN + 1024 + 4];
	size_t n = BHS_LEN, digest;
	enum rx rx;

	rx = read_all(c, buf, BHS_LEN, end, false);
	if (rx != RX_PDU)
		return rx;
	p->ahs_len = buf[4] * 4;
	digest = has_digests(c) && c->p.header_digest ? 4 : 0;
	rx = read_all(c, buf + n, p->ahs_len + digest, end + opt.wait, true);
	if (rx != RX_PDU)
		return rx;
	memcpy(p->bhs, buf, BHS_LEN);
	memcpy(p->ahs, buf + n, p->ahs_len);
	n += p->ahs_len;
	if (digest)
		check_digest(buf, n, buf + n, "header");
	return RX_PDU;
}

static enum rx read_data(struct conn *c, struct pdu *p, long long end)
{
	size_t len = get24(p->bhs + 5), pad = -len & 3, i;
	size_t digest = has_digests(c) && c->p.data_digest ? 4 : 0;
	enum rx rx;

	if (!len)
		return RX_PDU;
	check(c->raw || len <= c->p.mrdsl,
	      "13.12: %s with a data segment of %zu bytes, we take %u",
	      op_name(pdu_op(p)), len, c->p.mrdsl);
	p->data = zalloc(len + pad + digest);
	p->len = len;
	rx = read_all(c, p->data, len + pad + digest, end + opt.wait, true);
	if (rx != RX_PDU)
		return rx;
	if (digest)
		check_digest(p->data, len + pad, p->data + len + pad, "data");
	for (i = 0; i < pad; i++)
		c->dirty_padding |= p->data[len + i];
	return RX_PDU;
}

static bool carries_status(const struct pdu *p)
{
	switch (pdu_op(p)) {
	case OP_SCSI_RSP:
	case OP_TMF_RSP:
	case OP_TEXT_RSP:
	case OP_LOGOUT_RSP:
	case OP_ASYNC:
	case OP_REJECT:
		return true;
	case OP_LOGIN_RSP:
		return p->bhs[36] == 0;
	case OP_DATA_IN:
		return p->bhs[1] & DIN_STATUS;
	case OP_NOP_IN:
		return pdu_itt(p) != NO_TAG;
	}
	return false;
}

static bool shows_statsn(const struct pdu *p)
{
	return carries_status(p) || pdu_op(p) == OP_R2T ||
	       pdu_op(p) == OP_NOP_IN;
}

static void check_statsn(struct conn *c, const struct pdu *p)
{
	uint32_t sn = get32(p->bhs + 24);

	if (!shows_statsn(p))
		return;
	if (!c->statsn_known) {
		c->statsn = sn;
		c->statsn_known = true;
	}
	check(sn == c->statsn, "4.2.2.2: %s has StatSN %u, expected %u",
	      pdu_describe(p), sn, c->statsn);
	if (carries_status(p))
		c->statsn++;
}

static void check_window(struct conn *c, const struct pdu *p)
{
	uint32_t exp = get32(p->bhs + 28), max = get32(p->bhs + 32);

	if (pdu_op(p) == OP_LOGIN_RSP && p->bhs[36])
		return;
	check(!sn_before(max, exp - 1),
	      "4.2.2.1: MaxCmdSN %u is less than ExpCmdSN %u - 1", max, exp);
	if (c->cmdsn_known)
		check(!sn_before(exp, c->exp_cmdsn),
		      "4.2.2.1: ExpCmdSN went back from %u to %u",
		      c->exp_cmdsn, exp);
	c->exp_cmdsn = exp;
	if (!c->cmdsn_known || sn_before(c->max_cmdsn, max))
		c->max_cmdsn = max;
	c->cmdsn_known = true;
}

static bool target_opcode(uint8_t op)
{
	return (op >= OP_NOP_IN && op <= OP_LOGOUT_RSP) || op == OP_R2T ||
	       op == OP_ASYNC || op == OP_REJECT;
}

/* The reserved fields of what a target sends (11.1), in bytes of the header. */
static const struct reserved {
	uint8_t op, from, to;
} reserved[] = {
	{ OP_NOP_IN, 2, 3 }, { OP_NOP_IN, 36, 47 },
	{ OP_SCSI_RSP, 8, 15 }, { OP_SCSI_RSP, 20, 23 },
	{ OP_TMF_RSP, 3, 3 }, { OP_TMF_RSP, 8, 15 }, { OP_TMF_RSP, 20, 23 },
	{ OP_TMF_RSP, 36, 47 },
	{ OP_LOGIN_RSP, 20, 23 }, { OP_LOGIN_RSP, 38, 47 },
	{ OP_TEXT_RSP, 2, 3 }, { OP_TEXT_RSP, 36, 47 },
	{ OP_DATA_IN, 2, 2 },
	{ OP_LOGOUT_RSP, 3, 3 }, { OP_LOGOUT_RSP, 8, 15 },
	{ OP_LOGOUT_RSP, 20, 23 }, { OP_LOGOUT_RSP, 36, 39 },
	{ OP_LOGOUT_RSP, 44, 47 },
	{ OP_R2T, 2, 3 },
	{ OP_ASYNC, 2, 3 }, { OP_ASYNC, 20, 23 }, { OP_ASYNC, 44, 47 },
	{ OP_REJECT, 3, 3 }, { OP_REJECT, 8, 15 }, { OP_REJECT, 20, 23 },
	{ OP_REJECT, 40, 47 },
};

static void check_zero(const struct pdu *p, unsigned int from, unsigned int to)
{
	for (; from <= to; from++)
		check(p->bhs[from] == 0, "11.1: byte %u of %s, reserved, is 0x%02x",
		      from, op_name(pdu_op(p)), p->bhs[from]);
}

/* What may be 1 in byte 1 of what a target sends. */
static uint8_t flags_of(uint8_t op)
{
	switch (op) {
	case OP_SCSI_RSP:
		return F_FINAL | RSP_BIDI_OVER | RSP_BIDI_UNDER | RSP_OVER | RSP_UNDER;
	case OP_DATA_IN:
		return F_FINAL | DIN_ACK | RSP_OVER | RSP_UNDER | DIN_STATUS;
	case OP_LOGIN_RSP:
		return F_TRANSIT | F_CONTINUE | 0x0f;
	case OP_TEXT_RSP:
		return F_FINAL | F_CONTINUE;
	}
	return F_FINAL;
}

/* Fields that mean something only with a flag or code beside them. */
static void check_unused(const struct pdu *p)
{
	uint8_t op = pdu_op(p), b1 = p->bhs[1];

	check(!(b1 & ~flags_of(op)), "11: byte 1 of %s is 0x%02x", op_name(op), b1);
	if (op == OP_LOGIN_RSP && !(b1 & F_TRANSIT))
		check(!(b1 & 3), "11.13: NSG %u with T=0", b1 & 3);
	if (op == OP_LOGIN_RSP && p->bhs[36])
		check(!(b1 & (F_TRANSIT | F_CONTINUE)) && !p->len,
		      "11.13.5: a refusal with flags 0x%02x and %zu bytes", b1, p->len);
	if (op == OP_TMF_RSP || op == OP_LOGOUT_RSP || op == OP_R2T ||
	    (op == OP_NOP_IN && pdu_itt(p) == NO_TAG))
		check(!p->len, "11: %s with %zu bytes", op_name(op), p->len);
	if ((op == OP_SCSI_RSP || op == OP_DATA_IN) && !(b1 & (RSP_OVER | RSP_UNDER)))
		check_zero(p, 44, 47);
	if (op == OP_SCSI_RSP && !(b1 & (RSP_BIDI_OVER | RSP_BIDI_UNDER)))
		check_zero(p, 40, 43);
	/* of a request for Logout, 11.9.1 */
	if (op == OP_ASYNC && p->bhs[36] == 1) {
		check_zero(p, 8, 15);
		check_zero(p, 37, 41);
	}
	/* DataSN or R2TSN, of a SNACK */
	if (op == OP_REJECT && (!p->len || (p->data[0] & OP_MASK) != OP_SNACK))
		check_zero(p, 36, 39);
}

static void check_reserved(const struct pdu *p)
{
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (reserved[i].op == pdu_op(p))
			check_zero(p, reserved[i].from, reserved[i].to);
	/* without a Target Transfer Tag the LUN is reserved */
	if ((pdu_op(p) == OP_NOP_IN || pdu_op(p) == OP_TEXT_RSP ||
	     pdu_op(p) == OP_DATA_IN) && get32(p->bhs + 20) == NO_TAG)
		check_zero(p, 8, 15);
	/* and without the S bit what belongs to the status */
	if (pdu_op(p) == OP_DATA_IN && !(p->bhs[1] & DIN_STATUS)) {
		check_zero(p, 3, 3);
		check_zero(p, 24, 27);
		check_zero(p, 44, 47);
	}
}

static void check_common(struct conn *c, const struct pdu *p)
{
	check(target_opcode(p->bhs[0]), "11.2.1.2: opcode byte 0x%02x", p->bhs[0]);
	check(p->ahs_len == 0, "11.2.2: %s with an AHS", op_name(pdu_op(p)));
	check(c->full_feature || pdu_op(p) == OP_LOGIN_RSP,
	      "6.3: %s during login", op_name(pdu_op(p)));
	check(pdu_op(p) == OP_LOGIN_RSP || pdu_op(p) == OP_DATA_IN ||
	      pdu_op(p) == OP_TEXT_RSP || p->bhs[1] & F_FINAL,
	      "11: byte 1, bit 7 of %s is not 1", op_name(pdu_op(p)));
	check_reserved(p);
	check_unused(p);
	check_statsn(c, p);
	check_window(c, p);
}

/* a ping of the target's is answered, and no business of the test's */
static bool is_ping(const struct conn *c, const struct pdu *p)
{
	return c->full_feature && !c->keep_pings && pdu_op(p) == OP_NOP_IN &&
	       pdu_itt(p) == NO_TAG;
}

static void answer_ping(struct conn *c, const struct pdu *p)
{
	struct pdu *r;

	if (get32(p->bhs + 20) == NO_TAG)
		return;
	r = pdu_new(OP_NOP_OUT | OP_IMMEDIATE);
	r->bhs[1] = F_FINAL;
	memcpy(r->bhs + 8, p->bhs + 8, 8);
	put32(r->bhs + 16, NO_TAG);
	memcpy(r->bhs + 20, p->bhs + 20, 4);
	put32(r->bhs + 24, c->cmdsn);
	put32(r->bhs + 28, c->statsn);
	pdu_send(c, r);
}

enum rx pdu_try(struct conn *c, struct pdu **out, unsigned int ms)
{
	long long end = now_ms() + ms;
	struct pdu *p;
	enum rx rx;

	for (;;) {
		p = zalloc(sizeof(*p));
		rx = read_header(c, p, end);
		if (rx == RX_PDU)
			rx = read_data(c, p, end);
		if (rx != RX_PDU)
			return rx;
		if (!c->raw)
			check_common(c, p);
		if (!is_ping(c, p))
			break;
		answer_ping(c, p);
	}
	*out = p;
	return RX_PDU;
}

struct pdu *pdu_get(struct conn *c)
{
	struct pdu *p = NULL;

	switch (pdu_try(c, &p, opt.wait)) {
	case RX_PDU:
		return p;
	case RX_CLOSED:
		fail("the target closed the connection");
	case RX_TIMEOUT:
		break;
	}
	fail("no answer within %u ms", opt.wait);
}

struct pdu *pdu_expect(struct conn *c, uint8_t opcode)
{
	struct pdu *p = pdu_get(c);

	check(pdu_op(p) == opcode, "expected %s, got %s", op_name(opcode),
	      pdu_describe(p));
	return p;
}

const char *op_name(uint8_t op)
{
	static const char *const names[64] = {
		[OP_NOP_OUT] = "NOP-Out", [OP_SCSI_CMD] = "SCSI Command",
		[OP_TMF] = "Task Management", [OP_LOGIN] = "Login Request",
		[OP_TEXT] = "Text Request", [OP_DATA_OUT] = "Data-Out",
		[OP_LOGOUT] = "Logout Request", [OP_SNACK] = "SNACK",
		[OP_NOP_IN] = "NOP-In", [OP_SCSI_RSP] = "SCSI Response",
		[OP_TMF_RSP] = "Task Management Response",
		[OP_LOGIN_RSP] = "Login Response",
		[OP_TEXT_RSP] = "Text Response", [OP_DATA_IN] = "Data-In",
		[OP_LOGOUT_RSP] = "Logout Response", [OP_R2T] = "R2T",
		[OP_ASYNC] = "Asynchronous Message", [OP_REJECT] = "Reject",
	};
	const char *name = names[op & OP_MASK];

	return name ? name : format("opcode 0x%02x", op);
}

char *pdu_describe(const struct pdu *p)
{
	char *s = format("%s ITT 0x%08x", op_name(pdu_op(p)), pdu_itt(p));

	switch (pdu_op(p)) {
	case OP_SCSI_RSP:
		return format("%s response 0x%02x status 0x%02x flags 0x%02x%s", s,
			      p->bhs[2], p->bhs[3], p->bhs[1],
			      p->len < 2 + 14 ? "" :
			      format(" sense %x/%02x/%02x", p->data[4] & 15,
				     p->data[14], p->data[15]));
	case OP_TMF_RSP:
	case OP_LOGOUT_RSP:
	case OP_REJECT:
		return format("%s code 0x%02x", s, p->bhs[2]);
	case OP_ASYNC:
		return format("%s event %u", s, p->bhs[36]);
	case OP_LOGIN_RSP:
		return format("%s status 0x%04x", s, get16(p->bhs + 36));
	}
	return s;
}

void expect_silence(struct conn *c)
{
	struct pdu *p;

	switch (pdu_try(c, &p, opt.quiet)) {
	case RX_PDU:
		fail("expected nothing, got %s", pdu_describe(p));
	case RX_CLOSED:
		fail("expected nothing, the target closed the connection");
	case RX_TIMEOUT:
		break;
	}
}

bool closes(struct conn *c, unsigned int ms)
{
	long long end = now_ms() + ms;
	struct pdu *p;

	while (now_ms() < end) {
		switch (pdu_try(c, &p, end - now_ms())) {
		case RX_CLOSED:
			return true;
		case RX_TIMEOUT:
			return false;
		case RX_PDU:
			break;
		}
	}
	return false;
}

void expect_close(struct conn *c)
{
	check(closes(c, opt.wait), "the target did not close the connection");
}

void check_reject(const struct pdu *r, const struct pdu *bad)
{
	check(pdu_itt(r) == NO_TAG, "11.17: Reject with ITT 0x%08x", pdu_itt(r));
	if (!bad)
		return;
	check(r->len >= BHS_LEN, "11.17.4: Reject without the header of the bad PDU");
	check(!memcmp(r->data, bad->bhs, BHS_LEN),
	      "11.17.4: Reject does not hold the header of the bad PDU");
	check(r->len == BHS_LEN + bad->ahs_len,
	      "11.17.4: Reject holds %zu bytes, the header of the bad PDU has %zu",
	      r->len, BHS_LEN + bad->ahs_len);
	check(!memcmp(r->data + BHS_LEN, bad->ahs, bad->ahs_len),
	      "11.17.4: Reject does not hold the AHS of the bad PDU");
}

void cmdsn_again(struct conn *c, const struct pdu *bad)
{
	uint32_t sn = get32(bad->bhs + 24);

	if (!(bad->bhs[0] & OP_IMMEDIATE) && sn == c->exp_cmdsn && c->cmdsn == sn + 1)
		c->cmdsn = sn;
}

void expect_reject(struct conn *c, const struct pdu *bad, ...)
{
	struct pdu *r = pdu_expect(c, OP_REJECT);
	bool found = false, any = true;
	va_list ap;
	int reason;

	check_reject(r, bad);
	va_start(ap, bad);
	while ((reason = va_arg(ap, int))) {
		any = false;
		if (reason == r->bhs[2])
			found = true;
	}
	va_end(ap);
	check(found || any, "11.17.1: Reject with reason 0x%02x", r->bhs[2]);
	cmdsn_again(c, bad);
}

bool not_served(struct conn *c, const struct pdu *bad)
{
	struct pdu *p = NULL;

	switch (pdu_try(c, &p, opt.quiet)) {
	case RX_CLOSED:
		return false;
	case RX_PDU:
		check(pdu_op(p) == OP_REJECT, "got %s", pdu_describe(p));
		check_reject(p, bad);
		break;
	case RX_TIMEOUT:
		break;
	}
	return true;
}

bool reject_or_close(struct conn *c, const struct pdu *bad)
{
	struct pdu *p;

	switch (pdu_try(c, &p, opt.wait)) {
	case RX_CLOSED:
		return false;
	case RX_TIMEOUT:
		fail("neither Reject nor close within %u ms", opt.wait);
	case RX_PDU:
		break;
	}
	if (pdu_op(p) == OP_ASYNC) {
		expect_close(c);
		return false;
	}
	check(pdu_op(p) == OP_REJECT, "expected Reject or close, got %s",
	      pdu_describe(p));
	check_reject(p, bad);
	cmdsn_again(c, bad);
	return true;
}
