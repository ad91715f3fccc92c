// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: pdus [OPTION...] PORTAL TARGET
 *
 * A stateful fuzzer: sessions that log in, read, write, manage tasks and negotiate
 * as an initiator does, and at any moment do something wrong: any field of any PDU,
 * lengths, digests, additional headers, order, the end of the connection.
 *
 *   --pdus N       end when N PDUs were sent (default 100000)
 *   --seconds S    or after that time, or at SIGTERM
 *   --seed N       default: of the time; printed
 *   --first N      number of the first session (default 0)
 *   --sessions N   how many sessions at most; with --first, one can be had again
 *   --at-once N    connections at the same time (default 8)
 *   --luns N       LUNs 0 to N - 1 are used (default 3)
 *   --chap U:S     that name and secret, for a few sessions a wrong one
 *   --well         nothing wrong: sessions that come and go, and do I/O; the
 *                  target may come and go, too
 *   --verbose      say what each session sends
 *
 * What a session sends is decided by the seed and its number. When, and what it
 * answers to R2Ts, depends on the target as well.
 *
 * Prints a summary: sessions, PDUs, logins, commands ended, Rejects, connections
 * that the target closed. Exit status 1: the target did not take a connection for
 * five seconds, or no session ever got as far as a command.
 */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define RECENT		32	/* tags that are remembered */
#define DELAYED		4	/* PDUs that may wait for a later moment */
#define PATIENCE	0.3	/* s to wait for an answer before going on */
#define BLOCK		512
#define BLOCKS		16384	/* of each LUN: a little more than there are is fine */

enum state { S_IDLE, S_LOGIN, S_FULL, S_LEAVING };

struct r2t {
	uint32_t itt, ttt, offset, length, data_sn;
	uint8_t lun[8];
};

struct session {
	unsigned long number;
	struct rng rng, answers;	/* what is sent; what R2Ts get */
	struct wire w;
	enum state state;
	double since;			/* last sign of the target */
	double leave_by;
	unsigned int steps;		/* that it will make */
	unsigned int wrong;		/* percent of its PDUs that are */
	bool waits;			/* for an answer to its login request */
	bool cut;			/* after what is still to be sent: the end */

	/* login */
	unsigned int round;
	bool discovery, chap, chap_done, right_secret;
	uint8_t isid[6];
	uint16_t cid, tsih;
	unsigned int name;
	char keys[2048];		/* the operational ones, that are to be said */
	uint32_t keys_len;

	/* what holds */
	bool want_header_digest, want_data_digest;
	bool initial_r2t, immediate;
	uint32_t mrdsl, first_burst, max_burst;
	uint32_t cmdsn, exp_cmdsn, max_cmdsn, exp_statsn, itt;
	uint32_t recent[RECENT];
	unsigned int nr_recent;
	struct r2t r2ts[RECENT];
	unsigned int nr_r2ts;
	uint32_t text_itt, text_ttt;
	uint8_t *delayed[DELAYED];
	size_t delayed_len[DELAYED];
};

static struct {
	unsigned long pdus, seed, first, sessions, at_once;
	double seconds;
	unsigned int luns;
	const char *user, *secret, *target;
	bool verbose, well;
} opt = { .pdus = 100000, .sessions = ~0ul, .at_once = 8, .luns = 3, .seconds = 1e9 };

/* The last session that logged in: others want to join it. */
static struct {
	uint8_t isid[6];
	uint16_t tsih;
	unsigned int name;
} other;

static struct sockaddr_in portal;
static unsigned long next_session;
static volatile sig_atomic_t stop;
static uint8_t pattern[DATA_MAX];
static struct {
	unsigned long sessions, pdus, wrong, logins, refused, commands, good, managed,
		      rejects, closed, r2ts, texts, logouts, pings, async;
} count;

#define say(s, ...) do { if (opt.verbose) { \
	printf("%lu: ", (s)->number); printf(__VA_ARGS__); putchar('\n'); } } while (0)

static uint32_t below(struct session *s, uint32_t n) { return rng_below(&s->rng, n); }
static bool percent(struct session *s, unsigned int p) { return rng_percent(&s->rng, p); }

/* Numbers at which something may turn over. */
static uint32_t odd_number(struct session *s)
{
	static const uint32_t some[] = {
		0, 1, 2, 3, 4, 7, 8, 47, 48, 255, 256, 511, 512, 513, 4095, 4096, 8192,
		65535, 65536, 262144, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000,
		0x80000001, 0xfffffffe, 0xffffffff,
	};

	switch (below(s, 4)) {
	case 0:
		return rng_next(&s->rng);
	case 1:
		return below(s, 1024);
	default:
		return some[below(s, sizeof(some) / sizeof(*some))];
	}
}

/* ---- sending ---- */

