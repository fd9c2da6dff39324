package readthelogs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/seed"
)

// Embedded, not opened by path: what is tested is the file that was compiled in.
//
//go:embed triage.sh
var script []byte

// A request is one line of a log.
type request struct {
	route      string
	status, ms int
	user       string // "": not logged in, the line has no such key
	id         int
	extra      string // more of the line: `"key":value`
}

// requests returns n requests for one route that were answered with one status.
func requests(n int, route string, status int) []request {
	out := make([]request, n)
	for i := range out {
		out[i] = request{route: route, status: status, ms: 10, user: "ann"}
	}
	return out
}

// logFile writes requests as JSON lines. With a random source, the keys of each
// line are in another order.
func logFile(random *rand.Rand, requests ...request) []byte {
	var b bytes.Buffer
	for _, r := range requests {
		keys := []string{
			`"time":"2026-03-01T10:00:00Z"`,
			fmt.Sprintf(`"id":%d`, r.id),
			fmt.Sprintf(`"route":"%s"`, r.route),
			fmt.Sprintf(`"status":%d`, r.status),
			fmt.Sprintf(`"ms":%d`, r.ms),
		}
		if r.user != "" {
			keys = append(keys, fmt.Sprintf(`"user":"%s"`, r.user))
		}
		if r.extra != "" {
			keys = append(keys, r.extra)
		}
		if random != nil {
			random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		}
		fmt.Fprintf(&b, "{%s}\n", strings.Join(keys, ","))
	}
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// A server is where triage.sh runs: a folder of logs, an empty folder for
// temporary files, an empty working folder, and a PATH.
type server struct {
	t                     *testing.T
	random                *rand.Rand
	logs, tmp, cwd, tools string
	locale                string
	shuffleKeys           bool
}

func newServer(t *testing.T) *server {
	root := t.TempDir()
	s := &server{
		t: t, random: seed.New(t).Rand, locale: "C",
		logs: filepath.Join(root, "logs"), tmp: filepath.Join(root, "tmp"),
		cwd: filepath.Join(root, "cwd"), tools: filepath.Join(root, "tools"),
	}
	for _, dir := range []string{s.logs, s.tmp, s.cwd, s.tools} {
		require.NoError(t, os.Mkdir(dir, 0o755))
	}
	for _, name := range []string{"jq", "python", "python3", "perl", "ruby", "node", "go"} {
		s.tool(name, "echo '"+name+": not installed on this server' >&2; exit 127")
	}
	return s
}

// tool puts a program of the test's own before all others in PATH.
func (s *server) tool(name, body string) {
	path := filepath.Join(s.tools, name)
	require.NoError(s.t, os.WriteFile(path, []byte("#!/usr/bin/env bash\n"+body+"\n"), 0o755))
}

// log writes a log file; a name that ends in .gz is compressed.
func (s *server) log(name string, requests ...request) {
	data := logFile(nil, requests...)
	if s.shuffleKeys {
		data = logFile(s.random, requests...)
	}
	if strings.HasSuffix(name, ".gz") {
		data = gzipped(data)
	}
	require.NoError(s.t, os.WriteFile(filepath.Join(s.logs, name), data, 0o644))
}

// An outcome is what one run of triage.sh left behind.
type outcome struct {
	stdout, stderr string
	exit           int
}

// triage runs triage.sh. A run that does not end is killed with all its children.
func (s *server) triage(args ...string) outcome {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "triage.sh")
	require.NoError(s.t, os.WriteFile(path, script, 0o755))
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", append([]string{path}, args...)...)
	inGroup(cmd)
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = s.cwd
	cmd.Env = append(os.Environ(), "TMPDIR="+s.tmp, "LC_ALL="+s.locale,
		"PATH="+s.tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		s.t.Fatalf("triage.sh did not end within 15 seconds; stderr:\n%.2000s", stderr.String())
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("run bash: %v", err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// report runs triage.sh over the logs and returns the lines that start with word.
func (s *server) report(word string) []string {
	s.t.Helper()
	out := s.triage(s.logs)
	if out.exit != 0 {
		s.t.Fatalf("all logs are in order, but triage.sh ended with status %d; stderr:\n%.2000s", out.exit, out.stderr)
	}
	if out.stderr != "" {
		s.t.Logf("stderr:\n%.2000s", out.stderr)
	}
	var lines []string
	for line := range strings.Lines(out.stdout) {
		if line = strings.TrimRight(line, "\r\n"); strings.HasPrefix(line, word+" ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// leftovers returns the files in the places that triage.sh must leave empty.
func (s *server) leftovers() []string {
	var found []string
	for place, dir := range map[string]string{"TMPDIR/": s.tmp, "working folder: ": s.cwd} {
		entries, err := os.ReadDir(dir)
		require.NoError(s.t, err)
		for _, e := range entries {
			found = append(found, place+e.Name())
		}
	}
	return found
}

// files returns the contents of the files in dir by name.
func files(t *testing.T, dir string) map[string]string {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		out[e.Name()] = string(data)
	}
	return out
}

// locales returns C and, where this machine has one, a locale that does not sort by bytes.
func locales() []string {
	have, _ := exec.Command("locale", "-a").Output()
	for line := range strings.Lines(string(have)) {
		for _, prefix := range []string{"en_", "de_", "fr_"} {
			if name := strings.TrimSpace(line); strings.HasPrefix(name, prefix) && strings.Contains(strings.ToLower(name), "utf") {
				return []string{"C", name}
			}
		}
	}
	return []string{"C"}
}
