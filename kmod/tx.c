// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: what is queued becomes PDUs, and PDUs become as few sends as
 * possible.
 *
 * A batch is the list of all pieces of up to TI_BATCH_PDUS PDUs. Data goes by
 * reference, and so do headers, padding and digests: TCP sends what it has at
 * every piece that it copies, which would make a packet of each response.
 * They are written one after another into pages of the connection's cache, so
 * neighbours become one piece, and a page serves again when TCP has let go of
 * it. The whole batch is given to the socket under one lock. What the socket
 * does not take is offered again when it has room.
 */
#include <scsi/scsi_proto.h>

#include "digest.h"
#include "ti.h"

/* No data segment of ours is longer: the pieces must fit into a batch. */
#define TI_MAX_XMIT	(128 * PAGE_SIZE)
/* Pieces of a PDU besides its data: header and trailer. */
#define TI_EXTRA_SEGS	2
/* BHS and header digest, padding and data digest. */
#define TI_MAX_HDR	(TI_BHS_LEN + TI_DIGEST_LEN + 3 + TI_DIGEST_LEN)

/* ---- queueing ---- */

/**
 * ti_pdu_alloc - a PDU of our own, with @len bytes of data
 * @opcode:	enum ti_opcode
 * @len:	bytes
 *
 * All fields are zero but opcode, F bit, data length and ITT (reserved).
 * May sleep. Return: NULL when there is no memory.
 */
struct ti_pdu *ti_pdu_alloc(u8 opcode, u32 len)
{
	struct ti_pdu *pdu = kvzalloc(struct_size(pdu, data, len), GFP_NOIO);

	if (!pdu)
		return NULL;
	pdu->tx.kind = TI_TX_PDU;
	pdu->len = len;
	pdu->bhs.opcode = opcode;
	pdu->bhs.flags = TI_FLAG_FINAL;
	pdu->bhs.itt = cpu_to_be32(TI_RESERVED_TAG);
	ti_put_be24(len, pdu->bhs.dlength);
	return pdu;
}

/**
 * ti_pdu_queue - send a PDU of our own after what is queued already
 * @conn:	the connection
 * @pdu:	from ti_pdu_alloc(); freed when it has been sent
 *
 * Owner only.
 */
void ti_pdu_queue(struct ti_conn *conn, struct ti_pdu *pdu)
{
	conn->nr_pdus++;
	conn->pdu_bytes += pdu->len;
	list_add_tail(&pdu->tx.entry, &conn->txq);
}

/**
 * ti_tx_queue - send something of a task after what is queued already
 * @cmd:	the task, in no list
 * @kind:	what; all but an R2T is its response, and ends it when it has been sent
 *
 * Owner only.
 */
void ti_tx_queue(struct ti_cmd *cmd, enum ti_tx_kind kind)
{
	if (kind != TI_TX_R2T) {
		cmd->state = TI_CMD_RESPONDING;
		cmd->data_sn = 0;
		cmd->sg_index = 0;
		cmd->sg_offset = 0;
	}
	cmd->tx.kind = kind;
	list_add_tail(&cmd->tx.entry, &cmd->conn->txq);
}

/**
 * ti_tx_reject - answer a PDU with a Reject that carries its header
 * @conn:	the connection
 * @hdr:	the header that is answered: BHS and AHS, no digest (RFC 7143 §11.17.4)
 * @len:	its length
 * @reason:	enum ti_reject_reason
 */
void ti_tx_reject(struct ti_conn *conn, const void *hdr, u32 len, u8 reason)
{
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_REJECT, len);
	struct ti_simple_rsp_hdr *rsp;

	ti_warn("%s: PDU with opcode 0x%02x of %s from %s rejected, reason 0x%02x\n",
		ti_conn_target(conn), *(const u8 *)hdr, ti_conn_who(conn),
		conn->peer, reason);
	if (!pdu)
		return;
	rsp = (struct ti_simple_rsp_hdr *)&pdu->bhs;
	rsp->response = reason;
	pdu->takes_stat_sn = true;
	memcpy(pdu->data, hdr, len);
	ti_pdu_queue(conn, pdu);
}

