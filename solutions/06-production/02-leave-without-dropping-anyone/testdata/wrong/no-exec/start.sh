#!/usr/bin/env bash
# Wrong: a script starts a program by its name, and ends when it ends.
#checker:fails TestStart/hands_on_SIGTERM_and_waits
#checker:sign signal: terminated
#checker:hint 7

# start.sh PROGRAM [ARGUMENT]...: what the container starts. It sets what the
# deployment has left open, and starts the program with its arguments.
set -eu

export DRAIN_DELAY="${DRAIN_DELAY:-5s}"
export LEAVE_WITHIN="${LEAVE_WITHIN:-20s}"

"$@"
