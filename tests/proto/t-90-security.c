// SPDX-License-Identifier: GPL-2.0
/*
 * Classes of bugs that iSCSI targets had, each by its name: what crashed or
 * misled them is answered here, and the target goes on. Those that need another
 * view than the wire's have their tests elsewhere: lun-access, resources and
 * secret files in tests/e2e/24-who-gets-in, configfs-overflow in
 * tests/e2e/27-attributes, files of secrets in tests/cli.
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

/* whatever the answer is, there is one, or the connection ends */
static void answered(struct conn *c)
{
	struct pdu *p;

	check(pdu_try(c, &p, opt.wait) != RX_TIMEOUT, "no answer, and no end");
	conn_close(c);
}

static void login_bytes(const char *what, const void *text, size_t len)
{
	struct conn *c = conn_open();
	struct pdu *p = login_pdu(c, STAY(SEC), "");

	note("%s", what);
	c->raw = true;
	pdu_data(p, text, len);
	pdu_send(c, p);
	answered(c);
}

TEST(text_keys, "security.text-keys-before-authentication", "6.1", MUST,
     "keys and values that are too long, unterminated, empty, doubled or no text do no harm")
{
	static const char * const keys[] = {
		"InitiatorName", "TargetName", "SessionType", "AuthMethod",
		"CHAP_A", "CHAP_N", "CHAP_R", "MaxRecvDataSegmentLength", "X-a.b",
	};
	static const size_t lengths[] = { 0, 1, 63, 64, 223, 224, 255, 256, 257, 8000 };
	char *text = zalloc(8192);
	size_t i, j, n;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		for (j = 0; j < sizeof(lengths) / sizeof(*lengths); j++) {
			n = strlen(keys[i]);
			memcpy(text, keys[i], n);
			text[n++] = '=';
			memset(text + n, 'a', lengths[j]);
			n += lengths[j];
			/* the NUL that ends it is missing, then there */
			login_bytes(format("%s, %zu bytes", keys[i], lengths[j]), text, n);
			text[n++] = 0;
			login_bytes("with its NUL", text, n);
		}
	}
	memset(text, 'k', 300);
	login_bytes("a key of 300 bytes, no value", text, 300);
	memset(text, '=', 300);
	login_bytes("no key", text, 300);
	memset(text, 0, 300);
	login_bytes("NULs", text, 300);
	memset(text, 0xff, 300);
	login_bytes("no text", text, 300);
	target_is_well();
}

/* The response with which an authentication goes on, whatever the secret is. */
static void chap_with(const char *keys)
{
	struct conn *c = conn_open();
	struct pdu *r;

	note("%.60s", keys);
	login_exchange(c, STAY(SEC), format("%s AuthMethod=CHAP", names()));
	login_send(c, STAY(SEC), "CHAP_A=5");
	r = pdu_expect(c, OP_LOGIN_RSP);
	check(!login_status(r), "refused with 0x%04x", login_status(r));
	login_send(c, GO(SEC, OPER), keys);
	answered(c);
}

static char *long_value(const char *key, const char *prefix, char fill, size_t n)
{
	char *s = zalloc(n + 300);

	strcpy(s, key);
	strcat(s, prefix);
	memset(s + strlen(s), fill, n);
	return s;
}

TEST(chap_decoding, "security.chap-decoding", "12.1.3", MUST,
     "CHAP_R and CHAP_C that decode to more than a digest, in hex and base64, do no harm")
{
	static const size_t lengths[] = { 1, 2, 31, 33, 64, 128, 1024, 4000 };
	size_t i;

	if (!opt.chap_user)
		skip("needs --chap");
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		chap_with(long_value("CHAP_N=user CHAP_R", "=0x", 'f', lengths[i]));
		chap_with(long_value("CHAP_N=user CHAP_R", "=0b", 'A', lengths[i]));
		chap_with(long_value("CHAP_N=user CHAP_R=0x00 CHAP_I=1 CHAP_C", "=0b", '/',
				     lengths[i]));
		chap_with(long_value("CHAP_R=0x00 CHAP_N", "=", 'n', lengths[i]));
	}
	chap_with("CHAP_N=user CHAP_R=0b====");
	chap_with("CHAP_N=user CHAP_R=0b=");
	chap_with("CHAP_N=user CHAP_R=0b");
	chap_with("CHAP_N=user CHAP_R=0x");
	target_is_well();
}

