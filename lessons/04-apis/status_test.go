package apis_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises"
	boringparts "workbook/solutions/04-apis/01-boring-parts"
	patchwithoutloss "workbook/solutions/04-apis/02-patch-without-loss"
	pages "workbook/solutions/04-apis/03-pages-that-do-not-slide"
	people "workbook/solutions/04-apis/05-without-breaking-them"
	errorsafrontendcanuse "workbook/solutions/04-apis/06-errors-a-frontend-can-use"
	orders "workbook/solutions/04-apis/07-the-right-4xx"
)

// asked is a line of the table: a request, and the header that belongs to the status of its answer.
type asked struct {
	exercise string
	shown    string // what the table says of the request beside method and path
	request  string // method and path
	header   string // "Name: value"
	body     string
	with     string
}

// TestStatusCodes lets the solutions of the step answer, so that the table of the reading is true of them.
func TestStatusCodes(t *testing.T) {
	solutions := answering(t)
	rows := []string{"status\trequest\twith\texercise"}
	for _, a := range []asked{
		{"4.1", "", "GET /v1/projects/apollo", "", "", ""},
		{"4.1", `{"name":"Gemini"}`, "POST /v1/projects", "", `{"name":"Gemini"}`, "Location"},
		{"4.1", "", "DELETE /v1/projects/apollo", "", "", ""},
		{"4.1", `{"name":`, "POST /v1/projects", "", `{"name":`, ""},
		{"4.3", "", "GET /v1/events?cursor=made-up", "X-Tenant: acme", "", ""},
		{"4.5", "", "GET /v9/people", "", "", ""},
		{"4.1", "", "PATCH /v1/projects", "", "{}", "Allow"},
		{"4.7", "more pieces than there are", "POST /v1/orders", "", `{"email":"ann@example.org","name":"Ann","items":[{"sku":"apple","qty":9}]}`, "problem"},
		{"4.2", `If-Match: "an old one"`, "PATCH /v1/projects/apollo", `If-Match: "an old one"`, `{"note":null}`, ""},
		{"4.7", "100,000 bytes", "POST /v1/orders", "", `{"name":"` + strings.Repeat("a", 100_000) + `"}`, "problem"},
		{"4.2", "text/plain", "PATCH /v1/projects/apollo", "Content-Type: text/plain", "late", "Accept-Patch"},
		{"4.7", "no name, no items", "POST /v1/orders", "", `{"email":"ann@example.org"}`, "problem"},
		{"4.2", "no If-Match", "PATCH /v1/projects/apollo", "", `{"note":null}`, ""},
		{"4.6", "the handler panics", "GET /checkout", "", "", "problem"},
	} {
		rows = append(rows, a.line(t, solutions[a.exercise]))
	}
	exercises.Golden(t, "status", lines(t, rows...))
}

// answering are the solutions, each with its table.
func answering(t *testing.T) map[string]http.Handler {
	t.Helper()
	projects := exercises.Database(t, schema(t, "01-boring-parts"), `INSERT INTO projects (id, name) VALUES ('apollo', 'Apollo 11')`)
	patched := exercises.Database(t, schema(t, "02-patch-without-loss"), `INSERT INTO projects (id, name) VALUES ('apollo', 'Apollo 11')`)
	events := exercises.Database(t, schema(t, "03-pages-that-do-not-slide"))
	persons := exercises.Database(t, schema(t, "05-without-breaking-them"))
	shop := exercises.Database(t, schema(t, "07-the-right-4xx"), `INSERT INTO products VALUES ('apple', 5)`)
	panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })
	return map[string]http.Handler{
		"4.1": boringparts.Routes(projects.Pool()),
		"4.2": patchwithoutloss.Routes(patched.Pool()),
		"4.3": pages.Routes(pages.New(events.Pool(), []byte("a key for this test alone, 32 b."))),
		"4.5": people.Routes(persons.Pool(), people.Config{}),
		"4.6": errorsafrontendcanuse.Recover(errorsafrontendcanuse.Problems(panics)),
		"4.7": orders.Routes(shop.Pool()),
	}
}

// line sends the request to the exercise's solution, and says what came.
func (a asked) line(t *testing.T, solution http.Handler) string {
	t.Helper()
	server := httptest.NewServer(solution)
	defer server.Close()
	method, path, _ := strings.Cut(a.request, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(a.body))
	require.NoError(t, err)
	switch {
	case method == "PATCH":
		request.Header.Set("Content-Type", "application/merge-patch+json")
	case a.body != "":
		request.Header.Set("Content-Type", "application/json")
	}
	if name, value, given := strings.Cut(a.header, ": "); given {
		request.Header.Set(name, value)
	}
	answer, err := server.Client().Do(request)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	switch a.with {
	case "":
	case "problem":
		require.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"), a.request)
	default:
		require.NotEmpty(t, answer.Header.Get(a.with), "%s: %s", a.request, a.with)
	}
	said := a.request
	if a.shown != "" {
		said += "   " + a.shown
	}
	return strings.Join([]string{answer.Status, said, a.with, a.exercise}, "\t")
}
