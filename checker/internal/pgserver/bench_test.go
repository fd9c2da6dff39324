package pgserver_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

// BenchmarkAcquireWarm finds the warm server. Its floor is one connection to that server, which
// the same run measures (connect-ns/op).
func BenchmarkAcquireWarm(b *testing.B) {
	opts := options(b, "local")
	opts.Progress = nil
	url := acquire(b, opts).URL
	for b.Loop() {
		s := acquire(b, opts)
		require.NoError(b, s.Release(b.Context()))
	}
	begun := time.Now()
	for range b.N {
		conn, err := pgx.Connect(b.Context(), url)
		require.NoError(b, err)
		require.NoError(b, conn.Ping(b.Context()))
		require.NoError(b, conn.Close(b.Context()))
	}
	b.ReportMetric(float64(time.Since(begun).Nanoseconds())/float64(b.N), "connect-ns/op")
}

// BenchmarkLocalCold starts a local server on a machine that has started one before, up to the
// first query. The budget is 0.4 s.
func BenchmarkLocalCold(b *testing.B) { benchmarkCold(b, options(b, "local")) }

// BenchmarkContainerCold starts a container whose image is present, up to the first query. The
// budget is 2 s.
func BenchmarkContainerCold(b *testing.B) {
	needImage(b)
	benchmarkCold(b, options(b, "container"))
}

func benchmarkCold(b *testing.B, opts pgserver.Options) {
	opts.Progress = nil
	for b.Loop() {
		s := acquire(b, opts)
		require.NoError(b, s.Alive(b.Context()))
		b.StopTimer()
		require.NoError(b, pgserver.Down(b.Context(), opts))
		b.StartTimer()
	}
}
