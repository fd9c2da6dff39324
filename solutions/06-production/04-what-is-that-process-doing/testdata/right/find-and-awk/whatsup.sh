#!/usr/bin/env bash
# Right: find looks at the files, awk at everything else and at the hexadecimal numbers.
set -uo pipefail

case ${1-} in '' | *[!0-9]* | 0*) set -- ;; esac
[ $# -eq 1 ] || { echo "whatsup.sh: one argument, a PID" >&2; exit 2; }
cd "/proc/$1" 2>/dev/null || exit 3
grep -qs '^State:.*zombie' status && exit 3

exec 2>/dev/null
{
	find fd -type l -printf 'fd %l\n'
	find -L fd -type f -links 0 -printf 'deleted %D:%i %s\n'
	sed 's/^/tcp /' net/tcp net/tcp6
	sed 's/^/status /' status
	sed 's/^/limit /' limits
	grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | xargs -r grep -h '^State:' | sed 's/^/child /'
	awk 'BEGIN { RS = "\0" } { sub(/=.*/, ""); gsub(/\n/, " "); print }' environ | LC_ALL=C sort | sed 's/^/env /'
} | awk '
	function hex(s,   i, n) {
		for (i = 1; i <= length(s); i++) n = n * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1
		return n
	}
	$1 == "fd" { fds++; if ($2 ~ /^socket/) { gsub(/[^0-9]/, "", $2); mine[$2] } }
	$1 == "deleted" && !($2 in seen) { seen[$2]; bytes += $3 }
	$1 == "tcp" && $5 == "0A" && ($11 in mine) { sub(/.*:/, "", $3); listening[hex($3)] }
	$2 == "Threads:" { threads = $3 }
	$2 == "VmRSS:" { rss = $3 }
	/^limit Max open files/ { limit = $5 }
	$1 == "child" && $3 == "Z" { zombies++ }
	$1 == "env" { env = env (env == "" ? "" : ",") $2 }
	END {
		for (p = 1; p < 65536; p++) if (p in listening) ports = ports (ports == "" ? "" : ",") p
		print "ports " (ports == "" ? "-" : ports)
		print "fds " fds + 0
		printf "deleted_bytes %.0f\n", bytes
		print "threads " threads
		print "zombies " zombies + 0
		print "rss_kb " rss + 0
		print "open_files_limit " limit
		print "env " (env == "" ? "-" : env)
	}'
