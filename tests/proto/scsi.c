// SPDX-License-Identifier: GPL-2.0
/* Requests of the full feature phase, and SCSI tasks from end to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

struct cdb cdb_tur(void)
{
	return (struct cdb){ { 0 } };
}

struct cdb cdb_inquiry(uint32_t alloc)
{
	struct cdb c = { { 0x12 } };

	put16(c.b + 3, alloc);
	return c;
}

struct cdb cdb_report_luns(uint32_t alloc)
{
	struct cdb c = { { 0xa0 } };

	put32(c.b + 6, alloc);
	return c;
}

static struct cdb cdb10(uint8_t op, uint32_t lba, uint32_t blocks)
{
	struct cdb c = { { op } };

	put32(c.b + 2, lba);
	put16(c.b + 7, blocks);
	return c;
}

static struct cdb cdb16(uint8_t op, uint64_t lba, uint32_t blocks)
{
	struct cdb c = { { op } };

	put64(c.b + 2, lba);
	put32(c.b + 10, blocks);
	return c;
}

struct cdb cdb_read10(uint32_t lba, uint32_t blocks)
{
	return cdb10(0x28, lba, blocks);
}

struct cdb cdb_write10(uint32_t lba, uint32_t blocks)
{
	return cdb10(0x2a, lba, blocks);
}

struct cdb cdb_read16(uint64_t lba, uint32_t blocks)
{
	return cdb16(0x88, lba, blocks);
}

struct cdb cdb_write16(uint64_t lba, uint32_t blocks)
{
	return cdb16(0x8a, lba, blocks);
}

struct cdb cdb_capacity16(void)
{
	struct cdb c = { { 0x9e, 0x10 } };

	put32(c.b + 10, 32);
	return c;
}

/* SAM: peripheral device addressing below 256, flat space above */
void put_lun(uint8_t *p, unsigned int lun)
{
	memset(p, 0, 8);
	put16(p, lun < 256 ? lun : 0x4000 | lun);
}

static void take_cmdsn(struct conn *c, struct pdu *p)
{
	put32(p->bhs + 24, c->cmdsn);
	put32(p->bhs + 28, c->statsn);
	if (!(p->bhs[0] & OP_IMMEDIATE))
		c->cmdsn++;
}

static struct pdu *request(struct conn *c, uint8_t opcode)
{
	struct pdu *p = pdu_new(opcode);

	p->bhs[1] = F_FINAL;
	put32(p->bhs + 16, c->itt++);
	take_cmdsn(c, p);
	return p;
}

static struct pdu *scsi_request(struct conn *c, uint8_t opcode, struct cdb cdb,
				uint8_t flags, uint32_t edtl)
{
	struct pdu *p = request(c, opcode);

	p->bhs[1] = flags | ATTR_SIMPLE;
	put_lun(p->bhs + 8, opt.lun);
	put32(p->bhs + 20, edtl);
	memcpy(p->bhs + 32, cdb.b, 16);
	return p;
}

struct pdu *scsi_pdu(struct conn *c, struct cdb cdb, uint8_t flags,
		     uint32_t edtl)
{
	return scsi_request(c, OP_SCSI_CMD, cdb, flags, edtl);
}

struct pdu *scsi_pdu_immediate(struct conn *c, struct cdb cdb, uint8_t flags,
			       uint32_t edtl)
{
	return scsi_request(c, OP_SCSI_CMD | OP_IMMEDIATE, cdb, flags, edtl);
}

struct pdu *nop_pdu(struct conn *c, const void *data, size_t len,
		    bool immediate)
{
	struct pdu *p = request(c, OP_NOP_OUT | (immediate ? OP_IMMEDIATE : 0));

	put32(p->bhs + 20, NO_TAG);
	if (len)
		pdu_data(p, data, len);
	return p;
}

