// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: sessions and their statistics for those who ask,
 * and eviction. <linux/tcm_iscsi.h> describes it; message.c puts messages together,
 * event.c is about events.
 *
 * A dump holds nothing from one message to the next. It goes by the session's
 * index (and LUN), so it goes on from there whatever came and went; the lock of
 * ti_sessions keeps a session while its message is written. The data path never
 * takes that lock.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "event.h"
#include "netlink.h"
#include "stats.h"
#include "ti.h"

/* The longest message, with two full histograms, is shorter. */
#define DUMP_MIN_ALLOC	8192

/* ---- filters ---- */

/* What a request asks for; pointers into it, which lives as long as the dump. */
struct filter {
	const struct net	*net;
	u32			id;		/* 0: any */
	const char		*target;	/* NULL: any */
	const char		*initiator;
	bool			histogram;
};

static void filter_init(struct filter *f, const struct net *net,
			struct nlattr **attrs)
{
	*f = (struct filter) { .net = net };
	if (attrs[TCM_ISCSI_A_SESSION_ID])
		f->id = nla_get_u32(attrs[TCM_ISCSI_A_SESSION_ID]);
	if (attrs[TCM_ISCSI_A_TARGET])
		f->target = nla_data(attrs[TCM_ISCSI_A_TARGET]);
	if (attrs[TCM_ISCSI_A_INITIATOR])
		f->initiator = nla_data(attrs[TCM_ISCSI_A_INITIATOR]);
	f->histogram = attrs[TCM_ISCSI_A_WITH_HISTOGRAM];
}

static bool filter_fits(const struct filter *f, const struct ti_sess *sess)
{
	if (!net_eq(sess->conn->portal->net, f->net))
		return false;
	if (f->id && sess->index != f->id)
		return false;
	if (f->target && (!sess->tpg || strcasecmp(sess->tpg->target->name,
						   f->target)))
		return false;
	return !f->initiator || !strcasecmp(sess->initiator, f->initiator);
}

/* ---- dumping sessions and LUNs ---- */

/**
 * struct dump - one call of a dump
 * @skb:	what is filled
 * @cb:		the dump; args[0] is the index of the session to go on with,
 *		args[1] the LUN of it, args[2] says that there are no more
 * @filter:	what is asked for
 */
struct dump {
	struct sk_buff		*skb;
	struct netlink_callback	*cb;
	struct filter		filter;
};

static void *message_begin(struct dump *d, u8 cmd)
{
	void *hdr = genlmsg_put(d->skb, NETLINK_CB(d->cb->skb).portid,
				d->cb->nlh->nlmsg_seq, &ti_genl_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(d->cb, hdr);
	return hdr;
}

static int message_end(struct dump *d, void *hdr, int ret)
{
	if (ret)
		genlmsg_cancel(d->skb, hdr);
	else
		genlmsg_end(d->skb, hdr);
	return ret;
}

static int dump_session(struct dump *d, struct ti_sess *sess)
{
	void *hdr = message_begin(d, TCM_ISCSI_CMD_GET_SESSION);

	if (!hdr)
		return -EMSGSIZE;
	return message_end(d, hdr, ti_put_sess_all(d->skb, sess,
						   d->filter.histogram));
}

static int dump_lun(struct dump *d, const struct ti_sess *sess, u64 lun,
		    const struct ti_io_stats *io)
{
	void *hdr = message_begin(d, TCM_ISCSI_CMD_GET_LUN);

	if (!hdr)
		return -EMSGSIZE;
	return message_end(d, hdr, ti_put_lun(d->skb, sess, lun, io,
					      d->filter.histogram));
}

static int dump_luns(struct dump *d, struct ti_sess *sess)
{
	unsigned long lun = d->cb->args[1];
	const struct ti_io_stats *io;
	int ret;

	xa_for_each_start(&sess->luns, lun, io, lun) {
		ret = dump_lun(d, sess, lun, io);
		if (ret) {
			d->cb->args[1] = lun;
			return ret;
		}
	}
	d->cb->args[1] = 0;
	return 0;
}

typedef int (*dump_fn)(struct dump *d, struct ti_sess *sess);

/* The session with the index @at or the next one that there is. */
static int dump_next(struct dump *d, unsigned long *at, dump_fn fn)
{
	struct ti_sess *sess;
	unsigned long index = *at;
	int ret = 0;

	xa_lock(&ti_sessions);
	sess = xa_find(&ti_sessions, &index, U32_MAX, XA_PRESENT);
	if (!sess)
		ret = -ENOENT;
	/* What was half written is of another one, which has gone. */
	else if (index != *at)
		d->cb->args[1] = 0;
	if (sess && filter_fits(&d->filter, sess))
		ret = fn(d, sess);
	xa_unlock(&ti_sessions);
	*at = ret ? index : index + 1;
	return ret;
}

static int dump_all(struct sk_buff *skb, struct netlink_callback *cb,
		    dump_fn fn)
{
	struct dump d = { .skb = skb, .cb = cb };
	unsigned long at = cb->args[0];
	int ret = 0;

	if (cb->args[2])
		return 0;
	filter_init(&d.filter, sock_net(skb->sk), ti_dump_attrs(cb));
	cb->seq = ti_sess_generation();
	if (d.filter.id)
		at = max_t(unsigned long, at, d.filter.id);
	while (!ret && (!d.filter.id || at <= d.filter.id))
		ret = dump_next(&d, &at, fn);
	if (ret == -EMSGSIZE && !skb->len)
		return ret;
	cb->args[0] = at;
	cb->args[2] = ret != -EMSGSIZE;
	return skb->len;
}

static int dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_MIN_ALLOC;
	return 0;
}

