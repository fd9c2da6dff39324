package rowset

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// A cell is a value, read: equal values have equal keys, and values that differ
// are shown differently (or at least look differently once tellApart has seen them).
type cell struct {
	kind  string // in words, for a message
	key   string
	shown string
}

// The kinds of cells. Cells of different kinds are never equal.
const (
	isNull     = "NULL"
	isAbsent   = "absent"
	isJSONNull = "JSON null"
	isNumber   = "a number"
	isText     = "text"
	isBool     = "true or false"
	isTime     = "a point in time"
	isClock    = "a time of day"
	isInterval = "an interval"
	isBytes    = "bytes"
	isUUID     = "a UUID"
	isList     = "a list"
	isObject   = "an object"
)

func newCell(kind, key, shown string) cell { return cell{kind, kind + " " + key, shown} }

// cellOf reads a value of a column with the given type of the database, or "".
func cellOf(value any, typ string) (cell, error) {
	c, err := read(value, 0)
	if err == nil && c.kind == isTime {
		switch typ {
		case "date":
			c.shown, _, _ = strings.Cut(c.shown, "T")
		case "timestamp":
			c.shown = strings.TrimSuffix(c.shown, "Z")
		}
	}
	return c, err
}

// deepest bounds values within values; what contains itself has no end.
const deepest = 40

func read(value any, depth int) (cell, error) {
	if depth > deepest {
		return cell{}, fmt.Errorf("a %T has too many values within values, or contains itself", value)
	}
	switch v := value.(type) {
	case nil:
		return newCell(isNull, "", "NULL"), nil
	case absent:
		return newCell(isAbsent, string(v), "("+string(v)+")"), nil
	case time.Time:
		return moment(pgtype.Finite, v), nil
	case time.Duration:
		return interval(0, 0, int64(v)/1000, int64(v)%1000), nil
	case json.Number:
		return number(v.String())
	case json.RawMessage:
		return fromJSON(v, depth)
	case *big.Int:
		if v == nil {
			return read(nil, depth)
		}
		return number(v.String())
	case big.Int:
		return number(v.String())
	case pgtype.InfinityModifier:
		return moment(v, time.Time{}), nil
	}
	if c, ok := readValid(value); ok {
		return c, nil
	}
	return readKind(reflect.ValueOf(value), depth)
}

// readValid reads those types of pgx whose Value method hides what they are.
func readValid(value any) (cell, bool) {
	switch v := value.(type) {
	case pgtype.Numeric:
		if text, err := v.Value(); err == nil {
			c, err := number(fmt.Sprint(text))
			return c, err == nil
		}
	case pgtype.Timestamptz:
		return moment(v.InfinityModifier, v.Time), v.Valid
	case pgtype.Timestamp:
		return moment(v.InfinityModifier, v.Time), v.Valid
	case pgtype.Date:
		return moment(v.InfinityModifier, v.Time), v.Valid
	case pgtype.Interval:
		return interval(v.Months, v.Days, v.Microseconds, 0), v.Valid
	case pgtype.UUID:
		return uuid(v.Bytes), v.Valid
	case pgtype.Time:
		text := time.UnixMicro(v.Microseconds).UTC().Format("15:04:05.999999")
		return newCell(isClock, text, text), v.Valid
	}
	return cell{}, false
}

// readKind reads a value by what its type is made of.
func readKind(v reflect.Value, depth int) (cell, error) {
	typ := v.Type()
	switch kind := v.Kind(); {
	case kind == reflect.Pointer && v.IsNil():
		return read(nil, depth)
	case kind == reflect.Pointer && (typ.Elem().Implements(valuer) || !typ.Implements(valuer)):
		return read(v.Elem().Interface(), depth+1)
	case kind == reflect.Array && v.Len() == 16 && typ.Elem().Kind() == reflect.Uint8:
		return uuid(v.Convert(reflect.TypeFor[[16]byte]()).Interface().([16]byte)), nil
	case kind == reflect.Struct && v.NumField() == 1 && typ.Field(0).Anonymous && typ.Field(0).IsExported():
		return read(v.Field(0).Interface(), depth+1) // what only embeds a value is that value
	case kind != reflect.Map && gives(typ, valuer):
		value, err := v.Interface().(driver.Valuer).Value()
		if err != nil {
			return cell{}, fmt.Errorf("the Value method of %v: %w", typ, err)
		}
		return read(value, depth+1)
	case kind == reflect.Slice && typ.Elem().Kind() == reflect.Uint8:
		return binary(v.Bytes()), nil
	case kind == reflect.Slice, kind == reflect.Array:
		return list(v, depth)
	case kind == reflect.Map, kind == reflect.Struct:
		return object(v, depth)
	}
	return readBasic(v)
}

func readBasic(v reflect.Value) (cell, error) {
	switch v.Kind() {
	case reflect.Bool:
		text := strconv.FormatBool(v.Bool())
		return newCell(isBool, text, text), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return number(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return number(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		return number(float(v.Float(), v.Type().Bits()))
	case reflect.String:
		return newCell(isText, v.String(), quote(v.String())), nil
	}
	return cell{}, fmt.Errorf("a value of type %v cannot be compared", v.Type())
}
