// SPDX-License-Identifier: GPL-2.0
/* Names of nodes (4.2.7), and header fields that stay the same during a login (11.12). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static char *upper(const char *s)
{
	char *up = strdup(s), *p;

	for (p = up; *p; p++)
		*p = toupper(*p);
	return up;
}

/* one more letter for each, up to @len bytes */
static char *long_name(size_t len)
{
	char *name = zalloc(len + 1);

	memset(name, 'n', len);
	memcpy(name, "iqn.2025-01.org.example:", 24);
	return name;
}

static struct conn *let_in(const char *initiator)
{
	struct conn *c = conn_open();

	note("%s", initiator);
	login_as(c, initiator);
	return c;
}

TEST(forms, "names.forms", "4.2.7.3", MUST,
     "initiators with names of type iqn., eui. and naa., of 64 and 128 bits, are let in")
{
	static const char *const name[] = {
		"eui.02004567A425678D", "naa.52004567BA64678D",
		"naa.62004567BA64678D0123456789ABCDEF",
		"iqn.2001-04.com.example:storage:diskarrays-sn-a8675309",
		"iqn.2001-04.com.example",
	};
	unsigned int i;

	need_any_initiator();
	for (i = 0; i < sizeof(name) / sizeof(*name); i++)
		session_is_well(let_in(name[i]));
}

TEST(longest, "names.of-223-bytes", "4.2.7.2", MUST,
     "a name of the full 223 bytes is taken")
{
	need_any_initiator();
	session_is_well(let_in(long_name(223)));
}

TEST(utf8, "names.beyond-ascii", "4.2.7.1", SHOULD,
     "a name in UTF-8 that is not ASCII is taken")
{
	need_any_initiator();
	session_is_well(let_in("iqn.2025-01.org.example:sp\xc3\xa4tzle"));
}

TEST(bad, "names.malformed", "4.2.7.3", MUST,
     "an InitiatorName of no known type, or not of its form: refused with class 2")
{
	static const char *const name[] = {
		"proto-check", "iqn", "iqn.", "eui.", "eui.0123456789abcde",
		"eui.0123456789abcdef0", "eui.0123456789abcdeg", "naa.123",
		"naa.0123456789abcdef0123456789abcde", "All", "None",
		"iqn.2025-01.org.example:a/b", "iqn.2025-01.org.example:a,b",
		"iqn.2025-01.org.example:a=b", "xyz.2025-01.org.example:a",
	};
	unsigned int i;

	for (i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct conn *c = conn_open();

		note("%s", name[i]);
		login_send(c, STAY(SEC), format("InitiatorName=%s TargetName=%s SessionType=Normal",
						name[i], opt.target));
		expect_refused(c);
	}
	target_is_well();
}

TEST(bad_target, "names.target-name-malformed", "13.4", MUST,
     "a TargetName that is no iSCSI name, is empty, or too long: refused with class 2")
{
	const char *const name[] = { "", "x", "iqn.", "All", long_name(224), long_name(255) };
	unsigned int i;

	for (i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct conn *c = conn_open();

		note("%s", name[i]);
		login_send(c, STAY(SEC), format("InitiatorName=%s TargetName=%s SessionType=Normal",
						opt.initiator, name[i]));
		expect_refused(c);
	}
	target_is_well();
}

TEST(target_case, "names.target-in-upper-case", "4.2.7.2", MUST,
     "names are compared without regard to case: the target in upper case is the same target")
{
	const char *target = opt.target;
	struct conn *c;

	need_no_chap();
	opt.target = upper(target);
	c = login("");
	opt.target = target;
	session_is_well(c);
}

TEST(initiator_case, "names.initiator-in-upper-case", "4.2.7.2", MUST,
     "the initiator in upper case is the same initiator: with the same ISID it reinstates its session")
{
	struct conn *a, *b;

	need_no_chap();
	a = login("");
	b = conn_open_as(a);
	login_as(b, upper(opt.initiator));
	expect_close(a);
	session_is_well(b);
}

TEST(isid_types, "names.isid-types", "11.12.5", MUST,
     "ISIDs of the types OUI, EN and Random are taken, whatever their qualifier")
{
	static const uint8_t isid[][6] = {
		{ 0x00, 0x02, 0x3d, 0x01, 0x00, 0x01 }, { 0x40, 0x00, 0x01, 0x37, 0x00, 0x01 },
		{ 0x80, 0x12, 0x34, 0x56, 0x00, 0x00 }, { 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(isid) / sizeof(*isid); i++) {
		struct conn *c = conn_open();

		memcpy(c->isid, isid[i], 6);
		login_on(c, "", NULL);
		check(!c->other_isid, "11.13: another ISID came back");
		session_is_well(c);
	}
}

TEST(cids, "login.cid-of-any-value", "11.12.7", MUST,
     "the CID is the initiator's choice: 0, 1 and 0xffff are taken")
{
	static const uint16_t cid[] = { 0, 1, 0xffff };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct conn *c = conn_open();

		c->cid = cid[i];
		login_on(c, "", NULL);
		session_is_well(c);
	}
}

