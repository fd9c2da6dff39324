package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/wire"
)

// soon is a limit that passes at once, for what never happens anyway.
const soon = time.Millisecond

// parked returns a handler that says when it has begun and then waits for
// what: for ever, as seen from a test, which ends before what comes.
func parked(what <-chan struct{}) (http.Handler, <-chan struct{}) {
	begun := make(chan struct{}, 1)
	return http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		<-what
	}), begun
}

func TestHandlersThatHang(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	// begins starts a request to a handler that will not return.
	begins := func(t testing.TB) (*wire.Server, *wire.Pending) {
		h, begun := parked(forever)
		server := wire.Serve(t, h)
		server.Patience = soon
		p := server.Start(t, wire.Request{Path: "/slow?n=1"})
		<-begun
		return server, p
	}
	flushes := func(_ testing.TB, body, length string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", length)
			csv(w, body)
			flush(w)
			<-forever
		})
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"answers_never": func(t testing.TB) {
				_, p := begins(t)
				p.Answer(t)
			},
			"waits_for_its_client_to_go": func(t testing.TB) {
				begun := make(chan struct{})
				server := wire.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					close(begun)
					<-r.Context().Done()
				}))
				server.Patience = soon
				p := server.Start(t, wire.Request{Path: "/events"})
				<-begun
				p.Answer(t)
			},
			"answers_never_though_a_cut_answer_would_do": func(t testing.TB) {
				_, p := begins(t)
				p.Try(t)
			},
			"stops_in_the_middle": func(t testing.TB) {
				server := wire.Serve(t, flushes(t, "id,qty\n", "12"))
				stream := server.Open(t, wire.Request{Path: "/slow"})
				stream.Line(t)
				server.Patience = soon
				stream.Rest(t)
			},
			"is_not_done_after_its_answer": func(t testing.TB) {
				server := wire.Serve(t, flushes(t, "id,qty\n", "7"))
				stream := server.Open(t, wire.Request{Path: "/slow"})
				stream.Line(t)
				server.Patience = soon
				stream.Rest(t)
			},
			"takes_the_connection_and_keeps_it": func(t testing.TB) {
				kept := make(chan net.Conn, 1)
				server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					conn, _, _ := w.(http.Hijacker).Hijack()
					_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
					kept <- conn
				}))
				stream := server.Open(t, wire.Request{Path: "/slow"})
				conn := <-kept
				server.Patience = soon
				defer func() { _ = conn.Close() }()
				server.Idle(t)
				stream.Rest(t)
			},
			"outlives_its_request": func(t testing.TB) {
				_, p := begins(t)
				p.Close()
			},
			"outlives_the_test": func(t testing.TB) { begins(t) },
			"is_never_idle": func(t testing.TB) {
				server, _ := begins(t)
				server.Idle(t)
			},
			"has_not_even_begun": func(t testing.TB) {
				// the server reads no header before it has all of it
				server := wire.Serve(t, flushes(t, "", "0"))
				server.Patience = soon
				server.Raw(t, "GET /slow HTTP/1.1\r\nHo")
			},
		},
		Right: map[string]kittest.Program{
			"returns_when_its_context_ends": func(t testing.TB) {
				begun, done := make(chan struct{}), make(chan struct{})
				server := wire.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					defer close(done)
					close(begun)
					<-r.Context().Done()
				}))
				p := server.Start(t, wire.Request{Path: "/"})
				<-begun
				p.Close()
				<-done
				server.Idle(t)
				assert.Error(t, p.Try(t).Cut)
			},
			"ends_with_the_test": func(t testing.TB) {
				begun := make(chan struct{})
				server := wire.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					close(begun)
					<-r.Context().Done()
				}))
				server.Start(t, wire.Request{Path: "/"})
				<-begun
			},
			"answers_when_it_is_let": func(t testing.TB) {
				let := make(chan struct{})
				h, begun := parked(let)
				server := wire.Serve(t, h)
				first := server.Start(t, wire.Request{Path: "/1"})
				<-begun
				second := server.Start(t, wire.Request{Path: "/2"})
				<-begun
				close(let)
				assert.Equal(t, 200, second.Answer(t).Status)
				assert.Equal(t, 200, first.Answer(t).Status)
				assert.Equal(t, 200, first.Answer(t).Status, "asked for again")
				server.Idle(t)
			},
		},
	})
}

