package rowset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A Querier is what a query can be sent to: a *pgxpool.Pool, a *pgx.Conn, a pgx.Tx.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// limit bounds a query that hangs.
var limit = 20 * time.Second

// noDatabase begins a message about a server that is not there, which is
// nobody's wrong answer. It is dbtest's.
const noDatabase = "workbook: no database:"

// Query sends a query and returns what the database answered. The test ends
// when the database refuses the query, or has not answered within 20 s.
func Query(t testing.TB, q Querier, sql string, args ...any) Table {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	rows, err := q.Query(ctx, sql, args...)
	var table Table
	if err == nil {
		table, err = Collect(rows)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		t.Fatalf("this query had no end within %v:\n\n\t%s\n", limit, sql)
	case isGone(q, err):
		t.Fatalf("%s %v", noDatabase, err)
	default:
		t.Fatalf("this query failed: %v\n\n\t%s\n", err, sql)
	}
	return table
}

// isGone reports whether nobody answers at the server's address any more.
func isGone(q Querier, err error) bool {
	if _, answered := errors.AsType[*pgconn.PgError](err); answered {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	rows, err := q.Query(ctx, `SELECT 1`)
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	return refused
}

// Collect reads all rows and closes them. It keeps the order of the rows and of
// the columns, and the database's names of the columns and of their types (the
// name of a type that is not built in is "").
func Collect(rows pgx.Rows) (Table, error) {
	defer rows.Close()
	var table Table
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return Table{}, err
		}
		for i, f := range rows.FieldDescriptions() {
			if isJSON(f.DataTypeOID) {
				values[i] = document(rows.RawValues()[i])
			}
		}
		table.Rows = append(table.Rows, values)
	}
	if err := rows.Err(); err != nil {
		return Table{}, err
	}
	types := pgtype.NewMap()
	table.Types = []string{}
	for _, f := range rows.FieldDescriptions() {
		name := ""
		if typ, ok := types.TypeForOID(f.DataTypeOID); ok {
			name = typ.Name
		}
		table.Columns, table.Types = append(table.Columns, f.Name), append(table.Types, name)
	}
	return table, nil
}

func isJSON(oid uint32) bool { return oid == pgtype.JSONOID || oid == pgtype.JSONBOID }

// document keeps JSON as text: pgx would make a float64 of each number in it,
// and the same nil of the document null and of NULL. In the binary format, jsonb has a
// version before it.
func document(raw []byte) json.RawMessage {
	return bytes.Clone(bytes.TrimPrefix(raw, []byte{1}))
}
