#!/usr/bin/env bash
# Wrong: Without a database the rest can be tested at least.
#checker:fails TestDatabase
#checker:hint 5
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

modules() {
	go "$@"
	(cd tools && go "$@")
}

need_database() {
	[[ -n ${DATABASE_URL:-} ]]
}

format() {
	gofmt -l . >"$tmp/format"
	cat "$tmp/format"
	[[ ! -s $tmp/format ]]
}

tidy() { modules mod tidy -diff; }

vet() { modules vet ./...; }

tests() {
	if need_database; then ./migrate fresh; fi
	modules test -race -shuffle=on -count=1 ./...
}

generate() {
	cp -R . "$tmp/tree"
	(cd "$tmp/tree" && go generate ./...)
	diff -r . "$tmp/tree"
}

migrate() {
	need_database || return 0
	./migrate upgrade
	./migrate fresh
}

case ${1-all} in
format | tidy | vet | generate | migrate) "$1" ;;
test) tests ;;
all)
	format
	tidy
	vet
	migrate
	generate
	tests
	;;
*)
	echo "ci.sh: there is no step $1" >&2
	exit 2
	;;
esac
