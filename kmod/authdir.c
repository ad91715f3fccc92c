// SPDX-License-Identifier: GPL-2.0
/*
 * CHAP names and secrets: the auth/ directories of portal groups and ACLs, and
 * discovery_auth/.
 *
 * Writing NULL unsets a name or secret, which then reads as empty. Only
 * CAP_SYS_ADMIN may read or write here, the files of secrets have mode 0600,
 * and no secret is ever logged.
 */
#include <linux/capability.h>
#include <linux/string.h>

#include "attrib.h"

struct ti_auth ti_discovery_auth = {
	.lock	= __SPIN_LOCK_UNLOCKED(ti_discovery_auth.lock),
};

/* As CONFIGFS_ATTR(), for root's eyes only. */
#define TI_SECRET_ATTR(_pfx, _name)				\
static struct configfs_attribute _pfx##attr_##_name = {		\
	.ca_name	= __stringify(_name),			\
	.ca_mode	= 0600,					\
	.ca_owner	= THIS_MODULE,				\
	.show		= _pfx##_name##_show,			\
	.store		= _pfx##_name##_store,			\
}

/* @field is one of the strings of @auth. */
static ssize_t show_text(struct ti_auth *auth, const char *field, char *page)
{
	ssize_t len;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	spin_lock(&auth->lock);
	len = sysfs_emit(page, "%s\n", field);
	spin_unlock(&auth->lock);
	return len;
}

/**
 * ti_auth_text_ok - may this be a CHAP name or secret
 * @text:	the name or secret
 * @len:	its length
 *
 * Any context.
 */
bool ti_auth_text_ok(const char *text, size_t len)
{
	return len && len < TI_AUTH_LEN && ti_text_printable(text, len);
}

/* RFC 7143 §9.2.1: 96 bits, if every byte of a secret were random. */
static unsigned int ti_min_secret = 12;

static int set_min_secret(const char *val, const struct kernel_param *kp)
{
	return ti_param_set_uint(val, kp, 1, TI_AUTH_LEN - 1);
}

static const struct kernel_param_ops min_secret_ops = {
	.set	= set_min_secret,
	.get	= param_get_uint,
};

/* Below the fabric's directory rtslib takes every file it does not know for a target. */
module_param_cb(min_secret_length, &min_secret_ops, &ti_min_secret, 0644);
MODULE_PARM_DESC(min_secret_length,
		 "Bytes that a CHAP secret must have when it is set (default: 12)");

/**
 * ti_secret_ok - may this be a CHAP secret
 * @text:	the secret
 * @len:	its length
 *
 * As a name, and not shorter than min_secret_length. Any context.
 */
bool ti_secret_ok(const char *text, size_t len)
{
	return ti_auth_text_ok(text, len) && len >= READ_ONCE(ti_min_secret);
}

/**
 * ti_secret_refuse - say that a secret was refused, but not which
 * @item:	the directory
 * @name:	the attribute
 * @or_else:	what would be allowed besides, or ""
 */
void ti_secret_refuse(struct config_item *item, const char *name,
		      const char *or_else)
{
	char allowed[96];

	snprintf(allowed, sizeof(allowed),
		 "%u (min_secret_length) to %u printable bytes%s",
		 READ_ONCE(ti_min_secret), TI_AUTH_LEN - 1, or_else);
	ti_attr_refuse(item, name, NULL, 0, allowed);
}

/*
 * @field, of TI_AUTH_LEN bytes, is one of the strings of @auth; @ok says what
 * may be written there besides NULL.
 */
static int store_text(struct ti_auth *auth, char *field, const char *page,
		      size_t count, bool (*ok)(const char *text, size_t len))
{
	const char *text;
	size_t len;

	if (ti_attr_text(page, count, &text, &len))
		return -EINVAL;
	if (len == 4 && !memcmp(text, "NULL", 4))
		len = 0;
	else if (!ok(text, len))
		return -EINVAL;
	spin_lock(&auth->lock);
	memcpy(field, text, len);
	memzero_explicit(field + len, TI_AUTH_LEN - len);
	spin_unlock(&auth->lock);
	return 0;
}

static ssize_t store_name(struct config_item *item, const char *name,
			  struct ti_auth *auth, char *field,
			  const char *page, size_t count)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (store_text(auth, field, page, count, ti_auth_text_ok)) {
		ti_attr_refuse_written(item, name, page, count,
				       "1 to 255 printable bytes, or NULL to unset it");
		return -EINVAL;
	}
	return count;
}

