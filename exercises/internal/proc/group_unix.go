//go:build unix

package proc

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// inGroup gives the process a group of its own, for it and all its children.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills what is left of the group. It fails when nothing is, which is
// the usual case.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// refused reports whether nobody listens at the address.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

func exitOf(state *os.ProcessState) Exit {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return Exit{-1, status.Signal().String()}
	}
	return Exit{Status: state.ExitCode()}
}
