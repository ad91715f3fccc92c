// SPDX-License-Identifier: GPL-2.0
/* Options, the list of tests, one process a test, TAP. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"
#include "harness.h"

#define EXIT_SKIP 77

struct options opt = {
	.host = "127.0.0.1",
	.port = "3260",
	.initiator = "iqn.2025-01.org.example:proto-check",
	.no_lun = 250,
	.limit = 20,
	.wait = 4000,
	.quiet = 250,
};

unsigned int test_number;

static struct test *tests;
static const char *const level_name[] = { "MUST", "SHOULD", "MAY" };

const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:exitcode=99";
}

/* by file, and within a file in its order */
void test_register(struct test *test)
{
	struct test **p = &tests;

	while (*p && strcmp((*p)->file, test->file) <= 0)
		p = &(*p)->next;
	test->next = *p;
	*p = test;
}

static void vsay(const char *fmt, va_list ap)
{
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(1);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(EXIT_SKIP);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void *zalloc(size_t len)
{
	void *p = calloc(1, len ? len : 1);

	check(p, "out of memory");
	return p;
}

char *format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	check(vasprintf(&s, fmt, ap) >= 0, "out of memory");
	va_end(ap);
	return s;
}

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

static void run_child(const struct test *test, int out)
{
	dup2(out, 1);
	dup2(out, 2);
	signal(SIGPIPE, SIG_IGN);
	test->fn();
	exit(0);
}

/* The child's words, or NULL when it overran its limit. */
static char *collect(int in, pid_t pid)
{
	long long end = now_ms() + opt.limit * 1000LL;
	static char text[8192];
	size_t len = 0;

	for (;;) {
		struct pollfd pfd = { .fd = in, .events = POLLIN };
		long long left = end - now_ms();
		char junk[512];
		ssize_t n;

		if (left <= 0 || poll(&pfd, 1, left) == 0) {
			kill(pid, SIGKILL);
			text[len] = 0;
			return NULL;
		}
		if (len < sizeof(text) - 1)
			n = read(in, text + len, sizeof(text) - 1 - len);
		else
			n = read(in, junk, sizeof(junk));
		if (n <= 0)
			break;
		if (len < sizeof(text) - 1)
			len += n;
	}
	text[len] = 0;
	return text;
}

static void say_lines(char *text)
{
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		printf("#   %s\n", line);
}

static const char *first_line(char *text)
{
	text[strcspn(text, "\n")] = 0;
	return text;
}

/* 0 passed, 1 failed, 2 skipped */
static int run_test(const struct test *test)
{
	long long start = now_ms();
	int fd[2], status;
	char *text;
	pid_t pid;

	if (pipe(fd)) {
		perror("pipe");
		exit(2);
	}
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (pid == 0) {
		close(fd[0]);
		run_child(test, fd[1]);
	}
	close(fd[1]);
	text = collect(fd[0], pid);
	close(fd[0]);
	waitpid(pid, &status, 0);

	if (text && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP) {
		printf("ok %u - %s # SKIP %s\n", test_number, test->name,
		       first_line(text));
		return 2;
	}
	if (text && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("ok %u - %s\n", test_number, test->name);
		if (opt.verbose) {
			printf("#   %lld ms\n", now_ms() - start);
			say_lines(text);
		}
		return 0;
	}
	printf("not ok %u - %s\n#   RFC 7143 %s %s: %s\n", test_number,
	       test->name, test->section, level_name[test->level], test->what);
	if (!text)
		printf("#   no result within %u s\n", opt.limit);
	else if (WIFSIGNALED(status))
		printf("#   the checker died of signal %d\n", WTERMSIG(status));
	if (text)
		say_lines(text);
	return 1;
}

/* Nothing that follows can succeed when nobody listens any more. */
static bool target_listens(void)
{
	long long end = now_ms() + 5000;

	do {
		if (probe())
			return true;
		sleep_ms(100);
	} while (now_ms() < end);
	return false;
}

#define MAX_PATTERNS	64

