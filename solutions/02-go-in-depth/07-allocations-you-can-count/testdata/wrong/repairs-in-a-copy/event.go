// Wrong: a text that is broken may cost a copy.
//checker:fails TestAllocations/append/not_UTF-8
//checker:hint 1

// Package eventlog writes events as lines of JSON, and reads them again.
package eventlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// An Event is one line of the log.
type Event struct {
	Time  time.Time // key "time", an instant of the years 0 to 9999 in UTC
	User  string    // key "user"
	Note  string    // key "note"
	Cents int64     // key "cents", also below zero
}

// String is for people, in the few messages that show an event.
func (e Event) String() string {
	return fmt.Sprintf("%s: %q, %d cents, %q", e.Time.UTC().Format(time.DateTime), e.User, e.Cents, e.Note)
}

// AppendEvent appends e to dst, as one JSON object on one line, without a line
// break at its end, and returns the longer slice. It allocates nothing when dst
// has room.
func AppendEvent(dst []byte, e Event) []byte {
	dst = append(dst, `{"time":"`...)
	dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","user":`...)
	dst = appendText(dst, e.User)
	dst = append(dst, `,"note":`...)
	dst = appendText(dst, e.Note)
	dst = append(dst, `,"cents":`...)
	dst = strconv.AppendInt(dst, e.Cents, 10)
	return append(dst, '}')
}

// appendText appends s as a JSON string. A byte that is not UTF-8 comes out of the
// range clause as U+FFFD.
func appendText(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ' || r == '\u2028' || r == '\u2029':
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// keys are the four keys, as they stand in a line.
var keys = []string{`"time"`, `"user"`, `"note"`, `"cents"`}

// ParseEvent reads a line that AppendEvent or another program has written. The
// Event shares no memory with the line. With an error, the Event says nothing.
func ParseEvent(line []byte) (e Event, err error) {
	if !json.Valid(line) { // allocates nothing, and makes the rest simple
		return Event{}, errors.New("parse event: not JSON")
	}
	token, rest := next(line)
	if token[0] != '{' {
		return Event{}, errors.New("parse event: not an object")
	}
	var seen [4]bool
	for token, rest = next(rest); token[0] != '}'; token, rest = next(rest) {
		key := slices.Index(keys, string(token))
		if key < 0 || seen[key] {
			return Event{}, fmt.Errorf("parse event: key %s is unknown or there twice", token)
		}
		seen[key] = true
		if token, rest = next(rest); (token[0] == '"') != (key < 3) {
			return Event{}, fmt.Errorf("parse event: %s: value of another type", keys[key])
		}
		switch key {
		case 0:
			err = e.Time.UnmarshalText(token[1 : len(token)-1])
		case 1:
			e.User, err = text(token)
		case 2:
			e.Note, err = text(token)
		case 3:
			e.Cents, err = strconv.ParseInt(string(token), 10, 64)
		}
		if err != nil {
			return Event{}, fmt.Errorf("parse event: %s: %w", keys[key], err)
		}
	}
	if slices.Contains(seen[:], false) {
		return Event{}, errors.New("parse event: a key is missing")
	}
	return e, nil
}

// next cuts the next token off the front of a piece of valid JSON. Commas and
// colons are where they must be, so they say nothing more.
func next(line []byte) (token, rest []byte) {
	line = bytes.TrimLeft(line, " \t\r\n,:")
	n := 1
	switch line[0] {
	case '{', '}', '[', ']':
	case '"':
		for ; line[n] != '"'; n++ {
			if line[n] == '\\' {
				n++
			}
		}
		n++
	default:
		if n = bytes.IndexAny(line, " \t\r\n,}]"); n < 0 {
			n = len(line)
		}
	}
	return line[:n], line[n:]
}

// text is the string that a token stands for.
func text(token []byte) (string, error) {
	if bytes.IndexByte(token, '\\') < 0 && utf8.Valid(token) {
		return string(token[1 : len(token)-1]), nil
	}
	var s string // moves to the heap, so it is declared where it is needed: few texts have escapes
	err := json.Unmarshal(token, &s)
	return s, err
}
