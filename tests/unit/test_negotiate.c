// SPDX-License-Identifier: GPL-2.0
/* The negotiation of keys: kmod/negotiate.c */
#include <stdio.h>
#include <stdlib.h>

#include "params.h"
#include "tap.h"

#define SEC	TI_STAGE_SECURITY
#define OP	TI_STAGE_OPERATIONAL
#define FFP	TI_STAGE_FULL_FEATURE

/* One request. Pairs of text are written with '|' in place of the NULs. */
struct fixture {
	struct ti_param_cfg cfg;
	struct ti_params params;
	struct ti_negotiation neg;
	char answer[TI_TEXT_MAX];
	char other[256];	/* keys that were not negotiated here */
};

static struct fixture f;

static int note_other(void *ctx, enum ti_key key,
		      const struct ti_text_pair *pair, struct ti_text_out *out)
{
	(void)ctx;
	(void)out;
	snprintf(f.other + strlen(f.other), sizeof(f.other) - strlen(f.other),
		 "%s=%s|", ti_key_name(key), pair->value);
	return 0;
}

static void configure(const char *settings)
{
	char buf[256], *s, *save = NULL;

	ti_param_cfg_init_defaults(&f.cfg);
	snprintf(buf, sizeof(buf), "%s", settings ?: "");
	for (s = strtok_r(buf, "|", &save); s; s = strtok_r(NULL, "|", &save)) {
		char *eq = strchr(s, '=');

		*eq = '\0';
		is_long(ti_param_cfg_set(&f.cfg, s, eq + 1), 0);
	}
}

static void start(const char *settings, enum ti_login_stage stage)
{
	configure(settings);
	ti_negotiation_init(&f.neg, &f.cfg, &f.params, true);
	if (stage == FFP)
		ti_negotiation_init_ffp(&f.neg, &f.cfg, &f.params);
	f.neg.stage = stage;
	f.other[0] = '\0';
}

static void show_answer(struct ti_text_out *out)
{
	size_t i;

	for (i = 0; i < out->len; i++)
		if (!f.answer[i])
			f.answer[i] = '|';
	f.answer[out->len] = '\0';
}

static int request_room(const char *text, size_t room)
{
	size_t i, len = strlen(text);
	char *p = malloc(len + 1);
	struct ti_text_out out;
	int ret;

	/* exactly as long as the text, for ASan */
	p = realloc(p, len ?: 1);
	for (i = 0; i < len; i++)
		p[i] = text[i] == '|' ? '\0' : text[i];
	ti_text_out_init(&out, f.answer, room);
	ret = ti_text_check(p, len);
	if (!ret)
		ret = ti_negotiate_text(&f.neg, p, len, &out, note_other, NULL);
	show_answer(&out);
	free(p);
	return ret;
}

static int request(const char *text)
{
	return request_room(text, sizeof(f.answer) - 1);
}

static void ask_for(const char *what, int count)
{
	struct ti_text_out out;

	ti_text_out_init(&out, f.answer, sizeof(f.answer) - 1);
	is_long(ti_negotiation_ask(&f.neg, &out), count);
	show_answer(&out);
	is_str(f.answer, what);
}

