// SPDX-License-Identifier: GPL-2.0
/* Negotiation of keys during login (6.1, 6.2, 13). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "offer.h"
#include "scsi.h"

TEST(unknown, "keys.unknown", "6.2", MUST,
     "a key that is not understood is answered with NotUnderstood")
{
	expect_value("FooBar=1", "FooBar", "NotUnderstood");
}

TEST(unknown_x, "keys.unknown-x", "6.2", MUST,
     "a private X- key that is not understood is answered with NotUnderstood")
{
	expect_value("X-com.example.foo=yes", "X-com.example.foo", "NotUnderstood");
}

TEST(unknown_case, "keys.name-is-case-sensitive", "6.1", MUST,
     "key names are case-sensitive: maxburstlength is not understood")
{
	expect_value("maxburstlength=65536", "maxburstlength", "NotUnderstood");
}

TEST(unknown_long, "keys.name-of-63", "6.1", MUST,
     "a key name of the full 63 characters is answered with NotUnderstood")
{
	char *key = zalloc(64);

	memset(key, 'k', 63);
	memcpy(key, "X-com.example.", 14);
	expect_value(format("%s=1", key), key, "NotUnderstood");
}

TEST(unknown_many, "keys.unknown-many", "6.2", MUST,
     "each of many unknown keys is answered, over several responses if need be")
{
	struct answer a;
	char *keys = strdup("");
	int i;

	for (i = 0; i < 60; i++)
		keys = format("%s%sX-com.example.%02d=1", keys, *keys ? " " : "", i);
	a = offer(keys);
	check(!a.refused, "login refused with 0x%04x", a.status);
	for (i = 0; i < 60; i++) {
		const char *v = text_value(&a.text, format("X-com.example.%02d", i), 0);

		check(v && !strcmp(v, "NotUnderstood"), "key %d is answered with %s",
		      i, v ? v : "nothing");
	}
}

static void offered_twice(const char *keys)
{
	struct answer a = offer(keys);

	check(a.refused, "%s was taken", keys);
	check(a.status, "the connection was closed without a Login reject");
}

TEST(twice, "keys.offered-twice", "6.3", MUST,
     "a key offered twice in one request: Login reject (initiator error)")
{
	offered_twice("MaxBurstLength=65536 MaxBurstLength=65536");
}

TEST(twice_decl, "keys.declared-twice", "6.3", MUST,
     "a declaration made twice in one request: Login reject (initiator error)")
{
	offered_twice("MaxRecvDataSegmentLength=65536 MaxRecvDataSegmentLength=32768");
}

TEST(twice_later, "keys.offered-again-later", "6.3", MUST,
     "a key that was negotiated and is offered again in a later request: Login reject (initiator error)")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_exchange(c, STAY(OPER), "MaxBurstLength=65536");
	login_send(c, STAY(OPER), "MaxBurstLength=65536");
	expect_refused(c);
}

TEST(twice_name, "keys.names-again-later", "6.3", MUST,
     "InitiatorName declared again in a later request: Login reject (initiator error)")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_send(c, STAY(OPER), format("InitiatorName=%s", opt.initiator));
	expect_refused(c);
}

TEST(twice_mrdsl_later, "keys.mrdsl-again-later", "6.3", MUST,
     "MaxRecvDataSegmentLength declared again in a later Login Request: Login reject (initiator error)")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_exchange(c, STAY(OPER), "MaxRecvDataSegmentLength=65536");
	login_send(c, STAY(OPER), "MaxRecvDataSegmentLength=65536");
	expect_refused(c);
}

/* lists */

TEST(list_first, "keys.list-unknown-first", "6.2.1", MUST,
     "of a list the first value that is supported is chosen, unknown ones are passed over")
{
	expect_value("HeaderDigest=CRC64,X-foo,None", "HeaderDigest", "None");
}

TEST(list_crc, "keys.list-crc32c-first", "13.1", MUST,
     "CRC32C is supported and chosen when it is the first of the list")
{
	expect_value("HeaderDigest=CRC32C,None", "HeaderDigest", "CRC32C");
}

TEST(list_data, "keys.list-datadigest-none-first", "6.2.1", MUST,
     "None is chosen when it is the first of the list")
{
	expect_value("DataDigest=None,CRC32C", "DataDigest", "None");
}

TEST(list_mixed, "keys.list-unknown-crc32c", "6.2.1", MUST,
     "an unknown value before CRC32C does not hide it")
{
	expect_value("DataDigest=SHA9,CRC32C,None", "DataDigest", "CRC32C");
}

