//go:build linux

package production_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

// session runs the lines of a script in one bash, in a folder of its own with the given files, and returns each line as it would be typed, with
// what it printed.
func session(t *testing.T, script string, files map[string]string, env ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	var whole strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		whole.WriteString("cat <<'LINE'\n$ " + line + "\nLINE\n" + line + "\n")
	}
	cmd := exec.CommandContext(t.Context(), "bash")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(whole.String())
	cmd.Env = append(os.Environ(), append(env, "LC_ALL=C")...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Run(), out.String())
	return strings.ReplaceAll(out.String(), dir, "/var/log/shop")
}

func TestDeletedFile(t *testing.T) {
	exercises.Golden(t, "deleted", session(t, `exec 3>app.log                        # a program opens its log
head -c 5000000 /dev/zero >&3         # and fills it
rm app.log                            # somebody tidies up
ls                                    # it is gone
readlink /proc/$$/fd/3                # it is not
stat -L -c '%s bytes' /proc/$$/fd/3
: >/proc/$$/fd/3                      # empties it, without a restart
stat -L -c '%s bytes' /proc/$$/fd/3
`, nil))
}

const access = `{"route":"GET /orders","status":200,"ms":500,"user":"u1500"}
{"route":"GET /orders","status":200,"ms":12,"user":"u7"}
{"route":"POST /pay","status":500,"ms":31,"user":"u8"}
{"route":"GET /orders","status":200,"ms":9,"user":"u7"}
`

func TestTraps(t *testing.T) {
	exercises.Golden(t, "traps", session(t, `grep -c 500 access.log                    # how many failed?
grep -c '"status":500,' access.log
printf '9\n10\n31\n' | sort | tail -n 1    # the slowest?
printf '9\n10\n31\n' | sort -n | tail -n 1
printf 'u7\nu8\nu7\n' | uniq | wc -l       # how many people?
printf 'u7\nu8\nu7\n' | sort -u | wc -l
`, map[string]string{"access.log": access}))
}

func TestRed(t *testing.T) {
	exercises.Golden(t, "red", session(t, `gofmt -l . ; echo "exit status $?"
false | tee test.log ; echo "exit status $?"
set -o pipefail
false | tee test.log ; echo "exit status $?"
test -z "$(gofmt -l .)" ; echo "exit status $?"
`, map[string]string{"ugly.go": "package ugly\nfunc  f( ){}\n"}))
}

// step is what a runner does with a `run` of a workflow: expressions are replaced in its text, and the text is run.
func step(t *testing.T, file, title string, env ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	_, script, found := strings.Cut(string(text), "run: ")
	require.True(t, found)
	script = strings.ReplaceAll(script, "${{ github.event.pull_request.title }}", title)
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-c", script)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

func TestWorkflowInjection(t *testing.T) {
	const title = `fix typo"; echo "PUBLISH_TOKEN is $PUBLISH_TOKEN`
	const token = "PUBLISH_TOKEN=test-data"
	exercises.Golden(t, "hijacked", "the title of the pull request:   "+title+"\n\npasted into the script\n"+indent(step(t, "pasted.yml", title, token))+
		"\nhanded over in the environment\n"+indent(step(t, "environment.yml", title, token, "TITLE="+title)))
}

func indent(text string) string {
	return "   " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n   ") + "\n"
}
