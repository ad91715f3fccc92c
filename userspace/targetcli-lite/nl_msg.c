// SPDX-License-Identifier: GPL-2.0
/* Messages of the module's netlink family as JSON. What is not known is left out. */
#include "nl.h"

#include <string.h>
#include <time.h>

#include <linux/tcm_iscsi.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

enum kind {
	NUMBER,		/* u8 to u64, by its length */
	YES_NO,
	STRING,
	HEX,		/* "0x00 02 3d" */
	NAME,		/* a number that has a name */
	NEST,
	NESTS,		/* may be there several times: an array */
	ARRAY,		/* of u64 */
	TPG,		/* 1 is "tpg1" */
	TIME,		/* ns since 1970 */
};

struct field {
	int attr;
	const char *name;
	enum kind kind;
	const char *const *names;	/* NAME */
	const struct field *fields;	/* NEST, NESTS */
};

static const char *const types[] = { "Normal", "Discovery", NULL };
/* As acls/NAME/info has them. */
static const char *const states[] = { "LOGGED_IN", "FAILED", "FAILED", NULL };
static const char *const conn_states[] = { "LOGGED_IN", "IN_LOGOUT", "CLEANUP_WAIT", NULL };
static const char *const command_states[] = {
	"queued", "waiting for data", "executing", "responding", NULL
};
static const char *const timeouts[] = { "login", "nopin", "dataout", "command", "send", NULL };
static const char *const events[] = {
	"none", "login", "logout", "login_refused", "reinstated", "timeout", "digest_error",
	"connection_lost", "evicted", "lun_mapped", "lun_unmapped", "tpg_enabled",
	"tpg_disabled", NULL
};

static const struct field params[] = {
	{ .attr = TCM_ISCSI_PARAM_HEADER_DIGEST, .name = "HeaderDigest", .kind = YES_NO },
	{ .attr = TCM_ISCSI_PARAM_DATA_DIGEST, .name = "DataDigest", .kind = YES_NO },
	{ .attr = TCM_ISCSI_PARAM_INITIAL_R2T, .name = "InitialR2T", .kind = YES_NO },
	{ .attr = TCM_ISCSI_PARAM_IMMEDIATE_DATA, .name = "ImmediateData", .kind = YES_NO },
	{ .attr = TCM_ISCSI_PARAM_DATA_PDU_IN_ORDER, .name = "DataPDUInOrder", .kind = YES_NO },
	{ .attr = TCM_ISCSI_PARAM_DATA_SEQUENCE_IN_ORDER, .name = "DataSequenceInOrder",
	  .kind = YES_NO },
	{ .attr = TCM_ISCSI_PARAM_MAX_RECV_DSL, .name = "MaxRecvDataSegmentLength" },
	{ .attr = TCM_ISCSI_PARAM_MAX_XMIT_DSL, .name = "MaxXmitDataSegmentLength" },
	{ .attr = TCM_ISCSI_PARAM_MAX_BURST, .name = "MaxBurstLength" },
	{ .attr = TCM_ISCSI_PARAM_FIRST_BURST, .name = "FirstBurstLength" },
	{ .attr = TCM_ISCSI_PARAM_MAX_CONNECTIONS, .name = "MaxConnections" },
	{ .attr = TCM_ISCSI_PARAM_MAX_OUTSTANDING_R2T, .name = "MaxOutstandingR2T" },
	{ .attr = TCM_ISCSI_PARAM_TIME2WAIT, .name = "DefaultTime2Wait" },
	{ .attr = TCM_ISCSI_PARAM_TIME2RETAIN, .name = "DefaultTime2Retain" },
	{ .attr = TCM_ISCSI_PARAM_ERROR_RECOVERY_LEVEL, .name = "ErrorRecoveryLevel" },
	{ .attr = TCM_ISCSI_PARAM_PROTOCOL_LEVEL, .name = "iSCSIProtocolLevel" },
	{ .name = NULL }
};

static const struct field conn[] = {
	{ .attr = TCM_ISCSI_CONN_CID, .name = "cid" },
	{ .attr = TCM_ISCSI_CONN_STATE, .name = "state", .kind = NAME, .names = conn_states },
	{ .attr = TCM_ISCSI_CONN_LOCAL, .name = "local", .kind = STRING },
	{ .attr = TCM_ISCSI_CONN_PEER, .name = "peer", .kind = STRING },
	{ .attr = TCM_ISCSI_CONN_STAT_SN, .name = "stat_sn" },
	{ .attr = TCM_ISCSI_CONN_IDLE, .name = "idle_ms" },
	{ .attr = TCM_ISCSI_CONN_CPU, .name = "cpu" },
	{ .name = NULL }
};

static const struct field command[] = {
	{ .attr = TCM_ISCSI_COMMAND_AGE, .name = "age_ms" },
	{ .attr = TCM_ISCSI_COMMAND_ITT, .name = "itt" },
	{ .attr = TCM_ISCSI_COMMAND_LUN, .name = "lun" },
	{ .attr = TCM_ISCSI_COMMAND_OPCODE, .name = "opcode" },
	{ .attr = TCM_ISCSI_COMMAND_STATE, .name = "state", .kind = NAME,
	  .names = command_states },
	{ .name = NULL }
};

