package wire

import (
	"cmp"
	"strings"
	"testing"
)

// An Event is one message of a stream of server-sent events, as the HTML
// Living Standard describes them.
type Event struct {
	Type string // "message" when the stream names none
	Data string // its data lines, with \n between them
	ID   string // of its own id line; empty when it has none
}

// Event returns the next event of the body. Comments, and blocks without data,
// are passed over, as a browser does.
func (st *Stream) Event(t testing.TB) Event {
	t.Helper()
	for {
		var data []string
		event := Event{Type: "message"}
		for {
			line := st.eventLine(t)
			if line == "" {
				break
			}
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "data":
				data = append(data, value)
			case "event":
				event.Type = cmp.Or(value, "message")
			case "id":
				event.ID = value
			}
		}
		if data != nil {
			event.Data = strings.Join(data, "\n")
			return event
		}
	}
}

// eventLine returns the next line, which ends with \n, \r or \r\n.
func (st *Stream) eventLine(t testing.TB) string {
	t.Helper()
	line := st.next(t, "one more event", func() (string, error) {
		var line strings.Builder
		for {
			c, err := st.body.ReadByte()
			if err != nil {
				return line.String(), err
			}
			line.WriteByte(c)
			second := c == '\n' && st.afterCR // half of the end of the line before
			st.afterCR = c == '\r'
			if c == '\r' || c == '\n' && !second {
				return line.String(), nil
			}
		}
	})
	return strings.Trim(line, "\r\n")
}
