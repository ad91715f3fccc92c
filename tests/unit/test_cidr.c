// SPDX-License-Identifier: GPL-2.0
/* Addresses and networks: kmod/cidr.c, against the C library. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "cidr.h"
#include "tap.h"

/* From memory of exactly that size, so that reading beyond it is caught. */
static int parse(const char *text, struct ti_cidr *cidr)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int ret;

	memcpy(copy, text, len);
	ret = ti_cidr_parse(copy, len, cidr);
	free(copy);
	return ret;
}

static bool matches(const char *network, const char *address)
{
	u8 addr[16] = { 0 };
	struct ti_cidr cidr;
	bool ipv4 = inet_pton(AF_INET, address, addr) == 1;

	if (!ipv4 && inet_pton(AF_INET6, address, addr) != 1)
		check(!"an address");
	is_long(parse(network, &cidr), 0);
	return ti_cidr_match(&cidr, ipv4, addr);
}

static const struct {
	const char *network;
	const char *address;
	bool match;
} match_cases[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1/32", "192.0.2.1", true },
	{ "192.0.2.1/32", "192.0.2.0", false },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.77/24", "192.0.2.1", true },
	{ "192.0.2.0/31", "192.0.2.1", true },
	{ "192.0.2.0/31", "192.0.2.2", false },
	{ "10.0.0.0/8", "10.255.255.255", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "172.16.0.0/12", "172.31.255.255", true },
	{ "172.16.0.0/12", "172.32.0.0", false },
	{ "128.0.0.0/1", "255.0.0.1", true },
	{ "128.0.0.0/1", "127.0.0.1", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "192.0.2.1", false },
	{ "::", "::", true },
	{ "::", "::1", false },
	{ "::1", "::1", true },
	{ "[::1]", "::1", true },
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/32", "2001:db9::", false },
	{ "[2001:db8::]/33", "2001:db8:7fff::1", true },
	{ "[2001:db8::]/33", "2001:db8:8000::1", false },
	{ "2001:DB8::A", "2001:db8::a", true },
	{ "2001:db8::1/128", "2001:db8::1", true },
	{ "2001:db8::1/127", "2001:db8::2", false },
	{ "::ffff:192.0.2.1", "192.0.2.1", true },
	{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
	{ "::ffff:0:0/96", "192.0.2.9", true },
	{ "fe80::/10", "febf::1", true },
	{ "fe80::/10", "fec0::1", false },
};

static void test_match(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(match_cases); i++)
		ok(matches(match_cases[i].network, match_cases[i].address) ==
		   match_cases[i].match, "%s %s %s", match_cases[i].address,
		   match_cases[i].match ? "in" : "not in",
		   match_cases[i].network);
}

static const char *const bad[] = {
	"", " ", "ALL", "localhost", "1", "1.2", "1.2.3", "1.2.3.", "1.2.3.4.",
	"1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "01.2.3.4", "1.2.3.4/", "1.2.3.4/33",
	"1.2.3.4/08", "1.2.3.4/-1", "1.2.3.4/24x", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/24/8",
	"1.2.3.4/4294967297", "[1.2.3.4]", ":", ":::", "1:", ":1", "::1::", "1::2::3",
	"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
	"1:2:3:4::5:6:7:8", "12345::", "g::", "::1/129", "::1/", "[::1", "::1]", "[::1]]",
	"[]", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4",
	"1.2.3.4:5::", "fe80::1%eth0", "::%", "/24", "::/", "1.2.3.4\n",
};

static void test_bad(void)
{
	struct ti_cidr cidr;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(parse(bad[i], &cidr) == -EINVAL, "refused: '%s'", bad[i]);
}

/* What the library takes we take, with the same result, and nothing else. */
static void compare(const char *text)
{
	u8 v4[4], v6[16];
	struct ti_cidr cidr;
	int ret = parse(text, &cidr);
	bool is4 = inet_pton(AF_INET, text, v4) == 1;
	bool is6 = inet_pton(AF_INET6, text, v6) == 1;

	if (ret != (is4 || is6 ? 0 : -EINVAL)) {
		printf("# '%s'\n", text);
		is_long(ret, is4 || is6 ? 0 : -EINVAL);
	} else if (is4 ? memcmp(v4, cidr.addr, 4) :
		   is6 && !cidr.ipv4 && memcmp(v6, cidr.addr, 16)) {
		printf("# '%s' differs\n", text);
		check(false);
	}
}

static void test_random(void)
{
	static const char letters[] = "0123456789abcdef::::....";
	char text[48];

	srand(1);
	for (int i = 0; i < 1000000; i++) {
		int len = rand() % 20;

		for (int k = 0; k < len; k++)
			text[k] = letters[rand() % (sizeof(letters) - 1)];
		text[len] = '\0';
		compare(text);
	}
	ok(true, "a million random strings, as inet_pton()");
	for (int i = 0; i < 100000; i++) {
		u8 addr[16];

		for (int k = 0; k < 16; k++)
			addr[k] = rand() % 3 ? 0 : rand();
		inet_ntop(AF_INET6, addr, text, sizeof(text));
		compare(text);
	}
	ok(true, "100000 random IPv6 addresses, as inet_ntop() writes them");
}

int main(void)
{
	test_match();
	test_bad();
	test_random();
	return done();
}
