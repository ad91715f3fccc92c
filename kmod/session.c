// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: I_T nexuses, their tasks and their command window.
 *
 * A session is made by its login, linked into its TPG, and freed with its
 * connection (conn.c). Others find it in ti_tpg.sessions under ti_tpg.lock. It
 * leaves that list when none of its tasks is left in target core, and a login
 * that replaces it goes on then.
 */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "event.h"
#include "iostat.h"
#include "quirks.h"

/*
 * TSIHs in use, 1 to 65535 (RFC 7143 §11.12.6). No IDA: ida_alloc_range() loses memory when
 * it has a bitmap and no node to put it in.
 */
static DEFINE_XARRAY_ALLOC1(ti_tsihs);
static u32 ti_tsih_next;		/* where to look first; lock of ti_tsihs */

/*
 * Sessions by index, for those who look on (netlink.c): each is there from
 * ti_sess_publish() on and leaves before anything of it is freed, so whoever
 * holds the lock of the array keeps what is found. The index is reserved
 * before, and goes round, so that it does not soon name another session.
 */
DEFINE_XARRAY_ALLOC1(ti_sessions);
static u32 ti_sess_next;		/* under the lock of ti_sessions */
static atomic_t ti_sess_changes = ATOMIC_INIT(1);

/* ---- tasks ---- */

static struct ti_cmd *task_alloc(struct ti_sess *sess, u16 index)
{
	struct ti_cmd *cmd = kzalloc(sizeof(*cmd), GFP_NOIO);

	if (!cmd)
		return NULL;
	cmd->conn = sess->conn;
	cmd->index = index;
	cmd->state = TI_CMD_FREE;
	INIT_LIST_HEAD(&cmd->tx.entry);
	INIT_HLIST_NODE(&cmd->itt_entry);
	return cmd;
}

/* As many tasks as a busy session needs are made once and stay with it. */
static void tasks_grow(struct ti_sess *sess)
{
	/* As many again: the more there are in flight, the higher is the next peak. */
	unsigned int end = min(sess->nr_tasks + max(TI_FIRST_TASKS, sess->nr_tasks),
			       sess->max_tasks);

	while (sess->nr_tasks < end) {
		struct ti_cmd *cmd = task_alloc(sess, sess->nr_tasks);

		if (!cmd)
			return;
		sess->tasks[sess->nr_tasks] = cmd;
		/* Pairs with ti_task_oldest(). */
		smp_store_release(&sess->nr_tasks, sess->nr_tasks + 1);
		list_add_tail(&cmd->entry, &sess->free);
	}
}

/**
 * ti_sess_get_task - a free task, or NULL when all are busy
 * @sess:	the session
 *
 * Owner only. When there is none, the connection is queued as soon as target
 * core releases one.
 */
struct ti_cmd *ti_sess_get_task(struct ti_sess *sess)
{
	struct ti_cmd *cmd;

	if (list_empty(&sess->free))
		tasks_grow(sess);
	cmd = list_first_entry_or_null(&sess->free, struct ti_cmd, entry);
	if (!cmd) {
		set_bit(TI_CONN_F_NEED_TASK, &sess->conn->flags);
		return NULL;
	}
	list_del(&cmd->entry);
	sess->busy_tasks++;
	return cmd;
}

static void task_reset(struct ti_cmd *cmd)
{
	kvfree(cmd->text);
	cmd->text = NULL;
	kfree(cmd->ext_cdb);
	cmd->ext_cdb = NULL;
	cmd->immediate = false;
	cmd->in_core = false;
	cmd->prepared = false;
	cmd->overridden = false;
	cmd->verify_step = TI_VERIFY_NONE;
	cmd->failed = false;
	cmd->rsp_flags = 0;
	cmd->edtl = 0;
	cmd->received = 0;
	cmd->data_sn = 0;
	cmd->r2t_sn = 0;
	cmd->unsolicited_open = false;
	cmd->burst_open = false;
	cmd->sg_index = 0;
	cmd->sg_offset = 0;
	cmd->data_len = 0;
	cmd->sent = 0;
	cmd->lun_io = NULL;
	cmd->residual = 0;
	cmd->status = 0;
	cmd->response = 0;
	cmd->state = TI_CMD_FREE;
}

/**
 * ti_sess_put_task - the task is over for everybody
 * @cmd:	the task
 *
 * Owner only.
 */
