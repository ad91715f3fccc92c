/* SPDX-License-Identifier: GPL-2.0 */
/* Keys that are offered during login, and what comes back. */
#ifndef PROTO_OFFER_H
#define PROTO_OFFER_H

#include "login.h"

/* What the target makes of some keys in the operational stage. */
struct answer {
	bool refused;		/* class 2, or closed */
	uint32_t status;
	bool more;
	struct text text;
	struct conn *c;
};

/*
 * The keys go with the first operational request, where no offer of the
 * target's can be meant; a target may keep its answers for a later response.
 */
struct answer offer(const char *keys);
/* the next Login Response into @a; false when the login is over */
bool offer_answer(struct answer *a);
/* the login goes on, and this is what @key is answered with */
const char *answer_to(const char *keys, const char *key);
void expect_value(const char *keys, const char *key, const char *value);
void expect_one_of(const char *keys, const char *key,
		   const char *const *values);
/* "Reject", an admissible value or a refused login, never the offer itself */
void inadmissible(const char *key, const char *value, long long min,
		  long long max);
/* "Reject" or a refused login, and nothing else */
void not_taken(const char *key, const char *value);

#endif
