// SPDX-License-Identifier: GPL-2.0
/*
 * Logins as hosts do them that no guest of ours runs: their stages, keys, numbers and the
 * kind of their ISIDs. FreeBSD's and illumos's are by their sources, those of Windows by a
 * log that was published, those of ESXi from memory. What follows is one write as they
 * split it, and the list of targets.
 */
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

struct host {
	const char *name;
	uint8_t isid[6];
	uint16_t cid;
	uint32_t cmdsn, itt;	/* of the Login Requests */
	bool stays;		/* a request of its own, without T, in the security stage */
	const char *first;	/* beside the names */
	const char *oper;
	const char *discovery;	/* in the operational stage of a discovery session */
};

static const struct host windows = {
	.name = "iqn.1991-05.com.microsoft:host.example.org",
	.isid = { 0x40, 0x00, 0x01, 0x37, 0x00, 0x00 }, .cid = 1, .cmdsn = 1, .itt = 1,
	.first = "AuthMethod=None",
	.oper = "HeaderDigest=None,CRC32C DataDigest=None,CRC32C ErrorRecoveryLevel=2 "
		"InitialR2T=No ImmediateData=Yes MaxRecvDataSegmentLength=65536 "
		"MaxBurstLength=262144 FirstBurstLength=65536 MaxConnections=32 "
		"DataPDUInOrder=Yes DataSequenceInOrder=Yes DefaultTime2Wait=0 "
		"DefaultTime2Retain=60 MaxOutstandingR2T=16",
	.discovery = "HeaderDigest=None,CRC32C DataDigest=None,CRC32C "
		"MaxRecvDataSegmentLength=65536 DefaultTime2Wait=0 DefaultTime2Retain=60",
};

static const struct host esx = {
	.name = "iqn.1998-01.com.vmware:localhost-1a2b3c4d",
	.isid = { 0x00, 0x02, 0x3d, 0x00, 0x00, 0x01 }, .cmdsn = 1, .itt = 0,
	.first = "AuthMethod=CHAP,None",
	.oper = "HeaderDigest=None DataDigest=None DefaultTime2Wait=2 DefaultTime2Retain=0 "
		"IFMarker=No OFMarker=No ErrorRecoveryLevel=0 InitialR2T=No ImmediateData=Yes "
		"MaxBurstLength=262144 FirstBurstLength=262144 MaxOutstandingR2T=1 "
		"MaxConnections=1 DataPDUInOrder=Yes DataSequenceInOrder=Yes "
		"MaxRecvDataSegmentLength=131072",
	.discovery = "HeaderDigest=None DataDigest=None DefaultTime2Wait=0 "
		"DefaultTime2Retain=0 IFMarker=No OFMarker=No ErrorRecoveryLevel=0 "
		"MaxRecvDataSegmentLength=32768",
};

static const struct host freebsd = {
	.name = "iqn.1994-09.org.freebsd:host",
	.isid = { 0x80, 0x5a, 0x17, 0x42, 0x00, 0x01 }, .cmdsn = 0, .itt = 0,
	.first = "InitiatorAlias=host AuthMethod=None",
	.oper = "HeaderDigest=None DataDigest=None ImmediateData=Yes MaxBurstLength=131072 "
		"FirstBurstLength=131072 InitialR2T=Yes MaxRecvDataSegmentLength=131072 "
		"DefaultTime2Wait=0 DefaultTime2Retain=0 ErrorRecoveryLevel=0 "
		"MaxOutstandingR2T=1",
	.discovery = "HeaderDigest=None DataDigest=None MaxRecvDataSegmentLength=131072 "
		"DefaultTime2Wait=0 DefaultTime2Retain=0 ErrorRecoveryLevel=0 "
		"MaxOutstandingR2T=1",
};

static const struct host illumos = {
	.name = "iqn.1986-03.com.sun:01:e00000000000.4f2d9a1b",
	.isid = { 0x40, 0x00, 0x00, 0x2a, 0x00, 0x00 }, .cmdsn = 1, .itt = 0,
	.stays = true,
	.first = "InitiatorAlias=host AuthMethod=CHAP,None",
	.oper = "HeaderDigest=None DataDigest=None MaxRecvDataSegmentLength=131072 "
		"DefaultTime2Wait=2 DefaultTime2Retain=20 ErrorRecoveryLevel=0 IFMarker=No "
		"OFMarker=No InitialR2T=Yes ImmediateData=No MaxBurstLength=262144 "
		"FirstBurstLength=65536 MaxOutstandingR2T=1 MaxConnections=1 "
		"DataPDUInOrder=Yes DataSequenceInOrder=Yes",
	.discovery = "HeaderDigest=None DataDigest=None MaxRecvDataSegmentLength=131072 "
		"DefaultTime2Wait=2 DefaultTime2Retain=20 ErrorRecoveryLevel=0 IFMarker=No "
		"OFMarker=No",
};

/* Its answers to what was not asked are no keys that the host would have to know. */
static void offers_nothing(const struct text *said, const char *asked)
{
	static const char *const free[] = { "TargetAlias", "TargetPortalGroupTag",
					    "MaxRecvDataSegmentLength", NULL };
	struct text t = text_of(asked);
	size_t at;
	int i;

	for (at = 0; at < said->len; at += strlen(said->buf + at) + 1) {
		char *key = strndup(said->buf + at, strcspn(said->buf + at, "="));

		for (i = 0; free[i] && strcmp(free[i], key); i++)
			;
		check(!*key || free[i] || text_has(&t, key), "%s was not asked for", key);
	}
}

