// SPDX-License-Identifier: GPL-2.0
/* Data buffers, the pages behind them and the bound on these: kmod/buf.c */
#include <kunit/test.h>

/* buf.c knows connections only to wake them. */
#define ti_conn_queue	test_conn_queue
#define ti_conns	test_conns
#define ti_conns_lock	test_conns_lock
#define ti_admin_wq	system_wq
#define ti_initiator_put	test_initiator_put
#include "../../kmod/buf.c"
#include "suites.h"

LIST_HEAD(test_conns);
DEFINE_SPINLOCK(test_conns_lock);

static unsigned int woken;
static unsigned int initiators_put;

void test_initiator_put(struct ti_initiator *initiator)
{
	if (!initiator)
		return;
	/* The last session's: it may be freed. */
	initiators_put++;
}

void test_conn_queue(struct ti_conn *conn)
{
	woken++;
}

static struct ti_conn *new_conn(struct kunit *test)
{
	struct ti_conn *conn = kunit_kzalloc(test, sizeof(*conn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, conn);
	INIT_LIST_HEAD(&conn->cache.waiting);
	return conn;
}

static u32 sum_of(const struct ti_buf *buf)
{
	u32 i, sum = 0;

	for (i = 0; i < buf->nents; i++)
		sum += buf->sgl[i].length;
	return sum;
}

/* A list that target core can walk: as long as it says, and ended once. */
static void expect_list(struct kunit *test, struct ti_buf *buf, u32 len)
{
	struct scatterlist *sg;
	u32 sum = 0;

	KUNIT_EXPECT_EQ(test, buf->len, len);
	KUNIT_EXPECT_EQ(test, sum_of(buf), len);
	for (sg = buf->sgl; sg && len; sg = sg_next(sg))
		sum += sg->length;
	KUNIT_EXPECT_EQ(test, sum, len);
}

static void grows(struct kunit *test)
{
	static const u32 steps[] = { 1, 511, 3584, 1, 28671, 32768, 65536, 3 };
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	u32 i, total = 0;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, steps[i], true), 0);
		total += steps[i];
		expect_list(test, buf, total);
	}
	ti_buf_free(conn, buf, false);
	ti_buf_destroy(buf);
	ti_cache_exit(conn);
	KUNIT_EXPECT_EQ(test, conn->cache.owned, 0);
}

static void grows_beyond_the_inline_list(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4 << 20, true), 0);
	expect_list(test, buf, 4 << 20);
	KUNIT_EXPECT_PTR_NE(test, buf->sgl, &buf->inline_sgl[0]);
	ti_buf_trim(conn, buf, 4096);
	expect_list(test, buf, 4096);
	ti_buf_free(conn, buf, false);
	ti_buf_destroy(buf);
	ti_cache_exit(conn);
}

/* Tasks are many, and no bound counts the lists that they keep. */
static void keeps_no_long_list(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4 << 20, true), 0);
	ti_buf_free(conn, buf, false);
	KUNIT_EXPECT_EQ(test, buf->max_nents, TI_KEPT_SGL);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, TI_MAX_TRANSFER, true), 0);
	expect_list(test, buf, TI_MAX_TRANSFER);
	ti_buf_free(conn, buf, false);
	KUNIT_EXPECT_NULL(test, buf->sgl);

	buf->small = true;
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 1 << 20, true), 0);
	expect_list(test, buf, 1 << 20);
	ti_buf_free(conn, buf, false);
	KUNIT_EXPECT_NULL(test, buf->sgl);
	ti_cache_exit(conn);
}

static void trims(struct kunit *test)
{
	static const u32 to[] = { 70000, 65536, 65535, 4097, 4096, 1, 0 };
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 70001, true), 0);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		ti_buf_trim(conn, buf, to[i]);
		expect_list(test, buf, to[i]);
	}
	ti_cache_exit(conn);
}

/* Target core maps parameter data page by page. */
static void of_small_pages_alone(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	struct ti_buf *large = kunit_kzalloc(test, sizeof(*large), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, large, TI_CHUNK_SIZE, true), 0);
	ti_buf_free(conn, large, false);
	buf->small = true;
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 3 * TI_CHUNK_SIZE + 1, true), 0);
	expect_list(test, buf, 3 * TI_CHUNK_SIZE + 1);
	for (i = 0; i < buf->nents; i++)
		KUNIT_EXPECT_EQ(test, page_size(sg_page(&buf->sgl[i])), PAGE_SIZE);
	ti_buf_free(conn, buf, false);
	KUNIT_EXPECT_FALSE(test, buf->small);
	ti_buf_destroy(buf);
	ti_cache_exit(conn);
}