TEST(list_none_known, "keys.list-nothing-known", "6.2.1", MUST,
     "a list without any supported value: Reject, or the login ends; never a value not offered")
{
	struct answer a = offer("HeaderDigest=CRC64,MD5");
	const char *v;

	if (a.refused)
		return;
	v = text_value(&a.text, "HeaderDigest", 0);
	check(v && !strcmp(v, "Reject"), "answered with %s", v ? v : "nothing");
}

TEST(list_case, "keys.list-values-case-sensitive", "6.1", MUST,
     "values are case-sensitive: crc32c is not CRC32C")
{
	expect_value("HeaderDigest=crc32c,None", "HeaderDigest", "None");
}

TEST(list_auth, "keys.authmethod-unknown-none", "12.1", MUST,
     "AuthMethod with unknown methods and None: None is chosen when no authentication is asked for")
{
	struct conn *c;
	struct text t;
	const char *v;

	need_no_chap();
	c = conn_open();
	t = login_text(login_exchange(c, STAY(SEC),
				      format("%s AuthMethod=KRB5,X-com.example.auth,None",
					     names())));
	v = text_value(&t, "AuthMethod", 0);
	check(v && !strcmp(v, "None"), "answered with %s", v ? v : "nothing");
}

TEST(list_auth_bad, "keys.authmethod-nothing-known", "12.1", MUST,
     "AuthMethod without a method that the target has: Reject, or status class 2")
{
	struct conn *c = conn_open();
	struct pdu *r;
	struct text t;
	const char *v;

	login_send(c, STAY(SEC), format("%s AuthMethod=KRB5", names()));
	r = pdu_expect(c, OP_LOGIN_RSP);
	if (r->bhs[36] == 2)
		return;
	t = login_text(r);
	v = text_value(&t, "AuthMethod", 0);
	check(v && !strcmp(v, "Reject"), "answered with %s", v ? v : "nothing");
}

/* numbers */

TEST(num_min, "keys.numbers-minimum", "6.2.2", MUST,
     "keys with the result function minimum: an offer below the target's own value is the result")
{
	expect_value("MaxBurstLength=512", "MaxBurstLength", "512");
	expect_value("FirstBurstLength=512 MaxBurstLength=1024", "FirstBurstLength", "512");
	expect_value("MaxOutstandingR2T=1", "MaxOutstandingR2T", "1");
	expect_value("DefaultTime2Retain=0", "DefaultTime2Retain", "0");
	expect_value("ErrorRecoveryLevel=0", "ErrorRecoveryLevel", "0");
	expect_value("MaxConnections=1", "MaxConnections", "1");
}

TEST(num_max, "keys.numbers-maximum", "13.15", MUST,
     "DefaultTime2Wait has the result function maximum")
{
	expect_value("DefaultTime2Wait=3600", "DefaultTime2Wait", "3600");
}

TEST(num_hex, "keys.numbers-hex", "6.1", MUST,
     "numbers may be hexadecimal")
{
	const char *v = answer_to("MaxBurstLength=0x1000", "MaxBurstLength");

	check(strtoul(v, NULL, 0) == 4096, "0x1000 is answered with %s", v);
	v = answer_to("MaxBurstLength=0X200", "MaxBurstLength");
	check(strtoul(v, NULL, 0) == 512, "0X200 is answered with %s", v);
	v = answer_to("MaxBurstLength=0xABC", "MaxBurstLength");
	check(strtoul(v, NULL, 0) == 0xabc, "0xABC is answered with %s", v);
}

TEST(num_low, "keys.numbers-below-range", "6.2.2", MUST,
     "a number below its range: Reject or an admissible value, never the number itself")
{
	inadmissible("MaxBurstLength", "511", 512, 16777215);
	inadmissible("FirstBurstLength", "511", 512, 16777215);
	inadmissible("MaxConnections", "0", 1, 65535);
	inadmissible("MaxOutstandingR2T", "0", 1, 65535);
}

TEST(num_high, "keys.numbers-above-range", "6.2.2", MUST,
     "a number above its range: Reject or an admissible value, never the number itself")
{
	inadmissible("MaxBurstLength", "16777216", 512, 16777215);
	inadmissible("FirstBurstLength", "16777216", 512, 16777215);
	inadmissible("MaxConnections", "65536", 1, 65535);
	inadmissible("MaxOutstandingR2T", "65536", 1, 65535);
	inadmissible("DefaultTime2Wait", "3601", 0, 3600);
	inadmissible("DefaultTime2Retain", "3601", 0, 3600);
	inadmissible("ErrorRecoveryLevel", "3", 0, 2);
}

