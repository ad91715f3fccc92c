/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A load generator for storage targets over TCP.
 *
 *   load.c    options, the event loop, requests, verification
 *   iscsi.c   an iSCSI initiator      } each fills a struct proto
 *   nvme.c    an NVMe/TCP host        }
 *   stats.c   latency histogram, CPU time of others, JSON
 *
 * One thread. A connection reads all that is there, completes requests, starts
 * new ones in their place, and sends: in one write (--batch), or in one write
 * per command.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MAX_LUNS	64
#define MAX_DEPTH	1024		/* the last slot is for setup */

struct options {
	const char	*portal;
	const char	*target;
	const char	*initiator;
	unsigned int	sessions;
	unsigned int	luns;
	unsigned int	first_lun;
	unsigned int	depth;
	unsigned int	block;		/* bytes of a request */
	unsigned int	read_percent;
	bool		random;
	double		seconds;
	double		warmup;
	uint64_t	region;		/* bytes used of each LUN, 0: all */
	uint64_t	requests;	/* stop after so many, 0: no limit */
	bool		batch;
	bool		verify;
	bool		reuse_tags;	/* at once */
	bool		header_digest;
	bool		data_digest;
	bool		initial_r2t;
	bool		immediate_data;
	unsigned int	first_burst;
	unsigned int	max_burst;
	unsigned int	mrdsl;
	int		watch;		/* process whose CPU time is told, too */
	bool		json;
	bool		hold;		/* sessions that do nothing */
};

extern struct options opt;

/* A LUN or namespace. @generation and @busy: one per block, with --verify. */
struct lun {
	uint64_t	blocks;		/* of opt.block bytes */
	unsigned int	sector;		/* logical block size */
	uint64_t	next;		/* sequential: the next block */
	uint32_t	*generation;	/* times written; 0: content unknown */
	uint8_t		*busy;
};

extern struct lun luns[MAX_LUNS];

/* One request in flight; its index is its tag, or the low bits of it. */
struct io {
	bool		active;
	bool		write;
	unsigned int	lun;
	uint64_t	block;
	uint32_t	len;
	uint32_t	used;		/* iSCSI: times the slot was used */
	uint64_t	start;		/* ns */
	uint8_t		*data;		/* written from or read to; NULL: not kept */
};

/* Bytes to be sent: data[start..end). */
struct txbuf {
	uint8_t		*data;
	size_t		start;
	size_t		end;
	size_t		size;
};

struct conn {
	int		fd;
	unsigned int	index;
	const struct proto *proto;
	void		*priv;		/* the protocol's */
	struct io	io[MAX_DEPTH];
	unsigned int	depth;		/* slots in use for the load */
	unsigned int	active;
	struct txbuf	tx;
	bool		want_write;	/* epoll waits for room to send */
	unsigned int	next_lun;

	/* setup: the one command that is being waited for, in the last slot */
	bool		sync_done;
	int		sync_status;
};

struct proto {
	/* Connect, log in, find the sizes of all LUNs (first connection). */
	void (*open)(struct conn *c);
	/* May another command be sent now? */
	bool (*may_start)(struct conn *c);
	/* Queue the command of a slot, with what data may go with it. */
	void (*start)(struct conn *c, struct io *io);
	/* Bytes arrived. */
	void (*receive)(struct conn *c, const uint8_t *p, size_t n);
	void (*close)(struct conn *c);
};

extern const struct proto iscsi_proto;
extern const struct proto nvme_proto;

/* load.c: for protocols */
void __attribute__((format(printf, 1, 2), noreturn)) die(const char *fmt, ...);
int dial(const char *portal, const char *default_port);
uint8_t *tx_reserve(struct conn *c, size_t n);	/* n more bytes, uninitialised */
void tx_bytes(struct conn *c, const void *p, size_t n);
void tx_command_end(struct conn *c);	/* without --batch: send now */
void tx_flush(struct conn *c);
void receive_until(struct conn *c, const bool *done);	/* blocking, setup only */
void io_done(struct conn *c, struct io *io, bool busy);
const uint8_t *io_payload(const struct io *io, uint32_t offset);
void io_store(struct io *io, uint32_t offset, const uint8_t *p, size_t n);
void lun_set_size(unsigned int lun, uint64_t sectors, unsigned int sector);
uint64_t now_ns(void);

/* crc32c.c: start with crc32c(~0, ...), the digest is the complement */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

/* stats.c */
struct stats {
	uint64_t	ios;
	uint64_t	reads;
	uint64_t	bytes;
	uint64_t	busy;		/* BUSY or TASK SET FULL, tried again */
	uint64_t	sends;		/* system calls */
	uint64_t	receives;
	double		seconds;
	double		cpu;		/* of this process, seconds */
	double		watched;	/* of the busiest thread of opt.watch */
};

extern struct stats stats;

struct watch;

struct watch *watch_start(int pid);	/* NULL for no process */
double watch_end(struct watch *w);	/* seconds */

void latency_add(uint64_t ns);
void stats_reset(void);
void stats_print(bool json);

#endif /* LOAD_H */
