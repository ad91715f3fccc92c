// SPDX-License-Identifier: GPL-2.0
/*
 * Storage objects.
 *
 * Target core groups them in HBAs, target/core/PLUGIN_INDEX. As rtslib does,
 * each gets an HBA of its own. To find one by its name without looking into
 * every HBA, the index is made of the name, in a range that rtslib never gives
 * out (from OUR_FIRST on); objects that other tools made are searched for, once
 * a command.
 */
#define _GNU_SOURCE
#include "so.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iscsi.h"

#define OUR_FIRST (1U << 20)
#define OUR_MASK (OUR_FIRST - 1)
#define PROBES 8	/* names that share a hash sit next to each other */

bool so_info_value(const char *info, const char *key, struct strbuf *out)
{
	char *pat = xasprintf("%s: ", key);
	const char *at = strstr(info, pat);

	while (at && at > info && !strchr(" \n\t", at[-1]))	/* not SectorSize for Size */
		at = strstr(at + 1, pat);
	sb_reset(out);
	if (at) {
		at += strlen(pat);
		at += strspn(at, " ");
		sb_addn(out, at, strcspn(at, " \n"));
	}
	free(pat);
	return at != NULL;
}

static bool info_flag(const char *info, const char *key)
{
	struct strbuf v = { 0 };
	bool set = so_info_value(info, key, &v) && !strcmp(sb_str(&v), "1");

	sb_free(&v);
	return set;
}

static uint64_t info_number(const char *info, const char *key)
{
	struct strbuf v = { 0 };
	uint64_t n = 0;

	if (so_info_value(info, key, &v))
		n = strtoull(sb_str(&v), NULL, 10);
	sb_free(&v);
	return n;
}

int so_control(struct ctx *ctx, const char *dir, const char *fmt, ...)
{
	va_list ap;
	char *value;
	int err;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	err = cfs_write(&ctx->cfs, value, "%s/control", dir);
	if (err)
		fail(ctx, err, "the kernel refused %s for %s", value, dir);
	free(value);
	return err;
}

static int attrib(struct ctx *ctx, const char *dir, const char *name, const char *value)
{
	int err = cfs_write(&ctx->cfs, value, "%s/attrib/%s", dir, name);

	return err ? fail(ctx, err, "cannot set attribute %s to %s", name, value) : 0;
}

static bool attrib_set(struct ctx *ctx, const char *dir, const char *name)
{
	return cfs_is_on(&ctx->cfs, "%s/attrib/%s", dir, name);
}

int so_set_udev_path(struct ctx *ctx, const char *dir, const char *dev)
{
	int err = cfs_write(&ctx->cfs, dev, "%s/udev_path", dir);

	return err ? fail(ctx, err, "cannot set the path %s", dev) : 0;
}

static char *udev_path(struct ctx *ctx, const char *dir, const char *info, const char *key)
{
	struct strbuf v = { 0 };

	if (cfs_read(&ctx->cfs, &v, "%s/udev_path", dir) || !v.len)
		so_info_value(info, key, &v);
	return v.s ? v.s : xstrdup("");
}

const char *so_status_word(const char *info)
{
	return strstr(info, "Status: ACTIVATED") ? "activated" : "deactivated";
}

static const char *cache_word(struct ctx *ctx, const char *dir)
{
	return attrib_set(ctx, dir, "emulate_write_cache") ? "write-back" : "write-thru";
}

/* block */

static bool is_shared(const char *info)
{
	struct strbuf v = { 0 };
	bool shared = so_info_value(info, "exclusive", &v) && !strcmp(sb_str(&v), "0");

	sb_free(&v);
	return shared;
}

/* A kernel that does not know the word ignores it. */
static int share(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	struct strbuf info = { 0 };
	int err = so_control(ctx, dir, "exclusive=0");

	if (!err) {
		cfs_read(&ctx->cfs, &info, "%s/info", dir);
		if (!is_shared(sb_str(&info)))
			err = usage(ctx, "%s cannot be shared with others: this kernel knows no exclusive=false (6.17 does)",
				    spec->dev);
	}
	sb_free(&info);
	return err;
}

