package rowset

import (
	"database/sql/driver"
	"encoding"
	"math/big"
	"reflect"
	"strings"
	"time"
)

// A field is a column that a struct has.
type field struct {
	name  string
	index []int
}

// of returns the field's value in a struct, which may be an invalid value for a
// row that is not there.
func (f field) of(row reflect.Value) any {
	if !row.IsValid() {
		return nilRow
	}
	value, err := row.FieldByIndexErr(f.index)
	if err != nil { // inside an embedded pointer that is nil
		return nilRow
	}
	return value.Interface()
}

// fieldsOf lists the exported fields in the order in which they are declared.
func fieldsOf(typ reflect.Type) []field { return fieldsIn(typ, nil) }

func fieldsIn(typ reflect.Type, path []int) []field {
	const deepest = 8 // a type that embeds itself has no end
	var fields []field
	for f := range typ.Fields() {
		index := append(append([]int(nil), path...), f.Index...)
		tag, tagged := f.Tag.Lookup("db")
		name, _, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case name == "-":
		case f.Anonymous && !tagged && inner.Kind() == reflect.Struct && !isScalar(inner):
			if len(path) < deepest {
				fields = append(fields, fieldsIn(inner, index)...)
			}
		case !f.IsExported():
		case name != "":
			fields = append(fields, field{name, index})
		default:
			fields = append(fields, field{f.Name, index})
		}
	}
	return fields
}

var (
	valuer    = reflect.TypeFor[driver.Valuer]()
	marshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// isScalar tells a type whose values are one value each, although they may be
// structs or slices underneath.
func isScalar(typ reflect.Type) bool {
	switch {
	case typ.ConvertibleTo(reflect.TypeFor[time.Time]()), typ == reflect.TypeFor[big.Int]():
		return true
	case typ.Kind() == reflect.Map:
		return false
	}
	return gives(typ, valuer) || typ.Kind() == reflect.Struct && gives(typ, marshaler)
}

// gives reports whether a type's methods speak for the whole of it. They do not
// where a struct has them from a field that it embeds, next to others.
func gives(typ, methods reflect.Type) bool {
	if !typ.Implements(methods) {
		return false
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ.NumField() == 1 {
		return true
	}
	for f := range typ.Fields() {
		if f.Anonymous && (f.Type.Implements(methods) || reflect.PointerTo(f.Type).Implements(methods)) {
			return false
		}
	}
	return true
}
