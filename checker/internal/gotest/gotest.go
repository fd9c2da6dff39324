// Package gotest runs `go test -json` and reads what it says.
//
// It knows nothing of exercises: it is told packages and an overlay, and answers which tests were seen to do what.
package gotest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Spec is one run of the go command.
type Spec struct {
	Root     string            // where the module is; the command's working directory. No symbolic link may be in it.
	Packages []string          // folders relative to Root, slash-separated
	Overlay  map[string]string // absolute path → absolute path, or "" to hide the file
	Run      string            // -run; "" for all tests
	Race     bool
	Shuffle  bool
	Count    int           // 0 lets the go command answer from its cache
	Timeout  time.Duration // for each package
	Env      []string      // added to the environment, KEY=value
	Exec     []string      // the command that runs each test binary, given its path and arguments; none to run it directly
	// OverlayVariable names the environment variable that tells the tests where the overlay's file is: a test that builds a
	// program itself must lay the same files over it. "" for none.
	OverlayVariable string
	// Scratch is a folder for the run's own files; "" for the system's. GOTMPDIR is not set to it: tests would see another
	// value each time, and the go command's cache would never answer.
	Scratch string
}

// Result is what a run showed, by package folder relative to Root.
type Result struct {
	Packages map[string]*Package
	Stderr   string // of the go command itself
	Duration time.Duration
}

// Run runs the tests. Tests that fail, code that does not compile and programs that die are results; an error means that
// the run itself was not possible, or that ctx ended it.
func Run(ctx context.Context, spec Spec) (*Result, error) {
	started := time.Now()
	overlay, err := spec.writeOverlay()
	if err != nil {
		return nil, err
	}
	if overlay != "" {
		defer func() { _ = os.Remove(overlay) }() // a file that stays is no fault of the run
	}
	cmd := exec.CommandContext(ctx, "go", spec.args(overlay)...)
	cmd.Dir = spec.Root
	cmd.Env = append(os.Environ(),
		"PWD="+spec.Root,           // the go command believes PWD where it names the working directory: no link may come back in
		"GOWORK=off",               // a go.work above the clone is not ours
		"TZ=America/St_Johns",      // half an hour off every full hour: finds code that forgets the zone
		"GORACE=atexit_sleep_ms=0", // the race runtime sleeps for a second at exit otherwise
	)
	cmd.Env = append(cmd.Env, spec.Env...)
	if spec.OverlayVariable != "" && overlay != "" {
		cmd.Env = append(cmd.Env, spec.OverlayVariable+"="+overlay)
	}
	endWithChildren(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	if ctx.Err() != nil {
		if cmd.Process != nil {
			killGroup(cmd)
		}
		return nil, fmt.Errorf("run go test: %w", context.Cause(ctx))
	}
	var exit *exec.ExitError
	if runErr != nil && !errors.As(runErr, &exit) {
		return nil, fmt.Errorf("run go test: %w", runErr)
	}
	module, err := modulePath(spec.Root)
	if err != nil {
		return nil, err
	}
	packages, err := parse(&stdout, module, max(spec.Count, 1))
	if err != nil {
		return nil, err
	}
	if runErr != nil && len(packages) == 0 {
		return nil, fmt.Errorf("go test did not start: %s", strings.TrimSpace(stderr.String()))
	}
	return &Result{Packages: packages, Stderr: stderr.String(), Duration: time.Since(started)}, nil
}

func (s Spec) args(overlay string) []string {
	args := []string{"test", "-json", "-vet=all", "-ldflags=-s -w"} // nobody debugs this binary: linking takes a fifth less
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if s.Run != "" {
		args = append(args, "-run="+s.Run)
	}
	if len(s.Exec) > 0 {
		args = append(args, "-exec="+quoted(s.Exec))
	}
	if s.Race {
		args = append(args, "-race")
	}
	if s.Shuffle {
		args = append(args, "-shuffle=on")
	}
	if s.Count > 0 {
		args = append(args, "-count="+strconv.Itoa(s.Count))
	}
	if s.Timeout > 0 {
		args = append(args, "-timeout="+s.Timeout.String())
	}
	for _, p := range s.Packages {
		args = append(args, "./"+p)
	}
	return args
}

// quoted joins words the way the go command splits them again: each in quotes, without escapes.
func quoted(words []string) string {
	var parts []string
	for _, w := range words {
		mark := `"`
		if strings.Contains(w, mark) {
			mark = "'"
		}
		parts = append(parts, mark+w+mark)
	}
	return strings.Join(parts, " ")
}

// writeOverlay writes the overlay into a file, and returns its name; "" when there is none.
func (s Spec) writeOverlay() (string, error) {
	if len(s.Overlay) == 0 {
		return "", nil
	}
	text, err := json.Marshal(map[string]any{"Replace": s.Overlay})
	if err != nil {
		return "", fmt.Errorf("encode overlay: %w", err)
	}
	f, err := os.CreateTemp(s.Scratch, "workbook-overlay-*.json")
	if err != nil {
		return "", fmt.Errorf("write overlay: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("write overlay: %w", err)
	}
	return f.Name(), nil
}

// modulePath reads the module's name from go.mod.
func modulePath(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("read module: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.Trim(strings.TrimSpace(name), `"`), nil
		}
	}
	return "", fmt.Errorf("read module: %s/go.mod names no module", root)
}

// RaceDetector reports whether tests can be run with -race here, and if not, why.
func RaceDetector(ctx context.Context) (ok bool, why string) {
	out, err := exec.CommandContext(ctx, "go", "env", "CGO_ENABLED", "CC").Output()
	if err != nil {
		return false, "go env does not answer"
	}
	enabled, cc, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if enabled != "1" {
		return false, "cgo is off (CGO_ENABLED=" + enabled + ")"
	}
	cc, _, _ = strings.Cut(strings.TrimSpace(cc), " ")
	if _, err := exec.LookPath(cc); err != nil {
		return false, "no C compiler: " + cc + " is not on the path"
	}
	return true, ""
}
