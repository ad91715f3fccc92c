// SPDX-License-Identifier: GPL-2.0
/* Volumes that grow or shrink below their LUNs: kmod/capacity.c */
#include <kunit/test.h>

#define ti_luns_walk	test_walk_luns
#define ti_attention_add	test_attention_add
#define ti_tpg_ask_sessions	test_ask_sessions
#define ti_targets		test_targets
#define ti_targets_lock		test_targets_lock
#define ti_admin_wq		system_wq
#include "../../kmod/capacity.c"
#include "suites.h"

LIST_HEAD(test_targets);
DEFINE_SPINLOCK(test_targets_lock);

static struct se_device *device;	/* of the only LUN */
static sector_t last_lba;

static int no_memory;

int test_walk_luns(struct ti_sess *sess, ti_lun_fn fn, void *arg)
{
	if (!no_memory)
		fn(sess, 0, device, arg);
	return no_memory;
}

static bool told;

int test_attention_add(struct ti_sess *sess, u64 lun, enum ti_attention what)
{
	told = true;
	return 0;
}

void test_ask_sessions(struct ti_tpg *tpg, enum ti_conn_flag what)
{
}

static sector_t get_blocks(struct se_device *dev)
{
	return last_lba;
}

static struct target_backend_ops ops = { .get_blocks = get_blocks };

/* One look at the device; true when the session has something to tell then. */
static bool look(struct ti_sess *sess)
{
	spin_lock(&ti_capacity_lock);
	check_device(device);
	spin_unlock(&ti_capacity_lock);
	told = false;
	ti_capacity_notice(sess);
	return told;
}

static struct ti_sess *new_session(struct kunit *test)
{
	struct ti_sess *sess = kunit_kzalloc(test, sizeof(*sess), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sess);
	ti_capacity_sess_init(sess);
	return sess;
}

static void grows(struct kunit *test)
{
	struct ti_sess *sess = new_session(test), *later;

	KUNIT_EXPECT_FALSE(test, look(sess));
	last_lba = 199;
	KUNIT_EXPECT_TRUE(test, look(sess));
	later = new_session(test);
	KUNIT_EXPECT_FALSE(test, look(later));
}

/* One device goes, and another one gets its memory before anybody looks. */
static void another_one_with_its_address(struct kunit *test)
{
	struct ti_sess *sess = new_session(test);

	KUNIT_EXPECT_FALSE(test, look(sess));
	device->dev_index++;
	last_lba = 199;
	KUNIT_EXPECT_FALSE(test, look(sess));
	last_lba = 299;
	KUNIT_EXPECT_TRUE(test, look(sess));
}

/* Without memory for it the session tells later. */
static void has_no_memory(struct kunit *test)
{
	struct ti_conn *conn = kunit_kzalloc(test, sizeof(*conn), GFP_KERNEL);
	struct ti_sess *sess = new_session(test);

	KUNIT_ASSERT_NOT_NULL(test, conn);
	sess->conn = conn;
	KUNIT_EXPECT_FALSE(test, look(sess));
	last_lba = 199;
	no_memory = -ENOMEM;
	KUNIT_EXPECT_FALSE(test, look(sess));
	no_memory = 0;
	KUNIT_EXPECT_TRUE(test, test_bit(TI_CONN_F_CAPACITY, &conn->flags));
	KUNIT_EXPECT_TRUE(test, look(sess));
}

/* Exported, seen by an initiator, and larger, all before the first look. */
static void grows_at_once(struct kunit *test)
{
	struct ti_sess *sess;

	ti_capacity_exported(device);
	sess = new_session(test);
	last_lba = 199;
	KUNIT_EXPECT_TRUE(test, look(sess));
}

static int begin(struct kunit *test)
{
	device = kunit_kzalloc(test, sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	device->transport = &ops;
	last_lba = 99;
	return 0;
}

static void end(struct kunit *test)
{
	spin_lock(&ti_capacity_lock);
	capacity_forget(true);
	spin_unlock(&ti_capacity_lock);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(grows),
	KUNIT_CASE(another_one_with_its_address),
	KUNIT_CASE(grows_at_once),
	KUNIT_CASE(has_no_memory),
	{}
};

struct kunit_suite capacity_suite = {
	.name = "tcm_iscsi_capacity",
	.init = begin,
	.exit = end,
	.test_cases = cases,
};