struct pdu *tmf_pdu(struct conn *c, uint8_t function, uint32_t rtt,
		    uint32_t refcmdsn)
{
	struct pdu *p = request(c, OP_TMF | OP_IMMEDIATE);

	p->bhs[1] = F_FINAL | function;
	put_lun(p->bhs + 8, opt.lun);
	put32(p->bhs + 20, rtt);
	put32(p->bhs + 32, refcmdsn);
	return p;
}

struct pdu *text_pdu(struct conn *c, uint8_t flags, uint32_t itt, uint32_t ttt,
		     const char *keys)
{
	struct pdu *p = pdu_new(OP_TEXT);
	size_t len = strlen(keys), i;

	p->bhs[1] = flags;
	put32(p->bhs + 16, itt);
	put32(p->bhs + 20, ttt);
	take_cmdsn(c, p);
	if (len) {
		pdu_data(p, keys, len + 1);
		for (i = 0; i < len; i++)
			if (p->data[i] == ' ')
				p->data[i] = 0;
	}
	return p;
}

struct pdu *logout_pdu(struct conn *c, uint8_t reason, uint16_t cid)
{
	struct pdu *p = request(c, OP_LOGOUT | OP_IMMEDIATE);

	p->bhs[1] = F_FINAL | reason;
	put16(p->bhs + 20, cid);
	return p;
}

void log_out(struct conn *c)
{
	struct pdu *r;

	pdu_send(c, logout_pdu(c, LOGOUT_SESSION, c->cid));
	r = pdu_expect(c, OP_LOGOUT_RSP);
	check(r->bhs[2] == 0, "11.15.1: the logout is refused, response %u", r->bhs[2]);
	expect_close(c);
}

struct pdu *data_out(struct conn *c, uint32_t itt, uint32_t ttt,
		     uint32_t datasn, uint32_t offset, const void *data,
		     size_t len, bool final)
{
	struct pdu *p = pdu_new(OP_DATA_OUT);

	p->bhs[1] = final ? F_FINAL : 0;
	put_lun(p->bhs + 8, opt.lun);
	put32(p->bhs + 16, itt);
	put32(p->bhs + 20, ttt);
	put32(p->bhs + 28, c->statsn);
	put32(p->bhs + 36, datasn);
	put32(p->bhs + 40, offset);
	pdu_data(p, data, len);
	return p;
}

void send_burst(struct conn *c, uint32_t itt, uint32_t ttt,
		const uint8_t *data, uint32_t offset, uint32_t len)
{
	uint32_t datasn = 0, n;

	while (len) {
		struct pdu *p;

		n = len < c->p.target_mrdsl ? len : c->p.target_mrdsl;
		p = data_out(c, itt, ttt, datasn++, offset, data + offset, n,
			     n == len);
		pdu_send(c, p);
		free(p->data);
		free(p);
		offset += n;
		len -= n;
	}
}

struct result parse_response(const struct pdu *p)
{
	struct result r = {
		.response = p->bhs[2],
		.status = p->bhs[3],
		.flags = p->bhs[1] & 0x1e,
		.residual = get32(p->bhs + 44),
	};
	const uint8_t *s = p->data + 2;

	check((r.flags & (RSP_OVER | RSP_UNDER)) != (RSP_OVER | RSP_UNDER),
	      "11.4.1: O and U both 1");
	if (r.response == 0 && r.status == SAM_CHECK) {
		uint32_t len;

		check(p->len >= 2, "11.4.7: CHECK CONDITION without sense data");
		len = get16(p->data);
		check(len && len + 2 <= p->len, "11.4.7.1: SenseLength %u of %zu bytes",
		      len, p->len);
		if ((s[0] & 0x7f) >= 0x72) {
			r.key = s[1] & 15;
			r.asc = len > 2 ? s[2] : 0;
			r.ascq = len > 3 ? s[3] : 0;
		} else {
			r.key = len > 2 ? s[2] & 15 : 0;
			r.has_info = len > 6 && s[0] & 0x80;
			r.info = r.has_info ? get32(s + 3) : 0;
			r.asc = len > 12 ? s[12] : 0;
			r.ascq = len > 13 ? s[13] : 0;
		}
	}
	return r;
}

