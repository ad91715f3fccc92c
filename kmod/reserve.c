// SPDX-License-Identifier: GPL-2.0
/*
 * What target core gets wrong of reservations: which port has them, and RESERVEs and
 * PERSISTENT RESERVE OUTs that it must not have. This file looks into struct se_cmd, as
 * quirks.c does.
 */
#include "quirks.h"

/* ---- ports of an initiator ---- */

#define PORT_NUMBER(isid)	(BIT_ULL(63) | (isid))

/**
 * ti_reserve_port_number - what target core is to tell the ports of an initiator apart by
 * @isid:	TI_ISID_LEN bytes
 *
 * It makes this number of the first 8 of the 12 hex digits of the ISID, so that ports
 * which differ in the last two bytes alone (those of ESXi and Windows do) would share what
 * one of them has reserved. Any context. Return: not 0, which stands for no ISID.
 */
u64 ti_reserve_port_number(const u8 *isid)
{
	return PORT_NUMBER(get_unaligned_be48(isid));
}

/* A registration of the initiator that asks gets the number of its port, too. */
static void number_port(const struct ti_cmd *cmd, struct t10_pr_registration *reg)
{
	u64 isid;

	if (reg->pr_reg_nacl == cmd->se_cmd.se_sess->se_node_acl &&
	    reg->isid_present_at_reg && !kstrtou64(reg->pr_reg_isid, 16, &isid))
		reg->pr_reg_bin_isid = PORT_NUMBER(isid);
}

/* Before the registration may come to hold a reservation. */
static void number_ports(const struct ti_cmd *cmd)
{
	struct t10_reservation *pr = &cmd->se_cmd.se_dev->t10_pr;
	struct t10_pr_registration *reg;

	spin_lock(&pr->registration_lock);
	list_for_each_entry(reg, &pr->registration_list, pr_reg_list)
		number_port(cmd, reg);
	spin_unlock(&pr->registration_lock);
}

/**
 * ti_reserve_number_holder - the holder of a reservation gets the number of its port
 * @cmd:	a command that target core is about to have; its LUN is known
 *
 * One that was kept over a restart (APTPL) has not got it yet. Process context.
 */
void ti_reserve_number_holder(const struct ti_cmd *cmd)
{
	struct se_device *dev = cmd->se_cmd.se_dev;

	if (likely(!READ_ONCE(dev->dev_pr_res_holder)))
		return;
	spin_lock(&dev->dev_reservation_lock);
	if (dev->dev_pr_res_holder)
		number_port(cmd, dev->dev_pr_res_holder);
	spin_unlock(&dev->dev_reservation_lock);
}

/* ---- RESERVE and RELEASE ---- */

#define RESERVE_3RD_PARTY	0x10	/* SPC-2 §7.21, in byte 1 of the CDB */

/**
 * ti_reserve_settle - a RESERVE or RELEASE was parsed
 * @se_cmd:	target core's command
 *
 * Target core would reserve for the one that asks what is to be reserved for another
 * device. An initiator port has no number that such a RESERVE could name, so there
 * are no third-party reservations, and they are refused. A device that has reservations
 * of its own gets all. Any context. Return: 0, or why not.
 */
sense_reason_t ti_reserve_settle(struct se_cmd *se_cmd)
{
	if (ti_reserves_itself(se_cmd->se_dev))
		return 0;
	return se_cmd->t_task_cdb[1] & RESERVE_3RD_PARTY ? TCM_INVALID_CDB_FIELD : 0;
}

/* ---- PERSISTENT RESERVE OUT ---- */

