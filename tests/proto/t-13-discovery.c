// SPDX-License-Identifier: GPL-2.0
/* Discovery sessions and SendTargets (4.3, Appendix C). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

/* The whole answer, over as many responses as it takes. */
static struct text ask(struct conn *c, const char *keys)
{
	uint32_t itt = c->itt++;
	struct text t = { 0 };
	struct pdu *r;
	int i;

	pdu_send(c, text_pdu(c, F_FINAL, itt, NO_TAG, keys));
	for (i = 0; i < 1000; i++) {
		r = pdu_expect(c, OP_TEXT_RSP);
		check(pdu_itt(r) == itt, "11.11.3: ITT 0x%x", pdu_itt(r));
		text_add(&t, r->data, r->len);
		if (r->bhs[1] & F_FINAL) {
			check(get32(r->bhs + 20) == NO_TAG,
			      "11.11.4: F=1 and TTT 0x%08x", get32(r->bhs + 20));
			check(!(r->bhs[1] & F_CONTINUE), "11.11.2: F and C both 1");
			return t;
		}
		check(get32(r->bhs + 20) != NO_TAG, "11.11.4: F=0 without a TTT");
		pdu_send(c, text_pdu(c, F_FINAL, itt, get32(r->bhs + 20), ""));
	}
	fail("the answer never ends");
}

static struct conn *discovery(void)
{
	need_no_chap();
	return login_discovery("");
}

static bool lists_target(const struct text *t)
{
	const char *v;
	int i;

	for (i = 0; (v = text_value(t, "TargetName", i)); i++)
		if (!strcmp(v, opt.target))
			return true;
	return false;
}

static void check_records(const struct text *t)
{
	size_t at;

	for (at = 0; at < t->len; at += strlen(t->buf + at) + 1) {
		const char *pair = t->buf + at;

		check(!*pair || !strncmp(pair, "TargetName=", 11) ||
		      !strncmp(pair, "TargetAddress=", 14),
		      "Appendix C: %s in a SendTargets answer", pair);
	}
	check(!t->len || !strncmp(t->buf, "TargetName=", 11),
	      "Appendix C: the answer does not begin with TargetName");
}

TEST(all, "discovery.all", "App. C", MUST,
     "SendTargets=All in a discovery session lists the target, with nothing but TargetName and TargetAddress")
{
	struct text t = ask(discovery(), "SendTargets=All");

	check(lists_target(&t), "answered with: %s", text_show(&t));
	check_records(&t);
}

TEST(address, "discovery.address-format", "13.8", MUST,
     "TargetAddress is address:port,portal-group-tag, an IPv6 address in brackets")
{
	struct text t = ask(discovery(), "SendTargets=All");
	const char *v;
	int i;

	for (i = 0; (v = text_value(&t, "TargetAddress", i)); i++) {
		const char *comma = strrchr(v, ',');

		check(comma && strspn(comma + 1, "0123456789") == strlen(comma + 1) &&
		      comma[1], "TargetAddress=%s has no portal group tag", v);
		check(strchr(v, ':') == strrchr(v, ':') || *v == '[',
		      "TargetAddress=%s: an IPv6 address without brackets", v);
	}
	check(i, "no TargetAddress at all");
}

TEST(address_here, "discovery.address-of-this-portal", "App. C", SHOULD,
     "the portal that was asked is among the addresses of the target")
{
	struct text t = ask(discovery(), "SendTargets=All");
	const char *want = strchr(opt.host, ':') ?
		format("[%s]:%s,", opt.host, opt.port) :
		format("%s:%s,", opt.host, opt.port);
	const char *v;
	int i;

	for (i = 0; (v = text_value(&t, "TargetAddress", i)); i++)
		if (!strncmp(v, want, strlen(want)))
			return;
	fail("%s not in: %s", want, text_show(&t));
}

TEST(address_twice, "discovery.address-once", "App. C", MUST,
     "no target record lists an address twice")
{
	struct text t = ask(discovery(), "SendTargets=All");
	size_t at, from = 0, b;

	for (at = 0; at < t.len; at += strlen(t.buf + at) + 1) {
		if (!strncmp(t.buf + at, "TargetName=", 11)) {
			from = at;
			continue;
		}
		for (b = from; b < at; b += strlen(t.buf + b) + 1)
			check(strcmp(t.buf + b, t.buf + at), "%s twice", t.buf + at);
	}
}

