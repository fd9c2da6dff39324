package wire_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

func TestConn(t *testing.T) {
	dials := func(h http.HandlerFunc) func(t testing.TB) *wire.Conn {
		return func(t testing.TB) *wire.Conn { return wire.Serve(t, h).Dial(t) }
	}
	peerOf := dials(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, r.RemoteAddr) })
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"closes_after_one_answer": func(t testing.TB) {
				conn := dials(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })(t)
				conn.Send(t, wire.Request{Path: "/first"})
				conn.Send(t, wire.Request{Path: "/readyz"})
			},
			"panics_the_second_time": func(t testing.TB) {
				conn := dials(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/second" {
						boom(w, r)
					}
				})(t)
				conn.Send(t, wire.Request{Path: "/first"})
				conn.Send(t, wire.Request{Path: "/second"})
			},
			"answers_by_hand_with_half_of_it": func(t testing.TB) {
				conn := dials(sends("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx"))(t)
				conn.Write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				conn.Read(t, "GET")
			},
		},
		Right: map[string]kittest.Program{
			"keeps_it_for_several_requests": func(t testing.TB) {
				conn := peerOf(t)
				first := conn.Send(t, wire.Request{Path: "/"}).Body
				assert.Equal(t, first, conn.Send(t, wire.Request{Path: "/"}).Body, "the same address")
				assert.Empty(t, conn.Send(t, wire.Request{Method: "HEAD", Path: "/"}).Raw)
				assert.Equal(t, "POST"+first[3:], conn.Send(t, wire.Request{Method: "POST", Path: "/", Body: "abc"}).Body)
				conn.Write("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				assert.Equal(t, 200, conn.Read(t, "HEAD").Status)
				assert.Equal(t, first, conn.Read(t, "GET").Body, "the second of two that were sent at once")
				assert.Empty(t, conn.End(t))
				assert.Error(t, conn.Try(t, wire.Request{Path: "/"}).Cut)
			},
			"refuses_what_is_no_request": func(t testing.TB) {
				conn := peerOf(t)
				conn.Write("HELO\r\n\r\n")
				assert.Contains(t, conn.End(t), "400 Bad Request")
				assert.Equal(t, 400, wire.Serve(t, rightMux()).Raw(t, "GET /length HTTP/1.1\r\n\r\n").Status, "no Host")
				assert.Equal(t, 501, wire.Serve(t, rightMux()).Raw(t, "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n").Status)
			},
			"two_connections": func(t testing.TB) {
				server := wire.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) }))
				a, b := server.Dial(t), server.Dial(t)
				assert.NotEqual(t, a.Send(t, wire.Request{Path: "/"}).Body, b.Send(t, wire.Request{Path: "/"}).Body)
				a.Close()
				a.Close()
				assert.NotEqual(t, server.Get(t, "/").Body, server.Get(t, "/").Body, "a connection for each request")
			},
		},
	})
}

func TestAt(t *testing.T) {
	var remote *wire.Server
	kittest.Play(t, "TestLearner/case", func(t testing.TB) {
		here := wire.Serve(t, rightMux())
		remote = wire.At(t, here.Addr)
		assert.Equal(t, here.URL, remote.URL)
		assert.Equal(t, "id,qty\n", remote.Get(t, "/length").Body)
		assert.Equal(t, 200, remote.Dial(t).Send(t, wire.Request{Path: "/chunks"}).Status)
		remote.Idle(t)
	})
	r := kittest.Play(t, "TestLearner/case", func(t testing.TB) { remote.Get(t, "/length") })
	assert.Contains(t, r.Said(), "The server promises to accept connections until the test ends. It did not: dial tcp ")
}

func TestAtClosesItsEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	kittest.Play(t, "TestLearner/case", func(t testing.TB) { wire.At(t, listener.Addr().String()).Dial(t) })
	conn, err := listener.Accept()
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = conn.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
}

func TestServerThatHasEndedIsToldEachTime(t *testing.T) {
	given := &http.Server{Handler: rightMux()}
	server := wire.ServeServer(t, given)
	require.NoError(t, given.Close())
	for range 2 {
		r := kittest.Play(t, "TestLearner/case", func(t testing.TB) { server.Dial(t) })
		assert.Contains(t, r.Said(), "It had ended before: http: Server closed.")
	}
}