func TestServeServer(t *testing.T) {
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"waits_for_a_header_for_ever": func(t testing.TB) {
				server := wire.ServeServer(t, &http.Server{Handler: rightMux()})
				conn := server.Dial(t)
				conn.Write("GET /length HTTP/1.1\r\nHo")
				server.Patience = soon
				conn.End(t)
			},
			"keeps_the_connection": func(t testing.TB) {
				server := wire.ServeServer(t, &http.Server{Handler: rightMux()})
				conn := server.Dial(t)
				conn.Send(t, wire.Request{Path: "/length"})
				server.Patience = soon
				conn.End(t)
			},
			"has_ended_before": func(t testing.TB) {
				server := &http.Server{Handler: rightMux()}
				_ = server.Close()
				wire.ServeServer(t, server)
			},
			"ends_before_the_test": func(t testing.TB) {
				server := &http.Server{Handler: rightMux()}
				wired := wire.ServeServer(t, server)
				_ = server.Close()
				wired.Get(t, "/length")
			},
			"is_nil":          func(t testing.TB) { wire.ServeServer(t, nil) },
			"has_no_handler":  func(t testing.TB) { wire.ServeServer(t, &http.Server{}) },
			"handler_is_nil":  func(t testing.TB) { wire.Serve(t, nil) },
			"function_is_nil": func(t testing.TB) { wire.Serve(t, http.HandlerFunc(nil)) },
		},
		Right: map[string]kittest.Program{
			"closes_a_slow_header": func(t testing.TB) {
				conn := wire.ServeServer(t, &http.Server{Handler: rightMux(), ReadHeaderTimeout: time.Millisecond}).Dial(t)
				conn.Write("GET /length HTTP/1.1\r\nHo")
				conn.End(t)
				conn.Write("st: x\r\n\r\n")
			},
			"closes_an_idle_connection": func(t testing.TB) {
				conn := wire.ServeServer(t, &http.Server{Handler: rightMux(), IdleTimeout: time.Millisecond}).Dial(t)
				assert.Equal(t, 200, conn.Send(t, wire.Request{Path: "/length"}).Status)
				assert.Empty(t, conn.End(t))
				assert.EqualError(t, conn.Try(t, wire.Request{Path: "/length"}).Cut, "the connection was closed without an answer")
			},
		},
	})
}

func TestServerEndsWithTheTest(t *testing.T) {
	var server *wire.Server
	var conn *wire.Conn
	kittest.Play(t, "TestLearner/case", func(t testing.TB) {
		server = wire.Serve(t, rightMux())
		conn = server.Dial(t)
		conn.Send(t, wire.Request{Path: "/length"})
	})
	_, err := net.Dial("tcp", server.Addr)
	require.Error(t, err)
	assert.EqualError(t, conn.Try(t, wire.Request{Path: "/length"}).Cut, "the connection was closed without an answer")
}

// A connection that a handler has taken over ends when the client's end does.
func TestClientEndsWithTheTest(t *testing.T) {
	r := kittest.Play(t, "TestLearner/case", func(t testing.TB) {
		begun := make(chan struct{})
		server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			close(begun)
			if assert.NoError(t, err) {
				_, _ = io.Copy(io.Discard, conn)
			}
		}))
		server.Dial(t).Write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-begun
	})
	assert.False(t, r.Failed(), r.Said())
}

func TestLogged(t *testing.T) {
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.WriteHeader(500)
		boom(w, r)
	}))
	a := server.Try(t, wire.Request{Path: "/"})
	require.Error(t, a.Cut)
	assert.Contains(t, a.Story(), "panic   no such shelf: 7 (shop.go:12)")
	assert.Contains(t, server.Logged(), "superfluous response.WriteHeader")
	assert.Contains(t, server.Logged(), "no such shelf: 7\ngoroutine ")

	t.Run("and_by_the_given_logger_too", func(t *testing.T) {
		var theirs bytes.Buffer
		given := &http.Server{Handler: http.HandlerFunc(boom), ErrorLog: log.New(&theirs, "theirs: ", 0)}
		server := wire.ServeServer(t, given)
		a := server.Try(t, wire.Request{Path: "/"})
		assert.Contains(t, a.Story(), "panic   no such shelf: 7 (shop.go:12)")
		assert.True(t, strings.HasPrefix(theirs.String(), "theirs: http: panic serving"), theirs.String())
		assert.Equal(t, theirs.String(), server.Logged())
	})
}

// A client that has all of an answer must not go before the handler has returned:
// it would end the context of what is still being done.
func TestHandlerIsLeftAloneUntilItReturns(t *testing.T) {
	var ended error
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1")
		csv(w, "x")
		flush(w)
		select {
		case <-r.Context().Done():
			ended = r.Context().Err()
		case <-time.After(100 * time.Millisecond): // long enough for a wrong one
		}
	}))
	assert.Equal(t, "x", server.Get(t, "/").Body)
	assert.NoError(t, ended)
}

func TestEachPanicBelongsToItsRequest(t *testing.T) {
	kittest.Rounds(t, func(t *testing.T) {
		server := wire.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { panic(r.URL.Path) }))
		var started []*wire.Pending
		for i := range 8 {
			started = append(started, server.Start(t, wire.Request{Path: fmt.Sprintf("/%d", i)}))
		}
		for i, p := range started {
			assert.Contains(t, p.Try(t).Story(), fmt.Sprintf("panic   /%d (", i))
		}
	})
}

func TestAll(t *testing.T) {
	var missing sync.WaitGroup
	missing.Add(3)
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		missing.Done()
		missing.Wait() // none of them is answered before all are here
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	answers := server.All(t, wire.Request{Path: "/a"}, wire.Request{Path: "/b"}, wire.Request{Path: "/c"})
	require.Len(t, answers, 3)
	for i, want := range []string{"/a", "/b", "/c"} {
		assert.Equal(t, want, answers[i].Body)
	}
}

// Whoever waits in vain once does not wait so long again.
func TestWaitsAfterOneInVain(t *testing.T) {
	patience.Lost()
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	r := kittest.Play(t, "TestSlow", func(t testing.TB) {
		h, begun := parked(forever)
		server := wire.Serve(t, h)
		server.Patience = 8 * time.Second
		p := server.Start(t, wire.Request{Path: "/slow"})
		<-begun
		p.Answer(t)
	})
	require.Contains(t, r.Said(), "None came for 2s")
}
