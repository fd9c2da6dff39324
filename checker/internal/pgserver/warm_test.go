package pgserver_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"workbook/checker/internal/pgserver"
)

func TestWarm(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	first := acquire(t, opts)

	t.Run("is_found_again", func(t *testing.T) {
		second := acquire(t, opts)
		assert.Equal(t, first.URL, second.URL)
		assert.NoError(t, second.Release(t.Context()))
		assert.NoError(t, second.Release(t.Context()), "a second time")
	})
	t.Run("is_found_by_another_process", func(t *testing.T) {
		assert.Equal(t, first.URL, startAcquirer(t, opts).url())
	})
	t.Run("is_taken_by_auto", func(t *testing.T) {
		auto := opts
		auto.Want = "auto"
		assert.Equal(t, first.URL, acquire(t, auto).URL)
	})
	t.Run("keeps_its_secret", func(t *testing.T) {
		info, err := os.Stat(stateFile(opts))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		log, err := os.ReadFile(filepath.Join(filepath.Dir(stateFile(opts)), "keeper.log"))
		require.NoError(t, err)
		assert.NotContains(t, string(log), password(t, first.URL))
	})
	t.Run("shows_in_status", func(t *testing.T) {
		conn := dial(t, first.URL)
		defer conn.Close(t.Context())
		eventually(t, "one client", func() bool {
			found, err := pgserver.Find(t.Context(), opts)
			require.NoError(t, err)
			require.Len(t, found.Servers, 1)
			return found.Servers[0].Clients == 1 // connections of tests before may still be closing
		})
		found, err := pgserver.Find(t.Context(), opts)
		require.NoError(t, err)
		w := found.Servers[0]
		assert.Equal(t, "ready", w.Phase)
		assert.Equal(t, first.URL, w.URL)
		assert.True(t, w.Leased)
		assert.Equal(t, readState(opts).Keeper, w.Keeper)
		assert.WithinDuration(t, time.Now(), w.Began, time.Minute)
	})
	t.Run("ends_with_down", func(t *testing.T) {
		require.NoError(t, pgserver.Down(t.Context(), opts))
		assert.Error(t, first.Alive(t.Context()))
		assert.Empty(t, runFolders(opts))
		found, err := pgserver.Find(t.Context(), opts)
		require.NoError(t, err)
		assert.Empty(t, found.Servers)
		assert.NoError(t, pgserver.Down(t.Context(), opts), "a second time")
		assert.NoError(t, first.Release(t.Context()), "after the end")
	})
}

func TestWarmForMany(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	urls := make([]string, 6)
	var all sync.WaitGroup
	for i := range urls {
		if i%2 == 0 {
			a := startAcquirer(t, opts)
			all.Go(func() { urls[i] = a.url() })
			continue
		}
		all.Go(func() {
			if s, err := pgserver.Acquire(context.Background(), opts); assert.NoError(t, err) {
				urls[i] = s.URL
			}
		})
	}
	all.Wait()
	for _, url := range urls {
		assert.Equal(t, urls[0], url)
	}
	assert.Len(t, runFolders(opts), 1)
}

func TestWarmGoesWhenIdle(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	opts.Idle = 400 * time.Millisecond
	s := acquire(t, opts)
	conn := dial(t, s.URL)

	time.Sleep(3 * opts.Idle) // the passing of time is what is tested
	require.NoError(t, s.Alive(t.Context()), "leased and connected")
	require.NoError(t, s.Release(t.Context()))
	time.Sleep(3 * opts.Idle)
	require.NoError(t, conn.Ping(t.Context()), "connected")
	require.NoError(t, conn.Close(t.Context()))
	eventually(t, "an idle server goes", func() bool { return len(runFolders(opts)) == 0 })

	again := acquire(t, opts)
	assert.NotEqual(t, s.URL, again.URL)
	time.Sleep(3 * opts.Idle)
	assert.NoError(t, again.Alive(t.Context()), "leased")
}

func TestWarmStaysWhenAnotherIsWanted(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	s := acquire(t, opts)
	other := opts
	other.Want = "embedded"
	other.Repository = "http://" + refusing(t)
	_, err := pgserver.Acquire(t.Context(), other)
	assert.Error(t, err)
	assert.NoError(t, s.Alive(t.Context()))
}

func TestAcquireStopsWithItsContext(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err := pgserver.Acquire(ctx, opts)
	assert.ErrorIs(t, err, why)
}

func TestAcquireLeaksNothing(t *testing.T) {
	opts := options(t, "local")
	ignore := goleak.IgnoreCurrent()
	s := acquire(t, opts)
	require.NoError(t, s.Alive(t.Context()))
	require.NoError(t, s.Release(t.Context()))
	require.NoError(t, pgserver.Down(t.Context(), opts))
	goleak.VerifyNone(t, ignore)
}

func TestKeeperThatEndsWithoutAWord(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	opts.Keeper = []string{opts.Keeper[0], "-test.run=^$", "-test.nonsense"}
	t.Run("shows_its_log", func(t *testing.T) {
		opts := opts
		opts.Keeper = []string{"sh", "-c", "echo what a pity; exit 1"}
		_, err := pgserver.Acquire(t.Context(), opts)
		assert.ErrorContains(t, err, "what a pity")
	})
	t.Run("is_missing", func(t *testing.T) {
		opts := opts
		opts.Keeper = []string{"/nonexistent/keeper"}
		_, err := pgserver.Acquire(t.Context(), opts)
		assert.ErrorContains(t, err, "start the keeper")
	})
}

func TestCacheThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	opts := blank(t, "local")
	file := filepath.Join(opts.Cache, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	broken := opts
	broken.Cache = filepath.Join(file, "cache")
	_, err := pgserver.Acquire(t.Context(), broken)
	assert.ErrorContains(t, err, "make the cache folder (set WORKBOOK_CACHE_DIR to choose another)")
}

func refusing(t testing.TB) (address string) {
	l := listen(t)
	_ = l.Close()
	return l.Addr().String()
}
