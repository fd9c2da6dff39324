//go:build unix

package gotest

import (
	"os/exec"
	"syscall"
	"time"
)

// endWithChildren makes cancelling the command end all that it started: the go command is interrupted, so that it clears
// up; the group of it, its test binaries and theirs is killed when that takes too long, and by killGroup in any case.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 2 * time.Second
}

// killGroup ends what a cancelled command may have left running.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it fails when nothing is left, which is the point
}
