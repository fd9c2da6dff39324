//go:build !unix

package proc

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// inGroup does nothing where there are no process groups.
func inGroup(*exec.Cmd) {}

// killGroup kills the process with its children. It fails when nothing is left,
// which is the usual case.
func killGroup(cmd *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
	_ = cmd.Process.Kill()
}

// refused reports whether nobody listens at the address: WSAECONNREFUSED.
func refused(err error) bool { return errors.Is(err, syscall.Errno(10061)) }

func exitOf(state *os.ProcessState) Exit { return Exit{Status: state.ExitCode()} }
