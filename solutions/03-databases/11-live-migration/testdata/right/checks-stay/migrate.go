// Right: validated CHECK constraints take the place of NOT NULL, a loop commits its batches itself, and a second connection holds the lock.

// Package livemigration changes the database of a shop while people are using it.
package livemigration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Migrate runs those steps that have not been run in this database.
func Migrate(ctx context.Context, conn *pgx.Conn, steps fs.FS) error {
	alone, err := enter(ctx, conn.Config())
	if err != nil {
		return fmt.Errorf("enter: %w", err)
	}
	defer func() { _ = alone.Close(context.WithoutCancel(ctx)) }()

	if _, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS migration_steps (id int GENERATED ALWAYS AS IDENTITY, step text UNIQUE, began timestamptz DEFAULT now(), ended timestamptz)`); err != nil {
		return err
	}
	return fs.WalkDir(steps, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != ".":
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".sql"):
			return nil
		}
		if err := step(ctx, conn, steps, name); err != nil {
			return fmt.Errorf("step %s: %w", name, err)
		}
		return nil
	})
}

// enter opens a session that holds the lock for as long as it lives.
func enter(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	for got := false; !got; {
		if err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(1)`).Scan(&got); err == nil && !got {
			err = wait(ctx)
		}
		if err != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
			return nil, err
		}
	}
	return conn, nil
}

func step(ctx context.Context, conn *pgx.Conn, steps fs.FS, name string) error {
	var done bool
	err := conn.QueryRow(ctx, `INSERT INTO migration_steps (step) VALUES ($1) ON CONFLICT (step) DO UPDATE SET step = $1 RETURNING ended IS NOT NULL`, name).Scan(&done)
	if err != nil || done {
		return err
	}
	data, err := fs.ReadFile(steps, name)
	if err != nil {
		return err
	}
	const end = `UPDATE migration_steps SET ended = clock_timestamp() WHERE step = $1`
	lines := strings.Split(string(data), "\n")
	switch strings.TrimSpace(lines[0]) {
	case "-- in batches":
		for changed := true; changed; {
			if err := attempt(ctx, conn, func(tx pgx.Tx) error {
				tag, err := tx.Exec(ctx, string(data))
				if changed = tag.RowsAffected() > 0; err != nil || changed {
					return err
				}
				_, err = tx.Exec(ctx, end, name)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	case "-- no transaction":
		for len(lines) > 0 {
			n := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
			if n < 0 {
				n = len(lines) - 1
			}
			if sql := strings.Join(lines[:n+1], "\n"); strings.TrimSpace(sql) != "" {
				if _, err := conn.Exec(ctx, sql); err != nil {
					return err
				}
			}
			lines = lines[n+1:]
		}
		_, err := conn.Exec(ctx, end, name)
		return err
	}
	return attempt(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, string(data)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, end, name)
		return err
	})
}

func attempt(ctx context.Context, conn *pgx.Conn, f func(pgx.Tx) error) error {
	for {
		err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{BeginQuery: "begin; set local lock_timeout = '700ms'"}, f)
		if pg := new(pgconn.PgError); !errors.As(err, &pg) || pg.Code != "55P03" && pg.Code != "40P01" {
			return err
		}
		if err := wait(ctx); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Millisecond, nil)
	defer cancel()
	<-ctx.Done()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return ctx.Err()
}
