package logs_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// does serves a handler at POST /orders/{id}, asks it once, and returns the record.
func does(t *testing.T, h http.HandlerFunc) (wire.Answer, *output, record) {
	t.Helper()
	server, o := serve(t, "POST /orders/{id}", func(_ *slog.Logger, w http.ResponseWriter, r *http.Request) { h(w, r) })
	a := server.Try(t, wire.Request{Method: "POST", Path: "/orders/7"})
	server.Idle(t)
	return a, o, o.one(t, "request")
}

func TestRequestLog(t *testing.T) {
	t.Run("tells_what_was_asked", func(t *testing.T) {
		r := seed.New(t)
		word, text, agent := r.Word(), strings.Repeat("x", int(r.Between(1, 9999))), "curl/8.5 ("+r.Word()+`; "x" \n)`+strings.Repeat(" x", 200)
		server, o := serve(t, "PUT /"+word+"/{id}", func(_ *slog.Logger, w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, text)
		})
		a := server.Send(t, wire.Request{Method: "PUT", Path: "/" + word + "/7?a=1", Header: []string{"User-Agent: " + agent}})
		require.Equalf(t, text, a.Body, "what the handler wrote\n%s", a.Story())
		o.is(t, o.one(t, "request"), record{"level": "INFO", "method": "PUT", "route": "PUT /" + word + "/{id}", "status": 201, "bytes": len(text), "user_agent": agent})
	})
	t.Run("has_no_route_when_the_mux_has_none", func(t *testing.T) {
		server, o := serve(t, "/orders/{id}", func(*slog.Logger, http.ResponseWriter, *http.Request) {})
		a := server.Get(t, "/pears")
		o.is(t, o.one(t, "request"), record{"route": "", "status": 404, "bytes": len(a.Body), "level": "INFO", "user_agent": ""})
	})
	t.Run("is_one_record_whatever_the_user_agent_is", func(t *testing.T) {
		agent := "curl/8.5\n{\"level\":\"INFO\",\"msg\":\"request\",\"status\":200}"
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", agent)
		_, o, _ := direct(t, r, func(http.ResponseWriter, *http.Request) {})
		o.is(t, o.one(t, "request"), record{"user_agent": agent})
	})
	t.Run("measures_in_milliseconds", func(t *testing.T) {
		o, logger := newLogger(t, slog.LevelInfo)
		guard.Run(t, func() {
			synctest.Test(t, func(*testing.T) { // its clock moves only while everything in it sleeps
				h := chain(logger, "/", func(http.ResponseWriter, *http.Request) { time.Sleep(1500 * time.Millisecond) })
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			})
		})
		require.InDeltaf(t, 1500.0, o.one(t, "request")["duration_ms"], 0.9, "The handler took 1.5 seconds. duration_ms is a number, in milliseconds. The log:\n\n%s", o)
	})

	statuses := map[string]struct {
		h      http.HandlerFunc
		status int
	}{
		"of_a_handler_that_does_nothing":   {func(http.ResponseWriter, *http.Request) {}, 200},
		"of_a_handler_that_only_writes":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a") }, 200},
		"of_a_handler_without_a_body":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204},
		"of_a_handler_that_gives_two":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) }, 201},
		"of_a_handler_that_writes_first":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a")); w.WriteHeader(500) }, 200},
		"of_a_handler_that_writes_nothing": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(nil); w.WriteHeader(500) }, 200},
		"of_a_handler_that_hints_early":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(404) }, 404},
		"of_a_handler_that_only_hints":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(102) }, 200},
		"of_a_handler_that_flushes_first": {func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			w.WriteHeader(500)
		}, 200},
		"of_http.Error": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 422) }, 422},
	}
	for name, c := range statuses {
		t.Run("has_the_status_"+name, func(t *testing.T) {
			a, o, r := does(t, c.h)
			require.Equalf(t, c.status, a.Status, "The client gets what the handler sends. This is the status that it got.\n%s", a.Story())
			require.EqualValuesf(t, a.Status, r["status"], "The status is the final one that was sent.\n%s\nThe log:\n\n%s", a.Story(), o)
		})
	}
	t.Run("has_the_status_of_a_switch_of_protocols", func(t *testing.T) {
		_, o, _ := direct(t, httptest.NewRequest("GET", "/", nil), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(101) })
		o.is(t, o.one(t, "request"), record{"status": 101})
	})
	t.Run("is_an_error_from_500_on", func(t *testing.T) {
		for status, level := range map[int]string{200: "INFO", 302: "INFO", 404: "INFO", 499: "INFO", 500: "ERROR", 503: "ERROR", 599: "ERROR"} {
			_, o, r := does(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			o.is(t, r, record{"status": status, "level": level})
		}
	})

	t.Run("counts_all_bytes", func(t *testing.T) {
		a, o, r := does(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "grüße")
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader(strings.Repeat("x", 100_000)), 100_000))
			_, _ = w.Write([]byte("end"))
			_, _ = fmt.Fprint(w, "!")
		})
		o.is(t, r, record{"bytes": len(a.Body)})
		require.Len(t, a.Body, 100_011)
	})
	t.Run("counts_no_bytes_that_were_refused", func(t *testing.T) {
		_, o, r := does(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			_, _ = io.WriteString(w, "a 204 has no body")
		})
		o.is(t, r, record{"bytes": 0})
	})

	t.Run("holds_no_secret", func(t *testing.T) {
		random, is := seed.New(t), map[string]string{}
		places := []string{"Authorization", "Proxy-Authorization", "Cookie", "Referer", "X-Api-Key", "query", "path", "user of the URL", "password of the URL", "body", "Set-Cookie", "Location", "body of the answer"}
		for _, place := range places {
			is[place] = random.Canary()
		}
		r := httptest.NewRequest("POST", "http://"+is["user of the URL"]+":"+is["password of the URL"]+"@shop.example/"+is["path"]+"?token="+is["query"], strings.NewReader("password="+is["body"]))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, name := range places[:5] {
			r.Header.Set(name, "session="+is[name])
		}
		_, o, _ := direct(t, r, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			assert.Equal(t, "password="+is["body"], string(body), "The handler reads the body that was sent.")
			w.Header().Set("Set-Cookie", "session="+is["Set-Cookie"])
			w.Header().Set("Location", "/?token="+is["Location"])
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, is["body of the answer"])
		})
		o.is(t, o.one(t, "request"), record{"status": 500})
		for _, place := range places {
			require.NotContainsf(t, o.String(), is[place], "The log holds nothing of this place of request or answer: %s. The log:\n\n%s", place, o)
		}
	})

	t.Run("is_there_after_a_panic", func(t *testing.T) {
		for _, value := range []any{http.ErrAbortHandler, "apples", 7} {
			_, o, got := direct(t, httptest.NewRequest("GET", "/", nil), func(http.ResponseWriter, *http.Request) { panic(value) })
			o.is(t, o.one(t, "request"), record{"status": 500, "level": "ERROR", "route": "/", "bytes": 0})
			require.Equalf(t, value, got, "A panic goes on, with its value. The handler panicked with %v.", value)
		}
	})
	t.Run("has_the_status_sent_before_a_panic", func(t *testing.T) {
		a, o, r := does(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			_, _ = io.WriteString(w, strings.Repeat("x", 9000))
			panic(http.ErrAbortHandler)
		})
		require.Errorf(t, a.Cut, "A panic goes on, so that the server cuts the answer.\n%s", a.Story())
		o.is(t, r, record{"status": 202, "level": "ERROR", "bytes": 9000})
	})
}

