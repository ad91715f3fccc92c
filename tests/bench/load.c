// SPDX-License-Identifier: GPL-2.0
/* Options, the event loop, requests and their verification. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define RX_SIZE		(1U << 20)
#define BATCH_BYTES	(256U << 10)
#define PATTERN_SIZE	(1U << 20)

struct options opt = {
	.initiator	= "iqn.2024-01.org.tcm-iscsi:load",
	.sessions	= 1,
	.luns		= 1,
	.depth		= 32,
	.block		= 4096,
	.read_percent	= 100,
	.random		= true,
	.seconds	= 5,
	.warmup		= 0.5,
	.immediate_data	= true,
	.first_burst	= 262144,
	.max_burst	= 16776192,
	.mrdsl		= 262144,
};
struct lun luns[MAX_LUNS];
struct stats stats;

static struct conn *conns;
static uint8_t *rx_buffer;
static uint8_t *pattern;	/* what is written without --verify */
static int epoll_fd;
static bool stopping;
static uint64_t started;	/* requests */
static uint64_t random_state = 0x9e3779b97f4a7c15;

void die(const char *fmt, ...)
{
	va_list args;

	fputs("load: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void *allocate(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		die("out of memory");
	return p;
}

/* ---- sockets ---- */

/* "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT". */
int dial(const char *portal, const char *default_port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *info;
	char host[256], *end, *port;
	int fd, error, one = 1;

	snprintf(host, sizeof(host), "%s", portal + (portal[0] == '['));
	end = portal[0] == '[' ? strchr(host, ']') : host;
	port = end ? strrchr(end, ':') : NULL;
	if (portal[0] == '[' && end)
		*end = '\0';
	if (port)
		*port++ = '\0';
	error = getaddrinfo(host, port ? port : default_port, &hints, &info);
	if (error)
		die("%s: %s", portal, gai_strerror(error));
	fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, info->ai_addr, info->ai_addrlen) < 0)
		die("cannot connect to %s: %s", portal, strerror(errno));
	freeaddrinfo(info);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

uint8_t *tx_reserve(struct conn *c, size_t n)
{
	struct txbuf *tx = &c->tx;
	uint8_t *p;

	if (tx->start == tx->end)
		tx->start = tx->end = 0;
	if (tx->end + n > tx->size) {
		tx->size = 2 * (tx->end + n);
		tx->data = realloc(tx->data, tx->size);
		if (!tx->data)
			die("out of memory");
	}
	p = tx->data + tx->end;
	tx->end += n;
	return p;
}

void tx_bytes(struct conn *c, const void *p, size_t n)
{
	memcpy(tx_reserve(c, n), p, n);
}

static void wait_for_room(struct conn *c, bool wait)
{
	struct epoll_event event = {
		.events = EPOLLIN | (wait ? EPOLLOUT : 0),
		.data.ptr = c,
	};

	if (c->want_write == wait)
		return;
	c->want_write = wait;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

void tx_flush(struct conn *c)
{
	struct txbuf *tx = &c->tx;

	while (tx->start < tx->end) {
		ssize_t n = send(c->fd, tx->data + tx->start,
				 tx->end - tx->start, MSG_NOSIGNAL);

		stats.sends++;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			die("connection %u: send: %s", c->index, strerror(errno));
		tx->start += n;
	}
	wait_for_room(c, tx->start < tx->end);
}

/* A batch that fills a socket buffer gains nothing by waiting for more. */
void tx_command_end(struct conn *c)
{
	if (!opt.batch || c->tx.end - c->tx.start >= BATCH_BYTES)
		tx_flush(c);
}

/* Returns false when there is nothing more for now. */
static bool receive_some(struct conn *c)
{
	ssize_t n = recv(c->fd, rx_buffer, RX_SIZE, 0);

	stats.receives++;
	if (n == 0)
		die("connection %u: closed by the target", c->index);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0)
		die("connection %u: receive: %s", c->index, strerror(errno));
	c->proto->receive(c, rx_buffer, n);
	return n == RX_SIZE;
}

/* ---- LUNs and their content ---- */

