#!/usr/bin/env bash
# Right: grep -o, sed, sort and uniq -c, with a work folder that an EXIT trap removes.

set -e -o pipefail
unset LANG LC_COLLATE
LC_ALL=C
export LC_ALL

if ! test -d "$1"; then
	printf 'usage: %s DIR\n' "$0" >&2
	exit 64
fi

work=
trap 'test -z "$work" || rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
work=$(mktemp -d "${TMPDIR:-/tmp}/triage.XXXXXX")

: >"$work/all"
find "$1" -type f -name '*.gz' -exec sh -c 'for f; do gzip -dc <"$f" || exit 1; done' sh {} + >>"$work/all"
find "$1" -type f ! -name '*.gz' -exec cat {} + >>"$work/all"

value() { sed -n 's/.*[{,]"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'; }
route() { sed -n 's/.*[{,]"route":"\([^"]*\)".*/\1/p'; }

{ grep -E '[{,]"status":5[0-9]{2}[,}]' "$work/all" || test $? = 1; } | route | sort | uniq -c |
	sort -k1,1nr -k2 | sed -n '1,5s/^ */errors /p' >"$work/report"

value ms <"$work/all" | sort -n >"$work/ms"
n=$(wc -l <"$work/ms")
if test "$n" -eq 0; then
	echo 'p95_ms -'
else
	sed -n "$(((n * 95 + 99) / 100))s/^/p95_ms /p" "$work/ms"
fi >>"$work/report"

printf 'users %d\n' "$(value user <"$work/all" | sort -u | wc -l)" >>"$work/report"
cat "$work/report"
