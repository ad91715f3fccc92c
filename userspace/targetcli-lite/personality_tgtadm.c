// SPDX-License-Identifier: GPL-2.0
/*
 * tgtadm's language: --lld iscsi --mode MODE --op OP and options, in any order.
 * What is wrong with them is found in the order in which tgtadm finds it, and
 * ends with its exit status: 22 (EINVAL) for nearly everything.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "personality.h"
#include "secret.h"
#include "tgt.h"

#define EXIT_BAD EINVAL
#define EXIT_UNKNOWN 1		/* no such mode or operation */

enum mode { M_NONE, M_SYSTEM, M_TARGET, M_LUN, M_PORTAL, M_SESSION, M_CONN, M_ACCOUNT, M_LLD };
enum op { O_NONE, O_NEW, O_DELETE, O_BIND, O_UNBIND, O_SHOW, O_UPDATE, O_STAT, O_START, O_STOP };

#define OPT_SECRET_FILE 1

struct request {
	enum mode mode;
	enum op op;
	const char *mode_name;
	const char *op_name;
	char given[128];	/* letters of the options that were given */
	const char *lld;
	long long tid;
	uint64_t sid;
	uint32_t cid;
	uint64_t lun;
	const char *name;
	const char *value;
	const char *targetname;
	const char *address;
	const char *initiator;
	const char *user;
	const char *password;
	const char *secret_file;
	const char *params;
	const char *device_type;
	struct tgt_lun_spec lun_spec;
	bool outgoing;
	bool force;
};

static const char short_options[] = "dhVL:o:m:t:s:c:l:n:v:b:E:f:y:T:I:Q:u:p:H:FP:B:Y:OC:S:";

static const struct option long_options[] = {
	{ "debug", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "lld", required_argument, NULL, 'L' },
	{ "op", required_argument, NULL, 'o' },
	{ "mode", required_argument, NULL, 'm' },
	{ "tid", required_argument, NULL, 't' },
	{ "sid", required_argument, NULL, 's' },
	{ "cid", required_argument, NULL, 'c' },
	{ "lun", required_argument, NULL, 'l' },
	{ "name", required_argument, NULL, 'n' },
	{ "value", required_argument, NULL, 'v' },
	{ "backing-store", required_argument, NULL, 'b' },
	{ "bstype", required_argument, NULL, 'E' },
	{ "bsopts", required_argument, NULL, 'S' },
	{ "bsoflags", required_argument, NULL, 'f' },
	{ "blocksize", required_argument, NULL, 'y' },
	{ "targetname", required_argument, NULL, 'T' },
	{ "initiator-address", required_argument, NULL, 'I' },
	{ "initiator-name", required_argument, NULL, 'Q' },
	{ "user", required_argument, NULL, 'u' },
	{ "password", required_argument, NULL, 'p' },
	{ "secret-file", required_argument, NULL, OPT_SECRET_FILE },
	{ "host", required_argument, NULL, 'H' },
	{ "force", no_argument, NULL, 'F' },
	{ "params", required_argument, NULL, 'P' },
	{ "bus", required_argument, NULL, 'B' },
	{ "device-type", required_argument, NULL, 'Y' },
	{ "outgoing", no_argument, NULL, 'O' },
	{ "control-port", required_argument, NULL, 'C' },
	{ NULL, 0, NULL, 0 },
};

