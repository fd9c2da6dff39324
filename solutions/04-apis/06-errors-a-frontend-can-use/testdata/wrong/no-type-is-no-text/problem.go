// Wrong: an answer without a type is not plain text, so it is the handler's own and passes.
//checker:fails TestProblemsReplaces/plain_text_in_parts
//checker:fails TestProblemsReplaces/an_empty_body
//checker:fails TestProblemsReplaces/an_announced_length

// Package errorsafrontendcanuse answers failed requests with problem details.
package errorsafrontendcanuse

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
)

// Problem is one answer to a failed request, as RFC 9457 describes it.
type Problem struct {
	Type     string       `json:"type,omitempty"`     // a URI that names the kind of problem; empty means about:blank
	Title    string       `json:"title,omitempty"`    // the kind of problem, for humans; empty means the text of Status
	Status   int          `json:"status"`             // the HTTP status, 400 to 599
	Detail   string       `json:"detail,omitempty"`   // what went wrong this time, for humans
	Instance string       `json:"instance,omitempty"` // a URI that names this one occurrence
	Errors   []FieldError `json:"errors,omitempty"`   // what is wrong with the request's body, field by field
}

// FieldError is one thing that is wrong with a request's body.
type FieldError struct {
	Pointer string `json:"pointer"` // where: a JSON Pointer (RFC 6901), such as /items/0/qty
	Code    string `json:"code"`    // what, for programs; such as out_of_range
	Detail  string `json:"detail"`  // what, for humans
}

// Error makes a Problem an error, so that functions can return it.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

// One pass, so that the ~ of an escape is not escaped again.
var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer returns the JSON Pointer that leads through path, which consists of
// member names (string) and array indexes (int). An empty path is "".
func Pointer(path ...any) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteByte('/')
		b.WriteString(pointerEscaper.Replace(fmt.Sprint(step)))
	}
	return b.String()
}

// WriteProblem answers with p.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Status < 400 || p.Status > 599 {
		p.Status = http.StatusInternalServerError
	}
	send(w, p)
}

// send answers with p, whatever its status.
func send(w http.ResponseWriter, p Problem) {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	body, err := json.Marshal(p)
	if err != nil { // cannot happen: there are only strings and an int
		slog.Error("encoding a problem", "error", err)
		body = []byte("{}")
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	// The server counts for itself. An answer that is cut short after a flush
	// then looks cut short.
	h.Del("Content-Length")
	w.WriteHeader(p.Status)
	w.Write(append(body, '\n')) // when the client is gone there is nobody to tell
}

// WriteError answers with the Problem in err's chain. When there is none, it
// logs err and answers with a 500 that says nothing about it.
func WriteError(w http.ResponseWriter, err error) {
	var p Problem
	if errors.As(err, &p) {
		WriteProblem(w, p)
		return
	}
	var pp *Problem
	if errors.As(err, &pp) && pp != nil {
		WriteProblem(w, *pp)
		return
	}
	slog.Error("request failed", "error", err)
	WriteProblem(w, Problem{Status: http.StatusInternalServerError})
}

// Recover runs next. When next panics, Recover logs the panic, and answers with
// a 500 where nothing of an answer has been sent, or aborts the connection.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rw := &recoverWriter{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(http.ErrAbortHandler)
			}
			slog.Error("handler panicked", "method", r.Method, "path", r.URL.Path,
				"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if rw.begun {
				panic(http.ErrAbortHandler)
			}
			w.Header().Del("Content-Encoding") // of the answer that never came
			WriteProblem(w, Problem{Status: http.StatusInternalServerError})
		}()
		next.ServeHTTP(rw, r)
	})
}

// recoverWriter notes whether an answer has begun.
type recoverWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *recoverWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recoverWriter) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status) // panics, with nothing sent, for a status such as 0
	if isFinal(status) {
		w.begun = true
	}
}

func (w *recoverWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

func (w *recoverWriter) Flush() { w.FlushError() }

func (w *recoverWriter) FlushError() error {
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if !errors.Is(err, http.ErrNotSupported) {
		w.begun = true
	}
	return err
}

func (w *recoverWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.begun = true
	}
	return conn, rw, err
}

// isFinal tells the status of an answer from those that only announce one.
func isFinal(status int) bool {
	return status >= 200 || status == http.StatusSwitchingProtocols
}

// Problems runs next, and turns an error answer in plain text into a problem
// with the same status. Other answers pass as they are.
func Problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&problemsWriter{ResponseWriter: w}, r)
	})
}

// problemsWriter decides at the status, when the header is complete, whether the
// answer passes or a problem takes its place.
type problemsWriter struct {
	http.ResponseWriter
	decided  bool
	replaced bool // a problem has been sent; nothing else may follow
}

func (w *problemsWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *problemsWriter) WriteHeader(status int) {
	if w.replaced {
		return
	}
	if !w.decided && isFinal(status) {
		w.decided = true
		if status >= 400 && isPlain(w.Header().Get("Content-Type")) {
			w.replaced = true
			w.Header().Del("Content-Encoding") // of the old text
			send(w.ResponseWriter, Problem{Status: status})
			return
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *problemsWriter) Write(b []byte) (int, error) {
	if w.replaced {
		return len(b), nil
	}
	w.decided = true
	return w.ResponseWriter.Write(b)
}

func (w *problemsWriter) Flush() { w.FlushError() }

func (w *problemsWriter) FlushError() error {
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if !errors.Is(err, http.ErrNotSupported) {
		w.decided = true
	}
	return err
}

// isPlain reports whether a Content-Type is text/plain.
func isPlain(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.TrimSpace(media)
	return strings.EqualFold(media, "text/plain")
}
