/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROTO_HASH_H
#define PROTO_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *data, size_t len);
void md5(const void *data, size_t len, uint8_t out[16]);

#endif
