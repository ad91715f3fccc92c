# SPDX-License-Identifier: GPL-2.0
# Sourced by the scripts here: TAP, a target made by plain mkdir and echo, the
# initiator, and what must be true at the end of every script.
#
# A script runs as root in a guest (scripts/vm -- tests/e2e/NAME). With
# TCM_ISCSI_KO in the environment that module is loaded, without it the
# kernel's own iscsi_target_mod, so that the two can be compared.
#
#	. "$(dirname "$0")/lib.sh"
#	begin
#	t "what must hold" function argument...
#	end

HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
CFG=/sys/kernel/config/target
FABRIC=$CFG/iscsi
IQN=iqn.2025-01.org.example:disk
CLIENT=iqn.2025-01.org.example:client
PORTAL=127.0.0.1:3260
WORK=/tmp/e2e.$$
. "$TOP/tests/lib/slower.sh"
MODULE=iscsi_target_mod
if [ -n "${TCM_ISCSI_KO:-}" ]; then
	MODULE=tcm_iscsi
fi
: "${LIMIT:=60}"		# seconds that one test may take

N=0
FAILED=0

# ---- TAP ----

say() { echo "# $*"; }

show() { sed 's/^/#   /' "$1"; }

ok() { N=$((N + 1)); echo "ok $N - $*"; }

not_ok() { N=$((N + 1)); FAILED=$((FAILED + 1)); echo "not ok $N - $*"; }

skip() { N=$((N + 1)); echo "ok $N - $1 # SKIP $2"; }

# Starting a process costs 30 ms in the debug kernel, where most of the tests run:
# so what all of them do is done without.

exec {NEVER}<> <(:)		# nothing ever comes from there

sleep() { read -rt "$1" -u "$NEVER" || :; }

# The children of a process that ran into its limit, and theirs.
kill_tree() {
	local task child children
	for task in /proc/"$1"/task/*/children; do
		children=()
		read -ra children <"$task" || :		# the line has no end
		for child in "${children[@]}"; do
			kill_tree "$child"
		done
	done 2>/dev/null
	kill -KILL "$1" 2>/dev/null || :
}

# limited SECONDS COMMAND...: a command or function, with a time limit
limited() {
	local seconds=$1 job guard status
	shift
	( "$@" ) &
	job=$!
	( sleep "$seconds"; : >"$WORK/overrun"; kill_tree $job ) >/dev/null 2>&1 &
	guard=$!
	wait $job
	status=$?
	kill -KILL $guard 2>/dev/null
	wait $guard 2>/dev/null
	if [ -e "$WORK/overrun" ]; then
		rm "$WORK/overrun"
		echo "no end within $seconds s: $*"
		status=124
	fi
	return $status
}

# t NAME FUNCTION [ARGUMENT...]: in a subshell that ends at the first failure
t() {
	local name=$1 start=${EPOCHREALTIME/./} ms
	shift
	limited "$LIMIT" strictly "$@" >"$WORK/out" 2>&1
	local status=$?
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	if [ $status = 0 ]; then
		ok "$name ($ms ms)"
	elif [ $status = 77 ]; then
		skip "$name" "$(tail -n 1 "$WORK/out")"
	else
		not_ok "$name ($ms ms, exit status $status)"
		tail -n 40 "$WORK/out" >"$WORK/tail"
		show "$WORK/tail"
	fi
	return 0
}

# at_most SECONDS COMMAND...: or as much longer as a script may take in this guest
at_most() { timeout $(($1 * SLOWER)) "${@:2}"; }

# run_tap COMMAND...: the tests of a program that prints TAP are ours; that it
# stops in between is one more
run_tap() {
	local line
	while IFS= read -r line; do
		case $line in
		"ok - "*" # SKIP "*) line=${line#ok - }; skip "${line%% # SKIP*}" "${line#*# SKIP }" ;;
		"ok - "*) ok "${line#ok - }" ;;
		"not ok - "*) not_ok "${line#not ok - }" ;;
		"end of tests") return 0 ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <("$@" 2>&1 && echo "end of tests")
	not_ok "it runs to its end: $*"
}

strictly() { set -e; "$@"; }

die() { echo "$*"; exit 1; }

skip_test() { echo "$*"; exit 77; }

# ---- the kernel ----

# (With -S dmesg does not ask for each line.)
last_log_line() { dmesg -S | tail -n 1 | sed 's/^\[ *\([0-9.]*\)\].*/\1/'; }

# What the kernel said since begin, when it is a report of something wrong.
log_is_clean() {
	dmesg -S | awk -v after="$LOG_START" '{
		at = $0; sub(/^\[ */, "", at); sub(/\].*/, "", at)
		if (at + 0 > after + 0) print }' >"$WORK/log"
	awk -f "$TOP/scripts/vm.d/check-log" "$WORK/log"
}

