// SPDX-License-Identifier: GPL-2.0
/*
 * A configfs for tests, without a kernel: preloaded into the program under
 * test, it makes a directory below $FAKECFS_ROOT behave as the target's
 * configfs. mkdir fills in the attributes that configfs-schema describes, rmdir
 * and symlink have configfs's conditions, and a write is checked and stored as
 * the kernel would. Nothing of the program is changed.
 *
 * $FAKECFS_FAIL, "OPERATION:PART:ERRNO", makes an operation (mkdir, rmdir, symlink,
 * unlink, write; read, list; claim, of a device; bind, to an address or interface) fail whose path
 * contains PART, and so does each further one after a comma; "nth:N:ERRNO" makes the Nth of all these operations that
 * change something fail, whatever it is, and notes it in the file "failed" beside the
 * root. $FAKECFS_SIGNAL, "N:SIGNAL", sends the process a signal just before the Nth,
 * and notes it in the same file. Files below dev/ beside the root look like block
 * devices, which a storage object of block claims.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema.h"

#define REAL(ret, name, ...)                                              \
	({                                                                \
		static ret (*real_)(__VA_ARGS__);                         \
		if (!real_)                                               \
			*(void **)&real_ = dlsym(RTLD_NEXT, #name);       \
		real_;                                                    \
	})

/* The kernel that is played: 6.1, or $FAKECFS_KERNEL, as MAJOR * 100 + MINOR. */
static int kernel(void)
{
	const char *k = getenv("FAKECFS_KERNEL");

	return k ? atoi(k) : 601;
}

static const char *root(void)
{
	const char *r = getenv("FAKECFS_ROOT");

	return r ? r : "/nonexistent";
}

/* The path below the root, or NULL when it is elsewhere. */
static const char *below(const char *path)
{
	size_t n = strlen(root());

	return !strncmp(path, root(), n) && path[n] == '/' ? path + n + 1 : NULL;
}

static void note_failed(const char *op, const char *path)
{
	char note[PATH_MAX];
	FILE *f;

	snprintf(note, sizeof(note), "%s/../failed", root());
	f = fopen(note, "w");
	if (!f)
		return;
	fprintf(f, "%s %s\n", op, path);
	fclose(f);
}

/* Is this the nth operation of the process? */
static bool is_nth(const char *op, const char *path, int nth)
{
	static int count;

	if (++count != nth)
		return false;
	note_failed(op, path);
	return true;
}

static void send_signal(const char *op, const char *path)
{
	const char *spec = getenv("FAKECFS_SIGNAL");
	static int count;
	int nth, sig;

	if (!spec || sscanf(spec, "%d:%d", &nth, &sig) != 2 || ++count != nth)
		return;
	note_failed(op, path);
	raise(sig);
}

/* Should this operation fail? Returns its errno. */
static int fail_with(const char *op, const char *path)
{
	bool changes = strcmp(op, "read") && strcmp(op, "list") && strcmp(op, "claim") &&
		       strcmp(op, "bind");
	const char *spec = getenv("FAKECFS_FAIL");
	char want[16], part[256];
	int err;

	if (changes)
		send_signal(op, path);
	for (; spec; spec = strchr(spec, ',')) {
		spec += *spec == ',';
		if (sscanf(spec, "%15[^:]:%255[^:]:%d", want, part, &err) != 3)
			return 0;
		if (!strcmp(want, "nth"))
			return changes && is_nth(op, path, atoi(part)) ? err : 0;
		if (!strcmp(want, op) && strstr(path, part))
			return err;
	}
	return 0;
}

/* Files of the fake */

static int real_mkdir(const char *path)
{
	return REAL(int, mkdir, const char *, mode_t)(path, 0755);
}

static ssize_t real_write(int fd, const void *buf, size_t n)
{
	return REAL(ssize_t, write, int, const void *, size_t)(fd, buf, n);
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	if (real_write(fd, text, strlen(text)) < 0)
		perror(path);
	fchmod(fd, mode);
	close(fd);
}

