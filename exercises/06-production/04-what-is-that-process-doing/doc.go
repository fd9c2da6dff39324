// Package process holds whatsup.sh and stop.sh, scripts that look at a process and end it.
package process
