// SPDX-License-Identifier: GPL-2.0
/*
 * Who may log in to a target, beyond ACLs and CHAP of the portal group: what
 * other targets offer and the in-tree one does not.
 *
 *   IQN/admission/allowed_addresses	addresses and networks, or ALL
 *   IQN/admission/allowed_initiators	names, or ALL
 *   IQN/admission/accept_logins	0: no new session, those there are stay
 *   IQN/admission/sessions		who is logged in
 *   IQN/admission/evict_session	end a session, by its TSIH
 *   IQN/accounts/NAME/password		further names and secrets for CHAP
 *
 * An initiator is admitted when its address is allowed or its name is; to begin
 * with every address is and no name. A target that does not admit an initiator
 * is not shown to it in discovery either. All of this is looked at when a
 * connection logs in: a change leaves sessions alone.
 *
 * As soon as a target has an account, every login to it must authenticate
 * itself, with one of the accounts or with the name of portal group or ACL.
 *
 * Lifetime: struct ti_admission is there as long as its target. An account is
 * in the list while its directory exists; configfs calls no attribute of a
 * directory that is gone.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "admission.h"
#include "attrib.h"
#include "chap.h"
#include "cidr.h"

/* Entries in a list. Its text must also fit into a page. */
#define TI_RULES_MAX		256
/* configfs cuts what is longer than this off, in the middle of an entry. */
#define TI_WRITE_MAX		(PAGE_SIZE - 1)

/**
 * struct ti_rules - a list of addresses or of names
 * @all:	ALL is one of them
 * @nr:		entries of @cidr
 * @len:	bytes of @text
 * @text:	the entries, each with a newline; behind @cidr
 * @cidr:	addresses only: all but ALL
 */
struct ti_rules {
	bool		all;
	unsigned int	nr;
	size_t		len;
	char		*text;
	struct ti_cidr	cidr[];
};

/**
 * struct ti_admission - who may log in to a target
 * @target:	whose it is
 * @lock:	guards the fields below, and every account
 * @addresses:	allowed_addresses
 * @initiators:	allowed_initiators
 * @closed:	accept_logins is 0
 * @accounts:	of ti_account.entry
 * @group:	admission/
 * @accounts_group: accounts/
 */
struct ti_admission {
	struct ti_target	*target;
	spinlock_t		lock;
	struct ti_rules		*addresses;
	struct ti_rules		*initiators;
	bool			closed;
	struct list_head	accounts;
	struct config_group	group;
	struct config_group	accounts_group;
};

/* An account; its name is that of its directory. */
struct ti_account {
	struct config_item	item;
	struct ti_admission	*adm;
	struct list_head	entry;
	char			password[TI_AUTH_LEN];
};

/* ---- lists ---- */

static struct ti_rules *rules_alloc(size_t text_len)
{
	/* the shortest address is two characters, and one between two */
	size_t nr = min_t(size_t, text_len / 3 + 1, TI_RULES_MAX);
	struct ti_rules *rules;

	rules = kvzalloc(struct_size(rules, cidr, nr) + text_len + 1,
			 GFP_KERNEL);
	if (rules)
		rules->text = (char *)&rules->cidr[nr];
	return rules;
}

static void rules_add_text(struct ti_rules *rules, const char *entry,
			   size_t len)
{
	memcpy(rules->text + rules->len, entry, len);
	rules->text[rules->len + len] = '\n';
	rules->len += len + 1;
}

typedef int (*rules_add_fn)(struct ti_rules *rules, const char *entry,
			    size_t len);

static int add_address(struct ti_rules *rules, const char *entry, size_t len)
{
	if (ti_cidr_parse(entry, len, &rules->cidr[rules->nr]))
		return -EINVAL;
	rules_add_text(rules, entry, len);
	return 0;
}

static int add_initiator(struct ti_rules *rules, const char *entry, size_t len)
{
	char name[TI_NAME_LEN], normal[TI_NAME_LEN];

	if (len >= sizeof(name))
		return -EINVAL;
	memcpy(name, entry, len);
	name[len] = '\0';
	if (ti_name_normalize(name, normal, sizeof(normal)))
		return -EINVAL;
	rules_add_text(rules, normal, strlen(normal));
	return 0;
}

