package kittest_test

import (
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
)

// add is what the proofs below are about: a check that a function adds.
func add(f func(a, b int) int) kittest.Program {
	return func(t testing.TB) {
		if got := f(2, 3); got != 5 {
			t.Errorf("add promises 5 for 2 and 3, and returned %d", got)
		}
	}
}

func TestProve(t *testing.T) {
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"subtracts": add(func(a, b int) int { return a - b }),
		},
		Right: map[string]kittest.Program{
			"adds":            add(func(a, b int) int { return a + b }),
			"subtracts_twice": add(func(a, b int) int { return a - (0 - b) }),
		},
	})
}

// TestProofsThatFail runs this test binary with proofs that must not hold.
func TestProofsThatFail(t *testing.T) {
	for name, words := range map[string]string{
		"a_wrong_program_that_passes": "the wrong program passed",
		"a_right_program_that_fails":  "the right program failed",
		"a_message_that_changes":      "differs",
		"only_one_right_program":      "two right ones",
		"no_database":                 "workbook: no database: nobody listens",
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestPlayed$", "-test.v")
			cmd.Env = append(os.Environ(), "KITTEST_PLAYED="+name, "WORKBOOK_KIT_ROUNDS=3")
			out, err := cmd.CombinedOutput()
			require.Error(t, err, string(out))
			assert.Contains(t, string(out), words)
		})
	}
}

func TestPlayed(t *testing.T) {
	right := map[string]kittest.Program{
		"adds":     add(func(a, b int) int { return a + b }),
		"adds_too": add(func(a, b int) int { return b + a }),
	}
	subtracts := map[string]kittest.Program{"subtracts": add(func(a, b int) int { return a - b })}
	switch os.Getenv("KITTEST_PLAYED") {
	case "a_wrong_program_that_passes":
		kittest.Prove(t, kittest.Programs{Wrong: map[string]kittest.Program{"adds": right["adds"]}, Right: right})
	case "a_right_program_that_fails":
		right["subtracts"] = subtracts["subtracts"]
		kittest.Prove(t, kittest.Programs{
			Wrong: map[string]kittest.Program{"subtracts": subtracts["subtracts"]}, Right: right,
			Loose: map[string]string{"subtracts": "its golden file belongs to another test"},
		})
	case "a_message_that_changes":
		n := 0
		kittest.Prove(t, kittest.Programs{Wrong: map[string]kittest.Program{"counts": func(t testing.TB) {
			n++
			t.Errorf("round %d", n)
		}}, Right: right})
	case "no_database":
		kittest.Prove(t, kittest.Programs{Wrong: map[string]kittest.Program{"cannot_tell": func(t testing.TB) {
			t.Fatal("workbook: no database: nobody listens")
		}}, Right: right, Loose: map[string]string{"cannot_tell": "it tells nothing"}})
	case "only_one_right_program":
		kittest.Prove(t, kittest.Programs{Wrong: subtracts, Right: map[string]kittest.Program{"adds": right["adds"]}})
	}
}

func TestRounds(t *testing.T) {
	before, n := runtime.GOMAXPROCS(0), map[int]int{}
	kittest.Rounds(t, func(*testing.T) { n[runtime.GOMAXPROCS(0)]++ })
	assert.Equal(t, before, runtime.GOMAXPROCS(0))
	assert.Equal(t, []int{1, 2, 8}, slices.Sorted(maps.Keys(n)))
	assert.True(t, n[1] == n[2] && n[2] == n[8] && n[8] >= 2, "as many rounds with each: %v", n)
}

func TestPlay(t *testing.T) {
	var order []string
	r := kittest.Play(t, "TestX", func(t testing.TB) {
		t.Cleanup(func() { order = append(order, "first") })
		t.Cleanup(func() {
			order = append(order, "second")
			t.Cleanup(func() { order = append(order, "of the second") })
		})
		t.Log(t.Name())
		t.Fatalf("the %s", "end")
		order = append(order, "never")
	})
	assert.True(t, r.Failed())
	assert.Equal(t, "TestX\nthe end\n", r.Said())
	assert.Equal(t, []string{"second", "of the second", "first"}, order)
}

func TestStable(t *testing.T) {
	in := "open \"postgres://me:secret@127.0.0.1:5555/x?sslmode=disable\"; http://127.0.0.1:43210/a; goroutine 18 [running]; WORKBOOK_SEED=77"
	assert.Equal(t, "open \"postgres://…\"; http://127.0.0.1:PORT/a; goroutine 18 [running]; WORKBOOK_SEED=N", kittest.Stable(in))
	assert.Equal(t, "goroutine N [", kittest.Stable("goroutine 18 ["))
	assert.False(t, strings.Contains(kittest.Stable("at 0xc000123456"), "c000"))
}