static void end_now(struct session *s, unsigned int how)
{
	struct linger reset = { 1, 0 };

	say(s, "ends the connection, way %u", how);
	switch (how) {
	case 0:
		setsockopt(s->w.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		wire_close(&s->w);
		break;
	case 1:
		shutdown(s->w.fd, SHUT_WR);
		break;
	case 2:
		wire_close(&s->w);
		break;
	default:	/* silence */
		break;
	}
	s->state = S_LEAVING;
	s->leave_by = seconds() + (how == 3 ? 0.5 : 0.1);
}

/* The bytes of a PDU, once or twice, in part, later. */
static void emit(struct session *s, struct pdu *p, bool wrong)
{
	static uint8_t buf[OUT_MAX];
	size_t len = wire_encode(&s->w, p, buf, sizeof(buf));
	unsigned int slot = below(s, DELAYED), what = wrong ? below(s, 14) : 99;

	count.pdus++;
	count.wrong += wrong;
	say(s, "opcode 0x%02x flags 0x%02x ahs %u data %u itt 0x%x cmdsn %u%s", p->bhs[0],
	    p->bhs[1], p->ahs_len, p->len, get32(p->bhs + 16), get32(p->bhs + 24),
	    wrong ? " wrong" : "");
	if (what == 0) {		/* cut anywhere */
		wire_put_bytes(&s->w, buf, below(s, len + 1));
		s->cut = true;
		return;
	}
	if (what == 1)			/* twice */
		wire_put_bytes(&s->w, buf, len);
	if (what == 2 && !s->delayed[slot]) {
		s->delayed[slot] = malloc(len);
		memcpy(s->delayed[slot], buf, len);
		s->delayed_len[slot] = len;
		return;
	}
	if (what == 3 && percent(s, 10)) {	/* bytes that belong to nothing */
		uint32_t junk[3] = { rng_next(&s->rng), rng_next(&s->rng), 0 };

		wire_put_bytes(&s->w, junk, 1 + below(s, 11));
	}
	wire_put_bytes(&s->w, buf, len);
	if (s->delayed[slot] && (percent(s, 30) || s->cut)) {
		wire_put_bytes(&s->w, s->delayed[slot], s->delayed_len[slot]);
		free(s->delayed[slot]);
		s->delayed[slot] = NULL;
	}
}

static void wrong_ahs(struct session *s, struct pdu *p)
{
	uint32_t words = percent(s, 70) ? below(s, 8) : below(s, 256), i;

	p->ahs_len = words * 4;
	for (i = 0; i < p->ahs_len; i++)
		p->ahs[i] = percent(s, 70) ? below(s, 8) : rng_next(&s->rng);
	if (words && percent(s, 50)) {
		put16(p->ahs, below(s, p->ahs_len + 3));
		p->ahs[2] = 1 + below(s, 3);
	}
}

static void make_wrong(struct session *s, struct pdu *p)
{
	static const uint8_t words[] = { 8, 12, 16, 20, 24, 28, 32, 36, 40, 44 };
	uint8_t *word = p->bhs + words[below(s, sizeof(words))];

	switch (below(s, 16)) {
	case 0:
		p->bhs[below(s, BHS_LEN)] = rng_next(&s->rng);
		break;
	case 1:
	case 2:
		put32(word, odd_number(s));
		break;
	case 3:
		put32(word, get32(word) + below(s, 9) - 4);
		break;
	case 4:		/* a tag of another task, or the other tag of this one */
		put32(p->bhs + 16 + 4 * below(s, 2), s->recent[below(s, RECENT)]);
		break;
	case 5:
		p->bhs[0] = (p->bhs[0] & 0x40) | below(s, 0x40);
		break;
	case 6:
		p->bhs[0] ^= 0x40;
		break;
	case 7:
		p->bhs[1] ^= 1 << below(s, 8);
		break;
	case 8:
		p->bhs[1] = rng_next(&s->rng);
		break;
	case 9:
		p->bhs[8 + below(s, 8)] = rng_next(&s->rng);
		break;
	case 10:
		if (percent(s, 10)) {
			put24(p->bhs + 5, percent(s, 50) ? p->len + below(s, 9) - 4 :
			      odd_number(s) & 0xffffff);
			p->own_dlength = true;
		}
		break;
	case 11:
		if (percent(s, 10)) {
			p->bhs[4] = below(s, 256);
			p->own_ahs_words = true;
		}
		break;
	case 12:
		wrong_ahs(s, p);
		break;
	case 13:
		p->bad_header_digest = percent(s, 20);
		p->bad_data_digest = true;
		break;
	case 14:
		p->dirty_padding = true;
		break;
	case 15:	/* data where there is none, less, or more */
		p->data = pattern;
		p->len = percent(s, 80) ? below(s, 2048) : below(s, 70000);
		break;
	}
}

static void send_pdu(struct session *s, struct pdu *p)
{
	bool wrong = percent(s, s->wrong);

	if (wrong)
		make_wrong(s, p);
	emit(s, p, wrong);
}

/* ---- login ---- */

static void add_key(struct session *s, const char *key, const char *value)
{
	int n = snprintf(s->keys + s->keys_len, sizeof(s->keys) - s->keys_len, "%s=%s",
			 key, value);

	if (s->keys_len + n + 1 < sizeof(s->keys))
		s->keys_len += n + 1;
}

static const char *one_of(struct session *s, const char *const *words)
{
	unsigned int n = 0;

	while (words[n])
		n++;
	return words[below(s, n)];
}

#define ONE_OF(s, ...) one_of(s, (const char *const[]){ __VA_ARGS__, NULL })

static void choose_keys(struct session *s)
{
	s->keys_len = 0;
	add_key(s, "HeaderDigest", ONE_OF(s, "None", "CRC32C", "CRC32C,None", "None"));
	add_key(s, "DataDigest", ONE_OF(s, "None", "CRC32C", "CRC32C,None", "None"));
	add_key(s, "MaxRecvDataSegmentLength", ONE_OF(s, "512", "8192", "65536", "262144"));
	if (s->discovery)
		return;
	add_key(s, "InitialR2T", ONE_OF(s, "Yes", "No", "No"));
	add_key(s, "ImmediateData", ONE_OF(s, "Yes", "Yes", "No"));
	add_key(s, "MaxBurstLength", ONE_OF(s, "512", "8192", "262144"));
	add_key(s, "FirstBurstLength", ONE_OF(s, "512", "4096", "65536"));
	add_key(s, "MaxOutstandingR2T", ONE_OF(s, "1", "8"));
	add_key(s, "ErrorRecoveryLevel", ONE_OF(s, "0", "0", "2"));
	if (percent(s, 20))
		add_key(s, ONE_OF(s, "X-com.example", "TaskReporting", "OFMarker", "IFMarkInt",
				  "iSCSIProtocolLevel", "InitiatorAlias", "Nonsense"),
			ONE_OF(s, "1", "No", "RFC3720", "FastAbort", "5~9"));
}

/* One or two bytes of a text turned into others, or a key that is too much. */
static uint32_t spoil_text(struct session *s, char *text, uint32_t len, uint32_t room)
{
	static const char odd[] = { 0, '=', ',', '~', '0', '9', 'x', '-', '\n', '\x7f', '\xff' };
	uint32_t n = 1 + below(s, 3);

	while (n-- && len)
		text[below(s, len)] = odd[below(s, sizeof(odd))];
	if (percent(s, 20) && len > 8)
		len -= 1 + below(s, 8);
	if (percent(s, 20) && len * 2 < room) {
		memcpy(text + len, text, len);
		len *= 2;
	}
	if (percent(s, 5) && len + 700 < room) {
		memset(text + len, 'k', 600);
		text[len + below(s, 600)] = '=';
		text[len + 600] = 0;
		len += 601;
	}
	return len;
}

static void login_request(struct session *s, uint8_t flags, const char *text, uint32_t len)
{
	struct pdu p = { .bhs = { OP_LOGIN | OP_IMMEDIATE, flags } };
	static char copy[8192];

	memcpy(copy, text, len);
	if (percent(s, s->wrong / 2))
		len = spoil_text(s, copy, len, sizeof(copy));
	memcpy(p.bhs + 8, s->isid, 6);
	put16(p.bhs + 14, s->tsih);
	put32(p.bhs + 16, s->itt);
	put16(p.bhs + 20, s->cid);
	put32(p.bhs + 24, s->cmdsn);
	put32(p.bhs + 28, s->exp_statsn);
	p.data = (uint8_t *)copy;
	p.len = len;
	s->waits = true;
	s->round++;
	if (len > 4 && percent(s, 8)) {	/* in two, with the C bit */
		p.len = below(s, len);
		p.bhs[1] = (flags & 0x0f & ~3) | F_CONTINUE;
		send_pdu(s, &p);
		p.data += p.len;
		p.len = len - p.len;
		p.bhs[1] = flags;
	}
	send_pdu(s, &p);
}

static void first_request(struct session *s)
{
	char text[4096];
	int n;

	n = snprintf(text, sizeof(text), "InitiatorName=iqn.2025-01.org.example:fuzz-%u%c",
		     s->name, 0);
	if (!s->discovery)
		n += snprintf(text + n, sizeof(text) - n, "TargetName=%s%c",
			      percent(s, 97) ? opt.target : "iqn.2025-01.org.example:none", 0);
	n += snprintf(text + n, sizeof(text) - n, "SessionType=%s%c",
		      s->discovery ? "Discovery" : "Normal", 0);
	if (s->chap) {
		n += snprintf(text + n, sizeof(text) - n, "AuthMethod=CHAP,None%c", 0);
		login_request(s, 0, text, n);
		return;
	}
	if (percent(s, 20)) {	/* the security stage, for nothing */
		n += snprintf(text + n, sizeof(text) - n, "AuthMethod=None%c", 0);
		login_request(s, 0x81, text, n);
		return;
	}
	memcpy(text + n, s->keys, s->keys_len);
	login_request(s, 0x87, text, n + s->keys_len);
}

static uint32_t hex_bytes(const char *hex, uint8_t *to, uint32_t room)
{
	uint32_t n = 0;
	unsigned int v;

	for (hex += 2; n < room && sscanf(hex, "%2x", &v) == 1; hex += 2)
		to[n++] = v;
	return n;
}

static void chap_response(struct session *s, const struct got *g)
{
	const char *i = text_find((const char *)g->data, g->len, "CHAP_I");
	const char *c = text_find((const char *)g->data, g->len, "CHAP_C");
	uint8_t buf[512] = { 0 }, digest[16];
	char text[512];
	size_t secret = strlen(opt.secret);
	int n, k;

	if (!i || !c) {
		login_request(s, 0x81, s->keys, s->keys_len);
		return;
	}
	buf[0] = atoi(i);
	memcpy(buf + 1, opt.secret, secret);
	n = hex_bytes(c, buf + 1 + secret, 64);
	md5(buf, 1 + secret + n, digest);
	if (!s->right_secret)
		digest[below(s, 16)] ^= 1 << below(s, 8);
	n = snprintf(text, sizeof(text), "CHAP_N=%s%cCHAP_R=0x", opt.user, 0);
	for (k = 0; k < 16; k++)
		n += snprintf(text + n, sizeof(text) - n, "%02x", digest[k]);
	n++;
	if (percent(s, 10))
		n += snprintf(text + n, sizeof(text) - n, "CHAP_I=%u%cCHAP_C=0x%08x", below(s, 300),
			      0, below(s, ~0u)) + 1;
	s->chap_done = true;
	login_request(s, 0x81, text, n);
}

static uint32_t key_number(const struct got *g, const char *key, uint32_t otherwise)
{
	const char *v = text_find((const char *)g->data, g->len, key);

	return v ? strtoul(v, NULL, 0) : otherwise;
}

static bool key_is(const struct got *g, const char *key, const char *word, bool otherwise)
{
	const char *v = text_find((const char *)g->data, g->len, key);

	return v ? !strcmp(v, word) : otherwise;
}

static void login_keys(struct session *s, const struct got *g)
{
	s->want_header_digest = key_is(g, "HeaderDigest", "CRC32C", s->want_header_digest);
	s->want_data_digest = key_is(g, "DataDigest", "CRC32C", s->want_data_digest);
	s->initial_r2t = key_is(g, "InitialR2T", "Yes", s->initial_r2t);
	s->immediate = key_is(g, "ImmediateData", "Yes", s->immediate);
	s->mrdsl = key_number(g, "MaxRecvDataSegmentLength", s->mrdsl);
	s->first_burst = key_number(g, "FirstBurstLength", s->first_burst);
	s->max_burst = key_number(g, "MaxBurstLength", s->max_burst);
}

static void login_answer(struct session *s, const struct got *g)
{
	bool transit = g->bhs[1] & F_TRANSIT;
	unsigned int csg = g->bhs[1] >> 2 & 3, nsg = g->bhs[1] & 3;

	s->waits = false;
	if (g->bhs[36]) {
		count.refused++;
		s->state = S_LEAVING;
		s->leave_by = seconds() + 0.1;
		return;
	}
	s->exp_statsn = get32(g->bhs + 24) + 1;
	s->exp_cmdsn = get32(g->bhs + 28);
	s->max_cmdsn = get32(g->bhs + 32);
	login_keys(s, g);
	if (transit && nsg == FFP) {
		count.logins++;
		s->state = S_FULL;
		s->tsih = get16(g->bhs + 14);
		memcpy(other.isid, s->isid, sizeof(other.isid));
		other.tsih = s->tsih;
		other.name = s->name;
		s->w.header_digest = s->want_header_digest;
		s->w.data_digest = s->want_data_digest;
		if (s->mrdsl > DATA_MAX)
			s->mrdsl = DATA_MAX;
	} else if (s->round > 8) {
		end_now(s, below(s, 3));
	} else if (g->bhs[1] & F_CONTINUE) {
		login_request(s, csg << 2, "", 0);
	} else if (csg == SEC && !transit && s->chap && !s->chap_done) {
		if (text_find((const char *)g->data, g->len, "CHAP_C"))
			chap_response(s, g);
		else
			login_request(s, 0, ONE_OF(s, "CHAP_A=5", "CHAP_A=5", "CHAP_A=8", "CHAP_A=9"), 9);
	} else {
		login_request(s, 0x87, s->keys, s->keys_len);
		s->keys_len = 0;
	}
}

/* ---- full feature phase ---- */

static uint32_t new_itt(struct session *s)
{
	s->itt += percent(s, 98) ? 1 : odd_number(s);
	s->recent[s->nr_recent++ % RECENT] = s->itt;
	return s->itt;
}

static struct pdu request(struct session *s, uint8_t opcode, uint8_t flags)
{
	struct pdu p = { .bhs = { opcode, flags } };

	if (percent(s, 3) && opcode != OP_DATA_OUT)
		p.bhs[0] |= OP_IMMEDIATE;
	p.bhs[9] = below(s, opt.luns);
	put32(p.bhs + 16, new_itt(s));
	put32(p.bhs + 24, s->cmdsn);
	put32(p.bhs + 28, s->exp_statsn);
	return p;
}

static void send_request(struct session *s, struct pdu *p)
{
	s->cmdsn += !(p->bhs[0] & OP_IMMEDIATE);
	send_pdu(s, p);
}

static uint8_t attribute(struct session *s)
{
	return percent(s, 70) ? ATTR_SIMPLE : below(s, 6);
}

static void data_out(struct session *s, struct r2t *r, uint32_t len, bool final)
{
	struct pdu p = { .bhs = { OP_DATA_OUT, final ? F_FINAL : 0 } };

	memcpy(p.bhs + 8, r->lun, 8);
	put32(p.bhs + 16, r->itt);
	put32(p.bhs + 20, r->ttt);
	put32(p.bhs + 28, s->exp_statsn);
	put32(p.bhs + 36, r->data_sn++);
	put32(p.bhs + 40, r->offset);
	p.data = pattern;
	p.len = len;
	r->offset += len;
	r->length -= len;
	send_pdu(s, &p);
}

/* All that it asks for, or (in one of a hundred) only the beginning. */
static void answer_r2t(struct session *s, struct r2t *r)
{
	uint32_t piece = s->mrdsl;

	if (rng_percent(&s->answers, 20))
		piece = 1 + rng_below(&s->answers, piece);
	while (r->length && !s->cut) {
		uint32_t n = r->length < piece ? r->length : piece;

		if (rng_below(&s->answers, 200) == 0)
			return;
		data_out(s, r, n, n == r->length);
	}
}

static uint32_t transfer(struct session *s)
{
	switch (below(s, 8)) {
	case 0:
		return 0;
	case 1:
		return (1 + below(s, 256)) * BLOCK;
	default:
		return (1 + below(s, 16)) * BLOCK;
	}
}

static uint32_t lba(struct session *s)
{
	return percent(s, 95) ? below(s, BLOCKS) : odd_number(s);
}

/* Unsolicited data of a write, what is left of the first burst. */
static void unsolicited(struct session *s, const struct pdu *cmd, uint32_t sent, uint32_t all)
{
	struct r2t r = { get32(cmd->bhs + 16), NO_TAG, sent, 0, 0, { 0 } };
	uint32_t piece;

	memcpy(r.lun, cmd->bhs + 8, 8);
	r.length = all < s->first_burst ? all : s->first_burst;
	if (r.length <= sent)
		return;
	r.length -= sent;
	while (r.length && !s->cut) {
		piece = percent(s, 70) ? s->mrdsl : 1 + below(s, s->mrdsl);
		if (piece > r.length)
			piece = r.length;
		data_out(s, &r, piece, piece == r.length);
		if (percent(s, 2))
			return;		/* and the rest never comes */
	}
}

static void write_command(struct session *s)
{
	uint32_t bytes = transfer(s), now = 0;
	struct pdu p = request(s, OP_SCSI_CMD, F_FINAL | CMD_WRITE | attribute(s));
	bool more = !s->initial_r2t && bytes && percent(s, 40);

	p.bhs[32] = percent(s, 90) ? 0x2a : 0x2e;
	if (percent(s, 10))
		p.bhs[33] = 8;		/* FUA */
	put32(p.bhs + 34, lba(s));
	put16(p.bhs + 39, bytes / BLOCK + (percent(s, 3) ? below(s, 5) - 2 : 0));
	put32(p.bhs + 20, percent(s, 3) ? odd_number(s) : bytes);
	if (s->immediate && percent(s, 60)) {
		now = bytes < s->first_burst ? bytes : s->first_burst;
		now = now < s->mrdsl ? now : s->mrdsl;
		if (percent(s, 30))
			now = below(s, now + 1);
		p.data = pattern;
		p.len = now;
	}
	if (more && now < bytes && now < s->first_burst)
		p.bhs[1] &= ~F_FINAL;
	else
		more = false;
	send_request(s, &p);
	if (more)
		unsolicited(s, &p, now, bytes);
}

static void read_command(struct session *s)
{
	uint32_t bytes = transfer(s);
	struct pdu p = request(s, OP_SCSI_CMD, F_FINAL | CMD_READ | attribute(s));

	p.bhs[32] = 0x28;
	put32(p.bhs + 34, lba(s));
	put16(p.bhs + 39, bytes / BLOCK);
	if (percent(s, 5))
		bytes = odd_number(s) & 0xfffff;
	put32(p.bhs + 20, bytes);
	send_request(s, &p);
}

struct cdb {
	uint8_t bytes[16];
	uint8_t direction;	/* CMD_READ, CMD_WRITE */
	uint16_t length;
};

static const struct cdb cdbs[] = {
	{ { 0x00 }, 0, 0 },				/* TEST UNIT READY */
	{ { 0x03, 0, 0, 0, 96 }, CMD_READ, 96 },	/* REQUEST SENSE */
	{ { 0x12, 0, 0, 0, 96 }, CMD_READ, 96 },	/* INQUIRY */
	{ { 0x12, 1, 0x83, 1, 0 }, CMD_READ, 256 },
	{ { 0x12, 1, 0xb0, 0, 64 }, CMD_READ, 64 },
	{ { 0x1a, 0, 0x3f, 0, 192 }, CMD_READ, 192 },	/* MODE SENSE */
	{ { 0x5a, 0, 0x08, 0, 0, 0, 0, 0, 64 }, CMD_READ, 64 },
	{ { 0x15, 0x10, 0, 0, 24 }, CMD_WRITE, 24 },	/* MODE SELECT */
	{ { 0x25 }, CMD_READ, 8 },			/* READ CAPACITY */
	{ { 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32 }, CMD_READ, 32 },
	{ { 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }, CMD_READ, 256 },	/* REPORT LUNS */
	{ { 0x35 }, 0, 0 },				/* SYNCHRONIZE CACHE */
	{ { 0x2f, 0, 0, 0, 0, 8, 0, 0, 4 }, 0, 0 },	/* VERIFY */
	{ { 0x1b, 0, 0, 0, 1 }, 0, 0 },			/* START STOP UNIT */
	{ { 0x42, 0, 0, 0, 0, 0, 0, 0, 24 }, CMD_WRITE, 24 },	/* UNMAP */
	{ { 0x41, 0, 0, 0, 1, 0, 0, 0, 4 }, CMD_WRITE, 512 },	/* WRITE SAME */
	{ { 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1 }, CMD_WRITE, 1024 },
	{ { 0x5e, 0, 0, 0, 0, 0, 0, 0, 64 }, CMD_READ, 64 },	/* PERSISTENT RESERVE IN */
	{ { 0x5e, 1, 0, 0, 0, 0, 0, 0, 64 }, CMD_READ, 64 },
	{ { 0xa3, 0x0a, 0, 0, 0, 0, 0, 0, 1 }, CMD_READ, 256 },	/* REPORT TARGET PORT GROUPS */
	{ { 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 1 }, CMD_READ, 256 },
	{ { 0x08, 0, 0, 1, 2 }, CMD_READ, 1024 },	/* READ(6) */
	{ { 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 4 }, CMD_READ, 2048 },
	{ { 0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 4 }, CMD_WRITE, 2048 },
};

static void other_command(struct session *s)
{
	const struct cdb *c = &cdbs[below(s, sizeof(cdbs) / sizeof(*cdbs))];
	struct pdu p = request(s, OP_SCSI_CMD, F_FINAL | c->direction | attribute(s));

	memcpy(p.bhs + 32, c->bytes, 16);
	put32(p.bhs + 20, c->length);
	if (percent(s, 10))
		p.bhs[32 + below(s, 16)] = rng_next(&s->rng);
	if (percent(s, 5))
		put32(p.bhs + 20, odd_number(s));
	if (c->direction == CMD_WRITE && s->immediate && percent(s, 50) &&
	    c->length <= s->first_burst) {
		p.data = pattern;
		p.len = c->length;
	}
	send_request(s, &p);
}

/* A CDB of more than 16 bytes, with more or less of an additional header. */
static void long_command(struct session *s)
{
	struct pdu p = request(s, OP_SCSI_CMD, F_FINAL | (percent(s, 50) ? CMD_READ : CMD_WRITE));
	uint32_t more = percent(s, 60) ? 16 : below(s, 260);

	p.bhs[32] = 0x7f;
	p.bhs[39] = percent(s, 70) ? more + 8 : below(s, 256);
	p.bhs[41] = percent(s, 50) ? 9 : 11;
	put32(p.bhs + 20, 512 * below(s, 3));
	p.ahs_len = (3 + 1 + more + 3) & ~3u;
	put16(p.ahs, more + 1);
	p.ahs[2] = 1;
	if (percent(s, 20) && p.ahs_len + 8 < sizeof(p.ahs)) {
		uint8_t *bidi = p.ahs + p.ahs_len;

		put16(bidi, 5);
		bidi[2] = 2;
		put32(bidi + 4, odd_number(s));
		p.ahs_len += 8;
		p.bhs[1] |= CMD_READ | CMD_WRITE;
	}
	send_request(s, &p);
}

static void reserve(struct session *s)
{
	struct pdu p = request(s, OP_SCSI_CMD, F_FINAL | CMD_WRITE);
	static uint8_t params[24];

	p.bhs[9] = opt.luns - 1;	/* that one alone */
	p.bhs[32] = 0x5f;
	p.bhs[33] = below(s, 8);
	p.bhs[34] = below(s, 9);
	/* PREEMPT has tests of its own (tests/proto, security.persistent-reserve). */
	if (p.bhs[33] == 4 || p.bhs[33] == 5)
		p.bhs[33] = 2;
	p.bhs[40] = 24;
	put32(p.bhs + 20, 24);
	params[7] = below(s, 3);
	params[15] = below(s, 3);
	p.data = params;
	p.len = s->immediate ? 24 : 0;
	send_request(s, &p);
}

static void manage(struct session *s)
{
	static const uint8_t functions[] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 5, 6, 7, 8, 9, 14 };
	uint8_t f = functions[below(s, sizeof(functions))];
	struct pdu p;

	if (f == 7 && percent(s, 90))	/* TARGET COLD RESET ends all sessions */
		f = 5;
	p = request(s, OP_TMF | (percent(s, 90) ? OP_IMMEDIATE : 0), F_FINAL | f);
	put32(p.bhs + 20, f == 1 || percent(s, 10) ? s->recent[below(s, RECENT)] : NO_TAG);
	put32(p.bhs + 32, s->cmdsn - 1 - below(s, 8));
	send_request(s, &p);
}

