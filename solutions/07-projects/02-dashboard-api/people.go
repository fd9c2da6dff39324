package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

func createPerson(c *call) (answer, error) {
	var in map[string]json.RawMessage
	if err := decode(c.r, &in); err != nil {
		return answer{}, err
	}
	fields, values, err := c.values(in)
	if err != nil {
		return answer{}, err
	}
	if !slices.Contains(fields, "name") || !slices.Contains(fields, "team") {
		return answer{}, invalid("a person needs a name and a team")
	}
	columns, places := "tenant_id", "$1"
	for i, field := range fields {
		columns += ", " + field
		places += fmt.Sprintf(", $%d", i+2)
	}
	p, err := c.person(`INSERT INTO people (`+columns+`) VALUES (`+places+`) RETURNING `+c.readable(), append([]any{c.who.Tenant}, values...)...)
	return answer{status: http.StatusCreated, body: p}, err
}

func getPerson(c *call) (answer, error) {
	id, err := c.id("p")
	if err != nil {
		return answer{}, err
	}
	p, err := c.person(`SELECT `+c.readable()+` FROM people WHERE tenant_id = $1 AND id = $2`, c.who.Tenant, id)
	return answer{status: http.StatusOK, body: p, tagged: true}, err
}

func changePerson(c *call) (answer, error) {
	id, err := c.id("p")
	if err != nil {
		return answer{}, err
	}
	var in map[string]json.RawMessage
	if err := decode(c.r, &in); err != nil {
		return answer{}, err
	}
	p, err := c.change(id, in)
	return answer{status: http.StatusOK, body: p}, err
}

// changePeople changes all people of a list, or none.
func changePeople(c *call) (answer, error) {
	var in []map[string]json.RawMessage
	if err := decode(c.r, &in); err != nil {
		return answer{}, err
	}
	list := make([]map[string]any, 0, len(in))
	for _, one := range in {
		var id *int64
		if err := json.Unmarshal(one["id"], &id); err != nil || id == nil {
			return answer{}, invalid("each entry of the list has the id of a person")
		}
		delete(one, "id")
		p, err := c.change(*id, one)
		if err != nil {
			return answer{}, err
		}
		list = append(list, p)
	}
	return answer{status: http.StatusOK, body: list}, nil
}

// change is the one way to write to a person that is there.
func (c *call) change(id int64, body map[string]json.RawMessage) (map[string]any, error) {
	fields, values, err := c.values(body)
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return nil, invalid("nothing is to be changed")
	}
	var set []string
	for i, field := range fields {
		set = append(set, fmt.Sprintf("%s = $%d", field, i+3))
	}
	return c.person(`UPDATE people SET `+strings.Join(set, ", ")+` WHERE tenant_id = $1 AND id = $2 RETURNING `+c.readable(),
		append([]any{c.who.Tenant, id}, values...)...)
}

func deletePerson(c *call) (answer, error) {
	id, err := c.id("p")
	if err != nil {
		return answer{}, err
	}
	done, err := c.tx.Exec(c.ctx, `DELETE FROM people WHERE tenant_id = $1 AND id = $2`, c.who.Tenant, id)
	if err == nil && done.RowsAffected() == 0 {
		err = errNotFound
	}
	return answer{status: http.StatusNoContent}, err
}

// person runs a statement that returns the readable fields of one person.
func (c *call) person(sql string, args ...any) (map[string]any, error) {
	rows, _ := c.tx.Query(c.ctx, sql, args...)
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNotFound
	}
	return p, err
}
