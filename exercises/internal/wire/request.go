package wire

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// A Request is what a client sends. What stands in it goes out byte for byte;
// only Host, Content-Length and Transfer-Encoding are added where they are
// needed and Header has none.
type Request struct {
	Method string   // GET when empty
	Path   string   // with its query, percent-encoded; or a URL of the server
	Header []string // lines such as "Accept: text/html", in this order, repeated or not
	Body   string

	// BodyFrom is read in place of Body, as fast as the server takes it. It is
	// sent in chunks, unless Header has a Content-Length. When it fails, the
	// client sends no more and the server gets half a body. It is closed at the
	// end when it is an io.Closer.
	BodyFrom io.Reader
}

// A message is a request in the form in which it goes out.
type message struct {
	method, path string
	header       []string // as given, for the story
	head, body   string
	from         io.Reader
	chunked      bool
	raw          bool // head is all of it, as the test wrote it
}

func (m message) String() string { return m.method + " " + m.path }

// message checks r, whose mistakes are the test's own.
func (r Request) message(t testing.TB, s *Server) message {
	t.Helper()
	m := message{method: r.Method, header: r.Header, body: r.Body, from: r.BodyFrom}
	if m.method == "" {
		m.method = "GET"
	}
	m.path = strings.TrimPrefix(r.Path, s.URL)
	switch {
	case !strings.HasPrefix(m.path, "/") || strings.ContainsFunc(m.path, isSpaceOrControl):
		t.Fatalf("the test's own mistake: Path is %q, and a path begins with / and is percent-encoded (Raw sends what you like)", r.Path)
	case strings.ContainsFunc(m.method, isSpaceOrControl):
		t.Fatalf("the test's own mistake: Method is %q (Raw sends what you like)", r.Method)
	case r.Body != "" && r.BodyFrom != nil:
		t.Fatalf("the test's own mistake: %v has both Body and BodyFrom", m)
	}
	given := map[string]bool{}
	for _, line := range r.Header {
		name, _, colon := strings.Cut(line, ":")
		if !colon || strings.ContainsAny(line, "\r\n") {
			t.Fatalf("the test's own mistake: a header line is %q, and one has the form %q (Raw sends what you like)", line, "Name: value")
		}
		given[strings.ToLower(name)] = true
	}
	m.fill(s.Addr, given)
	return m
}

func isSpaceOrControl(r rune) bool { return r <= ' ' || r == 0x7f }

// fill writes the head, with what HTTP/1.1 needs and is not given.
func (m *message) fill(host string, given map[string]bool) {
	lines := []string{m.method + " " + m.path + " HTTP/1.1"}
	if !given["host"] {
		lines = append(lines, "Host: "+host)
	}
	lines = append(lines, m.header...)
	switch framed := given["content-length"] || given["transfer-encoding"]; {
	case framed:
	case m.from != nil:
		lines = append(lines, "Transfer-Encoding: chunked")
	case m.body != "" || m.method == "POST" || m.method == "PUT" || m.method == "PATCH":
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(m.body)))
	}
	m.chunked = m.from != nil && !given["content-length"]
	m.head = strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// rawMessage takes the method, which decides how an answer is read, and the
// path, which locations are relative to, from the first line.
func rawMessage(text string) message {
	line, _, _ := strings.Cut(text, "\r\n")
	words := append(strings.Fields(line), "", "")
	return message{method: words[0], path: words[1], head: text, raw: true}
}

// send writes m, and closes the returned channel when it is done. Errors show
// in the answer.
func (m message) send(conn *net.TCPConn) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := io.WriteString(conn, m.head+m.body); err != nil || m.from == nil {
			return
		}
		if err := m.stream(conn); err != nil {
			_ = conn.CloseWrite()
		}
	}()
	return done
}

func (m message) stream(conn io.Writer) error {
	part := make([]byte, 32<<10)
	for {
		n, failed := m.from.Read(part)
		if n > 0 {
			if _, err := conn.Write(m.chunk(part[:n])); err != nil {
				return err
			}
		}
		if failed == io.EOF && m.chunked {
			_, failed = io.WriteString(conn, "0\r\n\r\n")
			return failed
		}
		if failed != nil {
			return ignoreEOF(failed)
		}
	}
}

func (m message) chunk(part []byte) []byte {
	if !m.chunked {
		return part
	}
	return fmt.Appendf(nil, "%x\r\n%s\r\n", len(part), part)
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
