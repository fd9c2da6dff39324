#!/usr/bin/env bash
# Wrong: exec with $* starts the program with all its arguments.
#checker:fails TestStart/gives_the_settings_a_value
#checker:fails TestStart/hands_on_SIGTERM_and_waits
#checker:fails TestStart/hands_on_arguments_and_status
#checker:fails TestStart/keeps_the_settings_that_are_there
#checker:hint 7

# start.sh PROGRAM [ARGUMENT]...: what the container starts. It sets what the
# deployment has left open, and starts the program with its arguments.
set -eu

export DRAIN_DELAY="${DRAIN_DELAY:-5s}"
export LEAVE_WITHIN="${LEAVE_WITHIN:-20s}"

exec $*
