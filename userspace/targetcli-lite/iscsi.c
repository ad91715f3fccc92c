// SPDX-License-Identifier: GPL-2.0
/* Targets, portal groups, LUNs, ACLs and portals. */
#include "iscsi.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "mapped.h"
#include "stuck.h"
#include "unfinished.h"

#define ISCSI_NAME_MAX 223
#define ACL_TAG_MAX 63

/* Names */

static void add_label(struct strbuf *sb, const char *s)
{
	for (; *s && *s != '.'; s++)
		if (isalnum((unsigned char)*s) || *s == '-') {
			char c = tolower((unsigned char)*s);

			sb_addn(sb, &c, 1);
		}
}

/* A new name, of the same form as targetcli's. */
char *make_iqn(void)
{
	struct strbuf sb = { 0 };
	char uuid[UUID_LEN];
	struct utsname u;

	uname(&u);
	make_uuid(uuid);
	sb_adds(&sb, "iqn.2003-01.org.linux-iscsi.");
	add_label(&sb, u.nodename);
	sb_adds(&sb, ".");
	add_label(&sb, u.machine);
	sb_addf(&sb, ":sn.%s", uuid + 24);
	return sb.s;
}

static bool all(const char *s, int (*is)(int))
{
	for (; *s; s++)
		if (!is((unsigned char)*s))
			return false;
	return true;
}

/* iqn.YYYY-MM.REVERSED.DOMAIN[:ANYTHING] */
static bool is_iqn(const char *s)
{
	if (!starts_with(s, "iqn.") || strlen(s) < 13)
		return false;
	for (size_t i = 4; i < 11; i++)
		if (i == 8 ? s[i] != '-' : !isdigit((unsigned char)s[i]))
			return false;
	return s[11] == '.' && isalnum((unsigned char)s[12]) &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-:") == strlen(s);
}

static bool is_hex_name(const char *s, const char *prefix, size_t digits)
{
	const char *hex = after(s, prefix);

	return hex && strlen(hex) == digits && all(hex, isxdigit);
}

static bool is_iscsi_name(const char *s)
{
	return is_iqn(s) || is_hex_name(s, "eui.", 16) || is_hex_name(s, "naa.", 16) ||
	       is_hex_name(s, "naa.", 32);
}

char *normal_name(struct ctx *ctx, const char *name)
{
	char *s = lower(xstrdup(name));

	if (is_iscsi_name(s) && strlen(s) <= ISCSI_NAME_MAX)
		return s;
	usage(ctx, "'%s' is not an iSCSI name; it must be like iqn.2024-01.com.example:disk1 (at most %d bytes of a-z, 0-9, '.', '-', ':'), eui. with 16 or naa. with 16 or 32 hexadecimal digits",
	      name, ISCSI_NAME_MAX);
	free(s);
	return NULL;
}

/* An interface, which only the address of a link has. */
static bool is_scope(const char *s, const struct in6_addr *addr)
{
	return IN6_IS_ADDR_LINKLOCAL(addr) && *s && strlen(s) < IFNAMSIZ &&
	       !s[strcspn(s, "/%[] \t\n")];
}

/* "[fe80::1%eth0]" of "fe80:0::1%eth0", or NULL; 'text' is taken apart. */
static char *ipv6_name(char *text)
{
	char *scope = strchr(text, '%'), shown[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET6, text, &addr) != 1 || (scope && !is_scope(scope, &addr)))
		return NULL;
	inet_ntop(AF_INET6, &addr, shown, sizeof(shown));
	return xasprintf("[%s%s%s]", shown, scope ? "%" : "", scope ? scope : "");
}

static char *address_name(const char *address)
{
	size_t n = strlen(address);
	struct in_addr addr;
	char *bare, *name;

	if (inet_pton(AF_INET, address, &addr) == 1)
		return xstrdup(address);
	bare = address[0] == '[' && address[n - 1] == ']' ? xstrndup(address + 1, n - 2) :
							    xstrdup(address);
	name = ipv6_name(bare);
	free(bare);
	return name;
}