static const struct offer_case {
	const char *cfg;
	enum ti_login_stage stage;
	const char *text;
	int ret;
	const char *answer;
} offers[] = {
	/* HeaderDigest, DataDigest: §6.2.1, §13.1 */
	{ NULL, OP, "HeaderDigest=None|", 0, "HeaderDigest=None|" },
	{ NULL, OP, "HeaderDigest=CRC32C|", 0, "HeaderDigest=CRC32C|" },
	{ NULL, OP, "HeaderDigest=CRC32C,None|", 0, "HeaderDigest=CRC32C|" },
	{ NULL, OP, "HeaderDigest=None,CRC32C|", 0, "HeaderDigest=None|" },
	{ NULL, OP, "HeaderDigest=Y-x,SHA1,CRC32C|", 0, "HeaderDigest=CRC32C|" },
	{ NULL, OP, "HeaderDigest=MD5|", 0, "HeaderDigest=Reject|" },
	{ NULL, OP, "HeaderDigest=crc32c|", 0, "HeaderDigest=Reject|" },
	{ NULL, OP, "HeaderDigest=|", 0, "HeaderDigest=Reject|" },
	{ NULL, OP, "HeaderDigest=None,|", 0, "HeaderDigest=Reject|" },
	{ NULL, OP, "HeaderDigest=CRC32C None|", 0, "HeaderDigest=Reject|" },
	{ "HeaderDigest=None", OP, "HeaderDigest=CRC32C,None|", 0,
	  "HeaderDigest=None|" },
	{ "HeaderDigest=None", OP, "HeaderDigest=CRC32C|", 0,
	  "HeaderDigest=Reject|" },
	{ "HeaderDigest=CRC32C", OP, "HeaderDigest=None,CRC32C|", 0,
	  "HeaderDigest=CRC32C|" },
	{ "HeaderDigest=CRC32C", OP, "HeaderDigest=None|", -EOPNOTSUPP, "" },
	{ "DataDigest=CRC32C", OP, "DataDigest=None|", -EOPNOTSUPP, "" },
	{ NULL, OP, "DataDigest=None,CRC32C|", 0, "DataDigest=None|" },
	{ NULL, OP, "DataDigest=CRC32C,None|", 0, "DataDigest=CRC32C|" },
	{ NULL, SEC, "DataDigest=None|", -EPROTO, "" },
	{ NULL, SEC, "HeaderDigest=None|", -EPROTO, "" },
	{ NULL, FFP, "HeaderDigest=None|", -EPROTO, "" },

	/* MaxConnections: §13.2; one is what we can do */
	{ NULL, OP, "MaxConnections=1|", 0, "MaxConnections=1|" },
	{ NULL, OP, "MaxConnections=65535|", 0, "MaxConnections=1|" },
	{ "MaxConnections=8", OP, "MaxConnections=8|", 0, "MaxConnections=1|" },
	{ NULL, OP, "MaxConnections=0|", 0, "MaxConnections=Reject|" },
	{ NULL, OP, "MaxConnections=65536|", 0, "MaxConnections=Reject|" },
	{ NULL, OP, "MaxConnections=one|", 0, "MaxConnections=Reject|" },
	{ NULL, FFP, "MaxConnections=1|", -EPROTO, "" },

	/* SendTargets: §13.3 */
	{ NULL, OP, "SendTargets=All|", -EPROTO, "" },
	{ NULL, SEC, "SendTargets=All|", -EPROTO, "" },

	/* Names: §13.4, §13.5 */
	{ NULL, SEC, "TargetName=iqn.2003-01.org:x|", 0, "" },
	{ NULL, OP, "TargetName=iqn.2003-01.org:x|", 0, "" },
	{ NULL, OP, "TargetName=disk|", -EINVAL, "" },
	{ NULL, OP, "TargetName=|", -EINVAL, "" },
	{ NULL, FFP, "TargetName=iqn.2003-01.org:x|", -EPROTO, "" },
	{ NULL, SEC, "InitiatorName=iqn.1993-08.org.debian:01:a|", 0, "" },
	{ NULL, SEC, "InitiatorName=me|", -EINVAL, "" },
	{ NULL, FFP, "InitiatorName=iqn.1993-08.org.debian:01:a|", -EPROTO, "" },
	{ NULL, SEC, "InitiatorAlias=my host|", 0, "" },
	{ NULL, FFP, "InitiatorAlias=my host|", 0, "" },
	{ NULL, SEC, "InitiatorAlias=Reject|", 0, "" },

	/* Keys of targets: §13.6, §13.8, §13.9 */
	{ NULL, OP, "TargetAlias=x|", -EPROTO, "" },
	{ NULL, SEC, "TargetAddress=1.2.3.4|", -EPROTO, "" },
	{ NULL, OP, "TargetPortalGroupTag=1|", -EPROTO, "" },
	{ NULL, FFP, "TargetAlias=x|", -EPROTO, "" },
	{ NULL, OP, "TargetPortalGroupTag=NotUnderstood|", -EPROTO, "" },
	{ NULL, OP, "TargetPortalGroupTag=Reject|", 0, "" },
	{ NULL, OP, "TargetAlias=Irrelevant|", 0, "" },

	/* InitialR2T: OR, §13.10 */
	{ NULL, OP, "InitialR2T=Yes|", 0, "InitialR2T=Yes|" },
	{ NULL, OP, "InitialR2T=No|", 0, "InitialR2T=No|" },
	{ "InitialR2T=Yes", OP, "InitialR2T=No|", 0, "InitialR2T=Yes|" },
	{ "InitialR2T=Yes", OP, "InitialR2T=Yes|", 0, "InitialR2T=Yes|" },
	{ NULL, OP, "InitialR2T=yes|", 0, "InitialR2T=Reject|" },
	{ NULL, OP, "InitialR2T=|", 0, "InitialR2T=Reject|" },
	{ NULL, OP, "InitialR2T=Yes,No|", 0, "InitialR2T=Reject|" },
	{ NULL, SEC, "InitialR2T=Yes|", -EPROTO, "" },
	{ NULL, FFP, "InitialR2T=Yes|", -EPROTO, "" },

	/* ImmediateData: AND, §13.11 */
	{ NULL, OP, "ImmediateData=Yes|", 0, "ImmediateData=Yes|" },
	{ NULL, OP, "ImmediateData=No|", 0, "ImmediateData=No|" },
	{ "ImmediateData=No", OP, "ImmediateData=Yes|", 0, "ImmediateData=No|" },
	{ "ImmediateData=No", OP, "ImmediateData=No|", 0, "ImmediateData=No|" },
	{ NULL, OP, "ImmediateData=1|", 0, "ImmediateData=Reject|" },

	/* MaxRecvDataSegmentLength: declared, §13.12 */
	{ NULL, OP, "MaxRecvDataSegmentLength=512|", 0, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=16777215|", 0, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=0x2000|", 0, "" },
	{ NULL, FFP, "MaxRecvDataSegmentLength=65536|", 0, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=511|", -EINVAL, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=0|", -EINVAL, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=16777216|", -EINVAL, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=4294967808|", -EINVAL, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=8k|", -EINVAL, "" },
	{ NULL, OP, "MaxRecvDataSegmentLength=Reject|", -EPROTO, "" },
	{ NULL, SEC, "MaxRecvDataSegmentLength=8192|", -EPROTO, "" },

	/* Burst lengths: minimum, §13.13, §13.14 */
	{ NULL, OP, "MaxBurstLength=512|", 0, "MaxBurstLength=512|" },
	{ NULL, OP, "MaxBurstLength=16776192|", 0, "MaxBurstLength=1048576|" },
	{ NULL, OP, "MaxBurstLength=0x40000|", 0, "MaxBurstLength=262144|" },
	{ NULL, OP, "MaxBurstLength=511|", 0, "MaxBurstLength=Reject|" },
	{ NULL, OP, "MaxBurstLength=16777216|", 0, "MaxBurstLength=Reject|" },
	{ NULL, OP, "MaxBurstLength=-1|", 0, "MaxBurstLength=Reject|" },
	{ NULL, OP, "MaxBurstLength=|", 0, "MaxBurstLength=Reject|" },
	{ NULL, OP, "MaxBurstLength=0512|", 0, "MaxBurstLength=Reject|" },
	{ NULL, OP, "FirstBurstLength=65536|", 0, "FirstBurstLength=65536|" },
	{ NULL, OP, "FirstBurstLength=16777215|", 0,
	  "FirstBurstLength=262144|" },
	{ NULL, OP, "FirstBurstLength=100|", 0, "FirstBurstLength=Reject|" },
	{ NULL, OP, "MaxBurstLength=4096|FirstBurstLength=8192|", 0,
	  "MaxBurstLength=4096|FirstBurstLength=4096|" },
	{ NULL, OP, "FirstBurstLength=8192|MaxBurstLength=4096|", 0,
	  "FirstBurstLength=4096|MaxBurstLength=4096|" },
	{ "MaxBurstLength=1024", OP,
	  "FirstBurstLength=8192|MaxBurstLength=4096|", 0,
	  "FirstBurstLength=1024|MaxBurstLength=1024|" },
	{ "FirstBurstLength=2048", OP, "FirstBurstLength=8192|", 0,
	  "FirstBurstLength=2048|" },

	/* Times: §13.15 maximum, §13.16 minimum; seconds */
	{ NULL, OP, "DefaultTime2Wait=0|", 0, "DefaultTime2Wait=2|" },
	{ NULL, OP, "DefaultTime2Wait=5|", 0, "DefaultTime2Wait=5|" },
	{ NULL, OP, "DefaultTime2Wait=3600|", 0, "DefaultTime2Wait=3600|" },
	{ NULL, OP, "DefaultTime2Wait=3601|", 0, "DefaultTime2Wait=Reject|" },
	{ NULL, OP, "DefaultTime2Retain=0|", 0, "DefaultTime2Retain=0|" },
	{ NULL, OP, "DefaultTime2Retain=60|", 0, "DefaultTime2Retain=20|" },
	{ NULL, OP, "DefaultTime2Retain=3601|", 0,
	  "DefaultTime2Retain=Reject|" },

	/* MaxOutstandingR2T: minimum, §13.17 */
	{ NULL, OP, "MaxOutstandingR2T=1|", 0, "MaxOutstandingR2T=1|" },
	{ "MaxOutstandingR2T=16", OP, "MaxOutstandingR2T=8|", 0,
	  "MaxOutstandingR2T=8|" },
	{ NULL, OP, "MaxOutstandingR2T=8|", 0, "MaxOutstandingR2T=1|" },
	{ NULL, OP, "MaxOutstandingR2T=0|", 0, "MaxOutstandingR2T=Reject|" },
	{ NULL, OP, "MaxOutstandingR2T=65536|", 0,
	  "MaxOutstandingR2T=Reject|" },

	/* Order: OR, and Yes is what we can do, §13.18, §13.19 */
	{ NULL, OP, "DataPDUInOrder=No|", 0, "DataPDUInOrder=Yes|" },
	{ "DataPDUInOrder=No", OP, "DataPDUInOrder=No|", 0,
	  "DataPDUInOrder=Yes|" },
	{ NULL, OP, "DataPDUInOrder=Yes|", 0, "DataPDUInOrder=Yes|" },
	{ NULL, OP, "DataSequenceInOrder=No|", 0, "DataSequenceInOrder=Yes|" },
	{ NULL, OP, "DataSequenceInOrder=Yes|", 0, "DataSequenceInOrder=Yes|" },
	{ NULL, OP, "DataSequenceInOrder=true|", 0,
	  "DataSequenceInOrder=Reject|" },

	/* ErrorRecoveryLevel: minimum, 0 is what we can do, §13.20 */
	{ NULL, OP, "ErrorRecoveryLevel=0|", 0, "ErrorRecoveryLevel=0|" },
	{ "ErrorRecoveryLevel=2", OP, "ErrorRecoveryLevel=2|", 0,
	  "ErrorRecoveryLevel=0|" },
	{ NULL, OP, "ErrorRecoveryLevel=3|", 0, "ErrorRecoveryLevel=Reject|" },
	{ NULL, OP, "ErrorRecoveryLevel=-1|", 0, "ErrorRecoveryLevel=Reject|" },

	/* SessionType: §13.21 */
	{ NULL, SEC, "SessionType=Normal|", 0, "" },
	{ NULL, OP, "SessionType=Discovery|", 0, "" },
	{ NULL, OP, "SessionType=Other|", -EPROTONOSUPPORT, "" },
	{ NULL, OP, "SessionType=normal|", -EPROTONOSUPPORT, "" },
	{ NULL, FFP, "SessionType=Normal|", -EPROTO, "" },

	/* TaskReporting: §13.23 */
	{ NULL, OP, "TaskReporting=RFC3720|", 0, "TaskReporting=RFC3720|" },
	{ NULL, OP, "TaskReporting=FastAbort,ResponseFence,RFC3720|", 0,
	  "TaskReporting=ResponseFence|" },
	{ NULL, OP, "TaskReporting=RFC3720,ResponseFence|", 0,
	  "TaskReporting=RFC3720|" },
	{ NULL, OP, "TaskReporting=FastAbort|", 0, "TaskReporting=Reject|" },

	/* iSCSIProtocolLevel: minimum, §13.24, RFC 7144 */
	{ NULL, OP, "iSCSIProtocolLevel=2|", 0, "iSCSIProtocolLevel=1|" },
	{ NULL, OP, "iSCSIProtocolLevel=1|", 0, "iSCSIProtocolLevel=1|" },
	{ NULL, OP, "iSCSIProtocolLevel=0|", 0, "iSCSIProtocolLevel=0|" },
	{ NULL, OP, "iSCSIProtocolLevel=32|", 0, "iSCSIProtocolLevel=Reject|" },

	/* Obsolete keys: §13.25 */
	{ NULL, OP, "IFMarker=Yes|", 0, "IFMarker=Reject|" },
	{ NULL, OP, "OFMarker=No|", 0, "OFMarker=Reject|" },
	{ NULL, OP, "IFMarkInt=2048~8192|", 0, "IFMarkInt=Reject|" },
	{ NULL, OP, "OFMarkInt=2048~8192|", 0, "OFMarkInt=Reject|" },

	/* What we do not know: §6.2 */
	{ NULL, OP, "X-com.example.k=1|", 0, "X-com.example.k=NotUnderstood|" },
	{ NULL, SEC, "Z-com.example.k=1|", 0, "Z-com.example.k=NotUnderstood|" },
	{ NULL, FFP, "Foo=|", 0, "Foo=NotUnderstood|" },
	{ NULL, OP, "initialR2T=Yes|", 0, "initialR2T=NotUnderstood|" },
	{ NULL, OP, "X#NodeArchitecture=linux|", 0, "" },
	{ NULL, SEC, "X#NodeArchitecture=linux|", 0, "" },

	/* Constants that may only be answers: §6.2 */
	{ NULL, OP, "InitialR2T=Reject|", -EPROTO, "" },
	{ NULL, OP, "MaxBurstLength=Irrelevant|", -EPROTO, "" },
	{ NULL, OP, "HeaderDigest=NotUnderstood|", -EPROTO, "" },
	{ NULL, OP, "Foo=NotUnderstood|", -EPROTO, "" },

	/* AuthMethod: §12.1 */
	{ NULL, SEC, "AuthMethod=CHAP|", 0, "AuthMethod=CHAP|" },
	{ NULL, SEC, "AuthMethod=KRB5,CHAP,None|", 0, "AuthMethod=CHAP|" },
	{ "AuthMethod=CHAP,None", SEC, "AuthMethod=None,CHAP|", 0,
	  "AuthMethod=None|" },
	{ NULL, SEC, "AuthMethod=None|", -EACCES, "" },
	{ NULL, SEC, "AuthMethod=KRB5,SRP|", -EACCES, "" },
	{ NULL, SEC, "AuthMethod=CHAP,|", -EINVAL, "" },
	{ "AuthMethod=KRB5,CHAP", SEC, "AuthMethod=KRB5,CHAP|", 0,
	  "AuthMethod=CHAP|" },
	{ NULL, OP, "AuthMethod=None|", -EPROTO, "" },
	{ NULL, FFP, "AuthMethod=None|", -EPROTO, "" },
	{ NULL, SEC, "CHAP_A=5|", -EPROTO, "" },
	{ "AuthMethod=None", SEC, "AuthMethod=None|CHAP_A=5|", -EPROTO,
	  "AuthMethod=None|" },
	{ NULL, OP, "CHAP_A=5|", -EPROTO, "" },

	/* Malformed: no part of it takes effect */
	{ NULL, OP, "InitialR2T=Yes|Foo", -EINVAL, "" },
	{ NULL, OP, "InitialR2T=Yes|InitialR2T=Yes|", -EPROTO, "" },
	{ NULL, OP, "Foo=1|Foo=2|", -EPROTO, "" },
	{ NULL, OP, "", 0, "" },
};

static void test_offers(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offers); i++) {
		const struct offer_case *c = &offers[i];

		start(c->cfg, c->stage);
		is_long(request(c->text), c->ret);
		if (c->ret >= 0 || !c->answer[0])
			is_str(f.answer, c->answer);
		ok(true, "stage %d, %s -> %s", c->stage, c->text,
		   c->ret ? "error" : c->answer);
	}
}