/**
 * ti_tx_ping - send a NOP-In that wants an answer (RFC 7143 §11.19)
 * @conn:	the connection
 *
 * Without memory none is sent, and ti_conn.ping_sent stays 0. Owner only; may sleep.
 */
void ti_tx_ping(struct ti_conn *conn)
{
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_NOP_IN, 0);
	struct ti_text_rsp_hdr *hdr;

	if (!pdu)
		return;
	hdr = (struct ti_text_rsp_hdr *)&pdu->bhs;
	hdr->ttt = cpu_to_be32(conn->ping_ttt++ & 0x7fffffff);
	pdu->keeps_stat_sn = true;
	ti_pdu_queue(conn, pdu);
	conn->ping_sent = ti_deadline(0);
}

/**
 * ti_tx_async - send an Asynchronous Message (RFC 7143 §11.9)
 * @conn:	the connection
 * @event:	enum ti_async_event
 * @p1:	Parameter1
 * @p2:	Parameter2
 * @p3:	Parameter3
 */
void ti_tx_async(struct ti_conn *conn, u8 event, u16 p1, u16 p2, u16 p3)
{
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_ASYNC_MSG, 0);
	struct ti_async_hdr *hdr;

	if (!pdu)
		return;
	hdr = (struct ti_async_hdr *)&pdu->bhs;
	hdr->event = event;
	hdr->param1 = cpu_to_be16(p1);
	hdr->param2 = cpu_to_be16(p2);
	hdr->param3 = cpu_to_be16(p3);
	pdu->takes_stat_sn = true;
	ti_pdu_queue(conn, pdu);
}

/* ---- building a batch ---- */

/* Room for a header and its trailer in the page for these. */
static bool batch_has_header_room(struct ti_conn *conn)
{
	struct ti_tx_batch *batch = conn->batch;
	struct page *page;

	if (batch->hdr_page && batch->hdr_pos + TI_MAX_HDR <= PAGE_SIZE)
		return true;
	/* The batch refers to that one, and TCP does so only when it is sent. */
	if (batch->full_page)
		return false;
	page = ti_cache_get_page(conn);
	if (!page)
		return false;
	batch->full_page = batch->hdr_page;
	batch->hdr_page = page;
	batch->hdr_pos = 0;
	return true;
}

/* Room for a PDU whose data has @segs pieces. */
static bool batch_has_room(struct ti_conn *conn, unsigned int segs)
{
	const struct ti_tx_batch *batch = conn->batch;

	return batch->nr_pdus < TI_BATCH_PDUS &&
	       batch->nr_segs + segs + TI_EXTRA_SEGS <= TI_BATCH_SEGS &&
	       batch_has_header_room(conn);
}

static void batch_add(struct ti_tx_batch *batch, struct page *page, void *buf,
		      u32 offset, u32 len)
{
	struct ti_seg *last = batch->nr_segs ?
			      &batch->segs[batch->nr_segs - 1] : NULL;
	struct ti_seg *seg;

	batch->bytes += len;
	if (page && last && last->page == page &&
	    last->offset + last->len == offset) {
		last->len += len;
		return;
	}
	seg = &batch->segs[batch->nr_segs++];
	seg->page = page;
	seg->buf = buf;
	seg->offset = offset;
	seg->len = len;
}

/* Add what was written at the end of the page for headers. */
static void batch_add_written(struct ti_tx_batch *batch, u32 len)
{
	batch_add(batch, batch->hdr_page, NULL, batch->hdr_pos, len);
	batch->hdr_pos += len;
}

static void *batch_write_pos(const struct ti_tx_batch *batch)
{
	return page_address(batch->hdr_page) + batch->hdr_pos;
}