static void nop_out(struct session *s)
{
	struct pdu p = request(s, OP_NOP_OUT, F_FINAL);

	put32(p.bhs + 20, NO_TAG);
	p.data = pattern;
	p.len = percent(s, 50) ? 0 : below(s, percent(s, 90) ? 64 : s->mrdsl + 1);
	if (percent(s, 20)) {
		put32(p.bhs + 16, NO_TAG);
		p.bhs[0] |= OP_IMMEDIATE;
	}
	send_request(s, &p);
}

static void text_request(struct session *s)
{
	bool more = percent(s, 20), on = s->text_ttt != NO_TAG && percent(s, 70);
	struct pdu p = request(s, OP_TEXT, more ? F_CONTINUE : F_FINAL);
	static char copy[2048];
	const char *text;
	size_t len;

	p.bhs[9] = 0;
	text = ONE_OF(s, "SendTargets=All", "SendTargets=", "SendTargets=iqn.2025-01.org.example:disk",
		      "MaxRecvDataSegmentLength=4096", "MaxRecvDataSegmentLength=65536",
		      "InitiatorAlias=a", "X-b=1", "MaxBurstLength=512", "CHAP_A=5");
	len = strlen(text) + 1;
	memcpy(copy, text, len);
	if (percent(s, s->wrong))
		len = spoil_text(s, copy, len, sizeof(copy));
	put32(p.bhs + 20, on ? s->text_ttt : NO_TAG);
	if (on)
		put32(p.bhs + 16, s->text_itt);
	s->text_itt = get32(p.bhs + 16);
	p.data = (uint8_t *)copy;
	p.len = on && percent(s, 50) ? 0 : len;
	send_request(s, &p);
}

