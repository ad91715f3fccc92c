/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters of sessions and connections: what a target portal group is
 * configured for (params.c), and what is negotiated out of it with an
 * initiator, RFC 7143 §6 and §13 (negotiate.c).
 *
 * Pure code (see pure.h): nothing here allocates, locks, sleeps or prints, so
 * every function may be called in any context. An object is used by one caller
 * at a time; who that is, is the caller's affair.
 *
 * Errors mean the same everywhere in this file:
 *   -EINVAL           the data is malformed
 *   -EPROTO           well formed, but not allowed here (offered twice, wrong
 *                     stage, reserved constant as an offer)
 *   -EACCES           no acceptable authentication method
 *   -EPROTONOSUPPORT  unknown session type
 *   -EOPNOTSUPP       the two sides have no acceptable value in common
 *   -ENOSPC           the answer does not fit the output buffer
 */
#ifndef TI_PARAMS_H
#define TI_PARAMS_H

#include "pdu.h"
#include "pure.h"
#include "text.h"

/* Limits of data segment and burst lengths in bytes, §13. */
#define TI_DSL_MIN		512
#define TI_DSL_MAX		16777215

/* What this implementation can do, whatever the configuration says. */
#define TI_IMPL_MAX_CONNECTIONS	1
#define TI_IMPL_ERL		0
#define TI_IMPL_PROTOCOL_LEVEL	1

/* ---- Configuration of a portal group ---- */

enum ti_auth_method {
	TI_AUTH_NONE,
	TI_AUTH_CHAP,
	TI_AUTH_SRP,
	TI_AUTH_KRB5,
	TI_AUTH_SPKM1,
	TI_AUTH_SPKM2,
	TI_AUTH_COUNT
};

enum ti_digest {
	TI_DIGEST_NONE,
	TI_DIGEST_CRC32C,
	TI_DIGEST_COUNT
};

/* Ended by NULL; the indexes are the enums above. */
extern const char * const ti_digest_names[];
extern const char * const ti_auth_names[];

/*
 * What the files of a portal group's param/ directory hold. Sizes are in
 * bytes, times in seconds.
 */
struct ti_param_cfg {
	struct ti_list auth_method;	/* of enum ti_auth_method */
	struct ti_list header_digest;	/* of enum ti_digest */
	struct ti_list data_digest;	/* of enum ti_digest */
	u32 max_connections;
	u32 max_recv_dsl;		/* what we declare */
	u32 max_xmit_dsl;		/* cap on what the initiator declares */
	u32 max_burst;
	u32 first_burst;
	u32 time2wait;
	u32 time2retain;
	u32 max_r2t;
	u32 erl;
	bool initial_r2t;
	bool immediate_data;
	bool data_pdu_in_order;
	bool data_seq_in_order;
	bool if_marker;			/* markers: kept, but without effect */
	bool of_marker;
	char if_mark_int[16];
	char of_mark_int[16];
	char target_alias[TI_SIMPLE_VALUE_MAX + 1];
};

void ti_param_cfg_init_defaults(struct ti_param_cfg *cfg);
const char *ti_param_cfg_name(unsigned int index);
int ti_param_cfg_set(struct ti_param_cfg *cfg, const char *name,
		     const char *value);
int ti_param_cfg_get(const struct ti_param_cfg *cfg, const char *name,
		     char *buf, size_t size);
int ti_param_cfg_allowed(const char *name, char *buf, size_t size);
u8 ti_param_cfg_auth_mask(const struct ti_param_cfg *cfg);

/* ---- Negotiation ---- */

enum ti_session_type {
	TI_SESSION_NORMAL,
	TI_SESSION_DISCOVERY,
};

/* The values of CSG and NSG, RFC 7143 §11.12.3. */
enum ti_login_stage {
	TI_STAGE_SECURITY = 0,
	TI_STAGE_OPERATIONAL = 1,
	TI_STAGE_FULL_FEATURE = 3,
};

enum ti_key {
	TI_KEY_AUTH_METHOD,
	TI_KEY_CHAP_A,
	TI_KEY_CHAP_I,
	TI_KEY_CHAP_C,
	TI_KEY_CHAP_N,
	TI_KEY_CHAP_R,
	TI_KEY_HEADER_DIGEST,
	TI_KEY_DATA_DIGEST,
	TI_KEY_MAX_CONNECTIONS,
	TI_KEY_SEND_TARGETS,
	TI_KEY_TARGET_NAME,
	TI_KEY_INITIATOR_NAME,
	TI_KEY_TARGET_ALIAS,
	TI_KEY_INITIATOR_ALIAS,
	TI_KEY_TARGET_ADDRESS,
	TI_KEY_TPGT,
	TI_KEY_INITIAL_R2T,
	TI_KEY_IMMEDIATE_DATA,
	TI_KEY_MAX_RECV_DSL,
	TI_KEY_MAX_BURST,
	TI_KEY_FIRST_BURST,
	TI_KEY_TIME2WAIT,
	TI_KEY_TIME2RETAIN,
	TI_KEY_MAX_R2T,
	TI_KEY_DATA_PDU_IN_ORDER,
	TI_KEY_DATA_SEQ_IN_ORDER,
	TI_KEY_ERL,
	TI_KEY_SESSION_TYPE,
	TI_KEY_TASK_REPORTING,
	TI_KEY_PROTOCOL_LEVEL,
	TI_KEY_IF_MARKER,
	TI_KEY_OF_MARKER,
	TI_KEY_IF_MARK_INT,
	TI_KEY_OF_MARK_INT,
	TI_KEY_NODE_ARCH,
	TI_KEY_COUNT,
	TI_KEY_UNKNOWN = TI_KEY_COUNT
};

