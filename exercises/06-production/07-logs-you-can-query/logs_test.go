package logs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	logs "workbook/exercises/06-production/07-logs-you-can-query"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

// output is what a logger has written.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// busy is an output that sees when it is used by two at once.
type busy struct {
	output
	users, overlaps atomic.Int32
}

func (b *busy) Write(p []byte) (int, error) {
	if b.users.Add(1) > 1 {
		b.overlaps.Add(1)
	}
	defer b.users.Add(-1)
	runtime.Gosched()
	return b.output.Write(p)
}

type record = map[string]any

// records reads the lines.
func (o *output) records(t *testing.T) (list []record) {
	t.Helper()
	text := o.String()
	for line := range strings.Lines(text) {
		var r record
		require.NoErrorf(t, json.Unmarshal([]byte(line), &r), "Each record is one JSON object on one line. This line is none:\n\n\t%s\nThe log:\n\n%s", line, text)
		list = append(list, r)
	}
	return list
}

// one returns the only record with the message.
func (o *output) one(t *testing.T, msg string) record {
	t.Helper()
	var found []record
	for _, r := range o.records(t) {
		if r["msg"] == msg {
			found = append(found, r)
		}
	}
	require.Lenf(t, found, 1, "There is one record with the message %q. The log:\n\n%s", msg, o)
	return found[0]
}

// promised says what README.md does of a member.
var promised = map[string]string{
	"request_id": "A record that is logged with the context of a request has its id as request_id, in no group.",
	"level":      "The level is ERROR from status 500 on and after a panic, else INFO.",
	"route":      "route is the pattern found by the mux, or empty.",
	"status":     "status is the final status that was sent; 500 when a panic came before.",
	"bytes":      "bytes is how many bytes of the body the server's Write took.",
	"user_agent": "user_agent is the header, as it was sent.",
	"msg":        "Every text comes back letter for letter.",
	"text":       "Every text comes back letter for letter.",
}

// is requires members of a record.
func (o *output) is(t *testing.T, r, want record) {
	t.Helper()
	for name, value := range want {
		got, has := r[name]
		require.Truef(t, has, "%s The record has no member %q. The log:\n\n%s", promised[name], name, o)
		require.EqualValuesf(t, value, got, "%s This is the member %q. The log:\n\n%s", promised[name], name, o)
	}
}

func newLogger(t *testing.T, level slog.Level) (*output, *slog.Logger) {
	t.Helper()
	o := new(output)
	return o, guard.Call(t, func() *slog.Logger { return logs.NewLogger(o, level) })
}

// chain is what a program makes of its mux.
func chain(logger *slog.Logger, pattern string, h http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(pattern, h)
	return logs.RequestID(logs.RequestLog(logger, mux))
}

// serve starts a server with one route, and returns what it logs.
func serve(t *testing.T, pattern string, h func(*slog.Logger, http.ResponseWriter, *http.Request)) (*wire.Server, *output) {
	t.Helper()
	o, logger := newLogger(t, slog.LevelInfo)
	server := wire.Serve(t, guard.Call(t, func() http.Handler {
		return chain(logger, pattern, func(w http.ResponseWriter, r *http.Request) { h(logger, w, r) })
	}))
	server.Patience = 4 * time.Second
	return server, o
}

// direct calls the chain without a server, and returns what it panics with.
func direct(t *testing.T, r *http.Request, h http.HandlerFunc) (*httptest.ResponseRecorder, *output, any) {
	t.Helper()
	o, logger := newLogger(t, slog.LevelInfo)
	var panicked any
	w := httptest.NewRecorder()
	guard.Run(t, func() {
		defer func() { panicked = recover() }()
		chain(logger, "/", h).ServeHTTP(w, r)
	})
	return w, o, panicked
}