static int rules_add(struct ti_rules *rules, const char *entry, size_t len,
		     rules_add_fn add)
{
	int ret;

	if (len == 3 && !memcmp(entry, "ALL", 3)) {
		rules->all = true;
		rules_add_text(rules, entry, len);
		return 0;
	}
	if (rules->nr == TI_RULES_MAX)
		return -E2BIG;
	ret = add(rules, entry, len);
	if (!ret)
		rules->nr++;
	return ret;
}

/*
 * What was written as a list. With an error, @bad and @bad_len are the entry
 * that it is about.
 */
static struct ti_rules *rules_parse(const char *text, size_t len,
				    rules_add_fn add, const char **bad,
				    size_t *bad_len)
{
	const char *p = text, *end = text + len, *entry;
	/* normal forms of names are not longer */
	struct ti_rules *rules = rules_alloc(len + 1);
	int ret;

	if (!rules)
		return ERR_PTR(-ENOMEM);
	while (p < end) {
		if (isspace(*p)) {
			p++;
			continue;
		}
		for (entry = p; p < end && !isspace(*p); p++)
			;
		ret = rules_add(rules, entry, p - entry, add);
		if (ret) {
			kvfree(rules);
			*bad = entry;
			*bad_len = p - entry;
			return ERR_PTR(ret);
		}
	}
	return rules;
}

static ssize_t rules_show(struct ti_admission *adm, struct ti_rules **rules,
			  char *page)
{
	ssize_t len;

	spin_lock(&adm->lock);
	len = min_t(size_t, (*rules)->len, PAGE_SIZE - 1);
	memcpy(page, (*rules)->text, len);
	spin_unlock(&adm->lock);
	return len;
}

static ssize_t rules_store(struct config_item *item, struct ti_admission *adm,
			   struct ti_rules **rules, const char *name,
			   const char *page, size_t count, rules_add_fn add,
			   const char *allowed)
{
	const char *text, *bad = NULL;
	struct ti_rules *new, *old;
	size_t len, bad_len = 0;

	if (count >= TI_WRITE_MAX) {
		ti_attr_refuse(item, name, "(too long)", 10,
			       "at most 4094 bytes");
		return -E2BIG;
	}
	if (ti_attr_text(page, count, &text, &len)) {
		ti_attr_refuse_written(item, name, page, count,
				       "text without NUL bytes");
		return -EINVAL;
	}
	new = rules_parse(text, len, add, &bad, &bad_len);
	if (IS_ERR(new)) {
		if (bad)
			ti_attr_refuse(item, name, bad, bad_len,
				       PTR_ERR(new) == -E2BIG ?
				       "one of at most 256 entries" : allowed);
		return PTR_ERR(new);
	}
	spin_lock(&adm->lock);
	old = *rules;
	*rules = new;
	spin_unlock(&adm->lock);
	kvfree(old);
	return count;
}

static bool has_address(const struct ti_rules *rules,
			const struct sockaddr_storage *peer)
{
	struct sockaddr_storage addr = *peer;
	const u8 *bytes;
	bool ipv4;
	unsigned int i;

	if (rules->all)
		return true;
	ti_addr_unmap(&addr);
	ipv4 = addr.ss_family == AF_INET;
	if (ipv4)
		bytes = (u8 *)&((struct sockaddr_in *)&addr)->sin_addr;
	else
		bytes = (u8 *)&((struct sockaddr_in6 *)&addr)->sin6_addr;
	for (i = 0; i < rules->nr; i++)
		if (ti_cidr_match(&rules->cidr[i], ipv4, bytes))
			return true;
	return false;
}

/* @name is in normal form. */
static bool has_initiator(const struct ti_rules *rules, const char *name)
{
	const char *p = rules->text, *end = p + rules->len, *nl;
	size_t len = strlen(name);

	if (rules->all)
		return true;
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', end - p);
		if (nl - p == len && !memcmp(p, name, len))
			return true;
	}
	return false;
}

/* ---- what logins and discovery ask ---- */

