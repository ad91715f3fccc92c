// SPDX-License-Identifier: GPL-2.0
/* Messages of the module's netlink family from the kernel. */
#include "nl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/genetlink.h>
#include <linux/tcm_iscsi.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

/* More than the kernel puts into one datagram. */
#define RECEIVE_MAX 65536
/* Room for events while nobody reads them, bytes. */
#define EVENT_ROOM (1 << 20)

static int kernel_open(struct tnl *nl)
{
	nl->sk = nl_socket_alloc();
	if (!nl->sk)
		return -ENOMEM;
	if (genl_connect(nl->sk))
		return -ENOENT;
	/* Replies are received here, which libnl's count does not see. */
	nl_socket_disable_seq_check(nl->sk);
	nl->family = genl_ctrl_resolve(nl->sk, TCM_ISCSI_GENL_NAME);
	return nl->family < 0 ? -ENOENT : 0;
}

static void kernel_close(struct tnl *nl)
{
	if (nl->sk)
		nl_socket_free(nl->sk);
}

static int add_filter(struct nl_msg *msg, const struct tnl_filter *f)
{
	if (f->session && nla_put_u32(msg, TCM_ISCSI_A_SESSION_ID, f->session))
		return -EMSGSIZE;
	if (f->target && nla_put_string(msg, TCM_ISCSI_A_TARGET, f->target))
		return -EMSGSIZE;
	if (f->initiator && nla_put_string(msg, TCM_ISCSI_A_INITIATOR, f->initiator))
		return -EMSGSIZE;
	if (f->histogram && nla_put_flag(msg, TCM_ISCSI_A_WITH_HISTOGRAM))
		return -EMSGSIZE;
	return 0;
}

static int send_request(struct tnl *nl, int cmd, int flags, const struct tnl_filter *f)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err = -ENOMEM;

	if (!msg)
		return -ENOMEM;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, NLM_F_REQUEST | flags, cmd,
			TCM_ISCSI_GENL_VERSION))
		err = add_filter(msg, f);
	if (!err && nl_send_auto(nl->sk, msg) < 0)
		err = -EIO;
	nlmsg_free(msg);
	return err;
}

/* One datagram; its length or a negative errno. */
static ssize_t receive(struct tnl *nl, void *buf, int flags)
{
	struct sockaddr_nl from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(nl_socket_get_fd(nl->sk), buf, RECEIVE_MAX, MSG_TRUNC | flags,
			     (struct sockaddr *)&from, &len);

	if (n < 0)
		return -errno;
	if (n > RECEIVE_MAX)
		return -EMSGSIZE;
	/* Other processes can send to this socket, too. */
	return from.nl_pid ? 0 : n;
}

/* 1: there is more to come. */
static int take_reply(const struct nlmsghdr *h, tnl_fn fn, void *arg)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);

	if (h->nlmsg_type == NLMSG_DONE)
		return 0;
	if (h->nlmsg_type == NLMSG_ERROR)
		return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) ? e->error : -EBADMSG;
	fn(h, arg);
	return 1;
}

static int take_replies(struct tnl *nl, tnl_fn fn, void *arg)
{
	static char buf[RECEIVE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	int more = 1;

	while (more > 0) {
		ssize_t n = receive(nl, buf, 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		if (n == -EINTR)
			continue;
		if (n < 0)
			return n;
		for (; more > 0 && NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
			more = take_reply(h, fn, arg);
	}
	return more;
}

static int kernel_request(struct tnl *nl, int cmd, bool dump, const struct tnl_filter *filter,
			  tnl_fn fn, void *arg)
{
	/* A reply, then its acknowledgment: both end the same way. */
	int err = send_request(nl, cmd, dump ? NLM_F_DUMP : NLM_F_ACK, filter);

	return err ? err : take_replies(nl, fn, arg);
}

static int kernel_listen(struct tnl *nl)
{
	int group = genl_ctrl_resolve_grp(nl->sk, TCM_ISCSI_GENL_NAME, TCM_ISCSI_GENL_EVENTS);
	int control = genl_ctrl_resolve_grp(nl->sk, "nlctrl", "notify");
	const struct timeval second = { .tv_sec = 1 };

	if (group < 0)
		return -ENOENT;
	nl_socket_set_buffer_size(nl->sk, EVENT_ROOM, 0);
	/* A signal that comes just before the wait is noticed after it. */
	setsockopt(nl_socket_get_fd(nl->sk), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (nl_socket_add_membership(nl->sk, group))
		return -EPERM;
	/* Without it an end of the module is not noticed: not worth failing. */
	if (control >= 0)
		nl_socket_add_membership(nl->sk, control);
	return 0;
}

static bool tells_of_unloading(const struct nlmsghdr *h)
{
	struct nlmsghdr *m = (struct nlmsghdr *)h;
	struct nlattr *name;

	if (h->nlmsg_type != GENL_ID_CTRL || tnl_command(h) != CTRL_CMD_DELFAMILY)
		return false;
	name = nla_find(genlmsg_attrdata(genlmsg_hdr(m), 0), genlmsg_attrlen(genlmsg_hdr(m), 0),
			CTRL_ATTR_FAMILY_NAME);
	return name && !nla_strcmp(name, TCM_ISCSI_GENL_NAME);
}

static int kernel_receive(struct tnl *nl, bool wait, tnl_fn fn, void *arg)
{
	static char buf[RECEIVE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *h = (struct nlmsghdr *)buf;
	ssize_t n = receive(nl, buf, wait ? 0 : MSG_DONTWAIT);

	if (n < 0)
		return n;
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		if (tells_of_unloading(h))
			return -ENODEV;
		if (h->nlmsg_type == nl->family)
			fn(h, arg);
	}
	return 0;
}

const struct tnl_source tnl_kernel = {
	.open = kernel_open,
	.request = kernel_request,
	.listen = kernel_listen,
	.receive = kernel_receive,
	.close = kernel_close,
};
