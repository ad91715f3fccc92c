// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: bytes of the socket become PDUs.
 *
 * tcp_read_sock() shows each buffer of the receive queue to rx_actor() under
 * one socket lock. Headers are gathered in ti_rx.hdr; data segments are copied
 * once, from the network's buffers to where they belong. Only lists and
 * buffers are touched under that lock: what a PDU asks for is done afterwards,
 * by ti_task_run_ready(), so that a whole batch is received before the first
 * command runs.
 */
#include <linux/skbuff.h>

#include "digest.h"
#include "event.h"
#include "stats.h"
#include "ti.h"

/*
 * Answers that nobody reads: stop receiving until they are sent. One request brings one
 * more, of TI_TEXT_PART at most.
 */
#define TI_MAX_QUEUED_PDUS	64
#define TI_MAX_QUEUED_BYTES	(16 << 10)

static void rx_expect_header(struct ti_rx *rx)
{
	rx->state = TI_RX_HEADER;
	rx->need = TI_BHS_LEN;
	rx->have = 0;
	rx->cmd = NULL;
	rx->text = NULL;
	rx->sink = TI_SINK_DISCARD;
	rx->reject = 0;
	rx->digest_error = false;
}

/**
 * ti_rx_init - a new connection expects its first header
 * @conn:	the connection
 */
void ti_rx_init(struct ti_conn *conn)
{
	rx_expect_header(&conn->rx);
}

/**
 * ti_rx_exit - the connection closes: forget the PDU that was being received
 * @conn:	the connection
 *
 * Owner only.
 */
void ti_rx_exit(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;

	if (rx->cmd && rx->cmd->state == TI_CMD_RECEIVING)
		ti_task_drop(rx->cmd);
	kvfree(rx->login_text);
	rx->login_text = NULL;
	rx_expect_header(rx);
}

static bool rx_has_digest(const struct ti_conn *conn, bool header)
{
	if (conn->state != TI_CONN_FULL_FEATURE)
		return false;
	return header ? conn->params->header_digest : conn->params->data_digest;
}

static u32 rx_max_dlen(const struct ti_conn *conn)
{
	return conn->state == TI_CONN_FULL_FEATURE ? conn->params->max_recv_dsl
						   : TI_DEFAULT_MRDSL;
}

static int rx_login_header(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;

	if (!rx->dlen)
		return 0;
	rx->login_text = kvmalloc(rx->dlen, GFP_KERNEL);
	if (!rx->login_text)
		return -ENOMEM;
	rx->text = rx->login_text;
	rx->sink = TI_SINK_TEXT;
	return 0;
}

/* A whole header is here: choose what becomes of the PDU. */
static int rx_dispatch(struct ti_conn *conn)
{
	const struct ti_bhs *bhs = (const struct ti_bhs *)conn->rx.hdr;

	if (conn->state == TI_CONN_LOGIN)
		return rx_login_header(conn);

	switch (ti_pdu_opcode(bhs)) {
	case TI_OP_DATA_OUT:
		ti_data_out_start(conn);
		return 0;
	case TI_OP_SCSI_CMD:
	case TI_OP_TMF_REQ:
	case TI_OP_NOP_OUT:
	case TI_OP_TEXT_REQ:
	case TI_OP_LOGOUT_REQ:
		return ti_request_start(conn);
	case TI_OP_SNACK_REQ:
		/* Belongs to ErrorRecoveryLevel 1 and above (§11.16). */
		conn->rx.reject = TI_REJECT_SNACK;
		return 0;
	case TI_OP_LOGIN_REQ:
		conn->rx.reject = TI_REJECT_PROTOCOL_ERROR;
		return 0;
	default:
		conn->rx.reject = TI_REJECT_NOT_SUPPORTED;
		return 0;
	}
}

static void rx_begin_trailer(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;

	rx->state = TI_RX_TRAILER;
	rx->have = 0;
	rx->need = ti_pdu_pad(rx->dlen);
	if (rx_has_digest(conn, false))
		rx->need += TI_DIGEST_LEN;
}

/* Reject the PDU at hand. An AHS that is too long has not been received. */
static void rx_send_reject(struct ti_conn *conn, u8 reason)
{
	const struct ti_bhs *bhs = (const struct ti_bhs *)conn->rx.hdr;
	u32 ahs = ti_pdu_ahs_length(bhs);

	ti_tx_reject(conn, bhs, ahs > TI_AHS_MAX ? TI_BHS_LEN :
				TI_BHS_LEN + ahs, reason);
}