/* SPC-4 §6.16 */
#define PR_OUT_LIST_LEN		24
#define PR_OUT_REGISTER		0x00
#define PR_OUT_PREEMPT		0x04
#define PR_OUT_PREEMPT_ABORT	0x05
#define PR_OUT_REGISTER_IGNORE	0x06
#define PR_OUT_REGISTER_MOVE	0x07
#define PR_OUT_KEY		0	/* offsets in the parameter list */
#define PR_OUT_ACTION_KEY	8
#define PR_OUT_FLAGS		20
#define PR_OUT_SPEC_I_PT	0x08
#define PR_OUT_ALL_TG_PT	0x04
#define PR_MOVE_PORT		18	/* of REGISTER AND MOVE: relative target port */
#define PR_MOVE_ID_LEN		20
#define PR_MOVE_ID		24	/* TransportID */
#define TRANSPORT_ID_ISCSI	0x45	/* with an ISID (SPC-4 §7.6.4.6) */
#define TRANSPORT_ID_LEN	2	/* offsets in it */
#define TRANSPORT_ID_NAME	4
#define PR_WRITE_EXCLUSIVE_ALL	7	/* types that all registrants hold */
#define PR_EXCLUSIVE_ACCESS_ALL	8
#define PR_REGISTRATIONS_MAX	1024	/* of a device; below 1 KiB each */

static bool held_by_all(const struct t10_pr_registration *holder)
{
	return holder->pr_res_type == PR_WRITE_EXCLUSIVE_ALL ||
	       holder->pr_res_type == PR_EXCLUSIVE_ACCESS_ALL;
}

/*
 * Preempting one's own key: target core frees the registration of the one that
 * asks, and then uses it. All is well where the key, or everybody, holds the
 * reservation: that is how a holder changes its type (§5.13.11.2.3).
 */
static bool preempts_itself(const struct ti_cmd *cmd, const u8 *list)
{
	struct se_device *dev = cmd->se_cmd.se_dev;
	u64 key = get_unaligned_be64(list + PR_OUT_KEY);
	const struct t10_pr_registration *holder;
	bool held;

	if (key != get_unaligned_be64(list + PR_OUT_ACTION_KEY))
		return false;
	spin_lock(&dev->dev_reservation_lock);
	holder = dev->dev_pr_res_holder;
	held = holder && (holder->pr_res_key == key || held_by_all(holder));
	spin_unlock(&dev->dev_reservation_lock);
	return !held;
}

/* That of the nexus that asks: the first that fits is the one. */
static bool is_own(const struct ti_cmd *cmd, const struct t10_pr_registration *reg)
{
	const struct se_session *se_sess = cmd->se_cmd.se_sess;
	const struct ti_sess *sess = se_sess->fabric_sess_ptr;
	char isid[PR_REG_ISID_LEN];

	snprintf(isid, sizeof(isid), "%6phN", sess->isid);
	return reg->pr_reg_nacl == se_sess->se_node_acl &&
	       (!reg->isid_present_at_reg || !strcmp(reg->pr_reg_isid, isid));
}

/* The registration_lock is held. NULL: it is not registered. */
static struct t10_pr_registration *own_registration(const struct ti_cmd *cmd)
{
	struct t10_pr_registration *reg;

	list_for_each_entry(reg, &cmd->se_cmd.se_dev->t10_pr.registration_list,
			    pr_reg_list)
		if (is_own(cmd, reg))
			return reg;
	return NULL;
}

/* All but the registrations themselves are for who is registered (SPC-4 §5.13.5). */
static bool needs_registration(unsigned int action)
{
	return action <= PR_OUT_REGISTER_MOVE && action != PR_OUT_REGISTER &&
	       action != PR_OUT_REGISTER_IGNORE;
}

static bool is_registered(const struct ti_cmd *cmd)
{
	struct t10_reservation *pr = &cmd->se_cmd.se_dev->t10_pr;
	bool registered;

	spin_lock(&pr->registration_lock);
	registered = own_registration(cmd);
	spin_unlock(&pr->registration_lock);
	return registered;
}

/*
 * Is there room for one more registration: for the nexus that asks, if it has none yet?
 * Target core keeps all that it is given, and an initiator has as many nexuses as it
 * likes, one after the other.
 */
