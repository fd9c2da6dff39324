// Right: a LimitReader that may read one byte more than max; an announced length is believed when it is too large.

package refusenonsense

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// What DecodeJSON reports; errors.Is tells which.
var (
	ErrMediaType = errors.New("the media type is not application/json")
	ErrTooLarge  = errors.New("the body is too large")
	ErrBadBody   = errors.New("the body is not the expected JSON object")
)

// DecodeJSON reads one JSON object into a T.
func DecodeJSON[T any](w http.ResponseWriter, r *http.Request, max int64) (value T, err error) {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return value, ErrMediaType
	}
	if r.ContentLength > max {
		return value, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, max+1))
	if err != nil {
		return value, ErrBadBody
	}
	if int64(len(body)) > max {
		return value, ErrTooLarge
	}
	body = bytes.TrimSpace(body)
	if !json.Valid(body) || body[0] != '{' { // so it is one value, and nothing follows it
		return value, ErrBadBody
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&value) != nil {
		return value, ErrBadBody
	}
	return value, nil
}
