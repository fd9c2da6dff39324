//go:build unix

package pgserver

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// child is a process that we started and do not wait for.
type child struct{ pid int }

// running reports whether the child has not ended yet. It collects one that has, so that no
// zombie stays behind in a process that lives long.
func (c child) running() bool {
	if c.pid == 0 {
		return false
	}
	pid, err := unix.Wait4(c.pid, nil, unix.WNOHANG, nil)
	return err == unix.EINTR || err == nil && pid == 0
}