func TestWriter(t *testing.T) {
	ways := map[string]func(http.ResponseWriter) bool{
		"flushes_as_a_Flusher": func(w http.ResponseWriter) bool {
			f, ok := w.(http.Flusher)
			if ok {
				f.Flush()
			}
			return ok
		},
		"flushes_for_a_ResponseController": func(w http.ResponseWriter) bool { return http.NewResponseController(w).Flush() == nil },
	}
	for name, flush := range ways {
		t.Run(name, func(t *testing.T) {
			goOn := make(chan bool)
			server, o := serve(t, "GET /events", func(_ *slog.Logger, w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, "data: 1\n\n")
				if !assert.True(t, flush(w), "A handler that sends events can flush each of them. Its writer does not know how.") {
					return
				}
				select {
				case <-goOn:
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, "data: 2\n\n")
			})
			stream := server.Open(t, wire.Request{Path: "/events"})
			require.Equal(t, "1", stream.Event(t).Data, "the first event, while the handler still runs")
			if t.Failed() {
				return
			}
			require.Emptyf(t, o.records(t), "The record comes when the handler is done. The handler still runs, and the log has\n\n%s", o)
			close(goOn)
			stream.Rest(t)
			server.Idle(t)
			o.is(t, o.one(t, "request"), record{"bytes": 18})
		})
	}
	t.Run("lets_a_ResponseController_do_the_rest", func(t *testing.T) {
		a, _, _ := does(t, func(w http.ResponseWriter, _ *http.Request) {
			c := http.NewResponseController(w)
			assert.NoError(t, c.SetReadDeadline(time.Time{}), "A ResponseController sets deadlines.")
			assert.NoError(t, c.SetWriteDeadline(time.Time{}), "A ResponseController sets deadlines.")
			conn, _, err := c.Hijack()
			if assert.NoError(t, err, "A ResponseController hijacks the connection.") {
				_, _ = io.WriteString(conn, "HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n")
				_ = conn.Close()
			}
		})
		require.Equalf(t, 418, a.Status, "what was written into the hijacked connection\n%s", a.Story())
	})
}
