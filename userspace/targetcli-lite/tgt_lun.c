// SPDX-License-Identifier: GPL-2.0
/*
 * Logical units as tgt knows them: a LUN and its storage object are made and
 * deleted together. The storage object is called tgt-TID-LUN; others, that
 * targetcli made, stay when their LUN goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iscsi.h"
#include "model.h"
#include "so.h"
#include "tgt.h"

#define SO_PREFIX "tgt-"

/* Identity */

static uint64_t mix(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 27) * 0x94d049bb133111ebULL;
	return h ^ h >> 31;
}

/*
 * The serial number follows from target and LUN, so that a disk is the same
 * after the configuration was made anew from targets.conf, or on another host.
 */
static char *make_serial(const char *iqn, uint64_t lun)
{
	char *name = xasprintf("%s,%llu", iqn, (unsigned long long)lun), *serial;
	uint64_t a = mix(0xcbf29ce484222325ULL, name), b = mix(0x9e3779b97f4a7c15ULL, name);

	serial = xasprintf("%08x-%04x-%04x-%04x-%012llx", (unsigned int)(a >> 32),
			   (unsigned int)(a >> 16 & 0xffff), (unsigned int)(a & 0xffff),
			   (unsigned int)(b >> 48), (unsigned long long)(b & 0xffffffffffffULL));
	free(name);
	return serial;
}

/* Finding */

static char *lun_dir(const char *tpg, uint64_t lun)
{
	return xasprintf("%s/lun/lun_%llu", tpg, (unsigned long long)lun);
}

/* The storage object of a LUN, or an error. */
static int lun_so(struct tgt *tgt, const char *tpg, uint64_t lun, struct strbuf *so,
		  struct strbuf *alias)
{
	char *dir = lun_dir(tpg, lun);
	int err = so_linked(tgt->ctx, alias, so, "%s", dir);

	free(dir);
	return err ? fail_plain(tgt->ctx, -ENOENT,
				"can't find the logical unit: there is no %llu",
				(unsigned long long)lun) : 0;
}

void tgt_luns(struct tgt *tgt, const char *tpg, struct tgt_luns *out)
{
	struct strlist dirs = { 0 };
	struct strbuf so = { 0 };

	memset(out, 0, sizeof(*out));
	cfs_list(&tgt->ctx->cfs, &dirs, CFS_DIRS, "%s/lun", tpg);
	for (size_t i = 0; i < dirs.n; i++) {
		const char *number = after(dirs.v[i], "lun_");

		if (!number || so_linked(tgt->ctx, NULL, &so, "%s/lun/%s", tpg, dirs.v[i]))
			continue;
		sl_add(&out->numbers, number);
		sl_add(&out->sos, so.s);
	}
	sl_free(&dirs);
	sb_free(&so);
}

void tgt_luns_free(struct tgt_luns *luns)
{
	sl_free(&luns->numbers);
	sl_free(&luns->sos);
}

static bool is_ours(const char *so)
{
	return starts_with(strrchr(so, '/') + 1, SO_PREFIX);
}

static bool uses_path(struct tgt *tgt, const char *so, const char *path)
{
	struct strbuf v = { 0 };
	bool same = !cfs_read(&tgt->ctx->cfs, &v, "%s/udev_path", so) && v.len &&
		    so_same_file(v.s, path);

	sb_free(&v);
	return same;
}

/*
 * A storage object of that file or device, whosever it is. All of them are looked at
 * only when there may be one.
 */
static bool find_so(struct tgt *tgt, const struct plugin *plugin, const char *path,
		    struct strbuf *so)
{
	struct strlist names = { 0 };
	bool found = false;

	if (!so_may_use(path))
		return false;
	so_list(tgt->ctx, plugin, &names);
	for (size_t i = 0; i < names.n && !found; i++)
		found = !so_find(tgt->ctx, plugin, names.v[i], so) &&
			uses_path(tgt, so->s, path);
	if (!found)
		sb_reset(so);
	sl_free(&names);
	return found;
}

/* Creating */

static bool is_readonly(const char *dev)
{
	int fd = open(dev, O_RDONLY | O_NONBLOCK | O_CLOEXEC), ro = 0;

	if (fd >= 0 && ioctl(fd, BLKROGET, &ro))
		ro = 0;
	if (fd >= 0)
		close(fd);
	return ro;
}

