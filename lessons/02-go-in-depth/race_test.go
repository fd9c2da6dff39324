//go:build race

package indepth_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
)

// TestRaceReport runs this very test again, in a process of its own: there it counts without a lock, and the report of the
// race detector is what is compared. (Its golden file is written with `go test -race -update`.)
func TestRaceReport(t *testing.T) {
	if os.Getenv("LESSON_RACE") != "" {
		visit(2)
		return
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRaceReport$", "-test.count=1")
	again.Env = append(os.Environ(), "LESSON_RACE=1", "GOMAXPROCS=1", "GORACE=atexit_sleep_ms=0")
	out, err := again.CombinedOutput()
	require.Error(t, err, "a race is a failure")
	exercises.Golden(t, "race", report(t, string(out)))
}

var (
	rule    = regexp.MustCompile(`(?s)={10,}\n(WARNING: DATA RACE.*?)={10,}`)
	created = regexp.MustCompile(`(?s)\nGoroutine \d+ .*`)
	number  = regexp.MustCompile(`goroutine \d+`)
	address = regexp.MustCompile(`0x[0-9a-f]+`)
	place   = regexp.MustCompile(`(?m)^ +\S*/(\w+\.go):\d+ \+0x[0-9a-f]+$`)
	library = regexp.MustCompile(`(?m)^  (sync|testing)\..*\n +.*\n`)
)

// report is what the detector says of the two accesses; numbers, addresses, the library and where the goroutines began are left out.
func report(t *testing.T, out string) string {
	t.Helper()
	found := rule.FindStringSubmatch(out)
	require.NotNil(t, found, out)
	text := created.ReplaceAllString(found[1], "\n")
	text = library.ReplaceAllString(text, "")
	text = place.ReplaceAllString(text, "      $1")
	text = address.ReplaceAllString(number.ReplaceAllString(text, "goroutine N"), "0xADDRESS")
	return strings.TrimSpace(before.ReplaceAllString(text, "indepth")) + "\n"
}