static int get_session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_all(skb, cb, dump_session);
}

static int get_lun_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_all(skb, cb, dump_luns);
}

/* ---- dumping targets ---- */

/* ti_targets_lock is held. */
static bool target_in_net(const struct ti_target *target, const struct net *net)
{
	const struct ti_tpg_portal *np;
	const struct ti_tpg *tpg;
	bool any = false;

	list_for_each_entry(tpg, &target->tpgs, entry) {
		list_for_each_entry(np, &tpg->portals, tpg_entry) {
			if (net_eq(np->portal->net, net))
				return true;
			any = true;
		}
	}
	return !any && net_eq(net, &init_net);
}

/* ti_targets_lock is held. */
static u32 target_sessions(struct ti_target *target, const struct net *net)
{
	const struct ti_sess *sess;
	struct ti_tpg *tpg;
	u32 n = 0;

	list_for_each_entry(tpg, &target->tpgs, entry) {
		spin_lock(&tpg->lock);
		list_for_each_entry(sess, &tpg->sessions, entry)
			n += net_eq(sess->conn->portal->net, net);
		spin_unlock(&tpg->lock);
	}
	return n;
}

static int put_target_counters(struct sk_buff *skb,
			       const struct ti_target_counters *c)
{
	return ti_put_u64(skb, TCM_ISCSI_A_LOGINS, c->logins) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LOGINS_NOT_AUTHENTICATED,
			  c->not_authenticated) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LOGINS_NOT_AUTHORIZED,
			  c->not_authorized) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LOGINS_NOT_NEGOTIATED,
			  c->not_negotiated) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LOGINS_FAILED, c->failed) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_DIGEST_ERRORS, c->digest_errors) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_TIMEOUT_ERRORS,
			   c->timeout_errors) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_FORMAT_ERRORS, c->format_errors) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LOGOUTS, c->logouts) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LOGOUTS_ABNORMAL,
			  c->logouts_abnormal);
}

static int dump_target(struct dump *d, struct ti_target *target)
{
	void *hdr = message_begin(d, TCM_ISCSI_CMD_GET_TARGET);
	struct ti_target_counters counters;
	int ret;

	if (!hdr)
		return -EMSGSIZE;
	ti_stats_read(target, &counters);
	ret = nla_put_string(d->skb, TCM_ISCSI_A_TARGET, target->name) ?:
	      nla_put_u32(d->skb, TCM_ISCSI_A_NR_SESSIONS,
			  target_sessions(target, d->filter.net)) ?:
	      put_target_counters(d->skb, &counters);
	return message_end(d, hdr, ret);
}

/* The target with the lowest index from @at on. ti_targets_lock is held. */
static struct ti_target *target_from(unsigned long at)
{
	struct ti_target *target, *found = NULL;

	list_for_each_entry(target, &ti_targets, entry)
		if (target->index >= at &&
		    (!found || target->index < found->index))
			found = target;
	return found;
}

static bool target_fits(const struct filter *f, const struct ti_target *target)
{
	return target_in_net(target, f->net) &&
	       (!f->target || !strcasecmp(target->name, f->target));
}

static int get_target_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump d = { .skb = skb, .cb = cb };
	struct ti_target *target;
	int ret = 0;

	filter_init(&d.filter, sock_net(skb->sk), ti_dump_attrs(cb));
	cb->seq = 1;
	do {
		spin_lock(&ti_targets_lock);
		target = target_from(cb->args[0]);
		if (target && target_fits(&d.filter, target))
			ret = dump_target(&d, target);
		if (target && !ret)
			cb->args[0] = target->index + 1;
		spin_unlock(&ti_targets_lock);
	} while (target && !ret);
	return ret && !skb->len ? ret : skb->len;
}

/* ---- the rest ---- */

static u32 net_sessions(const struct net *net)
{
	const struct ti_sess *sess;
	unsigned long index;
	u32 n = 0;

	xa_lock(&ti_sessions);
	xa_for_each(&ti_sessions, index, sess)
		n += net_eq(sess->conn->portal->net, net);
	xa_unlock(&ti_sessions);
	return n;
}

