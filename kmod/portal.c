// SPDX-License-Identifier: GPL-2.0
/*
 * Portals: the listening sockets, and the addresses that name them.
 *
 * One socket serves every portal group on its address. It is opened when the
 * first group gets the portal and closed when the last one loses it; whether a
 * group is enabled is seen at login. Closing a portal leaves the connections
 * alone that came in through it: each holds a reference.
 *
 * ti_portals_lock covers opening and closing as a whole, so that an address is
 * free again once closing has returned. The accept work must not take it:
 * closing waits for that work.
 */
#include <linux/ctype.h>
#include <linux/inet.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "ti.h"

/* Connections that wait to be accepted, as many as the in-tree target has. */
#define PORTAL_BACKLOG		256
/* Connections accepted in one run of the work item. */
#define PORTAL_ACCEPT_BATCH	32
/* After a failure that is not the connection's fault (no memory). */
#define PORTAL_RETRY_DELAY	(HZ / 10)

static DEFINE_MUTEX(ti_portals_lock);	/* opening and closing, see above */
static LIST_HEAD(ti_portals);

/* ---- addresses ---- */

static __be16 addr_port(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET6 ?
		((const struct sockaddr_in6 *)addr)->sin6_port :
		((const struct sockaddr_in *)addr)->sin_port;
}

/**
 * ti_addr_set_port - change the port of an address
 * @addr:	IPv4 or IPv6
 * @from:	an address with the port that @addr gets
 *
 * Any context.
 */
void ti_addr_set_port(struct sockaddr_storage *addr,
		      const struct sockaddr_storage *from)
{
	if (addr->ss_family == AF_INET6)
		((struct sockaddr_in6 *)addr)->sin6_port = addr_port(from);
	else
		((struct sockaddr_in *)addr)->sin_port = addr_port(from);
}

/**
 * ti_addr_unmap - turn a v4-mapped IPv6 address into IPv4
 * @addr:	any address, such as a dual-stack socket shows
 *
 * Any context.
 */
void ti_addr_unmap(struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (addr->ss_family != AF_INET6 || !ipv6_addr_v4mapped(&in6->sin6_addr))
		return;
	in.sin_port = in6->sin6_port;
	in.sin_addr.s_addr = in6->sin6_addr.s6_addr32[3];
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, &in, sizeof(in));
}

/**
 * ti_addr_is_any - is it the wildcard of its family
 * @addr:	IPv4 or IPv6
 *
 * Any context.
 */
bool ti_addr_is_any(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET6 ?
		ipv6_addr_any(&((const struct sockaddr_in6 *)addr)->sin6_addr) :
		!((const struct sockaddr_in *)addr)->sin_addr.s_addr;
}

/* One that a TCP socket can be bound to. */
static bool addr_is_unicast(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	__be32 in;

	if (addr->ss_family == AF_INET6)
		return !ipv6_addr_is_multicast(&in6->sin6_addr);
	in = ((const struct sockaddr_in *)addr)->sin_addr.s_addr;
	return !ipv4_is_multicast(in) && !ipv4_is_lbcast(in);
}

/* Neither may be v4-mapped. A scope counts where both have one. */
static bool addr_equal(const struct sockaddr_storage *a,
		       const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family || addr_port(a) != addr_port(b))
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	if (a6->sin6_scope_id && b6->sin6_scope_id &&
	    a6->sin6_scope_id != b6->sin6_scope_id)
		return false;
	return ipv6_addr_equal(&a6->sin6_addr, &b6->sin6_addr);
}

/**
 * ti_addr_parse - read the name of a portal
 * @net:	where the interface of a link-local address is looked up
 * @text:	"1.2.3.4:3260", "[2001:db8::1]:3260", "[fe80::1%eth0]:3260"
 * @addr:	the address; IPv4 is AF_INET however it was written
 *
 * May sleep. Return: 0; -EINVAL for anything else, a multicast or broadcast
 * address and port 0 included.
 */
int ti_addr_parse(struct net *net, const char *text,
		  struct sockaddr_storage *addr)
{
	char buf[TI_ADDR_LEN];
	char *host = buf, *port;

	if (strscpy(buf, text, sizeof(buf)) < 0 || strpbrk(buf, " \t\r\n"))
		return -EINVAL;
	if (*host == '[') {
		host++;
		port = strstr(host, "]:");
		if (!port)
			return -EINVAL;
		*port++ = '\0';
	} else {
		port = strchr(host, ':');
		if (!port)
			return -EINVAL;
	}
	*port++ = '\0';
	if (!isdigit(*port))
		return -EINVAL;

	memset(addr, 0, sizeof(*addr));
	if (inet_pton_with_scope(net, AF_UNSPEC, host, port, addr))
		return -EINVAL;
	ti_addr_unmap(addr);
	return addr_port(addr) && addr_is_unicast(addr) ? 0 : -EINVAL;
}

