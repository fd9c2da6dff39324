package wire_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

// sends is a handler that does without net/http: it answers with text and closes.
func sends(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

func flush(w http.ResponseWriter) { w.(http.Flusher).Flush() }

func csv(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/csv")
	_, _ = io.WriteString(w, text)
}

func TestWholeAnswers(t *testing.T) {
	// asks is a test that wants one whole answer from h.
	asks := func(method string, h http.HandlerFunc) kittest.Program {
		server := wire.Serve(t, h)
		return func(t testing.TB) {
			server.Send(t, wire.Request{Method: method, Path: "/report?year=2026", Header: []string{"Accept: text/csv"}})
		}
	}
	server := wire.Serve(t, rightMux())
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"panics_before_its_first_byte": asks("GET", boom),
			"dereferences_nil":             asks("GET", func(http.ResponseWriter, *http.Request) { dereference(nil) }),
			"panics_after_its_first_byte": asks("GET", func(w http.ResponseWriter, r *http.Request) {
				csv(w, "id,qty\n")
				flush(w)
				boom(w, r)
			}),
			"panics_again_in_a_middleware": asks("GET", func(w http.ResponseWriter, r *http.Request) {
				defer func() { panic(recover()) }()
				boom(w, r)
			}),
			"aborts": asks("GET", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
			"announces_more_than_it_sends": asks("GET", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "12")
				csv(w, "id,qty\n")
			}),
			"stops_before_the_last_chunk": asks("GET", sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nid,qty\n\r\n")),
			"counts_its_chunk_wrong":      asks("GET", sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nid,qty\n\r\n0\r\n\r\n")),
			"stops_in_the_header":         asks("GET", sends("HTTP/1.1 200 OK\r\nContent-Ty")),
			"stops_after_a_hint":          asks("GET", sends("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")),
			"speaks_no_http":              asks("GET", sends("HELO \x00there\r\n")),
			"sends_a_body_after_204":      asks("DELETE", sends("HTTP/1.1 204 No Content\r\n\r\n{\"deleted\":true}\n")),
			"sends_a_body_to_HEAD":        asks("HEAD", sends("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nid,qty\n")),
			"appends_after_the_end":       asks("GET", sends("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nid,qty\n{\"status\":500}")),
			"answers_at_length": asks("GET", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "2000")
				csv(w, strings.Repeat("1,2 é\n", 200))
			}),
		},
		Right: map[string]kittest.Program{
			"with_net_http": func(t testing.TB) {
				assert.Equal(t, "id,qty\n", server.Get(t, "/length").Body)
				a := server.Get(t, "/chunks")
				assert.Equal(t, "id,qty\n1,2\n", a.Body)
				assert.Equal(t, "7\r\nid,qty\n\r\n4\r\n1,2\n\r\n0\r\nRows: 1\r\n\r\n", a.Raw)
				assert.Equal(t, http.Header{"Rows": {"1"}}, a.Trailer)
				a = server.Send(t, wire.Request{Method: "HEAD", Path: "/length"})
				assert.Equal(t, []string{"7"}, a.Header["Content-Length"])
				assert.Empty(t, a.Raw)
			},
			"without_a_body": func(t testing.TB) {
				assert.Equal(t, 204, server.Send(t, wire.Request{Method: "DELETE", Path: "/row"}).Status)
				assert.Equal(t, 304, server.Get(t, "/same").Status)
				a := server.Get(t, "/moved")
				assert.Equal(t, []any{303, "/length"}, []any{a.Status, a.Header.Get("Location")}, "no redirect is followed")
				assert.Equal(t, 404, server.Get(t, "/nowhere").Status)
			},
			"after_a_hint": func(t testing.TB) {
				a := server.Get(t, "/hint")
				assert.Equal(t, []any{200, "id,qty\n"}, []any{a.Status, a.Body})
				assert.Empty(t, a.Header.Get("Link"), "of the hint, not of the answer")
				assert.True(t, strings.HasPrefix(a.Head, "HTTP/1.1 103 Early Hints\r\nLink: <"), a.Head)
			},
			"by_hand": func(t testing.TB) {
				a := wire.Serve(t, sends("HTTP/1.0 200 Fine\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nPragma: no-cache\r\nConnection: close\r\n\r\nid,qty\n")).Get(t, "/")
				assert.Equal(t, http.Header{"Set-Cookie": {"a=1", "b=2"}, "Pragma": {"no-cache"}, "Connection": {"close"}}, a.Header, "not a line more or less")
				assert.Equal(t, []any{200, "id,qty\n", "id,qty\n"}, []any{a.Status, a.Body, a.Raw})
			},
			"as_HTTP_1_0": func(t testing.TB) {
				a := server.Raw(t, "GET /chunks HTTP/1.0\r\n\r\n")
				require.NoError(t, a.Cut)
				assert.Equal(t, "id,qty\n1,2\n", a.Raw)
			},
		},
	})
}

func TestBytesAfterTheEnd(t *testing.T) {
	a := wire.Serve(t, sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n")).Try(t, wire.Request{Path: "/"})
	require.NoError(t, a.Cut)
	assert.Equal(t, "abc", a.Body)
	assert.Equal(t, "HTTP/1.1 500 Oh\r\n\r\n", a.Extra)
	assert.Equal(t, "3\r\nabc\r\n0\r\n\r\n"+a.Extra, a.Raw)
	assert.Equal(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", a.Head)
}

func TestStoryOfOddAndLongLines(t *testing.T) {
	long := strings.Repeat("é", 2000)
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", long)
		w.Header().Set("X-Odd", "\xff")
		_, _ = io.WriteString(w, "\x00"+long)
	}))
	a := server.Send(t, wire.Request{Method: "POST", Path: "/", Header: []string{"X-Long: " + long, "X-Odd: \xff"}, BodyFrom: strings.NewReader(long)})
	kittest.Golden(t, t.Name(), a.Story())
	a = server.Send(t, wire.Request{Method: "POST", Path: "/", Body: strings.Repeat("line\n", 30)})
	kittest.Golden(t, t.Name()+"_of_a_body", a.Story())
}

// A server that closes with bytes unread makes the connection end with a
// reset. A body that ends with the connection is whole all the same.
func TestConnectionThatEndsWithAReset(t *testing.T) {
	kittest.Rounds(t, func(t *testing.T) {
		read := make(chan struct{})
		server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if assert.NoError(t, err) {
				_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\noh no")
				<-read
				_ = conn.Close()
			}
		}))
		stream := server.Open(t, wire.Request{Method: "POST", Path: "/", Body: strings.Repeat("x", 100_000)})
		assert.Equal(t, "oh no", stream.Read(t, 5))
		close(read)
		a := stream.Rest(t)
		assert.NoError(t, a.Cut)
		assert.Equal(t, "oh no", a.Body)
	})
}

// rightMux answers in every right way that net/http has.
var rightMux = sync.OnceValue(func() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /length", func(w http.ResponseWriter, _ *http.Request) { csv(w, "id,qty\n") })
	mux.HandleFunc("GET /chunks", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "Rows")
		csv(w, "id,qty\n")
		flush(w)
		csv(w, "1,2\n")
		w.Header().Set("Rows", "1")
	})
	mux.HandleFunc("GET /hint", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(103)
		w.Header().Del("Link")
		csv(w, "id,qty\n")
	})
	mux.HandleFunc("DELETE /row", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("GET /same", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) })
	mux.Handle("GET /moved", http.RedirectHandler("/length", 303))
	return mux
})
