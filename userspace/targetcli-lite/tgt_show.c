// SPDX-License-Identifier: GPL-2.0
/* What tgtadm --op show prints, laid out as tgt does: scripts take it apart. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "iscsi.h"
#include "so.h"
#include "tgt.h"

#define TAB1 "    "
#define TAB2 TAB1 TAB1
#define TAB3 TAB2 TAB1
#define TAB4 TAB3 TAB1

static const char *yes(bool on)
{
	return on ? "Yes" : "No";
}

/* Logical units */

static unsigned long long megabytes(uint64_t size)
{
	uint64_t blocks = size / 512;

	return (blocks - (blocks / 625 - 974)) / 1950;	/* as hdparm does */
}

static void show_controller(int tid)
{
	printf(TAB2 "LUN: 0\n"
	       TAB3 "Type: controller\n"
	       TAB3 "SCSI ID: IET     %04x0000\n"
	       TAB3 "SCSI SN: beaf%d0\n"
	       TAB3 "Size: 0 MB, Block size: 1\n"
	       TAB3 "Online: Yes\n"
	       TAB3 "Removable media: No\n"
	       TAB3 "Prevent removal: No\n"
	       TAB3 "Readonly: No\n"
	       TAB3 "SWP: No\n"
	       TAB3 "Thin-provisioning: No\n"
	       TAB3 "Backing store type: null\n"
	       TAB3 "Backing store path: None\n"
	       TAB3 "Backing store flags: \n", tid, tid);
}

/* The name that target core makes of a serial number: NAA, of 16 bytes. */
static void naa_of(const char *serial, char out[33])
{
	size_t n = snprintf(out, 33, "6001405");

	for (; *serial && n < 32; serial++)
		if (isxdigit((unsigned char)*serial))
			out[n++] = tolower((unsigned char)*serial);
	while (n < 32)
		out[n++] = '0';
	out[n] = '\0';
}

static bool attrib_on(struct tgt *tgt, const char *so, const char *attr)
{
	return cfs_is_on(&tgt->ctx->cfs, "%s/attrib/%s", so, attr);
}

static bool info_is(const char *info, const char *key, const char *value)
{
	struct strbuf v = { 0 };
	bool is = so_info_value(info, key, &v) && !strcmp(sb_str(&v), value);

	sb_free(&v);
	return is;
}

static void show_disk(struct tgt *tgt, const char *lun, const char *so)
{
	struct strbuf wwn = { 0 }, path = { 0 }, block = { 0 }, info = { 0 };
	bool file = strstr(so, "/fileio_") != NULL;
	char naa[33];

	so_wwn(tgt->ctx, so, &wwn);
	naa_of(sb_str(&wwn), naa);
	cfs_read(&tgt->ctx->cfs, &path, "%s/udev_path", so);
	cfs_read(&tgt->ctx->cfs, &block, "%s/attrib/block_size", so);
	cfs_read(&tgt->ctx->cfs, &info, "%s/info", so);
	printf(TAB2 "LUN: %s\n"
	       TAB3 "Type: disk\n"
	       TAB3 "SCSI ID: %s\n"
	       TAB3 "SCSI SN: %s\n"
	       TAB3 "Size: %llu MB, Block size: %s\n"
	       TAB3 "Online: Yes\n"
	       TAB3 "Removable media: No\n"
	       TAB3 "Prevent removal: No\n"
	       TAB3 "Readonly: %s\n"
	       TAB3 "SWP: No\n"
	       TAB3 "Thin-provisioning: %s\n"
	       TAB3 "Backing store type: %s\n"
	       TAB3 "Backing store path: %s\n"
	       TAB3 "Backing store flags: %s\n",
	       lun, naa, sb_str(&wwn), megabytes(so_size(tgt->ctx, so)), sb_str(&block),
	       yes(info_is(sb_str(&info), "readonly", "1")),
	       yes(attrib_on(tgt, so, "emulate_tpu")),
	       info_is(sb_str(&info), "Async", "1") ? "aio" : "rdwr",
	       path.len ? path.s : strrchr(so, '/') + 1,
	       file && !attrib_on(tgt, so, "emulate_write_cache") ? "sync" : "");
	sb_free(&wwn);
	sb_free(&path);
	sb_free(&block);
	sb_free(&info);
}

static void show_luns(struct tgt *tgt, int tid, const char *tpg)
{
	struct tgt_luns luns;

	printf(TAB1 "LUN information:\n");
	tgt_luns(tgt, tpg, &luns);
	if (!sl_has(&luns.numbers, "0"))
		show_controller(tid);
	for (size_t i = 0; i < luns.sos.n; i++)
		show_disk(tgt, luns.numbers.v[i], luns.sos.v[i]);
	tgt_luns_free(&luns);
}

/* Targets */