char *result_show(const struct result *r)
{
	if (r->closed)
		return format("connection closed");
	if (r->rejected)
		return format("Reject");
	return format("response 0x%02x status 0x%02x sense %x/%02x/%02x flags %s%s residual %u",
		      r->response, r->status, r->key, r->asc, r->ascq,
		      r->flags & RSP_OVER ? "O" : "", r->flags & RSP_UNDER ? "U" : "",
		      r->residual);
}

/* one task's progress */
struct progress {
	const struct pdu *cmd;
	const uint8_t *out;
	uint32_t edtl;
	uint32_t next_in;	/* offset expected of the next Data-In */
	uint32_t in_sequence;	/* bytes of the current Data-In sequence */
	uint32_t datasn;	/* Data-In or R2T */
	uint32_t next_out;	/* offset expected of the next R2T */
};

static void take_data_in(struct conn *c, struct progress *t, struct result *r,
			 const struct pdu *p)
{
	uint32_t offset = get32(p->bhs + 40);
	bool final = p->bhs[1] & F_FINAL, status = p->bhs[1] & DIN_STATUS;

	check(t->cmd->bhs[1] & CMD_READ, "11.7: Data-In for a command that reads nothing");
	check(!(p->bhs[1] & DIN_ACK) || c->p.erl, "11.7.2: A bit at ErrorRecoveryLevel 0");
	check(get32(p->bhs + 36) == t->datasn, "11.7.5: DataSN %u, expected %u",
	      get32(p->bhs + 36), t->datasn);
	check(!p->len || offset == t->next_in,
	      "11.7.6: buffer offset %u, expected %u (DataPDUInOrder)", offset,
	      t->next_in);
	check(offset + p->len <= t->edtl,
	      "11.7.6: Data-In to %zu, beyond the expected length %u",
	      offset + p->len, t->edtl);
	check(get32(p->bhs + 20) == NO_TAG || p->bhs[1] & DIN_ACK,
	      "11.7.4: Data-In with TTT 0x%08x and no A bit", get32(p->bhs + 20));
	check(!status || final, "11.7.3: S bit without F bit");
	t->datasn++;
	t->next_in += p->len;
	t->in_sequence += p->len;
	check(t->in_sequence <= c->p.max_burst,
	      "13.13: a Data-In sequence of %u bytes, MaxBurstLength is %u",
	      t->in_sequence, c->p.max_burst);
	if (final) {
		t->in_sequence = 0;
		r->sequences++;
	}
	r->data_ins++;
	if (p->len) {
		memcpy(r->data + offset, p->data, p->len);
		r->len = offset + p->len;
	}
	if (status) {
		r->collapsed = true;
		r->status = p->bhs[3];
		r->flags = p->bhs[1] & (RSP_OVER | RSP_UNDER);
		r->residual = get32(p->bhs + 44);
		check(r->status != SAM_CHECK, "11.7.3: CHECK CONDITION in Data-In");
	}
}

static void check_r2t(struct conn *c, struct progress *t, const struct pdu *p)
{
	uint32_t offset = get32(p->bhs + 40), len = get32(p->bhs + 44);

	check(t->cmd->bhs[1] & CMD_WRITE, "11.8: R2T for a command that writes nothing");
	check(get32(p->bhs + 20) != NO_TAG, "11.8.5: R2T with TTT 0xffffffff");
	check(!memcmp(p->bhs + 8, t->cmd->bhs + 8, 8), "11.8: R2T with another LUN");
	check(get32(p->bhs + 36) == t->datasn, "11.8.2: R2TSN %u, expected %u",
	      get32(p->bhs + 36), t->datasn);
	check(len, "11.8.4: R2T for 0 bytes");
	check(len <= c->p.max_burst, "11.8.4: R2T for %u bytes, MaxBurstLength is %u",
	      len, c->p.max_burst);
	check(offset == t->next_out,
	      "11.8.4: R2T at offset %u, expected %u (DataSequenceInOrder)",
	      offset, t->next_out);
	check(len <= t->edtl - offset, "11.8.4: R2T to %u, beyond the expected length %u",
	      offset + len, t->edtl);
	t->datasn++;
	t->next_out = offset + len;
}

