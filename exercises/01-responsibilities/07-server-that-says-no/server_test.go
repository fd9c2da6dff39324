package saysno_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	saysno "workbook/exercises/01-responsibilities/07-server-that-says-no"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

// generous limits are reached in no test. Each test makes one of them small.
func generous() saysno.Limits {
	return saysno.Limits{ReadHeader: long, Read: long, Handle: long, Write: long, Idle: long, HeaderBytes: 1 << 20, InFlight: 100}
}

func TestNewServer(t *testing.T) {
	open := func(t *testing.T, l saysno.Limits, h http.Handler) *wire.Server {
		t.Helper()
		server := guard.Call(t, func() *http.Server { return saysno.NewServer(h, l) })
		require.NotNil(t, server, "NewServer returns a server")
		w := wire.ServeServer(t, server)
		w.Patience = patience
		return w
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "hello") })

	t.Run("ends_a_header_that_does_not_come", func(t *testing.T) {
		l := generous()
		l.ReadHeader = short
		conn := open(t, l, hello).Dial(t)
		conn.Write("GET / HTTP/1.1\r\nHost: shop\r\n")
		conn.End(t)
	})

	t.Run("ends_a_body_that_does_not_come", func(t *testing.T) {
		l := generous()
		l.Read = short
		conn := open(t, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				http.Error(w, "half a form", http.StatusBadRequest)
			}
		})).Dial(t)
		conn.Write("POST / HTTP/1.1\r\nHost: shop\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=")
		conn.End(t)
	})

	t.Run("ends_an_answer_that_nobody_reads", func(t *testing.T) {
		l := generous()
		l.Write = short
		entered := make(chan struct{})
		server := open(t, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			part := make([]byte, 64<<10)
			for range 512 { // more than the system keeps for a client that does not read
				if _, err := w.Write(part); err != nil {
					return
				}
			}
		}))
		conn := server.Dial(t)
		conn.Write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
		receive(t, entered, "the handler is called")
		server.Idle(t)
	})

	t.Run("ends_a_connection_without_requests", func(t *testing.T) {
		l := generous()
		l.Idle = short
		conn := open(t, l, hello).Dial(t)
		require.Equal(t, http.StatusOK, conn.Send(t, anyRequest).Status, "the one request of this connection")
		conn.End(t)
	})

	t.Run("refuses_a_large_header", func(t *testing.T) {
		l := generous()
		l.HeaderBytes = 2000
		server := open(t, l, hello)
		a := server.Get(t, "/", "X-Fill: "+strings.Repeat("x", 1500))
		require.Equalf(t, http.StatusOK, a.Status, "The limit is 2,000 bytes, and the header has about 1,600.\n%s", a.Story())
		b := server.Raw(t, "GET / HTTP/1.1\r\nHost: shop\r\nX-Fill: "+strings.Repeat("x", 20_000)+"\r\n\r\n")
		require.Equalf(t, http.StatusRequestHeaderFieldsTooLarge, b.Status, "The limit is 2,000 bytes, and the header has more than 20,000.\n%s", b.Story())
	})

	t.Run("refuses_when_the_time_is_over", func(t *testing.T) {
		l := generous()
		l.Handle = short
		k := newWork(t)
		pending := open(t, l, k).Start(t, anyRequest)
		k.waitEntered("the request comes into the handler")
		answer := pending.Answer(t)
		k.finish(1)
		requireRefused(t, answer, "The time is over, and the handler is still at work.")
	})

	t.Run("refuses_when_all_places_are_taken", func(t *testing.T) {
		l := generous()
		l.InFlight = 2
		k := newWork(t)
		server := open(t, l, k)
		inside := k.fill(server, 2)
		requireLater(t, k.oneMore(server), "Two of two places are taken.")
		k.finish(2)
		requireDone(t, inside[0].Answer(t), "A request that has found a place gets the answer of the handler.")
	})

	t.Run("counts_a_request_until_its_handler_returns", func(t *testing.T) {
		l := generous()
		l.Handle, l.InFlight = short, 1
		k := newWork(t)
		server := open(t, l, k)
		pending := server.Start(t, anyRequest)
		k.waitEntered("the request comes into the handler")
		requireRefused(t, pending.Answer(t), "The time is over, and the handler is still at work.")

		next := k.oneMore(server)

		calls, _ := k.asked()
		k.finish(1)
		require.Equal(t, 1, calls, "There is one place. A request has got its 503 because its time was over, and its handler is still at work. Then another request came. This is how often the handler was called.")
		requireRefused(t, next, "There is one place, and a handler whose client has its 503 is still at work in it.")
	})
}