static void uses_a_page_again(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4096, true), 0);
	page = sg_page(buf->sgl);
	ti_buf_free(conn, buf, false);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4096, true), 0);
	KUNIT_EXPECT_PTR_EQ(test, sg_page(buf->sgl), page);
	ti_buf_free(conn, buf, false);
	ti_cache_exit(conn);
}

/* So that a little more, now and then, comes from what is free. */
static void grows_a_quarter_ahead(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 16 * TI_CHUNK_SIZE, true), 0);
	KUNIT_EXPECT_EQ(test, conn->cache.large.nr, 16 / 4);
	KUNIT_EXPECT_EQ(test, conn->cache.reserved, 0);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4 * TI_CHUNK_SIZE, true), 0);
	KUNIT_EXPECT_EQ(test, conn->cache.owned, 20 * TI_CHUNK_SIZE);
	ti_buf_free(conn, buf, false);
	ti_buf_destroy(buf);
	ti_cache_exit(conn);
}

static void age(struct ti_conn *conn)
{
	conn->cache.aged = jiffies - TI_CACHE_AGE * HZ;
	ti_cache_age(conn);
}

/* What a load goes on using stays, with a little more; the rest goes back by halves. */
static void ages(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	unsigned int left;

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 16 * TI_CHUNK_SIZE, true), 0);
	ti_buf_free(conn, buf, false);
	age(conn);
	KUNIT_EXPECT_EQ(test, conn->cache.large.nr, 20);

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 8 * TI_CHUNK_SIZE, true), 0);
	ti_buf_free(conn, buf, false);
	age(conn);
	/* 12 were not needed, and a quarter of the 8 others is kept. */
	KUNIT_EXPECT_EQ(test, conn->cache.large.nr, 20 - (12 - 8 / 4) / 2);

	/* Not again so soon. */
	ti_cache_age(conn);
	KUNIT_EXPECT_EQ(test, conn->cache.large.nr, 15);
	for (left = 7; left; left /= 2) {
		age(conn);
		KUNIT_EXPECT_EQ(test, conn->cache.large.nr, left);
	}
	age(conn);
	KUNIT_EXPECT_EQ(test, conn->cache.owned, 0);
	ti_buf_destroy(buf);
	ti_cache_exit(conn);
}

/* One that TCP still reads must not be written to. */
static void leaves_a_page_in_flight_alone(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4096, true), 0);
	page = sg_page(buf->sgl);
	get_page(page);
	ti_buf_free(conn, buf, true);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4096, true), 0);
	KUNIT_EXPECT_PTR_NE(test, sg_page(buf->sgl), page);
	ti_buf_free(conn, buf, false);

	put_page(page);
	cache_reap(conn);
	KUNIT_EXPECT_PTR_EQ(test, conn->cache.small.head, page);
	ti_cache_exit(conn);
}

static void new_pages_are_zeroed(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);

	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 32768, true), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(sg_virt(buf->sgl), 0,
					   buf->sgl->length));
	ti_buf_free(conn, buf, false);
	ti_cache_exit(conn);
}

static void waits_at_the_bound(struct kunit *test)
{
	struct ti_conn *first = new_conn(test), *second = new_conn(test);
	struct ti_buf *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	struct ti_buf *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	ti_mem.limit = 1 << 20;
	KUNIT_ASSERT_EQ(test, ti_buf_grow(first, a, 1 << 20, false), 0);
	KUNIT_EXPECT_EQ(test, ti_buf_grow(second, b, 4096, false), -EAGAIN);
	KUNIT_EXPECT_EQ(test, b->len, 0);
	/* What was promised can be had all the same. */
	KUNIT_EXPECT_EQ(test, ti_buf_grow(second, b, 4096, true), 0);
	ti_buf_free(second, b, false);

	KUNIT_EXPECT_EQ(test, ti_buf_grow(second, b, 4096, false), -EAGAIN);
	cancel_delayed_work_sync(&ti_mem_ask);
	woken = 0;
	ti_buf_free(first, a, false);
	ti_cache_trim(first);
	KUNIT_EXPECT_EQ(test, woken, 1);
	KUNIT_EXPECT_EQ(test, ti_buf_grow(second, b, 4096, false), 0);
	ti_buf_free(second, b, false);
	ti_buf_destroy(a);
	ti_cache_exit(second);
	ti_cache_exit(first);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
}

