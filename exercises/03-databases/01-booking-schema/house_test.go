package bookingschema_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/seed"
)

// house is a private database with the tables of booking.sql, and the application's way to it: raw SQL.
type house struct {
	*dbtest.DB
	t     *testing.T
	app   *pgxpool.Pool
	price string // the name of the column
	day   time.Time
	story *[]string // what the application has sent, and what came of it
}

func open(t *testing.T) *house {
	t.Helper()
	db := load(t)
	price := requireColumns(t, db)
	day := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(seed.New(t).Between(0, 2000)))
	return &house{DB: db, t: t, app: db.Pool(), price: price, day: day, story: &[]string{}}
}

// in returns the same house, for a session in another time zone.
func (h *house) in(zone string) *house {
	other := *h
	other.app = h.Pool(dbtest.Config(func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["timezone"] = zone }))
	*h.story = append(*h.story, fmt.Sprintf("SET TIME ZONE '%s';", zone))
	return &other
}

// at is an instant on the day of this test, for a time such as "10:00", as text.
func (h *house) at(clock string) string { return h.later(0, 0, clock) }

// later is an instant some months and days later.
func (h *house) later(months, days int, clock string) string {
	return h.day.AddDate(0, months, days).Format(time.DateOnly) + " " + clock + "+00"
}

// tomorrow makes the next day the day of this test.
func (h *house) tomorrow() { h.day = h.day.AddDate(0, 0, 1) }

// row is what is written into a row, as text, by column. What is not in it is left out of the INSERT.
type row map[string]string

const null = "NULL" // is written without quotes

// but returns the same row with another value in one column.
func (r row) but(column, value string) row {
	changed := row{column: value}
	for c, v := range r {
		if c != column {
			changed[c] = v
		}
	}
	return changed
}

// without returns the same row with a column left out.
func (r row) without(column string) row {
	changed := r.but(column, "")
	delete(changed, column)
	return changed
}

// booking is one that nothing speaks against.
func (h *house) booking(room, from, to string) row {
	return row{"room_id": room, "starts_at": h.at(from), "ends_at": h.at(to), "price": "12", "status": "confirmed"}
}

// room adds a room of any name and returns its id.
func (h *house) room() string {
	h.t.Helper()
	return h.accepts("a room", h.insert("rooms", row{"name": fmt.Sprintf("Room %d", len(*h.story)+1)}))
}

// books adds bookings and returns the id of the last one.
func (h *house) books(promise string, bookings ...row) (id string) {
	h.t.Helper()
	for _, b := range bookings {
		id = h.accepts(promise, h.insert("bookings", b))
	}
	return id
}

func (h *house) insert(table string, rows ...row) string {
	names := []string{}
	for _, column := range append(slices.Clone(columns[table]), "price") {
		if _, ok := rows[0][column]; ok {
			names = append(names, column)
		}
	}
	var values []string
	for _, r := range rows {
		var literals []string
		for _, column := range names {
			literals = append(literals, h.literal(column, r[column]))
		}
		values = append(values, "("+strings.Join(literals, ", ")+")")
	}
	into := strings.Replace(strings.Join(names, ", "), "price", h.price, 1)
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s RETURNING id", table, into, strings.Join(values, ", "))
}

// update changes one column of a row.
func (h *house) update(table, id, column, value string) string {
	name := strings.Replace(column, "price", h.price, 1)
	return fmt.Sprintf("UPDATE %s SET %s = %s WHERE id = '%s' RETURNING id", table, name, h.literal(column, value), id)
}

// literal is a value as a constant of no type of its own, which takes that of its column.
func (h *house) literal(column, value string) string {
	if value == null {
		return null
	}
	if price, ok := new(big.Rat).SetString(value); ok && column == "price" && h.price == "price_cents" {
		value = strings.TrimSuffix(price.Mul(price, big.NewRat(100, 1)).FloatString(1), ".0")
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// send runs a statement as the application, and returns the id of the last row that it returns.
func (h *house) send(sql string) (id string, err error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	rows, err := h.app.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol) // every value as text
	if err == nil {
		for rows.Next() {
			if values := rows.RawValues(); len(values) > 0 {
				id = string(values[0])
			}
		}
		err = rows.Err()
	}
	outcome := "accepted"
	if err != nil {
		outcome = err.Error()
	}
	*h.story = append(*h.story, sql+"; -- "+outcome)
	return id, err
}

// told is the story so far, for a message.
func (h *house) told() string {
	return "\n\n\t" + strings.Join(*h.story, "\n\t") + "\n"
}

// accepts runs a statement that must be accepted, and returns the id of its row.
func (h *house) accepts(promise, sql string) (id string) {
	h.t.Helper()
	id, err := h.send(sql)
	if err != nil {
		h.t.Fatalf("The database must accept this: %s. It has refused the last of these statements:%s", promise, h.told())
	}
	if id == "" {
		h.t.Fatalf("The database must accept this: %s. The last of these statements has no error, and has written no row:%s", promise, h.told())
	}
	return id
}

// refuses runs a statement that must be refused for what is in it.
func (h *house) refuses(promise, sql string) {
	h.t.Helper()
	_, err := h.send(sql)
	h.refused(promise, err, "an SQLSTATE of class 22 or 23, or P0001", isRefusal)
}

// conflicts runs a statement that must be refused because of another row.
func (h *house) conflicts(promise, sql string) {
	h.t.Helper()
	_, err := h.send(sql)
	h.refused(promise, err, "SQLSTATE 23P01, 23505 or P0001", isConflict)
}

func isRefusal(code string) bool { return code == "P0001" || code[:2] == "22" || code[:2] == "23" }

func isConflict(code string) bool { return slices.Contains([]string{"23P01", "23505", "P0001"}, code) }

func (h *house) refused(promise string, err error, with string, right func(code string) bool) {
	h.t.Helper()
	if err == nil {
		h.t.Fatalf("The database must refuse this: %s. It has accepted the last of these statements:%s", promise, h.told())
	}
	if !right(code(err)) {
		h.t.Fatalf("The database must refuse this: %s; with %s. The last of these statements was refused in another way:%s", promise, with, h.told())
	}
}

// code returns the SQLSTATE of an error, or five spaces.
func code(err error) string {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	return "     "
}

// holds asks the database whether something is true of some rows, such as "bookings WHERE id = '1'".
func (h *house) holds(promise, rows, condition string, args ...any) {
	h.t.Helper()
	var holds *bool
	sql := "SELECT " + fmt.Sprintf(condition, args...) + " FROM " + rows
	if err := h.app.QueryRow(h.t.Context(), sql).Scan(&holds); err != nil {
		h.t.Fatalf("%s. It cannot be seen whether that is so: %v:%s\n\t%s;\n", promise, err, h.told(), sql)
	}
	if holds != nil && *holds {
		return
	}
	var there string
	_ = h.app.QueryRow(h.t.Context(), "SELECT coalesce(string_agg(to_json(r)::text, E'\n\t'), '(none)') FROM (SELECT * FROM "+rows+" LIMIT 3) AS r").Scan(&there)
	h.t.Fatalf("%s. The last of these queries should be true, and is not:%s\n\t%s;\n\nThe rows are, for this session, three at most:\n\n\t%s\n", promise, h.told(), sql, there)
}
