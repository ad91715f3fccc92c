// SPDX-License-Identifier: GPL-2.0
/* The order of requests over the whole range of CmdSN: kmod/order.c */
#include <kunit/test.h>

#include "../../kmod/order.c"
#include "suites.h"

static LIST_HEAD(free_tasks);

struct ti_cmd *ti_sess_get_task(struct ti_sess *sess)
{
	struct ti_cmd *cmd = list_first_entry_or_null(&free_tasks, struct ti_cmd,
						      entry);

	if (cmd)
		list_del(&cmd->entry);
	return cmd;
}

void ti_conn_await_request(struct ti_conn *conn, unsigned int seconds)
{
	conn->hole_deadline = seconds;
}

#define WINDOW	8

struct fixture {
	struct ti_sess	sess;
	struct ti_conn	conn;
	struct ti_cmd	tasks[WINDOW];
};

/* A session in which CmdSN @first is due. */
static struct fixture *fixture(struct kunit *test, u32 first)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->conn.sess = &f->sess;
	INIT_LIST_HEAD(&f->conn.ready);
	INIT_LIST_HEAD(&f->conn.held);
	INIT_LIST_HEAD(&free_tasks);
	for (i = 0; i < WINDOW; i++) {
		f->tasks[i].conn = &f->conn;
		list_add_tail(&f->tasks[i].entry, &free_tasks);
	}
	f->sess.exp_cmd_sn = first;
	f->sess.max_cmd_sn = first + WINDOW - 1;
	return f;
}

/* All that was due has come, and @n requests after it. */
static void go_on(struct fixture *f, u32 n)
{
	f->sess.exp_cmd_sn += n;
	f->sess.max_cmd_sn = f->sess.exp_cmd_sn + WINDOW - 1;
}

/* One of CmdSN that waits for those before it. */
static void hold(struct kunit *test, struct fixture *f, u32 cmd_sn)
{
	KUNIT_ASSERT_EQ(test, ti_order_fill_hole(&f->conn, cmd_sn), 0);
	KUNIT_ASSERT_FALSE(test, list_empty(&f->conn.held));
}

static void rejected_is_passed_over(struct kunit *test)
{
	static const u32 first[] = { 1, 0x7ffffffe, 0xfffffffe };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(first); i++) {
		struct fixture *f = fixture(test, first[i]);

		ti_order_leave_hole(&f->conn, first[i] + 2);
		ti_order_leave_hole(&f->conn, first[i]);
		hold(test, f, first[i] + 3);
		KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, TI_RETRY_TIMEOUT);
		KUNIT_EXPECT_TRUE(test, ti_order_skip_rejected(&f->conn));
		KUNIT_EXPECT_EQ(test, f->sess.exp_cmd_sn, first[i] + 4);
		KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, 0);
	}
}

/* 2^31 requests after one that was rejected a lost one is lost, and no more. */
static void rejected_is_forgotten(struct kunit *test)
{
	struct fixture *f = fixture(test, 10);

	ti_order_leave_hole(&f->conn, 10);
	/* it is sent again */
	KUNIT_ASSERT_EQ(test, ti_order_fill_hole(&f->conn, 10), 0);
	KUNIT_EXPECT_EQ(test, f->sess.exp_cmd_sn, 11);
	go_on(f, 0x80000000);
	hold(test, f, f->sess.exp_cmd_sn + 1);
	KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, TI_HOLE_TIMEOUT);
	KUNIT_EXPECT_FALSE(test, ti_order_skip_rejected(&f->conn));
}

/* One whose digest was wrong is waited for, less long with others behind it. */
static void spoilt_is_waited_for(struct kunit *test)
{
	struct fixture *f = fixture(test, 0xfffffffe);

	ti_order_spoilt(&f->conn, 0xfffffffe);
	KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, TI_RESEND_TIMEOUT);
	hold(test, f, 0xffffffff);
	KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, TI_RETRY_TIMEOUT);
	ti_order_spoilt(&f->conn, 0xfffffffe);
	KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, TI_RETRY_TIMEOUT);
	KUNIT_EXPECT_FALSE(test, ti_order_skip_rejected(&f->conn));
	/* it is sent again */
	KUNIT_ASSERT_EQ(test, ti_order_fill_hole(&f->conn, 0xfffffffe), 0);
	KUNIT_EXPECT_EQ(test, f->sess.exp_cmd_sn, 0);
	KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, 0);
	go_on(f, 0x7ffffffe);
	hold(test, f, 0x7fffffff);
	KUNIT_EXPECT_EQ(test, f->conn.hole_deadline, TI_HOLE_TIMEOUT);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(rejected_is_passed_over),
	KUNIT_CASE(rejected_is_forgotten),
	KUNIT_CASE(spoilt_is_waited_for),
	{}
};

struct kunit_suite order_suite = {
	.name = "tcm_iscsi_order",
	.test_cases = cases,
};
