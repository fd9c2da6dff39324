// Right: a json.Decoder on the body itself, into a pointer, and a second Decode that must find the end.

package refusenonsense

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// What DecodeJSON reports; errors.Is tells which.
var (
	ErrMediaType = errors.New("the media type is not application/json")
	ErrTooLarge  = errors.New("the body is too large")
	ErrBadBody   = errors.New("the body is not the expected JSON object")
)

// DecodeJSON reads one JSON object into a T.
func DecodeJSON[T any](w http.ResponseWriter, r *http.Request, max int64) (T, error) {
	var zero T
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return zero, fmt.Errorf("%w: %q", ErrMediaType, r.Header.Get("Content-Type"))
	}
	r.Body = http.MaxBytesReader(w, r.Body, max)
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	var value *T
	if err := dec.Decode(&value); err != nil {
		return zero, explain(err)
	}
	if value == nil {
		return zero, fmt.Errorf("%w: null", ErrBadBody)
	}
	switch err := dec.Decode(&struct{}{}); {
	case err == io.EOF:
		return *value, nil
	case err == nil:
		return zero, fmt.Errorf("%w: more than one object", ErrBadBody)
	default:
		return zero, explain(err)
	}
}

func explain(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, tooLarge.Limit)
	}
	return fmt.Errorf("%w: %s", ErrBadBody, err)
}
