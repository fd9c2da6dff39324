// Package slots books rooms for stretches of time.
package slots

import (
	"context"
	"errors"
	"time"
)

// What callers decide on, with errors.Is.
var (
	ErrTaken    = errors.New("slot is taken")
	ErrNotFound = errors.New("booking not found")
	ErrInvalid  = errors.New("slot does not end after it begins")
)

// A Slot is a room from one moment until just before another. A room is there
// when it is named. The database keeps moments to the microsecond.
type Slot struct {
	Room     string
	From, To time.Time
}

// A Span is a stretch of time, from one moment until just before another.
type Span struct{ From, To time.Time }

// Store is the service. README.md says what a caller can rely on.
type Store interface {
	// Book gives all the slots, of which there must be one at least, to who, or
	// none of them. It returns the booking's id.
	Book(ctx context.Context, who string, slots ...Slot) (id int64, err error)

	// Cancel ends a booking.
	Cancel(ctx context.Context, id int64) error

	// Free lists when the room is free on the day, in UTC, to which the moment
	// belongs.
	Free(ctx context.Context, room string, day time.Time) ([]Span, error)
}
