// SPDX-License-Identifier: GPL-2.0
/* The LUNs that a session sees, as target core has them: kmod/luns.c */
#include <kunit/test.h>

#define ti_reserve_leaves	test_luns_leave
#include "../../kmod/luns.c"
#include "suites.h"

void test_luns_leave(struct se_device *dev, const struct se_node_acl *nacl,
		     const struct se_lun *lun)
{
}

#define LUNS	16384

struct fixture {
	struct ti_sess		sess;
	struct se_session	se_sess;
	struct se_node_acl	acl;
	struct se_lun		lun;
	struct se_device	dev;
	struct se_dev_entry	*entries;	/* LUNS of them */
	unsigned long		*seen;
	unsigned int		calls;
};

static struct fixture *fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->seen = kunit_kzalloc(test, BITS_TO_LONGS(LUNS) * sizeof(long), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->seen);
	f->sess.se_sess = &f->se_sess;
	f->se_sess.se_node_acl = &f->acl;
	INIT_HLIST_HEAD(&f->acl.lun_entry_hlist);
	rcu_assign_pointer(f->lun.lun_se_dev, &f->dev);
	f->entries = kvcalloc(LUNS, sizeof(*f->entries), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->entries);
	return f;
}

/* In whatever order the administrator has made them. */
static void map_luns(struct fixture *f, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct se_dev_entry *deve = &f->entries[i];

		deve->mapped_lun = i * 5 % nr;
		deve->se_lun = &f->lun;
		hlist_add_head_rcu(&deve->link, &f->acl.lun_entry_hlist);
	}
}

static void see(struct ti_sess *sess, u64 lun, const struct se_device *dev, void *arg)
{
	struct fixture *f = arg;

	if (dev == &f->dev && lun < LUNS)
		set_bit(lun, f->seen);
	f->calls++;
}

/* Each once; and many do not take many times as long. */
static void walks(struct kunit *test)
{
	struct fixture *f = fixture(test);
	u64 begun = ktime_get_ns();

	KUNIT_EXPECT_EQ(test, ti_luns_walk(&f->sess, see, f), 0);
	KUNIT_EXPECT_EQ(test, f->calls, 0);
	map_luns(f, LUNS);
	KUNIT_EXPECT_EQ(test, ti_luns_walk(&f->sess, see, f), 0);
	KUNIT_EXPECT_EQ(test, f->calls, LUNS);
	KUNIT_EXPECT_TRUE(test, bitmap_full(f->seen, LUNS));
	KUNIT_EXPECT_LT(test, ktime_get_ns() - begun, (u64)NSEC_PER_SEC / 4);
	kvfree(f->entries);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(walks),
	{}
};

struct kunit_suite luns_suite = {
	.name = "tcm_iscsi_luns",
	.test_cases = cases,
};
