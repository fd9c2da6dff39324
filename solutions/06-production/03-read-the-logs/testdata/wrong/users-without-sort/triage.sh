#!/usr/bin/env bash
# Wrong: uniq removes every line that came before.
#checker:fails TestUsers/are_counted_once
#checker:hint 3

set -euo pipefail
export LC_ALL=C

if [[ $# -ne 1 || ! -d $1 ]]; then
	echo "usage: triage.sh DIR" >&2
	exit 2
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

all_logs() {
	local log
	for log in "$1"/*; do
		case $log in
		*.gz) gzip -cd -- "$log" ;;
		*) [[ ! -e $log ]] || cat -- "$log" ;;
		esac
	done
}

fields() {
	awk '
		function value(key) {
			if (!match($0, "[{,]\"" key "\":(\"[^\"]*\"|[^,}]*)")) return ""
			start = RSTART + length(key) + 4
			text = substr($0, start, RSTART + RLENGTH - start)
			gsub(/"/, "", text)
			return text
		}
		{ print value("status") "\t" value("ms") "\t" value("user") "\t" value("route") }'
}

all_logs "$1" | fields >"$tmp/requests"

{
	awk -F '\t' '$1 ~ /^5[0-9][0-9]$/ { n[$4]++ } END { for (r in n) print n[r] "\t" r }' "$tmp/requests" |
		sort -t "$(printf '\t')" -k1,1nr -k2,2 |
		awk -F '\t' 'NR <= 5 { print "errors", $1, $2 }'
	cut -f2 "$tmp/requests" | sort -n |
		awk '{ ms[NR] = $1 } END { print "p95_ms", NR ? ms[int((NR * 95 + 99) / 100)] : "-" }'
	cut -f3 "$tmp/requests" | uniq | awk '$0 != "" { n++ } END { print "users", n + 0 }'
} >"$tmp/report"
cat "$tmp/report"
