// Wrong: a status that net/http has no name for does not exist.
//checker:fails TestWriteProblem/sends_every_error_status_as_it_is

// Package errorsafrontendcanuse answers failed requests with problem details.
package errorsafrontendcanuse

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
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
	if p.Status < 400 || p.Status > 599 || http.StatusText(p.Status) == "" {
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

// Recover runs next. When next panics, Recover logs the panic, and answers with
// a 500 where nothing of an answer has been sent, or aborts the connection.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &writer{ResponseWriter: w}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			slog.ErrorContext(r.Context(), "handler panicked", "cause", cause, "stack", string(debug.Stack()))
			if out.begun {
				panic(http.ErrAbortHandler) // half an answer must not look like a whole one
			}
			WriteProblem(w, Problem{Status: http.StatusInternalServerError})
		}()
		next.ServeHTTP(out, r)
	})
}

// Problems runs next, and turns an error answer in plain text into a problem
// with the same status. Other answers pass as they are.
func Problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&writer{ResponseWriter: w, translate: true}, r)
	})
}

// writer is a ResponseWriter that knows whether the answer has begun. With
// translate it replaces error answers in plain text.
type writer struct {
	http.ResponseWriter
	translate bool
	begun     bool // a status has been sent, or is about to be
	replaced  bool // by a problem: the rest of next's body is dropped
}

func (w *writer) WriteHeader(status int) {
	informational := status < 200 && status != http.StatusSwitchingProtocols
	if w.begun || informational {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.begun = true
	if w.translate && status >= 400 && isPlain(w.Header().Get("Content-Type")) {
		w.replaced = true
		WriteProblem(w.ResponseWriter, Problem{Status: status})
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	w.begun = true // with 200, when it had not
	if w.replaced {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// FlushError is what http.ResponseController calls. A flush begins the answer,
// so it must not pass by unseen.
func (w *writer) FlushError() error {
	w.begun = true
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach everything else.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// isPlain reports whether an error answer of this type says nothing that a
// program could use. No type at all is plain too: net/http would guess one.
func isPlain(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return contentType == "" || media == "text/plain"
}