static void rx_finish_pdu(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;

	if (conn->state == TI_CONN_LOGIN) {
		rx->state = TI_RX_LOGIN;
		return;
	}
	if (rx->digest_error) {
		ti_stats_session_failure(conn->sess, TI_SESS_ERR_DIGEST);
		ti_event_digest_error(conn->sess, "data digest");
		rx->reject = TI_REJECT_DATA_DIGEST;
	}
	if (rx->cmd)
		ti_task_received(conn);
	if (rx->reject)
		rx_send_reject(conn, rx->reject);
	rx_expect_header(rx);
}

/* The header has been dispatched: its data is next. */
static void rx_begin_data(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;

	rx->paused = false;
	if (!rx->dlen) {
		rx_finish_pdu(conn);
		return;
	}
	rx->state = TI_RX_DATA;
	rx->have = 0;
	rx->need = rx->dlen;
	rx->crc = TI_CRC_BEGIN;
}

static int rx_try_dispatch(struct ti_conn *conn)
{
	int ret = rx_dispatch(conn);

	if (ret == -EBUSY) {
		conn->rx.paused = true;
		return 0;
	}
	if (!ret)
		rx_begin_data(conn);
	return ret;
}

/* The BHS is here: how much header is there in all? */
static int rx_bhs(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;
	const struct ti_bhs *bhs = (const struct ti_bhs *)rx->hdr;
	u32 ahs = ti_pdu_ahs_length(bhs);

	rx->dlen = ti_pdu_dlength(bhs);
	if (ahs > TI_AHS_MAX)
		return -EMSGSIZE;
	rx->need += ahs;
	if (rx_has_digest(conn, true))
		rx->need += TI_DIGEST_LEN;
	return 0;
}

static int rx_header(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;
	int ret;

	if (rx->need == TI_BHS_LEN) {
		ret = rx_bhs(conn);
		if (ret)
			return ret;
		if (rx->have < rx->need)
			return 0;
	}
	if (rx_has_digest(conn, true)) {
		u32 len = rx->need - TI_DIGEST_LEN;

		/* At ErrorRecoveryLevel 0 nothing in it can be trusted (§7.7). */
		if (!ti_digest_ok(crc32c(TI_CRC_BEGIN, rx->hdr, len),
				  rx->hdr + len))
			return -EBADMSG;
	}
	if (rx->dlen > rx_max_dlen(conn))
		return -EMSGSIZE;
	conn->last_rx = jiffies;
	conn->ping_sent = 0;
	return rx_try_dispatch(conn);
}

/*
 * Copy to the task's buffer at its cursor. With an iterator, page by page, the compiler
 * makes it moves of words. skb_copy_bits() calls memcpy(), which moves bytes where the
 * processor says that it is good at that; an emulated one says so, too, and is not.
 */
static void rx_copy_to_buf(struct ti_conn *conn, struct sk_buff *skb,
			   u32 offset, u32 len)
{
	struct ti_rx *rx = &conn->rx;
	struct ti_cmd *cmd = rx->cmd;
	bool digest = rx_has_digest(conn, false);

	while (len) {
		struct scatterlist *sg = &cmd->buf.sgl[cmd->sg_index];
		u32 n = min_t(u32, len, sg->length - cmd->sg_offset);
		struct bio_vec bv = {
			.bv_page = sg_page(sg),
			.bv_offset = cmd->sg_offset,
			.bv_len = n,
		};
		struct iov_iter to;

		if (!n) {
			cmd->sg_index++;
			cmd->sg_offset = 0;
			continue;
		}
		iov_iter_bvec(&to, ITER_DEST, &bv, 1, n);
		skb_copy_datagram_iter(skb, offset, &to, n);
		/* Now, while it is still in the CPU's cache. */
		if (digest)
			rx->crc = ti_crc_pages(rx->crc, sg_page(sg),
					       cmd->sg_offset, n);
		cmd->sg_offset += n;
		offset += n;
		len -= n;
	}
}

/* The digest of data that is dropped is checked, too (§7.8). */
static u32 rx_crc_passed_over(u32 crc, struct sk_buff *skb, u32 offset, u32 len)
{
	u8 piece[128];

	while (len) {
		u32 n = min_t(u32, len, sizeof(piece));

		skb_copy_bits(skb, offset, piece, n);
		crc = crc32c(crc, piece, n);
		offset += n;
		len -= n;
	}
	return crc;
}

