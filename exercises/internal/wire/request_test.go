package wire_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

// echo answers with the bytes of the request's head, and of size bytes of its body.
func echo(t testing.TB, size int) *wire.Server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			var got strings.Builder
			one := make([]byte, 1)
			for !strings.Contains(got.String(), "\r\n\r\n") || len(got.String())-strings.Index(got.String(), "\r\n\r\n")-4 < size {
				if _, err := conn.Read(one); err != nil {
					break
				}
				got.Write(one)
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+got.String())
			_ = conn.Close()
		}
	}()
	return wire.At(t, "http://"+listener.Addr().String())
}

// What leaves the client is what was given, and nothing that was not.
func TestRequestOnTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		request wire.Request
		want    string // HOST stands for the address
	}{
		"as_little_as_possible": {wire.Request{Path: "/"}, "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"lines_in_their_order_and_repeated": {
			wire.Request{Path: "/a?b=%20&c", Header: []string{"x-b: 2", "X-A: 1", "x-b: 3", "Cookie: a=1; b=\xff\x01\t"}},
			"GET /a?b=%20&c HTTP/1.1\r\nHost: HOST\r\nx-b: 2\r\nX-A: 1\r\nx-b: 3\r\nCookie: a=1; b=\xff\x01\t\r\n\r\n",
		},
		"another_host": {wire.Request{Path: "/", Header: []string{"host: evil"}}, "GET / HTTP/1.1\r\nhost: evil\r\n\r\n"},
		"a_body_without_a_type": {
			wire.Request{Method: "POST", Path: "/", Body: "é"}, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\né",
		},
		"no_body_where_one_is_usual": {wire.Request{Method: "PUT", Path: "/"}, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
		"no_body_where_none_is":      {wire.Request{Method: "DELETE", Path: "/"}, "DELETE / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		"a_body_with_GET":            {wire.Request{Path: "/", Body: "x"}, "GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\n\r\nx"},
		"another_length": {
			wire.Request{Method: "POST", Path: "/", Header: []string{"Content-Length: x"}, Body: "abc"}, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: x\r\n\r\nabc",
		},
		"a_reader": {
			wire.Request{Method: "POST", Path: "/", BodyFrom: strings.NewReader("abc")},
			"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		},
		"a_reader_with_a_length": {
			wire.Request{Method: "POST", Path: "/", Header: []string{"content-length: 3"}, BodyFrom: strings.NewReader("abc")},
			"POST / HTTP/1.1\r\nHost: HOST\r\ncontent-length: 3\r\n\r\nabc",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, body, _ := strings.Cut(c.want, "\r\n\r\n")
			server := echo(t, len(body))
			assert.Equal(t, strings.ReplaceAll(c.want, "HOST", server.Addr), server.Send(t, c.request).Body)
			c.request.Path = server.URL + c.request.Path
			if c.request.BodyFrom == nil {
				assert.Equal(t, strings.ReplaceAll(c.want, "HOST", server.Addr), server.Send(t, c.request).Body, "with a whole URL")
			}
		})
	}
	server := echo(t, 2)
	assert.Equal(t, "PATCH /a HTTP/1.1\r\nHost: "+server.Addr+"\r\nContent-Type: application/json\r\nX: y\r\nContent-Length: 2\r\n\r\n{}",
		server.SendJSON(t, "PATCH", "/a", "{}", "X: y").Body)
	assert.Equal(t, "GET / HTTP/1.1\r\nX\r\n\r\n\x00\x01", server.Raw(t, "GET / HTTP/1.1\r\nX\r\n\r\n\x00\x01").Body)
}

func TestMistakesOfTheTest(t *testing.T) {
	send := func(r wire.Request) kittest.Program {
		return func(t testing.TB) { wire.Serve(t, rightMux()).Send(t, r) }
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"path_without_slash":   send(wire.Request{Path: "length"}),
			"path_of_other_server": send(wire.Request{Path: "http://example.com/length"}),
			"path_with_space":      send(wire.Request{Path: "/a b"}),
			"path_with_new_line":   send(wire.Request{Path: "/a\r\nX: y"}),
			"no_path":              send(wire.Request{}),
			"method_with_space":    send(wire.Request{Method: "GET /x", Path: "/"}),
			"line_without_colon":   send(wire.Request{Path: "/", Header: []string{"Accept text/html"}}),
			"line_with_new_line":   send(wire.Request{Path: "/", Header: []string{"Accept: a\nX: y"}}),
			"no_address":           func(t testing.TB) { wire.At(t, "http://localhost") },
			"two_bodies":           send(wire.Request{Path: "/", Body: "x", BodyFrom: strings.NewReader("y")}),
			"body_without_end": func(t testing.TB) {
				begun := make(chan struct{})
				server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					close(begun)
					w.Header().Set("Connection", "close")
				}))
				server.Patience = soon
				in, out := io.Pipe()
				t.Cleanup(func() { _ = out.Close() })
				p := server.Start(t, wire.Request{Method: "POST", Path: "/books", BodyFrom: struct{ io.Reader }{in}})
				<-begun
				p.Answer(t)
			},
		},
		Right: map[string]kittest.Program{
			"odd_but_meant": send(wire.Request{Method: "get", Path: "/%00?\xff", Header: []string{"X:", "Y:\x00", ": z"}}),
			"a_pipe_that_is_closed": func(t testing.TB) {
				in, out := io.Pipe() // nothing ever comes, and the server answers all the same
				a := wire.Serve(t, refuse()).Send(t, wire.Request{Method: "POST", Path: "/", BodyFrom: in})
				assert.Equal(t, 403, a.Status)
				_, err := out.Write([]byte("x"))
				assert.ErrorIs(t, err, io.ErrClosedPipe)
			},
		},
	})
}

