package lock

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/dbtest"
)

// innocent is the application_name of those who only pass by.
const innocent = "an innocent user"

// stuckLimit is how long the innocent may wait for somebody who does not go on
// by himself. Code that gives up after a lock_timeout well below it is right.
var stuckLimit = 3 * time.Second

// Passes runs a statement as another user of the database would, undoes it, and
// fails the test when it is stuck: when it has to wait, for 3 s in all, for
// somebody who waits himself or leaves a transaction open. Waiting for a
// statement that is being executed is fine, for however long.
//
//kit:proves that others can use a table meanwhile
func Passes(t testing.TB, db *dbtest.DB, promise, sql string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	conn, err := connect(ctx, db)
	if err != nil {
		t.Fatalf("%s connect as another user: %v", dbtest.NoDatabase, err)
	}
	defer conn.Close(context.Background())
	call := Go(t, func() error { return undone(ctx, conn, sql, args) })
	if story := stuck(t, db, call); story != "" {
		cancel()
		<-call.done
		t.Fatalf("%s.\nThis statement of somebody else\n\n\t%s\n\nhad to wait for\n\n\t%s\n", promise, sql, story)
	}
	if err := call.Wait(promise); err != nil {
		t.Fatalf("%s.\nThis statement of somebody else failed: %v\n\n\t%s\n", promise, err, sql)
	}
}

func connect(ctx context.Context, db *dbtest.DB) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(db.URL())
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = innocent
	return pgx.ConnectConfig(ctx, config)
}

// stuck watches the innocent until it is through, and returns "", or until it
// is stuck, and returns whom it waits for.
func stuck(t testing.TB, db *dbtest.DB, call *Call) string {
	t.Helper()
	var since time.Time // it has been stuck without a break
	for ; !call.returned(); time.Sleep(time.Millisecond) {
		sessions, err := waiting(db, []string{innocent})
		if err != nil {
			t.Fatalf("%s ask who waits: %v", dbtest.NoDatabase, err)
		}
		switch {
		case len(sessions) == 0 || !sessions[0].Stuck:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > stuckLimit:
			others, err := blockers(db, sessions[0].PID)
			if err == nil && len(others) > 0 {
				return strings.Join(trimmed(others), "\n\t")
			}
		}
	}
	return ""
}

func trimmed(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = strings.Join(strings.Fields(text), " ")
	}
	return out
}

func undone(ctx context.Context, conn *pgx.Conn, sql string, args []any) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.Background()) }() // whatever it has done is not to stay
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}
