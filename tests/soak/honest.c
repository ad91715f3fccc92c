// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: honest PORTAL TARGET SECONDS [FIRST-LBA [LIMIT-MS]]
 *
 * One well-behaved session: logs in, writes 4 KiB and reads it back, over and over
 * again in 4 MiB of LUN 0 from FIRST-LBA on, eight commands at a time. Everything
 * must be there, and each command and the login answered within LIMIT-MS (default
 * 5000: open-iscsi's ping), and so must a ping (NOP-Out) a second. Ends after
 * SECONDS, or when it gets SIGTERM, and prints
 * "COMMANDS-PER-SECOND SLOWEST-MS LOGIN-MS SLOWEST-PING-MS". Exit status 1:
 * something was wrong, and said on standard error.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define BLOCKS		8
#define SIZE		(BLOCKS * 512)
#define SLOTS		1024
#define DEPTH		8
#define PING_TAG	DEPTH	/* the tags below are those of tasks */
#define PING_EVERY	1.0	/* seconds */

struct task {
	bool used, write;
	uint32_t slot;
	double begun;
	uint32_t got;		/* bytes read */
};

static struct wire w;
static struct task tasks[DEPTH];
static uint32_t generation[SLOTS];	/* what each slot holds */
static bool busy[SLOTS];
static uint32_t cmdsn = 1, exp_statsn, max_cmdsn, first_lba;
static struct rng rng;
static double slowest, limit = 5;
static double pinged, ping_slowest;	/* pinged: 0 or when the open one was sent */
static volatile sig_atomic_t stop;

static void __attribute__((format(printf, 1, 2), noreturn))
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "honest: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	exit(1);
}

static void terminate(int sig)
{
	(void)sig;
	stop = 1;
}

static struct got next_pdu(void)
{
	double until = seconds() + limit;
	struct got g;

	for (;;) {
		int ret;

		if (!wire_flush(&w))
			wrong("the connection ended");
		ret = wire_get(&w, &g);
		if (ret < 0)
			wrong("the target ended the connection");
		if (ret)
			return g;
		if (seconds() > until)
			wrong("nothing came for %.1f s", limit);
		wire_wait(&w, 100);
	}
}

static double login(const struct sockaddr_in *to, const char *target)
{
	struct pdu p = { .bhs = { OP_LOGIN | OP_IMMEDIATE, 0x87 } };
	double start = seconds();
	char text[1024];
	struct got g;
	int n;

	n = snprintf(text, sizeof(text),
		     "InitiatorName=iqn.2025-01.org.example:honest-%d%cTargetName=%s%c"
		     "SessionType=Normal%cInitialR2T=No%cImmediateData=Yes%c"
		     "FirstBurstLength=65536%cMaxBurstLength=262144%c",
		     getpid(), 0, target, 0, 0, 0, 0, 0, 0);
	if (!wire_open(&w, to))
		wrong("no connection");
	p.bhs[8] = 0x80;
	put32(p.bhs + 9, getpid());
	put32(p.bhs + 24, cmdsn);
	p.data = (const uint8_t *)text;
	p.len = n;
	wire_put(&w, &p);
	g = next_pdu();
	if ((g.bhs[0] & OP_MASK) != OP_LOGIN_RSP || g.bhs[36] || !(g.bhs[1] & 0x80))
		wrong("not logged in: opcode 0x%02x status 0x%02x%02x",
		      g.bhs[0], g.bhs[36], g.bhs[37]);
	exp_statsn = get32(g.bhs + 24) + 1;
	max_cmdsn = get32(g.bhs + 32);
	return seconds() - start;
}

static void fill(uint8_t *to, uint32_t slot, uint32_t gen)
{
	struct rng r = { (uint64_t)slot << 32 | gen };
	uint64_t v;
	int i;

	for (i = 0; i < SIZE; i += 8) {
		v = rng_next(&r);
		memcpy(to + i, &v, 8);
	}
}

static void command(uint32_t index, uint32_t slot, bool write)
{
	struct task *t = &tasks[index];
	uint32_t lba = first_lba + slot * BLOCKS;
	struct pdu p = { .bhs = { OP_SCSI_CMD } };
	static uint8_t data[SIZE];

	*t = (struct task){ true, write, slot, seconds(), 0 };
	busy[slot] = true;
	p.bhs[1] = F_FINAL | (write ? CMD_WRITE : CMD_READ) | ATTR_SIMPLE;
	put32(p.bhs + 16, index);
	put32(p.bhs + 20, SIZE);
	put32(p.bhs + 24, cmdsn++);
	put32(p.bhs + 28, exp_statsn);
	p.bhs[32] = write ? 0x2a : 0x28;
	put32(p.bhs + 34, lba);
	put16(p.bhs + 39, BLOCKS);
	if (write) {
		fill(data, slot, ++generation[slot]);
		p.data = data;
		p.len = SIZE;
	}
	if (!wire_put(&w, &p))
		wrong("no room to send");
}

static void start_commands(void)
{
	uint32_t i, slot;

	for (i = 0; i < DEPTH && !sn_before(max_cmdsn, cmdsn); i++) {
		if (tasks[i].used)
			continue;
		slot = rng_below(&rng, SLOTS);
		if (!busy[slot])
			command(i, slot, !generation[slot] || rng_percent(&rng, 50));
	}
}

