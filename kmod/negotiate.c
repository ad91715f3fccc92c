// SPDX-License-Identifier: GPL-2.0
/*
 * The negotiation of text keys: what is done with each kind of key. See params.h.
 */
#include "keys.h"

/**
 * ti_params_init_defaults - what holds before anything is negotiated
 * @params: the parameters
 *
 * The defaults of RFC 7143 §13, which are not those of
 * ti_param_cfg_init_defaults().
 *
 * Any context.
 */
void ti_params_init_defaults(struct ti_params *params)
{
	memset(params, 0, sizeof(*params));
	params->session_type = TI_SESSION_NORMAL;
	params->max_connections = 1;
	params->max_burst = 262144;
	params->first_burst = 65536;
	params->time2wait = 2;
	params->time2retain = 20;
	params->max_r2t = 1;
	params->erl = 0;
	params->protocol_level = 1;
	params->initial_r2t = true;
	params->immediate_data = true;
	params->data_pdu_in_order = true;
	params->data_seq_in_order = true;
	params->auth_method = TI_AUTH_NONE;
	params->max_recv_dsl = TI_DEFAULT_MRDSL;
	params->max_xmit_dsl = TI_DEFAULT_MRDSL;
}

/**
 * ti_negotiation_init - begin the negotiation of a login
 * @neg: its state
 * @cfg: the portal group's configuration; must not change meanwhile
 * @params: set to the defaults, then filled in
 * @leading: the connection is the first of its session
 *
 * It begins in the security stage with every method that AuthMethod allows;
 * the caller moves @neg->stage and may narrow @neg->auth_mask, and may replace
 * @neg->cfg when the target becomes known.
 *
 * Any context.
 */
void ti_negotiation_init(struct ti_negotiation *neg,
			 const struct ti_param_cfg *cfg,
			 struct ti_params *params, bool leading)
{
	memset(neg, 0, sizeof(*neg));
	neg->cfg = cfg;
	neg->params = params;
	neg->stage = TI_STAGE_SECURITY;
	neg->leading = leading;
	neg->auth_mask = ti_param_cfg_auth_mask(cfg);
	neg->bad_key = TI_KEY_UNKNOWN;
	ti_params_init_defaults(params);
}

/**
 * ti_negotiation_init_ffp - begin the negotiation of one text sequence
 * @neg: its state
 * @cfg: the portal group's configuration; must not change meanwhile
 * @params: a copy of what holds now
 *
 * For Text Requests in full feature phase. What a failed sequence did to
 * @params must be thrown away (RFC 7143 §7.12), hence a copy, which
 * replaces the original after a good end.
 *
 * Any context.
 */
void ti_negotiation_init_ffp(struct ti_negotiation *neg,
			     const struct ti_param_cfg *cfg,
			     struct ti_params *params)
{
	memset(neg, 0, sizeof(*neg));
	neg->cfg = cfg;
	neg->params = params;
	neg->stage = TI_STAGE_FULL_FEATURE;
	neg->bad_key = TI_KEY_UNKNOWN;
}

static bool *bool_result(struct ti_negotiation *neg, const struct ti_key_desc *d)
{
	return (bool *)((u8 *)neg->params + d->result);
}

static u32 *u32_result(struct ti_negotiation *neg, const struct ti_key_desc *d)
{
	return (u32 *)((u8 *)neg->params + d->result);
}

static bool our_bool(const struct ti_negotiation *neg,
		     const struct ti_key_desc *d)
{
	/* DataPDUInOrder, DataSequenceInOrder: we only do Yes */
	if (d->cfg == NO_CFG)
		return true;
	return *(const bool *)((const u8 *)neg->cfg + d->cfg);
}

/* RFC 7143 §13.14: FirstBurstLength must not exceed MaxBurstLength. */
static u32 our_first_burst(const struct ti_negotiation *neg)
{
	u32 limit = neg->params->max_burst;

	if (!ti_negotiation_seen(neg, TI_KEY_MAX_BURST) && neg->burst_hint)
		limit = min(neg->burst_hint, neg->cfg->max_burst);
	return min(limit, neg->cfg->first_burst);
}