static int block_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	int err = so_set_udev_path(ctx, dir, spec->dev);

	if (!err)
		err = so_control(ctx, dir, "udev_path=%s", spec->dev);
	if (!err)
		err = so_control(ctx, dir, "readonly=%d", spec->readonly);
	return err || !spec->shared ? err : share(ctx, spec, dir);
}

/* Size of a disk by its kernel name, as "/sys/class/block" knows it. */
static uint64_t disk_size(struct ctx *ctx, const char *info)
{
	struct cfs sys = { .root = ctx->sysfs };
	struct strbuf name = { 0 }, v = { 0 };
	uint64_t size = 0;

	if (so_info_value(info, "device", &name) && name.len &&
	    !cfs_read(&sys, &v, "class/block/%s/size", sb_str(&name)))
		size = strtoull(sb_str(&v), NULL, 10) * 512;
	sb_free(&name);
	sb_free(&v);
	return size;
}

static void block_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out)
{
	char *dev = udev_path(ctx, dir, info, "UDEV PATH");

	json_object_set_new(out, "dev", text_json(ctx, dev));
	json_object_set_new(out, "readonly", json_boolean(info_flag(info, "readonly")));
	if (is_shared(info))	/* an rtslib that knows only kernels that cannot refuses the word */
		json_object_set_new(out, "exclusive", json_false());
	json_object_set_new(out, "write_back",
			    json_boolean(attrib_set(ctx, dir, "emulate_write_cache")));
	free(dev);
}

static void block_describe(struct ctx *ctx, const char *dir, const char *info,
			   struct strbuf *out)
{
	char *dev = udev_path(ctx, dir, info, "UDEV PATH");
	char size[32];

	format_size(disk_size(ctx, info), size, sizeof(size));
	sb_addf(out, "%s (%s) %s%s %s", dev, size,
		info_flag(info, "readonly") ? "ro " : "", cache_word(ctx, dir),
		so_status_word(info));
	free(dev);
}

/* fileio */

/* Of a block device the kernel tells no size here: it is the device's. */
static uint64_t fileio_size(struct ctx *ctx, const char *dir, const char *info)
{
	uint64_t size = info_number(info, "Size");
	char *dev = size ? NULL : udev_path(ctx, dir, info, "File");
	int fd = dev ? open(dev, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;

	if (fd >= 0) {
		if (ioctl(fd, BLKGETSIZE64, &size))
			size = 0;
		close(fd);
	}
	free(dev);
	return size;
}

static int fileio_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	int err;

	if (spec->size)
		err = so_control(ctx, dir, "fd_dev_name=%s,fd_dev_size=%llu", spec->dev,
			      (unsigned long long)spec->size);
	else
		err = so_control(ctx, dir, "fd_dev_name=%s", spec->dev);
	if (!err && spec->write_back) {
		err = attrib(ctx, dir, "emulate_write_cache", "1");
		if (!err)
			err = so_control(ctx, dir, "fd_buffered_io=1");
	}
	if (!err && spec->aio)
		err = so_control(ctx, dir, "fd_async_io=1");
	return err ? err : so_set_udev_path(ctx, dir, spec->dev);
}

static void fileio_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out)
{
	char *dev = udev_path(ctx, dir, info, "File");

	json_object_set_new(out, "dev", text_json(ctx, dev));
	json_object_set_new(out, "size", json_integer(fileio_size(ctx, dir, info)));
	json_object_set_new(out, "aio", json_boolean(info_flag(info, "Async")));
	json_object_set_new(out, "write_back",
			    json_boolean(attrib_set(ctx, dir, "emulate_write_cache")));
	free(dev);
}

