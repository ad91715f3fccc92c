// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the module's netlink family from a recording, for tests: a file of
 * messages one after another, as they come from the kernel. A request gets those
 * with its command, what fits its filter or not; events are those with
 * TCM_ISCSI_CMD_EVENT, and NLMSG_OVERRUN stands for some that were lost. After
 * each dump of LUNs the recording goes on with FILE.2, FILE.3, … as long as there
 * is one.
 */
#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/tcm_iscsi.h>

static unsigned int part = 1;

static int file_open(struct tnl *nl)
{
	struct strbuf sb = { 0 };
	char *path = part > 1 ? xasprintf("%s.%u", nl->ctx->netlink, part) :
				xstrdup(nl->ctx->netlink);
	FILE *f = fopen(path, "re");
	char buf[4096];
	size_t n;

	free(path);
	if (!f)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		sb_addn(&sb, buf, n);
	fclose(f);
	nl->data = sb.s;
	nl->len = sb.len;
	return 0;
}

static void file_close(struct tnl *nl)
{
	free(nl->data);
}

/* The message at 'at', or NULL at the end. */
static const struct nlmsghdr *message(const struct tnl *nl, size_t at)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(nl->data + at);

	return nl->data && at < nl->len && NLMSG_OK(h, nl->len - at) ? h : NULL;
}

static void next_part(struct tnl *nl)
{
	char *path = xasprintf("%s.%u", nl->ctx->netlink, part + 1);

	if (!access(path, R_OK)) {
		part++;
		file_close(nl);
		nl->data = NULL;
		file_open(nl);
	}
	free(path);
}

static int file_request(struct tnl *nl, int cmd, bool dump, const struct tnl_filter *filter,
			tnl_fn fn, void *arg)
{
	const struct nlmsghdr *h;
	bool any = false;

	(void)filter;
	for (size_t at = 0; (h = message(nl, at)); at += NLMSG_ALIGN(h->nlmsg_len))
		if (tnl_command(h) == cmd) {
			fn(h, arg);
			any = true;
		}
	if (cmd == TCM_ISCSI_CMD_GET_LUN)
		next_part(nl);
	return any || dump ? 0 : -ENOENT;
}

static int file_listen(struct tnl *nl)
{
	nl->at = 0;
	return 0;
}

/* Whoever does not wait finds nothing more for now. */
static int file_receive(struct tnl *nl, bool wait, tnl_fn fn, void *arg)
{
	const struct nlmsghdr *h = message(nl, nl->at);

	if (!wait)
		return -EAGAIN;
	if (!h)
		return -ENODATA;
	nl->at += NLMSG_ALIGN(h->nlmsg_len);
	if (h->nlmsg_type == NLMSG_OVERRUN)
		return -ENOBUFS;
	fn(h, arg);
	return 0;
}

const struct tnl_source tnl_file = {
	.open = file_open,
	.request = file_request,
	.listen = file_listen,
	.receive = file_receive,
	.close = file_close,
};
