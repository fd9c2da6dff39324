#!/usr/bin/env bash
# triage.sh DIR: sums up the request logs in DIR.
set -euo pipefail
export LC_ALL=C # bytes, not letters: the same order on every server

if [[ $# -ne 1 || ! -d $1 ]]; then
	echo "usage: triage.sh DIR" >&2
	exit 2
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT # bash runs this after a fatal signal too

# all_logs prints every log in DIR. Under set -e a log that cannot be read ends
# it, and pipefail hands that on.
all_logs() {
	local log
	for log in "$1"/*; do
		case $log in
		*.gz) gzip -cd -- "$log" ;;
		*) [[ ! -e $log ]] || cat -- "$log" ;; # without files the pattern stays as it is
		esac
	done
}

# fields turns JSON lines into: status, ms, user, route; separated by tabs.
fields() {
	awk '
		function value(key) {
			# No string holds a quote, so ,"key": is nothing but a key.
			if (!match($0, "[{,]\"" key "\":(\"[^\"]*\"|[^,}]*)")) return ""
			start = RSTART + length(key) + 4
			text = substr($0, start, RSTART + RLENGTH - start)
			gsub(/"/, "", text)
			return text
		}
		{ print value("status") "\t" value("ms") "\t" value("user") "\t" value("route") }'
}

all_logs "$1" | fields >"$tmp/requests"

# The report goes to a file first: half a report looks like a whole one.
{
	awk -F '\t' '$1 ~ /^5[0-9][0-9]$/ { n[$4]++ } END { for (r in n) print n[r] "\t" r }' "$tmp/requests" |
		sort -t "$(printf '\t')" -k1,1nr -k2,2 |
		awk -F '\t' 'NR <= 5 { print "errors", $1, $2 }' # reads to the end, so sort never meets a closed pipe
	cut -f2 "$tmp/requests" | sort -n |
		awk '{ ms[NR] = $1 } END { print "p95_ms", NR ? ms[int((NR * 95 + 99) / 100)] : "-" }'
	cut -f3 "$tmp/requests" | sort -u | awk '$0 != "" { n++ } END { print "users", n + 0 }'
} >"$tmp/report"
cat "$tmp/report"