static void test_results(void)
{
	start("MaxXmitDataSegmentLength=65536", OP);
	is_long(request("InitialR2T=No|ImmediateData=No|"
			"MaxBurstLength=524288|FirstBurstLength=32768|"
			"MaxRecvDataSegmentLength=131072|DefaultTime2Wait=7|"
			"DefaultTime2Retain=9|HeaderDigest=CRC32C|"
			"DataDigest=CRC32C|MaxConnections=4|"
			"iSCSIProtocolLevel=0|InitiatorAlias=me|"
			"InitiatorName=iqn.2000-01.X:y|"), 0);
	check(!f.params.initial_r2t);
	check(!f.params.immediate_data);
	check(f.params.header_digest && f.params.data_digest);
	is_long(f.params.max_burst, 524288);
	is_long(f.params.first_burst, 32768);
	is_long(f.params.max_xmit_dsl, 65536);
	is_long(f.params.max_recv_dsl, 8192);
	is_long(f.params.time2wait, 7);
	is_long(f.params.time2retain, 9);
	is_long(f.params.max_connections, 1);
	is_long(f.params.protocol_level, 0);
	is_str(f.params.initiator_alias, "me");
	is_str(f.params.initiator_name, "iqn.2000-01.x:y");
	ok(true, "results are kept");

	start(NULL, OP);
	is_long(request("MaxRecvDataSegmentLength=4096|"), 0);
	is_long(f.params.max_xmit_dsl, 4096);
	ok(true, "the initiator's MaxRecvDataSegmentLength holds");
}

