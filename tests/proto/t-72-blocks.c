// SPDX-License-Identifier: GPL-2.0
/* What a block device answers (SPC-4, SBC-3), as far as lengths, data and errors are carried. */
#include <string.h>

#include "harness.h"
#include "login.h"
#include "scsi.h"

#define INQUIRY		0x12
#define MODE_SELECT_6	0x15
#define MODE_SENSE_6	0x1a
#define MODE_SELECT_10	0x55
#define START_STOP	0x1b
#define MODE_SENSE_10	0x5a
#define WRITE_VERIFY_10	0x2e
#define WRITE_VERIFY_16	0x8e
#define VERIFY_10	0x2f
#define VERIFY_16	0x8f
#define RESERVE		0x16
#define RELEASE		0x17
#define BYTCHK		0x02
#define MISCOMPARE	14

static struct conn *ready(const char *keys)
{
	struct conn *c = login(keys);

	lu_ready(c);
	return c;
}

static bool is_illegal(const struct result *r, uint8_t asc)
{
	return r->status == SAM_CHECK && r->key == 5 && r->asc == asc;
}

/* ---- VERIFY ---- */

static struct cdb cdb_verify(uint8_t op, uint8_t flags, uint32_t lba, uint16_t blocks)
{
	struct cdb cdb = { { op, flags } };
	bool ten = op == VERIFY_10;

	put32(cdb.b + (ten ? 2 : 6), lba);
	put16(cdb.b + (ten ? 7 : 12), blocks);
	return cdb;
}

static void need_bytchk(struct conn *c, uint8_t op)
{
	struct result r = scsi_none(c, cdb_verify(op, 0, 0, 1));

	if (is_illegal(&r, 0x20))
		skip("the device has no VERIFY");
	expect_good(&r, "VERIFY without BYTCHK");
}

/* @len bytes of @data against the medium, where byte @spoilt differs; -1: none. */
static void verify(struct conn *c, uint8_t op, uint8_t *data, uint32_t len, int spoilt)
{
	struct result r;

	note("operation code 0x%02x, byte %d differs", op, spoilt);
	if (spoilt >= 0)
		data[spoilt] ^= 0x10;
	r = scsi_write(c, cdb_verify(op, BYTCHK, 3, len / c->block), data, len);
	if (spoilt >= 0)
		data[spoilt] ^= 0x10;
	if (is_illegal(&r, 0x24))
		skip("the device compares nothing, and says so");
	if (spoilt < 0)
		expect_good(&r, "VERIFY of the same data");
	else
		check(r.status == SAM_CHECK && r.key == MISCOMPARE && r.asc == 0x1d && !r.ascq,
		      "%s", result_show(&r));
	check(!r.len, "%u bytes come", r.len);
}

static void verify_all(const char *keys, unsigned int blocks)
{
	static const uint8_t op[] = { VERIFY_10, VERIFY_16 };
	struct conn *c = ready(keys);
	uint32_t len = blocks * c->block;
	uint8_t *data = pattern(len, 720);
	unsigned int i;

	fill_blocks(c, 3, data, len);
	for (i = 0; i < sizeof(op); i++) {
		need_bytchk(c, op[i]);
		verify(c, op[i], data, len, -1);
		verify(c, op[i], data, len, 0);
		verify(c, op[i], data, len, len / 2 + 1);
		verify(c, op[i], data, len, len - 1);
		verify(c, op[i], data, len, -1);
	}
	expect_blocks(c, 3, data, len, "VERIFY");
}

TEST(verify_compares, "block.verify-compares", "SBC-3 5.35", MUST,
     "VERIFY with BYTCHK compares: GOOD for the same data, MISCOMPARE (E/1D/00) for a byte that differs, and writes none")
{
	verify_all("InitialR2T=Yes ImmediateData=Yes", 4);
}

TEST(verify_large, "block.verify-compares-a-mebibyte", "SBC-3 5.35", MUST,
     "the same with all data by R2T, in bursts, with digests")
{
	verify_all("InitialR2T=Yes ImmediateData=No MaxBurstLength=65536 HeaderDigest=CRC32C DataDigest=CRC32C",
		   2048);
}

