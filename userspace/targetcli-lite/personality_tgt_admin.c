// SPDX-License-Identifier: GPL-2.0
/*
 * tgt-admin's language: make the targets of targets.conf, by the same commands
 * of tgtadm and in the same order as tgt-admin gives them. And the verb "import",
 * which does so, too.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "personality.h"
#include "tgt_admin.h"

#define DEFAULT_CONF "/etc/tgt/targets.conf"
#define NOTHING "; nothing was changed"

enum { OPT_DELETE = 256, OPT_OFFLINE, OPT_READY, OPT_UPDATE, OPT_IGNORE, OPT_DUMP,
	OPT_SHORT_SECRETS };

static void print_usage(void)
{
	fputs("Usage: tgt-admin OPTION...\n"
	      "Make targets as /etc/tgt/targets.conf says.\n"
	      "\n"
	      "  -e, --execute         make the targets that are not there yet, delete those that\n"
	      "                        the file does not have\n"
	      "      --update VALUE    delete targets and make them again as the file says\n"
	      "      --delete VALUE    delete targets\n"
	      "      --offline VALUE   let nobody log in to targets\n"
	      "      --ready VALUE     let initiators log in again\n"
	      "  -s, --show            show all targets\n"
	      "      --dump            print the configuration as a file\n"
	      "  -c, --conf FILE       use another file\n"
	      "  -f, --force           do it, even if a target is in use\n"
	      "      --ignore-errors   go on after a command that failed\n"
	      "      --allow-short-secrets  take secrets that the kernel module would refuse\n"
	      "  -p, --pretend         only print the commands of tgtadm\n"
	      "  -v, --verbose         print them, too\n"
	      "  -h, --help            this text\n"
	      "\n"
	      "VALUE is ALL, tid=NUMBER or the name of a target.\n", stdout);
}

/* --execute */

static int remove_others(struct admin *a)
{
	struct strlist live = { 0 };
	int max, st = 0;

	if (!conf_count(&a->conf, "target") || admin_live_targets(a, &live, &max))
		return 0;
	for (size_t i = 0; i < live.n && st >= 0; i++)
		if (!admin_block_of(a, live.v[i]))
			st = admin_delete_target(a, live.v[i]);
	sl_free(&live);
	return st < 0;
}

static int read_and_check(struct admin *a)
{
	int st = admin_read_conf(a);

	if (!st)
		admin_report_unknown(a);
	if (!st && admin_check_secrets(a))
		st = admin_bad("%sNothing was changed", a->ctx->error);
	return st;
}

static int execute(struct admin *a)
{
	int st = read_and_check(a);

	if (!st)
		st = admin_add_discovery_users(a);
	if (!st)
		st = admin_add_missing(a);
	return st ? st : remove_others(a);
}

/* import */

static int bad_import(struct ctx *ctx, char *msg)
{
	int err = fail_plain(ctx, -EINVAL, "%s", msg);

	ctx->status = ST_BAD_FILE;
	free(msg);
	return err;
}

int tgt_conf_import(struct ctx *ctx, const char *path, bool pretend, bool short_secrets)
{
	struct admin a = {
		.ctx = ctx, .conf_path = path, .import = true, .pretend = pretend,
		.short_secrets = short_secrets,
	};
	int st = admin_read_conf(&a);

	if (st) {
		const char *also = strstr(ctx->error, NOTHING) ? "" : NOTHING;

		st = bad_import(ctx, xasprintf("%s cannot be imported: %s%s", path, ctx->error,
					       also));
		goto out;
	}
	admin_report_unknown(&a);
	if (admin_check_secrets(&a)) {
		st = bad_import(ctx, xasprintf("%sNothing was changed", ctx->error));
		goto out;
	}
	st = admin_add_discovery_users(&a);
	if (!st)
		st = admin_add_missing(&a);
	st = st ? st : a.status;
	if (st) {
		st = -EIO;
		fail_plain(ctx, st, "%s cannot be imported as a whole", path);
	}
out:
	admin_free(&a);
	return st;
}