char *portal_name(struct ctx *ctx, const char *address, const char *port)
{
	char *addr = address_name(address), *name;
	uint64_t n;

	if (!addr) {
		usage(ctx, "'%s' is not an address; give IPv4 like 192.0.2.1 or IPv6 like [2001:db8::1]",
		      address);
		return NULL;
	}
	if (!parse_uint(port, 65535, &n) || !n) {
		usage(ctx, "'%s' is not a TCP port; give a number from 1 to 65535", port);
		free(addr);
		return NULL;
	}
	name = xasprintf("%s:%u", addr, (unsigned int)n);
	free(addr);
	return name;
}

char *portal_canonical(const char *address, unsigned int port)
{
	char *addr = address_name(address), *name;

	name = addr ? xasprintf("%s:%u", addr, port) : NULL;
	free(addr);
	return name;
}

char *portal_key(json_t *portal)
{
	char *name = portal_canonical(text_of(portal, "ip_address"), int_of(portal, "port"));

	return name ? name : xstrdup("");
}

json_t *portal_in(json_t *list, json_t *like)
{
	char *want = portal_key(like);
	json_t *e, *found = NULL;
	size_t i;

	json_array_foreach(list, i, e) {
		char *is = portal_key(e);

		if (!strcmp(is, want))
			found = e;
		free(is);
	}
	free(want);
	return found;
}

int parse_index(struct ctx *ctx, const char *s, const char *prefix, const char *what,
		unsigned int max, unsigned int *out)
{
	const char *digits = after(s, prefix);
	uint64_t n;

	if (!digits)
		digits = s;
	while (*digits == '0' && digits[1])	/* 010 is ten, as for targetcli */
		digits++;
	if (!all(digits, isdigit) || !parse_uint(digits, max, &n))
		return usage(ctx, "'%s' is not a %s; give a number from 0 to %u", s, what, max);
	*out = n;
	return 0;
}

static int cmp_uint(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

unsigned int lowest_free(const struct strlist *names, const char *prefix)
{
	unsigned int *used = xcalloc(names->n + 1, sizeof(*used));
	unsigned int lowest = 0;
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++) {
		const char *digits = after(names->v[i], prefix);

		if (digits && isdigit((unsigned char)*digits))
			used[n++] = strtoul(digits, NULL, 10);
	}
	qsort(used, n, sizeof(*used), cmp_uint);
	for (size_t i = 0; i < n && used[i] <= lowest; i++)
		if (used[i] == lowest)
			lowest++;
	free(used);
	return lowest;
}

/* The last 'n' components of a directory, for messages: "IQN/tpgt_1" */
static const char *tail(const char *dir, unsigned int n)
{
	const char *at = dir + strlen(dir);

	while (at > dir && n) {
		at--;
		n -= *at == '/';
	}
	return *at == '/' ? at + 1 : at;
}

/* Targets and portal groups */

int fabric_ready(struct ctx *ctx)
{
	int err;

	if (!cfs_exists(&ctx->cfs, "target"))
		return fail_plain(ctx, -ENOENT,
				  "%s/target does not exist: load the kernel's target core (modprobe target_core_mod) and mount configfs",
				  ctx->cfs.root);
	err = cfs_mkdir(&ctx->cfs, "target/%s", ctx->fabric);
	if (err && err != -EEXIST)
		return fail_plain(ctx, err,
				  "the iSCSI target module is not there (%s/target/%s: %s): load it (modprobe tcm_iscsi)",
				  ctx->cfs.root, ctx->fabric, strerror(-err));
	return 0;
}

int target_create(struct ctx *ctx, const char *iqn)
{
	int err = fabric_ready(ctx);

	if (err)
		return err;
	err = cfs_mkdir(&ctx->cfs, "target/%s/%s", ctx->fabric, iqn);
	if (err == -EEXIST)
		return fail_plain(ctx, err, "target %s exists already", iqn);
	return err ? fail(ctx, err, "cannot create target %s", iqn) : 0;
}

/* Call 'del' for each directory "PREFIXN" below 'dir'. */
static int delete_each(struct ctx *ctx, const char *dir, const char *prefix,
		       int (*del)(struct ctx *, const char *))
{
	struct strlist names = { 0 };
	int err = 0;

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s", dir);
	for (size_t i = 0; i < names.n && !err; i++) {
		char *sub = xasprintf("%s/%s", dir, names.v[i]);

		if (starts_with(names.v[i], prefix))
			err = del(ctx, sub);
		free(sub);
	}
	sl_free(&names);
	return err;
}

