// SPDX-License-Identifier: GPL-2.0
/*
 * Connections: from accept to the last byte.
 *
 * Lifetime. A portal accepts a socket and starts a connection, which is in
 * ti_conns until it is freed. The connection's work item owns it; everything
 * else only asks: it sets a flag or adds to a lock-free list, and queues the
 * work item. The end is always the same, and runs once, in the work item:
 *
 *   1. conn_begin_close(): the socket is shut and its callbacks are taken
 *      back, so nothing arrives any more. Tasks that target core does not have
 *      are dropped.
 *   2. Tasks that target core has come home one by one, each queueing the work
 *      item. Nobody waits for them; a stalled backend leaves the connection in
 *      TI_CONN_CLOSING for as long as it is stalled. So the socket, whose send
 *      buffer refers to pages of ours, is closed before that.
 *   3. After the last one, conn_free_work() runs after a grace period, because
 *      whoever gave back the last task may still be about to queue the work
 *      item (ti_conn_queue() under rcu_read_lock()). It ends the session, which
 *      may sleep, and frees all.
 *
 * What holds what: a connection holds its portal and its login or session; a
 * session holds its TPG (ti_tpg_get()); a task lives inside its session.
 */
#include <linux/sched/mm.h>

#include "event.h"
#include "stats.h"
#include "ti.h"

LIST_HEAD(ti_conns);
DEFINE_SPINLOCK(ti_conns_lock);

static LIST_HEAD(ti_strangers);	/* of ti_conn.stranger, in order of arrival */
static LIST_HEAD(ti_silent);	/* of ti_conn.silent, in the same order */
static atomic_t ti_nr_conns;
static atomic_t ti_logins;	/* with TI_CONN_F_STRANGER */
static DECLARE_WAIT_QUEUE_HEAD(ti_conns_gone);

/* What one run of the work item may cost, see ti_conn_cost(). */
#define TI_CONN_BUDGET	256

/**
 * ti_conn_queue - let the owner look at its connection
 * @conn:	the connection
 *
 * Any context; the caller holds the connection, or is in an RCU read section
 * that began while it held one of its tasks. Does nothing once the connection
 * is closed, so that conn_free_work() can wait for the work item.
 */
void ti_conn_queue(struct ti_conn *conn)
{
	rcu_read_lock();
	if (READ_ONCE(conn->state) != TI_CONN_CLOSED)
		queue_work_on(READ_ONCE(conn->cpu), ti_conn_wq, &conn->work);
	rcu_read_unlock();
}

/**
 * ti_conn_close - end a connection now
 * @conn:	the connection
 *
 * Any context; only asks. See the top of this file.
 */
void ti_conn_close(struct ti_conn *conn)
{
	ti_conn_ask(conn, TI_CONN_F_CLOSE);
}

/**
 * ti_conn_who - the initiator's name, for a message
 * @conn:	the connection
 *
 * Owner only. Return: words in its place as long as it is not known.
 */
const char *ti_conn_who(const struct ti_conn *conn)
{
	const char *name = conn->sess ? conn->sess->initiator : NULL;

	if (!name && conn->login)
		name = ti_login_initiator(conn);
	return name && *name ? name : "(initiator not known yet)";
}

/**
 * ti_conn_target - the target's name, for a message
 * @conn:	the connection
 *
 * Owner only. Return: words in its place as long as there is none.
 */
const char *ti_conn_target(const struct ti_conn *conn)
{
	const char *name = NULL;

	if (conn->sess)
		name = conn->sess->tpg ? conn->sess->tpg->target->name
				       : "(discovery)";
	else if (conn->login)
		name = ti_login_target(conn);
	return name && *name ? name : "(target not known yet)";
}

/**
 * ti_conn_say_why - a connection is about to be ended
 * @conn:	the connection
 * @why:	the reason, for the log and for those who listen
 *
 * Owner only.
 */
void ti_conn_say_why(struct ti_conn *conn, const char *why)
{
	ti_warn("%s: connection of %s from %s closed: %s\n",
		ti_conn_target(conn), ti_conn_who(conn), conn->peer, why);
	conn->why = why;
}

/**
 * ti_conn_fail - say why, and end the connection
 * @conn:	the connection
 * @why:	the reason, see ti_conn_say_why()
 *
 * Owner only.
 */
