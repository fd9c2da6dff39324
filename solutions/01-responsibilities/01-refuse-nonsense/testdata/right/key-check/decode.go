// Right: io.ReadAll and json.Unmarshal, and the names of the object's members compared with the tags of T.

package refusenonsense

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
)

// What DecodeJSON reports; errors.Is tells which.
var (
	ErrMediaType = errors.New("the media type is not application/json")
	ErrTooLarge  = errors.New("the body is too large")
	ErrBadBody   = errors.New("the body is not the expected JSON object")
)

// DecodeJSON reads one JSON object into a T.
func DecodeJSON[T any](w http.ResponseWriter, r *http.Request, max int64) (T, error) {
	var value T
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/json" {
		return value, ErrMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return value, ErrTooLarge
	}
	if err != nil {
		return value, ErrBadBody
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return value, ErrBadBody
	}
	known := names(reflect.TypeFor[T]())
	for name := range members {
		if !known[name] {
			return value, fmt.Errorf("%w: %s is unknown", ErrBadBody, name)
		}
	}
	if err := json.Unmarshal(body, &value); err != nil {
		return value, errors.Join(ErrBadBody, err)
	}
	return value, nil
}

// names are the members that the json tags of a struct name.
func names(t reflect.Type) map[string]bool {
	known := map[string]bool{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		known[name] = true
	}
	return known
}
