#!/usr/bin/env bash
# Wrong: two deleted files have two names, so a name counts once.
#checker:fails TestWhatsup/deleted_files_each_once
#checker:fails TestWhatsup/deleted_files_of_the_same_size
#checker:hint 3

# whatsup.sh PID: shows what a process holds.
#
# Output, on stdout, eight lines (README.md has the details):
#
#   ports 5432,40123         TCP ports on which it listens, or -
#   fds 17                   open file descriptors
#   deleted_bytes 1048576    in open files without a name
#   threads 9
#   zombies 2                children that ended and were not waited for
#   rss_kb 20480             resident memory in KiB
#   open_files_limit 1024    the soft limit
#   env HOME,PATH            names of its variables, or -
#
# Exit status: 0; 2 for wrong arguments; 3 when there is no such process.

export LC_ALL=C

if [[ $# -ne 1 || ! $1 =~ ^0*[1-9][0-9]*$ ]]; then
	echo "usage: whatsup.sh PID (a whole number, 1 or more)" >&2
	exit 2
fi
[[ $1 =~ ^0*(.*)$ ]]
pid=${BASH_REMATCH[1]}
proc=/proc/$pid

# The reason for a failed look is nearly always that something has just ended.
exec 2>/dev/null

# alive: there is such a process (and not a mere thread), and it has not ended.
# In status, unlike in stat, a newline in the name is escaped.
alive() {
	awk '
		$1 == "Tgid:" { tgid = $2 }
		$1 == "State:" { state = $2 }
		$1 == "Threads:" { threads = $2 }
		END { exit !(tgid == pid && state != "X" && (state != "Z" || threads > 1)) }
	' pid="$pid" "$proc/status"
}
alive || exit 3

list() { # lines to a list with commas
	local l
	l=$(paste -sd, -)
	printf '%s\n' "${l:--}"
}

ports() {
	awk '
		FILENAME == "-" { mine[$1] = 1; next }
		$4 == "0A" && $10 in mine { sub(/.*:/, "", $2); print $2 }
	' - <(cat "$proc/net/tcp" "$proc/net/tcp6") < <(
		find "$proc/fd" -mindepth 1 -maxdepth 1 -lname 'socket:\[*' -printf '%l\n' | tr -dc '0-9\n'
	) | while read -r hex; do echo "$((16#$hex))"; done | sort -nu | list
}

deleted() {
	local sum=0 fd links size kind name
	local -A seen
	for fd in "$proc"/fd/*; do
		read -r links size kind < <(stat -L -c '%h %s %F' "$fd")
		[[ $links == 0 && $kind == regular* ]] || continue
		name=$(readlink "$fd")
		[[ ${seen[$name]} ]] && continue
		seen[$name]=1
		((sum += size))
	done
	echo "$sum"
}

zombies() {
	grep -hsE '^(State|PPid|Threads):' /proc/[0-9]*/status | awk -v pid="$pid" '
		$1 == "State:" { state = $2; ppid = 0 }
		$1 == "PPid:" { ppid = $2 }
		$1 == "Threads:" && state == "Z" && ppid == pid && $2 <= 1 { n++ }
		END { print n + 0 }'
}

out=$(
	echo "ports $(ports)"
	echo "fds $(find "$proc/fd" -mindepth 1 -maxdepth 1 -printf . | wc -c)"
	echo "deleted_bytes $(deleted)"
	echo "threads $(awk '$1 == "Threads:" { print $2 }' "$proc/status")"
	echo "zombies $(zombies)"
	echo "rss_kb $(awk '$1 == "VmRSS:" { n = $2 } END { print n + 0 }' "$proc/status")"
	echo "open_files_limit $(awk '/^Max open files / { print $4 }' "$proc/limits")"
	echo "env $(sed -zn 's/^\([^=][^=]*\)=.*/\1/p' "$proc/environ" | tr '\n\0' '?\n' | sort -u | list)"
)
alive || exit 3 # it ended while we looked: the half of it is no answer
printf '%s\n' "$out"