/* From here on the test speaks to the portal of a TargetAddress. */
static void turn_to(const char *address)
{
	char *host = format("%s", address + (*address == '['));
	char *comma = strrchr(host, ',');
	char *colon;

	check(comma, "TargetAddress=%s", address);
	*comma = 0;
	colon = strrchr(host, ':');
	check(colon, "TargetAddress=%s", address);
	opt.port = colon + 1;
	colon[*address == '[' ? -1 : 0] = 0;
	opt.host = host;
}

/* The addresses themselves may differ: a wildcard portal has one for each family. */
TEST(everywhere, "discovery.same-from-every-portal", "App. C", MUST,
     "every path is told of: each portal of a target gives all its addresses")
{
	struct text own = ask(discovery(), format("SendTargets=%s", opt.target));
	struct text t;
	const char *v;
	int i;

	for (i = 0; (v = text_value(&own, "TargetAddress", i)); i++) {
		turn_to(v);
		t = ask(discovery(), format("SendTargets=%s", opt.target));
		check(text_count(&t, "TargetAddress") == text_count(&own, "TargetAddress"),
		      "%s tells of: %s; not of: %s", v, text_show(&t), text_show(&own));
	}
	check(i, "no TargetAddress at all");
}

TEST(one, "discovery.by-name", "App. C", MUST,
     "SendTargets=<name> in a discovery session lists that target only")
{
	struct text t = ask(discovery(), format("SendTargets=%s", opt.target));

	check(lists_target(&t) && text_count(&t, "TargetName") == 1,
	      "answered with: %s", text_show(&t));
	check_records(&t);
}

TEST(none, "discovery.unknown-name", "App. C", MUST,
     "SendTargets=<name of no target> lists no target")
{
	struct conn *c = discovery();
	uint32_t itt = c->itt++;
	struct text t;
	struct pdu *r;

	pdu_send(c, text_pdu(c, F_FINAL, itt, NO_TAG,
			     "SendTargets=iqn.2001-01.org.example:nobody"));
	r = pdu_get(c);
	if (pdu_op(r) == OP_REJECT)
		return;
	check(pdu_op(r) == OP_TEXT_RSP, "got %s", pdu_describe(r));
	t = login_text(r);
	check(!text_has(&t, "TargetName"), "answered with: %s", text_show(&t));
}

TEST(empty, "discovery.empty-value", "App. C", MAY,
     "SendTargets= in a discovery session (which is logged in to no target) gets an answer or a Reject")
{
	struct conn *c = discovery();
	struct pdu *r;

	pdu_send(c, text_pdu(c, F_FINAL, c->itt++, NO_TAG, "SendTargets="));
	r = pdu_get(c);
	check(pdu_op(r) == OP_TEXT_RSP || pdu_op(r) == OP_REJECT, "got %s",
	      pdu_describe(r));
	ask(c, "SendTargets=All");
}

TEST(twice, "discovery.asked-twice", "App. C", MUST,
     "SendTargets may be asked again in the same session")
{
	struct conn *c = discovery();
	struct text a = ask(c, "SendTargets=All"), b = ask(c, "SendTargets=All");

	check(a.len == b.len && !memcmp(a.buf, b.buf, a.len), "two different answers");
}

static struct pdu *send_in_discovery(struct conn *c, struct pdu *p)
{
	struct pdu *r = NULL;

	pdu_send(c, p);
	if (pdu_try(c, &r, opt.wait) != RX_PDU)
		return NULL;
	return r;
}

static void refused_in_discovery(struct conn *c, struct pdu *p)
{
	struct pdu *r = send_in_discovery(c, p);

	if (!r)
		return;
	check(pdu_op(r) == OP_REJECT, "answered with %s", pdu_describe(r));
	check_reject(r, p);
}

TEST(no_scsi, "discovery.scsi-command", "4.3", MUST,
     "a SCSI command in a discovery session is rejected")
{
	struct conn *c = discovery();

	refused_in_discovery(c, scsi_pdu(c, cdb_inquiry(36), F_FINAL | CMD_READ, 36));
}

TEST(no_tmf, "discovery.task-management", "4.3", MUST,
     "task management in a discovery session is rejected")
{
	struct conn *c = discovery();

	refused_in_discovery(c, tmf_pdu(c, TMF_LUN_RESET, NO_TAG, 0));
}

TEST(no_nop, "discovery.nop-out", "4.3", MUST,
     "anything but SendTargets and Logout in a discovery session is rejected: NOP-Out")
{
	struct conn *c = discovery();

	refused_in_discovery(c, nop_pdu(c, "x", 1, true));
}