static void get(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

__attribute__((format(printf, 2, 3)))
static void putf(const char *text, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	put(path, text, 0644);
}

/* What the fake remembers of an object, outside the tree: "KIND PATH". */
static void state_path(char *out, const char *kind, const char *rel)
{
	char *p = out + snprintf(out, PATH_MAX, "%s.state/%s ", root(), kind);
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s.state", root());
	real_mkdir(dir);
	for (; *rel; rel++)
		*p++ = *rel == '/' ? '!' : *rel;
	*p = '\0';
}

static long links_to(const char *rel)
{
	char path[PATH_MAX], n[32];

	state_path(path, "links", rel);
	get(path, n, sizeof(n));
	return atol(n);
}

static void count_link(const char *rel, long by)
{
	char path[PATH_MAX], n[32];

	state_path(path, "links", rel);
	snprintf(n, sizeof(n), "%ld", links_to(rel) + by);
	put(path, n, 0644);
}

/* Storage objects */

static void control_value(const char *rel, const char *key, char *out, size_t size)
{
	char path[PATH_MAX], text[4096], *at = text;
	char pat[64];

	snprintf(pat, sizeof(pat), "\n%s=", key);
	state_path(path, "control", rel);
	text[0] = '\n';
	get(path, text + 1, sizeof(text) - 1);
	*out = '\0';
	while ((at = strstr(at, pat))) {
		at += strlen(pat);
		snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
	}
}

static void plugin_info(const char *rel, char *out, size_t size)
{
	char a[1024], b[64], c[64], d[96];

	if (strstr(rel, "/iblock_")) {
		control_value(rel, "udev_path", a, sizeof(a));
		control_value(rel, "readonly", b, sizeof(b));
		control_value(rel, "exclusive", c, sizeof(c));
		*d = '\0';
		if (kernel() >= 617)
			snprintf(d, sizeof(d), "  exclusive: %s\n", *c ? c : "1");
		snprintf(out, size, "iBlock device: fake0  UDEV PATH: %s  readonly: %s\n%s        Major: 8 Minor: 0  CLAIMED: IBLOCK\n",
			 a, *b ? b : "0", d);
	} else if (strstr(rel, "/fileio_")) {
		control_value(rel, "fd_dev_name", a, sizeof(a));
		control_value(rel, "fd_dev_size", b, sizeof(b));
		control_value(rel, "fd_buffered_io", c, sizeof(c));
		snprintf(out, size, "TCM FILEIO ID: 0        File: %s  Size: %s  Mode: %s Async: 0\n",
			 a, *b ? b : "0", *c == '1' ? "Buffered-WCE" : "O_DSYNC");
	} else if (strstr(rel, "/pscsi_")) {
		snprintf(out, size, "SCSI Device Bus Location: Channel ID: 0 Target ID: 0 LUN: 0 Host ID: 0\n");
	} else if (strstr(rel, "/user_")) {
		control_value(rel, "dev_config", a, sizeof(a));
		control_value(rel, "dev_size", b, sizeof(b));
		control_value(rel, "max_data_area_mb", c, sizeof(c));
		snprintf(out, size, "Config: %s Size: %s MaxDataAreaMB: %s\n", a, b,
			 *c ? c : "8");
	} else {
		control_value(rel, "rd_pages", a, sizeof(a));
		control_value(rel, "rd_nullio", b, sizeof(b));
		snprintf(out, size, "TCM RamDisk ID: 0  RamDisk Makeup: rd_mcp\n        PAGES/PAGE_SIZE: %s*4096  SG_table_count: 1  nullio: %s dummy: 0\n",
			 *a ? a : "0", *b ? b : "0");
	}
}

static void write_info(const char *rel)
{
	char path[PATH_MAX], plugin[2048], info[4096];

	plugin_info(rel, plugin, sizeof(plugin));
	snprintf(info, sizeof(info), "Status: %s  Max Queue Depth: 128  SectorSize: 512  HwMaxSectors: 16384\n        %s",
		 links_to(rel) > 0 ? "ACTIVATED" : "DEACTIVATED", plugin);
	snprintf(path, sizeof(path), "%s/%s/info", root(), rel);
	put(path, info, 0444);
}

static int store_control(const char *rel_dir, const char *value)
{
	char path[PATH_MAX];
	FILE *f;

	state_path(path, "control", rel_dir);
	f = fopen(path, "a");
	if (!f)
		return EIO;
	for (; *value; value++)
		fputc(*value == ',' ? '\n' : *value, f);
	fputc('\n', f);
	fclose(f);
	write_info(rel_dir);
	return 0;
}

static int enable_device(const char *rel_dir)
{
	const char *key = strstr(rel_dir, "/iblock_") ? "udev_path" :
			  strstr(rel_dir, "/fileio_") ? "fd_dev_name" :
			  strstr(rel_dir, "/pscsi_") ? "scsi_host_id" :
			  strstr(rel_dir, "/user_") ? "dev_config" : "rd_pages";
	char value[1024];

	control_value(rel_dir, key, value, sizeof(value));
	if (!*value)
		return EINVAL;
	if ((*key == 'u' || *key == 'f') && access(value, F_OK))
		return errno;
	write_info(rel_dir);
	return 0;
}

/* Populating */

static bool is_newer(const char *since)
{
	int major, minor;

	return since && sscanf(since, "%d.%d", &major, &minor) == 2 &&
	       major * 100 + minor > kernel();
}

static const char *first_value(const struct schema_node *node, const struct schema_attr *a,
			       const char *name, char *buf, size_t size)
{
	if (!strcmp(a->name, "vpd_unit_serial"))
		return "T10 VPD Unit Serial Number: \n";
	if (!strcmp(a->name, "alua_tg_pt_gp"))
		return "TG Port Alias: default_tg_pt_gp\nTG Port Group ID: 0\n";
	if (!strcmp(node->id, "acl") && !strcmp(a->name, "info")) {
		snprintf(buf, size, "No active iSCSI Session for Initiator Endpoint: %s\n", name);
		return buf;
	}
	if (!strcmp(a->name, "tg_pt_gp_id") && strcmp(name, "default_tg_pt_gp"))
		return "";
	if (!strcmp(a->name, "lio_version"))
		return "Fake iSCSI Target 1.0\n";
	if (!strcmp(a->name, "dynamic_sessions") || !a->def)
		return "";
	snprintf(buf, size, "%s\n", a->def);
	return buf;
}

static void populate(const char *dir, const char *pattern);

static void make_group(const char *dir, const char *name, const struct schema_node *node)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	real_mkdir(path);
	populate(path, node->path);
}

