#!/usr/bin/env bash
# Wrong: a trap hands on the signal, and wait waits for the program.
#checker:fails TestStart/hands_on_SIGTERM_and_waits
#checker:sign exit status 143
#checker:hint 7

# start.sh PROGRAM [ARGUMENT]...: what the container starts. It sets what the
# deployment has left open, and starts the program with its arguments.
set -eu

export DRAIN_DELAY="${DRAIN_DELAY:-5s}"
export LEAVE_WITHIN="${LEAVE_WITHIN:-20s}"

"$@" &
program=$!
trap 'kill -TERM "$program"' TERM
wait "$program"
