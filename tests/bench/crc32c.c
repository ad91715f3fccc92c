// SPDX-License-Identifier: GPL-2.0
/* CRC32C (Castagnoli), with the instruction where the CPU has it. */
#include <string.h>

#include "load.h"

static uint32_t table[256];

static void make_table(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		table[i] = crc;
	}
}

static uint32_t crc32c_table(uint32_t crc, const uint8_t *p, size_t n)
{
	if (!table[1])
		make_table();
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2")))
static uint32_t crc32c_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t crc64 = crc, word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		crc64 = __builtin_ia32_crc32di(crc64, word);
	}
	crc = crc64;
	while (n--)
		crc = __builtin_ia32_crc32qi(crc, *p++);
	return crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_instruction(crc, p, n);
#endif
	return crc32c_table(crc, p, n);
}