/* Attributes of a node, and the groups that the kernel makes below it. */
static void populate(const char *dir, const char *pattern)
{
	static const mode_t modes[] = { [A_RW] = 0644, [A_RO] = 0444, [A_WO] = 0200 };
	size_t len = strlen(pattern);
	char path[PATH_MAX], buf[512];

	for (size_t i = 0; i < schema_nnodes; i++) {
		const struct schema_node *n = &schema_nodes[i];

		if (!strcmp(n->path, pattern))
			for (size_t k = 0; k < n->nattrs; k++) {
				const struct schema_attr *a = &n->attrs[k];

				if (is_newer(a->since))
					continue;
				snprintf(path, sizeof(path), "%s/%s", dir, a->name);
				put(path, first_value(n, a, strrchr(dir, '/') + 1, buf,
						      sizeof(buf)), modes[a->access]);
			}
		else if (!n->mkdir && !is_newer(n->since) && !strncmp(n->path, pattern, len) &&
			 n->path[len] == '/' && !strchr(n->path + len + 1, '/'))
			make_group(dir, n->path + len + 1, n);
	}
	if (!strcmp(pattern, "target/core/{hba}/{device}/alua"))
		make_group(dir, "default_tg_pt_gp", schema_find("alua"));
}

/* Is there a target, or an ACL, of that name, which the kernel compares without its case? */
static bool has_name(const char *path, const struct schema_node *node)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct dirent *de;
	bool has = false;
	DIR *d;

	if (strcmp(node->id, "target") && strcmp(node->id, "acl"))
		return false;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	d = REAL(DIR *, opendir, const char *)(dir);
	while (d && !has && (de = readdir(d)))
		has = !strcasecmp(de->d_name, slash + 1);
	if (d)
		closedir(d);
	return has;
}