/*
 * The outcome, valid at every moment: it starts with the defaults of RFC 7143
 * §13 and changes with each key. Sizes are in bytes, times in seconds.
 * The names are empty strings until they are declared; initiator_name and
 * target_name are in normal form (ti_name_normalize()).
 */
struct ti_params {
	/* of the session */
	enum ti_session_type session_type;
	u32 max_connections;
	u32 max_burst;
	u32 first_burst;
	u32 time2wait;
	u32 time2retain;
	u32 max_r2t;
	u32 erl;
	u32 protocol_level;
	bool initial_r2t;
	bool immediate_data;
	bool data_pdu_in_order;
	bool data_seq_in_order;
	char initiator_name[TI_NAME_MAX + 1];
	char target_name[TI_NAME_MAX + 1];
	char initiator_alias[TI_SIMPLE_VALUE_MAX + 1];

	/* of the connection */
	enum ti_auth_method auth_method;
	bool header_digest;
	bool data_digest;
	u32 max_recv_dsl;	/* largest data segment the initiator may send */
	u32 max_xmit_dsl;	/* largest data segment we may send */
};

/* Unknown keys that a negotiation remembers; an honest one has a few. */
#define TI_UNKNOWN_MAX	32

/*
 * The state of one negotiation: of a whole login, or of one text sequence in
 * full feature phase. cfg and params belong to the caller and outlive it.
 */
struct ti_negotiation {
	const struct ti_param_cfg *cfg;
	struct ti_params *params;
	enum ti_login_stage stage;
	bool leading;		/* first connection of its session */
	bool auth_chosen;	/* AuthMethod has been answered */
	bool declared;		/* our own declarations have been made */
	bool asked;		/* ti_negotiation_ask() has been called */
	u8 auth_mask;		/* BIT(enum ti_auth_method) that may be chosen */
	u32 burst_hint;		/* MaxBurstLength offered in the same text */
	u64 seen;		/* BIT_ULL(enum ti_key) the initiator has sent */
	u64 asked_keys;		/* ... we have offered and await answers for */
	enum ti_key bad_key;	/* with an error: the key that caused it */
	unsigned int nr_unknown;
	u64 unknown[TI_UNKNOWN_MAX];	/* hashes of names not in our table */
};

/*
 * ti_negotiate() found a key whose value belongs to someone else: CHAP_* to
 * the authenticator, SendTargets to discovery.
 */
#define TI_NEGOTIATE_OTHER	1

/*
 * Called by ti_negotiate_text() for such keys; a negative return ends the
 * negotiation with that error.
 */
typedef int ti_negotiate_other_fn(void *ctx, enum ti_key key,
				  const struct ti_text_pair *pair,
				  struct ti_text_out *out);

enum ti_key ti_key_find(const char *name, size_t len);
const char *ti_key_name(enum ti_key key);

void ti_params_init_defaults(struct ti_params *params);
int ti_session_type_parse(const struct ti_text_pair *pair,
			  enum ti_session_type *type);
void ti_negotiation_init(struct ti_negotiation *neg,
			 const struct ti_param_cfg *cfg,
			 struct ti_params *params, bool leading);
void ti_negotiation_init_ffp(struct ti_negotiation *neg,
			     const struct ti_param_cfg *cfg,
			     struct ti_params *params);
int ti_negotiate(struct ti_negotiation *neg, const struct ti_text_pair *pair,
		 struct ti_text_out *out);
int ti_negotiate_text(struct ti_negotiation *neg, const void *data, size_t len,
		      struct ti_text_out *out, ti_negotiate_other_fn *other,
		      void *ctx);
void ti_negotiation_close_names(struct ti_negotiation *neg);
int ti_negotiation_declare_tpgt(u16 tpgt, struct ti_text_out *out);
int ti_negotiation_declare(struct ti_negotiation *neg, struct ti_text_out *out);
int ti_negotiation_ask(struct ti_negotiation *neg, struct ti_text_out *out);
bool ti_negotiation_pending(const struct ti_negotiation *neg);
void ti_negotiation_finish(struct ti_negotiation *neg);

static inline bool ti_negotiation_seen(const struct ti_negotiation *neg,
				       enum ti_key key)
{
	return neg->seen >> key & 1;
}

#endif /* TI_PARAMS_H */
