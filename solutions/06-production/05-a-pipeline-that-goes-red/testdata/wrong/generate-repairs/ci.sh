#!/usr/bin/env bash
# Wrong: go generate in the pipeline keeps the files up to date.
#checker:fails TestGenerate
#checker:fails TestAll/is_red_when_generate_is
#checker:hint 3
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
	go generate ./...
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
