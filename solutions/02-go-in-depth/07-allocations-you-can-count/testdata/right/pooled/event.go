// Right: pooled memory to work in, from which everything is copied before it goes back; a state for each place in a line.

// Package eventlog writes events as lines of JSON, and reads them again.
package eventlog

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
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

var scratch = sync.Pool{New: func() any { return new([]byte) }}

// AppendEvent appends e to dst.
func AppendEvent(dst []byte, e Event) []byte {
	p := scratch.Get().(*[]byte)
	defer scratch.Put(p)
	line := append((*p)[:0], `{"user":"`...)
	line = escape(line, e.User)
	line = append(line, `", "note":"`...)
	line = escape(line, e.Note)
	line = append(line, `", "time":"`...)
	t := e.Time.UTC()
	year, month, day := t.Date()
	line = digits(line, year, 1000, '-')
	line = digits(line, int(month), 10, '-')
	line = digits(line, day, 10, 'T')
	line = digits(line, t.Hour(), 10, ':')
	line = digits(line, t.Minute(), 10, ':')
	line = digits(line, t.Second(), 10, '.')
	line = digits(line, t.Nanosecond(), 100_000_000, 'Z')
	line = append(line, `", "cents":`...)
	n := uint64(e.Cents)
	if e.Cents < 0 {
		line, n = append(line, '-'), -n
	}
	unit := uint64(1)
	for n/unit >= 10 {
		unit *= 10
	}
	for ; unit > 0; unit /= 10 {
		line = append(line, '0'+byte(n/unit%10))
	}
	line = append(line, '}')
	*p = line
	return append(dst, line...)
}

func digits(line []byte, n, unit int, end byte) []byte {
	for ; unit > 0; unit /= 10 {
		line = append(line, '0'+byte(n/unit%10))
	}
	return append(line, end)
}

func escape(line []byte, s string) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r < ' ' || r == '"' || r == '\\' || r == 0x2028 || r == 0x2029 {
			line = append(line, '\\', 'u')
			for shift := 12; shift >= 0; shift -= 4 {
				line = append(line, "0123456789ABCDEF"[r>>shift&15])
			}
		} else {
			line = utf8.AppendRune(line, r)
		}
		s = s[size:]
	}
	return line
}

var errMalformed = errors.New("parse event: malformed")

// ParseEvent reads a line.
func ParseEvent(line []byte) (e Event, err error) {
	p := scratch.Get().(*[]byte)
	defer scratch.Put(p)
	const (
		open = iota
		key
		colon
		value
		comma
		closed
	)
	state, bit, seen := open, 0, 0
	text := (*p)[:0]
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		switch {
		case state == open && c == '{':
			state = key
		case state == key && c == '"':
			if text, i, err = unquote(text[:0], line, i+1); err != nil {
				return Event{}, err
			}
			switch string(text) {
			case "time":
				bit = 1
			case "user":
				bit = 2
			case "note":
				bit = 4
			case "cents":
				bit = 8
			default:
				return Event{}, errMalformed
			}
			if seen&bit != 0 {
				return Event{}, errMalformed
			}
			seen |= bit
			state = colon
		case state == colon && c == ':':
			state = value
		case state == value && bit == 8:
			if e.Cents, i, err = number(line, i); err != nil {
				return Event{}, err
			}
			state = comma
		case state == value && c == '"':
			if text, i, err = unquote(text[:0], line, i+1); err != nil {
				return Event{}, err
			}
			switch bit {
			case 1:
				if err := e.Time.UnmarshalText(text); err != nil {
					return Event{}, err
				}
			case 2:
				e.User = string(text)
			case 4:
				e.Note = string(text)
			}
			state = comma
		case state == comma && c == ',':
			state = key
		case state == comma && c == '}' && seen == 15:
			state = closed
		default:
			return Event{}, errMalformed
		}
	}
	*p = text
	if state != closed {
		return Event{}, errMalformed
	}
	return e, nil
}

// number reads digits from line[i], and returns where the last one is.
func number(line []byte, i int) (n int64, last int, err error) {
	negative := line[i] == '-'
	if negative {
		i++
	}
	begin := i
	for ; i < len(line) && line[i] >= '0' && line[i] <= '9'; i++ {
		d := int64(line[i] - '0')
		if n < (math.MinInt64+d)/10 || i > begin && line[begin] == '0' {
			return 0, i, errMalformed
		}
		n = n*10 - d // below zero, where there is one number more
	}
	if i == begin || !negative && n == math.MinInt64 {
		return 0, i, errMalformed
	}
	if !negative {
		n = -n
	}
	return n, i - 1, nil
}

// unquote appends the text that begins at line[i], and returns where its quote is.
func unquote(text, line []byte, i int) ([]byte, int, error) {
	for i < len(line) {
		switch c := line[i]; {
		case c == '"':
			return text, i, nil
		case c < ' ':
			return text, i, errMalformed
		case c != '\\':
			r, size := utf8.DecodeRune(line[i:])
			text = utf8.AppendRune(text, r)
			i += size
		case i+1 < len(line) && line[i+1] == 'u':
			r := unit(line, i)
			i += 6
			if low := unit(line, i); utf16.IsSurrogate(r) && utf16.DecodeRune(r, low) != utf8.RuneError {
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			if r < 0 {
				return text, i, errMalformed
			}
			text = utf8.AppendRune(text, r)
		default:
			if i+1 == len(line) {
				return text, i, errMalformed
			}
			at := strings.IndexByte("\"\"\\\\//b\bf\fn\nr\rt\t", line[i+1])
			if at < 0 || line[i+1] < ' ' {
				return text, i, errMalformed
			}
			text = append(text, "\"\"\\\\//b\bf\fn\nr\rt\t"[at+1])
			i += 2
		}
	}
	return text, i, errMalformed
}

// unit is the \u0000 at line[i], or -1.
func unit(line []byte, i int) (r rune) {
	if i+6 > len(line) || line[i] != '\\' || line[i+1] != 'u' {
		return -1
	}
	for _, c := range line[i+2 : i+6] {
		digit := strings.IndexByte("0123456789abcdef", c|' ')
		if digit < 0 || c < '0' {
			return -1
		}
		r = r<<4 | rune(digit)
	}
	return r
}