/* Those that have unused pages, and those that wait; not thousands that are idle. */
static void asks_who_has_some(struct kunit *test)
{
	struct ti_conn *has = new_conn(test), *idle = new_conn(test), *waits = new_conn(test);
	struct ti_buf *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	struct ti_buf *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	list_add(&has->entry, &test_conns);
	list_add(&idle->entry, &test_conns);
	list_add(&waits->entry, &test_conns);
	ti_mem.limit = 1 << 20;
	KUNIT_ASSERT_EQ(test, ti_buf_grow(has, a, 1 << 20, false), 0);
	ti_buf_free(has, a, false);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(waits, b, 4096, false), -EAGAIN);
	cancel_delayed_work_sync(&ti_mem_ask);
	woken = 0;
	mem_ask_all(NULL);
	KUNIT_EXPECT_EQ(test, woken, 2);
	KUNIT_EXPECT_TRUE(test, test_bit(TI_CONN_F_TRIM, &has->flags));
	KUNIT_EXPECT_FALSE(test, test_bit(TI_CONN_F_TRIM, &idle->flags));
	KUNIT_EXPECT_TRUE(test, list_empty(&waits->cache.waiting));
	INIT_LIST_HEAD(&test_conns);
	ti_buf_destroy(a);
	ti_cache_exit(waits);
	ti_cache_exit(has);
}

