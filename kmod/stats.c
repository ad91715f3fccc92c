// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of targets: logins, sessions that failed, logouts.
 *
 * Their meaning is that of the in-tree target, which has it from the iSCSI MIB
 * (RFC 4544). They are under a lock, since they count what is rare; those of a
 * session live in struct ti_sess, are written by its owner alone and read at any time.
 * statdir.c and netlink.c show both.
 */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "stats.h"

/**
 * ti_stats_alloc - counters for a new target, all zero
 *
 * May sleep. Return: NULL when out of memory.
 */
struct ti_target_stats *ti_stats_alloc(void)
{
	struct ti_target_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (stats)
		spin_lock_init(&stats->lock);
	return stats;
}

/**
 * ti_stats_free - end of ti_stats_alloc()
 * @stats:	its directories are gone
 */
void ti_stats_free(struct ti_target_stats *stats)
{
	kfree(stats);
}

/* The lock is held. */
static enum ti_login_failure count_failure(struct ti_target_stats *stats,
					   u16 status)
{
	switch (status) {
	case TI_LOGIN_AUTH_FAILED:
		stats->authenticate_fails++;
		return TI_LOGIN_FAIL_AUTHENTICATE;
	case TI_LOGIN_FORBIDDEN:
		stats->authorize_fails++;
		return TI_LOGIN_FAIL_AUTHORIZE;
	case TI_LOGIN_INITIATOR_ERR:
		stats->negotiate_fails++;
		return TI_LOGIN_FAIL_NEGOTIATE;
	default:
		stats->other_fails++;
		return TI_LOGIN_FAIL_OTHER;
	}
}

/**
 * ti_stats_login - count a login that has ended, well or not
 * @target:	held by the caller
 * @status:	enum ti_login_status, as the initiator got it
 * @initiator:	NULL when it has not said its name
 * @peer:	its address
 *
 * Process context.
 */
void ti_stats_login(struct ti_target *target, u16 status,
		    const char *initiator, const struct sockaddr_storage *peer)
{
	struct ti_target_stats *stats = target->stats;

	spin_lock(&stats->lock);
	if (status == TI_LOGIN_SUCCESS) {
		stats->accepts++;
	} else {
		stats->last_fail_type = count_failure(stats, status);
		stats->last_fail_time = div_u64(ktime_get_ns(),
						10 * NSEC_PER_MSEC);
		stats->last_fail_addr = *peer;
		strscpy(stats->last_fail_name, initiator ?: "Unknown",
			sizeof(stats->last_fail_name));
	}
	spin_unlock(&stats->lock);
}

/* The lock is held. */
static void count_session_failure(struct ti_target_stats *stats,
				  struct ti_sess *sess,
				  enum ti_sess_error error)
{
	switch (error) {
	case TI_SESS_ERR_DIGEST:
		stats->digest_errors++;
		WRITE_ONCE(sess->digest_errors, sess->digest_errors + 1);
		break;
	case TI_SESS_ERR_TIMEOUT:
		stats->timeout_errors++;
		WRITE_ONCE(sess->timeout_errors, sess->timeout_errors + 1);
		break;
	case TI_SESS_ERR_FORMAT:
		stats->format_errors++;
		WRITE_ONCE(sess->format_errors, sess->format_errors + 1);
		break;
	case TI_SESS_ERR_OTHER:
		break;
	}
}

/**
 * ti_stats_session_failure - count an error, in the session too
 * @sess:	discovery sessions are not counted
 * @error:	what went wrong
 *
 * Owner of @sess only.
 */
void ti_stats_session_failure(struct ti_sess *sess, enum ti_sess_error error)
{
	struct ti_target_stats *stats;

	if (!sess->tpg)
		return;
	stats = sess->tpg->target->stats;
	spin_lock(&stats->lock);
	count_session_failure(stats, sess, error);
	stats->last_sess_error = error;
	strscpy(stats->last_sess_name, sess->initiator,
		sizeof(stats->last_sess_name));
	spin_unlock(&stats->lock);
}

/**
 * ti_stats_logout - count a Logout Request
 * @target:	held by the caller
 * @reason:	its reason code; 0, close the session, is the normal one
 *
 * Process context.
 */
void ti_stats_logout(struct ti_target *target, u8 reason)
{
	struct ti_target_stats *stats = target->stats;

	spin_lock(&stats->lock);
	if (reason)
		stats->abnormal_logouts++;
	else
		stats->normal_logouts++;
	spin_unlock(&stats->lock);
}

/**
 * ti_stats_read - copy the counters of a target
 * @target:	held by the caller
 * @out:	where to
 *
 * Any context; may be inside ti_targets_lock.
 */
void ti_stats_read(struct ti_target *target, struct ti_target_counters *out)
{
	struct ti_target_stats *stats = target->stats;

	spin_lock(&stats->lock);
	*out = (struct ti_target_counters) {
		.logins			= stats->accepts,
		.not_authenticated	= stats->authenticate_fails,
		.not_authorized		= stats->authorize_fails,
		.not_negotiated		= stats->negotiate_fails,
		.failed			= stats->other_fails,
		.digest_errors		= stats->digest_errors,
		.timeout_errors		= stats->timeout_errors,
		.format_errors		= stats->format_errors,
		.logouts		= stats->normal_logouts,
		.logouts_abnormal	= stats->abnormal_logouts,
	};
	spin_unlock(&stats->lock);
}
