package pgserver

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// runsOn reports whether process pid is a postmaster on that data folder.
func runsOn(pid int, data string) bool {
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // empty for a zombie
	return err == nil && slices.Contains(strings.Split(string(cmdline), "\x00"), data)
}