void ti_conn_fail(struct ti_conn *conn, const char *why)
{
	if (conn->state >= TI_CONN_CLOSING)
		return;
	ti_conn_say_why(conn, why);
	set_bit(TI_CONN_F_CLOSE, &conn->flags);
}

/* It is not asked to give way any more. ti_conns_lock is held. */
static void conn_unlist_stranger(struct ti_conn *conn)
{
	list_del_init(&conn->stranger);
	list_del_init(&conn->silent);
}

/* It is logged in to a target, or over: it does not count any more. Owner only. */
static void conn_no_stranger(struct ti_conn *conn)
{
	if (!test_and_clear_bit(TI_CONN_F_STRANGER, &conn->flags))
		return;
	spin_lock(&ti_conns_lock);
	conn_unlist_stranger(conn);
	spin_unlock(&ti_conns_lock);
	atomic_dec(&ti_logins);
}

/**
 * ti_conn_has_spoken - the first whole request is here
 * @conn:	the connection, in TI_CONN_LOGIN
 *
 * Owner only.
 */
void ti_conn_has_spoken(struct ti_conn *conn)
{
	spin_lock(&ti_conns_lock);
	list_del_init(&conn->silent);
	spin_unlock(&ti_conns_lock);
}

static void conn_set_timer(struct ti_conn *conn, unsigned long when)
{
	mod_delayed_work(ti_admin_wq, &conn->timer, ti_delay_until(when));
}

/* At @when, or earlier: what waits for something is checked every TI_LOOK_INTERVAL. */
static void conn_set_keepalive(struct ti_conn *conn, unsigned long when)
{
	unsigned long look = jiffies + TI_LOOK_INTERVAL * HZ;

	if (conn->hole_deadline && time_before(conn->hole_deadline, look))
		look = conn->hole_deadline;
	conn_set_timer(conn, time_before(when, look) ? when : look);
}

/**
 * ti_conn_drain - send what is queued, then close in good order
 * @conn:	the connection
 *
 * Nothing more is taken from the peer. After the last byte is out, the peer
 * has TI_DRAIN_TIMEOUT to close its side; closing earlier, with bytes of the
 * peer unread, would make TCP reset the connection and could cost the peer our
 * last PDU. Owner only.
 */
void ti_conn_drain(struct ti_conn *conn)
{
	if (conn->state >= TI_CONN_DRAINING)
		return;
	WRITE_ONCE(conn->state, TI_CONN_DRAINING);
	conn->close_after_tx = true;
	conn->deadline = ti_deadline(TI_DRAIN_TIMEOUT * HZ);
	conn_set_timer(conn, conn->deadline);
}

/**
 * ti_conn_limit_login - a portal group has a time of its own for logins
 * @conn:	the connection, in TI_CONN_LOGIN
 * @seconds:	from accept on, in the place of TI_LOGIN_TIMEOUT
 *
 * Owner only.
 */
void ti_conn_limit_login(struct ti_conn *conn, u32 seconds)
{
	long more = ((long)seconds - TI_LOGIN_TIMEOUT) * HZ;

	conn->deadline = conn->deadline + more ?: 1;
	conn_set_timer(conn, conn->deadline);
}

/**
 * ti_conn_hold - let the request at hand of a login wait
 * @conn:	the connection, in TI_CONN_LOGIN
 * @ms:		for how long, milliseconds
 *
 * The work item runs again then, or at the deadline of the login. Owner only.
 */
void ti_conn_hold(struct ti_conn *conn, unsigned int ms)
{
	unsigned long until = ti_deadline(msecs_to_jiffies(ms));

	conn->hold_until = until;
	conn_set_timer(conn, time_before(until, conn->deadline) ?
			     until : conn->deadline);
}

/**
 * ti_conn_await_request - a request with an earlier CmdSN is missing
 * @conn:	the connection
 * @seconds:	it may take so long to come
 *
 * Owner only; may be called under the socket's lock.
 */
void ti_conn_await_request(struct ti_conn *conn, unsigned int seconds)
{
	conn->hole_deadline = ti_deadline(seconds * HZ);
	/* What is due earlier stays: who leaves holes again and again puts off nothing. */
	if (!delayed_work_pending(&conn->timer) ||
	    time_before(conn->hole_deadline, conn->timer.timer.expires))
		conn_set_timer(conn, conn->hole_deadline);
}

