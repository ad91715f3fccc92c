// SPDX-License-Identifier: GPL-2.0
/*
 * Data buffers: pages for the data of tasks, and the bound on them.
 *
 * Each connection owns its pages. They come from the system zeroed, serve one
 * task after another, and go back when they were not needed for a while or the
 * connection ends. So the steady state allocates and zeroes nothing, takes no
 * lock, and no initiator ever sees bytes of another one.
 *
 * A page that was sent by reference may still be read by TCP (retransmission)
 * or by a peer on this machine. Such pages wait in the order in which they
 * were sent, and return to the free ones when theirs is the only reference.
 *
 * The bound of the module. A window of N commands lets an initiator send N
 * first bursts that nobody asked for, and a connection must always be able to
 * receive those: left unread, they would block the answers to its R2Ts behind
 * them. That much is promised when the window is opened, and the window is made
 * small when memory is. Everything else, read data and what R2Ts ask for, needs
 * permission: until it has that the task waits, while the connection goes on
 * receiving. Promised memory can be had at any time, and data that was asked for
 * can always be received. So whoever has memory finishes, and nothing deadlocks.
 * Each session is promised some, even if it sends nothing unasked: it goes on, however
 * slowly others take what they hold.
 *
 * Nobody gets it all: a connection may hold as much as it leaves to the others,
 * and always the data of one command. So the next one gets its share even if
 * many hold all that they may, as one does that asks for much and takes nothing.
 *
 * The sessions themselves have a bound of their own, twice as large. Each counts
 * as what it cannot do without: its own memory and one command's unsolicited
 * data. The sessions of one initiator may have three quarters of it. Past that,
 * logins are refused.
 */
#include <linux/mm.h>
#include <linux/module.h>

#include "ti.h"

static unsigned int ti_memory_percent = 25;
module_param_named(memory_percent, ti_memory_percent, uint, 0444);
MODULE_PARM_DESC(memory_percent,
		 "Percent of the machine's memory that data in flight may take (1 to 75, default: 25)");

/* The bounds on data in flight and on sessions, in bytes. */
static struct {
	size_t			limit;		/* on data in flight; from ti_buf_init() on */
	atomic_long_t		promised;	/* sum of ti_buf_cache.set_aside */
	atomic_long_t		charged;	/* sum of ti_buf_cache.charged */
	size_t			sessions;	/* sum of ti_buf_cache.least */
	spinlock_t		lock;		/* guards @waiters, @sessions, ti_initiator.held */
	struct list_head	waiters;	/* of ti_buf_cache.waiting */
} ti_mem;

static struct page *page_next(struct page *page)
{
	return (struct page *)page_private(page);
}

static bool mem_pressure(void)
{
	return !list_empty_careful(&ti_mem.waiters);
}

/* What @owned costs beyond the promise. */
static size_t chargeable(const struct ti_buf_cache *cache, size_t owned)
{
	return owned > cache->promise ? owned - cache->promise : 0;
}

/* At most so many bytes have to come from the system for @bytes more. */
static size_t cache_missing(const struct ti_buf_cache *cache, size_t bytes,
			    bool small_only)
{
	size_t large = small_only ? 0 : bytes / TI_CHUNK_SIZE;
	size_t small = DIV_ROUND_UP(bytes - large * TI_CHUNK_SIZE, PAGE_SIZE);

	large -= min_t(size_t, large, cache->large.nr);
	small -= min_t(size_t, small, cache->small.nr);
	return large * TI_CHUNK_SIZE + small * PAGE_SIZE;
}

/* Is none of it in use anywhere? All that is charged is this one's, which is free. */
static bool mem_idle(const struct ti_buf_cache *cache, long total)
{
	return total == cache->charged && cache->owned ==
	       cache->small.nr * PAGE_SIZE + cache->large.nr * TI_CHUNK_SIZE;
}

/*
 * What windows are promised of the bound: never more than half of it, however many
 * sessions there are. Most of those are idle, and the others have work to do.
 */