/* --update, --delete, --offline, --ready */

typedef int (*target_fn)(struct admin *a, const char *iqn);

static int update_one(struct admin *a, const char *iqn)
{
	const struct conf *options = admin_block_of(a, iqn);
	int tid = admin_number_of(a, iqn), st;

	if (!options && !tid)
		return admin_bad("target %s is neither configured nor in %s", iqn, a->conf_path);
	st = tid ? admin_delete_target(a, iqn) : 0;
	if (st || !options)
		return st < 0;
	return admin_add_target(a, iqn, options, tid ? tid : ++a->next_tid);
}

static int delete_one(struct admin *a, const char *iqn)
{
	return admin_delete_target(a, iqn) < 0;
}

static int set_state(struct admin *a, const char *iqn)
{
	int tid = admin_number_of(a, iqn);
	char number[16];

	if (!tid)
		return admin_bad("there is no target with name %s", iqn);
	snprintf(number, sizeof(number), "%d", tid);
	return admin_run(a, "--op", "update", "--mode", "target", "--tid", number, "-n", "state", "-v",
			 a->offline ? "offline" : "ready", NULL);
}

/* Those that are not there, each once. */
static void add_conf_targets(struct admin *a, struct strlist *iqns)
{
	const struct conf_option **v;
	size_t n = conf_select(&a->conf, "target", true, &v);

	for (size_t i = 0; i < n; i++) {
		char *iqn = normal_iqn(v[i]->value);

		if (!admin_number_of(a, iqn) && admin_block_of(a, iqn) == v[i]->options)
			sl_add(iqns, iqn);
		free(iqn);
	}
	free(v);
}

/* Those of 'live' that have a number, which is one at most. */
static void choose_by_number(const struct admin *a, const char *number, const struct strlist *live,
			     struct strlist *chosen)
{
	for (size_t i = 0; i < live->n; i++)
		if (admin_number_of(a, live->v[i]) == atoi(number))
			sl_add(chosen, live->v[i]);
}

/* There is no target with that number: an error, unless it was to be deleted. */
static int no_such_number(struct admin *a, const char *number, target_fn fn)
{
	int st;

	if (fn == delete_one) {
		admin_note_left(a, "Target with tid %s does not exist!", number);
		return 0;
	}
	st = admin_bad("there is no target with tid %s", number);
	return fn == set_state ? EINVAL : st;	/* what tgtadm says */
}

/* What ALL, tid=N or a name stands for, to call 'fn' for. */
static int choose_targets(struct admin *a, const char *which, target_fn fn, struct strlist *chosen)
{
	const char *number = after(which, "tid=");
	struct strlist live = { 0 };
	int max, st = admin_live_targets(a, &live, &max);

	if (st)
		return st;
	if (!strcmp(which, "ALL")) {
		for (size_t i = 0; i < live.n; i++)
			sl_add(chosen, live.v[i]);
		add_conf_targets(a, chosen);
	} else if (number) {
		choose_by_number(a, number, &live, chosen);
		if (!chosen->n)
			st = no_such_number(a, number, fn);
	} else {
		char *iqn = normal_iqn(which);

		sl_add(chosen, iqn);
		free(iqn);
	}
	sl_free(&live);
	return st;
}

static int for_targets(struct admin *a, const char *which, target_fn fn)
{
	struct strlist chosen = { 0 };
	int st = choose_targets(a, which, fn, &chosen);

	for (size_t i = 0; i < chosen.n && !st; i++)
		st = fn(a, chosen.v[i]);
	sl_free(&chosen);
	return st;
}

/* --dump */

static int dump(struct admin *a)
{
	const char *path;
	struct tgt tgt;
	int err = tgt_open(a->ctx, &tgt, false);

	cfs_unread_forget();
	if (!err) {
		tgt_dump(&tgt);
		err = cfs_unread(&path);
		if (err)
			fail(a->ctx, err, "this is not all: cannot read %s", path);
	}
	tgt_close(&tgt, err);
	return err ? admin_bad("%s", a->ctx->error) : 0;
}

