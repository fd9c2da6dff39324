package guard_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/kittest"
)

func TestRun(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"hangs": func(t testing.TB) {
				guard.WithLimit(20*time.Millisecond, func() { guard.Run(t, func() { <-never }) })
			},
			"panics":               func(t testing.TB) { guard.Run(t, func() { deep(3) }) },
			"panics_with_an_error": func(t testing.TB) { guard.Call(t, func() int { panic(errors.New("no such account")) }) },
			"panics_with_nil":      func(t testing.TB) { guard.Run(t, func() { panic(nil) }) },
		},
		Right: map[string]kittest.Program{
			"returns": func(t testing.TB) { guard.Run(t, func() {}) },
			"returns_values": func(t testing.TB) {
				n, err := guard.Call2(t, func() (int, error) { return 3, nil })
				require.NoError(t, err)
				require.Equal(t, 3, n)
			},
			"recovers_itself": func(t testing.TB) {
				guard.Run(t, func() {
					defer func() { _ = recover() }()
					panic("oh")
				})
			},
		},
	})
}

func deep(n int) {
	if n == 0 {
		var m map[string]int
		m["a"] = 1
	}
	deep(n - 1)
}

func TestAnAssertionInside(t *testing.T) {
	after := false
	r := kittest.Play(t, "TestRequires", func(t testing.TB) {
		guard.Run(t, func() { t.Fatal("no") })
		after = true
	})
	assert.Equal(t, "no\n", r.Said())
	assert.True(t, r.Failed())
	assert.False(t, after)
}
