package wire

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A Conn is the client's end of one connection: for several requests, one
// after the other, or for bytes that are no request yet. It is closed at the
// end of the test, at the latest.
type Conn struct {
	server *Server
	tcp    *net.TCPConn
	came   bytes.Buffer  // every byte that came
	in     *bufio.Reader // the same, as far as it was not read

	close sync.Once
	gone  chan struct{} // closed when the connection is
	// late is set when the connection was closed because the time was over, to
	// the request whose handler was still running then, or to "".
	late   atomic.Pointer[string]
	waited atomic.Int64 // a time.Duration: how long, when late is set
}

// Dial opens a connection to the server.
func (s *Server) Dial(t testing.TB) *Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.Addr, 10*time.Second)
	if err != nil {
		t.Fatalf("The server promises to accept connections until the test ends. %s", s.whyNot(err))
	}
	c := &Conn{server: s, tcp: conn.(*net.TCPConn), gone: make(chan struct{})}
	_ = c.tcp.SetReadBuffer(buffer)
	c.in = bufio.NewReader(io.TeeReader(c.tcp, &c.came))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = true
	return c
}

// whyNot says why the server could not be reached: as a rule it has ended.
func (s *Server) whyNot(dialed error) string {
	if s.server != nil {
		select {
		case err := <-s.ended:
			s.ended <- err
			return "It had ended before: " + err.Error() + "."
		case <-time.After(s.Patience):
		}
	}
	return "It did not: " + dialed.Error() + "."
}

// Close closes the connection, as a client does that goes away.
func (c *Conn) Close() {
	c.close.Do(func() {
		close(c.gone)
		_ = c.tcp.Close()
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		delete(c.server.conns, c)
	})
}

// Send sends r and returns the whole answer. The connection stays open, unless
// the server closes it. Bytes after the answer's end are not looked for.
func (c *Conn) Send(t testing.TB, r Request) Answer {
	t.Helper()
	return c.exchanged(t, r, true)
}

// Try is [Conn.Send] for an answer that may be cut off, or missing: so ends a
// connection that the server has closed in the meantime.
func (c *Conn) Try(t testing.TB, r Request) Answer {
	t.Helper()
	return c.exchanged(t, r, false)
}

func (c *Conn) exchanged(t testing.TB, r Request, whole bool) Answer {
	t.Helper()
	m := r.message(t, c.server)
	var a Answer
	c.within(func() { a = c.exchange(m, false) })
	a.judge(t, whole)
	return a
}

// Write sends text as it is, for [Conn.End] or [Conn.Read] to see what comes
// back. A connection that the server has closed meanwhile is no failure here.
func (c *Conn) Write(text string) { _, _ = io.WriteString(c.tcp, text) }

// Read reads the answer to a request with the given method that was sent with [Conn.Write].
func (c *Conn) Read(t testing.TB, method string) Answer {
	t.Helper()
	var a Answer
	c.within(func() { a = c.exchange(message{method: method, path: "(sent by hand)"}, false) })
	a.judge(t, true)
	return a
}

// End waits until the server closes the connection, and returns what came
// before and was not read. It fails the test when the server does not.
func (c *Conn) End(t testing.TB) string {
	t.Helper()
	var rest []byte
	if !c.within(func() { rest, _ = io.ReadAll(c.in) }) {
		s := &story{}
		s.tell("got", cmp.Or(strings.TrimPrefix(show(string(rest)), "(no body)"), "nothing"))
		t.Fatalf("The server promises to close this connection; %v later it was still open.\n%s", time.Duration(c.waited.Load()), s)
	}
	return string(rest)
}

// read is how many bytes of what came were read.
func (c *Conn) read() int { return c.came.Len() - c.in.Buffered() }

func (c *Conn) peer() *peer { return c.server.peers.of(c.tcp.LocalAddr().String()) }

func (c *Conn) isGone() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}
