// Package apis_test runs what the reading shows: each snippet of README.md is cut out of these files, and each conversation and
// table in it is what came out here.
package apis_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises"
	"workbook/lessons/internal/talk"
	patchwithoutloss "workbook/solutions/04-apis/02-patch-without-loss"
	people "workbook/solutions/04-apis/05-without-breaking-them"
	orders "workbook/solutions/04-apis/07-the-right-4xx"
	retryme "workbook/solutions/04-apis/08-retry-me"
)

// schema is the schema that an exercise of the step gives.
func schema(t *testing.T, exercise string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "exercises", "04-apis", exercise, "schema.sql"))
	require.NoError(t, err)
	return string(text)
}

// lines lines up cells that are separated by tabs.
func lines(t *testing.T, rows ...string) string {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 3, ' ', 0)
	_, err := io.WriteString(w, strings.Join(rows, "\n")+"\n")
	require.NoError(t, errors.Join(err, w.Flush()))
	return b.String()
}

// breaking is a server that has done what it was asked to, once, and whose connection breaks before the answer.
type breaking struct{ arrived int }

func (s *breaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/hello" {
		return
	}
	if s.arrived++; s.arrived > 1 {
		return
	}
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

func TestMethods(t *testing.T) {
	rows := []string{"the client calls\tthe server was asked\tthe caller gets"}
	for _, how := range []struct{ method, key string }{{"GET", ""}, {"POST", ""}, {"POST", "8e03978e"}} {
		s := &breaking{}
		server := httptest.NewServer(s)
		defer server.Close()
		// A connection that has worked already, as most have.
		hello, err := server.Client().Get(server.URL + "/hello")
		require.NoError(t, err)
		require.NoError(t, hello.Body.Close())

		request, err := http.NewRequestWithContext(t.Context(), how.method, server.URL+"/orders", strings.NewReader("{}"))
		require.NoError(t, err)
		called := how.method
		if how.key != "" {
			request.Header.Set("Idempotency-Key", how.key)
			called += " with Idempotency-Key"
		}
		got := ""
		answer, err := server.Client().Do(request)
		switch {
		case errors.Is(err, io.EOF):
			got = "an error: EOF"
		case err != nil:
			t.Fatal(err)
		default:
			got = answer.Status
			require.NoError(t, answer.Body.Close())
		}
		times := map[int]string{1: "once", 2: "twice"}[s.arrived]
		rows = append(rows, called+"\t"+times+"\t"+got)
	}
	exercises.Golden(t, "methods", lines(t, rows...))
}

func TestLostUpdate(t *testing.T) {
	db := exercises.Database(t, schema(t, "02-patch-without-loss"),
		`INSERT INTO projects (id, name, note) VALUES ('apollo', 'Apolo 11', 'to the moon')`)
	k := talk.New(t, patchwithoutloss.Routes(db.Pool()), "ETag")
	const patch = "Content-Type: application/merge-patch+json"
	k.Note("Ann and Ben open the page.")
	first := k.Say("GET", "/v1/projects/apollo", "").Header.Get("ETag")
	k.Note("\nAnn saves.")
	second := k.Say("PATCH", "/v1/projects/apollo", `{"name":"Apollo 11"}`, patch, "If-Match: "+first).Header.Get("ETag")
	require.NotEqual(t, first, second)
	k.Note("\nBen saves, on the page as it was.")
	answer := k.Say("PATCH", "/v1/projects/apollo", `{"note":null}`, patch, "If-Match: "+first)
	require.Equal(t, http.StatusPreconditionFailed, answer.StatusCode)
	exercises.Golden(t, "lost-update", k.String())
}

func TestNull(t *testing.T) {
	// snippet: pointer
	var pointer struct{ Note *string }
	// end snippet
	var field struct {
		Note patchwithoutloss.Field[string]
	}
	rows := []string{"the patch\tNote is a *string\tNote is a Field[string]"}
	for _, patch := range []string{`{"note":"late"}`, `{"note":null}`, `{}`} {
		pointer.Note, field.Note = nil, patchwithoutloss.Field[string]{}
		require.NoError(t, json.Unmarshal([]byte(patch), &pointer))
		require.NoError(t, json.Unmarshal([]byte(patch), &field))
		said := "nil"
		if pointer.Note != nil {
			said = fmt.Sprintf("%q", *pointer.Note)
		}
		rows = append(rows, fmt.Sprintf("%s\t%s\t%+v", patch, said, field.Note))
	}
	exercises.Golden(t, "null", lines(t, rows...))
}

func TestPages(t *testing.T) {
	db := exercises.Database(t, `CREATE TABLE posts (id bigint PRIMARY KEY); INSERT INTO posts SELECT generate_series(1, 9)`)
	page := func(sql string, args ...any) []int64 {
		rows, err := db.Pool().Query(t.Context(), sql, args...)
		require.NoError(t, err)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		require.NoError(t, err)
		return ids
	}
	const numbered = `SELECT id FROM posts ORDER BY id DESC LIMIT 3 OFFSET $1`
	const after = `SELECT id FROM posts WHERE id < $1 ORDER BY id DESC LIMIT 3`
	first := page(numbered, 0)
	rows := []string{
		"\tOFFSET\tid < the last one seen",
		fmt.Sprintf("page 1\t%v\t%v", first, page(after, 1<<60)),
		"post 10 comes\t\t",
	}
	_, err := db.Pool().Exec(t.Context(), `INSERT INTO posts VALUES (10)`)
	require.NoError(t, err)
	rows = append(rows, fmt.Sprintf("page 2\t%v\t%v", page(numbered, 3), page(after, first[2])))
	rows = append(rows, "posts 8 and 7 go\t\t")
	_, err = db.Pool().Exec(t.Context(), `DELETE FROM posts WHERE id IN (8, 7)`)
	require.NoError(t, err)
	rows = append(rows, fmt.Sprintf("page 3\t%v\t%v", page(numbered, 6), page(after, 4)))
	exercises.Golden(t, "pages", strings.ReplaceAll(lines(t, rows...), " \n", "\n"))
}