static long mem_promised(void)
{
	return min_t(long, atomic_long_read(&ti_mem.promised), ti_mem.limit / 2);
}

/*
 * May @cache be charged with @want bytes, where @total is charged to all? One
 * that has nobody to wait for may always.
 */
static bool mem_allows(const struct ti_buf_cache *cache, size_t want, long total)
{
	long left = (long)ti_mem.limit - mem_promised() - total -
		    (want - cache->charged);

	if (left >= 0 && want <= max_t(size_t, left, TI_MAX_TRANSFER))
		return true;
	return mem_idle(cache, total);
}

/*
 * Get permission for a buffer of @bytes more, and keep it: for others that much
 * is taken before the first page is. (Whoever took some pages and gave them back
 * would wake others that do the same.) Ended by mem_unreserve().
 */
static bool mem_reserve(struct ti_buf_cache *cache, size_t bytes,
			bool small_only)
{
	size_t missing = cache_missing(cache, bytes, small_only);
	size_t want = chargeable(cache, cache->owned + missing);
	long total = atomic_long_read(&ti_mem.charged);

	if (want > cache->charged) {
		do {
			if (!mem_allows(cache, want, total))
				return false;
		} while (!atomic_long_try_cmpxchg(&ti_mem.charged, &total,
						  total + (want - cache->charged)));
		cache->charged = want;
	}
	cache->reserved = missing;
	return true;
}

/* Would mem_reserve() succeed now? */
static bool mem_would_allow(const struct ti_buf_cache *cache, size_t bytes,
			    bool small_only)
{
	size_t want = chargeable(cache, cache->owned +
				 cache_missing(cache, bytes, small_only));

	return want <= cache->charged ||
	       mem_allows(cache, want, atomic_long_read(&ti_mem.charged));
}

static void mem_charge(struct ti_buf_cache *cache, size_t bytes)
{
	size_t want, more;

	cache->owned += bytes;
	cache->reserved -= min(cache->reserved, bytes);
	want = chargeable(cache, cache->owned + cache->reserved);
	if (want <= cache->charged)
		return;
	more = want - cache->charged;
	cache->charged = want;
	atomic_long_add(more, &ti_mem.charged);
}

/* Wake those who wait; each looks for itself and joins again if need be. */
static void mem_wake(void)
{
	struct ti_buf_cache *cache, *next;
	LIST_HEAD(woken);

	spin_lock(&ti_mem.lock);
	list_splice_init(&ti_mem.waiters, &woken);
	list_for_each_entry_safe(cache, next, &woken, waiting) {
		list_del_init(&cache->waiting);
		ti_conn_queue(container_of(cache, struct ti_conn, cache));
	}
	spin_unlock(&ti_mem.lock);
}

/* Less is owned or reserved than before: is less charged? */
static void mem_settle(struct ti_buf_cache *cache)
{
	size_t want = chargeable(cache, cache->owned + cache->reserved);
	size_t less = cache->charged - want;

	if (!less)
		return;
	cache->charged = want;
	atomic_long_sub(less, &ti_mem.charged);
	/* Pairs with the one in mem_wait(): there is room, does anybody wait? */
	smp_mb__after_atomic();
	if (mem_pressure())
		mem_wake();
}

static void mem_uncharge(struct ti_buf_cache *cache, size_t bytes)
{
	cache->owned -= bytes;
	mem_settle(cache);
}

/* Give back what was not used: all of it when a page could not be had. */
static void mem_unreserve(struct ti_buf_cache *cache)
{
	if (!cache->reserved)
		return;
	cache->reserved = 0;
	mem_settle(cache);
}

/* Has it something to give back? Owner, or whoever may be wrong. */
static bool cache_has_unused(const struct ti_buf_cache *cache)
{
	return READ_ONCE(cache->small.nr) || READ_ONCE(cache->large.nr) ||
	       READ_ONCE(cache->sent_head);
}

/*
 * Ask all connections to give back what they keep in reserve, and let those that wait
 * try again. This is repeated as long as anybody waits, and most of thousands of
 * sessions are idle: these are left alone.
 */
