// SPDX-License-Identifier: GPL-2.0
/*
 * Failed logins, counted by address, and the delay that they cost.
 *
 * A login that fails because its initiator did not prove who it is, or is not
 * one that may log in, is counted for the address that it came from. Further
 * logins from there are answered later: not at all for the first few, then
 * twice as late with each, at most login_delay_max. login.c holds back the
 * request, which takes neither a thread nor anything from other addresses.
 *
 * It is a delay, never a refusal: behind one address there may be many
 * initiators, and the honest ones among them get in. Success and failure are
 * answered equally late, so nothing is learned by not waiting. An address is
 * forgotten when a login from there has authenticated itself, and
 * TI_THROTTLE_FORGET after its last failure.
 *
 * The table has a fixed size; the address that was quiet for longest makes room.
 * An IPv6 host owns its whole /64, so that is what counts as one address.
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "attrib.h"
#include "throttle.h"

#define TI_THROTTLE_ADDRS	1024
#define TI_THROTTLE_BITS	8
#define TI_THROTTLE_FORGET	60	/* seconds */
#define TI_THROTTLE_LIMIT	3000	/* milliseconds: login_delay_max at most */
/* Failures that cost nothing: a typing error, or a script that tries twice. */
#define TI_THROTTLE_FREE	3
#define TI_THROTTLE_FIRST	50	/* milliseconds, then twice as many */

struct ti_throttle_key {
	u32	net;		/* number of the network namespace */
	u32	family;
	u32	addr[2];	/* IPv4, or the first half of IPv6 */
};

/* One address; all of it under ti_throttle.lock. */
struct ti_throttle_addr {
	struct hlist_node	hash;
	struct list_head	lru;
	struct ti_throttle_key	key;
	unsigned int		failures;	/* in a row; 0: not in use */
	unsigned long		last;		/* jiffies of the last one */
};

/*
 * The module's parameters can be read before it is initialised, and after it has
 * cleaned up: lock and list are good at any time.
 *
 * @lru: all of @addrs, the longest quiet one first
 * @failures: since the module was loaded, of all addresses
 * @seed: so that nobody can choose addresses for one bucket
 */
static struct {
	spinlock_t		lock;
	struct hlist_head	hash[1 << TI_THROTTLE_BITS];
	struct list_head	lru;
	u64			failures;
	u32			seed;
	struct ti_throttle_addr	*addrs;
} ti_throttle = {
	.lock	= __SPIN_LOCK_UNLOCKED(ti_throttle.lock),
	.lru	= LIST_HEAD_INIT(ti_throttle.lru),
};

static unsigned int ti_login_delay_max = 1000;	/* milliseconds */

/**
 * ti_throttle_init - make the table
 *
 * Module load. Return: 0 or -ENOMEM.
 */
int ti_throttle_init(void)
{
	unsigned int i;

	ti_throttle.addrs = kvcalloc(TI_THROTTLE_ADDRS,
				     sizeof(*ti_throttle.addrs), GFP_KERNEL);
	if (!ti_throttle.addrs)
		return -ENOMEM;
	get_random_bytes(&ti_throttle.seed, sizeof(ti_throttle.seed));
	spin_lock(&ti_throttle.lock);
	for (i = 0; i < TI_THROTTLE_ADDRS; i++) {
		INIT_HLIST_NODE(&ti_throttle.addrs[i].hash);
		list_add_tail(&ti_throttle.addrs[i].lru, &ti_throttle.lru);
	}
	spin_unlock(&ti_throttle.lock);
	return 0;
}

/**
 * ti_throttle_exit - free the table
 *
 * Module unload: no connection is left.
 */
void ti_throttle_exit(void)
{
	spin_lock(&ti_throttle.lock);
	INIT_LIST_HEAD(&ti_throttle.lru);
	spin_unlock(&ti_throttle.lock);
	kvfree(ti_throttle.addrs);
}

static void addr_key(const struct ti_conn *conn, struct ti_throttle_key *key)
{
	struct sockaddr_storage addr = conn->peer_addr;

	memset(key, 0, sizeof(*key));
	ti_addr_unmap(&addr);
	key->net = sock_net(conn->sock->sk)->ns.inum;
	key->family = addr.ss_family;
	if (addr.ss_family == AF_INET)
		memcpy(key->addr, &((struct sockaddr_in *)&addr)->sin_addr, 4);
	else
		memcpy(key->addr, &((struct sockaddr_in6 *)&addr)->sin6_addr, 8);
}

static struct hlist_head *addr_bucket(const struct ti_throttle_key *key)
{
	u32 hash = jhash(key, sizeof(*key), ti_throttle.seed);

	return &ti_throttle.hash[hash_32(hash, TI_THROTTLE_BITS)];
}

static bool addr_is_old(const struct ti_throttle_addr *addr)
{
	return time_after(jiffies, addr->last + TI_THROTTLE_FORGET * HZ);
}

/* ti_throttle.lock is held. NULL when the address has no failure to remember. */
static struct ti_throttle_addr *addr_find(const struct ti_throttle_key *key)
{
	struct ti_throttle_addr *addr;

	hlist_for_each_entry(addr, addr_bucket(key), hash)
		if (!memcmp(&addr->key, key, sizeof(*key)))
			return addr_is_old(addr) ? NULL : addr;
	return NULL;
}

/* ti_throttle.lock is held. */
static void addr_forget(struct ti_throttle_addr *addr)
{
	hlist_del_init(&addr->hash);
	addr->failures = 0;
	list_move(&addr->lru, &ti_throttle.lru);
}

