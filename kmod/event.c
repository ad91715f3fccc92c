// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what happens to sessions, LUNs and portal groups, told to the sockets
 * in the multicast group of the netlink family.
 *
 * An event costs a look at a bitmap when nobody listens. It never waits: one
 * for which there is no memory is lost, and so are those beyond a rate of kinds
 * that a peer can cause as often as it likes. What is lost is counted, and the
 * next event says how many there were.
 */
#include <linux/ktime.h>
#include <linux/ratelimit.h>
#include <net/genetlink.h>

#include "event.h"
#include "netlink.h"
#include "ti.h"

/* A second, of each kind that a peer can cause at will. */
#define EVENT_BURST	50

static atomic64_t ti_lost;
static struct ratelimit_state refused_limit =
	RATELIMIT_STATE_INIT_FLAGS(refused_limit, HZ, EVENT_BURST,
				   RATELIMIT_MSG_ON_RELEASE);
static struct ratelimit_state digest_limit =
	RATELIMIT_STATE_INIT_FLAGS(digest_limit, HZ, EVENT_BURST,
				   RATELIMIT_MSG_ON_RELEASE);

/**
 * ti_events_lost - how many events were not sent
 *
 * Any context.
 */
u64 ti_events_lost(void)
{
	return atomic64_read(&ti_lost);
}

/* An event on its way. */
struct event {
	struct net	*net;
	struct sk_buff	*skb;
	void		*hdr;
};

/* False when nobody listens, or there is no memory. */
static bool event_begin(struct event *e, struct net *net,
			enum tcm_iscsi_event event)
{
	if (!genl_has_listeners(&ti_genl_family, net, 0))
		return false;
	e->net = net;
	e->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (!e->skb)
		goto out_lost;
	e->hdr = genlmsg_put(e->skb, 0, 0, &ti_genl_family, 0,
			     TCM_ISCSI_CMD_EVENT);
	if (!e->hdr || nla_put_u32(e->skb, TCM_ISCSI_A_EVENT, event) ||
	    ti_put_u64(e->skb, TCM_ISCSI_A_EVENT_TIME, ktime_get_real_ns()) ||
	    ti_put_u64(e->skb, TCM_ISCSI_A_EVENTS_LOST, ti_events_lost()))
		goto out_free;
	return true;

out_free:
	nlmsg_free(e->skb);
out_lost:
	atomic64_inc(&ti_lost);
	return false;
}

/* @error: of putting what it has to say. */
static void event_end(struct event *e, int error)
{
	if (error) {
		nlmsg_free(e->skb);
		atomic64_inc(&ti_lost);
		return;
	}
	genlmsg_end(e->skb, e->hdr);
	/* Those whose buffer is full are told so by their socket. */
	genlmsg_multicast_netns(&ti_genl_family, e->net, e->skb, 0, 0,
				GFP_NOWAIT | __GFP_NOWARN);
}

/* False: too many of that kind. */
static bool event_allowed(struct net *net, struct ratelimit_state *limit)
{
	if (!genl_has_listeners(&ti_genl_family, net, 0))
		return false;
	if (__ratelimit(limit))
		return true;
	atomic64_inc(&ti_lost);
	return false;
}

static int put_why(struct sk_buff *skb, const char *why)
{
	return why ? nla_put_string(skb, TCM_ISCSI_A_REASON, why) : 0;
}

/* ---- sessions ---- */

/**
 * ti_event_login - a session began
 * @sess:	the session
 */
void ti_event_login(const struct ti_sess *sess)
{
	struct event e;
	int ret;

	if (!event_begin(&e, sess->conn->portal->net, TCM_ISCSI_EVENT_LOGIN))
		return;
	ret = ti_put_sess_names(e.skb, sess);
	if (!ret)
		ret = nla_put_string(e.skb, TCM_ISCSI_A_ALIAS, sess->alias);
	if (!ret && sess->chap_user)
		ret = nla_put_string(e.skb, TCM_ISCSI_A_CHAP_USER,
				     sess->chap_user);
	event_end(&e, ret);
}

/* Its end is told once, by who is first to know; and only if its begin was. */
static bool end_is_news(const struct ti_sess *sess)
{
	return READ_ONCE(sess->announced) &&
	       !test_and_set_bit(TI_CONN_F_END_TOLD, &sess->conn->flags);
}

/**
 * ti_event_session_end - a session ends
 * @sess:	kept by the caller
 * @event:	how
 * @why:	for people, or NULL
 *
 * Nothing is said when its end has been told before.
 */
void ti_event_session_end(const struct ti_sess *sess,
			  enum tcm_iscsi_event event, const char *why)
{
	struct event e;

	if (!end_is_news(sess) ||
	    !event_begin(&e, sess->conn->portal->net, event))
		return;
	event_end(&e, ti_put_sess_names(e.skb, sess) ?: put_why(e.skb, why));
}

/**
 * ti_event_timeout - a session ends, its initiator was silent for too long
 * @sess:	kept by the caller
 * @which:	what was waited for
 * @why:	for people
 */
void ti_event_timeout(const struct ti_sess *sess, enum tcm_iscsi_timeout which,
		      const char *why)
{
	struct event e;

	if (!end_is_news(sess) ||
	    !event_begin(&e, sess->conn->portal->net, TCM_ISCSI_EVENT_TIMEOUT))
		return;
	event_end(&e, ti_put_sess_names(e.skb, sess) ?:
		      nla_put_u8(e.skb, TCM_ISCSI_A_TIMEOUT, which) ?:
		      put_why(e.skb, why));
}

