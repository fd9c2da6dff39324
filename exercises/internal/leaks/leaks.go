// Package leaks finds what code under test leaves behind in the process.
package leaks

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// pgxReader reads ahead on a connection whose server was slow to take a
// statement, and then stays until the connection is closed. Whether there is one
// depends on the machine, not on the code under test.
const pgxReader = "github.com/jackc/pgx/v5/pgconn/internal/bgreader.(*BGReader).bgRead"

// Goroutines fails the test when a goroutine that was not there before still
// runs at its end. Goroutines get about a second to notice that they should
// end; only a test that is about to fail waits so long.
//
// Call it before the code under test begins anything. Idle keep-alive
// connections of an HTTP client count as left behind, so close the server and
// call CloseIdleConnections. Goroutines of tests that run in parallel cannot be
// told apart: do not use it in such tests.
//
//kit:proves that code ends what it has begun
func Goroutines(t testing.TB) {
	t.Helper()
	before, reader := goleak.IgnoreCurrent(), goleak.IgnoreAnyFunction(pgxReader)
	t.Cleanup(func() {
		if t.Failed() {
			return // what failed explains what is left, not the other way round
		}
		if err := goleak.Find(before, reader); err != nil {
			t.Errorf("every goroutine that the code starts must have ended when it says that it is done.%s", describe(err.Error()))
		}
	})
}

var (
	goroutine = regexp.MustCompile(`(?m)^\s*\[?Goroutine \d+ in state ([^,\n]+), with (.*) on top of the stack:$`)
	created   = regexp.MustCompile(`created by (.*) in goroutine \d+\n\t(.*) \+0x`)
)

// describe makes goleak's dump short: what each goroutine waits for, and where it was started.
func describe(dump string) string {
	starts := goroutine.FindAllStringSubmatchIndex(dump, -1)
	if len(starts) == 0 {
		return " " + dump
	}
	var b strings.Builder
	fmt.Fprintf(&b, " Still running:\n")
	for i, at := range starts {
		end := len(dump)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		state, top := dump[at[2]:at[3]], dump[at[4]:at[5]]
		fmt.Fprintf(&b, "\n\tin %s (%s)", top, state)
		if by := created.FindStringSubmatch(dump[at[0]:end]); by != nil {
			fmt.Fprintf(&b, "\n\t   started by %s\n\t   %s", by[1], by[2])
		}
		b.WriteString("\n")
	}
	return b.String()
}
