// SPDX-License-Identifier: GPL-2.0
/*
 * tgt-admin's language: make the targets of targets.conf, by the same commands
 * of tgtadm and in the same order as tgt-admin gives them.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minsecret.h"
#include "personality.h"
#include "signals.h"
#include "tgt.h"
#include "tgt_conf.h"

#define DEFAULT_CONF "/etc/tgt/targets.conf"
#define NOTHING "; nothing was changed"

enum { OPT_DELETE = 256, OPT_OFFLINE, OPT_READY, OPT_UPDATE, OPT_IGNORE, OPT_DUMP,
	OPT_SHORT_SECRETS };

struct admin {
	struct ctx *ctx;
	const char *conf_path;
	bool execute;
	bool show;
	bool dump;
	const char *del;
	const char *offline;
	const char *ready;
	const char *update;
	bool ignore_errors;
	bool force;
	bool pretend;
	bool verbose;
	bool import;		/* for the verb: add only, and say what is passed over */
	bool short_secrets;	/* take secrets below the kernel module's limit */
	unsigned int limit;	/* that is to be put back at the end, or 0 */

	struct conf conf;
	struct strlist accounts;	/* that exist */
	json_t *known;		/* those that were there before, with their secrets */
	int next_tid;
	int status;			/* of the first command that failed */
};

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

/* Running commands */

static void note(const struct admin *a, const char *fmt, ...) __printf(2, 3);

static void note(const struct admin *a, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	if (!a->pretend && !a->verbose && !a->import)
		return;
	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	if (a->import)
		warn(a->ctx, "%s", msg);
	else
		printf("# %s\n", msg);
	free(msg);
}

static int bad(const char *fmt, ...) __printf(1, 2);

