// Wrong: the handler has its own buffer, and may finish its work in peace.
//checker:fails TestLimitTime/ends_the_context_of_the_request
//checker:hint 5

// Package saysno has a server that refuses what it cannot do in time.
package saysno

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits are what a server grants. All of them are positive.
type Limits struct {
	ReadHeader time.Duration // a client has so long to send the header of a request
	Read       time.Duration // and so long for the whole request, counted from the same moment
	Handle     time.Duration // the handler has so long to answer
	Write      time.Duration // from the end of the header on: handler and client have so long to get the answer across
	Idle       time.Duration // a connection without a request is kept so long

	HeaderBytes int // a header may be so large, give or take 4 KiB
	InFlight    int // so many requests are handled at the same time
}

// NewServer returns a server for h that keeps the limits.
//
// A request that has run out of time is answered, and its handler may still be
// at work: it counts until it returns. So the time is limited around the places.
func NewServer(h http.Handler, l Limits) *http.Server {
	return &http.Server{
		Handler:           LimitTime(l.Handle, LimitInFlight(l.InFlight, h)),
		ReadHeaderTimeout: l.ReadHeader,
		ReadTimeout:       l.Read,
		WriteTimeout:      l.Write,
		IdleTimeout:       l.Idle,
		MaxHeaderBytes:    l.HeaderBytes,
	}
}

// LimitInFlight lets n requests into h at the same time. What comes on top gets
// 503 with Retry-After, at once.
func LimitInFlight(n int, h http.Handler) http.Handler {
	var inside atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer inside.Add(-1)
		if inside.Add(1) > int64(n) {
			w.Header().Set("Retry-After", time.Now().Add(3*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// LimitTime answers 503 when h has not answered in time.
//
// http.TimeoutHandler holds the answer back until h has returned, so that there
// is one answer or the other and never half of each.
func LimitTime(d time.Duration, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		a := &answer{header: http.Header{}}
		done := make(chan any, 1)
		go func() {
			defer func() { done <- recover() }()
			h.ServeHTTP(a, r.WithContext(context.WithoutCancel(ctx)))
		}()
		select {
		case panicked := <-done:
			if panicked != nil {
				panic(panicked)
			}
			a.send(w)
		case <-ctx.Done():
			a.close()
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

// answer is what a handler writes, kept until it has returned.
type answer struct {
	mu     sync.Mutex
	over   bool
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return 0, http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.body.Write(p)
}

func (a *answer) send(w http.ResponseWriter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(w.Header(), a.header)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = a.body.WriteTo(w)
}

func (a *answer) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
}
