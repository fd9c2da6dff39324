#!/usr/bin/env bash
# whatsup.sh PID: shows what a process holds.
#
# Output, on stdout, eight lines (README.md has the details):
#
#   ports 5432,40123         TCP ports on which it listens, or -
#   fds 17                   open file descriptors
#   deleted_bytes 1048576    in open files without a name
#   threads 9
#   zombies 2                children that ended and were not waited for
#   rss_kb 20480             resident memory in KiB
#   open_files_limit 1024    the soft limit
#   env HOME,PATH            names of its variables, or -
#
# Exit status: 0; 2 for wrong arguments; 3 when there is no such process.

# TODO: write this.
echo "whatsup.sh: not written yet" >&2
exit 1
