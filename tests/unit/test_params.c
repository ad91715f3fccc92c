// SPDX-License-Identifier: GPL-2.0
/* The configuration of a portal group: kmod/params.c */
#include "params.h"
#include "tap.h"

static const struct {
	const char *name;
	const char *value;
	const char *allowed;
} defaults[] = {
	{ "AuthMethod", "CHAP",
	  "a list of None, CHAP, SRP, KRB5, SPKM1, SPKM2" },
	{ "HeaderDigest", "CRC32C,None", "a list of None, CRC32C" },
	{ "DataDigest", "CRC32C,None", "a list of None, CRC32C" },
	{ "MaxConnections", "1", "1..65535" },
	{ "TargetAlias", "LIO Target", "at most 255 printable bytes" },
	{ "InitialR2T", "No", "Yes or No" },
	{ "ImmediateData", "Yes", "Yes or No" },
	{ "MaxRecvDataSegmentLength", "262144", "512..16777215" },
	{ "MaxXmitDataSegmentLength", "262144", "512..16777215" },
	{ "MaxBurstLength", "1048576", "512..16777215" },
	{ "FirstBurstLength", "262144", "512..16777215" },
	{ "DefaultTime2Wait", "2", "0..3600" },
	{ "DefaultTime2Retain", "20", "0..3600" },
	{ "MaxOutstandingR2T", "1", "1..65535" },
	{ "DataPDUInOrder", "Yes", "Yes or No" },
	{ "DataSequenceInOrder", "Yes", "Yes or No" },
	{ "ErrorRecoveryLevel", "0", "0..2" },
	{ "IFMarker", "No", "Yes or No" },
	{ "OFMarker", "No", "Yes or No" },
	{ "IFMarkInt", "Reject", "Reject, N or N~M of 1..65535" },
	{ "OFMarkInt", "Reject", "Reject, N or N~M of 1..65535" },
};

static void test_defaults(void)
{
	struct ti_param_cfg cfg;
	char buf[256];
	size_t i;

	ti_param_cfg_init_defaults(&cfg);
	for (i = 0; i < ARRAY_SIZE(defaults); i++) {
		check(ti_param_cfg_name(i));
		is_str(ti_param_cfg_name(i) ?: "", defaults[i].name);
		is_long(ti_param_cfg_get(&cfg, defaults[i].name, buf,
					 sizeof(buf)),
			strlen(defaults[i].value));
		is_str(buf, defaults[i].value);
		is_long(ti_param_cfg_allowed(defaults[i].name, buf, 64),
			strlen(defaults[i].allowed));
		is_str(buf, defaults[i].allowed);
		/* what is shown can be written back */
		is_long(ti_param_cfg_set(&cfg, defaults[i].name,
					 defaults[i].value), 0);
		ok(true, "%s: default, limits", defaults[i].name);
	}
	check(!ti_param_cfg_name(i));
	ok(true, "no other parameters");
}

