package refusenonsense_test

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	refusenonsense "workbook/exercises/01-responsibilities/01-refuse-nonsense"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

const limit = 16 << 10 // of the body, in bytes

// emma is a body that the endpoint takes, and emmaRow what the table has then.
const emma = `{"title":"Emma","pages":474,"author":"Jane Austen"}`

var emmaRow = row{Title: "Emma", Pages: 474, Author: "Jane Austen"}

// row is a row of the table books.
type row struct {
	Title, Author string
	Pages         int
	IsFeatured    bool
}

// shop is an empty table, and a server with the endpoint.
type shop struct {
	*dbtest.DB
	handler http.Handler
	server  *wire.Server
	t       *testing.T
}

func openShop(t *testing.T) shop {
	t.Helper()
	db := dbtest.New(t, schema)
	pool := db.Pool()
	handler := guard.Call(t, func() http.Handler { return refusenonsense.New(pool) })
	return shop{db, handler, wire.Serve(t, handler), t}
}

// post sends a body as application/json.
func (s shop) post(body string) wire.Answer {
	s.t.Helper()
	return s.send(wire.Request{Body: body}, "Content-Type: application/json")
}

// send sends a request with the given header lines.
func (s shop) send(r wire.Request, header ...string) wire.Answer {
	s.t.Helper()
	r.Method, r.Path, r.Header = "POST", "/v1/books", header
	return s.server.Send(s.t, r)
}

// requireAdded fails the test unless the answer is 201 and these are the books.
func (s shop) requireAdded(a wire.Answer, why string, want ...row) {
	s.t.Helper()
	s.require(a, why, []int{201}, want)
}

// requireRefused fails the test unless the answer has one of the statuses and
// the table is empty.
func (s shop) requireRefused(a wire.Answer, why string, statuses ...int) {
	s.t.Helper()
	s.require(a, why, statuses, nil)
}

func (s shop) require(a wire.Answer, why string, statuses []int, want []row) {
	s.t.Helper()
	got := dbtest.Structs[row](s.DB, `SELECT title, author, pages, is_featured FROM books ORDER BY id`)
	if slices.Contains(statuses, a.Status) && slices.Equal(got, want) {
		return
	}
	either := strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
	require.Fail(s.t, fmt.Sprintf("When %s, the status is %s, and then the table has %s.\nThe status was %d, and the table had %s.\n%s",
		why, either, told(want), a.Status, told(got), a.Story()))
}

// told is what a message says of rows.
func told(rows []row) string {
	if len(rows) == 0 {
		return "no row"
	}
	return short(fmt.Sprintf("%+v", rows))
}

// short is the text, or how it begins.
func short(text string) string {
	if len(text) <= 400 {
		return text
	}
	return text[:200] + "…"
}

// padded is emma with white space in it, so that it has size bytes.
func padded(size int) string {
	return strings.Replace(emma, "{", "{"+strings.Repeat(" ", size-len(emma)), 1)
}