static void print_usage(void)
{
	fputs("Usage: tgtadm --lld iscsi --mode MODE --op OPERATION [OPTION...]\n"
	      "Configure the kernel's iSCSI target in tgtadm's language.\n"
	      "\n"
	      "  --mode target       --op new --tid ID --targetname IQN\n"
	      "                      --op delete --tid ID [--force]\n"
	      "                      --op show [--tid ID]\n"
	      "                      --op update --tid ID --name NAME --value VALUE\n"
	      "                      --op bind|unbind --tid ID --initiator-address ALL|ADDRESS|NETWORK\n"
	      "                      --op bind|unbind --tid ID --initiator-name IQN\n"
	      "  --mode logicalunit  --op new --tid ID --lun LUN --backing-store PATH\n"
	      "                        [--bstype rdwr|aio] [--bsoflags sync|direct] [--blocksize SIZE]\n"
	      "                      --op delete --tid ID --lun LUN\n"
	      "                      --op update --tid ID --lun LUN --params NAME=VALUE[,...]\n"
	      "  --mode account      --op new --user NAME --password SECRET | --secret-file FILE\n"
	      "                      --op delete --user NAME\n"
	      "                      --op show\n"
	      "                      --op bind|unbind [--tid ID] --user NAME [--outgoing]\n"
	      "  --mode session      --op show --tid ID [--sid SID]\n"
	      "  --mode conn         --op show --tid ID\n"
	      "                      --op delete --tid ID --sid SID --cid CID\n"
	      "  --mode portal       --op new|delete --param portal=ADDRESS[:PORT]\n"
	      "                      --op show\n"
	      "  --mode system       --op show\n"
	      "  --mode target|logicalunit|session|conn|system --op stat [--tid ID] [--lun LUN] [--sid SID]\n"
	      "\n"
	      "Short: -L lld -m mode -o op -t tid -T targetname -l lun -b backing-store\n"
	      "-I initiator-address -Q initiator-name -u user -p password -O outgoing\n"
	      "-n name -v value -P params -s sid -c cid -F force. See targetcli-lite-tgt(8).\n",
	      stdout);
}

/* Options */

static int complain(const char *fmt, ...) __printf(1, 2);

static int complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("tgtadm: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_BAD;
}

struct word {
	const char *word;
	int value;
};

static int find_word(const struct word *words, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i].word, s))
			return words[i].value;
	return 0;
}

static int take_mode(struct request *r, const char *s)
{
	static const struct word modes[] = {
		{ "system", M_SYSTEM }, { "sys", M_SYSTEM }, { "target", M_TARGET },
		{ "tgt", M_TARGET }, { "logicalunit", M_LUN }, { "lu", M_LUN },
		{ "portal", M_PORTAL }, { "pt", M_PORTAL }, { "session", M_SESSION },
		{ "sess", M_SESSION }, { "connection", M_CONN }, { "conn", M_CONN },
		{ "account", M_ACCOUNT }, { "lld", M_LLD },
	};

	r->mode_name = s;
	r->mode = find_word(modes, ARRAY_SIZE(modes), s);
	if (r->mode)
		return 0;
	complain("unknown mode: %s (there are target, logicalunit, account, session, conn, portal, system and lld)",
		 s);
	return EXIT_UNKNOWN;
}

static int take_op(struct request *r, const char *s)
{
	static const struct word ops[] = {
		{ "new", O_NEW }, { "delete", O_DELETE }, { "bind", O_BIND },
		{ "unbind", O_UNBIND }, { "show", O_SHOW }, { "update", O_UPDATE },
		{ "stat", O_STAT }, { "start", O_START }, { "stop", O_STOP },
	};

	r->op_name = s;
	r->op = find_word(ops, ARRAY_SIZE(ops), s);
	if (r->op)
		return 0;
	complain("unknown operation: %s (there are new, delete, show, update, bind, unbind and stat)",
		 s);
	return EXIT_UNKNOWN;
}

/* Decimal, 0x hexadecimal or 0 octal, as tgt reads numbers. */
static int take_number(int opt, const char *s, uint64_t max, uint64_t *out)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (end == s || *end || *s == '-' || errno || n > max)
		return complain("-%c argument value '%s' invalid: give a number from 0 to %llu", opt, s,
				(unsigned long long)max);
	*out = n;
	return 0;
}

static int take_numeric(struct request *r, int opt, const char *s)
{
	uint64_t n = 0;
	int st = take_number(opt, s, opt == 't' ? INT32_MAX : opt == 'c' ? UINT32_MAX : UINT64_MAX - 1,
			     &n);

	switch (opt) {
	case 't':
		r->tid = n;
		break;
	case 's':
		r->sid = n;
		break;
	case 'c':
		r->cid = n;
		break;
	case 'l':
		r->lun = n;
		break;
	}
	return st;
}