static void fileio_describe(struct ctx *ctx, const char *dir, const char *info,
			    struct strbuf *out)
{
	char *dev = udev_path(ctx, dir, info, "File");
	char size[32];

	format_size(fileio_size(ctx, dir, info), size, sizeof(size));
	sb_addf(out, "%s (%s) %s %s", dev, size, cache_word(ctx, dir), so_status_word(info));
	free(dev);
}

/* ramdisk */

static int ramdisk_configure(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	uint64_t pages = (spec->size + page / 2) / page;
	int err = so_control(ctx, dir, "rd_pages=%llu", (unsigned long long)(pages ? pages : 1));

	if (!err && spec->nullio)
		err = so_control(ctx, dir, "rd_nullio=1");
	return err;
}

static uint64_t ramdisk_size(const char *info)
{
	struct strbuf v = { 0 };
	unsigned long long pages = 0, size = 0;

	if (so_info_value(info, "PAGES/PAGE_SIZE", &v) &&
	    sscanf(sb_str(&v), "%llu*%llu", &pages, &size) != 2)
		pages = 0;
	sb_free(&v);
	return pages * size;
}

static void ramdisk_dump(struct ctx *ctx, const char *dir, const char *info, json_t *out)
{
	(void)ctx;
	(void)dir;
	json_object_set_new(out, "size", json_integer(ramdisk_size(info)));
	if (info_flag(info, "nullio"))
		json_object_set_new(out, "nullio", json_true());
}

static void ramdisk_describe(struct ctx *ctx, const char *dir, const char *info,
			     struct strbuf *out)
{
	char size[32];

	(void)ctx;
	(void)dir;
	format_size(ramdisk_size(info), size, sizeof(size));
	sb_addf(out, "%s(%s) %s", info_flag(info, "nullio") ? "nullio " : "", size,
		so_status_word(info));
}

const struct plugin plugins[] = {
	{ "block", "iblock", "target_core_iblock", false, true,
	  block_configure, block_dump, block_describe },
	{ "fileio", "fileio", "target_core_file", false, false,
	  fileio_configure, fileio_dump, fileio_describe },
	{ "pscsi", "pscsi", "target_core_pscsi", true, true,
	  pscsi_configure, pscsi_dump, pscsi_describe },
	{ "ramdisk", "rd_mcp", NULL, false, false,
	  ramdisk_configure, ramdisk_dump, ramdisk_describe },
	{ "user", "user", "target_core_user", false, false,
	  user_configure, user_dump, user_describe },
};

const size_t nplugins = ARRAY_SIZE(plugins);

const struct plugin *plugin_by_name(const char *name)
{
	for (size_t i = 0; i < nplugins; i++)
		if (!strcmp(plugins[i].name, name))
			return &plugins[i];
	return NULL;
}

/* The digits that follow "iblock_", or NULL when 'dir' is another plugin's. */
static const char *hba_index(const struct plugin *plugin, const char *dir)
{
	const char *rest = after(dir, plugin->hba);

	return rest && *rest == '_' ? rest + 1 : NULL;
}

const struct plugin *plugin_by_hba(const char *dir)
{
	for (size_t i = 0; i < nplugins; i++)
		if (hba_index(&plugins[i], dir))
			return &plugins[i];
	return NULL;
}

/* Finding */

static unsigned int own_index(const struct plugin *plugin, const char *name, unsigned int i)
{
	uint32_t h = hash_string(hash_string(0, plugin->hba), name);

	return OUR_FIRST | ((h + i) & OUR_MASK);
}

static bool find_own(struct ctx *ctx, const struct plugin *plugin, const char *name,
		     struct strbuf *dir)
{
	for (unsigned int i = 0; i < PROBES; i++) {
		sb_reset(dir);
		sb_addf(dir, "target/core/%s_%u/%s", plugin->hba,
			own_index(plugin, name, i), name);
		if (cfs_exists(&ctx->cfs, "%s", dir->s))
			return true;
	}
	return false;
}

