package refusenonsense

import (
	"errors"
	"net/http"
)

// What DecodeJSON reports; errors.Is tells which.
var (
	ErrMediaType = errors.New("the media type is not application/json")
	ErrTooLarge  = errors.New("the body is too large")
	ErrBadBody   = errors.New("the body is not the expected JSON object")
)

// DecodeJSON returns the body of r, which is one JSON object of at most max
// bytes, as a T. T is a struct, and the json tags of its fields name all the
// members that the object may have. It may lack some; which ones are required,
// and which values make sense, is for the caller to say.
//
// The error is ErrMediaType when the Content-Type is another one or missing,
// ErrTooLarge when the body has more than max bytes, and ErrBadBody when it is
// anything but one such object. When several apply, it is any of them.
//
// w is the writer of the answer to r. The caller sends that, not DecodeJSON.
func DecodeJSON[T any](w http.ResponseWriter, r *http.Request, max int64) (T, error) {
	var value T
	return value, errors.New("not written yet") // TODO
}