TEST(num_overflow, "keys.numbers-overflow", "6.1", MUST,
     "numbers that do not fit 32 or 64 bits are not cut to something that fits")
{
	struct answer a = offer("MaxBurstLength=4294968320");
	const char *v;

	/* 2^32 + 1024 */
	if (!a.refused) {
		v = text_value(&a.text, "MaxBurstLength", 0);
		check(v && strcmp(v, "1024"), "2^32 + 1024 is answered with %s",
		      v ? v : "nothing");
	}
	inadmissible("MaxBurstLength", "18446744073709552640", 2048, 16777215);
	inadmissible("MaxBurstLength", "0x10000000000000400", 2048, 16777215);
}

TEST(num_junk, "keys.numbers-malformed", "6.1", MUST,
     "what is no number is not taken for one")
{
	inadmissible("MaxBurstLength", "-1", 512, 16777215);
	inadmissible("ErrorRecoveryLevel", "-1", 0, 2);
	inadmissible("MaxBurstLength", "abc", 512, 16777215);
	inadmissible("MaxOutstandingR2T", "1x", 2, 65535);
	inadmissible("MaxBurstLength", "0x", 512, 16777215);
	inadmissible("MaxOutstandingR2T", "", 1, 65535);
	inadmissible("MaxBurstLength", "+1024", 2048, 16777215);
}

TEST(num_mrdsl, "keys.mrdsl-out-of-range", "13.12", MUST,
     "MaxRecvDataSegmentLength outside 512..2^24-1 is rejected (the key or the login)")
{
	static const char *const bad[] = { "0", "511", "16777216", "-1", "x" };
	unsigned int i;

	for (i = 0; i < 5; i++) {
		struct answer a = offer(format("MaxRecvDataSegmentLength=%s", bad[i]));
		const char *v;

		if (a.refused)
			continue;
		v = text_value(&a.text, "MaxRecvDataSegmentLength", 0);
		check(v && !strcmp(v, "Reject"),
		      "MaxRecvDataSegmentLength=%s is answered with %s", bad[i],
		      v ? v : "nothing");
	}
}

TEST(mrdsl_declare, "keys.mrdsl-own-declaration", "13.12", MUST,
     "the target's own MaxRecvDataSegmentLength is in 512..2^24-1, and not an echo")
{
	struct text said = { 0 };
	const char *v;

	login_said("MaxRecvDataSegmentLength=777216", &said);
	v = text_value(&said, "MaxRecvDataSegmentLength", 0);
	if (!v)
		return;
	check(strtoul(v, NULL, 0) >= 512 && strtoul(v, NULL, 0) < 1 << 24,
	      "declares %s", v);
	check(strcmp(v, "777216"), "the declaration came back as an answer");
}

TEST(first_over_max, "keys.first-over-max-burst", "13.14", MUST,
     "the negotiated FirstBurstLength never exceeds the negotiated MaxBurstLength")
{
	struct answer a = offer("FirstBurstLength=65536 MaxBurstLength=4096");
	const char *f, *m;

	if (a.refused)
		return;
	f = text_value(&a.text, "FirstBurstLength", 0);
	m = text_value(&a.text, "MaxBurstLength", 0);
	check(f && m, "answered with: %s", text_show(&a.text));
	if (!strcmp(f, "Reject") || !strcmp(m, "Reject"))
		return;
	check(strtoul(f, NULL, 0) <= strtoul(m, NULL, 0),
	      "FirstBurstLength %s, MaxBurstLength %s", f, m);
}

/* booleans */

TEST(bool_or, "keys.boolean-or", "6.2.2", MUST,
     "InitialR2T=Yes (OR) results in Yes")
{
	struct answer a = offer("InitialR2T=Yes");
	const char *v = text_value(&a.text, "InitialR2T", 0);

	check(!a.refused, "login refused with 0x%04x", a.status);
	check(!v || !strcmp(v, "Yes"), "answered with %s", v);
}

TEST(bool_or_no, "keys.boolean-or-no", "6.2.2", MUST,
     "InitialR2T=No (OR) needs an answer: Yes or No")
{
	static const char *const ok[] = { "Yes", "No", NULL };

	expect_one_of("InitialR2T=No", "InitialR2T", ok);
}

TEST(bool_and, "keys.boolean-and", "6.2.2", MUST,
     "ImmediateData=No (AND) results in No")
{
	struct answer a = offer("ImmediateData=No");
	const char *v = text_value(&a.text, "ImmediateData", 0);

	check(!a.refused, "login refused with 0x%04x", a.status);
	check(!v || !strcmp(v, "No"), "answered with %s", v);
}

