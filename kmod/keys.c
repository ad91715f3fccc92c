// SPDX-License-Identifier: GPL-2.0
/*
 * The table of text keys. See params.h.
 */
#include "keys.h"

#define IN_SECURITY	BIT(TI_STAGE_SECURITY)
#define IN_OPERATIONAL	BIT(TI_STAGE_OPERATIONAL)
#define IN_FFP		BIT(TI_STAGE_FULL_FEATURE)
#define IN_LOGIN	(IN_SECURITY | IN_OPERATIONAL)
#define IN_ANY		(IN_LOGIN | IN_FFP)

#define CFG(field)	offsetof(struct ti_param_cfg, field)
#define RES(field)	offsetof(struct ti_params, field)

/* RFC 7143 §13 (and 12 for the first six), RFC 7144, RFC 4850 */
const struct ti_key_desc ti_key_table[TI_KEY_COUNT] = {
	[TI_KEY_AUTH_METHOD] = {
		.name = "AuthMethod", .kind = KIND_AUTH_METHOD,
		.stages = IN_SECURITY },
	[TI_KEY_CHAP_A] = {
		.name = "CHAP_A", .kind = KIND_AUTH, .stages = IN_SECURITY },
	[TI_KEY_CHAP_I] = {
		.name = "CHAP_I", .kind = KIND_AUTH, .stages = IN_SECURITY },
	[TI_KEY_CHAP_C] = {
		.name = "CHAP_C", .kind = KIND_AUTH, .stages = IN_SECURITY },
	[TI_KEY_CHAP_N] = {
		.name = "CHAP_N", .kind = KIND_AUTH, .stages = IN_SECURITY },
	[TI_KEY_CHAP_R] = {
		.name = "CHAP_R", .kind = KIND_AUTH, .stages = IN_SECURITY },
	[TI_KEY_HEADER_DIGEST] = {
		.name = "HeaderDigest", .kind = KIND_DIGEST,
		.stages = IN_OPERATIONAL,
		.cfg = CFG(header_digest), .result = RES(header_digest) },
	[TI_KEY_DATA_DIGEST] = {
		.name = "DataDigest", .kind = KIND_DIGEST,
		.stages = IN_OPERATIONAL,
		.cfg = CFG(data_digest), .result = RES(data_digest) },
	[TI_KEY_MAX_CONNECTIONS] = {
		.name = "MaxConnections", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.lo = 1, .hi = 65535,
		.cfg = CFG(max_connections), .result = RES(max_connections) },
	[TI_KEY_SEND_TARGETS] = {
		.name = "SendTargets", .kind = KIND_SEND_TARGETS,
		.stages = IN_FFP },
	[TI_KEY_TARGET_NAME] = {
		.name = "TargetName", .kind = KIND_NAME, .stages = IN_LOGIN,
		.result = RES(target_name) },
	[TI_KEY_INITIATOR_NAME] = {
		.name = "InitiatorName", .kind = KIND_NAME, .stages = IN_LOGIN,
		.result = RES(initiator_name) },
	[TI_KEY_TARGET_ALIAS] = {
		.name = "TargetAlias", .kind = KIND_TARGET_ONLY,
		.stages = IN_ANY },
	[TI_KEY_INITIATOR_ALIAS] = {
		.name = "InitiatorAlias", .kind = KIND_ALIAS,
		.stages = IN_ANY, .result = RES(initiator_alias) },
	[TI_KEY_TARGET_ADDRESS] = {
		.name = "TargetAddress", .kind = KIND_TARGET_ONLY,
		.stages = IN_ANY },
	[TI_KEY_TPGT] = {
		.name = "TargetPortalGroupTag", .kind = KIND_TARGET_ONLY,
		.stages = IN_ANY },
	[TI_KEY_INITIAL_R2T] = {
		.name = "InitialR2T", .kind = KIND_OR,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.cfg = CFG(initial_r2t), .result = RES(initial_r2t) },
	[TI_KEY_IMMEDIATE_DATA] = {
		.name = "ImmediateData", .kind = KIND_AND,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.cfg = CFG(immediate_data), .result = RES(immediate_data) },
	[TI_KEY_MAX_RECV_DSL] = {
		.name = "MaxRecvDataSegmentLength", .kind = KIND_RECV_DSL,
		.stages = IN_OPERATIONAL | IN_FFP,
		.lo = TI_DSL_MIN, .hi = TI_DSL_MAX },
	[TI_KEY_MAX_BURST] = {
		.name = "MaxBurstLength", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.lo = TI_DSL_MIN, .hi = TI_DSL_MAX,
		.cfg = CFG(max_burst), .result = RES(max_burst) },
	[TI_KEY_FIRST_BURST] = {
		.name = "FirstBurstLength", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.lo = TI_DSL_MIN, .hi = TI_DSL_MAX,
		.cfg = CFG(first_burst), .result = RES(first_burst) },
	[TI_KEY_TIME2WAIT] = {
		.name = "DefaultTime2Wait", .kind = KIND_MAX,
		.stages = IN_OPERATIONAL, .flags = LEADING,
		.lo = 0, .hi = 3600,
		.cfg = CFG(time2wait), .result = RES(time2wait) },
	[TI_KEY_TIME2RETAIN] = {
		.name = "DefaultTime2Retain", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING,
		.lo = 0, .hi = 3600,
		.cfg = CFG(time2retain), .result = RES(time2retain) },
	[TI_KEY_MAX_R2T] = {
		.name = "MaxOutstandingR2T", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.lo = 1, .hi = 65535,
		.cfg = CFG(max_r2t), .result = RES(max_r2t) },
	[TI_KEY_DATA_PDU_IN_ORDER] = {
		.name = "DataPDUInOrder", .kind = KIND_OR,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.cfg = NO_CFG, .result = RES(data_pdu_in_order) },
	[TI_KEY_DATA_SEQ_IN_ORDER] = {
		.name = "DataSequenceInOrder", .kind = KIND_OR,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.cfg = NO_CFG, .result = RES(data_seq_in_order) },
	[TI_KEY_ERL] = {
		.name = "ErrorRecoveryLevel", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING,
		.lo = 0, .hi = 2,
		.cfg = CFG(erl), .result = RES(erl) },
	[TI_KEY_SESSION_TYPE] = {
		.name = "SessionType", .kind = KIND_SESSION_TYPE,
		/* LO too, but initiators say it on every connection. */
		.stages = IN_LOGIN },
	[TI_KEY_TASK_REPORTING] = {
		.name = "TaskReporting", .kind = KIND_TASK_REPORTING,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL },
	[TI_KEY_PROTOCOL_LEVEL] = {
		.name = "iSCSIProtocolLevel", .kind = KIND_MIN,
		.stages = IN_OPERATIONAL, .flags = LEADING | NORMAL,
		.lo = 0, .hi = 31,
		.cfg = NO_CFG, .result = RES(protocol_level) },
	[TI_KEY_IF_MARKER] = {
		.name = "IFMarker", .kind = KIND_OBSOLETE,
		.stages = IN_OPERATIONAL },
	[TI_KEY_OF_MARKER] = {
		.name = "OFMarker", .kind = KIND_OBSOLETE,
		.stages = IN_OPERATIONAL },
	[TI_KEY_IF_MARK_INT] = {
		.name = "IFMarkInt", .kind = KIND_OBSOLETE,
		.stages = IN_OPERATIONAL },
	[TI_KEY_OF_MARK_INT] = {
		.name = "OFMarkInt", .kind = KIND_OBSOLETE,
		.stages = IN_OPERATIONAL },
	[TI_KEY_NODE_ARCH] = {
		.name = "X#NodeArchitecture", .kind = KIND_IGNORED,
		.stages = IN_ANY },
};

static_assert(TI_KEY_COUNT <= 64);

/**
 * ti_key_find - which key is this
 * @name: its name, need not end with a NUL
 * @len: the name's bytes
 *
 * Case matters (RFC 7143 §6.1).
 *
 * Any context. Return: TI_KEY_UNKNOWN for a name that is not in our table.
 */
enum ti_key ti_key_find(const char *name, size_t len)
{
	int i;

	for (i = 0; i < TI_KEY_COUNT; i++)
		if (ti_text_is(name, len, ti_key_table[i].name))
			return i;
	return TI_KEY_UNKNOWN;
}

/**
 * ti_key_name - name of a key, for an answer or a message
 * @key: the key
 *
 * Any context. Never NULL.
 */
const char *ti_key_name(enum ti_key key)
{
	return (unsigned int)key < TI_KEY_COUNT ? ti_key_table[key].name :
		"unknown key";
}
