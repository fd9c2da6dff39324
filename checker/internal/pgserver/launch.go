package pgserver

import (
	"path/filepath"
	"strconv"
)

// serverArgs are the arguments of postgres for a cluster in run/data: loopback only, no socket.
func serverArgs(port int) []string {
	return append([]string{"-p", strconv.Itoa(port)},
		settingArgs("listen_addresses=127.0.0.1", "unix_socket_directories=")...)
}

// serverLog is the end of what a server printed.
func serverLog(run string) string { return tail(filepath.Join(run, "log"), 3) }
