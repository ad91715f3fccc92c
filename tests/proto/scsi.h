/* SPDX-License-Identifier: GPL-2.0 */
/* Requests of the full feature phase, and SCSI tasks from end to end. */
#ifndef PROTO_SCSI_H
#define PROTO_SCSI_H

#include "conn.h"

struct cdb {
	uint8_t b[16];
};

struct cdb cdb_tur(void);
struct cdb cdb_inquiry(uint32_t alloc);
struct cdb cdb_report_luns(uint32_t alloc);
struct cdb cdb_read10(uint32_t lba, uint32_t blocks);
struct cdb cdb_write10(uint32_t lba, uint32_t blocks);
struct cdb cdb_read16(uint64_t lba, uint32_t blocks);
struct cdb cdb_write16(uint64_t lba, uint32_t blocks);
struct cdb cdb_capacity16(void);

void put_lun(uint8_t *p, unsigned int lun);

/* The header; CmdSN is the next and counted unless immediate. */
struct pdu *scsi_pdu(struct conn *c, struct cdb cdb, uint8_t flags,
		     uint32_t edtl);
struct pdu *scsi_pdu_immediate(struct conn *c, struct cdb cdb, uint8_t flags,
			       uint32_t edtl);
struct pdu *nop_pdu(struct conn *c, const void *data, size_t len,
		    bool immediate);
struct pdu *tmf_pdu(struct conn *c, uint8_t function, uint32_t rtt,
		    uint32_t refcmdsn);
struct pdu *text_pdu(struct conn *c, uint8_t flags, uint32_t itt, uint32_t ttt,
		     const char *keys);
struct pdu *logout_pdu(struct conn *c, uint8_t reason, uint16_t cid);
/* the session is closed: response 0, and the connection ends */
void log_out(struct conn *c);
struct pdu *data_out(struct conn *c, uint32_t itt, uint32_t ttt,
		     uint32_t datasn, uint32_t offset, const void *data,
		     size_t len, bool final);

/* One burst in PDUs the target takes. */
void send_burst(struct conn *c, uint32_t itt, uint32_t ttt,
		const uint8_t *data, uint32_t offset, uint32_t len);

struct result {
	uint8_t response, status, flags;
	uint32_t residual;
	uint8_t key, asc, ascq;
	bool has_info;		/* fixed format, VALID */
	uint32_t info;
	uint8_t *data;		/* what Data-In carried */
	uint32_t len;
	unsigned int data_ins, sequences, r2ts;
	bool collapsed;		/* status came in Data-In */
	bool closed, rejected;
};

/*
 * To the end of the task: R2Ts are answered from @out, Data-In and R2T are
 * held to the rules. @sent bytes of @out went unsolicited before.
 */
struct result scsi_finish(struct conn *c, const struct pdu *cmd,
			  const uint8_t *out, uint32_t sent);
/* the same, but Reject and close are results too */
struct result scsi_outcome(struct conn *c, const struct pdu *cmd,
			   const uint8_t *out, uint32_t sent);
struct result scsi_read(struct conn *c, struct cdb cdb, uint32_t edtl);
struct result scsi_write(struct conn *c, struct cdb cdb, const uint8_t *data,
			 uint32_t edtl);
struct result scsi_none(struct conn *c, struct cdb cdb);
void expect_good(const struct result *r, const char *what);
struct result parse_response(const struct pdu *p);
char *result_show(const struct result *r);

/* no unit attention pending, geometry known */
void lu_ready(struct conn *c);
/* a session of another initiator, ready; skips where none may log in */
struct conn *login_other(void);
/* a session, ready, in which unsolicited Data-Out is agreed; skips where it cannot be */
struct conn *login_unsolicited(const char *more);
uint8_t *pattern(uint32_t len, unsigned int seed);
/* a command still works */
void session_is_well(struct conn *c);
/* the same, or when the connection was closed, a new one */
void all_is_well(struct conn *c, bool closed);
/* Sends it: a Reject, and the session goes on, or the connection ends. */
void send_refused(struct conn *c, struct pdu *bad);
void expect_blocks(struct conn *c, uint32_t lba, const uint8_t *data,
		   uint32_t len, const char *what);
void fill_blocks(struct conn *c, uint32_t lba, const uint8_t *data,
		 uint32_t len);
/* a write that has its first R2T and waits */
struct pdu *waiting_write(struct conn *c, uint32_t len, struct pdu **r2t);

#endif
