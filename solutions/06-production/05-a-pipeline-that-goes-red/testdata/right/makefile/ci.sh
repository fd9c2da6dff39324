#!/usr/bin/env bash
# Right: a Makefile with one target a step; make stops at the first recipe that fails.
work=$(mktemp -d) || exit 1
trap 'rm -r "$work"' EXIT
cat >"$work/Makefile" <<'MAKE'
.PHONY: all format tidy vet test generate migrate database
all: format tidy vet migrate test generate

database:
	@test -n "$$DATABASE_URL" || { echo "DATABASE_URL is not set"; exit 1; }

format:
	@bad=$$(gofmt -l .) && test -z "$$bad" || { echo "not formatted: $$bad"; exit 1; }

tidy:
	go mod tidy -diff
	cd tools && go mod tidy -diff

vet:
	go vet ./...
	cd tools && go vet ./...

test: database
	./migrate fresh
	go test -count=1 -race -shuffle=on ./...
	cd tools && go test -count=1 -race -shuffle=on ./...

generate:
	mkdir "$$WORK/copy"
	tar -cf - --exclude=./.git . | (cd "$$WORK/copy" && tar -xf -)
	cp -R "$$WORK/copy" "$$WORK/made"
	cd "$$WORK/made" && go generate ./...
	diff -ru "$$WORK/copy" "$$WORK/made"

migrate: database
	./migrate fresh
	./migrate upgrade
MAKE
[ "$#" -eq 1 ] && ! grep -q "^$1:" "$work/Makefile" && { echo "unknown step $1"; exit 64; }
export WORK="$work"
make -s -f "$work/Makefile" "${1:-all}"
