/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of the module and who may touch them.
 *
 *   ti_target (IQN) -> ti_tpg -> ti_tpg_portal -> ti_portal (listening socket)
 *                             -> ti_acl, LUNs (target core)
 *                             -> ti_sess (I_T nexus) -> ti_conn (TCP connection)
 *                                         -> ti_cmd (one per task, by index)
 *
 * One work item per connection (ti_conn.work) owns the connection's receive
 * and send state, its session's command window and all its tasks. A field
 * below that names no lock is written by that work item alone, or is constant
 * once others can find the object. Others may read it to show it, and what they
 * show may be old. Socket callbacks, completions and administrators only set a
 * flag or add to a lock-free list, and queue the work item. conn.c describes
 * lifetimes.
 */
#ifndef TI_H
#define TI_H

#include <linux/completion.h>
#include <linux/jhash.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/ratelimit.h>
#include <linux/scatterlist.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/sock.h>
#include <target/target_core_base.h>
#include <target/target_core_fabric.h>

#include "pdu.h"
#include "params.h"
#include "compat.h"

#define TI_NAME_LEN		224	/* iSCSI name with NUL (RFC 7143 §4.2.7.1) */
#define TI_AUTH_LEN		256	/* CHAP name or secret with NUL */
#define TI_ADDR_LEN		64	/* "[ipv6]:port" with NUL */

/* No LUN has this number. */
#define TI_NO_LUN		U64_MAX
/* Devices reset by other nexuses that a connection remembers one by one. */
#define TI_RESET_DEVS		16

/* The command window: in-tree limits of cmdsn_depth. */
#define TI_DEPTH_MIN		1
#define TI_DEPTH_DEFAULT	64
#define TI_DEPTH_MAX		512
/* Tasks beyond the window: immediate commands. */
#define TI_SPARE_TASKS		16
#define TI_MAX_TASKS		(TI_DEPTH_MAX + TI_SPARE_TASKS)
/* Tasks that a session has from the beginning: an idle one stays small. */
#define TI_FIRST_TASKS		4U
/* Of tasks by tag: initiators count their tags up, or use them as indices. */
#define TI_ITT_BUCKETS		128

/* The largest Expected Data Transfer Length we take, bytes. */
#define TI_MAX_TRANSFER		(16U << 20)
#define TI_LOGIN_TIMEOUT	15	/* seconds, from accept to full feature */
#define TI_DRAIN_TIMEOUT	2	/* seconds to read what still comes at a close */
#define TI_ADMIN_TIMEOUT	28	/* seconds an administrator waits: back within 30 */
#define TI_HOLE_TIMEOUT		15	/* seconds commands wait for one that was lost */
#define TI_RETRY_TIMEOUT	1	/* seconds, when that one was rejected */
#define TI_RESEND_TIMEOUT	5	/* seconds, for its digest, and nothing waits for it */
#define TI_LOOK_INTERVAL	10	/* seconds between checks of what waits */
#define TI_CACHE_AGE		60	/* seconds that unused pages stay, at least */
#define TI_LOGOUT_GRACE		3	/* seconds between a logout request and the close */

