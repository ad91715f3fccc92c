// SPDX-License-Identifier: GPL-2.0
/* Forms of values that are not in the grammar, or just in it (6.1, 6.2). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "offer.h"
#include "scsi.h"

/* One pair as it is, blanks and all, and what comes back. */
static struct answer offer_raw(const char *pair)
{
	struct answer a = { .c = conn_open() };
	struct pdu *p;

	login_to_operational(a.c);
	p = login_pdu(a.c, STAY(OPER), "");
	pdu_data(p, pair, strlen(pair) + 1);
	pdu_send(a.c, p);
	if (offer_answer(&a) && !a.text.len) {
		login_send(a.c, STAY(OPER), "");
		offer_answer(&a);
	}
	return a;
}

static void raw_not_taken(const char *pair)
{
	char *key = strndup(pair, strcspn(pair, "="));
	struct answer a = offer_raw(pair);
	const char *v = a.refused ? NULL : text_value(&a.text, key, 0);

	check(a.refused || (v && !strcmp(v, "Reject")), "\"%s\" is answered with %s", pair,
	      v ? v : "nothing");
}

TEST(num_forms, "values.number-forms", "6.1", MUST,
     "leading zeros, base64, ranges, lists, fractions and exponents are no numbers: Reject, or the login ends")
{
	static const char *const form[] = {
		"01024", "0b1234", "0bAAAE", "512~1024", "1024,2048", "1024.0", "1e4", "0x",
		"0x+400", "0x 400", "00", "0X", "1024k", "None", "Yes", "0x400~0x800", "$400",
	};
	unsigned int i;

	for (i = 0; i < sizeof(form) / sizeof(*form); i++)
		raw_not_taken(format("MaxBurstLength=%s", form[i]));
	target_is_well();
}

TEST(hex_zeros, "values.hex-with-leading-zeros", "6.1", MUST,
     "a hex constant may begin with zeros")
{
	const char *v = answer_to("MaxBurstLength=0x00001000", "MaxBurstLength");

	check(strtoul(v, NULL, 0) == 4096, "0x00001000 is answered with %s", v);
	v = answer_to("ErrorRecoveryLevel=0x0", "ErrorRecoveryLevel");
	check(!strtoul(v, NULL, 0), "0x0 is answered with %s", v);
}

TEST(blanks, "values.with-blanks", "6.1", MUST,
     "blanks and tabs belong to the value: Reject, or the login ends")
{
	static const char *const pair[] = {
		"MaxBurstLength= 1024", "MaxBurstLength=1024 ", "MaxBurstLength=1024\t",
		"InitialR2T= Yes", "InitialR2T=Yes ", "ImmediateData=Yes\n",
		"HeaderDigest= CRC32C,None", "HeaderDigest=CRC32C, None",
		"HeaderDigest=CRC32C ,None",
	};
	unsigned int i;

	for (i = 0; i < sizeof(pair) / sizeof(*pair); i++)
		raw_not_taken(pair[i]);
	target_is_well();
}

TEST(booleans, "values.boolean-forms", "6.1", MUST,
     "a boolean is Yes or No, one of them: Reject, or the login ends")
{
	static const char *const form[] = {
		"Y", "N", "0", "1", "True", "Yes,No", "No,Yes", "Yess", "Ye", "None", "0x1", "",
	};
	static const char *const key[] = {
		"InitialR2T", "ImmediateData", "DataPDUInOrder", "DataSequenceInOrder",
	};
	unsigned int i, k;

	for (k = 0; k < 4; k++)
		for (i = 0; i < sizeof(form) / sizeof(*form); i++)
			not_taken(key[k], form[i]);
	target_is_well();
}

TEST(list_twice, "values.list-with-duplicates", "6.2.1", MUST,
     "a value that is twice in a list counts once: the first one that is supported is chosen")
{
	expect_value("HeaderDigest=CRC32C,CRC32C,None", "HeaderDigest", "CRC32C");
	expect_value("DataDigest=X-foo,X-foo,None,None", "DataDigest", "None");
}

TEST(list_long, "values.long-list", "6.2.1", MUST,
     "the value that is supported is found at the end of a list of 60")
{
	char *list = strdup("");
	int i;

	for (i = 0; i < 60; i++)
		list = format("%sX%d,", list, i);
	expect_value(format("HeaderDigest=%sCRC32C", list), "HeaderDigest", "CRC32C");
}

TEST(list_one, "values.list-of-one", "6.2.1", MUST,
     "a list of one value that is supported is answered with it")
{
	expect_value("HeaderDigest=None", "HeaderDigest", "None");
	expect_value("DataDigest=CRC32C", "DataDigest", "CRC32C");
	expect_value("TaskReporting=RFC3720", "TaskReporting", "RFC3720");
}

