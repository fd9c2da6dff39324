package wire

import (
	"testing"

	"workbook/exercises/internal/wire/internal/strictjson"
)

// JSON decodes the one JSON value that the answer's body consists of. It is
// stricter than encoding/json: names of members must agree in case with the
// fields of T, no object may have a name twice, the text must be UTF-8, and null
// is no array and no object, unless T has a pointer there. Members that T has no
// field for are passed over.
//
//kit:proves that a body is one JSON value of the promised form
func JSON[T any](t testing.TB, a Answer) T {
	t.Helper()
	var v T
	if err := strictjson.Decode(a.Body, &v); err != nil {
		a.fail(t, "one JSON value as its body", "This is none that the test can read: "+err.Error()+".")
	}
	return v
}
