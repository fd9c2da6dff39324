package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is there beside the scripts: nothing that does anything. `git` and `gh`
// write down how they are called.
const others = `
command_not_found_handle() { return 0; }
git() { record git "$@"; }
gh() { record gh "$@"; }
record() { { printf '%s\0' "$@"; printf '\1\0'; } >>"$CALLS"; }
bash() { "$BASH" "$@"; }
sh() { "$BASH" "$@"; }
for wrapper in env timeout nice sudo nohup stdbuf xargs; do
	eval "$wrapper() { while (( \$# )); do case \$1 in *scripts/*|bash|sh) \"\$@\"; return ;; esac; shift; done; }"
done
`

// What a step did when it was run.
type execution struct {
	calls  [][]string // what was called, each with its arguments
	failed bool
}

var executed = map[string]execution{} // the same step is met in many worlds

// execute runs the script of a step in an empty checkout, with the repository's
// scripts in it. It returns what they were called with, and whether the step failed.
func execute(t *testing.T, shell, script string, env []string, testsFail bool) ([][]string, bool) {
	key := fmt.Sprint(shell, "\x00", script, "\x00", env, testsFail)
	if _, done := executed[key]; !done {
		executed[key] = start(t, shell, script, env, testsFail)
	}
	return executed[key].calls, executed[key].failed
}

func start(t *testing.T, shell, script string, env []string, testsFail bool) execution {
	args := []string{"-e"}
	switch strings.Fields(shell + " bash")[0] {
	case "bash":
		if shell == "bash" {
			args = []string{"--noprofile", "--norc", "-eo", "pipefail"}
		}
	case "sh":
	default:
		return execution{} // another language
	}
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
		return filepath.ToSlash(file)
	}
	calls := write("calls", "")
	checkout := filepath.Join(dir, "checkout")
	for _, name := range []string{"test", "deploy", "check-title", "hijacked"} {
		exit := "0"
		if name == "test" && testsFail {
			exit = "1"
		}
		write("checkout/scripts/"+name, "#!"+filepath.ToSlash(bash)+"\nrecord scripts/"+name+" \"$@\"\nexit "+exit+"\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, bash, append(args, write("step", script))...)
	cmd.Dir, cmd.WaitDelay = checkout, 5*time.Second
	cmd.Env = append(slices.Clone(env), "BASH_ENV="+write("others", others), "CALLS="+calls, "PATH="+filepath.Join(dir, "nothing"),
		"GITHUB_OUTPUT="+write("output", ""), "GITHUB_ENV="+write("env", ""), "GITHUB_PATH="+write("path", ""),
		"GITHUB_STEP_SUMMARY="+write("summary", ""), "GITHUB_WORKSPACE="+filepath.ToSlash(checkout), "CI=true",
		"HOME="+filepath.ToSlash(dir), "RUNNER_TEMP="+filepath.ToSlash(dir), "RUNNER_OS=Linux", "GITHUB_RUN_ID=99", "GITHUB_ACTOR=somebody")
	err = cmd.Run()
	if ctx.Err() != nil {
		t.Errorf("a step did not end within 30 seconds:\n%s", script)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("run bash: %v", err)
	}
	text, readErr := os.ReadFile(calls)
	require.NoError(t, readErr)
	var all [][]string
	for call := range strings.SplitSeq(strings.TrimSuffix(string(text), "\x00\x01\x00"), "\x00\x01\x00") {
		if call != "" {
			all = append(all, strings.Split(call, "\x00"))
		}
	}
	return execution{all, err != nil}
}

// environ is the environment of a step: its own, and what every step has.
func environ(env map[string]string, github object) []string {
	all := map[string]string{"GITHUB_ACTIONS": "true"}
	for _, name := range []string{"head_ref", "base_ref", "ref", "ref_name", "ref_type", "sha", "event_name", "repository", "actor"} {
		all["GITHUB_"+strings.ToUpper(name)] = str(github[name])
	}
	maps.Copy(all, env)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}
