package pgserver_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

// need ends a test whose requirement is missing: with a failure in CI, where nobody reads skips.
func need(t testing.TB, met bool, what string) {
	t.Helper()
	if met {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("this test needs %s", what)
	}
	t.Skipf("NOT RUN: this test needs %s", what)
}

// blank returns options with a cache of its own, and sees to it that nothing is left at the end.
func blank(t testing.TB, want string) pgserver.Options {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cache, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	opts := pgserver.Options{
		Want: want, Cache: cache, Keeper: []string{self}, Image: image(),
		Progress: func(line string) { t.Log(line) },
	}
	t.Cleanup(func() {
		opts := opts
		opts.Want = "auto"
		require.NoError(t, pgserver.Down(context.Background(), opts))
		assert.Empty(t, runFolders(opts), "temporary folders after Down")
		if want == "container" {
			assert.Empty(t, containersOf(t, opts), "containers after Down")
		}
	})
	return opts
}

// options is blank with a cluster in the cache, so that a start takes no initdb.
func options(t testing.TB, want string) pgserver.Options {
	t.Helper()
	opts := blank(t, want)
	if want == "local" || want == "auto" {
		need(t, hasLocal(), "initdb and postgres")
		require.NoError(t, os.Symlink(filepath.Join(seed(t), "clusters"), filepath.Join(opts.Cache, "clusters")))
	}
	return opts
}

var seedCache struct {
	sync.Mutex
	dir string
}

// seed returns a cache in which a local server was started once.
func seed(t testing.TB) string {
	seedCache.Lock()
	defer seedCache.Unlock()
	if seedCache.dir != "" {
		return seedCache.dir
	}
	dir, err := os.MkdirTemp("", "pgserver-seed-")
	require.NoError(t, err)
	opts := blank(t, "local")
	opts.Cache = dir
	_, err = pgserver.Acquire(t.Context(), opts)
	require.NoError(t, err)
	require.NoError(t, pgserver.Down(t.Context(), opts))
	seedCache.dir = dir
	return dir
}

func removeSeed() {
	if seedCache.dir != "" {
		_ = os.RemoveAll(seedCache.dir)
	}
}

func acquire(t testing.TB, opts pgserver.Options) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Acquire(t.Context(), opts)
	require.NoError(t, err)
	return s
}

// ask runs a query that gives one value.
func ask[T any](t testing.TB, url, sql string) T {
	t.Helper()
	conn := dial(t, url)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err)
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return v
}

func dial(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	return conn
}

func exec1(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err, sql)
}

// recorded is what the tests read of a state file.
type recorded struct {
	Phase  string `json:"phase"`
	Keeper int    `json:"keeper_pid"`
	URL    string `json:"url"`
}

func stateFile(opts pgserver.Options) string {
	found, _ := filepath.Glob(filepath.Join(opts.Cache, "servers", opts.Want+"*", "state.json"))
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

func readState(opts pgserver.Options) (st recorded) {
	data, _ := os.ReadFile(stateFile(opts))
	_ = json.Unmarshal(data, &st)
	return st
}

// runFolders lists the temporary folders of a cache.
func runFolders(opts pgserver.Options) []string {
	var found []string
	for _, parent := range []string{os.TempDir(), "/dev/shm"} {
		here, _ := filepath.Glob(filepath.Join(parent, "workbook-pg-"+pgserver.CacheID(opts.Cache)+"-*"))
		found = append(found, here...)
	}
	return found
}

func eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	require.Eventually(t, met, 10*time.Second, 5*time.Millisecond, what)
}

func hasLocal() bool {
	_, err := pgserver.NewestBinaries(context.Background(), os.Getenv("PATH"), []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"})
	return err == nil
}

// image is what the container tests run: it must be present, nothing is pulled for them.
func image() string {
	if image := os.Getenv("WORKBOOK_POSTGRES_IMAGE"); image != "" {
		return image
	}
	return "workbook-postgres:15"
}

func needImage(t testing.TB) {
	t.Helper()
	err := exec.Command("docker", "image", "inspect", image()).Run()
	need(t, err == nil, "the image "+image()+": .ci/postgres-image.sh makes one")
}

func containersOf(t testing.TB, opts pgserver.Options) []string {
	t.Helper()
	out, err := exec.Command("docker", "ps", "-aq", "--filter", "label=workbook.cache="+pgserver.CacheID(opts.Cache)).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

// silent is a server that accepts connections and never says a word.
func silent(t testing.TB) (address string) {
	t.Helper()
	l := listen(t)
	return l.Addr().String()
}

// killPID ends a process in a way that it cannot notice.
func killPID(t testing.TB, pid int) {
	t.Helper()
	require.Greater(t, pid, 1)
	p, err := os.FindProcess(pid)
	require.NoError(t, err)
	require.NoError(t, p.Kill())
}
