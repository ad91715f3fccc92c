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

#include "signals.h"

#define MAX_SECRET 4096	/* no attribute takes more */

/*
 * One line, byte by byte: what follows it on standard input is not ours. A byte that
 * is 0 would end the secret before its end.
 */
static int read_line(int fd, char **out)
{
	char line[MAX_SECRET], c;
	size_t len = 0;
	ssize_t n;
	int err = 0;

	while (!err && (n = read(fd, &c, 1)) && (n < 0 || c != '\n')) {
		if (n < 0)
			err = -errno;
		else if (!c)
			err = -EILSEQ;
		else if (len == sizeof(line))
			err = -EFBIG;
		else
			line[len++] = c;
	}
	if (!err)
		*out = xstrndup(line, len);
	explicit_bzero(line, sizeof(line));
	return err;
}

static int cannot_read(struct ctx *ctx, int err, const char *name, const char *from)
{
	if (err == -EILSEQ || err == -EFBIG)
		return usage(ctx, "%s: the first line of %s %s; a secret is text of at most %d bytes", name,
			     from, err == -EFBIG ? "is longer" : "has a byte that is 0", MAX_SECRET);
	return fail(ctx, err, "cannot read %s from %s", name, from);
}

static int ask(int tty, const char *name, char **out)
{
	struct termios old, quiet;
	int err;

	if (tcgetattr(tty, &old))
		return -errno;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	signals_hold();	/* whoever interrupts this wants to see again what he types */
	dprintf(tty, "%s: ", name);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	err = read_line(tty, out);
	tcsetattr(tty, TCSAFLUSH, &old);
	dprintf(tty, "\n");
	signals_release();
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
	return err ? cannot_read(ctx, err, name, tty >= 0 ? "the terminal" : "standard input") : 0;
}

static int from_file(struct ctx *ctx, const char *name, const char *path, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return usage(ctx, "%s=@%s: the file cannot be read: %s", name, path,
			     strerror(errno));
	err = read_line(fd, out);
	close(fd);
	return err ? cannot_read(ctx, err, name, path) : 0;
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