TEST(bool_and_yes, "keys.boolean-and-yes", "6.2.2", MUST,
     "ImmediateData=Yes (AND) needs an answer: Yes or No")
{
	static const char *const ok[] = { "Yes", "No", NULL };

	expect_one_of("ImmediateData=Yes", "ImmediateData", ok);
}

TEST(bool_order, "keys.boolean-data-order", "13.18", MUST,
     "DataPDUInOrder and DataSequenceInOrder (OR) offered as Yes result in Yes, offered as No are answered")
{
	static const char *const ok[] = { "Yes", "No", NULL };

	expect_one_of("DataPDUInOrder=No", "DataPDUInOrder", ok);
	expect_one_of("DataSequenceInOrder=No", "DataSequenceInOrder", ok);
}

TEST(bool_case, "keys.boolean-wrong-case", "6.1", MUST,
     "yes and YES are no boolean values: Reject or the login ends")
{
	static const char *const bad[] = { "yes", "YES", "no", "1", "true", "" };
	unsigned int i;

	for (i = 0; i < 6; i++) {
		struct answer a = offer(format("InitialR2T=%s", bad[i]));
		const char *v;

		if (a.refused)
			continue;
		v = text_value(&a.text, "InitialR2T", 0);
		check(v && !strcmp(v, "Reject"), "InitialR2T=%s is answered with %s",
		      bad[i], v ? v : "nothing");
	}
}

/* reserved constants, obsolete and newer keys */

TEST(marker, "keys.markers", "13.25", MUST,
     "IFMarker and OFMarker are answered with Reject or No, never NotUnderstood")
{
	static const char *const ok[] = { "Reject", "No", NULL };

	expect_one_of("IFMarker=Yes", "IFMarker", ok);
	expect_one_of("OFMarker=Yes", "OFMarker", ok);
	expect_one_of("IFMarker=No", "IFMarker", ok);
}

TEST(mark_int, "keys.marker-intervals", "13.25", MUST,
     "IFMarkInt and OFMarkInt are answered with Reject")
{
	expect_value("IFMarkInt=2048~8192", "IFMarkInt", "Reject");
	expect_value("OFMarkInt=2048~8192", "OFMarkInt", "Reject");
}

TEST(reporting, "keys.task-reporting", "13.23", MUST,
     "TaskReporting is answered with one of the values offered")
{
	static const char *const ok[] = { "RFC3720", "ResponseFence", "FastAbort",
					  NULL };
	static const char *const only[] = { "RFC3720", NULL };

	expect_one_of("TaskReporting=FastAbort,ResponseFence,RFC3720",
		      "TaskReporting", ok);
	expect_one_of("TaskReporting=RFC3720", "TaskReporting", only);
}

TEST(level, "keys.protocol-level", "13.24", MUST,
     "iSCSIProtocolLevel is answered with a level up to the one offered")
{
	const char *v = answer_to("iSCSIProtocolLevel=1", "iSCSIProtocolLevel");

	check(!strcmp(v, "0") || !strcmp(v, "1"), "1 is answered with %s", v);
	v = answer_to("iSCSIProtocolLevel=31", "iSCSIProtocolLevel");
	check(strspn(v, "0123456789") == strlen(v) && strtoul(v, NULL, 10) <= 31,
	      "31 is answered with %s", v);
	inadmissible("iSCSIProtocolLevel", "32", 0, 31);
}

TEST(reporting_unknown, "keys.task-reporting-unknown", "13.23", MUST,
     "TaskReporting without any value that the target knows: Reject, or the login ends")
{
	struct answer a = offer("TaskReporting=nonsense");
	const char *v = a.refused ? NULL : text_value(&a.text, "TaskReporting", 0);

	check(a.refused || (v && !strcmp(v, "Reject")), "answered with %s", v ? v : "nothing");
}

TEST(constant_offered, "keys.reserved-constant-as-offer", "6.2", MUST,
     "Reject, Irrelevant and NotUnderstood as an offer are a protocol error: the login is refused")
{
	static const char *const offers[] = {
		"MaxBurstLength=Reject", "MaxBurstLength=Irrelevant",
		"MaxBurstLength=NotUnderstood", "HeaderDigest=Reject",
		"ImmediateData=NotUnderstood", "MaxRecvDataSegmentLength=Reject",
		"X-com.example.key=NotUnderstood",
	};
	unsigned int i;

	for (i = 0; i < sizeof(offers) / sizeof(*offers); i++) {
		struct answer a = offer(offers[i]);

		check(a.refused, "%s is answered with: %s", offers[i], text_show(&a.text));
	}
	target_is_well();
}