int account_create(struct ctx *ctx, const char *target, const char *user)
{
	int err = cfs_mkdir(&ctx->cfs, "%s/accounts/%s", target, user);

	if (err == -EEXIST)
		return fail_plain(ctx, err, "account %s exists already", user);
	return err ? fail(ctx, err, "cannot create account %s", user) : 0;
}

static int account_delete(struct ctx *ctx, const char *dir)
{
	int err = cfs_rmdir(&ctx->cfs, "%s", dir);

	return err ? fail(ctx, err, "cannot delete account %s", strrchr(dir, '/') + 1) : 0;
}

int target_delete(struct ctx *ctx, const char *dir)
{
	int err = delete_each(ctx, dir, "tpgt_", tpg_delete);
	char *accounts = xasprintf("%s/accounts", dir);

	if (!err)
		err = delete_each(ctx, accounts, "", account_delete);
	free(accounts);
	if (err)
		return err;
	err = cfs_rmdir(&ctx->cfs, "%s", dir);
	if (err)
		return fail(ctx, err, "cannot delete target %s", strrchr(dir, '/') + 1);
	unfinished_forget(ctx, strrchr(dir, '/') + 1);
	return 0;
}

int tpg_create(struct ctx *ctx, const char *target, unsigned int tag)
{
	int err = cfs_mkdir(&ctx->cfs, "%s/tpgt_%u", target, tag);

	if (err == -EEXIST)
		return fail_plain(ctx, err, "portal group tpg%u of %s exists already", tag,
				  strrchr(target, '/') + 1);
	return err ? fail(ctx, err, "cannot create portal group tpg%u of %s", tag,
			  strrchr(target, '/') + 1) : 0;
}

bool tpg_enabled(struct ctx *ctx, const char *dir)
{
	return cfs_is_on(&ctx->cfs, "%s/enable", dir);
}

int tpg_enable(struct ctx *ctx, const char *dir, bool on)
{
	int err = cfs_write(&ctx->cfs, on ? "1" : "0", "%s/enable", dir);

	return err ? fail(ctx, err, "cannot %s portal group %s", on ? "enable" : "disable",
			  tail(dir, 2)) : 0;
}

static int remove_lun_dir(struct ctx *ctx, const char *dir);

static int remove_portal_dir(struct ctx *ctx, const char *dir)
{
	int err = cfs_rmdir(&ctx->cfs, "%s", dir);

	return err ? fail(ctx, err, "cannot delete portal %s", strrchr(dir, '/') + 1) : 0;
}

static int delete_parts(struct ctx *ctx, const char *tpg, const char *group,
			const char *prefix, int (*del)(struct ctx *, const char *))
{
	char *dir = xasprintf("%s/%s", tpg, group);
	int err = delete_each(ctx, dir, prefix, del);

	free(dir);
	return err;
}

int tpg_delete(struct ctx *ctx, const char *dir)
{
	int err = stuck_tpg(ctx, dir);

	if (!err && tpg_enabled(ctx, dir))
		err = tpg_enable(ctx, dir, false);
	if (!err)
		err = delete_parts(ctx, dir, "acls", "", acl_delete);
	if (!err)
		err = delete_parts(ctx, dir, "lun", "lun_", remove_lun_dir);
	if (!err)
		err = delete_parts(ctx, dir, "np", "", remove_portal_dir);
	if (err)
		return err;
	err = cfs_rmdir(&ctx->cfs, "%s", dir);
	return err ? fail(ctx, err, "cannot delete portal group %s", tail(dir, 2)) : 0;
}

/* tcm_iscsi listens at an address that no interface has yet; the in-tree module does not. */
static bool binds_freely(struct ctx *ctx)
{
	struct strbuf v = { 0 };
	bool other = !cfs_read(&ctx->cfs, &v, "target/%s/lio_version", ctx->fabric) &&
		     !starts_with(sb_str(&v), "tcm_iscsi");

	sb_free(&v);
	return !other;	/* it may not be loaded yet */
}

static int try_bind(const struct addrinfo *ai, bool freely, bool v6only)
{
	bool v6 = ai->ai_family == AF_INET6;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, err = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (freely)
		setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_FREEBIND : IP_FREEBIND,
			   &on, sizeof(on));
	if (v6only)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen))
		err = -errno;
	close(fd);
	return err;
}

