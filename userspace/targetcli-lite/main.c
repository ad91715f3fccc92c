// SPDX-License-Identifier: GPL-2.0
/* targetcli-lite: options, and which language the rest is in. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complete.h"
#include "personality.h"
#include "prefs.h"
#include "signals.h"

static const struct personality *const personalities[] = {
	&personality_targetcli,
	&personality_tgtadm,
	&personality_tgt_admin,
};

/* A full disk must not look like success. */
static void close_stdout(void)
{
	if (fflush(stdout) || ferror(stdout) || close(STDOUT_FILENO)) {
		if (errno == EPIPE)
			_exit(ST_FAILED);
		fprintf(stderr, "targetcli-lite: cannot write standard output: %s\n",
			strerror(errno));
		_exit(ST_FAILED);
	}
}

/*
 * A file that is opened where 0, 1 or 2 is missing would become standard input or
 * output, and get what is meant for it. What stands there now fails, as nothing did.
 */
static void open_missing(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(ST_FAILED);
}

static void print_usage(FILE *f)
{
	fputs("Usage: targetcli-lite [OPTION...] [PATH] COMMAND [VALUE|NAME=VALUE...]\n"
	      "       targetcli-lite [OPTION...] < COMMANDS\n"
	      "       targetcli-lite [OPTION...]\n"
	      "Configure the kernel's iSCSI target in targetcli's language. Without a command,\n"
	      "commands are read from standard input; from a terminal, with a line editor.\n"
	      "\n"
	      "  -j, --json       answer in JSON\n"
	      "      --no-color   no colours, even on a terminal\n"
	      "      --root DIR   configfs (default: /sys/kernel/config)\n"
	      "  -h, --help       this text; the command help lists commands\n"
	      "  -V, -v, --version  show versions\n"
	      "\n"
	      "Exit status: 0 done, 1 failed, 2 wrong command or value, 3 no such object,\n"
	      "4 exists or in use, 5 no permission, 6 bad configuration file, 7 restored, but\n"
	      "some objects wait for their device, 8 diff found a difference. See\n"
	      "targetcli-lite(8).\n", f);
}

/* For the completion of other shells (packaging/bash-completion): one a line. */
static int print_completions(struct ctx *ctx, const char *line)
{
	struct strlist found = { 0 };

	complete_line(ctx, line, &found);
	for (size_t i = 0; i < found.n; i++)
		puts(found.v[i]);
	sl_free(&found);
	return ST_OK;
}

enum { OPT_ROOT = 256, OPT_NO_COLOR, OPT_COMPLETE, OPT_NO_DAEMON };

/* Returns the index of the first argument that is no option, or -1 - status. */
static int parse_options(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "no-color", no_argument, NULL, OPT_NO_COLOR },
		{ "root", required_argument, NULL, OPT_ROOT },
		{ "complete", required_argument, NULL, OPT_COMPLETE },
		{ "disable-daemon", no_argument, NULL, OPT_NO_DAEMON },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "+jhvV", options, NULL)) >= 0)
		switch (opt) {
		case 'j':
			ctx->always_json = true;
			break;
		case OPT_NO_COLOR:
			ctx->color = false;
			break;
		case OPT_ROOT:
			ctx->cfs.root = optarg;
			break;
		case OPT_COMPLETE:
			return -1 - print_completions(ctx, optarg);
		case 'h':
			print_usage(stdout);
			return -1 - ST_OK;
		case OPT_NO_DAEMON:	/* targetcli's preference; there is none here */
			return -1 - ST_OK;
		case 'v':
		case 'V':
			return -1 - (int)run_line(ctx, "version");
		default:
			fputs("Try targetcli-lite --help.\n", stderr);
			return -1 - ST_USAGE;
		}
	return optind;
}

/* Linked under the name of another program, it is that program. */
static const struct personality *personality_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 1; i < ARRAY_SIZE(personalities); i++)
		if (!strcmp(name, personalities[i]->name))
			return personalities[i];
	return NULL;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	int first = parse_options(ctx, argc, argv);

	if (first < 0)
		return -1 - first;
	for (size_t i = 0; first < argc && i < ARRAY_SIZE(personalities); i++)
		if (!strcmp(argv[first], personalities[i]->name))
			return personalities[i]->main(ctx, argc - first - 1, argv + first + 1);
	return personality_targetcli.main(ctx, argc - first, argv + first);
}

int main(int argc, char **argv)
{
	static char name[] = "targetcli-lite";	/* for getopt's messages */
	const struct personality *p = argc ? personality_of(argv[0]) : NULL;
	struct ctx ctx;
	int status;

	open_missing();
	atexit(close_stdout);
	ctx_init(&ctx);
	prefs_load(&ctx);
	if (p) {
		status = p->main(&ctx, argc - 1, argv + 1);
	} else {
		argv[0] = name;
		status = run(&ctx, argc, argv);
	}
	ctx_free(&ctx);
	signals_deliver();
	return status;
}
