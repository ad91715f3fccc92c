/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may log in to a target: by address, by name, by account.
 */
#ifndef TI_ADMISSION_H
#define TI_ADMISSION_H

#include "ti.h"

struct ti_admission *ti_admission_alloc(struct ti_target *target);
void ti_admission_free(struct ti_admission *adm);
void ti_admission_add_groups(struct ti_target *target);

/* Any process context. */
bool ti_admission_open(struct ti_admission *adm);
bool ti_admission_allows(struct ti_admission *adm, const char *initiator,
			 const struct sockaddr_storage *peer);
bool ti_admission_has_accounts(struct ti_admission *adm);
int ti_admission_secret(struct ti_admission *adm, const char *name, u8 *secret);

#endif /* TI_ADMISSION_H */
