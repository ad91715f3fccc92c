/* SPDX-License-Identifier: GPL-2.0 */
/* Text keys and the login phase. */
#ifndef PROTO_LOGIN_H
#define PROTO_LOGIN_H

#include "conn.h"

/* Keys are written "A=b C=d"; a blank becomes the NUL between them. */
struct text {
	char *buf;
	size_t len;
};

struct text text_of(const char *keys);
void text_add(struct text *t, const void *buf, size_t len);
void text_add_keys(struct text *t, const char *keys);
/* the value of the n-th occurrence, or NULL */
const char *text_value(const struct text *t, const char *key, int n);
int text_count(const struct text *t, const char *key);
bool text_has(const struct text *t, const char *key);
char *text_show(const struct text *t);

/* InitiatorName, TargetName, SessionType */
const char *names(void);
/* the same of another initiator than ours */
const char *names_of(const char *initiator);
const char *other_initiator(void);

/* One request; flags are T, C, CSG and NSG together. */
#define STAGE(csg, nsg)		((csg) << 2 | (nsg))
#define GO(csg, nsg)		(F_TRANSIT | STAGE(csg, nsg))
#define STAY(csg)		STAGE(csg, 0)

struct pdu *login_pdu(struct conn *c, uint8_t flags, const char *keys);
void login_send(struct conn *c, uint8_t flags, const char *keys);
/* the next Login Response, held to the rules of all Login Responses */
struct pdu *login_recv(struct conn *c, uint8_t flags);
struct pdu *login_exchange(struct conn *c, uint8_t flags, const char *keys);
struct text login_text(const struct pdu *r);

static inline uint32_t login_status(const struct pdu *p)
{
	return get16(p->bhs + 36);
}

/* Names and, when asked for, security: the next request is operational. */
void login_to_operational(struct conn *c);
/* and what the target said so far is in it */
void login_pass_security(struct conn *c, struct text *said, const char *session);
/* the whole of it, the answers in @said when not NULL */
struct conn *login(const char *overrides);
struct conn *login_said(const char *overrides, struct text *said);
void login_on(struct conn *c, const char *overrides, struct text *said);
void login_as(struct conn *c, const char *initiator);
struct conn *login_discovery(const char *overrides);
/* answers to what the target offered and we did not */
char *login_answers(struct conn *c, const struct text *said);
void login_finish(struct conn *c, const char *keys, struct text *said);

/* refused with class 2 (initiator error), and the connection ends */
uint32_t expect_refused(struct conn *c);
void expect_refused_with(struct conn *c, uint32_t status);
/* class 2, or the connection ends without a word */
void expect_refused_or_closed(struct conn *c);
void need_no_chap(void);
void need_any_initiator(void);
void target_is_well(void);

#endif