void lun_set_size(unsigned int lun, uint64_t sectors, unsigned int sector)
{
	struct lun *l = &luns[lun];
	uint64_t bytes = sectors * sector;

	if (opt.region && opt.region < bytes)
		bytes = opt.region;
	l->sector = sector;
	l->blocks = bytes / opt.block;
	if (!l->blocks || opt.block % sector)
		die("LUN %u: %llu sectors of %u bytes do not fit blocks of %u", lun,
		    (unsigned long long)sectors, sector, opt.block);
	if (opt.verify && l->blocks > 1 << 24)
		die("--verify needs a --region of at most %u blocks", 1 << 24);
	if (opt.verify) {
		l->generation = allocate(l->blocks * sizeof(*l->generation));
		l->busy = allocate(l->blocks);
	}
}

/* What 8 bytes of a block hold: its place, how often it was written. */
static uint64_t content(const struct io *io, uint32_t generation, uint32_t offset)
{
	return (io->block << 20 | offset) * 0x9e3779b97f4a7c15 ^
	       (uint64_t)generation << 32 ^ io->lun;
}

static void fill(struct io *io)
{
	uint32_t generation = ++luns[io->lun].generation[io->block];

	for (uint32_t i = 0; i < io->len; i += 8) {
		uint64_t word = content(io, generation, i);

		memcpy(io->data + i, &word, 8);
	}
}

static void check(const struct io *io)
{
	uint32_t generation = luns[io->lun].generation[io->block];

	if (!generation)
		return;
	for (uint32_t i = 0; i < io->len; i += 8) {
		uint64_t want = content(io, generation, i), got;

		memcpy(&got, io->data + i, 8);
		if (got != want)
			die("wrong data: LUN %u, block %llu of %u bytes, offset %u: %016llx, not %016llx",
			    io->lun, (unsigned long long)io->block, io->len, i,
			    (unsigned long long)got, (unsigned long long)want);
	}
}

/* What a write sends; a pattern of its own is good enough without --verify. */
const uint8_t *io_payload(const struct io *io, uint32_t offset)
{
	return io->data ? io->data + offset : pattern + offset % PATTERN_SIZE;
}

void io_store(struct io *io, uint32_t offset, const uint8_t *p, size_t n)
{
	if (io->data)
		memcpy(io->data + offset, p, n);
}

/* ---- requests ---- */

static uint64_t next_block(struct lun *l)
{
	if (opt.random)
		return random64() % l->blocks;
	return l->next++ % l->blocks;
}

/* Choose a block; with --verify one that no other request uses. */
static void choose(struct conn *c, struct io *io)
{
	struct lun *l;
	int tries = 1000;

	do {
		io->lun = c->next_lun++ % opt.luns;
		l = &luns[io->lun];
		io->block = next_block(l);
	} while (opt.verify && l->busy[io->block] && --tries);
	if (!tries)
		die("--region is too small for so many requests");
	if (opt.verify)
		l->busy[io->block] = 1;
	io->write = random64() % 100 >= opt.read_percent;
}

static void start_io(struct conn *c, struct io *io)
{
	io->active = true;
	io->start = now_ns();
	c->active++;
	c->proto->start(c, io);
	tx_command_end(c);
}

static void fill_slots(struct conn *c)
{
	for (unsigned int i = 0; i < c->depth && c->active < c->depth; i++) {
		struct io *io = &c->io[i];

		if (io->active)
			continue;
		if (stopping || (opt.requests && started >= opt.requests))
			return;
		if (!c->proto->may_start(c))
			return;
		started++;
		choose(c, io);
		if (opt.verify && io->write)
			fill(io);
		start_io(c, io);
	}
}

/* A protocol reports the end of a request. @busy: to be tried again. */
void io_done(struct conn *c, struct io *io, bool busy)
{
	io->active = false;
	c->active--;
	if (busy) {
		stats.busy++;
		start_io(c, io);
		return;
	}
	latency_add(now_ns() - io->start);
	stats.ios++;
	stats.reads += !io->write;
	stats.bytes += io->len;
	if (opt.verify) {
		if (!io->write)
			check(io);
		luns[io->lun].busy[io->block] = 0;
	}
	if (!opt.batch)
		fill_slots(c);
}

