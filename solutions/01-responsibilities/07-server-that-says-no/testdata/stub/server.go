// Package saysno has a server that refuses what it cannot do in time.
package saysno

import (
	"net/http"
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
func NewServer(h http.Handler, l Limits) *http.Server {
	// TODO: yours to write.
	return &http.Server{Handler: h}
}

// LimitInFlight lets n requests into h at the same time. What comes on top gets
// 503 with Retry-After, at once.
func LimitInFlight(n int, h http.Handler) http.Handler {
	// TODO: yours to write.
	return h
}

// LimitTime answers 503 when h has not answered in time.
func LimitTime(d time.Duration, h http.Handler) http.Handler {
	// TODO: yours to write.
	return http.NotFoundHandler()
}