load_module() {
	modprobe -q -a target_core_mod target_core_iblock target_core_file libcrc32c \
		crc32c_generic md5 sha1_generic sha256_generic sha3_generic || :
	if [ "$MODULE" = iscsi_target_mod ]; then
		modprobe iscsi_target_mod
	elif [ ! -d /sys/module/$MODULE ]; then
		insmod "$TCM_ISCSI_KO"
	fi
	[ -d $FABRIC ] || mkdir $FABRIC
}

unload_module() {
	local i
	[ ! -d $FABRIC ] || rmdir $FABRIC
	for i in 1 2 3 4 5 6 7 8 9 10; do
		rmmod $MODULE && return 0
		sleep 0.3
	done
	cat /proc/modules
	return 1
}

# ---- backstores and targets ----

HBA=0
RAM_DISKS=

# ram_disks [MIB]: /dev/ram0 to /dev/ram7, empty and of that size (64). Those that an
# earlier script left in this guest may have another.
ram_disks() {
	[ -z "$RAM_DISKS" ] || return 0
	rmmod brd 2>/dev/null || :
	modprobe brd rd_nr=8 rd_size=$((${1:-64} * 1024))
	RAM_DISKS=1
}

# backstore NAME KIND [MIB]: brd, null_blk or file
backstore() {
	local name=$1 kind=$2 mib=${3:-64} dev dir
	case $kind in
	brd)
		ram_disks "$mib"
		dev=/dev/ram${name##*[!0-9]}
		[ -b "$dev" ] || dev=/dev/ram0
		;;
	null_blk)
		modprobe null_blk nr_devices=0
		mkdir /sys/kernel/config/nullb/"$name"
		(cd /sys/kernel/config/nullb/"$name" &&
			echo 1 >memory_backed && echo 1 >discard &&
			echo "$mib" >size && echo 1 >power)
		dev=/dev/$name
		[ -b "$dev" ] || dev=/dev/nullb$(cat /sys/kernel/config/nullb/"$name"/index)
		;;
	esac
	if [ "$kind" = file ]; then
		dir=$CFG/core/fileio_$HBA/$name
		mkdir -p "$dir"
		truncate -s "${mib}M" "$WORK/$name"
		echo "fd_dev_name=$WORK/$name,fd_dev_size=$((mib << 20))" >"$dir/control"
	elif [ "$kind" = ramdisk ]; then	# target core's own
		dir=$CFG/core/rd_mcp_$HBA/$name
		mkdir -p "$dir"
		echo "rd_pages=$((mib << 8))" >"$dir/control"
	elif [ "$kind" = nullio ]; then		# keeps nothing
		dir=$CFG/core/rd_mcp_$HBA/$name
		mkdir -p "$dir"
		echo "rd_pages=$((mib << 8)),rd_nullio=1" >"$dir/control"
	else
		dir=$CFG/core/iblock_$HBA/$name
		mkdir -p "$dir"
		echo "udev_path=$dev" >"$dir/control"
	fi
	echo 1 >"$dir/enable"
	# distinct for each, and a reset when the kernel kept a name from before
	echo "e2e-$name" >"$dir/wwn/vpd_unit_serial" 2>/dev/null || :
	HBA=$((HBA + 1))
	STORE=$dir
}