/* Of sessions that share a page in the kernel, there may be more than fit. */
static void tell_more(struct tgt *tgt, const struct tgt_sessions *s, const char *iqn)
{
	if (s->more)
		warn(tgt->ctx, "%s has more sessions than the %zu shown", iqn, s->n);
}

static void show_nexuses(struct tgt *tgt, const char *iqn)
{
	struct strbuf alias = { 0 };
	struct tgt_sessions s;

	printf(TAB1 "I_T nexus information:\n");
	tgt_sessions(tgt->ctx, iqn, &s);
	for (size_t i = 0; i < s.n; i++) {
		sb_reset(&alias);	/* an initiator says what it likes */
		sb_add_shown(&alias, *s.v[i].alias ? s.v[i].alias : "none");
		printf(TAB2 "I_T nexus: %u\n"
		       TAB3 "Initiator: %s alias: %s\n"
		       TAB3 "Connection: %u\n"
		       TAB4 "IP Address: %s\n",
		       s.v[i].sid, s.v[i].initiator, alias.s, s.v[i].cid, s.v[i].address);
	}
	sb_free(&alias);
	tell_more(tgt, &s, iqn);
	tgt_sessions_free(&s);
}

static void show_list(const struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++)
		printf(TAB2 "%s\n", list->v[i]);
}

static void show_bound(struct tgt *tgt, const char *iqn, const char *tpg)
{
	struct strlist users = { 0 };
	char *auth = xasprintf("%s/auth", tpg);
	char *out = tgt_name_at(tgt, auth, "userid_mutual");

	printf(TAB1 "Account information:\n");
	tgt_bound(tgt, iqn, &users);
	show_list(&users);
	if (out)
		printf(TAB2 "%s (outgoing)\n", out);
	sl_free(&users);
	free(auth);
	free(out);
}

static void show_acls(struct tgt *tgt, const char *iqn)
{
	struct strlist acl = { 0 };

	printf(TAB1 "ACL information:\n");
	tgt_acl(tgt, iqn, "allowed_addresses", &acl);
	tgt_acl(tgt, iqn, "allowed_initiators", &acl);
	show_list(&acl);
	sl_free(&acl);
}

void tgt_show_targets(struct tgt *tgt)
{
	struct strlist iqns = { 0 };

	tgt_targets(tgt, &iqns);
	for (size_t i = 0; i < iqns.n; i++) {
		const char *iqn = iqns.v[i];
		char *tpg = tgt_tpg(tgt, iqn);
		int tid = tgt_tid(tgt, iqn);

		printf("Target %d: %s\n"
		       TAB1 "System information:\n"
		       TAB2 "Driver: iscsi\n"
		       TAB2 "State: %s\n", tid, iqn,
		       tgt_target_ready(tgt, iqn) ? "ready" : "offline");
		show_nexuses(tgt, iqn);
		show_luns(tgt, tid, tpg);
		show_bound(tgt, iqn, tpg);
		show_acls(tgt, iqn);
		free(tpg);
	}
	sl_free(&iqns);
}

/* Parameters of tgt, in its order, and where they are here. */
static const struct {
	const char *name;
	const char *file;	/* of the portal group, or NULL */
	const char *value;	/* when there is no such file */
} target_params[] = {
	{ "nop_interval", NULL, "0" },
	{ "nop_count", NULL, "0" },
	{ "MaxRecvDataSegmentLength", "param/MaxRecvDataSegmentLength", "8192" },
	{ "HeaderDigest", "param/HeaderDigest", "None" },
	{ "DataDigest", "param/DataDigest", "None" },
	{ "InitialR2T", "param/InitialR2T", "Yes" },
	{ "MaxOutstandingR2T", "param/MaxOutstandingR2T", "1" },
	{ "ImmediateData", "param/ImmediateData", "Yes" },
	{ "FirstBurstLength", "param/FirstBurstLength", "65536" },
	{ "MaxBurstLength", "param/MaxBurstLength", "262144" },
	{ "DataPDUInOrder", "param/DataPDUInOrder", "Yes" },
	{ "DataSequenceInOrder", "param/DataSequenceInOrder", "Yes" },
	{ "ErrorRecoveryLevel", "param/ErrorRecoveryLevel", "0" },
	{ "IFMarker", "param/IFMarker", "No" },
	{ "OFMarker", "param/OFMarker", "No" },
	{ "DefaultTime2Wait", "param/DefaultTime2Wait", "2" },
	{ "DefaultTime2Retain", "param/DefaultTime2Retain", "20" },
	{ "OFMarkInt", NULL, "Reject" },
	{ "IFMarkInt", NULL, "Reject" },
	{ "MaxConnections", "param/MaxConnections", "1" },
	{ "RDMAExtensions", NULL, "No" },
	{ "TargetRecvDataSegmentLength", NULL, "8192" },
	{ "InitiatorRecvDataSegmentLength", NULL, "8192" },
	{ "MaxOutstandingUnexpectedPDUs", NULL, "0" },
	{ "MaxXmitDataSegmentLength", "param/MaxXmitDataSegmentLength", "8192" },
	{ "MaxQueueCmd", "attrib/default_cmdsn_depth", "64" },
};

