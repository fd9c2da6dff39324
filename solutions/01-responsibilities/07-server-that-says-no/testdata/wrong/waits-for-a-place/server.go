// Wrong: whoever finds no place waits until there is one.
//checker:fails TestLimitInFlight/does_not_wait_for_a_place
//checker:fails TestLimitInFlight/refuses_the_second_of_one
//checker:fails TestLimitInFlight/refuses_the_fourth_of_three
//checker:fails TestLimitInFlight/has_the_place_back_when_the_handler_returns
//checker:fails TestLimitInFlight/refuses_many_and_takes_the_next_when_there_is_room
//checker:fails TestNewServer/refuses_when_all_places_are_taken
//checker:hint 1

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
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		places <- struct{}{}
		defer func() { <-places }()
		h.ServeHTTP(w, r)
	})
}

// LimitTime answers 503 when h has not answered in time.
//
// http.TimeoutHandler holds the answer back until h has returned, so that there
// is one answer or the other and never half of each.
func LimitTime(d time.Duration, h http.Handler) http.Handler {
	return http.TimeoutHandler(h, d, "the server has not managed this in time")
}