TEST(verify_lengths, "block.verify-without-its-data", "11.4.5 (SBC-3 5.35)", MUST,
     "VERIFY with BYTCHK and less data than blocks is never GOOD; of more data the rest is residual, or it is refused")
{
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes");
	uint32_t len = 4 * c->block;
	uint8_t *data = pattern(len, 721);
	struct result r;

	fill_blocks(c, 3, data, len);
	need_bytchk(c, VERIFY_10);
	r = scsi_none(c, cdb_verify(VERIFY_10, BYTCHK, 3, 4));
	check(r.status == SAM_CHECK, "without data: %s", result_show(&r));
	r = scsi_read(c, cdb_verify(VERIFY_10, BYTCHK, 3, 4), len);
	check(r.status == SAM_CHECK && !r.len, "as a read: %s", result_show(&r));
	r = scsi_write(c, cdb_verify(VERIFY_10, BYTCHK, 3, 4), data, len / 2);
	check(r.status == SAM_CHECK, "half the data: %s", result_show(&r));
	r = scsi_write(c, cdb_verify(VERIFY_10, BYTCHK, 3, 2), data, len);
	check(r.status == SAM_CHECK ||
	      (r.status == SAM_GOOD && r.flags == RSP_UNDER && r.residual == len / 2),
	      "twice the data: %s", result_show(&r));
	r = scsi_none(c, cdb_verify(VERIFY_10, BYTCHK, 3, 0));
	expect_good(&r, "VERIFY of no blocks");
	session_is_well(c);
}

TEST(verify_reserved, "block.verify-of-an-unknown-kind", "SBC-3 5.35", MUST,
     "BYTCHK 10b, and VRPROTECT where there is no protection information, are refused with 5/24/00")
{
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes");
	struct result r;

	need_bytchk(c, VERIFY_10);
	r = scsi_write(c, cdb_verify(VERIFY_10, 0x04, 3, 1), pattern(c->block, 722), c->block);
	check(is_illegal(&r, 0x24), "%s", result_show(&r));
	r = scsi_none(c, cdb_verify(VERIFY_10, 0x20, 3, 1));
	check(is_illegal(&r, 0x24) || r.status == SAM_GOOD, "%s", result_show(&r));
	r = scsi_read(c, (struct cdb){ { INQUIRY, [4] = 96 } }, 96);
	expect_good(&r, "INQUIRY");
	if (r.len > 5 && r.data[5] & 1)
		return;		/* it has protection information */
	r = scsi_none(c, cdb_verify(VERIFY_10, 0x20, 3, 1));
	check(is_illegal(&r, 0x24), "%s", result_show(&r));
}

/* ---- WRITE AND VERIFY ---- */

static struct result write_and_verify(struct conn *c, uint8_t op, uint8_t flags,
				      uint16_t blocks, const uint8_t *data, uint32_t edtl)
{
	struct cdb cdb = { { op, flags } };
	bool ten = op == WRITE_VERIFY_10;

	put32(cdb.b + (ten ? 2 : 6), 3);
	put16(cdb.b + (ten ? 7 : 12), blocks);
	return scsi_write(c, cdb, data, edtl);
}

/* The CDB says four blocks, and so much is announced. */
static void write_and_verify_some(struct conn *c, uint8_t op, uint8_t flags, uint32_t edtl)
{
	uint32_t len = 4 * c->block, n = edtl < len ? edtl / c->block * c->block : len;
	uint8_t *data = pattern(edtl > len ? edtl : len, 740 + op + flags + edtl);
	uint8_t *before = pattern(len, 729), *after = pattern(len, 729);
	struct result r;

	note("operation code 0x%02x, BYTCHK %u, %u bytes", op, flags >> 1, edtl);
	fill_blocks(c, 3, before, len);
	r = write_and_verify(c, op, flags, 4, data, edtl);
	if (is_illegal(&r, 0x20))
		skip("the device has no WRITE AND VERIFY");
	expect_good(&r, "WRITE AND VERIFY");
	check(!r.len, "%u bytes come", r.len);
	if (edtl < len)
		check(r.flags == RSP_OVER && r.residual == len - edtl, "%s", result_show(&r));
	else if (edtl > len)
		check(r.flags == RSP_UNDER && r.residual == edtl - len, "%s", result_show(&r));
	else
		check(!r.flags, "%s", result_show(&r));
	memcpy(after, data, n);
	expect_blocks(c, 3, after, len, "WRITE AND VERIFY");
}

static void write_and_verify_all(struct conn *c, uint8_t op, uint8_t flags)
{
	write_and_verify_some(c, op, flags, 4 * c->block);
	write_and_verify_some(c, op, flags, 2 * c->block);
	write_and_verify_some(c, op, flags, 3 * c->block - 4);
	write_and_verify_some(c, op, flags, 6 * c->block);
	write_and_verify_some(c, op, flags, c->block / 2);
}

