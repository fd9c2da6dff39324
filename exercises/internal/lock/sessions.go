package lock

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/dbtest"
)

// answerLimit is how long the server may take to answer at all.
const answerLimit = 5 * time.Second

type session struct {
	PID   uint32
	Query string
	Stuck bool // whoever it waits for is not about to go on by himself
}

// waiting lists the sessions of the code under test that wait for a lock; with
// names, those of these applications. The superuser asks: nobody else may see
// what others wait for.
func waiting(db *dbtest.DB, applications []string) ([]session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	rows, err := db.Super().Query(ctx, `
		SELECT pid, query, EXISTS (
			SELECT FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid))
			AND (b.state <> 'active' OR cardinality(pg_blocking_pids(b.pid)) > 0)) AS stuck
		FROM pg_stat_activity a
		WHERE datname = $1 AND application_name <> $2 AND backend_type = 'client backend'
			AND (cardinality($3::text[]) = 0 OR application_name = ANY ($3))
			AND cardinality(pg_blocking_pids(pid)) > 0
		ORDER BY query_start`, db.Name(), dbtest.OwnName, append([]string{}, applications...))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[session])
}

// blockers lists the statements that a session waits for, the last one that each blocking session has sent.
func blockers(db *dbtest.DB, pid uint32) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	rows, err := db.Super().Query(ctx, `
		SELECT query FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1)) ORDER BY query_start DESC`, pid)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
