// Wrong: More says whether anything follows the object.
//checker:fails TestRefusesWhatIsNotJSON/a_second_bracket
//checker:fails TestRefusesLargeBodies/of_which_most_is_white_space_at_the_end
//checker:fails TestFailures/the_request_breaks_off
//checker:hint 2

package refusenonsense

import (
	"encoding/json"
	"errors"
	"fmt"
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
	var zero T
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return zero, ErrMediaType
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, max))
	d.DisallowUnknownFields()
	var object *T // nil when the body is null
	err = d.Decode(&object)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return zero, ErrTooLarge
	}
	if err != nil {
		return zero, fmt.Errorf("%w: %w", ErrBadBody, err)
	}
	if object == nil {
		return zero, ErrBadBody
	}
	if d.More() {
		return zero, fmt.Errorf("%w: something follows the object", ErrBadBody)
	}
	return *object, nil
}