TEST(write_verify, "block.write-and-verify", "11.4.5 (SBC-3 5)", MUST,
     "WRITE AND VERIFY, with BYTCHK or without, writes as WRITE does; where the lengths differ, the shorter one, and the rest is residual")
{
	static const uint8_t op[] = { WRITE_VERIFY_10, WRITE_VERIFY_16 };
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes");
	unsigned int i;

	for (i = 0; i < sizeof(op); i++) {
		write_and_verify_all(c, op[i], 0);
		write_and_verify_all(c, op[i], BYTCHK);
	}
	session_is_well(c);
}

TEST(write_verify_reserved, "block.write-and-verify-of-an-unknown-kind", "SBC-3 5", MUST,
     "WRITE AND VERIFY with BYTCHK 11b, which is reserved, is refused with 5/24/00, and writes nothing")
{
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes");
	uint8_t *before = pattern(c->block, 730);
	struct result r;

	fill_blocks(c, 3, before, c->block);
	r = write_and_verify(c, WRITE_VERIFY_10, 0x06, 1, pattern(c->block, 731), c->block);
	if (is_illegal(&r, 0x20))
		skip("the device has no WRITE AND VERIFY");
	check(is_illegal(&r, 0x24), "%s", result_show(&r));
	expect_blocks(c, 3, before, c->block, "what was refused");
}

TEST(write_verify_lost, "block.write-and-verify-of-what-is-lost", "SBC-3 5", MUST,
     "WRITE AND VERIFY with BYTCHK to a device that does not keep its data: MISCOMPARE (E/1D/00)")
{
	static const uint8_t op[] = { WRITE_VERIFY_10, WRITE_VERIFY_16 };
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes"), *other = ready("");
	uint32_t len = 4 * c->block;
	uint8_t *data = pattern(len, 732);
	struct result r;
	unsigned int i;

	fill_blocks(c, 3, data, len);
	r = scsi_read(other, cdb_read10(3, 4), len);
	expect_good(&r, "READ");
	if (r.len == len && !memcmp(r.data, data, len))
		skip("the device keeps its data");
	for (i = 0; i < sizeof(op); i++) {
		note("operation code 0x%02x", op[i]);
		r = write_and_verify(c, op[i], BYTCHK, 4, pattern(len, 733 + i), len);
		check(r.status == SAM_CHECK && r.key == MISCOMPARE && r.asc == 0x1d && !r.ascq,
		      "%s", result_show(&r));
	}
	session_is_well(c);
}

/* ---- what is beyond a limit ---- */

struct ranged {
	uint8_t op, lba, len;	/* offsets in the CDB */
	bool write, data;
};

static const struct ranged ranged[] = {
	{ 0x28, 2, 7, false, true }, { 0xa8, 2, 8, false, true }, { 0x88, 6, 12, false, true },
	{ 0x2a, 2, 7, true, true }, { 0xaa, 2, 8, true, true }, { 0x8a, 6, 12, true, true },
	{ 0x2e, 2, 7, true, true }, { 0x8e, 6, 12, true, true },
	{ VERIFY_10, 2, 7, false, false }, { VERIFY_16, 6, 12, false, false },
	{ 0x35, 2, 7, false, false }, { 0x91, 6, 12, false, false },
};

static struct result at_lba(struct conn *c, const struct ranged *o, uint32_t lba,
			    uint16_t blocks)
{
	struct cdb cdb = { { o->op } };
	uint32_t len = o->data ? blocks * c->block : 0;

	put32(cdb.b + o->lba, lba);
	put16(cdb.b + o->len, blocks);
	if (!len)
		return scsi_none(c, cdb);
	return o->write ? scsi_write(c, cdb, pattern(len, 723), len) : scsi_read(c, cdb, len);
}

TEST(beyond, "block.beyond-the-end", "SBC-3 4.5", MUST,
     "READ, WRITE, WRITE AND VERIFY, VERIFY and SYNCHRONIZE CACHE that pass the last block are refused with 5/21/00, and write nothing; no block at the end is no error")
{
	struct conn *c = ready("");
	uint32_t last, i;
	uint8_t *before;
	struct result r;

	if (c->blocks >> 32)
		skip("the unit has more than 2^32 blocks");
	last = c->blocks - 1;
	before = pattern(c->block, 724);
	fill_blocks(c, last, before, c->block);
	for (i = 0; i < sizeof(ranged) / sizeof(ranged[0]); i++) {
		const struct ranged *o = &ranged[i];

		note("operation code 0x%02x", o->op);
		r = at_lba(c, o, last, 2);
		if (is_illegal(&r, 0x20))
			continue;
		check(is_illegal(&r, 0x21), "2 at the last block: %s", result_show(&r));
		check(!r.len, "%u bytes come", r.len);
		r = at_lba(c, o, last + 1, 1);
		check(is_illegal(&r, 0x21), "behind the last block: %s", result_show(&r));
		r = at_lba(c, o, 0xffffffff, 1);
		check(is_illegal(&r, 0x21), "block 0xffffffff: %s", result_show(&r));
		if (o->data) {
			r = at_lba(c, o, last + 1, 0);
			expect_good(&r, "no block, behind the last");
		}
	}
	expect_blocks(c, last, before, c->block, "what was refused");
}