static int check_types(struct tgt *tgt, const struct tgt_lun_spec *spec, struct so_spec *so)
{
	const char *flags = spec->bsoflags ? spec->bsoflags : "";

	if (spec->bstype && strcmp(spec->bstype, "rdwr") && strcmp(spec->bstype, "aio"))
		return usage(tgt->ctx, "backing store type %s: there are rdwr and aio", spec->bstype);
	if (*flags && strcmp(flags, "sync") && strcmp(flags, "direct") &&
	    strcmp(flags, "sync:direct") && strcmp(flags, "direct:sync"))
		return usage(tgt->ctx, "backing store flags %s: there are sync and direct", flags);
	so->aio = spec->bstype && !strcmp(spec->bstype, "aio");
	so->write_back = !*flags;
	return 0;
}

static int check_file(struct tgt *tgt, const struct stat *st, struct so_spec *so)
{
	if (!S_ISREG(st->st_mode))
		return usage(tgt->ctx, "%s is neither a block device nor a file", so->dev);
	so->plugin = plugin_by_name("fileio");
	so->size = st->st_size - st->st_size % 512;
	if (!so->size)
		return usage(tgt->ctx, "%s has %lld bytes; a logical unit needs 512 at least",
			     so->dev, (long long)st->st_size);
	return 0;
}

static int check_spec(struct tgt *tgt, const struct tgt_lun_spec *spec, struct so_spec *so)
{
	struct stat st;
	int err;

	if (!spec->path)
		return usage(tgt->ctx, "--backing-store is necessary: a logical unit without a medium is not possible here");
	if (*spec->path != '/')
		return usage(tgt->ctx, "backing store %s: give an absolute path", spec->path);
	if (strpbrk(spec->path, ",\n"))
		return usage(tgt->ctx, "backing store %s: the path must have no comma", spec->path);
	so->dev = spec->path;
	err = check_types(tgt, spec, so);
	if (err)
		return err;
	if (stat(spec->path, &st))
		return fail(tgt->ctx, -errno, "backing store %s", spec->path);
	if (!S_ISBLK(st.st_mode))
		return check_file(tgt, &st, so);
	so->plugin = plugin_by_name("block");
	so->readonly = is_readonly(spec->path);
	return 0;
}

static int write_block_size(struct tgt *tgt, const char *dir, const char *size)
{
	int err = cfs_write(&tgt->ctx->cfs, size, "%s/attrib/block_size", dir);

	return err ? fail(tgt->ctx, err, "block size %s is not possible", size) : 0;
}

static int set_block_size(struct tgt *tgt, const char *dir, const struct so_spec *so,
			  const char *size)
{
	struct strbuf is = { 0 };
	int err;

	if (!size)
		return 0;
	if (!cfs_read(&tgt->ctx->cfs, &is, "%s/attrib/block_size", dir) &&
	    !strcmp(sb_str(&is), size))
		err = 0;
	else if (strcmp(so->plugin->name, "fileio"))
		err = usage(tgt->ctx, "block size %s: a block device has its own, and that of %s is %s",
			    size, so->dev, sb_str(&is));
	else
		err = write_block_size(tgt, dir, size);
	sb_free(&is);
	return err;
}

/* A name that no storage object has. */
static char *free_name(struct tgt *tgt, const struct plugin *plugin, int tid, uint64_t lun)
{
	char *name = xasprintf(SO_PREFIX "%d-%llu", tid, (unsigned long long)lun);
	struct strbuf dir = { 0 };

	for (int i = 2; !so_find(tgt->ctx, plugin, name, &dir); i++) {
		free(name);
		name = xasprintf(SO_PREFIX "%d-%llu-%d", tid, (unsigned long long)lun, i);
		sb_reset(&dir);
	}
	sb_free(&dir);
	return name;
}

static int make_so(struct tgt *tgt, int tid, const char *iqn, uint64_t lun,
		   const struct tgt_lun_spec *spec, struct so_spec *so, struct strbuf *dir)
{
	char *name = free_name(tgt, so->plugin, tid, lun);
	char *serial = make_serial(iqn, lun);
	int err = 0;

	so->name = name;
	so->wwn = serial;
	if (!strcmp(so->plugin->name, "block"))
		err = so_check_block(tgt->ctx, so->dev, false);
	if (!err)
		err = so_create(tgt->ctx, so, dir);
	if (!err) {
		err = set_block_size(tgt, dir->s, so, spec->blocksize);
		if (err)
			undo(tgt->ctx, so_delete, dir->s);
	}
	free(name);
	free(serial);
	return err;
}

