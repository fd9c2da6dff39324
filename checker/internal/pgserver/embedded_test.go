package pgserver_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

// A repository on loopback stands in for Maven Central. As root these tests run again as another
// user (see TestAsAnotherUser), because a downloaded build refuses root.

func TestEmbeddedAsRoot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("is about root")
	}
	_, err := pgserver.Acquire(t.Context(), blank(t, "embedded"))
	assert.ErrorContains(t, err, "a downloaded build does not run as root")
}

func TestEmbeddedRefused(t *testing.T) {
	asOther(t)
	t.Parallel()
	t.Run("not_found", func(t *testing.T) {
		t.Parallel()
		repo := repository(t, func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
		err := embeddedFails(t, repo.URL)
		assert.ErrorContains(t, err, "404 Not Found")
		require.NotEmpty(t, repo.paths())
		assert.Regexp(t, `^/io/zonky/test/postgres/embedded-postgres-binaries-[a-z0-9-]+/17\.[0-9.]+/embedded-postgres-binaries-[a-z0-9-]+-17\.[0-9.]+\.jar$`, repo.paths()[0])
	})
	t.Run("garbage", func(t *testing.T) {
		t.Parallel()
		repo := repository(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "garbage") })
		assert.Error(t, embeddedFails(t, repo.URL))
	})
	t.Run("garbage_in_a_good_archive", func(t *testing.T) {
		t.Parallel()
		repo := repository(t, serveJar(jar(t, []byte("garbage"))))
		err := embeddedFails(t, repo.URL)
		assert.ErrorContains(t, err, "unable to extract")
	})
	t.Run("nobody_listens", func(t *testing.T) {
		t.Parallel()
		assert.ErrorContains(t, embeddedFails(t, "http://"+refusing(t)), "connection refused")
	})
	t.Run("never_answers", func(t *testing.T) {
		t.Parallel()
		begun := time.Now()
		assert.ErrorContains(t, embeddedFails(t, "http://"+silent(t)), "download PostgreSQL")
		assert.Less(t, time.Since(begun), 15*time.Second)
	})
	t.Run("stops_half_way", func(t *testing.T) {
		t.Parallel()
		begun := time.Now()
		repo := repository(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(make([]byte, 1000))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		assert.ErrorContains(t, embeddedFails(t, repo.URL), "no progress for 8s")
		assert.Less(t, time.Since(begun), 15*time.Second)
	})
}

func TestEmbedded(t *testing.T) {
	asOther(t)
	t.Parallel()
	opts := blank(t, "embedded")
	repo := repository(t, serveJar(jar(t, localBuild(t))))
	opts.Repository = repo.URL
	// What a killed keeper may have left half-unpacked.
	half := filepath.Join(opts.Cache, "embedded", "17.5.0", "bin")
	require.NoError(t, os.MkdirAll(half, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(half, "pg_ctl"), nil, 0o755))

	s := acquire(t, opts)
	assert.Equal(t, "embedded", s.Source)
	assert.Contains(t, s.Detail, repo.URL)
	hasSettings(t, s.URL)
	wantsPassword(t, s.URL)
	assert.Equal(t, s.URL, acquire(t, opts).URL)
	requests := len(repo.paths())

	killPID(t, readState(opts).Keeper)
	assert.Equal(t, s.URL, acquire(t, opts).URL, "adopted")
	require.NoError(t, pgserver.Down(t.Context(), opts))
	assert.Error(t, s.Alive(t.Context()))
	assert.NoError(t, acquire(t, opts).Alive(t.Context()))
	assert.Len(t, repo.paths(), requests, "downloaded once")
}

func embeddedFails(t *testing.T, repository string) error {
	t.Helper()
	opts := blank(t, "embedded")
	opts.Repository = repository
	_, err := pgserver.Acquire(t.Context(), opts)
	var unavailable *pgserver.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	return err
}

// standIn is a repository that remembers what it was asked for.
type standIn struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func repository(t *testing.T, serve http.HandlerFunc) *standIn {
	t.Helper()
	repo := &standIn{}
	repo.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repo.mu.Lock()
		repo.asked = append(repo.asked, r.URL.Path)
		repo.mu.Unlock()
		serve(w, r)
	}))
	t.Cleanup(repo.CloseClientConnections)
	t.Cleanup(repo.Close)
	return repo
}

func (r *standIn) paths() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.asked...)
}

func serveJar(jar []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(jar)
	}
}

// jar wraps an archive the way the repository does.
func jar(t *testing.T, txz []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.Create("postgres-linux-x86_64.txz")
	require.NoError(t, err)
	_, err = w.Write(txz)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return buf.Bytes()
}

// localBuild packs this machine's own programs: they find the rest where it is installed.
func localBuild(t *testing.T) []byte {
	t.Helper()
	need(t, hasLocal(), "initdb and postgres")
	_, err := exec.LookPath("xz")
	need(t, err == nil, "xz")
	dir, err := pgserver.NewestBinaries(t.Context(), os.Getenv("PATH"), []string{"/usr/lib/postgresql/*/bin"})
	require.NoError(t, err)
	cmd := exec.Command("tar", "-cJ", "-C", filepath.Dir(dir), "--exclude=bitcode", "--exclude=llvmjit*",
		"bin/initdb", "bin/postgres", "bin/pg_ctl", "lib")
	cmd.Env = append(os.Environ(), "XZ_OPT=-0")
	out, err := cmd.Output()
	require.NoError(t, err)
	return out
}
