#!/usr/bin/env bash
# Right: bash reads everything itself; only stat, readlink and sort are programs.
LC_ALL=C
[[ $# == 1 && $1 == [1-9]* && $1 != *[!0-9]* ]] || { echo "usage: $0 PID" >&2; exit 2; }
p=/proc/$1
[[ -r $p/status ]] || exit 3

declare -A st=() socket=() port=() file=()
{ while IFS=$' \t' read -r key value _; do st[$key]=$value; done <"$p/status"; } 2>/dev/null
case ${st[State:]-} in '' | Z | X) exit 3 ;; esac

fds=0 bytes=0
for fd in "$p"/fd/*; do
	[[ -L $fd ]] || continue
	fds=$((fds + 1))
	to=$(readlink "$fd" 2>/dev/null)
	if [[ $to =~ ^socket:\[([0-9]+)\]$ ]]; then
		socket[${BASH_REMATCH[1]}]=1
	elif [[ -f $fd ]]; then
		read -r links id size < <(stat -Lc '%h %d/%i %s' "$fd" 2>/dev/null)
		if [[ $links == 0 && -z ${file[$id]-} ]]; then
			file[$id]=1
			bytes=$((bytes + size))
		fi
	fi
done

for table in "$p/net/tcp" "$p/net/tcp6"; do
	[[ -r $table ]] || continue
	text=$(<"$table") # in one read: the kernel makes the table anew for each
	row='([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A '
	while IFS= read -r line; do
		[[ $line =~ $row ]] || continue
		hex=${BASH_REMATCH[1]}
		read -r _ _ _ _ _ _ _ _ _ inode _ <<<"$line"
		[[ -n ${socket[$inode]-} ]] && port[$((0x$hex))]=1
	done <<<"$text"
done

zombies=0
for other in /proc/[1-9]*; do
	{ line=$(<"$other/stat"); } 2>/dev/null || continue
	line=${line##*)} # behind the name, which may hold anything
	read -r state parent _ <<<"$line"
	[[ $state == Z && $parent == "$1" ]] && zombies=$((zombies + 1))
done

while read -r line; do
	[[ $line == "Max open files"* ]] && read -r _ _ _ limit _ <<<"$line"
done <"$p/limits"

names=()
while IFS= read -r -d '' variable; do names+=("${variable%%=*}"); done <"$p/environ"

list() { # prints its arguments with commas, sorted by the first one's option
	local option=$1 out
	shift
	(($#)) || { echo -; return; }
	out=$(printf '%s\n' "$@" | sort $option)
	echo "${out//$'\n'/,}"
}

cat <<REPORT
ports $(list -n "${!port[@]}")
fds $fds
deleted_bytes $bytes
threads ${st[Threads:]}
zombies $zombies
rss_kb ${st[VmRSS:]-0}
open_files_limit $limit
env $(list "" "${names[@]}")
REPORT