static void mem_ask_all(struct work_struct *work)
{
	struct ti_conn *conn;

	spin_lock(&ti_conns_lock);
	list_for_each_entry(conn, &ti_conns, entry)
		if (cache_has_unused(&conn->cache))
			ti_conn_ask(conn, TI_CONN_F_TRIM);
	spin_unlock(&ti_conns_lock);
	mem_wake();
}

static DECLARE_DELAYED_WORK(ti_mem_ask, mem_ask_all);

/* The connection is queued when some memory has come back. */
static void mem_wait(struct ti_buf_cache *cache)
{
	spin_lock(&ti_mem.lock);
	if (list_empty(&cache->waiting))
		list_add_tail(&cache->waiting, &ti_mem.waiters);
	spin_unlock(&ti_mem.lock);
	queue_delayed_work(ti_admin_wq, &ti_mem_ask, HZ / 50);
	/* Pairs with the one in mem_settle(): it waits, is there room now? */
	smp_mb();
}

/* An idle session, with target core's part; 42 KiB were measured (tests/bench/idle). */
#define TI_SESS_MEMORY		(48 << 10)

/* A command of the window: what it may bring along, and its task. */
static size_t promise_each(u32 unit)
{
	return unit + sizeof(struct ti_cmd);
}

/*
 * Data that a session can always have, though it sends nothing unasked: so none stands
 * still while others hold all there is. And pages for headers, which it has besides.
 */
#define TI_LEAST_DATA		(64 << 10)
#define TI_LEAST_PROMISE	(TI_LEAST_DATA + 4 * PAGE_SIZE)

/* With a window of one command, which it gets however little memory there is. */
static size_t promise_least(u32 unit)
{
	return TI_SESS_MEMORY + promise_each(max_t(u32, unit, TI_LEAST_DATA));
}

/* All sessions may need so much, which is no more than half of the machine's memory. */
static size_t sessions_limit(void)
{
	return min_t(u64, 2 * (u64)ti_mem.limit,
		     (u64)totalram_pages() << (PAGE_SHIFT - 1));
}

/*
 * May a session that needs @least begin, where its initiator has @held already? The
 * first one may. ti_mem.lock is held.
 */
static bool promise_allowed(size_t held, size_t least)
{
	size_t most = sessions_limit();

	if (ti_mem.sessions && ti_mem.sessions + least > most)
		return false;
	return !held || held + least <= most - most / 4;
}

static u32 promise_window(size_t each, u32 depth)
{
	size_t left = ti_mem.limit / 2 - mem_promised();
	u32 share = min_t(size_t, left / 16 / each, depth);

	return min(depth, max(share, left / 2 < each ? 1U : 2U));
}

/* At least @least bytes. Returns the window; ti_mem.lock is held. */
static u32 promise_take(struct ti_buf_cache *cache, u32 unit, u32 depth, size_t least)
{
	u32 window = promise_window(promise_each(unit), depth);

	cache->promise = max((size_t)window * unit, least);
	cache->set_aside = cache->promise + window * promise_each(0);
	atomic_long_add(cache->set_aside, &ti_mem.promised);
	return window;
}

/**
 * ti_mem_promise - set aside memory for a command window
 * @cache:	of the connection
 * @unit:	bytes that one command may send unasked
 * @depth:	window that is wanted
 *
 * A newcomer takes at most a sixteenth of what is left, and two commands, or one when
 * so little is. Process context. Return: the window that may be opened, 1 to @depth.
 */
u32 ti_mem_promise(struct ti_buf_cache *cache, u32 unit, u32 depth)
{
	u32 window;

	spin_lock(&ti_mem.lock);
	window = promise_take(cache, unit, depth, 0);
	spin_unlock(&ti_mem.lock);
	return window;
}

/**
 * ti_mem_promise_session - the same, and for a session besides
 * @cache:	of the connection
 * @initiator:	of the session; on success taken over until ti_mem_unpromise()
 * @unit:	bytes that one command may send unasked
 * @depth:	window that is wanted
 *
 * Process context. Return: as ti_mem_promise(), or 0 when there is no memory for
 * another session.
 */
