package bookingschema_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
)

//go:embed booking.sql
var schema string

// columns are those that the contract names.
var columns = map[string][]string{
	"rooms":    {"id", "name", "deleted_at"},
	"bookings": {"id", "room_id", "starts_at", "ends_at", "status", "created_at"},
}

// load makes a database with the tables of booking.sql. Where the server refuses the file, the message names the line.
func load(t *testing.T) *dbtest.DB {
	t.Helper()
	return dbtest.New(explainer{t}, schema)
}

// explainer is a test that says more of a schema that does not load.
type explainer struct{ testing.TB }

func (e explainer) Fatal(args ...any) {
	e.Helper()
	if bad, ok := args[0].(*dbtest.SchemaError); ok {
		refusal.Do(func() { refusal.text = explain(e.TB, bad.Err) })
		args = []any{"booking.sql does not load, so nothing can be tested. " + refusal.text}
	}
	e.TB.Fatal(args...)
}

// refusal is why booking.sql does not load. It is looked into once, and each test tells of it.
var refusal struct {
	sync.Once
	text string
}

func explain(t testing.TB, err error) string {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return fmt.Sprintf("The server has not said why: %v", err)
	}
	text := fmt.Sprintf("%s (SQLSTATE %s)", refused.Message, refused.Code)
	for _, more := range []string{refused.Detail, refused.Hint} {
		if more != "" {
			text += "\n\t" + more
		}
	}
	if refused.Position > 0 {
		characters := []rune(schema)
		before := string(characters[:min(int(refused.Position)-1, len(characters))])
		return fmt.Sprintf("The server refuses line %d: %s", 1+strings.Count(before, "\n"), text)
	}
	if begins, done := statements(schema), completed(t); done < len(begins) {
		return fmt.Sprintf("The server refuses the statement that begins in line %d: %s", begins[done], text)
	}
	return "The server says: " + text
}

// completed runs booking.sql once more, and returns how many of its statements are done before the one that is refused.
func completed(t testing.TB) (done int) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, err := dbtest.New(t).Owner().Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	results := conn.Conn().PgConn().Exec(ctx, schema)
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			done++
		}
	}
	_ = results.Close() // is the refusal that is known already
	return done
}

// contract is whether the tables have the columns that the contract names, as the application sees them.
var contract struct {
	sync.Once
	price   string // the name of the column: price or price_cents
	missing []string
}

// requireColumns fails the test unless the columns are there. It returns the name of the one with the price.
func requireColumns(t *testing.T, db *dbtest.DB) (price string) {
	t.Helper()
	contract.Do(func() {
		has := func(table, column string) bool {
			return dbtest.Value[bool](db, `SELECT EXISTS (SELECT FROM pg_attribute
				WHERE attrelid = to_regclass($1) AND attname = $2 AND attnum > 0 AND attgenerated = '')`, table, column)
		}
		for _, table := range []string{"rooms", "bookings"} {
			if !has(table, "id") {
				contract.missing = append(contract.missing, "the table "+table+" with its id")
				continue
			}
			for _, column := range columns[table] {
				if !has(table, column) {
					contract.missing = append(contract.missing, table+"."+column)
				}
			}
		}
		contract.price = "price"
		if has("bookings", "price_cents") {
			contract.price = "price_cents"
		} else if has("bookings", "id") && !has("bookings", "price") {
			contract.missing = append(contract.missing, "bookings.price or bookings.price_cents")
		}
	})
	if len(contract.missing) > 0 {
		t.Fatalf("booking.sql loads, but it lacks what the contract names: %s.", strings.Join(contract.missing, ", "))
	}
	return contract.price
}

// statements returns the lines in which the statements of a script begin. Where the server gives no place for its
// refusal, that is the next best.
func statements(sql string) (lines []int) {
	begun := false
	for i := 0; i < len(sql); {
		rest, n := sql[i:], 1
		switch {
		case strings.HasPrefix(rest, "--"):
			n = through(rest, 2, "\n")
		case strings.HasPrefix(rest, "/*"):
			n = through(rest, 2, "*/")
		case rest[0] == ';':
			begun = false
		case strings.TrimLeft(rest[:1], " \t\r\n") != "":
			if !begun {
				lines, begun = append(lines, 1+strings.Count(sql[:i], "\n")), true
			}
			switch tag := dollarTag(rest); {
			case rest[0] == '\'' || rest[0] == '"':
				n = through(rest, 1, rest[:1])
			case tag != "":
				n = through(rest, len(tag), tag)
			}
		}
		i += n
	}
	return lines
}

// through returns the length of a text up to an end, which is looked for behind its first characters.
func through(text string, skip int, end string) int {
	if i := strings.Index(text[skip:], end); i >= 0 {
		return skip + i + len(end)
	}
	return len(text)
}

// dollarTag returns the quote that the text begins with, such as $$ or $body$.
func dollarTag(text string) string {
	if text[0] != '$' {
		return ""
	}
	name, _, closed := strings.Cut(text[1:], "$")
	if !closed || strings.ContainsAny(name, " \t\r\n;'\"(),") {
		return ""
	}
	return text[:len(name)+2]
}
