#!/usr/bin/env bash
# Right: small tools in pipes, task/ for threads, statm for memory, one number for each child.
usage() { echo "PID, please" >&2; exit 2; }
test $# = 1 || usage
printf %s "$1" | grep -Eqx '[1-9][0-9]*' || usage
pid=$1
state() { grep '^State:' "/proc/$1/status" 2>/dev/null | cut -f2 | cut -c1; }
case "$(state "$pid")" in ""|Z|X) exit 3;; esac

commas() { paste -sd, - | sed 's/^$/-/'; }
sockets=$(ls -l "/proc/$pid/fd" 2>/dev/null | grep -o 'socket:\[[0-9]*\]' | tr -dc '0-9\n')

listening() {
	tail -qn +2 "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" 2>/dev/null | grep ' 0A ' |
		while read -r n here there state q t r uid to inode rest; do
			if [ "$state" = 0A ] && echo "$sockets" | grep -qx "$inode"; then printf '%d\n' "0x${here#*:}"; fi
		done
}

echo "ports $(listening | sort -n | uniq | { out=$(commas); echo "${out:--}"; })"
echo "fds $(ls -1 "/proc/$pid/fd" | wc -l)"
echo "deleted_bytes $(stat -Lc '%h|%F|%d|%i|%s' /proc/$pid/fd/* 2>/dev/null | grep -E '^0\|regular' | sort -t'|' -u -k3,4 | cut -d'|' -f5 | { n=0; while read -r s; do n=$((n + s)); done; echo $n; })"
echo "threads $(ls /proc/$pid/task | wc -l)"
echo "zombies $(for c in $(cat /proc/$pid/task/*/children); do state "$c"; done | grep -c Z)"
echo "rss_kb $(( $(cut -d' ' -f2 /proc/$pid/statm) * $(getconf PAGESIZE) / 1024 ))"
echo "open_files_limit $(grep '^Max open files' /proc/$pid/limits | tr -s ' ' | cut -d' ' -f4)"
out=$(cut -z -d= -f1 "/proc/$pid/environ" | tr '\0' '\n' | LC_ALL=C sort | commas)
echo "env ${out:--}"
