/* SPDX-License-Identifier: GPL-2.0 */
/* CHAP, the initiator's side (12.1.3). */
#ifndef PROTO_CHAP_H
#define PROTO_CHAP_H

#include "login.h"

struct challenge {
	unsigned int id;
	uint8_t bytes[1024];
	size_t len;
};

/* AuthMethod and CHAP_A are agreed; the target's challenge is returned */
struct challenge chap_start(struct conn *c, struct text *said,
			    const char *session, const char *algorithms);
char *chap_hex(const uint8_t *p, size_t len);
char *chap_base64(const uint8_t *p, size_t len);
/* length, or -1 when it is neither hex nor base64 */
int chap_decode(const char *text, uint8_t *out, size_t max);
void chap_response(unsigned int id, const char *secret, const uint8_t *bytes,
		   size_t len, uint8_t out[16]);
/* to the operational stage */
void chap_login(struct conn *c, struct text *said, const char *session);

#endif
