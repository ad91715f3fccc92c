// SPDX-License-Identifier: GPL-2.0
/* Asynchronous Messages (11.9), with the administrator's help. */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

static void administrator(const char *command)
{
	check(system(command) == 0, "failed: %s", command);
}

/* Disabling may wait for the connections: it runs beside the test. */
static FILE *disabling(void)
{
	FILE *f = popen(opt.disable, "r");

	check(f, "popen");
	return f;
}

static void enabled_again(FILE *f)
{
	check(pclose(f) == 0, "failed: %s", opt.disable);
	administrator(opt.enable);
	target_is_well();
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
	FILE *f;

	if (!opt.disable || !opt.enable)
		skip("needs --disable and --enable");
	c = login("");
	session_is_well(c);
	f = disabling();
	r = asked_to_log_out(c);
	note("%u seconds", get16(r->bhs + 42));
	pdu_send(c, logout_pdu(c, LOGOUT_SESSION, 0));
	if (pdu_try(c, &r, opt.wait) == RX_PDU) {
		check(pdu_op(r) == OP_LOGOUT_RSP && r->bhs[2] == 0, "got %s",
		      pdu_describe(r));
		expect_close(c);
	}
	enabled_again(f);
}

TEST(logout_ignored, "async.logout-request-ignored", "11.9.1", MUST,
     "an initiator that does not answer the request for Logout does not keep its connection")
{
	struct conn *c;
	FILE *f;
	int i;

	if (!opt.disable || !opt.enable)
		skip("needs --disable and --enable");
	c = login("");
	f = disabling();
	asked_to_log_out(c);
	for (i = 0; i < 4 && !closes(c, opt.wait); i++)
		;
	check(i < 4, "the connection is still there");
	enabled_again(f);
}
