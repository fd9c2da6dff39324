package pooldiscipline_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pooldiscipline "workbook/exercises/03-databases/02-pool-discipline"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/leaks"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/seed"
)

// with adds parameters to a DSN that is a URL.
func with(t *testing.T, dsn string, parameters ...string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query := u.Query()
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // a plus is a plus in a DSN
	return u.String()
}

func newPool(ctx context.Context, t *testing.T, dsn string) (pool *pgxpool.Pool, err error) {
	t.Helper()
	t.Setenv("PGAPPNAME", "") // where pgx would look, too
	t.Setenv("PGOPTIONS", "")
	guard.Run(t, func() { pool, err = pooldiscipline.NewPool(ctx, dsn) })
	return pool, err
}

// fails is NewPool where it cannot succeed. It may try for as long as its context lets it.
func fails(t *testing.T, dsn string) (*pgxpool.Pool, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return newPool(ctx, t, dsn)
}

// opened is a pool that could be opened; it is closed at the end of the test.
func opened(ctx context.Context, t *testing.T, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := newPool(ctx, t, dsn)
	require.NoError(t, err, "the database is there, so NewPool returns a pool")
	require.NotNil(t, pool, "no error means that there is a pool")
	t.Cleanup(func() {
		if pool.Stat().AcquiredConns() > 0 {
			go pool.Close() // blocks until they come back, perhaps for ever
			return
		}
		guard.Run(t, pool.Close)
	})
	require.Zero(t, pool.Stat().AcquiredConns(), "NewPool has returned, so all connections are free for others; this many are not")
	return pool
}

// showAll takes every connection of the pool at once and asks it for a setting.
func showAll(t *testing.T, pool *pgxpool.Pool, setting string) (values []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for n := range pool.Stat().MaxConns() {
		conn, err := pool.Acquire(ctx)
		require.NoErrorf(t, err, "A pool hands out all of its %d connections, also long after NewPool has returned and its context has ended. %d came, and then there was this error.", pool.Stat().MaxConns(), n)
		defer conn.Release()
		var value string
		require.NoError(t, conn.QueryRow(ctx, `SELECT current_setting($1)`, setting).Scan(&value))
		values = append(values, value)
	}
	return values
}

// nobody is a DSN of a server that is not there.
func nobody(password string) string {
	return fmt.Sprintf("postgres://app:%s@127.0.0.1:1/depot?sslmode=disable", password)
}

// silent is a DSN of a server that takes connections and never says anything. It
// calls taken each time.
func silent(t *testing.T, taken func()) (dsn string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			taken()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return fmt.Sprintf("postgres://app@%s/depot?sslmode=disable", l.Addr())
}

