// SPDX-License-Identifier: GPL-2.0
/*
 * A power cut, for tests: powercut N DIR COMMAND ARGUMENT...
 *
 * Runs a command and kills it before its Nth system call, counted from the first
 * that names a path below DIR. Then the worst that a power cut may do to the
 * files below DIR is done: what was written and not flushed (fsync) is lost, so
 * those files become empty, and so are renamings and new directories when the
 * directory that they are in was not flushed. The exit status is 0 when the command
 * was killed there, and 3 when it ended before: then the power is cut right after it.
 *
 * A disk that fails: powercut N:ERRNO DIR COMMAND ARGUMENT...
 *
 * The Nth system call that is about a file or directory below DIR is not done and
 * returns ERRNO instead; which it was is noted in the file "failed" beside DIR. The
 * exit status is the command's, or 99 when it ended before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_DIRTY 64

static ino_t dirty[MAX_DIRTY];	/* files with data that is not on the disk */
static unsigned int ndirty;

/* A renaming, or a new directory, that is not on the disk. */
struct loose {
	char path[PATH_MAX];
	char before[PATH_MAX];	/* what a renaming has replaced, kept there; "": nothing */
	bool is_dir;
};

#define MAX_LOOSE 16

static struct loose loose[MAX_LOOSE];
static unsigned int nloose;
static unsigned int nrenamed;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Does this argument of a system call point to a path below 'dir'? */
static bool names(pid_t pid, unsigned long arg, const char *dir)
{
	char buf[4096];
	struct iovec here = { buf, strlen(dir) }, there = { (void *)arg, strlen(dir) };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)strlen(dir) &&
	       !memcmp(buf, dir, strlen(dir));
}

static ino_t inode_of(pid_t pid, int fd)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return !stat(path, &st) && S_ISREG(st.st_mode) ? st.st_ino : 0;
}

static void set_dirty(ino_t ino, bool on)
{
	for (unsigned int i = 0; i < ndirty; i++)
		if (dirty[i] == ino)
			dirty[i] = dirty[--ndirty];
	if (on && ino && ndirty < MAX_DIRTY)
		dirty[ndirty++] = ino;
}

/* The path that an argument points to, when it is below 'dir'. */
static bool get_path(pid_t pid, unsigned long arg, const char *dir, char *out)
{
	/* as much as is there: it may lie at the end of a page */
	struct iovec here = { out, PATH_MAX - 1 }, there = { (void *)arg, 4096 - arg % 4096 };
	ssize_t n;

	if (!names(pid, arg, dir))
		return false;
	here.iov_len = there.iov_len < here.iov_len ? there.iov_len : here.iov_len;
	n = process_vm_readv(pid, &here, 1, &there, 1, 0);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static void note_dir(pid_t pid, unsigned long arg, const char *dir)
{
	struct loose *l = &loose[nloose];

	if (nloose < MAX_LOOSE && get_path(pid, arg, dir, l->path) && access(l->path, F_OK)) {
		l->is_dir = true;
		nloose++;
	}
}

static void note_rename(pid_t pid, unsigned long arg, const char *dir)
{
	struct loose *l = &loose[nloose];

	if (nloose == MAX_LOOSE || !get_path(pid, arg, dir, l->path))
		return;
	snprintf(l->before, sizeof(l->before), "%s.before-%u", dir, nrenamed++);
	if (link(l->path, l->before))
		l->before[0] = '\0';
	l->is_dir = false;
	nloose++;
}

/* What is in that directory is on the disk. */
static void note_flushed(pid_t pid, int fd)
{
	char path[64], parent[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	n = readlink(path, parent, sizeof(parent));
	for (unsigned int i = nloose; n > 0 && i-- > 0;)
		if (!strncmp(loose[i].path, parent, n) && strrchr(loose[i].path, '/') == loose[i].path + n) {
			unlink(loose[i].before);
			loose[i] = loose[--nloose];
		}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* The last first: a directory may be in one that is lost, too. */
static void lose_loose(void)
{
	while (nloose) {
		const struct loose *l = &loose[--nloose];

		if (l->is_dir)
			nftw(l->path, remove_one, 8, FTW_PHYS | FTW_DEPTH);
		else if (!l->before[0])
			unlink(l->path);
		else if (rename(l->before, l->path) && errno != ENOENT)
			die(l->path);
	}
}

static void note(pid_t pid, const struct __ptrace_syscall_info *info, const char *dir)
{
	int fd = info->entry.args[0];

	switch (info->entry.nr) {
	case SYS_mkdir:
		note_dir(pid, info->entry.args[0], dir);
		break;
	case SYS_rename:
		note_rename(pid, info->entry.args[1], dir);
		break;
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_ftruncate:
		set_dirty(inode_of(pid, fd), true);
		break;
	case SYS_fsync:
	case SYS_fdatasync:
		set_dirty(inode_of(pid, fd), false);
		note_flushed(pid, fd);
		break;
	}
}

static int lose(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	for (unsigned int i = 0; type == FTW_F && i < ndirty; i++)
		if (dirty[i] == st->st_ino && truncate(path, 0))
			die(path);
	return 0;
}

/* Until the command's next system call begins or ends; false when it ended: '*status'. */
static bool next_stop(pid_t pid, struct __ptrace_syscall_info *info, int *status)
{
	int sig = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, sig) || waitpid(pid, status, 0) < 0)
			die("ptrace");
		if (WIFEXITED(*status) || WIFSIGNALED(*status))
			return false;
		sig = WSTOPSIG(*status);
		if (sig != (SIGTRAP | 0x80)) {
			sig = sig == SIGTRAP ? 0 : sig;	/* of execve() */
			continue;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info), info) < 0)
			die("PTRACE_GET_SYSCALL_INFO");
		return true;
	}
}

