# What shell scripts that print TAP share; sourced by them.

# check NAME COMMAND...: a test that passes when the command does, which runs in a
# shell of its own; what it printed is shown when it fails.
check() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ $status = 0 ]; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		printf '%s\n' "$output" | tail -n 60 | sed 's/^/# /'
	fi
}
