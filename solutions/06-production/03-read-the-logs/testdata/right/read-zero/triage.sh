#!/usr/bin/env bash
# Right: find -print0 hands each file to gzip -cdf, which passes plain files through; fields are cut out with bash itself.

set -o errexit -o nounset -o pipefail

dir=${1:-}
[[ -d $dir ]] || { echo "${0##*/}: DIR is missing" >&2; exit 1; }

scratch=$(mktemp)
clean() { rm -f "$scratch"; }
trap clean EXIT HUP INT TERM

pattern() { printf '[{,]"%s":"?([^",}]+)' "$1"; }
STATUS=$(pattern status) MS=$(pattern ms) USER_=$(pattern user)
ROUTE='[{,]"route":"([^"]*)"'

while IFS= read -r -d '' file; do
	gzip -cdf <"$file" >>"$scratch"
done < <(find "$dir" -type f -print0)

errors() {
	while IFS= read -r line; do
		[[ $line =~ $STATUS && ${BASH_REMATCH[1]} == 5?? ]] || continue
		[[ $line =~ $ROUTE ]] && printf '%s\n' "${BASH_REMATCH[1]}"
	done <"$scratch" | LC_ALL=C sort | uniq -c | LC_ALL=C sort -k 1,1nr -k 2 | { sed -n '1,5s/^ *\([0-9]*\) /errors \1 /p'; }
}
ms() {
	local line times=() n
	while IFS= read -r line; do
		times+=("$line")
	done < <(while IFS= read -r line; do
		[[ $line =~ $MS ]] && printf '%s\n' "${BASH_REMATCH[1]}"
	done <"$scratch" | sort -n)
	n=${#times[@]}
	if ((n == 0)); then echo 'p95_ms -'; else echo "p95_ms ${times[(n * 95 + 99) / 100 - 1]}"; fi
}
users() {
	while IFS= read -r line; do
		if [[ $line =~ $USER_ ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
	done <"$scratch" | sort -u | wc -l | awk '{ print "users", $1 }'
}

report="$(errors)
$(ms)
$(users)"
[[ ${report:0:1} != $'\n' ]] || report=${report:1}
printf '%s\n' "$report"