static const char **text_option(struct request *r, int opt)
{
	switch (opt) {
	case 'L': return &r->lld;
	case 'n': return &r->name;
	case 'v': return &r->value;
	case 'b': return &r->lun_spec.path;
	case 'E': return &r->lun_spec.bstype;
	case 'f': return &r->lun_spec.bsoflags;
	case 'y': return &r->lun_spec.blocksize;
	case 'T': return &r->targetname;
	case 'I': return &r->address;
	case 'Q': return &r->initiator;
	case 'u': return &r->user;
	case 'p': return &r->password;
	case 'P': return &r->params;
	case 'Y': return &r->device_type;
	case OPT_SECRET_FILE: return &r->secret_file;
	}
	return NULL;
}

static int take_option(struct request *r, int opt)
{
	const char **text = text_option(r, opt);
	size_t n = strlen(r->given);

	if (opt >= ' ' && n + 1 < sizeof(r->given))
		r->given[n] = opt;
	if (text) {
		*text = optarg;
		return 0;
	}
	switch (opt) {
	case 'm':
		return take_mode(r, optarg);
	case 'o':
		return take_op(r, optarg);
	case 't': case 's': case 'c': case 'l': case 'H': case 'C':
		return take_numeric(r, opt, optarg);
	case 'F':
		r->force = true;
		return 0;
	case 'O':
		r->outgoing = true;
		return 0;
	case 'd': case 'B': case 'S':
		return 0;
	}
	fputs("Try `tgtadm --help' for more information.\n", stderr);
	return EXIT_BAD;
}

static int parse(struct request *r, int argc, char **argv, bool *done)
{
	int opt, st = 0;

	*done = false;
	r->tid = -1;
	r->lun = UINT64_MAX;
	optind = 0;
	while (!st && (opt = getopt_long(argc, argv, short_options, long_options, NULL)) >= 0) {
		if (opt == 'h' || opt == 'V') {
			*done = true;
			if (opt == 'h')
				print_usage();
			else
				puts("1.0.85 (targetcli-lite)");
			return 0;
		}
		st = take_option(r, opt);
	}
	if (!st && optind < argc)
		st = complain("unrecognized option '%s'", argv[optind]);
	return st;
}

/* What goes together */

struct rule {
	enum mode mode;
	enum op op;
	const char *allowed;	/* letters of options */
};

static const struct rule rules[] = {
	{ M_SYSTEM, O_UPDATE, "LmonvC" }, { M_SYSTEM, O_SHOW, NULL }, { M_SYSTEM, O_DELETE, NULL },
	{ M_SYSTEM, O_STAT, NULL }, { M_TARGET, O_STAT, "LmotC" }, { M_LUN, O_STAT, "LmotlC" },
	{ M_SESSION, O_STAT, NULL }, { M_CONN, O_STAT, NULL },
	{ M_TARGET, O_NEW, "LmotTC" }, { M_TARGET, O_DELETE, "LmotCF" },
	{ M_TARGET, O_SHOW, "LmotC" }, { M_TARGET, O_BIND, "LmotIQBHC" },
	{ M_TARGET, O_UNBIND, "LmotIQBHC" }, { M_TARGET, O_UPDATE, "LmotnvPC" },
	{ M_ACCOUNT, O_NEW, "LmoupfC" }, { M_ACCOUNT, O_SHOW, "LmoC" },
	{ M_ACCOUNT, O_DELETE, "LmouC" }, { M_ACCOUNT, O_BIND, "LmotuOC" },
	{ M_ACCOUNT, O_UNBIND, "LmotuOC" },
	{ M_LUN, O_NEW, "LmofytlbEYCS" }, { M_LUN, O_DELETE, "LmotlC" },
	{ M_LUN, O_UPDATE, "LmofytlPnvC" },
	{ M_PORTAL, O_NEW, "LmoCP" }, { M_PORTAL, O_DELETE, "LmoCP" }, { M_PORTAL, O_SHOW, "LmoC" },
	{ M_SESSION, O_SHOW, NULL }, { M_CONN, O_SHOW, NULL }, { M_CONN, O_DELETE, NULL },
	{ M_LLD, O_SHOW, "LmoC" }, { M_LLD, O_START, "LmoC" }, { M_LLD, O_STOP, "LmoC" },
};

