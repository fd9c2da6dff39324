package sandbox

import "os"

// alive reports whether a process is there.
func alive(pid int) bool {
	p, err := os.FindProcess(pid) // opens it, on Windows
	if err != nil {
		return false
	}
	return p.Release() == nil
}
