// SPDX-License-Identifier: GPL-2.0
/*
 * A power cut, for tests: powercut N DIR COMMAND ARGUMENT...
 *
 * Runs a command and kills it before its Nth system call, counted from the first
 * that names a path below DIR. Then the worst that a power cut may do to the
 * files below DIR is done: what was written and not flushed (fsync) is lost, so
 * those files become empty. The exit status is 0 when the command was killed
 * there, and 3 when it ended before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_DIRTY 64

static ino_t dirty[MAX_DIRTY];	/* files with data that is not on the disk */
static unsigned int ndirty;

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

static void note(pid_t pid, const struct __ptrace_syscall_info *info)
{
	int fd = info->entry.args[0];

	switch (info->entry.nr) {
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_ftruncate:
		set_dirty(inode_of(pid, fd), true);
		break;
	case SYS_fsync:
	case SYS_fdatasync:
		set_dirty(inode_of(pid, fd), false);
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

/* Until the command's next system call; false when it ended. */
static bool next_call(pid_t pid, struct __ptrace_syscall_info *info)
{
	int status, sig = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, sig) || waitpid(pid, &status, 0) < 0)
			die("ptrace");
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return false;
		sig = WSTOPSIG(status);
		if (sig != (SIGTRAP | 0x80)) {
			sig = sig == SIGTRAP ? 0 : sig;	/* of execve() */
			continue;
		}
		sig = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info), info) < 0)
			die("PTRACE_GET_SYSCALL_INFO");
		if (info->op == PTRACE_SYSCALL_INFO_ENTRY)
			return true;
	}
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

int main(int argc, char **argv)
{
	struct __ptrace_syscall_info info;
	bool counting = false;
	long left;
	pid_t pid;

	if (argc < 4) {
		fputs("usage: powercut N DIR COMMAND ARGUMENT...\n", stderr);
		return 2;
	}
	left = atol(argv[1]);
	pid = start(argv + 3);
	while (next_call(pid, &info)) {
		counting = counting || names(pid, info.entry.args[0], argv[2]) ||
			   names(pid, info.entry.args[1], argv[2]);
		if (counting && !--left) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return nftw(argv[2], lose, 8, FTW_PHYS) ? 1 : 0;
		}
		note(pid, &info);
	}
	return 3;
}
