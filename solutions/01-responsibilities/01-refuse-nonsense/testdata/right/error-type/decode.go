// Right: one error type that has the status, an adapter for handlers that return errors, and a bound around all of the handler.

package refusenonsense

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
)

// A StatusError is an error that a client has made.
type StatusError struct {
	Status int
	Text   string
}

func (e *StatusError) Error() string { return e.Text }

// What DecodeJSON reports; errors.Is tells which.
var (
	ErrMediaType error = &StatusError{415, "the media type is not application/json"}
	ErrTooLarge  error = &StatusError{413, "the body is too large"}
	ErrBadBody   error = &StatusError{400, "the body is not the expected JSON object"}
)

type handler func(w http.ResponseWriter, r *http.Request) error

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h(w, r)
	if err == nil {
		return
	}
	refused := &StatusError{500, "internal error"}
	if !errors.As(err, &refused) {
		slog.Error("request failed", "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refused.Status)
	json.NewEncoder(w).Encode(map[string]any{"error": refused.Text})
}

// DecodeJSON reads one JSON object into a T.
func DecodeJSON[T any](w http.ResponseWriter, r *http.Request, max int64) (T, error) {
	var none T
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return none, ErrMediaType
	}
	var buffer bytes.Buffer
	if _, err := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, max)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return none, ErrTooLarge
		}
		return none, ErrBadBody
	}
	body := buffer.Bytes()
	if !json.Valid(body) || bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return none, ErrBadBody
	}
	value, decoder := new(T), json.NewDecoder(&buffer)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return none, errors.Join(ErrBadBody, err)
	}
	return *value, nil
}