static struct ti_bhs *batch_next_bhs(struct ti_tx_batch *batch)
{
	batch->nr_pdus++;
	return batch_write_pos(batch);
}

/* The next PDU is one of a task; all fields that are not set here are 0. */
static struct ti_bhs *batch_next_of(const struct ti_cmd *cmd, u8 opcode)
{
	struct ti_bhs *bhs = batch_next_bhs(cmd->conn->batch);

	memset(bhs, 0, sizeof(*bhs));
	bhs->opcode = opcode;
	bhs->flags = TI_FLAG_FINAL;
	bhs->itt = cmd->bhs.itt;
	return bhs;
}

/* ExpCmdSN and MaxCmdSN are at the same place in all PDUs of a target. */
static void bhs_set_window(const struct ti_conn *conn, struct ti_bhs *bhs)
{
	const struct ti_sess *sess = conn->sess;

	if (!sess)
		return;
	bhs->w5[2] = cpu_to_be32(sess->exp_cmd_sn);
	bhs->w5[3] = cpu_to_be32(sess->max_cmd_sn);
}

static void bhs_set_stat_sn(struct ti_conn *conn, struct ti_bhs *bhs)
{
	bhs->w5[1] = cpu_to_be32(conn->stat_sn++);
}

/* Digests begin after the last Login Response (RFC 7143 §13.1). */
static bool tx_digest(const struct ti_conn *conn, const struct ti_bhs *bhs,
		      bool header)
{
	if (!conn->sess || bhs->opcode == TI_OP_LOGIN_RSP)
		return false;
	return header ? conn->sess->params.header_digest
		      : conn->sess->params.data_digest;
}

static void batch_add_header(struct ti_conn *conn, struct ti_bhs *bhs)
{
	u8 *hdr = (u8 *)bhs;
	u32 len = TI_BHS_LEN;

	if (tx_digest(conn, bhs, true)) {
		ti_digest_put(crc32c(TI_CRC_BEGIN, hdr, len), hdr + len);
		len += TI_DIGEST_LEN;
	}
	batch_add_written(conn->batch, len);
}

/* The header of a response; the window that it shows has the task's place free already. */
static void batch_add_response(struct ti_cmd *cmd, struct ti_bhs *bhs)
{
	struct ti_conn *conn = cmd->conn;

	bhs_set_stat_sn(conn, bhs);
	ti_task_responded(cmd);
	bhs_set_window(conn, bhs);
	batch_add_header(conn, bhs);
}

static void batch_add_trailer(struct ti_conn *conn, const struct ti_bhs *bhs,
			      u32 dlen, u32 crc)
{
	u8 *trailer = batch_write_pos(conn->batch);
	u32 len = ti_pdu_pad(dlen);

	memset(trailer, 0, len);
	if (tx_digest(conn, bhs, false) && dlen) {
		crc = crc32c(crc, trailer, len);
		ti_digest_put(crc, trailer + len);
		len += TI_DIGEST_LEN;
	}
	if (len)
		batch_add_written(conn->batch, len);
}

/* @len bytes of a scatterlist from the task's cursor on, by reference. */
static void batch_add_sgl(struct ti_conn *conn, struct ti_cmd *cmd,
			  struct scatterlist *sgl, struct ti_bhs *bhs, u32 len)
{
	bool digest = tx_digest(conn, bhs, false);
	u32 crc = TI_CRC_BEGIN, left = len;

	while (left) {
		struct scatterlist *sg = &sgl[cmd->sg_index];
		u32 n = min(left, sg->length - cmd->sg_offset);
		u32 offset = sg->offset + cmd->sg_offset;

		batch_add(conn->batch, sg_page(sg), NULL, offset, n);
		if (digest)
			crc = ti_crc_pages(crc, sg_page(sg), offset, n);
		cmd->sg_offset += n;
		left -= n;
		if (cmd->sg_offset == sg->length) {
			cmd->sg_index++;
			cmd->sg_offset = 0;
		}
	}
	batch_add_trailer(conn, bhs, len, crc);
}