/* The load's event loop does not run yet: wait here. */
void receive_until(struct conn *c, const bool *done)
{
	struct pollfd pfd = { .fd = c->fd };
	uint64_t deadline = now_ns() + 30000000000ULL;

	while (!*done) {
		tx_flush(c);
		pfd.events = POLLIN | (c->tx.start < c->tx.end ? POLLOUT : 0);
		poll(&pfd, 1, 1000);
		if (now_ns() > deadline)
			die("connection %u: no answer in 30 s", c->index);
		receive_some(c);
	}
}

static void conn_open(struct conn *c, unsigned int index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	c->index = index;
	c->depth = opt.depth;
	/* Spread sequential streams and LUNs over the sessions. */
	c->next_lun = index;
	c->proto->open(c);
	for (unsigned int i = 0; i < c->depth; i++) {
		c->io[i].len = opt.block;
		if (opt.verify)
			c->io[i].data = allocate(opt.block);
	}
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
}

static void handle(struct conn *c, uint32_t events)
{
	if (events & EPOLLOUT)
		tx_flush(c);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		while (receive_some(c))
			;
	fill_slots(c);
	tx_flush(c);
}

/* Run until @deadline, or until nothing is in flight. */
static void loop(uint64_t deadline)
{
	struct epoll_event events[64];
	unsigned int i, active;
	int n;

	for (;;) {
		n = epoll_wait(epoll_fd, events, 64, 100);
		for (int k = 0; k < n; k++)
			handle(events[k].data.ptr, events[k].events);
		if (now_ns() >= deadline)
			return;
		for (i = 0, active = 0; i < opt.sessions; i++)
			active += conns[i].active;
		if (!active)
			return;
	}
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void measure(void)
{
	struct stats result;
	struct watch *watch;
	uint64_t start;
	double cpu;
	unsigned int i;

	for (i = 0; i < opt.sessions; i++) {
		fill_slots(&conns[i]);
		tx_flush(&conns[i]);
	}
	if (opt.warmup > 0 && !opt.requests) {
		loop(now_ns() + opt.warmup * 1e9);
		stats_reset();
	}
	start = now_ns();
	cpu = cpu_seconds();
	watch = watch_start(opt.watch);
	loop(start + opt.seconds * 1e9);
	stats.seconds = (now_ns() - start) / 1e9;
	stats.cpu = cpu_seconds() - cpu;
	stats.watched = watch_end(watch);
	result = stats;

	stopping = true;
	loop(now_ns() + 30000000000ULL);
	for (i = 0; i < opt.sessions; i++)
		if (conns[i].active)
			die("connection %u: %u requests were not answered in 30 s",
			    i, conns[i].active);
	stats = result;
}

/* Only answer pings until the standard input ends. */
static void hold(void)
{
	struct epoll_event events[64], input = { .events = EPOLLIN };
	char byte;
	int n;

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input))
		die("--hold: the standard input must be a pipe");
	puts("ready");
	fflush(stdout);
	for (;;) {
		n = epoll_wait(epoll_fd, events, 64, -1);
		for (int k = 0; k < n; k++) {
			struct conn *c = events[k].data.ptr;

			if (!c && read(0, &byte, 1) <= 0)
				return;
			if (c)
				receive_some(c);
			if (c)
				tx_flush(c);
		}
	}
}

static void run(const struct proto *proto)
{
	unsigned int i;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	rx_buffer = allocate(RX_SIZE);
	pattern = allocate(PATTERN_SIZE + opt.block);
	for (i = 0; i < PATTERN_SIZE + opt.block; i++)
		pattern[i] = random64();
	conns = allocate(opt.sessions * sizeof(*conns));
	for (i = 0; i < opt.sessions; i++) {
		conns[i].proto = proto;
		conn_open(&conns[i], i);
	}
	stats_reset();
	if (opt.hold)
		hold();
	else
		measure();
	for (i = 0; i < opt.sessions; i++)
		proto->close(&conns[i]);
}

