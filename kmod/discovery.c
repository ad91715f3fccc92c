// SPDX-License-Identifier: GPL-2.0
/*
 * SendTargets (RFC 7143 Appendix C): which targets there are for an initiator, and
 * where. textreq.c has the request that asks for it.
 */
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "admission.h"
#include "ti.h"

static bool tpg_visible(struct ti_conn *conn, struct ti_tpg *tpg)
{
	const struct ti_tpg_attrib *attrib = &tpg->attrib;
	const char *initiator = conn->sess->initiator;

	if (!ti_admission_allows(tpg->target->admission, initiator,
				 &conn->peer_addr))
		return false;
	if (!READ_ONCE(tpg->enabled) && READ_ONCE(attrib->tpg_enabled_sendtargets))
		return false;
	return READ_ONCE(attrib->generate_node_acls) ||
	       READ_ONCE(attrib->demo_mode_discovery) ||
	       target_tpg_has_node_acl(&tpg->se_tpg, initiator);
}

/* What another network namespace has is none of this one's business. */
static bool portal_in_reach(const struct ti_conn *conn,
			    const struct ti_portal *portal)
{
	return net_eq(portal->net, conn->portal->net);
}

/*
 * What to tell of a portal: of a wildcard, the address that the initiator reached
 * us by.  False when that is of the other family, as no address is known then.
 */
static bool portal_address(const struct ti_conn *conn,
			   const struct ti_portal *portal,
			   struct sockaddr_storage *addr)
{
	*addr = portal->addr;
	if (!ti_addr_is_any(addr))
		return true;
	*addr = conn->local_addr;
	ti_addr_set_port(addr, &portal->addr);
	return ti_portal_matches(portal, addr);
}

static int add_address(const struct sockaddr_storage *addr, u16 tag,
		       struct ti_text_out *out)
{
	char text[TI_ADDR_LEN], value[TI_ADDR_LEN + 8];

	ti_addr_format(addr, text, sizeof(text));
	snprintf(value, sizeof(value), "%s,%u", text, tag);
	return ti_text_add(out, "TargetAddress", value);
}

static bool tpg_on_portal(const struct ti_conn *conn, const struct ti_tpg *tpg)
{
	const struct ti_tpg_portal *np;

	list_for_each_entry(np, &tpg->portals, tpg_entry)
		if (portal_in_reach(conn, np->portal) &&
		    ti_portal_matches(np->portal, &conn->local_addr))
			return true;
	return false;
}

/* Is a target to be told of to who asked at this portal? */
static bool target_on_portal(const struct ti_conn *conn,
			     const struct ti_target *target)
{
	const struct ti_tpg *tpg;

	list_for_each_entry(tpg, &target->tpgs, entry)
		if (tpg_on_portal(conn, tpg))
			return true;
	return false;
}

/*
 * A portal group's addresses; its target's name before the first of the target's:
 * a name without an address would stand for the portal that was asked.
 * ti_targets_lock is held.
 */
static int add_tpg(const struct ti_conn *conn, const struct ti_tpg *tpg,
		   bool *named, struct ti_text_out *out)
{
	const struct ti_tpg_portal *np;
	struct sockaddr_storage addr;
	int ret = 0;

	list_for_each_entry(np, &tpg->portals, tpg_entry) {
		if (!portal_in_reach(conn, np->portal) ||
		    !portal_address(conn, np->portal, &addr))
			continue;
		if (!*named)
			ret = ti_text_add(out, "TargetName", tpg->target->name);
		*named = true;
		if (!ret)
			ret = add_address(&addr, tpg->tag, out);
		if (ret)
			break;
	}
	return ret;
}

/*
 * Portal groups in the order of the targets' list, held: whether an initiator may
 * see one is found out with a mutex, so not under ti_targets_lock.
 */
struct tpg_list {
	struct ti_tpg	**tpgs;
	unsigned int	nr;
	unsigned int	max;
};

static void tpg_list_free(struct tpg_list *list)
{
	while (list->nr)
		ti_tpg_put(list->tpgs[--list->nr]);
	kvfree(list->tpgs);
}

static unsigned int count_tpgs(void)
{
	struct ti_target *target;
	struct ti_tpg *tpg;
	unsigned int nr = 0;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(target, &ti_targets, entry)
		list_for_each_entry(tpg, &target->tpgs, entry)
			nr++;
	spin_unlock(&ti_targets_lock);
	return nr;
}

/*
 * All portal groups of the targets that are at the portal that was asked: the initiator
 * is to learn every path to them (Appendix C).
 */
static int tpg_list_collect(struct ti_conn *conn, const char *only,
			    struct tpg_list *list)
{
	struct ti_target *target;
	struct ti_tpg *tpg;

	/* Some more, for those that come meanwhile. */
	list->max = count_tpgs() + 16;
	list->nr = 0;
	list->tpgs = kvmalloc_array(list->max, sizeof(*list->tpgs), GFP_NOIO);
	if (!list->tpgs)
		return -ENOMEM;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(target, &ti_targets, entry) {
		if ((only && !ti_name_equal(only, target->name)) ||
		    !target_on_portal(conn, target))
			continue;
		list_for_each_entry(tpg, &target->tpgs, entry) {
			if (list->nr == list->max)
				continue;
			atomic_inc(&tpg->users);
			list->tpgs[list->nr++] = tpg;
		}
	}
	spin_unlock(&ti_targets_lock);
	return 0;
}

static int list_targets(struct ti_conn *conn, struct tpg_list *list,
			struct ti_text_out *out)
{
	const struct ti_target *last = NULL;
	bool named = false;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < list->nr && !ret; i++) {
		struct ti_tpg *tpg = list->tpgs[i];

		if (!tpg_visible(conn, tpg))
			continue;
		if (tpg->target != last)
			named = false;
		last = tpg->target;
		spin_lock(&ti_targets_lock);
		ret = add_tpg(conn, tpg, &named, out);
		spin_unlock(&ti_targets_lock);
	}
	return ret;
}

/**
 * ti_discovery_send_targets - answer SendTargets=@value
 * @conn:	the connection
 * @value:	All, the name of a target, or empty for that of the session
 * @out:	the answer is appended
 *
 * What a session may not ask for is answered with Reject. Owner; may sleep. Return: 0,
 * -ENOSPC when @out is too small, -ENOMEM.
 */
int ti_discovery_send_targets(struct ti_conn *conn, const char *value,
			      struct ti_text_out *out)
{
	const struct ti_sess *sess = conn->sess;
	const char *only = *value ? value : NULL;
	struct tpg_list list;
	int ret;

	if (sess->tpg) {
		/* In a normal session: its own target, and nothing else. */
		if (!only)
			only = sess->tpg->target->name;
		if (!ti_name_equal(only, sess->tpg->target->name))
			return ti_text_add(out, "SendTargets", "Reject");
	} else if (!only) {
		return ti_text_add(out, "SendTargets", "Reject");
	} else if (!strcmp(only, "All")) {
		only = NULL;
	}
	ret = tpg_list_collect(conn, only, &list);
	if (ret)
		return ret;
	ret = list_targets(conn, &list, out);
	tpg_list_free(&list);
	return ret;
}