/* Of names of tests, from -k and -x. */
static struct patterns {
	char *v[MAX_PATTERNS];
	bool used[MAX_PATTERNS];
	int n;
} wanted, avoided;

static bool matches(const struct test *test, struct patterns *patterns)
{
	bool any = false;
	int i;

	for (i = 0; i < patterns->n; i++)
		if (strstr(test->name, patterns->v[i]) ||
		    fnmatch(patterns->v[i], test->name, 0) == 0)
			any = patterns->used[i] = true;
	return any;
}

/* "11.6.1" before "11.10" */
static int by_section(const void *a, const void *b)
{
	const struct test *const *x = a, *const *y = b;

	return strverscmp((*x)->section, (*y)->section);
}

static void print_table(void)
{
	const struct test **all, *test;
	size_t n = 0, i = 0;

	for (test = tests; test; test = test->next)
		n++;
	all = zalloc(n * sizeof(*all));
	for (test = tests; test; test = test->next)
		all[i++] = test;
	qsort(all, n, sizeof(*all), by_section);
	for (i = 0; i < n; i++) {
		test = all[i];
		printf("| %s | %s | %s | ", test->section,
		       level_name[test->level], test->what);
		if (test->why_not)
			printf("%s |\n", test->why_not);
		else
			printf("`%s` |\n", test->name);
	}
}

static const char usage[] =
"usage: check [options]\n"
"  --portal IP:PORT        default 127.0.0.1:3260; [IPv6]:PORT\n"
"  --target IQN            required, except with -l and --table\n"
"  --initiator IQN         the name to log in with\n"
"  --chap USER:SECRET      what the target asks for\n"
"  --mutual USER:SECRET    what the target proves itself with\n"
"  --denied IQN            an initiator that may not log in\n"
"  --disable CMD           disables the portal group\n"
"  --enable CMD            enables it again\n"
"  --lun N                 a LUN whose contents may be destroyed (0)\n"
"  --no-lun N              a LUN that does not exist (250)\n"
"  --limit SECONDS         for one test (20)\n"
"  --wait MS               for one answer (4000)\n"
"  -k PATTERN              only tests whose name has it; may be repeated\n"
"  -x PATTERN              not these; may be repeated\n"
"  -l                      list the tests\n"
"  --table                 the rows of docs/protocol.md\n"
"  -v                      more words\n";

enum { O_PORTAL = 256, O_TARGET, O_INITIATOR, O_CHAP, O_MUTUAL, O_DENIED, O_DISABLE, O_ENABLE,
	O_LUN, O_NO_LUN, O_LIMIT, O_WAIT, O_TABLE, O_HELP };

static const struct option long_options[] = {
	{ "portal", 1, NULL, O_PORTAL },
	{ "target", 1, NULL, O_TARGET },
	{ "initiator", 1, NULL, O_INITIATOR },
	{ "chap", 1, NULL, O_CHAP },
	{ "mutual", 1, NULL, O_MUTUAL },
	{ "denied", 1, NULL, O_DENIED },
	{ "disable", 1, NULL, O_DISABLE },
	{ "enable", 1, NULL, O_ENABLE },
	{ "lun", 1, NULL, O_LUN },
	{ "no-lun", 1, NULL, O_NO_LUN },
	{ "limit", 1, NULL, O_LIMIT },
	{ "wait", 1, NULL, O_WAIT },
	{ "table", 0, NULL, O_TABLE },
	{ "help", 0, NULL, O_HELP },
	{ 0 },
};

static void bad_usage(const char *why)
{
	fprintf(stderr, "check: %s\n%s", why, usage);
	exit(2);
}

static void set_portal(char *arg)
{
	char *colon = strrchr(arg, ':');

	if (*arg == '[') {
		char *end = strchr(arg, ']');

		if (!end)
			bad_usage("--portal [IPv6]:PORT");
		*end = 0;
		opt.host = arg + 1;
		if (end[1] == ':')
			opt.port = end + 2;
		return;
	}
	if (!colon)
		bad_usage("--portal IP:PORT");
	*colon = 0;
	opt.host = arg;
	opt.port = colon + 1;
}