TEST(limit, "block.transfer-as-long-as-told", "SBC-3 6.6.4", MUST,
     "a READ of MAXIMUM TRANSFER LENGTH (VPD B0h), or where there is no limit a long one, is served; a longer one is served or refused with 5/24/00")
{
	struct conn *c = ready("");
	struct result r = scsi_read(c, (struct cdb){ { INQUIRY, 1, 0xb0, 0, 64 } }, 64);
	uint32_t told, blocks = (32 << 20) / c->block;

	if (is_illegal(&r, 0x24))
		skip("the device does not tell its limits");
	expect_good(&r, "INQUIRY");
	check(r.len >= 16 && r.data[1] == 0xb0, "%u bytes", r.len);
	told = get32(r.data + 8);
	note("MAXIMUM TRANSFER LENGTH %u", told);
	if (told && told < blocks)
		blocks = told;
	if (blocks > c->blocks)
		blocks = c->blocks;
	r = scsi_read(c, cdb_read16(0, blocks), blocks * c->block);
	expect_good(&r, "READ");
	check(r.len == blocks * c->block && !r.flags, "%s", result_show(&r));
	if (blocks != told || blocks == c->blocks)
		return;
	r = scsi_read(c, cdb_read16(0, blocks + 1), (blocks + 1) * c->block);
	check(is_illegal(&r, 0x24) || (r.status == SAM_GOOD && !r.flags), "one more: %s",
	      result_show(&r));
}

/* ---- pages ---- */

static struct result vpd(struct conn *c, uint8_t page, uint16_t alloc)
{
	struct cdb cdb = { { INQUIRY, 1, page } };

	put16(cdb.b + 3, alloc);
	return scsi_read(c, cdb, 4096);
}

/* The page whole, and cut by its allocation length. */
static void check_vpd(struct conn *c, uint8_t page)
{
	static const uint16_t cut[] = { 1, 4, 5, 11 };
	struct result whole = vpd(c, page, 4096), r;
	unsigned int i;

	note("VPD page 0x%02x", page);
	expect_good(&whole, "INQUIRY");
	check(whole.len >= 4 && whole.data[1] == page, "%u bytes", whole.len);
	check(whole.len == get16(whole.data + 2) + 4U, "%u bytes, page length %u", whole.len,
	      get16(whole.data + 2));
	check(whole.flags == RSP_UNDER && whole.residual == 4096 - whole.len, "%s",
	      result_show(&whole));
	for (i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		uint32_t want = cut[i] < whole.len ? cut[i] : whole.len;

		r = vpd(c, page, cut[i]);
		expect_good(&r, "INQUIRY, cut");
		check(r.len == want && !memcmp(r.data, whole.data, want),
		      "%u bytes of %u, or others", r.len, want);
		check(r.flags == RSP_UNDER && r.residual == 4096 - want, "%s", result_show(&r));
	}
}

TEST(vpd_pages, "block.vpd-pages", "SPC-4 7.8", MUST,
     "VPD page 00h lists itself, 80h and 83h in ascending order; each page that it lists is there, of the length that it says, however it is cut; others are refused with 5/24/00")
{
	struct conn *c = ready("");
	struct result list = vpd(c, 0, 4096), r;
	bool there[256] = { false };
	unsigned int i, n, page;

	expect_good(&list, "INQUIRY");
	n = get16(list.data + 2);
	check(list.len == n + 4, "%u bytes for %u pages", list.len, n);
	for (i = 0; i < n; i++) {
		page = list.data[4 + i];
		check(!i || page > list.data[3 + i], "page 0x%02x out of order", page);
		there[page] = true;
	}
	check(there[0] && there[0x83], "no page 00h or 83h in the list");
	for (page = 0; page < 256; page++) {
		if (there[page]) {
			check_vpd(c, page);
			continue;
		}
		r = vpd(c, page, 4096);
		check(is_illegal(&r, 0x24), "page 0x%02x: %s", page, result_show(&r));
	}
	r = scsi_read(c, (struct cdb){ { INQUIRY, 0, 0x83, 0, 255 } }, 255);
	check(is_illegal(&r, 0x24), "a page without EVPD: %s", result_show(&r));
}