u32 ti_mem_promise_session(struct ti_buf_cache *cache,
			   struct ti_initiator *initiator, u32 unit, u32 depth)
{
	size_t least = promise_least(unit);
	u32 window = 0;

	spin_lock(&ti_mem.lock);
	if (promise_allowed(initiator->held, least)) {
		window = promise_take(cache, unit, depth, TI_LEAST_PROMISE);
		ti_mem.sessions += least;
		initiator->held += least;
		cache->initiator = initiator;
		cache->least = least;
	}
	spin_unlock(&ti_mem.lock);
	return window;
}

/**
 * ti_mem_unpromise - the session has ended, or did not begin
 * @cache:	of the connection
 *
 * Nothing when there was no promise. Process context.
 */
void ti_mem_unpromise(struct ti_buf_cache *cache)
{
	struct ti_initiator *initiator = cache->initiator;

	spin_lock(&ti_mem.lock);
	atomic_long_sub(cache->set_aside, &ti_mem.promised);
	ti_mem.sessions -= cache->least;
	if (initiator)
		initiator->held -= cache->least;
	spin_unlock(&ti_mem.lock);
	ti_initiator_put(initiator);
	cache->initiator = NULL;
	cache->least = 0;
	cache->set_aside = 0;
	cache->promise = 0;
	/* What is owned is promised no more. */
	mem_charge(cache, 0);
}

static struct page *page_from_system(struct ti_buf_cache *cache,
				     unsigned int order)
{
	gfp_t gfp = GFP_NOIO | __GFP_ZERO | __GFP_NOWARN;
	struct page *page;

	if (order)
		gfp = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_COMP | __GFP_NORETRY;
	page = alloc_pages(gfp, order);
	if (page)
		mem_charge(cache, PAGE_SIZE << order);
	return page;
}

static void page_to_system(struct ti_buf_cache *cache, struct page *page)
{
	mem_uncharge(cache, page_size(page));
	put_page(page);
}

static void free_push(struct ti_free_pages *free, struct page *page)
{
	set_page_private(page, (unsigned long)free->head);
	free->head = page;
	free->nr++;
}

static struct page *free_pop(struct ti_free_pages *free)
{
	struct page *page = free->head;

	free->head = page_next(page);
	set_page_private(page, 0);
	if (--free->nr < free->unneeded)
		free->unneeded = free->nr;
	return page;
}

static void page_to_cache(struct ti_buf_cache *cache, struct page *page)
{
	if (mem_pressure() && cache->charged)
		page_to_system(cache, page);
	else
		free_push(PageCompound(page) ? &cache->large : &cache->small,
			  page);
}

/* The reference is ours alone: nobody else reads the page any more. */
static bool page_unshared(struct page *page)
{
	if (page_ref_count(page) != 1)
		return false;
	/* Pairs with the release in put_page() of whoever read the page. */
	smp_mb();
	return true;
}

/*
 * Take back pages that TCP has let go of. It does so in the order of sending, so only
 * the oldest is looked at.
 */
static void cache_reap(struct ti_conn *conn)
{
	struct ti_buf_cache *cache = &conn->cache;
	struct page *page;

	while ((page = cache->sent_head) && page_unshared(page)) {
		cache->sent_head = page_next(page);
		set_page_private(page, 0);
		page_to_cache(cache, page);
	}
}

static void cache_add_sent(struct ti_buf_cache *cache, struct page *page)
{
	set_page_private(page, 0);
	if (cache->sent_head)
		set_page_private(cache->sent_tail, (unsigned long)page);
	else
		cache->sent_head = page;
	cache->sent_tail = page;
}

static struct page *cache_get(struct ti_conn *conn, unsigned int order)
{
	struct ti_buf_cache *cache = &conn->cache;
	struct ti_free_pages *free = order ? &cache->large : &cache->small;

	if (!free->nr)
		cache_reap(conn);
	if (free->nr)
		return free_pop(free);
	return page_from_system(cache, order);
}