/**
 * ti_addr_format - write an address and port the way ti_addr_parse() reads it
 * @addr:	IPv4 or IPv6; a v4-mapped address comes out as IPv4
 * @buf:	TI_ADDR_LEN bytes are enough
 * @len:	size of @buf
 *
 * A scope is left out: it means nothing to the peer. Any context.
 * Return: the length, or -ENOSPC with as much as fits in @buf.
 */
int ti_addr_format(const struct sockaddr_storage *addr, char *buf, size_t len)
{
	struct sockaddr_storage plain = *addr;
	int n;

	ti_addr_unmap(&plain);
	n = snprintf(buf, len, "%pISpc", &plain);
	return n < len ? n : -ENOSPC;
}

/**
 * ti_portal_matches - would a connection to @addr come in through this portal
 * @portal:	held by the caller
 * @addr:	address and port of our side of a connection
 *
 * Any context.
 */
bool ti_portal_matches(const struct ti_portal *portal,
		       const struct sockaddr_storage *addr)
{
	struct sockaddr_storage plain = *addr;

	ti_addr_unmap(&plain);
	if (!ti_addr_is_any(&portal->addr))
		return addr_equal(&portal->addr, &plain);
	if (addr_port(&portal->addr) != addr_port(&plain))
		return false;
	return portal->addr.ss_family == plain.ss_family ||
	       (portal->addr.ss_family == AF_INET6 && !portal->v6only);
}

/* ---- accepting ---- */

