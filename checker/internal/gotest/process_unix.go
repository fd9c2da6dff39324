//go:build unix

package gotest

import (
	"os/exec"
	"syscall"
	"time"
)

// endWithChildren makes cancelling the command end all that it started: the go command's test binaries, and theirs.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
}