TEST(no_data, "discovery.data-out", "4.3", MUST,
     "Data-Out in a discovery session is rejected")
{
	struct conn *c = discovery();

	refused_in_discovery(c, data_out(c, 1, 2, 0, 0, "data", 4, true));
	target_is_well();
}

TEST(no_other_text, "discovery.other-text", "4.3", MUST,
     "Text Requests without SendTargets in a discovery session are rejected")
{
	static const char *const keys[] = {
		"HeaderDigest=CRC32C", "MaxRecvDataSegmentLength=4096",
		"X-com.example.a=1", "",
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct conn *c = discovery();

		refused_in_discovery(c, text_pdu(c, F_FINAL, c->itt++, NO_TAG, keys[i]));
		conn_close(c);
	}
}

TEST(logout_session, "discovery.logout-session", "4.3", MUST,
     "Logout of a discovery session with reason 'close the session' succeeds")
{
	log_out(discovery());
}

TEST(logout_connection, "discovery.logout-connection", "4.3", MUST,
     "Logout of a discovery session with any reason but 'close the session' is rejected")
{
	struct conn *c = discovery();
	struct pdu *p = logout_pdu(c, LOGOUT_CONNECTION, c->cid);
	struct pdu *r = send_in_discovery(c, p);

	if (!r || pdu_op(r) == OP_REJECT)
		return;
	check(pdu_op(r) == OP_LOGOUT_RSP && r->bhs[2],
	      "answered with %s", pdu_describe(r));
}

TEST(irrelevant, "discovery.irrelevant-keys", "13", MUST,
     "keys that are irrelevant in discovery sessions are answered with Irrelevant, or negotiated")
{
	struct conn *c;
	struct text t;
	const char *v;

	need_no_chap();
	c = conn_open();
	t = login_text(login_exchange(c, GO(OPER, FFP),
		format("InitiatorName=%s SessionType=Discovery MaxConnections=4 InitialR2T=No ImmediateData=Yes MaxBurstLength=65536 FirstBurstLength=65536 MaxOutstandingR2T=2 ErrorRecoveryLevel=0",
		       opt.initiator)));
	v = text_value(&t, "MaxBurstLength", 0);
	check(v && (!strcmp(v, "Irrelevant") || strtoul(v, NULL, 0) >= 512),
	      "MaxBurstLength is answered with %s", v ? v : "nothing");
	v = text_value(&t, "MaxConnections", 0);
	check(v && (!strcmp(v, "Irrelevant") || !strcmp(v, "1")),
	      "MaxConnections is answered with %s", v ? v : "nothing");
}

TEST(no_tpgt, "discovery.no-portal-group-tag", "13.9", MUST,
     "TargetPortalGroupTag is not sent in a discovery session without TargetName")
{
	struct conn *c;
	struct text t;

	need_no_chap();
	c = conn_open();
	t = login_text(login_exchange(c, STAY(OPER),
		format("InitiatorName=%s SessionType=Discovery", opt.initiator)));
	check(!text_has(&t, "TargetPortalGroupTag"), "the response says: %s",
	      text_show(&t));
}

TEST(no_initiator, "discovery.no-initiator-name", "13.5", MUST,
     "a discovery login without InitiatorName: status 0x0207")
{
	struct conn *c = conn_open();

	login_send(c, STAY(OPER), "SessionType=Discovery");
	expect_refused_with(c, LOGIN_MISSING);
}

TEST(small_mrdsl, "discovery.answer-in-pieces", "13.12", MUST,
     "a list longer than the initiator's MaxRecvDataSegmentLength comes in pieces")
{
	struct conn *c;
	struct text t;

	need_no_chap();
	c = login_discovery("MaxRecvDataSegmentLength=512");
	t = ask(c, "SendTargets=All");
	check(lists_target(&t), "answered with: %s", text_show(&t));
}

TEST(normal_all, "discovery.all-in-normal-session", "App. C", MUST,
     "SendTargets=All is not served in a normal session")
{
	struct conn *c = login("");
	struct pdu *p = text_pdu(c, F_FINAL, c->itt++, NO_TAG, "SendTargets=All"), *r;
	struct text t;
	const char *v;

	pdu_send(c, p);
	r = pdu_get(c);
	if (pdu_op(r) == OP_REJECT) {
		check_reject(r, p);
		return;
	}
	check(pdu_op(r) == OP_TEXT_RSP, "got %s", pdu_describe(r));
	t = login_text(r);
	check(!text_has(&t, "TargetName"), "it was served: %s", text_show(&t));
	v = text_value(&t, "SendTargets", 0);
	check(v && !strcmp(v, "Reject"), "answered with: %s", text_show(&t));
}

