/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's netlink family: sessions, statistics, eviction, events. Messages
 * become JSON objects (nl_msg.c); they come from the kernel (nl_kernel.c) or
 * from a recording (nl_file.c), so that what is above is tested without a
 * kernel. Functions return 0 or a negative errno.
 */
#ifndef TL_NL_H
#define TL_NL_H

#include <linux/netlink.h>

#include "ctx.h"

/* What of the sessions is asked for; all that is set must fit. */
struct tnl_filter {
	uint32_t session;	/* 0: any */
	const char *target;	/* NULL: any */
	const char *initiator;
	bool histogram;		/* with latency histograms */
};

struct tnl;

/* Is the family there, and is it of the fabric that 'ctx' is about? */
bool tnl_available(struct ctx *ctx);
/* The same, with an error that says what is missing. */
int tnl_open(struct ctx *ctx, struct tnl **out);
void tnl_close(struct tnl *nl);

/* A reply, as an object. */
int tnl_info(struct tnl *nl, json_t **out);
/* Replies to a dump, appended to the array 'out'. */
int tnl_sessions(struct tnl *nl, const struct tnl_filter *filter, json_t *out);
int tnl_luns(struct tnl *nl, const struct tnl_filter *filter, json_t *out);
int tnl_targets(struct tnl *nl, const struct tnl_filter *filter, json_t *out);
/* End sessions; -ENOENT: there is none. 'n': how many. */
int tnl_evict(struct tnl *nl, const struct tnl_filter *filter, uint32_t *n);

/* Hear of events from now on. */
int tnl_listen(struct tnl *nl);
/*
 * The next event; with 'wait', waited for a second at most (-EAGAIN). -EINTR: a signal came; -ENOBUFS: some were lost; -ENODEV:
 * the module was unloaded; -ENODATA: the recording ends.
 */
int tnl_event(struct tnl *nl, bool wait, json_t **out);

/* Between nl.c and where messages come from */

typedef void (*tnl_fn)(const struct nlmsghdr *msg, void *arg);

struct tnl_source {
	/* -ENOENT: there is no family. */
	int (*open)(struct tnl *nl);
	int (*request)(struct tnl *nl, int cmd, bool dump, const struct tnl_filter *filter,
		       tnl_fn fn, void *arg);
	int (*listen)(struct tnl *nl);
	int (*receive)(struct tnl *nl, bool wait, tnl_fn fn, void *arg);
	void (*close)(struct tnl *nl);
};

struct tnl {
	struct ctx *ctx;
	const struct tnl_source *source;
	/* nl_kernel.c */
	struct nl_sock *sk;
	int family;
	int groups_family;	/* "nlctrl", which tells of unloading */
	/* nl_file.c: the recording, and where the next event is looked for */
	char *data;
	size_t len;
	size_t at;
	/* messages that were received and not yet taken, for tnl_event() */
	json_t *pending;
};

extern const struct tnl_source tnl_kernel;
extern const struct tnl_source tnl_file;

/* An object of a message of the family, or NULL when it is none. */
json_t *tnl_decode(const struct nlmsghdr *msg);
/* Its command, or -1. */
int tnl_command(const struct nlmsghdr *msg);

#endif