# growing_volume MIB: a backstore on the device-mapper device $VOLUME, whose table
# may be changed
growing_volume() {
	ram_disks
	modprobe -q dm_mod || :
	echo "0 $(($1 * 2048)) linear /dev/ram1 0" | dmsetup create $VOLUME --noudevsync
	dmsetup mknodes
	STORE=$CFG/core/iblock_$HBA/grows
	mkdir -p "$STORE"
	echo "udev_path=/dev/mapper/$VOLUME" >"$STORE/control"
	echo 1 >"$STORE/enable"
	HBA=$((HBA + 1))
}

# target IQN PORTAL...: one portal group in demo mode, not yet enabled
target() {
	local iqn=$1 tpg=$FABRIC/$1/tpgt_1
	shift
	mkdir -p "$tpg"
	for portal in "$@"; do
		mkdir "$tpg/np/$portal"
	done
	echo 1 >"$tpg/attrib/generate_node_acls"
	echo 0 >"$tpg/attrib/demo_mode_write_protect"
	echo 0 >"$tpg/attrib/authentication"
}

# lun IQN NUMBER STORE
lun() {
	local dir=$FABRIC/$1/tpgt_1/lun/lun_$2
	mkdir "$dir"
	ln -s "$3" "$dir/e2e"
}

enable() { echo 1 >"$FABRIC/$1/tpgt_1/enable"; }
disable() { echo 0 >"$FABRIC/$1/tpgt_1/enable"; }
attrib() { echo "$3" >"$FABRIC/$1/tpgt_1/attrib/$2"; }
param() { echo "$3" >"$FABRIC/$1/tpgt_1/param/$2"; }

# What makes mistakes in number is not to wait for the answers.
mistakes_at_once() { [ $MODULE != tcm_iscsi ] || echo 0 >/sys/module/$MODULE/parameters/mistakes_max; }

# A target with one LUN, enabled.
simple_target() {
	backstore disk0 "${1:-brd}" "${2:-64}"
	target $IQN $PORTAL
	lun $IQN 0 "$STORE"
	enable $IQN
}

# target_gone IQN: everything below it is removed, as an administrator would
target_gone() {
	local base=$FABRIC/$1 tpg d l
	[ -d "$base" ] || return 0
	for tpg in "$base"/tpgt_*; do
		[ -d "$tpg" ] || continue
		echo 0 >"$tpg/enable"
		# few processes: one costs 30 ms in the slower kernels
		shopt -s nullglob
		for d in "$tpg"/acls/*/; do
			rm -f "$d"lun_*/e2e
			rmdir "$d"lun_*/ "$d"
		done
		rm -f "$tpg"/lun/lun_*/e2e
		rmdir "$tpg"/lun/lun_*/ "$tpg"/np/*/ "$tpg"
		shopt -u nullglob
	done
	rmdir "$base"
}

targets_gone() {
	local d
	for d in $FABRIC/iqn.*; do
		target_gone "${d##*/}"
	done
}