/**
 * ti_cache_get_page - a page for headers
 * @conn:	the connection
 *
 * It needs no permission. Owner only; may sleep. Return: NULL when there is none; the
 * connection will be queued when it may be tried again.
 */
struct page *ti_cache_get_page(struct ti_conn *conn)
{
	struct page *page = cache_get(conn, 0);

	if (!page)
		mem_wait(&conn->cache);
	return page;
}

/**
 * ti_cache_put_sent - give back a page that was sent by reference
 * @conn:	the connection
 * @page:	from ti_cache_get_page()
 */
void ti_cache_put_sent(struct ti_conn *conn, struct page *page)
{
	cache_add_sent(&conn->cache, page);
}

/* A piece for @left more bytes: large when it can be filled, else @small. */
static struct page *cache_get_piece(struct ti_conn *conn, u32 left, bool small)
{
	struct page *page = NULL;

	if (left >= TI_CHUNK_SIZE && !small)
		page = cache_get(conn, TI_CHUNK_ORDER);
	/* Large pages may be had no more while small ones may. */
	return page ?: cache_get(conn, 0);
}

/*
 * The cache has grown: let a quarter of it be free, if that may be had for the asking. So
 * a load that needs a little more now and then allocates nothing.
 */
static void cache_grow_ahead(struct ti_buf_cache *cache, bool small)
{
	struct ti_free_pages *free = small ? &cache->small : &cache->large;
	size_t ahead = rounddown(cache->owned / 4, small ? PAGE_SIZE : TI_CHUNK_SIZE);
	struct page *page;

	if (mem_pressure() || !mem_reserve(cache, ahead, small))
		return;
	while (cache->reserved) {
		page = page_from_system(cache, small ? 0 : TI_CHUNK_ORDER);
		if (!page)
			break;
		free_push(free, page);
	}
	mem_unreserve(cache);
}

/* Room for the next piece, where @left more bytes are to come. */
static int buf_reserve_entries(struct ti_buf *buf, u32 left)
{
	struct scatterlist *sgl;
	unsigned int nents = buf->nents;

	if (nents < buf->max_nents)
		return 0;
	/* Where large pages cannot be had there will be more, and this is done again. */
	nents += max_t(unsigned int, nents,
		       DIV_ROUND_UP(left, buf->small ? PAGE_SIZE : TI_CHUNK_SIZE));
	sgl = kvmalloc_array(nents, sizeof(*sgl), GFP_NOIO);
	if (!sgl)
		return -ENOMEM;
	memcpy(sgl, buf->sgl, buf->nents * sizeof(*sgl));
	if (buf->sgl != buf->inline_sgl)
		kvfree(buf->sgl);
	buf->sgl = sgl;
	buf->max_nents = nents;
	return 0;
}

static int buf_add_piece(struct ti_conn *conn, struct ti_buf *buf, u32 left)
{
	struct page *page;
	u32 len;
	int ret;

	ret = buf_reserve_entries(buf, left);
	if (ret)
		return ret;
	page = cache_get_piece(conn, left, buf->small);
	if (!page)
		return -ENOMEM;
	len = min_t(u32, left, page_size(page));
	sg_init_table(&buf->sgl[buf->nents], 1);
	sg_set_page(&buf->sgl[buf->nents], page, len, 0);
	if (buf->nents++)
		sg_unmark_end(&buf->sgl[buf->nents - 2]);
	buf->len += len;
	return 0;
}

static void buf_pop(struct ti_conn *conn, struct ti_buf *buf, unsigned int keep)
{
	while (buf->nents > keep) {
		struct scatterlist *sg = &buf->sgl[--buf->nents];

		buf->len -= sg->length;
		page_to_cache(&conn->cache, sg_page(sg));
	}
	if (keep)
		sg_mark_end(&buf->sgl[keep - 1]);
}

