// SPDX-License-Identifier: GPL-2.0
/* Asynchronous Messages (11.9), with the administrator's help. */
#include <stdlib.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static void administrator(const char *command)
{
	check(system(command) == 0, "failed: %s", command);
}

static struct pdu *asked_to_log_out(struct conn *c)
{
	struct pdu *r = NULL;

	if (pdu_try(c, &r, opt.wait) != RX_PDU)
		fail("no Asynchronous Message before the connection ends");
	check(pdu_op(r) == OP_ASYNC, "got %s", pdu_describe(r));
	check(pdu_itt(r) == NO_TAG, "11.9: ITT 0x%08x", pdu_itt(r));
	check(r->bhs[36] == 1, "11.9.1: AsyncEvent %u, expected 1 (logout request)",
	      r->bhs[36]);
	return r;
}

TEST(logout_request, "async.logout-request", "11.9.1", MUST,
     "a portal group that is disabled asks for Logout, and the Logout is answered")
{
	struct conn *c;
	struct pdu *r;

	if (!opt.disable || !opt.enable)
		skip("needs --disable and --enable");
	c = login("");
	session_is_well(c);
	administrator(format("(%s) & exit 0", opt.disable));
	r = asked_to_log_out(c);
	note("%u seconds", get16(r->bhs + 42));
	pdu_send(c, logout_pdu(c, LOGOUT_SESSION, 0));
	if (pdu_try(c, &r, opt.wait) == RX_PDU) {
		check(pdu_op(r) == OP_LOGOUT_RSP && r->bhs[2] == 0, "got %s",
		      pdu_describe(r));
		expect_close(c);
	}
	sleep_ms(500);
	administrator(opt.enable);
	target_is_well();
}

TEST(logout_ignored, "async.logout-request-ignored", "11.9.1", MUST,
     "an initiator that does not answer the request for Logout does not keep its connection")
{
	struct conn *c;
	int i;

	if (!opt.disable || !opt.enable)
		skip("needs --disable and --enable");
	c = login("");
	administrator(format("(%s) & exit 0", opt.disable));
	asked_to_log_out(c);
	for (i = 0; i < 4 && !closes(c, opt.wait); i++)
		;
	check(i < 4, "the connection is still there");
	administrator(opt.enable);
	target_is_well();
}
