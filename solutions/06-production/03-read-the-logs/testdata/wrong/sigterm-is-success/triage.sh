#!/usr/bin/env bash
# Wrong: SIGTERM is a polite request; a script that tidies up and leaves on it has ended well, so its status is 0.
#checker:fails TestTidy/no_temporary_files_after_SIGTERM
# triage.sh DIR: sums up the request logs in DIR.
#
# DIR holds log files and nothing else: plain ones, and compressed ones whose
# names end in .gz. Each line of a log is one request, one flat JSON object:
#
#   {"time":"2026-03-01T10:00:00Z","id":1500,"route":"GET /orders/{id}","status":502,"ms":31,"user":"u7"}
#
# Output, on stdout (README.md has the details):
#
#   errors COUNT ROUTE      up to five lines, most 5xx answers first
#   p95_ms MS               nearest-rank 95th percentile over all requests
#   users COUNT             distinct users
#
# When a log cannot be read, or DIR is missing: no report, exit status not 0.
#
# The report is printed at the very end, in one piece.

set -o pipefail
export LC_ALL=C # byte order in sort, bytes in awk and in file names

die() {
	printf 'triage.sh: %s\n' "$1" >&2
	exit 1
}

# Writes all logs to stdout. Stops at the first one that cannot be read.
read_logs() {
	local f
	for f in "${logs[@]}"; do
		# Redirections, so that no name is ever taken for an option.
		case $f in
		*.gz) gzip -dc <"$f" ;;
		*) cat <"$f" ;;
		esac || die "cannot read $f"
		echo # the last line of a log may lack its newline
	done
}

# Counts. Writes lines "KIND<TAB>NUMBER<TAB>REST":
#   1  -COUNT  ROUTE    5xx answers of a route
#   2  COUNT            requests
#   3  MS      COUNT    requests that took MS
#   4  COUNT            users
# shellcheck disable=SC2016
count='
/^\{/ {
	# No string holds a quote, so cutting at the quotes gives
	#   {  key  :123,  key  :  string  ,  key  ...
	split("", field)
	n = split($0, part, "\"")
	for (i = 2; i < n; ) {
		if (part[i + 1] == ":") {
			field[part[i]] = part[i + 2]
			i += 4
		} else {
			value = part[i + 1]
			gsub(/[^0-9.eE+-]/, "", value)
			if (value != "") field[part[i]] = value
			i += 2
		}
	}
	requests++
	took[field["ms"]]++
	if (field["status"] >= 500 && field["status"] <= 599) errors[field["route"]]++
	if ("user" in field && !(field["user"] in seen)) { seen[field["user"]]; users++ }
}
END {
	for (r in errors) printf "1\t-%d\t%s\n", errors[r], r
	printf "2\t%d\n", requests
	for (m in took) printf "3\t%s\t%d\n", m, took[m]
	printf "4\t%d\n", users
}'

# Reads the sorted counts. It reads to the end, so sort never gets a SIGPIPE.
# shellcheck disable=SC2016
report='
BEGIN { FS = "\t"; p95 = "-" }
$1 == 1 && ++shown <= 5 {
	print "errors " substr($2, 2) " " substr($0, length($1 $2) + 3)
}
$1 == 2 { rank = int((95 * $2 + 99) / 100) }
$1 == 3 && sum < rank { sum += $3; p95 = $2 }
$1 == 4 { print "p95_ms " p95; print "users " $2 }'

[[ $# -eq 1 ]] || die "usage: triage.sh DIR"
dir=$1
[[ -d $dir ]] || die "$dir: no such folder"
[[ -r $dir && -x $dir ]] || die "$dir: permission denied"

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 0' INT TERM

shopt -s nullglob dotglob
logs=("$dir"/*)

read_logs | awk "$count" >"$tmp/counts" || exit 1
sort -T "$tmp" -t $'\t' -k1,1 -k2,2n -k3 "$tmp/counts" | awk "$report" >"$tmp/report" || exit 1
cat "$tmp/report"