static char *other_key(const struct plugin *plugin, const char *name)
{
	return xasprintf("%s/%s", plugin->hba, name);
}

/* Add what lies in an HBA of another tool. */
static void index_hba(struct ctx *ctx, const char *hba, json_t *index)
{
	const struct plugin *plugin = plugin_by_hba(hba);
	struct strlist names = { 0 };

	if (!plugin || strtoul(hba_index(plugin, hba), NULL, 10) >= OUR_FIRST)
		return;
	cfs_list(&ctx->cfs, &names, CFS_DIRS, "target/core/%s", hba);
	for (size_t i = 0; i < names.n; i++) {
		char *key = other_key(plugin, names.v[i]);
		char *dir = xasprintf("target/core/%s/%s", hba, names.v[i]);

		if (!json_object_get(index, key))	/* it may be no UTF-8 */
			json_object_set_new_nocheck(index, key, json_string_nocheck(dir));
		free(key);
		free(dir);
	}
	sl_free(&names);
}

/* Directories of the objects that other tools made, as this command has found them. */
static json_t *others(struct ctx *ctx)
{
	struct strlist hbas = { 0 };

	if (ctx->others)
		return ctx->others;
	ctx->others = json_object();
	cfs_list(&ctx->cfs, &hbas, CFS_DIRS | CFS_UNSORTED, "target/core");
	for (size_t i = 0; i < hbas.n; i++)
		index_hba(ctx, hbas.v[i], ctx->others);
	sl_free(&hbas);
	return ctx->others;
}

static bool find_other(struct ctx *ctx, const struct plugin *plugin, const char *name,
		       struct strbuf *dir)
{
	char *key = other_key(plugin, name);
	const char *found = str_of(others(ctx), key);

	sb_reset(dir);
	sb_adds(dir, found ? found : "");
	free(key);
	return found && cfs_exists(&ctx->cfs, "%s", found);
}

bool so_name_ok(const char *name)
{
	return *name && !strpbrk(name, "/ \t\n") && strcmp(name, ".") &&
	       strcmp(name, "..") && strlen(name) < 250;
}

int so_find(struct ctx *ctx, const struct plugin *plugin, const char *name,
	    struct strbuf *dir)
{
	if (!so_name_ok(name))
		return -ENOENT;
	if (find_own(ctx, plugin, name, dir) || find_other(ctx, plugin, name, dir))
		return 0;
	return -ENOENT;
}

int so_list(struct ctx *ctx, const struct plugin *plugin, struct strlist *names)
{
	struct strlist hbas = { 0 };
	int err = cfs_list(&ctx->cfs, &hbas, CFS_DIRS | CFS_UNSORTED, "target/core");

	for (size_t i = 0; i < hbas.n; i++)
		if (hba_index(plugin, hbas.v[i]))
			cfs_list(&ctx->cfs, names, CFS_DIRS | CFS_UNSORTED, "target/core/%s",
				 hbas.v[i]);
	sl_sort(names);
	sl_free(&hbas);
	return err == -ENOENT ? 0 : err;
}

bool so_shown_path(const char *dir, struct strbuf *out)
{
	const char *hba = after(dir, "target/core/");
	const char *slash = hba ? strchr(hba, '/') : NULL;
	const struct plugin *plugin = slash ? plugin_by_hba(hba) : NULL;

	sb_reset(out);
	if (!plugin)
		return false;
	sb_addf(out, "/backstores/%s/%s", plugin->name, slash + 1);
	return true;
}

int so_linked(struct ctx *ctx, struct strbuf *alias, struct strbuf *so, const char *fmt, ...)
{
	struct strbuf shown = { 0 };
	char *lun_dir;
	va_list ap;
	int err;

	va_start(ap, fmt);
	lun_dir = xvasprintf(fmt, ap);
	va_end(ap);
	err = cfs_link(&ctx->cfs, alias, so, "%s", lun_dir);
	if (!err && !so_shown_path(so->s, &shown))
		err = -ENOLINK;
	free(lun_dir);
	sb_free(&shown);
	return err;
}