int mkdir(const char *path, mode_t mode)
{
	const char *rel = below(path);
	const struct schema_node *node;

	if (!rel)
		return REAL(int, mkdir, const char *, mode_t)(path, mode);
	errno = fail_with("mkdir", rel);
	if (errno)
		return -1;
	node = schema_match(rel);
	if (node && (!access(path, F_OK) || has_name(path, node))) {
		errno = EEXIST;
		return -1;
	}
	if (!node || !node->mkdir) {
		errno = EPERM;
		return -1;
	}
	if (real_mkdir(path))
		return -1;
	populate(path, node->path);
	return 0;
}

/* Removing */

static bool is_default(const char *rel)
{
	const char *slash = strrchr(rel, '/');
	const struct schema_node *n = schema_match(rel);

	return !strcmp(slash + 1, "default_tg_pt_gp") || (n && !n->mkdir);
}

/* 0 when nothing that an administrator made is below; else an errno. */
static int check_empty(const char *rel)
{
	char path[PATH_MAX], sub[PATH_MAX * 2];
	struct dirent *de;
	int err = links_to(rel) > 0 ? EBUSY : 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", root(), rel);
	dir = opendir(path);
	while (!err && dir && (de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", rel, de->d_name);
		if (de->d_type == DT_LNK)
			err = ENOTEMPTY;
		else if (de->d_type == DT_DIR)
			err = is_default(sub) ? check_empty(sub) : ENOTEMPTY;
	}
	if (dir)
		closedir(dir);
	return err;
}

static int remove_tree(const char *path)
{
	struct dirent *de;
	DIR *dir = opendir(path);
	char sub[PATH_MAX * 2];

	while (dir && (de = readdir(dir))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, de->d_name);
		if (de->d_type == DT_DIR)
			remove_tree(sub);
		else
			REAL(int, unlink, const char *)(sub);
	}
	if (dir)
		closedir(dir);
	return REAL(int, rmdir, const char *)(path);
}

int rmdir(const char *path)
{
	const char *rel = below(path);
	char state[PATH_MAX];

	if (!rel)
		return REAL(int, rmdir, const char *)(path);
	errno = fail_with("rmdir", rel);
	if (!errno && access(path, F_OK))
		errno = ENOENT;
	else if (!errno && is_default(rel))
		errno = EPERM;
	else if (!errno)
		errno = check_empty(rel);
	if (errno)
		return -1;
	state_path(state, "control", rel);
	REAL(int, unlink, const char *)(state);
	return remove_tree(path);
}

/* Links */

static void parent_of(const char *rel, char *out)
{
	snprintf(out, PATH_MAX, "%.*s", (int)(strrchr(rel, '/') - rel), rel);
}

int symlink(const char *target, const char *path)
{
	const struct schema_node *at, *to;
	const char *rel = below(path), *dest;
	char parent[PATH_MAX];

	if (!rel)
		return REAL(int, symlink, const char *, const char *)(target, path);
	errno = fail_with("symlink", rel);
	if (errno)
		return -1;
	parent_of(rel, parent);
	dest = below(target);
	at = schema_match(parent);
	to = dest ? schema_match(dest) : NULL;
	if (!to || access(target, F_OK)) {
		errno = ENOENT;
		return -1;
	}
	if (!at || !at->link || strcmp(at->link, to->id)) {
		errno = EINVAL;
		return -1;
	}
	if (REAL(int, symlink, const char *, const char *)(target, path))
		return -1;
	count_link(dest, 1);
	if (!strcmp(to->id, "device"))
		write_info(dest);
	return 0;
}

int unlink(const char *path)
{
	const char *rel = below(path), *dest;
	char target[PATH_MAX];
	ssize_t n;

	if (!rel)
		return REAL(int, unlink, const char *)(path);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0) {
		errno = EPERM;
		return -1;
	}
	target[n] = '\0';
	errno = fail_with("unlink", rel);
	if (errno)
		return -1;
	if (REAL(int, unlink, const char *)(path))
		return -1;
	dest = below(target);
	if (!dest)	/* the test has made it */
		return 0;
	count_link(dest, -1);
	if (!strcmp(schema_match(dest)->id, "device"))
		write_info(dest);
	return 0;
}

/* Writing */

