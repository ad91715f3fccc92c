// SPDX-License-Identifier: GPL-2.0
/* What the verbs about live sessions share. */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int live_filter(struct ctx *ctx, const struct verb *verb, const struct node *node,
		const struct args *args, struct tnl_filter *out)
{
	const struct node *target = node_up(node, N_TARGET), *acl = node_up(node, N_ACL);
	const char *sid = arg(verb, args, "sid"), *name;
	uint64_t id = 0;

	memset(out, 0, sizeof(*out));
	if (sid && (!parse_uint(sid, UINT32_MAX, &id) || !id))
		return usage(ctx, "sid=%s: give the number of a session, 1 to %u", sid, UINT32_MAX);
	out->session = id;
	out->target = target ? target->name : NULL;
	out->initiator = acl ? strrchr(acl->dir, '/') + 1 : NULL;
	name = arg(verb, args, "target");
	out->target = name ? name : out->target;
	name = arg(verb, args, "initiator");
	if (acl && acl->more.n && !name)
		return usage(ctx, "%s is the tag of %zu initiators; say which: initiator=NAME",
			     acl->name, acl->more.n + 1);
	out->initiator = name ? name : out->initiator;
	if ((out->target && strlen(out->target) > 223) ||
	    (out->initiator && strlen(out->initiator) > 223))
		return usage(ctx, "an iSCSI name has at most 223 bytes");
	return 0;
}

uint64_t live_num(const json_t *o, const char *key)
{
	return num_of(o, key);
}

void live_time(uint64_t ns, char *buf, size_t len)
{
	if (ns < 10000)
		snprintf(buf, len, "%.1fus", ns / 1e3);
	else if (ns < 1000000)
		snprintf(buf, len, "%.0fus", ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buf, len, "%.*fms", ns < 10000000 ? 1 : 0, ns / 1e6);
	else
		snprintf(buf, len, "%.1fs", ns / 1e9);
}

/* Signals */

static volatile sig_atomic_t ends;
static struct sigaction saved[3];
static const int signals[] = { SIGINT, SIGTERM, SIGPIPE };

static void handle(int sig)
{
	(void)sig;
	ends = 1;
}

void live_begin(void)
{
	/* No SA_RESTART: what waits is to notice. */
	struct sigaction sa = { .sa_handler = handle };

	ends = 0;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, &saved[i]);
}

bool live_ends(void)
{
	return ends;
}

void live_end(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &saved[i], NULL);
}

bool live_flush(void)
{
	int fd;

	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (errno != EPIPE)
		return false;
	/* Whoever read has seen enough: what is left goes nowhere, and all is well. */
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		close(fd);
	}
	clearerr(stdout);
	fflush(stdout);
	return false;
}