static void test_defaults(void)
{
	start(NULL, OP);
	is_long(request("InitialR2T=maybe|MaxBurstLength=1|"
			"HeaderDigest=MD5|"), 0);
	check(f.params.initial_r2t && f.params.immediate_data);
	check(f.params.data_pdu_in_order && f.params.data_seq_in_order);
	check(!f.params.header_digest && !f.params.data_digest);
	is_long(f.params.max_burst, 262144);
	is_long(f.params.first_burst, 65536);
	is_long(f.params.max_recv_dsl, 8192);
	is_long(f.params.max_xmit_dsl, 8192);
	is_long(f.params.time2wait, 2);
	is_long(f.params.time2retain, 20);
	is_long(f.params.max_r2t, 1);
	is_long(f.params.max_connections, 1);
	is_long(f.params.erl, 0);
	is_long(f.params.protocol_level, 1);
	is_long(f.params.session_type, TI_SESSION_NORMAL);
	is_long(f.params.auth_method, TI_AUTH_NONE);
	ok(true, "the defaults of the standard stay after a Reject");
}

static void test_twice(void)
{
	static const char * const keys[] = {
		"InitialR2T=Yes|", "MaxRecvDataSegmentLength=8192|",
		"InitiatorName=iqn.a:b|", "InitiatorAlias=x|",
		"IFMarker=No|", "SessionType=Normal|", "HeaderDigest=None|",
		"X#NodeArchitecture=a|",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		start(NULL, OP);
		is_long(request(keys[i]), 0);
		is_long(request(keys[i]), -EPROTO);
		check(f.neg.bad_key != TI_KEY_UNKNOWN);
		ok(true, "again in a later request: %s", keys[i]);
	}

	start(NULL, SEC);
	is_long(request("InitiatorName=iqn.a:b|"), 0);
	f.neg.stage = OP;
	is_long(request("InitiatorName=iqn.a:b|"), -EPROTO);
	ok(true, "again in a later stage");

	start(NULL, FFP);
	is_long(request("MaxRecvDataSegmentLength=8192|"), 0);
	is_long(request("MaxRecvDataSegmentLength=4096|"), -EPROTO);
	ti_negotiation_init_ffp(&f.neg, &f.cfg, &f.params);
	is_long(request("MaxRecvDataSegmentLength=4096|"), 0);
	is_long(f.params.max_xmit_dsl, 4096);
	ok(true, "again in the next sequence of full feature phase");
}

