#!/usr/bin/env bash
# ci.sh [STEP]: one step of the pipeline, or all of them.
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# modules runs a go command in both modules.
modules() {
	go "$@"
	(cd tools && go "$@")
}

need_database() {
	: "${DATABASE_URL:?is needed, or the tests of orders are skipped}"
}

format() {
	gofmt -l . >"$tmp/format"
	cat "$tmp/format"
	[[ ! -s $tmp/format ]]
}

tidy() { modules mod tidy -diff; }

vet() { modules vet ./...; }

# test: -shuffle also keeps go from answering out of its cache.
tests() {
	need_database
	./migrate fresh
	modules test -race -shuffle=on -count=1 ./...
}

# generate works on a copy, and looks what would be different.
generate() {
	cp -R . "$tmp/tree"
	(cd "$tmp/tree" && go generate ./...)
	diff -r . "$tmp/tree"
}

migrate() {
	need_database
	./migrate upgrade
	./migrate fresh
}

# Called plainly: behind `if`, `||` or `&&`, set -e would not hold inside of them.
case ${1-all} in
format | tidy | vet | generate | migrate) "$1" ;;
test) tests ;;
all) # what is quick comes first
	need_database
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