/* However many take what they can get, the next one still gets something. */
static void leaves_a_share(struct kunit *test)
{
	struct ti_conn *conn[4];
	struct ti_buf *buf[4];
	unsigned int i, j, had[4];

	ti_mem.limit = 256 << 20;
	for (i = 0; i < ARRAY_SIZE(conn); i++) {
		conn[i] = new_conn(test);
		buf[i] = kunit_kcalloc(test, 64, sizeof(*buf[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf[i]);
		for (j = 0; j < 64; j++)
			if (ti_buf_grow(conn[i], &buf[i][j], 4 << 20, false))
				break;
		had[i] = j;
	}
	/* Half of what is left, each. */
	KUNIT_EXPECT_EQ(test, had[0], 32);
	KUNIT_EXPECT_EQ(test, had[1], 16);
	KUNIT_EXPECT_EQ(test, had[2], 8);
	KUNIT_EXPECT_EQ(test, had[3], 4);
	for (i = 0; i < ARRAY_SIZE(conn); i++) {
		for (j = 0; j < had[i]; j++) {
			ti_buf_free(conn[i], &buf[i][j], false);
			ti_buf_destroy(&buf[i][j]);
		}
		ti_cache_exit(conn[i]);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
}

/* Two that ask at once do not both get the last of it. */
static void permission_is_kept(struct kunit *test)
{
	struct ti_conn *first = new_conn(test), *second = new_conn(test);

	ti_mem.limit = 1 << 20;
	KUNIT_EXPECT_TRUE(test, mem_reserve(&first->cache, 1 << 20, false));
	KUNIT_EXPECT_FALSE(test, mem_reserve(&second->cache, 4096, true));
	mem_unreserve(&first->cache);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
	KUNIT_EXPECT_TRUE(test, mem_reserve(&second->cache, 4096, true));
	mem_unreserve(&second->cache);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
}

/* Free pages are of no use to those who need them of the other size. */
static void asks_for_pages_that_fit(struct kunit *test)
{
	struct ti_conn *first = new_conn(test), *second = new_conn(test);
	struct ti_buf *a = kunit_kcalloc(test, 8, sizeof(*a), GFP_KERNEL);
	struct ti_buf *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i;

	ti_mem.limit = 2 * TI_CHUNK_SIZE;
	KUNIT_ASSERT_EQ(test, ti_buf_grow(second, b, TI_CHUNK_SIZE, false), 0);
	for (i = 0; i < 8; i++)
		KUNIT_ASSERT_EQ(test, ti_buf_grow(first, &a[i], PAGE_SIZE, false), 0);
	for (i = 0; i < 8; i++)
		ti_buf_free(first, &a[i], false);
	KUNIT_EXPECT_EQ(test, ti_buf_grow(first, &a[0], TI_CHUNK_SIZE, false), -EAGAIN);
	KUNIT_EXPECT_LE(test, atomic_long_read(&ti_mem.charged), (long)ti_mem.limit);
	/* It gives them back when it is asked to, and then it may. */
	ti_cache_trim(first);
	KUNIT_EXPECT_EQ(test, ti_buf_grow(first, &a[0], TI_CHUNK_SIZE, false), 0);
	ti_buf_free(first, &a[0], false);
	ti_buf_free(second, b, false);
	ti_cache_exit(first);
	ti_cache_exit(second);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
}

static void promises_less_when_there_is_less(struct kunit *test)
{
	struct ti_conn *first = new_conn(test), *second = new_conn(test);

	u32 unit = 65536 - sizeof(struct ti_cmd);

	ti_mem.limit = 64 << 20;
	KUNIT_EXPECT_EQ(test, ti_mem_promise(&first->cache, unit, 64), 32);
	KUNIT_EXPECT_EQ(test, ti_mem_promise(&second->cache, 1 << 20, 64), 2);
	ti_cache_exit(first);
	ti_cache_exit(second);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.promised), 0);
}

static struct ti_initiator *new_initiator(struct kunit *test)
{
	struct ti_initiator *initiator = kunit_kzalloc(test, sizeof(*initiator),
						       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, initiator);
	return initiator;
}

/* How many more sessions of an initiator begin. */
static unsigned int begin_sessions(struct kunit *test,
				   struct ti_initiator *initiator,
				   struct ti_conn **conn, unsigned int max)
{
	unsigned int i;

	for (i = 0; i < max; i++) {
		conn[i] = new_conn(test);
		if (!ti_mem_promise_session(&conn[i]->cache, initiator, 65536, 64))
			break;
	}
	return i;
}

/* Sessions are refused before memory ends, and those of one leave some to others. */
static void sessions_are_bounded(struct kunit *test)
{
	struct ti_conn **conn = kunit_kcalloc(test, 512, sizeof(*conn), GFP_KERNEL);
	struct ti_initiator *one = new_initiator(test), *other = new_initiator(test);
	size_t least = promise_least(65536);
	unsigned int i, first, second;

	ti_mem.limit = 16 << 20;
	first = begin_sessions(test, one, conn, 512);
	KUNIT_EXPECT_EQ(test, first, (24 << 20) / least);
	second = begin_sessions(test, other, conn + first, 512 - first);
	KUNIT_EXPECT_EQ(test, first + second, (32 << 20) / least);

	/* Who comes again in place of a session that has ended finds room. */
	initiators_put = 0;
	ti_cache_exit(conn[0]);
	KUNIT_EXPECT_EQ(test, initiators_put, 1);
	KUNIT_EXPECT_EQ(test, begin_sessions(test, one, conn, 1), 1);
	for (i = 0; i < first + second; i++)
		ti_cache_exit(conn[i]);
	KUNIT_EXPECT_EQ(test, one->held + other->held, 0);
	KUNIT_EXPECT_EQ(test, ti_mem.sessions, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.promised), 0);
}

/* However many windows are promised, half of the bound is there for what is asked for. */
static void idle_sessions_leave_half(struct kunit *test)
{
	struct ti_conn **conn = kunit_kcalloc(test, 512, sizeof(*conn), GFP_KERNEL);
	struct ti_conn *busy = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, 2 * sizeof(*buf), GFP_KERNEL);
	unsigned int i, n;

	ti_mem.limit = 16 << 20;
	n = begin_sessions(test, new_initiator(test), conn, 512);
	KUNIT_EXPECT_GT(test, atomic_long_read(&ti_mem.promised), 16L << 20);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, ti_buf_grow(busy, &buf[i], 1 << 20, false), 0);
	for (i = 0; i < 2; i++) {
		ti_buf_free(busy, &buf[i], false);
		ti_buf_destroy(&buf[i]);
	}
	ti_cache_exit(busy);
	for (i = 0; i < n; i++)
		ti_cache_exit(conn[i]);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
}

/* However little memory there is, and however long what comes unasked. */
static void the_first_session_begins(struct kunit *test)
{
	struct ti_initiator *one = new_initiator(test), *other = new_initiator(test);
	struct ti_conn *first = new_conn(test), *second = new_conn(test);

	ti_mem.limit = 1 << 20;
	KUNIT_EXPECT_EQ(test, ti_mem_promise_session(&first->cache, one, 16 << 20, 64), 1);
	KUNIT_EXPECT_EQ(test, ti_mem_promise_session(&second->cache, other, 4096, 64), 0);
	ti_cache_exit(first);
	KUNIT_EXPECT_GT(test, ti_mem_promise_session(&second->cache, other, 4096, 64), 0);
	ti_cache_exit(second);
}

