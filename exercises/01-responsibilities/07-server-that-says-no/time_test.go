package saysno_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	saysno "workbook/exercises/01-responsibilities/07-server-that-says-no"
	"workbook/exercises/internal/wire"
)

const (
	short = 20 * time.Millisecond // for what is to happen: a limit that is reached
	long  = time.Minute           // for what is not
)

func TestLimitTime(t *testing.T) {
	limit := func(t *testing.T, d time.Duration, h http.Handler) *wire.Server {
		return serve(t, wrap(t, func() http.Handler { return saysno.LimitTime(d, h) }))
	}

	t.Run("passes_on_what_comes_in_time", func(t *testing.T) {
		server := limit(t, long, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Vary", "Accept")
			w.Header().Add("Vary", "Accept-Language")
			if r.URL.Path == "/nothing" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.Header().Set("Content-Type", "text/x-tea")
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprint(w, "short ", "and ", "stout")
		}))

		a := server.Get(t, "/tea")
		require.Equalf(t, http.StatusTeapot, a.Status, "the status of the handler, which was quick\n%s", a.Story())
		require.Equalf(t, "short and stout", a.Body, "the body of the handler, which was quick\n%s", a.Story())
		require.Equalf(t, []string{"Accept", "Accept-Language"}, a.Header.Values("Vary"), "the header of the handler, which was quick\n%s", a.Story())
		require.Equalf(t, "text/x-tea", a.Header.Get("Content-Type"), "the header of the handler, which was quick\n%s", a.Story())
		b := server.Get(t, "/nothing")
		require.Equalf(t, http.StatusNoContent, b.Status, "the status of the handler, which was quick\n%s", b.Story())
	})

	t.Run("refuses_while_the_handler_is_at_work", func(t *testing.T) {
		k := newWork(t)
		server := limit(t, short, k)

		pending := server.Start(t, anyRequest)
		answer := pending.Answer(t)
		calls, _ := k.asked()
		k.finish(1)

		requireRefused(t, answer, "The time is over, and the handler is still at work: the client gets 503 and does not wait for it.")
		require.Equal(t, 1, calls, "how often the handler was called for one request")
	})

	t.Run("sends_nothing_of_what_the_handler_wrote_before", func(t *testing.T) {
		goOn := make(chan struct{})
		server := limit(t, short, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Early", "early")
			_, _ = fmt.Fprint(w, "early")
			<-goOn
		}))

		answer := server.Start(t, anyRequest).Try(t)
		close(goOn)

		story := "The handler has written a header and the beginning of a body, and then its time was over: the client gets 503, and nothing of that."
		requireRefused(t, answer, story)
		assert.NotContainsf(t, answer.Raw, "early", "%s\n%s", story, answer.Story())
		assert.Emptyf(t, answer.Header.Get("X-Early"), "%s\n%s", story, answer.Story())
	})

	t.Run("sends_nothing_of_what_the_handler_writes_later", func(t *testing.T) {
		goOn, written := make(chan struct{}), make(chan struct{})
		server := limit(t, short, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/slow" {
				_, _ = fmt.Fprint(w, "next")
				return
			}
			defer close(written)
			<-goOn
			w.Header().Set("X-Late", "late")
			w.WriteHeader(http.StatusOK)
			_, _ = fmt.Fprint(w, "late")
		}))
		conn := server.Dial(t)

		first := conn.Send(t, wire.Request{Path: "/slow"})
		close(goOn)
		receive(t, written, "the handler is called, and returns in the end")

		story := "The handler has written after its time was over, when the client had its 503."
		requireRefused(t, first, story)
		conn.Write("GET /next HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
		rest := conn.End(t)
		require.NotContainsf(t, rest, "late", "%s Nothing of that reaches the client. The next request on the same connection brought:\n%s", story, rest)
	})

	t.Run("ends_the_context_of_the_request", func(t *testing.T) {
		ended := make(chan error, 1)
		server := limit(t, short, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				ended <- nil
			case <-time.After(patience / 2):
				ended <- fmt.Errorf("the context of the request has not ended, and the handler works on for nobody")
			}
		}))

		requireRefused(t, server.Start(t, anyRequest).Answer(t), "The handler waits for the end of its context.")
		require.NoError(t, receive(t, ended, "the handler is called, and returns in the end"), "The time is over, and the client has its 503: then the context of the request ends.")
	})

	t.Run("lets_a_panic_harm_one_request_only", func(t *testing.T) {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childVariable+"=1")
		out, err := child.CombinedOutput()
		require.NoErrorf(t, err, "A handler behind LimitTime panics. That ends its request; the program goes on and answers the next one. In a program of its own this happened:\n%s", out)
	})
}

// childVariable makes the test binary a server whose handler panics, once.
const childVariable = "SAYSNO_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	server := httptest.NewServer(saysno.LimitTime(long, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("a mistake in the handler")
		}
	})))
	if answer, err := http.Get(server.URL + "/panic"); err == nil && answer.StatusCode < 500 {
		fmt.Println("the request whose handler panicked was answered with", answer.Status)
		os.Exit(1)
	}
	if answer, err := http.Get(server.URL); err != nil || answer.StatusCode != http.StatusOK {
		fmt.Println("the request after it:", answer, err)
		os.Exit(1)
	}
}
