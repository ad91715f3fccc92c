/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family (netlink.c), and what its messages are made of (message.c). */
#ifndef TI_NETLINK_H
#define TI_NETLINK_H

#include <net/genetlink.h>
#include <linux/tcm_iscsi.h>

struct ti_conn;
struct ti_io_stats;
struct ti_sess;
struct ti_tpg;

extern struct genl_family ti_genl_family;

int ti_netlink_init(void);
void ti_netlink_exit(void);

/* 0, or -EMSGSIZE when the message is full. Any context. */
static inline int ti_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, TCM_ISCSI_A_PAD);
}

int ti_put_tpg(struct sk_buff *skb, const struct ti_tpg *tpg);
int ti_put_addresses(struct sk_buff *skb, const struct ti_conn *conn);
int ti_put_sess_names(struct sk_buff *skb, const struct ti_sess *sess);
int ti_put_sess_all(struct sk_buff *skb, const struct ti_sess *sess,
		    bool histogram);
int ti_put_lun(struct sk_buff *skb, const struct ti_sess *sess, u64 lun,
	       const struct ti_io_stats *io, bool histogram);

#endif /* TI_NETLINK_H */
