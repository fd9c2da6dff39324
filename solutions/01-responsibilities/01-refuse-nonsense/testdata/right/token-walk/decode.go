// Right: the object is walked token by token, each member into its own field; a name that comes twice is refused.

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
	var value, zero T
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return zero, ErrMediaType
	}
	err := walk(json.NewDecoder(http.MaxBytesReader(w, r.Body, max)), reflect.ValueOf(&value).Elem())
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return zero, ErrTooLarge
	} else if err != nil {
		return zero, fmt.Errorf("%w: %v", ErrBadBody, err)
	}
	return value, nil
}

func walk(d *json.Decoder, into reflect.Value) error {
	if begin, err := d.Token(); err != nil {
		return err
	} else if begin != json.Delim('{') {
		return errors.New("not an object")
	}
	fields := map[string]reflect.Value{}
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = into.Field(i)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		field, ok := fields[name.(string)]
		if !ok {
			return fmt.Errorf("unknown, or a second, member %q", name)
		}
		delete(fields, name.(string))
		if err := d.Decode(field.Addr().Interface()); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err == nil {
		return errors.New("something follows")
	} else if err != io.EOF {
		return err
	}
	return nil
}