int portal_try(struct ctx *ctx, const char *portal)
{
	const char *colon = strrchr(portal, ':');
	char *address = address_of(portal);
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *scope = strchr(address, '%');
	bool freely = binds_freely(ctx);
	struct addrinfo *ai = NULL;
	int err = -EINVAL;

	if (scope && !if_nametoindex(scope + 1))
		err = -ENODEV;
	else if (colon && !getaddrinfo(address, colon + 1, &hints, &ai))
		err = try_bind(ai, freely, false);
	/* where IPv4 is taken, [::] is IPv6 alone */
	if (err == -EADDRINUSE && freely && !strcmp(address, "::"))
		err = try_bind(ai, freely, true);
	if (ai)
		freeaddrinfo(ai);
	free(address);
	return err;
}

/* Why target core could not listen there: true and an error that says so, when that shows. */
static bool portal_why(struct ctx *ctx, const char *portal)
{
	char *address = address_of(portal);
	int err = portal_try(ctx, portal);

	if (err == -EADDRNOTAVAIL)
		fail_plain(ctx, err, "cannot create portal %s: no network interface has the address %s",
			   portal, address);
	else if (err == -ENODEV)
		fail_plain(ctx, err, "cannot create portal %s: there is no network interface %s",
			   portal, strchr(address, '%') ? strchr(address, '%') + 1 : address);
	else if (err == -EADDRINUSE)
		fail_plain(ctx, -EBUSY, "cannot create portal %s: somebody listens there already, perhaps a portal on all addresses",
			   portal);
	else
		err = 0;
	free(address);
	return err;
}

int portal_create(struct ctx *ctx, const char *tpg, const char *portal)
{
	int err = cfs_mkdir(&ctx->cfs, "%s/np/%s", tpg, portal);

	if (err == -EEXIST)
		return fail_plain(ctx, err, "portal %s exists already", portal);
	/* target core answers EINVAL whatever it was */
	if (err == -EINVAL && portal_why(ctx, portal))
		return err;
	return err ? fail(ctx, err, "cannot create portal %s", portal) : 0;
}

/* Is the directory of a portal the portal 'name', which is in its normal form? */
static bool is_portal(const char *dir, const char *name)
{
	const char *colon = strrchr(dir, ':');
	char *address = colon ? xstrndup(dir, colon - dir) : NULL;
	char *is = address ? portal_canonical(address, strtoul(colon + 1, NULL, 10)) : NULL;
	bool same = is && !strcmp(is, name);

	free(address);
	free(is);
	return same;
}

char *portal_find(struct ctx *ctx, const char *tpg, const char *name)
{
	struct strlist dirs = { 0 };
	char *found = NULL;

	cfs_list(&ctx->cfs, &dirs, CFS_DIRS, "%s/np", tpg);
	for (size_t i = 0; i < dirs.n && !found; i++)
		if (is_portal(dirs.v[i], name))
			found = xstrdup(dirs.v[i]);
	sl_free(&dirs);
	return found;
}

/* Has a portal group a portal of that port, at whichever address? */
static bool tpg_has_port(struct ctx *ctx, const char *tpg, const char *port)
{
	struct strlist dirs = { 0 };
	bool has = false;

	cfs_list(&ctx->cfs, &dirs, CFS_DIRS, "%s/np", tpg);
	for (size_t i = 0; i < dirs.n && !has; i++) {
		const char *colon = strrchr(dirs.v[i], ':');

		has = colon && !strcmp(colon, port);
	}
	sl_free(&dirs);
	return has;
}

bool portal_port_is_ours(struct ctx *ctx, const char *portal)
{
	struct strlist targets = { 0 }, tpgs = { 0 };
	bool ours = false;

	cfs_list(&ctx->cfs, &targets, CFS_DIRS, "target/%s", ctx->fabric);
	for (size_t i = 0; i < targets.n && !ours; i++) {
		char *dir = xasprintf("target/%s/%s", ctx->fabric, targets.v[i]);

		cfs_list(&ctx->cfs, &tpgs, CFS_DIRS, "%s", dir);
		for (size_t j = 0; j < tpgs.n && !ours; j++) {
			char *tpg = xasprintf("%s/%s", dir, tpgs.v[j]);

			ours = starts_with(tpgs.v[j], "tpgt_") &&
			       tpg_has_port(ctx, tpg, strrchr(portal, ':'));
			free(tpg);
		}
		sl_free(&tpgs);
		free(dir);
	}
	sl_free(&targets);
	return ours;
}