/* ---- options ---- */

static void help(void)
{
	puts("Usage: load --portal ADDRESS[:PORT] --target NAME [OPTION...]\n"
	     "\n"
	     "Load an iSCSI target (or, with --nvme, an NVMe/TCP subsystem).\n"
	     "\n"
	     "  --nvme                 speak NVMe/TCP; NAME is the subsystem's\n"
	     "  --sessions N           sessions, or I/O queues (1)\n"
	     "  --luns N, --first-lun N  LUNs used by every session in turn (1 from 0);\n"
	     "                         namespaces are counted from 0 too\n"
	     "  --rw read|write|mix=P  P: percent of reads (read)\n"
	     "  --sequential           (random)\n"
	     "  --block BYTES          with k or m (4k)\n"
	     "  --depth N              requests in flight per session (32)\n"
	     "  --seconds S, --warmup S  (5, 0.5)\n"
	     "  --requests N           end after N requests, no warm-up\n"
	     "  --region BYTES         use only the beginning of each LUN\n"
	     "  --batch                send all commands that are ready in one write\n"
	     "                         (one write per command)\n"
	     "  --verify               check what is read of blocks written before\n"
	     "  --reuse-tags           use an Initiator Task Tag again as soon as its\n"
	     "                         response is here (after 2 million others)\n"
	     "  --header-digest, --data-digest  CRC32C\n"
	     "  --initial-r2t, --no-immediate-data, --first-burst BYTES,\n"
	     "  --max-burst BYTES, --mrdsl BYTES  what is offered at login\n"
	     "                         (open-iscsi's defaults)\n"
	     "  --hold                 no load: open the sessions, say \"ready\", and close\n"
	     "                         them when the standard input ends\n"
	     "  --initiator NAME\n"
	     "  --watch PID            report the CPU time of that process, too (a guest)\n"
	     "  --json                 results as JSON");
	exit(0);
}

static uint64_t bytes_of(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	switch (*end) {
	case 'g': case 'G': n <<= 10; /* fallthrough */
	case 'm': case 'M': n <<= 10; /* fallthrough */
	case 'k': case 'K': n <<= 10; end++; break;
	}
	if (*end || end == text)
		die("not a number: %s", text);
	return n;
}

static void parse_rw(const char *text)
{
	if (!strcmp(text, "read"))
		opt.read_percent = 100;
	else if (!strcmp(text, "write"))
		opt.read_percent = 0;
	else if (!strncmp(text, "mix=", 4))
		opt.read_percent = bytes_of(text + 4);
	else
		die("--rw is read, write or mix=PERCENT");
}

enum { O_NVME = 256, O_PORTAL, O_TARGET, O_INITIATOR, O_SESSIONS, O_LUNS,
	O_FIRST_LUN, O_RW, O_SEQUENTIAL, O_BLOCK, O_DEPTH, O_SECONDS, O_WARMUP,
	O_REQUESTS, O_REGION, O_BATCH, O_VERIFY, O_REUSE, O_HDGST, O_DDGST, O_R2T,
	O_NO_IMMEDIATE, O_FIRST_BURST, O_MAX_BURST, O_MRDSL, O_WATCH, O_JSON, O_HOLD,
	O_HELP };

