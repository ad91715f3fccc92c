// SPDX-License-Identifier: GPL-2.0
/* Tasks that workers hand to target core, and their turns: kmod/aside.c */
#include <kunit/test.h>
#include <linux/delay.h>

#define ti_fabric_submit_aside	test_submit_aside
#include "../../kmod/aside.c"
#include "suites.h"

#define DEVICE	3
#define OTHER	4

/* As docs/architecture.md has it, in whichever kernel. */
#define TO_SHARE	256
#define MOST_WORKERS	(TI_LANES + TO_SHARE)

static struct ti_conn conn;	/* only its CPU is looked at, the first one */
static void (*submit)(struct ti_cmd *cmd);	/* what target core would do */
static atomic_t nr_begun;
static struct completion go_on;

void test_submit_aside(struct ti_cmd *cmd)
{
	atomic_inc(&nr_begun);
	submit(cmd);
}

static struct ti_cmd *new_task(struct kunit *test, enum ti_place place)
{
	struct ti_cmd *cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cmd);
	cmd->conn = &conn;
	ti_aside_submit(cmd, DEVICE, place);
	return cmd;
}

static void expect_all_free(struct kunit *test)
{
	unsigned int i;

	flush_workqueue(aside_wq);
	for (i = 0; i < TI_LANES; i++) {
		KUNIT_EXPECT_EQ(test, lanes[i].workers.used, 0);
		KUNIT_EXPECT_EQ(test, lanes[i].turn.used, 0);
		KUNIT_EXPECT_EQ(test, lanes[i].copy.used, 0);
		KUNIT_EXPECT_EQ(test, lanes[i].aborts.used, 0);
	}
}

static void expect_begun(struct kunit *test, int nr)
{
	int i;

	for (i = 0; i < 250 && atomic_read(&nr_begun) < nr; i++)
		msleep(20);
	msleep(50);	/* for those that should not */
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_begun), nr);
}

/* When it is submitted it is a task of another device already, and then gone. */
static void submit_and_free(struct ti_cmd *cmd)
{
	bool takes_turn = cmd->place == TI_PLACE_TURN;

	if (takes_turn)
		ti_aside_over(cmd);
	cmd->lane = OTHER;
	cmd->place = takes_turn ? TI_PLACE_NONE : TI_PLACE_TURN;
	kfree(cmd);
}

static void nothing_after_its_task(struct kunit *test)
{
	submit = submit_and_free;
	new_task(test, TI_PLACE_NONE);
	expect_all_free(test);
	new_task(test, TI_PLACE_TURN);
	expect_all_free(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_begun), 2);
}

static void submit_and_wait(struct ti_cmd *cmd)
{
	if (cmd->lane == DEVICE)
		wait_for_completion(&go_on);
	kfree(cmd);
}

/* A device that has stalled leaves workers for the others. */
static void so_many_at_once(struct kunit *test)
{
	struct ti_cmd *other = kzalloc(sizeof(*other), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, other);
	other->conn = &conn;
	submit = submit_and_wait;
	for (i = 0; i < TI_LANE_WORKERS + 5; i++)
		new_task(test, TI_PLACE_NONE);
	expect_begun(test, TI_LANE_WORKERS);
	ti_aside_submit(other, OTHER, TI_PLACE_NONE);
	expect_begun(test, TI_LANE_WORKERS + 1);
	complete(&go_on);
	expect_begun(test, TI_LANE_WORKERS + 2);
	complete_all(&go_on);
	expect_begun(test, TI_LANE_WORKERS + 6);
	expect_all_free(test);
}

static void submit_and_wait_but_one(struct ti_cmd *cmd)
{
	if (cmd->lane != OTHER)
		wait_for_completion(&go_on);
	kfree(cmd);
}