static void test_discovery(void)
{
	start(NULL, OP);
	is_long(request("InitialR2T=Yes|MaxConnections=1|MaxBurstLength=512|"
			"FirstBurstLength=512|MaxOutstandingR2T=1|"
			"ImmediateData=No|DataPDUInOrder=No|"
			"DataSequenceInOrder=No|TaskReporting=RFC3720|"
			"iSCSIProtocolLevel=1|SessionType=Discovery|"), 0);
	is_str(f.answer, "InitialR2T=Irrelevant|MaxConnections=Irrelevant|"
	       "MaxBurstLength=Irrelevant|FirstBurstLength=Irrelevant|"
	       "MaxOutstandingR2T=Irrelevant|ImmediateData=Irrelevant|"
	       "DataPDUInOrder=Irrelevant|DataSequenceInOrder=Irrelevant|"
	       "TaskReporting=Irrelevant|iSCSIProtocolLevel=Irrelevant|");
	is_long(f.params.session_type, TI_SESSION_DISCOVERY);
	ok(true, "discovery: irrelevant keys, even before SessionType");

	is_long(request("HeaderDigest=CRC32C|DefaultTime2Wait=2|"
			"DefaultTime2Retain=20|ErrorRecoveryLevel=0|"
			"MaxRecvDataSegmentLength=32768|"), 0);
	is_str(f.answer, "HeaderDigest=CRC32C|DefaultTime2Wait=2|"
	       "DefaultTime2Retain=20|ErrorRecoveryLevel=0|");
	ok(true, "discovery: the other keys");

	ti_negotiation_init_ffp(&f.neg, &f.cfg, &f.params);
	is_long(request("SendTargets=All|"), 0);
	is_str(f.other, "SendTargets=All|");
	is_str(f.answer, "");
	ok(true, "SendTargets goes to discovery");
}

