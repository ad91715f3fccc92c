// SPDX-License-Identifier: GPL-2.0
/*
 * Text Requests in full feature phase (RFC 7143 §11.10, §11.11): renegotiation, and
 * SendTargets, which discovery.c answers.
 *
 * A request may come in several PDUs (C bit) and so may a response; one
 * negotiation at a time is open on a connection, in ti_conn.text.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "discovery.h"
#include "ti.h"

/* The longest response that is kept, bytes: all keys there are, or the largest target. */
#define TI_MAX_RESPONSE		(8U << 20)
#define TI_FIRST_RESPONSE	4096U
/* Of a response in one PDU: it may have to wait for an initiator that takes nothing. */
#define TI_TEXT_PART		(32U << 10)

/**
 * struct ti_text_state - a text negotiation that is not over
 * @ttt:	Target Transfer Tag that continues it
 * @cfg:	a copy of the portal group's configuration, for @neg
 * @params:	what holds when the negotiation has ended well (§7.12)
 * @neg:	the negotiation of @params, by all requests of the sequence
 * @listed:	SendTargets was asked
 * @list:	what it is still to be answered with
 * @in:		the request so far
 * @in_len:	its length in bytes
 * @out:	the response, without what @list has
 * @out_len:	its length in bytes
 * @sent:	how much of it has been sent
 * @responding:	the request is complete
 */
struct ti_text_state {
	u32			ttt;
	struct ti_param_cfg	cfg;
	struct ti_params	params;
	struct ti_negotiation	neg;
	bool			listed;
	struct ti_target_list	list;
	char			*in;
	u32			in_len;
	char			*out;
	u32			out_len;
	u32			sent;
	bool			responding;
};

/**
 * ti_text_free - forget the open negotiation
 * @conn:	the connection
 */
void ti_text_free(struct ti_conn *conn)
{
	struct ti_text_state *text = conn->text;

	if (!text)
		return;
	kvfree(text->in);
	kvfree(text->out);
	kfree(text);
	conn->text = NULL;
}

static int text_other_key(void *ctx, enum ti_key key,
			  const struct ti_text_pair *pair,
			  struct ti_text_out *out)
{
	struct ti_conn *conn = ctx;

	if (key != TI_KEY_SEND_TARGETS)
		return -EPROTO;
	conn->text->listed = true;
	return ti_discovery_send_targets(conn, pair->value, &conn->text->list, out);
}

static int text_answer_into(struct ti_conn *conn, struct ti_text_state *text,
			    u32 size)
{
	struct ti_text_out out;
	int ret;

	text->out = kvmalloc(size, GFP_NOIO);
	if (!text->out)
		return -ENOMEM;
	ti_text_out_init(&out, text->out, size);
	ret = ti_negotiate_text(&text->neg, text->in, text->in_len, &out,
				text_other_key, conn);
	/* A discovery session has no other text (§4.3). */
	if (!ret && !conn->sess->tpg && !text->listed)
		ret = -EPROTO;
	if (ret) {
		kvfree(text->out);
		text->out = NULL;
		return ret;
	}
	text->out_len = out.len;
	return 0;
}

/* It is kept until the initiator has asked for all of it: no more than there is. */
static void text_shrink(struct ti_text_state *text)
{
	char *out = kvmalloc(text->out_len, GFP_NOIO | __GFP_NOWARN);

	if (!out)
		return;
	memcpy(out, text->out, text->out_len);
	kvfree(text->out);
	text->out = out;
}

/* Answer the whole request; what has many keys takes more than one try. */
static int text_answer(struct ti_conn *conn, struct ti_text_state *text)
{
	const struct ti_negotiation before = text->neg;
	u32 size = TI_FIRST_RESPONSE;
	int ret;

	ret = ti_text_check(text->in, text->in_len);
	if (ret)
		return ret;
	do {
		text->neg = before;
		ret = text_answer_into(conn, text, size);
		size *= 4;
	} while (ret == -ENOSPC && size <= TI_MAX_RESPONSE);
	if (!ret && text->out_len > TI_FIRST_RESPONSE)
		text_shrink(text);
	return ret;
}

static int text_respond(struct ti_cmd *cmd, const char *data, u32 len,
			u8 flags, u32 ttt)
{
	struct ti_pdu *pdu = ti_pdu_alloc(TI_OP_TEXT_RSP, len);
	struct ti_text_rsp_hdr *hdr;

	if (!pdu)
		return -ENOMEM;
	hdr = (struct ti_text_rsp_hdr *)&pdu->bhs;
	hdr->flags = flags;
	hdr->itt = cmd->bhs.itt;
	hdr->ttt = cpu_to_be32(ttt);
	pdu->takes_stat_sn = true;
	memcpy(pdu->data, data, len);
	ti_pdu_queue(cmd->conn, pdu);
	return 0;
}

/* Of what is left of the response, and of the list as much as there is room for. */
static int text_extend(struct ti_conn *conn, struct ti_text_state *text, u32 size)
{
	u32 left = text->out_len - text->sent;
	struct ti_text_out out;
	char *buf;
	int ret;

	buf = kvmalloc(size, GFP_NOIO);
	if (!buf)
		return -ENOMEM;
	ti_text_out_init(&out, buf, size);
	if (left)
		memcpy(buf, text->out + text->sent, left);
	out.len = left;
	ret = ti_discovery_more(conn, &text->list, &out);
	kvfree(text->out);
	text->out = buf;
	text->out_len = out.len;
	text->sent = 0;
	return ret;
}