/* Others hold all there is: who sends nothing unasked gets something, too. */
static void each_session_has_some(struct kunit *test)
{
	struct ti_conn *greedy = new_conn(test), *modest = new_conn(test);
	struct ti_buf *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	struct ti_buf *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct page *headers;

	ti_mem.limit = 4 << 20;
	KUNIT_EXPECT_GT(test, ti_mem_promise_session(&modest->cache, new_initiator(test),
						     0, 64), 0);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(greedy, a, 2 << 20, false), 0);
	while (!ti_buf_grow(greedy, a, 4096, false))
		;
	headers = ti_cache_get_page(modest);
	KUNIT_ASSERT_NOT_NULL(test, headers);
	KUNIT_EXPECT_EQ(test, ti_buf_grow(modest, b, 65536, false), 0);
	KUNIT_EXPECT_EQ(test, ti_buf_grow(modest, b, 65536, false), -EAGAIN);
	ti_cache_put_sent(modest, headers);
	ti_buf_free(modest, b, false);
	ti_buf_free(greedy, a, false);
	ti_buf_destroy(b);
	ti_buf_destroy(a);
	ti_cache_exit(modest);
	ti_cache_exit(greedy);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.promised), 0);
}

/* What comes unasked is charged again when the promise is taken back. */
static void takes_a_promise_back(struct kunit *test)
{
	struct ti_conn *conn = new_conn(test);
	struct ti_buf *buf = kunit_kzalloc(test, sizeof(*buf), GFP_KERNEL);

	ti_mem.limit = 64 << 20;
	KUNIT_ASSERT_GT(test, ti_mem_promise_session(&conn->cache, new_initiator(test),
						     65536, 64), 0);
	KUNIT_ASSERT_EQ(test, ti_buf_grow(conn, buf, 4096, true), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
	ti_mem_unpromise(&conn->cache);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 4096);
	ti_buf_free(conn, buf, false);
	ti_cache_exit(conn);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&ti_mem.charged), 0);
}

static void percent_is_bounded(struct kunit *test)
{
	unsigned int percent = ti_memory_percent;

	ti_memory_percent = 100;
	ti_buf_init();
	KUNIT_EXPECT_EQ(test, ti_memory_percent, 75);
	KUNIT_EXPECT_EQ(test, ti_mem.limit, (totalram_pages() / 100 * 75) << PAGE_SHIFT);
	ti_memory_percent = 0;
	ti_buf_init();
	KUNIT_EXPECT_EQ(test, ti_memory_percent, 1);
	ti_memory_percent = percent;
	ti_buf_init();
}

static int buf_init(struct kunit *test)
{
	ti_buf_init();
	return 0;
}

static void buf_exit(struct kunit *test)
{
	ti_buf_exit();
}

static struct kunit_case cases[] = {
	KUNIT_CASE(grows),
	KUNIT_CASE(grows_beyond_the_inline_list),
	KUNIT_CASE(keeps_no_long_list),
	KUNIT_CASE(trims),
	KUNIT_CASE(of_small_pages_alone),
	KUNIT_CASE(uses_a_page_again),
	KUNIT_CASE(grows_a_quarter_ahead),
	KUNIT_CASE(ages),
	KUNIT_CASE(leaves_a_page_in_flight_alone),
	KUNIT_CASE(new_pages_are_zeroed),
	KUNIT_CASE(waits_at_the_bound),
	KUNIT_CASE(asks_who_has_some),
	KUNIT_CASE(leaves_a_share),
	KUNIT_CASE(permission_is_kept),
	KUNIT_CASE(asks_for_pages_that_fit),
	KUNIT_CASE(promises_less_when_there_is_less),
	KUNIT_CASE(sessions_are_bounded),
	KUNIT_CASE(idle_sessions_leave_half),
	KUNIT_CASE(the_first_session_begins),
	KUNIT_CASE(each_session_has_some),
	KUNIT_CASE(takes_a_promise_back),
	KUNIT_CASE(percent_is_bounded),
	{}
};

struct kunit_suite buf_suite = {
	.name = "tcm_iscsi_buf",
	.init = buf_init,
	.exit = buf_exit,
	.test_cases = cases,
};
