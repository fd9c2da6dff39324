#!/usr/bin/env bash
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
{ [[ $1 -ge 1 ]]; } 2>/dev/null || usage PID
pid=$1
{ [[ $2 -ge 1 ]]; } 2>/dev/null || usage SECONDS
limit=$2

# born prints when the process started, in ticks since boot. It fails when there
# is none, or only a zombie, or if PID is a mere thread.
born() {
	local stat fields
	awk '
		$1 == "Tgid:" { tgid = $2 }
		$1 == "State:" { state = $2 }
		$1 == "Threads:" { threads = $2 }
		END { exit !(tgid == pid && state != "X" && (state != "Z" || threads > 1)) }
	' pid="$pid" "/proc/$pid/status" || return
	stat=$(<"/proc/$pid/stat") || return
	read -ra fields <<<"${stat##*)}" # the name before it may hold anything
	[[ ${fields[19]} ]] && echo "${fields[19]}"
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