/* a command with an AHS of that length and type, one word of it present */
static void ahs(uint16_t length, uint8_t type, uint8_t opcode)
{
	struct cdb cdb = { { opcode, 0, 0, 0, 0, 0, 0, 24, 0, 9 } };
	uint8_t body[8] = { 0 };
	struct conn *c = login("");
	struct pdu *p;
	struct result r;

	lu_ready(c);
	p = scsi_pdu(c, cdb, F_FINAL | CMD_READ, 512);
	pdu_ahs(p, type, body, 5);
	put16(p->ahs, length);
	p->ahs_len = 8;
	p->own_lengths = true;
	p->bhs[4] = 2;
	pdu_send(c, p);
	r = scsi_outcome(c, p, NULL, 0);
	check(r.closed || r.rejected || r.response || r.status, "it was executed");
	conn_close(c);
}

TEST(ahs_underflow, "security.ahs-length-underflow", "11.2.2.2", MUST,
     "an AHS of 0 bytes, or of more than there is, under each type, with short and long CDBs")
{
	static const uint16_t lengths[] = { 0, 1, 2, 4, 6, 7, 9, 255, 256, 0x7fff, 0xffff };
	size_t i;
	int type;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (type = 1; type < 3; type++)
			ahs(lengths[i], type, 0x7f);
	target_is_well();
}

TEST(no_data, "security.zero-length-or-unexpected-pdu", "7.13", MUST,
     "PDUs without data where some is due, and of every opcode where none is, are answered or end the connection")
{
	struct conn *c;
	struct pdu *p, *r;
	int op;

	/* a login without a key, and one that only goes on */
	login_bytes("no keys", "", 0);
	for (op = 0; op < 0x20; op++) {
		note("opcode 0x%02x", op);
		if (op == OP_LOGIN)
			continue;
		c = login("");
		lu_ready(c);
		p = pdu_new(op | OP_IMMEDIATE);
		p->bhs[1] = F_FINAL;
		put32(p->bhs + 16, 0x1234);
		put32(p->bhs + 20, 0x5678);
		put32(p->bhs + 24, c->cmdsn);
		c->raw = true;
		pdu_send(c, p);
		pdu_try(c, &r, 200);
		conn_close(c);
	}
	/* Data-Out of 0 bytes for an R2T */
	c = login("InitialR2T=Yes ImmediateData=No");
	lu_ready(c);
	p = waiting_write(c, 4096, &r);
	pdu_send(c, data_out(c, pdu_itt(p), get32(r->bhs + 20), 0, 0, NULL, 0, true));
	check(pdu_try(c, &r, opt.wait) != RX_TIMEOUT, "no answer to an empty Data-Out");
	conn_close(c);
	target_is_well();
}

TEST(teardown, "security.reference-counts-at-teardown", "7.14", MUST,
     "connections that end with reads, writes and aborts of them in every stage leave nothing behind")
{
	struct pdu *r2t, *p;
	struct conn *c;
	int i;

	for (i = 0; i < 40; i++) {
		c = login("InitialR2T=Yes ImmediateData=No");
		lu_ready(c);
		p = waiting_write(c, 65536, &r2t);
		if (i & 1)
			pdu_send(c, data_out(c, pdu_itt(p), get32(r2t->bhs + 20), 0, 0,
					     pattern(4096, i), 4096, false));
		if (i & 2)
			pdu_send(c, scsi_pdu(c, cdb_read10(0, 64), F_FINAL | CMD_READ, 32768));
		if (i & 4)
			pdu_send(c, tmf_pdu(c, TMF_ABORT_TASK, pdu_itt(p), c->cmdsn));
		if (i & 8)
			pdu_send(c, tmf_pdu(c, TMF_LUN_RESET, 0xffffffff, 0));
		if (i & 16)
			pdu_send(c, logout_pdu(c, 0, 0));
		conn_close(c);
	}
	target_is_well();
}