static void rx_data(struct ti_conn *conn, struct sk_buff *skb, u32 offset,
		    u32 len)
{
	struct ti_rx *rx = &conn->rx;

	switch (rx->sink) {
	case TI_SINK_BUF:
		conn->last_data = jiffies;
		rx_copy_to_buf(conn, skb, offset, len);
		break;
	case TI_SINK_TEXT:
		skb_copy_bits(skb, offset, rx->text + rx->have, len);
		if (rx_has_digest(conn, false))
			rx->crc = crc32c(rx->crc, rx->text + rx->have, len);
		break;
	case TI_SINK_DISCARD:
		if (rx_has_digest(conn, false))
			rx->crc = rx_crc_passed_over(rx->crc, skb, offset, len);
		break;
	}
	rx->have += len;
	if (rx->have < rx->need)
		return;
	rx_begin_trailer(conn);
	if (!rx->need)
		rx_finish_pdu(conn);
}

static void rx_trailer(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;
	u32 pad = ti_pdu_pad(rx->dlen);

	if (rx->need > pad) {
		u32 crc = crc32c(rx->crc, rx->trailer, pad);

		rx->digest_error = !ti_digest_ok(crc, rx->trailer + pad);
	}
	rx_finish_pdu(conn);
}

/* May another byte be taken now? */
static bool rx_may_read(const struct ti_conn *conn)
{
	if (conn->state == TI_CONN_DRAINING)
		return true;
	/* What comes behind the last Login Request is of the full feature phase. */
	return !conn->rx.paused && conn->rx.state != TI_RX_LOGIN &&
	       !ti_login_suspended(conn) &&
	       !test_bit(TI_CONN_F_CLOSE, &conn->flags) &&
	       conn->nr_pdus < TI_MAX_QUEUED_PDUS &&
	       conn->pdu_bytes < TI_MAX_QUEUED_BYTES;
}

/* Take up to @len bytes of @skb; returns how many, or -errno. */
static int rx_step(struct ti_conn *conn, struct sk_buff *skb, u32 offset,
		   u32 len)
{
	struct ti_rx *rx = &conn->rx;
	u32 n = min(len, rx->need - rx->have);
	int ret = 0;

	switch (rx->state) {
	case TI_RX_HEADER:
		skb_copy_bits(skb, offset, rx->hdr + rx->have, n);
		rx->have += n;
		if (rx->have == rx->need)
			ret = rx_header(conn);
		break;
	case TI_RX_DATA:
		rx_data(conn, skb, offset, n);
		break;
	case TI_RX_TRAILER:
		skb_copy_bits(skb, offset, rx->trailer + rx->have, n);
		rx->have += n;
		if (rx->have == rx->need)
			rx_trailer(conn);
		break;
	case TI_RX_LOGIN:
		break;
	}
	return ret ?: n;
}

struct rx_context {
	struct ti_conn	*conn;
	int		*budget;
	int		error;
};

/*
 * What a request costs when the connection is alone on its CPU. Requests that are received
 * in one go are submitted in one go, and answered after that: first the initiator would
 * wait for the first answer, and then the CPU for the initiator. With 8 at a time, both
 * have something to do. Where there are other connections, the CPU always has.
 */
#define TI_REQUEST_COST	32

/* The cost of a piece of a header, and after its last piece of the data that is due. */
static int rx_cost(const struct ti_conn *conn)
{
	const struct ti_rx *rx = &conn->rx;
	const struct ti_bhs *bhs = (const struct ti_bhs *)rx->hdr;
	bool alone = conn->alone && ti_pdu_opcode(bhs) != TI_OP_DATA_OUT;

	return ti_conn_cost(alone ? TI_REQUEST_COST : 1,
			    rx->state == TI_RX_DATA ? rx->dlen : 0);
}