static struct result mode_sense(struct conn *c, bool ten, uint8_t page, uint8_t alloc)
{
	struct cdb cdb = { { ten ? MODE_SENSE_10 : MODE_SENSE_6, 0, page } };

	cdb.b[ten ? 8 : 4] = alloc;
	return scsi_read(c, cdb, 1024);
}

/* Of what MODE SENSE returned: where its first page begins. */
static uint32_t mode_pages(const struct result *r, bool ten)
{
	uint32_t len = ten ? get16(r->data) + 2U : r->data[0] + 1U;
	uint32_t at = ten ? 8 + get16(r->data + 6) : 4U + r->data[3];

	check(len == r->len, "%u bytes, mode data length says %u", r->len, len);
	check(at <= len, "block descriptors of %u bytes", at);
	return at;
}

static void check_mode_sense(struct conn *c, bool ten)
{
	struct result all = mode_sense(c, ten, 0x3f, 255), r;
	uint32_t at;

	note("MODE SENSE(%d)", ten ? 10 : 6);
	if (is_illegal(&all, 0x20))
		return;
	expect_good(&all, "all pages");
	at = mode_pages(&all, ten);
	while (at < all.len) {
		uint8_t page = all.data[at] & 0x3f;
		uint32_t len = all.data[at + 1] + 2U, one;

		note("MODE SENSE(%d), page 0x%02x", ten ? 10 : 6, page);
		check(at + len <= all.len, "%u bytes of the page", len);
		r = mode_sense(c, ten, page, 255);
		expect_good(&r, "one page");
		one = mode_pages(&r, ten);
		check(r.len == one + len && !memcmp(r.data + one, all.data + at, len),
		      "it is another one alone");
		at += len;
	}
	r = mode_sense(c, ten, 0x3f, 5);
	expect_good(&r, "all pages, cut");
	check(r.len == 5 && !memcmp(r.data, all.data, 5), "%u bytes", r.len);
	check(r.flags == RSP_UNDER && r.residual == 1019, "%s", result_show(&r));
	r = mode_sense(c, ten, 0x3e, 255);
	check(is_illegal(&r, 0x24), "a page that there is not: %s", result_show(&r));
}

TEST(mode_pages_, "block.mode-pages", "SPC-4 6.11, 6.12", MUST,
     "MODE SENSE(6) and (10): the lengths are right, all pages are those that each page is alone, cut by the allocation length; others are refused with 5/24/00")
{
	struct conn *c = ready("");

	check_mode_sense(c, false);
	check_mode_sense(c, true);
	session_is_well(c);
}

static void check_saved(struct conn *c, bool ten, uint8_t page)
{
	struct result r = mode_sense(c, ten, page, 255);
	uint32_t at;

	note("MODE SENSE(%d), page 0x%02x", ten ? 10 : 6, page);
	if (is_illegal(&r, 0x20) || is_illegal(&r, 0x24))
		return;
	expect_good(&r, "the current values");
	at = mode_pages(&r, ten);
	if (at < r.len && r.data[at] & 0x80)
		skip("the device saves mode pages");
	r = mode_sense(c, ten, page | 0xc0, 255);
	check(is_illegal(&r, 0x39) && !r.ascq && !r.len, "%s", result_show(&r));
}

TEST(mode_saved, "block.mode-pages-saved", "SPC-4 6.11.1", MUST,
     "MODE SENSE(6) and (10) of saved values, where no page can be saved, is refused with 5/39/00")
{
	struct conn *c = ready("");
	int ten;

	for (ten = 0; ten < 2; ten++) {
		check_saved(c, ten, 0x3f);
		check_saved(c, ten, 0x08);
		check_saved(c, ten, 0x0a);
	}
	session_is_well(c);
}

/* The block descriptor: @len bytes, and how many blocks there are. */
static void check_block_descriptor(struct conn *c, const struct result *r, uint32_t at,
				   uint32_t len)
{
	uint64_t blocks = c->blocks >> 32 ? 0xffffffff : c->blocks, told;

	if (!len)
		skip("there is no block descriptor");
	check(len == 8 || len == 16, "%u bytes", len);
	told = len == 8 ? get32(r->data + at) : get64(r->data + at);
	if (len == 16)
		blocks = c->blocks;
	check(!told || told == blocks, "%llu blocks, READ CAPACITY says %llu",
	      (unsigned long long)told, (unsigned long long)c->blocks);
	check((get32(r->data + at + len - 4) & 0xffffff) == c->block, "another block size");
}