void ti_sess_put_task(struct ti_cmd *cmd)
{
	struct ti_sess *sess = cmd->conn->sess;

	/* An aborted task was never answered. */
	ti_task_responded(cmd);
	sess->busy_tasks--;
	if (cmd->parent) {
		sess->nr_parts--;
		ti_tmf_part_over(cmd);
		kfree(cmd);
		return;
	}
	ti_buf_free(cmd->conn, &cmd->buf, cmd->sent);
	if (unlikely(cmd->verify))
		ti_verify_end(cmd);
	hlist_del_init(&cmd->itt_entry);
	if (cmd->immediate)
		sess->nr_immediate--;
	task_reset(cmd);
	/* The one whose memory is still in the cache is used next. */
	list_add(&cmd->entry, &sess->free);
}

/**
 * ti_sess_internal_task - a task of our own, to serve @parent
 * @parent:	the task-management function that it is a part of
 *
 * Owner only. Freed by ti_sess_put_task().
 */
struct ti_cmd *ti_sess_internal_task(struct ti_cmd *parent)
{
	struct ti_cmd *cmd = task_alloc(parent->conn->sess, 0);

	if (!cmd)
		return NULL;
	cmd->parent = parent;
	cmd->opcode = TI_OP_TMF_REQ;
	cmd->itt = TI_RESERVED_TAG;
	cmd->state = TI_CMD_EXECUTING;
	parent->conn->sess->busy_tasks++;
	parent->conn->sess->nr_parts++;
	return cmd;
}

/**
 * ti_sess_open_window - let MaxCmdSN follow
 * @sess:	the session
 *
 * RFC 7143 §4.2.2.1: it never goes back. What is promised is taken or offered,
 * never more than @window in all. Owner only.
 */
void ti_sess_open_window(struct ti_sess *sess)
{
	u32 max = sess->exp_cmd_sn + sess->window - sess->in_window - 1;

	if (ti_sn_lt(sess->max_cmd_sn, max))
		WRITE_ONCE(sess->max_cmd_sn, max);
}

/* ---- creation ---- */

/* What one command may bring along unasked (§13.10, §13.11). */
static u32 sess_unsolicited(const struct ti_params *params)
{
	return params->immediate_data || !params->initial_r2t ?
	       params->first_burst : 0;
}

/* For the headers of a discovery session's responses. */
#define TI_DISCOVERY_PAGES	4
/* Its command window: anybody may have one, and each request may have to be kept. */
#define TI_DISCOVERY_DEPTH	4

/*
 * Set aside memory for the session and its command window, and see how large that may
 * be. A discovery session has no data: strangers may open many, and must not use up
 * what those need who log in after them.
 */
static int sess_promise(struct ti_sess *sess)
{
	struct ti_buf_cache *cache = &sess->conn->cache;
	struct ti_initiator *initiator;

	if (!sess->tpg) {
		ti_mem_promise(cache, PAGE_SIZE, TI_DISCOVERY_PAGES);
		sess->window = sess->depth;
		return 0;
	}
	initiator = ti_initiator_get(sess->by_demo ? NULL : sess->initiator);
	if (!initiator)
		return -ENOMEM;
	sess->window = ti_mem_promise_session(cache, initiator,
					      sess_unsolicited(&sess->params),
					      sess->depth);
	if (sess->window)
		return 0;
	ti_initiator_put(initiator);
	return -ENOSPC;
}

static void sess_free_memory(struct ti_sess *sess)
{
	unsigned int i;

	for (i = 0; i < sess->nr_tasks; i++) {
		ti_buf_destroy(&sess->tasks[i]->buf);
		kfree(sess->tasks[i]);
	}
	ti_attention_exit(sess);
	kvfree(sess->tasks);
	ti_io_free(sess);
	kfree(sess->chap_user);
	kfree(sess);
}

/* Give back its numbers; nobody who looks on finds the session any more. */
static void sess_free_ids(struct ti_sess *sess)
{
	xa_erase(&ti_sessions, sess->index);
	atomic_inc(&ti_sess_changes);
	xa_erase(&ti_tsihs, sess->tsih);
}