/* ti_throttle.lock is held. The entry of an address, a new one if need be. */
static struct ti_throttle_addr *addr_get(const struct ti_throttle_key *key)
{
	struct ti_throttle_addr *addr;

	hlist_for_each_entry(addr, addr_bucket(key), hash) {
		if (memcmp(&addr->key, key, sizeof(*key)))
			continue;
		if (addr_is_old(addr))
			addr->failures = 0;
		return addr;
	}
	addr = list_first_entry(&ti_throttle.lru, struct ti_throttle_addr, lru);
	addr_forget(addr);
	addr->key = *key;
	hlist_add_head(&addr->hash, addr_bucket(key));
	return addr;
}

/**
 * ti_throttle_failed - a login was refused for who it came from
 * @conn:	its connection
 *
 * Process context.
 */
void ti_throttle_failed(const struct ti_conn *conn)
{
	struct ti_throttle_addr *addr;
	struct ti_throttle_key key;

	addr_key(conn, &key);
	spin_lock(&ti_throttle.lock);
	addr = addr_get(&key);
	addr->failures++;
	addr->last = jiffies;
	list_move_tail(&addr->lru, &ti_throttle.lru);
	ti_throttle.failures++;
	spin_unlock(&ti_throttle.lock);
}

/**
 * ti_throttle_succeeded - a login has authenticated itself
 * @conn:	its connection
 *
 * Process context.
 */
void ti_throttle_succeeded(const struct ti_conn *conn)
{
	struct ti_throttle_addr *addr;
	struct ti_throttle_key key;

	addr_key(conn, &key);
	spin_lock(&ti_throttle.lock);
	addr = addr_find(&key);
	if (addr)
		addr_forget(addr);
	spin_unlock(&ti_throttle.lock);
}

static unsigned int delay_of(unsigned int failures)
{
	unsigned int max = READ_ONCE(ti_login_delay_max);
	unsigned int doubled;

	if (failures < TI_THROTTLE_FREE)
		return 0;
	/* TI_THROTTLE_LIMIT is reached long before the shift overflows. */
	doubled = min(failures - TI_THROTTLE_FREE, 10U);
	return min(TI_THROTTLE_FIRST << doubled, max);
}

/**
 * ti_throttle_delay - how long a login has to wait for its answer
 * @conn:	its connection
 *
 * Process context. Return: milliseconds, at most login_delay_max.
 */
unsigned int ti_throttle_delay(const struct ti_conn *conn)
{
	struct ti_throttle_addr *addr;
	struct ti_throttle_key key;
	unsigned int delay;

	if (!READ_ONCE(ti_login_delay_max))
		return 0;
	addr_key(conn, &key);
	spin_lock(&ti_throttle.lock);
	addr = addr_find(&key);
	delay = addr ? delay_of(addr->failures) : 0;
	spin_unlock(&ti_throttle.lock);
	return delay;
}

/* A line: ADDRESS FAILURES DELAY AGE. */
static int show_addr(const struct ti_throttle_addr *addr, char *buf,
		     size_t size)
{
	unsigned int age = (jiffies - addr->last) / HZ;
	struct in6_addr net = {};

	if (addr->key.family == AF_INET)
		return snprintf(buf, size, "%pI4 %u %u %u\n", addr->key.addr,
				addr->failures, delay_of(addr->failures), age);
	memcpy(&net, addr->key.addr, sizeof(addr->key.addr));
	return snprintf(buf, size, "%pI6c/64 %u %u %u\n", &net, addr->failures,
			delay_of(addr->failures), age);
}

/*
 * First how many logins failed since the module was loaded, then a line for
 * each address, the latest failure first: the address, its failures in a row,
 * the delay of its logins in milliseconds, and how many seconds ago the last
 * failure was. What does not fit into a page is left out.
 */
static int show_failed_logins(char *page, const struct kernel_param *kp)
{
	const struct ti_throttle_addr *addr;
	int len, n;

	spin_lock(&ti_throttle.lock);
	len = scnprintf(page, PAGE_SIZE, "%llu\n", ti_throttle.failures);
	list_for_each_entry_reverse(addr, &ti_throttle.lru, lru) {
		if (!addr->failures || addr_is_old(addr))
			break;
		n = show_addr(addr, page + len, PAGE_SIZE - len);
		if (n >= PAGE_SIZE - len)
			break;
		len += n;
	}
	spin_unlock(&ti_throttle.lock);
	return len;
}

static const struct kernel_param_ops failed_logins_ops = {
	.get	= show_failed_logins,
};

module_param_cb(failed_logins, &failed_logins_ops, NULL, 0400);
MODULE_PARM_DESC(failed_logins,
		 "Logins that failed for who they came from: in all, and ADDRESS FAILURES DELAY_MS SECONDS_AGO");

static int set_login_delay_max(const char *val, const struct kernel_param *kp)
{
	return ti_param_set_uint(val, kp, 0, TI_THROTTLE_LIMIT);
}

static const struct kernel_param_ops login_delay_max_ops = {
	.set	= set_login_delay_max,
	.get	= param_get_uint,
};

module_param_cb(login_delay_max, &login_delay_max_ops, &ti_login_delay_max,
		0644);
MODULE_PARM_DESC(login_delay_max,
		 "Milliseconds that logins wait at most where others have failed (default: 1000, 0: off)");
