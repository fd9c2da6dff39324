#!/usr/bin/env bash
# Wrong: set -e holds in functions, wherever they are called.
#checker:fails TestTidy/in_the_root
#checker:fails TestTests/that_passed_an_hour_ago
#checker:fails TestTests/that_fail_in_the_root
#checker:fails TestTests/that_race_in_the_root
#checker:fails TestTests/that_are_slow_in_the_root
#checker:fails TestTests/that_need_their_order_in_the_root
#checker:fails TestTests/that_fail_once
#checker:fails TestMigrate/from_production
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
	gofmt -l . >"$tmp/format"
	cat "$tmp/format"
	[[ ! -s $tmp/format ]]
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
vet) vet ;;
format | tidy | generate | migrate) "$1" || exit 1 ;;
test) tests || exit 1 ;;
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
