// Right: one writer with a hook before the first byte; a MarshalJSON method; the detail of a 500 is a fixed text.

// Package errorsafrontendcanuse answers failed requests with problem details.
package errorsafrontendcanuse

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"strings"
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

// MarshalJSON leaves out what is empty, except type.
func (p Problem) MarshalJSON() ([]byte, error) {
	out := struct {
		Status   int              `json:"status"`
		Errors   []map[string]any `json:"errors,omitzero"`
		Instance string           `json:"instance,omitzero"`
		Detail   string           `json:"detail,omitzero"`
		Title    string           `json:"title"`
		Type     string           `json:"type"`
	}{p.Status, nil, p.Instance, p.Detail, p.Title, p.Type}
	if out.Type == "" {
		out.Type = "about:blank"
	}
	for _, e := range p.Errors {
		out.Errors = append(out.Errors, map[string]any{"pointer": e.Pointer, "code": e.Code, "detail": e.Detail})
	}
	return json.Marshal(out)
}

// Pointer escapes rune by rune.
func Pointer(path ...any) string {
	var pointer []rune
	for _, step := range path {
		pointer = append(pointer, '/')
		for _, r := range fmt.Sprint(step) {
			switch r {
			case '~':
				pointer = append(pointer, '~', '0')
			case '/':
				pointer = append(pointer, '~', '1')
			default:
				pointer = append(pointer, r)
			}
		}
	}
	return string(pointer)
}

// WriteProblem writes p with its true length.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if class := p.Status / 100; class != 4 && class != 5 {
		p.Status = http.StatusInternalServerError
	}
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	body, _ := json.Marshal(p)
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Content-Length", fmt.Sprint(len(body)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

func internal() Problem {
	return Problem{Status: http.StatusInternalServerError, Detail: "Something went wrong on our side. Please try again later."}
}

// WriteError hides what is not a Problem.
func WriteError(w http.ResponseWriter, err error) {
	p := internal()
	if !errors.As(err, &p) {
		slog.Error(err.Error())
	}
	WriteProblem(w, p)
}

// hooked calls first once, before anything is sent. It may send something else.
type hooked struct {
	http.ResponseWriter
	first func(status int) (instead bool)
	state int
}

const (
	untouched = iota
	passing
	dropping
)

func (h *hooked) begin(status int) (passes bool) {
	if h.state == untouched {
		h.state = passing
		if h.first(status) {
			h.state = dropping
		}
	}
	return h.state == passing
}

func (h *hooked) WriteHeader(status int) {
	if h.begin(status) {
		h.ResponseWriter.WriteHeader(status)
	}
}

func (h *hooked) Write(p []byte) (int, error) {
	if h.begin(http.StatusOK) {
		return h.ResponseWriter.Write(p)
	}
	return len(p), nil
}

func (h *hooked) FlushError() error {
	h.begin(http.StatusOK)
	return http.NewResponseController(h.ResponseWriter).Flush()
}

func (h *hooked) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// Problems decides before the first byte.
func Problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&hooked{ResponseWriter: w, first: func(status int) bool {
			kind := strings.ToLower(w.Header().Get("Content-Type"))
			if plain, _ := path.Match("text/plain*", kind); status < 400 || kind != "" && !plain {
				return false
			}
			WriteProblem(w, Problem{Status: status})
			return true
		}}, r)
	})
}

// Recover notes the first byte.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := false
		defer func() {
			v := recover()
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			if v == nil {
				return
			}
			slog.Error("panic", slog.Any("value", v), slog.String("path", r.URL.Path))
			if begun {
				panic(http.ErrAbortHandler)
			}
			WriteProblem(w, internal())
		}()
		next.ServeHTTP(&hooked{ResponseWriter: w, first: func(int) bool { begun = true; return false }}, r)
	})
}