static void logout(struct session *s)
{
	struct pdu p = request(s, OP_LOGOUT | OP_IMMEDIATE, F_FINAL | (percent(s, 80) ? 0 : below(s, 5)));

	put32(p.bhs + 20, (uint32_t)s->cid << 16);
	p.bhs[9] = 0;
	send_request(s, &p);
}

static void anything(struct session *s)
{
	struct pdu p = request(s, below(s, 0x80), rng_next(&s->rng));
	unsigned int i;

	for (i = 8; i < BHS_LEN; i++)
		if (percent(s, 20))
			p.bhs[i] = rng_next(&s->rng);
	p.data = pattern;
	p.len = percent(s, 50) ? 0 : below(s, 1024);
	send_pdu(s, &p);
}

/* Data for a task that may be over, or that never asked. */
static void stray_data(struct session *s)
{
	struct r2t r = { s->recent[below(s, RECENT)], percent(s, 50) ? NO_TAG : odd_number(s),
			 odd_number(s) & 0xffff, 1 << 20, below(s, 3), { 0 } };

	if (s->nr_r2ts && percent(s, 60))
		r = s->r2ts[below(s, s->nr_r2ts < RECENT ? s->nr_r2ts : RECENT)];
	r.length = 1 << 20;
	data_out(s, &r, below(s, percent(s, 80) ? 2048 : s->mrdsl + 1), percent(s, 50));
}