/* PERSISTENT RESERVE OUT with a parameter list that says what it likes */
static void pr_out(struct conn *c, uint8_t action, const uint8_t *list, uint32_t len,
		   uint32_t said)
{
	struct cdb cdb = { { 0x5f, action, 5 } };
	struct result r;

	put32(cdb.b + 5, said);
	r = scsi_write(c, cdb, list, len);
	check(r.status == SAM_CHECK || r.status == 0x18, "action %u of %u bytes, %u said: %s",
	      action, len, said, result_show(&r));
}

TEST(pr_parsing, "security.persistent-reserve-out-parsing", "SPC-4 6.16", MUST,
     "parameter lists and TransportIDs that are too short, too long or end in the middle are refused")
{
	static const uint32_t ids[] = { 0, 1, 3, 4, 20, 24, 200, 0xffff, 0x10000, 0xffffffff };
	struct conn *c = login("");
	struct result r;
	uint8_t list[512];
	size_t i;

	lu_ready(c);
	/* shorter than the 24 bytes that every list has */
	for (i = 1; i < 24; i += 5) {
		memset(list, 0, sizeof(list));
		pr_out(c, 0, list, i, i);
	}
	/* SPEC_I_PT: the length of TransportIDs against what is there */
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		memset(list, 0, sizeof(list));
		list[15] = 1;
		list[20] = 0x08;
		put32(list + 24, ids[i] ?: 1);
		list[28] = 0x45;
		memset(list + 32, 'a', 200);
		pr_out(c, 0, list, 28 + 24, 28 + 24);
	}
	/* the same where a reservation is given to another: REGISTER AND MOVE */
	memset(list, 0, sizeof(list));
	list[15] = 1;
	r = scsi_write(c, (struct cdb){ { 0x5f, 6, 0, 0, 0, 0, 0, 0, 24 } }, list, 24);
	expect_good(&r, "REGISTER AND IGNORE EXISTING KEY");
	list[7] = 1;
	r = scsi_write(c, (struct cdb){ { 0x5f, 1, 5, 0, 0, 0, 0, 0, 24 } }, list, 24);
	expect_good(&r, "RESERVE");
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		memset(list, 0, sizeof(list));
		list[7] = 1;
		list[15] = 2;
		list[17] = 1;
		list[19] = 1;
		put32(list + 20, ids[i]);
		list[24] = i & 1 ? 0x45 : 0x05;
		memset(list + 28, 'a', 200);
		pr_out(c, 7, list, 24 + 24, 24 + 24);
	}
	memset(list, 0, sizeof(list));
	list[7] = 1;
	r = scsi_write(c, (struct cdb){ { 0x5f, 3, 0, 0, 0, 0, 0, 0, 24 } }, list, 24);
	expect_good(&r, "CLEAR");
	session_is_well(c);
}

TEST(pr_preempt_self, "security.persistent-reserve-out-preempts-itself", "SPC-4 5.13.11.2", MUST,
     "preempting one's own key is refused or done; a holder may change its reservation's type so")
{
	struct conn *c = login("");
	struct result r;
	uint8_t list[24] = { [7] = 0, [15] = 1 };
	int action;

	lu_ready(c);
	for (action = 4; action <= 5; action++) {
		list[7] = 0;
		r = scsi_write(c, (struct cdb){ { 0x5f, 6, 0, 0, 0, 0, 0, 0, 24 } }, list, 24);
		expect_good(&r, "REGISTER AND IGNORE EXISTING KEY");
		list[7] = 1;
		r = scsi_write(c, (struct cdb){ { 0x5f, action, 5, 0, 0, 0, 0, 0, 24 } }, list, 24);
		check(r.status == SAM_GOOD || r.status == SAM_CHECK || r.status == 0x18,
		      "nobody holds it: %s", result_show(&r));
		list[7] = 0;
		r = scsi_write(c, (struct cdb){ { 0x5f, 6, 0, 0, 0, 0, 0, 0, 24 } }, list, 24);
		expect_good(&r, "REGISTER AND IGNORE EXISTING KEY");
		list[7] = 1;
		r = scsi_write(c, (struct cdb){ { 0x5f, 1, 5, 0, 0, 0, 0, 0, 24 } }, list, 24);
		expect_good(&r, "RESERVE");
		r = scsi_write(c, (struct cdb){ { 0x5f, action, 6, 0, 0, 0, 0, 0, 24 } }, list, 24);
		expect_good(&r, "the holder preempts itself");
		r = scsi_write(c, (struct cdb){ { 0x5f, 3, 0, 0, 0, 0, 0, 0, 24 } }, list, 24);
		expect_good(&r, "CLEAR");
	}
	session_is_well(c);
}