/* What is asked for of a medium that is exported already cannot be another's. */
static int check_shared(struct tgt *tgt, const struct tgt_lun_spec *spec, const struct so_spec *so,
			const char *dir)
{
	struct strbuf size = { 0 }, cache = { 0 };
	int err = 0;

	cfs_read(&tgt->ctx->cfs, &size, "%s/attrib/block_size", dir);
	cfs_read(&tgt->ctx->cfs, &cache, "%s/attrib/emulate_write_cache", dir);
	if (spec->blocksize && strcmp(spec->blocksize, sb_str(&size)))
		err = usage(tgt->ctx, "block size %s: %s is exported with blocks of %s already",
			    spec->blocksize, so->dev, sb_str(&size));
	else if (spec->bsoflags && *spec->bsoflags && !strcmp(so->plugin->name, "fileio") &&
		 !strcmp(sb_str(&cache), "1"))
		err = usage(tgt->ctx, "backing store flags %s: %s is exported with a write cache already",
			    spec->bsoflags, so->dev);
	sb_free(&size);
	sb_free(&cache);
	return err;
}

static int add_lun(struct tgt *tgt, int tid, const char *iqn, const char *tpg, uint64_t lun,
		   const struct tgt_lun_spec *spec)
{
	struct so_spec so = { 0 };
	struct strbuf dir = { 0 };
	bool made = false;
	int err = check_spec(tgt, spec, &so);

	/* one device or file is one storage object, as often as it is exported */
	if (!err && find_so(tgt, so.plugin, so.dev, &dir)) {
		err = check_shared(tgt, spec, &so, dir.s);
	} else if (!err) {
		err = make_so(tgt, tid, iqn, lun, spec, &so, &dir);
		made = !err;
	}
	if (!err)
		err = lun_create(tgt->ctx, tpg, lun, dir.s, NULL);
	if (err && made)
		undo(tgt->ctx, so_delete, dir.s);
	sb_free(&dir);
	return err;
}

static int check_number(struct tgt *tgt, uint64_t lun)
{
	if (lun <= MAX_LUN)
		return 0;
	return usage(tgt->ctx, "logical unit %llu: there are 1 to %d", (unsigned long long)lun,
		     MAX_LUN);
}

int tgt_lun_new(struct tgt *tgt, int tid, uint64_t lun, const struct tgt_lun_spec *spec)
{
	const char *iqn = tgt_find(tgt, tid);
	char *tpg, *dir;
	int err;

	if (!iqn)
		return -ENOENT;
	if (!lun)
		return fail_plain(tgt->ctx, -EEXIST,
				  "this logical unit number already exists: 0 is the controller");
	err = check_number(tgt, lun);
	if (err)
		return err;
	tpg = tgt_tpg(tgt, iqn);
	dir = lun_dir(tpg, lun);
	if (cfs_exists(&tgt->ctx->cfs, "%s", dir))
		err = fail_plain(tgt->ctx, -EEXIST,
				 "this logical unit number already exists: %s has a unit %llu",
				 iqn, (unsigned long long)lun);
	else
		err = add_lun(tgt, tid, iqn, tpg, lun, spec);
	free(dir);
	free(tpg);
	return err;
}

/* Deleting */

static int delete_so(struct tgt *tgt, const char *so)
{
	return is_ours(so) && !so_in_use(tgt->ctx, so) ? so_delete(tgt->ctx, so) : 0;
}

int tgt_lun_delete(struct tgt *tgt, int tid, uint64_t lun)
{
	const char *iqn = tgt_find(tgt, tid);
	struct strbuf so = { 0 };
	char *tpg;
	int err;

	if (!iqn)
		return -ENOENT;
	if (!lun)
		return usage(tgt->ctx, "logical unit 0 is the controller, which stays");
	tpg = tgt_tpg(tgt, iqn);
	err = lun_so(tgt, tpg, lun, &so, NULL);
	if (!err)
		err = lun_delete(tgt->ctx, tpg, lun);
	if (!err)
		err = delete_so(tgt, so.s);
	sb_free(&so);
	free(tpg);
	return err;
}

