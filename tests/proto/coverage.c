// SPDX-License-Identifier: GPL-2.0
/*
 * Requirements without a test of their own, and why: rows of docs/protocol.md.
 */
#include "harness.h"

#define ROW(id, section_, level_, what_, why_)				\
	static struct test row_##id = {					\
		.file = __FILE__, .name = "", .section = section_,	\
		.level = level_, .what = what_, .why_not = why_,	\
	};								\
	static void __attribute__((constructor)) add_##id(void)		\
	{								\
		test_register(&row_##id);				\
	}

ROW(len, "11.2.4", MUST, "no PDU of the target has a data segment over the declared MaxRecvDataSegmentLength",
    "held to in every test (conn.c)")
ROW(window, "4.2.2.1", MUST, "MaxCmdSN is never less than ExpCmdSN - 1, ExpCmdSN never goes back",
    "held to in every test (conn.c)")
ROW(statsn, "4.2.2.2", MUST, "StatSN is right in every PDU that carries it",
    "held to in every test (conn.c)")
ROW(digest, "11.2.3", MUST, "every digest of the target is right", "held to in every test (conn.c)")
ROW(reserved, "11.1", MUST, "reserved fields of what the target sends are 0, the LUN too where there is no Target Transfer Tag",
    "held to in every test (conn.c)")
ROW(datasn, "11.7.5", MUST, "DataSN, buffer offset and F bit of every Data-In are right",
    "held to in every test (scsi.c)")
ROW(r2tsn, "11.8.2", MUST, "R2TSN, offset and length of every R2T are right",
    "held to in every test (scsi.c)")
ROW(itt, "11.13", MUST, "ITT, ISID, CSG and NSG of every Login Response are right",
    "held to in every test (login.c)")
ROW(redirect, "11.13.5", MAY, "status class 1, target moved", "not implemented")
ROW(ipsec, "9.3", MUST, "IPsec", "a matter of the host's network, not of the target")
ROW(kerberos, "12.1.1", MAY, "Kerberos", "not implemented: AuthMethod=KRB5 is not chosen")
ROW(srp, "12.1.2", MAY, "SRP", "not implemented: AuthMethod=SRP is not chosen")
ROW(erl1, "7.1.3", MAY, "ErrorRecoveryLevel 1 and 2", "not implemented: negotiated to 0")
ROW(mcs, "4.2.5.1", MAY, "several connections per session", "not implemented: negotiated to 1")
ROW(fastabort, "4.2.3.4", MAY, "FastAbort semantics, negotiated by TaskReporting",
    "the standard semantics are used; no R2T of an aborted task stays valid")
ROW(aca, "10.2", SHOULD, "ACA", "no unit has an ACA condition: NORMACA is 0, and `lun.naca-refused`")
ROW(retain, "6.3.6", MAY, "tasks of a lost connection are kept for Time2Retain",
    "ErrorRecoveryLevel 0: they end with the connection")
ROW(mode, "5", MUST, "SCSI mode pages of the protocol", "there are none; the disconnect-reconnect page is optional, and target core has it not")