/* The last piece may have room for some of @len bytes. Return: how many it took. */
static u32 buf_fill_tail(struct ti_buf *buf, u32 len)
{
	struct scatterlist *sg;
	u32 tail;

	if (!buf->nents)
		return 0;
	sg = &buf->sgl[buf->nents - 1];
	tail = min_t(u32, len, page_size(sg_page(sg)) - sg->length);
	sg->length += tail;
	buf->len += tail;
	return tail;
}

/* Back to @nents pieces, the last of which took @tail bytes. */
static void buf_undo(struct ti_conn *conn, struct ti_buf *buf,
		     unsigned int nents, u32 tail)
{
	buf_pop(conn, buf, nents);
	if (!tail)
		return;
	buf->sgl[nents - 1].length -= tail;
	buf->len -= tail;
}

/* A buffer could not grow by @len bytes: the connection is queued when it may try again. */
static void buf_wait(struct ti_conn *conn, const struct ti_buf *buf, u32 len,
		     int error)
{
	mem_wait(&conn->cache);
	/* What came back before it waited has woken nobody. */
	if (error == -EAGAIN && mem_would_allow(&conn->cache, len, buf->small))
		ti_conn_queue(conn);
}

/**
 * ti_buf_grow - add @len bytes to a buffer
 * @conn:	the connection
 * @buf:	the buffer
 * @len:	bytes
 * @force:	the memory was promised: ask nobody
 *
 * The last piece so far is filled first. Process context, may sleep. Return: 0;
 * -EAGAIN when the bound is reached; -ENOMEM. On error nothing has changed, and
 * unless it was forced the connection will be queued when it may be tried again.
 */
int ti_buf_grow(struct ti_conn *conn, struct ti_buf *buf, u32 len, bool force)
{
	unsigned int nents = buf->nents;
	size_t owned = conn->cache.owned;
	u32 total = buf->len + len;
	int ret = 0;
	u32 tail;

	if (!buf->sgl) {
		buf->sgl = buf->inline_sgl;
		buf->max_nents = TI_INLINE_SGL;
	}
	tail = buf_fill_tail(buf, len);
	if (!force && !mem_reserve(&conn->cache, total - buf->len, buf->small))
		ret = -EAGAIN;
	while (buf->len < total && !ret)
		ret = buf_add_piece(conn, buf, total - buf->len);
	mem_unreserve(&conn->cache);
	if (ret) {
		buf_undo(conn, buf, nents, tail);
		if (!force)
			buf_wait(conn, buf, len, ret);
	} else if (unlikely(conn->cache.owned > owned)) {
		cache_grow_ahead(&conn->cache, buf->small || len < TI_CHUNK_SIZE);
	}
	return ret;
}

/**
 * ti_buf_trim - cut a buffer down to its first @len bytes
 * @conn:	the connection
 * @buf:	the buffer
 * @len:	bytes
 */
void ti_buf_trim(struct ti_conn *conn, struct ti_buf *buf, u32 len)
{
	unsigned int keep = 0;
	u32 sum = 0;

	while (sum < len)
		sum += buf->sgl[keep++].length;
	buf_pop(conn, buf, keep);
	if (keep) {
		buf->sgl[keep - 1].length -= sum - len;
		buf->len = len;
	}
}

/**
 * ti_buf_free - give the pages of a buffer back to its connection
 * @conn:	the connection
 * @buf:	the buffer
 * @sent:	they were sent by reference: wait until TCP is done with them
 */
void ti_buf_free(struct ti_conn *conn, struct ti_buf *buf, bool sent)
{
	unsigned int i;

	for (i = 0; i < buf->nents; i++) {
		struct page *page = sg_page(&buf->sgl[i]);

		if (sent)
			cache_add_sent(&conn->cache, page);
		else
			page_to_cache(&conn->cache, page);
	}
	buf->nents = 0;
	buf->len = 0;
	buf->small = false;
	/* Nothing bounds what the tasks of all sessions keep. */
	if (buf->max_nents > TI_KEPT_SGL)
		ti_buf_destroy(buf);
}

/**
 * ti_buf_destroy - free the list itself, of an empty buffer
 * @buf:	the buffer
 */