void tgt_lun_sos(struct tgt *tgt, const char *tpg, struct strlist *dirs)
{
	struct tgt_luns luns;

	tgt_luns(tgt, tpg, &luns);
	for (size_t i = 0; i < luns.sos.n; i++)
		if (is_ours(luns.sos.v[i]) && !sl_has(dirs, luns.sos.v[i]))
			sl_add(dirs, luns.sos.v[i]);
	tgt_luns_free(&luns);
}

int tgt_lun_delete_sos(struct tgt *tgt, const struct strlist *dirs)
{
	int err = 0;

	for (size_t i = 0; !err && i < dirs->n; i++)
		err = delete_so(tgt, dirs->v[i]);
	return err;
}

/* Changing */

struct unit {
	struct tgt *tgt;
	const char *iqn;
	char *tpg;
	uint64_t lun;
	struct strbuf so;
	struct strbuf alias;
};

/* What only a disk that nobody uses can change: not under a session. */
static int check_unused(struct unit *u, const char *name)
{
	struct tgt_sessions s;
	size_t n;

	tgt_sessions(u->tgt->ctx, u->iqn, &s);
	n = s.n;
	tgt_sessions_free(&s);
	if (n)
		return fail_plain(u->tgt->ctx, -EBUSY, "%s can only change while nobody is logged in to %s",
				  name, u->iqn);
	return 0;
}

/* Write to an attribute that target core keeps while the device is exported. */
static int write_unexported(struct unit *u, const char *name, const char *attr,
			    const char *value)
{
	struct ctx *ctx = u->tgt->ctx;
	char *dir = lun_dir(u->tpg, u->lun);
	int err = check_unused(u, name), back;

	if (!err && !cfs_exists(&ctx->cfs, "%s/%s", u->so.s, attr))
		err = usage(ctx, "this kernel cannot change %s", name);
	if (err)
		goto out;
	err = cfs_unlink(&ctx->cfs, "%s/%s", dir, u->alias.s);
	if (err) {
		fail(ctx, err, "cannot take logical unit %llu away to change %s",
		     (unsigned long long)u->lun, name);
		goto out;
	}
	err = cfs_write(&ctx->cfs, value, "%s/%s", u->so.s, attr);
	back = cfs_symlink(&ctx->cfs, u->so.s, "%s/%s", dir, u->alias.s);
	if (back)
		err = fail(ctx, back, "logical unit %llu cannot come back",
			   (unsigned long long)u->lun);
	else if (err)
		fail_plain(ctx, err, "%s=%s is not possible%s", name, value,
			   so_in_use(ctx, u->so.s) ?
			   " (too long, or another target exports the same device)" : "");
out:
	free(dir);
	return err;
}

static int write_attrib(struct unit *u, const char *name, const char *attr, const char *value)
{
	int err = cfs_write(&u->tgt->ctx->cfs, value, "%s/attrib/%s", u->so.s, attr);

	return err ? fail(u->tgt->ctx, err, "%s is not possible: the backing store refuses %s=%s",
			  name, attr, value) : 0;
}

/* Make the storage object anew with another value of 'key'. */
static int remake(struct unit *u, const char *name, const char *key, bool value)
{
	struct ctx *ctx = u->tgt->ctx;
	struct apply_result result;
	json_t *config, *so;
	size_t i;
	int err = check_unused(u, name);

	if (!err)
		err = model_dump(ctx, &config);
	if (err)
		return err;
	json_array_foreach(json_object_get(config, "storage_objects"), i, so)
		if (!strcmp(str_of(so, "name"), strrchr(u->so.s, '/') + 1)) {
			json_object_set_new(so, key, json_boolean(value));
			if (!strcmp(key, "write_back"))
				json_object_set_new(json_object_get(so, "attributes"),
						    "emulate_write_cache", json_integer(value));
		}
	err = model_apply(ctx, config, NULL, APPLY_EXACT | APPLY_REMAKE, &result);
	sl_free(&result.errors);
	json_decref(config);
	return err;
}

static bool is_file(const struct unit *u)
{
	return strstr(u->so.s, "/fileio_") != NULL;
}

static bool live_bool(struct unit *u, const char *attr)
{
	return cfs_is_on(&u->tgt->ctx->cfs, "%s/attrib/%s", u->so.s, attr);
}

