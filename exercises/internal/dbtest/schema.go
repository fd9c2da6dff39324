package dbtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A SchemaError says which line of a schema the server refused.
type SchemaError struct {
	SQL string
	Err *pgconn.PgError

	done int // how many of its statements the server had taken before
}

func (e *SchemaError) Error() string {
	text := fmt.Sprintf("%s: %s (SQLSTATE %s)", e.place(), e.Err.Message, e.Err.Code)
	for _, more := range []string{e.Err.Detail, e.Err.Hint} {
		if more != "" {
			text += "\n\t" + more
		}
	}
	return text
}

func (e *SchemaError) Unwrap() error { return e.Err }

// place is the line that the server points to, or else that in which the refused statement begins.
func (e *SchemaError) place() string {
	if runes := []rune(e.SQL); e.Err.Position > 0 {
		line := strings.Count(string(runes[:min(int(e.Err.Position)-1, len(runes))]), "\n")
		return fmt.Sprintf("line %d, %s", line+1, e.line(line))
	}
	if begins := statements(e.SQL); e.done < len(begins) {
		line := begins[e.done]
		return fmt.Sprintf("the statement that begins in line %d, %s", line+1, e.line(line))
	}
	return "it"
}

func (e *SchemaError) line(n int) string {
	return "“" + strings.TrimSpace(strings.Split(e.SQL, "\n")[n]) + "”"
}

// Script runs SQL that the learner has written, as the owner, in a session of
// its own. A failure names the file, and the line that the server refused.
func (db *DB) Script(file, sql string) {
	db.t.Helper()
	ctx, cancel := bounded()
	defer cancel()
	lent, err := db.Owner().Acquire(ctx)
	if err != nil {
		db.t.Fatalf("%s connect to this test's database: %v", NoDatabase, err)
	}
	conn := lent.Hijack()
	err = runSchema(ctx, conn, sql)
	closed := conn.Close(ctx)
	if refused, ok := errors.AsType[*SchemaError](err); ok {
		db.t.Fatalf("%s does not run: the server refuses %v", file, refused)
	}
	if err := errors.Join(err, closed); err != nil {
		db.t.Fatalf("%s run %s: %v", NoDatabase, file, err)
	}
}

// runSchema runs the statements of one script.
func runSchema(ctx context.Context, conn *pgx.Conn, sql string) error {
	results, done := conn.PgConn().Exec(ctx, sql), 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			done++
		}
	}
	err := results.Close()
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && !serversFault(refused.Code) {
		return &SchemaError{SQL: sql, Err: refused, done: done}
	}
	if err != nil {
		return fmt.Errorf("run SQL: %w", err)
	}
	return nil
}

// serversFault says whether a refusal has nothing to do with the statement: the server lacks memory or disk space, or it is shut down.
func serversFault(code string) bool {
	return strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "58")
}

// statements returns the lines, counted from 0, in which the statements of a script begin.
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
				lines, begun = append(lines, strings.Count(sql[:i], "\n")), true
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
