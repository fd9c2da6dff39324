#!/usr/bin/env bash
# Wrong: NUL to newline, and each line is a variable.
#checker:fails TestWhatsup/env_has_names_and_no_values
#checker:hint 3

# whatsup.sh PID: shows what a process holds.
set -u
export LC_ALL=C

if [[ $# -ne 1 || ! $1 =~ ^[1-9][0-9]*$ ]]; then
	echo "usage: whatsup.sh PID" >&2
	exit 2
fi
proc=/proc/$1

# Whatever is read here may be gone a moment later, and that is no error: hence
# 2>/dev/null at the reads.
status=$(cat "$proc/status" 2>/dev/null) || exit 3
field() { awk -v key="$1:" '$1 == key { print $2 }' <<<"$status"; }
[[ $(field State) != [ZX] ]] || exit 3

# joined puts commas between lines; - stands for none.
joined() { awk '{ printf "%s%s", (NR > 1 ? "," : ""), $0 } END { print (NR ? "" : "-") }'; }

# The tables show all sockets of the network namespace; those of this process
# are the ones that its descriptors lead to.
ports() {
	{
		for fd in "$proc"/fd/*; do readlink "$fd"; done
		cat "$proc/net/tcp" "$proc/net/tcp6"
	} 2>/dev/null | awk '
		/^socket:/ { gsub(/[^0-9]/, ""); mine[$0]; next }
		$4 == "0A" && $10 in mine { sub(/.*:/, "", $2); print $2 }' |
		while read -r hex; do echo $((16#$hex)); done | sort -nu
}

fds() { find "$proc/fd" -mindepth 1 -maxdepth 1 2>/dev/null | awk 'END { print NR }'; }

# Links, type, file, size; a file that is open twice gives the same line twice.
deleted_bytes() {
	stat -L -c '%h %f %d:%i %s' "$proc"/fd/* 2>/dev/null | sort -u |
		awk '$1 == 0 && $2 ~ /^8...$/ { n += $4 } END { printf "%.0f\n", n }'
}

zombies() {
	cat /proc/[0-9]*/status 2>/dev/null | awk -v parent="$1" '
		$1 == "State:" { state = $2 }
		$1 == "PPid:" && $2 == parent && state == "Z" { n++ }
		END { print n + 0 }'
}

# Variables end with NUL; a newline is part of a value.
names() { tr '\0' '\n' 2>/dev/null <"$proc/environ" | sed -n 's/=.*//p' | sort -u; }

report=$(
	exec 2>/dev/null
	echo "ports $(ports | joined)"
	echo "fds $(fds)"
	echo "deleted_bytes $(deleted_bytes)"
	echo "threads $(field Threads)"
	echo "zombies $(zombies "$1")"
	rss=$(field VmRSS)
	echo "rss_kb ${rss:-0}" # a kernel thread has none
	echo "open_files_limit $(awk '/^Max open files/ { print $4 }' "$proc/limits")"
	echo "env $(names | joined)"
)
# Half of the report may be that of a process which has ended meanwhile.
grep -q '^State:[[:space:]][^ZX]' "$proc/status" 2>/dev/null || exit 3
echo "$report"
