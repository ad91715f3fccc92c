/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ground that the pure files (pdu, text, params, keys, negotiate, chap,
 * cidr) stand on.
 *
 * These files are compiled three times from the same source: into the module,
 * into KUnit tests, and into user-space unit tests and fuzzers. In the kernel
 * this header is a list of includes; in user space it supplies the few names
 * of the kernel that those files use. Pure code allocates nothing, takes no
 * lock, prints nothing and never sleeps: it may run in any context.
 */
#ifndef TI_PURE_H
#define TI_PURE_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else /* user space */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef uint16_t __be16;
typedef uint32_t __be32;

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define sizeof_field(t, m)	sizeof(((t *)0)->m)

#define min_t(t, a, b) ({ t min_a_ = (a); t min_b_ = (b);	\
			  min_a_ < min_b_ ? min_a_ : min_b_; })
#define max_t(t, a, b) ({ t max_a_ = (a); t max_b_ = (b);	\
			  max_a_ > max_b_ ? max_a_ : max_b_; })
#define min(a, b)		min_t(typeof((a) + 0), (a), (b))
#define max(a, b)		max_t(typeof((a) + 0), (a), (b))

/* C11 wants the message that the kernel leaves out */
#undef static_assert
#define static_assert(cond)	_Static_assert(cond, #cond)

#endif /* __KERNEL__ */

/*
 * Big-endian loads and stores at any alignment. They take bytes, not __be
 * types, so that the layout of a PDU can be written as offsets.
 */

static inline u16 ti_get_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 ti_get_be24(const u8 *p)
{
	return (u32)p[0] << 16 | (u32)p[1] << 8 | p[2];
}

static inline u32 ti_get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | ti_get_be24(p + 1);
}

static inline void ti_put_be16(u16 v, u8 *p)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static inline void ti_put_be24(u32 v, u8 *p)
{
	p[0] = (v >> 16) & 0xff;
	ti_put_be16(v & 0xffff, p + 1);
}

/**
 * ti_memneq - compare two buffers in a time that does not depend on content
 * @a: first buffer
 * @b: second buffer
 * @len: bytes in each
 *
 * For secrets and digests of secrets. The barrier keeps the compiler from
 * turning the loop into one that stops early.
 *
 * Any context. Return: true when the buffers differ.
 */
static inline bool ti_memneq(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;
	unsigned int diff = 0;

	while (len--) {
		diff |= *x++ ^ *y++;
		__asm__ __volatile__("" : "+r" (diff));
	}
	return diff != 0;
}

/**
 * ti_memzero - clear a buffer that held a secret
 * @p: the buffer
 * @len: its size in bytes
 *
 * Unlike memset() before the end of a scope, this is not optimised away.
 *
 * Any context.
 */
static inline void ti_memzero(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ __volatile__("" : : "r" (p) : "memory");
}

#endif /* TI_PURE_H */
