//go:build unix

package readthelogs_test

import (
	"os/exec"
	"syscall"
)

// inGroup gives the script a process group of its own, and kills that whole
// group when the script takes too long.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
