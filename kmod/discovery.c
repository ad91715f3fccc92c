// SPDX-License-Identifier: GPL-2.0
/*
 * SendTargets (RFC 7143 Appendix C): which targets there are for an initiator, and
 * where. textreq.c has the request that asks for it, and sends the answer in parts. Each
 * part is made when it is asked for: strangers may ask, and there may be many targets.
 */
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "admission.h"
#include "discovery.h"
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

static int add_target_address(const struct sockaddr_storage *addr, u16 tag,
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
			ret = add_target_address(&addr, tpg->tag, out);
		if (ret)
			break;
	}
	return ret;
}

/* ---- the list, as far as it is asked for ---- */

/*
 * Portal groups of whole targets, in the order of the targets' list, held: whether an
 * initiator may see one is found out with a mutex, so not under ti_targets_lock.
 */
struct tpg_batch {
	struct ti_tpg	**tpgs;
	unsigned int	nr;
	unsigned int	max;
};

#define TPG_BATCH	128

static void batch_free(struct tpg_batch *batch)
{
	while (batch->nr)
		ti_tpg_put(batch->tpgs[--batch->nr]);
	kvfree(batch->tpgs);
}

static unsigned int count_tpgs(const struct ti_target *target)
{
	const struct ti_tpg *tpg;
	unsigned int nr = 0;

	list_for_each_entry(tpg, &target->tpgs, entry)
		nr++;
	return nr;
}

/*
 * All portal groups of the targets that are at the portal that was asked: the initiator
 * is to learn every path to them (Appendix C). ti_targets_lock is held. Return: 0, or
 * how many there must be room for.
 */
static unsigned int batch_collect(const struct ti_conn *conn,
				  const struct ti_target_list *list,
				  struct tpg_batch *batch)
{
	struct ti_target *target;
	struct ti_tpg *tpg;
	unsigned int nr;

	list_for_each_entry(target, &ti_targets, entry) {
		if (target->serial < list->next)
			continue;
		if (target->serial > list->last)
			break;
		if (!target_on_portal(conn, target))
			continue;
		nr = count_tpgs(target);
		if (nr > batch->max - batch->nr)
			return batch->nr ? 0 : nr;
		list_for_each_entry(tpg, &target->tpgs, entry) {
			atomic_inc(&tpg->users);
			batch->tpgs[batch->nr++] = tpg;
		}
	}
	return 0;
}

static int batch_fill(const struct ti_conn *conn,
		      const struct ti_target_list *list, struct tpg_batch *batch)
{
	unsigned int need = TPG_BATCH;

	do {
		kvfree(batch->tpgs);
		batch->max = need;
		batch->tpgs = kvmalloc_array(need, sizeof(*batch->tpgs), GFP_NOIO);
		if (!batch->tpgs)
			return -ENOMEM;
		spin_lock(&ti_targets_lock);
		need = batch_collect(conn, list, batch);
		spin_unlock(&ti_targets_lock);
	} while (need);
	return 0;
}

/* The target that begins at @tpgs, @nr of which are its own. */
static int add_target(struct ti_conn *conn, struct ti_tpg **tpgs, unsigned int nr,
		      struct ti_text_out *out)
{
	size_t before = out->len;
	bool named = false;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < nr && !ret; i++) {
		if (!tpg_visible(conn, tpgs[i]))
			continue;
		spin_lock(&ti_targets_lock);
		ret = add_tpg(conn, tpgs[i], &named, out);
		spin_unlock(&ti_targets_lock);
	}
	if (ret)
		out->len = before;
	return ret;
}

static int add_batch(struct ti_conn *conn, struct ti_target_list *list,
		     const struct tpg_batch *batch, struct ti_text_out *out)
{
	unsigned int first, end;
	int ret;

	for (first = 0; first < batch->nr; first = end) {
		const struct ti_target *target = batch->tpgs[first]->target;

		for (end = first + 1; end < batch->nr; end++)
			if (batch->tpgs[end]->target != target)
				break;
		ret = add_target(conn, batch->tpgs + first, end - first, out);
		if (ret)
			return ret;
		list->next = target->serial + 1;
	}
	return 0;
}

/**
 * ti_discovery_more - go on with the answer to SendTargets
 * @conn:	the connection
 * @list:	what is still to be told; @list->open
 * @out:	targets are appended, each of them whole
 *
 * A target that is there all the time is told of once, whatever comes and goes between
 * two calls. Owner; may sleep. Return: 0: that was all, and @list is not open any more;
 * -ENOSPC: there is no room for the next one; -ENOMEM.
 */
int ti_discovery_more(struct ti_conn *conn, struct ti_target_list *list,
		      struct ti_text_out *out)
{
	int ret = 0;

	while (list->open && !ret) {
		struct tpg_batch batch = { NULL };

		ret = batch_fill(conn, list, &batch);
		if (!ret && !batch.nr)
			list->open = false;
		if (!ret)
			ret = add_batch(conn, list, &batch, out);
		batch_free(&batch);
	}
	return ret;
}

/* ---- the question ---- */

/* All, or the target of that name; an empty list when there is none. */
static void list_open(struct ti_target_list *list, const char *only)
{
	const struct ti_target *target;
	char name[TI_NAME_LEN];

	list->open = !only;
	list->next = 0;
	list->last = U64_MAX;
	if (!only || ti_name_normalize(only, name, sizeof(name)))
		return;
	spin_lock(&ti_targets_lock);
	target = ti_target_find(name);
	if (target) {
		list->open = true;
		list->next = target->serial;
		list->last = target->serial;
	}
	spin_unlock(&ti_targets_lock);
}

/**
 * ti_discovery_send_targets - take SendTargets=@value
 * @conn:	the connection
 * @value:	All, the name of a target, or empty for that of the session
 * @list:	what it is to be answered with, by ti_discovery_more()
 * @out:	a Reject of what a session may not ask for is appended
 *
 * Owner. Return: 0, or -ENOSPC when @out is too small.
 */
int ti_discovery_send_targets(struct ti_conn *conn, const char *value,
			      struct ti_target_list *list, struct ti_text_out *out)
{
	const struct ti_sess *sess = conn->sess;
	const char *only = *value ? value : NULL;

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
	list_open(list, only);
	return 0;
}