static bool registration_has_room(const struct ti_cmd *cmd)
{
	struct t10_reservation *pr = &cmd->se_cmd.se_dev->t10_pr;
	const struct t10_pr_registration *reg;
	unsigned int nr = 0;
	bool known;

	spin_lock(&pr->registration_lock);
	list_for_each_entry(reg, &pr->registration_list, pr_reg_list)
		nr++;
	known = own_registration(cmd);
	spin_unlock(&pr->registration_lock);
	return nr < PR_REGISTRATIONS_MAX || known;
}

/*
 * All registrants hold a reservation of that type alike, but target core notes one of
 * them, and uses it although it has just freed it: where PREEMPT without a key ends all
 * registrations but that of the one that asks, and where one ends and the next in the
 * list, which is noted then, ends with it. So another one is noted before:
 * one that stays, or none when none does, which ends the reservation, too. Both locks
 * are held.
 */
static void note_holder(struct se_device *dev, struct t10_pr_registration *reg)
{
	struct t10_pr_registration *old = dev->dev_pr_res_holder;
	int type = old->pr_res_type, scope = old->pr_res_scope;

	old->pr_res_holder = 0;
	old->pr_res_type = 0;
	old->pr_res_scope = 0;
	dev->dev_pr_res_holder = reg;
	if (!reg)
		return;
	reg->pr_res_holder = 1;
	reg->pr_res_type = type;
	reg->pr_res_scope = scope;
}

static void before_preempting_all(const struct ti_cmd *cmd)
{
	struct se_device *dev = cmd->se_cmd.se_dev;
	struct t10_pr_registration *own;

	spin_lock(&dev->dev_reservation_lock);
	spin_lock(&dev->t10_pr.registration_lock);
	own = own_registration(cmd);
	if (own && dev->dev_pr_res_holder && held_by_all(dev->dev_pr_res_holder))
		note_holder(dev, own);
	spin_unlock(&dev->t10_pr.registration_lock);
	spin_unlock(&dev->dev_reservation_lock);
}

/* Does it end with @own, which was registered for all target ports? */
static bool ends_with(const struct t10_pr_registration *reg,
		      const struct t10_pr_registration *own, u64 key)
{
	return reg == own ||
	       (reg->pr_reg_all_tg_pt && reg->pr_res_key == key &&
		!strcmp(reg->pr_reg_nacl->initiatorname,
			own->pr_reg_nacl->initiatorname));
}

/* Both locks are held. */
static sense_reason_t settle_end(struct se_device *dev,
				 const struct t10_pr_registration *own, u64 key)
{
	struct t10_pr_registration *holder = dev->dev_pr_res_holder;
	struct t10_pr_registration *reg, *stays = NULL;

	if (!holder || !ends_with(holder, own, key))
		return 0;
	if (!held_by_all(holder))
		return holder == own ? 0 : TCM_RESERVATION_CONFLICT;
	list_for_each_entry(reg, &dev->t10_pr.registration_list, pr_reg_list)
		if (!ends_with(reg, own, key))
			stays = reg;
	note_holder(dev, stays);
	return 0;
}

/* The end of a registration that stands for those at other target ports, too. */
static sense_reason_t before_unregistering(const struct ti_cmd *cmd, const u8 *list)
{
	bool any_key = TI_SERVICE_ACTION(cmd->se_cmd.t_task_cdb) == PR_OUT_REGISTER_IGNORE;
	u64 key = get_unaligned_be64(list + PR_OUT_KEY);
	struct se_device *dev = cmd->se_cmd.se_dev;
	const struct t10_pr_registration *own;
	sense_reason_t reason = 0;

	if (!(list[PR_OUT_FLAGS] & PR_OUT_ALL_TG_PT))
		return 0;
	spin_lock(&dev->dev_reservation_lock);
	spin_lock(&dev->t10_pr.registration_lock);
	own = own_registration(cmd);
	if (own && own->pr_reg_all_tg_pt && (any_key || own->pr_res_key == key))
		reason = settle_end(dev, own, key);
	spin_unlock(&dev->t10_pr.registration_lock);
	spin_unlock(&dev->dev_reservation_lock);
	return reason;
}

