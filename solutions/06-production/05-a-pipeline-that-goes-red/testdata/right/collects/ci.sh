#!/usr/bin/env bash
# Right: no set -e; each command's status is kept, all steps run, and the failed ones are listed at the end.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
failures=()

try() { # NAME FOLDER COMMAND…
	local name=$1 folder=$2
	shift 2
	(cd "$folder" && "$@") || failures+=("$name in $folder")
}

mods() {
	while IFS= read -r -d '' mod; do
		try "$1" "$(dirname "$mod")" "${@:2}"
	done < <(find "$root" -name go.mod -print0)
}

formatted() {
	local out
	out=$(find . -name '*.go' -print0 | xargs -0 gofmt -d 2>&1)
	[ -z "$out" ] && return 0
	printf '%s\n' "$out"
	return 1
}

generated() {
	local copy status
	copy=$(mktemp -d)
	cp -R "$root/." "$copy/"
	(cd "$copy" && go generate ./...) && diff -r "$root" "$copy"
	status=$?
	rm -rf "$copy"
	return "$status"
}

tested() {
	go test -json -race -shuffle=on ./...
}

database() {
	if [ -z "$DATABASE_URL" ]; then
		echo "$1 needs DATABASE_URL" >&2
		failures+=("$1")
		return 1
	fi
}

run() {
	case $1 in
	format) try format "$root" formatted ;;
	tidy) mods tidy go mod tidy -diff ;;
	vet) mods vet go vet ./... ;;
	test) database test && try fresh "$root" ./migrate fresh && mods test tested ;;
	generate) try generate "$root" generated ;;
	migrate)
		database migrate || return
		try empty "$root" ./migrate fresh
		try production "$root" ./migrate upgrade
		;;
	*) failures+=("unknown step $1") ;;
	esac
}

if [ $# -eq 0 ]; then
	set -- migrate format vet test tidy generate
fi
for step; do run "$step"; done
if [ ${#failures[@]} -gt 0 ]; then
	printf 'RED: %s\n' "${failures[@]}"
	exit 1
fi
