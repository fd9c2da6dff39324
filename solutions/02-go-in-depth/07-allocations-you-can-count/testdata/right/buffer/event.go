// Right: a bytes.Buffer on top of dst, and a scanner with a position, which decodes escapes itself.

// Package eventlog writes events as lines of JSON, and reads them again.
package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
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
	buf := bytes.NewBuffer(dst)
	buf.WriteString(`{"time":"`)
	buf.Write(e.Time.UTC().AppendFormat(buf.AvailableBuffer(), time.RFC3339Nano))
	buf.WriteString(`","user":`)
	writeText(buf, e.User)
	buf.WriteString(`,"note":`)
	writeText(buf, e.Note)
	buf.WriteString(`,"cents":`)
	buf.Write(strconv.AppendInt(buf.AvailableBuffer(), e.Cents, 10))
	buf.WriteByte('}')
	return buf.Bytes()
}

func writeText(buf *bytes.Buffer, s string) {
	buf.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"':
			buf.WriteString(`\"`)
		case '\\':
			buf.WriteString(`\\`)
		case '\n':
			buf.WriteString(`\n`)
		case '\u2028':
			buf.WriteString(`\u2028`)
		case '\u2029':
			buf.WriteString(`\u2029`)
		default:
			if r >= ' ' {
				buf.WriteRune(r)
				continue
			}
			buf.WriteString(`\u00`)
			buf.WriteByte("01"[r>>4])
			buf.WriteByte("0123456789ABCDEF"[r&15])
		}
	}
	buf.WriteByte('"')
}

var errLine = errors.New("parse event: malformed line")

// A scanner walks over a line. After something unexpected, it has failed for good.
type scanner struct {
	line   []byte
	at     int
	failed bool
}

func (s *scanner) peek() byte {
	for s.at < len(s.line) {
		switch c := s.line[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) {
	if s.peek() != c || s.at == len(s.line) {
		s.failed = true
		return
	}
	s.at++
}

// raw is what stands between the next quotes, and whether there are escapes in it.
func (s *scanner) raw() (text []byte, escapes bool) {
	s.expect('"')
	for i := s.at; i < len(s.line) && !s.failed; i++ {
		switch c := s.line[i]; {
		case c == '"':
			text, s.at = s.line[s.at:i], i+1
			return text, escapes
		case c == '\\':
			escapes = true
			i++
		case c < ' ':
			s.failed = true
		}
	}
	s.failed = true
	return nil, false
}

func (s *scanner) text() string {
	raw, escapes := s.raw()
	if !escapes && utf8.Valid(raw) {
		return string(raw)
	}
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 && !s.failed {
		if raw[0] != '\\' {
			r, size := utf8.DecodeRune(raw)
			out, raw = utf8.AppendRune(out, r), raw[size:]
			continue
		}
		if len(raw) > 1 && raw[1] == 'u' {
			r := s.hex(raw)
			raw = raw[min(6, len(raw)):]
			if utf16.IsSurrogate(r) && len(raw) > 1 && raw[0] == '\\' && raw[1] == 'u' {
				if pair := utf16.DecodeRune(r, s.hex(raw)); pair != utf8.RuneError {
					r, raw = pair, raw[6:]
				}
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		i := bytes.IndexByte([]byte(`"\/bfnrt`), raw[1])
		if i < 0 {
			s.failed = true
			break
		}
		out, raw = append(out, "\"\\/\b\f\n\r\t"[i]), raw[2:]
	}
	return string(out)
}

func (s *scanner) hex(raw []byte) rune {
	if len(raw) < 6 {
		s.failed = true
		return 0
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	s.failed = s.failed || err != nil
	return rune(n)
}

func (s *scanner) number() (n int64) {
	s.peek()
	begin := s.at
	for s.at < len(s.line) && (s.line[s.at] == '-' || s.line[s.at] >= '0' && s.line[s.at] <= '9') {
		s.at++
	}
	token := s.line[begin:s.at]
	digits := bytes.TrimPrefix(token, []byte("-"))
	n, err := strconv.ParseInt(string(token), 10, 64)
	s.failed = s.failed || err != nil || len(digits) > 1 && digits[0] == '0'
	return n
}

// ParseEvent reads a line.
func ParseEvent(line []byte) (e Event, err error) {
	s := scanner{line: line}
	s.expect('{')
	var times, users, notes, cents int
	for n := 0; n < 4 && !s.failed; n++ {
		if n > 0 {
			s.expect(',')
		}
		key, _ := s.raw()
		s.expect(':')
		switch string(key) {
		case "time":
			times++
			raw, _ := s.raw()
			if e.Time, err = time.Parse(time.RFC3339Nano, string(raw)); err != nil {
				return Event{}, fmt.Errorf("parse event: %w", err)
			}
		case "user":
			users++
			e.User = s.text()
		case "note":
			notes++
			e.Note = s.text()
		case "cents":
			cents++
			e.Cents = s.number()
		}
	}
	s.expect('}')
	s.peek()
	if s.failed || s.at < len(line) || times*users*notes*cents != 1 {
		return Event{}, errLine
	}
	return e, nil
}
