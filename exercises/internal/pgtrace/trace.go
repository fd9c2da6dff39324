// Package pgtrace shows instruments what a connection sends to PostgreSQL.
//
// An instrument is put into a pool with dbtest.With, or into any connection
// with [Tracer]. It sees queries, batches and copies alike, whatever way the
// code sends them, and needs no change to it. [Spy] records them; packages
// gate and fault have instruments that act on them.
package pgtrace

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// A Statement is one SQL text with its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// An Instrument sees every round trip of the connections that it is put into.
// It may be used by several connections at once.
type Instrument interface {
	// Start is called before a round trip is sent, and End when its results have
	// been read, with the same trip. Both may hold the caller up.
	Start(ctx context.Context, conn *pgx.Conn, trip *Trip)
	End(ctx context.Context, conn *pgx.Conn, trip *Trip, err error)
}

// A Preparer is an instrument that wants to know of preparations, which pgx
// makes on its own before a statement's first use.
type Preparer interface {
	Preparing(conn *pgx.Conn, begun bool)
}

// A Connecter is an instrument that wants to know when a connection is begun
// to be made, and when that has ended.
type Connecter interface{ Connecting(begun bool) }

// A Trip is one exchange with the server: a query, a batch or a copy.
type Trip struct {
	Statements []Statement // one, or those of a batch
}

// Control says whether the trip only begins or ends a transaction or savepoint.
func (t *Trip) Control() bool {
	for _, s := range t.Statements {
		if !IsControl(s.SQL) {
			return false
		}
	}
	return true
}

// String is the statements' texts.
func (t *Trip) String() string {
	texts := make([]string, len(t.Statements))
	for i, s := range t.Statements {
		texts[i] = s.SQL
	}
	return strings.Join(texts, "; ")
}

// WithArgs is String with each statement's arguments after it.
func (t *Trip) WithArgs() string {
	texts := make([]string, len(t.Statements))
	for i, s := range t.Statements {
		texts[i] = s.SQL
		if len(s.Args) > 0 {
			texts[i] += fmt.Sprintf(" %v", s.Args)
		}
	}
	return strings.Join(texts, "; ")
}

// Tracer joins instruments into a tracer, for a connection that does not come
// from a pool of dbtest.
func Tracer(instruments ...Instrument) pgx.QueryTracer { return &tracer{instruments: instruments} }

// tracer tells instruments about round trips in one way, whatever pgx calls
// them: pgx has a separate interface for each.
type tracer struct {
	instruments []Instrument
	prepared    sync.Map // preparedName → SQL
}

type preparedName struct {
	conn *pgx.Conn
	name string
}

type tripKey struct{}

func (tr *tracer) start(ctx context.Context, conn *pgx.Conn, statements ...Statement) context.Context {
	t := &Trip{Statements: statements}
	for _, in := range tr.instruments {
		in.Start(ctx, conn, t)
	}
	return context.WithValue(ctx, tripKey{}, t)
}

func (tr *tracer) end(ctx context.Context, conn *pgx.Conn, err error) {
	t, ok := ctx.Value(tripKey{}).(*Trip)
	if !ok {
		return
	}
	for _, in := range tr.instruments {
		in.End(ctx, conn, t, err)
	}
}

func (tr *tracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	sql := data.SQL
	if text, ok := tr.prepared.Load(preparedName{conn, sql}); ok { // a prepared statement is sent by its name
		sql = text.(string)
	}
	return tr.start(ctx, conn, Statement{sql, data.Args})
}

func (tr *tracer) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	tr.end(ctx, conn, data.Err)
}

func (tr *tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	var statements []Statement
	if data.Batch != nil {
		for _, q := range data.Batch.QueuedQueries {
			sql := q.SQL
			if text, ok := tr.prepared.Load(preparedName{conn, sql}); ok {
				sql = text.(string)
			}
			statements = append(statements, Statement{sql, q.Arguments})
		}
	}
	return tr.start(ctx, conn, statements...)
}

func (tr *tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (tr *tracer) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	tr.end(ctx, conn, data.Err)
}

func (tr *tracer) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	columns := make([]string, len(data.ColumnNames))
	for i, name := range data.ColumnNames {
		columns[i] = pgx.Identifier{name}.Sanitize()
	}
	return tr.start(ctx, conn, Statement{SQL: "copy " + data.TableName.Sanitize() + " (" + strings.Join(columns, ", ") + ") from stdin"})
}

func (tr *tracer) TraceCopyFromEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	tr.end(ctx, conn, data.Err)
}

func (tr *tracer) TracePrepareStart(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	tr.prepared.Store(preparedName{conn, data.Name}, data.SQL)
	tr.tellPreparing(conn, true)
	return ctx
}

func (tr *tracer) TracePrepareEnd(_ context.Context, conn *pgx.Conn, _ pgx.TracePrepareEndData) {
	tr.tellPreparing(conn, false)
}

func (tr *tracer) tellPreparing(conn *pgx.Conn, begun bool) {
	for _, in := range tr.instruments {
		if p, ok := in.(Preparer); ok {
			p.Preparing(conn, begun)
		}
	}
}

func (tr *tracer) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	tr.tellConnecting(true)
	return ctx
}

func (tr *tracer) TraceConnectEnd(context.Context, pgx.TraceConnectEndData) { tr.tellConnecting(false) }

func (tr *tracer) tellConnecting(begun bool) {
	for _, in := range tr.instruments {
		if c, ok := in.(Connecter); ok {
			c.Connecting(begun)
		}
	}
}
