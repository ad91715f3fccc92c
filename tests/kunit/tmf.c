// SPDX-License-Identifier: GPL-2.0
/* Functions that are made of several: kmod/tmf.c */
#include <kunit/test.h>

#define ti_sessions		test_tmf_sessions
#define ti_conn_queue		test_tmf_conn_queue
#define ti_conn_target		test_tmf_conn_name
#define ti_conn_who		test_tmf_conn_name
#define ti_luns_count_abort	test_tmf_count_abort
#define ti_luns_device		test_tmf_lun_device
#define ti_luns_have_device	test_tmf_have_device
#define ti_luns_walk		test_tmf_walk_luns
#define ti_sess_internal_task	test_tmf_new_part
#define ti_sess_put_task	test_tmf_put_task
#define ti_fabric_abort_task	test_tmf_abort
#define ti_fabric_reset_lun	test_tmf_reset
#define ti_fabric_release	test_tmf_release
#define ti_fabric_is_lun_reset	test_tmf_is_reset
#define ti_fabric_reset_device	test_tmf_reset_device
#define ti_task_find		test_tmf_find
#define ti_task_droppable	test_tmf_droppable
#define ti_task_abort		test_tmf_end_task
#define ti_task_abort_with_status	test_tmf_end_task
#define ti_task_finish		test_tmf_finish
#define ti_target_close_sessions	test_tmf_close_sessions
#define ti_tx_queue		test_tmf_respond
#include "../../kmod/tmf.c"
#include "suites.h"

DEFINE_XARRAY_ALLOC1(test_tmf_sessions);

#define PARTS	3

static struct ti_cmd *part[PARTS];	/* in the order in which they began */
static unsigned int nr_parts;
static unsigned int nr_news;		/* releases that the owner is told of */
static struct ti_cmd *answered;

struct ti_cmd *test_tmf_new_part(struct ti_cmd *parent)
{
	struct ti_cmd *cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);

	if (!cmd)
		return NULL;
	cmd->conn = parent->conn;
	cmd->parent = parent;
	cmd->opcode = TI_OP_TMF_REQ;
	return cmd;
}

int test_tmf_abort(struct ti_cmd *cmd, u32 ref_itt)
{
	cmd->state = TI_CMD_EXECUTING;
	cmd->in_core = true;
	part[nr_parts++] = cmd;
	return 0;
}

/* The last reference may be target core's: this is what ti_release_cmd() goes by then. */
void test_tmf_release(struct ti_cmd *cmd)
{
	nr_news += cmd->state == TI_CMD_EXECUTING;
}

void test_tmf_finish(struct ti_cmd *cmd)
{
	cmd->state = TI_CMD_RELEASING;
	test_tmf_release(cmd);
}

void test_tmf_put_task(struct ti_cmd *cmd)
{
	ti_tmf_part_over(cmd);
	kfree(cmd);
}

void test_tmf_respond(struct ti_cmd *cmd, enum ti_tx_kind kind)
{
	answered = cmd;
}

const struct se_device *test_tmf_lun_device(struct ti_sess *sess, u64 lun)
{
	return (const struct se_device *)sess;	/* only compared */
}

bool test_tmf_droppable(const struct ti_cmd *cmd)
{
	return false;
}

bool test_tmf_is_reset(const struct ti_cmd *cmd)
{
	return false;
}

/* What ABORT TASK SET does not come to. */
void test_tmf_conn_queue(struct ti_conn *conn) { }
void test_tmf_reset(struct ti_cmd *cmd) { }
void test_tmf_count_abort(struct ti_sess *sess, u64 lun) { }
void test_tmf_end_task(struct ti_cmd *cmd) { }
void test_tmf_close_sessions(struct ti_target *target, struct ti_conn *keep) { }

int test_tmf_walk_luns(struct ti_sess *sess, ti_lun_fn fn, void *arg)
{
	return 0;
}

bool test_tmf_have_device(struct ti_sess *sess, const struct se_device *dev)
{
	return false;
}

const struct se_device *test_tmf_reset_device(const struct ti_cmd *cmd)
{
	return NULL;
}

struct ti_cmd *test_tmf_find(struct ti_sess *sess, u32 itt)
{
	return NULL;
}

const char *test_tmf_conn_name(const struct ti_conn *conn)
{
	return "";
}

struct fixture {
	struct ti_sess	sess;
	struct ti_conn	conn;
	struct ti_cmd	tasks[PARTS];	/* which target core has */
	struct ti_cmd	*list[PARTS];
	struct ti_cmd	function;
};

static struct fixture *fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->conn.sess = &f->sess;
	f->conn.state = TI_CONN_FULL_FEATURE;
	INIT_LIST_HEAD(&f->conn.late_tmfs);
	f->sess.conn = &f->conn;
	f->sess.tasks = f->list;
	f->sess.nr_tasks = PARTS;
	for (i = 0; i < PARTS; i++) {
		f->list[i] = &f->tasks[i];
		f->tasks[i].conn = &f->conn;
		f->tasks[i].opcode = TI_OP_SCSI_CMD;
		f->tasks[i].state = TI_CMD_EXECUTING;
	}
	f->function.conn = &f->conn;
	f->function.cmd_sn = 1;
	f->function.tmf_hdr.function = TI_FLAG_FINAL | TI_TMF_ABORT_TASK_SET;
	nr_parts = 0;
	nr_news = 0;
	answered = NULL;
	return f;
}

/* It is answered when the last part has been released, whoever lets go of that last. */
static void last_release_is_news(struct kunit *test)
{
	struct fixture *f = fixture(test);
	unsigned int i;

	ti_tmf_execute(&f->function);
	KUNIT_ASSERT_EQ(test, nr_parts, PARTS);
	for (i = 0; i < PARTS; i++) {
		f->tasks[i].state = TI_CMD_FREE;
		part[i]->response = TMR_FUNCTION_COMPLETE;
		ti_tmf_completed(part[i]);
		KUNIT_EXPECT_EQ(test, nr_news, i + 1);
	}
	for (i = 0; i < PARTS; i++) {
		KUNIT_EXPECT_NULL(test, answered);
		test_tmf_put_task(part[i]);
	}
	KUNIT_EXPECT_PTR_EQ(test, answered, &f->function);
	KUNIT_EXPECT_EQ(test, f->function.response, TI_TMF_COMPLETE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(last_release_is_news),
	{}
};

struct kunit_suite tmf_suite = {
	.name = "tcm_iscsi_tmf",
	.test_cases = cases,
};