/* Requests out of their order: the second goes first, often with data. */
static void hole(struct session *s)
{
	uint32_t first = s->cmdsn++, here;

	write_command(s);
	if (percent(s, 20))
		manage(s);
	if (percent(s, 80)) {
		here = s->cmdsn;
		s->cmdsn = first;
		read_command(s);
		s->cmdsn = here;
	}
}

static void step(struct session *s)
{
	unsigned int what = below(s, 100);

	if (s->discovery)
		what = what < 80 ? 82 : what;
	if (what < 30)
		write_command(s);
	else if (what < 50)
		read_command(s);
	else if (what < 64)
		other_command(s);
	else if (what < 67)
		long_command(s);
	else if (what < 68)
		reserve(s);
	else if (what < 75)
		manage(s);
	else if (what < 80)
		nop_out(s);
	else if (what < 84)
		text_request(s);
	else if (what < 88)
		stray_data(s);
	else if (what < 91)
		hole(s);
	else if (what < 92 && percent(s, 30))
		anything(s);
	else if (what < 93 && percent(s, 20))
		logout(s);
	else
		read_command(s);
}

/* ---- what comes ---- */

static void forget_r2t(struct session *s, unsigned int i)
{
	s->r2ts[i] = s->r2ts[--s->nr_r2ts];
}