static int check_allowed(const struct request *r)
{
	const struct rule *rule = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].mode == r->mode && rules[i].op == r->op)
			rule = &rules[i];
	if (!rule)
		return complain("operation %s not supported in %s mode", r->op_name, r->mode_name);
	for (const char *p = r->given; rule->allowed && *p; p++)
		if (*p != 'd' && !strchr(rule->allowed, *p))
			return complain("%s mode: option '-%c' is not allowed/supported with operation %s",
					r->mode_name, *p, r->op_name);
	return 0;
}

static int check_target(const struct request *r)
{
	if (r->op != O_SHOW && r->tid <= 0)
		return complain(r->tid ? "'tid' option is necessary" : "'tid' cannot be 0");
	return 0;
}

static int check_lun(const struct request *r)
{
	if (r->tid <= 0)
		return complain(r->tid ? "'tid' option is necessary" : "'tid' must not be 0");
	return r->lun == UINT64_MAX ? complain("'lun' option is necessary") : 0;
}

static int check_needed(const struct request *r)
{
	bool pair = r->name && r->value;

	if (r->mode == M_TARGET && r->op == O_NEW && !r->targetname)
		return complain("creating new target requires a name, use --targetname");
	if (r->mode == M_TARGET && (r->op == O_BIND || r->op == O_UNBIND) && !r->address &&
	    !r->initiator)
		return complain("%s operation requires initiator-address or initiator-name", r->op_name);
	if (r->op == O_UPDATE && !pair && !(r->params && (r->mode == M_LUN || r->mode == M_TARGET)))
		return complain("update operation requires 'name' and 'value' options%s",
				r->mode == M_LUN ? ", or 'params'" : "");
	if (r->mode == M_ACCOUNT && r->op == O_NEW && (!r->user || !(r->password || r->secret_file)))
		return complain("'user' and 'password' options are required");
	if (r->mode == M_ACCOUNT && r->op != O_SHOW && !r->user)
		return complain("'user' option is necessary");
	if (r->mode == M_PORTAL && r->op != O_SHOW && !r->params)
		return complain("you must specify --param portal=ADDRESS:PORT");
	return 0;
}

static int check(const struct request *r)
{
	int st = 0;

	if (!r->op)
		return complain("specify the operation type: --op");
	if (!r->mode)
		return complain("specify the mode: --mode");
	if (r->mode == M_TARGET)
		st = check_target(r);
	else if ((r->mode == M_CONN || r->mode == M_SESSION) && r->tid < 0)
		st = complain("'tid' option is necessary");
	else if (r->mode == M_LUN)
		st = check_lun(r);
	if (!st)
		st = check_allowed(r);
	if (!st)
		st = check_needed(r);
	if (!st && r->lld && *r->lld && strcmp(r->lld, "iscsi"))
		st = complain("can't find the driver: %s; there is iscsi only", r->lld);
	return st;
}

/* Doing it */

static int bind_initiators(struct tgt *tgt, const struct request *r)
{
	bool bind = r->op == O_BIND;
	struct kept_error kept;
	int err = r->address ? tgt_acl_bind(tgt, r->tid, "allowed_addresses", r->address, bind) : 0;

	if (err || !r->initiator)
		return err;
	err = tgt_acl_bind(tgt, r->tid, "allowed_initiators", r->initiator, bind);
	if (!err || !r->address)
		return err;
	kept = error_keep(tgt->ctx);
	tgt_acl_bind(tgt, r->tid, "allowed_addresses", r->address, !bind);
	error_again(tgt->ctx, kept);
	return err;
}

/* "NAME=VALUE,…" of a target */
static int update_params(struct tgt *tgt, const struct request *r)
{
	char *list = xstrdup(r->params), *save = NULL;
	size_t done = 0;
	int err = 0;

	for (char *p = strtok_r(list, ",", &save); p && !err; p = strtok_r(NULL, ",", &save)) {
		char *eq = strchr(p, '=');

		if (!eq) {
			err = usage(tgt->ctx, "'%s' is not NAME=VALUE", p);
			break;
		}
		*eq = '\0';
		err = tgt_target_update(tgt, r->tid, p, eq + 1);
		done += !err;
	}
	if (err && done)
		tgt_part_is_done(tgt->ctx);
	free(list);
	return err;
}