static ssize_t store_secret(struct config_item *item, const char *name,
			    struct ti_auth *auth, char *field,
			    const char *page, size_t count)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (store_text(auth, field, page, count, ti_secret_ok)) {
		ti_secret_refuse(item, name, ", or NULL to unset it");
		return -EINVAL;
	}
	return count;
}

/* Does the target authenticate itself too, where the initiator asks it to? */
static ssize_t show_mutual(struct ti_auth *auth, char *page)
{
	bool mutual;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	spin_lock(&auth->lock);
	mutual = auth->userid_mutual[0] && auth->password_mutual[0];
	spin_unlock(&auth->lock);
	return sysfs_emit(page, "%d\n", mutual);
}

/* ---- portal groups: initiators without an ACL of their own ---- */

static struct ti_auth *tpg_auth(struct config_item *item)
{
	return &to_ti_tpg(auth_to_tpg(item))->auth;
}

static ssize_t tpg_auth_userid_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = tpg_auth(item);

	return show_text(auth, auth->userid, page);
}

static ssize_t tpg_auth_userid_store(struct config_item *item,
				     const char *page, size_t count)
{
	struct ti_auth *auth = tpg_auth(item);

	return store_name(item, "userid", auth, auth->userid,
			  page, count);
}
CONFIGFS_ATTR(tpg_auth_, userid);

static ssize_t tpg_auth_password_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = tpg_auth(item);

	return show_text(auth, auth->password, page);
}

static ssize_t tpg_auth_password_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct ti_auth *auth = tpg_auth(item);

	return store_secret(item, "password", auth, auth->password,
			    page, count);
}
TI_SECRET_ATTR(tpg_auth_, password);

static ssize_t tpg_auth_userid_mutual_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = tpg_auth(item);

	return show_text(auth, auth->userid_mutual, page);
}

static ssize_t tpg_auth_userid_mutual_store(struct config_item *item,
					    const char *page, size_t count)
{
	struct ti_auth *auth = tpg_auth(item);

	return store_name(item, "userid_mutual", auth, auth->userid_mutual,
			  page, count);
}
CONFIGFS_ATTR(tpg_auth_, userid_mutual);

static ssize_t tpg_auth_password_mutual_show(struct config_item *item,
					     char *page)
{
	struct ti_auth *auth = tpg_auth(item);

	return show_text(auth, auth->password_mutual, page);
}

static ssize_t tpg_auth_password_mutual_store(struct config_item *item,
					      const char *page, size_t count)
{
	struct ti_auth *auth = tpg_auth(item);

	return store_secret(item, "password_mutual", auth, auth->password_mutual,
			    page, count);
}
TI_SECRET_ATTR(tpg_auth_, password_mutual);

static ssize_t tpg_auth_authenticate_target_show(struct config_item *item,
						 char *page)
{
	return show_mutual(tpg_auth(item), page);
}
CONFIGFS_ATTR_RO(tpg_auth_, authenticate_target);

struct configfs_attribute *ti_tpg_auth_attrs[] = {
	&tpg_auth_attr_userid,
	&tpg_auth_attr_password,
	&tpg_auth_attr_authenticate_target,
	&tpg_auth_attr_userid_mutual,
	&tpg_auth_attr_password_mutual,
	NULL,
};

/* ---- ACLs ---- */

static struct ti_auth *acl_auth(struct config_item *item)
{
	return &to_ti_acl(auth_to_nacl(item))->auth;
}

static ssize_t acl_auth_userid_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = acl_auth(item);

	return show_text(auth, auth->userid, page);
}

static ssize_t acl_auth_userid_store(struct config_item *item,
				     const char *page, size_t count)
{
	struct ti_auth *auth = acl_auth(item);

	return store_name(item, "userid", auth, auth->userid,
			  page, count);
}
CONFIGFS_ATTR(acl_auth_, userid);

static ssize_t acl_auth_password_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = acl_auth(item);

	return show_text(auth, auth->password, page);
}

static ssize_t acl_auth_password_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct ti_auth *auth = acl_auth(item);

	return store_secret(item, "password", auth, auth->password,
			    page, count);
}
TI_SECRET_ATTR(acl_auth_, password);

