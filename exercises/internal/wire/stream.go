package wire

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

// A Stream is an answer whose body is read piece by piece, while its handler
// may still be at work. Status, Header and Head are there from the start.
type Stream struct {
	Answer
	x       *exchange
	body    *bufio.Reader
	read    strings.Builder // of the body, so far
	afterCR bool            // what came last may be half an end of line
}

// Open sends r and waits for the header of the answer. A server that goes on
// writing while the test does not read is stopped after a few hundred KiB.
func (s *Server) Open(t testing.TB, r Request) *Stream {
	t.Helper()
	m, c := r.message(t, s), s.Dial(t)
	st := &Stream{}
	c.within(func() { st.x = c.begin(m) })
	if st.x.response == nil {
		st.x.remark()
		st.x.answer.judge(t, true)
	}
	st.Answer = st.x.answer
	st.body = bufio.NewReader(st.x.response.Body)
	return st
}

// Read returns the next n bytes of the body. A body that ends before that, or
// does not go on, fails the test.
func (st *Stream) Read(t testing.TB, n int) string {
	t.Helper()
	part := make([]byte, n)
	return st.next(t, "more of its body", func() (string, error) {
		got := 0
		for got < n { // io.ReadFull would make one of an end and a cut
			more, err := st.body.Read(part[got:])
			if got += more; err != nil {
				return string(part[:got]), err
			}
		}
		return string(part), nil
	})
}

// Line returns the next line of the body, without its end.
func (st *Stream) Line(t testing.TB) string {
	t.Helper()
	line := st.next(t, "one more line", func() (string, error) { return st.body.ReadString('\n') })
	return strings.TrimRight(line, "\r\n")
}

// next reads a part, or ends the test with the reason why there is none.
func (st *Stream) next(t testing.TB, promise string, read func() (string, error)) string {
	t.Helper()
	if st.x.isGone() {
		t.Fatalf("the test's own mistake: it reads from %v after it has closed the stream", st.asked)
	}
	var part string
	var err error
	st.x.within(func() { part, err = read() })
	st.read.WriteString(part)
	if err == nil {
		return part
	}
	st.x.answer.Body = st.read.String()
	if !errors.Is(err, io.EOF) {
		st.x.answer.Cut = cutInBody(err, st.read.Len(), st.x.response)
	}
	st.x.remark()
	st.Answer = st.x.answer
	if st.late > 0 {
		st.fail(t, promise, st.late.String()+" later it had not come.")
	}
	st.fail(t, promise, "The body had ended before that.")
	return ""
}

// Rest reads the body to its end and returns the answer, which may be cut. Only
// one without an end fails the test.
func (st *Stream) Rest(t testing.TB) Answer {
	t.Helper()
	st.x.within(func() {
		st.x.response.Body = io.NopCloser(st.body)
		st.x.body(st.read.String())
		st.Answer = st.x.end(true)
	})
	st.judge(t, false)
	return st.Answer
}

// Close closes the connection in the middle of the answer, as a client does
// that goes away.
func (st *Stream) Close() { st.x.Close() }
