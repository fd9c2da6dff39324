// Package strictjson decodes JSON as strictly as its other readers do.
package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"
)

// Decode decodes the one JSON value that text consists of into the variable
// that v points to. It refuses what encoding/json lets pass: a member whose
// name differs in case from the field's, a name that an object has twice, null
// for an array or an object that v has no pointer for, and text that is not
// UTF-8. Errors are in words.
func Decode(text string, v any) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case !utf8.ValidString(text):
		return errors.New("its text is not UTF-8")
	}
	err := json.Unmarshal([]byte(text), v)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return inWords(mismatch, reflect.TypeOf(v).Elem())
	}
	var noTime *time.ParseError
	if errors.As(err, &noTime) {
		return fmt.Errorf("%q is no time as RFC 3339 has it", noTime.Value)
	}
	if err != nil {
		return err
	}
	return check(text, reflect.TypeOf(v).Elem())
}

func inWords(err *json.UnmarshalTypeError, whole reflect.Type) error {
	where := at(err.Field)
	if err.Field == "" && err.Type != whole {
		where = "something in it" // inside a map or an array
	}
	return fmt.Errorf("%s is %s, where the test expects %s", where, nounOf(err.Value), kindOf(err.Type))
}

// at names a place in the text, given as names with dots between them.
func at(path string) string {
	if path == "" {
		return "it"
	}
	return "its member " + path
}

// nounOf says what encoding/json found.
func nounOf(value string) string {
	switch value {
	case "bool":
		return "true or false"
	case "array", "object":
		return "an " + value
	case "string", "number":
		return "a " + value
	}
	return "the " + value // "number 1.5"
}

// kindOf says what a Go type stands for in JSON.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Map:
		return "an object"
	case reflect.Struct:
		if t.PkgPath() == "time" && t.Name() == "Time" {
			return "a time as RFC 3339 has it, in a string"
		}
		return "an object"
	case reflect.Pointer:
		return kindOf(t.Elem())
	}
	return fmt.Sprintf("a whole number that fits %v", t)
}
