package kittest

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// loadVariable makes a copy of the test binary a process that keeps half of the
// cores busy. The go command tests as many packages at once as there are cores,
// so with the tests themselves there is more to do than cores to do it.
const loadVariable = "WORKBOOK_KITTEST_LOAD"

func init() {
	if os.Getenv(loadVariable) == "" {
		return
	}
	for range max(1, runtime.NumCPU()/2) {
		go func() {
			for x := uint64(1); ; x = x*6364136223846793005 + 1 {
				if x == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // ends when the process that started it does, in whatever way
	os.Exit(0)
}

// Load keeps half of the machine's cores busy, from another process, until the
// test ends. It dies with the process of the test.
func Load(t testing.TB) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), loadVariable+"=1")
	alive, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start a process that keeps the machine busy: %v", err)
	}
	t.Cleanup(func() {
		_ = alive.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("end the process that kept the machine busy: %v", err)
		}
	})
}