static void take_r2t(struct session *s, const struct got *g)
{
	struct r2t r = { get32(g->bhs + 16), get32(g->bhs + 20), get32(g->bhs + 40),
			 get32(g->bhs + 44), 0, { 0 } };

	count.r2ts++;
	memcpy(r.lun, g->bhs + 8, 8);
	if (s->nr_r2ts < RECENT)
		s->r2ts[s->nr_r2ts++] = r;
}

static void pong(struct session *s, const struct got *g)
{
	struct pdu p = { .bhs = { OP_NOP_OUT | OP_IMMEDIATE, F_FINAL } };

	count.pings++;
	memcpy(p.bhs + 8, g->bhs + 8, 8);
	put32(p.bhs + 16, NO_TAG);
	memcpy(p.bhs + 20, g->bhs + 20, 4);
	put32(p.bhs + 24, s->cmdsn);
	put32(p.bhs + 28, s->exp_statsn);
	send_pdu(s, &p);
}

static void take(struct session *s, const struct got *g)
{
	uint8_t op = g->bhs[0] & OP_MASK;

	s->since = seconds();
	if (op == OP_LOGIN_RSP) {
		if (s->state == S_LOGIN)
			login_answer(s, g);
		return;
	}
	s->exp_statsn = op == OP_R2T || (op == OP_DATA_IN && !(g->bhs[1] & 1)) ?
			s->exp_statsn : get32(g->bhs + 24) + 1;
	s->exp_cmdsn = get32(g->bhs + 28);
	s->max_cmdsn = get32(g->bhs + 32);
	switch (op) {
	case OP_R2T:
		take_r2t(s, g);
		break;
	case OP_NOP_IN:
		if (get32(g->bhs + 20) != NO_TAG)
			pong(s, g);
		break;
	case OP_SCSI_RSP:
		count.commands++;
		count.good += !g->bhs[3];
		break;
	case OP_DATA_IN:
		count.commands += g->bhs[1] & 1;
		count.good += (g->bhs[1] & 1) && !g->bhs[3];
		break;
	case OP_TMF_RSP:
		count.managed++;
		break;
	case OP_TEXT_RSP:
		count.texts++;
		s->text_ttt = get32(g->bhs + 20);
		break;
	case OP_REJECT:
		count.rejects++;
		break;
	case OP_ASYNC:
		count.async++;
		break;
	case OP_LOGOUT_RSP:
		count.logouts++;
		break;
	}
}