/**
 * ti_admission_open - does the target take logins
 * @adm:	of the target
 *
 * Any context.
 */
bool ti_admission_open(struct ti_admission *adm)
{
	return !READ_ONCE(adm->closed);
}

/**
 * ti_admission_allows - may this initiator see the target and log in
 * @adm:	of the target
 * @initiator:	its name in normal form
 * @peer:	its address
 *
 * Process context.
 */
bool ti_admission_allows(struct ti_admission *adm, const char *initiator,
			 const struct sockaddr_storage *peer)
{
	bool allowed;

	spin_lock(&adm->lock);
	allowed = has_address(adm->addresses, peer) ||
		  has_initiator(adm->initiators, initiator);
	spin_unlock(&adm->lock);
	return allowed;
}

/**
 * ti_admission_has_accounts - must every initiator authenticate itself
 * @adm:	of the target
 *
 * Process context.
 */
bool ti_admission_has_accounts(struct ti_admission *adm)
{
	bool has;

	spin_lock(&adm->lock);
	has = !list_empty(&adm->accounts);
	spin_unlock(&adm->lock);
	return has;
}

/**
 * ti_admission_secret - the secret of an account
 * @adm:	of the target
 * @name:	the account
 * @secret:	TI_CHAP_SECRET_MAX bytes
 *
 * Process context. Return: its length, or -ENOENT when there is no such
 * account, or it has no secret.
 */
int ti_admission_secret(struct ti_admission *adm, const char *name, u8 *secret)
{
	struct ti_account *account;
	int len = -ENOENT;

	spin_lock(&adm->lock);
	list_for_each_entry(account, &adm->accounts, entry) {
		if (strcmp(config_item_name(&account->item), name))
			continue;
		if (account->password[0]) {
			len = strlen(account->password);
			memcpy(secret, account->password, len);
		}
		break;
	}
	spin_unlock(&adm->lock);
	return len;
}

/* ---- accounts/ ---- */

static struct ti_account *to_account(struct config_item *item)
{
	return container_of(item, struct ti_account, item);
}

static ssize_t account_password_show(struct config_item *item, char *page)
{
	struct ti_account *account = to_account(item);
	ssize_t len;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	spin_lock(&account->adm->lock);
	len = sysfs_emit(page, "%s\n", account->password);
	spin_unlock(&account->adm->lock);
	return len;
}

static ssize_t account_password_store(struct config_item *item,
				      const char *page, size_t count)
{
	struct ti_account *account = to_account(item);
	const char *text;
	size_t len;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (ti_attr_text(page, count, &text, &len) ||
	    !ti_secret_ok(text, len)) {
		ti_secret_refuse(item, "password", "");
		return -EINVAL;
	}
	spin_lock(&account->adm->lock);
	memcpy(account->password, text, len);
	memzero_explicit(account->password + len, TI_AUTH_LEN - len);
	spin_unlock(&account->adm->lock);
	return count;
}

static struct configfs_attribute account_attr_password = {
	.ca_name	= "password",
	.ca_mode	= 0600,
	.ca_owner	= THIS_MODULE,
	.show		= account_password_show,
	.store		= account_password_store,
};

static struct configfs_attribute *account_attrs[] = {
	&account_attr_password,
	NULL,
};

static void account_release(struct config_item *item)
{
	kfree_sensitive(to_account(item));
}

static struct configfs_item_operations account_item_ops = {
	.release	= account_release,
};

