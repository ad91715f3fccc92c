/* SPDX-License-Identifier: GPL-2.0 */
/* CRC32C, the digest of headers and of data (RFC 7143 §13.1). Any context. */
#ifndef TI_DIGEST_H
#define TI_DIGEST_H

#include <linux/highmem.h>

#include "compat.h"

/* What a CRC begins with, before the first byte. */
#define TI_CRC_BEGIN	(~0U)

/* Go on with @len bytes, @offset bytes from the beginning of @page on. */
static inline u32 ti_crc_pages(u32 crc, struct page *page, u32 offset, u32 len)
{
	while (len) {
		/* One mapping covers one page only where memory is mapped. */
		u32 n = min_t(u32, len, IS_ENABLED(CONFIG_HIGHMEM) ?
					PAGE_SIZE - offset_in_page(offset) : len);
		void *data = kmap_local_page(page + (offset >> PAGE_SHIFT));

		crc = crc32c(crc, data + offset_in_page(offset), n);
		kunmap_local(data);
		offset += n;
		len -= n;
	}
	return crc;
}

/* On the wire the inverted CRC has its lowest byte first. */
static inline void ti_digest_put(u32 crc, u8 *digest)
{
	put_unaligned_le32(~crc, digest);
}

static inline bool ti_digest_ok(u32 crc, const u8 *digest)
{
	return ~crc == get_unaligned_le32(digest);
}

#endif /* TI_DIGEST_H */