static void batch_finish(struct ti_conn *conn, struct ti_tx *tx)
{
	tx->end = conn->batch->bytes;
	list_move_tail(&tx->entry, &conn->batch->done);
}

/* The initiator may use the tag again as soon as it has the response. */
static void batch_finish_task(struct ti_cmd *cmd)
{
	hlist_del_init(&cmd->itt_entry);
	batch_finish(cmd->conn, &cmd->tx);
}

/* ---- the PDUs ---- */

static void build_residual(const struct ti_cmd *cmd, u8 *flags, __be32 *residual)
{
	*flags |= cmd->rsp_flags;
	*residual = cpu_to_be32(cmd->residual);
}

/* The length of the next Data-In, and whether it ends its sequence. */
static u32 data_in_length(const struct ti_cmd *cmd, bool *final)
{
	const struct ti_params *params = cmd->conn->params;
	u32 burst_left = params->max_burst - cmd->sent % params->max_burst;
	u32 left = cmd->data_len - cmd->sent;
	u32 len = min3(left, burst_left,
		       min_t(u32, params->max_xmit_dsl, TI_MAX_XMIT));

	*final = len == left || len == burst_left;
	return len;
}

/* There is no place for sense data in a Data-In (§11.7.3): a response follows. */
static bool status_in_data_in(const struct ti_cmd *cmd)
{
	return cmd->status != SAM_STAT_CHECK_CONDITION;
}

static void build_data_in(struct ti_cmd *cmd, u32 len, bool final)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_sess *sess = conn->sess;
	struct ti_bhs *bhs = batch_next_of(cmd, TI_OP_DATA_IN);
	struct ti_data_in_hdr *hdr = (struct ti_data_in_hdr *)bhs;
	bool last = cmd->sent + len == cmd->data_len;

	if (!final)
		hdr->flags = 0;
	ti_put_be24(len, hdr->dlength);
	hdr->ttt = cpu_to_be32(TI_RESERVED_TAG);
	hdr->data_sn = cpu_to_be32(cmd->data_sn++);
	hdr->offset = cpu_to_be32(cmd->sent);
	if (last && status_in_data_in(cmd)) {
		hdr->flags |= TI_DATA_IN_STATUS;
		hdr->status = cmd->status;
		build_residual(cmd, &hdr->flags, &hdr->residual);
		bhs_set_stat_sn(conn, bhs);
		ti_task_responded(cmd);
	}
	bhs_set_window(conn, bhs);
	batch_add_header(conn, bhs);
	batch_add_sgl(conn, cmd, ti_fabric_data(cmd), bhs, len);
	cmd->sent += len;
	WRITE_ONCE(sess->tx_data, sess->tx_data + len);
}

static bool tx_status(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	u32 sense = get_unaligned_be16(cmd->sense);
	struct ti_scsi_rsp_hdr *hdr;
	struct ti_bhs *bhs;

	if (!batch_has_room(conn, 1))
		return false;
	if (cmd->status != SAM_STAT_CHECK_CONDITION)
		sense = 0;
	if (cmd->status && cmd->scsi_hdr.flags & TI_CMD_READ && cmd->edtl &&
	    !cmd->data_len) {
		/* Nothing of what was expected has been sent. */
		cmd->rsp_flags = TI_RSP_UNDERFLOW;
		cmd->residual = cmd->edtl;
	}
	bhs = batch_next_of(cmd, TI_OP_SCSI_RSP);
	hdr = (struct ti_scsi_rsp_hdr *)bhs;
	hdr->response = TI_RSP_COMPLETED;
	hdr->status = cmd->status;
	hdr->exp_data_sn = cpu_to_be32(cmd->data_sn);
	build_residual(cmd, &hdr->flags, &hdr->residual);
	if (sense)
		ti_put_be24(sense + 2, hdr->dlength);
	batch_add_response(cmd, bhs);
	if (sense) {
		batch_add(conn->batch, NULL, cmd->sense, 0, sense + 2);
		batch_add_trailer(conn, bhs, sense + 2,
				  crc32c(TI_CRC_BEGIN, cmd->sense, sense + 2));
	}
	batch_finish_task(cmd);
	return true;
}

