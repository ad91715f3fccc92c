// SPDX-License-Identifier: GPL-2.0
/* Any bytes as additional header segments and as a LUN. */
#include <stdlib.h>

#include "pdu.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 len = size & ~3UL;
	u8 *copy = malloc(len ?: 1);
	struct ti_ahs ahs;
	u64 lun;

	if (len)
		memcpy(copy, data, len);
	if (!ti_ahs_parse(copy, len, &ahs) && ahs.ext_cdb_len) {
		if (ahs.ext_cdb < copy ||
		    ahs.ext_cdb + ahs.ext_cdb_len > copy + len)
			abort();
		if (ahs.ext_cdb_len > 260 - TI_CDB_BHS_LEN)
			abort();
	}
	if (size >= 8 && !ti_lun_decode(data, &lun) && lun > 16383)
		abort();
	free(copy);
	return 0;
}
