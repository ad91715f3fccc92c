# What the cases of tests/cli use.

# Run the program, unchanged, on the fake configfs.
tl() {
	if [[ $VALGRIND ]]; then
		LD_PRELOAD=$FAKECFS_SO valgrind -q --error-exitcode=77 \
			--leak-check=full --show-leak-kinds=all "$PROGRAM" "$@"
	else
		LD_PRELOAD=$FAKECFS_SO "$PROGRAM" "$@"
	fi
}

# Show a command, what it prints and, when it is not 0, its exit status.
t() {
	local status

	echo "\$ targetcli-lite $*"
	tl "$@"
	status=$?
	[[ $status == 0 ]] || echo "[exit status $status]"
}

# The same without what it prints, for what a case only needs.
quiet() {
	tl "$@" >/dev/null || echo "[failed: $*]"
}

iqn=iqn.2024-01.com.example:t1
ini=iqn.2024-01.com.example:host1
tpg=/iscsi/$iqn/tpg1

# A target with a ramdisk and a file as LUNs 0 and 1.
make_target() {
	quiet /backstores/ramdisk create r1 8M
	quiet /backstores/fileio create f1 "$TMP/f1.img" 1M
	quiet /iscsi create $iqn
	quiet $tpg/luns create /backstores/ramdisk/r1
	quiet $tpg/luns create /backstores/fileio/f1
}
