package saysno_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/wire"
)

var anyRequest = wire.Request{Path: "/"}

// work is a handler whose requests stay in it until they are let go.
type work struct {
	t       *testing.T
	entered chan struct{}
	letGo   chan struct{}

	mu               sync.Mutex
	calls, now, peak int
}

func newWork(t *testing.T) *work {
	return &work{t: t, entered: make(chan struct{}, 100), letGo: make(chan struct{}, 100)}
}

func (k *work) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	k.count(1)
	defer k.count(-1)
	k.entered <- struct{}{}
	<-k.letGo
	w.Header().Set("X-Work", "done")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte("done"))
}

func (k *work) count(by int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now += by; by > 0 {
		k.calls++
	}
	k.peak = max(k.peak, k.now)
}

// asked is how often the handler was called so far, and how many requests were in it at the same time at most.
func (k *work) asked() (calls, peak int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls, k.peak
}

// waitEntered returns when another request has come into the handler.
func (k *work) waitEntered(promise string) {
	k.t.Helper()
	receive(k.t, k.entered, promise)
}

// finish lets n requests go.
func (k *work) finish(n int) {
	for range n {
		k.letGo <- struct{}{}
	}
}

// receive waits for what a handler tells.
func receive[T any](t *testing.T, from <-chan T, promise string) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		t.Fatalf("%s; in %v it has not", promise, patience)
	}
	return value
}

// fill sends n requests, and returns when all of them are in the handler.
func (k *work) fill(server *wire.Server, n int) (pending []*wire.Pending) {
	k.t.Helper()
	for i := range n {
		pending = append(pending, server.Start(k.t, anyRequest))
		k.waitEntered(fmt.Sprintf("request %d of %d at the same time comes into the handler", i+1, n))
	}
	return pending
}

// oneMore sends another request, and returns its answer. If it comes into the handler, all that are in there are let go.
func (k *work) oneMore(server *wire.Server) wire.Answer {
	k.t.Helper()
	pending, answered := server.Start(k.t, anyRequest), make(chan struct{})
	go func() {
		select {
		case <-k.entered:
			k.finish(10)
		case <-answered:
		}
	}()
	defer close(answered)
	return pending.Answer(k.t)
}

func requireRefused(t *testing.T, a wire.Answer, story string) {
	t.Helper()
	require.Equalf(t, http.StatusServiceUnavailable, a.Status, "%s\n%s", story, a.Story())
}

// requireLater fails the test unless the answer says when to come again.
func requireLater(t *testing.T, a wire.Answer, story string) {
	t.Helper()
	requireRefused(t, a, story)
	require.GreaterOrEqualf(t, a.RetryAfter(t), time.Second, "%s A refusal tells in Retry-After when to try again, one second from now at the earliest.\n%s", story, a.Story())
}

func requireDone(t *testing.T, a wire.Answer, story string) {
	t.Helper()
	require.Equalf(t, http.StatusCreated, a.Status, "%s\n%s", story, a.Story())
	require.Equalf(t, "done", a.Body, "%s\n%s", story, a.Story())
	require.Equalf(t, "done", a.Header.Get("X-Work"), "%s\n%s", story, a.Story())
}

// serve is wire.Serve for answers that come at once.
func serve(t *testing.T, h http.Handler) *wire.Server {
	server := wire.Serve(t, h)
	server.Patience = patience
	return server
}

// patience is how long the tests wait for what comes at once, or after a limit of milliseconds. Only code that is wrong makes them wait.
const patience = 10 * time.Second

func wrap(t *testing.T, f func() http.Handler) http.Handler {
	t.Helper()
	h := guard.Call(t, f)
	require.NotNil(t, h, "there is a handler")
	return h
}
