package rowset

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

func list(v reflect.Value, depth int) (cell, error) {
	var keys, shown []string
	for i := range v.Len() {
		c, err := read(v.Index(i).Interface(), depth+1)
		if err != nil {
			return cell{}, err
		}
		keys, shown = append(keys, c.key), append(shown, c.shown)
	}
	return newCell(isList, joined(keys), "["+strings.Join(shown, ", ")+"]"), nil
}

// object reads a map, a struct, or a struct that has a text of its own.
func object(v reflect.Value, depth int) (cell, error) {
	if v.Kind() == reflect.Struct && v.CanConvert(reflect.TypeFor[time.Time]()) { // type Day time.Time
		return read(v.Convert(reflect.TypeFor[time.Time]()).Interface(), depth+1)
	}
	if v.Kind() == reflect.Struct && gives(v.Type(), marshaler) {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return newCell(v.Type().String(), string(text), v.Type().String()+" "+quote(string(text))), err
	}
	var members [][2]cell
	add := func(name, value any) error {
		n, err1 := read(name, depth+1)
		c, err2 := read(value, depth+1)
		members = append(members, [2]cell{n, c})
		return errors.Join(err1, err2)
	}
	var errs []error
	if v.Kind() == reflect.Map {
		for name, value := range v.Seq2() {
			errs = append(errs, add(name.Interface(), value.Interface()))
		}
	} else {
		fields := fieldsOf(v.Type())
		if len(fields) == 0 && v.NumField() > 0 {
			return cell{}, fmt.Errorf("%v has no exported field to compare", v.Type())
		}
		for _, f := range fields {
			errs = append(errs, add(f.name, f.of(v)))
		}
	}
	return objectOf(members), errors.Join(errs...)
}

func objectOf(members [][2]cell) cell {
	slices.SortFunc(members, func(a, b [2]cell) int { return strings.Compare(a[0].key, b[0].key) })
	var keys, shown []string
	for _, m := range members {
		keys, shown = append(keys, m[0].key, m[1].key), append(shown, m[0].shown+": "+m[1].shown)
	}
	return newCell(isObject, joined(keys), "{"+strings.Join(shown, ", ")+"}")
}

// fromJSON reads a document by its content. What is no JSON is bytes.
func fromJSON(raw json.RawMessage, depth int) (cell, error) {
	if raw == nil {
		return read(nil, depth)
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // a float64 would lose digits
	if !json.Valid(raw) || decoder.Decode(&value) != nil {
		return binary(raw), nil
	}
	if value == nil {
		return newCell(isJSONNull, "", "JSON null"), nil
	}
	return read(value, depth+1)
}

// joined puts texts together so that no other texts give the same.
func joined(texts []string) string {
	var b []byte
	for _, text := range texts {
		b = strconv.AppendInt(b, int64(len(text)), 10)
		b = append(append(b, ':'), text...)
	}
	return string(b)
}