#define A250 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct set_case {
	const char *name;
	const char *value;
	int ret;
	const char *shown;	/* NULL: unchanged */
} sets[] = {
	{ "AuthMethod", "None\n", 0, "None" },
	{ "AuthMethod", "CHAP,None", 0, "CHAP,None" },
	{ "AuthMethod", "KRB5,SPKM1,SPKM2,SRP,CHAP,None", 0,
	  "KRB5,SPKM1,SPKM2,SRP,CHAP,None" },
	{ "AuthMethod", "Chap", -EINVAL, NULL },
	{ "AuthMethod", "CHAP,CHAP", -EINVAL, NULL },
	{ "AuthMethod", "", -EINVAL, NULL },
	{ "HeaderDigest", "None", 0, "None" },
	{ "HeaderDigest", "CRC32C", 0, "CRC32C" },
	{ "HeaderDigest", "None,CRC32C\n", 0, "None,CRC32C" },
	{ "HeaderDigest", "crc32c", -EINVAL, NULL },
	{ "HeaderDigest", "CRC32C,", -EINVAL, NULL },
	{ "HeaderDigest", "Reject", -EINVAL, NULL },
	{ "DataDigest", "None", 0, "None" },
	{ "DataDigest", "MD5", -EINVAL, NULL },
	{ "MaxConnections", "65535", 0, "65535" },
	{ "MaxConnections", "0", -ERANGE, NULL },
	{ "MaxConnections", "65536", -ERANGE, NULL },
	{ "TargetAlias", "my disk \xc3\xbc\n", 0, "my disk \xc3\xbc" },
	{ "TargetAlias", "", 0, "" },
	{ "TargetAlias", A250 "12345", 0, A250 "12345" },
	{ "TargetAlias", A250 "123456", -EINVAL, NULL },
	{ "TargetAlias", "a\tb", -EINVAL, NULL },
	{ "InitialR2T", "Yes\n", 0, "Yes" },
	{ "InitialR2T", "yes", -EINVAL, NULL },
	{ "InitialR2T", "1", -EINVAL, NULL },
	{ "ImmediateData", "No", 0, "No" },
	{ "ImmediateData", "", -EINVAL, NULL },
	{ "MaxRecvDataSegmentLength", "512", 0, "512" },
	{ "MaxRecvDataSegmentLength", "0x2000", 0, "8192" },
	{ "MaxRecvDataSegmentLength", "16777215\n", 0, "16777215" },
	{ "MaxRecvDataSegmentLength", "16777216", -ERANGE, NULL },
	{ "MaxRecvDataSegmentLength", "511", -ERANGE, NULL },
	{ "MaxRecvDataSegmentLength", "-1", -EINVAL, NULL },
	{ "MaxRecvDataSegmentLength", "8k", -EINVAL, NULL },
	{ "MaxRecvDataSegmentLength", "4294967808", -ERANGE, NULL },
	{ "MaxXmitDataSegmentLength", "1048576", 0, "1048576" },
	{ "MaxXmitDataSegmentLength", "0", -ERANGE, NULL },
	{ "MaxBurstLength", "16776192", 0, "16776192" },
	{ "MaxBurstLength", "511", -ERANGE, NULL },
	{ "FirstBurstLength", "16777215", 0, "16777215" },
	{ "FirstBurstLength", "16777216", -ERANGE, NULL },
	{ "DefaultTime2Wait", "3600", 0, "3600" },
	{ "DefaultTime2Wait", "0", 0, "0" },
	{ "DefaultTime2Wait", "3601", -ERANGE, NULL },
	{ "DefaultTime2Retain", "0", 0, "0" },
	{ "DefaultTime2Retain", "3601", -ERANGE, NULL },
	{ "MaxOutstandingR2T", "65535", 0, "65535" },
	{ "MaxOutstandingR2T", "0", -ERANGE, NULL },
	{ "DataPDUInOrder", "No", 0, "No" },
	{ "DataSequenceInOrder", "No", 0, "No" },
	{ "DataSequenceInOrder", "no", -EINVAL, NULL },
	{ "ErrorRecoveryLevel", "2", 0, "2" },
	{ "ErrorRecoveryLevel", "3", -ERANGE, NULL },
	{ "ErrorRecoveryLevel", "-1", -EINVAL, NULL },
	{ "IFMarker", "Yes", 0, "Yes" },
	{ "OFMarker", "Maybe", -EINVAL, NULL },
	{ "IFMarkInt", "2048", 0, "2048" },
	{ "IFMarkInt", "2048~65535", 0, "2048~65535" },
	{ "IFMarkInt", "Reject\n", 0, "Reject" },
	{ "OFMarkInt", "65536", -ERANGE, NULL },
	{ "OFMarkInt", "9~8", -ERANGE, NULL },
	{ "OFMarkInt", "1~", -EINVAL, NULL },
	{ "OFMarkInt", "~1", -EINVAL, NULL },
	{ "OFMarkInt", "reject", -EINVAL, NULL },
	{ "OFMarkInt", "0x0000000000000000001", -EINVAL, NULL },
	{ "SendTargets", "All", -ENOENT, NULL },
	{ "", "1", -ENOENT, NULL },
};

static void test_set(void)
{
	struct ti_param_cfg cfg, before;
	char buf[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		const struct set_case *c = &sets[i];

		ti_param_cfg_init_defaults(&cfg);
		before = cfg;
		is_long(ti_param_cfg_set(&cfg, c->name, c->value), c->ret);
		if (c->shown) {
			check(ti_param_cfg_get(&cfg, c->name, buf,
					       sizeof(buf)) >= 0);
			is_str(buf, c->shown);
		} else {
			check(!memcmp(&cfg, &before, sizeof(cfg)));
		}
		ok(true, "%s=%.30s: %s", c->name, c->value,
		   c->ret ? "refused" : "taken");
	}
}

static void test_get_bounds(void)
{
	struct ti_param_cfg cfg;
	char buf[12];

	ti_param_cfg_init_defaults(&cfg);
	is_long(ti_param_cfg_get(&cfg, "HeaderDigest", buf, 12), 11);
	is_long(ti_param_cfg_get(&cfg, "HeaderDigest", buf, 11), -ENOSPC);
	is_long(ti_param_cfg_get(&cfg, "HeaderDigest", buf, 0), -ENOSPC);
	is_long(ti_param_cfg_get(&cfg, "MaxConnections", buf, 1), -ENOSPC);
	is_long(ti_param_cfg_get(&cfg, "Nothing", buf, 12), -ENOENT);
	is_long(ti_param_cfg_allowed("Nothing", buf, 12), -ENOENT);
	is_long(ti_param_cfg_allowed("HeaderDigest", buf, 12), -ENOSPC);
	is_long(ti_param_cfg_allowed("MaxConnections", buf, 0), -ENOSPC);
	ok(true, "output buffers are respected");
}

static void test_auth_mask(void)
{
	struct ti_param_cfg cfg;

	ti_param_cfg_init_defaults(&cfg);
	is_long(ti_param_cfg_auth_mask(&cfg), BIT(TI_AUTH_CHAP));
	ti_param_cfg_set(&cfg, "AuthMethod", "SRP,None,KRB5");
	is_long(ti_param_cfg_auth_mask(&cfg), BIT(TI_AUTH_NONE));
	ti_param_cfg_set(&cfg, "AuthMethod", "KRB5");
	is_long(ti_param_cfg_auth_mask(&cfg), 0);
	ok(true, "methods that we cannot do are left out");
}

int main(void)
{
	test_defaults();
	test_set();
	test_get_bounds();
	test_auth_mask();
	return done();
}
