// Package timeline plays several sessions of a database against each other, statement by statement, and writes down what
// each of them saw.
package timeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises"
)

// A Timeline has one column for each session.
type Timeline struct {
	t        testing.TB
	db       *exercises.DB
	sessions map[string]*session
	names    []string
	rows     [][]string // one cell for each session
}

type session struct {
	conn    *pgx.Conn
	waiting chan string // of the statement that was blocked: its outcome
}

// New opens a session for each name, in the order of the columns.
func New(t testing.TB, db *exercises.DB, names ...string) *Timeline {
	t.Helper()
	tl := &Timeline{t: t, db: db, names: names, sessions: map[string]*session{}}
	for _, name := range names {
		conn, err := pgx.ConnectConfig(t.Context(), db.Owner().Config().ConnConfig.Copy())
		if err != nil {
			t.Fatalf("connect session %s: %v", name, err)
		}
		t.Cleanup(func() { closeConn(t, conn) })
		tl.sessions[name] = &session{conn: conn}
	}
	return tl
}

func closeConn(t testing.TB, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := conn.Close(ctx); err != nil {
		t.Errorf("close a session: %v", err)
	}
}

// limit bounds what hangs; nothing is measured with it.
const limit = 20 * time.Second

// Do runs a statement to its end, and writes down the statement with what came of it: rows, or an error. Statements that
// return nothing are written alone.
func (tl *Timeline) Do(name, sql string) {
	tl.t.Helper()
	tl.write(name, sql, outcome(tl.t.Context(), tl.sessions[name].conn, sql))
}

// Waits begins a statement, and returns when it waits for a lock of another session.
func (tl *Timeline) Waits(name, sql string) {
	tl.t.Helper()
	s := tl.sessions[name]
	s.waiting = make(chan string, 1)
	go func() { s.waiting <- outcome(tl.t.Context(), s.conn, sql) }()
	tl.blocked(name)
	tl.write(name, sql, "… waits")
}

// Goes writes down what came of the statement that had to wait.
func (tl *Timeline) Goes(name string) {
	tl.t.Helper()
	select {
	case result := <-tl.sessions[name].waiting:
		if result == "" {
			result = "done"
		}
		tl.write(name, "", "… "+result)
	case <-time.After(limit):
		tl.t.Fatalf("session %s still waits", name)
	}
}

// blocked returns when the session waits for another one.
func (tl *Timeline) blocked(name string) {
	tl.t.Helper()
	s := tl.sessions[name]
	for end := time.Now().Add(limit); time.Now().Before(end); {
		select {
		case result := <-s.waiting:
			tl.t.Fatalf("session %s did not have to wait: %q", name, result)
		default:
		}
		if blockers(tl.t, tl.db.Super(), s.conn.PgConn().PID()) > 0 {
			return
		}
		time.Sleep(time.Millisecond) // between two looks
	}
	tl.t.Fatalf("session %s neither waits nor ends", name)
}

func blockers(t testing.TB, pool *pgxpool.Pool, pid uint32) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), `SELECT cardinality(pg_blocking_pids($1))`, int32(pid)).Scan(&n); err != nil {
		t.Fatalf("ask who waits: %v", err)
	}
	return n
}

// outcome runs the statement and puts what came of it into a line.
func outcome(ctx context.Context, conn *pgx.Conn, sql string) string {
	rows, err := conn.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return refusal(err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return strings.Trim(fmt.Sprint(values), "[]"), err
	})
	if err != nil {
		return refusal(err)
	}
	if len(lines) == 0 {
		return "" // what a statement without rows did is plain to see
	}
	return "→ " + strings.Join(lines, ", ")
}

func refusal(err error) string {
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return fmt.Sprintf("✗ %s (%s)", pg.Message, pg.Code)
	}
	return "✗ " + err.Error()
}

func (tl *Timeline) write(name, sql, result string) {
	for _, line := range []string{sql, result} {
		if line == "" {
			continue
		}
		row := make([]string, len(tl.names))
		for i, n := range tl.names {
			if n == name {
				row[i] = strings.Join(strings.Fields(line), " ")
			}
		}
		tl.rows = append(tl.rows, row)
	}
}

// String is the timeline as text, a column for each session.
func (tl *Timeline) String() string {
	rows := append([][]string{tl.names}, tl.rows...)
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell
			if i < len(row)-1 {
				line += strings.Repeat(" ", tl.width(i)-utf8.RuneCountInString(cell)+3)
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (tl *Timeline) width(column int) int {
	widest := utf8.RuneCountInString(tl.names[column])
	for _, row := range tl.rows {
		widest = max(widest, utf8.RuneCountInString(row[column]))
	}
	return widest
}