/* Nor do many that have stalled together take all there are. */
static void many_have_stalled(struct kunit *test)
{
	int most = MOST_WORKERS / TI_LANE_WORKERS + 1;
	struct ti_cmd *cmd;
	int dev, i;

	submit = submit_and_wait_but_one;
	for (dev = 0; dev <= most; dev++) {
		for (i = 0; i < TI_LANE_WORKERS && dev != OTHER; i++) {
			cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, cmd);
			cmd->conn = &conn;
			ti_aside_submit(cmd, dev, TI_PLACE_NONE);
		}
	}
	/* Each of them has one at least, and all but a place for each lane are taken. */
	expect_begun(test, TO_SHARE + most);
	cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cmd);
	cmd->conn = &conn;
	ti_aside_submit(cmd, OTHER, TI_PLACE_NONE);
	expect_begun(test, TO_SHARE + most + 1);
	complete_all(&go_on);
	expect_begun(test, most * TI_LANE_WORKERS + 1);
	expect_all_free(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&spare_workers), TO_SHARE);
}

/* So many of a device, two at least, and no more than there are for all. */
static void aborts_are_few(struct kunit *test)
{
	const int all = atomic_read(&spare_aborts);
	struct ti_cmd *cmd;
	int nr[TI_LANES] = { 0 }, sum = 0, dev, i, left = all;

	cmd = kunit_kcalloc(test, TI_LANE_ABORTS + 1, sizeof(*cmd), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cmd);
	for (dev = 0; dev < 8; dev++) {
		for (i = 0; i <= TI_LANE_ABORTS; i++)
			nr[dev] += ti_aside_abort_begins(&cmd[i], dev);
		KUNIT_EXPECT_EQ(test, nr[dev], min(TI_LANE_ABORTS,
						   TI_OWN_ABORTS + left));
		left -= nr[dev] - TI_OWN_ABORTS;
		sum += nr[dev];
	}
	KUNIT_EXPECT_EQ(test, sum, all + 8 * TI_OWN_ABORTS);
	for (dev = 0; dev < 8; dev++) {
		for (i = 0; i < nr[dev]; i++) {
			cmd[0].lane = dev;
			cmd[0].place = TI_PLACE_ABORT;
			ti_aside_over(&cmd[0]);
		}
	}
	expect_all_free(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&spare_aborts), all);
}

static void submit_alone(struct ti_cmd *cmd)
{
}

static struct ti_cmd *first_waiting(void)
{
	return list_first_entry_or_null(&lanes[DEVICE].turn.waiting,
					struct ti_cmd, entry);
}

/* One at a time, in order, until target core is done; others need not wait. */
static void in_turn(struct kunit *test)
{
	struct ti_cmd *task[3];
	int i;

	submit = submit_alone;
	for (i = 0; i < ARRAY_SIZE(task); i++)
		task[i] = new_task(test, TI_PLACE_TURN);
	for (i = 0; i < ARRAY_SIZE(task); i++) {
		expect_begun(test, i + 1);
		KUNIT_EXPECT_EQ(test, lanes[DEVICE].turn.used, 1);
		KUNIT_EXPECT_PTR_EQ(test, first_waiting(),
				    i + 1 < ARRAY_SIZE(task) ? task[i + 1] : NULL);
		ti_aside_over(task[i]);
	}
	expect_all_free(test);
	for (i = 0; i < ARRAY_SIZE(task); i++)
		kfree(task[i]);
}

/* Between the two devices; sent to the other one. */
static struct ti_cmd *new_copy(struct kunit *test)
{
	struct ti_cmd *cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cmd);
	cmd->conn = &conn;
	ti_aside_submit_copy(cmd, OTHER, DEVICE);
	return cmd;
}

