#!/usr/bin/env bash
# Right: one awk program counts everything, the percentile by counting sort, and nothing is written to disk.

set -u
set -o pipefail

dir=${1:?usage: triage.sh DIR}
[ -d "$dir" ] || { echo "triage.sh: no folder $dir" >&2; exit 1; }

read_logs() {
	for f in "$dir"/*; do
		[ -e "$f" ] || continue
		case "$f" in
		*.gz) gunzip -c "$f" || return 1 ;;
		*) cat "$f" || return 1 ;;
		esac
	done
}

report=$(
	read_logs | LC_ALL=C awk '
		{
			line = $0
			user = ""
			sub(/^{/, "", line)
			sub(/}$/, "", line)
			while (match(line, /^,?"[^"]*":("[^"]*"|[^,]*)/)) {
				pair = substr(line, 1, RLENGTH)
				line = substr(line, RLENGTH + 1)
				sub(/^,/, "", pair)
				cut = index(pair, "\":")
				key = substr(pair, 2, cut - 2)
				value = substr(pair, cut + 2)
				gsub(/"/, "", value)
				if (key == "status") status = value + 0
				if (key == "ms") ms = value + 0
				if (key == "user") user = value
				if (key == "route") {
					route = substr(pair, cut + 3)
					sub(/"$/, "", route)
				}
			}
			n++
			times[ms]++
			if (ms > top) top = ms
			if (user != "" && !(user in seen)) { seen[user] = 1; users++ }
			if (status >= 500 && status < 600) errors[route]++
		}
		END {
			for (i = 0; i < 5; i++) {
				best = ""
				for (r in errors)
					if (best == "" || errors[r] > errors[best] || errors[r] == errors[best] && r < best) best = r
				if (best == "") break
				print "errors", errors[best], best
				delete errors[best]
			}
			p95 = "-"
			for (ms = 0; n && ms <= top; ms++) {
				sum += times[ms]
				if (sum * 100 >= n * 95) { p95 = ms; break }
			}
			print "p95_ms", p95
			print "users", users + 0
		}'
) || exit 1
printf '%s\n' "$report"
