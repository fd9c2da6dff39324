#!/usr/bin/env bash
# Wrong: git checkout puts back what go generate has changed.
#checker:fails TestGreen/each_step_with_uncommitted_work
#checker:fails TestGenerate/of_work_that_is_not_committed
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
	local red=0
	go generate ./...
	git status --porcelain >"$tmp/status"
	if [[ -s $tmp/status ]]; then
		cat "$tmp/status"
		red=1
	fi
	git checkout -q .
	git clean -fdq
	return $red
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
