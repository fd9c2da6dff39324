#!/usr/bin/env bash
# Right: timeout bounds a loop that waits for the end.
set -u
for argument in "${1-}" "${2-}"; do
	case $argument in '' | *[!0-9]* | 0*) echo "stop.sh: PID SECONDS, whole numbers from 1" >&2; exit 2 ;; esac
done
[ $# -eq 2 ] || { echo "stop.sh: two arguments" >&2; exit 2; }

runs() { awk '$1 == "State:" { s = $2 } END { exit s == "" || s == "Z" || s == "X" }' "/proc/$1/status" 2>/dev/null; }
export -f runs

runs "$1" || exit 3
kill -s TERM "$1" 2>/dev/null
timeout "$2" bash -c 'while runs "$1"; do sleep 0.05; done' wait "$1" && exit 0
kill -s KILL "$1" 2>/dev/null
while runs "$1"; do sleep 0.05; done
exit 1