int portal_delete(struct ctx *ctx, const char *tpg, const char *portal)
{
	char *dir = xasprintf("%s/np/%s", tpg, portal);
	int err = remove_portal_dir(ctx, dir);

	free(dir);
	return err;
}

/* LUNs */

static char *make_alias(void)
{
	char uuid[UUID_LEN];

	make_uuid(uuid);
	return xstrdup(uuid + UUID_LEN - 1 - 10);
}

/*
 * mkdir 'dir', link 'target' below it; undo the first when the second fails. One without
 * a link is what somebody has left who was killed between the two.
 */
static int make_linked_dir(struct ctx *ctx, const char *dir, const char *target,
			   const char *alias)
{
	char *name = alias ? xstrdup(alias) : make_alias();
	int err = cfs_mkdir(&ctx->cfs, "%s", dir);

	if (err == -EEXIST && cfs_link(&ctx->cfs, NULL, NULL, "%s", dir) == -ENOLINK)
		err = 0;
	if (!err) {
		err = cfs_symlink(&ctx->cfs, target, "%s/%s", dir, name);
		if (err)
			cfs_rmdir(&ctx->cfs, "%s", dir);
	}
	free(name);
	return err;
}

static int remove_linked_dir(struct ctx *ctx, const char *dir)
{
	struct strbuf link = { 0 }, target = { 0 };
	bool linked;
	int err = cfs_link(&ctx->cfs, &link, &target, "%s", dir);

	linked = !err;
	if (linked)
		err = cfs_unlink(&ctx->cfs, "%s/%s", dir, link.s);
	else if (err == -ENOLINK)
		err = 0;
	if (err)
		goto out;
	err = cfs_rmdir(&ctx->cfs, "%s", dir);
	if (err && linked)
		cfs_symlink(&ctx->cfs, target.s, "%s/%s", dir, link.s);
out:
	sb_free(&link);
	sb_free(&target);
	return err;
}

int lun_create(struct ctx *ctx, const char *tpg, unsigned int lun, const char *so,
	       const char *alias)
{
	char *dir = xasprintf("%s/lun/lun_%u", tpg, lun);
	int err = make_linked_dir(ctx, dir, so, alias);

	free(dir);
	if (err == -EEXIST)
		return fail_plain(ctx, err, "lun%u exists already", lun);
	return err ? fail(ctx, err, "cannot create lun%u", lun) : 0;
}

static int remove_lun_dir(struct ctx *ctx, const char *dir)
{
	int err = remove_linked_dir(ctx, dir);

	return err ? fail(ctx, err, "cannot delete LUN %s", strrchr(dir, '/') + 5) : 0;
}

int lun_delete(struct ctx *ctx, const char *tpg, unsigned int lun)
{
	char *dir = xasprintf("%s/lun/lun_%u", tpg, lun);
	int err = stuck_lun(ctx, tpg, lun);

	if (!err)
		err = mapped_delete_all_of(ctx, tpg, dir);
	if (!err)
		err = remove_lun_dir(ctx, dir);
	free(dir);
	return err;
}

static bool find_lun(struct ctx *ctx, const char *tpg, const char *so, unsigned int *lun)
{
	struct strlist names = { 0 };
	struct strbuf target = { 0 };
	bool found = false;

	cfs_list(&ctx->cfs, &names, CFS_DIRS, "%s/lun", tpg);
	for (size_t i = 0; i < names.n && !found; i++) {
		found = !cfs_link(&ctx->cfs, NULL, &target, "%s/lun/%s", tpg, names.v[i]) &&
			!strcmp(target.s, so);
		if (found)
			*lun = strtoul(names.v[i] + 4, NULL, 10);
	}
	sl_free(&names);
	sb_free(&target);
	return found;
}

static int delete_in_tpg(struct ctx *ctx, const char *tpg, const char *so)
{
	unsigned int lun;
	int err = 0;

	while (!err && find_lun(ctx, tpg, so, &lun))
		err = lun_delete(ctx, tpg, lun);
	return err;
}