static void take_response(struct conn *c, struct progress *t, struct result *r,
			  const struct pdu *p)
{
	struct result s = parse_response(p);

	r->response = s.response;
	r->status = s.status;
	r->flags = s.flags;
	r->residual = s.residual;
	r->key = s.key;
	r->asc = s.asc;
	r->ascq = s.ascq;
	r->has_info = s.has_info;
	r->info = s.info;
	if (s.response == 0 && r->data_ins)
		check(get32(p->bhs + 36) == t->datasn,
		      "11.4.8: ExpDataSN %u after %u Data-In PDUs",
		      get32(p->bhs + 36), t->datasn);
	check(!t->in_sequence, "11.7.1: the last Data-In has no F bit");
}

static struct result run_task(struct conn *c, const struct pdu *cmd,
			      const uint8_t *out, uint32_t sent, bool lenient)
{
	struct progress t = { .cmd = cmd, .out = out, .edtl = get32(cmd->bhs + 20),
			      .next_out = sent };
	struct result r = { 0 };
	uint32_t room = t.edtl < (16u << 20) ? t.edtl : 16u << 20;

	r.data = zalloc(room);
	for (;;) {
		struct pdu *p = NULL;
		enum rx rx = pdu_try(c, &p, opt.wait);

		if (lenient && rx == RX_CLOSED) {
			r.closed = true;
			return r;
		}
		check(rx != RX_CLOSED, "the target closed the connection during a task");
		check(rx == RX_PDU, "no progress of a task within %u ms", opt.wait);
		if (lenient && pdu_op(p) == OP_REJECT) {
			cmdsn_again(c, cmd);
			r.rejected = true;
			return r;
		}
		check(pdu_op(p) == OP_R2T || pdu_op(p) == OP_DATA_IN ||
		      pdu_op(p) == OP_SCSI_RSP, "unexpected %s", pdu_describe(p));
		check(pdu_itt(p) == pdu_itt(cmd), "%s is for another task",
		      pdu_describe(p));
		if (pdu_op(p) == OP_R2T) {
			r.r2ts++;
			check_r2t(c, &t, p);
			check(out, "11.8: R2T, but there is nothing to send");
			send_burst(c, pdu_itt(p), get32(p->bhs + 20), out,
				   get32(p->bhs + 40), get32(p->bhs + 44));
		} else if (pdu_op(p) == OP_DATA_IN) {
			take_data_in(c, &t, &r, p);
			if (r.collapsed)
				return r;
		} else {
			take_response(c, &t, &r, p);
			return r;
		}
	}
}

struct result scsi_finish(struct conn *c, const struct pdu *cmd,
			  const uint8_t *out, uint32_t sent)
{
	return run_task(c, cmd, out, sent, false);
}

struct result scsi_outcome(struct conn *c, const struct pdu *cmd,
			   const uint8_t *out, uint32_t sent)
{
	return run_task(c, cmd, out, sent, true);
}

struct result scsi_read(struct conn *c, struct cdb cdb, uint32_t edtl)
{
	struct pdu *p = scsi_pdu(c, cdb, F_FINAL | CMD_READ, edtl);

	pdu_send(c, p);
	return scsi_finish(c, p, NULL, 0);
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* as an initiator does that uses all it was allowed */
struct result scsi_write(struct conn *c, struct cdb cdb, const uint8_t *data,
			 uint32_t edtl)
{
	uint32_t burst = min32(edtl, c->p.first_burst), imm = 0, sent = 0;
	struct pdu *p;

	if (c->p.immediate_data)
		imm = min32(burst, c->p.target_mrdsl);
	if (c->p.initial_r2t)
		burst = imm;
	p = scsi_pdu(c, cdb, CMD_WRITE | (imm < burst ? 0 : F_FINAL), edtl);
	if (imm)
		pdu_data(p, data, imm);
	pdu_send(c, p);
	sent = imm;
	if (imm < burst) {
		send_burst(c, pdu_itt(p), NO_TAG, data, imm, burst - imm);
		sent = burst;
	}
	return scsi_finish(c, p, data, sent);
}

struct result scsi_none(struct conn *c, struct cdb cdb)
{
	struct pdu *p = scsi_pdu(c, cdb, F_FINAL, 0);

