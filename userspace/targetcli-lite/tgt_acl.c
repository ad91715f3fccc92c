// SPDX-License-Identifier: GPL-2.0
/* Who may log in to a target: tgt's access lists. */
#include "tgt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tgt_acl(struct tgt *tgt, const char *iqn, const char *list, struct strlist *out)
{
	struct strbuf v = { 0 };
	char *save = NULL;
	int err = cfs_read(&tgt->ctx->cfs, &v, "target/%s/%s/admission/%s", tgt->ctx->fabric,
			   iqn, list);

	if (!err && v.s)
		for (char *e = strtok_r(v.s, " \t\n", &save); e; e = strtok_r(NULL, " \t\n", &save))
			sl_add(out, e);
	sb_free(&v);
	return err;
}

static int write_acl(struct tgt *tgt, const char *iqn, const char *list,
		     const struct strlist *entries, const char *entry)
{
	struct strbuf text = { 0 };
	int err;

	for (size_t i = 0; i < entries->n; i++)
		sb_addf(&text, "%s%s", i ? " " : "", entries->v[i]);
	if (!text.len)
		sb_adds(&text, "\n");
	err = cfs_write(&tgt->ctx->cfs, text.s, "target/%s/%s/admission/%s", tgt->ctx->fabric,
			iqn, list);
	if (err == -ENOENT)
		fail_plain(tgt->ctx, err, NO_ADMISSION, iqn);
	else if (err == -EINVAL)
		usage(tgt->ctx, "'%s' is not %s", entry, strstr(list, "addr") ?
		      "ALL, an address, or a network like 192.0.2.0/24 or 2001:db8::/32" :
		      "an iSCSI name");
	else if (err)
		fail(tgt->ctx, err, "cannot change the access list of %s", iqn);
	sb_free(&text);
	return err;
}

/* tgt never lets anybody in by an IPv4 network with bits of a host, so a mistake. */
static int check_network(struct tgt *tgt, const char *entry)
{
	unsigned int a, b, c, d, bits;
	uint32_t addr;
	char end;

	if (sscanf(entry, "%u.%u.%u.%u/%u%c", &a, &b, &c, &d, &bits, &end) != 5 || bits > 32)
		return 0;
	addr = a << 24 | b << 16 | c << 8 | d;
	if (bits == 32 || !(addr & (0xffffffffU >> bits)))
		return 0;
	return usage(tgt->ctx, "%s has bits beyond the first %u, so it is no network", entry, bits);
}

static int change_acl(struct tgt *tgt, const char *iqn, const char *list, const char *entry,
		      bool bind)
{
	struct strlist entries = { 0 }, kept = { 0 };
	bool has;
	int err = tgt_acl(tgt, iqn, list, &entries);

	if (err && err != -ENOENT)	/* what is not there, write_acl() explains */
		return fail(tgt->ctx, err, "cannot read the access list of %s", iqn);
	has = sl_has(&entries, entry);
	if (bind && has) {
		err = fail_plain(tgt->ctx, -EEXIST, "this access control rule already exists: %s is bound to %s",
				 entry, iqn);
		goto out;
	}
	if (!bind && !has) {
		err = fail_plain(tgt->ctx, -ENOENT, "this access control rule does not exist: %s is not bound to %s",
				 entry, iqn);
		goto out;
	}
	for (size_t i = 0; i < entries.n; i++)
		if (bind || strcmp(entries.v[i], entry))
			sl_add(&kept, entries.v[i]);
	if (bind)
		sl_add(&kept, entry);
	err = write_acl(tgt, iqn, list, &kept, entry);
out:
	sl_free(&entries);
	sl_free(&kept);
	return err;
}

int tgt_acl_bind(struct tgt *tgt, int tid, const char *list, const char *entry, bool bind)
{
	const char *iqn = tgt_find(tgt, tid);
	char *e;
	int err = 0;

	if (!iqn)
		return -ENOENT;
	if (!*entry || strpbrk(entry, " \t\n"))
		return usage(tgt->ctx, "'%s': one entry at a time, without spaces", entry);
	e = xstrdup(entry);
	if (strstr(list, "initiators") && strcmp(e, "ALL"))
		lower(e);
	if (bind)
		err = check_network(tgt, e);
	if (!err)
		err = change_acl(tgt, iqn, list, e, bind);
	free(e);
	return err;
}