/**
 * ti_conn_enter_full_feature - the login is done
 * @conn:	the connection
 *
 * The session is in place. A discovery session asks for no name or secret, so it
 * remains one of those that give way (max_logins). Owner only.
 */
void ti_conn_enter_full_feature(struct ti_conn *conn)
{
	if (conn->sess->tpg)
		conn_no_stranger(conn);
	WRITE_ONCE(conn->state, TI_CONN_FULL_FEATURE);
	conn->params = &conn->sess->params;
	conn->deadline = 0;
	conn->last_rx = jiffies;
	conn->last_data = jiffies;
	conn_set_keepalive(conn, jiffies + (READ_ONCE(conn->nopin_timeout) ?:
					    TI_LOOK_INTERVAL) * HZ);
}

/* ---- socket callbacks: bottom half, sk_callback_lock read side ---- */

static void conn_data_ready(struct sock *sk)
{
	struct ti_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn) {
		WRITE_ONCE(conn->cpu, ti_cpu_for_packets(conn));
		ti_conn_queue(conn);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

static void conn_write_space(struct sock *sk)
{
	struct ti_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn && sk_stream_is_writeable(sk)) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		ti_conn_queue(conn);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

static void conn_state_change(struct sock *sk)
{
	struct ti_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn)
		ti_conn_queue(conn);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void conn_set_callbacks(struct ti_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	conn->saved_data_ready = sk->sk_data_ready;
	conn->saved_write_space = sk->sk_write_space;
	conn->saved_state_change = sk->sk_state_change;
	sk->sk_user_data = conn;
	sk->sk_data_ready = conn_data_ready;
	sk->sk_write_space = conn_write_space;
	sk->sk_state_change = conn_state_change;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void conn_restore_callbacks(struct ti_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_user_data == conn) {
		sk->sk_user_data = NULL;
		sk->sk_data_ready = conn->saved_data_ready;
		sk->sk_write_space = conn->saved_write_space;
		sk->sk_state_change = conn->saved_state_change;
	}
	write_unlock_bh(&sk->sk_callback_lock);
}

/* ---- timer ---- */

static void conn_timer(struct work_struct *work)
{
	struct ti_conn *conn = container_of(to_delayed_work(work),
					    struct ti_conn, timer);

	ti_conn_ask(conn, TI_CONN_F_TIMER);
}

static void conn_late_timer(struct work_struct *work)
{
	struct ti_conn *conn = container_of(to_delayed_work(work),
					    struct ti_conn, late_timer);

	ti_conn_ask(conn, TI_CONN_F_LATE);
}

/*
 * Has the peer read nothing of what is queued for it, for as long as a ping and its answer
 * may take? It may send all the same, but what it does not read keeps memory of ours.
 */
static bool conn_takes_nothing(const struct ti_conn *conn)
{
	u32 timeout = READ_ONCE(conn->nopin_timeout);
	u32 response = READ_ONCE(conn->nopin_response_timeout);

	return timeout && conn->batch->nr_segs &&
	       time_after(jiffies, conn->tx_since + (timeout + response) * HZ);
}

/* The initiator was silent for too long. */
static void conn_timed_out(struct ti_conn *conn, enum tcm_iscsi_timeout which,
			   const char *why)
{
	ti_stats_session_failure(conn->sess, TI_SESS_ERR_TIMEOUT);
	ti_event_timeout(conn->sess, which, why);
	ti_conn_fail(conn, why);
}

/* Has it not done in time what it had to do? Then the connection ends. */
static bool conn_is_overdue(struct ti_conn *conn)
{
	if (conn->hole_deadline &&
	    time_after_eq(jiffies, conn->hole_deadline) &&
	    !ti_order_skip_rejected(conn)) {
		conn_timed_out(conn, TCM_ISCSI_TIMEOUT_COMMAND,
			       "a command was lost, and not sent again");
		return true;
	}
	if (ti_data_out_overdue(conn)) {
		conn_timed_out(conn, TCM_ISCSI_TIMEOUT_DATAOUT,
			       "no Data-Out for a write");
		return true;
	}
	if (conn_takes_nothing(conn)) {
		conn_timed_out(conn, TCM_ISCSI_TIMEOUT_SEND,
			       "it takes nothing of what it asked for");
		return true;
	}
	return false;
}

/* Ping who is silent, give up on who does not answer. */
static void conn_ping(struct ti_conn *conn)
{
	u32 timeout = READ_ONCE(conn->nopin_timeout);
	u32 response = READ_ONCE(conn->nopin_response_timeout);
	unsigned long silent = conn->last_rx + timeout * HZ;
	unsigned long answer = conn->ping_sent + response * HZ;

	if (!timeout) {
		conn_set_keepalive(conn, jiffies + TI_LOOK_INTERVAL * HZ);
	} else if (conn->batch->nr_segs) {
		/* While it takes what is sent it is there, and a ping would come last. */
		conn_set_keepalive(conn, conn->tx_since +
					 (timeout + response) * HZ + 1);
	} else if (conn->ping_sent) {
		if (time_after_eq(jiffies, answer)) {
			conn_timed_out(conn, TCM_ISCSI_TIMEOUT_NOPIN,
				       "no answer to NOP-In");
			return;
		}
		conn_set_keepalive(conn, answer);
	} else if (time_after_eq(jiffies, silent)) {
		ti_tx_ping(conn);
		conn_set_keepalive(conn, jiffies +
					 (conn->ping_sent ? response : 1) * HZ);
	} else {
		conn_set_keepalive(conn, silent);
	}
}

/* Full feature phase. */
static void conn_keepalive(struct ti_conn *conn)
{
	if (conn_is_overdue(conn))
		return;
	ti_tmf_report(conn);
	ti_cache_age(conn);
	conn_ping(conn);
}

static void conn_deadline_passed(struct ti_conn *conn)
{
	if (conn->state == TI_CONN_FULL_FEATURE)
		conn->why = "the initiator did not log out when asked";
	set_bit(TI_CONN_F_CLOSE, &conn->flags);
}

static void conn_timer_expired(struct ti_conn *conn)
{
	if (conn->deadline && time_after_eq(jiffies, conn->deadline)) {
		if (conn->state == TI_CONN_LOGIN)
			ti_login_timeout(conn);
		else
			conn_deadline_passed(conn);
		return;
	}
	if (conn->state == TI_CONN_FULL_FEATURE)
		conn_keepalive(conn);
	if (conn->deadline)
		conn_set_timer(conn, conn->deadline);
}

/* ---- the work item ---- */

/* Ask the initiator to log out; it has TI_LOGOUT_GRACE (RFC 7143 §11.9.1). */
static void conn_request_logout(struct ti_conn *conn)
{
	if (conn->state != TI_CONN_FULL_FEATURE || conn->deadline)
		return;
	ti_tx_async(conn, TI_ASYNC_LOGOUT, 0, 0, TI_LOGOUT_GRACE);
	conn->deadline = ti_deadline(TI_LOGOUT_GRACE * HZ);
	conn_set_timer(conn, conn->deadline);
}

static void conn_flags(struct ti_conn *conn)
{
	if (test_and_clear_bit(TI_CONN_F_TIMER, &conn->flags))
		conn_timer_expired(conn);
	if (test_and_clear_bit(TI_CONN_F_ASYNC_LOGOUT, &conn->flags))
		conn_request_logout(conn);
	if (test_and_clear_bit(TI_CONN_F_TRIM, &conn->flags))
		ti_cache_trim(conn);
	if (test_and_clear_bit(TI_CONN_F_LOGIN_RESUME, &conn->flags) &&
	    conn->state == TI_CONN_LOGIN)
		ti_login_resume(conn);
	if (test_and_clear_bit(TI_CONN_F_LOGIN_CHECK, &conn->flags) &&
	    conn->state == TI_CONN_LOGIN && !ti_login_allowed(conn))
		ti_conn_fail(conn, "the portal group was disabled");
	if (test_and_clear_bit(TI_CONN_F_ABORT_LUN, &conn->flags))
		ti_tmf_nexus_reset(conn);
	if (test_and_clear_bit(TI_CONN_F_CAPACITY, &conn->flags) && conn->sess)
		ti_capacity_notice(conn->sess);
	if (test_and_clear_bit(TI_CONN_F_LATE, &conn->flags))
		ti_mistakes_answer(conn);
}

/* Take what target core has given back. */
static bool conn_collect(struct ti_conn *conn)
{
	struct llist_node *done, *released;
	struct ti_cmd *cmd, *next;

	/*
	 * What a task-management function aborts is released before the function
	 * completes: so take it first, while the function is still there.
	 */
	done = llist_del_all(&conn->done);
	released = llist_del_all(&conn->released);
	llist_for_each_entry_safe(cmd, next, released, released)
		ti_task_released(cmd);
	llist_for_each_entry_safe(cmd, next, llist_reverse_order(done), done)
		ti_task_completed(cmd);
	if (!list_empty(&conn->late_tmfs))
		ti_tmf_retry_late(conn);

	return done || released;
}

/* False when the connection is broken. */
static bool conn_send(struct ti_conn *conn, int *budget)
{
	if (ti_tx_run(conn, budget) >= 0)
		return true;
	set_bit(TI_CONN_F_CLOSE, &conn->flags);
	return false;
}

/* One round of everything there is to do; false when there was nothing. */
static bool conn_round(struct ti_conn *conn, int *budget)
{
	int before = *budget;
	bool collected;

	conn->now_ns = 0;
	collected = conn_collect(conn);

	/*
	 * Answers first: they tell the initiator's TCP what has arrived, for which
	 * a packet of its own is due when more is read, and the initiator can go on
	 * while its next requests are executed.
	 */
	if (collected && !conn_send(conn, budget))
		return false;
	ti_rx_run(conn, budget);
	ti_task_run_ready(conn);
	return conn_send(conn, budget) &&
	       (collected || *budget != before || ti_task_barrier_lifted(conn));
}

static void conn_begin_close(struct ti_conn *conn)
{
	conn_no_stranger(conn);
	WRITE_ONCE(conn->state, TI_CONN_CLOSING);
	if (conn->sess)
		ti_event_session_end(conn->sess, TCM_ISCSI_EVENT_CONNECTION_LOST,
				     conn->why ?: "closed by the target");
	conn_restore_callbacks(conn);
	/* Reset: what TCP still has is worth nothing and must not linger. */
	sock_no_linger(conn->sock->sk);
	kernel_sock_shutdown(conn->sock, SHUT_RDWR);
	cancel_delayed_work(&conn->timer);
	cancel_delayed_work(&conn->late_timer);
	ti_login_free(conn);
	ti_rx_exit(conn);
	ti_task_drop_all(conn);
	ti_tx_exit(conn);
	ti_text_free(conn);
}

/* Nobody else has it: its callbacks were taken back. */
static void conn_close_socket(struct ti_conn *conn)
{
	if (conn->sock)
		sock_release(conn->sock);
	conn->sock = NULL;
}

static void conn_free(struct ti_conn *conn)
{
	ti_cpu_leave(conn);
	kfree(conn);
}

static void conn_free_work(struct work_struct *work)
{
	struct ti_conn *conn = container_of(to_rcu_work(work), struct ti_conn,
					    free_work);

	spin_lock(&ti_conns_lock);
	list_del(&conn->entry);
	spin_unlock(&ti_conns_lock);
	/* First: a login that waits for the end of the session needs the memory. */
	ti_cache_exit(conn);
	if (conn->sess)
		ti_sess_free(conn->sess);
	/* Nobody finds the connection any more; who had found it is done. */
	cancel_delayed_work_sync(&conn->timer);
	cancel_delayed_work_sync(&conn->late_timer);
	cancel_work_sync(&conn->work);
	conn_close_socket(conn);
	ti_portal_put(conn->portal);
	conn_free(conn);
	if (atomic_dec_and_test(&ti_nr_conns))
		wake_up_all(&ti_conns_gone);
}

/* Is every task back? If not, the connection is queued when one comes. */
static bool conn_tasks_are_home(struct ti_conn *conn)
{
	conn_collect(conn);
	if (!conn->sess || !conn->sess->busy_tasks)
		return true;
	set_bit(TI_CONN_F_NEED_TASK, &conn->flags);
	/* Flag, then list: pairs with ti_release_cmd(). */
	smp_mb();
	conn_collect(conn);
	return !conn->sess->busy_tasks;
}

/* Closing: done when target core has given back every task. */
static void conn_finish_close(struct ti_conn *conn)
{
	if (!conn_tasks_are_home(conn)) {
		/*
		 * A backend may keep them for long: others get what they do not use,
		 * and what was sent and not taken.
		 */
		conn_close_socket(conn);
		ti_cache_trim(conn);
		return;
	}
	WRITE_ONCE(conn->state, TI_CONN_CLOSED);
	queue_rcu_work(ti_admin_wq, &conn->free_work);
}

/* Everything there is to do, within the budget. */
static void conn_run(struct ti_conn *conn)
{
	int budget = TI_CONN_BUDGET;

	ti_poll_woken(conn);
	conn->alone = ti_cpu_is_ours(conn);
	if (conn->state < TI_CONN_CLOSING) {
		conn_flags(conn);
		while (!test_bit(TI_CONN_F_CLOSE, &conn->flags) &&
		       budget > 0 && conn_round(conn, &budget))
			;
		if (test_bit(TI_CONN_F_CLOSE, &conn->flags))
			conn_begin_close(conn);
		else if (budget <= 0)
			ti_conn_queue(conn);
	}
	if (conn->state == TI_CONN_CLOSING)
		conn_finish_close(conn);
}

/*
 * The initiator may be this machine, and memory to be had only by writing through
 * this very connection, or the one that logs in: no allocation may wait for that.
 */
static void conn_work(struct work_struct *work)
{
	struct ti_conn *conn = container_of(work, struct ti_conn, work);
	unsigned int noio = memalloc_noio_save();

	conn_run(conn);
	ti_poll(conn);
	memalloc_noio_restore(noio);
}

/* ---- start and end ---- */

static void conn_addresses(struct ti_conn *conn)
{
	kernel_getsockname(conn->sock, (struct sockaddr *)&conn->local_addr);
	kernel_getpeername(conn->sock, (struct sockaddr *)&conn->peer_addr);
	ti_addr_format(&conn->local_addr, conn->local, sizeof(conn->local));
	ti_addr_format(&conn->peer_addr, conn->peer, sizeof(conn->peer));
}

static struct ti_conn *conn_alloc(struct ti_portal *portal, struct socket *sock)
{
	struct ti_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn)
		return NULL;
	conn->batch = kzalloc(sizeof(*conn->batch), GFP_KERNEL);
	if (!conn->batch) {
		kfree(conn);
		return NULL;
	}
	conn->sock = sock;
	conn->portal = portal;
	INIT_WORK(&conn->work, conn_work);
	INIT_DELAYED_WORK(&conn->timer, conn_timer);
	INIT_DELAYED_WORK(&conn->late_timer, conn_late_timer);
	INIT_RCU_WORK(&conn->free_work, conn_free_work);
	init_llist_head(&conn->done);
	init_llist_head(&conn->released);
	INIT_LIST_HEAD(&conn->ready);
	INIT_LIST_HEAD(&conn->held);
	INIT_LIST_HEAD(&conn->waiting);
	INIT_LIST_HEAD(&conn->no_memory);
	INIT_LIST_HEAD(&conn->behind);
	INIT_LIST_HEAD(&conn->late_tmfs);
	INIT_LIST_HEAD(&conn->late_answers);
	INIT_LIST_HEAD(&conn->txq);
	INIT_LIST_HEAD(&conn->batch->done);
	INIT_LIST_HEAD(&conn->cache.waiting);
	INIT_LIST_HEAD(&conn->reinstate_entry);
	INIT_LIST_HEAD(&conn->stranger);
	INIT_LIST_HEAD(&conn->silent);
	memset(conn->aborted_itt, 0xff, sizeof(conn->aborted_itt));
	ti_rx_init(conn);
	ti_cpu_home(conn);
	return conn;
}

