#!/usr/bin/env bash
# triage.sh DIR: sums up the request logs in DIR.
#
# DIR holds log files and nothing else: plain ones, and compressed ones whose
# names end in .gz. Each line of a log is one request, one flat JSON object:
#
#   {"time":"2026-03-01T10:00:00Z","id":1500,"route":"GET /orders/{id}","status":502,"ms":31,"user":"u7"}
#
# Output, on stdout (README.md has the details):
#
#   errors COUNT ROUTE      up to five lines, most 5xx answers first
#   p95_ms MS               nearest-rank 95th percentile over all requests
#   users COUNT             distinct users
#
# When a log cannot be read, or DIR is missing: no report, exit status not 0.

# TODO: write this.
echo "triage.sh: not written yet" >&2
exit 1
