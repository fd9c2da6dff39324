package wire_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/kittest"
	"workbook/exercises/internal/wire"
)

func opens(t testing.TB, h http.HandlerFunc) (*wire.Server, *wire.Stream) {
	server := wire.Serve(t, h)
	return server, server.Open(t, wire.Request{Path: "/export.csv", Header: []string{"Accept: text/csv"}})
}

func TestStream(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	rows := func(text ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for _, row := range text {
				csv(w, row)
				flush(w)
			}
		}
	}
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"keeps_the_second_row_to_itself": func(t testing.TB) {
				server, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
					csv(w, "id,qty\n")
					flush(w)
					csv(w, "1,2\n")
					<-forever
				})
				stream.Line(t)
				server.Patience = soon
				stream.Line(t)
			},
			"ends_too_early": func(t testing.TB) {
				_, stream := opens(t, rows("id,qty\n", "1,2"))
				stream.Line(t)
				stream.Line(t)
			},
			"ends_before_the_end_of_a_block": func(t testing.TB) {
				_, stream := opens(t, rows("id,qty\n"))
				stream.Read(t, 8)
			},
			"panics_in_a_block": func(t testing.TB) {
				_, stream := opens(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Length", "12")
					csv(w, "id,qty\n")
					flush(w)
					boom(w, r)
				})
				stream.Read(t, 12)
			},
			"panics_after_a_row": func(t testing.TB) {
				_, stream := opens(t, func(w http.ResponseWriter, r *http.Request) {
					csv(w, "id,qty\n")
					flush(w)
					boom(w, r)
				})
				stream.Line(t)
				stream.Line(t)
			},
			"panics_before": func(t testing.TB) { opens(t, boom) },
			"is_read_after_it_was_closed": func(t testing.TB) {
				_, stream := opens(t, rows("id,qty\n", "1,2\n"))
				stream.Close()
				stream.Line(t)
			},
		},
		Right: map[string]kittest.Program{
			"sends_each_row_when_it_has_it": func(t testing.TB) {
				next := make(chan string)
				_, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Trailer", "Rows")
					flush(w)
					for row := range next {
						csv(w, row)
						flush(w)
					}
					w.Header().Set("Rows", "2")
				})
				require.Equal(t, 200, stream.Status)
				for _, row := range []string{"id,qty", "1,2", ""} {
					next <- row + "\r\n"
					assert.Equal(t, row, stream.Line(t))
				}
				next <- "é,3"
				assert.Equal(t, "é", stream.Read(t, 2))
				close(next)
				a := stream.Rest(t)
				assert.Equal(t, "id,qty\r\n1,2\r\n\r\né,3", a.Body)
				assert.Equal(t, "2", a.Trailer.Get("Rows"))
				assert.True(t, strings.HasPrefix(a.Raw, "8\r\nid,qty\r\n\r\n5\r\n1,2"), "%q", a.Raw)
				assert.NoError(t, a.Cut)
			},
			"stops_when_nobody_reads": func(t testing.TB) {
				written, done := 0, make(chan struct{})
				_, stream := opens(t, func(w http.ResponseWriter, r *http.Request) {
					defer close(done)
					for r.Context().Err() == nil {
						n, err := fmt.Fprintf(w, "%d,%d\n", written, written)
						if written += n; err != nil {
							return
						}
					}
				})
				assert.Equal(t, "0,0", stream.Line(t))
				stream.Close()
				<-done
			},
			"is_aborted_and_shows_it": func(t testing.TB) {
				_, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
					csv(w, "id,qty\n")
					flush(w)
					panic(http.ErrAbortHandler)
				})
				assert.Equal(t, "id,qty", stream.Line(t))
				assert.EqualError(t, stream.Rest(t).Cut, "the connection was closed before the last chunk of the body")
			},
		},
	})
}

// A server is stopped by a client that does not read, and before it has written much.
func TestLittleRoomBetweenWriterAndReader(t *testing.T) {
	var written atomic.Int64
	server, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 8<<10)
		for written.Load() < 32<<20 {
			if _, err := w.Write(block); err != nil {
				return
			}
			written.Add(int64(len(block)))
		}
	})
	stream.Read(t, 64<<10)
	for before := int64(-1); before != written.Load(); time.Sleep(50 * time.Millisecond) {
		before = written.Load() // a machine that is slow makes it less, and only helps
	}
	stream.Close()
	server.Idle(t)
	assert.Less(t, written.Load(), int64(1<<20))
	t.Logf("a client that read 64 KiB stopped the server after %d KiB", written.Load()>>10)
}

func TestEvents(t *testing.T) {
	kittest.Prove(t, kittest.Programs{
		Wrong: map[string]kittest.Program{
			"forgets_the_empty_line": func(t testing.TB) {
				_, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					_, _ = io.WriteString(w, "event: order\ndata: 7\n")
				})
				stream.Event(t)
			},
			"sends_bare_text": func(t testing.TB) {
				_, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					_, _ = io.WriteString(w, "{\"order\":7}\n\n")
				})
				stream.Event(t)
			},
		},
		Right: map[string]kittest.Program{
			"one_by_one": func(t testing.TB) {
				next := make(chan string)
				_, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) {
					flush(w)
					for event := range next {
						_, _ = io.WriteString(w, event)
						flush(w)
					}
				})
				next <- "data: 1\n\n"
				assert.Equal(t, wire.Event{Type: "message", Data: "1"}, stream.Event(t))
				next <- ": still here\n\nevent: order\nid: 7\ndata: a\ndata:  b\ndata\n\n"
				assert.Equal(t, wire.Event{Type: "order", Data: "a\n b\n", ID: "7"}, stream.Event(t))
				close(next)
				assert.NoError(t, stream.Rest(t).Cut)
			},
			"any_end_of_line": func(t testing.TB) {
				const text = "event:x\r\ndata:1\r\n\r\nevent:\rdata:2\r\rretry: 5\n\ndata:\n\ndata:4\r\n\n"
				_, stream := opens(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
				assert.Equal(t, wire.Event{Type: "x", Data: "1"}, stream.Event(t))
				assert.Equal(t, wire.Event{Type: "message", Data: "2"}, stream.Event(t))
				assert.Equal(t, wire.Event{Type: "message"}, stream.Event(t))
				assert.Equal(t, wire.Event{Type: "message", Data: "4"}, stream.Event(t))
				assert.Equal(t, text, stream.Rest(t).Body)
			},
		},
	})
}
