package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// check goes through text, which is valid JSON and fits t, for what
// encoding/json does not look at.
func check(text string, t reflect.Type) error {
	return checker{json.NewDecoder(strings.NewReader(text))}.value(t, "")
}

type checker struct{ *json.Decoder }

// value checks the next value. Its type is nil where anything goes.
func (c checker) value(t reflect.Type, path string) error {
	token, err := c.Token()
	switch {
	case err != nil:
		return err
	case token == nil && !mayBeNull(t, path):
		return fmt.Errorf("%s is null, where the test expects %s", at(path), kindOf(t))
	case token == json.Delim('['):
		return c.array(inside(t, reflect.Slice, reflect.Array), path)
	case token == json.Delim('{'):
		return c.object(t, path)
	}
	return nil
}

func (c checker) array(elem reflect.Type, path string) error {
	for c.More() {
		if err := c.value(elem, path); err != nil {
			return err
		}
	}
	_, err := c.Token() // ]
	return err
}

func (c checker) object(t reflect.Type, path string) error {
	elem, fields, seen := inside(t, reflect.Map), fieldsOf(t), map[string]bool{}
	for c.More() {
		token, err := c.Token()
		if err != nil {
			return err
		}
		name := token.(string)
		inner := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			return fmt.Errorf("%s is there twice", at(inner))
		}
		seen[name] = true
		next, err := fields.named(name, inner)
		if err != nil {
			return err
		}
		if next == nil {
			next = elem
		}
		if err := c.value(next, inner); err != nil {
			return err
		}
	}
	_, err := c.Token() // }
	return err
}

// mayBeNull is lenient with strings and numbers deep inside, which encoding/json
// leaves as they are.
func mayBeNull(t reflect.Type, path string) bool {
	if bare(t) == nil {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		return true
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		return false
	}
	return path != ""
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// bare follows pointers. It returns nil for a type that decodes itself.
func bare(t reflect.Type) reflect.Type {
	for t != nil && !reflect.PointerTo(t).Implements(unmarshaler) {
		if t.Kind() != reflect.Pointer {
			return t
		}
		t = t.Elem()
	}
	return nil
}

// inside returns the type of the elements, when t is of one of the kinds.
func inside(t reflect.Type, kinds ...reflect.Kind) reflect.Type {
	if t = bare(t); t != nil {
		for _, kind := range kinds {
			if t.Kind() == kind {
				return t.Elem()
			}
		}
	}
	return nil
}

// fields are the types of a struct's fields by their names in JSON.
type fields map[string]reflect.Type

func fieldsOf(t reflect.Type) fields {
	all := fields{}
	if t = bare(t); t == nil || t.Kind() != reflect.Struct {
		return all
	}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" || field.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		all[name] = field.Type
	}
	return all
}

// named returns nil for a name that no field has, and an error where only the
// case differs.
func (all fields) named(name, path string) (reflect.Type, error) {
	if t, exact := all[name]; exact {
		return t, nil
	}
	for field := range all {
		if strings.EqualFold(field, name) {
			return nil, fmt.Errorf("%s is written like that, where the test expects %q", at(path), field)
		}
	}
	return nil, nil
}
