// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and networks as text (RFC 4291 §2.2, §2.3; RFC 4632).
 *
 * Pure code, see pure.h.
 */
#include "cidr.h"
#include "text.h"

/* A piece of text that is taken apart from the left. */
struct scan {
	const char *p;
	const char *end;
};

static bool take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* A decimal number without leading zeros, or -EINVAL. */
static int take_number(struct scan *s, int max)
{
	const char *start = s->p;
	int n = 0;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9') {
		n = n * 10 + *s->p++ - '0';
		if (n > max)
			return -EINVAL;
	}
	if (s->p == start || (*start == '0' && s->p - start > 1))
		return -EINVAL;
	return n;
}

static int take_ipv4(struct scan *s, u8 *addr)
{
	int i, n;

	for (i = 0; i < 4; i++) {
		if (i && !take(s, '.'))
			return -EINVAL;
		n = take_number(s, 255);
		if (n < 0)
			return n;
		addr[i] = n;
	}
	return 0;
}

/* One to four hexadecimal digits, or -EINVAL. */
static int take_group(struct scan *s)
{
	const char *start = s->p;
	int n = 0;

	while (s->p < s->end && s->p - start < 4 && ti_hex_digit(*s->p) >= 0)
		n = n << 4 | ti_hex_digit(*s->p++);
	return s->p > start ? n : -EINVAL;
}

/*
 * The groups of an IPv6 address into @addr, the last two perhaps as IPv4.
 * Returns the bytes, and in @gap where "::" stood, or -1.
 */
static int take_groups(struct scan *s, u8 *addr, int *gap)
{
	int len = 0, n;

	*gap = -1;
	if (take(s, ':')) {
		if (!take(s, ':'))
			return -EINVAL;
		*gap = 0;
	}
	while (len < 16) {
		struct scan start = *s;

		n = take_group(s);
		if (n < 0)
			return *gap == len ? len : -EINVAL;
		if (s->p < s->end && *s->p == '.') {
			*s = start;
			if (len > 12 || take_ipv4(s, addr + len))
				return -EINVAL;
			return len + 4;
		}
		ti_put_be16(n, addr + len);
		len += 2;
		if (!take(s, ':'))
			return len;
		if (take(s, ':')) {
			if (*gap >= 0)
				return -EINVAL;
			*gap = len;
		} else if (len == 16) {
			return -EINVAL;
		}
	}
	return len;
}

static int take_ipv6(struct scan *s, u8 *addr)
{
	int len, gap;

	memset(addr, 0, 16);
	len = take_groups(s, addr, &gap);
	if (len < 0 || (gap < 0 ? len != 16 : len > 14))
		return -EINVAL;
	if (gap >= 0) {
		int tail = len - gap;

		memmove(addr + 16 - tail, addr + gap, tail);
		memset(addr + gap, 0, 16 - len);
	}
	return 0;
}

static bool looks_like_ipv6(const char *text, size_t len)
{
	return memchr(text, ':', len);
}

static int take_address(struct scan *s, struct ti_cidr *cidr)
{
	int ret;

	cidr->ipv4 = !looks_like_ipv6(s->p, s->end - s->p);
	if (cidr->ipv4)
		return take_ipv4(s, cidr->addr);
	if (!take(s, '['))
		return take_ipv6(s, cidr->addr);
	ret = take_ipv6(s, cidr->addr);
	return ret ? ret : take(s, ']') ? 0 : -EINVAL;
}

/* ::ffff:192.0.2.1 is 192.0.2.1. */
static void unmap(struct ti_cidr *cidr)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (cidr->ipv4 || cidr->bits < 96 || memcmp(cidr->addr, mapped, 12))
		return;
	memmove(cidr->addr, cidr->addr + 12, 4);
	memset(cidr->addr + 4, 0, 12);
	cidr->bits -= 96;
	cidr->ipv4 = true;
}

static void clear_host_bits(struct ti_cidr *cidr)
{
	unsigned int i = cidr->bits / 8;

	if (cidr->bits % 8)
		cidr->addr[i++] &= 0xff << (8 - cidr->bits % 8);
	memset(cidr->addr + i, 0, sizeof(cidr->addr) - i);
}

/**
 * ti_cidr_parse - read an address or a network
 * @text: like 192.0.2.1, 192.0.2.0/24, 2001:db8::/32 or [2001:db8::1]
 * @len: its length
 * @cidr: the result; bits of the host in a network are cleared
 *
 * Any context. Return: 0 or -EINVAL.
 */
int ti_cidr_parse(const char *text, size_t len, struct ti_cidr *cidr)
{
	struct scan s = { .p = text, .end = text + len };
	int bits, max;

	memset(cidr, 0, sizeof(*cidr));
	if (take_address(&s, cidr))
		return -EINVAL;
	max = cidr->ipv4 ? 32 : 128;
	bits = max;
	if (take(&s, '/'))
		bits = take_number(&s, max);
	if (bits < 0 || s.p != s.end)
		return -EINVAL;
	cidr->bits = bits;
	unmap(cidr);
	clear_host_bits(cidr);
	return 0;
}

/**
 * ti_cidr_match - is an address the one, or in the network
 * @cidr: from ti_cidr_parse()
 * @ipv4: the family of @addr
 * @addr: 4 or 16 bytes in network byte order
 *
 * Any context.
 */
bool ti_cidr_match(const struct ti_cidr *cidr, bool ipv4, const u8 *addr)
{
	unsigned int bytes = cidr->bits / 8, rest = cidr->bits % 8;

	if (ipv4 != cidr->ipv4 || memcmp(addr, cidr->addr, bytes))
		return false;
	return !rest || !((addr[bytes] ^ cidr->addr[bytes]) >> (8 - rest));
}
