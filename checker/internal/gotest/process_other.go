//go:build !unix

package gotest

import (
	"os/exec"
	"time"
)

// endWithChildren bounds the wait after a cancelled command; what it started ends when its pipes break.
func endWithChildren(cmd *exec.Cmd) { cmd.WaitDelay = 2 * time.Second }

// killGroup has nothing to do where there are no process groups.
func killGroup(*exec.Cmd) {}
