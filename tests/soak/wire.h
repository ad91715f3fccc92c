/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of an iSCSI connection as the programs here need: bytes in and out
 * without waiting, PDUs as they are on the wire, a login's texts, random numbers
 * that can be had again.
 */
#ifndef SOAK_WIRE_H
#define SOAK_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash.h"
#include "iscsi.h"

#define OUT_MAX		(1 << 19)
#define IN_MAX		(1 << 18)
#define DATA_MAX	(1 << 18)

/* splitmix64: one state a session, so that one can be played again alone */
struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n);		/* n > 0 */
bool rng_percent(struct rng *r, unsigned int percent);

struct pdu {
	uint8_t bhs[BHS_LEN];
	uint8_t ahs[1024];
	uint32_t ahs_len;
	const uint8_t *data;
	uint32_t len;
	/* what is made wrong */
	bool own_dlength, own_ahs_words;
	bool bad_header_digest, bad_data_digest, dirty_padding;
};

struct wire {
	int fd;
	bool header_digest, data_digest;	/* of the full feature phase */
	uint8_t *out;
	size_t out_at, out_len;
	uint8_t *in;
	size_t in_at, in_len;
};

/* A PDU that has arrived; points into the input, until the next call. */
struct got {
	const uint8_t *bhs;
	const uint8_t *data;
	uint32_t len;
};

struct sockaddr_in portal_address(const char *text);
void wire_init(struct wire *w);
void wire_free(struct wire *w);
/* begins a connection; false when there is none to be had */
bool wire_open(struct wire *w, const struct sockaddr_in *to);
/* the same, from the nth address, 1 to 4095, of the portal's /8, if it is ours */
bool wire_open_from(struct wire *w, const struct sockaddr_in *to, unsigned long n);
void wire_close(struct wire *w);
/* how many bytes the PDU is on the wire; 0 when it does not fit into @room */
size_t wire_encode(const struct wire *w, struct pdu *p, uint8_t *to, size_t room);
bool wire_put(struct wire *w, struct pdu *p);
bool wire_put_bytes(struct wire *w, const void *bytes, size_t len);
/* send what is there to be sent, as far as it goes; false: the end */
bool wire_flush(struct wire *w);
/* 1: a PDU; 0: none yet; -1: the end, or nonsense */
int wire_get(struct wire *w, struct got *got);
void wire_wait(struct wire *w, int ms);

/* "Key=value" of a text, or NULL */
const char *text_find(const char *text, size_t len, const char *key);
double seconds(void);
void *zalloc(size_t size);	/* that hash.c wants */

#endif