static int set_readonly(struct unit *u, const char *name, const char *value)
{
	struct strbuf info = { 0 }, v = { 0 };
	bool want, is;

	if (!parse_bool(value, &want))
		return usage(u->tgt->ctx, "%s=%s: 0 or 1", name, value);
	cfs_read(&u->tgt->ctx->cfs, &info, "%s/info", u->so.s);
	is = so_info_value(sb_str(&info), "readonly", &v) && !strcmp(sb_str(&v), "1");
	sb_free(&info);
	sb_free(&v);
	if (want == is)
		return 0;
	if (is_file(u))
		return usage(u->tgt->ctx, "readonly=1 is possible for block devices only; put the file on a loop device");
	return remake(u, name, "readonly", want);
}

/* The caching page's WCE bit: without it a file is written through. */
static int set_write_cache(struct unit *u, bool on)
{
	if (live_bool(u, "emulate_write_cache") == on)
		return 0;
	if (!is_file(u))
		return on ? usage(u->tgt->ctx, "a block device has the write cache that it has") : 0;
	return remake(u, "the write cache", "write_back", on);
}

/* "PAGE:SUBPAGE:LENGTH:BYTE:…" */
static int set_mode_page(struct unit *u, const char *name, const char *value)
{
	unsigned long byte[4];
	const char *p = value;
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(byte); i++, p = end + (*end == ':')) {
		byte[i] = strtoul(p, &end, 0);
		if (end == p)
			return usage(u->tgt->ctx, "%s=%s: give PAGE:SUBPAGE:LENGTH:BYTE:…", name,
				     value);
	}
	if (byte[0] != 8 || byte[1])
		return usage(u->tgt->ctx, "mode page %lu cannot be set; only that of caching (8) can",
			     byte[0]);
	return set_write_cache(u, byte[3] & 4);
}

static int set_thin(struct unit *u, const char *name, const char *value)
{
	bool on;
	int err;

	if (!parse_bool(value, &on))
		return usage(u->tgt->ctx, "%s=%s: 0 or 1", name, value);
	err = write_attrib(u, name, "emulate_tpu", on ? "1" : "0");
	return err ? err : write_attrib(u, name, "emulate_tpws", on ? "1" : "0");
}

static int set_rotation(struct unit *u, const char *name, const char *value)
{
	uint64_t rate;

	if (!parse_uint(value, 65535, &rate))
		return usage(u->tgt->ctx, "%s=%s: 0 to 65535, 1 for a disk that does not rotate",
			     name, value);
	return write_attrib(u, name, "is_nonrot", rate == 1 ? "1" : "0");
}

/* As tgt: of what is too long for INQUIRY, the beginning. */
static int set_inquiry(struct unit *u, const char *name, const char *attr, const char *value,
		       size_t max)
{
	char *fits = xstrndup(value, max);
	int err;

	if (!*value) {
		err = usage(u->tgt->ctx, "%s needs a value of 1 to %zu bytes", name, max);
	} else {
		if (strlen(value) > max)
			warn(u->tgt->ctx, "%s=%s has more than %zu bytes: it is %s", name, value,
			     max, fits);
		err = write_unexported(u, name, attr, fits);
	}
	free(fits);
	return err;
}

static int set_vendor(struct unit *u, const char *name, const char *value)
{
	return set_inquiry(u, name, "wwn/vendor_id", value, 8);
}

static int set_product(struct unit *u, const char *name, const char *value)
{
	return set_inquiry(u, name, "wwn/product_id", value, 16);
}

static int set_revision(struct unit *u, const char *name, const char *value)
{
	return set_inquiry(u, name, "wwn/revision", value, 4);
}

static int set_serial(struct unit *u, const char *name, const char *value)
{
	return write_unexported(u, name, "wwn/vpd_unit_serial", value);
}

/* What target core has in one way only. */
static int keep_1(struct unit *u, const char *name, const char *value)
{
	return strcmp(value, "1") ? usage(u->tgt->ctx, "%s=%s: only 1 is possible", name, value) : 0;
}

static int keep_0(struct unit *u, const char *name, const char *value)
{
	return strcmp(value, "0") ? usage(u->tgt->ctx, "%s=%s: only 0 is possible", name, value) : 0;
}