static const struct field io[] = {
	{ .attr = TCM_ISCSI_IO_READS, .name = "reads" },
	{ .attr = TCM_ISCSI_IO_WRITES, .name = "writes" },
	{ .attr = TCM_ISCSI_IO_READ_BYTES, .name = "read_bytes" },
	{ .attr = TCM_ISCSI_IO_WRITE_BYTES, .name = "write_bytes" },
	{ .attr = TCM_ISCSI_IO_READ_NS, .name = "read_ns" },
	{ .attr = TCM_ISCSI_IO_WRITE_NS, .name = "write_ns" },
	{ .attr = TCM_ISCSI_IO_READ_HIST_FIRST, .name = "read_hist_first" },
	{ .attr = TCM_ISCSI_IO_READ_HIST, .name = "read_hist", .kind = ARRAY },
	{ .attr = TCM_ISCSI_IO_WRITE_HIST_FIRST, .name = "write_hist_first" },
	{ .attr = TCM_ISCSI_IO_WRITE_HIST, .name = "write_hist", .kind = ARRAY },
	{ .name = NULL }
};

static const struct field fields[] = {
	{ .attr = TCM_ISCSI_A_EVENT_TIME, .name = "time", .kind = TIME },
	{ .attr = TCM_ISCSI_A_EVENT, .name = "event", .kind = NAME, .names = events },
	{ .attr = TCM_ISCSI_A_SESSION_ID, .name = "id" },
	{ .attr = TCM_ISCSI_A_TARGET, .name = "target", .kind = STRING },
	{ .attr = TCM_ISCSI_A_TPGT, .name = "tpg", .kind = TPG },
	{ .attr = TCM_ISCSI_A_INITIATOR, .name = "initiator", .kind = STRING },
	{ .attr = TCM_ISCSI_A_ALIAS, .name = "alias", .kind = STRING },
	{ .attr = TCM_ISCSI_A_ISID, .name = "isid", .kind = HEX },
	{ .attr = TCM_ISCSI_A_TSIH, .name = "tsih" },
	{ .attr = TCM_ISCSI_A_SESSION_TYPE, .name = "type", .kind = NAME, .names = types },
	{ .attr = TCM_ISCSI_A_SESSION_STATE, .name = "state", .kind = NAME, .names = states },
	{ .attr = TCM_ISCSI_A_CHAP_USER, .name = "chap_user", .kind = STRING },
	{ .attr = TCM_ISCSI_A_AGE, .name = "age_ms" },
	{ .attr = TCM_ISCSI_A_PARAMS, .name = "parameters", .kind = NEST, .fields = params },
	{ .attr = TCM_ISCSI_A_EXP_CMD_SN, .name = "exp_cmd_sn" },
	{ .attr = TCM_ISCSI_A_MAX_CMD_SN, .name = "max_cmd_sn" },
	{ .attr = TCM_ISCSI_A_WINDOW, .name = "window" },
	{ .attr = TCM_ISCSI_A_COMMANDS_IN_FLIGHT, .name = "in_flight" },
	{ .attr = TCM_ISCSI_A_COMMANDS, .name = "commands" },
	{ .attr = TCM_ISCSI_A_IO, .name = "io", .kind = NEST, .fields = io },
	{ .attr = TCM_ISCSI_A_RX_BYTES, .name = "rx_bytes" },
	{ .attr = TCM_ISCSI_A_TX_BYTES, .name = "tx_bytes" },
	{ .attr = TCM_ISCSI_A_DIGEST_ERRORS, .name = "digest_errors" },
	{ .attr = TCM_ISCSI_A_TIMEOUT_ERRORS, .name = "timeout_errors" },
	{ .attr = TCM_ISCSI_A_FORMAT_ERRORS, .name = "format_errors" },
	{ .attr = TCM_ISCSI_A_OLDEST_COMMAND, .name = "oldest_command", .kind = NEST,
	  .fields = command },
	{ .attr = TCM_ISCSI_A_CONNECTION, .name = "connections", .kind = NESTS, .fields = conn },
	{ .attr = TCM_ISCSI_A_LUN, .name = "lun" },
	{ .attr = TCM_ISCSI_A_FABRIC, .name = "fabric", .kind = STRING },
	{ .attr = TCM_ISCSI_A_NR_SESSIONS, .name = "sessions" },
	{ .attr = TCM_ISCSI_A_EVENTS_LOST, .name = "events_lost" },
	{ .attr = TCM_ISCSI_A_LOGINS, .name = "logins" },
	{ .attr = TCM_ISCSI_A_LOGINS_NOT_AUTHENTICATED, .name = "logins_not_authenticated" },
	{ .attr = TCM_ISCSI_A_LOGINS_NOT_AUTHORIZED, .name = "logins_not_authorized" },
	{ .attr = TCM_ISCSI_A_LOGINS_NOT_NEGOTIATED, .name = "logins_not_negotiated" },
	{ .attr = TCM_ISCSI_A_LOGINS_FAILED, .name = "logins_failed" },
	{ .attr = TCM_ISCSI_A_LOGOUTS, .name = "logouts" },
	{ .attr = TCM_ISCSI_A_LOGOUTS_ABNORMAL, .name = "logouts_abnormal" },
	{ .attr = TCM_ISCSI_A_REASON, .name = "reason", .kind = STRING },
	{ .attr = TCM_ISCSI_A_STATUS_CLASS, .name = "status_class" },
	{ .attr = TCM_ISCSI_A_STATUS_DETAIL, .name = "status_detail" },
	{ .attr = TCM_ISCSI_A_TIMEOUT, .name = "timeout", .kind = NAME, .names = timeouts },
	{ .attr = TCM_ISCSI_A_DEVICE, .name = "device", .kind = STRING },
	{ .name = NULL }
};