/* ---- sessions ---- */

static void session_begin(struct session *s)
{
	static const unsigned int wrongs[] = { 0, 2, 5, 10, 40 };
	unsigned int i;

	s->number = next_session++;
	s->rng.state = opt.seed * 0x100000001b3ull + s->number;
	s->answers.state = ~s->rng.state;
	rng_next(&s->rng);
	s->steps = 1 + below(s, percent(s, 70) ? 400 : 20);
	s->wrong = opt.well ? 0 : wrongs[below(s, 5)];
	s->discovery = percent(s, 8);
	s->chap = opt.user && percent(s, 90);
	s->right_secret = percent(s, 97);
	s->chap_done = false;
	s->round = 0;
	s->waits = s->cut = false;
	s->isid[0] = 0x80;
	s->isid[1] = percent(s, 90) ? 0 : below(s, 2);
	put32(s->isid + 2, percent(s, 90) ? s->number : below(s, 4));
	s->cid = below(s, 3);
	s->name = below(s, 6);
	s->tsih = percent(s, 98) ? 0 : below(s, 100);
	if (percent(s, 4)) {
		memcpy(s->isid, other.isid, sizeof(other.isid));
		s->tsih = other.tsih;
		s->name = other.name;
	}
	s->initial_r2t = s->immediate = true;
	s->want_header_digest = s->want_data_digest = false;
	s->mrdsl = 8192;
	s->first_burst = 65536;
	s->max_burst = 262144;
	s->cmdsn = percent(s, 50) ? 1 : odd_number(s);
	s->max_cmdsn = s->exp_cmdsn = s->cmdsn;
	s->exp_statsn = 0;
	s->itt = below(s, 1000);
	s->nr_r2ts = s->nr_recent = 0;
	s->text_ttt = NO_TAG;
	for (i = 0; i < DELAYED; i++) {
		free(s->delayed[i]);
		s->delayed[i] = NULL;
	}
	choose_keys(s);
	count.sessions++;
	s->since = seconds();
	say(s, "begins: %u steps, %u %% wrong%s%s", s->steps, s->wrong,
	    s->discovery ? ", discovery" : "", s->chap ? ", CHAP" : "");
	/* an address of its own: failed logins are delayed by address */
	if (!wire_open_from(&s->w, &portal, s->number)) {
		s->state = S_IDLE;
		return;
	}
	s->state = S_LOGIN;
	first_request(s);
}

static void session_end(struct session *s)
{
	wire_close(&s->w);
	s->state = S_IDLE;
}

/* The window is shut, or nothing has come: what does an initiator do now? */
static void stuck(struct session *s)
{
	if (s->state == S_LOGIN) {
		end_now(s, below(s, 4));
		return;
	}
	if (!percent(s, 60)) {
		end_now(s, below(s, 4));
		return;
	}
	say(s, "goes on at ExpCmdSN %u", s->exp_cmdsn);
	s->cmdsn = s->exp_cmdsn;
	s->max_cmdsn = s->exp_cmdsn + 8;
	s->since = seconds();
}

static void full_feature(struct session *s)
{
	unsigned int n;

	while (s->nr_r2ts && !s->cut) {
		unsigned int i = rng_below(&s->answers, s->nr_r2ts);
		struct r2t r = s->r2ts[i];

		if (rng_below(&s->answers, 100) > 1)	/* else: answered twice */
			forget_r2t(s, i);
		answer_r2t(s, &r);
	}
	for (n = 1 + below(s, 12); n && !s->cut; n--) {
		if (!s->steps)
			break;
		if (sn_before(s->max_cmdsn, s->cmdsn) && !percent(s, 1))
			break;
		s->steps--;
		step(s);
	}
	if (!s->steps && !s->cut) {
		if (percent(s, 50)) {
			logout(s);
			s->state = S_LEAVING;
			s->leave_by = seconds() + 0.2;
		} else {
			s->cut = true;
		}
	}
}

