#!/usr/bin/env bash
# Right: the shell stays, hands the signal on, and waits until the program has really ended.

if [ -z "${DRAIN_DELAY:-}" ]; then DRAIN_DELAY=5s; fi
if [ -z "${LEAVE_WITHIN:-}" ]; then LEAVE_WITHIN=20s; fi
export DRAIN_DELAY LEAVE_WITHIN

"$@" &
program=$!
trap 'kill -TERM "$program" 2>/dev/null' TERM
while
	wait "$program" # a signal to the shell interrupts it
	status=$?
	kill -0 "$program" 2>/dev/null
do :; done
exit "$status"