static const struct config_item_type account_type = {
	.ct_item_ops	= &account_item_ops,
	.ct_attrs	= account_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct ti_admission *from_accounts(struct config_group *group)
{
	return container_of(group, struct ti_admission, accounts_group);
}

static struct config_item *accounts_make(struct config_group *group,
					 const char *name)
{
	struct ti_admission *adm = from_accounts(group);
	struct ti_account *account;

	if (!ti_auth_text_ok(name, strlen(name))) {
		ti_warn("%s: account '%*pE' refused, its name must be 1 to 255 printable bytes\n",
			adm->target->name, (int)strnlen(name, 64), name);
		return ERR_PTR(-EINVAL);
	}
	account = kzalloc(sizeof(*account), GFP_KERNEL);
	if (!account)
		return ERR_PTR(-ENOMEM);
	account->adm = adm;
	config_item_init_type_name(&account->item, name, &account_type);
	if (!config_item_name(&account->item)) {
		kfree(account);
		return ERR_PTR(-ENOMEM);
	}
	spin_lock(&adm->lock);
	list_add_tail(&account->entry, &adm->accounts);
	spin_unlock(&adm->lock);
	return &account->item;
}

static void accounts_drop(struct config_group *group, struct config_item *item)
{
	struct ti_admission *adm = from_accounts(group);

	spin_lock(&adm->lock);
	list_del(&to_account(item)->entry);
	spin_unlock(&adm->lock);
	config_item_put(item);
}

static struct configfs_group_operations accounts_group_ops = {
	.make_item	= accounts_make,
	.drop_item	= accounts_drop,
};

static const struct config_item_type accounts_type = {
	.ct_group_ops	= &accounts_group_ops,
	.ct_owner	= THIS_MODULE,
};

/* ---- admission/ ---- */

static struct ti_admission *to_admission(struct config_item *item)
{
	return container_of(to_config_group(item), struct ti_admission, group);
}

static ssize_t admission_allowed_addresses_show(struct config_item *item,
						char *page)
{
	struct ti_admission *adm = to_admission(item);

	return rules_show(adm, &adm->addresses, page);
}

static ssize_t admission_allowed_addresses_store(struct config_item *item,
						 const char *page,
						 size_t count)
{
	struct ti_admission *adm = to_admission(item);

	return rules_store(item, adm, &adm->addresses, "allowed_addresses",
			   page, count, add_address,
			   "ALL, an address, or a network like 192.0.2.0/24 or 2001:db8::/32");
}
CONFIGFS_ATTR(admission_, allowed_addresses);

static ssize_t admission_allowed_initiators_show(struct config_item *item,
						 char *page)
{
	struct ti_admission *adm = to_admission(item);

	return rules_show(adm, &adm->initiators, page);
}

static ssize_t admission_allowed_initiators_store(struct config_item *item,
						  const char *page,
						  size_t count)
{
	struct ti_admission *adm = to_admission(item);

	return rules_store(item, adm, &adm->initiators, "allowed_initiators",
			   page, count, add_initiator,
			   "ALL, or an iSCSI name");
}
CONFIGFS_ATTR(admission_, allowed_initiators);

static ssize_t admission_accept_logins_show(struct config_item *item,
					    char *page)
{
	return sysfs_emit(page, "%d\n",
			  ti_admission_open(to_admission(item)));
}

static ssize_t admission_accept_logins_store(struct config_item *item,
					     const char *page, size_t count)
{
	u32 open;
	int ret;

	ret = ti_attr_u32(item, "accept_logins", page, count, 0, 1, &open);
	if (ret)
		return ret;
	WRITE_ONCE(to_admission(item)->closed, !open);
	return count;
}
CONFIGFS_ATTR(admission_, accept_logins);

/* A line of its own for a session: TSIH CID ADDRESS INITIATOR [ALIAS]. */
static int show_session(const struct ti_sess *sess, char *buf, size_t size)
{
	struct sockaddr_storage peer = sess->conn->peer_addr;

	ti_addr_unmap(&peer);
	return snprintf(buf, size, "%u %u %pISc %s %*pE\n", sess->tsih,
			sess->conn->cid, &peer, sess->initiator,
			(int)strlen(sess->alias), sess->alias);
}

#define SESSIONS_MORE	"...\n"

/* False when the page is full, which is said then. */
static bool show_tpg_sessions(struct ti_tpg *tpg, char *page, size_t *len)
{
	size_t room = PAGE_SIZE - sizeof(SESSIONS_MORE);
	const struct ti_sess *sess;
	bool fits = true;
	int n;

	spin_lock(&tpg->lock);
	list_for_each_entry(sess, &tpg->sessions, entry) {
		n = show_session(sess, page + *len, room - *len);
		fits = n < room - *len;
		if (!fits)
			break;
		*len += n;
	}
	spin_unlock(&tpg->lock);
	if (!fits) {
		strcpy(page + *len, SESSIONS_MORE);
		*len += strlen(SESSIONS_MORE);
	}
	return fits;
}

static ssize_t admission_sessions_show(struct config_item *item, char *page)
{
	struct ti_target *target = to_admission(item)->target;
	struct ti_tpg *tpg;
	size_t len = 0;

	spin_lock(&ti_targets_lock);
	list_for_each_entry(tpg, &target->tpgs, entry)
		if (!show_tpg_sessions(tpg, page, &len))
			break;
	spin_unlock(&ti_targets_lock);
	return len;
}
CONFIGFS_ATTR_RO(admission_, sessions);

/* ti_targets_lock is held. */
static bool close_session(struct ti_tpg *tpg, u16 tsih)
{
	struct ti_sess *sess;
	bool found = false;

	spin_lock(&tpg->lock);
	list_for_each_entry(sess, &tpg->sessions, entry) {
		if (sess->tsih != tsih)
			continue;
		ti_sess_evict(sess);
		found = true;
	}
	spin_unlock(&tpg->lock);
	return found;
}

static ssize_t admission_evict_session_store(struct config_item *item,
					     const char *page, size_t count)
{
	struct ti_target *target = to_admission(item)->target;
	struct ti_tpg *tpg;
	bool found = false;
	u32 tsih;
	int ret;

	ret = ti_attr_u32(item, "evict_session", page, count, 1, U16_MAX,
			  &tsih);
	if (ret)
		return ret;
	spin_lock(&ti_targets_lock);
	list_for_each_entry(tpg, &target->tpgs, entry)
		found |= close_session(tpg, tsih);
	spin_unlock(&ti_targets_lock);
	if (!found) {
		ti_attr_refuse_written(item, "evict_session", page, count,
				       "the TSIH of a session, which sessions lists");
		return -ENOENT;
	}
	return count;
}
CONFIGFS_ATTR_WO(admission_, evict_session);

static struct configfs_attribute *admission_attrs[] = {
	&admission_attr_allowed_addresses,
	&admission_attr_allowed_initiators,
	&admission_attr_accept_logins,
	&admission_attr_sessions,
	&admission_attr_evict_session,
	NULL,
};

static const struct config_item_type admission_type = {
	.ct_attrs	= admission_attrs,
	.ct_owner	= THIS_MODULE,
};

/* ---- of a target ---- */

/**
 * ti_admission_alloc - everybody is admitted, nobody has an account
 * @target:	a new target
 *
 * May sleep. Return: NULL when there is no memory.
 */
struct ti_admission *ti_admission_alloc(struct ti_target *target)
{
	struct ti_admission *adm = kzalloc(sizeof(*adm), GFP_KERNEL);

	if (!adm)
		return NULL;
	adm->target = target;
	spin_lock_init(&adm->lock);
	INIT_LIST_HEAD(&adm->accounts);
	adm->addresses = rules_alloc(4);
	adm->initiators = rules_alloc(0);
	if (!adm->addresses || !adm->initiators) {
		ti_admission_free(adm);
		return NULL;
	}
	rules_add(adm->addresses, "ALL", 3, add_address);
	return adm;
}

/**
 * ti_admission_free - the target is gone, and its accounts before it
 * @adm:	of the target
 *
 * May sleep.
 */
void ti_admission_free(struct ti_admission *adm)
{
	kvfree(adm->addresses);
	kvfree(adm->initiators);
	kfree(adm);
}

/**
 * ti_admission_add_groups - make the directories of a new target
 * @target:	the target; target core has made its directory
 */
void ti_admission_add_groups(struct ti_target *target)
{
	struct ti_admission *adm = target->admission;
	struct config_group *parent = &target->wwn.wwn_group;

	config_group_init_type_name(&adm->group, "admission", &admission_type);
	configfs_add_default_group(&adm->group, parent);
	config_group_init_type_name(&adm->accounts_group, "accounts",
				    &accounts_type);
	configfs_add_default_group(&adm->accounts_group, parent);
}