/* What the kernel shows differs from what was written in a few places. */
static void shown_value(const struct schema_attr *a, const char *value, char *out, size_t size)
{
	static const char *const types[] = {
		"None", "Implicit", "Explicit", "Implicit and Explicit",
	};

	if (!strcmp(a->name, "vpd_unit_serial"))
		snprintf(out, size, "T10 VPD Unit Serial Number: %s\n", value);
	else if (!strcmp(a->name, "alua_tg_pt_gp"))
		snprintf(out, size, "TG Port Alias: %s\nTG Port Group ID: 1\n", value);
	else if (!strcmp(a->name, "alua_access_type") && *value >= '0' && *value <= '3')
		snprintf(out, size, "%s\n", types[*value - '0']);
	else if (!strcmp(a->name, "alua_access_status"))
		snprintf(out, size, "None\n");
	else if (!strcmp(a->name, "tag") && !strcmp(value, "NULL"))
		snprintf(out, size, "\n");
	else
		snprintf(out, size, "%s\n", value);
}

/* One write changes other attributes too. */
static void side_effects(const struct schema_node *node, const struct schema_attr *a,
			 const char *dir, const char *value)
{
	char user[512], pass[512], path[PATH_MAX];
	bool mutual;

	if (!strcmp(node->id, "tpg_attrib") && !strcmp(a->name, "authentication"))
		putf(*value == '1' ? "CHAP\n" : "CHAP,None\n", "%s/%.*s/param/AuthMethod",
		     root(), (int)(strlen(dir) - strlen("/attrib")), dir);
	if (!strstr(a->name, "_mutual"))
		return;
	snprintf(path, sizeof(path), "%s/%s/userid_mutual", root(), dir);
	get(path, user, sizeof(user));
	snprintf(path, sizeof(path), "%s/%s/password_mutual", root(), dir);
	get(path, pass, sizeof(pass));
	mutual = *user > ' ' && *pass > ' ' && strcmp(user, "NULL\n") && strcmp(pass, "NULL\n");
	putf(mutual ? "1\n" : "0\n", "%s/%s/authenticate_target", root(), dir);
}

/* The kernel module's limit, when the case has made that parameter beside the root. */
static bool secret_too_short(const char *value)
{
	char path[PATH_MAX], min[16] = "";

	snprintf(path, sizeof(path), "%s/../sys/module/tcm_iscsi/parameters/min_secret_length",
		 root());
	get(path, min, sizeof(min));
	return *value && strcmp(value, "NULL") && strlen(value) < strtoul(min, NULL, 10);
}

static int check_write(const struct schema_node *node, const struct schema_attr *a,
		       const char *dir, const char *value)
{
	char device[PATH_MAX];

	if (a->access == A_RO)
		return EACCES;
	if (!strncmp(a->name, "alua_access_", 12))
		return 0;
	if (!schema_valid(a, value) || (a->type == T_SECRET && secret_too_short(value)))
		return EINVAL;
	if (a->when && !strcmp(a->when, "unexported") && !strncmp(node->id, "device_", 7)) {
		parent_of(dir, device);
		return links_to(device) > 0 ? EINVAL : 0;
	}
	return 0;
}

static int store(int fd, const char *rel, const char *value)
{
	const char *name = strrchr(rel, '/') + 1;
	const struct schema_node *node;
	const struct schema_attr *a;
	char dir[PATH_MAX], shown[2048];
	int err;

	parent_of(rel, dir);
	node = schema_match(dir);
	a = node ? schema_attr(node, name) : NULL;
	if (!a)
		return EINVAL;
	err = check_write(node, a, dir, value);
	if (err)
		return err;
	if (!strcmp(node->id, "device") && !strcmp(name, "control"))
		return store_control(dir, value);
	if (!strcmp(node->id, "device") && !strcmp(name, "enable"))
		err = enable_device(dir);
	if (err)
		return err;
	shown_value(a, value, shown, sizeof(shown));
	if (ftruncate(fd, 0) || pwrite(fd, shown, strlen(shown), 0) < 0)
		return EIO;
	side_effects(node, a, dir, value);
	return 0;
}