TEST(list_private, "values.private-list-values", "6.2.1", MUST,
     "private values (X-, Y-, Z-) of lists are passed over")
{
	expect_value("HeaderDigest=Y-com.example.digest,CRC32C", "HeaderDigest", "CRC32C");
	expect_value("DataDigest=X-com.example.digest,Z-com.example.x,None", "DataDigest", "None");
}

TEST(reporting_order, "values.task-reporting-first-known", "13.23", MUST,
     "of TaskReporting's list the first value that the target has is chosen, and RFC3720 is always there")
{
	expect_value("TaskReporting=X-foo,RFC3720", "TaskReporting", "RFC3720");
	expect_value("TaskReporting=RFC3720,ResponseFence,FastAbort", "TaskReporting", "RFC3720");
}

TEST(first_burst, "values.first-burst-without-unsolicited-data", "13.14", MUST,
     "FirstBurstLength without unsolicited data is answered with Irrelevant or a number")
{
	const char *v = answer_to("InitialR2T=Yes ImmediateData=No FirstBurstLength=1024",
				  "FirstBurstLength");

	check(!strcmp(v, "Irrelevant") || strtoul(v, NULL, 10) <= 1024, "answered with %s", v);
}

TEST(empty_unknown, "values.unknown-key-without-value", "6.2", MUST,
     "an unknown key with an empty value, or one of 255 bytes, is answered with NotUnderstood")
{
	char *v = zalloc(256);

	expect_value("X-com.example.a=", "X-com.example.a", "NotUnderstood");
	memset(v, 'v', 255);
	expect_value(format("X-com.example.a=%s", v), "X-com.example.a", "NotUnderstood");
}

TEST(alias_, "values.initiator-alias", "13.7", MUST,
     "InitiatorAlias may be any UTF-8 text of 255 bytes, empty and with blanks too, and is not answered")
{
	char *longest = zalloc(256);
	const char *const alias[] = {
		"the one in the cellar, on the left", "", "K\xc3\xbc" "che", "None", longest,
	};
	unsigned int i;

	memset(longest, 'a', 255);
	for (i = 0; i < 5; i++) {
		struct answer a = offer_raw(format("InitiatorAlias=%s", alias[i]));

		check(!a.refused, "%s: refused with 0x%04x", alias[i], a.status);
		check(!text_has(&a.text, "InitiatorAlias"), "answered with: %s",
		      text_show(&a.text));
	}
}

TEST(node_arch, "values.node-architecture", "13.26", MUST,
     "X#NodeArchitecture is a declaration: no answer, or NotUnderstood")
{
	struct answer a = offer("X#NodeArchitecture=Linux/ia32,GNU");
	const char *v = text_value(&a.text, "X#NodeArchitecture", 0);

	check(!a.refused, "refused with 0x%04x", a.status);
	check(!v || !strcmp(v, "NotUnderstood"), "answered with %s", v);
}

TEST(target_keys, "values.target-keys-from-initiator", "13", MUST,
     "TargetAddress and TargetAlias are the target's to declare: refused, or not taken")
{
	static const char *const key[] = { "TargetAddress", "TargetAlias" };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct answer a = offer(format("%s=x", key[i]));
		const char *v = a.refused ? NULL : text_value(&a.text, key[i], 0);

		check(a.refused || (v && strcmp(v, "x")), "%s is answered with %s", key[i],
		      v ? v : "nothing");
	}
	target_is_well();
}

TEST(session_types, "values.session-type-forms", "13.21", MUST,
     "SessionType is Normal or Discovery, case included: status 0x0209 for the rest")
{
	static const char *const form[] = { "normal", "NORMAL", "discovery", "Normal,Discovery", "" };
	unsigned int i;

	for (i = 0; i < 5; i++) {
		struct conn *c = conn_open();

		note("%s", form[i]);
		login_send(c, STAY(SEC), format("InitiatorName=%s TargetName=%s SessionType=%s",
						opt.initiator, opt.target, form[i]));
		expect_refused_with(c, LOGIN_BAD_TYPE);
	}
}

TEST(rejected_holds_default, "values.rejected-leaves-default", "6.2.2", MUST,
     "after Reject the login can go on, and what was rejected keeps its default")
{
	struct conn *c = conn_open();
	struct result r;
	struct pdu *p;

	login_to_operational(c);
	login_send(c, GO(OPER, FFP), "InitialR2T=Maybe MaxRecvDataSegmentLength=262144");
	p = login_recv(c, GO(OPER, FFP));
	if (login_status(p))
		return;
	if (!(p->bhs[1] & F_TRANSIT))
		p = login_exchange(c, GO(OPER, FFP), "");
	check(p->bhs[1] & F_TRANSIT, "the login does not end");
	c->full_feature = true;
	c->itt++;
	c->p.mrdsl = 262144;
	lu_ready(c);
	/* InitialR2T=Yes is the default: R2T without any Data-Out before it */
	r = scsi_write(c, cdb_write10(0, 4), pattern(4 * c->block, 3), 4 * c->block);
	expect_good(&r, "WRITE");
}