static u32 our_number(const struct ti_negotiation *neg, enum ti_key key)
{
	const struct ti_param_cfg *cfg = neg->cfg;

	switch (key) {
	case TI_KEY_FIRST_BURST:
		return our_first_burst(neg);
	case TI_KEY_MAX_CONNECTIONS:
		return min_t(u32, cfg->max_connections,
			     TI_IMPL_MAX_CONNECTIONS);
	case TI_KEY_ERL:
		return min_t(u32, cfg->erl, TI_IMPL_ERL);
	case TI_KEY_PROTOCOL_LEVEL:
		return TI_IMPL_PROTOCOL_LEVEL;
	default:
		return *(const u32 *)((const u8 *)cfg + ti_key_table[key].cfg);
	}
}

static const struct ti_list *our_digests(const struct ti_negotiation *neg,
					 const struct ti_key_desc *d)
{
	return (const struct ti_list *)((const u8 *)neg->cfg + d->cfg);
}

static bool digest_required(const struct ti_negotiation *neg,
			    const struct ti_key_desc *d)
{
	return !(ti_list_mask(our_digests(neg, d)) & BIT(TI_DIGEST_NONE));
}

static bool is_reserved(const struct ti_text_pair *pair)
{
	return ti_text_is(pair->value, pair->value_len, "Reject") ||
	       ti_text_is(pair->value, pair->value_len, "Irrelevant") ||
	       ti_text_is(pair->value, pair->value_len, "NotUnderstood");
}

static bool is_irrelevant(const struct ti_negotiation *neg,
			  const struct ti_key_desc *d)
{
	return (d->flags & NORMAL) &&
	       neg->params->session_type == TI_SESSION_DISCOVERY;
}

/* What the initiator offered, ours to answer. */

static int answer_reject(const struct ti_key_desc *d, struct ti_text_out *out)
{
	return ti_text_add(out, d->name, "Reject");
}

static int answer_bool(struct ti_negotiation *neg, const struct ti_key_desc *d,
		       const struct ti_text_pair *pair, struct ti_text_out *out)
{
	bool ours = our_bool(neg, d);
	bool value;

	if (ti_text_bool(pair->value, pair->value_len, &value))
		return answer_reject(d, out);
	value = d->kind == KIND_OR ? value || ours : value && ours;
	*bool_result(neg, d) = value;
	return ti_text_add(out, d->name, value ? "Yes" : "No");
}

static int answer_number(struct ti_negotiation *neg, enum ti_key key,
			 const struct ti_text_pair *pair,
			 struct ti_text_out *out)
{
	const struct ti_key_desc *d = &ti_key_table[key];
	u32 ours = our_number(neg, key);
	u32 value;

	if (ti_text_u32(pair->value, pair->value_len, d->lo, d->hi, &value))
		return answer_reject(d, out);
	value = d->kind == KIND_MIN ? min(value, ours) : max(value, ours);
	*u32_result(neg, d) = value;
	return ti_text_add_u32(out, d->name, value);
}

/*
 * Reject leaves the default in force, which is no digest. When the
 * configuration insists on one, the negotiation has failed.
 */
static int answer_digest(struct ti_negotiation *neg, const struct ti_key_desc *d,
			 const struct ti_text_pair *pair,
			 struct ti_text_out *out)
{
	int i = ti_list_choose(pair->value, pair->value_len, ti_digest_names,
			       ti_list_mask(our_digests(neg, d)));

	if (i < 0)
		return digest_required(neg, d) ? -EOPNOTSUPP :
			answer_reject(d, out);
	*bool_result(neg, d) = i == TI_DIGEST_CRC32C;
	return ti_text_add(out, d->name, ti_digest_names[i]);
}

/* ResponseFence orders the responses of several connections (RFC 7143 §4.2.2.3.3). */
static_assert(TI_IMPL_MAX_CONNECTIONS == 1);

static int answer_task_reporting(const struct ti_key_desc *d,
				 const struct ti_text_pair *pair,
				 struct ti_text_out *out)
{
	static const char * const names[] = { "RFC3720", "ResponseFence", NULL };
	int i = ti_list_choose(pair->value, pair->value_len, names,
			       BIT(0) | BIT(1));

	return i < 0 ? answer_reject(d, out) :
		ti_text_add(out, d->name, names[i]);
}

static int answer_auth_method(struct ti_negotiation *neg,
			      const struct ti_key_desc *d,
			      const struct ti_text_pair *pair,
			      struct ti_text_out *out)
{
	int i = ti_list_choose(pair->value, pair->value_len,
			       ti_auth_names, neg->auth_mask);

