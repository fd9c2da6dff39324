// Right: a new table is filled beside the old one and takes its name; each transaction is sent as one string.

// Package livemigration changes the database of a shop while people are using it.
package livemigration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var header = regexp.MustCompile(`^-- (no transaction|in batches)\s*(\n|$)`)

// Migrate runs those steps that have not been run in this database.
func Migrate(ctx context.Context, conn *pgx.Conn, steps fs.FS) error {
	matches, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return err
	}
	sort.Strings(matches)
	m := migrator{conn}
	if err := m.acquire(ctx); err != nil {
		return err
	}
	defer m.release()
	if err := m.send(ctx, `CREATE TABLE IF NOT EXISTS "Migrations" (file text NOT NULL UNIQUE)`); err != nil {
		return err
	}
	for _, file := range matches {
		if err := m.step(ctx, steps, file); err != nil {
			return fmt.Errorf("%q: %w", file, err)
		}
	}
	return nil
}

type migrator struct{ *pgx.Conn }

func (m migrator) step(ctx context.Context, steps fs.FS, file string) error {
	var n int
	if err := m.QueryRow(ctx, `SELECT count(*) FROM "Migrations" WHERE file = $1`, file).Scan(&n); err != nil || n > 0 {
		return err
	}
	text, err := fs.ReadFile(steps, file)
	if err != nil {
		return err
	}
	record := `INSERT INTO "Migrations" VALUES ('` + strings.ReplaceAll(file, `'`, `''`) + `')`
	kind := header.FindStringSubmatch(string(text))
	switch {
	case kind == nil:
		_, err := m.transaction(ctx, string(text)+"\n;"+record)
		return err
	case kind[1] == "in batches":
		for {
			tags, err := m.transaction(ctx, string(text))
			if err != nil {
				return err
			}
			if sum(tags) == 0 {
				break
			}
		}
	default:
		for _, statement := range regexp.MustCompile(`\n[ \t]*\n`).Split(string(text), -1) {
			if err := m.send(ctx, statement); err != nil {
				return err
			}
		}
	}
	return m.send(ctx, record)
}

// sum adds up the rows that were written.
func sum(results []*pgconn.Result) (n int64) {
	for _, r := range results {
		if r.CommandTag.Insert() || r.CommandTag.Update() || r.CommandTag.Delete() {
			n += r.CommandTag.RowsAffected()
		}
	}
	return n
}

func (m migrator) transaction(ctx context.Context, sql string) ([]*pgconn.Result, error) {
	for {
		results, err := m.PgConn().Exec(ctx, "BEGIN; SET LOCAL lock_timeout = '50ms';\n"+sql+"\n; COMMIT").ReadAll()
		if err == nil {
			return results, nil
		}
		if !m.IsClosed() && m.PgConn().TxStatus() != 'I' {
			if err := m.send(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
				return nil, err
			}
		}
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "55P03" {
			return nil, err
		}
		select {
		case <-time.After(70 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (m migrator) send(ctx context.Context, sql string) error {
	_, err := m.Exec(ctx, sql)
	return err
}

func (m migrator) acquire(ctx context.Context) error {
	ticker := time.NewTicker(150 * time.Millisecond)
	defer ticker.Stop()
	for {
		var ok bool
		if err := m.QueryRow(ctx, `SELECT pg_try_advisory_lock(8471)`).Scan(&ok); ok || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("another migrator is at work: %w", ctx.Err())
		}
	}
}

func (m migrator) release() {
	if !m.IsClosed() {
		_ = m.send(context.Background(), `SELECT pg_advisory_unlock(8471)`)
	}
}
