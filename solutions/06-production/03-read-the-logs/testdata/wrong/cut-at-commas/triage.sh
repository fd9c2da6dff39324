#!/usr/bin/env bash
# Wrong: the pairs of a flat JSON object are separated by commas, so cutting a line at its commas gives the pairs.
#checker:fails TestReport/takes_keys_in_any_order_and_routes_whole
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
# Everything runs in pipes: there are no temporary files to clean up, and
# SIGTERM needs no trap. The report is printed at the very end, in one piece.

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
	split("", field)
	line = substr($0, 2, length($0) - 2)
	n = split(line, pair, ",")
	for (i = 1; i <= n; i++) {
		colon = index(pair[i], ":")
		key = substr(pair[i], 1, colon - 1)
		value = substr(pair[i], colon + 1)
		gsub(/"/, "", key)
		gsub(/"/, "", value)
		field[key] = value
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

shopt -s nullglob dotglob
logs=("$dir"/*)

out=$(read_logs | awk "$count" | sort -t $'\t' -k1,1 -k2,2n -k3 | awk "$report") ||
	exit 1
printf '%s\n' "$out"