/**
 * ti_event_digest_error - a PDU was damaged on its way
 * @sess:	kept by the caller
 * @why:	which digest
 */
void ti_event_digest_error(const struct ti_sess *sess, const char *why)
{
	struct net *net = sess->conn->portal->net;
	struct event e;

	if (!READ_ONCE(sess->announced) ||
	    !event_allowed(net, &digest_limit) ||
	    !event_begin(&e, net, TCM_ISCSI_EVENT_DIGEST_ERROR))
		return;
	event_end(&e, ti_put_sess_names(e.skb, sess) ?: put_why(e.skb, why));
}

/* ---- logins ---- */

static int put_name(struct sk_buff *skb, int attr, const char *name)
{
	return name && *name ? nla_put_string(skb, attr, name) : 0;
}

static int put_reason(struct sk_buff *skb, const struct ti_event_refusal *r)
{
	char text[128];

	if (!r->key)
		return put_why(skb, r->why);
	scnprintf(text, sizeof(text), "%s: %s", r->key, r->why);
	return put_why(skb, text);
}

static int put_status(struct sk_buff *skb, const struct ti_event_refusal *r)
{
	if (!r->status)
		return nla_put_u8(skb, TCM_ISCSI_A_TIMEOUT,
				  TCM_ISCSI_TIMEOUT_LOGIN);
	return nla_put_u8(skb, TCM_ISCSI_A_STATUS_CLASS, r->status >> 8) ?:
	       nla_put_u8(skb, TCM_ISCSI_A_STATUS_DETAIL, r->status & 0xff);
}

static int put_refusal(struct sk_buff *skb, const struct ti_conn *conn,
		       const struct ti_event_refusal *r)
{
	int ret;

	ret = put_status(skb, r);
	if (!ret)
		ret = put_reason(skb, r);
	if (!ret)
		ret = put_name(skb, TCM_ISCSI_A_TARGET, r->target);
	if (!ret && r->tpg)
		ret = nla_put_u16(skb, TCM_ISCSI_A_TPGT, r->tpg->tag);
	if (!ret)
		ret = put_name(skb, TCM_ISCSI_A_INITIATOR, r->initiator);
	return ret ?: ti_put_addresses(skb, conn);
}

/**
 * ti_event_login_refused - a login has ended without a session
 * @conn:	its connection
 * @refusal:	what is known of it
 */
void ti_event_login_refused(const struct ti_conn *conn,
			    const struct ti_event_refusal *refusal)
{
	struct net *net = conn->portal->net;
	struct event e;

	if (!event_allowed(net, &refused_limit) ||
	    !event_begin(&e, net, refusal->status ?
				  TCM_ISCSI_EVENT_LOGIN_REFUSED :
				  TCM_ISCSI_EVENT_TIMEOUT))
		return;
	event_end(&e, put_refusal(e.skb, conn, refusal));
}

/* ---- configuration ---- */

struct config_event {
	const struct ti_tpg	*tpg;
	enum tcm_iscsi_event	event;
	u64			lun;		/* TI_NO_LUN: none */
	const char		*device;
};

static void config_tell(struct net *net, const struct config_event *c)
{
	struct event e;
	int ret;

	if (!event_begin(&e, net, c->event))
		return;
	ret = ti_put_tpg(e.skb, c->tpg);
	if (!ret && c->lun != TI_NO_LUN)
		ret = ti_put_u64(e.skb, TCM_ISCSI_A_LUN, c->lun) ?:
		      put_name(e.skb, TCM_ISCSI_A_DEVICE, c->device);
	event_end(&e, ret);
}

/* Is there a portal before @last in the same namespace? Locked as below. */
static bool net_was_told(const struct ti_target *target,
			 const struct ti_tpg_portal *last)
{
	const struct ti_tpg_portal *np;
	const struct ti_tpg *tpg;

	list_for_each_entry(tpg, &target->tpgs, entry) {
		list_for_each_entry(np, &tpg->portals, tpg_entry) {
			if (np == last)
				return false;
			if (net_eq(np->portal->net, last->portal->net))
				return true;
		}
	}
	return false;
}

static void config_event(const struct config_event *c)
{
	const struct ti_target *target = c->tpg->target;
	const struct ti_tpg_portal *np;
	const struct ti_tpg *tpg;
	bool told = false;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(tpg, &target->tpgs, entry) {
		list_for_each_entry(np, &tpg->portals, tpg_entry) {
			if (!net_was_told(target, np))
				config_tell(np->portal->net, c);
			told = true;
		}
	}
	spin_unlock(&ti_targets_lock);
	if (!told)
		config_tell(&init_net, c);
}

/**
 * ti_event_tpg - a portal group was enabled or disabled
 * @tpg:	the portal group; its directory is there
 * @event:	which of the two
 */
void ti_event_tpg(const struct ti_tpg *tpg, enum tcm_iscsi_event event)
{
	const struct config_event c = {
		.tpg = tpg, .event = event, .lun = TI_NO_LUN,
	};

	config_event(&c);
}

/**
 * ti_event_lun - a portal group got or loses a LUN
 * @tpg:	the portal group; its directory is there
 * @event:	which of the two
 * @lun:	its number
 * @device:	plugin and name of what is behind it
 */
void ti_event_lun(const struct ti_tpg *tpg, enum tcm_iscsi_event event,
		  u64 lun, const char *device)
{
	const struct config_event c = {
		.tpg = tpg, .event = event, .lun = lun, .device = device,
	};

	config_event(&c);
}