static void test_not_leading(void)
{
	static const char * const leading_only[] = {
		"MaxConnections=1|", "InitialR2T=Yes|", "ImmediateData=Yes|",
		"MaxBurstLength=512|", "FirstBurstLength=512|",
		"DefaultTime2Wait=2|", "DefaultTime2Retain=2|",
		"MaxOutstandingR2T=1|", "DataPDUInOrder=Yes|",
		"DataSequenceInOrder=Yes|", "ErrorRecoveryLevel=0|",
		"TaskReporting=RFC3720|", "iSCSIProtocolLevel=1|",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leading_only); i++) {
		start(NULL, OP);
		f.neg.leading = false;
		is_long(request(leading_only[i]), -EPROTO);
		ok(true, "not on a later connection: %s", leading_only[i]);
	}
	start(NULL, OP);
	f.neg.leading = false;
	is_long(request("HeaderDigest=None|MaxRecvDataSegmentLength=512|"), 0);
	ok(true, "on a later connection: keys of the connection");
	start(NULL, OP);
	f.neg.leading = false;
	is_long(request("SessionType=Normal|"), 0);
	ok(true, "on a later connection: SessionType, as initiators do");
}

static void test_close_names(void)
{
	static const char * const keys[] = {
		"InitiatorName=iqn.a:b|", "TargetName=iqn.a:c|",
		"SessionType=Discovery|",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		start(NULL, SEC);
		is_long(request("InitiatorAlias=a|"), 0);
		ti_negotiation_close_names(&f.neg);
		is_long(request(keys[i]), -EPROTO);
		is_long(f.params.session_type, TI_SESSION_NORMAL);
		ok(true, "not after the first request: %s", keys[i]);
	}
}