static ssize_t acl_auth_userid_mutual_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = acl_auth(item);

	return show_text(auth, auth->userid_mutual, page);
}

static ssize_t acl_auth_userid_mutual_store(struct config_item *item,
					    const char *page, size_t count)
{
	struct ti_auth *auth = acl_auth(item);

	return store_name(item, "userid_mutual", auth, auth->userid_mutual,
			  page, count);
}
CONFIGFS_ATTR(acl_auth_, userid_mutual);

static ssize_t acl_auth_password_mutual_show(struct config_item *item,
					     char *page)
{
	struct ti_auth *auth = acl_auth(item);

	return show_text(auth, auth->password_mutual, page);
}

static ssize_t acl_auth_password_mutual_store(struct config_item *item,
					      const char *page, size_t count)
{
	struct ti_auth *auth = acl_auth(item);

	return store_secret(item, "password_mutual", auth, auth->password_mutual,
			    page, count);
}
TI_SECRET_ATTR(acl_auth_, password_mutual);

static ssize_t acl_auth_authenticate_target_show(struct config_item *item,
						 char *page)
{
	return show_mutual(acl_auth(item), page);
}
CONFIGFS_ATTR_RO(acl_auth_, authenticate_target);

struct configfs_attribute *ti_acl_auth_attrs[] = {
	&acl_auth_attr_userid,
	&acl_auth_attr_password,
	&acl_auth_attr_authenticate_target,
	&acl_auth_attr_userid_mutual,
	&acl_auth_attr_password_mutual,
	NULL,
};

/* ---- discovery sessions ---- */

static ssize_t disc_userid_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return show_text(auth, auth->userid, page);
}

static ssize_t disc_userid_store(struct config_item *item,
				 const char *page, size_t count)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return store_name(item, "userid", auth, auth->userid,
			  page, count);
}
CONFIGFS_ATTR(disc_, userid);

static ssize_t disc_password_show(struct config_item *item, char *page)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return show_text(auth, auth->password, page);
}

static ssize_t disc_password_store(struct config_item *item,
				   const char *page, size_t count)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return store_secret(item, "password", auth, auth->password,
			    page, count);
}
TI_SECRET_ATTR(disc_, password);

static ssize_t disc_userid_mutual_show(struct config_item *item,
				       char *page)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return show_text(auth, auth->userid_mutual, page);
}

static ssize_t disc_userid_mutual_store(struct config_item *item,
					const char *page, size_t count)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return store_name(item, "userid_mutual", auth, auth->userid_mutual,
			  page, count);
}
CONFIGFS_ATTR(disc_, userid_mutual);

static ssize_t disc_password_mutual_show(struct config_item *item,
					 char *page)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return show_text(auth, auth->password_mutual, page);
}

static ssize_t disc_password_mutual_store(struct config_item *item,
					  const char *page, size_t count)
{
	struct ti_auth *auth = &ti_discovery_auth;

	return store_secret(item, "password_mutual", auth, auth->password_mutual,
			    page, count);
}
TI_SECRET_ATTR(disc_, password_mutual);

static ssize_t disc_authenticate_target_show(struct config_item *item,
					     char *page)
{
	return show_mutual(&ti_discovery_auth, page);
}
CONFIGFS_ATTR_RO(disc_, authenticate_target);

static ssize_t disc_enforce_discovery_auth_show(struct config_item *item,
						char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(ti_discovery_auth.enforce));
}

static ssize_t disc_enforce_discovery_auth_store(struct config_item *item,
						 const char *page, size_t count)
{
	u32 enforce;

	/* The in-tree target says -EINVAL where others say -ERANGE. */
	if (ti_attr_u32(item, "enforce_discovery_auth", page, count, 0, 1,
			&enforce))
		return -EINVAL;
	spin_lock(&ti_discovery_auth.lock);
	WRITE_ONCE(ti_discovery_auth.enforce, enforce);
	spin_unlock(&ti_discovery_auth.lock);
	return count;
}
CONFIGFS_ATTR(disc_, enforce_discovery_auth);

struct configfs_attribute *ti_discovery_attrs[] = {
	&disc_attr_userid,
	&disc_attr_password,
	&disc_attr_authenticate_target,
	&disc_attr_userid_mutual,
	&disc_attr_password_mutual,
	&disc_attr_enforce_discovery_auth,
	NULL,
};