bool tgt_param(const char *name, const char **file, const char **value)
{
	for (size_t i = 0; i < ARRAY_SIZE(target_params); i++) {
		if (strcasecmp(target_params[i].name, name))
			continue;
		*file = target_params[i].file;
		*value = target_params[i].value;
		return true;
	}
	return false;
}

/* tgt says CRC32C where either is possible. */
static const char *shown_param(const char *name, const char *value)
{
	if (!strstr(name, "Digest"))
		return value;
	return strstr(value, "CRC32C") ? "CRC32C" : "None";
}

int tgt_show_target(struct tgt *tgt, int tid)
{
	const char *iqn = tgt_find(tgt, tid);
	struct strbuf v = { 0 };
	char *tpg;

	if (!iqn)
		return -ENOENT;
	tpg = tgt_tpg(tgt, iqn);
	for (size_t i = 0; i < ARRAY_SIZE(target_params); i++) {
		const char *file = target_params[i].file;
		bool there = file && !cfs_read(&tgt->ctx->cfs, &v, "%s/%s", tpg, file);

		printf("%s=%s\n", target_params[i].name,
		       there ? shown_param(target_params[i].name, sb_str(&v)) :
			       target_params[i].value);
	}
	sb_free(&v);
	free(tpg);
	return 0;
}

int tgt_show_conns(struct tgt *tgt, int tid, bool one, uint64_t sid)
{
	const char *iqn = tgt_find(tgt, tid);
	struct tgt_sessions s;

	if (!iqn)
		return -ENOENT;
	tgt_sessions(tgt->ctx, iqn, &s);
	for (size_t i = 0; i < s.n; i++)
		if (!one || s.v[i].sid == sid)
			printf("Session: %u\n"
			       TAB1 "Connection: %u\n"
			       TAB2 "Initiator: %s\n"
			       TAB2 "IP Address: %s\n",
			       s.v[i].sid, s.v[i].cid, s.v[i].initiator, s.v[i].address);
	tell_more(tgt, &s, iqn);
	tgt_sessions_free(&s);
	return 0;
}

/* The rest */

void tgt_show_accounts(struct tgt *tgt)
{
	size_t n = json_array_size(tgt->accounts);

	if (n)
		printf("Account list:\n");
	while (n--)	/* the newest first */
		printf(TAB1 "%s\n", str_of(json_array_get(tgt->accounts, n), "user"));
}

void tgt_show_portals(struct tgt *tgt)
{
	struct strlist portals = { 0 };

	tgt_portals(tgt, &portals);
	for (size_t i = 0; i < portals.n; i++)
		printf("Portal: %s,1\n", portals.v[i]);
	sl_free(&portals);
}

static void show_discovery_accounts(struct tgt *tgt)
{
	char *auth = xasprintf("target/%s/discovery_auth", tgt->ctx->fabric);
	char *in = tgt_name_at(tgt, auth, "userid");
	char *out = tgt_name_at(tgt, auth, "userid_mutual");

	if (in)
		printf(TAB1 "Account information:\n\n" TAB1 "%s\n", in);
	if (in && out)
		printf(TAB1 "%s (outgoing)\n", out);
	free(in);
	free(out);
	free(auth);
}

void tgt_show_system(struct tgt *tgt)
{
	printf("System:\n"
	       TAB1 "State: ready\n"
	       TAB1 "debug: off\n"
	       "LLDs:\n"
	       TAB1 "iscsi: ready\n"
	       "Backing stores:\n"
	       TAB1 "rdwr (bsoflags sync:direct)\n"
	       TAB1 "aio\n"
	       "Device types:\n"
	       TAB1 "disk\n"
	       TAB1 "controller\n");
	show_discovery_accounts(tgt);
	printf("iSNS:\n"
	       TAB1 "iSNS=Off\n"
	       TAB1 "iSNSServerIP=\n"
	       TAB1 "iSNSServerPort=3205\n"
	       TAB1 "iSNSAccessControl=Off\n");
}

void tgt_show_lld(struct tgt *tgt)
{
	struct strlist iqns = { 0 };

	printf("LLDs:\n" TAB1 "iscsi: ready\n");
	tgt_targets(tgt, &iqns);
	for (size_t i = 0; i < iqns.n; i++)
		printf(TAB2 "Target %d: %s\n", tgt_tid(tgt, iqns.v[i]), iqns.v[i]);
	sl_free(&iqns);
}
