# The front door of the workbook. `make` alone lists what it can do.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# EX names an exercise (3.6, move-money), LESSON a step (3). ARGS passes anything on to the command.
NAMES := $(EX) $(LESSON)
# `make test` repeats the test kit's own tests ROUNDS times, and runs one in SAMPLE of the answers that stand as they were
# proven (decision 0008). ROUNDS=50 SAMPLE=1 is everything.
ROUNDS ?= 10
SAMPLE ?= 8
CHECKER := .workbook/bin/checker
SOURCES := go.mod go.sum $(shell find checker \( -name '*.go' -o -name '*.html' \) -not -path '*/testdata/*' -not -name '*_test.go')

$(CHECKER): $(SOURCES)
	@echo "Building the checker (the first time this takes up to a minute) …" >&2
	@go build -o $@ ./checker || { echo "The checker could not be built in $(CURDIR): see above. Is Go 1.26 or newer there, and can the folder be written?" >&2; exit 3; }
	@touch $@

.PHONY: bench-class help check watch list next lesson hint diff solution reset restore report doctor db-up db-down db-status psql test proof gen kit bench

help: ## show this list
	@echo "The Backend Workbook"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo; echo "  EX=3.6 or EX=move-money names an exercise, LESSON=3 a step: make check EX=3.6"

check: $(CHECKER) ## check what you have attempted, then the next exercise
	@$(CHECKER) check $(NAMES) $(ARGS)

watch: $(CHECKER) ## check an exercise each time you save
	@$(CHECKER) watch $(EX) $(ARGS)

list: $(CHECKER) ## list the exercises and how they stand
	@$(CHECKER) list $(NAMES) $(ARGS)

next: $(CHECKER) ## say which exercise comes next
	@$(CHECKER) next $(ARGS)

lesson: $(CHECKER) ## read what the next exercise practises, or EX, or the whole lesson of LESSON
	@$(CHECKER) lesson $(NAMES) $(ARGS)

hint: $(CHECKER) ## show one more hint, for the next exercise or for EX
	@$(CHECKER) hint $(EX) $(ARGS)

diff: $(CHECKER) ## show what you have changed since the start
	@$(CHECKER) diff $(EX) $(ARGS)

solution: $(CHECKER) ## show how the solution differs from yours; asks first while yours does not pass
	@$(CHECKER) solution $(EX) $(ARGS)

reset: $(CHECKER) ## set EX back to its start; your files are kept
	@$(CHECKER) reset $(EX) $(ARGS)

restore: $(CHECKER) ## bring back the files that the last reset of EX has set aside
	@$(CHECKER) restore $(EX) $(ARGS)

report: $(CHECKER) ## report your progress; ARGS="--format html" makes a page of it
	@$(CHECKER) report $(ARGS)

doctor: $(CHECKER) ## look at this machine: what is missing, what would help
	@$(CHECKER) doctor $(ARGS)

db-up: $(CHECKER) ## start the database server, and print its address
	@$(CHECKER) db up $(ARGS)

db-down: $(CHECKER) ## end the database server
	@$(CHECKER) db down $(ARGS)

db-status: $(CHECKER) ## say which database servers are running
	@$(CHECKER) db status $(ARGS)

psql: $(CHECKER) ## open psql on the database server
	@$(CHECKER) db psql $(ARGS)

test: $(CHECKER) ## the workbook's own tests: the checker's, the kit's, and the proof of the course
	go vet ./checker/... ./exercises/... ./solutions/... ./lessons/...
	go test -timeout 20m ./checker/... ./lessons/...
	WORKBOOK_KIT_ROUNDS=$(ROUNDS) go test -timeout 20m ./exercises/internal/...
	$(CHECKER) dev gen --check
	$(CHECKER) dev proof --sample $(SAMPLE)

proof: $(CHECKER) ## for authors: prove the tests of the exercises, and bring proof.json up to date
	@$(CHECKER) dev proof --write $(NAMES) $(ARGS)

gen: $(CHECKER) ## for authors: derive the tables in README.md and CONTRIBUTING.md
	@$(CHECKER) dev gen $(ARGS)

kit: $(CHECKER) ## for authors: what the test kit provides, and which exercises use it
	@$(CHECKER) dev kit $(ARGS)

bench: $(CHECKER) ## measure the checker against plain go test
	@.ci/bench

bench-class: $(CHECKER) ## measure the grading of a class: LEARNERS=100 EXERCISES=20 make bench-class
	@.ci/bench-class
