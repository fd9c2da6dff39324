// Package plan counts what statements read in the database, whichever way the planner chose.
//
// A test captures what the code sends, and asks what that costs:
//
//	plan.Settle(t, db)                              // after the test has filled the tables
//	spy := &pgtrace.Spy{}
//	page, err := NewStore(db.Pool(dbtest.With(spy))).List(ctx, cursor, 20)
//	plan.Examined(t, db, spy.Calls()...).Within(t,
//		"a page of 20 reads at most 100 rows, wherever it is", plan.Budget{Rows: 100})
//
// Rows and pages are counted by the server itself, for tables and indexes, so
// nothing hides from the count: not rows that a filter throws away, not what a
// function, a trigger or a cursor reads. It judges neither time nor the names of
// plan nodes, and is the same on every version of PostgreSQL.
package plan

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
)

// limit bounds a replay that hangs.
const limit = 30 * time.Second

// Reads is what some statements read.
type Reads struct {
	Rows     int64 // that came out of tables and indexes, before any filter
	Pages    int64 // of 8 kB, of tables and indexes, each time one was looked at
	Temp     int64 // pages of temporary files written: a sort or a hash that did not fit into work_mem
	Returned int64 // rows that the statements returned
	parts    []part
}

// part is what one statement read.
type part struct {
	sql       string
	relations []relation
	nodes     []node
	returned  int64
	temp      int64
}

// Examined sends the statements again, as the application, in one transaction
// that is rolled back, and counts what they read. The data must be as it was
// when the code sent them: a statement that fails now fails the test.
//
// Statements that cannot be explained (FETCH, LOCK, SET, a function's call) are
// run as they are and counted, too; only their plan is not shown. COPY cannot be
// sent again.
//
//kit:proves that a query reads no more rows or pages than its answer needs
func Examined(t testing.TB, db *dbtest.DB, statements ...pgtrace.Statement) Reads {
	t.Helper()
	if len(statements) == 0 {
		t.Fatalf("the code has sent no statement, so there is nothing to examine")
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	reads, err := examine(ctx, db, statements)
	if err != nil {
		t.Fatalf("the test is at fault: examine what the code has sent: %v", err)
	}
	return reads
}

func examine(ctx context.Context, db *dbtest.DB, statements []pgtrace.Statement) (reads Reads, err error) {
	conn, err := pgx.Connect(ctx, db.URL())
	if err != nil {
		return reads, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return reads, err
	}
	m := &meter{tx: tx}
	if _, err := m.lap(ctx); err != nil {
		return reads, err
	}
	for _, s := range statements {
		p, err := examineOne(ctx, m, s)
		if err != nil {
			return reads, fmt.Errorf("%s: %w", pgtrace.Short(s.SQL, maxSQL), err)
		}
		reads.add(p)
	}
	return reads, tx.Rollback(ctx)
}

func examineOne(ctx context.Context, m *meter, s pgtrace.Statement) (p part, err error) {
	var planning map[string]relation
	for range 2 { // the first planning also reads what the session then keeps in memory
		if err = onlyPlan(ctx, m.tx, s); err != nil {
			return p, err
		}
		if planning, err = m.lap(ctx); err != nil {
			return p, err
		}
	}
	if explainable(s.SQL) {
		p, err = explain(ctx, m.tx, s)
	} else {
		p.returned, err = run(ctx, m.tx, s)
	}
	if err != nil {
		return p, err
	}
	all, err := m.lap(ctx)
	p.sql, p.relations = s.SQL, worstFirst(minus(all, planning))
	return p, err
}

// run sends a statement as the code did, and counts the rows that it returns.
func run(ctx context.Context, tx pgx.Tx, s pgtrace.Statement) (returned int64, err error) {
	if len(s.Args) == 0 { // several commands in one text, as Exec takes them without arguments, cannot be prepared
		results, err := tx.Conn().PgConn().Exec(ctx, s.SQL).ReadAll()
		for _, r := range results {
			returned += int64(len(r.Rows))
		}
		return returned, err
	}
	rows, err := tx.Query(ctx, s.SQL, s.Args...)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		returned++
	}
	return returned, rows.Err()
}

func (r *Reads) add(p part) {
	r.parts = append(r.parts, p)
	r.Temp += p.temp
	r.Returned += p.returned
	for _, rel := range p.relations {
		r.Rows += rel.rows()
		r.Pages += rel.pages
	}
}