static bool number_of(const struct nlattr *a, uint64_t *out)
{
	uint16_t u16;
	uint32_t u32;

	switch (nla_len(a)) {
	case 1:
		*out = *(const uint8_t *)nla_data(a);
		return true;
	case 2:
		memcpy(&u16, nla_data(a), sizeof(u16));
		*out = u16;
		return true;
	case 4:
		memcpy(&u32, nla_data(a), sizeof(u32));
		*out = u32;
		return true;
	case 8:
		memcpy(out, nla_data(a), sizeof(*out));
		return true;
	}
	return false;
}

/* Bytes that are no text of JSON's (an alias may be anything) become "?". */
static json_t *text(const struct nlattr *a)
{
	size_t len = strnlen(nla_data(a), nla_len(a));
	json_t *s = json_stringn(nla_data(a), len);
	char *ascii;

	if (s)
		return s;
	ascii = xstrndup(nla_data(a), len);
	for (size_t i = 0; i < len; i++)
		if (ascii[i] & 0x80)
			ascii[i] = '?';
	s = json_stringn(ascii, len);
	free(ascii);
	return s;
}

static json_t *hex(const struct nlattr *a)
{
	const unsigned char *p = nla_data(a);
	struct strbuf sb = { 0 };
	json_t *s;

	for (int i = 0; i < nla_len(a); i++)
		sb_addf(&sb, "%s%02x", i ? " " : "0x", p[i]);
	s = json_string(sb_str(&sb));
	sb_free(&sb);
	return s;
}

static json_t *array(const struct nlattr *a)
{
	json_t *out = json_array();
	uint64_t v;

	for (int at = 0; at + (int)sizeof(v) <= nla_len(a); at += sizeof(v)) {
		memcpy(&v, (const char *)nla_data(a) + at, sizeof(v));
		json_array_append_new(out, json_integer(v));
	}
	return out;
}

static json_t *name(const struct field *f, uint64_t v)
{
	for (uint64_t i = 0; f->names[i]; i++)
		if (i == v)
			return json_string(f->names[i]);
	return json_sprintf("%llu", (unsigned long long)v);
}

static json_t *when(uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	char buf[32];

	if (!gmtime_r(&seconds, &tm) || !strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm))
		return NULL;
	return json_sprintf("%s.%03uZ", buf, (unsigned int)(ns / 1000000 % 1000));
}

static json_t *object(const struct field *list, const struct nlattr *first, int len);

static json_t *value(const struct field *f, const struct nlattr *a)
{
	uint64_t v;

	switch (f->kind) {
	case STRING:
		return text(a);
	case HEX:
		return hex(a);
	case ARRAY:
		return array(a);
	case NEST:
	case NESTS:
		return object(f->fields, nla_data(a), nla_len(a));
	default:
		break;
	}
	if (!number_of(a, &v))
		return NULL;
	switch (f->kind) {
	case YES_NO:
		return json_boolean(v);
	case NAME:
		return name(f, v);
	case TPG:
		return json_sprintf("tpg%u", (unsigned int)v);
	case TIME:
		return when(v);
	default:
		return json_integer(v);
	}
}

static void put(json_t *out, const struct field *f, json_t *v)
{
	json_t *list = json_object_get(out, f->name);

	if (f->kind != NESTS) {
		json_object_set_new(out, f->name, v);
		return;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(out, f->name, list);
	}
	json_array_append_new(list, v);
}

static json_t *object(const struct field *list, const struct nlattr *first, int len)
{
	const struct nlattr *a;
	json_t *out = json_object(), *v;
	int left;

	nla_for_each_attr(a, first, len, left)
		for (const struct field *f = list; f->name; f++) {
			if (f->attr != nla_type(a))
				continue;
			v = value(f, a);
			if (v)
				put(out, f, v);
		}
	return out;
}

int tnl_command(const struct nlmsghdr *msg)
{
	struct nlmsghdr *m = (struct nlmsghdr *)msg;

	return genlmsg_valid_hdr(m, 0) ? genlmsg_hdr(m)->cmd : -1;
}

json_t *tnl_decode(const struct nlmsghdr *msg)
{
	struct genlmsghdr *hdr;

	if (tnl_command(msg) < 0)
		return NULL;
	hdr = genlmsg_hdr((struct nlmsghdr *)msg);
	return object(fields, genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0));
}
