package pgserver_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	opts := options(t, "local")
	s := acquire(t, opts)
	t.Run("says_what_it_is", func(t *testing.T) {
		assert.Equal(t, "local", s.Source)
		assert.Equal(t, ask[string](t, s.URL, `SELECT split_part(current_setting('server_version'), ' ', 1)`), s.Version)
		assert.Contains(t, s.Detail, "PostgreSQL")
	})
	t.Run("has_the_settings", func(t *testing.T) { hasSettings(t, s.URL) })
	t.Run("listens_on_loopback_only", func(t *testing.T) {
		assert.Equal(t, "127.0.0.1", ask[string](t, s.URL, `SHOW listen_addresses`))
		assert.Empty(t, ask[string](t, s.URL, `SHOW unix_socket_directories`))
		assert.NotEqual(t, "5432", ask[string](t, s.URL, `SHOW port`))
	})
	t.Run("wants_a_password", func(t *testing.T) { wantsPassword(t, s.URL) })
	t.Run("is_not_in_the_cache", func(t *testing.T) {
		dir := ask[string](t, s.URL, `SHOW data_directory`)
		assert.False(t, strings.HasPrefix(dir, opts.Cache), dir)
	})
}

func hasSettings(t *testing.T, url string) {
	t.Helper()
	for _, setting := range pgserver.Settings {
		name, want, _ := strings.Cut(setting, "=")
		assert.Equal(t, want, ask[string](t, url, `SHOW `+name), name)
	}
	assert.Equal(t, "UTF8", ask[string](t, url, `SHOW server_encoding`))
	collate := ask[string](t, url, `SELECT datcollate::text FROM pg_database WHERE datname = 'postgres'`)
	assert.Contains(t, []string{"C.UTF-8", "C"}, collate)
}

func wantsPassword(t *testing.T, raw string) {
	t.Helper()
	u, err := url.Parse(raw)
	require.NoError(t, err)
	host, _, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", host)
	assert.GreaterOrEqual(t, len(password(t, raw)), 20)
	u.User = url.UserPassword("postgres", "postgres")
	_, err = pgx.Connect(t.Context(), u.String())
	assert.ErrorContains(t, err, "password authentication failed")
}

func TestLocalStoresItsCluster(t *testing.T) {
	t.Parallel()
	need(t, hasLocal(), "initdb and postgres")
	opts := blank(t, "local")
	initdbs := 0
	opts.Progress = func(line string) {
		if strings.Contains(line, "initdb") {
			initdbs++
		}
	}
	// What a killed keeper may have left half-made.
	halfMade := filepath.Join(opts.Cache, "clusters", "0123456789-making-1", "data")
	require.NoError(t, os.MkdirAll(halfMade, 0o700))

	first := acquire(t, opts)
	assert.Equal(t, 1, initdbs, "the first start prepares a cluster")
	require.NoError(t, pgserver.Down(t.Context(), opts))
	second := acquire(t, opts)
	assert.Equal(t, 1, initdbs, "the second start copies it")
	assert.NotEqual(t, password(t, first.URL), password(t, second.URL), "each server has a password of its own")
	require.NoError(t, pgserver.Down(t.Context(), opts))

	controls, err := filepath.Glob(filepath.Join(opts.Cache, "clusters", "*", "data", "global", "pg_control"))
	require.NoError(t, err)
	require.Len(t, controls, 1)
	require.NoError(t, os.Truncate(controls[0], 100))
	third := acquire(t, opts)
	assert.Equal(t, 2, initdbs, "a damaged one is made again")
	assert.NoError(t, third.Alive(t.Context()))
}

func TestNewestBinaries(t *testing.T) {
	t.Parallel()
	t.Run("takes_the_newest", func(t *testing.T) {
		root := t.TempDir()
		fakeBinaries(t, root, "9", "postgres (PostgreSQL) 9.6.24")
		want := fakeBinaries(t, root, "17", "postgres (PostgreSQL) 17.2 (Debian 17.2-1)")
		fakeBinaries(t, root, "16", "postgres (PostgreSQL) 16.9")
		dir, err := pgserver.NewestBinaries(t.Context(), "", []string{filepath.Join(root, "*", "bin")})
		require.NoError(t, err)
		assert.Equal(t, want, dir)
	})
	t.Run("follows_links_on_the_path", func(t *testing.T) {
		root, path := t.TempDir(), t.TempDir()
		want := fakeBinaries(t, root, "15", "postgres (PostgreSQL) 15.1")
		require.NoError(t, os.Symlink(filepath.Join(want, "initdb"), filepath.Join(path, "initdb")))
		dir, err := pgserver.NewestBinaries(t.Context(), path, nil)
		require.NoError(t, err)
		assert.Equal(t, want, dir)
	})
	t.Run("refuses_what_is_too_old", func(t *testing.T) {
		root := t.TempDir()
		old := fakeBinaries(t, root, "14", "postgres (PostgreSQL) 14.18")
		_, err := pgserver.NewestBinaries(t.Context(), "", []string{filepath.Join(root, "*", "bin")})
		assert.EqualError(t, err, "find PostgreSQL 15 or newer: there is postgres (PostgreSQL) 14.18 in "+old+" only")
	})
	t.Run("passes_over_broken_ones", func(t *testing.T) {
		root := t.TempDir()
		dir := fakeBinaries(t, root, "17", "")
		require.NoError(t, os.Remove(filepath.Join(dir, "postgres")))
		_, err := pgserver.NewestBinaries(t.Context(), dir, nil)
		assert.ErrorContains(t, err, "find initdb and postgres")
	})
}

func fakeBinaries(t *testing.T, root, version, prints string) string {
	t.Helper()
	dir := filepath.Join(root, version, "bin")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"initdb", "postgres"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s'\n", prints)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	real, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	return real
}
