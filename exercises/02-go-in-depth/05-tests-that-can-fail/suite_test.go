package teststhatcanfail_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"workbook/exercises/internal/patience"
)

// No run of the learner's tests takes longer than limit. After budget no other begins.
const (
	limit  = 15 * time.Second
	budget = 45 * time.Second
)

// A suite is the learner's tests as a program. It holds all the programs that
// they are run against, and chooses one by an environment variable: so it is
// linked once.
type suite struct {
	t      *testing.T
	binary string
	env    []string      // of its runs
	places chan struct{} // for runs at the same time
	end    time.Time

	fault    string             // what the compiler said
	vet      string             // what go vet said
	tests    []string           // all tests, by name
	alone    map[string]outcome // the run of each with the given program
	passing  []string           // those that passed
	together outcome            // the run of these with the given program, twice, shuffled
}

// An outcome is what a run of the learner's tests showed. Only the exit status
// decides: a program can print what it likes.
type outcome struct {
	ok, hung bool
	output   string
}

// build compiles the learner's tests with the programs laid beside the given
// one, and asks go vet at the same time.
func build(t *testing.T) *suite {
	tmp := t.TempDir()
	s := &suite{t: t, binary: filepath.Join(tmp, "slots.test.exe"), places: make(chan struct{}, 2), end: time.Now().Add(budget)}
	s.env = append(os.Environ(), "SLOTS_DATABASES="+filepath.Join(tmp, "databases"))
	if os.Getenv(urlVariable) == "" {
		s.env = append(s.env, urlVariable+"="+urlOfChecker())
	}
	rememberKit(t)
	answer, withPrograms := writeOverlays(t, tmp)
	var both sync.WaitGroup
	both.Go(func() { s.vet = goTool("vet", "-overlay="+answer, "./slots") })
	both.Go(func() {
		s.fault = goTool("test", "-c", "-ldflags=-w", "-o", s.binary, "-overlay="+withPrograms, "./slots")
	})
	both.Wait()
	if _, err := os.Stat(s.binary); s.fault == "" && err != nil {
		s.fault = "\tThere is no test file in the folder slots."
	}
	if s.fault != "" {
		return s
	}
	if s.run("no such program", nil).ok {
		t.Fatal("the grader is at fault: the go command has ignored its overlay")
	}
	t.Cleanup(func() {
		if o := s.run("none, but drop the databases", nil); !o.ok {
			t.Errorf("workbook: no database: drop those of this test: %s", o.output)
		}
	})
	list := s.run("given", nil, "-test.list=^(Test|Fuzz|Example)")
	if !list.ok {
		s.fault = list.String()
	}
	s.tests = regexp.MustCompile(`(?m)^(?:Test|Fuzz|Example)\w*$`).FindAllString(list.output, -1)
	return s
}

// tryGiven runs the tests with the given program: each in a process of its own, then together.
func (s *suite) tryGiven() {
	s.alone = map[string]outcome{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range s.tests {
		all.Go(func() {
			o := s.run("given", []string{name})
			mu.Lock()
			defer mu.Unlock()
			s.alone[name] = o
		})
	}
	all.Wait()
	for _, name := range s.tests {
		if s.alone[name].ok {
			s.passing = append(s.passing, name)
		}
	}
	if len(s.passing) > 0 {
		s.together = s.run("given", s.passing, "-test.count=2", "-test.shuffle=2718")
	}
}

// run runs some tests against a program.
func (s *suite) run(program string, tests []string, flags ...string) outcome {
	s.places <- struct{}{}
	defer func() { <-s.places }()
	ctx, cancel := context.WithTimeout(context.Background(), patience.Of(limit))
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, append(flags, "-test.v", "-test.paniconexit0", "-test.timeout=0", "-test.run=^("+strings.Join(tests, "|")+")$")...)
	cmd.Dir = "slots"
	cmd.Env = append(slices.Clone(s.env), "SLOTS_PROGRAM="+program)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		patience.Lost()
	}
	if strings.Contains(string(out), "workbook: no database:") {
		s.t.Logf("%s", out) // the checker looks for these words: then no verdict can be trusted
	}
	return outcome{ok: err == nil, hung: ctx.Err() != nil, output: string(out)}
}

// String is the end of what a run printed, without what passed.
func (o outcome) String() string {
	text := strings.TrimSpace(o.output)
	if o.hung {
		text += "\n(They had not ended when their time was over.)"
	} else {
		text = regexp.MustCompile(`(?m)^\s*(=== |--- PASS).*\n`).ReplaceAllString(text, "")
	}
	lines := strings.Split(text, "\n")
	if n := len(lines) - 40; n > 0 {
		lines = append([]string{fmt.Sprintf("(%d lines, and then:)", n)}, lines[n:]...)
	}
	return "\t" + strings.Join(lines, "\n\t")
}

const urlVariable = "WORKBOOK_DATABASE_URL"

// urlOfChecker asks for the server once, since each test of the learner's would
// ask for itself. Without an answer they do, and say what is wrong.
var urlOfChecker = sync.OnceValue(func() string {
	out, _ := exec.Command("go", "run", "workbook/checker", "db", "up", "--print-url").Output()
	return strings.TrimSpace(string(out))
})

// goTool runs the go command, and returns what it says when it fails.
func goTool(args ...string) string {
	out, err := exec.Command("go", args...).CombinedOutput()
	if err == nil {
		return ""
	}
	return fmt.Sprintf("\t%s\n\t(%v)", strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", "\n\t"), err)
}

// writeOverlays writes two overlays for the go command: the checker's, which
// lays an answer over this folder, and the same with the programs.
func writeOverlays(t *testing.T, tmp string) (answer, withPrograms string) {
	dir, err := os.Getwd()
	check(t, err)
	all := struct{ Replace map[string]string }{map[string]string{}}
	for _, variable := range os.Environ() {
		if name, ok := strings.CutPrefix(variable, "WORKBOOK_OVERLAY="); ok && name != "" {
			check(t, json.Unmarshal(unseen(t, name), &all))
		}
	}
	write := func(name string) string {
		text, err := json.Marshal(all)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(tmp, name), text, 0o600))
		return filepath.Join(tmp, name)
	}
	answer = write("answer.json")
	for name, text := range programs(t) {
		stand := filepath.Join(tmp, name)
		check(t, os.WriteFile(stand, []byte(text), 0o600))
		all.Replace[filepath.Join(dir, "slots", name)] = stand
	}
	return answer, write("programs.json")
}

// The go command keeps the result of a test for as long as the test is the same,
// and the variables and files that it has asked package os for. What a run
// depends on: the answer, which the test embeds, and the kit, which it reads.
func rememberKit(t *testing.T) {
	check(t, filepath.WalkDir("../../internal", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" {
			_, err = os.ReadFile(path)
		}
		return err
	}))
}

// unseen reads a file that has another name each time, so that the go command
// does not take note of it.
func unseen(t *testing.T, name string) []byte {
	fd, err := syscall.Open(name, syscall.O_RDONLY, 0)
	check(t, err)
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	text, err := io.ReadAll(f)
	check(t, err)
	return text
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("the grader is at fault: %v", err)
	}
}