	if (i == -EINVAL)
		return i;
	if (i < 0)
		return -EACCES;
	neg->params->auth_method = i;
	neg->auth_chosen = true;
	return ti_text_add(out, d->name, ti_auth_names[i]);
}

/* What the initiator declares: no answer. */

static int take_recv_dsl(struct ti_negotiation *neg, const struct ti_key_desc *d,
			 const struct ti_text_pair *pair)
{
	u32 value;

	if (ti_text_u32(pair->value, pair->value_len, d->lo, d->hi, &value))
		return -EINVAL;
	neg->params->max_xmit_dsl = min(value, neg->cfg->max_xmit_dsl);
	return 0;
}

static int take_name(struct ti_negotiation *neg, const struct ti_key_desc *d,
		     const struct ti_text_pair *pair)
{
	return ti_name_normalize(pair->value, (char *)neg->params + d->result,
				 TI_NAME_MAX + 1);
}

static int take_alias(struct ti_negotiation *neg, const struct ti_key_desc *d,
		      const struct ti_text_pair *pair)
{
	if (pair->value_len > TI_SIMPLE_VALUE_MAX)
		return -EINVAL;
	memcpy((char *)neg->params + d->result, pair->value,
	       pair->value_len + 1);
	return 0;
}

/**
 * ti_session_type_parse - read the value of SessionType
 * @pair: the key and its value
 * @type: where it goes; unchanged after an error
 *
 * RFC 7143 §13.21. Any context. Return: 0, or -EPROTONOSUPPORT.
 */
int ti_session_type_parse(const struct ti_text_pair *pair,
			  enum ti_session_type *type)
{
	if (ti_text_is(pair->value, pair->value_len, "Normal"))
		*type = TI_SESSION_NORMAL;
	else if (ti_text_is(pair->value, pair->value_len, "Discovery"))
		*type = TI_SESSION_DISCOVERY;
	else
		return -EPROTONOSUPPORT;
	return 0;
}

static int take_auth(const struct ti_negotiation *neg)
{
	if (!neg->auth_chosen || neg->params->auth_method != TI_AUTH_CHAP)
		return -EPROTO;
	return TI_NEGOTIATE_OTHER;
}

/* What we offered, the initiator's to answer (RFC 7143 §6.2). */

static int take_bool_answer(struct ti_negotiation *neg,
			    const struct ti_key_desc *d,
			    const struct ti_text_pair *pair)
{
	bool value;

	if (ti_text_bool(pair->value, pair->value_len, &value))
		return -EPROTO;
	/* we only offer No to AND, and that settles it */
	if (value)
		return -EPROTO;
	*bool_result(neg, d) = value;
	return 0;
}

static int take_number_answer(struct ti_negotiation *neg, enum ti_key key,
			      const struct ti_text_pair *pair)
{
	const struct ti_key_desc *d = &ti_key_table[key];
	u32 ours = our_number(neg, key);
	u32 value;

	if (ti_text_u32(pair->value, pair->value_len, d->lo, d->hi, &value))
		return -EPROTO;
	if (d->kind == KIND_MIN ? value > ours : value < ours)
		return -EPROTO;
	*u32_result(neg, d) = value;
	return 0;
}

static int take_digest_answer(struct ti_negotiation *neg,
			      const struct ti_key_desc *d,
			      const struct ti_text_pair *pair)
{
	int i = ti_list_find(ti_digest_names, pair->value, pair->value_len);

	if (i < 0 || !(ti_list_mask(our_digests(neg, d)) & BIT(i)))
		return -EPROTO;
	*bool_result(neg, d) = i == TI_DIGEST_CRC32C;
	return 0;
}

static int take_reserved_answer(const struct ti_negotiation *neg,
				enum ti_key key,
				const struct ti_text_pair *pair)
{
	if (ti_text_is(pair->value, pair->value_len, "NotUnderstood"))
		return -EPROTO;
	/* without unsolicited data its length does not matter */
	if (key == TI_KEY_FIRST_BURST && neg->params->initial_r2t &&
	    !neg->params->immediate_data)
		return 0;
	return -EOPNOTSUPP;
}

static int take_answer(struct ti_negotiation *neg, enum ti_key key,
		       const struct ti_text_pair *pair)
{
	const struct ti_key_desc *d = &ti_key_table[key];

	if (is_reserved(pair))
		return take_reserved_answer(neg, key, pair);
	switch (d->kind) {
	case KIND_AND:
		return take_bool_answer(neg, d, pair);
	case KIND_MIN:
	case KIND_MAX:
		return take_number_answer(neg, key, pair);
	case KIND_DIGEST:
		return take_digest_answer(neg, d, pair);
	default:
		return -EPROTO;
	}
}