TEST(range_ends, "keys.numbers-at-the-ends-of-their-range", "13", MUST,
     "the smallest and the largest value of each number are admissible: answered with a number, not with Reject")
{
	static const char *const offers[] = {
		"MaxConnections=1", "MaxConnections=65535",
		"MaxBurstLength=512", "MaxBurstLength=16777215",
		"FirstBurstLength=512", "FirstBurstLength=16777215",
		"DefaultTime2Wait=0", "DefaultTime2Wait=3600",
		"DefaultTime2Retain=0", "DefaultTime2Retain=3600",
		"MaxOutstandingR2T=1", "MaxOutstandingR2T=65535",
		"ErrorRecoveryLevel=0", "ErrorRecoveryLevel=2",
		"iSCSIProtocolLevel=0", "iSCSIProtocolLevel=31",
	};
	unsigned int i;

	for (i = 0; i < sizeof(offers) / sizeof(*offers); i++) {
		char *key = strndup(offers[i], strcspn(offers[i], "="));
		unsigned long ours = strtoul(strchr(offers[i], '=') + 1, NULL, 10), got;
		const char *v = answer_to(offers[i], key);

		check(*v && strspn(v, "0123456789") == strlen(v), "%s is answered with %s",
		      offers[i], v);
		got = strtoul(v, NULL, 10);
		check(strcmp(key, "DefaultTime2Wait") ? got <= ours : got >= ours,
		      "%s is answered with %lu", offers[i], got);
	}
}

TEST(list_gaps, "keys.list-with-empty-values", "6.1", MUST,
     "a list with nothing in it, or nothing between two commas: Reject, or the login ends")
{
	static const char *const offers[] = {
		"HeaderDigest=,", "HeaderDigest=CRC32C,,None", "HeaderDigest=,None",
		"HeaderDigest=None,",
	};
	unsigned int i;

	for (i = 0; i < sizeof(offers) / sizeof(*offers); i++) {
		struct answer a = offer(offers[i]);
		const char *v = a.refused ? NULL : text_value(&a.text, "HeaderDigest", 0);

		check(a.refused || (v && !strcmp(v, "Reject")), "%s is answered with %s",
		      offers[i], v ? v : "nothing");
	}
	target_is_well();
}

/* what goes with the names into the first request of a stage */
static void not_in_stage(uint8_t stage, const char *keys)
{
	struct conn *c = conn_open();

	if (stage == OPER && opt.chap_user)
		login_to_operational(c);
	login_send(c, STAY(stage), stage == OPER && opt.chap_user ? keys :
		   format("%s %s", names(), keys));
	expect_refused(c);
}

TEST(operational_early, "keys.operational-in-the-security-stage", "12", MUST,
     "keys of the operational stage must not be used in the security stage: the login is refused")
{
	not_in_stage(SEC, "HeaderDigest=None");
	not_in_stage(SEC, "MaxRecvDataSegmentLength=65536");
	not_in_stage(SEC, "ImmediateData=Yes");
	target_is_well();
}

TEST(security_late, "keys.security-in-the-operational-stage", "12", MUST,
     "AuthMethod and CHAP_A must not be used in the operational stage: the login is refused")
{
	not_in_stage(OPER, "AuthMethod=None");
	not_in_stage(OPER, "CHAP_A=5");
	target_is_well();
}

TEST(send_targets, "keys.sendtargets-during-login", "App. C", MUST,
     "SendTargets is a key of the full feature phase: the login is refused, or Reject")
{
	struct answer a = offer("SendTargets=All");
	const char *v = a.refused ? NULL : text_value(&a.text, "SendTargets", 0);

	check(a.refused || (v && !strcmp(v, "Reject")), "answered with: %s",
	      text_show(&a.text));
	check(!text_has(&a.text, "TargetName"), "a list during login");
}

TEST(alias, "keys.initiator-alias", "13.7", MUST,
     "InitiatorAlias is a declaration and is taken")
{
	struct answer a = offer("InitiatorAlias=somebody");

	check(!a.refused, "login refused with 0x%04x", a.status);
}

TEST(no_equals, "keys.pair-without-equals", "6.1", MUST,
     "text that is no key=value pair: the login is refused")
{
	struct answer a = offer("justtext");

	check(a.refused, "answered with: %s", text_show(&a.text));
	target_is_well();
}