static void sess_init(struct ti_sess *sess, struct ti_conn *conn, u32 cmd_sn)
{
	sess->conn = conn;
	INIT_LIST_HEAD(&sess->entry);
	INIT_LIST_HEAD(&sess->successors);
	INIT_LIST_HEAD(&sess->free);
	sess->created_ns = ktime_get_ns();
	xa_init(&sess->luns);
	xa_init(&sess->attentions);
	init_completion(&sess->acl_closed);
	ti_capacity_sess_init(sess);
	sess->exp_cmd_sn = cmd_sn;
	sess->max_cmd_sn = cmd_sn - 1;
	sess->depth = TI_DISCOVERY_DEPTH;
}

/*
 * The TSIH of a new session: @old, when that is the TSIH of one that it goes on with and
 * that has just ended. The others go round, so that no login of somebody else takes it
 * in between.
 */
static int tsih_alloc(u16 old)
{
	void *taken = xa_mk_value(1);
	u32 tsih = old;
	int ret;

	if (old)
		ret = xa_insert(&ti_tsihs, old, taken, GFP_KERNEL);
	else
		ret = xa_alloc_cyclic(&ti_tsihs, &tsih, taken, XA_LIMIT(1, U16_MAX),
				      &ti_tsih_next, GFP_KERNEL);
	return ret < 0 ? ret : tsih;
}

static int sess_alloc_ids(struct ti_sess *sess, u16 old_tsih)
{
	int tsih, ret;

	ret = xa_alloc_cyclic(&ti_sessions, &sess->index, NULL,
			      XA_LIMIT(1, U32_MAX), &ti_sess_next, GFP_KERNEL);
	if (ret < 0)
		return ret;
	tsih = tsih_alloc(old_tsih);
	if (tsih < 0) {
		xa_erase(&ti_sessions, sess->index);
		return tsih;
	}
	sess->tsih = tsih;
	return 0;
}

static struct ti_sess *sess_alloc(struct ti_conn *conn, const char *initiator,
				  const u8 *isid, u16 old_tsih,
				  const struct ti_params *params, u32 cmd_sn)
{
	struct ti_sess *sess = kzalloc(sizeof(*sess), GFP_KERNEL);

	if (!sess)
		return NULL;
	sess_init(sess, conn, cmd_sn);
	strscpy(sess->initiator, initiator, sizeof(sess->initiator));
	strscpy(sess->alias, params->initiator_alias, sizeof(sess->alias));
	memcpy(sess->isid, isid, TI_ISID_LEN);
	sess->params = *params;
	if (sess_alloc_ids(sess, old_tsih)) {
		kfree(sess);
		return NULL;
	}
	return sess;
}

static int sess_alloc_tasks(struct ti_sess *sess)
{
	sess->max_tasks = sess->depth + TI_SPARE_TASKS;
	sess->tasks = kvcalloc(sess->max_tasks, sizeof(*sess->tasks),
			       GFP_KERNEL);
	if (!sess->tasks)
		return -ENOMEM;
	tasks_grow(sess);
	return sess->nr_tasks ? 0 : -ENOMEM;
}

/* With target core: the nexus, and what its ACL says. */
static int sess_register(struct ti_sess *sess)
{
	const struct ti_acl *acl;

	mutex_lock(&sess->tpg->nexus_lock);
	sess->se_sess = target_setup_session(&sess->tpg->se_tpg, 0, 0,
					     TARGET_PROT_NORMAL,
					     sess->initiator, sess, NULL);
	mutex_unlock(&sess->tpg->nexus_lock);
	if (IS_ERR(sess->se_sess))
		return PTR_ERR(sess->se_sess);
	sess->se_sess->sess_bin_isid = ti_reserve_port_number(sess->isid);
	acl = to_ti_acl(sess->se_sess->se_node_acl);
	sess->by_demo = acl->se_acl.dynamic_node_acl;
	sess->depth = clamp_t(u32, READ_ONCE(acl->se_acl.queue_depth),
			      TI_DEPTH_MIN, TI_DEPTH_MAX);
	return 0;
}

/*
 * Target core takes a session off its ACL's list before it calls
 * ti_acl_close_session(), and holds nothing meanwhile: wait for that call.
 */
static void sess_wait_for_acl(struct ti_sess *sess)
{
	struct se_node_acl *acl = sess->se_sess->se_node_acl;
	bool off;

	spin_lock_irq(&acl->nacl_sess_lock);
	off = list_empty(&sess->se_sess->sess_acl_list);
	spin_unlock_irq(&acl->nacl_sess_lock);
	if (off)
		wait_for_completion(&sess->acl_closed);
}