static int take_offer(struct ti_negotiation *neg, enum ti_key key,
		      const struct ti_text_pair *pair, struct ti_text_out *out)
{
	const struct ti_key_desc *d = &ti_key_table[key];

	if (is_irrelevant(neg, d))
		return ti_text_add(out, d->name, "Irrelevant");

	switch (d->kind) {
	case KIND_AUTH_METHOD:
		return answer_auth_method(neg, d, pair, out);
	case KIND_DIGEST:
		return answer_digest(neg, d, pair, out);
	case KIND_MIN:
	case KIND_MAX:
		return answer_number(neg, key, pair, out);
	case KIND_OR:
	case KIND_AND:
		return answer_bool(neg, d, pair, out);
	case KIND_TASK_REPORTING:
		return answer_task_reporting(d, pair, out);
	case KIND_OBSOLETE:
		return answer_reject(d, out);
	case KIND_RECV_DSL:
		return take_recv_dsl(neg, d, pair);
	case KIND_NAME:
		return take_name(neg, d, pair);
	case KIND_ALIAS:
		return take_alias(neg, d, pair);
	case KIND_SESSION_TYPE:
		return ti_session_type_parse(pair, &neg->params->session_type);
	case KIND_AUTH:
		return take_auth(neg);
	case KIND_SEND_TARGETS:
		return TI_NEGOTIATE_OTHER;
	case KIND_IGNORED:
		return 0;
	case KIND_TARGET_ONLY:
		break;
	}
	return -EPROTO;
}

/* The constants of RFC 7143 §6.2 may only be answers. */
static bool reserved_as_offer(const struct ti_key_desc *d,
			      const struct ti_text_pair *pair)
{
	/* free text, where they are words like any other */
	if (d && (d->kind == KIND_AUTH || d->kind == KIND_ALIAS))
		return false;
	return is_reserved(pair);
}

/* FNV-1a; names that meet in 64 bits are not worth a thought. */
static u64 key_hash(const struct ti_text_pair *pair)
{
	u64 hash = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < pair->key_len; i++)
		hash = (hash ^ (u8)pair->key[i]) * 0x100000001b3ULL;
	return hash;
}

/* Was it there before (§6.3)? As far as there is room to remember. */
static bool unknown_seen(struct ti_negotiation *neg,
			 const struct ti_text_pair *pair)
{
	u64 hash = key_hash(pair);
	unsigned int i;

	for (i = 0; i < neg->nr_unknown; i++)
		if (neg->unknown[i] == hash)
			return true;
	if (neg->nr_unknown < TI_UNKNOWN_MAX)
		neg->unknown[neg->nr_unknown++] = hash;
	return false;
}

static int take_unknown(struct ti_negotiation *neg,
			const struct ti_text_pair *pair,
			struct ti_text_out *out)
{
	static const char answer[] = "NotUnderstood";

	if (reserved_as_offer(NULL, pair) || unknown_seen(neg, pair))
		return -EPROTO;
	return ti_text_add_n(out, pair->key, pair->key_len, answer,
			sizeof(answer) - 1);
}

static int take_known(struct ti_negotiation *neg, enum ti_key key,
		      const struct ti_text_pair *pair, struct ti_text_out *out)
{
	const struct ti_key_desc *d = &ti_key_table[key];

	/*
	 * An answer to one of our declarations: of no use, and no harm. But
	 * nobody may not understand the portal group tag (§6.2).
	 */
	if (d->kind == KIND_TARGET_ONLY && is_reserved(pair))
		return key == TI_KEY_TPGT && ti_text_is(pair->value,
				pair->value_len, "NotUnderstood") ? -EPROTO : 0;
	if (!(d->stages & BIT(neg->stage)))
		return -EPROTO;
	if ((d->flags & LEADING) && !neg->leading)
		return -EPROTO;
	if (ti_negotiation_seen(neg, key))
		return -EPROTO;
	neg->seen |= BIT_ULL(key);

	if (neg->asked_keys & BIT_ULL(key))
		return take_answer(neg, key, pair);
	if (reserved_as_offer(d, pair))
		return -EPROTO;
	return take_offer(neg, key, pair, out);
}

