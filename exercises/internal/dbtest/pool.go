package dbtest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/pgtrace"
)

// An Option changes how a pool of the code under test is made.
type Option func(*poolOptions)

type poolOptions struct {
	maxConns    int32
	name        string
	instruments []pgtrace.Instrument
	change      []func(*pgxpool.Config)
}

// MaxConns bounds the pool; without it a pool has at most 10 connections.
func MaxConns(n int) Option { return func(o *poolOptions) { o.maxConns = int32(n) } }

// Name sets the pool's application_name; without it each pool has one of its own.
func Name(application string) Option { return func(o *poolOptions) { o.name = application } }

// With puts instruments into the pool.
func With(instruments ...pgtrace.Instrument) Option {
	return func(o *poolOptions) { o.instruments = append(o.instruments, instruments...) }
}

// Config changes the pool's configuration in any other way.
func Config(change func(*pgxpool.Config)) Option {
	return func(o *poolOptions) { o.change = append(o.change, change) }
}

// leakLimit is how long a connection may take to come back after the test's
// end. A pool gives connections back in the background after a cancellation;
// only a test that is about to fail waits this long.
var leakLimit = 3 * time.Second

type openPool struct {
	*pgxpool.Pool
	name string
}

// Pool opens a pool for the code under test. Its role may read and write the
// schema's tables and nothing else. The pool is closed at the end of the test,
// which fails when a connection was not given back.
func (db *DB) Pool(options ...Option) *pgxpool.Pool {
	db.t.Helper()
	db.mu.Lock()
	opts := poolOptions{maxConns: 10, name: fmt.Sprintf("app %d", len(db.pools)+1)}
	db.mu.Unlock()
	for _, option := range options {
		option(&opts)
	}
	config := db.server.admin.Config()
	config.ConnConfig = db.connConfig(db.server.app())
	config.ConnConfig.RuntimeParams["application_name"] = opts.name
	config.ConnConfig.Tracer = pgtrace.Tracer(opts.instruments...)
	config.ConnConfig.DialFunc = fault.Breakable(config.ConnConfig.DialFunc)
	config.MaxConns = opts.maxConns
	for _, change := range opts.change {
		change(config)
	}
	ctx, cancel := bounded()
	defer cancel()
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		db.t.Fatalf("open a pool: %v", err)
	}
	db.mu.Lock()
	db.pools = append(db.pools, &openPool{pool, opts.name})
	db.mu.Unlock()
	db.t.Cleanup(func() { db.closePool(pool, opts.name) })
	return pool
}

// closePool closes the pool, or says why it cannot be closed.
func (db *DB) closePool(pool *pgxpool.Pool, name string) {
	if out := connectionsOut(pool, patience.Of(leakLimit)); out > 0 {
		patience.Lost()
		ctx, cancel := context.WithTimeout(context.Background(), connectLimit)
		defer cancel()
		sessions, err := db.idleInTransaction(ctx, name)
		if err != nil {
			db.t.Logf("look for open transactions: %v", err)
		}
		db.t.Errorf("every connection must be given back to the pool; at the end of the test %s.%s",
			count(out, "connection was still out", "connections were still out"), describe(sessions))
		go pool.Close() // blocks until the code gives them back, perhaps for ever
		return
	}
	if !closeWithin(pool, patience.Of(connectLimit)) {
		patience.Lost()
		db.t.Errorf("the pool could not be closed within %v", connectLimit)
	}
}

// connectionsOut is the number of connections that are not back within the limit.
func connectionsOut(pool *pgxpool.Pool, limit time.Duration) int {
	for end := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		out := int(pool.Stat().AcquiredConns())
		if out == 0 || time.Now().After(end) {
			return out
		}
	}
}

type session struct {
	PID   int32
	Name  string
	State string
	Query string
}

// idleInTransaction lists the sessions of the code under test that sit in an
// open transaction, of one application_name or of all.
func (db *DB) idleInTransaction(ctx context.Context, name string) ([]session, error) {
	rows, err := db.server.admin.Query(ctx, `
		SELECT pid, application_name AS name, state, query FROM pg_stat_activity
		WHERE datname = $1 AND state LIKE 'idle in transaction%' AND application_name <> $2 AND $3 IN ('', application_name)
		ORDER BY pid`, db.name, OwnName, name)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[session])
}

func describe(sessions []session) string {
	var b strings.Builder
	for _, s := range sessions {
		fmt.Fprintf(&b, "\nA transaction is still open (%s). Its last statement was:\n\n\t%s\n", s.State, strings.TrimSpace(s.Query))
	}
	return b.String()
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
