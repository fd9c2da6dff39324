package pipeline_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/proc"
)

// Embedded, not opened by path: what is tested is what was compiled in. The
// shop is opened by path, since a folder with a go.mod cannot be embedded.
//
//go:embed ci.sh
var script []byte

const given = "testdata/shop"

// gitEnv keeps out how whoever works at this machine has set up git.
var gitEnv = []string{"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_AUTHOR_NAME=ann", "GIT_AUTHOR_EMAIL=ann@example.com",
	"GIT_COMMITTER_NAME=ann", "GIT_COMMITTER_EMAIL=ann@example.com"}

// bounds end a script that hangs, and are no part of any verdict on speed: the
// first is for right scripts on a busy machine. Whoever hangs does not have to
// wait as long for each test that it breaks.
var (
	bounds = []time.Duration{40 * time.Second, 10 * time.Second, 2 * time.Second}
	hung   atomic.Int32
)

// runner is what the go command works with on the runner of the pipeline: the
// caches of this machine, and no settings of whoever works at it.
var runner struct {
	sync.Once
	env []string
	err error
}

// prepare also fills the caches: building the standard library for the race detector
// takes a minute where nobody has done it yet, and that is no script's fault. Nor is it
// when there is no C compiler for it.
func prepare(t *testing.T) ([]string, error) {
	ctx := context.Background()
	if end, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-10*time.Second))
		defer cancel()
	}
	run := func(env []string, args ...string) (string, error) {
		var out, errs strings.Builder
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = given, env, &out, &errs, time.Second
		err := cmd.Run()
		if ctx.Err() != nil {
			err = errors.New("no time is left; what is built so far is not built again the next time")
		}
		if err != nil {
			err = fmt.Errorf("workbook: go %s in %s, before any run of ci.sh: %w\n%s%s", strings.Join(args, " "), given, err, &out, &errs)
		}
		return out.String(), err
	}
	names := []string{"GOCACHE", "GOMODCACHE", "GOPATH", "CC", "CGO_ENABLED"}
	out, err := run(append(os.Environ(), "GOWORK=off"), append([]string{"env"}, names...)...)
	if err != nil {
		return nil, err
	}
	env := []string{"GOENV=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GORACE=atexit_sleep_ms=0"}
	for i, value := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		env = append(env, names[i]+"="+value)
	}
	whole := slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GOWORK=off"}, env)
	for _, args := range [][]string{{"vet", "."}, {"test", "-race", "-run", "^$", "."}} {
		if _, err := run(whole, args...); err != nil {
			return nil, err
		}
	}
	return env, nil
}

// A shop is a copy of testdata/shop, a git repository with ci.sh in its root,
// and what a runner has besides: a database and a folder for temporary files.
type shop struct {
	t             *testing.T
	root, db, tmp string
	database      []string // the variable, if it is set
	defect        string   // what was seeded
}

func newShop(t *testing.T) *shop {
	dir := t.TempDir()
	s := &shop{t: t, root: filepath.Join(dir, "the shop"), db: filepath.Join(dir, "db"), tmp: filepath.Join(dir, "tmp")}
	s.database = []string{"DATABASE_URL=file://" + s.db}
	for _, folder := range []string{s.root, s.db, s.tmp} {
		require.NoError(t, os.Mkdir(folder, 0o755))
	}
	require.NoError(t, os.CopyFS(s.root, os.DirFS(given)))
	s.write("ci.sh", string(script))
	return s
}

func (s *shop) path(name string) string { return filepath.Join(s.root, filepath.FromSlash(name)) }

func (s *shop) write(name, text string) {
	require.NoError(s.t, os.WriteFile(s.path(name), []byte(text), 0o644))
}

func (s *shop) read(name string) string {
	text, err := os.ReadFile(s.path(name))
	require.NoError(s.t, err)
	return string(text)
}

func (s *shop) edit(name, old, text string) {
	require.Containsf(s.t, s.read(name), old, "%s/%s is not as it was given", given, name)
	s.write(name, strings.Replace(s.read(name), old, text, 1))
}

func (s *shop) remove(names ...string) {
	for _, name := range names {
		require.NoError(s.t, os.Remove(s.path(name)))
	}
}

