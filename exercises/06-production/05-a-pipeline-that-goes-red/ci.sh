#!/usr/bin/env bash
# ci.sh [STEP]: the pipeline of the shop, in testdata/shop. It is started with
# bash, in the root of the repository, where it lies.
#
# STEP is one of (README.md has the details):
#
#   format      Go files are as gofmt writes them
#   tidy        go.mod is as `go mod tidy` leaves it
#   vet         the code compiles, and `go vet` has nothing to say
#   test        all tests pass
#   generate    generated files are up to date
#   migrate     migrations run on an empty database, and on that of production
#
# Without STEP: all of them.
#
# Exit status 0: nothing is wrong. Any other: the output names what is.

# TODO: write this.
echo "ci.sh: not written yet" >&2
exit 1
