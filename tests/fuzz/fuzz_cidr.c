// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as an address or a network. What is taken matches itself, and is
 * the only one of two neighbours that does when it is a single address.
 */
#include <stdlib.h>

#include "cidr.h"

static void must(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *copy = malloc(size ?: 1);
	struct ti_cidr cidr;
	u8 other[16];

	if (size)
		memcpy(copy, data, size);
	if (!ti_cidr_parse(copy, size, &cidr)) {
		unsigned int bits = cidr.ipv4 ? 32 : 128;

		must(cidr.bits <= bits);
		must(ti_cidr_match(&cidr, cidr.ipv4, cidr.addr));
		must(!ti_cidr_match(&cidr, !cidr.ipv4, cidr.addr));
		/* one bit on either side of where the network ends */
		memcpy(other, cidr.addr, sizeof(other));
		if (cidr.bits) {
			other[(cidr.bits - 1) / 8] ^= 0x80 >> (cidr.bits - 1) % 8;
			must(!ti_cidr_match(&cidr, cidr.ipv4, other));
		}
		memcpy(other, cidr.addr, sizeof(other));
		if (cidr.bits < bits) {
			must(!(cidr.addr[cidr.bits / 8] &
			       0x80 >> cidr.bits % 8));
			other[cidr.bits / 8] ^= 0x80 >> cidr.bits % 8;
			must(ti_cidr_match(&cidr, cidr.ipv4, other));
		}
	}
	free(copy);
	return 0;
}
