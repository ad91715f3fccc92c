/* SPDX-License-Identifier: GPL-2.0 */
/* Events for those who listen (event.c; <linux/tcm_iscsi.h> describes them). */
#ifndef TI_EVENT_H
#define TI_EVENT_H

#include <linux/types.h>
#include <linux/tcm_iscsi.h>

struct ti_conn;
struct ti_sess;
struct ti_tpg;

/**
 * struct ti_event_refusal - a login that came to nothing
 * @status:	enum ti_login_status; 0: it took too long
 * @why:	the reason
 * @key:	the key that it is about, or NULL
 * @target:	its name, NULL or empty as long as it is not known
 * @initiator:	its name, the same
 * @tpg:	NULL as long as it is not known
 */
struct ti_event_refusal {
	u16			status;
	const char		*why;
	const char		*key;
	const char		*target;
	const char		*initiator;
	const struct ti_tpg	*tpg;
};

/* All: any process context; they neither sleep nor fail. */
void ti_event_login(const struct ti_sess *sess);
void ti_event_session_end(const struct ti_sess *sess,
			  enum tcm_iscsi_event event, const char *why);
void ti_event_timeout(const struct ti_sess *sess, enum tcm_iscsi_timeout which,
		      const char *why);
void ti_event_digest_error(const struct ti_sess *sess, const char *why);
void ti_event_login_refused(const struct ti_conn *conn,
			    const struct ti_event_refusal *refusal);
void ti_event_tpg(const struct ti_tpg *tpg, enum tcm_iscsi_event event);
void ti_event_lun(const struct ti_tpg *tpg, enum tcm_iscsi_event event,
		  u64 lun, const char *device);
u64 ti_events_lost(void);

#endif /* TI_EVENT_H */