TEST(no_key, "keys.pair-without-key", "6.1", MUST,
     "a pair with an empty key: the login is refused")
{
	struct answer a = offer("=value");

	check(a.refused, "answered with: %s", text_show(&a.text));
	target_is_well();
}

TEST(key_too_long, "keys.name-of-64", "6.1", MUST,
     "a key name over 63 characters is not taken: refused, or NotUnderstood for it")
{
	char *key = zalloc(200);
	struct answer a;

	memset(key, 'k', 100);
	memcpy(key, "X-com.example.", 14);
	a = offer(format("%s=1", key));
	if (!a.refused)
		check(text_value(&a.text, key, 0) == NULL ||
		      !strcmp(text_value(&a.text, key, 0), "NotUnderstood"),
		      "answered with: %s", text_show(&a.text));
	target_is_well();
}

static struct answer offer_bytes(const void *bytes, size_t len)
{
	struct answer a = { .c = conn_open() };
	struct text t = { 0 };
	struct pdu *p;

	if (opt.chap_user)
		login_to_operational(a.c);
	else
		text_add_keys(&t, names());
	text_add(&t, bytes, len);
	p = login_pdu(a.c, STAY(OPER), "");
	pdu_data(p, t.buf, t.len);
	pdu_send(a.c, p);
	if (offer_answer(&a) && !a.text.len) {
		login_send(a.c, STAY(OPER), "");
		offer_answer(&a);
	}
	return a;
}

TEST(nul_missing, "keys.last-pair-without-nul", "6.2", SHOULD,
     "the last pair without its NUL delimiter is refused or taken, and nothing beyond it is read")
{
	struct answer a = offer_bytes("MaxBurstLength=1024", 19);
	const char *v;

	if (!a.refused) {
		v = text_value(&a.text, "MaxBurstLength", 0);
		check(v && !strcmp(v, "1024"), "answered with %s", v ? v : "nothing");
	}
	target_is_well();
}

TEST(nul_many, "keys.several-nuls", "6.2", MUST,
     "pairs may be followed by more than one NUL")
{
	struct answer a = offer_bytes("MaxBurstLength=1024\0\0\0InitialR2T=Yes\0\0", 39);

	check(!a.refused, "login refused with 0x%04x", a.status);
	check(text_has(&a.text, "MaxBurstLength"), "answered with: %s",
	      text_show(&a.text));
}

TEST(value_equals, "keys.value-with-equals", "6.1", MUST,
     "the first equals sign ends the key: X-com.example.a=b=c is one pair")
{
	expect_value("X-com.example.a=b=c", "X-com.example.a", "NotUnderstood");
}

TEST(value_too_long, "keys.value-over-255", "6.1", MUST,
     "a value over 255 bytes of a key that has no longer ones does no harm: refused or Reject")
{
	char *v = zalloc(2000);
	struct answer a;

	memset(v, '1', 1900);
	a = offer(format("MaxBurstLength=%s", v));
	if (!a.refused) {
		const char *got = text_value(&a.text, "MaxBurstLength", 0);

		check(got && strlen(got) < 256, "answered with %s", got ? got : "nothing");
	}
	target_is_well();
}

TEST(answer_unasked, "keys.target-only-key-from-initiator", "13.9", MUST,
     "TargetPortalGroupTag is the target's to declare: from the initiator it is refused")
{
	struct answer a = offer("TargetPortalGroupTag=1");
	const char *v;

	if (a.refused)
		return;
	v = text_value(&a.text, "TargetPortalGroupTag", 0);
	check(v && (!strcmp(v, "Reject") || !strcmp(v, "NotUnderstood") ||
		    !strcmp(v, "Irrelevant")), "answered with %s", v ? v : "nothing");
}

/* the C bit */

static void send_split(struct conn *c, const char *keys, const size_t *cuts,
		       int n)
{
	struct text t = text_of(keys);
	size_t at = 0;
	int i;

	for (i = 0; i <= n; i++) {
		size_t end = i < n ? cuts[i] : t.len;
		bool last = i == n;
		uint8_t flags = last ? STAY(OPER) : STAY(OPER) | F_CONTINUE;
		struct pdu *p = login_pdu(c, flags, ""), *r;

		if (end > at)
			pdu_data(p, t.buf + at, end - at);
		pdu_send(c, p);
		at = end;
		if (last)
			break;
		r = login_recv(c, flags);
		check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
		check(r->len == 0, "6.2: an answer before the text is complete");
		check(!(r->bhs[1] & (F_TRANSIT | F_CONTINUE)),
		      "6.2: flags 0x%02x in answer to C=1", r->bhs[1]);
	}
}