/* No more with target core. May sleep. */
static void sess_unregister(struct ti_sess *sess)
{
	target_stop_session(sess->se_sess);
	/* For the last task's count, dropped after its release. */
	target_wait_for_sess_cmds(sess->se_sess);
	sess_wait_for_acl(sess);
	mutex_lock(&sess->tpg->nexus_lock);
	sess->tpg->leaving = sess->se_sess->se_node_acl;
	target_remove_session(sess->se_sess);
	sess->tpg->leaving = NULL;
	mutex_unlock(&sess->tpg->nexus_lock);
}

/*
 * Take the times that its ACL says. ti_tpg.lock is held, and the session is in the list:
 * a change of the times for pings either came before, or finds it there (update_pings()).
 */
static void sess_take_times(struct ti_sess *sess)
{
	const struct ti_acl_attrib *attrib =
		&to_ti_acl(sess->se_sess->se_node_acl)->attrib;
	struct ti_conn *conn = sess->conn;

	WRITE_ONCE(conn->nopin_timeout, READ_ONCE(attrib->nopin_timeout));
	WRITE_ONCE(conn->nopin_response_timeout,
		   READ_ONCE(attrib->nopin_response_timeout));
	conn->dataout_timeout = READ_ONCE(attrib->dataout_timeout) *
				max(READ_ONCE(attrib->dataout_timeout_retries), 1U);
}

/* Into the TPG's list, unless another login of the same nexus was faster. */
static int sess_link(struct ti_sess *sess)
{
	struct ti_tpg *tpg = sess->tpg;
	int ret = 0;

	spin_lock(&tpg->lock);
	if (ti_nexus_find(tpg, sess->initiator, sess->isid)) {
		ret = -EAGAIN;
	} else {
		list_add_tail(&sess->entry, &tpg->sessions);
		ti_nexus_add(sess);
		sess_take_times(sess);
	}
	spin_unlock(&tpg->lock);
	return ret;
}

/**
 * ti_sess_create - make the session of a login that has been accepted
 * @conn:	the leading connection
 * @tpg:	NULL for a discovery session; takes over the caller's ti_tpg_get()
 * @initiator:	its iSCSI name
 * @isid:	the ISID, TI_ISID_LEN bytes
 * @tsih:	of the session that it goes on with after its connection was
 *		replaced; 0: a new one
 * @params:	what was negotiated
 * @cmd_sn:	CmdSN of the login requests
 *
 * Owner of @conn only. May sleep. Return: the session, or ERR_PTR(-EACCES) when
 * target core has no ACL for this initiator, -EAGAIN when there is another session
 * of this nexus (ti_sess_reinstate()), -ENOSPC when sessions have all the memory that
 * they may, -ENOMEM.
 */
struct ti_sess *ti_sess_create(struct ti_conn *conn, struct ti_tpg *tpg,
			       const char *initiator, const u8 *isid, u16 tsih,
			       const struct ti_params *params, u32 cmd_sn)
{
	struct ti_sess *sess;
	int ret;

	sess = sess_alloc(conn, initiator, isid, tsih, params, cmd_sn);
	if (!sess)
		return ERR_PTR(-ENOMEM);
	sess->tpg = tpg;
	ret = tpg ? sess_register(sess) : 0;
	if (ret)
		goto out_free;
	ret = sess_promise(sess);
	if (ret)
		goto out_unregister;
	ret = sess_alloc_tasks(sess);
	if (!ret && tpg)
		ret = sess_link(sess);
	if (ret)
		goto out_unpromise;

	conn->sess = sess;
	ti_sess_open_window(sess);
	return sess;

out_unpromise:
	ti_mem_unpromise(&conn->cache);
out_unregister:
	if (tpg)
		sess_unregister(sess);
out_free:
	sess_free_ids(sess);
	sess_free_memory(sess);
	return ERR_PTR(ret);
}

/**
 * ti_sess_generation - changes whenever a session comes or goes
 *
 * Any context. Return: not 0.
 */
u32 ti_sess_generation(void)
{
	return atomic_read(&ti_sess_changes) ?: 1;
}

/**
 * ti_sess_publish - the login is done: tell of the session, and let it be found
 * @sess:	the session
 *
 * Owner only. May sleep.
 */
