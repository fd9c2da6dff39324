#!/usr/bin/env bash
# Right: SECONDS, bash's own clock, says when the time is over.
[[ $# == 2 && $1 == [1-9]* && $1 != *[!0-9]* && $2 == [1-9]* && $2 != *[!0-9]* ]] || { echo "usage: $0 PID SECONDS" >&2; exit 2; }
ended() {
	local line
	{ line=$(<"/proc/$pid/stat"); } 2>/dev/null || return 0
	[[ ${line##*) } == [ZX]* ]]
}
pid=$1 limit=$2
ended && exit 3
SECONDS=0
kill -15 "$pid" 2>/dev/null
until ended; do
	if ((SECONDS > limit)); then
		kill -9 "$pid" 2>/dev/null
		until ended; do sleep 0.02; done
		exit 1
	fi
	sleep 0.2
done
exit 0