static struct sk_buff *reply_begin(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &ti_genl_family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int reply_end(struct genl_info *info, struct sk_buff *skb, void *hdr,
		     int ret)
{
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static int get_info_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *hdr;

	skb = reply_begin(info, TCM_ISCSI_CMD_GET_INFO, &hdr);
	if (!skb)
		return -ENOMEM;
	return reply_end(info, skb, hdr,
			 nla_put_string(skb, TCM_ISCSI_A_FABRIC, ti_fabric) ?:
			 nla_put_u32(skb, TCM_ISCSI_A_NR_SESSIONS,
				     net_sessions(genl_info_net(info))) ?:
			 ti_put_u64(skb, TCM_ISCSI_A_EVENTS_LOST,
				    ti_events_lost()));
}

static u32 evict_all(const struct filter *f)
{
	struct ti_sess *sess;
	unsigned long index;
	u32 n = 0;

	xa_lock(&ti_sessions);
	xa_for_each(&ti_sessions, index, sess) {
		if (!filter_fits(f, sess))
			continue;
		ti_sess_evict(sess);
		n++;
	}
	xa_unlock(&ti_sessions);
	return n;
}

static int evict_doit(struct sk_buff *request, struct genl_info *info)
{
	struct filter f;
	struct sk_buff *skb;
	void *hdr;
	u32 n;

	filter_init(&f, genl_info_net(info), info->attrs);
	if (!f.id && !f.target && !f.initiator) {
		GENL_SET_ERR_MSG(info, "which session, target or initiator?");
		return -EINVAL;
	}
	/* First, so that what was done can be told. */
	skb = reply_begin(info, TCM_ISCSI_CMD_EVICT, &hdr);
	if (!skb)
		return -ENOMEM;
	n = evict_all(&f);
	if (!n)
		GENL_SET_ERR_MSG(info, "no such session");
	return reply_end(info, skb, hdr, n ?
			 nla_put_u32(skb, TCM_ISCSI_A_NR_SESSIONS, n) : -ENOENT);
}

/* ---- the family ---- */

static const struct nla_policy session_policy[TCM_ISCSI_A_WITH_HISTOGRAM + 1] = {
	[TCM_ISCSI_A_SESSION_ID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[TCM_ISCSI_A_TARGET]		= { .type = NLA_NUL_STRING,
					    .len = TI_NAME_LEN - 1 },
	[TCM_ISCSI_A_INITIATOR]		= { .type = NLA_NUL_STRING,
					    .len = TI_NAME_LEN - 1 },
	[TCM_ISCSI_A_WITH_HISTOGRAM]	= { .type = NLA_FLAG },
};

static const struct genl_ops ti_genl_ops[] = {
	{
		.cmd		= TCM_ISCSI_CMD_GET_INFO,
		.flags		= GENL_ADMIN_PERM,
		.doit		= get_info_doit,
	},
	{
		.cmd		= TCM_ISCSI_CMD_GET_SESSION,
		.flags		= GENL_ADMIN_PERM,
		.start		= dump_start,
		.dumpit		= get_session_dump,
	},
	{
		.cmd		= TCM_ISCSI_CMD_GET_LUN,
		.flags		= GENL_ADMIN_PERM,
		.start		= dump_start,
		.dumpit		= get_lun_dump,
	},
	{
		.cmd		= TCM_ISCSI_CMD_GET_TARGET,
		.flags		= GENL_ADMIN_PERM,
		.dumpit		= get_target_dump,
	},
	{
		.cmd		= TCM_ISCSI_CMD_EVICT,
		.flags		= GENL_ADMIN_PERM,
		.doit		= evict_doit,
	},
};

static const struct genl_multicast_group ti_genl_groups[] = {
	{ .name = TCM_ISCSI_GENL_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family ti_genl_family __ro_after_init = {
	.name		= TCM_ISCSI_GENL_NAME,
	.version	= TCM_ISCSI_GENL_VERSION,
	.maxattr	= ARRAY_SIZE(session_policy) - 1,
	.policy		= session_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= ti_genl_ops,
	.n_ops		= ARRAY_SIZE(ti_genl_ops),
	.mcgrps		= ti_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(ti_genl_groups),
};

/**
 * ti_netlink_init - make the family known
 *
 * Module init. Return: 0; -EEXIST when another module has one of that name.
 */
int __init ti_netlink_init(void)
{
	int ret = genl_register_family(&ti_genl_family);

	if (ret)
		pr_err("tcm_iscsi: no netlink family " TCM_ISCSI_GENL_NAME " (%d)\n",
		       ret);
	return ret;
}

/**
 * ti_netlink_exit - the family goes; who listens is told by the kernel
 *
 * Module exit, after the last event.
 */
void ti_netlink_exit(void)
{
	genl_unregister_family(&ti_genl_family);
}