void ti_sess_publish(struct ti_sess *sess)
{
	WRITE_ONCE(sess->announced, sess->tpg);
	if (sess->tpg)
		ti_event_login(sess);
	/* Its place has been reserved: this cannot fail. */
	xa_store(&ti_sessions, sess->index, sess, GFP_KERNEL);
	atomic_inc(&ti_sess_changes);
}

/* Out of sight; logins that waited for that go on. */
static void sess_unlink(struct ti_sess *sess)
{
	struct ti_tpg *tpg = sess->tpg;
	struct ti_conn *conn, *next;

	spin_lock(&tpg->lock);
	list_del(&sess->entry);
	ti_nexus_del(sess);
	list_for_each_entry_safe(conn, next, &sess->successors, reinstate_entry) {
		list_del_init(&conn->reinstate_entry);
		ti_conn_ask(conn, TI_CONN_F_LOGIN_RESUME);
	}
	spin_unlock(&tpg->lock);
}

/**
 * ti_sess_free - the last of a session
 * @sess:	the session
 *
 * No task is left in target core. May sleep.
 */
void ti_sess_free(struct ti_sess *sess)
{
	struct ti_tpg *tpg = sess->tpg;

	/* First: one that replaces the connection takes it over. */
	sess_free_ids(sess);
	if (tpg) {
		/* Before the login that waits for the end of this one is answered. */
		ti_luns_release_reservations(sess);
		if (!sess->logged_out)
			ti_attention_nexus_lost(sess);
		sess_unlink(sess);
		sess_unregister(sess);
	}
	sess->conn->sess = NULL;
	sess_free_memory(sess);
	if (tpg) {
		wake_up_all(&tpg->idle);
		ti_tpg_put(tpg);
	}
}

/* ---- reinstatement ---- */

/**
 * ti_sess_reinstate - end an older session of the same I_T nexus
 * @conn:	the connection that logs in
 * @tpg:	the portal group; held by the caller
 * @initiator:	the initiator's name
 * @isid:	the ISID, TI_ISID_LEN bytes
 * @lost:	set when it was not logged out
 *
 * RFC 7143 §6.3.5. Owner of @conn only. Return: 0 when there is none (or no
 * longer); -EAGAIN when one is going: TI_CONN_F_LOGIN_RESUME is set on @conn when
 * it has gone.
 */
int ti_sess_reinstate(struct ti_conn *conn, struct ti_tpg *tpg,
		      const char *initiator, const u8 *isid, bool *lost)
{
	struct ti_sess *old;

	spin_lock(&tpg->lock);
	old = ti_nexus_find(tpg, initiator, isid);
	if (old) {
		if (!READ_ONCE(old->logged_out))
			*lost = true;
		list_add_tail(&conn->reinstate_entry, &old->successors);
		ti_event_session_end(old, TCM_ISCSI_EVENT_REINSTATED,
				     "its initiator port logged in again");
		ti_conn_close(old->conn);
	}
	spin_unlock(&tpg->lock);
	if (!old)
		return 0;
	ti_info("%s: session of %s reinstated from %s\n",
		tpg->target->name, initiator, conn->peer);
	return -EAGAIN;
}

/**
 * ti_sess_reinstate_cancel - the login ends before the older session has
 * @conn:	the connection that waits for it
 * @tpg:	the portal group; held by the caller
 *
 * Owner of @conn only.
 */
void ti_sess_reinstate_cancel(struct ti_conn *conn, struct ti_tpg *tpg)
{
	spin_lock(&tpg->lock);
	list_del_init(&conn->reinstate_entry);
	spin_unlock(&tpg->lock);
}

/**
 * ti_sess_find - what was negotiated for the session that a connection belongs to
 * @tpg:	the portal group; held by the caller
 * @initiator:	the initiator's name
 * @isid:	the ISID, TI_ISID_LEN bytes
 * @tsih:	TSIH of the session
 * @cid:	CID of the connection
 * @params:	filled with a copy
 *
 * Process context. Return: 0; -ENOENT: no such session; -EBUSY: its connection is
 * another one.
 */