/* Called by tcp_read_sock() under the socket lock. */
static int rx_actor(read_descriptor_t *desc, struct sk_buff *skb,
		    unsigned int offset, size_t len)
{
	struct rx_context *ctx = desc->arg.data;
	struct ti_conn *conn = ctx->conn;
	size_t done = 0;

	if (conn->state == TI_CONN_DRAINING)
		return len;

	while (done < len && *ctx->budget > 0 && rx_may_read(conn)) {
		enum ti_rx_state state = conn->rx.state;
		int n = rx_step(conn, skb, offset + done, len - done);

		if (n < 0) {
			ctx->error = n;
			break;
		}
		done += n;
		if (state == TI_RX_HEADER)
			*ctx->budget -= rx_cost(conn);
	}
	if (conn->sess)
		WRITE_ONCE(conn->sess->rx_bytes, conn->sess->rx_bytes + done);
	if (done < len)
		desc->count = 0;
	return done;
}

/* Without the lock, the FIN may be seen before the data that came ahead of it. */
static bool rx_at_end(struct sock *sk)
{
	bool end;

	if (!(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) && !sk->sk_err &&
	    sk->sk_state != TCP_CLOSE)
		return false;
	lock_sock(sk);
	end = skb_queue_empty(&sk->sk_receive_queue);
	release_sock(sk);
	return end;
}

static const char *rx_error_text(int error)
{
	switch (error) {
	case -EMSGSIZE:
		return "a PDU is longer than allowed";
	case -EBADMSG:
		return "header digest error";
	case -ENOMEM:
		return "out of memory";
	case -EPROTO:
		return "TCP urgent data";
	default:
		return "protocol error";
	}
}

static void rx_failed(struct ti_conn *conn, int error)
{
	if (conn->sess) {
		ti_stats_session_failure(conn->sess, error == -EBADMSG ?
					 TI_SESS_ERR_DIGEST : TI_SESS_ERR_FORMAT);
		if (error == -EBADMSG)
			ti_event_digest_error(conn->sess, "header digest");
	}
	if (error == -EMSGSIZE && conn->state == TI_CONN_FULL_FEATURE) {
		ti_conn_say_why(conn, rx_error_text(error));
		rx_send_reject(conn, TI_REJECT_PROTOCOL_ERROR);
		ti_conn_drain(conn);
		return;
	}
	ti_conn_fail(conn, rx_error_text(error));
}

static void rx_login(struct ti_conn *conn)
{
	struct ti_rx *rx = &conn->rx;
	int ret;

	ret = ti_login_pdu(conn, (const struct ti_login_hdr *)rx->hdr,
			   rx->login_text, rx->dlen);
	rx_expect_header(rx);
	kvfree(rx->login_text);
	rx->login_text = NULL;
	if (ret < 0)
		set_bit(TI_CONN_F_CLOSE, &conn->flags);
}

/* The peer has closed its side: it may still read what we have to say. */
static void rx_end(struct ti_conn *conn)
{
	const struct sock *sk = conn->sock->sk;

	if (!conn->why)
		conn->why = sk->sk_err == ETIMEDOUT ? "TCP timed out" :
			    sk->sk_err ? "reset by the initiator" :
			    "closed by the initiator";
	if (sk->sk_err || sk->sk_state == TCP_CLOSE || conn->tx_done)
		set_bit(TI_CONN_F_CLOSE, &conn->flags);
	else
		ti_conn_drain(conn);
}

/**
 * ti_rx_run - receive what there is
 * @conn:	the connection
 * @budget:	what may still be spent, see ti_conn_cost(); counted down
 *
 * Owner only; may sleep.
 */
void ti_rx_run(struct ti_conn *conn, int *budget)
{
	struct rx_context ctx = { .conn = conn, .budget = budget };
	read_descriptor_t desc = { .arg.data = &ctx, .count = 1 };
	struct sock *sk = conn->sock->sk;

	if (conn->rx.paused) {
		ctx.error = rx_try_dispatch(conn);
		if (ctx.error)
			goto failed;
	}
	if (!skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    rx_may_read(conn)) {
		lock_sock(sk);
		tcp_read_sock(sk, &desc, rx_actor);
		/* tcp_read_sock() would never get past it, to the FIN behind it. */
		if (unlikely(tcp_sk(sk)->urg_data) && !ctx.error)
			ctx.error = -EPROTO;
		release_sock(sk);
	}
	if (ctx.error)
		goto failed;
	if (conn->rx.state == TI_RX_LOGIN && conn->state == TI_CONN_LOGIN &&
	    !ti_login_suspended(conn) && !ti_login_held(conn))
		rx_login(conn);
	if (rx_at_end(sk))
		rx_end(conn);
	return;
failed:
	rx_failed(conn, ctx.error);
}
