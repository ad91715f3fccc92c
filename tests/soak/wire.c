// SPDX-License-Identifier: GPL-2.0
/* See wire.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return rng_next(r) % n;
}

bool rng_percent(struct rng *r, unsigned int percent)
{
	return rng_below(r, 100) < percent;
}

void *zalloc(size_t size)
{
	return calloc(1, size ? size : 1);
}

double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

struct sockaddr_in portal_address(const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *colon = strrchr(text, ':');
	char host[64];

	snprintf(host, sizeof(host), "%.*s",
		 (int)(colon ? (size_t)(colon - text) : strlen(text)), text);
	to.sin_port = htons(colon ? atoi(colon + 1) : 3260);
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1) {
		fprintf(stderr, "%s is not an IPv4 address and port\n", text);
		exit(2);
	}
	return to;
}

void wire_init(struct wire *w)
{
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->out = malloc(OUT_MAX);
	w->in = malloc(IN_MAX);
}

void wire_free(struct wire *w)
{
	wire_close(w);
	free(w->out);
	free(w->in);
}

bool wire_open(struct wire *w, const struct sockaddr_in *to)
{
	return wire_open_from(w, to, 0);
}

bool wire_open_from(struct wire *w, const struct sockaddr_in *to, unsigned long n)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int one = 1;

	wire_close(w);
	w->out_at = w->out_len = w->in_at = w->in_len = 0;
	w->header_digest = w->data_digest = false;
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (w->fd < 0)
		return false;
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	from.sin_addr.s_addr = htonl((ntohl(to->sin_addr.s_addr) & 0xff000000) |
				     (n & 0xfff) << 8 | 1);
	if (n)
		(void)!bind(w->fd, (struct sockaddr *)&from, sizeof(from));
	if (!connect(w->fd, (const struct sockaddr *)to, sizeof(*to)) ||
	    errno == EINPROGRESS)
		return true;
	wire_close(w);
	return false;
}

void wire_close(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* The lowest byte of a digest goes first. */
static void put_digest(uint8_t *p, uint32_t crc, bool spoil)
{
	crc = ~crc ^ spoil;
	p[0] = crc;
	p[1] = crc >> 8;
	p[2] = crc >> 16;
	p[3] = crc >> 24;
}

size_t wire_encode(const struct wire *w, struct pdu *p, uint8_t *to, size_t room)
{
	size_t pad = -p->len & 3, n = BHS_LEN + p->ahs_len;

	if (n + p->len + pad + 8 > room)
		return 0;
	if (!p->own_ahs_words)
		p->bhs[4] = p->ahs_len / 4;
	if (!p->own_dlength)
		put24(p->bhs + 5, p->len);
	memcpy(to, p->bhs, BHS_LEN);
	memcpy(to + BHS_LEN, p->ahs, p->ahs_len);
	if (w->header_digest) {
		put_digest(to + n, crc32c(~0u, to, n), p->bad_header_digest);
		n += 4;
	}
	if (!p->len)
		return n;
	memcpy(to + n, p->data, p->len);
	memset(to + n + p->len, p->dirty_padding ? 0xa5 : 0, pad);
	if (w->data_digest)
		put_digest(to + n + p->len + pad,
			   crc32c(~0u, to + n, p->len + pad), p->bad_data_digest);
	return n + p->len + pad + (w->data_digest ? 4 : 0);
}

static void make_room(struct wire *w)
{
	memmove(w->out, w->out + w->out_at, w->out_len - w->out_at);
	w->out_len -= w->out_at;
	w->out_at = 0;
}

bool wire_put(struct wire *w, struct pdu *p)
{
	size_t n;

	make_room(w);
	n = wire_encode(w, p, w->out + w->out_len, OUT_MAX - w->out_len);
	w->out_len += n;
	return n;
}

bool wire_put_bytes(struct wire *w, const void *bytes, size_t len)
{
	make_room(w);
	if (len > OUT_MAX - w->out_len)
		return false;
	memcpy(w->out + w->out_len, bytes, len);
	w->out_len += len;
	return true;
}

bool wire_flush(struct wire *w)
{
	while (w->out_at < w->out_len) {
		ssize_t n = send(w->fd, w->out + w->out_at,
				 w->out_len - w->out_at, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == ENOTCONN;
		w->out_at += n;
	}
	return true;
}

static size_t whole(const struct wire *w, const uint8_t *bhs)
{
	uint32_t len = get24(bhs + 5);
	size_t n = BHS_LEN + bhs[4] * 4u;

	if (w->header_digest)
		n += 4;
	if (len)
		n += len + (-len & 3) + (w->data_digest ? 4 : 0);
	return n;
}

static bool have_one(const struct wire *w)
{
	size_t have = w->in_len - w->in_at;

	return have >= BHS_LEN && have >= whole(w, w->in + w->in_at);
}

static int receive(struct wire *w)
{
	ssize_t n;

	memmove(w->in, w->in + w->in_at, w->in_len - w->in_at);
	w->in_len -= w->in_at;
	w->in_at = 0;
	if (w->in_len == IN_MAX)
		return -1;
	n = recv(w->fd, w->in + w->in_len, IN_MAX - w->in_len, 0);
	if (!n || (n < 0 && errno != EAGAIN && errno != ENOTCONN))
		return -1;
	if (n > 0)
		w->in_len += n;
	return 0;
}

int wire_get(struct wire *w, struct got *got)
{
	const uint8_t *bhs;

	if (!have_one(w) && receive(w) < 0)
		return -1;
	if (!have_one(w))
		return 0;
	bhs = w->in + w->in_at;
	got->bhs = bhs;
	got->len = get24(bhs + 5);
	got->data = bhs + BHS_LEN + bhs[4] * 4 + (w->header_digest ? 4 : 0);
	w->in_at += whole(w, bhs);
	return 1;
}

void wire_wait(struct wire *w, int ms)
{
	struct pollfd p = { w->fd, POLLIN, 0 };

	if (w->out_at < w->out_len)
		p.events |= POLLOUT;
	poll(&p, 1, ms);
}

const char *text_find(const char *text, size_t len, const char *key)
{
	size_t at, klen = strlen(key);

	for (at = 0; at + klen < len; at += strnlen(text + at, len - at) + 1)
		if (!memcmp(text + at, key, klen) && text[at + klen] == '=')
			return text + at + klen + 1;
	return NULL;
}