func (s *shop) git(args ...string) string {
	cmd := exec.Command("git", append([]string{"-c", "maintenance.auto=false"}, args...)...)
	cmd.Dir, cmd.Env = s.root, append(slices.Clip(gitEnv), "PATH="+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoErrorf(s.t, err, "git %v: %s", args, out)
	return string(out)
}

func (s *shop) commit() {
	s.git("init", "-q", "--template=")
	s.git("add", "-A")
	s.git("commit", "-q", "-m", "as it is")
}

// An outcome is how a run of ci.sh ended.
type outcome struct {
	status int
	output string // of both streams
}

func (s *shop) run(args ...string) outcome {
	s.t.Helper()
	runner.Do(func() { runner.env, runner.err = prepare(s.t) })
	require.NoError(s.t, runner.err)
	env := slices.Concat(runner.env, gitEnv, s.database, []string{"TMPDIR=" + s.tmp, "LC_ALL=C"})
	p := proc.Command(s.t, "bash", "ci.sh").Start(s.t, proc.Args(args...), proc.Dir(s.root), proc.Env(env...))
	limit := bounds[min(int(hung.Load()), len(bounds)-1)]
	for end := time.Now().Add(limit); p.Running(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			hung.Add(1)
			s.t.Fatalf("%s: %s. A run ends; after %v it had not, and had printed:\n%s", command(args), s.defect, limit, tail(p.Stdout()+p.Stderr()))
		}
	}
	return outcome{p.Wait(command(args) + " ends").Status, p.Stdout() + p.Stderr()}
}

func judgeGreen(t *testing.T, out outcome, story string) {
	t.Helper()
	if out.status != 0 {
		t.Fatalf("%s, so it ends with status 0; it ended with %d and printed:\n%s", story, out.status, tail(out.output))
	}
}

// red runs ci.sh after a defect was seeded, whose name must be in the output. The run must leave no trace.
func (s *shop) red(name string, args ...string) {
	s.t.Helper()
	changed := s.changes(func() {
		judgeRed(s.t, s.run(args...), command(args)+": "+s.defect, regexp.MustCompile(regexp.QuoteMeta(name)), name)
	})
	assert.Emptyf(s.t, changed, "%s: %s. A run leaves the repository as it was; after this one", command(args), s.defect)
}

func judgeRed(t *testing.T, out outcome, story string, named *regexp.Regexp, name string) {
	t.Helper()
	switch {
	case out.status == 0:
		t.Errorf("%s, so its status is not 0; it ended with 0 and printed:\n%s", story, tail(out.output))
	case !named.MatchString(out.output):
		t.Errorf("%s. It ended with status %d, but its output does not name %s as what is wrong:\n%s", story, out.status, name, tail(out.output))
	}
}

func command(args []string) string {
	return strings.Join(append([]string{"bash ci.sh"}, args...), " ")
}

func tail(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		text = "(nothing)"
	}
	if len(text) > 1500 {
		text = "…" + text[len(text)-1500:]
	}
	return "\t" + strings.ReplaceAll(text, "\n", "\n\t")
}

// leftovers lists what is in TMPDIR.
func (s *shop) leftovers() []string {
	names, err := fs.Glob(os.DirFS(s.tmp), "*")
	require.NoError(s.t, err)
	return names
}

// changes calls f, and says what is different in the repository then.
func (s *shop) changes(f func()) (changed []string) {
	s.t.Helper()
	before := s.state()
	f()
	after := s.state()
	both := maps.Clone(before)
	maps.Copy(both, after)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		old, was := before[name]
		now, is := after[name]
		switch {
		case !was:
			changed = append(changed, name+" is new")
		case !is:
			changed = append(changed, name+" is gone")
		case old != now:
			changed = append(changed, name+" was changed")
		}
	}
	return changed
}

// state is what each file has in it, and what git knows. Git knows no empty folders.
func (s *shop) state() map[string]string {
	is := map[string]string{
		"git's index":             s.git("ls-files", "--stage"),
		"git's stash or branches": s.git("for-each-ref", "refs/heads", "refs/stash"),
		"git's HEAD":              s.read(".git/HEAD"),
	}
	require.NoError(s.t, fs.WalkDir(os.DirFS(s.root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git":
			return fs.SkipDir
		case entry.Type().IsRegular():
			is[name] = s.read(name)
		case !entry.IsDir():
			is[name] = entry.Type().String()
		}
		return nil
	}))
	return is
}
