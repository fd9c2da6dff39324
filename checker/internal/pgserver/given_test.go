package pgserver_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/checker/internal/pgserver"
)

func TestGiven(t *testing.T) {
	t.Parallel()
	host := acquire(t, options(t, "local"))

	t.Run("is_used_as_it_is", func(t *testing.T) {
		s := acquire(t, pgserver.Options{Want: host.URL})
		assert.Equal(t, "url", s.Source)
		assert.Equal(t, host.Version, s.Version)
		assert.NoError(t, s.Alive(t.Context()))
		assert.NotContains(t, s.Detail, password(t, host.URL))
		assert.NoError(t, s.Release(t.Context()))
		assert.NoError(t, host.Alive(t.Context()))
	})
	t.Run("release_drops_what_is_tagged_and_nothing_else", func(t *testing.T) {
		s := acquire(t, pgserver.Options{Want: host.URL, Tag: "t1"})
		conn := dial(t, s.URL)
		defer conn.Close(t.Context())
		for _, sql := range []string{
			`CREATE DATABASE wb_t1_a`, `CREATE DATABASE "wb_t1_B c" IS_TEMPLATE true`, `CREATE DATABASE wb_t12_a`, `CREATE DATABASE wbxt1xa`,
			`CREATE ROLE wb_t1_owner`, `CREATE ROLE wb_t12_owner`,
			`ALTER DATABASE wb_t1_a OWNER TO wb_t1_owner`, `GRANT CONNECT ON DATABASE wb_t12_a TO wb_t1_owner`,
		} {
			exec1(t, conn, sql)
		}
		busy, err := url.Parse(s.URL)
		require.NoError(t, err)
		busy.Path = "/wb_t1_a"
		user := dial(t, busy.String())
		defer user.Close(t.Context())

		require.NoError(t, s.Release(t.Context()))
		require.NoError(t, s.Release(t.Context()), "a second time")
		names := ask[[]string](t, host.URL, `SELECT array_agg(datname::text ORDER BY 1) FROM pg_database WHERE datname LIKE 'wb%'`)
		assert.ElementsMatch(t, []string{"wb_t12_a", "wbxt1xa"}, names)
		roles := ask[[]string](t, host.URL, `SELECT array_agg(rolname::text ORDER BY 1) FROM pg_roles WHERE rolname LIKE 'wb%'`)
		assert.Equal(t, []string{"wb_t12_owner"}, roles)
	})
	t.Run("release_leaves_what_somebody_else_still_uses", func(t *testing.T) {
		one := acquire(t, pgserver.Options{Want: host.URL, Tag: "t3"})
		other := acquire(t, pgserver.Options{Want: host.URL, Tag: "t3"})
		conn := dial(t, host.URL)
		defer conn.Close(t.Context())
		exec1(t, conn, `CREATE DATABASE wb_t3_a`)
		there := func() int {
			return ask[int](t, host.URL, `SELECT count(*) FROM pg_database WHERE datname = 'wb_t3_a'`)
		}
		require.NoError(t, one.Release(t.Context()))
		assert.Equal(t, 1, there(), "the other one is still at work")
		require.NoError(t, other.Release(t.Context()))
		assert.Zero(t, there(), "the last one clears away")
	})
	t.Run("must_be_a_superuser", func(t *testing.T) {
		conn := dial(t, host.URL)
		defer conn.Close(t.Context())
		exec1(t, conn, `CREATE ROLE plain LOGIN PASSWORD 'plain'`)
		u, err := url.Parse(host.URL)
		require.NoError(t, err)
		u.User = url.UserPassword("plain", "plain")
		refused(t, u.String(), "not a superuser")
	})
	t.Run("must_accept_the_password", func(t *testing.T) {
		u, err := url.Parse(host.URL)
		require.NoError(t, err)
		u.User = url.UserPassword("postgres", "hunter2")
		message := refused(t, u.String(), "password authentication failed")
		assert.NotContains(t, message, "hunter2")
	})
}

func TestGivenRefused(t *testing.T) {
	t.Parallel()
	t.Run("nobody_listens", func(t *testing.T) {
		t.Parallel()
		l := listen(t)
		require.NoError(t, l.Close())
		refused(t, "postgres://me:secret@"+l.Addr().String()+"/db", "connection refused")
	})
	t.Run("never_answers", func(t *testing.T) {
		t.Parallel()
		begun := time.Now()
		refused(t, "postgres://me:secret@"+silent(t)+"/db", "")
		assert.Less(t, time.Since(begun), 10*time.Second)
	})
	t.Run("too_old", func(t *testing.T) {
		t.Parallel()
		refused(t, oldServer(t), "PostgreSQL 14.9 is too old: version 15 or newer is needed")
	})
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	_, err := pgserver.Acquire(t.Context(), pgserver.Options{Want: "mysql"})
	assert.ErrorContains(t, err, `"mysql" is none of auto, container, local, embedded or a postgres:// URL`)
	_, err = pgserver.Acquire(t.Context(), pgserver.Options{Want: "postgres://x/y", Tag: "a_b"})
	assert.ErrorContains(t, err, `the tag "a_b"`)
}

// refused acquires in vain and returns the message.
func refused(t *testing.T, url, want string) string {
	t.Helper()
	_, err := pgserver.Acquire(t.Context(), pgserver.Options{Want: url})
	var unavailable *pgserver.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	assert.ErrorContains(t, err, want)
	assert.NotContains(t, err.Error(), "secret")
	return err.Error()
}

func password(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	require.NoError(t, err)
	p, _ := u.User.Password()
	return p
}