int ti_sess_find(struct ti_tpg *tpg, const char *initiator, const u8 *isid,
		 u16 tsih, u16 cid, struct ti_params *params)
{
	const struct ti_sess *sess;
	int ret = -ENOENT;

	spin_lock(&tpg->lock);
	sess = ti_nexus_find(tpg, initiator, isid);
	if (sess && sess->tsih == tsih) {
		*params = sess->params;
		ret = sess->conn->cid == cid ? 0 : -EBUSY;
	}
	spin_unlock(&tpg->lock);
	return ret;
}

/* ---- administration ---- */

/**
 * ti_sess_evict - an administrator ends a session
 * @sess:	kept by the caller: by the lock of ti_sessions or of its TPG
 *
 * Only asks. Any context.
 */
void ti_sess_evict(struct ti_sess *sess)
{
	ti_event_session_end(sess, TCM_ISCSI_EVENT_EVICTED, NULL);
	ti_conn_close(sess->conn);
}

/**
 * ti_tpg_ask_sessions - ask the owners of all sessions of a TPG for something
 * @tpg:	the portal group
 * @what:	what, see ti_conn_ask()
 *
 * Process context.
 */
void ti_tpg_ask_sessions(struct ti_tpg *tpg, enum ti_conn_flag what)
{
	struct ti_sess *sess;

	spin_lock(&tpg->lock);
	list_for_each_entry(sess, &tpg->sessions, entry)
		ti_conn_ask(sess->conn, what);
	spin_unlock(&tpg->lock);
}

static void sess_report(const struct ti_tpg *tpg, const struct ti_sess *sess)
{
	const struct ti_cmd *cmd = ti_task_oldest(sess);

	if (cmd)
		ti_warn("%s,%u: session of %s waits for %u commands, the oldest is 0x%x, which the backend of LUN %llu has\n",
			tpg->target->name, tpg->tag, sess->initiator,
			READ_ONCE(sess->busy_tasks), READ_ONCE(cmd->itt),
			READ_ONCE(cmd->lun));
}

/* Report what a TPG still waits for: one line for each session. */
static void tpg_report(struct ti_tpg *tpg)
{
	struct ti_sess *sess;

	spin_lock(&tpg->lock);
	list_for_each_entry(sess, &tpg->sessions, entry)
		sess_report(tpg, sess);
	spin_unlock(&tpg->lock);
}

/**
 * ti_tpg_close_sessions - end every session of a TPG
 * @tpg:	the portal group
 *
 * The initiators are asked to log out, and have a moment to do so. Waits for
 * TI_ADMIN_TIMEOUT at most; what a stalled backend still holds ends by itself
 * later. May sleep.
 */
void ti_tpg_close_sessions(struct ti_tpg *tpg)
{
	ti_conn_check_logins();
	ti_tpg_ask_sessions(tpg, TI_CONN_F_ASYNC_LOGOUT);
	if (wait_event_timeout(tpg->idle, list_empty_careful(&tpg->sessions),
			       TI_LOGOUT_GRACE * HZ))
		return;
	ti_tpg_ask_sessions(tpg, TI_CONN_F_CLOSE);
	if (!wait_event_timeout(tpg->idle, list_empty_careful(&tpg->sessions),
				(TI_ADMIN_TIMEOUT - TI_LOGOUT_GRACE) * HZ))
		tpg_report(tpg);
}

/**
 * ti_target_close_sessions - a target cold reset ends all connections
 * @target:	the target
 * @keep:	the connection that asked: it has a response to send first
 *
 * RFC 7143 §11.5.1. Any context.
 */
void ti_target_close_sessions(struct ti_target *target, struct ti_conn *keep)
{
	struct ti_conn *conn;
	struct ti_tpg *tpg;
	struct ti_sess *sess;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(tpg, &target->tpgs, entry) {
		spin_lock(&tpg->lock);
		list_for_each_entry(sess, &tpg->sessions, entry) {
			conn = sess->conn;
			if (conn != keep)
				ti_conn_close(conn);
		}
		spin_unlock(&tpg->lock);
	}
	spin_unlock(&ti_targets_lock);
	ti_conn_drain(keep);
}

/**
 * ti_acl_close_session - target core wants a session to go
 * @se_sess:	target core's view of the session
 *
 * Its ACL is being removed, or its queue depth has changed. Any context.
 */
void ti_acl_close_session(struct se_session *se_sess)
{
	struct ti_sess *sess = se_sess->fabric_sess_ptr;

	ti_conn_close(sess->conn);
	/* The session may be gone after this. */
	complete_all(&sess->acl_closed);
}
