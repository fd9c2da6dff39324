#!/usr/bin/env bash
# start.sh PROGRAM [ARGUMENT]...: what the container starts. It sets what the
# deployment has left open, and starts the program with its arguments.
set -eu

export DRAIN_DELAY="${DRAIN_DELAY:-5s}"
export LEAVE_WITHIN="${LEAVE_WITHIN:-20s}"

# In place of the shell: whoever knows its PID, knows the program.
exec "$@"
