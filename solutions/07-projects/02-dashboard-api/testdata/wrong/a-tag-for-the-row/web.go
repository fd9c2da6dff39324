package dashboard

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// A refusal is an error that its client may read.
type refusal struct {
	status int
	detail string
}

func (e refusal) Error() string { return e.detail }

var (
	errStranger  = refusal{http.StatusUnauthorized, "nobody knows who sends this request"}
	errForbidden = refusal{http.StatusForbidden, "your role does not permit this"}
	errNotFound  = refusal{http.StatusNotFound, "there is no such thing, or it is not yours"}
	errLastAdmin = refusal{http.StatusConflict, "a tenant keeps at least one admin"}
)

// invalid refuses what a request says.
func invalid(detail string) error { return refusal{http.StatusUnprocessableEntity, detail} }

// fail answers with a problem. What the client may not read goes to the log.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	var no refusal
	if !errors.As(err, &no) {
		slog.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "err", err)
		no = refusal{http.StatusInternalServerError, "something went wrong here"}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the client may have gone
		"title": http.StatusText(no.status), "status": no.status, "detail": no.detail,
	})
}

// send answers a request that succeeded.
func send(w http.ResponseWriter, r *http.Request, a answer) {
	// What comes depends on who asks, and on their role at this moment: no cache
	// in between may keep it, and the client's own has to ask again.
	w.Header().Set("Cache-Control", "private, no-cache")
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	body, err := json.Marshal(a.body)
	if err != nil {
		fail(w, r, err)
		return
	}
	if a.tag != "" {
		w.Header().Set("ETag", a.tag)
		if matches(r.Header.Values("If-None-Match"), a.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the client may have gone
}

// A stream is an answer that is sent while it is made. Its status is sent before
// anybody knows how it ends.
type stream struct {
	w     http.ResponseWriter
	begun bool
}

// begin sends the header. From here on an error can only cut the body off.
func (s *stream) begin(contentType string) io.Writer {
	s.begun = true
	s.w.Header().Set("Content-Type", contentType)
	s.w.Header().Set("Cache-Control", "private, no-cache")
	return s.w
}

// end closes the connection when the body is not whole, so that its client can
// tell it from one that is.
func (s *stream) end(r *http.Request, err error) {
	if err == nil {
		return
	}
	if r.Context().Err() == nil { // or the client has gone, and nothing is wrong here
		slog.ErrorContext(r.Context(), "answer cut off", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	panic(http.ErrAbortHandler)
}

// matches says whether If-None-Match names the tag, by the weak comparison of RFC 9110.
func matches(lines []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// decode reads the request's body.
func decode(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return refusal{http.StatusBadRequest, "the body is not the JSON that this route takes"}
	}
	return nil
}
