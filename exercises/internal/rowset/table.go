package rowset

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// A Table is a result set. [Of] makes one from Go values, [Query] and [Collect]
// make one from what the database returned; a literal is fine too.
type Table struct {
	Columns []string // one for each value of a row; "" is a name that does not matter
	Types   []string // the database's names of the columns' types; nil for what comes from Go
	Rows    [][]any

	byName bool  // the columns are fields or keys: their order means nothing, case and "_" in their names neither
	err    error // what makes it unusable
}

// absent stands where there is no value, not even NULL, and says why.
type absent string

const (
	noKey  absent = "no such key"
	nilRow absent = "nil"
)

// Of makes a table from a slice.
//
// Structs and pointers to them have a column for each exported field, named by
// the `db` tag or else by the field; `db:"-"` leaves one out; the fields of
// embedded structs are columns too. Fields that are not exported are not
// compared. Maps have a column for each key. In both cases the columns have no
// order, and are found by name as pgx finds them: OrderID, orderid and order_id
// are one.
//
// Rows given as slices have columns without names. Whatever else is a table of
// one column without a name, such as []int64, []string or []time.Time.
func Of[T any](rows []T) Table {
	elem := reflect.TypeFor[T]()
	for elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	values := make([]reflect.Value, len(rows))
	for i := range rows {
		values[i] = pointee(reflect.ValueOf(&rows[i]))
	}
	switch {
	case isScalar(elem):
		return ofScalars(rows)
	case elem.Kind() == reflect.Struct:
		return ofStructs(elem, values)
	case elem.Kind() == reflect.Map:
		return ofMaps(values)
	case elem.Kind() == reflect.Slice && elem.Elem().Kind() != reflect.Uint8:
		return ofSlices(values)
	}
	return ofScalars(rows)
}

// pointee follows pointers; it is invalid when one of them is nil.
func pointee(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v
}

func ofScalars[T any](rows []T) Table {
	table := Table{Columns: []string{""}}
	for _, value := range rows {
		table.Rows = append(table.Rows, []any{value})
	}
	return table
}

func ofStructs(typ reflect.Type, rows []reflect.Value) Table {
	table := Table{byName: true}
	fields := fieldsOf(typ)
	for _, f := range fields {
		table.Columns = append(table.Columns, f.name)
	}
	if len(fields) == 0 {
		table.err = fmt.Errorf("%v has no exported field to compare", typ)
	}
	for _, row := range rows {
		values := make([]any, len(fields))
		for i, f := range fields {
			values[i] = f.of(row)
		}
		table.Rows = append(table.Rows, values)
	}
	return table
}

func ofMaps(rows []reflect.Value) Table {
	table := Table{byName: true}
	keys := map[string]bool{}
	named := make([]map[string]any, len(rows))
	for i, row := range rows {
		named[i] = map[string]any{}
		if !row.IsValid() {
			continue
		}
		for key, value := range row.Seq2() {
			name := fmt.Sprint(key.Interface())
			keys[name], named[i][name] = true, value.Interface()
		}
	}
	table.Columns = slices.Sorted(maps.Keys(keys))
	for _, row := range named {
		values := make([]any, len(table.Columns))
		for i, name := range table.Columns {
			value, ok := row[name]
			if values[i] = value; !ok {
				values[i] = noKey
			}
		}
		table.Rows = append(table.Rows, values)
	}
	return table
}

func ofSlices(rows []reflect.Value) Table {
	var table Table
	for _, row := range rows {
		var values []any
		for i := 0; row.IsValid() && i < row.Len(); i++ {
			values = append(values, row.Index(i).Interface())
		}
		table.Rows = append(table.Rows, values)
	}
	if len(table.Rows) > 0 {
		table.Columns = make([]string, len(table.Rows[0]))
	}
	return table
}

// As names the columns, by their position, for results whose names are no part
// of what was promised. Columns beyond the names given keep theirs.
func (t Table) As(columns ...string) Table {
	t.Columns = slices.Clone(t.Columns)
	copy(t.Columns, columns)
	return t
}

// check says what makes the table unusable.
func (t Table) check() error {
	if t.err != nil {
		return t.err
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d has %s, and the table has %s", i+1,
				count(len(row), "value", "values"), count(len(t.Columns), "column", "columns"))
		}
	}
	if n := len(t.Types); n > 0 && n != len(t.Columns) {
		return fmt.Errorf("there are %s for %s", count(n, "type", "types"), count(len(t.Columns), "column", "columns"))
	}
	return nil
}

// typeOf is the database's name for a column's type, or "".
func (t Table) typeOf(column int) string {
	if t.Types == nil {
		return ""
	}
	return t.Types[column]
}

// A row holds the cells of one row, in the order of the compared columns.
type row []cell

// rows reads the values of the given columns.
func (t Table) rows(columns []int) ([]row, error) {
	rows := make([]row, len(t.Rows))
	for i, values := range t.Rows {
		rows[i] = make(row, len(columns))
		for j, column := range columns {
			c, err := cellOf(values[column], t.typeOf(column))
			if err != nil {
				return nil, fmt.Errorf("column %s of row %d: %w", cmp.Or(t.Columns[column], fmt.Sprint(column+1)), i+1, err)
			}
			rows[i][j] = c
		}
	}
	return rows, nil
}

// on is the same for two rows when they are equal in the given columns.
func (r row) on(columns []int) string {
	keys := make([]string, len(columns))
	for i, c := range columns {
		keys[i] = r[c].key
	}
	return joined(keys)
}
