// Package instances starts copies of a program that share nothing but the database.
//
//	a, b := instances.Two(t, db, func(pool *pgxpool.Pool) *app.App { return app.New(pool, cfg) })
//	first := wire.Serve(t, a.App.Handler())
//	second := wire.Serve(t, b.App.Handler())
//
// What one of them keeps in memory the other one does not know, as in
// production, where a load balancer sends every request to another copy.
package instances

import (
	"fmt"
	"io"
	"reflect"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/guard"
)

// Instance is one copy.
type Instance[T any] struct {
	Name string // "instance A": the application_name of its connections
	App  T
	Pool *pgxpool.Pool

	t    testing.TB
	db   *dbtest.DB
	stop func() error
}

// Two starts two copies, each with a pool of its own, with these options.
//
//kit:proves that a program is right when several copies of it run
func Two[T any](t testing.TB, db *dbtest.DB, start func(pool *pgxpool.Pool) T, options ...dbtest.Option) (a, b Instance[T]) {
	t.Helper()
	return Start(t, db, "instance A", start, options...), Start(t, db, "instance B", start, options...)
}

// Start starts one more copy, under a name of its own. At the end of the test it
// is stopped, when it has a Close. A start that panics or returns nil fails the
// test.
func Start[T any](t testing.TB, db *dbtest.DB, name string, start func(pool *pgxpool.Pool) T, options ...dbtest.Option) Instance[T] {
	t.Helper()
	pool := db.Pool(append([]dbtest.Option{dbtest.Name(name)}, options...)...)
	i := Instance[T]{Name: name, Pool: pool, t: t, db: db}
	i.App = guard.Call(t, func() T { return start(pool) })
	if absent(i.App) {
		t.Fatalf("every copy of the program starts; %s came out as nil", name)
	}
	i.stop = sync.OnceValue(func() error { return closed(i.App) })
	t.Cleanup(func() {
		if err := i.Stop(); err != nil {
			t.Errorf("%s stops without an error; its Close returned: %v", name, err)
		}
	})
	return i
}

// Stop ends the copy in good order: it calls the program's Close, when there is
// one, and returns its error. A second call does nothing more.
func (i Instance[T]) Stop() error {
	i.t.Helper()
	return guard.Call(i.t, i.stop)
}

// Crash cuts every connection of the copy, now; what it has not committed is
// lost. Its Close is not called before the end of the test.
func (i Instance[T]) Crash() {
	i.t.Helper()
	fault.Kill(i.t, i.db, i.Name)
}

func closed(app any) error {
	switch c := app.(type) {
	case io.Closer:
		if err := c.Close(); err != nil {
			return fmt.Errorf("close: %w", err)
		}
	case interface{ Close() }:
		c.Close()
	}
	return nil
}

func absent(app any) bool {
	if app == nil {
		return true
	}
	v := reflect.ValueOf(app)
	switch v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Interface, reflect.Map, reflect.Chan:
		return v.IsNil()
	}
	return false
}
