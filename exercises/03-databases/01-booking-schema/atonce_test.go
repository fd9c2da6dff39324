package bookingschema_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/gate"
)

// atOnce runs two statements in transactions that are open at the same time. The first one is done when the second
// one begins, but it is committed, or rolled back, only when the second one is done or waits.
func (h *house) atOnce(first, second string, end func(pgx.Tx, context.Context) error) (one, two error, story string) {
	const wait = `SELECT 'a step of this transaction'`
	gate := gate.New(h.t, h.DB)
	transaction := func(end func(pgx.Tx, context.Context) error, statements ...string) func(context.Context) error {
		pool := h.Pool(dbtest.With(gate))
		return func(ctx context.Context) error {
			tx, err := pool.Begin(ctx)
			if err != nil {
				return err
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after an error; else it does nothing
			for _, sql := range statements {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
			}
			return end(tx, ctx)
		}
	}
	errs := gate.Run(transaction(end, first, wait), transaction(pgx.Tx.Commit, wait, second))
	return errs[0], errs[1], fmt.Sprintf("%s\nThe transaction that wrote first returned: %v\nThe other one returned: %v\n", gate.Story(), errs[0], errs[1])
}

// requireOne fails unless one of two transactions was refused because of the other.
func (h *house) requireOne(want string, one, two error, story string) {
	h.t.Helper()
	if one != nil {
		one, two = two, one
	}
	switch {
	case one != nil:
		h.t.Fatalf("%s: one of them must get it. Neither has.%s", want, story)
	case two == nil:
		h.t.Fatalf("%s: one of them must be refused, also when they come at once. Both were accepted.%s", want, story)
	case !isConflict(code(two)) && code(two) != "40P01":
		h.t.Fatalf("%s: one of them must be refused with SQLSTATE 23P01, 23505 or P0001, or 40P01 when they come at once.%s", want, story)
	}
}

func TestAtOnce(t *testing.T) {
	t.Run("two_bookings_that_overlap", func(t *testing.T) {
		h := open(t)
		room := h.room()
		one, two, story := h.atOnce(h.insert("bookings", h.booking(room, "10:00", "11:30")), h.insert("bookings", h.booking(room, "11:00", "12:00")), pgx.Tx.Commit)
		h.requireOne("Two bookings want the same room at the same time", one, two, story)
		h.holds("Of two bookings that want the same room at the same time, one must be in the table", "bookings", `count(*) = 1`)
	})
	t.Run("two_bookings_that_move_to_the_same_room", func(t *testing.T) {
		h := open(t)
		room := h.room()
		one := h.books("a booking", h.booking(h.room(), "10:00", "11:30"))
		two := h.books("a booking", h.booking(h.room(), "11:00", "12:00"))
		errA, errB, story := h.atOnce(h.update("bookings", one, "room_id", room), h.update("bookings", two, "room_id", room), pgx.Tx.Commit)
		h.requireOne("Two bookings move to the same room at the same time", errA, errB, story)
		h.holds("Of two bookings that want the same room at the same time, one must have moved", "bookings WHERE room_id = '"+room+"'", `count(*) = 1`)
	})
	t.Run("two_bookings_that_touch", func(t *testing.T) {
		h := open(t)
		room := h.room()
		one, two, story := h.atOnce(h.insert("bookings", h.booking(room, "10:00", "11:30")), h.insert("bookings", h.booking(room, "11:30", "12:00")), pgx.Tx.Commit)
		if one != nil || two != nil {
			t.Fatalf("One booking begins when the other one ends, so both must be accepted, also when they come at once.%s", story)
		}
	})
	t.Run("the_first_of_two_is_rolled_back", func(t *testing.T) {
		h := open(t)
		b := h.insert("bookings", h.booking(h.room(), "10:00", "11:30"))
		one, two, story := h.atOnce(b, b, pgx.Tx.Rollback)
		if one != nil || two != nil {
			t.Fatalf("The transaction that wrote first was rolled back, so its booking never was. The other one books the same hours and must be accepted: it may wait, and it may not fail.%s", story)
		}
	})
	t.Run("two_rooms_of_the_same_name", func(t *testing.T) {
		h := open(t)
		blue := h.insert("rooms", row{"name": "Blue"})
		one, two, story := h.atOnce(blue, blue, pgx.Tx.Commit)
		h.requireOne("Two rooms want the same name", one, two, story)
	})
}