static sense_reason_t check_register(const struct ti_cmd *cmd, const u8 *list)
{
	/* Without a key it is the end of one. */
	if (!get_unaligned_be64(list + PR_OUT_ACTION_KEY))
		return before_unregistering(cmd, list);
	return registration_has_room(cmd) ?
	       0 : TCM_INSUFFICIENT_REGISTRATION_RESOURCES;
}

static sense_reason_t check_preempt(const struct ti_cmd *cmd, const u8 *list)
{
	if (preempts_itself(cmd, list))
		return TCM_INVALID_PARAMETER_LIST;
	if (!get_unaligned_be64(list + PR_OUT_ACTION_KEY))
		before_preempting_all(cmd);
	return 0;
}

/* A port of REGISTER AND MOVE. */
struct moved_port {
	const char	*name;		/* of the initiator, ends with a comma */
	const char	*isid;
	u16		target_port;
};

static bool parse_moved_port(const struct ti_cmd *cmd, const u8 *list,
			     struct moved_port *port)
{
	u32 have = min(cmd->buf.len, cmd->buf.sgl->length);
	const u8 *id = list + PR_MOVE_ID;
	u32 len;

	if (have < PR_MOVE_ID + TRANSPORT_ID_NAME || id[0] != TRANSPORT_ID_ISCSI)
		return false;
	len = get_unaligned_be16(id + TRANSPORT_ID_LEN);
	if (len > have - PR_MOVE_ID - TRANSPORT_ID_NAME ||
	    len + TRANSPORT_ID_NAME != get_unaligned_be32(list + PR_MOVE_ID_LEN))
		return false;
	port->name = id + TRANSPORT_ID_NAME;
	if (strnlen(port->name, len) == len)
		return false;
	port->isid = strstr(port->name, ",i,0x");
	if (!port->isid)
		return false;
	port->isid += strlen(",i,0x");
	port->target_port = get_unaligned_be16(list + PR_MOVE_PORT);
	return true;
}

static bool registration_is_of(const struct t10_pr_registration *reg,
			       const struct moved_port *port)
{
	const char *name = reg->pr_reg_nacl->initiatorname;
	size_t len = strlen(name);

	return !strncmp(port->name, name, len) && port->name[len] == ',' &&
	       reg->tg_pt_sep_rtpi == port->target_port &&
	       !strcasecmp(reg->pr_reg_isid, port->isid);
}

/*
 * REGISTER AND MOVE: is the one that gets the reservation registered already? If not,
 * target core drops the same reference on its LUN twice: the next to register there uses
 * one that has come to zero, and who removes the LUN waits for nobody.
 */
static bool moves_to_registered(const struct ti_cmd *cmd, const u8 *list)
{
	struct t10_reservation *pr = &cmd->se_cmd.se_dev->t10_pr;
	const struct t10_pr_registration *reg;
	struct moved_port port;
	bool found = false;

	if (!parse_moved_port(cmd, list, &port))
		return false;
	spin_lock(&pr->registration_lock);
	list_for_each_entry(reg, &pr->registration_list, pr_reg_list)
		found |= registration_is_of(reg, &port);
	spin_unlock(&pr->registration_lock);
	return found;
}

/* ---- registrations that go with an ACL or a LUN ---- */

static bool nacl_sees(struct se_node_acl *nacl, const struct se_lun *lun)
{
	const struct se_dev_entry *deve;
	bool sees = false;

	rcu_read_lock();
	hlist_for_each_entry_rcu(deve, &nacl->lun_entry_hlist, link)
		sees |= deve->se_lun == lun;
	rcu_read_unlock();
	return sees;
}

static bool leaves(const struct t10_pr_registration *reg,
		   const struct se_node_acl *nacl, const struct se_lun *lun)
{
	return nacl ? reg->pr_reg_nacl == nacl : nacl_sees(reg->pr_reg_nacl, lun);
}