static void receive(struct session *s)
{
	struct got g;
	int ret = 0, n = 0;

	while (s->w.fd >= 0 && n++ < 64 && (ret = wire_get(&s->w, &g)) > 0)
		take(s, &g);
	if (ret < 0) {
		say(s, "the target has ended the connection");
		count.closed++;
		session_end(s);
	}
}

static void terminate(int sig)
{
	(void)sig;
	stop = 1;
}

static bool more_to_do(void)
{
	return !stop && count.sessions < opt.sessions && count.pdus < opt.pdus;
}

static void work(struct session *s, short ready)
{
	if (s->state == S_IDLE) {
		if (more_to_do())
			session_begin(s);
		return;
	}
	if (s->w.fd >= 0 && ready & (POLLIN | POLLHUP | POLLERR))
		receive(s);
	if (s->w.fd >= 0 && !wire_flush(&s->w))
		session_end(s);
	if (s->state == S_IDLE)
		return;
	if (s->state == S_LEAVING) {
		if (s->w.fd < 0 || seconds() > s->leave_by)
			session_end(s);
		return;
	}
	if (s->w.out_at < s->w.out_len && seconds() < s->since + 2)
		return;
	if (s->cut)
		end_now(s, below(s, 4));
	else if (s->state == S_FULL && !sn_before(s->max_cmdsn, s->cmdsn))
		full_feature(s);
	else if (s->state == S_FULL && s->nr_r2ts)
		full_feature(s);
	else if (seconds() > s->since + PATIENCE)
		stuck(s);
	if (s->w.fd >= 0)
		wire_flush(&s->w);
}

static bool reachable(void)
{
	double until = seconds() + 5;
	int fd, ret = -1;

	while (ret && seconds() < until) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ret = connect(fd, (struct sockaddr *)&portal, sizeof(portal));
		close(fd);
	}
	return !ret;
}

static void run(void)
{
	struct session *s = calloc(opt.at_once, sizeof(*s));
	struct pollfd *p = calloc(opt.at_once, sizeof(*p));
	double end = seconds() + opt.seconds;
	unsigned long i, alive = 1;

	for (i = 0; i < opt.at_once; i++)
		wire_init(&s[i].w);
	while (alive) {
		if (seconds() > end)
			opt.pdus = 0;
		alive = 0;
		for (i = 0; i < opt.at_once; i++) {
			p[i] = (struct pollfd){ s[i].w.fd, POLLIN, 0 };
			if (s[i].w.out_at < s[i].w.out_len)
				p[i].events |= POLLOUT;
		}
		poll(p, opt.at_once, 5);
		for (i = 0; i < opt.at_once; i++) {
			work(&s[i], p[i].revents);
			alive += s[i].state != S_IDLE || more_to_do();
		}
		if (seconds() > end + 10)
			break;
	}
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pdus", 1, 0, 'p' }, { "seconds", 1, 0, 't' }, { "seed", 1, 0, 's' },
		{ "first", 1, 0, 'f' }, { "sessions", 1, 0, 'n' }, { "at-once", 1, 0, 'a' },
		{ "luns", 1, 0, 'l' }, { "chap", 1, 0, 'c' }, { "verbose", 0, 0, 'v' },
		{ "well", 0, 0, 'w' },
		{ 0 }
	};
	char *colon;
	int c;

	opt.seed = time(NULL);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p': opt.pdus = strtoul(optarg, NULL, 0); break;
		case 't': opt.seconds = atof(optarg); break;
		case 's': opt.seed = strtoul(optarg, NULL, 0); break;
		case 'f': opt.first = strtoul(optarg, NULL, 0); break;
		case 'n': opt.sessions = strtoul(optarg, NULL, 0); break;
		case 'a': opt.at_once = strtoul(optarg, NULL, 0); break;
		case 'l': opt.luns = strtoul(optarg, NULL, 0); break;
		case 'v': opt.verbose = true; break;
		case 'w': opt.well = true; break;
		case 'c':
			colon = strchr(optarg, ':');
			if (colon) {
				*colon = 0;
				opt.user = optarg;
				opt.secret = colon + 1;
				break;
			}
			/* fall through */
		default:
			exit(2);
		}
	}
	if (argc - optind != 2 || !opt.at_once || !opt.luns) {
		fprintf(stderr, "usage: pdus [OPTION...] PORTAL TARGET (see the top of pdus.c)\n");
		exit(2);
	}
	portal = portal_address(argv[optind]);
	opt.target = argv[optind + 1];
	next_session = opt.first;
}

int main(int argc, char **argv)
{
	struct rng r = { 1 };
	double start = seconds();
	unsigned long i;

	parse(argc, argv);
	signal(SIGTERM, terminate);
	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = rng_next(&r);
	printf("seed %lu\n", opt.seed);
	fflush(stdout);
	if (!opt.well && !reachable()) {
		fprintf(stderr, "pdus: no connection\n");
		return 1;
	}
	run();
	printf("sessions %lu to %lu, %.0f s\n", opt.first, next_session - 1, seconds() - start);
	printf("pdus %lu, %lu of them wrong; logins %lu, refused %lu; closed by the target %lu\n",
	       count.pdus, count.wrong, count.logins, count.refused, count.closed);
	printf("commands %lu, %lu good; R2Ts %lu, task management %lu, texts %lu, pings %lu, "
	       "logouts %lu, rejects %lu, async %lu\n", count.commands, count.good, count.r2ts,
	       count.managed, count.texts, count.pings, count.logouts, count.rejects, count.async);
	if (!opt.well && !reachable()) {
		fprintf(stderr, "pdus: no connection any more\n");
		return 1;
	}
	return !count.good;
}
