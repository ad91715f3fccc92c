/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Generic netlink interface of tcm_iscsi, the iSCSI target fabric.
 *
 * Family TCM_ISCSI_GENL_NAME, version TCM_ISCSI_GENL_VERSION. The family is
 * there as long as the module is loaded, whatever fabric name it was given;
 * TCM_ISCSI_CMD_GET_INFO tells that name.
 *
 * Who may. Names and addresses are not for everybody (configfs is root's), so
 * every command needs CAP_NET_ADMIN in the initial user namespace, and the
 * multicast group needs it in that of the socket's network namespace.
 *
 * Network namespaces. A session belongs to the network namespace of the portal
 * that it came in through, which is that of who made the portal. A socket sees,
 * evicts and hears of the sessions of its own namespace only. A target, and what
 * happens to its portal groups and LUNs, is seen in every namespace in which
 * the target has a portal; without any, in the initial one.
 *
 * Compatibility. Attributes and events are added at the end, never changed or
 * reused: ignore those that you do not know. Requests are checked strictly: an
 * unknown or malformed attribute is refused with EINVAL and a text (extended
 * acknowledgment). Integers are in host byte order; before a 64-bit one there may
 * be the PAD of its enum, for alignment. Strings end with NUL; names have at most
 * 223 bytes and are in normal form; an alias is what the initiator sent, any bytes.
 *
 * Secrets are never part of a message.
 */
#ifndef _UAPI_LINUX_TCM_ISCSI_H
#define _UAPI_LINUX_TCM_ISCSI_H

#include <linux/types.h>

#define TCM_ISCSI_GENL_NAME	"tcm_iscsi"
#define TCM_ISCSI_GENL_VERSION	1
/* The multicast group of TCM_ISCSI_CMD_EVENT. */
#define TCM_ISCSI_GENL_EVENTS	"events"

/**
 * enum tcm_iscsi_cmd - commands
 *
 * @TCM_ISCSI_CMD_GET_INFO: request without attributes; the reply has FABRIC,
 *	NR_SESSIONS and EVENTS_LOST.
 *
 * @TCM_ISCSI_CMD_GET_SESSION: dump, a message for each session in the order of
 *	SESSION_ID. Optional filters, all of which must fit: SESSION_ID, TARGET,
 *	INITIATOR. With the flag WITH_HISTOGRAM the IO attribute has histograms.
 *	A session that lives throughout the dump is in it exactly once.
 *	NLM_F_DUMP_INTR says that others came or went meanwhile.
 *	A message has SESSION_ID, SESSION_TYPE, INITIATOR, ALIAS, ISID, TSIH,
 *	SESSION_STATE, AGE, PARAMS, EXP_CMD_SN, MAX_CMD_SN, WINDOW,
 *	COMMANDS_IN_FLIGHT, COMMANDS, IO, RX_BYTES, TX_BYTES, DIGEST_ERRORS,
 *	TIMEOUT_ERRORS, FORMAT_ERRORS, CONNECTION; unless it is a discovery
 *	session TARGET and TPGT; CHAP_USER when it authenticated itself;
 *	OLDEST_COMMAND when commands are in flight.
 *
 * @TCM_ISCSI_CMD_GET_LUN: dump, a message for each LUN of each session that
 *	has had a READ or WRITE (TCM_ISCSI_MAX_LUN_STATS of them in all are
 *	counted; of those beyond, only the session counts). Filters and order as
 *	GET_SESSION, then by LUN.
 *	A message has SESSION_ID, TARGET, TPGT, INITIATOR, LUN,
 *	COMMANDS_IN_FLIGHT (in target core) and IO.
 *
 * @TCM_ISCSI_CMD_GET_TARGET: dump, a message for each target. Filter: TARGET.
 *	A message has TARGET, NR_SESSIONS, and the counters LOGINS to
 *	LOGOUTS_ABNORMAL.
 *
 * @TCM_ISCSI_CMD_EVICT: end sessions at once: their TCP connections are reset.
 *	One or more of SESSION_ID, TARGET, INITIATOR; all that are given must fit.
 *	The reply has NR_SESSIONS: how many are being ended. ENOENT when there is
 *	none; EINVAL without an attribute. The initiator may log in again: to
 *	prevent that, take away its admission first.
 *
 * @TCM_ISCSI_CMD_EVENT: sent to the group TCM_ISCSI_GENL_EVENTS. Has EVENT,
 *	EVENT_TIME and EVENTS_LOST, and by the event what enum tcm_iscsi_event
 *	says.
 */
enum tcm_iscsi_cmd {
	TCM_ISCSI_CMD_UNSPEC,
	TCM_ISCSI_CMD_GET_INFO,
	TCM_ISCSI_CMD_GET_SESSION,
	TCM_ISCSI_CMD_GET_LUN,
	TCM_ISCSI_CMD_GET_TARGET,
	TCM_ISCSI_CMD_EVICT,
	TCM_ISCSI_CMD_EVENT,

	__TCM_ISCSI_CMD_MAX,
	TCM_ISCSI_CMD_MAX = __TCM_ISCSI_CMD_MAX - 1
};

/**
 * enum tcm_iscsi_attr - attributes of messages
 *
 * In requests: SESSION_ID, TARGET, INITIATOR, WITH_HISTOGRAM.
 *
 * @TCM_ISCSI_A_PAD: alignment
 * @TCM_ISCSI_A_SESSION_ID: u32, not 0; unique among the sessions that there
 *	are, and not used again soon. "LIO Session ID" in acls/NAME/info
 * @TCM_ISCSI_A_TARGET: string, iSCSI name of the target
 * @TCM_ISCSI_A_INITIATOR: string, iSCSI name of the initiator
 * @TCM_ISCSI_A_WITH_HISTOGRAM: flag, of a request
 * @TCM_ISCSI_A_TPGT: u16, target portal group tag
 * @TCM_ISCSI_A_ALIAS: string, InitiatorAlias; empty: none
 * @TCM_ISCSI_A_ISID: binary, 6 bytes
 * @TCM_ISCSI_A_TSIH: u16
 * @TCM_ISCSI_A_SESSION_TYPE: u8, enum tcm_iscsi_session_type
 * @TCM_ISCSI_A_SESSION_STATE: u8, enum tcm_iscsi_state
 * @TCM_ISCSI_A_CHAP_USER: string, name that the initiator authenticated with
 * @TCM_ISCSI_A_AGE: u64, ms since the login
 * @TCM_ISCSI_A_PARAMS: nested, enum tcm_iscsi_param
 * @TCM_ISCSI_A_EXP_CMD_SN: u32
 * @TCM_ISCSI_A_MAX_CMD_SN: u32
 * @TCM_ISCSI_A_WINDOW: u32, the command window that is promised now, commands
 * @TCM_ISCSI_A_COMMANDS_IN_FLIGHT: u32, requests received and not answered
 * @TCM_ISCSI_A_COMMANDS: u64, SCSI commands so far
 * @TCM_ISCSI_A_IO: nested, enum tcm_iscsi_io: READs and WRITEs
 * @TCM_ISCSI_A_RX_BYTES: u64, received from TCP, headers included
 * @TCM_ISCSI_A_TX_BYTES: u64, given to TCP, headers included
 * @TCM_ISCSI_A_DIGEST_ERRORS: u32
 * @TCM_ISCSI_A_TIMEOUT_ERRORS: u32
 * @TCM_ISCSI_A_FORMAT_ERRORS: u32, PDUs that were wrong in themselves
 * @TCM_ISCSI_A_OLDEST_COMMAND: nested, enum tcm_iscsi_command: the SCSI command
 *	that has waited longest for its end
 * @TCM_ISCSI_A_CONNECTION: nested, enum tcm_iscsi_conn; once for each
 * @TCM_ISCSI_A_LUN: u64, as the initiator addresses it
 * @TCM_ISCSI_A_FABRIC: string, name below /sys/kernel/config/target
 * @TCM_ISCSI_A_NR_SESSIONS: u32, in the namespace of the socket
 * @TCM_ISCSI_A_EVENTS_LOST: u64, events since the module was loaded that were
 *	not sent, for want of memory or because there were too many of a kind
 *	that a peer can cause at will. What a socket's own receive buffer had no
 *	room for is told to it by ENOBUFS and not counted here
 * @TCM_ISCSI_A_LOGINS: u64, logins that succeeded, discovery excluded
 * @TCM_ISCSI_A_LOGINS_NOT_AUTHENTICATED: u64, refused: authentication failed
 * @TCM_ISCSI_A_LOGINS_NOT_AUTHORIZED: u64, refused: not allowed
 * @TCM_ISCSI_A_LOGINS_NOT_NEGOTIATED: u64, refused: error of the initiator
 * @TCM_ISCSI_A_LOGINS_FAILED: u64, refused for other reasons
 * @TCM_ISCSI_A_LOGOUTS: u64, normal Logout Requests
 * @TCM_ISCSI_A_LOGOUTS_ABNORMAL: u64, others
 * @TCM_ISCSI_A_EVENT: u32, enum tcm_iscsi_event
 * @TCM_ISCSI_A_EVENT_TIME: u64, ns since 1970 (CLOCK_REALTIME)
 * @TCM_ISCSI_A_REASON: string, for people
 * @TCM_ISCSI_A_STATUS_CLASS: u8, of the Login Response (RFC 7143 11.13.5)
 * @TCM_ISCSI_A_STATUS_DETAIL: u8
 * @TCM_ISCSI_A_TIMEOUT: u8, enum tcm_iscsi_timeout
 * @TCM_ISCSI_A_DEVICE: string, plugin and name of the storage object
 */
enum tcm_iscsi_attr {
	TCM_ISCSI_A_UNSPEC,
	TCM_ISCSI_A_PAD,
	TCM_ISCSI_A_SESSION_ID,
	TCM_ISCSI_A_TARGET,
	TCM_ISCSI_A_INITIATOR,
	TCM_ISCSI_A_WITH_HISTOGRAM,
	TCM_ISCSI_A_TPGT,
	TCM_ISCSI_A_ALIAS,
	TCM_ISCSI_A_ISID,
	TCM_ISCSI_A_TSIH,
	TCM_ISCSI_A_SESSION_TYPE,
	TCM_ISCSI_A_SESSION_STATE,
	TCM_ISCSI_A_CHAP_USER,
	TCM_ISCSI_A_AGE,
	TCM_ISCSI_A_PARAMS,
	TCM_ISCSI_A_EXP_CMD_SN,
	TCM_ISCSI_A_MAX_CMD_SN,
	TCM_ISCSI_A_WINDOW,
	TCM_ISCSI_A_COMMANDS_IN_FLIGHT,
	TCM_ISCSI_A_COMMANDS,
	TCM_ISCSI_A_IO,
	TCM_ISCSI_A_RX_BYTES,
	TCM_ISCSI_A_TX_BYTES,
	TCM_ISCSI_A_DIGEST_ERRORS,
	TCM_ISCSI_A_TIMEOUT_ERRORS,
	TCM_ISCSI_A_FORMAT_ERRORS,
	TCM_ISCSI_A_OLDEST_COMMAND,
	TCM_ISCSI_A_CONNECTION,
	TCM_ISCSI_A_LUN,
	TCM_ISCSI_A_FABRIC,
	TCM_ISCSI_A_NR_SESSIONS,
	TCM_ISCSI_A_EVENTS_LOST,
	TCM_ISCSI_A_LOGINS,
	TCM_ISCSI_A_LOGINS_NOT_AUTHENTICATED,
	TCM_ISCSI_A_LOGINS_NOT_AUTHORIZED,
	TCM_ISCSI_A_LOGINS_NOT_NEGOTIATED,
	TCM_ISCSI_A_LOGINS_FAILED,
	TCM_ISCSI_A_LOGOUTS,
	TCM_ISCSI_A_LOGOUTS_ABNORMAL,
	TCM_ISCSI_A_EVENT,
	TCM_ISCSI_A_EVENT_TIME,
	TCM_ISCSI_A_REASON,
	TCM_ISCSI_A_STATUS_CLASS,
	TCM_ISCSI_A_STATUS_DETAIL,
	TCM_ISCSI_A_TIMEOUT,
	TCM_ISCSI_A_DEVICE,

	__TCM_ISCSI_A_MAX,
	TCM_ISCSI_A_MAX = __TCM_ISCSI_A_MAX - 1
};

enum tcm_iscsi_session_type {
	TCM_ISCSI_SESSION_NORMAL,
	TCM_ISCSI_SESSION_DISCOVERY,
};

/**
 * enum tcm_iscsi_state - of a session and of its connection
 * @TCM_ISCSI_STATE_LOGGED_IN: full feature phase
 * @TCM_ISCSI_STATE_LOGOUT: nothing is taken any more, the last is being sent
 * @TCM_ISCSI_STATE_CLEANUP: the connection is closed; commands that a
 *	backstore has not given back yet are waited for
 */
enum tcm_iscsi_state {
	TCM_ISCSI_STATE_LOGGED_IN,
	TCM_ISCSI_STATE_LOGOUT,
	TCM_ISCSI_STATE_CLEANUP,
};

/**
 * enum tcm_iscsi_param - negotiated values, by the names of RFC 7143 section 13
 * @TCM_ISCSI_PARAM_HEADER_DIGEST: u8, 1: CRC32C, 0: None
 * @TCM_ISCSI_PARAM_DATA_DIGEST: u8, the same
 * @TCM_ISCSI_PARAM_INITIAL_R2T: u8, 1: Yes, 0: No
 * @TCM_ISCSI_PARAM_IMMEDIATE_DATA: u8, the same
 * @TCM_ISCSI_PARAM_DATA_PDU_IN_ORDER: u8, the same
 * @TCM_ISCSI_PARAM_DATA_SEQUENCE_IN_ORDER: u8, the same
 * @TCM_ISCSI_PARAM_MAX_RECV_DSL: u32, bytes that the initiator may send in a PDU
 * @TCM_ISCSI_PARAM_MAX_XMIT_DSL: u32, bytes that the target may send in a PDU
 * @TCM_ISCSI_PARAM_MAX_BURST: u32, bytes
 * @TCM_ISCSI_PARAM_FIRST_BURST: u32, bytes
 * @TCM_ISCSI_PARAM_MAX_CONNECTIONS: u32
 * @TCM_ISCSI_PARAM_MAX_OUTSTANDING_R2T: u32
 * @TCM_ISCSI_PARAM_TIME2WAIT: u32, seconds
 * @TCM_ISCSI_PARAM_TIME2RETAIN: u32, seconds
 * @TCM_ISCSI_PARAM_ERROR_RECOVERY_LEVEL: u32
 * @TCM_ISCSI_PARAM_PROTOCOL_LEVEL: u32
 */
enum tcm_iscsi_param {
	TCM_ISCSI_PARAM_UNSPEC,
	TCM_ISCSI_PARAM_HEADER_DIGEST,
	TCM_ISCSI_PARAM_DATA_DIGEST,
	TCM_ISCSI_PARAM_INITIAL_R2T,
	TCM_ISCSI_PARAM_IMMEDIATE_DATA,
	TCM_ISCSI_PARAM_DATA_PDU_IN_ORDER,
	TCM_ISCSI_PARAM_DATA_SEQUENCE_IN_ORDER,
	TCM_ISCSI_PARAM_MAX_RECV_DSL,
	TCM_ISCSI_PARAM_MAX_XMIT_DSL,
	TCM_ISCSI_PARAM_MAX_BURST,
	TCM_ISCSI_PARAM_FIRST_BURST,
	TCM_ISCSI_PARAM_MAX_CONNECTIONS,
	TCM_ISCSI_PARAM_MAX_OUTSTANDING_R2T,
	TCM_ISCSI_PARAM_TIME2WAIT,
	TCM_ISCSI_PARAM_TIME2RETAIN,
	TCM_ISCSI_PARAM_ERROR_RECOVERY_LEVEL,
	TCM_ISCSI_PARAM_PROTOCOL_LEVEL,

	__TCM_ISCSI_PARAM_MAX,
	TCM_ISCSI_PARAM_MAX = __TCM_ISCSI_PARAM_MAX - 1
};

/**
 * enum tcm_iscsi_conn - a TCP connection
 * @TCM_ISCSI_CONN_CID: u16, connection id
 * @TCM_ISCSI_CONN_STATE: u8, enum tcm_iscsi_state
 * @TCM_ISCSI_CONN_LOCAL: string, "1.2.3.4:3260" or "[2001:db8::1]:3260"
 * @TCM_ISCSI_CONN_PEER: string, the same of the initiator
 * @TCM_ISCSI_CONN_STAT_SN: u32, of the next response
 * @TCM_ISCSI_CONN_IDLE: u64, ms since the last PDU of the initiator
 * @TCM_ISCSI_CONN_CPU: u32, where it runs
 */
enum tcm_iscsi_conn {
	TCM_ISCSI_CONN_UNSPEC,
	TCM_ISCSI_CONN_PAD,
	TCM_ISCSI_CONN_CID,
	TCM_ISCSI_CONN_STATE,
	TCM_ISCSI_CONN_LOCAL,
	TCM_ISCSI_CONN_PEER,
	TCM_ISCSI_CONN_STAT_SN,
	TCM_ISCSI_CONN_IDLE,
	TCM_ISCSI_CONN_CPU,

	__TCM_ISCSI_CONN_MAX,
	TCM_ISCSI_CONN_MAX = __TCM_ISCSI_CONN_MAX - 1
};

/**
 * enum tcm_iscsi_command - a SCSI command in flight
 * @TCM_ISCSI_COMMAND_AGE: u64, ms since it was received
 * @TCM_ISCSI_COMMAND_ITT: u32, Initiator Task Tag
 * @TCM_ISCSI_COMMAND_LUN: u64
 * @TCM_ISCSI_COMMAND_OPCODE: u8, first byte of its CDB
 * @TCM_ISCSI_COMMAND_STATE: u8, enum tcm_iscsi_command_state
 */
enum tcm_iscsi_command {
	TCM_ISCSI_COMMAND_UNSPEC,
	TCM_ISCSI_COMMAND_PAD,
	TCM_ISCSI_COMMAND_AGE,
	TCM_ISCSI_COMMAND_ITT,
	TCM_ISCSI_COMMAND_LUN,
	TCM_ISCSI_COMMAND_OPCODE,
	TCM_ISCSI_COMMAND_STATE,

	__TCM_ISCSI_COMMAND_MAX,
	TCM_ISCSI_COMMAND_MAX = __TCM_ISCSI_COMMAND_MAX - 1
};

/**
 * enum tcm_iscsi_command_state - what a command waits for
 * @TCM_ISCSI_COMMAND_QUEUED: its turn
 * @TCM_ISCSI_COMMAND_WAITING: data of the initiator, or memory
 * @TCM_ISCSI_COMMAND_EXECUTING: the backstore
 * @TCM_ISCSI_COMMAND_RESPONDING: the network
 */
enum tcm_iscsi_command_state {
	TCM_ISCSI_COMMAND_QUEUED,
	TCM_ISCSI_COMMAND_WAITING,
	TCM_ISCSI_COMMAND_EXECUTING,
	TCM_ISCSI_COMMAND_RESPONDING,
};

/**
 * enum tcm_iscsi_io - READs and WRITEs that have been answered
 *
 * Latency is the time from when the command was received to when its response
 * was given to TCP, for a WRITE with the time in which its data came. It is
 * measured once for all commands that are received, and for all responses that
 * are sent, together.
 *
 * @TCM_ISCSI_IO_READS: u64, commands
 * @TCM_ISCSI_IO_WRITES: u64
 * @TCM_ISCSI_IO_READ_BYTES: u64, data only
 * @TCM_ISCSI_IO_WRITE_BYTES: u64
 * @TCM_ISCSI_IO_READ_NS: u64, sum of all latencies
 * @TCM_ISCSI_IO_WRITE_NS: u64
 * @TCM_ISCSI_IO_READ_HIST_FIRST: u32, bucket of the first count in READ_HIST
 * @TCM_ISCSI_IO_READ_HIST: array of u64: commands in this and the next buckets;
 *	those left out at either end are 0
 * @TCM_ISCSI_IO_WRITE_HIST_FIRST: u32
 * @TCM_ISCSI_IO_WRITE_HIST: array of u64
 */
enum tcm_iscsi_io {
	TCM_ISCSI_IO_UNSPEC,
	TCM_ISCSI_IO_PAD,
	TCM_ISCSI_IO_READS,
	TCM_ISCSI_IO_WRITES,
	TCM_ISCSI_IO_READ_BYTES,
	TCM_ISCSI_IO_WRITE_BYTES,
	TCM_ISCSI_IO_READ_NS,
	TCM_ISCSI_IO_WRITE_NS,
	TCM_ISCSI_IO_READ_HIST_FIRST,
	TCM_ISCSI_IO_READ_HIST,
	TCM_ISCSI_IO_WRITE_HIST_FIRST,
	TCM_ISCSI_IO_WRITE_HIST,

	__TCM_ISCSI_IO_MAX,
	TCM_ISCSI_IO_MAX = __TCM_ISCSI_IO_MAX - 1
};

/*
 * Histograms are log-linear: each power of two is cut into 8 equal buckets, so
 * a bucket is at most an eighth of its value wide. Units of 256 ns: bucket 0 to
 * 7 are [n, n + 1) units, bucket b above is [lower(b), lower(b + 1)) units with
 *
 *	lower(b) = (8 + b % 8) << (b / 8 - 1)
 *
 * The last bucket holds all that took longer (34 s and more).
 */
#define TCM_ISCSI_HIST_UNIT_NS	256
#define TCM_ISCSI_HIST_SUB_BITS	3
#define TCM_ISCSI_HIST_BUCKETS	200

/* How many LUNs of sessions are counted one by one, in the whole module. */
#define TCM_ISCSI_MAX_LUN_STATS	4096

/**
 * enum tcm_iscsi_event - what happened
 *
 * Those of a session have SESSION_ID, TARGET, TPGT, INITIATOR, ISID, TSIH and
 * CONNECTION (CID, LOCAL, PEER). The end of each session that LOGIN announced is
 * told by exactly one of LOGOUT, REINSTATED, TIMEOUT, CONNECTION_LOST and
 * EVICTED.
 *
 * @TCM_ISCSI_EVENT_LOGIN: a session began; ALIAS, CHAP_USER
 * @TCM_ISCSI_EVENT_LOGOUT: the initiator ended it
 * @TCM_ISCSI_EVENT_LOGIN_REFUSED: no session: STATUS_CLASS, STATUS_DETAIL,
 *	REASON, CONNECTION (LOCAL, PEER), and TARGET, TPGT, INITIATOR as far as
 *	they are known. At most 50 a second are sent
 * @TCM_ISCSI_EVENT_REINSTATED: the session is ended by a new login of its
 *	initiator port; REASON
 * @TCM_ISCSI_EVENT_TIMEOUT: the initiator was silent for too long; TIMEOUT,
 *	REASON. Of a login (TCM_ISCSI_TIMEOUT_LOGIN) it has what LOGIN_REFUSED has,
 *	except a status, and counts as one of these
 * @TCM_ISCSI_EVENT_DIGEST_ERROR: REASON says of which part. At most 50 a second
 * @TCM_ISCSI_EVENT_CONNECTION_LOST: without a logout; REASON
 * @TCM_ISCSI_EVENT_EVICTED: an administrator ended it
 * @TCM_ISCSI_EVENT_LUN_MAPPED: a portal group has a new LUN: TARGET, TPGT, LUN,
 *	DEVICE. (Mapping a LUN of the portal group into an ACL is not told: target
 *	core keeps that from its fabrics)
 * @TCM_ISCSI_EVENT_LUN_UNMAPPED: it loses it
 * @TCM_ISCSI_EVENT_TPG_ENABLED: a portal group takes logins; TARGET, TPGT
 * @TCM_ISCSI_EVENT_TPG_DISABLED: it takes none, and its sessions will end
 */
enum tcm_iscsi_event {
	TCM_ISCSI_EVENT_UNSPEC,
	TCM_ISCSI_EVENT_LOGIN,
	TCM_ISCSI_EVENT_LOGOUT,
	TCM_ISCSI_EVENT_LOGIN_REFUSED,
	TCM_ISCSI_EVENT_REINSTATED,
	TCM_ISCSI_EVENT_TIMEOUT,
	TCM_ISCSI_EVENT_DIGEST_ERROR,
	TCM_ISCSI_EVENT_CONNECTION_LOST,
	TCM_ISCSI_EVENT_EVICTED,
	TCM_ISCSI_EVENT_LUN_MAPPED,
	TCM_ISCSI_EVENT_LUN_UNMAPPED,
	TCM_ISCSI_EVENT_TPG_ENABLED,
	TCM_ISCSI_EVENT_TPG_DISABLED,

	__TCM_ISCSI_EVENT_MAX,
	TCM_ISCSI_EVENT_MAX = __TCM_ISCSI_EVENT_MAX - 1
};

/**
 * enum tcm_iscsi_timeout - which one
 * @TCM_ISCSI_TIMEOUT_LOGIN: login_timeout of the portal group
 * @TCM_ISCSI_TIMEOUT_NOPIN: nopin_response_timeout of the ACL
 * @TCM_ISCSI_TIMEOUT_DATAOUT: dataout_timeout of the ACL, retries included
 * @TCM_ISCSI_TIMEOUT_COMMAND: a command with an earlier CmdSN never came
 * @TCM_ISCSI_TIMEOUT_SEND: the initiator takes nothing of what is sent to it
 */
enum tcm_iscsi_timeout {
	TCM_ISCSI_TIMEOUT_LOGIN,
	TCM_ISCSI_TIMEOUT_NOPIN,
	TCM_ISCSI_TIMEOUT_DATAOUT,
	TCM_ISCSI_TIMEOUT_COMMAND,
	TCM_ISCSI_TIMEOUT_SEND,
};

#endif /* _UAPI_LINUX_TCM_ISCSI_H */
