// SPDX-License-Identifier: GPL-2.0
/*
 * A login or a text sequence of several requests. First byte: the
 * configuration and the kind of negotiation; second: room for the answers; then the requests, separated by '\n'. What holds at the end must
 * be within the limits of the standard and of the configuration.
 */
#include <stdlib.h>

#include "params.h"

static int other(void *ctx, enum ti_key key, const struct ti_text_pair *pair,
		 struct ti_text_out *out)
{
	(void)ctx;
	(void)out;
	if (strlen(pair->value) != pair->value_len)
		abort();
	if (key == TI_KEY_SEND_TARGETS)
		return 0;
	if (key < TI_KEY_CHAP_A || key > TI_KEY_CHAP_R)
		abort();
	return 0;
}

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_params(const struct ti_params *p,
			 const struct ti_param_cfg *cfg)
{
	must(p->max_burst >= TI_DSL_MIN && p->max_burst <= TI_DSL_MAX);
	must(p->first_burst >= TI_DSL_MIN && p->first_burst <= p->max_burst);
	must(p->max_xmit_dsl >= TI_DSL_MIN);
	must(p->max_xmit_dsl <= max_t(u32, cfg->max_xmit_dsl,
				      TI_DEFAULT_MRDSL));
	must(p->max_connections == 1);
	must(p->erl == 0);
	must(p->protocol_level <= TI_IMPL_PROTOCOL_LEVEL);
	must(p->max_r2t >= 1);
	must(p->time2wait <= 3600 && p->time2retain <= 3600);
	must(p->data_pdu_in_order && p->data_seq_in_order);
	must(!p->initiator_name[0] || !ti_name_check(p->initiator_name));
	must(!p->target_name[0] || !ti_name_check(p->target_name));
	must(strlen(p->initiator_alias) <= TI_SIMPLE_VALUE_MAX);
	must(p->auth_method == TI_AUTH_NONE || p->auth_method == TI_AUTH_CHAP);
}

static void configure(struct ti_param_cfg *cfg, u8 bits)
{
	ti_param_cfg_init_defaults(cfg);
	if (bits & 1) {
		ti_param_cfg_set(cfg, "HeaderDigest", "CRC32C");
		ti_param_cfg_set(cfg, "ImmediateData", "No");
		ti_param_cfg_set(cfg, "MaxBurstLength", "4096");
		ti_param_cfg_set(cfg, "DefaultTime2Wait", "30");
		ti_param_cfg_set(cfg, "MaxXmitDataSegmentLength", "512");
	}
	if (bits & 2)
		ti_param_cfg_set(cfg, "AuthMethod", "CHAP,None");
	if (bits & 32) {
		ti_param_cfg_set(cfg, "InitialR2T", "Yes");
		ti_param_cfg_set(cfg, "MaxConnections", "8");
		ti_param_cfg_set(cfg, "MaxOutstandingR2T", "16");
		ti_param_cfg_set(cfg, "ErrorRecoveryLevel", "2");
		ti_param_cfg_set(cfg, "TargetAlias", "alias");
	}
}

static int one_request(struct ti_negotiation *neg, const u8 *data, size_t len,
		       size_t room)
{
	u8 *text = malloc(len ?: 1), *buf = malloc(room ?: 1);
	struct ti_text_out out;
	int ret;

	if (len)
		memcpy(text, data, len);
	ti_text_out_init(&out, buf, room);
	ret = ti_text_check(text, len);
	if (!ret)
		ret = ti_negotiate_text(neg, text, len, &out, other, NULL);
	if (!ret && neg->stage == TI_STAGE_OPERATIONAL)
		ret = ti_negotiation_declare(neg, &out);
	if (!ret && neg->stage == TI_STAGE_SECURITY)
		ret = ti_negotiation_declare_tpgt(65535, &out);
	if (!ret)
		ret = ti_negotiation_ask(neg, &out);
	must(out.len <= room);
	must(!ti_text_check(buf, out.len) || ret < 0);
	must(strlen(ti_key_name(neg->bad_key)) > 0);
	free(text);
	free(buf);
	return ret < 0 ? ret : 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const u8 *end = data + size, *nl;
	struct ti_negotiation neg;
	struct ti_param_cfg cfg;
	struct ti_params params;
	size_t room;

	if (size < 2)
		return 0;
	configure(&cfg, data[0]);
	ti_negotiation_init(&neg, &cfg, &params, !(data[0] & 4));
	if (data[0] & 8)
		ti_negotiation_init_ffp(&neg, &cfg, &params);
	else if (data[0] & 16)
		neg.stage = TI_STAGE_OPERATIONAL;
	if (data[0] & 64)
		ti_negotiation_close_names(&neg);
	/* no more than 8 KiB, so that a whole answer need not fit */
	room = (data[1] & 127) * 64 + (data[1] >> 7);

	for (data += 2; data < end; data = nl + 1) {
		nl = memchr(data, '\n', end - data);
		if (!nl)
			nl = end;
		if (one_request(&neg, data, nl - data, room))
			break;
		if (neg.stage == TI_STAGE_SECURITY && (nl - data) % 2)
			neg.stage = TI_STAGE_OPERATIONAL;
	}
	ti_negotiation_pending(&neg);
	ti_negotiation_finish(&neg);
	check_params(&params, &cfg);
	return 0;
}
