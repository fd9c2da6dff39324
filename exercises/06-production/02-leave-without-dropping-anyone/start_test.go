package main_test

import (
	_ "embed"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/proc"
	"workbook/exercises/internal/seed"
)

// Embedded, not opened by path: what is tested is what was compiled in.
//
//go:embed start.sh
var script []byte

// A program in place of the shop: it says what it was given.
const prints = `printf '[%s]' "$DRAIN_DELAY" "$LEAVE_WITHIN" "$@"; exit 7`

// And one that has something to finish after SIGTERM: until a file appears.
const finishes = `
term=; trap 'term=1' TERM
echo working; until [ "$term" ]; do sleep 0.02; done
echo finishing; until [ -e finish ]; do sleep 0.02; done
exit 9`

func TestStart(t *testing.T) {
	begin := func(t *testing.T, dir, program string, args []string, settings ...string) *shop {
		t.Helper()
		file := filepath.Join(t.TempDir(), "start.sh")
		require.NoError(t, os.WriteFile(file, script, 0o755))
		p := proc.Command(t, "bash", file).Start(t, proc.Args(append([]string{"bash", "-c", program, "program"}, args...)...), proc.Dir(dir), proc.Env(settings...))
		return &shop{Process: p}
	}

	for name, settings := range map[string][]string{"gives_the_settings_a_value": {}, "keeps_the_settings_that_are_there": {"DRAIN_DELAY=1s", "LEAVE_WITHIN=2s"}} {
		t.Run(name, func(t *testing.T) {
			want := "[5s][20s]"
			if len(settings) > 0 {
				want = "[1s][2s]"
			}
			s := begin(t, t.TempDir(), prints, []string{"end"}, settings...)
			s.ends(t, "start.sh has started a program that ends at once")
			require.Equal(t, want+"[end]", s.Stdout(), "start.sh promises DRAIN_DELAY=5s and LEAVE_WITHIN=20s, unless they were set. The program printed the two, and its argument.%s", s.said())
		})
	}
	t.Run("hands_on_arguments_and_status", func(t *testing.T) {
		args := []string{seed.New(t).Word() + " and more", "", "*", `"quoted'`}
		s := begin(t, t.TempDir(), prints, args, "DRAIN_DELAY=1s", "LEAVE_WITHIN=2s")
		exit := s.ends(t, "start.sh has started a program that ends at once")
		require.Equal(t, "[1s][2s]["+args[0]+`][][*]["quoted']`, s.Stdout(), "start.sh promises its arguments to the program, as they are. The program printed two settings, and its arguments.%s", s.said())
		require.Equal(t, proc.Exit{Status: 7}, exit, "start.sh promises the status of the program, which was 7")
	})
	t.Run("hands_on_SIGTERM_and_waits", func(t *testing.T) {
		dir := t.TempDir()
		s := begin(t, dir, finishes, nil)
		s.Line("start.sh promises to start the program", "^working$")
		s.terminate()
		story := "SIGTERM was sent to start.sh, whose program has something to finish"
		s.Line(story+". The program is promised the signal", "^finishing$")
		s.stays(t, story)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "finish"), nil, 0o666))
		require.Equal(t, proc.Exit{Status: 9}, s.ends(t, story), "%s. It finished with status 9, and start.sh promises the status of the program", story)
	})
}