TEST(mode_blocks, "block.mode-block-descriptor", "SPC-4 7.5.5", MUST,
     "the block descriptor of MODE SENSE, long or short, has the number of blocks, or 0 or FFFFFFFFh, and their size")
{
	struct conn *c = ready("");
	struct result r = mode_sense(c, false, 0x3f, 255);

	if (!is_illegal(&r, 0x20)) {
		note("MODE SENSE(6)");
		expect_good(&r, "all pages");
		check_block_descriptor(c, &r, 4, r.data[3]);
	}
	r = mode_sense(c, true, 0x3f, 255);
	expect_good(&r, "all pages");
	note("MODE SENSE(10)");
	check_block_descriptor(c, &r, 8, get16(r.data + 6));
	r = scsi_read(c, (struct cdb){ { MODE_SENSE_10, 0x10, 0x3f, [8] = 255 } }, 1024);
	expect_good(&r, "all pages, LLBAA");
	note("MODE SENSE(10), LLBAA");
	check_block_descriptor(c, &r, 8, get16(r.data + 6));
}

static struct result mode_select(struct conn *c, bool ten, uint8_t flags, const uint8_t *list,
				 uint8_t len)
{
	struct cdb cdb = { { ten ? MODE_SELECT_10 : MODE_SELECT_6, flags } };

	cdb.b[ten ? 8 : 4] = len;
	return scsi_write(c, cdb, list, len);
}

/* A page as it is, at @at. Returns its length. */
static uint8_t put_mode_page(struct conn *c, bool ten, uint8_t page, uint8_t *at)
{
	struct result r = mode_sense(c, ten, page, 255);
	uint32_t from;

	expect_good(&r, "MODE SENSE");
	from = mode_pages(&r, ten);
	memcpy(at, r.data + from, r.len - from);
	at[0] &= 0x3f;		/* PS is reserved in MODE SELECT */
	return r.len - from;
}

static void check_mode_select(struct conn *c, bool ten)
{
	uint8_t list[256] = { 0 }, head = ten ? 8 : 4, one, two;
	struct result r;

	note("MODE SELECT(%d)", ten ? 10 : 6);
	one = head + put_mode_page(c, ten, 0x0a, list + head);
	two = one + put_mode_page(c, ten, 0x08, list + one);
	r = mode_select(c, ten, 0x10, list, one);
	if (is_illegal(&r, 0x20))
		skip("the device has no MODE SELECT");
	expect_good(&r, "a page as it is");
	list[one + 2] ^= 0x04;	/* WCE */
	r = mode_select(c, ten, 0x10, list, two);
	if (r.status == SAM_GOOD) {
		uint8_t now[256];

		put_mode_page(c, ten, 0x08, now);
		check(now[2] == list[one + 2], "GOOD, and WCE is as it was");
	} else {
		check(is_illegal(&r, 0x26), "two pages, the second changed: %s", result_show(&r));
	}
	list[one + 2] ^= 0x04;
	mode_select(c, ten, 0x10, list, two);
	r = mode_select(c, ten, 0x11, list, one);
	check(list[head] & 0x80 || is_illegal(&r, 0x24), "SP, and no page can be saved: %s",
	      result_show(&r));
	list[ten ? 7 : 3] = 8;
	memmove(list + head + 8, list + head, one - head);
	memset(list + head, 0, 8);
	put32(list + head + 4, c->block);
	r = mode_select(c, ten, 0x10, list, one + 8);
	check(r.status == SAM_GOOD || is_illegal(&r, 0x26), "a block descriptor: %s",
	      result_show(&r));
}

TEST(mode_select_, "block.mode-select", "SPC-4 6.9, 6.10", MUST,
     "MODE SELECT(6) and (10) do what they say GOOD to: of all pages of a list, with a block descriptor, and with SP")
{
	struct conn *c = ready("");

	check_mode_select(c, false);
	check_mode_select(c, true);
	session_is_well(c);
}

TEST(limits, "block.limits-agree", "SBC-3 6.6.4", MUST,
     "of VPD page B0h: OPTIMAL TRANSFER LENGTH is not beyond MAXIMUM TRANSFER LENGTH")
{
	struct conn *c = ready("");
	struct result r = vpd(c, 0xb0, 64);
	uint32_t most, best;

	if (is_illegal(&r, 0x24))
		skip("the device does not tell its limits");
	expect_good(&r, "INQUIRY");
	check(r.len >= 16, "%u bytes", r.len);
	most = get32(r.data + 8);
	best = get32(r.data + 12);
	check(!most || best <= most, "maximum %u, optimal %u", most, best);
}