static int do_target(struct tgt *tgt, const struct request *r)
{
	switch (r->op) {
	case O_NEW:
		return tgt_target_new(tgt, r->tid, r->targetname);
	case O_DELETE:
		tgt->ctx->force = r->force;
		return tgt_target_delete(tgt, r->tid, r->force);
	case O_BIND:
	case O_UNBIND:
		return bind_initiators(tgt, r);
	case O_UPDATE:
		return r->name ? tgt_target_update(tgt, r->tid, r->name, r->value) :
				 update_params(tgt, r);
	default:
		if (r->tid >= 0)
			return tgt_show_target(tgt, r->tid);
		tgt_show_targets(tgt);
		return 0;
	}
}

static int update_lun(struct tgt *tgt, const struct request *r)
{
	char *pair;
	int err;

	if (r->params)
		return tgt_lun_update(tgt, r->tid, r->lun, r->params);
	pair = xasprintf("%s=%s", r->name, r->value);
	err = tgt_lun_update(tgt, r->tid, r->lun, pair);
	free(pair);
	return err;
}

static int do_lun(struct tgt *tgt, const struct request *r)
{
	switch (r->op) {
	case O_NEW:
		if (r->device_type && strcmp(r->device_type, "disk"))
			return usage(tgt->ctx, "device type %s: there is disk only", r->device_type);
		return tgt_lun_new(tgt, r->tid, r->lun, &r->lun_spec);
	case O_DELETE:
		return tgt_lun_delete(tgt, r->tid, r->lun);
	default:
		return update_lun(tgt, r);
	}
}

/* The secret of --secret-file; before the lock, for it may be waited for. */
static int read_secret(struct ctx *ctx, struct request *r, char **secret)
{
	char *given = xasprintf("%s%s", strcmp(r->secret_file, "-") ? "@" : "", r->secret_file);
	int err = secret_value(ctx, "password", given, secret);

	free(given);
	if (!err)
		r->password = *secret;
	return err;
}

static void forget_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static int do_account(struct tgt *tgt, const struct request *r)
{
	switch (r->op) {
	case O_NEW:
		return tgt_account_new(tgt, r->user, r->password);
	case O_DELETE:
		return tgt_account_delete(tgt, r->user);
	case O_BIND:
	case O_UNBIND:
		return tgt_account_bind(tgt, r->tid, r->user, r->outgoing, r->op == O_BIND);
	default:
		tgt_show_accounts(tgt);
		return 0;
	}
}

static int do_portal(struct tgt *tgt, const struct request *r)
{
	switch (r->op) {
	case O_NEW:
		return tgt_portal_new(tgt, r->params);
	case O_DELETE:
		return tgt_portal_delete(tgt, r->params);
	default:
		tgt_show_portals(tgt);
		return 0;
	}
}

/*
 * What of tgtd's own state has a meaning here: nothing, so it is as it is. What only
 * prepares iSNS is taken; that iSNS itself is switched on is not.
 */
static int update_system(struct tgt *tgt, const struct request *r)
{
	static const char *const as_is[][2] = {
		{ "State", "ready" }, { "iSNS", "Off" },
	};
	static const char *const without_effect[] = {
		"debug", "iSNSServerIP", "iSNSServerPort", "iSNSAccessControl",
	};

	for (size_t i = 0; i < ARRAY_SIZE(without_effect); i++)
		if (!strcmp(without_effect[i], r->name)) {
			warn(tgt->ctx, "%s=%s has no effect here", r->name, r->value);
			return 0;
		}

	for (size_t i = 0; i < ARRAY_SIZE(as_is); i++)
		if (!strcmp(as_is[i][0], r->name))
			return strcmp(as_is[i][1], r->value) ?
			       usage(tgt->ctx, "%s=%s is not possible here, only %s", r->name,
				     r->value, as_is[i][1]) : 0;
	return usage(tgt->ctx, "%s is not a parameter of the system here", r->name);
}