TEST(c_bit, "keys.text-over-two-requests", "11.12.2", MUST,
     "text with C=1 is answered with an empty response, and the whole is answered at the end")
{
	static const size_t cut[] = { 21 };
	struct conn *c = conn_open();
	struct text t;
	struct pdu *r;

	login_to_operational(c);
	send_split(c, "MaxBurstLength=65536 HeaderDigest=None DataDigest=None", cut, 1);
	r = login_recv(c, STAY(OPER));
	check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
	t = login_text(r);
	check(text_has(&t, "MaxBurstLength") && text_has(&t, "HeaderDigest") &&
	      text_has(&t, "DataDigest"), "answered with: %s", text_show(&t));
}

TEST(c_bit_key, "keys.pair-cut-in-the-key", "6.2", MUST,
     "a pair may be cut anywhere between requests: in its key")
{
	static const size_t cut[] = { 5 };
	struct conn *c = conn_open();
	struct text t;

	login_to_operational(c);
	send_split(c, "MaxBurstLength=65536", cut, 1);
	t = login_text(login_recv(c, STAY(OPER)));
	check(text_value(&t, "MaxBurstLength", 0), "answered with: %s", text_show(&t));
}

TEST(c_bit_value, "keys.pair-cut-in-the-value", "6.2", MUST,
     "a pair may be cut anywhere between requests: in its value, at the equals sign, byte by byte")
{
	static const size_t cut[] = { 14, 15, 16, 17, 18, 19 };
	struct conn *c = conn_open();
	struct text t;
	const char *v;

	login_to_operational(c);
	send_split(c, "MaxBurstLength=1024", cut, 6);
	t = login_text(login_recv(c, STAY(OPER)));
	v = text_value(&t, "MaxBurstLength", 0);
	check(v && !strcmp(v, "1024"), "answered with: %s", text_show(&t));
}

TEST(c_bit_bytes, "keys.names-byte-by-byte", "6.2", MUST,
     "the whole first request may come in requests of one byte each")
{
	struct conn *c;
	struct text t;
	struct pdu *p, *r;
	size_t i;

	need_no_chap();
	c = conn_open();
	t = text_of(names());
	for (i = 0; i < t.len; i++) {
		p = login_pdu(c, STAY(OPER) | (i + 1 < t.len ? F_CONTINUE : 0), "");
		pdu_data(p, t.buf + i, 1);
		pdu_send(c, p);
		r = login_recv(c, STAY(OPER));
		check(login_status(r) == 0, "request %zu of %zu is refused with 0x%04x",
		      i + 1, t.len, login_status(r));
	}
	login_finish(c, "", &(struct text){ 0 });
	session_is_well(c);
}

TEST(unknown_again, "keys.unknown-again-later", "6.3", MUST,
     "an unknown key that is offered again in a later request: Login reject (initiator error)")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_exchange(c, STAY(OPER), "X-com.example.a=1");
	login_exchange(c, STAY(OPER), "X-com.example.b=1");
	login_send(c, STAY(OPER), "X-com.example.a=1");
	expect_refused(c);
}

TEST(tpgt_not_understood, "keys.portal-group-tag-not-understood", "6.2", MUST,
     "TargetPortalGroupTag=NotUnderstood is refused: every initiator must know that key")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	login_send(c, STAY(OPER), "TargetPortalGroupTag=NotUnderstood");
	expect_refused(c);
}

TEST(long_answer_without_t, "keys.long-answer-without-t", "11.13", MUST,
     "T=1 only answers T=1, also when the answer takes several responses")
{
	struct conn *c = conn_open();
	char *keys = strdup("");
	struct pdu *r;
	int i;

	login_to_operational(c);
	for (i = 0; i < 170; i++)
		keys = format("%s%sX-com.example.a-long-name-of-a-key.%03d=1", keys,
			      *keys ? " " : "", i);
	login_send(c, GO(OPER, FFP), keys);
	r = login_recv(c, GO(OPER, FFP));
	if (!(r->bhs[1] & F_CONTINUE))
		skip("the target answers %zu bytes in one response", r->len);
	check(!(r->bhs[1] & F_TRANSIT), "11.13: T and C together");
	do
		r = login_exchange(c, STAY(OPER), "");
	while (r->bhs[1] & F_CONTINUE);
	check(!(r->bhs[1] & F_TRANSIT), "T=1 in answer to T=0");
	login_finish(c, "", &(struct text){ 0 });
	session_is_well(c);
}

