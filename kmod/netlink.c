// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: sessions and their statistics for those who ask,
 * and eviction. <linux/tcm_iscsi.h> describes it; event.c is about events.
 *
 * A dump holds nothing from one message to the next. It goes by the session's
 * index (and LUN), so it goes on from there whatever came and went; the lock of
 * ti_sessions keeps a session while its message is written. The data path never
 * takes that lock.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/string.h>

#include "event.h"
#include "iostat.h"
#include "netlink.h"
#include "ti.h"

/* The longest message, with two full histograms, is shorter. */
#define DUMP_MIN_ALLOC	8192

/* ---- parts of messages ---- */

/**
 * ti_put_tpg - put the name and the tag of a portal group into a message
 * @skb:	the message
 * @tpg:	kept by the caller
 *
 * Any context. Return: 0, or -EMSGSIZE when the message is full.
 */
int ti_put_tpg(struct sk_buff *skb, const struct ti_tpg *tpg)
{
	return nla_put_string(skb, TCM_ISCSI_A_TARGET, tpg->target->name) ?:
	       nla_put_u16(skb, TCM_ISCSI_A_TPGT, tpg->tag);
}

static int put_conn_addresses(struct sk_buff *skb, const struct ti_conn *conn)
{
	return nla_put_string(skb, TCM_ISCSI_CONN_LOCAL, conn->local) ?:
	       nla_put_string(skb, TCM_ISCSI_CONN_PEER, conn->peer);
}

/**
 * ti_put_addresses - put TCM_ISCSI_A_CONNECTION with the addresses alone into a message
 * @skb:	the message
 * @conn:	kept by the caller
 *
 * Any context. Return: 0, or -EMSGSIZE when the message is full.
 */
int ti_put_addresses(struct sk_buff *skb, const struct ti_conn *conn)
{
	struct nlattr *nest = nla_nest_start(skb, TCM_ISCSI_A_CONNECTION);

	if (!nest || put_conn_addresses(skb, conn))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The names of a session, which other messages have too. */
static int put_names(struct sk_buff *skb, const struct ti_sess *sess)
{
	int ret;

	ret = nla_put_u32(skb, TCM_ISCSI_A_SESSION_ID, sess->index);
	if (!ret && sess->tpg)
		ret = ti_put_tpg(skb, sess->tpg);
	return ret ?: nla_put_string(skb, TCM_ISCSI_A_INITIATOR,
				     sess->initiator);
}

static int put_isid(struct sk_buff *skb, const struct ti_sess *sess)
{
	return nla_put(skb, TCM_ISCSI_A_ISID, TI_ISID_LEN, sess->isid) ?:
	       nla_put_u16(skb, TCM_ISCSI_A_TSIH, sess->tsih);
}

/**
 * ti_put_sess - say in a message which session it is about
 * @skb:	the message
 * @sess:	kept by the caller
 *
 * Any context. Return: 0, or -EMSGSIZE when the message is full.
 */
int ti_put_sess(struct sk_buff *skb, const struct ti_sess *sess)
{
	const struct ti_conn *conn = sess->conn;
	struct nlattr *nest;

	if (put_names(skb, sess) || put_isid(skb, sess))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, TCM_ISCSI_A_CONNECTION);
	if (!nest || nla_put_u16(skb, TCM_ISCSI_CONN_CID, conn->cid) ||
	    put_conn_addresses(skb, conn))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static enum tcm_iscsi_state state_of(const struct ti_conn *conn)
{
	switch (READ_ONCE(conn->state)) {
	case TI_CONN_DRAINING:
		return TCM_ISCSI_STATE_LOGOUT;
	case TI_CONN_CLOSING:
	case TI_CONN_CLOSED:
		return TCM_ISCSI_STATE_CLEANUP;
	default:
		return TCM_ISCSI_STATE_LOGGED_IN;
	}
}

static int put_conn(struct sk_buff *skb, const struct ti_conn *conn)
{
	unsigned long idle = jiffies - READ_ONCE(conn->last_rx);
	struct nlattr *nest = nla_nest_start(skb, TCM_ISCSI_A_CONNECTION);

	if (!nest || nla_put_u16(skb, TCM_ISCSI_CONN_CID, conn->cid) ||
	    nla_put_u8(skb, TCM_ISCSI_CONN_STATE, state_of(conn)) ||
	    put_conn_addresses(skb, conn) ||
	    nla_put_u32(skb, TCM_ISCSI_CONN_STAT_SN, READ_ONCE(conn->stat_sn)) ||
	    nla_put_u64_64bit(skb, TCM_ISCSI_CONN_IDLE, jiffies_to_msecs(idle),
			      TCM_ISCSI_CONN_PAD) ||
	    nla_put_u32(skb, TCM_ISCSI_CONN_CPU, READ_ONCE(conn->cpu)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_param_flags(struct sk_buff *skb, const struct ti_params *p)
{
	return nla_put_u8(skb, TCM_ISCSI_PARAM_HEADER_DIGEST,
			  p->header_digest) ?:
	       nla_put_u8(skb, TCM_ISCSI_PARAM_DATA_DIGEST, p->data_digest) ?:
	       nla_put_u8(skb, TCM_ISCSI_PARAM_INITIAL_R2T, p->initial_r2t) ?:
	       nla_put_u8(skb, TCM_ISCSI_PARAM_IMMEDIATE_DATA,
			  p->immediate_data) ?:
	       nla_put_u8(skb, TCM_ISCSI_PARAM_DATA_PDU_IN_ORDER,
			  p->data_pdu_in_order) ?:
	       nla_put_u8(skb, TCM_ISCSI_PARAM_DATA_SEQUENCE_IN_ORDER,
			  p->data_seq_in_order);
}

static int put_param_numbers(struct sk_buff *skb, const struct ti_params *p)
{
	return nla_put_u32(skb, TCM_ISCSI_PARAM_MAX_RECV_DSL,
			   p->max_recv_dsl) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_MAX_XMIT_DSL,
			   p->max_xmit_dsl) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_MAX_BURST, p->max_burst) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_FIRST_BURST, p->first_burst) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_MAX_CONNECTIONS,
			   p->max_connections) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_MAX_OUTSTANDING_R2T,
			   p->max_r2t) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_TIME2WAIT, p->time2wait) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_TIME2RETAIN, p->time2retain) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_ERROR_RECOVERY_LEVEL, p->erl) ?:
	       nla_put_u32(skb, TCM_ISCSI_PARAM_PROTOCOL_LEVEL,
			   p->protocol_level);
}