/* Reading */

int so_wwn(struct ctx *ctx, const char *dir, struct strbuf *out)
{
	int err = cfs_read(&ctx->cfs, out, "%s/wwn/vpd_unit_serial", dir);
	const char *colon;
	char *serial;

	if (err)
		return err;
	colon = strchr(sb_str(out), ':');
	serial = xstrdup(colon ? colon + 1 : sb_str(out));
	sb_reset(out);
	sb_adds(out, trim(serial));
	free(serial);
	return 0;
}

bool so_in_use(struct ctx *ctx, const char *dir)
{
	struct strbuf info = { 0 };
	bool used;

	cfs_read(&ctx->cfs, &info, "%s/info", dir);
	used = strstr(sb_str(&info), "Status: ACTIVATED") != NULL;
	sb_free(&info);
	return used;
}

uint64_t so_size(struct ctx *ctx, const char *dir)
{
	struct strbuf info = { 0 };
	uint64_t size;

	cfs_read(&ctx->cfs, &info, "%s/info", dir);
	if (strstr(sb_str(&info), "PAGES/PAGE_SIZE"))
		size = ramdisk_size(sb_str(&info));
	else if (strstr(sb_str(&info), "iBlock device"))
		size = disk_size(ctx, sb_str(&info));
	else
		size = fileio_size(ctx, dir, sb_str(&info));
	sb_free(&info);
	return size;
}

/* Creating */