ssize_t write(int fd, const void *buf, size_t n)
{
	char link[64], path[PATH_MAX], value[4096];
	const char *rel;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	rel = below(path);
	if (!rel)
		return real_write(fd, buf, n);
	snprintf(value, sizeof(value), "%.*s", (int)n, (const char *)buf);
	value[strcspn(value, "\n")] = '\0';
	errno = fail_with("write", rel);
	if (!errno)
		errno = store(fd, rel, value);
	return errno ? -1 : (ssize_t)n;
}

/* Devices */

static bool is_device(const char *path)
{
	size_t n = strrchr(root(), '/') - root();

	return !strncmp(path, root(), n) && !strncmp(path + n, "/dev/", 5);
}

int stat(const char *path, struct stat *st)
{
	int rc = REAL(int, stat, const char *, struct stat *)(path, st);

	if (!rc && is_device(path))
		st->st_mode = S_IFBLK | 0600;
	return rc;
}

/* Is the storage object enabled whose "udev_path" this is? */
static bool is_enabled(const char *udev_path)
{
	char path[PATH_MAX], on[8];

	snprintf(path, sizeof(path), "%.*s/enable", (int)(strrchr(udev_path, '/') - udev_path),
		 udev_path);
	get(path, on, sizeof(on));
	return *on == '1';
}

/* Has a storage object of block that device? */
static bool is_claimed(const char *dev)
{
	char pattern[PATH_MAX], used[PATH_MAX];
	bool claimed = false;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/target/core/iblock_*/*/udev_path", root());
	if (glob(pattern, 0, NULL, &g))
		return false;
	for (size_t i = 0; i < g.gl_pathc && !claimed; i++) {
		get(g.gl_pathv[i], used, sizeof(used));
		used[strcspn(used, "\n")] = '\0';
		claimed = !strcmp(used, dev) && is_enabled(g.gl_pathv[i]);
	}
	globfree(&g);
	return claimed;
}

/* Interfaces and addresses: this machine has them all, and nobody listens. */

unsigned int if_nametoindex(const char *name)
{
	errno = fail_with("bind", name);
	return !errno;
}

static bool binds_freely(int fd, int family)
{
	socklen_t len = sizeof(int);
	int on = 0;

	getsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
		   family == AF_INET ? IP_FREEBIND : IPV6_FREEBIND, &on, &len);
	return on;
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	char text[INET6_ADDRSTRLEN];

	if (addr->sa_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	else if (addr->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	else
		return REAL(int, bind, int, const struct sockaddr *, socklen_t)(fd, addr, len);
	errno = fail_with("bind", text);
	if (errno == EADDRNOTAVAIL && binds_freely(fd, addr->sa_family))
		errno = 0;
	return errno ? -1 : 0;
}

/* Reading */

static int fail_to_read(const char *op, const char *path)
{
	const char *rel = below(path);
	int err = rel ? fail_with(op, rel) : 0;

	if (err)
		errno = err;
	return err;
}

/* $FAKECFS_LISTS is a file for the directories that are listed, one a line. */
static void note_list(const char *path)
{
	const char *file = getenv("FAKECFS_LISTS"), *rel = below(path);
	FILE *f = file && rel ? fopen(file, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "%s\n", rel);
	fclose(f);
}

DIR *opendir(const char *path)
{
	note_list(path);
	if (fail_to_read("list", path))
		return NULL;
	return REAL(DIR *, opendir, const char *)(path);
}

/* As cfs.c reads attributes: by their name in a directory that is open. */
int openat(int dir, const char *name, int flags, ...)
{
	char link[64], path[PATH_MAX];
	ssize_t len;
	size_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	len = readlink(link, path, sizeof(path) - 1);
	n = len > 0 ? len : 0;
	snprintf(path + n, sizeof(path) - n, "/%s", name);
	if (!(flags & O_ACCMODE) && fail_to_read("read", path))
		return -1;
	return REAL(int, openat, int, const char *, int, ...)(dir, name, flags);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (!(flags & (O_ACCMODE | O_DIRECTORY | O_PATH)) && fail_to_read("read", path))
		return -1;
	if ((flags & (O_EXCL | O_CREAT)) == O_EXCL && is_device(path)) {
		errno = is_claimed(path) ? EBUSY : fail_with("claim", path);
		if (errno)
			return -1;
	}
	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return REAL(int, open, const char *, int, ...)(path, flags, mode);
}
