// Package readthelogs holds triage.sh, a script that sums up a folder of request logs.
package readthelogs
