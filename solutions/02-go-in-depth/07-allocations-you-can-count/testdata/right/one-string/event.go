// Right: one copy of the line as a string, of which the texts are parts; a strings.Builder where there are escapes.

// Package eventlog writes events as lines of JSON, and reads them again.
package eventlog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// An Event is one line of the log.
type Event struct {
	Time  time.Time
	User  string
	Note  string
	Cents int64
}

// String is for people, in the few messages that show an event.
func (e Event) String() string {
	return fmt.Sprintf("%s: %q, %d cents, %q", e.Time.UTC().Format(time.DateTime), e.User, e.Cents, e.Note)
}

// AppendEvent appends e to dst.
func AppendEvent(dst []byte, e Event) []byte {
	dst = append(dst, `{"time":`...)
	dst = e.Time.UTC().AppendFormat(dst, `"`+time.RFC3339Nano+`"`)
	dst = append(dst, `,"cents":`...)
	dst = strconv.AppendInt(dst, e.Cents, 10)
	for i, s := range [...]string{e.User, e.Note} {
		dst = append(dst, [...]string{`,"user":"`, `,"note":"`}[i]...)
		for s != "" {
			// what needs no care goes over in one piece
			n := strings.IndexFunc(s, func(r rune) bool { return r < '#' || r >= 0x7f || r == '\\' })
			if n < 0 {
				n = len(s)
			}
			dst, s = append(dst, s[:n]...), s[n:]
			if s == "" {
				break
			}
			r, size := utf8.DecodeRuneInString(s)
			s = s[size:]
			if r == ' ' || r == '!' {
				dst = append(dst, byte(r))
				continue
			}
			// the rest as UTF-16, in ASCII
			high, low := utf16.EncodeRune(r)
			if high == utf8.RuneError {
				dst = appendUnit(dst, r)
				continue
			}
			dst = appendUnit(appendUnit(dst, high), low)
		}
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

func appendUnit(dst []byte, unit rune) []byte {
	dst = append(dst, `\u`...)
	for shift := 12; shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[unit>>shift&15])
	}
	return dst
}

var errMalformed = errors.New("malformed event")

const space = " \t\r\n"

// ParseEvent reads a line.
func ParseEvent(line []byte) (Event, error) {
	rest, ok := strings.CutPrefix(strings.Trim(string(line), space), "{")
	rest, ok2 := strings.CutSuffix(rest, "}")
	if !ok || !ok2 {
		return Event{}, errMalformed
	}
	var e Event
	have := 0
	for i := range 4 {
		var key, value string
		var err error
		if key, rest, err = quoted(rest); err != nil {
			return Event{}, err
		}
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, space), ":"); !ok {
			return Event{}, errMalformed
		}
		if key == "cents" {
			if value, rest, ok = strings.Cut(rest, ","); ok != (i < 3) {
				return Event{}, errMalformed
			}
			if e.Cents, err = whole(strings.Trim(value, space)); err != nil {
				return Event{}, err
			}
			have |= 8
			continue
		}
		if value, rest, err = quoted(rest); err != nil {
			return Event{}, err
		}
		rest = strings.TrimLeft(rest, space)
		if i < 3 {
			if rest, ok = strings.CutPrefix(rest, ","); !ok {
				return Event{}, errMalformed
			}
		}
		switch key {
		case "time":
			have |= 1
			e.Time, err = time.Parse(time.RFC3339Nano, value)
		case "user":
			have |= 2
			e.User, err = unescape(value)
		case "note":
			have |= 4
			e.Note, err = unescape(value)
		}
		if err != nil {
			return Event{}, err
		}
	}
	if rest != "" || have != 15 {
		return Event{}, errMalformed
	}
	return e, nil
}

func whole(s string) (int64, error) {
	digits := strings.TrimPrefix(s, "-")
	if digits != "0" && (digits == "" || digits[0] < '1' || digits[0] > '9') {
		return 0, errMalformed
	}
	return strconv.ParseInt(s, 10, 64)
}

func quoted(s string) (raw, rest string, err error) {
	s, ok := strings.CutPrefix(strings.TrimLeft(s, space), `"`)
	for i := 0; ok && i < len(s); i++ {
		switch {
		case s[i] == '"':
			return s[:i], s[i+1:], nil
		case s[i] == '\\':
			i++
		case s[i] < ' ':
			return "", "", errMalformed
		}
	}
	return "", "", errMalformed
}

func unescape(raw string) (string, error) {
	if !utf8.ValidString(raw) {
		return "", errMalformed // half letters are refused
	}
	head, tail, found := strings.Cut(raw, `\`)
	if !found {
		return raw, nil
	}
	var b strings.Builder
	b.Grow(len(raw))
	var half rune
	for b.WriteString(head); ; {
		c := tail[0] // quoted has made sure that there is one
		tail = tail[1:]
		unit := rune(strings.IndexByte(`"\/bfnrt`, c))
		switch {
		case unit >= 0:
			unit = rune("\"\\/\b\f\n\r\t"[unit])
		case c == 'u' && len(tail) >= 4:
			n, err := strconv.ParseUint(tail[:4], 16, 16)
			if err != nil {
				return "", errMalformed
			}
			unit, tail = rune(n), tail[4:]
		default:
			return "", errMalformed
		}
		head, tail, found = strings.Cut(tail, `\`)
		switch {
		case half != 0:
			if unit = utf16.DecodeRune(half, unit); unit == utf8.RuneError {
				return "", errMalformed
			}
			b.WriteRune(unit)
			half = 0
		case utf16.IsSurrogate(unit):
			if half = unit; head != "" || !found {
				return "", errMalformed
			}
		default:
			b.WriteRune(unit)
		}
		b.WriteString(head)
		if !found {
			return b.String(), nil
		}
	}
}