static bool next_call(pid_t pid, struct __ptrace_syscall_info *info, int *status)
{
	do {
		if (!next_stop(pid, info, status))
			return false;
	} while (info->op != PTRACE_SYSCALL_INFO_ENTRY);
	return true;
}

/* Is an open file or directory below 'dir'? */
static bool is_below(pid_t pid, int fd, const char *dir)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
	n = readlink(link, path, sizeof(path));
	return n >= (ssize_t)strlen(dir) && !memcmp(path, dir, strlen(dir));
}

/* The name of a system call that a failing disk could fail, or NULL. */
static const char *disk_call(pid_t pid, const struct __ptrace_syscall_info *info, const char *dir)
{
	static const struct {
		long nr;
		const char *name;
		int path;	/* argument that is one, or -1: the first is a descriptor */
	} calls[] = {
		{ SYS_open, "open", 0 }, { SYS_openat, "open", 1 }, { SYS_mkdir, "mkdir", 0 },
		{ SYS_rename, "rename", 0 }, { SYS_renameat, "rename", 1 },
		{ SYS_unlink, "unlink", 0 }, { SYS_read, "read", -1 }, { SYS_write, "write", -1 },
		{ SYS_fsync, "fsync", -1 }, { SYS_close, "close", -1 },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].nr == (long)info->entry.nr &&
		    (calls[i].path < 0 ? is_below(pid, info->entry.args[0], dir) :
		     names(pid, info->entry.args[calls[i].path], dir)))
			return calls[i].name;
	return NULL;
}

static void note_failed(const char *dir, const char *call)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/../failed", dir);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%s\n", call) < 0 || fclose(f))
		die(path);
}

static void set_reg(pid_t pid, size_t reg, long value)
{
	if (ptrace(PTRACE_POKEUSER, pid, reg, value))
		die("PTRACE_POKEUSER");
}

/* The call that is about to begin does nothing and returns an error. */
static bool fail_call(pid_t pid, int err, int *status)
{
	struct __ptrace_syscall_info info;

	set_reg(pid, offsetof(struct user_regs_struct, orig_rax), -1);
	if (!next_stop(pid, &info, status))
		return false;
	set_reg(pid, offsetof(struct user_regs_struct, rax), -err);
	return true;
}

static int fail_nth(pid_t pid, long left, int err, const char *dir)
{
	struct __ptrace_syscall_info info;
	bool failed = false;
	int status;

	while (next_call(pid, &info, &status)) {
		const char *call = disk_call(pid, &info, dir);

		if (!call || --left)
			continue;
		failed = true;
		note_failed(dir, call);
		if (!fail_call(pid, err, &status))
			break;
	}
	return !failed ? 99 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork");
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	return pid;
}

static void lose_all(const char *dir)
{
	if (nftw(dir, lose, 8, FTW_PHYS))
		die(dir);
	lose_loose();
}

static int cut(pid_t pid, long left, const char *dir)
{
	struct __ptrace_syscall_info info;
	bool counting = false;
	int status;

	while (next_call(pid, &info, &status)) {
		counting = counting || names(pid, info.entry.args[0], dir) ||
			   names(pid, info.entry.args[1], dir);
		if (counting && !--left) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			lose_all(dir);
			return 0;
		}
		note(pid, &info, dir);
	}
	lose_all(dir);
	return 3;
}

int main(int argc, char **argv)
{
	const char *colon;
	pid_t pid;

	if (argc < 4) {
		fputs("usage: powercut N[:ERRNO] DIR COMMAND ARGUMENT...\n", stderr);
		return 2;
	}
	colon = strchr(argv[1], ':');
	pid = start(argv + 3);
	return colon ? fail_nth(pid, atol(argv[1]), atoi(colon + 1), argv[2]) :
		       cut(pid, atol(argv[1]), argv[2]);
}
