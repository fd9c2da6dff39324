#!/usr/bin/env bash
# Wrong: a process that does not end needs SIGTERM again.
#checker:fails TestStop/sends_SIGTERM_once
#checker:hint 4

# stop.sh PID SECONDS: ends a process, with SIGTERM if it can, with SIGKILL if it must.
set -u

# kill takes 0 and negative numbers for whole groups, so look before it does.
number='^[1-9][0-9]*$'
if [[ $# -ne 2 || ! $1 =~ $number || ! $2 =~ $number ]]; then
	echo "usage: stop.sh PID SECONDS" >&2
	exit 2
fi
pid=$1 seconds=$2

# alive: kill -0 would say yes for a zombie too.
alive() { grep -q '^State:[[:space:]][^ZX]' "/proc/$pid/status" 2>/dev/null; }

alive || exit 3
for ((i = 0; i < seconds * 10; i++)); do
	alive || exit 0
	((i % 10)) || kill -TERM "$pid" 2>/dev/null
	sleep 0.1
done
alive || exit 0

kill -KILL "$pid" 2>/dev/null
while alive; do sleep 0.1; done
exit 1
