package errorsafrontendcanuse_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	problems "workbook/exercises/04-apis/06-errors-a-frontend-can-use"
)

func TestRecoverBeforeTheFirstByte(t *testing.T) {
	t.Run("answers_500_and_tells_nothing", func(t *testing.T) {
		secret := canary()
		for _, cause := range []any{secret, errors.New(secret), []string{secret}} {
			a := get(t, problems.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(cause) })))
			assert.Equal(t, 500, a.status, "the status after panic(%T)", cause)
			a.members(t)
			assert.NotContains(t, a.body, secret, "the text of the panic went to the client")
		}
	})
	t.Run("tells_the_log", func(t *testing.T) {
		secret := canary()
		get(t, problems.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) })))
		assert.Contains(t, logs.String(), secret, "the client is not told, so the default logger is; otherwise nobody knows")
	})
	t.Run("answers_in_full_whatever_length_was_announced", func(t *testing.T) {
		a := get(t, problems.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			panic("the report is broken")
		})))
		assert.Equal(t, 500, a.status, "the handler set Content-Length: 5000, and panicked before its first byte")
	})
	t.Run("lets_http_ErrAbortHandler_abort", func(t *testing.T) {
		a := send(t, "GET", serve(t, problems.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}))))
		assert.Error(t, a.cut, "panic(http.ErrAbortHandler) asks for a closed connection; the client got %d %q", a.status, a.body)
	})
}

func TestRecoverAfterTheFirstByte(t *testing.T) {
	flush := func(w http.ResponseWriter) { http.NewResponseController(w).Flush() }
	cases := map[string]func(http.ResponseWriter){
		"a_row":        func(w http.ResponseWriter) { io.WriteString(w, "id,qty\n"); flush(w) },
		"a_status":     func(w http.ResponseWriter) { w.WriteHeader(200); flush(w) },
		"a_lone_flush": flush,
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		begin := cases[name]
		h := problems.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			begin(w)
			panic("row 2 is broken")
		}))
		t.Run("appends_nothing_to_"+name, func(t *testing.T) {
			a := send(t, "GET", serve(t, h))
			assert.Equal(t, 200, a.status, "the handler had sent its answer's beginning, so the status was 200 already")
			assert.NotContains(t, a.body, "{", "the answer had begun, then the handler panicked, and something was appended")
		})
		t.Run("aborts_after_"+name, func(t *testing.T) {
			a := send(t, "GET", serve(t, h))
			assert.Error(t, a.cut, "the answer had begun and nobody can complete it; the client got %d %q and believes that this is all", a.status, a.body)
		})
	}
	t.Run("tells_the_log", func(t *testing.T) {
		secret := canary()
		send(t, "GET", serve(t, problems.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			flush(w)
			panic(secret)
		}))))
		assert.Contains(t, logs.String(), secret, "the client only sees a closed connection, so the default logger is told why")
	})
}

func TestProblemsReplaces(t *testing.T) {
	t.Run("405_and_keeps_Allow", func(t *testing.T) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /orders", func(http.ResponseWriter, *http.Request) {})
		a := send(t, "DELETE", serve(t, problems.Problems(mux))+"/orders")
		assert.Equal(t, 405, a.status, "DELETE on a path that has only GET")
		assert.EqualValues(t, 405, a.members(t)["status"], "the member status")
		assert.Equal(t, "GET, HEAD", a.header.Get("Allow"), "the mux says what is allowed")
	})
	cases := map[string]http.HandlerFunc{
		"plain_text": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "canary", 503) },
		"plain_text_in_parts": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			io.WriteString(w, "can")
			io.WriteString(w, "ary")
		},
		"an_empty_body": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"an_announced_length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "6")
			w.WriteHeader(503)
			io.WriteString(w, "canary")
		},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		h := cases[name]
		t.Run(name, func(t *testing.T) {
			a := get(t, problems.Problems(h))
			assert.Equal(t, 503, a.status, "the HTTP status stays")
			assert.EqualValues(t, 503, a.members(t)["status"], "the member status")
			assert.NotContains(t, a.body, "canary", "the text of the answer was not written for clients")
		})
	}
	t.Run("the_answer_to_HEAD", func(t *testing.T) {
		a := send(t, "HEAD", serve(t, problems.Problems(http.NewServeMux()))+"/nowhere")
		assert.Equal(t, 404, a.status, "HEAD on an unknown path")
		assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "HEAD has the headers of GET")
	})
}

func TestProblemsLetsPass(t *testing.T) {
	cases := map[string]struct {
		status            int
		contentType, body string
	}{
		"an_error_in_JSON":      {404, "application/json", `{"order":null}`},
		"an_error_in_HTML":      {502, "text/html; charset=utf-8", "<h1>Back soon</h1>"},
		"a_problem":             {409, "application/problem+json", `{"status":409,"title":"Mine","balance":30}`},
		"success_in_plain_text": {200, "text/plain; charset=utf-8", "User-agent: *\n"},
		"a_redirect":            {301, "text/plain", "moved\n"},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			a := get(t, problems.Problems(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.WriteHeader(c.status)
				io.WriteString(w, c.body[:4])
				io.WriteString(w, c.body[4:])
			})))
			assert.Equal(t, c.status, a.status, "the HTTP status")
			assert.Equal(t, c.contentType, a.header.Get("Content-Type"), "the media type that the handler set")
			assert.Equal(t, c.body, a.body, "the body that the handler wrote")
		})
	}
}

func TestBothMiddlewares(t *testing.T) {
	t.Run("pass_on_a_flush", func(t *testing.T) {
		var sent lockedBuffer
		url := serveSpied(t, &sent, wrapped(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "first row\n")
			assert.NoError(t, http.NewResponseController(w).Flush(), "Flush by http.ResponseController")
			assert.Contains(t, sent.String(), "first row\n", "the handler wrote its first row and flushed; nothing had left the server by then")
		}))
		assert.Equal(t, "first row\n", send(t, "GET", url).body, "the answer of the handler")
	})
	t.Run("pass_on_deadlines", func(t *testing.T) {
		a := get(t, wrapped(func(w http.ResponseWriter, _ *http.Request) {
			err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
			assert.NoError(t, err, "SetWriteDeadline by http.ResponseController")
		}))
		assert.Equal(t, 200, a.status, "the status of a handler that writes nothing")
	})
	t.Run("keep_overlapping_requests_apart", func(t *testing.T) {
		entered, release := make(chan struct{}), make(chan struct{})
		mux := http.NewServeMux()
		mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			select {
			case <-release:
			case <-r.Context().Done():
			}
			io.WriteString(w, "slow but fine\n")
		})
		mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("broken") })
		url := serve(t, wrapped(mux.ServeHTTP))
		slow := make(chan answer, 1)
		go func() { slow <- send(t, "GET", url+"/slow") }()
		waitFor(t, entered, "a request to /slow did not reach its handler")
		assert.Equal(t, 404, send(t, "GET", url+"/nowhere").status, "/nowhere, while /slow was running")
		close(release)
		assert.Equal(t, "slow but fine\n", (<-slow).body, "/slow, after /nowhere was answered in between")
		assert.Equal(t, 500, send(t, "GET", url+"/panic").status, "/panic, after the others")
	})
}