func TestNewPool(t *testing.T) {
	t.Run("sets_limits_on_every_connection", func(t *testing.T) {
		pool := opened(t.Context(), t, dbtest.New(t, schema).URL())

		require.EqualValues(t, 2, pool.Stat().MaxConns(), "the DSN says nothing of it, so this is how many connections there are at most")
		for _, limit := range [][2]string{{"application_name", "depot"}, {"statement_timeout", "5s"}, {"idle_in_transaction_session_timeout", "10s"}} {
			setting, want := limit[0], limit[1]
			assert.Equalf(t, []string{want, want}, showAll(t, pool, setting), "The DSN says nothing of %s, so each connection has the same. Both were taken at once and asked.", setting)
		}
	})

	t.Run("keeps_what_the_dsn_says", func(t *testing.T) {
		db := dbtest.New(t, schema)
		most := strconv.Itoa(max(4, runtime.NumCPU())) // as many as a pool would have without any limit
		for _, given := range [][2]string{{"application_name", "nightly O'Brien"}, {"statement_timeout", "0"}, {"idle_in_transaction_session_timeout", "7s"}, {"TimeZone", "Asia/Tokyo"}} {
			name, value := given[0], given[1]
			pool := opened(t.Context(), t, with(t, db.URL(), name, value))

			assert.Equalf(t, []string{value, value}, showAll(t, pool, name), "the DSN says %s=%s, so that holds on each connection", name, value)
		}
		for _, conns := range []string{"1", most} {
			pool := opened(t.Context(), t, with(t, db.URL(), "pool_max_conns", conns))

			assert.Equalf(t, conns, fmt.Sprint(pool.Stat().MaxConns()), "the DSN says pool_max_conns=%s, so that is how many connections there are at most", conns)
			assert.Equal(t, "depot", showAll(t, pool, "application_name")[0], "the DSN says nothing of application_name")
		}
	})

	t.Run("takes_a_dsn_of_keywords_and_values", func(t *testing.T) {
		u, err := url.Parse(dbtest.New(t, schema).URL())
		require.NoError(t, err)
		password, _ := u.User.Password()
		dsn := fmt.Sprintf("host=%s port=%s user=%s password='%s' dbname=%s application_name=nightly", u.Hostname(), u.Port(), u.User.Username(), password, strings.TrimPrefix(u.Path, "/"))
		for name, values := range u.Query() {
			dsn += fmt.Sprintf(" %s=%s", name, values[0])
		}

		pool := opened(t.Context(), t, dsn)

		assert.EqualValues(t, 2, pool.Stat().MaxConns(), "the DSN says nothing of pool_max_conns")
		assert.Equal(t, "nightly", showAll(t, pool, "application_name")[0], "the DSN says application_name=nightly")
		assert.Equal(t, "5s", showAll(t, pool, "statement_timeout")[0], "the DSN says nothing of statement_timeout")
	})

	t.Run("has_connected_when_it_returns", func(t *testing.T) {
		db := dbtest.New(t, schema)
		for _, bad := range [][2]string{
			{nobody("secret"), "nobody listens at the address of the DSN"},
			{strings.Replace(db.URL(), db.Name(), db.Name()+"_x", 1), "the database of the DSN does not exist"},
			{with(t, db.URL(), "pool_max_conns", "many"), "the DSN cannot be read"},
		} {
			dsn, problem := bad[0], bad[1]
			pool, err := fails(t, dsn)

			assert.Errorf(t, err, "A program whose database cannot be reached should say so when it starts, not when the first user comes: %s.", problem)
			assert.Truef(t, err == nil || pool == nil, "An error comes without a pool: %s, and there are both.", problem)
		}
	})

	t.Run("leaves_nothing_running_when_it_fails", func(t *testing.T) {
		db := dbtest.New(t, schema)
		db.Leaks(t)

		pool, err := fails(t, strings.Replace(db.URL(), db.Name(), db.Name()+"_x", 1))

		require.Error(t, err, "the database of the DSN does not exist")
		require.True(t, pool == nil, "an error comes without a pool, so whoever gets it has nothing to close")
	})

	t.Run("stops_when_the_caller_gives_up", func(t *testing.T) {
		leaks.Goroutines(t)
		ctx, cancel := context.WithCancel(t.Context())
		dsn := silent(t, cancel)
		call := lock.Go(t, func() error {
			pool, err := pooldiscipline.NewPool(ctx, dsn)
			if pool != nil {
				pool.Close()
			}
			return err
		})

		err := call.Wait("The server has taken the connection and says nothing, and the caller has given up, so NewPool returns")

		assert.ErrorIs(t, err, context.Canceled, "the caller gave up while NewPool waited for the server")
	})

	t.Run("outlives_the_context_that_it_was_made_with", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		pool := opened(ctx, t, dbtest.New(t, schema).URL())

		cancel()

		require.Len(t, showAll(t, pool, "application_name"), int(pool.Stat().MaxConns()), "the context of the start is cancelled, and the pool goes on and opens the rest of its connections")
	})

	t.Run("keeps_the_password_out_of_its_errors", func(t *testing.T) {
		secret := seed.New(t).Word()
		for _, bad := range [][2]string{
			{nobody(secret), "nobody listens there"},
			{with(t, nobody(secret), "pool_max_conns", "many"), "it cannot be read"},
			{nobody(secret + "%zz"), "its password is not encoded as a URL asks for"},
		} {
			dsn, problem := bad[0], bad[1]
			_, err := fails(t, dsn)

			require.Errorf(t, err, "the DSN is of no use: %s", problem)
			assert.NotContainsf(t, err.Error(), secret, "An error ends up in a log that many people read. The DSN is\n\n\t%s\n\n(%s) and its password stands in the error.", dsn, problem)
		}
	})
}
