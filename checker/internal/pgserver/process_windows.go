package pgserver

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// runsOn reports whether process pid is a postmaster on that data folder. Windows does not tell
// a process's arguments; it tells the program, and when it began, which the data folder knows too.
func runsOn(pid int, data string) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION|windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(h)
	if event, err := windows.WaitForSingleObject(h, 0); err != nil || event != uint32(windows.WAIT_TIMEOUT) {
		return false
	}
	name := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(name))
	if err := windows.QueryFullProcessImageName(h, 0, &name[0], &size); err != nil {
		return false
	}
	if !strings.EqualFold(filepath.Base(windows.UTF16ToString(name[:size])), "postgres.exe") {
		return false
	}
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(h, &created, &exited, &kernel, &user); err != nil {
		return false
	}
	began := time.Unix(0, created.Nanoseconds())
	return began.Sub(postmasterStart(data)).Abs() < 10*time.Second
}

// postmasterStart is the third line of postmaster.pid.
func postmasterStart(data string) time.Time {
	text, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	if len(lines) < 3 {
		return time.Time{}
	}
	seconds, _ := strconv.ParseInt(strings.TrimSpace(lines[2]), 10, 64)
	return time.Unix(seconds, 0)
}

func quit(pid int) error { return kill(pid) }

// kill ends a postmaster; its children notice and follow.
func kill(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil // it has ended
	}
	return p.Kill()
}