static void test_other_keys(void)
{
	start(NULL, SEC);
	is_long(request("AuthMethod=CHAP|CHAP_A=5,7|"), 0);
	is_str(f.other, "CHAP_A=5,7|");
	is_long(request("CHAP_N=Reject|CHAP_R=0x00|"), 0);
	is_str(f.other, "CHAP_A=5,7|CHAP_N=Reject|CHAP_R=0x00|");
	is_long(request("CHAP_N=other|"), -EPROTO);
	is_long(f.neg.bad_key, TI_KEY_CHAP_N);
	ok(true, "CHAP keys go to the authenticator, each once");
}

static void test_declarations(void)
{
	struct ti_text_out out;

	start("MaxRecvDataSegmentLength=131072", OP);
	ti_text_out_init(&out, f.answer, sizeof(f.answer) - 1);
	is_long(ti_negotiation_declare_tpgt(65535, &out), 0);
	is_long(ti_negotiation_declare(&f.neg, &out), 0);
	is_long(ti_negotiation_declare(&f.neg, &out), 0);
	show_answer(&out);
	is_str(f.answer, "TargetPortalGroupTag=65535|TargetAlias=LIO Target|"
	       "MaxRecvDataSegmentLength=131072|");
	is_long(f.params.max_recv_dsl, 131072);
	ok(true, "our declarations, once");

	start("TargetAlias=", OP);
	f.params.session_type = TI_SESSION_DISCOVERY;
	ti_text_out_init(&out, f.answer, sizeof(f.answer) - 1);
	is_long(ti_negotiation_declare(&f.neg, &out), 0);
	show_answer(&out);
	is_str(f.answer, "MaxRecvDataSegmentLength=262144|");
	ok(true, "our declarations in a discovery session");

	start(NULL, OP);
	ti_text_out_init(&out, f.answer, 30);
	is_long(ti_negotiation_declare(&f.neg, &out), -ENOSPC);
	is_long(f.params.max_recv_dsl, 8192);
	ok(true, "a declaration that does not fit holds for nobody");
}

static void test_ask(void)
{
	start(NULL, OP);
	ask_for("", 0);
	check(!ti_negotiation_pending(&f.neg));
	ok(true, "nothing to ask with the default configuration");

	start("HeaderDigest=CRC32C|ImmediateData=No|MaxBurstLength=65536|"
	      "FirstBurstLength=4096|DefaultTime2Wait=5|DefaultTime2Retain=10",
	      OP);
	ask_for("HeaderDigest=CRC32C|ImmediateData=No|MaxBurstLength=65536|"
		"FirstBurstLength=4096|DefaultTime2Wait=5|"
		"DefaultTime2Retain=10|", 6);
	check(ti_negotiation_pending(&f.neg));
	ask_for("", 0);
	is_long(request("HeaderDigest=CRC32C|ImmediateData=No|"
			"MaxBurstLength=32768|FirstBurstLength=2048|"), 0);
	is_str(f.answer, "");
	check(ti_negotiation_pending(&f.neg));
	is_long(request("DefaultTime2Wait=6|DefaultTime2Retain=0|"), 0);
	check(!ti_negotiation_pending(&f.neg));
	check(f.params.header_digest && !f.params.immediate_data);
	is_long(f.params.max_burst, 32768);
	is_long(f.params.first_burst, 2048);
	is_long(f.params.time2wait, 6);
	is_long(f.params.time2retain, 0);
	ok(true, "a stricter configuration is offered, and answers are taken");

	start("HeaderDigest=CRC32C|MaxBurstLength=4096", OP);
	is_long(request("HeaderDigest=CRC32C|MaxBurstLength=8192|"
			"FirstBurstLength=512|"), 0);
	ask_for("", 0);
	ok(true, "what the initiator offered is not asked for again");

	start("MaxBurstLength=4096", OP);
	f.params.session_type = TI_SESSION_DISCOVERY;
	ask_for("", 0);
	ok(true, "irrelevant keys are not asked for");
}

