// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: churn PORTAL TARGET WHAT COUNT [PER-SECOND [ADDRESSES]]
 *
 * Strangers in number. WHAT is
 *   close    connect and close, COUNT times
 *   secret   log in with CHAP and a wrong secret, COUNT times; anything else than a
 *            refusal is an error. From one address, sixteen at a time; or from
 *            ADDRESSES (4095 at most) of the portal's /8 in turn, 256 at a time: from
 *            more than the target counts failures of, none is answered late
 *   silent   COUNT connections that say nothing, until the target or SIGTERM ends
 *            them
 *   halfway  the same, but each makes the target keep as much of a login as it can
 * not faster than PER-SECOND. Prints "DONE SECONDS" at the end, after SIGTERM, too;
 * silent and halfway print "ready" when all are there. Exit status 1: it did not go
 * as it should.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define AT_A_TIME	256
#define AT_A_TIME_FROM_ONE	16

static struct sockaddr_in to;
static unsigned long addresses;
static const char *target;
static double per_second = 1e9, start;
static volatile sig_atomic_t stop;

static void terminate(int sig)
{
	(void)sig;
	stop = 1;
}

/* How long it is until the time of the nth. */
static double early(unsigned long n)
{
	return start + n / per_second - seconds();
}

static void pace(unsigned long n)
{
	double wait = early(n);

	if (wait > 0)
		usleep(wait * 1e6);
}

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("churn: connect");
		exit(1);
	}
	return fd;
}

static void close_all(unsigned long count)
{
	struct linger reset = { 1, 0 };
	unsigned long i;

	for (i = 0; i < count && !stop; i++) {
		int fd = dial();

		/* every second one by a reset: it leaves no port waiting */
		if (i % 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		pace(i);
	}
	printf("%lu %.1f\n", i, seconds() - start);
}

/* To be continued: 8192 bytes, and all but 4 of as many again. */
static void half_a_login(int fd)
{
	static const struct wire no_digests;
	static uint8_t text[8192], bytes[3 * sizeof(text)];
	struct pdu p = { .bhs = { OP_LOGIN | OP_IMMEDIATE, 0x40 } };
	size_t len;

	p.bhs[8] = 0x80;
	put32(p.bhs + 24, 1);
	p.data = text;
	p.len = sizeof(text);
	len = wire_encode(&no_digests, &p, bytes, sizeof(bytes));
	len += wire_encode(&no_digests, &p, bytes + len, sizeof(bytes) - len) - 4;
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    recv(fd, bytes, BHS_LEN, MSG_WAITALL) != BHS_LEN || bytes[36]) {
		fprintf(stderr, "churn: not asked for more\n");
		exit(1);
	}
}

static void silent(unsigned long count, bool halfway)
{
	struct rlimit files = { count + 64, count + 64 };
	int *fds = calloc(count, sizeof(*fds));
	unsigned long i, closed = 0;
	char c;

	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < count; i++) {
		fds[i] = dial();
		if (halfway)
			half_a_login(fds[i]);
	}
	printf("ready\n");
	fflush(stdout);
	for (i = 0; i < count && !stop; i++)
		closed += recv(fds[i], &c, 1, 0) <= 0;
	printf("%lu %.1f\n", closed, seconds() - start);
}

/* ---- wrong secrets ---- */

struct guess {
	struct wire w;
	int step;		/* requests that were sent */
};

static void request(struct guess *g, uint8_t flags, const char *text, size_t len)
{
	struct pdu p = { .bhs = { OP_LOGIN | OP_IMMEDIATE, flags } };

	p.bhs[8] = 0x80;
	put32(p.bhs + 10, (uintptr_t)g);
	put32(p.bhs + 24, 1);
	p.data = (const uint8_t *)text;
	p.len = len;
	wire_put(&g->w, &p);
	g->step++;
}

