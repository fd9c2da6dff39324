//go:build unix

package pgserver

import (
	"errors"
	"syscall"
)

// quit asks a postmaster for an immediate shutdown.
func quit(pid int) error { return signalTo(pid, syscall.SIGQUIT) }

// kill ends a postmaster that does not listen; its children notice and follow.
func kill(pid int) error { return signalTo(pid, syscall.SIGKILL) }

func signalTo(pid int, sig syscall.Signal) error {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}
