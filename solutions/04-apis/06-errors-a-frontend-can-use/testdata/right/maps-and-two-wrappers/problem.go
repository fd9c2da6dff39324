// Right: JSON from maps with extra members, package log, one small writer for each middleware.

// Package errorsafrontendcanuse answers failed requests with problem details.
package errorsafrontendcanuse

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is one answer to a failed request, as RFC 9457 describes it.
type Problem struct {
	Type     string       // a URI that names the kind of problem; empty means about:blank
	Title    string       // the kind of problem, for humans; empty means the text of Status
	Status   int          // the HTTP status, 400 to 599
	Detail   string       // what went wrong this time, for humans
	Instance string       // a URI that names this one occurrence
	Errors   []FieldError // what is wrong with the request's body, field by field
}

// FieldError is one thing that is wrong with a request's body.
type FieldError struct {
	Pointer string // where: a JSON Pointer (RFC 6901), such as /items/0/qty
	Code    string // what, for programs; such as out_of_range
	Detail  string // what, for humans
}

// Error makes a Problem an error, so that functions can return it.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

// Pointer joins the escaped steps.
func Pointer(path ...any) string {
	pointer := ""
	for _, step := range path {
		switch step := step.(type) {
		case int:
			pointer += "/" + strconv.Itoa(step)
		case string:
			pointer += "/" + strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1")
		}
	}
	return pointer
}

// WriteProblem adds the time and a support address to every problem.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Status >= 600 || p.Status < 400 {
		p.Status = 500
	}
	members := map[string]any{"type": "about:blank", "title": http.StatusText(p.Status), "status": p.Status, "time": time.Now(), "support": "help@example.com"}
	for name, value := range map[string]string{"type": p.Type, "title": p.Title, "detail": p.Detail, "instance": p.Instance} {
		if value != "" {
			members[name] = value
		}
	}
	var fields []map[string]string
	for _, field := range p.Errors {
		fields = append(fields, map[string]string{"detail": field.Detail, "code": field.Code, "pointer": field.Pointer})
	}
	if fields != nil {
		members["errors"] = fields
	}
	w.Header()["Content-Type"] = []string{"application/problem+json"}
	delete(w.Header(), "Content-Length")
	w.WriteHeader(p.Status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(members); err != nil {
		log.Print("write problem: ", err)
	}
}

// WriteError logs what it does not know.
func WriteError(w http.ResponseWriter, err error) {
	var p Problem
	if !errors.As(err, &p) {
		log.Printf("internal error: %v", err)
	}
	WriteProblem(w, p) // the zero Problem is a 500
}

// Recover watches whether anything is sent.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &watched{ResponseWriter: w}
		completed := false
		defer func() {
			if completed {
				return
			}
			switch cause := recover(); {
			case cause == http.ErrAbortHandler, sent.anything:
				log.Printf("%s %s: aborted: %v", r.Method, r.URL.Path, cause)
				panic(http.ErrAbortHandler)
			default:
				log.Printf("%s %s: panic: %v", r.Method, r.URL.Path, cause)
				WriteProblem(w, Problem{})
			}
		}()
		next.ServeHTTP(sent, r)
		completed = true
	})
}

type watched struct {
	http.ResponseWriter
	anything bool
}

func (w *watched) WriteHeader(status int)      { w.anything = true; w.ResponseWriter.WriteHeader(status) }
func (w *watched) Write(p []byte) (int, error) { w.anything = true; return w.ResponseWriter.Write(p) }
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w *watched) Flush() {
	w.anything = true
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Problems holds an error answer in plain text back, until next is done.
func Problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &holder{ResponseWriter: w}
		next.ServeHTTP(out, r)
		if out.held != 0 {
			WriteProblem(w, Problem{Status: out.held})
		}
	})
}

type holder struct {
	http.ResponseWriter
	held int // the status of an answer that is not sent as it is
}

func (h *holder) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h *holder) WriteHeader(status int) {
	kind := h.Header().Get("Content-Type")
	if status >= 400 && (kind == "" || strings.HasPrefix(kind, "text/plain")) {
		h.held = status
		return
	}
	h.ResponseWriter.WriteHeader(status)
}

func (h *holder) Write(p []byte) (int, error) {
	if h.held != 0 {
		return len(p), nil
	}
	return h.ResponseWriter.Write(p)
}