static void begin(struct guess *g, unsigned long number)
{
	char text[512];
	int n;

	if (!wire_open_from(&g->w, &to, addresses ? number % addresses + 1 : 0)) {
		perror("churn: connect");
		exit(1);
	}
	g->step = 0;
	n = snprintf(text, sizeof(text),
		     "InitiatorName=iqn.2025-01.org.example:guess%cTargetName=%s%c"
		     "SessionType=Normal%cAuthMethod=CHAP%c", 0, target, 0, 0, 0);
	request(g, 0, text, n);
}

/* True when this one has been refused. */
static bool go_on(struct guess *g)
{
	static const char answer[] =
		"CHAP_N=user\0CHAP_R=0x00112233445566778899aabbccddeeff";
	struct got got;
	int ret;

	if (!wire_flush(&g->w))
		return true;
	ret = wire_get(&g->w, &got);
	if (!ret)
		return false;
	if (ret < 0) {
		fprintf(stderr, "churn: closed before an answer (step %d)\n", g->step);
		exit(1);
	}
	if (got.bhs[36]) {
		if (g->step == 3 && got.bhs[36] == 2 && got.bhs[37] == 1)
			return true;
		fprintf(stderr, "churn: status 0x%02x%02x at step %d\n", got.bhs[36],
			got.bhs[37], g->step);
		exit(1);
	}
	if (g->step == 1) {
		request(g, 0, "CHAP_A=5", 9);
	} else if (g->step == 2) {
		request(g, 0x81, answer, sizeof(answer));
	} else {
		fprintf(stderr, "churn: let in\n");
		exit(1);
	}
	wire_flush(&g->w);
	return false;
}

/* As many of them as it is time for. */
static unsigned long begin_due(struct guess *g, int n, unsigned long begun,
			       unsigned long count)
{
	int i;

	for (i = 0; i < n && begun < count && early(begun) <= 0; i++)
		if (g[i].w.fd < 0)
			begin(&g[i], begun++);
	return begun;
}

/* For something to happen, or until the time of the next, if it has a place. */
static void wait_for(struct guess *g, struct pollfd *p, int n, double until_next)
{
	int i, ms = 1000;

	for (i = 0; i < n; i++) {
		p[i] = (struct pollfd){ g[i].w.fd, POLLIN, 0 };
		if (g[i].w.out_at < g[i].w.out_len)
			p[i].events |= POLLOUT;
		if (g[i].w.fd < 0 && until_next < 1)
			ms = until_next > 0 ? until_next * 1000 + 1 : 0;
	}
	poll(p, n, ms);
}

static void secrets(unsigned long count)
{
	int i, n = addresses ? AT_A_TIME : AT_A_TIME_FROM_ONE;
	unsigned long begun = 0, ended = 0;
	struct guess g[AT_A_TIME];
	struct pollfd p[AT_A_TIME];

	for (i = 0; i < n; i++)
		wire_init(&g[i].w);
	while (ended < count && !stop) {
		begun = begin_due(g, n, begun, count);
		wait_for(g, p, n, begun < count ? early(begun) : 1);
		for (i = 0; i < n; i++)
			if (g[i].w.fd >= 0 && p[i].revents && go_on(&g[i])) {
				wire_close(&g[i].w);
				ended++;
			}
	}
	printf("%lu %.1f\n", ended, seconds() - start);
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc < 5) {
		fprintf(stderr, "usage: churn PORTAL TARGET close|secret|silent|halfway COUNT [PER-SECOND [ADDRESSES]]\n");
		return 2;
	}
	/* no SA_RESTART: a wait is to end */
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = terminate }, NULL);
	to = portal_address(argv[1]);
	target = argv[2];
	count = strtoul(argv[4], NULL, 0);
	if (argc > 5)
		per_second = atof(argv[5]);
	if (argc > 6)
		addresses = strtoul(argv[6], NULL, 0);
	start = seconds();
	if (!strcmp(argv[3], "close"))
		close_all(count);
	else if (!strcmp(argv[3], "secret"))
		secrets(count);
	else
		silent(count, !strcmp(argv[3], "halfway"));
	return 0;
}