int so_try_claim(const char *dev)
{
	int fd = open(dev, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int so_check_block(struct ctx *ctx, const char *dev, bool shared)
{
	struct stat st;
	int err;

	if (!*dev)
		return usage(ctx, "dev=: give the path of a block device");
	if (stat(dev, &st))
		return fail(ctx, -errno, "device %s", dev);
	if (!S_ISBLK(st.st_mode))
		return usage(ctx, "%s is not a block device; use /backstores/fileio for a file",
			     dev);
	err = shared ? 0 : so_try_claim(dev);
	return err ? fail_plain(ctx, err,
				"device %s cannot be used: %s (is it mounted, or used by another object?)",
				dev, strerror(-err)) : 0;
}

bool so_same_file(const char *a, const char *b)
{
	struct stat x, y;

	if (stat(a, &x) || stat(b, &y) || (x.st_mode & S_IFMT) != (y.st_mode & S_IFMT))
		return false;
	if (S_ISBLK(x.st_mode) && (x.st_rdev || y.st_rdev))
		return x.st_rdev == y.st_rdev;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool so_has_device(struct ctx *ctx, const char *dev)
{
	bool has = false;

	for (size_t i = 0; i < nplugins && !has; i++) {
		struct strlist names = { 0 };
		struct strbuf dir = { 0 }, path = { 0 };

		so_list(ctx, &plugins[i], &names);
		for (size_t j = 0; j < names.n && !has; j++)
			has = plugins[i].exclusive &&
			      !so_find(ctx, &plugins[i], names.v[j], &dir) &&
			      !cfs_read(&ctx->cfs, &path, "%s/udev_path", dir.s) && path.len &&
			      so_same_file(path.s, dev);
		sl_free(&names);
		sb_free(&dir);
		sb_free(&path);
	}
	return has;
}

/* Nobody who looks for the writers of a file is told of one: then there is none. */
static bool has_writer(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool none;

	if (fd < 0)
		return true;
	none = !fcntl(fd, F_SETLEASE, F_RDLCK);
	close(fd);
	return !none;
}

bool so_may_use(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return true;
	return S_ISREG(st.st_mode) ? has_writer(path) : so_try_claim(path) != 0;
}

/* Make the HBA directory; its path without the name is left in 'hba'. */
static int make_hba(struct ctx *ctx, const struct so_spec *spec, struct strbuf *hba)
{
	int err = -EEXIST;

	for (unsigned int i = 0; err == -EEXIST && i < PROBES; i++) {
		struct strlist in = { 0 };

		sb_reset(hba);
		sb_addf(hba, "target/core/%s_%u", spec->plugin->hba,
			own_index(spec->plugin, spec->name, i));
		err = cfs_mkdir(&ctx->cfs, "%s", hba->s);
		if (err != -EEXIST)
			break;
		cfs_list(&ctx->cfs, &in, CFS_DIRS, "%s", hba->s);
		if (!in.n)	/* left behind by somebody who was interrupted */
			err = 0;
		sl_free(&in);
	}
	return err;
}

/*
 * Target core writes the registrations that must survive a power loss to a
 * file, and wants them back when the device is made again.
 */
static void restore_aptpl(struct ctx *ctx, const char *dir, const char *wwn)
{
	struct strbuf db = { 0 }, regs = { 0 };
	struct cfs any = { .root = "" };
	char *line, *save = NULL;
	struct strbuf one = { 0 };

	if (!cfs_read(&ctx->cfs, &db, "target/dbroot") &&
	    !cfs_read(&any, &regs, "%s/pr/aptpl_%s", sb_str(&db), wwn) && regs.len)
		for (line = strtok_r(regs.s, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			if (starts_with(line, "PR_REG_START:"))
				sb_reset(&one);
			else if (starts_with(line, "PR_REG_END:"))
				cfs_write(&ctx->cfs, sb_str(&one),
					  "%s/pr/res_aptpl_metadata", dir);
			else
				sb_addf(&one, "%s%s", one.len ? "," : "", trim(line));
		}
	sb_free(&one);
	sb_free(&db);
	sb_free(&regs);
}

static int set_wwn(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	char made[UUID_LEN];
	const char *wwn = spec->wwn;
	int err;

	if (!wwn) {
		make_uuid(made);
		wwn = made;
	}
	if (!*wwn)	/* as it was saved: made by hand, and without one */
		return 0;
	err = cfs_write(&ctx->cfs, wwn, "%s/wwn/vpd_unit_serial", dir);
	if (err)
		return fail(ctx, err, "cannot set the serial number %s", wwn);
	restore_aptpl(ctx, dir, wwn);
	return 0;
}

static int configure(struct ctx *ctx, const struct so_spec *spec, const char *dir)
{
	int err = spec->plugin->configure(ctx, spec, dir);

	if (err)
		return err;
	err = cfs_write(&ctx->cfs, "1", "%s/enable", dir);
	if (err)
		return fail(ctx, err, "the kernel cannot use %s",
			    spec->dev ? spec->dev : spec->name);
	return spec->plugin->no_wwn ? 0 : set_wwn(ctx, spec, dir);
}

/* The kernel loads the plugins by itself, once; the tree must be there. */
static int check_core(struct ctx *ctx)
{
	if (cfs_exists(&ctx->cfs, "target/core"))
		return 0;
	return fail_plain(ctx, -ENOENT,
			  "%s/target/core does not exist: load the kernel's target core (modprobe target_core_mod) and mount configfs",
			  ctx->cfs.root);
}

/*
 * Target core keeps registrations and ALUA states below its dbroot, makes no
 * directory there, and without one refuses every PERSISTENT RESERVE OUT.
 */
static void make_db_dirs(struct ctx *ctx)
{
	static const char *const dirs[] = { "", "/pr", "/alua" };
	struct strbuf db = { 0 };

	if (ctx->db_dirs_made)
		return;
	ctx->db_dirs_made = true;
	if (cfs_read(&ctx->cfs, &db, "target/dbroot") || !db.len)
		goto out;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *dir = xasprintf("%s%s", sb_str(&db), dirs[i]);

		if (mkdir(dir, 0700) && errno != EEXIST)
			warn(ctx, "cannot create %s: %s; persistent reservations will be refused",
			     dir, strerror(errno));
		free(dir);
	}
out:
	sb_free(&db);
}

bool so_is_enabled(struct ctx *ctx, const char *dir)
{
	return cfs_is_on(&ctx->cfs, "%s/enable", dir);
}

/*
 * Is there one already? What one of us has left who was killed before it was one, goes;
 * another tool may be about to make one.
 */
static int check_new(struct ctx *ctx, const struct so_spec *spec, struct strbuf *dir)
{
	bool own = find_own(ctx, spec->plugin, spec->name, dir);

	if (!own && !find_other(ctx, spec->plugin, spec->name, dir))
		return 0;
	if (own && !so_is_enabled(ctx, dir->s) && !cfs_rmdir(&ctx->cfs, "%s", dir->s))
		return 0;
	return fail_plain(ctx, -EEXIST, "storage object /backstores/%s/%s exists already",
			  spec->plugin->name, spec->name);
}

/* EINVAL: of a plugin that is not there, or was unloaded since target core looked. */
static void no_hba(struct ctx *ctx, int err, const struct so_spec *spec, const char *hba)
{
	const char *module = spec->plugin->module;

	if (err == -EINVAL && module)
		fail_plain(ctx, err, "cannot create backstore %s for %s: %s is not loaded (modprobe %s)",
			   hba, spec->name, module, module);
	else
		fail(ctx, err, "cannot create backstore %s for %s", hba, spec->name);
}

int so_create(struct ctx *ctx, const struct so_spec *spec, struct strbuf *dir)
{
	struct strbuf hba = { 0 };
	int err = check_core(ctx);

	if (err)
		return err;
	make_db_dirs(ctx);
	if (!so_name_ok(spec->name))
		return usage(ctx, "the name '%s' of a storage object must not be empty, longer than 249 bytes, or contain a slash or white space",
			     spec->name);
	err = check_new(ctx, spec, dir);
	if (err)
		return err;
	err = make_hba(ctx, spec, &hba);
	if (err) {
		no_hba(ctx, err, spec, sb_str(&hba));
		goto out;
	}
	sb_reset(dir);
	sb_addf(dir, "%s/%s", hba.s, spec->name);
	err = cfs_mkdir(&ctx->cfs, "%s", dir->s);
	if (err) {
		fail(ctx, err, "cannot create storage object %s", spec->name);
		goto out_rmdir_hba;
	}
	err = configure(ctx, spec, dir->s);
	if (!err)
		goto out;
	cfs_rmdir(&ctx->cfs, "%s", dir->s);
out_rmdir_hba:
	cfs_rmdir(&ctx->cfs, "%s", hba.s);
out:
	sb_free(&hba);
	return err;
}

/* Deleting */

static int delete_alua_groups(struct ctx *ctx, const char *dir)
{
	struct strlist groups = { 0 };
	int err = 0;

	cfs_list(&ctx->cfs, &groups, CFS_DIRS, "%s/alua", dir);
	for (size_t i = 0; i < groups.n && !err; i++)
		if (strcmp(groups.v[i], "default_tg_pt_gp"))
			err = cfs_rmdir(&ctx->cfs, "%s/alua/%s", dir, groups.v[i]);
	sl_free(&groups);
	return err;
}

int so_delete(struct ctx *ctx, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	int err = 0;

	if (so_in_use(ctx, dir))
		err = lun_delete_all_of(ctx, dir);
	if (err)
		return err;
	err = delete_alua_groups(ctx, dir);
	if (!err)
		err = cfs_rmdir(&ctx->cfs, "%s", dir);
	if (err)
		return fail(ctx, err, "cannot delete storage object %s", slash + 1);
	/* Another tool may keep several objects in one HBA. */
	err = cfs_rmdir(&ctx->cfs, "%.*s", (int)(slash - dir), dir);
	return err == -ENOTEMPTY ? 0 : err;
}
