package wire

import (
	"maps"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workbook/exercises/internal/patience"
)

// A Server runs a handler on a port of its own on 127.0.0.1. Its methods may
// be used by several goroutines, as far as testing.T allows.
type Server struct {
	URL  string // such as http://127.0.0.1:43210
	Addr string // such as 127.0.0.1:43210

	// Patience bounds every wait for the server: for an answer, and at the end
	// of the test for its handlers. It is ten seconds, meant never to pass. Set
	// it while no request is under way. Once a wait was in vain, in whatever
	// test, the others get a quarter of it: see package patience.
	Patience time.Duration

	server *http.Server // nil when somebody else runs it
	ended  chan error   // what its Serve returned
	log    journal
	peers  peers

	mu    sync.Mutex
	conns map[*Conn]bool // the client's open ends
}

// Serve starts a server without any time limits for h. At the end of the test
// it closes every connection, which ends the context of every request; a
// handler that does not return then fails the test.
//
//kit:proves what really leaves a handler, byte for byte
func Serve(t testing.TB, h http.Handler) *Server {
	t.Helper()
	return ServeServer(t, &http.Server{Handler: h})
}

// ServeServer is [Serve] for the code that makes its own http.Server, whose
// limits hold. It sets the fields Handler and ErrorLog, each to one that also
// does what the given one did; look at them before.
//
//kit:proves that a server keeps its own limits
func ServeServer(t testing.TB, server *http.Server) *Server {
	t.Helper()
	switch {
	case server == nil:
		t.Fatal("the code under test gave a nil *http.Server: there is nothing to serve")
	case isNil(server.Handler):
		t.Fatal("the code under test gave a nil http.Handler: there is nothing to serve")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen on a port of 127.0.0.1: %v", err)
	}
	s := at(listener.Addr().String())
	s.server, s.ended = server, make(chan error, 1)
	server.Handler = s.peers.watch(server.Handler)
	server.ErrorLog = s.log.also(server.ErrorLog)
	watched := &watchedListener{Listener: listener, peers: &s.peers, used: make(chan struct{})}
	go func() { s.ended <- server.Serve(watched) }()
	t.Cleanup(func() {
		t.Helper()
		s.end(t)
	})
	select {
	case <-watched.used:
	case err := <-s.ended:
		t.Fatalf("The *http.Server promises to serve. It ended at once: %v.", err)
	}
	return s
}

// At is a server that somebody else runs, such as a program under test. What
// only the server's side can know stays unknown: Taken is 0, no panic is told,
// and Send does not wait for the handler before it says that no request follows.
//
//kit:proves what a program under test answers
func At(t testing.TB, addr string) *Server {
	t.Helper()
	addr = strings.TrimPrefix(addr, "http://")
	if _, _, err := net.SplitHostPort(addr); err != nil {
		t.Fatalf("the test's own mistake: %q is no address such as 127.0.0.1:43210", addr)
	}
	s := at(addr)
	t.Cleanup(func() { s.closeConns() })
	return s
}

func at(addr string) *Server {
	return &Server{URL: "http://" + addr, Addr: addr, Patience: 10 * time.Second, conns: map[*Conn]bool{}}
}

func isNil(h http.Handler) bool {
	v := reflect.ValueOf(h)
	return h == nil || v.Kind() == reflect.Func && v.IsNil()
}

// closeConns closes the client's ends.
func (s *Server) closeConns() {
	s.mu.Lock()
	open := slices.Collect(maps.Keys(s.conns))
	s.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

func (s *Server) end(t testing.TB) {
	t.Helper()
	s.closeConns()
	_ = s.server.Close()
	wait := s.patience()
	if running := s.peers.wait(wait); len(running) > 0 {
		patience.Lost()
		t.Errorf("A handler promises to return when its request's connection is closed. The test is over, every connection was closed, and %v later this was still running:\n\t%s",
			wait, strings.Join(running, "\n\t"))
	}
}

// patience is how long to wait now: less than Patience once a wait was in vain.
func (s *Server) patience() time.Duration { return patience.Of(s.Patience) }

// Logged is what the server wrote to its ErrorLog so far: the panics of
// handlers with their stacks, and complaints such as a second WriteHeader.
func (s *Server) Logged() string { return s.log.String() }

// Idle waits until no handler is running. It fails the test when one still is
// after [Server.Patience].
func (s *Server) Idle(t testing.TB) {
	t.Helper()
	wait := s.patience()
	if running := s.peers.wait(wait); len(running) > 0 {
		patience.Lost()
		t.Fatalf("Every handler promises to be done by now; %v later this was still running:\n\t%s", wait, strings.Join(running, "\n\t"))
	}
}

// Get asks for path. The header lines have the form "Name: value".
func (s *Server) Get(t testing.TB, path string, header ...string) Answer {
	t.Helper()
	return s.Send(t, Request{Path: path, Header: header})
}

// SendJSON sends body, valid or not, as application/json.
func (s *Server) SendJSON(t testing.TB, method, path, body string, header ...string) Answer {
	t.Helper()
	header = append([]string{"Content-Type: application/json"}, header...)
	return s.Send(t, Request{Method: method, Path: path, Header: header, Body: body})
}

// Send sends r on a connection of its own and returns the whole answer. It
// waits until the handler has returned and the server has closed the connection.
func (s *Server) Send(t testing.TB, r Request) Answer {
	t.Helper()
	return s.Start(t, r).Answer(t)
}

// Try is [Server.Send] for an answer that may be cut off, or missing: see
// [Answer.Cut]. Only an answer that has no end within [Server.Patience] fails the test.
func (s *Server) Try(t testing.TB, r Request) Answer {
	t.Helper()
	return s.Start(t, r).Try(t)
}

// Raw sends text as it is, and is otherwise like [Server.Try]: malformed
// requests may well be answered by a closed connection.
func (s *Server) Raw(t testing.TB, text string) Answer {
	t.Helper()
	return s.start(t, rawMessage(text)).Try(t)
}
