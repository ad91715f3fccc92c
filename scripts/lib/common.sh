# Sourced by the scripts in scripts/ and tests/: paths, messages, the cache.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${TCM_ISCSI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcm_iscsi}
SOURCE_TARBALL=${TCM_ISCSI_KERNEL_SOURCE:-/usr/src/linux-source-6.1.tar.xz}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# The header comment of the calling script is its manual.
usage() { sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"; }

# Run a command as root: directly, or through sudo.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi
}

# The newest kernel of the machine's own distribution that has an image, its
# modules and its headers here: what "stock" stands for.
stock_release() {
	local v
	for v in $(find /boot -maxdepth 1 -name 'vmlinuz-*' -printf '%f\n' |
		   sed 's/^vmlinuz-//' | sort -Vr); do
		[ -d "/lib/modules/$v/kernel" ] || continue
		case $v in *-rt-*|*-cloud-*) continue ;; esac
		echo "$v"
		return
	done
	die "no kernel in /boot has modules in /lib/modules: run scripts/deps"
}
