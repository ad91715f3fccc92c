// SPDX-License-Identifier: GPL-2.0
/* What is there, as a targets.conf: tgt-admin --dump. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "so.h"
#include "tgt.h"

/* The secret of an account: tgt does not tell it, so the file is not whole. */
#define NO_SECRET "PLEASE_CORRECT_THE_PASSWORD"

/* Would units of these paths get these numbers, if the file does not give them? */
static bool numbers_follow(const struct strlist *numbers, const struct strlist *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		if (strtoul(numbers->v[i], NULL, 10) != i + 1 ||
		    (i && strcmp(paths->v[i - 1], paths->v[i]) >= 0))
			return false;
	return true;
}

/* A line that ends with 'more'; '#' would begin a comment. */
static void print_option(const char *before, const char *value, const char *more)
{
	fputs(before, stdout);
	for (; *value; value++) {
		if (*value == '#')
			putchar('\\');
		putchar(*value);
	}
	puts(more);
}

static void dump_stores(struct tgt *tgt, const char *tpg)
{
	struct strlist numbers = { 0 }, paths = { 0 };
	struct strbuf path = { 0 };
	struct tgt_luns luns;
	bool plain;

	tgt_luns(tgt, tpg, &luns);
	for (size_t i = 0; i < luns.sos.n; i++)
		if (!cfs_read(&tgt->ctx->cfs, &path, "%s/udev_path", luns.sos.v[i]) && path.len) {
			sl_add(&numbers, luns.numbers.v[i]);
			sl_add(&paths, path.s);
		}
	plain = numbers_follow(&numbers, &paths);
	for (size_t i = 0; i < paths.n; i++)
		if (plain) {
			print_option("\tbacking-store ", paths.v[i], "");
		} else {
			print_option("\t<backing-store ", paths.v[i], ">");
			printf("\t\tlun %s\n\t</backing-store>\n", numbers.v[i]);
		}
	tgt_luns_free(&luns);
	sl_free(&numbers);
	sl_free(&paths);
	sb_free(&path);
}

static void dump_target(struct tgt *tgt, const char *iqn)
{
	struct strlist users = { 0 }, acl = { 0 };
	char *tpg = tgt_tpg(tgt, iqn), *auth = xasprintf("%s/auth", tpg);
	char *out = tgt_name_at(tgt, auth, "userid_mutual");
	bool acl_addresses;

	printf("<target %s>\n", iqn);
	dump_stores(tgt, tpg);
	tgt_bound(tgt, iqn, &users);
	for (size_t i = 0; i < users.n; i++)
		print_option("\tincominguser ", users.v[i], " " NO_SECRET);
	if (out)
		print_option("\toutgoinguser ", out, " " NO_SECRET);
	tgt_acl(tgt, iqn, "allowed_addresses", &acl);
	if (acl.n != 1 || strcmp(acl.v[0], "ALL"))
		for (size_t i = 0; i < acl.n; i++)
			printf("\tinitiator-address %s\n", acl.v[i]);
	acl_addresses = acl.n;
	sl_free(&acl);
	if (!acl_addresses)
		puts("\t# Nobody is admitted by address now; as tgt-admin reads this, everybody is.");
	tgt_acl(tgt, iqn, "allowed_initiators", &acl);
	for (size_t i = 0; i < acl.n; i++)
		printf("\tinitiator-name %s\n", acl.v[i]);
	printf("</target>\n\n");
	sl_free(&acl);
	sl_free(&users);
	free(out);
	free(auth);
	free(tpg);
}

void tgt_dump(struct tgt *tgt)
{
	struct strlist iqns = { 0 };

	tgt_targets(tgt, &iqns);
	if (iqns.n)
		puts("default-driver iscsi\n");
	for (size_t i = 0; i < iqns.n; i++)
		dump_target(tgt, iqns.v[i]);
	sl_free(&iqns);
}