static void ended(struct task *t)
{
	double took = seconds() - t->begun;

	if (took > slowest)
		slowest = took;
	if (took > limit)
		wrong("a command took %.1f s", took);
	busy[t->slot] = false;
	t->used = false;
}

static void data_in(struct task *t, const struct got *g)
{
	static uint8_t want[SIZE];

	fill(want, t->slot, generation[t->slot]);
	if (get32(g->bhs + 40) != t->got || t->got + g->len > SIZE ||
	    memcmp(want + t->got, g->data, g->len))
		wrong("slot %u does not hold what was written", t->slot);
	t->got += g->len;
	if (!(g->bhs[1] & DIN_STATUS))
		return;
	if (g->bhs[3] || t->got != SIZE)
		wrong("read: status 0x%02x, %u bytes", g->bhs[3], t->got);
	ended(t);
}

static struct task *task_of(const struct got *g)
{
	uint32_t itt = get32(g->bhs + 16);

	if (itt >= DEPTH || !tasks[itt].used)
		wrong("opcode 0x%02x for a task that is not there", g->bhs[0]);
	return &tasks[itt];
}

static void send_ping(double now)
{
	struct pdu p = { .bhs = { OP_NOP_OUT | OP_IMMEDIATE, F_FINAL } };

	put32(p.bhs + 16, PING_TAG);
	put32(p.bhs + 20, NO_TAG);
	put32(p.bhs + 24, cmdsn);
	put32(p.bhs + 28, exp_statsn);
	if (!wire_put(&w, &p))
		wrong("no room to send");
	pinged = now;
}

static void check_ping(double now)
{
	double took = now - pinged;

	if (took > limit)
		wrong("a ping was not answered for %.1f s", took);
	if (took > ping_slowest)
		ping_slowest = took;
}

/* One at a time, as open-iscsi does. */
static void ping_now_and_then(void)
{
	static double next;
	double now = seconds();

	if (pinged) {
		check_ping(now);
	} else if (now >= next) {
		send_ping(now);
		next = now + PING_EVERY;
	}
}

static void ping_answered(const struct got *g)
{
	if (!pinged || get32(g->bhs + 16) != PING_TAG)
		wrong("an answer to no ping");
	check_ping(seconds());
	pinged = 0;
	exp_statsn = get32(g->bhs + 24) + 1;
}

static void answer_ping(const struct got *g)
{
	struct pdu p = { .bhs = { OP_NOP_OUT | OP_IMMEDIATE, F_FINAL } };

	memcpy(p.bhs + 8, g->bhs + 8, 8);
	put32(p.bhs + 16, NO_TAG);
	memcpy(p.bhs + 20, g->bhs + 20, 4);
	put32(p.bhs + 24, cmdsn);
	put32(p.bhs + 28, exp_statsn);
	wire_put(&w, &p);
}

static bool one_answer(void)
{
	struct got g = next_pdu();
	struct task *t;

	max_cmdsn = get32(g.bhs + 32);
	switch (g.bhs[0] & OP_MASK) {
	case OP_DATA_IN:
		if (g.bhs[1] & DIN_STATUS)
			exp_statsn = get32(g.bhs + 24) + 1;
		t = task_of(&g);
		data_in(t, &g);
		return !t->used;
	case OP_SCSI_RSP:
		exp_statsn = get32(g.bhs + 24) + 1;
		t = task_of(&g);
		/* what others did to the unit, told once: again */
		if (g.bhs[3] == SAM_CHECK && g.len > 4 && (g.data[4] & 15) == 6)
			generation[t->slot] -= t->write;
		else if (g.bhs[3] || !t->write)
			wrong("%s: status 0x%02x, sense key %u", t->write ? "write" : "read",
			      g.bhs[3], g.len > 4 ? g.data[4] & 15 : 0);
		ended(t);
		return true;
	case OP_NOP_IN:
		if (get32(g.bhs + 20) != NO_TAG)
			answer_ping(&g);
		else if (get32(g.bhs + 16) != NO_TAG)
			ping_answered(&g);
		return false;
	default:
		wrong("opcode 0x%02x", g.bhs[0] & OP_MASK);
	}
}

int main(int argc, char **argv)
{
	double end, start, login_took;
	struct sockaddr_in to;
	unsigned long n = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: honest PORTAL TARGET SECONDS [FIRST-LBA [LIMIT-MS]]\n");
		return 2;
	}
	signal(SIGTERM, terminate);
	to = portal_address(argv[1]);
	first_lba = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;
	limit = argc > 5 ? atof(argv[5]) / 1000 : 5;
	rng.state = getpid();
	wire_init(&w);
	login_took = login(&to, argv[2]);
	if (login_took > limit)
		wrong("the login took %.1f s", login_took);
	start = seconds();
	end = start + atof(argv[3]);
	while (seconds() < end && !stop) {
		ping_now_and_then();
		start_commands();
		n += one_answer();
	}
	end = seconds();
	wire_free(&w);
	printf("%.0f %.0f %.1f %.0f\n", n / (end - start), slowest * 1000,
	       login_took * 1000, ping_slowest * 1000);
	return 0;
}
