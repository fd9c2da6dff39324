// Package seed gives tests random data that can be had again.
//
//	r := seed.New(t)
//	amount := r.Between(1, 999)
//	for _, o := range seed.Shuffled(r, orders) { … }
//
// A test that fails prints the seed, and the command that gives the same data
// again. Each test draws from a source of its own, so that it gets the same data
// whichever other tests run.
package seed

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Variable is the environment variable that sets the seed.
const Variable = "WORKBOOK_SEED"

// Rand is a source of random data, for one goroutine.
type Rand struct{ *rand.Rand }

// ofThisRun is the seed of all tests of this process.
var ofThisRun = sync.OnceValues(func() (uint64, error) {
	text := os.Getenv(Variable)
	if text == "" {
		return rand.Uint64(), nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s=%s is no seed: give the number that a failed test has printed", Variable, text)
	}
	return n, nil
})

// New returns the random source of a test. A second call in the same test begins
// the same data anew.
//
//kit:proves that code is right for data that nobody has seen before
func New(t testing.TB) *Rand {
	t.Helper()
	n, err := ofThisRun()
	if err != nil {
		t.Fatal(err)
	}
	if _, again := printing.LoadOrStore(t.Name(), true); !again {
		t.Cleanup(func() {
			printing.Delete(t.Name())
			if t.Failed() {
				t.Logf("(the data is random; to have the same again: %s=%d go test -run '%s')", Variable, n, pattern(t.Name()))
			}
		})
	}
	return from(n, t.Name())
}

// printing holds the tests that will print the seed, each once however often it asks for a source.
var printing sync.Map

// Setting returns "WORKBOOK_SEED=123", the seed of this run, for the environment
// of a process that is to draw the same data.
func Setting(t testing.TB) string {
	t.Helper()
	n, err := ofThisRun()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s=%d", Variable, n)
}

// from is the source of a test of the given name.
func from(n uint64, test string) *Rand {
	sum := sha256.Sum256([]byte(test))
	return &Rand{rand.New(rand.NewPCG(n, binary.BigEndian.Uint64(sum[:8])))}
}

// pattern is the -run that selects one test.
func pattern(name string) string {
	return "^" + strings.ReplaceAll(name, "/", "$/^") + "$"
}

// Between returns a number from low to high, both included.
func (r *Rand) Between(low, high int64) int64 { return low + r.Int64N(high-low+1) }

// Chance is true with the given probability, from 0 to 1.
func (r *Rand) Chance(p float64) bool { return r.Float64() < p }

// Time returns an instant from one up to another, to the microsecond, which is
// as fine as the database keeps it.
func (r *Rand) Time(from, to time.Time) time.Time {
	return from.Add(time.Duration(r.Int64N(to.Sub(from).Microseconds())) * time.Microsecond)
}

// Pick returns one of the choices.
func Pick[T any](r *Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// Shuffled returns the elements in another order, in a slice of its own.
func Shuffled[T any](r *Rand, list []T) []T {
	out := append([]T(nil), list...)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Sample returns n different elements of the list, in random order.
func Sample[T any](r *Rand, list []T, n int) []T { return Shuffled(r, list)[:n] }
