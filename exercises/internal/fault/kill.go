package fault

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// killLimit bounds the wait for a session's end. A session ends in about a millisecond.
const killLimit = 10 * time.Second

// A Database is what [Kill] needs to know of a *dbtest.DB.
type Database interface {
	Name() string
	Super() *pgxpool.Pool
}

// Kill ends every session in the database whose application_name is app, as an
// operator or a failing server would. It returns how many there were, when they
// are gone. The code's next use of such a connection fails, with SQLSTATE 57P01
// or as closed.
//
//kit:proves that code survives the loss of its connections
func Kill(t testing.TB, db Database, app string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), killLimit)
	defer cancel()
	rows, err := db.Super().Query(ctx, `
		SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = $2 AND backend_type = 'client backend'`, db.Name(), app)
	var pids []uint32
	if err == nil {
		pids, err = pgx.CollectRows(rows, pgx.RowTo[uint32])
	}
	if err == nil {
		err = end(ctx, db.Super(), pids)
	}
	if err != nil {
		t.Fatalf("the test is at fault: kill the sessions of %q: %v", app, err)
	}
	return len(pids)
}

// terminate ends the session behind a connection, from another one of the same role.
func terminate(conn *pgx.Conn) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), killLimit)
	defer cancel()
	config := conn.Config()
	config.Tracer = nil
	killer, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { err = errors.Join(err, killer.Close(ctx)) }()
	return end(ctx, killer, []uint32{conn.PgConn().PID()})
}

// A querier asks one thing of the server: a pool or a connection.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// end terminates sessions and waits until they are gone. The server's own wait,
// pg_terminate_backend with a timeout, looks only every 100 ms.
func end(ctx context.Context, q querier, pids []uint32) error {
	var left int
	err := q.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = ANY ($1)`, pids).Scan(&left)
	for err == nil && left > 0 {
		time.Sleep(time.Millisecond)
		err = q.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1)`, pids).Scan(&left)
	}
	return err
}