/* ---- parameter data with a length of its own ---- */

/* @cdb, whose allocation length is in four bytes at @at, cut everywhere near its beginning. */
static struct result whole_and_cut(struct conn *c, struct cdb cdb, int at)
{
	struct result whole, r;
	uint32_t n;

	put32(cdb.b + at, 4096);
	whole = scsi_read(c, cdb, 4096);
	if (is_illegal(&whole, 0x20) || is_illegal(&whole, 0x24))
		skip("the device has no such command");
	expect_good(&whole, "the whole");
	for (n = 0; n < 64; n++) {
		uint32_t len = n < whole.len ? n : whole.len;

		put32(cdb.b + at, n);
		r = scsi_read(c, cdb, 4096);
		expect_good(&r, format("allocation length %u", n));
		check(r.len == len && !memcmp(r.data, whole.data, len),
		      "allocation length %u: %u bytes, or others", n, r.len);
		check(r.flags == RSP_UNDER && r.residual == 4096 - len, "%s", result_show(&r));
	}
	return whole;
}

/* The data ends where the last group does. */
static void check_groups(const struct result *r, uint32_t at)
{
	check(r->len >= at && get32(r->data) + 4 == r->len, "%u bytes, length %u", r->len,
	      get32(r->data));
	while (at < r->len) {
		check(at + 8 <= r->len, "%u bytes end in a group", r->len);
		at += 8 + 4 * r->data[at + 7];
	}
	check(at == r->len, "%u bytes, groups of %u", r->len, at);
}

TEST(cut, "block.parameter-data-cut", "SPC-4 4.2.5.6", MUST,
     "READ CAPACITY(16) and REPORT LUNS have the length that they say, and are cut anywhere")
{
	struct conn *c = ready("");
	struct result r = whole_and_cut(c, (struct cdb){ { 0x9e, 0x10 } }, 10);

	check(r.len == 32, "%u bytes", r.len);
	r = whole_and_cut(c, (struct cdb){ { 0xa0 } }, 6);
	check(r.len > 8 && get32(r.data) + 8 == r.len, "%u bytes, length %u", r.len,
	      get32(r.data));
}

TEST(groups, "block.target-port-groups", "SPC-4 4.2.5.6, 6.37", MUST,
     "REPORT TARGET PORT GROUPS, with the extended header and without, has the length that it says, and is cut anywhere")
{
	struct conn *c = ready("");
	struct result r = whole_and_cut(c, (struct cdb){ { 0xa3, 0x0a } }, 6);

	check_groups(&r, 4);
	r = whole_and_cut(c, (struct cdb){ { 0xa3, 0x2a } }, 6);
	check_groups(&r, (r.data[4] & 0x70) == 0x10 ? 8 : 4);
	session_is_well(c);
}

TEST(codes, "block.operation-codes", "SPC-4 4.2.5.6, 6.35", MUST,
     "REPORT SUPPORTED OPERATION CODES has the length that it says, and is cut anywhere")
{
	struct conn *c = ready("");
	struct result r = whole_and_cut(c, (struct cdb){ { 0xa3, 0x0c } }, 6);

	check(r.len > 4 && get32(r.data) + 4 == r.len && r.len % 8 == 4, "%u bytes, length %u",
	      r.len, get32(r.data));
	r = whole_and_cut(c, (struct cdb){ { 0xa3, 0x0c, 1, 0x28 } }, 6);
	check(r.len >= 14 && (r.data[1] & 7) == 3 && get16(r.data + 2) == 10 && r.data[4] == 0x28,
	      "READ(10): %u bytes", r.len);
	session_is_well(c);
}

TEST(copy_parameters, "block.copy-parameters", "SPC-4 4.2.5.6, 6.22", MUST,
     "the operating parameters of RECEIVE COPY RESULTS have the length that they say, and are cut anywhere")
{
	struct conn *c = ready("");
	struct result r = whole_and_cut(c, (struct cdb){ { 0x84, 0x03 } }, 10);

	check(r.len > 4 && get32(r.data) + 4 == r.len, "%u bytes, length %u", r.len,
	      get32(r.data));
	session_is_well(c);
}

