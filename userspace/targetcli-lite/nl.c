// SPDX-License-Identifier: GPL-2.0
/* Requests to the module's netlink family. */
#include "nl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcm_iscsi.h>

/* A root of configfs that is not the kernel's has no kernel to ask. */
static const struct tnl_source *source_of(struct ctx *ctx)
{
	if (ctx->netlink)
		return &tnl_file;
	return strcmp(ctx->cfs.root, CFS_DEFAULT_ROOT) ? NULL : &tnl_kernel;
}

static void keep(const struct nlmsghdr *msg, void *arg)
{
	json_t *o = tnl_decode(msg);

	if (o)
		json_array_append_new(arg, o);
}

static int request_one(struct tnl *nl, int cmd, const struct tnl_filter *filter, json_t **out)
{
	json_t *all = json_array();
	int err = nl->source->request(nl, cmd, false, filter, keep, all);

	if (!err && !json_array_size(all))
		err = -EBADMSG;
	*out = err ? NULL : json_incref(json_array_get(all, 0));
	json_decref(all);
	return err;
}

/* The one that answers may belong to a fabric of another name. */
static int check_fabric(struct tnl *nl, char **other)
{
	json_t *info;
	const char *name;
	int err = tnl_info(nl, &info);

	if (err)
		return err;
	name = str_of(info, "fabric");
	if (!name || strcmp(name, nl->ctx->fabric)) {
		*other = xstrdup(name ? name : "?");
		err = -ENXIO;
	}
	json_decref(info);
	return err;
}

static int open_quietly(struct ctx *ctx, struct tnl **out, char **other)
{
	struct tnl *nl = xcalloc(1, sizeof(*nl));
	int err = -ENOENT;

	nl->ctx = ctx;
	nl->source = source_of(ctx);
	if (nl->source)
		err = nl->source->open(nl);
	if (!err)
		err = check_fabric(nl, other);
	if (err) {
		tnl_close(nl);
		return err;
	}
	*out = nl;
	return 0;
}

bool tnl_available(struct ctx *ctx)
{
	char *other = NULL;
	struct tnl *nl;

	if (open_quietly(ctx, &nl, &other)) {
		free(other);
		return false;
	}
	tnl_close(nl);
	return true;
}

int tnl_open(struct ctx *ctx, struct tnl **out)
{
	char *other = NULL;
	int err = open_quietly(ctx, out, &other);

	if (!err)
		return 0;
	if (err == -ENOENT)
		fail_plain(ctx, err,
			   "the kernel has no netlink family %s: the module tcm_iscsi is not loaded (the in-tree iscsi_target_mod has nothing like it)",
			   TCM_ISCSI_GENL_NAME);
	else if (other)
		fail_plain(ctx, err, "tcm_iscsi is loaded with the name %s, not %s (TARGETCLI_LITE_FABRIC)",
			   other, ctx->fabric);
	else if (err == -EPERM)
		fail_plain(ctx, err, "sessions may be looked at by root only (CAP_NET_ADMIN)");
	else
		fail(ctx, err, "cannot ask tcm_iscsi by netlink");
	free(other);
	return err;
}

void tnl_close(struct tnl *nl)
{
	if (nl->source)
		nl->source->close(nl);
	json_decref(nl->pending);
	free(nl);
}

int tnl_info(struct tnl *nl, json_t **out)
{
	static const struct tnl_filter none;

	return request_one(nl, TCM_ISCSI_CMD_GET_INFO, &none, out);
}

static int dump(struct tnl *nl, int cmd, const struct tnl_filter *filter, json_t *out)
{
	int err = nl->source->request(nl, cmd, true, filter, keep, out);

	return err ? fail(nl->ctx, err, "cannot read sessions by netlink") : 0;
}

int tnl_sessions(struct tnl *nl, const struct tnl_filter *filter, json_t *out)
{
	return dump(nl, TCM_ISCSI_CMD_GET_SESSION, filter, out);
}

int tnl_luns(struct tnl *nl, const struct tnl_filter *filter, json_t *out)
{
	return dump(nl, TCM_ISCSI_CMD_GET_LUN, filter, out);
}

int tnl_targets(struct tnl *nl, const struct tnl_filter *filter, json_t *out)
{
	return dump(nl, TCM_ISCSI_CMD_GET_TARGET, filter, out);
}

int tnl_evict(struct tnl *nl, const struct tnl_filter *filter, uint32_t *n)
{
	json_t *reply;
	int err = request_one(nl, TCM_ISCSI_CMD_EVICT, filter, &reply);

	if (err)
		return err;
	*n = num_of(reply, "sessions");
	json_decref(reply);
	return 0;
}

int tnl_listen(struct tnl *nl)
{
	return nl->source->listen(nl);
}

static void keep_event(const struct nlmsghdr *msg, void *arg)
{
	if (tnl_command(msg) == TCM_ISCSI_CMD_EVENT)
		keep(msg, arg);
}

int tnl_event(struct tnl *nl, bool wait, json_t **out)
{
	int err = 0;

	if (!nl->pending)
		nl->pending = json_array();
	while (!err && !json_array_size(nl->pending))
		err = nl->source->receive(nl, wait, keep_event, nl->pending);
	if (err)
		return err;
	*out = json_incref(json_array_get(nl->pending, 0));
	json_array_remove(nl->pending, 0);
	return 0;
}
