#!/usr/bin/env bash
# Right: one loop, one look a tenth of a second, the state from status.
whole() { printf %s "$1" | grep -Eqx '[1-9][0-9]*'; }
if ! test $# = 2 || ! whole "$1" || ! whole "$2"; then
	echo "stop.sh PID SECONDS" >&2
	exit 2
fi
state() { sed -n 's/^State:[^A-Za-z]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null; }
over() { case "$(state "$1")" in ""|Z|X) return 0;; *) return 1;; esac; }

over "$1" && exit 3
kill "$1" 2>/dev/null
left=$(($2 * 10))
while [ $left -gt 0 ] && ! over "$1"; do
	sleep 0.1
	left=$((left - 1))
done
over "$1" && exit 0
kill -9 "$1" 2>/dev/null
while ! over "$1"; do sleep 0.1; done
exit 1
