// Package kittest puts the test kit itself to the test.
//
// A primitive of the kit is proven by [Prove]: programs that it must catch, and
// programs that it must let through, each tried again and again on a busy
// machine; what it says of a wrong one is compared with a golden file, and must
// be the same every time.
package kittest

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A Program is a test as the author of an exercise would write it, around
// code that is right or wrong.
type Program func(t testing.TB)

// Programs are what a primitive is proven with.
type Programs struct {
	Wrong map[string]Program // the primitive must catch each of these
	Right map[string]Program // and none of these: at least two different ways

	// Loose names the wrong programs whose message is not the same every time,
	// for a reason to be given beside it. They have no golden file.
	Loose map[string]string
}

// roundsVariable sets how often everything is tried. Without it the kit's tests
// are quick: `go test ./exercises/...` is a learner's command too.
const roundsVariable = "WORKBOOK_KIT_ROUNDS"

// quick is the number of rounds without that variable.
const quick = 2

// rounds is the number of rounds, and whether the machine is to be kept busy.
func rounds(t testing.TB) (n int, busy bool) {
	t.Helper()
	value := os.Getenv(roundsVariable)
	if value == "" {
		return quick, false
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: give a number of rounds, such as 50", roundsVariable, value)
	}
	return n, true
}

// noDatabase begins the message of a test that has no database; package dbtest prints it.
const noDatabase = "workbook: no database:"

// procs are the values of GOMAXPROCS that everything is tried with.
var procs = []int{1, 2, 8}

// Prove runs every program many times in a row with GOMAXPROCS at 1, 2 and 8:
// with WORKBOOK_KIT_ROUNDS=10, as `make test` does, ten times, on a machine that
// is kept busy; without it, a few times. Each wrong program
// must fail every time, with the message in
// testdata/<test's name>/<program>.golden, and each right one must pass every time.
func Prove(t *testing.T, p Programs) {
	t.Helper()
	if len(p.Wrong) == 0 || len(p.Right) < 2 {
		t.Fatalf("a proof needs a wrong program and two right ones; it has %d and %d", len(p.Wrong), len(p.Right))
	}
	for name, why := range p.Loose {
		if p.Wrong[name] == nil || why == "" {
			t.Fatalf("%q is no wrong program, or has no reason", name)
		}
	}
	if _, busy := rounds(t); busy {
		Load(t)
	}
	proof := t.Name()
	for _, name := range slices.Sorted(maps.Keys(p.Wrong)) {
		t.Run("catches/"+name, func(t *testing.T) {
			Rounds(t, func(t *testing.T) {
				r := Play(t, "TestLearner/case", p.Wrong[name])
				if strings.Contains(r.Said(), noDatabase) {
					t.Fatal(r.Said()) // nothing was shown: neither right nor wrong
				}
				if !r.Failed() {
					t.Fatalf("the wrong program passed. It said:\n%s", r.Said())
				}
				if p.Loose[name] == "" {
					Golden(t, proof+"/"+name, r.Said())
				}
			})
		})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Right)) {
		t.Run("lets_through/"+name, func(t *testing.T) {
			Rounds(t, func(t *testing.T) {
				if r := Play(t, "TestLearner/case", p.Right[name]); r.Failed() {
					t.Fatalf("the right program failed. It said:\n%s", r.Said())
				}
			})
		})
	}
}

// Rounds calls f as often as [Prove] does, with GOMAXPROCS at 1, 2 and 8. The
// test ends at the first round that fails.
func Rounds(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	n, _ := rounds(t)
	for _, p := range procs {
		t.Run(fmt.Sprintf("GOMAXPROCS=%d", p), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p))
			for i := range n {
				f(t)
				if t.Failed() {
					t.Fatalf("that was round %d", i+1)
				}
			}
		})
	}
}