/* tgtd ends when there is no target; there is no daemon here to end. */
static int delete_system(struct tgt *tgt)
{
	struct strlist iqns = { 0 };
	size_t n;

	tgt_targets(tgt, &iqns);
	n = iqns.n;
	sl_free(&iqns);
	return n ? fail_plain(tgt->ctx, -EBUSY, "there are %zu targets; delete them first", n) : 0;
}

static int do_other(struct tgt *tgt, const struct request *r)
{
	switch (r->mode) {
	case M_SYSTEM:
		if (r->op == O_UPDATE)
			return update_system(tgt, r);
		if (r->op == O_DELETE)
			return delete_system(tgt);
		tgt_show_system(tgt);
		return 0;
	case M_SESSION:
		return tgt_show_conns(tgt, r->tid, strchr(r->given, 's'), r->sid);
	case M_CONN:
		if (r->op == O_DELETE)
			return tgt_conn_delete(tgt, r->tid, r->sid, r->cid);
		return tgt_show_conns(tgt, r->tid, false, 0);
	default:
		if (r->op == O_SHOW)
			tgt_show_lld(tgt);
		return r->op == O_STOP ? usage(tgt->ctx, "this driver is busy: it stops when its module is unloaded") : 0;
	}
}

static int stat_of(struct tgt *tgt, const struct request *r)
{
	if (r->mode == M_SYSTEM)
		return tgt_stat(tgt, -1, NULL, NULL);
	if (r->mode == M_TARGET)
		return tgt_stat(tgt, r->tid, NULL, NULL);
	if (r->mode == M_LUN)
		return tgt_stat(tgt, r->tid, &r->lun, NULL);
	if (r->mode == M_CONN)
		return tgt_stat_conn(tgt, r->tid, r->sid);
	return tgt_stat(tgt, r->tid, NULL, &r->sid);
}

static int execute(struct tgt *tgt, const struct request *r)
{
	if (r->op == O_STAT)
		return stat_of(tgt, r);
	switch (r->mode) {
	case M_TARGET:
		return do_target(tgt, r);
	case M_LUN:
		return do_lun(tgt, r);
	case M_ACCOUNT:
		return do_account(tgt, r);
	case M_PORTAL:
		return do_portal(tgt, r);
	default:
		return do_other(tgt, r);
	}
}

int tgtadm(struct ctx *ctx, int argc, char **argv)
{
	struct request r = { 0 };
	char *secret = NULL;
	struct tgt tgt;
	bool done;
	int st = parse(&r, argc, argv, &done), err;

	if (!st && !done)
		st = check(&r);
	if (st || done)
		return st;
	ctx_reset(ctx);
	if (check_utf8(ctx, argv + 1, argc - 1))
		return complain("%s", ctx->error);
	if (!tgt_loaded(ctx)) {
		complain("%s", ctx->error);
		return TGT_NO_KERNEL;
	}
	if (r.secret_file && read_secret(ctx, &r, &secret))
		return complain("%s", ctx->error);
	err = tgt_open(ctx, &tgt, r.op != O_SHOW && r.op != O_STAT);
	if (!err)
		err = execute(&tgt, &r);
	err = tgt_close(&tgt, err);
	forget_secret(secret);
	if (!err)
		warn_unread(ctx);
	return err ? complain("%s", ctx->error ? ctx->error : strerror(-err)) : 0;
}

static int tgtadm_main(struct ctx *ctx, int argc, char **argv)
{
	char **args = xcalloc(argc + 2, sizeof(*args));
	static char name[] = "tgtadm";
	int st;

	ctx->name = name;
	args[0] = name;
	for (int i = 0; i < argc; i++)
		args[i + 1] = argv[i];
	st = tgtadm(ctx, argc + 1, args);
	free(args);
	return st;
}

const struct personality personality_tgtadm = {
	.name = "tgtadm",
	.help = "the language of tgtadm",
	.main = tgtadm_main,
};