/**
 * ti_negotiate - take one key from the initiator
 * @neg: the negotiation
 * @pair: the key and its value
 * @out: where the answer goes, if there is one
 *
 * RFC 7143 §6 and §13. An offer is answered with the outcome, with
 * Reject when its value is inadmissible (the default stays), with Irrelevant
 * or NotUnderstood. An answer to an offer of ours is checked and taken. A
 * declaration is taken. After an error the login or the text sequence has
 * failed, and @neg->bad_key says at which key.
 *
 * Any context. Return: 0, TI_NEGOTIATE_OTHER, or an error (see params.h).
 */
int ti_negotiate(struct ti_negotiation *neg, const struct ti_text_pair *pair,
		 struct ti_text_out *out)
{
	enum ti_key key = ti_key_find(pair->key, pair->key_len);
	int ret;

	if (key == TI_KEY_UNKNOWN)
		ret = take_unknown(neg, pair, out);
	else
		ret = take_known(neg, key, pair, out);
	if (ret < 0)
		neg->bad_key = key;
	return ret;
}

/*
 * Two keys decide about others that may stand before them in the same text.
 * They are only looked at here, and taken in their turn.
 */
static void look_ahead(struct ti_negotiation *neg, const void *data, size_t len)
{
	const struct ti_key_desc *burst = &ti_key_table[TI_KEY_MAX_BURST];
	struct ti_text_iter it;
	struct ti_text_pair pair;
	enum ti_key key;

	neg->burst_hint = 0;
	ti_text_iter_init(&it, data, len);
	while (ti_text_next(&it, &pair) > 0) {
		key = ti_key_find(pair.key, pair.key_len);
		if (ti_negotiation_seen(neg, key) || !neg->leading)
			continue;
		if (key == TI_KEY_SESSION_TYPE)
			ti_session_type_parse(&pair, &neg->params->session_type);
		else if (key == TI_KEY_MAX_BURST)
			ti_text_u32(pair.value, pair.value_len, burst->lo,
				    burst->hi, &neg->burst_hint);
	}
}

/**
 * ti_negotiate_text - take all keys of one request
 * @neg: the negotiation
 * @data: the request's text, joined when it came in several PDUs; it has passed
 *	ti_text_check(), so that a malformed one has no effect
 * @len: its bytes
 * @out: where the answers go
 * @other: takes the keys that are not negotiated here
 * @ctx: for @other
 *
 * Any context that @other may be called in. Return: 0, an error (see params.h), or
 * what @other returned.
 */
int ti_negotiate_text(struct ti_negotiation *neg, const void *data, size_t len,
		      struct ti_text_out *out, ti_negotiate_other_fn *other,
		      void *ctx)
{
	struct ti_text_iter it;
	struct ti_text_pair pair;
	int ret;

	neg->bad_key = TI_KEY_UNKNOWN;
	look_ahead(neg, data, len);

	ti_text_iter_init(&it, data, len);
	while ((ret = ti_text_next(&it, &pair)) > 0) {
		ret = ti_negotiate(neg, &pair, out);
		if (ret == TI_NEGOTIATE_OTHER)
			ret = other(ctx, ti_key_find(pair.key, pair.key_len),
				    &pair, out);
		if (ret < 0)
			return ret;
	}
	return ret;
}

/**
 * ti_negotiation_close_names - who wants what has been said
 * @neg: the negotiation
 *
 * To be called after the first request of a login: InitiatorName, TargetName
 * and SessionType belong there (RFC 7143 §6.3) and are refused from now on,
 * also those that were left out. What depends on them was decided.
 *
 * Any context.
 */
void ti_negotiation_close_names(struct ti_negotiation *neg)
{
	neg->seen |= BIT_ULL(TI_KEY_INITIATOR_NAME) |
		     BIT_ULL(TI_KEY_TARGET_NAME) |
		     BIT_ULL(TI_KEY_SESSION_TYPE);
}

/**
 * ti_negotiation_declare_tpgt - declare our portal group tag
 * @tpgt: the tag
 * @out: the answer that it goes into
 *
 * In the first Login Response of each connection whose initiator names a target:
 * of all normal sessions, and of a discovery session where it does (RFC 7143
 * §13.9).
 *
 * Any context. Return: 0 or -ENOSPC.
 */