void ti_buf_destroy(struct ti_buf *buf)
{
	if (buf->sgl && buf->sgl != buf->inline_sgl)
		kvfree(buf->sgl);
	buf->sgl = NULL;
}

/* Give back all but @keep of the free pages. */
static void free_shrink(struct ti_buf_cache *cache, struct ti_free_pages *free,
			unsigned int keep)
{
	while (free->nr > keep)
		page_to_system(cache, free_pop(free));
	free->unneeded = free->nr;
}

/*
 * Give back half of what was free all the time, but for a reserve of that many:
 * a load that is held up for a moment finds most of it when it goes on.
 */
static void free_age(struct ti_buf_cache *cache, struct ti_free_pages *free,
		     unsigned int reserve)
{
	unsigned int surplus = free->unneeded > reserve ?
			       free->unneeded - reserve : 0;

	free_shrink(cache, free, free->nr - DIV_ROUND_UP(surplus, 2));
}

/**
 * ti_cache_age - give pages back that were not needed for TI_CACHE_AGE seconds
 * @conn:	the connection
 *
 * Half of what was free all the time, less a quarter of what was in use at most:
 * the next peak is a little higher, and a load that goes on allocates nothing. Does
 * nothing until so much time has gone by since it last did. Owner only, from the
 * connection's timer.
 */
void ti_cache_age(struct ti_conn *conn)
{
	struct ti_buf_cache *cache = &conn->cache;
	size_t peak = cache->owned - cache->small.unneeded * PAGE_SIZE -
		      cache->large.unneeded * TI_CHUNK_SIZE;

	if (jiffies - cache->aged < TI_CACHE_AGE * HZ)
		return;
	cache->aged = jiffies;
	cache_reap(conn);
	free_age(cache, &cache->small, peak / 4 / PAGE_SIZE);
	free_age(cache, &cache->large, peak / 4 / TI_CHUNK_SIZE);
}

/**
 * ti_cache_trim - give all unused pages back to the system
 * @conn:	the connection
 */
void ti_cache_trim(struct ti_conn *conn)
{
	struct ti_buf_cache *cache = &conn->cache;

	cache_reap(conn);
	free_shrink(cache, &cache->small, 0);
	free_shrink(cache, &cache->large, 0);
}

/**
 * ti_cache_exit - the connection ends: give everything back
 * @conn:	the connection
 *
 * Pages that TCP still holds are freed by TCP.
 */
void ti_cache_exit(struct ti_conn *conn)
{
	struct ti_buf_cache *cache = &conn->cache;
	struct page *page;

	ti_cache_trim(conn);
	while ((page = cache->sent_head)) {
		cache->sent_head = page_next(page);
		set_page_private(page, 0);
		page_to_system(cache, page);
	}
	spin_lock(&ti_mem.lock);
	list_del_init(&cache->waiting);
	spin_unlock(&ti_mem.lock);
	WARN_ON_ONCE(cache->owned);
	ti_mem_unpromise(cache);
	mem_wake();
}

/**
 * ti_buf_exit - no connection is left
 *
 * Module exit. May sleep.
 */
void ti_buf_exit(void)
{
	cancel_delayed_work_sync(&ti_mem_ask);
}

/**
 * ti_buf_init - set the bound from the machine's memory
 *
 * A memory_percent that is out of range is changed to the nearest one that is not, and
 * the module loads. Module init.
 */
void ti_buf_init(void)
{
	unsigned int percent = clamp(ti_memory_percent, 1U, 75U);
	u64 pages = totalram_pages() / 100 * percent;

	if (percent != ti_memory_percent)
		ti_warn("parameter memory_percent: %u is not 1 to 75, taken as %u\n",
			ti_memory_percent, percent);
	ti_memory_percent = percent;
	spin_lock_init(&ti_mem.lock);
	INIT_LIST_HEAD(&ti_mem.waiters);
	/* With 32 bits there may be more memory than a long can count. */
	ti_mem.limit = min_t(u64, pages << PAGE_SHIFT, LONG_MAX);
}
