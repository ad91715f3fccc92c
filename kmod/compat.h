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
#include <net/tcp.h>
#include <target/target_core_base.h>
#include <target/target_core_fabric.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#include <linux/crc32.h>
#else
#include <linux/crc32c.h>
#endif

/* 7.x: addresses are passed as sockaddr_unsized. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define ti_sockaddr(addr)	((struct sockaddr_unsized *)(addr))
#else
#define ti_sockaddr(addr)	((struct sockaddr *)(addr))
#endif

/* 6.19: workqueues say that they are per CPU. */
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

/**
 * ti_sock_send_page - give a run of a page to a locked TCP socket
 * @more: more follows at once
 *
 * By reference: the page must stay unchanged until TCP has let go of it.
 * Return: bytes taken, or -errno (-EAGAIN: no room).
 */
static inline int ti_sock_send_page(struct sock *sk, struct page *page,
				    u32 offset, u32 len, bool more)
{
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };
	struct bio_vec bv;

	if (more)
		msg.msg_flags |= MSG_MORE;
	bvec_set_page(&bv, page, len, offset);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bv, 1, len);
	return tcp_sendmsg_locked(sk, &msg, len);
#else
	if (more)
		flags |= MSG_MORE | MSG_SENDPAGE_NOTLAST;
	return tcp_sendpage_locked(sk, page, offset, len, flags);
#endif
}

#endif /* TI_COMPAT_H */
