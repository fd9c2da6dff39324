// Right: an answer is kept in memory until it is flushed or complete, so most panics find nothing sent.

// Package errorsafrontendcanuse answers failed requests with problem details.
package errorsafrontendcanuse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// Problem is one answer to a failed request, as RFC 9457 describes it.
type Problem struct {
	Type     string       `json:"type,omitempty"`     // a URI that names the kind of problem; empty means about:blank
	Title    string       `json:"title"`              // the kind of problem, for humans; empty means the text of Status
	Status   int          `json:"status"`             // the HTTP status, 400 to 599
	Detail   string       `json:"detail,omitempty"`   // what went wrong this time, for humans
	Instance string       `json:"instance,omitempty"` // a URI that names this one occurrence
	Errors   []FieldError `json:"errors,omitempty"`   // what is wrong with the request's body, field by field
}

// FieldError is one thing that is wrong with a request's body.
type FieldError struct {
	Pointer string `json:"pointer"`          // where: a JSON Pointer (RFC 6901), such as /items/0/qty
	Code    string `json:"code"`             // what, for programs; such as out_of_range
	Detail  string `json:"detail,omitempty"` // what, for humans
}

// Error makes a Problem an error, so that functions can return it.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

// escape replaces in one pass, so that the ~ of a new ~1 is not escaped again.
var escape = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer returns the JSON Pointer that leads through path, which consists of
// member names (string) and array indexes (int). An empty path is "".
func Pointer(path ...any) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteString("/" + escape.Replace(fmt.Sprint(step)))
	}
	return b.String()
}

// WriteProblem answers with p.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Status < 400 || p.Status > 599 {
		p.Status = http.StatusInternalServerError
	}
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	body, err := json.Marshal(p)
	if err != nil { // not with these types
		panic(err)
	}
	w.Header().Del("Content-Length") // it counted some other body
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	w.Write(body) // an error means that the client has gone
}

// WriteError answers with the Problem in err's chain. When there is none, it
// logs err and answers with a 500 that says nothing about it.
func WriteError(w http.ResponseWriter, err error) {
	p, ok := errors.AsType[Problem](err)
	if !ok {
		slog.Error("request failed", "error", err)
		p = Problem{Status: http.StatusInternalServerError}
	}
	WriteProblem(w, p)
}

// Recover buffers the answer of next; a panic discards what was not flushed.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &buffer{out: w, header: w.Header().Clone()}
		defer func() {
			if cause := recover(); cause != nil {
				answer.fail(cause)
			}
		}()
		next.ServeHTTP(answer, r)
		answer.send()
	})
}

// Problems buffers the answer of next, and looks at it before it is sent.
func Problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &buffer{out: w, header: w.Header().Clone(), inspect: true}
		next.ServeHTTP(answer, r)
		answer.send()
	})
}

// buffer is an answer that has not been sent yet.
type buffer struct {
	out     http.ResponseWriter
	header  http.Header
	status  int
	body    bytes.Buffer
	inspect bool
	sent    bool // the status; what is written from then on goes out at once
	dropped bool // the answer was replaced
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	switch {
	case b.dropped:
		return len(p), nil
	case b.sent:
		return b.out.Write(p)
	}
	return b.body.Write(p)
}

func (b *buffer) FlushError() error {
	b.send()
	return http.NewResponseController(b.out).Flush()
}

func (b *buffer) Unwrap() http.ResponseWriter { return b.out }

// send sends what there is, once.
func (b *buffer) send() {
	if b.sent {
		return
	}
	b.sent = true
	b.WriteHeader(http.StatusOK)
	clear(b.out.Header())
	for name, values := range b.header {
		b.out.Header()[name] = values
	}
	if b.inspect && b.status >= 400 && b.plain() {
		b.dropped = true
		WriteProblem(b.out, Problem{Status: b.status})
		return
	}
	b.out.WriteHeader(b.status)
	if b.body.Len() > 0 {
		b.out.Write(b.body.Bytes())
	}
}

func (b *buffer) plain() bool {
	kind, _, _ := strings.Cut(b.header.Get("Content-Type"), ";")
	return kind == "" || strings.TrimSpace(kind) == "text/plain"
}

func (b *buffer) fail(cause any) {
	if cause != http.ErrAbortHandler {
		slog.Error("panic", "cause", fmt.Sprint(cause))
		if !b.sent {
			WriteProblem(b.out, Problem{Status: http.StatusInternalServerError})
			return
		}
	}
	panic(http.ErrAbortHandler)
}
