package pgserver_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

func TestX(t *testing.T) {
	o := pgserver.Options{Want: os.Getenv("WANT"), Image: os.Getenv("IMG"), Cache: t.TempDir(), Keeper: []string{os.Args[0]}, Progress: func(s string) { t.Log(s) }}
	for range 3 {
		b := time.Now()
		s, err := pgserver.Acquire(t.Context(), o)
		require.NoError(t, err)
		t.Log(time.Since(b), s.URL, s.Detail)
		require.NoError(t, s.Release(t.Context()))
	}
	b := time.Now()
	require.NoError(t, pgserver.Down(t.Context(), o))
	t.Log(time.Since(b))
	b = time.Now()
	s, err := pgserver.Acquire(t.Context(), o)
	require.NoError(t, err)
	t.Log(time.Since(b), s.URL, s.Detail)
	require.NoError(t, pgserver.Down(t.Context(), o))
}