// refuse answers at once and lets the connection go, body or not.
func refuse() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(403)
	})
}

// zeros is a body of that many bytes, and counts what was asked of it.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(z.left, int64(len(p))))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

func TestTaken(t *testing.T) {
	const size, limit = 512 << 10, 16 << 10
	upload := func(h http.HandlerFunc, header ...string) kittest.Program {
		return func(t testing.TB) {
			a := wire.Serve(t, h).Send(t, wire.Request{Method: "POST", Path: "/books", Header: header, BodyFrom: &zeros{size}})
			if a.Status != 413 {
				t.Errorf("POST /books promises 413 for a body of more than %d bytes; it was %d", limit, a.Status)
			}
			if a.Taken > limit+300<<10 {
				t.Errorf("POST /books promises to read no further than %d bytes; of a body of %d, the server took %d", limit, size, a.Taken)
			}
		}
	}
	tooLarge := func(w http.ResponseWriter, err error) {
		if err != nil {
			w.WriteHeader(413)
		}
	}
	length := "Content-Length: 524288"
	all := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) > limit {
			w.WriteHeader(413)
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"reads_all_of_it":           upload(all),
			"reads_all_of_a_known_size": upload(all, length),
			"cuts_it_off_in_silence": upload(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(io.LimitReader(r.Body, limit))
			}, length),
		},
		Right: map[string]kittest.Program{
			"MaxBytesReader": upload(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
				tooLarge(w, err)
			}),
			"LimitReader": upload(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(io.LimitReader(r.Body, limit+1))
				if len(body) > limit {
					w.WriteHeader(413)
				}
			}, length),
			"Content-Length": upload(func(w http.ResponseWriter, r *http.Request) {
				if r.ContentLength > limit {
					w.WriteHeader(413)
				}
			}, length),
		},
	})
}

func TestTakenIsExact(t *testing.T) {
	server := wire.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	assert.EqualValues(t, 5, server.SendJSON(t, "POST", "/", "12345").Taken)
	assert.EqualValues(t, 0, server.Get(t, "/").Taken)
	assert.EqualValues(t, len("5\r\n12345\r\n0\r\n\r\n"), server.Send(t, wire.Request{Path: "/", BodyFrom: strings.NewReader("12345")}).Taken)
	conn := server.Dial(t)
	for range 3 {
		assert.EqualValues(t, 7, conn.Send(t, wire.Request{Method: "POST", Path: "/", Body: "1234567"}).Taken, "on a connection that is kept")
	}
}

func TestBodyThatFails(t *testing.T) {
	var got error
	server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, got = io.ReadAll(r.Body)
		w.WriteHeader(400)
	}))
	body := io.MultiReader(strings.NewReader("half"), failing{})
	assert.Equal(t, 400, server.Send(t, wire.Request{Method: "POST", Path: "/", BodyFrom: body}).Status)
	assert.ErrorIs(t, got, io.ErrUnexpectedEOF)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("no more") }