/**
 * ti_reserve_leaves - registrations of a device are about to go
 * @dev:	the device
 * @nacl:	those of this one; or NULL
 * @lun:	and those of all that see this LUN
 *
 * Where target core ends the one that it has noted as the holder for all registrants, it
 * notes the next in the list, even if that goes, too. Process context.
 */
void ti_reserve_leaves(struct se_device *dev, const struct se_node_acl *nacl,
		       const struct se_lun *lun)
{
	struct t10_pr_registration *holder, *reg, *stays = NULL;

	spin_lock(&dev->dev_reservation_lock);
	spin_lock(&dev->t10_pr.registration_lock);
	holder = dev->dev_pr_res_holder;
	if (holder && held_by_all(holder) && leaves(holder, nacl, lun)) {
		list_for_each_entry(reg, &dev->t10_pr.registration_list,
				    pr_reg_list)
			if (!leaves(reg, nacl, lun))
				stays = reg;
		note_holder(dev, stays);
	}
	spin_unlock(&dev->t10_pr.registration_lock);
	spin_unlock(&dev->dev_reservation_lock);
}

/* ---- what target core may have ---- */

/**
 * ti_reserve_check - may target core have a command, now that it is its turn
 * @cmd:	the task; any command
 *
 * Not a PERSISTENT RESERVE OUT that registers other initiators, too (SPEC_I_PT): where
 * target core refuses one of them it keeps a reference on the LUN of the one that
 * asked, and that LUN can never be removed again. The option is the device's to offer
 * (SPC-4 §6.16.3). Nor one that moves a reservation to a nexus that is not registered,
 * preempts itself, registers more nexuses than a device has room for, or is not from who
 * is registered, which target core answers with NOT READY. A device that has registrations
 * of its own gets all. Any process context. Return: 0, or why not.
 */
sense_reason_t ti_reserve_check(const struct ti_cmd *cmd)
{
	const u8 *cdb = cmd->se_cmd.t_task_cdb;
	const u8 *list;

	if (cdb[0] != PERSISTENT_RESERVE_OUT || ti_reserves_itself(cmd->se_cmd.se_dev))
		return 0;
	number_ports(cmd);
	if (cmd->buf.len < PR_OUT_LIST_LEN)
		return 0;
	list = sg_virt(cmd->buf.sgl);
	if (list[PR_OUT_FLAGS] & PR_OUT_SPEC_I_PT)
		return TCM_INVALID_PARAMETER_LIST;
	if (needs_registration(TI_SERVICE_ACTION(cdb)) && !is_registered(cmd))
		return TCM_RESERVATION_CONFLICT;
	switch (TI_SERVICE_ACTION(cdb)) {
	case PR_OUT_REGISTER:
	case PR_OUT_REGISTER_IGNORE:
		return check_register(cmd, list);
	case PR_OUT_REGISTER_MOVE:
		return moves_to_registered(cmd, list) ?
		       0 : TCM_INVALID_PARAMETER_LIST;
	case PR_OUT_PREEMPT:
	case PR_OUT_PREEMPT_ABORT:
		return check_preempt(cmd, list);
	default:
		return 0;
	}
}

/**
 * ti_reserve_refuse - end a command that target core was about to have
 * @cmd:	the task, prepared; may be gone when this returns
 * @reason:	from ti_reserve_check()
 *
 * Of a reason that it does not expect, target core would make INVALID COMMAND OPERATION
 * CODE. Process context.
 */
void ti_reserve_refuse(struct ti_cmd *cmd, sense_reason_t reason)
{
	struct se_cmd *se_cmd = &cmd->se_cmd;

	if (reason != TCM_INSUFFICIENT_REGISTRATION_RESOURCES) {
		transport_generic_request_failure(se_cmd, reason);
		return;
	}
	transport_send_check_condition_and_sense(se_cmd, reason, 0);
	/* Target core's reference; the fabric's goes with the response. */
	transport_generic_free_cmd(se_cmd, 0);
}