TEST(normal_empty, "discovery.empty-in-normal-session", "App. C", MUST,
     "SendTargets= in a normal session lists the target of the session and no other")
{
	struct text t = ask(login(""), "SendTargets=");

	check(lists_target(&t) && text_count(&t, "TargetName") == 1,
	      "answered with: %s", text_show(&t));
	check_records(&t);
}

TEST(normal_own, "discovery.own-name-in-normal-session", "App. C", SHOULD,
     "SendTargets=<own target> in a normal session lists that target")
{
	struct text t = ask(login(""), format("SendTargets=%s", opt.target));

	check(lists_target(&t) && text_count(&t, "TargetName") == 1,
	      "answered with: %s", text_show(&t));
}

static struct text first_answer(const char *target)
{
	struct conn *c = conn_open();

	return login_text(login_exchange(c, STAY(OPER),
			format("InitiatorName=%s SessionType=Discovery TargetName=%s",
			       opt.initiator, target)));
}

TEST(tag_by_name, "discovery.portal-group-tag-where-a-target-is-named", "13.9", MUST,
     "TargetPortalGroupTag is in the first response to a discovery login that gives TargetName")
{
	struct text t;
	const char *v;

	need_no_chap();
	t = first_answer(opt.target);
	v = text_value(&t, "TargetPortalGroupTag", 0);
	check(v && *v && strspn(v, "0123456789") == strlen(v), "answered with: %s",
	      text_show(&t));
	target_is_well();
}

TEST(tag_of_nobody, "discovery.unknown-target-named", "13.9", MUST,
     "a discovery login that gives the name of no target: no tag, or refused with class 2")
{
	struct conn *c;
	struct text t;
	struct pdu *r;

	need_no_chap();
	c = conn_open();
	login_send(c, STAY(OPER), format("InitiatorName=%s SessionType=Discovery "
					 "TargetName=iqn.2001-01.org.example:nobody",
					 opt.initiator));
	r = login_recv(c, STAY(OPER));
	if (login_status(r)) {
		check(r->bhs[36] == 2, "status 0x%04x", login_status(r));
		return;
	}
	t = login_text(r);
	check(!text_has(&t, "TargetPortalGroupTag"), "answered with: %s", text_show(&t));
}

TEST(digests, "discovery.with-digests", "13.1", MUST,
     "digests are agreed in discovery sessions too, and the list comes with them")
{
	struct conn *c;
	struct text t;

	need_no_chap();
	c = login_discovery("HeaderDigest=CRC32C DataDigest=CRC32C");
	check(c->p.header_digest && c->p.data_digest, "no digests");
	t = ask(c, "SendTargets=All");
	check(lists_target(&t), "answered with: %s", text_show(&t));
}

TEST(pieces, "discovery.request-in-pieces", "11.10.2", MUST,
     "SendTargets may be cut anywhere between requests with C=1")
{
	static const char key[] = "SendTargets=All";
	struct conn *c = discovery();
	uint32_t itt = c->itt++, ttt = NO_TAG;
	struct text t = { 0 };
	struct pdu *p, *r = NULL;
	size_t i;

	for (i = 0; i < sizeof(key); i++) {
		p = text_pdu(c, i + 1 < sizeof(key) ? F_CONTINUE : F_FINAL, itt, ttt, "");
		pdu_data(p, key + i, 1);
		pdu_send(c, p);
		r = pdu_expect(c, OP_TEXT_RSP);
		ttt = get32(r->bhs + 20);
		check(i + 1 == sizeof(key) || (ttt != NO_TAG && !r->len),
		      "answered too early: %s", pdu_describe(r));
	}
	text_add(&t, r->data, r->len);
	check(r->bhs[1] & F_FINAL && lists_target(&t), "answered with: %s", text_show(&t));
}

TEST(tsih, "discovery.tsih-unknown", "11.13.5", MUST,
     "a discovery login with a TSIH joins no session: status 0x020a")
{
	struct conn *c;

	need_no_chap();
	c = conn_open();
	c->tsih = 0x7ff3;
	login_send(c, GO(OPER, FFP), format("InitiatorName=%s SessionType=Discovery",
					    opt.initiator));
	expect_refused_with(c, LOGIN_NO_SESSION);
}