stores_gone() {
	local d
	for d in $CFG/core/*_*/*/; do
		[ -f "$d/control" ] && rmdir "$d"
	done
	for d in $CFG/core/*_*/; do
		[ -f "$d/hba_info" ] && rmdir "$d"
	done
	for d in /sys/kernel/config/nullb/*/; do
		[ -d "$d" ] && rmdir "$d"
	done
	return 0
}

# ---- the initiator ----

iscsid_up() {
	[ -n "${ISCSID:-}" ] && return 0
	modprobe -q -a iscsi_tcp sd_mod || :
	mkdir -p /etc/iscsi /run/lock/iscsi
	rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
	echo "InitiatorName=$CLIENT" >/etc/iscsi/initiatorname.iscsi
	grep -v '^iscsid.startup' /etc/iscsi/iscsid.conf >"$WORK/iscsid.conf"
	cat "$WORK/iscsid.conf" >/etc/iscsi/iscsid.conf
	# a process group of its own: iscsid ends with a signal to its group
	setsid iscsid -f </dev/null >"$WORK/iscsid.log" 2>&1 &
	ISCSID=$!
	local i
	for i in $(seq 100); do
		grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix && return 0
		sleep 0.1
	done
	say "iscsid does not start"
	show "$WORK/iscsid.log"
	return 1
}

iscsid_down() {
	[ -n "${ISCSID:-}" ] || return 0
	local i
	kill "$ISCSID" 2>/dev/null
	for i in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$ISCSID" 2>/dev/null || break
		sleep 0.3
	done
	kill -KILL "$ISCSID" 2>/dev/null
	wait "$ISCSID" 2>/dev/null
	ISCSID=
}

discover() { iscsiadm -m discovery -t sendtargets -p "${1:-$PORTAL}"; }
login() { iscsiadm -m node -T "${1:-$IQN}" -p "${2:-$PORTAL}" --login; }
logout() { iscsiadm -m node -T "${1:-$IQN}" -p "${2:-$PORTAL}" --logout; }
set_node() { iscsiadm -m node -T $IQN -p $PORTAL -o update -n "$1" -v "$2"; }

# forget_all: no session, no record is left
forget_all() {
	[ -z "${ISCSID:-}" ] || iscsiadm -m node --logoutall=all >/dev/null 2>&1 || :
	rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
	return 0
}

# disk_of IQN [LUN]: prints /dev/sdX once it is there
disk_of() {
	local s d i name lun=${2:-0}
	for i in $(seq 100); do
		for s in /sys/class/iscsi_session/session*; do
			read -r name 2>/dev/null <"$s/targetname" && [ "$name" = "$1" ] || continue
			for d in "$s"/device/target*/*:*:*:"$lun"/block/*; do
				[ -b "/dev/${d##*/}" ] && echo "/dev/${d##*/}" && return 0
			done
		done
		sleep 0.1
	done
	echo "no disk of $1 LUN $lun within 10 s" >&2
	return 1
}

no_sessions() {
	local i left
	for i in $(seq 100); do
		left=(/sys/class/iscsi_session/*)
		[ -e "${left[0]}" ] || return 0
		sleep 0.1
	done
	echo "sessions are left: ${left[*]##*/}"
	return 1
}

# ---- D-Bus: targetcli-fb asks it for user-space backstores, and ends without it ----

dbus_up() {
	mkdir -p /run/dbus /run/lock /etc/rtslib-fb-target/backup
	[ -S /run/dbus/system_bus_socket ] || dbus-daemon --system --nopidfile --fork
}

# The daemon leaves its socket, on which nobody would answer the next script.
dbus_down() {
	local p
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = dbus-daemon ] && kill "${p##*/}"
	done
	rm -f /run/dbus/system_bus_socket
	return 0
}

# ---- beginning and end of every script ----

begin() {
	[ $EUID = 0 ] || die "run me as root in a guest: scripts/vm -- $0"
	mkdir -p $WORK
	echo "TAP version 13"
	LOG_START=$(last_log_line)
	grep -q ' /sys/kernel/config ' /proc/mounts || mount -t configfs configfs /sys/kernel/config
	if ! load_module >"$WORK/out" 2>&1; then
		echo "Bail out! the module does not load"
		show "$WORK/out"
		exit 1
	fi
	trap 'cleanup >/dev/null 2>&1' EXIT
}

cleanup() {
	[ $BASHPID = $$ ] || return 0
	forget_all
	iscsid_down
	targets_gone
	stores_gone
	[ -d $FABRIC ] && rmdir $FABRIC
	rmmod $MODULE
	rm -rf $WORK
}

take_down() {
	forget_all
	targets_gone
	stores_gone
}

end() {
	t "everything can be taken down" take_down
	iscsid_down
	t "the module unloads" unload_module
	t "the kernel log is clean" log_is_clean
	trap - EXIT
	rm -rf $WORK
	echo "1..$N"
	[ $FAILED = 0 ] || say "$FAILED of $N failed"
	[ $FAILED = 0 ]
	exit
}
