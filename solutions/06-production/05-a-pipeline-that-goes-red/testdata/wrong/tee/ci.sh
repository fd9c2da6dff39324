#!/usr/bin/env bash
# Wrong: tee hands on the status of the tests.
#checker:fails TestTests
#checker:fails TestAll/is_red_when_test_is
#checker:hint 2
set -eu

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
	gofmt -l . >"$tmp/format"
	cat "$tmp/format"
	[[ ! -s $tmp/format ]]
}

tidy() { modules mod tidy -diff; }

vet() { modules vet ./...; }

tests() {
	need_database
	./migrate fresh
	modules test -race -shuffle=on -count=1 ./... 2>&1 | tee "$tmp/log"
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
