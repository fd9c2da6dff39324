// Right: a view has both names for one column; the runner makes a plan, and then runs it.

// Package livemigration changes the database of a shop while people are using it.
package livemigration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type job struct{ name, sql, kind string }

// Migrate runs those steps that have not been run in this database.
func Migrate(ctx context.Context, conn *pgx.Conn, steps fs.FS) error {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		var got bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtext('shop'), hashtext('migrate'))`).Scan(&got); err != nil {
			return err
		}
		if got {
			break
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = conn.Exec(ctx, `SELECT pg_advisory_unlock(hashtext('shop'), hashtext('migrate'))`)
	}()
	jobs, err := plan(ctx, conn, steps)
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	for _, j := range jobs {
		if err := j.run(ctx, conn); err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	return nil
}

func plan(ctx context.Context, conn *pgx.Conn, steps fs.FS) ([]job, error) {
	if _, err := conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS migration; CREATE TABLE IF NOT EXISTS migration.done (step text PRIMARY KEY)`); err != nil {
		return nil, err
	}
	rows, _ := conn.Query(ctx, `SELECT step FROM migration.done`)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, name := range list {
		done[name] = true
	}
	entries, err := fs.ReadDir(steps, ".")
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".sql" || done[e.Name()] {
			continue
		}
		text, err := fs.ReadFile(steps, e.Name())
		if err != nil {
			return nil, err
		}
		first, _, _ := strings.Cut(string(text), "\n")
		jobs = append(jobs, job{e.Name(), string(text), strings.TrimRight(first, "\r ")})
	}
	sort.Slice(jobs, func(a, b int) bool { return jobs[a].name < jobs[b].name })
	return jobs, nil
}

func (j job) run(ctx context.Context, conn *pgx.Conn) error {
	const done = `INSERT INTO migration.done VALUES ($1)`
	switch j.kind {
	case "-- no transaction":
		for _, paragraph := range strings.Split(j.sql, "\n\n") {
			if _, err := conn.Exec(ctx, paragraph); err != nil {
				return err
			}
		}
	case "-- in batches":
		for rows := int64(1); rows > 0; {
			err := patiently(ctx, conn, func(tx pgx.Tx) error {
				tag, err := tx.Exec(ctx, j.sql)
				rows = tag.RowsAffected()
				return err
			})
			if err != nil {
				return err
			}
		}
	default:
		return patiently(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, j.sql); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, done, j.name)
			return err
		})
	}
	_, err := conn.Exec(ctx, done, j.name)
	return err
}

func patiently(ctx context.Context, conn *pgx.Conn, f func(pgx.Tx) error) error {
	for {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `SELECT set_config('lock_timeout', '300ms', true)`); err == nil {
			err = f(tx)
		}
		if err == nil {
			return tx.Commit(ctx)
		}
		_ = tx.Rollback(context.WithoutCancel(ctx))
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.SQLState() != "55P03" {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
