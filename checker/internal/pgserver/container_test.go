package pgserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

func TestContainer(t *testing.T) {
	t.Parallel()
	needImage(t)
	opts := options(t, "container")
	s := acquire(t, opts)
	id := docker(t, "ps", "-q", "--filter", "label=workbook.cache="+pgserver.CacheID(opts.Cache))

	t.Run("says_what_it_is", func(t *testing.T) {
		assert.Equal(t, "container", s.Source)
		assert.Contains(t, s.Detail, opts.Image)
		assert.Contains(t, s.Detail, id)
	})
	t.Run("has_the_settings", func(t *testing.T) { hasSettings(t, s.URL) })
	t.Run("wants_a_password", func(t *testing.T) { wantsPassword(t, s.URL) })
	t.Run("publishes_on_loopback_only", func(t *testing.T) {
		assert.Equal(t, "127.0.0.1", docker(t, "inspect", "-f", `{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}}{{end}}{{end}}`, id))
	})
	t.Run("keeps_its_data_in_memory", func(t *testing.T) {
		assert.Contains(t, docker(t, "inspect", "-f", `{{.HostConfig.Tmpfs}}`, id), "/workbook")
		assert.Equal(t, "/workbook/data", ask[string](t, s.URL, `SHOW data_directory`))
	})
	t.Run("is_found_again", func(t *testing.T) {
		assert.Equal(t, s.URL, acquire(t, opts).URL)
		assert.NoError(t, s.Alive(t.Context()))
	})
	t.Run("of_a_killed_keeper_is_adopted", func(t *testing.T) {
		old := readState(opts).Keeper
		killPID(t, old)
		assert.Equal(t, s.URL, acquire(t, opts).URL)
		eventually(t, "a new keeper", func() bool {
			st := readState(opts)
			return st.Keeper != old && st.Phase == "ready"
		})
		assert.NoError(t, s.Alive(t.Context()))
	})
	t.Run("that_is_removed_is_replaced", func(t *testing.T) {
		docker(t, "rm", "-f", id)
		assert.Error(t, s.Alive(t.Context()))
		again := acquire(t, opts)
		assert.NoError(t, again.Alive(t.Context()))
		assert.Len(t, containersOf(t, opts), 1)
	})
	t.Run("is_removed_by_down", func(t *testing.T) {
		begun := time.Now()
		require.NoError(t, pgserver.Down(t.Context(), opts))
		assert.Empty(t, containersOf(t, opts))
		assert.Less(t, time.Since(begun), 8*time.Second, "a stop without patience")
	})
}

func TestContainerOfKilledKeeperIsCleared(t *testing.T) {
	t.Parallel()
	needImage(t)
	opts := options(t, "container")
	a := startAcquirer(t, opts)
	eventually(t, "a container", func() bool { return len(containersOf(t, opts)) == 1 })
	left := containersOf(t, opts)[0]
	killPID(t, readState(opts).Keeper) // long before the server is ready
	a.kill(t)
	acquire(t, opts)
	assert.Len(t, containersOf(t, opts), 1)
	assert.NotContains(t, containersOf(t, opts), left)
}

func TestContainerWithoutImage(t *testing.T) {
	t.Parallel()
	need(t, exec.Command("docker", "version").Run() == nil, "a Docker engine")
	opts := options(t, "container")
	opts.Image = "127.0.0.1:1/workbook/no-such-image:0"
	var lines []string
	opts.Progress = func(line string) { lines = append(lines, line) }
	begun := time.Now()
	_, err := pgserver.Acquire(t.Context(), opts)
	var unavailable *pgserver.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	assert.ErrorContains(t, err, "pull "+opts.Image)
	assert.Contains(t, unavailable.Attempts[0].Help, "WORKBOOK_POSTGRES_IMAGE")
	assert.Equal(t, []string{"container: pulling " + opts.Image}, lines)
	assert.Less(t, time.Since(begun), 10*time.Second)
}

// The keeper reads DOCKER_HOST in a process of its own; these tests set it there only, by way of env.

func TestEngineThatNeverAnswers(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"container", "auto"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			opts := withEnv(options(t, want), "DOCKER_HOST=tcp://"+silent(t))
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			s, err := pgserver.Acquire(ctx, opts)
			if want == "container" {
				var unavailable *pgserver.UnavailableError
				require.ErrorAs(t, err, &unavailable)
				assert.ErrorContains(t, err, "no Docker engine answers")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "local", s.Source)
			require.Len(t, s.Notes, 1)
			assert.Contains(t, s.Notes[0], "container: no Docker engine answers")
			begun := time.Now()
			again := acquire(t, opts)
			assert.Equal(t, s.URL, again.URL)
			assert.Equal(t, s.Notes, again.Notes)
			assert.Less(t, time.Since(begun), 2*time.Second, "the engine is not asked again")
		})
	}
}

func TestPullThatStalls(t *testing.T) {
	t.Parallel()
	opts := withEnv(options(t, "container"), "DOCKER_HOST="+stallingEngine(t))
	opts.Image = "some/image:1"
	begun := time.Now()
	_, err := pgserver.Acquire(t.Context(), opts)
	assert.ErrorContains(t, err, "pull some/image:1: no progress for 8s")
	assert.Less(t, time.Since(begun), 15*time.Second)
}

// stallingEngine is a Docker engine that has no image and begins to pull one, for ever.
func stallingEngine(t *testing.T) string {
	t.Helper()
	end := make(chan struct{})
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.44")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			_, _ = w.Write([]byte("OK"))
		case strings.HasSuffix(r.URL.Path, "/images/create"):
			_, _ = w.Write([]byte(`{"status":"Pulling from some/image","id":"1"}` + "\n"))
			w.(http.Flusher).Flush()
			select {
			case <-end:
			case <-r.Context().Done():
			}
		case strings.Contains(r.URL.Path, "/images/"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"message":"no such image"}`))
		case strings.HasSuffix(r.URL.Path, "/containers/json"):
			_, _ = w.Write([]byte(`[]`))
		default:
			_, _ = w.Write([]byte(`{}`))
		}
	}))
	t.Cleanup(engine.Close)
	t.Cleanup(func() { close(end) })
	return strings.Replace(engine.URL, "http://", "tcp://", 1)
}

// withEnv has the keeper run with more environment variables.
func withEnv(opts pgserver.Options, vars ...string) pgserver.Options {
	opts.Keeper = append(append([]string{"env"}, vars...), opts.Keeper...)
	return opts
}

func docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}
