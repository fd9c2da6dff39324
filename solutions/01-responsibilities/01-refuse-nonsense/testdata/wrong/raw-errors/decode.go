// Wrong: the errors of encoding/json say all there is to say.
//checker:fails TestDecodeJSON/reports_half_an_object
//checker:fails TestDecodeJSON/reports_a_second_object
//checker:fails TestDecodeJSON/reports_null
//checker:fails TestDecodeJSON/reports_a_member_that_T_does_not_have
//checker:fails TestDecodeJSON/reports_a_value_of_another_kind
//checker:hint 6

package refusenonsense

import (
	"bytes"
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

// DecodeJSON returns the body of r, which is one JSON object of at most max
// bytes, as a T. T is a struct, and the json tags of its fields name all the
// members that the object may have. It may lack some; which ones are required,
// and which values make sense, is for the caller to say.
//
// The error is ErrMediaType when the Content-Type is another one or missing,
// ErrTooLarge when the body has more than max bytes, and ErrBadBody when it is
// anything but one such object.
//
// w is the writer of the answer to r, which http.MaxBytesReader tells to close
// the connection. The caller sends the answer.
func DecodeJSON[T any](w http.ResponseWriter, r *http.Request, max int64) (T, error) {
	var value, zero T
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return zero, ErrMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return zero, ErrTooLarge
	}
	if err != nil {
		return zero, fmt.Errorf("%w: %w", ErrBadBody, err)
	}
	if err := decodeObject(body, &value); err != nil {
		return zero, fmt.Errorf("decode body: %w", err)
	}
	return value, nil
}

// decodeObject is json.Unmarshal for one object whose members are all known.
func decodeObject(body []byte, into any) error {
	// encoding/json leaves a struct as it is when it meets null.
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return errors.New("it is not an object")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF { // Decode stops behind the object
		return errors.New("something follows the object")
	}
	return nil
}