/* Options */

static int parse(struct admin *a, int argc, char **argv, bool *done)
{
	static const struct option options[] = {
		{ "execute", no_argument, NULL, 'e' },
		{ "delete", required_argument, NULL, OPT_DELETE },
		{ "offline", required_argument, NULL, OPT_OFFLINE },
		{ "ready", required_argument, NULL, OPT_READY },
		{ "update", required_argument, NULL, OPT_UPDATE },
		{ "show", no_argument, NULL, 's' },
		{ "conf", required_argument, NULL, 'c' },
		{ "ignore-errors", no_argument, NULL, OPT_IGNORE },
		{ "force", no_argument, NULL, 'f' },
		{ "pretend", no_argument, NULL, 'p' },
		{ "dump", no_argument, NULL, OPT_DUMP },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "control-port", required_argument, NULL, 'C' },
		{ "allow-short-secrets", no_argument, NULL, OPT_SHORT_SECRETS },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	*done = argc == 1;
	optind = 0;
	/* "-dump" does for "--dump" */
	while ((opt = getopt_long_only(argc, argv, "esc:fpvhC:", options, NULL)) >= 0)
		switch (opt) {
		case 'e': a->execute = true; break;
		case OPT_DELETE: a->del = optarg; break;
		case OPT_OFFLINE: a->offline = optarg; break;
		case OPT_READY: a->ready = optarg; break;
		case OPT_UPDATE: a->update = optarg; break;
		case 's': a->show = true; break;
		case 'c': a->conf_path = optarg; break;
		case OPT_IGNORE: a->ignore_errors = true; break;
		case 'f': a->force = true; break;
		case 'p': a->pretend = true; break;
		case OPT_DUMP: a->dump = true; break;
		case 'v': a->verbose = true; break;
		case 'h': *done = true; break;
		case 'C': break;
		case OPT_SHORT_SECRETS: a->short_secrets = true; break;
		default: return EINVAL;
		}
	if (optind < argc)
		return admin_bad("unrecognized argument '%s'", argv[optind]);
	return 0;
}

static int act(struct admin *a)
{
	const char *which = a->del ? a->del : a->update ? a->update : a->offline ? a->offline : a->ready;

	if (which && !strcmp(which, "help")) {
		puts("Give ALL, tid=NUMBER or the name of a target. A target that is in use stays as it\nis, unless you say --force.");
		return 0;
	}
	if (a->show)
		return admin_run(a, "--op", "show", "--mode", "target", NULL);
	if (!a->pretend && !tgt_loaded(a->ctx)) {
		admin_bad("%s", a->ctx->error);
		return TGT_NO_KERNEL;
	}
	if (a->dump)
		return dump(a);
	if (a->execute)
		return execute(a);
	if (a->offline && a->ready)
		return admin_bad("--offline and --ready exclude one another");
	if (a->del)
		return for_targets(a, a->del, delete_one);
	if (a->update) {
		int st = read_and_check(a);

		return st ? st : for_targets(a, a->update, update_one);
	}
	if (which)
		return for_targets(a, which, set_state);
	/* tgt-admin takes this for no error */
	puts("No action specified: say --execute, --update, --delete, --offline, --ready, --show or --dump.");
	return 0;
}

static int tgt_admin_main(struct ctx *ctx, int argc, char **argv)
{
	struct admin a = { .ctx = ctx, .conf_path = DEFAULT_CONF };
	char **args = xcalloc(argc + 2, sizeof(*args));
	static char name[] = "tgt-admin";
	bool done;
	int st;

	ctx->name = name;
	args[0] = name;
	for (int i = 0; i < argc; i++)
		args[i + 1] = argv[i];
	st = parse(&a, argc + 1, args, &done);
	if (!st && done)
		print_usage();
	else if (!st)
		st = act(&a);
	admin_free(&a);
	free(args);
	return st;
}

const struct personality personality_tgt_admin = {
	.name = "tgt-admin",
	.help = "the language of tgt-admin",
	.main = tgt_admin_main,
};