TEST(itt_changes, "login.itt-changes", "6.3", MUST,
     "all Login Requests of a login carry the same ITT: another one does not go on with the login")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	c->itt ^= 0x77;
	login_send(c, GO(OPER, FFP), "");
	expect_refused_or_closed(c);
}

TEST(tsih_changes, "login.tsih-changes", "11.12.6", MUST,
     "a Login Request whose TSIH is not that of the first does not go on with the login")
{
	struct conn *c = conn_open();

	login_to_operational(c);
	c->tsih = 0x1234;
	login_send(c, GO(OPER, FFP), "");
	expect_refused_or_closed(c);
}

TEST(version_later, "login.version-changes", "11.12.4", MUST,
     "a later Login Request for a version that the target has not: refused with class 2, or closed")
{
	struct conn *c = conn_open();
	struct pdu *p;

	login_to_operational(c);
	p = login_pdu(c, GO(OPER, FFP), "");
	p->bhs[2] = p->bhs[3] = 1;
	pdu_send(c, p);
	expect_refused_or_closed(c);
}

TEST(version_echo, "login.version-refused-shows-version", "11.13.2", MUST,
     "a refusal for the version shows the version that the target has")
{
	struct conn *c = conn_open();
	struct pdu *p = login_pdu(c, STAY(SEC), names());

	p->bhs[2] = 9;
	p->bhs[3] = 2;
	pdu_send(c, p);
	p = login_recv(c, STAY(SEC));
	check(login_status(p) == LOGIN_BAD_VERSION, "status 0x%04x", login_status(p));
	check(p->bhs[2] == 0 && p->bhs[3] == 0, "Version-max %u, Version-active %u", p->bhs[2],
	      p->bhs[3]);
	expect_close(c);
}

TEST(first_statsn, "login.first-expstatsn-means-nothing", "11.12.9", MUST,
     "the ExpStatSN of the first Login Request is not looked at; StatSN goes past 0 without a gap")
{
	static const uint32_t sn[] = { 0, 0xfffffffe, 0x7fffffff, 0xdeadbeef };
	unsigned int i, n;

	for (i = 0; i < 4; i++) {
		struct conn *c = conn_open();

		c->statsn = sn[i];
		login_on(c, "", NULL);
		for (n = 0; n < 4; n++)
			session_is_well(c);
	}
}

TEST(type_last, "login.names-after-other-keys", "6.3", MUST,
     "the keys of the first request may come in any order, the names and SessionType last")
{
	struct text said = { 0 };
	struct conn *c;
	const char *v;

	need_no_chap();
	c = conn_open();
	login_finish(c, format("MaxBurstLength=4096 X-com.example.a=1 SessionType=Normal TargetName=%s InitiatorName=%s",
			       opt.target, opt.initiator), &said);
	v = text_value(&said, "MaxBurstLength", 0);
	check(v && !strcmp(v, "4096"), "answered with: %s", text_show(&said));
	session_is_well(c);
	c = conn_open();
	login_finish(c, format("MaxConnections=1 DataDigest=None InitiatorName=%s SessionType=Discovery",
			       opt.initiator), &(struct text){ 0 });
	log_out(c);
}

TEST(stays, "login.operational-stage-left-when-asked", "11.13.6", MUST,
     "the target never leaves a stage by itself: T=0 in answer to T=0, whatever has been said")
{
	struct conn *c;
	struct pdu *r;
	int i;

	need_no_chap();
	c = conn_open();
	r = login_exchange(c, STAY(SEC), format("%s AuthMethod=None", names()));
	for (i = 0; i < 3; i++) {
		check(!(r->bhs[1] & F_TRANSIT), "T=1 in answer to T=0");
		r = login_exchange(c, STAY(SEC), "");
	}
	r = login_exchange(c, GO(SEC, OPER), "");
	check(r->bhs[1] & F_TRANSIT, "no transition to the operational stage");
	login_exchange(c, STAY(OPER), "ErrorRecoveryLevel=0");
	login_finish(c, "", &(struct text){ 0 });
	session_is_well(c);
}
