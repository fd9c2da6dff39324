// Right: lines of our own form by hand, all others with encoding/json; escapes from a table, text in runs.

// Package eventlog writes events as lines of JSON, and reads them again.
package eventlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
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

// escapes holds what stands for a byte; most stand for themselves.
var escapes = func() (table [utf8.RuneSelf]string) {
	for c := range byte(' ') {
		table[c] = fmt.Sprintf(`\u%04x`, c)
	}
	table['\n'], table['\r'], table['\t'] = `\n`, `\r`, `\t`
	table['"'], table['\\'] = `\"`, `\\`
	return table
}()

// AppendEvent appends e to dst.
func AppendEvent(dst []byte, e Event) []byte {
	dst = append(dst, `{"cents":`...)
	dst = strconv.AppendInt(dst, e.Cents, 10)
	dst = appendText(append(dst, `,"user":"`...), e.User)
	dst = appendText(append(dst, `","note":"`...), e.Note)
	dst = append(dst, `","time":"`...)
	dst = e.Time.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000Z")
	return append(dst, `"}`...)
}

func appendText(dst []byte, s string) []byte {
	done := 0
	for i := 0; i < len(s); {
		size, instead := 1, ""
		if c := s[i]; c < utf8.RuneSelf {
			instead = escapes[c]
		} else {
			var r rune
			switch r, size = utf8.DecodeRuneInString(s[i:]); {
			case r == utf8.RuneError && size == 1:
				instead = "\ufffd"
			case r == 0x2028:
				instead = `\u2028`
			case r == 0x2029:
				instead = `\u2029`
			}
		}
		if instead != "" {
			dst = append(append(dst, s[done:i]...), instead...)
			done = i + size
		}
		i += size
	}
	return append(dst, s[done:]...)
}

// ParseEvent reads a line.
func ParseEvent(line []byte) (Event, error) {
	if e, ok := quick(line); ok {
		return e, nil
	}
	return slow(line)
}

// quick reads lines just as AppendEvent writes them, without escapes.
func quick(line []byte) (e Event, ok bool) {
	for _, c := range line {
		if c == '\\' || c < ' ' {
			return e, false
		}
	}
	if !utf8.Valid(line) {
		return e, false
	}
	rest, ok1 := bytes.CutPrefix(line, []byte(`{"cents":`))
	cents, rest, ok2 := bytes.Cut(rest, []byte(`,"user":"`))
	user, rest, ok3 := bytes.Cut(rest, []byte(`","note":"`))
	note, rest, ok4 := bytes.Cut(rest, []byte(`","time":"`))
	at, ok5 := bytes.CutSuffix(rest, []byte(`"}`))
	if !(ok1 && ok2 && ok3 && ok4 && ok5) || bytes.IndexByte(user, '"') >= 0 || bytes.IndexByte(note, '"') >= 0 {
		return e, false
	}
	n, err := strconv.ParseInt(string(cents), 10, 64)
	if err != nil || !bytes.Equal(cents, strconv.AppendInt(make([]byte, 0, 20), n, 10)) {
		return e, false
	}
	if e.Time, err = time.Parse(time.RFC3339, string(at)); err != nil {
		return e, false
	}
	e.User, e.Note, e.Cents = string(user), string(note), n
	return e, true
}

func slow(line []byte) (Event, error) {
	bad := errors.New("eventlog: no line of an event")
	if !json.Valid(line) {
		return Event{}, bad
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if token, _ := dec.Token(); token != json.Delim('{') {
		return Event{}, bad
	}
	values := map[string]any{}
	for dec.More() {
		key, _ := dec.Token()
		value, _ := dec.Token()
		name, ok := key.(string)
		if _, twice := values[name]; !ok || twice {
			return Event{}, bad
		}
		values[name] = value
	}
	at, ok1 := values["time"].(string)
	user, ok2 := values["user"].(string)
	note, ok3 := values["note"].(string)
	cents, ok4 := values["cents"].(json.Number)
	if !(ok1 && ok2 && ok3 && ok4) || len(values) != 4 {
		return Event{}, bad
	}
	n, err := cents.Int64()
	if err != nil {
		return Event{}, err
	}
	t, err := time.Parse(time.RFC3339, at)
	return Event{t, user, note, n}, err
}