/* What a targets.conf may have, and initiators do not need: it stops nobody. */

static int no_scsi_id(struct unit *u, const char *name, const char *value)
{
	warn(u->tgt->ctx, "%s=%s has no effect: the identifier follows from the serial number, scsi_sn",
	     name, value);
	return 0;
}

static int no_effect(struct unit *u, const char *name, const char *value)
{
	warn(u->tgt->ctx, "%s=%s has no effect: target core and the backing store decide", name,
	     value);
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct unit *u, const char *name, const char *value);
} params[] = {
	{ "vendor_id", set_vendor },
	{ "product_id", set_product },
	{ "product_rev", set_revision },
	{ "scsi_sn", set_serial },
	{ "scsi_id", no_scsi_id },
	{ "readonly", set_readonly },
	{ "thin_provisioning", set_thin },
	{ "rotation_rate", set_rotation },
	{ "mode_page", set_mode_page },
	{ "online", keep_1 },
	{ "removable", keep_0 },
	{ "sense_format", no_effect },
	{ "lbppbe", no_effect },
	{ "la_lba", no_effect },
	{ "optimal_xfer_gran", no_effect },
	{ "optimal_xfer_len", no_effect },
};

static int set_one(struct unit *u, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++)
		if (!strcmp(params[i].name, name))
			return params[i].set(u, name, value);
	return -EINVAL;	/* check_names() has been there */
}

static bool is_param(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++)
		if (strlen(params[i].name) == len && !strncmp(params[i].name, name, len))
			return true;
	return false;
}

static int no_param(struct unit *u, const char *name, int len)
{
	return usage(u->tgt->ctx, "%.*s is not a parameter of a logical unit here; there are vendor_id, product_id, product_rev, scsi_sn, readonly, thin_provisioning, rotation_rate and mode_page (8, caching)",
		     len, name);
}

/* What is wrong at the end of a list is found before its beginning is done. */
static int check_names(struct unit *u, const char *list)
{
	for (const char *p = list; *p; p += *p == ',') {
		size_t n = strcspn(p, ","), name = strcspn(p, "=,");

		if (n && name == n)
			return usage(u->tgt->ctx, "'%.*s' is not NAME=VALUE", (int)n, p);
		if (n && !is_param(p, name))
			return no_param(u, p, name);
		p += n;
	}
	return 0;
}

static int set_all(struct unit *u, char *list)
{
	char *save = NULL;
	size_t done = 0;
	int err = check_names(u, list);

	for (char *p = strtok_r(list, ",", &save); p && !err; p = strtok_r(NULL, ",", &save)) {
		char *eq = strchr(p, '=');
		size_t n;

		*eq++ = '\0';
		n = strlen(eq);
		if (n > 1 && *eq == '"' && eq[n - 1] == '"') {
			eq[n - 1] = '\0';
			eq++;
		}
		err = set_one(u, p, eq);
		if (!err) {	/* it may have been made anew */
			sb_reset(&u->so);
			sb_reset(&u->alias);
			err = lun_so(u->tgt, u->tpg, u->lun, &u->so, &u->alias);
			done++;
		}
	}
	if (err && done)
		tgt_part_is_done(u->tgt->ctx);
	return err;
}

/* tgt takes parameters of its controller, which here is target core's. */
static int check_controller(struct unit *u, const char *list)
{
	int err = check_names(u, list);

	if (!err)
		warn(u->tgt->ctx, "%s has no effect: logical unit 0 is the controller", list);
	return err;
}

int tgt_lun_update(struct tgt *tgt, int tid, uint64_t lun, const char *list)
{
	struct unit u = { .tgt = tgt, .iqn = tgt_find(tgt, tid), .lun = lun };
	char *copy;
	int err;

	if (!u.iqn)
		return -ENOENT;
	u.tpg = tgt_tpg(tgt, u.iqn);
	if (!lun && !cfs_exists(&tgt->ctx->cfs, "%s/lun/lun_0", u.tpg)) {
		err = check_controller(&u, list);
		goto out;
	}
	err = lun_so(tgt, u.tpg, lun, &u.so, &u.alias);
	if (!err) {
		copy = xstrdup(list);
		err = set_all(&u, copy);
		free(copy);
	}
out:
	sb_free(&u.so);
	sb_free(&u.alias);
	free(u.tpg);
	return err;
}
