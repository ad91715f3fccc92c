// SPDX-License-Identifier: GPL-2.0
/*
 * What configfs attributes share: reading what was written, and refusing it. And
 * those of the fabric and of portals, which are few.
 *
 * Names, formats and limits are those of the in-tree target. A value that is
 * refused changes nothing and is named, with what would be allowed, in one
 * rate-limited line of the kernel log.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/string.h>

#include "attrib.h"

/* ---- reading what was written ---- */

/**
 * ti_attr_text - find the value in what was written to an attribute
 * @page:	what was written, with a NUL after it
 * @count:	bytes written
 * @text:	start of the value
 * @len:	its length: without one newline, and NULs, at the end
 *
 * Return: 0, or -EINVAL when a NUL is inside.
 */
int ti_attr_text(const char *page, size_t count, const char **text, size_t *len)
{
	size_t n = strnlen(page, count);

	if (memchr_inv(page + n, 0, count - n))
		return -EINVAL;
	if (n && page[n - 1] == '\n')
		n--;
	*text = page;
	*len = n;
	return 0;
}

/* The path of @item below /sys/kernel/config, at the end of @buf. */
static const char *item_path(struct config_item *item, char *buf, size_t size)
{
	char *p = buf + size;
	size_t n;

	*--p = '\0';
	for (; item && item->ci_parent; item = item->ci_parent) {
		n = strlen(config_item_name(item));
		if (n + 1 > p - buf)
			break;
		*--p = '/';
		p -= n;
		memcpy(p, config_item_name(item), n);
	}
	return p;
}

/**
 * ti_attr_refuse - say that a value was refused, and what would be allowed
 * @item:	the directory
 * @name:	the attribute
 * @value:	what was written, @len bytes; NULL for a secret
 * @len:	unused for a secret
 * @allowed:	words for what is allowed
 */
void ti_attr_refuse(struct config_item *item, const char *name,
		    const char *value, size_t len, const char *allowed)
{
	char path[512];

	if (value)
		ti_warn("%s%s: '%*pE' refused, it must be %s\n",
			item_path(item, path, sizeof(path)), name,
			(int)min_t(size_t, len, 64), value, allowed);
	else
		ti_warn("%s%s: refused, it must be %s\n",
			item_path(item, path, sizeof(path)), name, allowed);
}

/**
 * ti_param_set_uint - set a module parameter that has limits
 * @val:	what was written
 * @kp:		the parameter, an unsigned int
 * @min:	smallest value allowed
 * @max:	largest value allowed
 *
 * Return: 0, or -errno; the refusal has been logged.
 */
int ti_param_set_uint(const char *val, const struct kernel_param *kp,
		      unsigned int min, unsigned int max)
{
	int ret = param_set_uint_minmax(val, kp, min, max);

	if (ret)
		ti_warn("parameter %s: '%*pE' refused, it must be %u to %u\n",
			kp->name, (int)strnlen(val, 64), val, min, max);
	return ret;
}

/**
 * ti_attr_parse_u32 - read a number
 * @page:	what was written; decimal, octal (0) or hex (0x)
 * @count:	bytes written
 * @value:	set on success only
 *
 * Return: 0, -EINVAL, or -ERANGE when it has more than 32 bits.
 */
int ti_attr_parse_u32(const char *page, size_t count, u32 *value)
{
	const char *text;
	size_t len;
	int ret;

	ret = ti_attr_text(page, count, &text, &len);
	return ret ? ret : kstrtou32(text, 0, value);
}

/**
 * ti_attr_refuse_written - as ti_attr_refuse(), of all that was written
 * @item:	the directory
 * @name:	the attribute
 * @page:	what was written, NULs and all; a newline at the end is not shown
 * @count:	bytes written
 * @allowed:	words for what is allowed
 */
void ti_attr_refuse_written(struct config_item *item, const char *name,
			    const char *page, size_t count, const char *allowed)
{
	if (count && page[count - 1] == '\n')
		count--;
	ti_attr_refuse(item, name, page, count, allowed);
}

/**
 * ti_attr_u32 - read a number with limits
 * @item:	the directory
 * @name:	the attribute
 * @page:	what was written; decimal, octal (0) or hex (0x)
 * @count:	bytes written
 * @min:	smallest value allowed
 * @max:	largest value allowed
 * @value:	set on success only
 *
 * Return: 0, -EINVAL, or -ERANGE when it has more than 32 bits; the refusal has
 * been logged.
 */
