/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses and networks as text, and whether an address is in one.
 *
 * Pure code, see pure.h.
 */
#ifndef TI_CIDR_H
#define TI_CIDR_H

#include "pure.h"

/**
 * struct ti_cidr - an address, or a network of them
 * @addr: in network byte order; 4 bytes of it for IPv4; bits after @bits are 0
 * @bits: how many bits of @addr must match
 * @ipv4: which family
 */
struct ti_cidr {
	u8 addr[16];
	u8 bits;
	bool ipv4;
};

int ti_cidr_parse(const char *text, size_t len, struct ti_cidr *cidr);
bool ti_cidr_match(const struct ti_cidr *cidr, bool ipv4, const u8 *addr);

#endif /* TI_CIDR_H */
