#!/usr/bin/env bash
# Right: defaults by assignment, and exec.
: "${DRAIN_DELAY:=5s}" "${LEAVE_WITHIN:=20s}"
export DRAIN_DELAY LEAVE_WITHIN
exec -- "$@"
