// SPDX-License-Identifier: GPL-2.0
/* Counters and latency histograms of sessions and LUNs: kmod/iostat.c */
#include <kunit/test.h>

#include "../../kmod/iostat.c"
#include "suites.h"

/* As <linux/tcm_iscsi.h> says, nanoseconds. */
static u64 lower(unsigned int bucket)
{
	u64 units = bucket < 8 ? bucket : (8 + bucket % 8) << (bucket / 8 - 1);

	return units * TCM_ISCSI_HIST_UNIT_NS;
}

static void buckets(struct kunit *test)
{
	unsigned int b;

	for (b = 0; b < TCM_ISCSI_HIST_BUCKETS; b++) {
		KUNIT_EXPECT_EQ(test, ti_io_bucket(lower(b)), b);
		if (b)
			KUNIT_EXPECT_EQ(test, ti_io_bucket(lower(b) - 1), b - 1);
		if (b >= 8)
			KUNIT_EXPECT_LE(test, lower(b + 1) - lower(b), lower(b) / 8);
	}
	KUNIT_EXPECT_EQ(test, ti_io_bucket(U64_MAX), TCM_ISCSI_HIST_BUCKETS - 1);
}

struct fixture {
	struct ti_sess	sess;
	struct ti_conn	conn;
	struct ti_cmd	cmd;
};

static struct fixture *fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	xa_init(&f->sess.luns);
	f->conn.sess = &f->sess;
	f->cmd.conn = &f->conn;
	return f;
}

/* A task that came at 1 ms and is answered @ns later. */
static void run_task(struct fixture *f, u64 lun, enum ti_io_dir dir, u64 ns,
		     u8 state)
{
	f->cmd.lun = lun;
	f->cmd.received_ns = NSEC_PER_MSEC;
	f->cmd.data_len = dir == TI_IO_READ ? 4096 : 0;
	f->cmd.received = dir == TI_IO_WRITE ? 8192 : 0;
	ti_io_begin(&f->cmd, dir);
	f->cmd.state = state;
	f->conn.now_ns = NSEC_PER_MSEC + ns;
	ti_io_end(&f->cmd);
	/* once: putting the task back calls it again */
	ti_io_end(&f->cmd);
}

static void counting(struct kunit *test)
{
	struct fixture *f = fixture(test);
	struct ti_io_stats *io;

	KUNIT_EXPECT_NULL(test, f->sess.io);
	run_task(f, 3, TI_IO_READ, 1000, TI_CMD_RESPONDING);
	run_task(f, 3, TI_IO_WRITE, 2000, TI_CMD_RESPONDING);
	run_task(f, 5, TI_IO_READ, 3000, TI_CMD_RESPONDING);
	/* aborted; and dropped when nothing has been sent since it came */
	run_task(f, 3, TI_IO_READ, 4000, TI_CMD_EXECUTING);
	run_task(f, 3, TI_IO_READ, -1ULL, TI_CMD_RESPONDING);

	io = f->sess.io;
	KUNIT_ASSERT_NOT_NULL(test, io);
	KUNIT_EXPECT_EQ(test, io->count[TI_IO_READ], 2ULL);
	KUNIT_EXPECT_EQ(test, io->bytes[TI_IO_READ], 8192ULL);
	KUNIT_EXPECT_EQ(test, io->ns[TI_IO_READ], 4000ULL);
	KUNIT_EXPECT_EQ(test, io->bytes[TI_IO_WRITE], 8192ULL);
	io = xa_load(&f->sess.luns, 3);
	KUNIT_ASSERT_NOT_NULL(test, io);
	KUNIT_EXPECT_EQ(test, io->count[TI_IO_READ], 1ULL);
	KUNIT_EXPECT_EQ(test, ti_io_in_flight(io), 0U);
	KUNIT_EXPECT_EQ(test, io->hist[TI_IO_WRITE][ti_io_bucket(2000)], 1ULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&ti_nr_lun_stats), 2);
	ti_io_free(&f->sess);
	KUNIT_EXPECT_EQ(test, atomic_read(&ti_nr_lun_stats), 0);
}

/* Beyond the bound a LUN counts in its session alone. */
static void bound(struct kunit *test)
{
	struct fixture *f = fixture(test);

	atomic_set(&ti_nr_lun_stats, TCM_ISCSI_MAX_LUN_STATS);
	run_task(f, 7, TI_IO_READ, 1000, TI_CMD_RESPONDING);
	KUNIT_EXPECT_NULL(test, xa_load(&f->sess.luns, 7));
	KUNIT_EXPECT_EQ(test, f->sess.io->count[TI_IO_READ], 1ULL);
	ti_io_free(&f->sess);
	atomic_set(&ti_nr_lun_stats, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(buckets),
	KUNIT_CASE(counting),
	KUNIT_CASE(bound),
	{}
};

struct kunit_suite iostat_suite = {
	.name = "tcm_iscsi_iostat",
	.test_cases = cases,
};
