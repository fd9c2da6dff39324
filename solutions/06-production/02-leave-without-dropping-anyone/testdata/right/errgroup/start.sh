#!/usr/bin/env bash
# Right: env sets what is missing, and exec replaces the shell by it.
exec env "DRAIN_DELAY=${DRAIN_DELAY:-5s}" "LEAVE_WITHIN=${LEAVE_WITHIN:-20s}" "$@"