static const struct answer_case {
	const char *cfg;
	const char *answer;
	int ret;
} answers[] = {
	{ "HeaderDigest=CRC32C", "HeaderDigest=None|", -EPROTO },
	{ "HeaderDigest=CRC32C", "HeaderDigest=CRC32C,None|", -EPROTO },
	{ "HeaderDigest=CRC32C", "HeaderDigest=Reject|", -EOPNOTSUPP },
	{ "HeaderDigest=CRC32C", "HeaderDigest=NotUnderstood|", -EPROTO },
	{ "ImmediateData=No", "ImmediateData=Yes|", -EPROTO },
	{ "ImmediateData=No", "ImmediateData=|", -EPROTO },
	{ "ImmediateData=No", "ImmediateData=Irrelevant|", -EOPNOTSUPP },
	{ "MaxBurstLength=65536", "MaxBurstLength=65537|", -EPROTO },
	{ "MaxBurstLength=65536", "MaxBurstLength=511|", -EPROTO },
	{ "MaxBurstLength=65536", "MaxBurstLength=x|", -EPROTO },
	{ "DefaultTime2Wait=5", "DefaultTime2Wait=4|", -EPROTO },
	{ "DefaultTime2Wait=5", "DefaultTime2Wait=5|", 0 },
	{ "FirstBurstLength=4096", "FirstBurstLength=Irrelevant|",
	  -EOPNOTSUPP },
	{ "ImmediateData=No|FirstBurstLength=4096",
	  "ImmediateData=No|FirstBurstLength=Irrelevant|", 0 },
};

static void test_answers(void)
{
	struct ti_text_out out;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		start(answers[i].cfg, OP);
		ti_text_out_init(&out, f.answer, sizeof(f.answer));
		check(ti_negotiation_ask(&f.neg, &out) > 0);
		is_long(request(answers[i].answer), answers[i].ret);
		ok(true, "with %s, the answer %s is %s", answers[i].cfg,
		   answers[i].answer, answers[i].ret ? "refused" : "taken");
	}
}

static void test_finish(void)
{
	start(NULL, OP);
	is_long(request("FirstBurstLength=65536|"), 0);
	is_long(request("MaxBurstLength=4096|"), 0);
	ti_negotiation_finish(&f.neg);
	is_long(f.params.first_burst, 4096);
	ok(true, "FirstBurstLength is cut to MaxBurstLength in the end");
}

static void test_output_full(void)
{
	start(NULL, OP);
	is_long(request_room("InitialR2T=No|MaxBurstLength=512|", 20), -ENOSPC);
	is_long(f.neg.bad_key, TI_KEY_MAX_BURST);
	is_long(request_room("Xyz=1|", 5), -ENOSPC);
	ok(true, "an answer that does not fit is an error");
}

static void test_long_values(void)
{
	char text[400];

	memset(text, 'a', sizeof(text));
	memcpy(text, "InitiatorAlias=", 15);
	text[15 + 255] = '|';
	text[15 + 256] = '\0';
	start(NULL, OP);
	is_long(request(text), 0);
	is_long(strlen(f.params.initiator_alias), 255);
	text[15 + 255] = 'a';
	text[15 + 256] = '|';
	text[15 + 257] = '\0';
	start(NULL, OP);
	is_long(request(text), -EINVAL);
	ok(true, "InitiatorAlias has at most 255 bytes");

	memset(text, 'a', sizeof(text));
	memcpy(text, "InitiatorName=iqn.", 18);
	text[14 + 223] = '|';
	text[14 + 224] = '\0';
	start(NULL, OP);
	is_long(request(text), 0);
	text[14 + 223] = 'a';
	text[14 + 224] = '|';
	text[14 + 225] = '\0';
	start(NULL, OP);
	is_long(request(text), -EINVAL);
	is_str(f.params.initiator_name, "");
	ok(true, "InitiatorName has at most 223 bytes");
}

static void test_key_names(void)
{
	int i;

	for (i = 0; i < TI_KEY_COUNT; i++)
		is_long(ti_key_find(ti_key_name(i), strlen(ti_key_name(i))), i);
	is_long(ti_key_find("", 0), TI_KEY_UNKNOWN);
	is_long(ti_key_find("AuthMethodX", 11), TI_KEY_UNKNOWN);
	is_long(ti_key_find("AuthMetho", 9), TI_KEY_UNKNOWN);
	is_str(ti_key_name(TI_KEY_UNKNOWN), "unknown key");
	is_str(ti_key_name(-1), "unknown key");
	ok(true, "names of keys");
}

int main(void)
{
	test_offers();
	test_results();
	test_defaults();
	test_twice();
	test_discovery();
	test_not_leading();
	test_close_names();
	test_other_keys();
	test_declarations();
	test_ask();
	test_answers();
	test_finish();
	test_output_full();
	test_long_values();
	test_key_names();
	return done();
}