TEST(c_bit_first, "keys.names-over-two-requests", "6.2", MUST,
     "InitiatorName and TargetName may come in the continuation of the first request")
{
	struct conn *c;
	struct text t;
	struct pdu *p, *r;
	size_t half;

	need_no_chap();
	c = conn_open();
	t = text_of(names());
	half = t.len / 2;
	p = login_pdu(c, STAY(OPER) | F_CONTINUE, "");
	pdu_data(p, t.buf, half);
	pdu_send(c, p);
	r = login_recv(c, STAY(OPER));
	check(login_status(r) == 0, "the first half is refused with 0x%04x",
	      login_status(r));
	p = login_pdu(c, STAY(OPER), "");
	pdu_data(p, t.buf + half, t.len - half);
	pdu_send(c, p);
	r = login_recv(c, STAY(OPER));
	check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
	login_finish(c, "", &(struct text){ 0 });
	session_is_well(c);
}

TEST(c_bit_8k, "keys.text-of-8192-in-pieces", "6.2", MUST,
     "8192 bytes of text in one negotiation, over several requests, are taken")
{
	struct conn *c = conn_open();
	char *keys = strdup("X-com.example.first=1");
	size_t cuts[16];
	struct text t = { 0 };
	struct pdu *r;
	int i, n = 0;

	login_to_operational(c);
	for (i = 0; i < 40; i++) {
		char *v = zalloc(180);

		memset(v, 'v', 175);
		keys = format("%s X-com.example.%02d=%s", keys, i, v);
	}
	check(strlen(keys) < 8192, "too long");
	for (i = 1; i < 8; i++)
		cuts[n++] = i * 1000;
	send_split(c, keys, cuts, n);
	/* the answers may come in several responses too */
	do {
		r = login_recv(c, STAY(OPER));
		check(login_status(r) == 0, "refused with 0x%04x", login_status(r));
		text_add(&t, r->data, r->len);
		if (r->bhs[1] & F_CONTINUE)
			login_send(c, STAY(OPER), "");
	} while (r->bhs[1] & F_CONTINUE);
	for (i = 0; i < 40; i++)
		check(text_has(&t, format("X-com.example.%02d", i)),
		      "key %d is not answered", i);
}

TEST(c_bit_endless, "keys.text-without-end", "6.2", SHOULD,
     "text without end is refused at some bound, and disturbs nobody")
{
	struct conn *c = conn_open();
	char *v = zalloc(8193);
	struct pdu *r = NULL;
	int i;

	login_to_operational(c);
	memset(v, 'v', 8192);
	memcpy(v, "X-com.example=", 14);
	for (i = 0; i < 200; i++) {
		struct pdu *p = login_pdu(c, STAY(OPER) | F_CONTINUE, "");

		pdu_data(p, v, 8192);
		if (!pdu_send(c, p) || pdu_try(c, &r, opt.wait) != RX_PDU)
			break;
		if (login_status(r)) {
			check(r->bhs[36] == 2 || r->bhs[36] == 3, "status 0x%04x",
			      login_status(r));
			break;
		}
	}
	check(i < 200, "1.6 MB of text were taken before any login");
	target_is_well();
}

TEST(all_keys, "keys.result-is-consistent", "6.2", MUST,
     "every answer to a full set of offers follows from its result function")
{
	struct text said = { 0 };
	static const struct { const char *key; unsigned long max; } upto[] = {
		{ "MaxBurstLength", 262144 }, { "FirstBurstLength", 65536 },
		{ "MaxOutstandingR2T", 8 }, { "MaxConnections", 4 },
		{ "DefaultTime2Retain", 30 }, { "ErrorRecoveryLevel", 2 },
	};
	const char *v;
	unsigned int i;

	login_said("MaxOutstandingR2T=8 MaxConnections=4 DefaultTime2Retain=30 ErrorRecoveryLevel=2 DefaultTime2Wait=5",
		   &said);
	for (i = 0; i < 6; i++) {
		v = text_value(&said, upto[i].key, 0);
		check(v, "%s is not answered", upto[i].key);
		check(strtoul(v, NULL, 0) <= upto[i].max, "%s=%s, offered %lu",
		      upto[i].key, v, upto[i].max);
	}
	v = text_value(&said, "DefaultTime2Wait", 0);
	check(v && strtoul(v, NULL, 0) >= 5, "DefaultTime2Wait=%s, offered 5",
	      v ? v : "nothing");
}
