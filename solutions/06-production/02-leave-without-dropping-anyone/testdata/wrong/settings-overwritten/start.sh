#!/usr/bin/env bash
# Wrong: the settings of the script are the ones that count.
#checker:fails TestStart/hands_on_arguments_and_status
#checker:fails TestStart/keeps_the_settings_that_are_there
#checker:hint 7

# start.sh PROGRAM [ARGUMENT]...: what the container starts. It sets what the
# deployment has left open, and starts the program with its arguments.
set -eu

export DRAIN_DELAY="5s"
export LEAVE_WITHIN="20s"

# In place of the shell: whoever knows its PID, knows the program.
exec "$@"
