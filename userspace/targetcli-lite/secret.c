// SPDX-License-Identifier: GPL-2.0
/* Secrets that are not given in the command line. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* One line, byte by byte: what follows it on standard input is not ours. */
static int read_line(int fd, char **out)
{
	struct strbuf line = { 0 };
	ssize_t n;
	char c;

	while ((n = read(fd, &c, 1)) == 1 && c != '\n')
		sb_addn(&line, &c, 1);
	if (n < 0) {
		sb_free(&line);
		return -errno;
	}
	*out = line.s ? line.s : xstrdup("");
	return 0;
}

static int ask(int tty, const char *name, char **out)
{
	struct termios old, quiet;
	int err;

	if (tcgetattr(tty, &old))
		return -errno;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	dprintf(tty, "%s: ", name);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	err = read_line(tty, out);
	tcsetattr(tty, TCSAFLUSH, &old);
	dprintf(tty, "\n");
	return err;
}

static int from_input(struct ctx *ctx, const char *name, char **out)
{
	int tty = ctx->batch || isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
	int err;

	if (tty >= 0) {
		err = ask(tty, name, out);
		close(tty);
	} else if (ctx->batch) {
		return usage(ctx, "%s=-: commands come from standard input and there is no terminal; use %s=@FILE",
			     name, name);
	} else {
		err = read_line(STDIN_FILENO, out);
	}
	return err ? fail(ctx, err, "cannot read %s", name) : 0;
}

static int from_file(struct ctx *ctx, const char *name, const char *path, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return usage(ctx, "%s=@%s: the file cannot be read: %s", name, path,
			     strerror(errno));
	err = read_line(fd, out);
	close(fd);
	return err ? fail(ctx, err, "cannot read %s from %s", name, path) : 0;
}

int secret_value(struct ctx *ctx, const char *name, const char *given, char **out)
{
	if (!strcmp(given, "-"))
		return from_input(ctx, name, out);
	if (*given == '@')
		return from_file(ctx, name, given + 1, out);
	*out = xstrdup(given);
	return 0;
}
