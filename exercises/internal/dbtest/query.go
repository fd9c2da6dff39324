package dbtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Owner returns a pool of the role that owns the schema, for what the test
// does itself. The test must give its connections back.
func (db *DB) Owner() *pgxpool.Pool { return db.ownPool(db.server.owner()) }

// Super returns a pool of the superuser, for looking at catalogs.
func (db *DB) Super() *pgxpool.Pool { return db.ownPool("") }

func (db *DB) ownPool(role string) *pgxpool.Pool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if pool := db.own[role]; pool != nil {
		return pool
	}
	config := db.server.admin.Config()
	config.ConnConfig = db.connConfig(role)
	// A test that asks for what the code under test has locked must not wait for ever.
	config.ConnConfig.RuntimeParams["lock_timeout"] = "5s"
	config.MaxConns = 4
	ctx, cancel := bounded()
	defer cancel()
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		db.t.Fatalf("%s %v", NoDatabase, err)
	}
	db.own[role] = pool
	return pool
}

// Try runs a statement as the owner and returns its error. Unlike Exec it may
// be called from any goroutine.
func (db *DB) Try(sql string, args ...any) error {
	ctx, cancel := bounded()
	defer cancel()
	_, err := db.Owner().Exec(ctx, sql, args...)
	return err
}

// Exec runs a statement as the owner. The test ends when it fails.
func (db *DB) Exec(sql string, args ...any) {
	db.t.Helper()
	if err := db.Try(sql, args...); err != nil {
		db.fatal(sql, err)
	}
}

// Value returns the one value that a query of the owner gives.
func Value[T any](db *DB, sql string, args ...any) T {
	db.t.Helper()
	return ask(db, pgx.CollectExactlyOneRow[T], pgx.RowTo[T], sql, args)
}

// Column returns the values that a query of one column gives, never nil.
func Column[T any](db *DB, sql string, args ...any) []T {
	db.t.Helper()
	return ask(db, pgx.CollectRows[T], pgx.RowTo[T], sql, args)
}

// Structs returns the rows that a query gives, by the names of their columns; never nil.
func Structs[T any](db *DB, sql string, args ...any) []T {
	db.t.Helper()
	return ask(db, pgx.CollectRows[T], pgx.RowToStructByNameLax[T], sql, args)
}

func ask[T, R any](db *DB, collect func(pgx.Rows, pgx.RowToFunc[T]) (R, error), row pgx.RowToFunc[T], sql string, args []any) R {
	db.t.Helper()
	ctx, cancel := bounded()
	defer cancel()
	rows, err := db.Owner().Query(ctx, sql, args...)
	var result R
	if err == nil {
		result, err = collect(rows, row)
	}
	if err != nil {
		db.fatal(sql, err)
	}
	return result
}

// fatal ends the test. A statement of the test itself that fails is a mistake
// of the test, or the server is gone: the message tells which.
func (db *DB) fatal(sql string, err error) {
	db.t.Helper()
	if _, answered := errors.AsType[*pgconn.PgError](err); !answered {
		if gone := db.server.alive(); gone != nil {
			db.t.Fatalf("%s %v", NoDatabase, gone)
		}
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "55P03" {
		err = fmt.Errorf("%w\nwaited 5 s for a lock that is still held: %s", err, db.holders())
	}
	db.t.Fatalf("the test's own statement failed: %v\n\n\t%s", err, sql)
}

// holders describes the sessions of the code under test that are inside a transaction.
func (db *DB) holders() string {
	ctx, cancel := context.WithTimeout(context.Background(), connectLimit)
	defer cancel()
	sessions, err := db.idleInTransaction(ctx, "")
	if err != nil {
		return err.Error()
	}
	return describe(sessions)
}