type ticket struct {
	ID       int    `json:"id"`
	Assignee string `json:"assignee"`
}

var tickets = []ticket{{1, "ann"}, {2, "ben"}, {3, "ann"}}

func listed(assignee string) []ticket {
	return slices.DeleteFunc(slices.Clone(tickets), func(t ticket) bool { return assignee != "" && t.Assignee != assignee })
}

func trusting(w http.ResponseWriter, r *http.Request) {
	if err := json.NewEncoder(w).Encode(listed(r.URL.Query().Get("assignee"))); err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
}

// snippet: known
func unknown(query url.Values) string {
	for name := range query {
		if name != "assignee" && name != "limit" {
			return name
		}
	}
	return ""
}

// end snippet

func strict(w http.ResponseWriter, r *http.Request) {
	if name := unknown(r.URL.Query()); name != "" {
		http.Error(w, fmt.Sprintf("there is no parameter %q; there are assignee and limit", name), http.StatusBadRequest)
		return
	}
	trusting(w, r)
}

func TestFilters(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /trusting/tickets", trusting)
	mux.HandleFunc("GET /strict/tickets", strict)
	k := talk.New(t, mux)
	k.Say("GET", "/trusting/tickets?asignee=ann", "")
	k.Say("GET", "/strict/tickets?asignee=ann", "")
	exercises.Golden(t, "filters", k.String())
}

// snippet: client
// greet is a program that somebody wrote two years ago.
func greet(answer []byte) (string, error) {
	var person struct {
		Name   string
		Status string
	}
	if err := json.Unmarshal(answer, &person); err != nil {
		return "", err
	}
	switch person.Status {
	case "active":
		return "Dear " + person.Name, nil
	case "inactive":
		return "(no letter)", nil
	}
	return "", fmt.Errorf("what is %q?", person.Status)
}

// end snippet

func TestCompatible(t *testing.T) {
	rows := []string{"the answer\twhat the old program does"}
	for _, answer := range []string{
		`{"name":"Ada","status":"active"}`,
		`{"name":"Ada","status":"active","since":2019}`,
		`{"full_name":"Ada","status":"active"}`,
		`{"name":{"given":"Ada"},"status":"active"}`,
		`{"name":"Ada","status":"suspended"}`,
	} {
		letter, err := greet([]byte(answer))
		does := fmt.Sprintf("prints %q", letter)
		if err != nil {
			does = "fails: " + err.Error()
		}
		rows = append(rows, answer+"\t"+does)
	}
	exercises.Golden(t, "compatible", lines(t, rows...))
}

func TestVersions(t *testing.T) {
	db := exercises.Database(t, schema(t, "05-without-breaking-them"),
		`INSERT INTO people (id, given_name, family_name, status) VALUES (7, 'Ada', 'King Lovelace', 'suspended')`)
	day := func(year int, month time.Month) time.Time { return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC) }
	h := people.Routes(db.Pool(), people.Config{Deprecated: day(2026, time.March), Sunset: day(2027, time.March)})
	k := talk.New(t, h, "Deprecation", "Sunset")
	k.Say("GET", "/v1/people/7", "")
	k.Say("GET", "/v2/people/7", "")
	exercises.Golden(t, "versions", k.String())
}

func TestErrors(t *testing.T) {
	db := exercises.Database(t, schema(t, "07-the-right-4xx"), `INSERT INTO products VALUES ('apple', 5)`)
	k := talk.New(t, orders.Routes(db.Pool()), "Content-Type")
	k.Say("POST", "/v1/orders", `{"email":"ann@","name":"","items":[{"sku":"apple","qty":0}]}`)
	exercises.Golden(t, "errors", k.String())
}

// payments makes a payment of what the body says.
func payments(w http.ResponseWriter, r *http.Request, tx pgx.Tx) error {
	amount, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var id int64
	if err := tx.QueryRow(r.Context(), `INSERT INTO payments (amount) VALUES ($1) RETURNING id`, string(amount)).Scan(&id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	_, err = fmt.Fprintf(w, `{"id":%d}`, id)
	return err
}

func TestRetry(t *testing.T) {
	keys, err := os.ReadFile(filepath.Join("..", "..", "solutions", "04-apis", "08-retry-me", "keys.sql"))
	require.NoError(t, err)
	db := exercises.Database(t, string(keys), `CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY, amount text NOT NULL)`)
	account := func(*http.Request) string { return "ann" }
	k := talk.New(t, retryme.Idempotent(db.Pool(), account, payments))
	const key = `Idempotency-Key: "8e03978e"`
	k.Say("POST", "/v1/payments", "10", key)
	k.Say("POST", "/v1/payments", "10", key)
	k.Say("POST", "/v1/payments", "25", key)
	k.Say("POST", "/v1/payments", "10", `Idempotency-Key: "another"`)
	var made int
	require.NoError(t, db.Owner().QueryRow(t.Context(), `SELECT count(*) FROM payments`).Scan(&made))
	k.Note("payments made: %d", made)
	exercises.Golden(t, "retry", k.String())
}