int lun_delete_all_of(struct ctx *ctx, const char *so)
{
	struct strlist targets = { 0 };
	int err = 0;

	cfs_list(&ctx->cfs, &targets, CFS_DIRS, "target/%s", ctx->fabric);
	for (size_t i = 0; i < targets.n && !err; i++) {
		struct strlist tpgs = { 0 };

		cfs_list(&ctx->cfs, &tpgs, CFS_DIRS, "target/%s/%s", ctx->fabric, targets.v[i]);
		for (size_t j = 0; j < tpgs.n && !err; j++) {
			char *tpg = xasprintf("target/%s/%s/%s", ctx->fabric, targets.v[i],
					      tpgs.v[j]);

			if (starts_with(tpgs.v[j], "tpgt_"))
				err = delete_in_tpg(ctx, tpg, so);
			free(tpg);
		}
		sl_free(&tpgs);
	}
	sl_free(&targets);
	return err;
}

bool lun_of_so(struct ctx *ctx, const char *tpg, const char *so, unsigned int *lun)
{
	return find_lun(ctx, tpg, so, lun);
}

/* ACLs */

bool acl_tag_ok(const char *tag)
{
	return is_word(tag, ACL_TAG_MAX, ":_+-") && strcmp(tag, "NULL");
}

int acl_create(struct ctx *ctx, const char *tpg, const char *initiator)
{
	int err = cfs_mkdir(&ctx->cfs, "%s/acls/%s", tpg, initiator);

	if (err == -EEXIST)
		return fail_plain(ctx, err, "ACL %s exists already", initiator);
	return err ? fail(ctx, err, "cannot create ACL %s", initiator) : 0;
}

static int remove_mapped_dir(struct ctx *ctx, const char *dir)
{
	int err = remove_linked_dir(ctx, dir);

	return err ? fail(ctx, err, "cannot delete mapped LUN %s", tail(dir, 2)) : 0;
}

int acl_delete(struct ctx *ctx, const char *dir)
{
	int err = stuck_acl(ctx, dir);

	if (!err)
		err = delete_each(ctx, dir, "lun_", remove_mapped_dir);
	if (err)
		return err;
	err = cfs_rmdir(&ctx->cfs, "%s", dir);
	return err ? fail(ctx, err, "cannot delete ACL %s", strrchr(dir, '/') + 1) : 0;
}

/* "target/iscsi/IQN/tpgt_1" of "target/iscsi/IQN/tpgt_1/acls/INITIATOR" */
static char *tpg_of_acl(const char *acl)
{
	const char *slash = strrchr(acl, '/');

	return xstrndup(acl, slash - acl - strlen("/acls"));
}

int mapped_lun_create(struct ctx *ctx, const char *acl, unsigned int mapped,
		      unsigned int lun, bool write_protect, const char *alias)
{
	char *tpg = tpg_of_acl(acl);
	char *lun_dir = xasprintf("%s/lun/lun_%u", tpg, lun);
	char *dir = xasprintf("%s/lun_%u", acl, mapped);
	int err;

	if (!cfs_exists(&ctx->cfs, "%s", lun_dir)) {
		err = fail_plain(ctx, -ENOENT, "lun%u does not exist in this portal group", lun);
		goto out;
	}
	found_forget(&ctx->mapped);
	err = make_linked_dir(ctx, dir, lun_dir, alias);
	if (err == -EEXIST) {
		fail_plain(ctx, err, "mapped_lun%u exists already", mapped);
		goto out;
	}
	if (err) {
		fail(ctx, err, "cannot create mapped_lun%u of lun%u", mapped, lun);
		goto out;
	}
	err = cfs_write(&ctx->cfs, write_protect ? "1" : "0", "%s/write_protect", dir);
	if (err) {
		fail(ctx, err, "cannot set write_protect of mapped_lun%u", mapped);
		remove_linked_dir(ctx, dir);
	}
out:
	free(dir);
	free(lun_dir);
	free(tpg);
	return err;
}

int mapped_lun_delete(struct ctx *ctx, const char *acl, unsigned int mapped)
{
	char *dir = xasprintf("%s/lun_%u", acl, mapped);
	int err = remove_mapped_dir(ctx, dir);

	free(dir);
	return err;
}

int mapped_lun_target(struct ctx *ctx, const char *acl, unsigned int mapped)
{
	struct strbuf target = { 0 };
	int err = cfs_link(&ctx->cfs, NULL, &target, "%s/lun_%u", acl, mapped);
	const char *slash;

	if (!err) {
		slash = strrchr(target.s, '/');
		err = slash && starts_with(slash, "/lun_") ? atoi(slash + 5) : -ENOLINK;
	}
	sb_free(&target);
	return err;
}