/* To the full feature phase; @keys are those of the operational stage. */
static struct conn *login_host(const struct host *h, const char *type, const char *keys,
			       struct text *said)
{
	struct conn *c;
	char *first;
	struct pdu *r;

	need_any_initiator();
	c = conn_open();
	memcpy(c->isid, h->isid, 6);
	c->cid = h->cid;
	c->cmdsn = h->cmdsn;
	c->itt = h->itt;
	first = format("InitiatorName=%s SessionType=%s %s%s%s", h->name, type, h->first,
		       *type == 'N' ? " TargetName=" : "", *type == 'N' ? opt.target : "");
	if (h->stays) {
		r = login_exchange(c, STAY(SEC), first);
		text_add(said, r->data, r->len);
		first = strdup("");
	}
	r = login_exchange(c, GO(SEC, OPER), first);
	check(r->bhs[1] & F_TRANSIT, "6.3: no transition to the operational stage");
	check(!get16(r->bhs + 14), "11.13.3: a TSIH before the last Login Response");
	text_add(said, r->data, r->len);
	login_finish(c, keys, said);
	return c;
}

static void is(const struct text *said, const char *key, const char *value)
{
	const char *v = text_value(said, key, 0);

	check(v && !strcmp(v, value), "%s is answered with %s, not %s", key,
	      v ? v : "nothing", value);
}

/* A long write, with as much immediate data as may be. */
static void writes(struct conn *c)
{
	uint32_t len, unasked = c->p.first_burst;
	struct pdu *p;
	uint8_t *data;
	struct result r;

	lu_ready(c);
	len = 1024 * c->block;
	data = pattern(len, 730);
	p = scsi_pdu(c, cdb_write10(0, 1024), F_FINAL | CMD_WRITE, len);
	if (unasked > c->p.target_mrdsl)
		unasked = c->p.target_mrdsl;
	if (!c->p.immediate_data)
		unasked = 0;
	pdu_data(p, data, unasked);
	pdu_send(c, p);
	r = scsi_finish(c, p, data, unasked);
	expect_good(&r, "WRITE");
	expect_blocks(c, 0, data, len, "what the host wrote");
}

static void discovers(const struct host *h)
{
	struct text said = { 0 }, list;
	struct conn *c = login_host(h, "Discovery", h->discovery, &said);
	struct pdu *r;

	offers_nothing(&said, format("%s %s", h->first, h->discovery));
	pdu_send(c, text_pdu(c, F_FINAL, c->itt++, NO_TAG, "SendTargets=All"));
	r = pdu_expect(c, OP_TEXT_RSP);
	list = login_text(r);
	check(memmem(list.buf, list.len, opt.target, strlen(opt.target)),
	      "the target is not listed: %s", text_show(&list));
	log_out(c);
}

static struct text host_works(const struct host *h)
{
	struct text said = { 0 };
	struct conn *c = login_host(h, "Normal", h->oper, &said);

	offers_nothing(&said, format("%s %s", h->first, h->oper));
	is(&said, "AuthMethod", "None");
	is(&said, "HeaderDigest", "None");
	is(&said, "DataDigest", "None");
	writes(c);
	log_out(c);
	discovers(h);
	return said;
}

TEST(as_windows, "hosts.windows", "6.2", MUST,
     "Windows: 32 connections, ErrorRecoveryLevel 2 and 16 R2Ts are offered, and what is answered is no more; a long write with immediate data; discovery")
{
	struct text said = host_works(&windows);

	is(&said, "DataPDUInOrder", "Yes");
	is(&said, "DataSequenceInOrder", "Yes");
	is(&said, "MaxBurstLength", "262144");
}

TEST(as_esx, "hosts.esx", "6.2", MUST,
     "ESXi: CHAP or no authentication, markers, a long first burst; discovery")
{
	struct text said = host_works(&esx);
	const char *v = text_value(&said, "IFMarker", 0);

	check(v && (!strcmp(v, "Reject") || !strcmp(v, "No")), "IFMarker is answered with %s",
	      v ? v : "nothing");
	is(&said, "MaxConnections", "1");
}

TEST(as_freebsd, "hosts.freebsd", "6.2", MUST,
     "FreeBSD: CmdSN and ITT 0, InitialR2T=Yes with immediate data; discovery with keys that are irrelevant there")
{
	struct text said = host_works(&freebsd);

	is(&said, "InitialR2T", "Yes");
}

TEST(as_illumos, "hosts.illumos", "6.2", MUST,
     "illumos and Solaris: two requests in the security stage, no immediate data, nothing but 1 connection, 1 R2T and ErrorRecoveryLevel 0; discovery")
{
	struct text said = host_works(&illumos);

	is(&said, "MaxConnections", "1");
	is(&said, "MaxOutstandingR2T", "1");
	is(&said, "ErrorRecoveryLevel", "0");
	is(&said, "ImmediateData", "No");
	is(&said, "InitialR2T", "Yes");
}
