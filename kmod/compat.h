/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module is built for. The only
 * place with version tests.
 */
#ifndef TI_COMPAT_H
#define TI_COMPAT_H

#include <linux/bvec.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/tcp.h>
#include <scsi/scsi_proto.h>
#include <target/target_core_base.h>
#include <target/target_core_fabric.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#include <linux/crc32.h>
#else
#include <linux/crc32c.h>
#endif

/* Of late (7.2 has it): RESERVE and RELEASE are named by their length, as others are. */
#ifndef RESERVE_6
#define RESERVE_6	RESERVE
#define RELEASE_6	RELEASE
#endif

/* 6.19: addresses are passed as sockaddr_unsized. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define ti_sockaddr(addr)	((struct sockaddr_unsized *)(addr))
#else
#define ti_sockaddr(addr)	((struct sockaddr *)(addr))
#endif

/* 6.18: workqueues say that they are per CPU. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define TI_WQ_PERCPU	WQ_PERCPU
#else
#define TI_WQ_PERCPU	0
#endif

/*
 * 6.7: target_submit() chooses between direct and queued submission, and may
 * fail; before, it was direct and void.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define TI_FABRIC_SUBMIT_OPS				\
	.default_submit_type	= TARGET_DIRECT_SUBMIT,	\
	.direct_submit_supp	= 1,
#else
#define TI_FABRIC_SUBMIT_OPS
#endif

/* 7.1: completion may be direct too. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
#define TI_FABRIC_COMPLETE_OPS				\
	.default_compl_type	= TARGET_DIRECT_COMPL,	\
	.direct_compl_supp	= 1,
#else
#define TI_FABRIC_COMPLETE_OPS
#endif

/* 6.7: a dump has a struct genl_info too. */
static inline struct nlattr **ti_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/**
 * ti_sock_send_pages - give runs of pages to a locked TCP socket
 * @sk:		the socket
 * @bv:		the runs
 * @nr:		how many
 * @len:	bytes in all
 * @more:	more follows at once
 *
 * By reference: a page must stay unchanged until TCP has let go of it. TCP
 * pushes at the end of a call, so all that is ready should go in one.
 *
 * Return: bytes taken, or -errno (-EAGAIN: no room).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
static inline int ti_sock_send_pages(struct sock *sk, struct bio_vec *bv,
				     unsigned int nr, u32 len, bool more)
{
	struct msghdr msg = {
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_SPLICE_PAGES,
	};

	if (more)
		msg.msg_flags |= MSG_MORE;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, bv, nr, len);
	return tcp_sendmsg_locked(sk, &msg, len);
}
#else
static inline int ti_sock_send_pages(struct sock *sk, struct bio_vec *bv,
				     unsigned int nr, u32 len, bool more)
{
	unsigned int i;
	u32 done = 0;
	int ret;

	for (i = 0; i < nr; i++) {
		int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

		if (more || i + 1 < nr)
			flags |= MSG_MORE | MSG_SENDPAGE_NOTLAST;
		ret = tcp_sendpage_locked(sk, bv[i].bv_page, bv[i].bv_offset,
					  bv[i].bv_len, flags);
		if (ret < 0)
			return done ?: ret;
		done += ret;
		if (ret < bv[i].bv_len)
			break;
	}
	return done;
}
#endif

#endif /* TI_COMPAT_H */
