// Package proc runs a program as a real process that a test can watch.
//
//	api := proc.Build(t, ".")                         // the package of the exercise
//	p := api.Start(t, proc.Env("PORT=0"))
//	addr := p.Line("it says where it listens", `listening on (\S+)`)[1]
//	p.Signal(syscall.SIGTERM)
//	p.Wait("after SIGTERM it ends with status 0").Status
//
// Nothing outlives the test: what still runs at its end is killed, with all
// that it has started, and so is what it has left behind.
package proc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A Program can be started any number of times.
type Program struct {
	path string
	args []string // before those of Start
}

// Command is a program that is there already: a script with its interpreter, for
// instance. The name is looked up in the test's PATH unless it is a path.
func Command(t testing.TB, name string, args ...string) *Program {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("the test is at fault: %v", err)
	}
	return &Program{path, args}
}

// Build builds a main package, given as for `go build`, with the race detector
// when the test has it. Build once and share it among subtests: linking takes
// half a second.
//
//kit:proves what a program does as a process: how it starts, what it prints, how it ends
func Build(t testing.TB, pkg string) *Program {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "program")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	overlay, err := remember(pkg)
	if err != nil {
		t.Fatalf("the test is at fault: build %s: %v", pkg, err)
	}
	args := []string{"build", "-o", bin}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if raceDetector {
		args = append(args, "-race")
	}
	var out bytes.Buffer
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("the program does not build: %v\n\n\t%s", err, strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", "\n\t"))
	}
	return &Program{path: bin}
}

// The checker tests an answer by laying it over the exercise's folder, for the
// go command alone (go help build, -overlay). It hands that overlay on, so that
// what is built here is the same answer; and a digest of it, which changes when
// the answer does.
const (
	overlayVariable = "WORKBOOK_OVERLAY"
	digestVariable  = "WORKBOOK_OVERLAY_DIGEST"
)

// remember returns the overlay's file, or "", and makes the go command remember
// what the result of this test depends on: it keeps track of the variables and
// files that the test itself reads, not of what `go build` reads. The overlay's
// name is not among them, since it is another one each time.
func remember(pkg string) (overlay string, err error) {
	for _, variable := range os.Environ() {
		if name, ok := strings.CutPrefix(variable, overlayVariable+"="); ok {
			overlay = name
		}
	}
	_ = os.Getenv(digestVariable)
	err = filepath.WalkDir(pkg, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err == nil && overlay != "" {
		err = valid(overlay)
	}
	return overlay, err
}

func valid(overlay string) error {
	text, err := os.ReadFile(overlay)
	if err == nil && !json.Valid(text) {
		err = fmt.Errorf("%s=%s is no overlay", overlayVariable, overlay)
	}
	return err
}