/* A reset waits for a copy, the next copy for the reset, and other turns for neither. */
static void copies_and_resets(struct kunit *test)
{
	struct ti_cmd *copy[2], *reset, *reserve;

	submit = submit_alone;
	copy[0] = new_copy(test);
	expect_begun(test, 1);
	reserve = new_task(test, TI_PLACE_TURN);
	expect_begun(test, 2);
	ti_aside_over(reserve);
	reset = kzalloc(sizeof(*reset), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, reset);
	reset->conn = &conn;
	reset->opcode = TI_OP_TMF_REQ;
	ti_aside_submit(reset, DEVICE, TI_PLACE_TURN);
	msleep(50);
	copy[1] = new_copy(test);
	expect_begun(test, 2);
	KUNIT_EXPECT_EQ(test, lanes[OTHER].copy.used, 1);
	ti_aside_over(copy[0]);
	expect_begun(test, 3);
	KUNIT_EXPECT_EQ(test, reset->place, TI_PLACE_RESET);
	ti_aside_over(reset);
	expect_begun(test, 4);
	ti_aside_over(copy[1]);
	expect_all_free(test);
	kfree(copy[0]);
	kfree(copy[1]);
	kfree(reserve);
	kfree(reset);
}

/* As long as workers come back a device is busy, and no more. */
static void tells_a_stuck_device(struct kunit *test)
{
	struct ti_cmd *cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cmd);
	cmd->conn = &conn;
	submit = submit_and_wait;
	KUNIT_EXPECT_FALSE(test, ti_aside_is_stuck(DEVICE, ktime_get_ns()));
	ti_aside_submit_full(cmd, DEVICE, 0);
	KUNIT_EXPECT_FALSE(test, ti_aside_is_stuck(DEVICE, lanes[DEVICE].moved_ns));
	expect_begun(test, 1);
	KUNIT_EXPECT_TRUE(test, ti_aside_is_stuck(DEVICE, ktime_get_ns()));
	KUNIT_EXPECT_FALSE(test, ti_aside_is_stuck(OTHER, ktime_get_ns()));
	complete(&go_on);
	expect_all_free(test);
	KUNIT_EXPECT_EQ(test, lanes[DEVICE].full, 0);
	KUNIT_EXPECT_FALSE(test, ti_aside_is_stuck(DEVICE, ktime_get_ns()));
}

/* A worker submits a WRITE, with so many of the LUN in flight; does it have to wait? */
static void write_by_worker(struct kunit *test, u32 writes, bool waits)
{
	struct ti_cmd *cmd = kzalloc(sizeof(*cmd), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cmd);
	cmd->conn = &conn;
	atomic_set(&nr_begun, 0);
	submit = waits ? submit_and_wait : submit_and_free;
	ti_aside_submit_full(cmd, DEVICE, writes);
	if (waits) {
		expect_begun(test, 1);
		complete(&go_on);
	}
	expect_all_free(test);
}

/* Workers try for more, the owner never; and nobody soon after a wait. */
static void learns_how_much_room_there_is(struct kunit *test)
{
	const u64 long_ago = ktime_get_ns() - 2 * TI_ROOM_NS;

	lanes[DEVICE].waited_ns = long_ago;
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), TI_FIRST_ROOM);
	write_by_worker(test, 20, false);
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), 20);
	ti_aside_waited(DEVICE, 12);
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), 11);
	write_by_worker(test, 20, false);
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), 11);
	lanes[DEVICE].waited_ns = long_ago;
	write_by_worker(test, 15, true);
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), 11);
	write_by_worker(test, 15, false);
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), 11);
	write_by_worker(test, 5, true);
	KUNIT_EXPECT_EQ(test, ti_aside_room(DEVICE), 4);
	KUNIT_EXPECT_EQ(test, ti_aside_room(OTHER), TI_FIRST_ROOM);
}

static int begin(struct kunit *test)
{
	atomic_set(&nr_begun, 0);
	init_completion(&go_on);
	return ti_aside_init();
}

static void end(struct kunit *test)
{
	ti_aside_exit();
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_after_its_task),
	KUNIT_CASE(so_many_at_once),
	KUNIT_CASE(many_have_stalled),
	KUNIT_CASE(aborts_are_few),
	KUNIT_CASE(in_turn),
	KUNIT_CASE(copies_and_resets),
	KUNIT_CASE(tells_a_stuck_device),
	KUNIT_CASE(learns_how_much_room_there_is),
	{}
};

struct kunit_suite aside_suite = {
	.name = "tcm_iscsi_aside",
	.init = begin,
	.exit = end,
	.test_cases = cases,
};
