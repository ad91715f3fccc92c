/* SPDX-License-Identifier: GPL-2.0 */
/* The digests that CHAP needs, from the kernel's crypto API. */
#ifndef TI_HASH_H
#define TI_HASH_H

#include "chap.h"

void ti_hash_init(void);
void ti_hash_exit(void);
unsigned long ti_hash_algs(void);
int ti_hash(enum ti_chap_alg alg, const struct ti_iov *iov, int n, u8 *digest);

#endif /* TI_HASH_H */