/* More than @part bytes, or all that there is, so that the last part has some, too. */
static int text_refill(struct ti_conn *conn, struct ti_text_state *text, u32 part)
{
	u32 size = part + TI_FIRST_RESPONSE;
	int ret;

	/* Only a target with very many portals takes more than one try. */
	while (text->list.open && text->out_len - text->sent <= part) {
		ret = text_extend(conn, text, size);
		if (ret && (ret != -ENOSPC || size > TI_MAX_RESPONSE))
			return ret;
		size *= 4;
	}
	return 0;
}

/* The next part of the response; the last one ends the negotiation. */
static int text_send_part(struct ti_cmd *cmd, struct ti_text_state *text)
{
	struct ti_conn *conn = cmd->conn;
	bool final = cmd->text_hdr.flags & TI_FLAG_FINAL;
	u32 len = min(conn->params->max_xmit_dsl, TI_TEXT_PART);
	const char *data;
	u32 left;
	int ret;

	ret = text_refill(conn, text, len);
	if (ret)
		return ret;
	left = text->out_len - text->sent;
	len = min(left, len);
	data = text->out + text->sent;
	text->sent += len;
	if (len < left)
		return text_respond(cmd, data, len, TI_FLAG_CONTINUE, text->ttt);
	if (!final) {
		/* The initiator has more to say in the same negotiation. */
		text->responding = false;
		text->in_len = 0;
		return text_respond(cmd, data, len, 0, text->ttt);
	}
	ret = text_respond(cmd, data, len, TI_FLAG_FINAL, TI_RESERVED_TAG);
	/* What else full feature phase may change (§13) is not looked at after login. */
	if (!ret)
		WRITE_ONCE(conn->params->max_xmit_dsl, text->params.max_xmit_dsl);
	ti_text_free(conn);
	return ret;
}

static int text_append(struct ti_text_state *text, const char *data, u32 len)
{
	char *in;

	if (text->in_len + len > TI_TEXT_MAX)
		return -EMSGSIZE;
	in = kvmalloc(text->in_len + len + 1, GFP_NOIO);
	if (!in)
		return -ENOMEM;
	if (text->in_len)
		memcpy(in, text->in, text->in_len);
	memcpy(in + text->in_len, data, len);
	kvfree(text->in);
	text->in = in;
	text->in_len += len;
	return 0;
}

/* The negotiation that a request belongs to: a new one, or the open one. */
static struct ti_text_state *text_state(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	struct ti_tpg *tpg = conn->sess->tpg;
	u32 ttt = be32_to_cpu(cmd->text_hdr.ttt);

	if (ttt != TI_RESERVED_TAG)
		return conn->text && conn->text->ttt == ttt ?
		       conn->text : ERR_PTR(-EPROTO);

	/* A new one ends what was open (§11.10.4). */
	ti_text_free(conn);
	conn->text = kzalloc(sizeof(*conn->text), GFP_NOIO);
	if (!conn->text)
		return ERR_PTR(-ENOMEM);
	conn->text->ttt = cmd->index;
	conn->text->params = *conn->params;
	if (tpg)
		ti_tpg_copy_param(tpg, &conn->text->cfg);
	else	/* a discovery session */
		ti_param_cfg_init_defaults(&conn->text->cfg);
	ti_negotiation_init_ffp(&conn->text->neg, &conn->text->cfg,
				&conn->text->params);
	return conn->text;
}

static int text_execute(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	u8 flags = cmd->text_hdr.flags;
	u32 len = ti_pdu_dlength(&cmd->bhs);
	struct ti_text_state *text;
	int ret;

	if (flags & TI_FLAG_FINAL && flags & TI_FLAG_CONTINUE)
		return -EPROTO;
	text = text_state(cmd);
	if (IS_ERR(text))
		return PTR_ERR(text);

	if (text->responding) {
		/* An empty request asks for the next part (§11.10.4). */
		if (len)
			return -EPROTO;
		return text_send_part(cmd, text);
	}
	ret = text_append(text, cmd->text, len);
	if (ret)
		return ret;
	if (flags & TI_FLAG_CONTINUE)
		return text_respond(cmd, NULL, 0, 0, text->ttt);

	kvfree(text->out);
	text->out = NULL;
	text->out_len = 0;
	text->sent = 0;
	ret = text_answer(conn, text);
	if (ret)
		return ret;
	text->responding = true;
	return text_send_part(cmd, text);
}

/**
 * ti_text_execute - do what a Text Request asks
 * @cmd:	the task
 *
 * A request that is against the rules is rejected and ends the negotiation
 * (RFC 7143 §6.2). Owner; may sleep.
 */
void ti_text_execute(struct ti_cmd *cmd)
{
	struct ti_conn *conn = cmd->conn;
	int ret = text_execute(cmd);

	if (ret) {
		ti_text_free(conn);
		ti_order_unreceive(cmd);
		ti_tx_reject(conn, &cmd->bhs, TI_BHS_LEN,
			     TI_REJECT_PROTOCOL_ERROR);
	}
	ti_task_finish(cmd);
}