int ti_negotiation_declare_tpgt(u16 tpgt, struct ti_text_out *out)
{
	return ti_text_add_u32(out, ti_key_name(TI_KEY_TPGT), tpgt);
}

/**
 * ti_negotiation_declare - declare our MaxRecvDataSegmentLength and alias
 * @neg: the negotiation
 * @out: the answer that they go into
 *
 * To be called with each answer of the operational stage; only the first call
 * does something. Without it our MaxRecvDataSegmentLength is 8192.
 *
 * Any context. Return: 0 or -ENOSPC.
 */
int ti_negotiation_declare(struct ti_negotiation *neg, struct ti_text_out *out)
{
	const struct ti_param_cfg *cfg = neg->cfg;
	int ret;

	if (neg->declared)
		return 0;
	if (cfg->target_alias[0] && neg->leading &&
	    neg->params->session_type == TI_SESSION_NORMAL) {
		ret = ti_text_add(out, ti_key_name(TI_KEY_TARGET_ALIAS),
				  cfg->target_alias);
		if (ret)
			return ret;
	}
	ret = ti_text_add_u32(out, ti_key_name(TI_KEY_MAX_RECV_DSL),
			      cfg->max_recv_dsl);
	if (ret)
		return ret;
	neg->params->max_recv_dsl = cfg->max_recv_dsl;
	neg->declared = true;
	return 0;
}

/* Is what holds without a negotiation against our configuration? */
static bool must_ask(struct ti_negotiation *neg, enum ti_key key)
{
	const struct ti_key_desc *d = &ti_key_table[key];

	if (ti_negotiation_seen(neg, key) || is_irrelevant(neg, d))
		return false;
	if ((d->flags & LEADING) && !neg->leading)
		return false;
	switch (d->kind) {
	case KIND_MIN:
		return our_number(neg, key) < *u32_result(neg, d);
	case KIND_MAX:
		return our_number(neg, key) > *u32_result(neg, d);
	case KIND_AND:
		return !our_bool(neg, d);
	case KIND_DIGEST:
		return digest_required(neg, d);
	default:
		return false;
	}
}

static int ask(struct ti_negotiation *neg, enum ti_key key,
	       struct ti_text_out *out)
{
	const struct ti_key_desc *d = &ti_key_table[key];
	struct ti_text_out list;
	char value[32] = "";
	int ret;

	switch (d->kind) {
	case KIND_AND:
		return ti_text_add(out, d->name, "No");
	case KIND_DIGEST:
		ti_text_out_init(&list, value, sizeof(value));
		ret = ti_list_put(&list, our_digests(neg, d), ti_digest_names);
		return ret ? ret : ti_text_add(out, d->name, value);
	default:
		return ti_text_add_u32(out, d->name, our_number(neg, key));
	}
}

/**
 * ti_negotiation_ask - offer what the initiator left out and we insist on
 * @neg: the negotiation
 * @out: the answer that the offers go into
 *
 * To be called when the initiator wants to leave the operational stage. A key
 * is offered when its default would go beyond our configuration, for example
 * when that requires a digest or a smaller burst. Only the first call offers.
 * While ti_negotiation_pending(), the stage must not be left.
 *
 * Any context. Return: how many keys were offered, or -ENOSPC.
 */
int ti_negotiation_ask(struct ti_negotiation *neg, struct ti_text_out *out)
{
	int key, ret, count = 0;

	if (neg->asked)
		return 0;
	neg->asked = true;
	for (key = 0; key < TI_KEY_COUNT; key++) {
		if (!must_ask(neg, key))
			continue;
		ret = ask(neg, key, out);
		if (ret)
			return ret;
		neg->asked_keys |= BIT_ULL(key);
		count++;
	}
	return count;
}

/**
 * ti_negotiation_pending - is an offer of ours still without an answer
 * @neg: the negotiation
 *
 * Any context.
 */
bool ti_negotiation_pending(const struct ti_negotiation *neg)
{
	return neg->asked_keys & ~neg->seen;
}

/**
 * ti_negotiation_finish - make the outcome consistent
 * @neg: the negotiation, at its end
 *
 * RFC 7143 §13.14: FirstBurstLength does not exceed MaxBurstLength,
 * also when the initiator offered the two in different requests.
 *
 * Any context.
 */
void ti_negotiation_finish(struct ti_negotiation *neg)
{
	struct ti_params *params = neg->params;

	params->first_burst = min(params->first_burst, params->max_burst);
}