/*
 * The stranger that has to give way: the oldest without a whole request so far,
 * else the oldest. An honest login or discovery takes milliseconds. It is off the
 * lists, so that each costs one look. ti_conns_lock is held.
 */
static struct ti_conn *oldest_stranger(void)
{
	struct ti_conn *conn;

	do {
		conn = list_first_entry_or_null(&ti_silent, struct ti_conn,
						silent);
		if (!conn)
			conn = list_first_entry_or_null(&ti_strangers,
							struct ti_conn,
							stranger);
		if (conn)
			conn_unlist_stranger(conn);
		/* One that ends anyway makes no room. */
	} while (conn && test_bit(TI_CONN_F_CLOSE, &conn->flags));
	return conn;
}

/* Connections above the limit whose end has been asked for. */
#define TI_LOGINS_ENDING	64

/*
 * Is there room for another connection that is not logged in? Past the limit
 * the oldest one ends, so that those who only hold connections keep nobody out.
 */
static bool logins_make_room(int logins)
{
	int max = min_t(unsigned int, READ_ONCE(ti_max_logins),
			INT_MAX - TI_LOGINS_ENDING);
	char peer[TI_ADDR_LEN];
	struct ti_conn *conn;

	if (logins <= max)
		return true;
	if (logins > max + TI_LOGINS_ENDING)
		return false;
	spin_lock(&ti_conns_lock);
	conn = oldest_stranger();
	if (conn) {
		strscpy(peer, conn->peer, sizeof(peer));
		ti_conn_close(conn);
	}
	spin_unlock(&ti_conns_lock);
	if (conn)
		ti_warn("login or discovery from %s ended for a newer one: %d are not logged in to a target (max_logins)\n",
			peer, max);
	return conn;
}