func TestLogger(t *testing.T) {
	t.Run("passes_slogtest", func(t *testing.T) {
		o, logger := newLogger(t, slog.LevelInfo)
		guard.Run(t, func() {
			err := slogtest.TestHandler(logger.Handler(), func() []map[string]any { return o.records(t) })
			require.NoErrorf(t, err, "The logger's handler passes testing/slogtest.")
		})
	})
	t.Run("leaves_out_what_is_below_its_level", func(t *testing.T) {
		levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
		for i, level := range levels {
			o, logger := newLogger(t, level)
			guard.Run(t, func() {
				for _, l := range levels {
					logger.Log(t.Context(), l, l.String())
					logger.With("a", 1).WithGroup("g").Log(t.Context(), l, l.String(), "b", 2)
				}
			})
			var want, got []string
			for _, l := range levels[i:] {
				want = append(want, l.String(), l.String())
			}
			for _, r := range o.records(t) {
				got = append(got, fmt.Sprint(r["level"]))
			}
			require.Equalf(t, want, got, "Two records were logged at each level. These are in the log of a logger for %s and above:", level)
		}
	})
	t.Run("keeps_every_text_on_its_line", func(t *testing.T) {
		o, logger := newLogger(t, slog.LevelInfo)
		texts := append(seed.New(t).AllAwkward(), "a\nb", "a\r\n{\"level\":\"ERROR\",\"msg\":\"b\"}", "\x00\x1b[2J", `\n"\`, "a\u2028b")
		guard.Run(t, func() {
			for _, text := range texts {
				logger.Info(text, "text", text)
			}
		})
		list := o.records(t)
		require.Lenf(t, list, len(texts), "So many records were logged. The log:\n\n%s", o)
		for i, text := range texts {
			o.is(t, list[i], record{"msg": text, "text": text})
		}
	})
	t.Run("changes_no_other_logger_by_With", func(t *testing.T) {
		server, o := serve(t, "/", func(logger *slog.Logger, _ http.ResponseWriter, r *http.Request) {
			for range 4 { // so that lists have room for more, or none
				logger = logger.With("n", 1)
				pear, tea := logger.With("sku", "pear"), logger.WithGroup("tea").With("sku", "tea")
				for _, ctx := range []context.Context{r.Context(), context.Background()} {
					pear.InfoContext(ctx, "pear")
					tea.InfoContext(ctx, "tea")
					logger.InfoContext(ctx, "none")
				}
			}
		})
		server.Get(t, "/")
		want := map[any]string{"pear": "pear, <nil>", "tea": "<nil>, tea", "none": "<nil>, <nil>", "request": "<nil>, <nil>"}
		for _, r := range o.records(t) {
			group, _ := r["tea"].(map[string]any)
			require.Equalf(t, want[r["msg"]], fmt.Sprintf("%v, %v", r["sku"], group["sku"]), "Two loggers were made of one, by With and WithGroup. The members sku, and sku in the group tea, of a record of the logger %v. The log:\n\n%s", r["msg"], o)
		}
	})
	t.Run("writes_one_record_at_a_time", func(t *testing.T) {
		w := new(busy)
		logger := guard.Call(t, func() *slog.Logger { return logs.NewLogger(w, slog.LevelInfo) })
		guard.Run(t, func() {
			chain(logger, "/", func(_ http.ResponseWriter, r *http.Request) {
				var all sync.WaitGroup
				for i := range 8 {
					all.Go(func() {
						for range 50 {
							logger.With("i", i).InfoContext(r.Context(), "stored")
						}
					})
				}
				all.Wait()
			}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		})
		require.Zero(t, w.overlaps.Load(), "w gets one Write at a time. Eight goroutines logged, and so many calls of Write began before another one had ended:")
		require.Len(t, w.records(t), 401, "Eight goroutines logged 50 records each, and there is the one of the request.")
	})
	t.Run("leaves_the_default_alone", func(t *testing.T) {
		before := slog.Default()
		_, _ = newLogger(t, slog.LevelInfo)
		now := slog.Default()
		slog.SetDefault(before)
		require.Same(t, before, now, "slog.Default() is not changed. These are it, before and after NewLogger:")
	})
	t.Run("writes_where_it_should_when_there_are_two", func(t *testing.T) {
		ok := func(l *slog.Logger, w http.ResponseWriter, r *http.Request) { l.InfoContext(r.Context(), "stored") }
		first, log1 := serve(t, "/first", ok)
		second, log2 := serve(t, "/second", ok)
		first.Get(t, "/first")
		second.Get(t, "/second")
		log1.is(t, log1.one(t, "request"), record{"route": "/first"})
		log2.is(t, log2.one(t, "request"), record{"route": "/second"})
		log1.one(t, "stored")
		log2.one(t, "stored")
	})
}

var isID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// id returns the id of an answer.
func id(t *testing.T, a wire.Answer) string {
	t.Helper()
	values := a.Header.Values("X-Request-ID")
	require.Lenf(t, values, 1, "Each answer has its id as X-Request-ID, once.\n%s", a.Story())
	require.Regexpf(t, isID, values[0], "An id has 1 to 64 characters of A–Z, a–z, 0–9, -, _ and dot.\n%s", a.Story())
	return values[0]
}

func TestID(t *testing.T) {
	// logged asks a handler that logs, and requires the answer's id in its record and in the request's.
	logged := func(t *testing.T, log func(*slog.Logger, context.Context)) {
		t.Helper()
		server, o := serve(t, "/", func(l *slog.Logger, w http.ResponseWriter, r *http.Request) { log(l, r.Context()) })
		a := server.Get(t, "/")
		for _, msg := range []string{"request", "stored"} {
			o.is(t, o.one(t, msg), record{"request_id": id(t, a)})
		}
		require.Equalf(t, 2, strings.Count(o.String(), `"request_id"`), "Each of the two records has request_id once. The log:\n\n%s", o)
	}
	t.Run("is_in_every_record_of_its_request", func(t *testing.T) {
		logged(t, func(l *slog.Logger, ctx context.Context) { l.InfoContext(ctx, "stored", "pieces", 3) })
	})
	t.Run("is_there_in_a_context_made_from_it", func(t *testing.T) {
		logged(t, func(l *slog.Logger, ctx context.Context) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			l.InfoContext(ctx, "stored")
		})
	})
	t.Run("is_there_after_With", func(t *testing.T) {
		logged(t, func(l *slog.Logger, ctx context.Context) { l.With("part", "store").InfoContext(ctx, "stored") })
	})
	t.Run("is_in_no_group", func(t *testing.T) {
		logged(t, func(l *slog.Logger, ctx context.Context) {
			l.With("a", 1).WithGroup("store").With("b", 2).WithGroup("row").InfoContext(ctx, "stored", "n", 3)
		})
	})
	t.Run("is_in_no_other_record", func(t *testing.T) {
		server, o := serve(t, "/", func(l *slog.Logger, w http.ResponseWriter, r *http.Request) {
			l.InfoContext(context.Background(), "started")
			l.With("a", 1).WithGroup("b").Info("cleaned", "n", 1)
		})
		id(t, server.Get(t, "/"))
		for _, msg := range []string{"started", "cleaned"} {
			require.NotContainsf(t, o.one(t, msg), "request_id", "A record that is logged without the context of a request has no request_id. The log:\n\n%s", o)
		}
		require.Equalf(t, 1, strings.Count(o.String(), `request_id`), "Only the record %q has a request_id. The log:\n\n%s", "request", o)
	})

	nothing := func(*slog.Logger, http.ResponseWriter, *http.Request) {}
	t.Run("is_in_each_answer", func(t *testing.T) {
		server, _ := serve(t, "GET /{status}", func(_ *slog.Logger, w http.ResponseWriter, r *http.Request) {
			status, _ := strconv.Atoi(r.PathValue("status"))
			w.WriteHeader(status)
			if status != 204 {
				_, _ = io.WriteString(w, strings.Repeat("x", 9000))
			}
		})
		for _, path := range []string{"/200", "/204", "/302", "/503", "/no/such/route"} {
			id(t, server.Get(t, path))
		}
		id(t, server.Send(t, wire.Request{Method: "DELETE", Path: "/200"}))
	})
	t.Run("is_in_the_context_that_the_request_had", func(t *testing.T) {
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "apple"))
		defer cancel()
		direct(t, httptest.NewRequest("GET", "/", nil).WithContext(ctx), func(_ http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "apple", r.Context().Value(key{}), "The handler's context is made from the request's. Of a value in the request's, the handler got this:")
			cancel()
			assert.ErrorIs(t, r.Context().Err(), context.Canceled, "The handler's context is made from the request's. That was cancelled, and the handler's was not.")
		})
	})
	t.Run("is_the_client's_when_that_is_one", func(t *testing.T) {
		server, o := serve(t, "/", nothing)
		for i, sent := range []string{"a", "Z", "0", "-", "_", ".", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "A_b.9", strings.Repeat("x", 64)} {
			a := server.Get(t, "/", "X-Request-ID: "+sent)
			require.Equalf(t, sent, id(t, a), "The id is that of the client, when it is one.\n%s", a.Story())
			o.is(t, o.records(t)[i], record{"request_id": sent})
		}
	})
	t.Run("replaces_the_client's_when_that_is_none", func(t *testing.T) {
		canary := seed.New(t).Canary()
		for _, sent := range []string{"%s id", "%s\r\nX-Admin: 1", "%s\n", "\x00%s", `%s"`, "<b>%s", "%s/", "%s:", "é%s", "１%s", "%s,%s", "%s" + strings.Repeat("x", 65), strings.Repeat("x", 64) + "%s", "%s" + strings.Repeat("x", 4096), "%s~", "%s=", "%s[", "%s^", "%s@", "%s`"} {
			r := httptest.NewRequest("GET", "/", nil)
			sent = strings.ReplaceAll(sent, "%s", canary)
			r.Header.Set("X-Request-ID", sent)
			w, o, _ := direct(t, r, func(http.ResponseWriter, *http.Request) {})
			got := w.Header().Get("X-Request-ID")
			story := fmt.Sprintf("The client sent %.100q as X-Request-ID, the answer had %.100q, and the log was\n\n%.1000s", sent, got, o)
			require.Regexpf(t, isID, got, "What is no id is replaced by one. %s", story)
			o.is(t, o.one(t, "request"), record{"request_id": got})
			require.NotContainsf(t, got+o.String(), canary, "Of a refused X-Request-ID nothing is logged or answered. %s", story)
		}
	})
	t.Run("is_new_for_each_request", func(t *testing.T) {
		first, _ := serve(t, "/", nothing)
		second, _ := serve(t, "/", nothing)
		seen := map[string]bool{}
		for range 30 {
			for _, server := range []*wire.Server{first, second} {
				a := server.Get(t, "/")
				require.Falsef(t, seen[id(t, a)], "No two requests get the same id. Two servers were asked in turn, and %s came again.", id(t, a))
				seen[id(t, a)] = true
			}
		}
	})
	t.Run("is_new_at_the_same_instant", func(t *testing.T) {
		o, logger := newLogger(t, slog.LevelInfo)
		guard.Run(t, func() {
			synctest.Test(t, func(*testing.T) { // its clock stands still
				for range 2 {
					h := chain(logger, "/", func(http.ResponseWriter, *http.Request) {})
					for range 2 {
						h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
					}
				}
			})
		})
		seen := map[any]bool{}
		for _, r := range o.records(t) {
			seen[r["request_id"]] = true
		}
		require.Lenf(t, seen, 4, "No two requests get the same id. Four came at the same instant, two through one RequestID and two through another. The log:\n\n%s", o)
	})
	t.Run("is_not_that_of_a_request_beside_it", func(t *testing.T) {
		entered, goOn := make(chan string, 2), make(chan bool)
		server, o := serve(t, "/", func(l *slog.Logger, w http.ResponseWriter, r *http.Request) {
			entered <- ""
			select {
			case <-goOn:
			case <-r.Context().Done():
			}
			l.InfoContext(r.Context(), "stored "+r.FormValue("n"))
			w.WriteHeader(map[string]int{"1": 409, "2": 202}[r.FormValue("n")])
		})
		pending := []*wire.Pending{server.Start(t, wire.Request{Path: "/?n=1"}), server.Start(t, wire.Request{Path: "/?n=2"})}
		guard.Run(t, func() { _, _ = <-entered, <-entered })
		close(goOn)
		for i, p := range pending {
			want := id(t, p.Answer(t))
			server.Idle(t)
			got := o.one(t, fmt.Sprint("stored ", i+1))["request_id"]
			for _, r := range o.records(t) {
				if r["msg"] == "request" && r["request_id"] == want {
					o.is(t, r, record{"status": []int{409, 202}[i]})
				}
			}
			require.Equalf(t, want, got, "Two requests were under way at once. Request %d was answered with the id %s, and its record has %v. The log:\n\n%s", i+1, want, got, o)
		}
	})
}