/* REPORT LUNS, READ CAPACITY(16) and REPORT TARGET PORT GROUPS with that length */
static struct cdb parameters(int which, uint32_t len)
{
	static const struct cdb cdb[] = {
		{ { 0xa0 } }, { { 0x9e, 0x10 } }, { { 0xa3, 0x0a } },
	};
	struct cdb c = cdb[which];

	put32(c.b + (which == 1 ? 10 : 6), len);
	return c;
}

TEST(allocation, "security.allocation-length", "SPC-4 4.2.5.6", MUST,
     "an allocation length is no error, however large, and costs little: what is not sent is residual")
{
	static const uint32_t len[] = { 128u << 20, 0xffffffff, 16u << 20, 1u << 20, 70000 };
	struct conn *c = login("");
	struct pdu *p[24];
	struct result r;
	unsigned int i, j;

	lu_ready(c);
	for (i = 0; i < sizeof(len) / sizeof(*len); i++) {
		note("%u bytes", len[i]);
		for (j = 0; j < 24; j++) {
			p[j] = scsi_pdu(c, parameters(j % 3, len[i]), F_FINAL | CMD_READ,
					len[i]);
			pdu_send(c, p[j]);
		}
		for (j = 0; j < 24; j++) {
			r = scsi_finish(c, p[j], NULL, 0);
			check(r.status == SAM_GOOD && r.len >= 4 && r.flags & RSP_UNDER &&
			      r.residual == len[i] - r.len, "%s", result_show(&r));
		}
	}
	session_is_well(c);
}

/* direction, data and length contradict each other and the CDB */
static void vendor(struct conn *c, uint8_t opcode, uint8_t flags, uint32_t edtl, uint32_t imm)
{
	struct cdb cdb = { { opcode, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct pdu *p = scsi_pdu(c, cdb, F_FINAL | flags, edtl);
	struct result r;

	if (imm)
		pdu_data(p, pattern(imm, 3), imm);
	pdu_send(c, p);
	r = scsi_finish(c, p, pattern(edtl ?: 4, 3), imm);
	check(r.status != SAM_GOOD || r.response, "0x%02x was executed", opcode);
}

TEST(vendor_cdbs, "security.vendor-cdb", "11.3.5", MUST,
     "vendor-specific and reserved operation codes, in each direction, with immediate data: an error, and the stream stays in step")
{
	struct conn *c = login("ImmediateData=Yes InitialR2T=Yes");
	int opcode;

	lu_ready(c);
	for (opcode = 0xc0; opcode < 0x100; opcode += 3) {
		vendor(c, opcode, 0, 0, 0);
		vendor(c, opcode, CMD_READ, 4096, 0);
		vendor(c, opcode, CMD_WRITE, 4096, 512);
		vendor(c, opcode, CMD_WRITE, 4, 4);
	}
	session_is_well(c);
}

TEST(long_cdbs, "security.variable-length-cdb", "11.2.2.3", MUST,
     "7Fh with every additional length and no AHS is refused; 16 bytes are all that there is")
{
	struct conn *c = login("");
	struct result r;
	int i;

	lu_ready(c);
	for (i = 0; i < 256; i += 5) {
		struct cdb cdb = { { 0x7f, 0, 0, 0, 0, 0, 0, i, 0, 9 } };

		r = scsi_read(c, cdb, 512);
		check(r.status == SAM_CHECK && r.key == 5, "%d: %s", i, result_show(&r));
	}
	session_is_well(c);
}
