package dashboard

import (
	"encoding/json"
	"slices"
	"strings"
)

// The fields of a person, which are also the columns of people. Whatever a client
// names is looked up here before it is part of a statement.
var personFields = []string{"id", "name", "team", "phone", "salary"}

// isNumber says what values a field has: numbers or texts.
func isNumber(field string) bool { return field == "id" || field == "salary" }

// readable lists the fields of a person that the member may see. Queries select
// these columns and no others, so that nothing hidden can get out on the way.
func (c *call) readable() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(personFields), func(field string) bool {
		return c.can(Read, "person", field) != nil
	}), ", ")
}

// mayUse refuses a field of a person that does not exist, or that the member may
// not read or update, as it is asked for.
func (c *call) mayUse(action Action, field string) error {
	if !slices.Contains(personFields, field) {
		return invalid("a person has no such field")
	}
	return c.can(action, "person", field)
}

// values reads what a member wants to write into a person. One field that is not
// theirs to write refuses all of it, whatever its value is.
func (c *call) values(body map[string]json.RawMessage) (fields []string, values []any, err error) {
	for field := range body {
		if err := c.mayUse(Update, field); err != nil {
			return nil, nil, err
		}
	}
	for _, field := range personFields {
		raw, ok := body[field]
		if !ok {
			continue
		}
		var text *string
		var number *int64
		if isNumber(field) {
			err = json.Unmarshal(raw, &number)
		} else {
			err = json.Unmarshal(raw, &text)
		}
		switch {
		case err != nil || text == nil && number == nil:
			return nil, nil, invalid(field + " has a value of another type")
		case number != nil && *number < 0:
			return nil, nil, invalid(field + " is below zero")
		case text != nil && strings.ContainsRune(*text, 0), text != nil && *text == "" && field != "phone":
			return nil, nil, invalid(field + " is empty, or no text")
		}
		fields = append(fields, field)
		if values = append(values, number); text != nil {
			values[len(values)-1] = text
		}
	}
	return fields, values, nil
}
