//go:build unix

package proc_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	limit = 10 * time.Second
	poll  = time.Millisecond
)

// gone reports whether a process has ended. One that nobody has waited for is a
// zombie, which has ended too.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && strings.HasPrefix(after, "Z")
}