/* All Data-In of a task, as far as the batch has room; true when done. */
static bool tx_data_in(struct ti_cmd *cmd)
{
	bool final;
	u32 len;

	while (cmd->sent < cmd->data_len) {
		len = data_in_length(cmd, &final);
		if (!batch_has_room(cmd->conn, len / PAGE_SIZE + 2))
			return false;
		build_data_in(cmd, len, final);
	}
	if (!status_in_data_in(cmd))
		return tx_status(cmd);
	batch_finish_task(cmd);
	return true;
}

static bool tx_r2t(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_r2t_hdr *hdr;
	struct ti_bhs *bhs;

	if (!batch_has_room(conn, 0))
		return false;
	bhs = batch_next_of(cmd, TI_OP_R2T);
	hdr = (struct ti_r2t_hdr *)bhs;
	memcpy(hdr->lun, cmd->scsi_hdr.lun, sizeof(hdr->lun));
	hdr->ttt = cpu_to_be32(cmd->ttt);
	hdr->stat_sn = cpu_to_be32(conn->stat_sn);
	hdr->r2t_sn = cpu_to_be32(cmd->r2t_sn++);
	hdr->offset = cpu_to_be32(cmd->received);
	hdr->desired = cpu_to_be32(cmd->seq_end - cmd->received);
	bhs_set_window(conn, bhs);
	batch_add_header(conn, bhs);
	batch_finish(conn, &cmd->tx);
	return true;
}

static bool tx_tmf(struct ti_cmd *cmd)
{
	struct ti_simple_rsp_hdr *hdr;
	struct ti_bhs *bhs;

	if (!batch_has_room(cmd->conn, 0))
		return false;
	bhs = batch_next_of(cmd, TI_OP_TMF_RSP);
	hdr = (struct ti_simple_rsp_hdr *)bhs;
	hdr->response = cmd->response;
	batch_add_response(cmd, bhs);
	batch_finish_task(cmd);
	return true;
}

/* The answer to a NOP-Out, with its data (§11.19). */
static bool tx_nop_in(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	u32 len = min3(cmd->buf.len, conn->params->max_xmit_dsl,
		       (u32)TI_MAX_XMIT);
	struct ti_text_rsp_hdr *hdr;
	struct ti_bhs *bhs;

	if (!batch_has_room(conn, len / PAGE_SIZE + 2))
		return false;
	bhs = batch_next_of(cmd, TI_OP_NOP_IN);
	hdr = (struct ti_text_rsp_hdr *)bhs;
	ti_put_be24(len, hdr->dlength);
	hdr->ttt = cpu_to_be32(TI_RESERVED_TAG);
	batch_add_response(cmd, bhs);
	if (len)
		batch_add_sgl(conn, cmd, cmd->buf.sgl, bhs, len);
	cmd->sent = len;
	batch_finish_task(cmd);
	return true;
}

static bool tx_pdu(struct ti_conn *conn, struct ti_pdu *pdu)
{
	struct ti_bhs *bhs;

	if (!batch_has_room(conn, 1))
		return false;
	bhs = batch_next_bhs(conn->batch);
	*bhs = pdu->bhs;
	if (pdu->takes_stat_sn)
		bhs_set_stat_sn(conn, bhs);
	else if (pdu->keeps_stat_sn)
		bhs->w5[1] = cpu_to_be32(conn->stat_sn);
	bhs_set_window(conn, bhs);
	batch_add_header(conn, bhs);
	if (pdu->len) {
		batch_add(conn->batch, NULL, pdu->data, 0, pdu->len);
		batch_add_trailer(conn, bhs, pdu->len,
				  tx_digest(conn, bhs, false) ?
				  crc32c(TI_CRC_BEGIN, pdu->data, pdu->len) : 0);
	}
	batch_finish(conn, &pdu->tx);
	return true;
}