/*
 * From its callbacks on, the work item may run at any time, and may even end the
 * connection. Whoever finds the connection in ti_conns can make it run, too, and when it
 * closes the socket the callbacks must be set. So all of this is done under the lock that
 * they need to find it. conn_free_work() takes it before it frees anything.
 */
static void conn_publish(struct ti_conn *conn)
{
	spin_lock(&ti_conns_lock);
	conn_set_timer(conn, conn->deadline);
	list_add_tail(&conn->entry, &ti_conns);
	list_add_tail(&conn->stranger, &ti_strangers);
	list_add_tail(&conn->silent, &ti_silent);
	conn_set_callbacks(conn);
	/* For what came before the callbacks were there. */
	ti_conn_queue(conn);
	spin_unlock(&ti_conns_lock);
}

/**
 * ti_conn_start - begin with a socket that a portal accepted
 * @portal:	where it came in; not yet held
 * @sock:	the accepted socket
 *
 * May sleep. Takes over @sock and a reference on @portal on success.
 * Return: 0; -EUSERS when too many connections are not logged in (parameter
 * max_logins); -ENOMEM.
 */
int ti_conn_start(struct ti_portal *portal, struct socket *sock)
{
	struct ti_conn *conn;
	int ret;

	if (!logins_make_room(atomic_inc_return(&ti_logins))) {
		ret = -EUSERS;
		goto out_logins;
	}
	conn = conn_alloc(portal, sock);
	if (!conn) {
		ret = -ENOMEM;
		goto out_logins;
	}
	conn_addresses(conn);
	tcp_sock_set_nodelay(sock->sk);
	sock->sk->sk_allocation = GFP_NOIO;
	kref_get(&portal->ref);
	atomic_inc(&ti_nr_conns);
	set_bit(TI_CONN_F_STRANGER, &conn->flags);
	conn->deadline = ti_deadline(TI_LOGIN_TIMEOUT * HZ);
	conn_publish(conn);
	return 0;

out_logins:
	atomic_dec(&ti_logins);
	return ret;
}

/**
 * ti_conn_check_logins - let logins see that their portal group is disabled
 *
 * They hold it, and would keep it until their deadline. Process context.
 */
void ti_conn_check_logins(void)
{
	struct ti_conn *conn;

	spin_lock(&ti_conns_lock);
	list_for_each_entry(conn, &ti_conns, entry)
		if (READ_ONCE(conn->state) == TI_CONN_LOGIN)
			ti_conn_ask(conn, TI_CONN_F_LOGIN_CHECK);
	spin_unlock(&ti_conns_lock);
}

/**
 * ti_conn_wait_all - wait until no connection is left
 *
 * Module exit, when no portal is left to bring new ones. May sleep.
 */
void ti_conn_wait_all(void)
{
	struct ti_conn *conn;

	spin_lock(&ti_conns_lock);
	list_for_each_entry(conn, &ti_conns, entry)
		ti_conn_close(conn);
	spin_unlock(&ti_conns_lock);
	wait_event(ti_conns_gone, !atomic_read(&ti_nr_conns));
}
