/* SPDX-License-Identifier: GPL-2.0 */
/* READs and WRITEs of sessions and LUNs: counters and latencies (iostat.c). */
#ifndef TI_IOSTAT_H
#define TI_IOSTAT_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <linux/tcm_iscsi.h>

struct ti_cmd;
struct ti_sess;

enum ti_io_dir {
	TI_IO_READ,
	TI_IO_WRITE,
	TI_IO_DIRS
};

/**
 * struct ti_io_stats - of a session, or of one LUN of it
 * @count:	commands that were answered
 * @bytes:	of their data
 * @ns:		sum of their latencies
 * @in_flight:	commands that target core has; of a LUN only
 * @moved_ns:	when one of them came back last, or the first of them came; of a LUN
 *		only, and for the owner only
 * @hist:	commands by latency, see TCM_ISCSI_HIST_UNIT_NS
 *
 * Written by the owner of the session's connection alone, so there is nothing
 * to lock and nothing to add up; read anywhere with READ_ONCE().
 */
struct ti_io_stats {
	u64	count[TI_IO_DIRS];
	u64	bytes[TI_IO_DIRS];
	u64	ns[TI_IO_DIRS];
	u32	in_flight[TI_IO_DIRS];
	u64	moved_ns;
	u64	hist[TI_IO_DIRS][TCM_ISCSI_HIST_BUCKETS];
};

/* Owner. */
void ti_io_begin(struct ti_cmd *cmd, enum ti_io_dir dir);
void ti_io_end(struct ti_cmd *cmd);
/* The session has no task any more, and nobody finds it. */
void ti_io_free(struct ti_sess *sess);

unsigned int ti_io_bucket(u64 ns);

/* READs and WRITEs of a LUN that target core has; any context. */
static inline u32 ti_io_in_flight(const struct ti_io_stats *io)
{
	return READ_ONCE(io->in_flight[TI_IO_READ]) +
	       READ_ONCE(io->in_flight[TI_IO_WRITE]);
}

#endif /* TI_IOSTAT_H */
