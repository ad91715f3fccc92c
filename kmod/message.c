// SPDX-License-Identifier: GPL-2.0
/*
 * What the messages of the netlink family are made of. <linux/tcm_iscsi.h> describes
 * each attribute.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "iostat.h"
#include "netlink.h"
#include "ti.h"

/* ---- names and addresses ---- */

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
 * ti_put_sess_names - say in a message which session it is about
 * @skb:	the message
 * @sess:	kept by the caller
 *
 * Any context. Return: 0, or -EMSGSIZE when the message is full.
 */
int ti_put_sess_names(struct sk_buff *skb, const struct ti_sess *sess)
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

/* ---- a session ---- */

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
			   READ_ONCE(p->max_xmit_dsl)) ?:
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

/* @values: of reads and of writes; NULL for 0 */
static int put_io_pair(struct sk_buff *skb, int read_attr, int write_attr,
		       const u64 *values)
{
	u64 reads = values ? READ_ONCE(values[TI_IO_READ]) : 0;
	u64 writes = values ? READ_ONCE(values[TI_IO_WRITE]) : 0;

	return nla_put_u64_64bit(skb, read_attr, reads, TCM_ISCSI_IO_PAD) ?:
	       nla_put_u64_64bit(skb, write_attr, writes, TCM_ISCSI_IO_PAD);
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

	if (!nest ||
	    put_io_pair(skb, TCM_ISCSI_IO_READS, TCM_ISCSI_IO_WRITES,
			io ? io->count : NULL) ||
	    put_io_pair(skb, TCM_ISCSI_IO_READ_BYTES, TCM_ISCSI_IO_WRITE_BYTES,
			io ? io->bytes : NULL) ||
	    put_io_pair(skb, TCM_ISCSI_IO_READ_NS, TCM_ISCSI_IO_WRITE_NS,
			io ? io->ns : NULL) ||
	    (io && histogram && put_hists(skb, io)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- all of a session, all of a LUN ---- */

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

/**
 * ti_put_sess_all - put all that there is to know of a session into a message
 * @skb:	the message
 * @sess:	kept by the caller
 * @histogram:	the times of READs and WRITEs too
 *
 * Any context. Return: 0, or -EMSGSIZE when the message is full.
 */
int ti_put_sess_all(struct sk_buff *skb, const struct ti_sess *sess,
		    bool histogram)
{
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
		ret = put_io(skb, smp_load_acquire(&sess->io), histogram);
	if (!ret)
		ret = put_oldest(skb, sess) ?: put_params(skb, &sess->params);
	return ret ?: put_conn(skb, sess->conn);
}

/**
 * ti_put_lun - put the READs and WRITEs of a session's LUN into a message
 * @skb:	the message
 * @sess:	kept by the caller
 * @lun:	number of the logical unit
 * @io:		its counters, in ti_sess.luns
 * @histogram:	their times too
 *
 * Any context. Return: 0, or -EMSGSIZE when the message is full.
 */
int ti_put_lun(struct sk_buff *skb, const struct ti_sess *sess, u64 lun,
	       const struct ti_io_stats *io, bool histogram)
{
	return put_names(skb, sess) ?:
	       ti_put_u64(skb, TCM_ISCSI_A_LUN, lun) ?:
	       nla_put_u32(skb, TCM_ISCSI_A_COMMANDS_IN_FLIGHT,
			   ti_io_in_flight(io)) ?:
	       put_io(skb, io, histogram);
}
