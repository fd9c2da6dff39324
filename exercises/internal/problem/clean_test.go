package problem_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"testing"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/wire"
)

const query = "INSERT INTO orders (qty)\n\tVALUES ($1)"

func TestClean(t *testing.T) {
	// tells is a test that looks for what must stay inside.
	tells := func(body string, header ...string) kittest.Program {
		a := answers(t, 500, media, body, header...)
		return func(t testing.TB) { problem.Clean(t, a, query, "orders_qty_check", "no such shelf", "qty = qty + $1") }
	}
	handles := func(h http.HandlerFunc) kittest.Program {
		a := wire.Serve(t, h).Try(t, wire.Request{Path: "/v1/orders"})
		return func(t testing.TB) { problem.Clean(t, a, query, "orders_qty_check") }
	}
	detail := func(text string) string {
		body, _ := json.Marshal(map[string]string{"title": "Internal Server Error", "detail": text})
		return string(body)
	}
	err := fmt.Sprintf(`ERROR: new row violates check constraint "orders_qty_check" (SQLSTATE 23514)`)
	var escaped strings.Builder
	for _, r := range query {
		fmt.Fprintf(&escaped, `\u%04X`, r)
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"text_of_the_error":     tells(detail(err)),
			"SQL_in_another_layout": tells(detail("insert into orders (qty) values ($1)")),
			"SQL_in_JSON":           tells(detail(query)),
			"SQL_in_JSON_escapes":   tells(`{"title":"` + escaped.String() + `"}`),
			"JSON_inside_of_JSON":   tells(detail(detail(query))),
			"in_a_header":           tells(detail("sorry"), "X-Debug", "orders_qty_check"),
			"in_the_name_of_one":    tells(detail("sorry"), "X-Orders_qty_check", "1"),
			"percent_encoded":       tells(detail("sorry"), "Location", "/oops?e="+url.PathEscape(query)),
			"percent_encoded_plus":  tells(detail("sorry"), "Location", "/oops?e="+url.PathEscape("qty = qty + $1")),
			"in_a_form":             tells(detail("sorry"), "Location", "/oops?e="+url.QueryEscape("no such shelf")),
			"encoded_twice":         tells(detail("sorry"), "Location", "/login?to="+url.QueryEscape("/oops?e="+url.QueryEscape(query))),
			"only_for_HTML":         tells("<p>&#110;o such&#32;shelf</p>"),
			"a_stack_trace":         tells(detail("goroutine 7 [running]:\nmain.main()\n")),
			"a_place":               tells(detail("orders.go:41: no rows")),
			"a_runtime_error":       tells(detail("runtime error: index out of range [1] with length 1")),
			"in_the_status_line": handles(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, _ := w.(http.Hijacker).Hijack()
				_, _ = fmt.Fprint(conn, "HTTP/1.1 500 pq: orders_qty_check\r\nContent-Length: 0\r\n\r\n")
				_ = conn.Close()
			}),
			"in_a_trailer": handles(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Trailer", "X-Error")
				_, _ = fmt.Fprint(w, "id,qty\n")
				w.(http.Flusher).Flush()
				w.Header().Set("X-Error", "orders_qty_check")
			}),
			"in_a_hint_before": handles(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", "</orders_qty_check>; rel=preload")
				w.WriteHeader(103)
				w.Header().Del("Link")
				w.WriteHeader(500)
			}),
			"after_the_answer": handles(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, _ := w.(http.Hijacker).Hijack()
				_, _ = fmt.Fprint(conn, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorryorders_qty_check")
				_ = conn.Close()
			}),
			"in_what_is_no_HTTP": handles(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, _ := w.(http.Hijacker).Hijack()
				_, _ = fmt.Fprint(conn, "orders_qty_check\r\n")
				_ = conn.Close()
			}),
			"across_two_chunks": handles(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprint(w, "orders_")
				w.(http.Flusher).Flush()
				_, _ = fmt.Fprint(w, "qty_check")
			}),
			"a_canary_that_is_too_short": func(t testing.TB) { problem.Clean(t, wire.Answer{}, "id ") },
		},
		Right: map[string]kittest.Program{
			"a_problem":    tells(detail("Something went wrong. Your orders are safe: 50% done, qty checked at 12:30.")),
			"words_alike":  tells(detail(`"insert", "into", "orders"; go: 41; a goroutine? https://go.dev/x.go?line=1 \u00e9 &amp; %41`), "Location", "/orders?check=qty%20&a=+"),
			"another_type": handles(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "internal server error", 500) }),
			"no_answer":    handles(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		},
	})
	stack := kittest.Play(t, "TestLearner/case", tells(detail(string(debug.Stack()))))
	if !stack.Failed() {
		t.Error("a real stack trace got out")
	}
}