static int bad(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("tgt-admin: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

/* What is wrong with the file: import has a message of its own for it. */
static int bad_file(const struct admin *a, const char *fmt, ...) __printf(2, 3);

static int bad_file(const struct admin *a, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	if (a->import)
		fail_plain(a->ctx, -EINVAL, "%s", msg);
	else
		bad("%s", msg);
	free(msg);
	return 1;
}

/* As a shell would want to read it. */
static void print_word(const char *word)
{
	if (is_word(word, SIZE_MAX, "_@%+=:,./-")) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static void print_command(const struct strlist *words)
{
	bool secret = false;

	for (size_t i = 0; i < words->n; i++) {
		if (i)
			putchar(' ');
		if (secret)
			fputs("********", stdout);
		else
			print_word(words->v[i]);
		secret = !strcmp(words->v[i], "--password");
	}
	putchar('\n');
}

static void print_failure(const struct strlist *words, int st)
{
	printf("Command:\n\t");
	print_command(words);
	printf("exited with code: %d.\n", st);
}

/* A command of tgtadm; its words end with NULL. Nonzero: stop. */
static int run(struct admin *a, ...)
{
	struct strlist words = { 0 };
	const char *word;
	va_list ap;
	int st = 0;

	sl_add(&words, "tgtadm");
	va_start(ap, a);
	while ((word = va_arg(ap, const char *)))
		sl_add(&words, word);
	va_end(ap);
	if (a->pretend || a->verbose)
		print_command(&words);
	if (!a->pretend) {
		fflush(stdout);
		sl_add(&words, "");
		free(words.v[--words.n]);
		words.v[words.n] = NULL;
		st = tgtadm(a->ctx, words.n, words.v);
		if (st && !a->ignore_errors && !a->import)
			print_failure(&words, st);
	}
	sl_free(&words);
	if (signals_came() && !st)
		st = bad("interrupted by a signal after this command");
	if (st && !a->status)
		a->status = st;
	return a->ignore_errors && !signals_came() ? 0 : st;
}

/* What there is */

static int number_of(struct admin *a, const char *iqn, bool *in_use)
{
	struct tgt_sessions s;
	struct strlist iqns = { 0 };
	struct tgt tgt;
	int tid = 0;

	*in_use = false;
	if (!tgt_open(a->ctx, &tgt, false)) {
		tgt_targets(&tgt, &iqns);
		if (sl_has(&iqns, iqn)) {
			tid = tgt_tid(&tgt, iqn);
			tgt_sessions(&tgt, iqn, &s);
			*in_use = s.n;
			tgt_sessions_free(&s);
		}
		sl_free(&iqns);
	}
	tgt_close(&tgt, 0);
	return tid;
}

static int live_targets(struct admin *a, struct strlist *iqns, int *max)
{
	struct tgt tgt;
	int err = tgt_open(a->ctx, &tgt, false);

	*max = 0;
	if (!err) {
		tgt_targets(&tgt, iqns);
		if (iqns->n)
			*max = tgt_tid(&tgt, iqns->v[iqns->n - 1]);
	}
	tgt_close(&tgt, err);
	return err ? bad("%s", a->ctx->error) : 0;
}

static void known_accounts(struct admin *a)
{
	struct tgt tgt;
	json_t *v;
	size_t i;

	if (!tgt_open(a->ctx, &tgt, false))
		a->known = json_incref(tgt.accounts);
	json_array_foreach(a->known, i, v)
		sl_add(&a->accounts, text_of(v, "user"));
	tgt_close(&tgt, 0);
}

/* The name that a target has in the kernel. */
static char *normal(const char *iqn)
{
	char *s = xstrdup(iqn);

	for (char *p = s; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return s;
}

static const struct conf *block_of(const struct admin *a, const char *iqn)
{
	for (size_t i = 0; i < a->conf.n; i++) {
		const struct conf_option *o = &a->conf.v[i];
		char *name = normal(o->value);
		bool same = o->block && !strcmp(o->name, "target") && !strcmp(name, iqn);

		free(name);
		if (same)
			return o->options;
	}
	return NULL;
}

/* Deleting */

/* 0: gone; 1: it is in use, and stays; -1: stop. */
static int delete_target(struct admin *a, const char *iqn)
{
	bool in_use;
	int tid = number_of(a, iqn, &in_use);
	char number[16];

	if (!tid) {
		note(a, "Target with name %s does not exist!", iqn);
		return 0;
	}
	if (in_use && !a->force) {
		note(a, "Target with tid %d (%s) is in use, it won't be %s.", tid, iqn,
		     a->update ? "updated" : "deleted");
		return 1;
	}
	snprintf(number, sizeof(number), "%d", tid);
	note(a, "Removing target: %s", iqn);
	return run(a, "--mode", "target", "--op", "delete", "--tid", number,
		   in_use ? "--force" : NULL, NULL) ? -1 : 0;
}

/* Making targets: options in the order of their names, as tgt-admin has it */

struct maker {
	struct admin *a;
	const struct conf *options;
	char tid[16];
	struct strlist luns;	/* that are taken */
};

static int in_use_by_system(const struct maker *m, const struct conf *store, const char *path)
{
	const char *allow = conf_get(store, "allow-in-use");
	int fd;

	if (!allow)
		allow = conf_get(m->options, "allow-in-use");
	if (m->a->force || (allow && !strcmp(allow, "yes")))
		return 0;
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return 0;
}

static const char *store_option(const struct maker *m, const struct conf *store,
				const char *name)
{
	const char *v = store ? conf_get(store, name) : NULL;

	return v ? v : conf_get(m->options, name);
}

/* The lowest number that no other store has or asks for. */
static char *free_lun(struct maker *m)
{
	for (unsigned int n = 1;; n++) {
		char *lun = xasprintf("%u", n);

		if (!sl_has(&m->luns, lun))
			return lun;
		free(lun);
	}
}

static int set_lun(struct maker *m, const char *lun, const char *params)
{
	return run(m->a, "--lld", "iscsi", "--op", "update", "--mode", "logicalunit", "--tid",
		   m->tid, "--lun", lun, "--params", params, NULL);
}

static int set_write_cache(struct maker *m, const struct conf *store, const char *lun)
{
	const char *v = store_option(m, store, "write-cache");

	if (!v || !*v || !strcmp(v, "on")) {
		note(m->a, "Write cache is enabled (default) for lun %s.", lun);
		return 0;
	}
	if (strcmp(v, "off")) {
		note(m->a, "WARNING! Unknown value (%s) to write-cache! Accepted values are \"on\" and \"off\".",
		     v);
		return 0;
	}
	return set_lun(m, lun, "mode_page=8:0:18:0x10:0:0xff:0xff:0:0:0xff:0xff:0xff:0xff:0x80:0x14:0:0:0:0:0:0");
}

static const char *const lun_params[] = {
	"scsi_id", "sense_format", "removable", "online", "path", "readonly", "vendor_id",
	"product_id", "product_rev", "scsi_sn", "lbppbe", "la_lba", "optimal_xfer_gran",
	"optimal_xfer_len",
};

static int set_each(struct maker *m, const struct conf *from, const char *name, const char *lun,
		    const char *prefix)
{
	int st = 0;

	for (size_t i = 0; from && i < from->n && !st; i++)
		if (!from->v[i].block && !strcmp(from->v[i].name, name)) {
			char *params = xasprintf("%s%s", prefix, from->v[i].value);

			st = set_lun(m, lun, params);
			free(params);
		}
	return st;
}

/* What the file says, or else what the disk of a direct-store says of itself. */
static int set_param(struct maker *m, const struct conf *store, const char *lun,
		     const char *direct, const char *name)
{
	const char *v = store_option(m, store, name);
	char *own = v || !direct ? NULL : direct_store_param(m->a->ctx, direct, name), *params;
	int st = 0;

	if (v || own) {
		params = xasprintf("%s=%s", name, v ? v : own);
		st = set_lun(m, lun, params);
		free(params);
	}
	free(own);
	return st;
}

/* 'direct' is the path of a direct-store, or NULL. */
static int set_params(struct maker *m, const struct conf *store, const char *lun,
		      const char *direct)
{
	int st = set_each(m, store, "mode_page", lun, "mode_page=");

	if (!st)
		st = set_each(m, m->options, "mode_page", lun, "mode_page=");
	for (size_t i = 0; !st && i < ARRAY_SIZE(lun_params); i++)
		st = set_param(m, store, lun, direct, lun_params[i]);
	if (!st)
		st = set_write_cache(m, store, lun);
	if (!st)
		st = set_each(m, store, "params", lun, "");
	return st ? st : set_each(m, m->options, "params", lun, "");
}

static int add_store(struct maker *m, const char *path, const struct conf *store, bool direct)
{
	static const char *const create[][2] = {
		{ "device-type", "--device-type" }, { "bs-type", "--bstype" },
		{ "bsopts", "--bsopts" }, { "bsoflags", "--bsoflags" },
		{ "block-size", "--blocksize" },
	};
	const char *w[ARRAY_SIZE(create) * 2 + 1] = { NULL }, *given = store_option(m, store, "lun");
	struct stat st_buf;
	size_t n = 0;
	char *lun;
	int st;

	if (in_use_by_system(m, store, path)) {
		note(m->a, "Skipping device %s - it is in use.", path);
		note(m->a, "You can override it with --force or 'allow-in-use yes' config option.");
		return 0;
	}
	if (stat(path, &st_buf) || S_ISDIR(st_buf.st_mode)) {
		note(m->a, "Skipping device: %s", path);
		note(m->a, "%s does not exist - please check the configuration file", path);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(create); i++) {
		const char *v = store_option(m, store, create[i][0]);

		if (v) {
			w[n++] = create[i][1];
			w[n++] = v;
		}
	}
	lun = given ? xstrdup(given) : free_lun(m);
	sl_add(&m->luns, lun);
	st = run(m->a, "--lld", "iscsi", "--op", "new", "--mode", "logicalunit", "--tid", m->tid,
		 "--lun", lun, "-b", path, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8],
		 w[9], NULL);
	if (!st)
		st = set_params(m, store, lun, direct ? path : NULL);
	free(lun);
	return st;
}

/* Numbers that the file gives are not given to others. */
static void reserve_luns(struct maker *m)
{
	for (size_t i = 0; i < m->options->n; i++) {
		const struct conf_option *o = &m->options->v[i];
		const char *lun = o->block ? conf_get(o->options, "lun") : NULL;

		if (lun)
			sl_add(&m->luns, lun);
	}
}

static int by_value(const void *x, const void *y)
{
	const struct conf_option *const *a = x, *const *b = y;

	return strcmp((*a)->value, (*b)->value);
}

/* Options of one name, sorted by value when 'sorted'. */
static size_t select_options(const struct conf *conf, const char *name, bool sorted,
			     const struct conf_option ***out)
{
	const struct conf_option **v = xcalloc(conf->n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < conf->n; i++)
		if (!strcmp(conf->v[i].name, name))
			v[n++] = &conf->v[i];
	if (sorted)
		qsort(v, n, sizeof(*v), by_value);
	*out = v;
	return n;
}

static int add_stores(struct maker *m, const char *name)
{
	const struct conf_option **v;
	size_t n = select_options(m->options, name, true, &v);
	int st = 0;

	for (size_t i = 0; i < n && !st; i++)
		if (!i || strcmp(v[i]->value, v[i - 1]->value))
			st = add_store(m, v[i]->value, v[i]->options, !strcmp(name, "direct-store"));
	free(v);
	return st;
}

/* "USER PASSWORD" */
static int add_user(struct maker *m, const char *value, const char *tid, bool outgoing)
{
	char *user = xstrdup(value), *password = user + strcspn(user, " \t");
	int st = 0;

	if (*password) {
		*password++ = '\0';
		password += strspn(password, " \t");
		password[strcspn(password, " \t")] = '\0';
	}
	if (!*user || !*password) {	/* of discovery: the others have been checked */
		st = bad("an account needs a name and a password: %s", user);
		goto out;
	}
	if (!sl_has(&m->a->accounts, user)) {
		st = run(m->a, "--lld", "iscsi", "--mode", "account", "--op", "new", "--user", user,
			 "--password", password, NULL);
		sl_add(&m->a->accounts, user);
	}
	if (!st)
		st = run(m->a, "--lld", "iscsi", "--mode", "account", "--op", "bind", "--user", user,
			 outgoing ? "--outgoing" : tid ? "--tid" : NULL,
			 outgoing && tid ? "--tid" : tid, outgoing ? tid : NULL, NULL);
out:
	explicit_bzero(user, strlen(value));
	free(user);
	return st;
}

static int add_users(struct maker *m, const char *name, bool outgoing)
{
	const struct conf_option **v;
	size_t n = select_options(m->options, name, false, &v);
	int st = 0;

	if (outgoing && n > 1) {
		note(m->a, "Warning: only one %s is allowed. Will only use the first one.", name);
		n = 1;
	}
	for (size_t i = 0; i < n && !st; i++)
		st = add_user(m, v[i]->value, m->tid, outgoing);
	free(v);
	return st;
}

static int bind_all(struct maker *m, const char *name, const char *option)
{
	const struct conf_option **v;
	size_t n = select_options(m->options, name, false, &v);
	int st = 0;

	for (size_t i = 0; i < n && !st; i++)
		st = run(m->a, "--lld", "iscsi", "--op", "bind", "--mode", "target", "--tid",
			 m->tid, option, v[i]->value, NULL);
	free(v);
	return st;
}

static const char *const session_params[] = {
	"DataDigest", "DataPDUInOrder", "DataSequenceInOrder", "DefaultTime2Retain",
	"DefaultTime2Wait", "ErrorRecoveryLevel", "FirstBurstLength", "HeaderDigest",
	"IFMarkInt", "IFMarker", "ImmediateData", "InitialR2T", "MaxBurstLength",
	"MaxConnections", "MaxOutstandingR2T", "MaxRecvDataSegmentLength",
	"MaxXmitDataSegmentLength", "OFMarkInt", "OFMarker", "state", NULL
};

static int set_target_params(struct maker *m)
{
	int st = 0;

	for (const char *const *name = session_params; *name && !st; name++) {
		const char *v = conf_get(m->options, *name);

		if (v)
			st = run(m->a, "--lld", "iscsi", "--mode", "target", "--op", "update",
				 "--tid", m->tid, "--name", *name, "--value", v, NULL);
	}
	return st;
}

static bool is_account(const char *value)
{
	size_t user = strcspn(value, " \t");

	return user && value[user] && value[user + strspn(value + user, " \t")];
}

static int check_options(const struct admin *a, const char *iqn, const struct conf *options)
{
	const char *driver = conf_get(options, "driver");

	for (size_t i = 0; i < options->n; i++) {
		const struct conf_option *o = &options->v[i];

		if (!*o->value)
			return bad_file(a, "%s: option %s has no value", iqn, o->name);
		if ((!strcmp(o->name, "incominguser") || !strcmp(o->name, "outgoinguser")) &&
		    !is_account(o->value))
			return bad_file(a, "%s: %s needs a name and a password", iqn, o->name);
	}
	if (!driver)
		driver = conf_get(&a->conf, "default-driver");
	if (driver && strcmp(driver, "iscsi"))
		return bad_file(a, "%s: driver %s: there is iscsi only", iqn, driver);
	return 0;
}

static int fill_target(struct maker *m)
{
	int st;

	reserve_luns(m);
	st = set_target_params(m);
	if (!st)
		st = add_stores(m, "backing-store");
	if (!st)
		st = add_stores(m, "direct-store");
	if (!st)
		st = add_users(m, "incominguser", false);
	if (!st)
		st = add_users(m, "outgoinguser", true);
	if (!st)
		st = bind_all(m, "initiator-address", "-I");
	if (!st)
		st = bind_all(m, "initiator-name", "-Q");
	/* as tgt-admin: everybody, unless addresses are given; names do not count */
	if (!st && !conf_count(m->options, "initiator-address"))
		st = run(m->a, "--lld", "iscsi", "--op", "bind", "--mode", "target", "--tid",
			 m->tid, "-I", "ALL", NULL);
	return st;
}

static int add_target(struct admin *a, const char *iqn, const struct conf *options, int tid)
{
	const char *wanted = conf_get(options, "controller_tid");
	struct maker m = { .a = a, .options = options };
	int st;

	if (wanted)	/* tgtadm says it when that is no number */
		snprintf(m.tid, sizeof(m.tid), "%s", wanted);
	else
		snprintf(m.tid, sizeof(m.tid), "%d", tid);
	note(a, "Adding target: %s", iqn);
	st = run(a, "--lld", "iscsi", "--op", "new", "--mode", "target", "--tid", m.tid, "-T", iqn,
		 NULL);
	if (!st)
		st = fill_target(&m);
	sl_free(&m.luns);
	return st;
}

static int add_discovery_users(struct admin *a)
{
	struct maker m = { .a = a, .options = &a->conf, .tid = "discovery" };
	const char *in = conf_get(&a->conf, "incomingdiscoveryuser");
	const char *out = conf_get(&a->conf, "outgoingdiscoveryuser");
	int st = in ? add_user(&m, in, NULL, false) : 0;

	return st || !out ? st : add_user(&m, out, NULL, true);
}

/* --execute */

static int add_missing(struct admin *a)
{
	const struct conf_option **v;
	size_t n = select_options(&a->conf, "target", true, &v);
	int st = 0;

	for (size_t i = 0; i < n && !st; i++) {
		char *iqn = normal(v[i]->value);
		bool in_use;

		if (number_of(a, iqn, &in_use))
			note(a, "Target %s already exists!", v[i]->value);
		else
			st = add_target(a, v[i]->value, v[i]->options, ++a->next_tid);
		free(iqn);
	}
	free(v);
	return st;
}

static int remove_others(struct admin *a)
{
	struct strlist live = { 0 };
	int max, st = 0;

	if (!conf_count(&a->conf, "target") || live_targets(a, &live, &max))
		return 0;
	for (size_t i = 0; i < live.n && st >= 0; i++)
		if (!block_of(a, live.v[i]))
			st = delete_target(a, live.v[i]);
	sl_free(&live);
	return st < 0;
}

/* Secrets that could not be bound are found before anything is done. */

struct short_secrets {
	struct strlist found;
	size_t min;		/* that the kernel module takes */
	size_t shortest;
};

/* Of an account that there is already, the password in the file is not used. */
static size_t secret_length(const struct admin *a, const char *user, size_t in_file)
{
	json_t *v;
	size_t i;

	json_array_foreach(a->known, i, v)
		if (!strcmp(text_of(v, "user"), user))
			return strlen(text_of(v, "password"));
	return in_file;
}

static void look_at_user(struct admin *a, const struct conf_option *o, const char *where,
			 struct short_secrets *s)
{
	size_t user = strcspn(o->value, " \t"), len;
	const char *password = o->value + user + strspn(o->value + user, " \t");
	char *name = xstrndup(o->value, user), *text;

	len = secret_length(a, name, strcspn(password, " \t"));
	if (len && len < s->min) {
		text = xasprintf("%s:%u: %s %s%s%s: %zu bytes", o->file, o->line, o->name, name,
				 *where ? " of " : "", where, len);
		sl_add(&s->found, text);
		free(text);
		s->shortest = !s->shortest || len < s->shortest ? len : s->shortest;
	}
	free(name);
}

static void look_at_users(struct admin *a, const struct conf *conf, const char *where,
			  struct short_secrets *s)
{
	static const char *const names[] = {
		"incominguser", "outgoinguser", "incomingdiscoveryuser", "outgoingdiscoveryuser",
	};

	for (size_t i = 0; i < conf->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			if (!conf->v[i].block && !strcmp(conf->v[i].name, names[k]))
				look_at_user(a, &conf->v[i], where, s);
}

/* Nothing may end us before the limit is what it was. */
static void lower_limit(struct admin *a, size_t shortest)
{
	signals_hold();
	a->limit = minsecret_set(a->ctx, shortest);
	if (!a->limit)
		signals_release();
}

static int check_secrets(struct admin *a)
{
	struct short_secrets s = { .min = minsecret(a->ctx) };
	int err = 0;

	look_at_users(a, &a->conf, "", &s);
	for (size_t i = 0; i < a->conf.n; i++)
		if (a->conf.v[i].block && !strcmp(a->conf.v[i].name, "target"))
			look_at_users(a, a->conf.v[i].options, a->conf.v[i].value, &s);
	if (s.found.n && a->short_secrets && !a->pretend)
		lower_limit(a, s.shortest);
	else if (s.found.n && !a->short_secrets && !a->ignore_errors)
		err = minsecret_refuse(a->ctx, &s.found, s.shortest, "--allow-short-secrets");
	sl_free(&s.found);
	return err;
}

static void put_limit_back(struct admin *a)
{
	if (!a->limit)
		return;
	minsecret_set(a->ctx, a->limit);
	signals_release();
}

static int read_conf(struct admin *a)
{
	struct strlist live = { 0 };
	const char *ignore;
	int err = conf_read(a->ctx, a->conf_path, &a->conf);

	if (err)
		return bad_file(a, "%s", a->ctx->error);
	ignore = conf_get(&a->conf, "ignore-errors");
	a->ignore_errors = a->ignore_errors || (ignore && !strcmp(ignore, "yes"));
	for (size_t i = 0; i < a->conf.n && !err; i++)
		if (a->conf.v[i].block && !strcmp(a->conf.v[i].name, "target"))
			err = check_options(a, a->conf.v[i].value, a->conf.v[i].options);
	if (err)
		return err;
	known_accounts(a);
	err = live_targets(a, &live, &a->next_tid);
	sl_free(&live);
	return err;
}

/* What the file may have */

static const char *const conf_options[] = {
	"default-driver", "ignore-errors", "control-port", "incomingdiscoveryuser",
	"outgoingdiscoveryuser", "target", NULL
};

static const char *const target_options[] = {
	"backing-store", "direct-store", "incominguser", "outgoinguser", "initiator-address",
	"initiator-name", "driver", "controller_tid", "write-cache", "allow-in-use",
	"device-type", "bs-type", "bsopts", "bsoflags", "block-size", "mode_page", "params",
	"lun", NULL
};

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static bool is_known(const char *const *names, const char *name)
{
	if (is_one_of(names, name))
		return true;
	if (names == conf_options)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(lun_params); i++)
		if (!strcmp(lun_params[i], name))
			return true;
	return is_one_of(session_params, name);
}

/* What is passed over is said, with its place. */
static void report_unknown(struct ctx *ctx, const struct conf *conf, const char *const *names)
{
	for (size_t i = 0; i < conf->n; i++) {
		const struct conf_option *o = &conf->v[i];

		if (!is_known(names, o->name))
			warn(ctx, "%s:%u: %s is not known%s and passed over", o->file, o->line,
			     o->name, starts_with(o->name, "iSNS") ? " (there is no iSNS here)" : "");
		else if (o->block)
			report_unknown(ctx, o->options, target_options);
	}
}

/* The same for tgt-admin, which says itself what is wrong. */
static int read_and_check(struct admin *a)
{
	int st = read_conf(a);

	if (!st)
		report_unknown(a->ctx, &a->conf, conf_options);
	if (!st && check_secrets(a))
		st = bad("%sNothing was changed", a->ctx->error);
	return st;
}

static int execute(struct admin *a)
{
	int st = read_and_check(a);

	if (!st)
		st = add_discovery_users(a);
	if (!st)
		st = add_missing(a);
	return st ? st : remove_others(a);
}

/* import */

int tgt_conf_import(struct ctx *ctx, const char *path, bool pretend, bool short_secrets)
{
	struct admin a = {
		.ctx = ctx, .conf_path = path, .import = true, .pretend = pretend,
		.short_secrets = short_secrets,
	};
	int st = read_conf(&a);

	if (st) {
		const char *also = strstr(ctx->error, NOTHING) ? "" : NOTHING;
		char *msg = xasprintf("%s cannot be imported: %s%s", path, ctx->error, also);

		st = fail_plain(ctx, -EINVAL, "%s", msg);
		ctx->status = ST_BAD_FILE;
		free(msg);
		goto out;
	}
	report_unknown(ctx, &a.conf, conf_options);
	if (check_secrets(&a)) {
		char *msg = xasprintf("%sNothing was changed", ctx->error);

		st = fail_plain(ctx, -EINVAL, "%s", msg);
		ctx->status = ST_BAD_FILE;
		free(msg);
		goto out;
	}
	st = add_discovery_users(&a);
	if (!st)
		st = add_missing(&a);
	st = st ? st : a.status;
	if (st) {
		st = -EIO;
		fail_plain(ctx, st, "%s cannot be imported as a whole", path);
	}
out:
	put_limit_back(&a);
	conf_free(&a.conf);
	sl_free(&a.accounts);
	json_decref(a.known);
	return st;
}

/* --update, --delete, --offline, --ready */

typedef int (*target_fn)(struct admin *a, const char *iqn);

static int update_one(struct admin *a, const char *iqn)
{
	const struct conf *options = block_of(a, iqn);
	bool in_use;
	int tid = number_of(a, iqn, &in_use), st;

	if (!options && !tid)
		return bad("target %s is neither configured nor in %s", iqn, a->conf_path);
	st = tid ? delete_target(a, iqn) : 0;
	if (st || !options)
		return st < 0;
	return add_target(a, iqn, options, tid ? tid : ++a->next_tid);
}

static int delete_one(struct admin *a, const char *iqn)
{
	return delete_target(a, iqn) < 0;
}

static int set_state(struct admin *a, const char *iqn)
{
	char number[16];
	bool in_use;
	int tid = number_of(a, iqn, &in_use);

	if (!tid)
		return bad("there is no target with name %s", iqn);
	snprintf(number, sizeof(number), "%d", tid);
	return run(a, "--op", "update", "--mode", "target", "--tid", number, "-n", "state", "-v",
		   a->offline ? "offline" : "ready", NULL);
}

static void add_conf_targets(struct admin *a, struct strlist *iqns)
{
	const struct conf_option **v;
	size_t n = select_options(&a->conf, "target", true, &v);

	for (size_t i = 0; i < n; i++) {
		char *iqn = normal(v[i]->value);

		if (!sl_has(iqns, iqn))
			sl_add(iqns, iqn);
		free(iqn);
	}
	free(v);
}

/* Call 'fn' for what ALL, tid=N or a name stands for. */
static int for_targets(struct admin *a, const char *which, target_fn fn)
{
	const char *number = after(which, "tid=");
	struct strlist iqns = { 0 }, chosen = { 0 };
	int max, st = live_targets(a, &iqns, &max);
	struct tgt tgt;

	if (st)
		return st;
	if (!strcmp(which, "ALL")) {
		add_conf_targets(a, &iqns);
		for (size_t i = 0; i < iqns.n; i++)
			sl_add(&chosen, iqns.v[i]);
	} else if (number) {
		if (!tgt_open(a->ctx, &tgt, false))
			for (size_t i = 0; i < iqns.n; i++)
				if (tgt_tid(&tgt, iqns.v[i]) == atoi(number))
					sl_add(&chosen, iqns.v[i]);
		tgt_close(&tgt, 0);
		if (!chosen.n && fn != delete_one)
			st = bad("there is no target with tid %s", number);
		else if (!chosen.n)
			note(a, "Target with tid %s does not exist!", number);
		if (st && fn == set_state)	/* what tgtadm says */
			st = EINVAL;
	} else {
		char *iqn = normal(which);

		sl_add(&chosen, iqn);
		free(iqn);
	}
	for (size_t i = 0; i < chosen.n && !st; i++)
		st = fn(a, chosen.v[i]);
	sl_free(&iqns);
	sl_free(&chosen);
	return st;
}

/* --dump */

static int dump(struct admin *a)
{
	struct tgt tgt;
	int err = tgt_open(a->ctx, &tgt, false);

	if (!err)
		tgt_dump(&tgt);
	tgt_close(&tgt, err);
	return err ? bad("%s", a->ctx->error) : 0;
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
		return bad("unrecognized argument '%s'", argv[optind]);
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
		return run(a, "--op", "show", "--mode", "target", NULL);
	if (!a->pretend && !tgt_loaded(a->ctx)) {
		bad("%s", a->ctx->error);
		return TGT_NO_KERNEL;
	}
	if (a->dump)
		return dump(a);
	if (a->execute)
		return execute(a);
	if (a->offline && a->ready)
		return bad("--offline and --ready exclude one another");
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
	put_limit_back(&a);
	conf_free(&a.conf);
	sl_free(&a.accounts);
	json_decref(a.known);
	free(args);
	return st;
}

const struct personality personality_tgt_admin = {
	.name = "tgt-admin",
	.help = "the language of tgt-admin",
	.main = tgt_admin_main,
};
