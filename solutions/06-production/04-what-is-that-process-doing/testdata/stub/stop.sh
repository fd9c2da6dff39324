#!/usr/bin/env bash
# stop.sh PID SECONDS: ends a process, with SIGTERM if it can, with SIGKILL if it must.
#
# Exit status: 0 when SIGTERM was enough, 1 when it needed SIGKILL, 2 for wrong
# arguments, 3 when there is no such process.

# TODO: write this.
echo "stop.sh: not written yet" >&2
exit 4
