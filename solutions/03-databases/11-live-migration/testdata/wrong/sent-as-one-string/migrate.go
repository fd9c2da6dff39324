// Wrong: without BEGIN there is no transaction, so a file can be sent as it is.
//checker:fails TestMigrate/runs_statements_without_a_transaction
//checker:fails TestSteps/a_customer_whom_somebody_is_changing_is_not_left_out
//checker:fails TestMigrate/starts_a_step_without_a_transaction_again_from_its_first_statement
//checker:fails TestInterrupted
//checker:fails TestAtOnce
//checker:fails TestSteps/version_1_works_all_the_time
//checker:fails TestSteps/version_2_works_beside_version_1
//checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
//checker:fails TestSteps/the_tables_refuse_what_they_must
//checker:fails TestSteps/who_keeps_others_out_reads_few_rows
//checker:fails TestSteps/no_transaction_writes_more_than_1000_rows
//checker:fails TestSteps/can_be_killed_after_each_statement
//checker:fails TestSteps/can_be_killed_while_an_index_is_built
//checker:fails TestSteps/points_go_beyond_an_integer
//checker:fails TestSteps/others_pass_while_a_step_waits_for_a_slow_reader
//checker:fails TestSteps/others_pass_while_a_step_waits_for_a_slow_writer
//checker:hint 7

// Package livemigration changes the database of a shop while people are using it.
package livemigration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	lockKey  = 311 // the advisory lock that a migrator holds while it works
	patience = "50ms"
	pause    = 20 * time.Millisecond
)

// Migrate runs those steps that have not been run in this database, in the
// order of their names.
func Migrate(ctx context.Context, conn *pgx.Conn, steps fs.FS) (err error) {
	names, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return fmt.Errorf("list steps: %w", err)
	}
	if err := lock(ctx, conn); err != nil {
		return fmt.Errorf("wait for other migrators: %w", err)
	}
	defer func() { err = errors.Join(err, unlock(ctx, conn)) }()
	if _, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS steps_done (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`); err != nil {
		return fmt.Errorf("make the list of steps: %w", err)
	}
	for _, name := range names {
		if err := once(ctx, conn, steps, name); err != nil {
			return fmt.Errorf("step %s: %w", name, err)
		}
	}
	return nil
}

// lock asks again and again instead of waiting in the database: a statement
// that waits keeps its snapshot, and CREATE INDEX CONCURRENTLY waits for that.
func lock(ctx context.Context, conn *pgx.Conn) error {
	for {
		var ours bool
		err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockKey).Scan(&ours)
		if ours || err != nil {
			return err
		}
		if err := rest(ctx); err != nil {
			return err
		}
	}
}

// unlock works for a caller who has given up, too. A lost session has no locks.
func unlock(ctx context.Context, conn *pgx.Conn) error {
	if conn.IsClosed() {
		return nil
	}
	_, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lockKey)
	return err
}

const record = `INSERT INTO steps_done (name) VALUES ($1)`

func once(ctx context.Context, conn *pgx.Conn, steps fs.FS, name string) error {
	var done bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM steps_done WHERE name = $1)`, name).Scan(&done); done || err != nil {
		return err
	}
	text, err := fs.ReadFile(steps, name)
	if err != nil {
		return err
	}
	sql := string(text)
	switch header, _, _ := strings.Cut(sql, "\n"); strings.TrimSpace(header) {
	case "-- no transaction":
		err = oneByOne(ctx, conn, sql)
	case "-- in batches":
		err = inBatches(ctx, conn, sql)
	default:
		_, err = transact(ctx, conn, sql, name)
		return err
	}
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, record, name)
	return err
}

func oneByOne(ctx context.Context, conn *pgx.Conn, sql string) error {
	_, err := conn.Exec(ctx, sql)
	return err
}

func inBatches(ctx context.Context, conn *pgx.Conn, sql string) error {
	for {
		tag, err := transact(ctx, conn, sql, "")
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
	}
}

// transact runs sql in a transaction, and records the step there when it has a
// name. Others queue behind whoever waits for a lock, so it gives up soon and
// tries again until it gets the lock.
func transact(ctx context.Context, conn *pgx.Conn, sql, name string) (tag pgconn.CommandTag, err error) {
	for {
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '`+patience+`'`); err != nil {
				return err
			}
			if tag, err = tx.Exec(ctx, sql); err != nil || name == "" {
				return err
			}
			_, err := tx.Exec(ctx, record, name)
			return err
		})
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" { // lock_not_available
			return tag, err
		}
		if err := rest(ctx); err != nil {
			return tag, err
		}
	}
}

func rest(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