static const struct option long_options[] = {
	{ "nvme",		no_argument,		NULL, O_NVME },
	{ "portal",		required_argument,	NULL, O_PORTAL },
	{ "target",		required_argument,	NULL, O_TARGET },
	{ "initiator",		required_argument,	NULL, O_INITIATOR },
	{ "sessions",		required_argument,	NULL, O_SESSIONS },
	{ "luns",		required_argument,	NULL, O_LUNS },
	{ "first-lun",		required_argument,	NULL, O_FIRST_LUN },
	{ "rw",			required_argument,	NULL, O_RW },
	{ "sequential",		no_argument,		NULL, O_SEQUENTIAL },
	{ "block",		required_argument,	NULL, O_BLOCK },
	{ "depth",		required_argument,	NULL, O_DEPTH },
	{ "seconds",		required_argument,	NULL, O_SECONDS },
	{ "warmup",		required_argument,	NULL, O_WARMUP },
	{ "requests",		required_argument,	NULL, O_REQUESTS },
	{ "region",		required_argument,	NULL, O_REGION },
	{ "batch",		no_argument,		NULL, O_BATCH },
	{ "verify",		no_argument,		NULL, O_VERIFY },
	{ "reuse-tags",		no_argument,		NULL, O_REUSE },
	{ "header-digest",	no_argument,		NULL, O_HDGST },
	{ "data-digest",	no_argument,		NULL, O_DDGST },
	{ "initial-r2t",	no_argument,		NULL, O_R2T },
	{ "no-immediate-data",	no_argument,		NULL, O_NO_IMMEDIATE },
	{ "first-burst",	required_argument,	NULL, O_FIRST_BURST },
	{ "max-burst",		required_argument,	NULL, O_MAX_BURST },
	{ "mrdsl",		required_argument,	NULL, O_MRDSL },
	{ "watch",		required_argument,	NULL, O_WATCH },
	{ "json",		no_argument,		NULL, O_JSON },
	{ "hold",		no_argument,		NULL, O_HOLD },
	{ "help",		no_argument,		NULL, O_HELP },
	{ NULL, 0, NULL, 0 },
};

static const struct proto *parse_options(int argc, char **argv)
{
	const struct proto *proto = &iscsi_proto;
	int o;

	while ((o = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (o) {
		case O_NVME:		proto = &nvme_proto; break;
		case O_PORTAL:		opt.portal = optarg; break;
		case O_TARGET:		opt.target = optarg; break;
		case O_INITIATOR:	opt.initiator = optarg; break;
		case O_SESSIONS:	opt.sessions = bytes_of(optarg); break;
		case O_LUNS:		opt.luns = bytes_of(optarg); break;
		case O_FIRST_LUN:	opt.first_lun = bytes_of(optarg); break;
		case O_RW:		parse_rw(optarg); break;
		case O_SEQUENTIAL:	opt.random = false; break;
		case O_BLOCK:		opt.block = bytes_of(optarg); break;
		case O_DEPTH:		opt.depth = bytes_of(optarg); break;
		case O_SECONDS:		opt.seconds = atof(optarg); break;
		case O_WARMUP:		opt.warmup = atof(optarg); break;
		case O_REQUESTS:	opt.requests = bytes_of(optarg); break;
		case O_REGION:		opt.region = bytes_of(optarg); break;
		case O_BATCH:		opt.batch = true; break;
		case O_VERIFY:		opt.verify = true; break;
		case O_REUSE:		opt.reuse_tags = true; break;
		case O_HDGST:		opt.header_digest = true; break;
		case O_DDGST:		opt.data_digest = true; break;
		case O_R2T:		opt.initial_r2t = true; break;
		case O_NO_IMMEDIATE:	opt.immediate_data = false; break;
		case O_FIRST_BURST:	opt.first_burst = bytes_of(optarg); break;
		case O_MAX_BURST:	opt.max_burst = bytes_of(optarg); break;
		case O_MRDSL:		opt.mrdsl = bytes_of(optarg); break;
		case O_WATCH:		opt.watch = bytes_of(optarg); break;
		case O_JSON:		opt.json = true; break;
		case O_HOLD:		opt.hold = true; break;
		case O_HELP: case 'h':	help(); break;
		default:		exit(2);
		}
	}
	if (optind < argc || !opt.portal || !opt.target)
		die("--portal and --target are needed (see --help)");
	if (!opt.depth || opt.depth > MAX_DEPTH - 1 || !opt.sessions ||
	    !opt.luns || opt.luns > MAX_LUNS || !opt.block || opt.block % 512 ||
	    opt.block > 16 << 20 || opt.read_percent > 100)
		die("a value is out of range (see --help)");
	return proto;
}

int main(int argc, char **argv)
{
	run(parse_options(argc, argv));
	if (!opt.hold)
		stats_print(opt.json);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write the results");
	return 0;
}
