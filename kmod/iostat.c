// SPDX-License-Identifier: GPL-2.0
/*
 * How many READs and WRITEs, of how many bytes, and how long they took, for
 * each session and for each LUN of it.
 *
 * The clock is read once for all that a connection receives and answers in one go
 * (ti_conn_now()), not once a command. The counters belong to
 * the connection's owner, as everything does: there is one writer, on one CPU,
 * which is what counters per CPU are for, without a copy for each CPU.
 *
 * Counters are allocated at the first READ or WRITE, so that idle sessions stay
 * small; those of LUNs are bounded for the whole module. Without memory, or
 * beyond the bound, I/O goes on and is not counted.
 */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "iostat.h"
#include "ti.h"

static atomic_t ti_nr_lun_stats;	/* at most TCM_ISCSI_MAX_LUN_STATS */

static_assert(TCM_ISCSI_HIST_BUCKETS % (1 << TCM_ISCSI_HIST_SUB_BITS) == 0);

/**
 * ti_io_bucket - the bucket of a latency
 * @ns:		nanoseconds
 *
 * Any context. Return: 0 to TCM_ISCSI_HIST_BUCKETS - 1.
 */
unsigned int ti_io_bucket(u64 ns)
{
	const unsigned int sub = 1 << TCM_ISCSI_HIST_SUB_BITS;
	u64 units = ns / TCM_ISCSI_HIST_UNIT_NS;
	unsigned int octave, bucket;

	if (units < sub)
		return units;
	/* The highest bit says which power of two, the next ones where in it. */
	octave = fls64(units) - 1 - TCM_ISCSI_HIST_SUB_BITS;
	bucket = (octave + 1) * sub + ((units >> octave) & (sub - 1));
	return min_t(unsigned int, bucket, TCM_ISCSI_HIST_BUCKETS - 1);
}

static struct ti_io_stats *io_alloc(void)
{
	return kzalloc(sizeof(struct ti_io_stats), GFP_NOWAIT | __GFP_NOWARN);
}

static struct ti_io_stats *io_add_lun(struct ti_sess *sess, u64 lun)
{
	struct ti_io_stats *io;

	if (atomic_read(&ti_nr_lun_stats) >= TCM_ISCSI_MAX_LUN_STATS)
		return NULL;
	io = io_alloc();
	if (!io)
		return NULL;
	/* Readers find it complete: xa_store() publishes. */
	if (xa_err(xa_store(&sess->luns, lun, io, GFP_NOWAIT | __GFP_NOWARN))) {
		kfree(io);
		return NULL;
	}
	atomic_inc(&ti_nr_lun_stats);
	return io;
}

/**
 * ti_io_begin - target core is about to get a READ or WRITE
 * @cmd:	the task; its LUN exists
 * @dir:	which of the two
 *
 * Owner only.
 */
void ti_io_begin(struct ti_cmd *cmd, enum ti_io_dir dir)
{
	struct ti_sess *sess = cmd->conn->sess;
	struct ti_io_stats *io;

	if (!sess->io) {
		/* Zeroes before the pointer: pairs with smp_load_acquire(). */
		smp_store_release(&sess->io, io_alloc());
	}
	io = xa_load(&sess->luns, cmd->lun);
	if (!io)
		io = io_add_lun(sess, cmd->lun);
	if (io) {
		if (!ti_io_in_flight(io))
			io->moved_ns = cmd->received_ns;
		WRITE_ONCE(io->in_flight[dir], io->in_flight[dir] + 1);
	}
	cmd->lun_io = io;
	cmd->io_dir = dir;
	cmd->io_counted = true;
}

static void io_count(struct ti_io_stats *io, enum ti_io_dir dir, u32 bytes,
		     u64 ns)
{
	u64 *hist = &io->hist[dir][ti_io_bucket(ns)];

	WRITE_ONCE(io->count[dir], io->count[dir] + 1);
	WRITE_ONCE(io->bytes[dir], io->bytes[dir] + bytes);
	WRITE_ONCE(io->ns[dir], io->ns[dir] + ns);
	WRITE_ONCE(*hist, *hist + 1);
}

/**
 * ti_io_end - the response is built, or there will be none
 * @cmd:	the task; nothing happens when ti_io_begin() was not called
 *
 * One that was aborted is not counted. Owner only.
 */
void ti_io_end(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_io_stats *io = cmd->lun_io;
	u64 now, ns;
	u32 bytes;

	if (!cmd->io_counted)
		return;
	cmd->io_counted = false;
	now = ti_conn_now(conn);
	ns = now - cmd->received_ns;
	if (io) {
		u32 *in_flight = &io->in_flight[cmd->io_dir];

		io->moved_ns = now;
		WRITE_ONCE(*in_flight, *in_flight - 1);
	}
	/* Aborted, or dropped with the connection before it was sent. */
	if (cmd->state != TI_CMD_RESPONDING || (s64)ns < 0)
		return;
	bytes = cmd->io_dir == TI_IO_READ ? cmd->data_len : cmd->received;
	if (io)
		io_count(io, cmd->io_dir, bytes, ns);
	if (conn->sess->io)
		io_count(conn->sess->io, cmd->io_dir, bytes, ns);
}

/**
 * ti_io_free - free all counters of a session
 * @sess:	the session; nobody finds it any more
 */
void ti_io_free(struct ti_sess *sess)
{
	struct ti_io_stats *io;
	unsigned long lun;

	xa_for_each(&sess->luns, lun, io) {
		kfree(io);
		atomic_dec(&ti_nr_lun_stats);
	}
	xa_destroy(&sess->luns);
	kfree(sess->io);
}
