// Package eventlog writes events as lines of JSON, and reads them again.
package eventlog

import (
	"errors"
	"fmt"
	"time"
)

// An Event is one line of the log. This type stays as it is.
type Event struct {
	Time  time.Time // key "time", an instant of the years 0 to 9999 in UTC
	User  string    // key "user"
	Note  string    // key "note"
	Cents int64     // key "cents", also below zero
}

// String is for people, in the few messages that show an event. It stays as it is.
func (e Event) String() string {
	return fmt.Sprintf("%s: %q, %d cents, %q", e.Time.UTC().Format(time.DateTime), e.User, e.Cents, e.Note)
}

// AppendEvent appends e to dst, as one JSON object on one line, without a line
// break at its end, and returns the longer slice. It allocates nothing when dst
// has room.
func AppendEvent(dst []byte, e Event) []byte {
	// TODO: yours to write.
	return dst
}

// ParseEvent reads a line that AppendEvent or another program has written. The
// Event shares no memory with the line. With an error, the Event says nothing.
func ParseEvent(line []byte) (Event, error) {
	// TODO: yours to write.
	return Event{}, errors.New("not written yet")
}