TEST(asked_as_write, "flags.parameter-data-with-w-bit", "11.3.1", MUST,
     "what asks for parameter data, announced as a write: an error, or no data; the stream stays in step")
{
	static const struct cdb cdb[] = {
		{ { INQUIRY, [4] = 96 } }, { { INQUIRY, 1, 0xb0, [4] = 64 } },
		{ { MODE_SENSE_6, 0, 0x3f, 0, 255 } }, { { MODE_SENSE_10, 0, 0x3f, [8] = 255 } },
		{ { 0x03, [4] = 18 } }, { { 0x5e, 3, [8] = 255 } }, { { 0xa0, [9] = 255 } },
		{ { 0xa3, 0x0a, [9] = 255 } }, { { 0x84, 3, [13] = 255 } },
	};
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes");
	uint8_t *data = pattern(4096, 760);
	struct result r;
	unsigned int i;

	for (i = 0; i < sizeof(cdb) / sizeof(cdb[0]); i++) {
		note("operation code 0x%02x", cdb[i].b[0]);
		r = scsi_write(c, cdb[i], data, 4096);
		check(!r.len, "%u bytes come", r.len);
		check(r.status == SAM_CHECK || r.flags, "%s", result_show(&r));
		session_is_well(c);
	}
}

/* ---- START STOP UNIT ---- */

TEST(start, "block.start", "SBC-3 5.25", MUST,
     "START STOP UNIT that starts a unit is GOOD, whether it is to wait for that (IMMED is 0) or not")
{
	struct conn *c = ready("");
	struct result r;
	int immed;

	for (immed = 0; immed < 2; immed++) {
		r = scsi_none(c, (struct cdb){ { START_STOP, immed, [4] = 1 } });
		if (is_illegal(&r, 0x20))
			skip("the device has no START STOP UNIT");
		expect_good(&r, immed ? "IMMED" : "without IMMED");
	}
	session_is_well(c);
}

/* ---- RESERVATION CONFLICT ---- */

static void conflict(const struct result *r)
{
	check(r->status == 0x18 && !r->response, "%s", result_show(r));
	check(!r->len, "%u bytes come", r->len);
	check(!(r->flags & RSP_OVER), "%s", result_show(r));
}

TEST(conflict_residual, "block.reservation-conflict", "11.4.5", MUST,
     "a READ and a WRITE that meet a reservation end with RESERVATION CONFLICT, no data, and no more residual than was expected; the stream stays in step")
{
	struct conn *a = ready(""), *b = ready("InitialR2T=No ImmediateData=Yes");
	uint32_t len = 8 * b->block;
	uint8_t *before = pattern(len, 725);
	struct result r;

	fill_blocks(a, 0, before, len);
	r = scsi_none(a, (struct cdb){ { RESERVE } });
	if (is_illegal(&r, 0x20))
		skip("the device has no RESERVE(6)");
	expect_good(&r, "RESERVE");
	r = scsi_read(b, cdb_read10(0, 8), len);
	conflict(&r);
	check(!r.flags || r.residual == len, "%s", result_show(&r));
	r = scsi_write(b, cdb_write10(0, 8), pattern(len, 726), len);
	conflict(&r);
	check(!r.flags || r.residual <= len, "%s", result_show(&r));
	r = scsi_none(a, (struct cdb){ { RELEASE } });
	expect_good(&r, "RELEASE");
	session_is_well(b);
	expect_blocks(b, 0, before, len, "the WRITE that met the reservation");
}

/* ---- extended CDBs ---- */

TEST(write_same_32, "ahs.write-same-32", "11.2.2.3 (SBC-3 5.45)", SHOULD,
     "WRITE SAME(32), half of whose CDB is in an AHS, writes its block where that half says, and nowhere else")
{
	struct conn *c = ready("InitialR2T=Yes ImmediateData=Yes");
	struct cdb cdb = { { 0x7f, [7] = 24, [8] = 0, [9] = 0x0d } };
	uint8_t *before = pattern(6 * c->block, 727), *block = pattern(c->block, 728);
	uint8_t ext[17] = { 0 };
	struct result r;
	struct pdu *p;
	int i;

	fill_blocks(c, 0, before, 6 * c->block);
	put32(cdb.b + 12, 0);
	put32(ext + 1, 2);		/* LBA, its lower half */
	put32(ext + 13, 3);		/* blocks */
	p = scsi_pdu(c, cdb, F_FINAL | CMD_WRITE, c->block);
	pdu_ahs(p, 1, ext, sizeof(ext));
	pdu_data(p, block, c->block);
	pdu_send(c, p);
	r = scsi_finish(c, p, block, c->block);
	if (is_illegal(&r, 0x20) || is_illegal(&r, 0x24))
		skip("the device has no WRITE SAME(32)");
	expect_good(&r, "WRITE SAME(32)");
	for (i = 2; i < 5; i++)
		memcpy(before + i * c->block, block, c->block);
	expect_blocks(c, 0, before, 6 * c->block, "WRITE SAME(32)");
}
