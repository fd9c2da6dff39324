#!/usr/bin/env bash
# Wrong: the state is the third word of /proc/PID/stat.
#checker:fails TestStop/sees_that_a_zombie_has_ended
#checker:fails TestStop/of_no_process_ends_with_3
#checker:hint 1

# stop.sh PID SECONDS: ends a process, with SIGTERM if it can, with SIGKILL if it must.
#
# Exit status: 0 when SIGTERM was enough, 1 when it needed SIGKILL, 2 for wrong
# arguments, 3 when there is no such process.

export LC_ALL=C

usage() {
	echo "usage: stop.sh PID SECONDS ($1 must be a whole number, 1 or more)" >&2
	exit 2
}
[[ $# -eq 2 ]] || usage "each"
[[ $1 =~ ^0*([1-9][0-9]*)$ ]] || usage PID
pid=${BASH_REMATCH[1]}
[[ $2 =~ ^0*([1-9][0-9]*)$ ]] || usage SECONDS
limit=${BASH_REMATCH[1]} # not SECONDS: bash counts in that variable
((${#limit} <= 9)) || limit=999999999

# born prints when the process started, in ticks since boot. It fails when there
# is none, or only a zombie, or if PID is a mere thread.
born() {
	grep -q "^Tgid:[[:space:]]*$pid\$" "/proc/$pid/status" || return # a mere thread
	awk '$3 != "Z" && $3 != "X" { print $22; ok = 1 } END { exit !ok }' "/proc/$pid/stat"
} 2>/dev/null

alive() { [[ $(born) == "$start" ]]; }

now() { # milliseconds, of a clock that nobody sets
	local up _
	read -r up _ </proc/uptime
	echo "$((10#${up/./} * 10))"
}

start=$(born) || exit 3
deadline=$(($(now) + limit * 1000))
if ! kill -TERM "$pid" 2>/dev/null; then
	alive || exit 3
	echo "stop.sh: may not send a signal to $pid" >&2
	exit 4
fi
while alive; do
	if (($(now) >= deadline)); then
		alive || exit 0
		kill -KILL "$pid" 2>/dev/null || exit 0
		while alive; do sleep 0.02; done
		exit 1
	fi
	sleep 0.02
done
exit 0