static void set_pair(char *arg, const char **user, const char **secret)
{
	char *colon = strchr(arg, ':');

	if (!colon)
		bad_usage("USER:SECRET expected");
	*colon = 0;
	*user = arg;
	*secret = colon + 1;
}

static void add_pattern(struct patterns *patterns, char *arg)
{
	if (patterns->n == MAX_PATTERNS)
		bad_usage("too many patterns");
	patterns->v[patterns->n++] = arg;
}

static void parse_option(int c)
{
	switch (c) {
	case O_PORTAL:
		set_portal(optarg);
		break;
	case O_TARGET:
		opt.target = optarg;
		break;
	case O_INITIATOR:
		opt.initiator = optarg;
		break;
	case O_CHAP:
		set_pair(optarg, &opt.chap_user, &opt.chap_secret);
		break;
	case O_MUTUAL:
		set_pair(optarg, &opt.mutual_user, &opt.mutual_secret);
		break;
	case O_DENIED:
		opt.denied = optarg;
		break;
	case O_DISABLE:
		opt.disable = optarg;
		break;
	case O_ENABLE:
		opt.enable = optarg;
		break;
	case O_LUN:
		opt.lun = strtoul(optarg, NULL, 0);
		break;
	case O_NO_LUN:
		opt.no_lun = strtoul(optarg, NULL, 0);
		break;
	case O_LIMIT:
		opt.limit = strtoul(optarg, NULL, 0);
		break;
	case O_WAIT:
		opt.wait = strtoul(optarg, NULL, 0);
		break;
	case 'k':
		add_pattern(&wanted, optarg);
		break;
	case 'x':
		add_pattern(&avoided, optarg);
		break;
	case 'v':
		opt.verbose = true;
		break;
	default:
		bad_usage("unknown option");
	}
}

/* What is asked for and not there would pass for ever. */
static void need_used(const struct patterns *patterns)
{
	int i;

	for (i = 0; i < patterns->n; i++)
		if (!patterns->used[i])
			bad_usage(format("no test is named like %s", patterns->v[i]));
}

/* Those that were not asked for lose their function. Returns how many are left. */
static unsigned int select_tests(void)
{
	unsigned int n = 0;
	struct test *test;

	for (test = tests; test; test = test->next) {
		bool out;

		if (!test->fn)
			continue;
		out = matches(test, &avoided);
		if (out || (wanted.n && !matches(test, &wanted)))
			test->fn = NULL;
		n += test->fn != NULL;
	}
	need_used(&wanted);
	need_used(&avoided);
	return n;
}

static void list_tests(void)
{
	const struct test *test;

	for (test = tests; test; test = test->next)
		if (test->fn)
			printf("%-40s %-9s %-6s %s\n", test->name, test->section,
			       level_name[test->level], test->what);
}

/* Returns the exit status. */
static int run_tests(unsigned int total)
{
	unsigned int count[3] = { 0 };
	struct test *test;
	int result;

	printf("TAP version 13\n1..%u\n", total);
	for (test = tests; test; test = test->next) {
		if (!test->fn)
			continue;
		test_number++;
		result = run_test(test);
		count[result]++;
		if (result == 1 && !target_listens()) {
			printf("Bail out! %s port %s does not answer any more\n",
			       opt.host, opt.port);
			break;
		}
	}
	printf("# %u passed, %u failed, %u skipped\n", count[0], count[1],
	       count[2]);
	return count[1] ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool list = false;
	unsigned int n;
	int c;

	while ((c = getopt_long(argc, argv, "k:x:lvh", long_options, NULL)) != -1) {
		switch (c) {
		case O_TABLE:
			print_table();
			return 0;
		case 'h':
		case O_HELP:
			fputs(usage, stdout);
			return 0;
		case 'l':
			list = true;
			break;
		default:
			parse_option(c);
		}
	}
	if (optind != argc)
		bad_usage("unexpected argument");
	n = select_tests();
	if (list) {
		list_tests();
		return 0;
	}
	if (!opt.target)
		bad_usage("--target is missing");
	return run_tests(n);
}