/* Bottom half. An accepted socket starts life with this callback too. */
static void portal_data_ready(struct sock *sk)
{
	struct ti_portal *portal;

	read_lock_bh(&sk->sk_callback_lock);
	portal = sk->sk_user_data;
	if (portal && sk->sk_state == TCP_LISTEN)
		queue_delayed_work(ti_conn_wq, &portal->accept, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void portal_set_callback(struct ti_portal *portal, struct sock *sk)
{
	write_lock_bh(&sk->sk_callback_lock);
	portal->saved_data_ready = sk->sk_data_ready;
	sk->sk_user_data = portal;
	sk->sk_data_ready = portal_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* After this neither callback nor portal is reached through @sk. */
static void portal_clear_callback(struct ti_portal *portal, struct sock *sk)
{
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = portal->saved_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void portal_start_conn(struct ti_portal *portal, struct socket *sock)
{
	struct sockaddr_storage peer = { };
	int ret;

	portal_clear_callback(portal, sock->sk);
	ret = ti_conn_start(portal, sock);
	if (!ret)
		return;
	kernel_getpeername(sock, (struct sockaddr *)&peer);
	ti_addr_unmap(&peer);
	ti_warn("portal %pISpc: connection from %pISpc refused: %s (%d)\n",
		&portal->addr, &peer,
		ret == -EUSERS ? "too many that are not logged in" :
		ret == -ENOMEM ? "no memory" : "error", ret);
	sock_release(sock);
}

static void portal_accept_batch(struct ti_portal *portal)
{
	unsigned long delay = 0;
	struct socket *sock;
	unsigned int n;
	int ret;

	for (n = 0; n < PORTAL_ACCEPT_BATCH; n++) {
		ret = kernel_accept(portal->sock, &sock, O_NONBLOCK);
		if (ret == -EAGAIN)
			return;
		if (ret == -EINVAL) {
			ti_err("portal %pISpc: someone closed its socket; remove it and make it again\n",
			       &portal->addr);
			return;
		}
		if (ret < 0) {
			ti_warn("portal %pISpc: accept failed (%d), trying again\n",
				&portal->addr, ret);
			delay = PORTAL_RETRY_DELAY;
			break;
		}
		portal_start_conn(portal, sock);
	}
	queue_delayed_work(ti_conn_wq, &portal->accept, delay);
}

/* As conn_work(): memory may depend on the connection that is accepted. */
static void portal_accept(struct work_struct *work)
{
	struct ti_portal *portal = container_of(to_delayed_work(work),
						struct ti_portal, accept);
	unsigned int noio = memalloc_noio_save();

	portal_accept_batch(portal);
	memalloc_noio_restore(noio);
}

/* ---- opening and closing ---- */

static int portal_bind(struct ti_portal *portal, struct socket *sock)
{
	int len = portal->addr.ss_family == AF_INET6 ?
			sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	sock_set_reuseaddr(sock->sk);
	tcp_sock_set_nodelay(sock->sk);	/* accepted sockets inherit it */
	/* An address may appear later than the configuration is restored. */
	ip_sock_set_freebind(sock->sk);
	return kernel_bind(sock, ti_sockaddr(&portal->addr), len);
}

static int portal_listen(struct ti_portal *portal, bool v6only)
{
	struct socket *sock;
	int ret;

	/*
	 * Not sock_create_kern(): such a socket and all those accepted from it
	 * hold no reference on their network namespace, and a connection that
	 * TCP still takes to its end would outlive it.
	 */
	ret = __sock_create(portal->net, portal->addr.ss_family, SOCK_STREAM,
			    IPPROTO_TCP, &sock, 0);
	if (ret)
		return ret;
	if (v6only) {
		ret = ip6_sock_set_v6only(sock->sk);
		if (ret)
			goto out_release;
	}
	ret = portal_bind(portal, sock);
	if (ret)
		goto out_release;
	portal->v6only = portal->addr.ss_family == AF_INET6 &&
			 ipv6_only_sock(sock->sk);
	portal->sock = sock;
	portal_set_callback(portal, sock->sk);
	ret = kernel_listen(sock, PORTAL_BACKLOG);
	if (ret)
		goto out_callback;
	return 0;

out_callback:
	portal_clear_callback(portal, sock->sk);
	cancel_delayed_work_sync(&portal->accept);
	portal->sock = NULL;
out_release:
	sock_release(sock);
	return ret;
}

/* Dual stack for [::] where IPv4 is free, else IPv6 alone. */
static int portal_start(struct ti_portal *portal)
{
	int ret = portal_listen(portal, false);

	if (ret != -EADDRINUSE || portal->addr.ss_family != AF_INET6 ||
	    !ti_addr_is_any(&portal->addr))
		return ret;
	ret = portal_listen(portal, true);
	if (!ret)
		ti_info("portal %pISpc takes IPv6 only: IPv4 is in use on that port\n",
			&portal->addr);
	return ret;
}

static void portal_release(struct kref *ref)
{
	struct ti_portal *portal = container_of(ref, struct ti_portal, ref);

	put_net(portal->net);
	kfree(portal);
}

/**
 * ti_portal_put - let go of a portal
 * @portal:	not to be touched after this
 *
 * May sleep.
 */
void ti_portal_put(struct ti_portal *portal)
{
	kref_put(&portal->ref, portal_release);
}

/* ti_portals_lock is held. */
static struct ti_portal *portal_find(struct net *net,
				     const struct sockaddr_storage *addr)
{
	struct ti_portal *portal;

	list_for_each_entry(portal, &ti_portals, entry)
		if (net_eq(portal->net, net) && addr_equal(&portal->addr, addr))
			return portal;
	return NULL;
}

/* ti_portals_lock is held. */
static struct ti_portal *portal_create(struct net *net,
				       const struct sockaddr_storage *addr)
{
	struct ti_portal *portal = kzalloc(sizeof(*portal), GFP_KERNEL);
	int ret;

	if (!portal)
		return ERR_PTR(-ENOMEM);
	kref_init(&portal->ref);
	portal->net = get_net(net);
	portal->addr = *addr;
	INIT_DELAYED_WORK(&portal->accept, portal_accept);
	ret = portal_start(portal);
	if (ret) {
		ti_portal_put(portal);
		return ERR_PTR(ret);
	}
	list_add_tail(&portal->entry, &ti_portals);
	return portal;
}

/**
 * ti_portal_open - listen on an address
 * @net:	network namespace; it lives as long as the portal
 * @addr:	from ti_addr_parse()
 *
 * A portal that is open already on that address is shared. May sleep.
 * Return: the portal, for ti_portal_close(); or ERR_PTR(-errno) of the socket:
 * -EADDRINUSE when another program, or a portal on the wildcard address, has it.
 */
struct ti_portal *ti_portal_open(struct net *net,
				 const struct sockaddr_storage *addr)
{
	struct ti_portal *portal;

	mutex_lock(&ti_portals_lock);
	portal = portal_find(net, addr);
	if (portal)
		kref_get(&portal->ref);
	else
		portal = portal_create(net, addr);
	if (!IS_ERR(portal))
		portal->tpgs++;
	mutex_unlock(&ti_portals_lock);
	return portal;
}

/* ti_portals_lock is held. */
static void portal_stop(struct ti_portal *portal)
{
	struct socket *sock = portal->sock;

	list_del(&portal->entry);
	portal_clear_callback(portal, sock->sk);
	cancel_delayed_work_sync(&portal->accept);
	portal->sock = NULL;
	kernel_sock_shutdown(sock, SHUT_RDWR);
	sock_release(sock);
}

/**
 * ti_portal_close - one user less; the last one closes the socket
 * @portal:	from ti_portal_open()
 *
 * Connections that came in through it live on. May sleep.
 */
void ti_portal_close(struct ti_portal *portal)
{
	mutex_lock(&ti_portals_lock);
	if (!--portal->tpgs)
		portal_stop(portal);
	mutex_unlock(&ti_portals_lock);
	ti_portal_put(portal);
}
