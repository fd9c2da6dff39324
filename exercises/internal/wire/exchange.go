package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// An exchange is a request on its way, and the answer to it as it comes in.
type exchange struct {
	*Conn
	sent     <-chan struct{} // closed when nothing is being sent any more
	before   int64           // bytes that the server had read before
	from     int             // where the answer begins in came
	response *http.Response  // nil when there is no header
	answer   Answer
}

// begin sends m and reads the header of the answer.
func (c *Conn) begin(m message) *exchange {
	x := &exchange{Conn: c, before: c.peer().taken.Load(), answer: Answer{asked: m, url: c.server.URL}}
	x.sent = m.send(c.tcp)
	x.head()
	return x
}

// exchange sends m and reads the answer. When it is the connection's last one,
// it then lets the server close the connection, so that it sees everything that
// was sent after the answer.
func (c *Conn) exchange(m message, last bool) Answer {
	x := c.begin(m)
	if x.response != nil {
		x.body("")
	}
	return x.end(last)
}

// head reads the status line and the header.
func (x *exchange) head() {
	a := &x.answer
	x.from = x.read()
	for {
		begin := x.read()
		// ReadResponse decides where the body ends. The header is read anew
		// below, for ReadResponse takes lines out and puts others in.
		response, err := http.ReadResponse(x.in, &http.Request{Method: a.asked.method})
		if err != nil {
			a.Cut = cutInHead(err, x.came.Bytes()[begin:], x.in.Buffered())
			return
		}
		if code := response.StatusCode; code < 200 && code != http.StatusSwitchingProtocols {
			continue
		}
		a.Status, a.Head = response.StatusCode, string(x.came.Bytes()[x.from:x.read()])
		a.Header = headerOf(string(x.came.Bytes()[begin:x.read()]))
		x.response = response
		return
	}
}

func headerOf(head string) http.Header {
	lines := textproto.NewReader(bufio.NewReader(strings.NewReader(head)))
	_, _ = lines.ReadLine()             // the status line
	header, _ := lines.ReadMIMEHeader() // was read once without an error
	return http.Header(header)
}

// body reads the body after what was already read of it.
func (x *exchange) body(already string) {
	a := &x.answer
	rest, err := io.ReadAll(x.response.Body)
	a.Body, a.Trailer = already+string(rest), x.response.Trailer
	if err != nil {
		a.Cut = cutInBody(err, len(a.Body), x.response)
	}
}

// end waits for both sides to be done and adds what the server's side knows.
func (x *exchange) end(last bool) Answer {
	a, end := &x.answer, x.read()
	if last {
		if rest := x.drain(); a.Cut == nil {
			a.Extra = rest
		}
		end = x.came.Len()
		x.Close()
	}
	a.Raw = string(x.came.Bytes()[x.from+len(a.Head) : end])
	x.join()
	a.Taken = max(0, x.peer().taken.Load()-x.before-int64(len(a.asked.head)))
	x.remark()
	return *a
}

// drain waits until the handler has returned, so as not to disturb it, then
// says that no request will follow, and reads until the server closes.
func (x *exchange) drain() string {
	select {
	case <-x.peer().idle():
	case <-x.gone:
	}
	_ = x.tcp.CloseWrite()
	rest, _ := io.ReadAll(x.in)
	return string(rest)
}

// join waits until nothing of the request is being sent any more. Only a
// reader of the test's own can hold that up.
func (x *exchange) join() {
	from := x.answer.asked.from
	if closer, ok := from.(io.Closer); ok && x.isGone() {
		_ = closer.Close()
	}
	select {
	case <-x.sent:
	case <-time.After(x.server.Patience):
		x.answer.stuck = from != nil
	}
}

// remark adds to the answer how the handler fared.
func (x *exchange) remark() {
	a := &x.answer
	a.panicked = x.server.log.panicOf(x.tcp.LocalAddr().String())
	if running := x.late.Load(); running != nil {
		a.late, a.running = time.Duration(x.waited.Load()), *running
		x.peer().reported.Store(*running != "")
	}
}

func cutInHead(err error, came []byte, unread int) error {
	halfLine := unread == 0 && !bytes.HasSuffix(came, []byte("\n"))
	switch {
	case len(came) == 0:
		return errors.New("the connection was closed without an answer")
	case isEnd(err) || halfLine:
		return errors.New("the connection was closed in the middle of the header")
	}
	return fmt.Errorf("this is no HTTP answer (%w)", err)
}

func cutInBody(err error, came int, response *http.Response) error {
	switch {
	case !isEnd(err):
		return fmt.Errorf("its chunks are not as HTTP wants them (%w)", err)
	case response.ContentLength >= 0:
		return fmt.Errorf("the connection was closed after %d of %d bytes of the body", came, response.ContentLength)
	case len(response.TransferEncoding) > 0:
		return errors.New("the connection was closed before the last chunk of the body")
	}
	return nil // the end of the connection is the end of the body, also when it is a reset
}

// isEnd tells the end of a connection, in whatever way, from bytes that make no sense.
func isEnd(err error) bool {
	var broken *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &broken)
}
