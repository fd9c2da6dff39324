//go:build unix

package submission

import "syscall"

const noBlock = syscall.O_NONBLOCK