static bool tx_build(struct ti_conn *conn, struct ti_tx *tx)
{
	struct ti_cmd *cmd = container_of(tx, struct ti_cmd, tx);

	switch (tx->kind) {
	case TI_TX_PDU:
		return tx_pdu(conn, container_of(tx, struct ti_pdu, tx));
	case TI_TX_R2T:
		return tx_r2t(cmd);
	case TI_TX_DATA_IN:
		return tx_data_in(cmd);
	case TI_TX_STATUS:
		return tx_status(cmd);
	case TI_TX_TMF:
		return tx_tmf(cmd);
	case TI_TX_NOP_IN:
		return tx_nop_in(cmd);
	}
	return true;
}

static void tx_fill(struct ti_conn *conn)
{
	struct ti_tx *tx, *next;

	if (list_empty(&conn->txq))
		return;
	list_for_each_entry_safe(tx, next, &conn->txq, entry)
		if (!tx_build(conn, tx))
			break;
}

/* ---- into the socket ---- */

static void batch_advance(struct ti_tx_batch *batch, u32 bytes)
{
	batch->taken += bytes;
	while (bytes) {
		u32 left = batch->segs[batch->seg].len - batch->offset;
		u32 n = min(bytes, left);

		batch->offset += n;
		bytes -= n;
		if (n == left) {
			batch->seg++;
			batch->offset = 0;
		}
	}
}

/* Neighbouring pieces that are copied go in one call. */
static int send_copied(struct sock *sk, struct ti_tx_batch *batch, bool more)
{
	struct kvec vec[16];
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	unsigned int i = batch->seg, nr = 0;
	u32 skip = batch->offset, len = 0;

	for (; i < batch->nr_segs && nr < ARRAY_SIZE(vec); i++, skip = 0) {
		struct ti_seg *seg = &batch->segs[i];

		if (seg->page)
			break;
		vec[nr].iov_base = seg->buf + skip;
		vec[nr].iov_len = seg->len - skip;
		len += vec[nr++].iov_len;
	}
	if (more || i < batch->nr_segs)
		msg.msg_flags |= MSG_MORE;
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, vec, nr, len);
	return tcp_sendmsg_locked(sk, &msg, len);
}

/* The same for those that go by reference. */
static int send_referenced(struct sock *sk, struct ti_tx_batch *batch, bool more)
{
	struct bio_vec bv[32];
	unsigned int i = batch->seg, nr = 0;
	u32 skip = batch->offset, len = 0;

	for (; i < batch->nr_segs && nr < ARRAY_SIZE(bv); i++, skip = 0) {
		struct ti_seg *seg = &batch->segs[i];

		if (!seg->page)
			break;
		bv[nr].bv_page = seg->page;
		bv[nr].bv_offset = seg->offset + skip;
		bv[nr].bv_len = seg->len - skip;
		len += bv[nr++].bv_len;
	}
	return ti_sock_send_pages(sk, bv, nr, len, more || i < batch->nr_segs);
}

/* Return: 1 when all was taken, 0 when the socket is full, or -errno. */
static int batch_send(struct ti_conn *conn)
{
	struct ti_tx_batch *batch = conn->batch;
	struct sock *sk = conn->sock->sk;
	bool more = !list_empty(&conn->txq);
	int ret = 1;

	lock_sock(sk);
	while (batch->seg < batch->nr_segs) {
		ret = batch->segs[batch->seg].page ?
		      send_referenced(sk, batch, more) :
		      send_copied(sk, batch, more);
		if (ret <= 0)
			break;
		batch_advance(batch, ret);
		conn->tx_since = jiffies;
		ret = 1;
	}
	release_sock(sk);
	return ret == -EAGAIN ? 0 : ret;
}

