#!/usr/bin/env bash
# Wrong: gofmt -l fails when a file is not formatted.
#checker:fails TestFormat
#checker:fails TestAll/is_red_when_format_is
#checker:hint 2
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

modules() {
	go "$@"
	(cd tools && go "$@")
}

need_database() {
	: "${DATABASE_URL:?is needed, or the tests of orders are skipped}"
}

format() {
	gofmt -l .
}

tidy() { modules mod tidy -diff; }

vet() { modules vet ./...; }

tests() {
	need_database
	./migrate fresh
	modules test -race -shuffle=on -count=1 ./...
}

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

case ${1-all} in
format | tidy | vet | generate | migrate) "$1" ;;
test) tests ;;
all)
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
