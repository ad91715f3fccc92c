/* SPDX-License-Identifier: GPL-2.0 */
/* The counters of a target: stats.c counts, statdir.c shows them. */
#ifndef TI_STATS_H
#define TI_STATS_H

#include <linux/configfs.h>

#include "ti.h"

/* RFC 4544: why a session failed. */
enum ti_sess_error {
	TI_SESS_ERR_OTHER	= 0,
	TI_SESS_ERR_DIGEST	= 1,
	TI_SESS_ERR_TIMEOUT	= 2,
	TI_SESS_ERR_FORMAT	= 3,
};

/* RFC 4544, iscsiTgtLastFailureType: which counter a failed login went to. */
enum ti_login_failure {
	TI_LOGIN_FAIL_NEVER		= 0,
	TI_LOGIN_FAIL_OTHER		= 2,
	TI_LOGIN_FAIL_AUTHORIZE		= 4,
	TI_LOGIN_FAIL_AUTHENTICATE	= 5,
	TI_LOGIN_FAIL_NEGOTIATE		= 6,
};

/* Counters of a target, and their directories in fabric_statistics/. */
struct ti_target_stats {
	struct ti_target	*target;
	spinlock_t		lock;		/* all down to the groups */

	/* logins; the time is in hundredths of a second since boot */
	u32			accepts;
	u32			other_fails;
	u32			authorize_fails;
	u32			authenticate_fails;
	u32			negotiate_fails;
	u32			last_fail_time;
	enum ti_login_failure	last_fail_type;
	char			last_fail_name[TI_NAME_LEN];
	struct sockaddr_storage	last_fail_addr;

	/* sessions in full feature phase */
	u32			digest_errors;
	u32			timeout_errors;
	u32			format_errors;
	enum ti_sess_error	last_sess_error;
	char			last_sess_name[TI_NAME_LEN];

	/* Logout Requests */
	u32			normal_logouts;
	u32			abnormal_logouts;

	struct config_group	instance;
	struct config_group	sess_err;
	struct config_group	tgt_attr;
	struct config_group	login;
	struct config_group	logout;
};

/* A copy of the counters of a target. */
struct ti_target_counters {
	u64	logins;
	u64	not_authenticated;
	u64	not_authorized;
	u64	not_negotiated;
	u64	failed;
	u64	digest_errors;
	u64	timeout_errors;
	u64	format_errors;
	u64	logouts;
	u64	logouts_abnormal;
};

/* stats.c */
struct ti_target_stats *ti_stats_alloc(void);
void ti_stats_free(struct ti_target_stats *stats);
void ti_stats_login(struct ti_target *target, u16 status,
		    const char *initiator, const struct sockaddr_storage *peer);
void ti_stats_session_failure(struct ti_sess *sess, enum ti_sess_error error);
void ti_stats_logout(struct ti_target *target, u8 reason);
void ti_stats_read(struct ti_target *target, struct ti_target_counters *out);

/* statdir.c */
void ti_stats_add_groups(struct ti_target *target);
void ti_stats_add_acl_groups(struct ti_acl *acl);

#endif /* TI_STATS_H */
