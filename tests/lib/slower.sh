# SPDX-License-Identifier: GPL-2.0
# Sourced by tests/lib/in-guest and tests/e2e/lib.sh: how many times as long as in
# User-mode Linux, for which all limits are written, something may take in this guest.
# shellcheck shell=bash disable=SC2034
case ${TCM_ISCSI_GUEST:-} in
debug|bench|gcov|'') SLOWER=1 ;;
*) SLOWER=3 ;;			# an emulated processor
esac