/* For what a peer or an administrator can cause. */
#define ti_warn(fmt, ...) \
	pr_warn_ratelimited("tcm_iscsi: " fmt, ##__VA_ARGS__)
#define ti_info(fmt, ...) \
	pr_info_ratelimited("tcm_iscsi: " fmt, ##__VA_ARGS__)
#define ti_err(fmt, ...) \
	pr_err_ratelimited("tcm_iscsi: " fmt, ##__VA_ARGS__)

/* ---- configuration (configfs.c) ---- */

/**
 * struct ti_auth - CHAP names and secrets of a TPG, an ACL or discovery
 * @lock:	guards every other field
 * @userid:	name the initiator authenticates with; empty: no CHAP possible
 * @password:	its secret
 * @userid_mutual: name that this target gives when it authenticates itself
 * @password_mutual: its secret; both set: mutual CHAP
 * @enforce:	discovery only: a login without CHAP is refused
 */
struct ti_auth {
	spinlock_t	lock;
	char		userid[TI_AUTH_LEN];
	char		password[TI_AUTH_LEN];
	char		userid_mutual[TI_AUTH_LEN];
	char		password_mutual[TI_AUTH_LEN];
	bool		enforce;
};

/*
 * tpgt_N/attrib, with the in-tree names; each written by configfs alone and
 * read with READ_ONCE() by logins.
 */
struct ti_tpg_attrib {
	u32	authentication;
	u32	login_timeout;		/* seconds */
	u32	netif_timeout;		/* seconds, kept for compatibility */
	u32	generate_node_acls;
	u32	cache_dynamic_acls;
	u32	default_cmdsn_depth;
	u32	demo_mode_write_protect;
	u32	prod_mode_write_protect;
	u32	demo_mode_discovery;
	u32	default_erl;
	u32	t10_pi;
	u32	fabric_prot_type;
	u32	tpg_enabled_sendtargets;
	u32	login_keys_workaround;
};

/* acls/NAME/attrib, with the in-tree names; same rule. */
struct ti_acl_attrib {
	u32	dataout_timeout;	/* seconds */
	u32	dataout_timeout_retries;
	u32	default_erl;
	u32	nopin_timeout;		/* seconds idle before a ping, 0: never */
	u32	nopin_response_timeout;	/* seconds to answer it */
	u32	random_datain_pdu_offsets;
	u32	random_datain_seq_offsets;
	u32	random_r2t_offsets;
	s32	authentication;		/* -1: as the TPG says */
};

struct ti_admission;
struct ti_io_stats;
struct ti_target_stats;

/**
 * struct ti_target - an iSCSI target node
 * @wwn:	target core's view, and the configfs directory
 * @name:	its iSCSI name, normalised to lower case
 * @index:	unique number, for the statistics
 * @serial:	never used again: ti_targets is in its order
 * @entry:	in ti_targets; ti_targets_lock
 * @name_entry:	in a table by name, for ti_target_find(); ti_targets_lock
 * @tpgs:	of ti_tpg.entry; ti_targets_lock
 * @stats:	login and session failure counters (stats.c)
 * @admission:	who may log in, and accounts (admission.c)
 * @tuning:	the directory tuning/ (poll.c)
 * @busy_poll:	its attribute, microseconds; configfs writes, owners of connections read
 */
struct ti_target {
	struct se_wwn		wwn;
	char			name[TI_NAME_LEN];
	u32			index;
	u64			serial;
	struct list_head	entry;
	struct hlist_node	name_entry;
	struct list_head	tpgs;
	struct ti_target_stats	*stats;
	struct ti_admission	*admission;
	struct config_group	tuning;
	u32			busy_poll;
};

/**
 * struct ti_tpg - a target portal group
 * @se_tpg:	target core's view
 * @target:	whose it is
 * @tag:	TargetPortalGroupTag, 0 to 65535
 * @entry:	in ti_target.tpgs; ti_targets_lock
 * @enabled:	logins are taken; written under ti_targets_lock
 * @enable_lock:	one after the other: enabling, and disabling, which waits
 * @users:	logins and sessions that hold the TPG; ti_tpg_get(), ti_tpg_put()
 * @idle:	woken when @users falls to zero and when a session leaves
 * @attrib:	attrib/, see struct ti_tpg_attrib
 * @param:	param/; logins negotiate with a copy, ti_tpg_copy_param()
 * @param_lock:	guards @param
 * @auth:	auth/, for initiators without an ACL
 * @portals:	of ti_tpg_portal.tpg_entry; ti_targets_lock
 * @lock:	guards @sessions and every ti_sess.entry, and ti_acl.lost
 * @sessions:	of ti_sess.entry
 * @nexus_lock:	one session begins or ends at a time: target core makes and frees the
 *		ACLs of demo mode without a lock against others that do the same
 * @leaving:	the ACL whose session ends, under @nexus_lock; NULL: none does
 * @leaving_luns: of se_lun.link, LUNs that target core is removing (fabric.c);
 *		se_tpg.tpg_lun_mutex
 */
struct ti_tpg {
	struct se_portal_group	se_tpg;
	struct ti_target	*target;
	u16			tag;
	struct list_head	entry;
	bool			enabled;
	struct mutex		enable_lock;
	atomic_t		users;
	wait_queue_head_t	idle;
	struct ti_tpg_attrib	attrib;
	struct ti_param_cfg	param;
	struct mutex		param_lock;
	struct ti_auth		auth;
	struct list_head	portals;
	spinlock_t		lock;
	struct list_head	sessions;
	struct mutex		nexus_lock;
	const struct se_node_acl *leaving;
	struct hlist_head	leaving_luns;
};

/* An initiator rarely has as many sessions with a portal group. */
#define TI_LOST_PORTS		16

/* Initiator ports whose session was lost and that are to be told so (attention.c). */
struct ti_lost_ports {
	u8	nr;
	u8	isid[TI_LOST_PORTS][TI_ISID_LEN];	/* the oldest first */
};

/* An ACL: target core allocates it, node_acl_size bytes. */
struct ti_acl {
	struct se_node_acl	se_acl;
	struct ti_acl_attrib	attrib;
	struct ti_auth		auth;
	struct config_group	sess_stats;	/* statdir.c */
	struct ti_lost_ports	lost;		/* ti_tpg.lock */
};

/**
 * struct ti_portal - a listening socket, shared by all TPGs on its address
 * @ref:	one per ti_tpg_portal and per connection that came in through it
 * @entry:	in ti_portals; ti_portals_lock (a mutex: opening sleeps)
 * @tpgs:	number of ti_tpg_portal; ti_portals_lock; at zero it is closed
 * @net:	network namespace of who made it
 * @addr:	address and port it is bound to
 * @v6only:	a socket on [::] that takes no IPv4
 * @sock:	NULL when closed; written under ti_portals_lock
 * @accept:	accepts what has arrived; delayed only to try again
 * @saved_data_ready: the callback of every accepted socket before ours
 */
struct ti_portal {
	struct kref		ref;
	struct list_head	entry;
	unsigned int		tpgs;
	struct net		*net;
	struct sockaddr_storage	addr;
	bool			v6only;
	struct socket		*sock;
	struct delayed_work	accept;
	void			(*saved_data_ready)(struct sock *sk);
};

/* np/IP:PORT of a TPG. */
struct ti_tpg_portal {
	struct se_tpg_np	se_np;
	struct ti_tpg		*tpg;
	struct ti_portal	*portal;
	struct list_head	tpg_entry;	/* ti_targets_lock */
};

/* ---- data buffers (buf.c) ---- */

#define TI_CHUNK_ORDER		PAGE_ALLOC_COSTLY_ORDER
#define TI_CHUNK_SIZE		(PAGE_SIZE << TI_CHUNK_ORDER)
#define TI_INLINE_SGL		16
/* Entries of a list that is kept for the next command: 4 MiB of large pages, in a page. */
#define TI_KEPT_SGL		128

/**
 * struct ti_buf - the data of one task
 * @sgl:	@inline_sgl, or a longer list; one of TI_KEPT_SGL at most stays with the task
 * @nents:	entries in use
 * @max_nents:	entries there are
 * @len:	bytes in use, the sum of all entries
 * @small:	of small pages alone: who uses it maps them one by one
 * @inline_sgl:	enough for what most tasks move
 */
struct ti_buf {
	struct scatterlist	*sgl;
	unsigned int		nents;
	unsigned int		max_nents;
	u32			len;
	bool			small;
	struct scatterlist	inline_sgl[TI_INLINE_SGL];
};

/**
 * struct ti_free_pages - free pages of one order, last in first out
 * @head:	linked by page_private()
 * @nr:		how many
 * @unneeded:	of these, how many were free all the time since ti_cache_age()
 */
struct ti_free_pages {
	struct page		*head;
	unsigned int		nr;
	unsigned int		unneeded;
};

/**
 * struct ti_buf_cache - the pages that a connection owns
 *
 * Pages are zeroed when they come from the system and used by this one session
 * until they go back, so no initiator can ever see another's data in them.
 *
 * @small:	free pages of order 0
 * @large:	free pages of TI_CHUNK_ORDER
 * @sent_head:	pages handed to TCP by reference and not yet seen released, in the
 *		order of sending, linked by page_private()
 * @sent_tail:	the last one of these
 * @owned:	bytes of all pages, in use, free or sent
 * @promise:	bytes that need no permission: what the command window allows the
 *		initiator to send unasked, and of a session never none
 * @set_aside:	what the command window takes of the bound: @promise, and tasks
 * @least:	what its session cannot do without; 0 for discovery. These three are
 *		constant as long as there is a session
 * @initiator:	what the sessions of its initiator have in common; held, and set with @least
 * @reserved:	bytes that are permitted and about to be @owned
 * @charged:	part of @owned and @reserved charged to the bound of the module
 * @aged:	jiffies, when pages that nobody needed went back last
 * @waiting:	in the list of connections that wait for memory; ti_mem.lock
 */
struct ti_buf_cache {
	struct ti_free_pages	small;
	struct ti_free_pages	large;
	struct page		*sent_head;
	struct page		*sent_tail;
	size_t			owned;
	size_t			promise;
	size_t			set_aside;
	size_t			least;
	struct ti_initiator	*initiator;
	size_t			reserved;
	size_t			charged;
	unsigned long		aged;
	struct list_head	waiting;
};

/* ---- tasks (task.c) ---- */

enum ti_cmd_state {
	TI_CMD_FREE,
	TI_CMD_RECEIVING,	/* its first PDU is being received */
	TI_CMD_HELD,		/* in ti_conn.held until its CmdSN is due */
	TI_CMD_READY,		/* in ti_conn.ready */
	TI_CMD_WAITING,		/* in ti_conn.waiting or .no_memory */
	TI_CMD_EXECUTING,	/* target core has it */
	TI_CMD_RESPONDING,	/* in ti_conn.txq */
	TI_CMD_RELEASING,	/* responded, target core may still look at it */
};

/* What a task takes of its device's places, until target core is done (aside.c). */
enum ti_place {
	TI_PLACE_NONE,
	TI_PLACE_TURN,
	TI_PLACE_COPY,
	TI_PLACE_COPY_BOTH,	/* of two devices */
	TI_PLACE_RESET,		/* a turn, and that of a copy */
	TI_PLACE_ABORT,
};

/* How far a WRITE AND VERIFY has come (verify.c). */
enum ti_verify_step {
	TI_VERIFY_NONE,		/* it is another command */
	TI_VERIFY_WRITES,
	TI_VERIFY_WRITTEN,	/* it goes on when target core has let go of it */
	TI_VERIFY_READS,
};

/* What is to be sent next for an entry of ti_conn.txq. */
enum ti_tx_kind {
	TI_TX_PDU,		/* a struct ti_pdu, built already */
	TI_TX_R2T,
	TI_TX_DATA_IN,
	TI_TX_STATUS,
	TI_TX_TMF,
	TI_TX_NOP_IN,
};

struct ti_tx {
	struct list_head	entry;
	enum ti_tx_kind		kind;
	u32			end;	/* in the batch: where its last PDU ends, bytes */
};

/*
 * struct ti_cmd - one request of the initiator, from its PDU to its response
 *
 * A SCSI command, a task-management function, or a NOP-Out, Text or Logout
 * Request. Found by its index in ti_sess.tasks, which R2Ts carry in their TTT.
 *
 * While TI_CMD_EXECUTING, target core's completion writes @status, @response, @sense,
 * @data_len and the residual, and workers @place; the owner reads them when it has taken
 * the task from ti_conn.done or .released.
 *
 * @se_cmd:	target core's part, for SCSI commands and TMFs
 * @conn:	whose it is; constant while the task is in use
 * @entry:	in ti_sess.free or a list of ti_conn, by @state; a worker's (aside.c),
 *		.late_tmfs or .late_answers while TI_CMD_EXECUTING
 * @itt_entry:	in ti_sess.itts, unless the tag is reserved
 * @tx:		in ti_conn.txq or ti_tx_batch.done while TI_CMD_RESPONDING, and until
 *		its R2T is on its way
 * @done:	in ti_conn.done: target core completed it (any context adds)
 * @released:	in ti_conn.released: target core let go of it (any context adds)
 */
struct ti_cmd {
	struct se_cmd		se_cmd;
	struct ti_conn		*conn;
	struct list_head	entry;
	struct hlist_node	itt_entry;
	struct ti_tx		tx;
	struct llist_node	done;
	struct llist_node	released;

	u16			index;
	u8			state;		/* enum ti_cmd_state */
	u8			opcode;		/* enum ti_opcode */
	bool			immediate;
	bool			numbered;	/* holds a place in the command window */
	bool			started;	/* has begun, and is not answered */
	bool			failed;		/* @status is set; data still to come is dropped */
	bool			in_core;	/* target_init_cmd() was done */
	bool			prepared;	/* in core, not submitted: no memory */
	bool			overridden;	/* @residual below replaces core's */
	u8			verify_step;	/* enum ti_verify_step */
	u8			rsp_flags;	/* residual flags */
	u32			itt;
	u32			cmd_sn;
	u64			lun;
	union {
		struct ti_bhs		bhs;
		struct ti_scsi_cmd_hdr	scsi_hdr;
		struct ti_tmf_hdr	tmf_hdr;
		struct ti_text_hdr	text_hdr;
		struct ti_logout_hdr	logout_hdr;
	};
	u8			*ext_cdb;	/* whole CDB when over 16 bytes */

	/* Data-Out: what was received and what is due */
	u32			edtl;		/* Expected Data Transfer Length */
	u32			unsolicited;	/* end of unsolicited data, offset */
	u32			received;	/* bytes received, in order */
	u32			seq_end;	/* end of the sequence being received */
	u32			ttt;		/* of the burst being received */
	u32			data_sn;	/* next DataSN, in or out */
	u32			r2t_sn;		/* next R2TSN */
	bool			unsolicited_open; /* F bit of unsolicited data is due */
	bool			burst_open;	/* F bit of what an R2T asked for is due */
	/* jiffies: R2T or last data; TMF: begin; in .late_answers: when it ends */
	unsigned long		waiting_since;
	unsigned int		sg_index;	/* cursor: where the next byte goes to */
	u32			sg_offset;	/* or, when sending, comes from */

	/* Data-In: what was sent */
	u32			data_len;	/* bytes to send */
	u32			sent;
	u32			residual;
	u8			status;		/* SAM status */
	u8			response;	/* iSCSI response, TMF response */

	struct ti_buf		*verify;	/* what the data of a VERIFY is compared with */

	/* COMPARE AND WRITE: of target core, until it begins */
	sense_reason_t		(*caw_callback)(struct se_cmd *se_cmd, bool success,
						int *post_ret);
	sense_reason_t		(*caw_execute)(struct se_cmd *se_cmd);

	/* submitted by a worker (aside.c) */
	struct work_struct	aside;
	u8			lane;		/* of its device */
	u8			other_lane;	/* EXTENDED COPY: of the second one */
	u8			place;		/* enum ti_place */
	bool			lun_full;	/* its device may keep who submits it */
	u32			writes;		/* of its LUN in flight; 0: it is none */

	struct ti_buf		buf;
	char			*text;		/* Text: the data segment, NUL ended */
	/* for the statistics (iostat.c) */
	u64			received_ns;	/* ktime_get_ns() when it came */
	struct ti_io_stats	*lun_io;	/* of its LUN; NULL: not counted there */
	u8			io_dir;		/* enum ti_io_dir */
	bool			io_counted;	/* between ti_io_begin() and ti_io_end() */

	unsigned int		pending;	/* TMF: parts that have not ended */
	unsigned int		next_task;	/* TMF: index of the next one to abort */
	struct ti_cmd		*parent;	/* part of a TMF: which */
	u8			sense[2 + TRANSPORT_SENSE_BUFFER];
};

/* A PDU that answers no task, or a login or text response: built whole. */
struct ti_pdu {
	struct ti_tx		tx;
	struct ti_bhs		bhs;
	bool			takes_stat_sn;	/* StatSN is set and counted at sending */
	bool			keeps_stat_sn;	/* StatSN is shown, not counted */
	u32			len;
	u8			data[];		/* @len bytes */
};

/* ---- sessions (session.c) ---- */

/**
 * struct ti_initiator - what the sessions of an initiator have in common, on all targets
 * @entry:	in a table by name (nexus.c)
 * @sessions:	how many there are; at zero it is freed
 * @held:	sum of ti_buf_cache.least, bytes; ti_mem.lock
 * @last_turn:	ktime_get_ns() of the last ti_initiator_turn(); the table's lock
 * @name:	its name; constant
 */
struct ti_initiator {
	struct hlist_node	entry;
	unsigned int		sessions;
	size_t			held;
	u64			last_turn;
	char			name[];
};

/*
 * struct ti_sess - an I_T nexus
 *
 * With one connection a session, that connection's work item owns it.
 *
 * @se_sess:	target core's view; NULL in a discovery session
 * @tpg:	held with ti_tpg_get(); NULL in a discovery session
 * @entry:	in ti_tpg.sessions; ti_tpg.lock
 * @nexus_entry: in a table of these by name (nexus.c); ti_tpg.lock and the table's
 * @conn:	the connection; constant
 * @initiator, @alias, @isid, @tsih, @created_ns: constant after login
 * @chap_user:	the account that it authenticated itself with, or NULL; constant
 * @index:	its id, in ti_sessions; constant
 * @by_demo:	there was no ACL for its initiator; constant
 * @announced:	its login was told to those who listen (event.c)
 * @logged_out:	it ends because its initiator wanted it to
 * @params:	negotiated values; constant after login but for max_xmit_dsl, which the owner
 *		changes and anybody reads with READ_ONCE()
 * @successors:	of ti_conn.reinstate_entry: logins that wait for the end of
 *		this one; ti_tpg.lock
 * @acl_closed:	ti_acl_close_session() has been called
 * @tasks:	by index, made as more are needed
 * @nr_tasks:	how many were allocated, of @max_tasks
 * @busy_tasks:	how many are in use, parts of task management functions included
 * @nr_immediate: immediate ones in use, TI_SPARE_TASKS at most: the others are
 *		for what the window promises
 * @nr_parts:	tasks of our own that serve task management functions
 * @depth:	the command window when memory allows
 * @window:	the command window that is promised now
 * @in_window:	numbered requests taken and not yet answered
 * @ordered:	ORDERED tasks that have begun and are not answered: no other of their
 *		unit begins meanwhile
 * @attentions: unit attentions that are due, by LUN (attention.c); xa_cmpxchg()
 * @capacity_changes: how many changes of size the session knows
 * @io:		counters of READs and WRITEs, NULL before the first; kept until
 *		the session is freed
 * @luns:	of struct ti_io_stats, by LUN; entries are only added
 */
struct ti_sess {
	struct se_session	*se_sess;
	struct ti_tpg		*tpg;
	struct list_head	entry;
	struct hlist_node	nexus_entry;
	struct ti_conn		*conn;
	char			initiator[TI_NAME_LEN];
	char			alias[TI_AUTH_LEN];
	u8			isid[TI_ISID_LEN];
	char			*chap_user;
	u16			tsih;
	bool			by_demo;
	bool			announced;
	bool			logged_out;
	u32			index;
	struct list_head	successors;
	struct completion	acl_closed;
	struct ti_params	params;
	struct xarray		attentions;
	u64			capacity_changes;

	u32			exp_cmd_sn;
	u32			max_cmd_sn;
	u32			depth;
	u32			window;
	u32			in_window;
	u32			ordered;
	struct ti_cmd		**tasks;
	unsigned int		nr_tasks;
	unsigned int		nr_immediate;
	unsigned int		max_tasks;
	unsigned int		busy_tasks;
	unsigned int		nr_parts;
	struct list_head	free;		/* of ti_cmd.entry */
	struct hlist_head	itts[TI_ITT_BUCKETS]; /* of ti_cmd.itt_entry */

	/* counters, read anywhere with READ_ONCE() */
	u64			cmds;
	u64			rx_bytes;	/* all of TCP's */
	u64			tx_bytes;
	u64			rx_data;	/* of SCSI commands: what RFC 4544 counts */
	u64			tx_data;
	u32			digest_errors;
	u32			timeout_errors;
	u32			format_errors;
	u64			created_ns;	/* ktime_get_ns() */
	struct ti_io_stats	*io;
	struct xarray		luns;
};

/* ---- connections (conn.c, rx.c, tx.c) ---- */

enum ti_conn_state {
	TI_CONN_LOGIN,
	TI_CONN_FULL_FEATURE,
	TI_CONN_DRAINING,	/* all is said: wait for the peer's FIN, briefly */
	TI_CONN_CLOSING,	/* socket is shut, tasks come home */
	TI_CONN_CLOSED,		/* nothing left but to free it */
};

enum ti_conn_flag {
	TI_CONN_F_CLOSE,	/* close now */
	TI_CONN_F_STRANGER,	/* not logged in to a target: counted, gives way */
	TI_CONN_F_ASYNC_LOGOUT,	/* ask the initiator to log out */
	TI_CONN_F_TIMER,	/* the timer went off */
	TI_CONN_F_NEED_TASK,	/* wake up when a task is released */
	TI_CONN_F_TRIM,		/* give back cached pages */
	TI_CONN_F_LOGIN_RESUME,	/* what the login waited for has happened */
	TI_CONN_F_LOGIN_CHECK,	/* is the portal group of the login enabled? */
	TI_CONN_F_ABORT_LUN,	/* another nexus reset a logical unit */
	TI_CONN_F_ABORT_ALL,	/* ... more of ours than there is room to remember */
	TI_CONN_F_CAPACITY,	/* a device has another size (capacity.c) */
	TI_CONN_F_LATE,		/* it is time for a late answer (mistakes.c) */
	TI_CONN_F_END_TOLD,	/* listeners know how its session ends (event.c) */
};

enum ti_rx_state {
	TI_RX_HEADER,		/* BHS, then AHS and header digest */
	TI_RX_DATA,
	TI_RX_TRAILER,		/* padding and data digest */
	TI_RX_LOGIN,		/* a whole Login Request waits to be handled */
};

/* Where the data segment being received goes. */
enum ti_rx_sink {
	TI_SINK_DISCARD,
	TI_SINK_BUF,		/* cmd->buf, at the cursor of the task */
	TI_SINK_TEXT,		/* @text, one piece */
};

/**
 * struct ti_rx - the PDU being received
 * @state:	what the next bytes are
 * @need:	size of that part, bytes
 * @have:	how much of it is here, bytes
 * @dlen:	length of the data segment, bytes
 * @sink:	where the data segment goes
 * @crc:	running CRC32C of the data segment
 * @paused:	the header is here, but there is no task for it yet
 * @digest_error: the data digest was wrong
 * @reject:	reason of a Reject to send once the data segment is drained
 * @cmd:	the task that the PDU starts or continues; NULL: none
 * @text:	linear data: @login_text, or that of a Text Request's task
 * @login_text:	of a Login Request; freed when that was handled
 * @trailer:	padding and data digest as they came
 * @hdr:	BHS, AHS and header digest as they came
 */
struct ti_rx {
	enum ti_rx_state	state;
	enum ti_rx_sink		sink;
	u32			need;
	u32			have;
	u32			dlen;
	u32			crc;
	bool			paused;
	bool			digest_error;
	u8			reject;
	struct ti_cmd		*cmd;
	char			*text;
	char			*login_text;
	u8			trailer[8];
	u8			hdr[TI_BHS_LEN + TI_AHS_MAX + TI_DIGEST_LEN] __aligned(8);
};

#define TI_BATCH_PDUS		64
#define TI_BATCH_SEGS		256

/* A piece of what is sent: copied when @page is NULL, else by reference. */
struct ti_seg {
	struct page		*page;
	void			*buf;
	u32			offset;
	u32			len;
};

/**
 * struct ti_tx_batch - PDUs on their way into the socket
 * @hdr_page:	where headers and trailers are written, each byte once
 * @full_page:	the one before, which this batch refers to as well
 * @hdr_pos:	where the next one goes
 * @segs:	all bytes of all PDUs, in order
 * @nr_pdus:	how many there are
 * @nr_segs:	entries of @segs in use
 * @seg:	how far the socket has taken them: the next one,
 * @offset:	and what it has taken of that, bytes
 * @bytes:	in the whole batch
 * @taken:	of these, what the socket has taken
 * @done:	entries whose last PDU is in this batch, in order
 */
struct ti_tx_batch {
	struct page		*hdr_page;
	struct page		*full_page;
	u32			hdr_pos;
	struct ti_seg		segs[TI_BATCH_SEGS];
	unsigned int		nr_pdus;
	unsigned int		nr_segs;
	unsigned int		seg;
	u32			offset;
	u32			bytes;
	u32			taken;
	struct list_head	done;
};

/*
 * Requests that came, but count as never received (RFC 7143 §7.3): the initiator has to
 * send them again, or others in their place.
 */
struct ti_not_received {
	bool			any;	/* ExpCmdSN has not passed @last */
	u32			last;	/* the highest CmdSN of one */
};

/*
 * struct ti_conn - a TCP connection
 *
 * @work:	the owner of all below that names no lock
 * @done, @released: tasks given back by target core; any context adds
 * @flags:	enum ti_conn_flag, atomic bits
 * @timer:	only sets TI_CONN_F_TIMER and queues @work
 * @entry:	in ti_conns; ti_conns_lock
 * @stranger:	in ti_strangers, as long as it may have to give way; ti_conns_lock
 * @silent:	in ti_silent, before its first whole request; ti_conns_lock
 * @local_addr, @peer_addr, @local, @peer: addresses, the last two as text; constant
 */
struct ti_conn {
	struct work_struct	work;
	int			cpu;	/* where @work runs; softirq of the socket writes */
	int			home;	/* cpu.c; constant */
	enum ti_conn_state	state;
	unsigned long		flags;
	struct llist_head	done;
	struct llist_head	released;

	struct socket		*sock;
	struct ti_portal	*portal;
	struct ti_sess		*sess;
	struct ti_login		*login;
	struct list_head	reinstate_entry; /* in ti_sess.successors; ti_tpg.lock */
	struct ti_params	*params;	/* login's, then the session's */
	const char		*why;		/* it is closed, or NULL */
	u64			now_ns;		/* ti_conn_now(); 0: not asked for so far */
	bool			alone;		/* nobody else works on its CPU, of late */
	u8			short_pauses;	/* poll.c: of the last ones, one after another */
	u64			idle_since;	/* local_clock(), 0: it was not idle */
	u16			cid;
	u32			stat_sn;

	/* receive state */
	struct ti_rx		rx;
	struct list_head	ready;		/* to be run, in order */
	struct list_head	held;		/* ahead of ExpCmdSN, by CmdSN */
	struct list_head	waiting;	/* for Data-Out */
	struct list_head	no_memory;	/* waiting for some, the oldest first */
	struct list_head	behind;		/* READY, but an ORDERED task goes first */
	bool			behind_may_go;	/* a task has ended that some of these waited for */
	struct list_head	late_tmfs;	/* for responses that go before theirs */
	struct list_head	late_answers;	/* completed, and not to be answered yet */
	unsigned long		hole_deadline;	/* jiffies, 0: no request is missing */
	struct ti_not_received	rejected;
	struct ti_not_received	spoilt;		/* by a digest error in its data */
	u32			aborted_itt[128]; /* whose Data-Out may still come */
	u8			aborted_next;

	/* send state */
	struct list_head	txq;		/* of ti_tx.entry */
	unsigned int		nr_pdus;	/* struct ti_pdu in it */
	size_t			pdu_bytes;	/* of their data segments */
	struct ti_tx_batch	*batch;
	unsigned long		tx_since;	/* jiffies: when the socket last took some */
	bool			close_after_tx;	/* draining: shut our side when all is sent */
	bool			tx_done;	/* draining: it was */
	struct ti_buf_cache	cache;

	/* text negotiation in full feature phase (textreq.c) */
	struct ti_text_state	*text;

	/* timers */
	struct delayed_work	timer;
	struct delayed_work	late_timer;	/* only sets TI_CONN_F_LATE, queues @work */
	unsigned long		deadline;	/* jiffies: login, drain, logout grace */
	unsigned long		hold_until;	/* jiffies, 0: none; login: a request waits */
	unsigned int		held_ms;	/* login: how long it has waited in all */
	unsigned long		last_rx;	/* jiffies: when a header came */
	unsigned long		last_data;	/* jiffies: when data of a task came */
	unsigned long		ping_sent;	/* jiffies, 0: none outstanding */
	u32			ping_ttt;
	u32			nopin_timeout;	/* seconds; written under ti_tpg.lock, both */
	u32			nopin_response_timeout;
	u32			dataout_timeout;	/* seconds, retries included */

	/*
	 * Devices of ours that other nexuses reset, to be compared only: added
	 * with cmpxchg() by these, taken with xchg() by the owner.
	 */
	const struct se_device	*reset_devs[TI_RESET_DEVS];

	struct rcu_work		free_work;
	struct list_head	entry;
	struct list_head	stranger;
	struct list_head	silent;
	struct sockaddr_storage	local_addr;
	struct sockaddr_storage	peer_addr;
	char			local[TI_ADDR_LEN];
	char			peer[TI_ADDR_LEN];
	void			(*saved_data_ready)(struct sock *sk);
	void			(*saved_write_space)(struct sock *sk);
	void			(*saved_state_change)(struct sock *sk);
};

/* main.c */
extern struct workqueue_struct *ti_conn_wq;	/* connections' work items */
extern struct workqueue_struct *ti_admin_wq;	/* what may sleep for long */
extern unsigned int ti_max_logins;		/* connections not logged in */
extern char *ti_fabric;				/* directory below target/ */

/* configfs.c */
extern struct list_head ti_targets;		/* of ti_target.entry */
extern spinlock_t ti_targets_lock;
struct ti_target *ti_target_find(const char *name); /* ti_targets_lock is held */
struct ti_tpg *ti_target_tpg_at(const struct ti_target *target, /* the same */
				const struct ti_portal *portal);
bool ti_tpg_get(struct ti_tpg *tpg);		/* false: not enabled */
void ti_tpg_put(struct ti_tpg *tpg);

/* authdir.c */
extern struct ti_auth ti_discovery_auth;

/* paramdir.c */
void ti_tpg_copy_param(struct ti_tpg *tpg, struct ti_param_cfg *cfg); /* may sleep */

static inline struct ti_tpg *to_ti_tpg(struct se_portal_group *se_tpg)
{
	return container_of(se_tpg, struct ti_tpg, se_tpg);
}

static inline struct ti_target *to_ti_target(struct se_wwn *wwn)
{
	return container_of(wwn, struct ti_target, wwn);
}

static inline struct ti_acl *to_ti_acl(struct se_node_acl *se_acl)
{
	return container_of(se_acl, struct ti_acl, se_acl);
}

static inline struct ti_cmd *to_ti_cmd(struct se_cmd *se_cmd)
{
	return container_of(se_cmd, struct ti_cmd, se_cmd);
}

/* portal.c: all may sleep */
struct ti_portal *ti_portal_open(struct net *net,
				 const struct sockaddr_storage *addr);
void ti_portal_close(struct ti_portal *portal);
void ti_portal_put(struct ti_portal *portal);
bool ti_portal_matches(const struct ti_portal *portal,
		       const struct sockaddr_storage *addr);
int ti_addr_parse(struct net *net, const char *text,
		  struct sockaddr_storage *addr);
int ti_addr_format(const struct sockaddr_storage *addr, char *buf, size_t len);
void ti_addr_set_port(struct sockaddr_storage *addr,
		      const struct sockaddr_storage *from);
void ti_addr_unmap(struct sockaddr_storage *addr);
bool ti_addr_is_any(const struct sockaddr_storage *addr);

/* conn.c */
extern struct list_head ti_conns;
extern spinlock_t ti_conns_lock;

/* @delay jiffies from now, for a field in which 0 says that there is none */
static inline unsigned long ti_deadline(unsigned long delay)
{
	return (jiffies + delay) ?: 1;
}

/* How many jiffies it is until @when, for a timer; 0 when that has passed. */
static inline unsigned long ti_delay_until(unsigned long when)
{
	unsigned long now = jiffies;

	return time_after(when, now) ? when - now : 0;
}

/*
 * What PDUs cost of the budget of a run: one for each, and one for as many bytes as take
 * about as long. Otherwise an initiator that sends 256 KiB at a time would hold its CPU
 * a hundred times as long as one that sends 4.
 */
static inline int ti_conn_cost(u32 pdus, u32 bytes)
{
	return pdus + bytes / (16 << 10);
}

/**
 * ti_conn_now - when the owner's round of work began
 * @conn:	the connection
 *
 * A clock may cost as much as a small command (in a guest it often is a device of its
 * emulator), so it is read once for all that a round receives and answers. Owner only.
 * Return: ktime_get_ns(), of late.
 */
static inline u64 ti_conn_now(struct ti_conn *conn)
{
	if (!conn->now_ns)
		conn->now_ns = ktime_get_ns();
	return conn->now_ns;
}

void ti_conn_queue(struct ti_conn *conn);	/* any context */

/* Ask the owner for something. Any context; the rules of ti_conn_queue() hold. */
static inline void ti_conn_ask(struct ti_conn *conn, enum ti_conn_flag what)
{
	set_bit(what, &conn->flags);
	ti_conn_queue(conn);
}

int ti_conn_start(struct ti_portal *portal, struct socket *sock);
void ti_conn_close(struct ti_conn *conn);	/* any context */
void ti_conn_drain(struct ti_conn *conn);	/* owner: close when all is sent */
void ti_conn_say_why(struct ti_conn *conn, const char *why); /* owner: log */
void ti_conn_fail(struct ti_conn *conn, const char *why); /* owner: log, close */
void ti_conn_enter_full_feature(struct ti_conn *conn); /* owner */
void ti_conn_has_spoken(struct ti_conn *conn);	/* owner: login */
void ti_conn_limit_login(struct ti_conn *conn, u32 seconds); /* owner: login */
void ti_conn_hold(struct ti_conn *conn, unsigned int ms); /* owner: login */
void ti_conn_await_request(struct ti_conn *conn, unsigned int seconds); /* owner */
void ti_conn_check_logins(void);
void ti_conn_wait_all(void);			/* module exit */
const char *ti_conn_who(const struct ti_conn *conn);
const char *ti_conn_target(const struct ti_conn *conn);

/* cpu.c */
extern cpumask_t ti_cpus_allowed;		/* attrib.c writes it */
int ti_cpu_for_packets(const struct ti_conn *conn);	/* any context */
void ti_cpu_home(struct ti_conn *conn);		/* any context */
void ti_cpu_leave(struct ti_conn *conn);	/* any context */
bool ti_cpu_is_ours(const struct ti_conn *conn);	/* owner */

/* poll.c */
void ti_poll_woken(struct ti_conn *conn);	/* owner */
void ti_poll(struct ti_conn *conn);		/* owner, may sleep */
void ti_poll_add_group(struct ti_target *target);	/* may sleep */

/* rx.c: owner */
void ti_rx_run(struct ti_conn *conn, int *budget);
void ti_rx_init(struct ti_conn *conn);
void ti_rx_exit(struct ti_conn *conn);

/* tx.c: owner */
int ti_tx_run(struct ti_conn *conn, int *budget);
void ti_tx_exit(struct ti_conn *conn);
struct ti_pdu *ti_pdu_alloc(u8 opcode, u32 len);
void ti_pdu_queue(struct ti_conn *conn, struct ti_pdu *pdu);
void ti_tx_queue(struct ti_cmd *cmd, enum ti_tx_kind kind);
void ti_tx_reject(struct ti_conn *conn, const void *hdr, u32 len, u8 reason);
void ti_tx_ping(struct ti_conn *conn);
void ti_tx_async(struct ti_conn *conn, u8 event, u16 p1, u16 p2, u16 p3);

/* session.c */
struct ti_sess *ti_sess_create(struct ti_conn *conn, struct ti_tpg *tpg,
			       const char *initiator, const u8 *isid, u16 tsih,
			       const struct ti_params *params, u32 cmd_sn);
int ti_sess_reinstate(struct ti_conn *conn, struct ti_tpg *tpg,
		      const char *initiator, const u8 *isid, bool *lost);
void ti_sess_reinstate_cancel(struct ti_conn *conn, struct ti_tpg *tpg);
int ti_sess_find(struct ti_tpg *tpg, const char *initiator, const u8 *isid,
		 u16 tsih, u16 cid, struct ti_params *params);
extern struct xarray ti_sessions;	/* of struct ti_sess, by index; its lock */
u32 ti_sess_generation(void);
void ti_sess_publish(struct ti_sess *sess);
void ti_sess_evict(struct ti_sess *sess);	/* the caller keeps the session */
void ti_sess_free(struct ti_sess *sess);	/* may sleep */
struct ti_cmd *ti_sess_get_task(struct ti_sess *sess); /* owner */
void ti_sess_put_task(struct ti_cmd *cmd);	/* owner */
struct ti_cmd *ti_sess_internal_task(struct ti_cmd *parent); /* owner */
void ti_sess_open_window(struct ti_sess *sess);	/* owner */
void ti_tpg_ask_sessions(struct ti_tpg *tpg, enum ti_conn_flag what);
void ti_tpg_close_sessions(struct ti_tpg *tpg);	/* may sleep */
void ti_target_close_sessions(struct ti_target *target, struct ti_conn *keep);
void ti_acl_close_session(struct se_session *se_sess);
static inline struct hlist_head *ti_sess_itt_bucket(struct ti_sess *sess,
						    u32 itt)
{
	return &sess->itts[(itt ^ itt >> 16) % TI_ITT_BUCKETS];
}

/* Of an iSCSI name in normal form; @more: the hash of the rest of the key, or 0 */
static inline u32 ti_name_hash(const char *name, u32 more)
{
	return jhash(name, strlen(name), more);
}

/* nexus.c: process context */
struct ti_sess *ti_nexus_find(const struct ti_tpg *tpg, const char *initiator,
			      const u8 *isid);	/* ti_tpg.lock is held */
void ti_nexus_add(struct ti_sess *sess);	/* the same */
void ti_nexus_del(struct ti_sess *sess);	/* the same */
struct ti_initiator *ti_initiator_get(const char *name);	/* may sleep */
void ti_initiator_put(struct ti_initiator *initiator);
u64 ti_initiator_turn(struct ti_initiator *initiator, u64 step, u64 late);

/* login.c: owner */
int ti_login_pdu(struct ti_conn *conn, const struct ti_login_hdr *hdr,
		 const char *data, u32 len);
bool ti_login_suspended(const struct ti_conn *conn); /* waits for an old session */
bool ti_login_held(struct ti_conn *conn);	/* the request at hand waits */
void ti_login_resume(struct ti_conn *conn);	/* after TI_CONN_F_LOGIN_RESUME */
bool ti_login_allowed(const struct ti_conn *conn);	/* its TPG is enabled still */
void ti_login_timeout(struct ti_conn *conn);
void ti_login_free(struct ti_conn *conn);
const char *ti_login_initiator(const struct ti_conn *conn); /* or NULL */
const char *ti_login_target(const struct ti_conn *conn);

/* textreq.c: owner */
void ti_text_execute(struct ti_cmd *cmd);
void ti_text_free(struct ti_conn *conn);

/* task.c: owner */
void ti_task_received(struct ti_conn *conn);
void ti_task_run_ready(struct ti_conn *conn);
bool ti_task_barrier_lifted(const struct ti_conn *conn);
void ti_task_completed(struct ti_cmd *cmd);
void ti_task_released(struct ti_cmd *cmd);
void ti_task_wait_for_memory(struct ti_cmd *cmd);
void ti_task_fail(struct ti_cmd *cmd, u8 key, u16 asc);
bool ti_task_droppable(const struct ti_cmd *cmd);
void ti_task_finish(struct ti_cmd *cmd);
void ti_task_abort(struct ti_cmd *cmd);
void ti_task_abort_with_status(struct ti_cmd *cmd);
void ti_task_drop(struct ti_cmd *cmd);
void ti_task_drop_all(struct ti_conn *conn);
void ti_task_responded(struct ti_cmd *cmd);
struct ti_cmd *ti_task_find(struct ti_sess *sess, u32 itt);
const struct ti_cmd *ti_task_oldest(const struct ti_sess *sess); /* any context */

/* request.c: owner, the socket lock is held */
int ti_request_start(struct ti_conn *conn);

/* order.c: owner */
void ti_order_unreceive(struct ti_cmd *cmd);
int ti_order_fill_hole(struct ti_conn *conn, u32 cmd_sn);
bool ti_order_skip_rejected(struct ti_conn *conn);

/* dataout.c: owner */
void ti_data_out_start(struct ti_conn *conn);	/* the socket lock is held */
bool ti_data_out_overdue(const struct ti_conn *conn);

/* mistakes.c: owner */
bool ti_mistake_is_late(struct ti_cmd *cmd);
void ti_mistakes_answer(struct ti_conn *conn);
void ti_mistakes_drop_all(struct ti_conn *conn);

/* tmf.c: owner */
void ti_tmf_execute(struct ti_cmd *cmd);
void ti_tmf_completed(struct ti_cmd *cmd);
void ti_tmf_part_over(struct ti_cmd *part);
void ti_tmf_nexus_reset(struct ti_conn *conn);
void ti_tmf_report(struct ti_conn *conn);
bool ti_tmf_covers(const struct ti_cmd *task);
bool ti_tmf_awaits_commands(const struct ti_cmd *cmd);
void ti_tmf_swallowed(struct ti_cmd *cmd);
void ti_tmf_retry_late(struct ti_conn *conn);

/* fabric.c: owner, except in workers */
extern struct target_core_fabric_ops ti_fabric_ops;
void ti_fabric_submit(struct ti_cmd *cmd);	/* may sleep */
void ti_fabric_submit_aside(struct ti_cmd *cmd); /* in a worker; may sleep */
int ti_fabric_abort_task(struct ti_cmd *cmd, u32 ref_itt);
void ti_fabric_reset_lun(struct ti_cmd *cmd);
void ti_fabric_release(struct ti_cmd *cmd);	/* the fabric's own reference */
bool ti_fabric_goes_on(struct ti_cmd *cmd);
struct scatterlist *ti_fabric_data(struct ti_cmd *cmd);
bool ti_fabric_is_lun_reset(const struct ti_cmd *cmd);
const struct se_device *ti_fabric_reset_device(const struct ti_cmd *cmd);

/* luns.c */
typedef void (*ti_lun_fn)(struct ti_sess *sess, u64 lun,
			  const struct se_device *dev, void *arg); /* @dev: to be compared */
int ti_luns_walk(struct ti_sess *sess, ti_lun_fn fn, void *arg);	/* may sleep */
bool ti_luns_sense_is_descriptor(struct ti_sess *sess, u64 lun);
const struct se_device *ti_luns_device(struct ti_sess *sess, u64 lun);
void ti_luns_count_abort(struct ti_sess *sess, u64 lun);
bool ti_luns_find_named(struct ti_sess *sess, const u8 *naa, u32 *dev_index);
bool ti_luns_have_device(struct ti_sess *sess, const struct se_device *dev);
bool ti_luns_have_protected(struct ti_sess *sess);
void ti_luns_release_reservations(struct ti_sess *sess);	/* owner */
void ti_luns_acl_leaves(const struct se_node_acl *nacl);

/* Lengths of sense data that has sense key, ASC and ASCQ alone (SPC-4 §4.5). */
#define TI_SENSE_FIXED_LEN	18
#define TI_SENSE_DESC_LEN	8

/* attention.c: owner */
enum ti_attention {	/* in the order in which they are told */
	TI_ATTENTION_RESET,
	TI_ATTENTION_NEXUS_LOSS,
	TI_ATTENTION_RESERVATIONS_PREEMPTED,
	TI_ATTENTION_RESERVATIONS_RELEASED,
	TI_ATTENTION_REGISTRATIONS_PREEMPTED,
	TI_ATTENTION_ACCESS_STATE,
	TI_ATTENTION_ACCESS_TRANSITION,
	TI_ATTENTION_CAPACITY,
	TI_ATTENTION_INQUIRY,
	TI_ATTENTION_LUNS,
};

int ti_attention_add(struct ti_sess *sess, u64 lun,
		     enum ti_attention what);	/* may sleep */
void ti_attention_nexus_begins(struct ti_sess *sess, bool lost);	/* may sleep */
void ti_attention_nexus_lost(struct ti_sess *sess);	/* any process context */
void ti_attention_share(const struct ti_cmd *cmd, u16 asc);	/* the same */
void ti_attention_met(const struct ti_cmd *cmd);	/* the same */
bool ti_attention_tell(struct ti_cmd *cmd, const u8 *cdb);
void ti_attention_exit(struct ti_sess *sess);

/* capacity.c */
void ti_capacity_init(void);
void ti_capacity_exit(void);	/* may sleep */
void ti_capacity_exported(struct se_device *dev);
void ti_capacity_sess_init(struct ti_sess *sess);
void ti_capacity_notice(struct ti_sess *sess);	/* owner */

/* buf.c: owner */
void ti_buf_init(void);
void ti_buf_exit(void);
u32 ti_mem_promise(struct ti_buf_cache *cache, u32 unit, u32 depth);
u32 ti_mem_promise_session(struct ti_buf_cache *cache,
			   struct ti_initiator *initiator, u32 unit, u32 depth);
void ti_mem_unpromise(struct ti_buf_cache *cache);
void ti_buf_trim(struct ti_conn *conn, struct ti_buf *buf, u32 len);
int ti_buf_grow(struct ti_conn *conn, struct ti_buf *buf, u32 len, bool force);
void ti_buf_free(struct ti_conn *conn, struct ti_buf *buf, bool sent);
void ti_buf_destroy(struct ti_buf *buf);
struct page *ti_cache_get_page(struct ti_conn *conn);
void ti_cache_put_sent(struct ti_conn *conn, struct page *page);
void ti_cache_age(struct ti_conn *conn);
void ti_cache_trim(struct ti_conn *conn);
void ti_cache_exit(struct ti_conn *conn);

#endif /* TI_H */