static void batch_release_page(struct ti_conn *conn, struct page **page)
{
	if (*page)
		ti_cache_put_sent(conn, *page);
	*page = NULL;
}

/* What wants an answer has its time from now on: much may have been ahead of it. */
static void tx_pdu_done(struct ti_conn *conn, struct ti_pdu *pdu)
{
	conn->nr_pdus--;
	conn->pdu_bytes -= pdu->len;
	if (pdu->keeps_stat_sn && conn->ping_sent)
		conn->ping_sent = ti_deadline(0);
	kvfree(pdu);
}

static void tx_entry_done(struct ti_conn *conn, struct ti_tx *tx)
{
	struct ti_cmd *cmd = container_of(tx, struct ti_cmd, tx);

	list_del_init(&tx->entry);
	if (tx->kind == TI_TX_PDU)
		tx_pdu_done(conn, container_of(tx, struct ti_pdu, tx));
	else if (tx->kind == TI_TX_R2T)
		cmd->waiting_since = jiffies;
	else
		ti_task_finish(cmd);
}

/* What the socket has taken whole is over, even if it is full now. */
static void batch_reap(struct ti_conn *conn)
{
	struct ti_tx_batch *batch = conn->batch;
	struct ti_tx *tx, *next;

	list_for_each_entry_safe(tx, next, &batch->done, entry) {
		if (tx->end > batch->taken)
			break;
		tx_entry_done(conn, tx);
	}
}

static void batch_done(struct ti_conn *conn)
{
	struct ti_tx_batch *batch = conn->batch;
	struct ti_sess *sess = conn->sess;

	batch_release_page(conn, &batch->full_page);
	if (sess)
		WRITE_ONCE(sess->tx_bytes, sess->tx_bytes + batch->bytes);
	batch->nr_pdus = 0;
	batch->nr_segs = 0;
	batch->bytes = 0;
	batch->taken = 0;
	batch->seg = 0;
	batch->offset = 0;
}

static void tx_all_sent(struct ti_conn *conn)
{
	if (!conn->close_after_tx || conn->tx_done)
		return;
	conn->tx_done = true;
	kernel_sock_shutdown(conn->sock, SHUT_WR);
}

/**
 * ti_tx_run - send what is queued
 * @conn:	the connection
 * @budget:	what may still be spent, see ti_conn_cost(); counted down
 *
 * Without memory for headers it waits: see ti_cache_get_page(). Owner only; may sleep.
 * Return: 0, or -errno when the connection is broken.
 */
int ti_tx_run(struct ti_conn *conn, int *budget)
{
	struct ti_tx_batch *batch = conn->batch;
	int ret;

	for (;;) {
		if (!batch->nr_segs) {
			conn->tx_since = jiffies;
			tx_fill(conn);
		}
		if (!batch->nr_segs) {
			/* What is left waits for a page for its header. */
			if (list_empty(&conn->txq))
				tx_all_sent(conn);
			return 0;
		}
		ret = batch_send(conn);
		batch_reap(conn);
		if (ret <= 0)
			return ret;
		*budget -= ti_conn_cost(batch->nr_pdus, batch->bytes);
		batch_done(conn);
		/* Others of this CPU's connections first; we are queued again. */
		if (*budget <= 0)
			return 0;
	}
}

/**
 * ti_tx_exit - the connection closes: forget what was to be sent
 * @conn:	the connection
 */
void ti_tx_exit(struct ti_conn *conn)
{
	struct ti_tx *tx, *next;

	list_splice_tail_init(&conn->txq, &conn->batch->done);
	list_for_each_entry_safe(tx, next, &conn->batch->done, entry)
		tx_entry_done(conn, tx);
	batch_release_page(conn, &conn->batch->full_page);
	batch_release_page(conn, &conn->batch->hdr_page);
	kfree(conn->batch);
	conn->batch = NULL;
}
