package wire

import (
	"io"
	"log"
	"path"
	"slices"
	"strings"
	"sync"
)

// A journal keeps what the server logs, record by record.
type journal struct {
	mu      sync.Mutex
	records []string
}

// also returns a logger that writes to the journal, and where given writes.
func (j *journal) also(given *log.Logger) *log.Logger {
	if given == nil {
		return log.New(j, "", 0)
	}
	return log.New(io.MultiWriter(j, given.Writer()), given.Prefix(), given.Flags())
}

func (j *journal) Write(record []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, string(record))
	return len(record), nil
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.records, "")
}

// panicOf returns the value of the panic that ended the connection from addr,
// with the file and line where it began; or nothing.
func (j *journal) panicOf(addr string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, record := range slices.Backward(j.records) {
		if _, text, found := strings.Cut(record, "http: panic serving "+addr+": "); found {
			value, stack, _ := strings.Cut(text, "\ngoroutine ")
			return strings.TrimSpace(value) + origin(stack)
		}
	}
	return ""
}

// origin finds the place of the first panic in a stack, which lists the
// innermost call first: two lines a call, the second one with the place. The
// runtime's own calls are not listed.
func origin(stack string) string {
	calls := strings.Split(stack, "\n")
	first := -1
	for i, call := range calls {
		if strings.HasPrefix(call, "panic(") {
			first = i
		}
	}
	if first < 0 || first+3 >= len(calls) {
		return ""
	}
	place, _, _ := strings.Cut(path.Base(strings.TrimSpace(calls[first+3])), " ")
	return " (" + place + ")"
}
