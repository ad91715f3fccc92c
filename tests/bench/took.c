// SPDX-License-Identifier: GPL-2.0
/*
 * took COMMAND [ARGUMENT...] - microseconds that a command takes, on standard output
 *
 * From before it is started until it has ended. A shell that measures would copy
 * itself first, which takes longer than a short command where memory is emulated.
 * The command's own output is thrown away, its errors are not. Exit status 1
 * when it cannot be started or fails.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t quiet;
	double start;
	int err, status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "Usage: took COMMAND [ARGUMENT...]\n");
		return 1;
	}
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	start = now_us();
	err = posix_spawnp(&pid, argv[1], &quiet, NULL, argv + 1, environ);
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(err));
		return 1;
	}
	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "%s failed, status 0x%x\n", argv[1], status);
		return 1;
	}
	printf("%.0f\n", now_us() - start);
	return 0;
}