int ti_attr_u32(struct config_item *item, const char *name, const char *page,
		size_t count, u32 min, u32 max, u32 *value)
{
	char allowed[32];
	u32 number;
	int ret;

	ret = ti_attr_parse_u32(page, count, &number);
	if (!ret && (number < min || number > max))
		ret = -EINVAL;
	if (ret) {
		snprintf(allowed, sizeof(allowed), "%u to %u", min, max);
		ti_attr_refuse_written(item, name, page, count, allowed);
		return ret;
	}
	*value = number;
	return 0;
}

/**
 * ti_attr_show_u32 - show a number
 * @page:	where the text goes, PAGE_SIZE bytes
 * @field:	the number; may be written meanwhile
 *
 * Return: the length.
 */
ssize_t ti_attr_show_u32(char *page, const u32 *field)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(*field));
}

/**
 * ti_attr_store_u32 - take a number with limits
 * @item:	the directory
 * @name:	the attribute
 * @page:	what was written; decimal, octal (0) or hex (0x)
 * @count:	bytes written
 * @field:	where the number goes; may be read meanwhile
 * @min:	smallest value allowed
 * @max:	largest value allowed
 *
 * Return: @count, or as ti_attr_u32().
 */
ssize_t ti_attr_store_u32(struct config_item *item, const char *name,
			  const char *page, size_t count, u32 *field,
			  u32 min, u32 max)
{
	u32 value;
	int ret;

	ret = ti_attr_u32(item, name, page, count, min, max, &value);
	if (ret)
		return ret;
	WRITE_ONCE(*field, value);
	return count;
}

/* ---- the fabric ---- */

static ssize_t wwn_lio_version_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "tcm_iscsi iSCSI Target %s\n",
			  THIS_MODULE->version ?: "unversioned");
}
CONFIGFS_ATTR_RO(wwn_, lio_version);

static ssize_t wwn_cpus_allowed_list_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%*pbl\n", cpumask_pr_args(&ti_cpus_allowed));
}

static ssize_t wwn_cpus_allowed_list_store(struct config_item *item,
					   const char *page, size_t count)
{
	cpumask_var_t mask;
	const char *text;
	size_t len;
	int ret;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	ret = ti_attr_text(page, count, &text, &len);
	if (!ret)
		ret = cpulist_parse(text, mask);
	if (!ret && !cpumask_intersects(mask, cpu_online_mask))
		ret = -EINVAL;
	if (ret)
		ti_attr_refuse_written(item, "cpus_allowed_list", page, count,
				       "a list like 0-3,8 with at least one CPU that is online");
	else
		cpumask_copy(&ti_cpus_allowed, mask);
	free_cpumask_var(mask);
	return ret ? ret : count;
}
CONFIGFS_ATTR(wwn_, cpus_allowed_list);

struct configfs_attribute *ti_wwn_attrs[] = {
	&wwn_attr_lio_version,
	&wwn_attr_cpus_allowed_list,
	NULL,
};

/* ---- portals: other transports, which we do not have ---- */

static ssize_t store_transport(struct config_item *item, const char *name,
			       const char *page, size_t count)
{
	u32 on;
	int ret;

	ret = ti_attr_u32(item, name, page, count, 0, 1, &on);
	if (ret)
		return ret;
	if (on) {
		ti_attr_refuse(item, name, "1", 1, "0: TCP only");
		return -EOPNOTSUPP;
	}
	return count;
}

static ssize_t np_iser_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}

static ssize_t np_iser_store(struct config_item *item, const char *page,
			     size_t count)
{
	return store_transport(item, "iser", page, count);
}
CONFIGFS_ATTR(np_, iser);

static ssize_t np_cxgbit_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "0\n");
}

static ssize_t np_cxgbit_store(struct config_item *item, const char *page,
			       size_t count)
{
	return store_transport(item, "cxgbit", page, count);
}
CONFIGFS_ATTR(np_, cxgbit);

struct configfs_attribute *ti_np_attrs[] = {
	&np_attr_iser,
	&np_attr_cxgbit,
	NULL,
};