static int put_params(struct sk_buff *skb, const struct ti_params *params)
{
	struct nlattr *nest = nla_nest_start(skb, TCM_ISCSI_A_PARAMS);

	if (!nest || put_param_flags(skb, params) ||
	    put_param_numbers(skb, params))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static enum tcm_iscsi_command_state command_state(u8 state)
{
	switch (state) {
	case TI_CMD_WAITING:
		return TCM_ISCSI_COMMAND_WAITING;
	case TI_CMD_EXECUTING:
		return TCM_ISCSI_COMMAND_EXECUTING;
	case TI_CMD_RESPONDING:
	case TI_CMD_RELEASING:
		return TCM_ISCSI_COMMAND_RESPONDING;
	default:
		return TCM_ISCSI_COMMAND_QUEUED;
	}
}

static int put_oldest(struct sk_buff *skb, const struct ti_sess *sess)
{
	const struct ti_cmd *cmd = ti_task_oldest(sess);
	struct nlattr *nest;
	s64 age;

	if (!cmd)
		return 0;
	age = ktime_get_ns() - READ_ONCE(cmd->received_ns);
	nest = nla_nest_start(skb, TCM_ISCSI_A_OLDEST_COMMAND);
	if (!nest ||
	    nla_put_u64_64bit(skb, TCM_ISCSI_COMMAND_AGE,
			      div_u64(max_t(s64, age, 0), NSEC_PER_MSEC),
			      TCM_ISCSI_COMMAND_PAD) ||
	    nla_put_u32(skb, TCM_ISCSI_COMMAND_ITT, READ_ONCE(cmd->itt)) ||
	    nla_put_u64_64bit(skb, TCM_ISCSI_COMMAND_LUN, READ_ONCE(cmd->lun),
			      TCM_ISCSI_COMMAND_PAD) ||
	    nla_put_u8(skb, TCM_ISCSI_COMMAND_OPCODE,
		       READ_ONCE(cmd->scsi_hdr.cdb[0])) ||
	    nla_put_u8(skb, TCM_ISCSI_COMMAND_STATE,
		       command_state(READ_ONCE(cmd->state))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- READs and WRITEs ---- */

static int put_io_u64(struct sk_buff *skb, int attr, const u64 *value)
{
	return nla_put_u64_64bit(skb, attr, value ? READ_ONCE(*value) : 0,
				 TCM_ISCSI_IO_PAD);
}

/* From the first bucket with something in it to the last. */
static int put_hist(struct sk_buff *skb, int first_attr, int attr,
		    const u64 *hist)
{
	unsigned int i, first = 0, end = TCM_ISCSI_HIST_BUCKETS;
	struct nlattr *nla;
	u64 *to;

	while (end && !READ_ONCE(hist[end - 1]))
		end--;
	while (first < end && !READ_ONCE(hist[first]))
		first++;
	if (first == end)
		return 0;
	if (nla_put_u32(skb, first_attr, first))
		return -EMSGSIZE;
	nla = nla_reserve_64bit(skb, attr, (end - first) * sizeof(*hist),
				TCM_ISCSI_IO_PAD);
	if (!nla)
		return -EMSGSIZE;
	to = nla_data(nla);
	for (i = first; i < end; i++) {
		u64 count = READ_ONCE(hist[i]);

		memcpy(to++, &count, sizeof(count));
	}
	return 0;
}

static int put_hists(struct sk_buff *skb, const struct ti_io_stats *io)
{
	return put_hist(skb, TCM_ISCSI_IO_READ_HIST_FIRST,
			TCM_ISCSI_IO_READ_HIST, io->hist[TI_IO_READ]) ?:
	       put_hist(skb, TCM_ISCSI_IO_WRITE_HIST_FIRST,
			TCM_ISCSI_IO_WRITE_HIST, io->hist[TI_IO_WRITE]);
}

/* @io: NULL when there was none yet. */
static int put_io(struct sk_buff *skb, const struct ti_io_stats *io,
		  bool histogram)
{
	struct nlattr *nest = nla_nest_start(skb, TCM_ISCSI_A_IO);
	const u64 *count = io ? io->count : NULL;
	const u64 *bytes = io ? io->bytes : NULL;
	const u64 *ns = io ? io->ns : NULL;

	if (!nest ||
	    put_io_u64(skb, TCM_ISCSI_IO_READS, count) ||
	    put_io_u64(skb, TCM_ISCSI_IO_WRITES, io ? count + 1 : NULL) ||
	    put_io_u64(skb, TCM_ISCSI_IO_READ_BYTES, bytes) ||
	    put_io_u64(skb, TCM_ISCSI_IO_WRITE_BYTES, io ? bytes + 1 : NULL) ||
	    put_io_u64(skb, TCM_ISCSI_IO_READ_NS, ns) ||
	    put_io_u64(skb, TCM_ISCSI_IO_WRITE_NS, io ? ns + 1 : NULL) ||
	    (io && histogram && put_hists(skb, io)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

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

static int put_state(struct sk_buff *skb, const struct ti_sess *sess)
{
	u64 age = ktime_get_ns() - sess->created_ns;

	return nla_put_u8(skb, TCM_ISCSI_A_SESSION_TYPE, sess->tpg ?
			  TCM_ISCSI_SESSION_NORMAL :
			  TCM_ISCSI_SESSION_DISCOVERY) ?:
	       nla_put_u8(skb, TCM_ISCSI_A_SESSION_STATE,
			  state_of(sess->conn)) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_AGE, div_u64(age, NSEC_PER_MSEC)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_EXP_CMD_SN,
			   READ_ONCE(sess->exp_cmd_sn)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_MAX_CMD_SN,
			   READ_ONCE(sess->max_cmd_sn)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_WINDOW, READ_ONCE(sess->window)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_COMMANDS_IN_FLIGHT,
			   READ_ONCE(sess->in_window));
}

static int put_counters(struct sk_buff *skb, const struct ti_sess *sess)
{
	return ti_put_u64(skb, TCM_ISCSI_A_COMMANDS, READ_ONCE(sess->cmds)) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_RX_BYTES,
			  READ_ONCE(sess->rx_bytes)) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_TX_BYTES,
			  READ_ONCE(sess->tx_bytes)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_DIGEST_ERRORS,
			   READ_ONCE(sess->digest_errors)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_TIMEOUT_ERRORS,
			   READ_ONCE(sess->timeout_errors)) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_FORMAT_ERRORS,
			   READ_ONCE(sess->format_errors));
}

static int put_session(struct dump *d, const struct ti_sess *sess)
{
	struct sk_buff *skb = d->skb;
	int ret;

	ret = put_names(skb, sess) ?: put_isid(skb, sess);
	if (!ret)
		ret = nla_put_string(skb, TCM_ISCSI_A_ALIAS, sess->alias);
	if (!ret && sess->chap_user)
		ret = nla_put_string(skb, TCM_ISCSI_A_CHAP_USER,
				     sess->chap_user);
	if (!ret)
		ret = put_state(skb, sess) ?: put_counters(skb, sess);
	if (!ret)
		/* Pairs with ti_io_begin(). */
		ret = put_io(skb, smp_load_acquire(&sess->io),
			     d->filter.histogram);
	if (!ret)
		ret = put_oldest(skb, sess) ?: put_params(skb, &sess->params);
	return ret ?: put_conn(skb, sess->conn);
}

static int dump_session(struct dump *d, struct ti_sess *sess)
{
	void *hdr = message_begin(d, TCM_ISCSI_CMD_GET_SESSION);

	if (!hdr)
		return -EMSGSIZE;
	return message_end(d, hdr, put_session(d, sess));
}

static int put_lun(struct dump *d, const struct ti_sess *sess, u64 lun,
		   const struct ti_io_stats *io)
{
	return put_names(d->skb, sess) ?:
	       ti_put_u64(d->skb, TCM_ISCSI_A_LUN, lun) ?:
	       nla_put_u32(d->skb, TCM_ISCSI_A_COMMANDS_IN_FLIGHT,
			   READ_ONCE(io->in_flight)) ?:
	       put_io(d->skb, io, d->filter.histogram);
}

static int dump_lun(struct dump *d, const struct ti_sess *sess, u64 lun,
		    const struct ti_io_stats *io)
{
	void *hdr = message_begin(d, TCM_ISCSI_CMD_GET_LUN);

	if (!hdr)
		return -EMSGSIZE;
	return message_end(d, hdr, put_lun(d, sess, lun, io));
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

static u32 count_sessions(const struct net *net)
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
				     count_sessions(genl_info_net(info))) ?:
			 ti_put_u64(skb, TCM_ISCSI_A_EVENTS_LOST,
				    ti_events_lost()));
}

static u32 evict(const struct filter *f)
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
	n = evict(&f);
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