	pdu_send(c, p);
	return scsi_finish(c, p, NULL, 0);
}

void expect_good(const struct result *r, const char *what)
{
	check(!r->closed && !r->rejected && r->response == 0 &&
	      r->status == SAM_GOOD, "%s: %s", what, result_show(r));
}

void lu_ready(struct conn *c)
{
	struct result r;
	int i;

	for (i = 0; i < 8; i++) {
		r = scsi_none(c, cdb_tur());
		if (r.response || r.status != SAM_GOOD)
			continue;
		/* The LUN RESET of a connection that has ended may come between. */
		r = scsi_read(c, cdb_capacity16(), 32);
		if (r.response == 0 && r.status == SAM_GOOD)
			break;
	}
	expect_good(&r, "TEST UNIT READY and READ CAPACITY(16)");
	c->blocks = get64(r.data) + 1;
	c->block = get32(r.data + 8);
	check(c->block >= 512 && (uint64_t)c->block * c->blocks >= 8 << 20,
	      "a LUN of at least 8 MiB is needed");
}

struct conn *login_other(void)
{
	struct conn *c;

	need_any_initiator();
	c = conn_open();
	login_as(c, other_initiator());
	lu_ready(c);
	return c;
}

struct conn *login_unsolicited(const char *more)
{
	struct conn *c = login(format("InitialR2T=No ImmediateData=No %s", more));

	lu_ready(c);
	if (c->p.initial_r2t)
		skip("the target insists on InitialR2T=Yes");
	return c;
}

uint8_t *pattern(uint32_t len, unsigned int seed)
{
	uint8_t *p = zalloc(len);
	uint32_t i, v = seed * 2654435761u + 1;

	for (i = 0; i < len; i++) {
		v = v * 1103515245 + 12345;
		p[i] = v >> 16;
	}
	return p;
}

void session_is_well(struct conn *c)
{
	struct result r = scsi_read(c, cdb_inquiry(36), 36);

	expect_good(&r, "INQUIRY afterwards");
	check(r.len == 36, "INQUIRY afterwards returned %u bytes", r.len);
}

void all_is_well(struct conn *c, bool closed)
{
	if (closed)
		target_is_well();
	else
		session_is_well(c);
}

void send_refused(struct conn *c, struct pdu *bad)
{
	pdu_send(c, bad);
	if (reject_or_close(c, bad))
		session_is_well(c);
}

void expect_blocks(struct conn *c, uint32_t lba, const uint8_t *data,
		   uint32_t len, const char *what)
{
	struct result r = scsi_read(c, cdb_read10(lba, len / c->block), len);
	uint32_t i;

	expect_good(&r, "READ");
	check(r.len == len, "%s: read back %u bytes of %u", what, r.len, len);
	for (i = 0; i < len; i++)
		check(r.data[i] == data[i], "%s: byte %u reads back as 0x%02x, not 0x%02x",
		      what, i, r.data[i], data[i]);
}

void fill_blocks(struct conn *c, uint32_t lba, const uint8_t *data, uint32_t len)
{
	struct result r = scsi_write(c, cdb_write10(lba, len / c->block), data, len);

	expect_good(&r, "WRITE");
}

struct pdu *waiting_write(struct conn *c, uint32_t len, struct pdu **r2t)
{
	struct pdu *p = scsi_pdu(c, cdb_write10(0, len / c->block),
				 F_FINAL | CMD_WRITE, len);

	pdu_send(c, p);
	*r2t = pdu_expect(c, OP_R2T);
	check(pdu_itt(*r2t) == pdu_itt(p), "R2T for another task");
	return p;
}
