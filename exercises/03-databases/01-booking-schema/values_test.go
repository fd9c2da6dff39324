package bookingschema_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/plan"
	"workbook/exercises/internal/seed"
)

func TestPrice(t *testing.T) {
	// keeps expects prices to come back as they were written.
	keeps := func(t *testing.T, prices ...string) {
		h := open(t)
		room := h.room()
		for _, price := range prices {
			h.tomorrow()
			id := h.books("a price from 0 to 1,000,000.00", h.booking(room, "10:00", "11:30").but("price", price))
			h.holds("A price must be kept to the cent", "bookings WHERE id = '"+id+"'", `%s::numeric = %s`, h.price, h.literal("price", price))
		}
	}
	t.Run("keeps_the_cents", func(t *testing.T) {
		keeps(t, fmt.Sprintf("%d.%02d", seed.New(t).Between(100, 999), seed.New(t).Between(1, 99)))
	})
	t.Run("goes_from_nothing_to_a_million", func(t *testing.T) { keeps(t, "0", "0.01", "999999.99", "1000000") })
	t.Run("adds_up", func(t *testing.T) {
		h := open(t)
		room := h.room()
		for range 10 {
			h.tomorrow()
			h.books("a price of 0.10", h.booking(room, "10:00", "11:30").but("price", "0.10"))
		}
		h.holds("Ten prices of 0.10 must add up to ten times 0.10, exactly", "bookings", `sum(%[1]s) = 10 * min(%[1]s)`, h.price)
	})
	t.Run("has_no_part_of_a_cent", func(t *testing.T) {
		h := open(t)
		_, err := h.send(h.insert("bookings", h.booking(h.room(), "10:00", "11:30").but("price", "12.505")))
		if err != nil {
			h.refused("a part of a cent", err, "an SQLSTATE of class 22 or 23, or P0001", isRefusal)
			return
		}
		decimals := map[string]int{"price": 2, "price_cents": 0}[h.price]
		h.holds("A part of a cent must be refused or rounded, so that no price in the table has one", "bookings", `%[1]s::numeric = round(%[1]s::numeric, %d)`, h.price, decimals)
	})
}

func TestTime(t *testing.T) {
	// Zones without summer time, so that their offsets are known.
	offsets := map[string]string{"Asia/Kolkata": "+05:30", "Asia/Tokyo": "+09:00", "Africa/Lagos": "+01:00", "America/Phoenix": "-07:00"}
	zones := func(t *testing.T) (writer, reader string) {
		two := seed.Sample(seed.New(t), []string{"Asia/Kolkata", "Asia/Tokyo", "Africa/Lagos", "America/Phoenix"}, 2)
		return two[0], two[1]
	}
	t.Run("is_the_same_instant_in_every_zone", func(t *testing.T) {
		h := open(t)
		writer, reader := zones(t)
		day := h.day.Format(time.DateOnly)
		there := h.in(writer)
		id := there.books("a booking", h.booking(h.room(), "10:00", "11:30").but("starts_at", day+" 10:00").but("ends_at", day+" 11:30"))
		deleted := there.accepts("a deleted room", h.insert("rooms", row{"name": "Blue", "deleted_at": day + " 10:00"}))
		here := h.in(reader)
		here.holds("starts_at and ends_at must be instants, the same for every session, whatever its time zone",
			"bookings WHERE id = '"+id+"'", `starts_at = timestamptz '%[1]s 10:00%[2]s' AND ends_at = timestamptz '%[1]s 11:30%[2]s'`, day, offsets[writer])
		here.holds("deleted_at must be an instant, the same for every session, whatever its time zone",
			"rooms WHERE id = '"+deleted+"'", `deleted_at = timestamptz '%s 10:00%s'`, day, offsets[writer])
	})
	t.Run("of_creation_is_filled_in", func(t *testing.T) {
		h := open(t)
		writer, reader := zones(t)
		id := h.in(writer).books("a booking, without created_at", h.booking(h.room(), "10:00", "11:30"))
		h.in(reader).holds("created_at must be filled in with the instant at which the booking was made, which is just now",
			"bookings WHERE id = '"+id+"'", `created_at BETWEEN now() - interval '5 minutes' AND now() + interval '5 minutes'`)
	})
}

func TestRooms(t *testing.T) {
	const taken = "two live rooms of the same name"
	t.Run("names_are_kept_letter_for_letter", func(t *testing.T) {
		h := open(t)
		for _, name := range []string{"O'Brien's", "100%_\\room", "Zimmer für 2", "会议室 🏠", "قاعة", strings.Repeat("ŵ", 199) + "x"} {
			id := h.accepts("a name of up to 200 characters", h.insert("rooms", row{"name": name}))
			h.holds("A room's name must be kept letter for letter", "rooms WHERE id = '"+id+"'", `name::text = %s`, h.literal("name", name))
		}
	})
	for _, no := range [][2]string{{"without_a_name_are_refused", null}, {"with_an_empty_name_are_refused", ""}, {"with_a_name_of_spaces_are_refused", "   "}} {
		bad := no[1]
		t.Run(no[0], func(t *testing.T) {
			h := open(t)
			h.refuses("a room with no name", h.insert("rooms", row{"name": bad}))
			h.refuses("a room with no name, also when a room is changed", h.update("rooms", h.room(), "name", bad))
			if bad == null {
				h.refuses("a room with no name", "INSERT INTO rooms DEFAULT VALUES RETURNING id")
			}
		})
	}
	t.Run("that_are_live_differ_in_name", func(t *testing.T) {
		h := open(t)
		blue := row{"name": "Blue"}
		h.accepts("a room", h.insert("rooms", blue))
		h.conflicts(taken, h.insert("rooms", blue))
		h.conflicts(taken, h.update("rooms", h.room(), "name", "Blue"))
	})
	t.Run("that_come_back_differ_in_name", func(t *testing.T) {
		h := open(t)
		blue := row{"name": "Blue"}
		deleted := h.accepts("a deleted room", h.insert("rooms", blue.but("deleted_at", h.at("10:00"))))
		h.accepts("a room with the name of a deleted one", h.insert("rooms", blue))
		h.conflicts(taken, h.update("rooms", deleted, "deleted_at", null))
	})
	t.Run("that_are_deleted_free_their_name", func(t *testing.T) {
		h := open(t)
		for range 3 {
			h.tomorrow()
			id := h.accepts("a room with the name of deleted ones", h.insert("rooms", row{"name": "Blue"}))
			h.books("a booking", h.booking(id, "10:00", "11:30"))
			h.accepts("to mark a room as deleted, also when it has bookings", h.update("rooms", id, "deleted_at", h.at("10:00")))
		}
	})
	t.Run("of_one_name_can_be_deleted_at_the_same_instant", func(t *testing.T) {
		h := open(t)
		for range 2 {
			id := h.accepts("a room with the name of deleted ones", h.insert("rooms", row{"name": "Blue"}))
			h.accepts("to mark a room as deleted at the instant at which another one of its name was deleted", h.update("rooms", id, "deleted_at", h.at("10:00")))
		}
	})
	t.Run("without_bookings_can_go", func(t *testing.T) {
		h := open(t)
		h.accepts("DELETE of a room that has no bookings", "DELETE FROM rooms WHERE id = '"+h.room()+"' RETURNING id")
	})
	for _, status := range []string{"confirmed", "cancelled"} {
		t.Run("with_a_"+status+"_booking_stay", func(t *testing.T) {
			h := open(t)
			room := h.room()
			h.books("a booking", h.booking(room, "10:00", "11:30").but("status", status))
			h.refuses("DELETE of a room that has bookings, whatever their status", "DELETE FROM rooms WHERE id = '"+room+"' RETURNING id")
			h.holds("When a DELETE was refused, the booking must still be there", "bookings WHERE room_id = '"+room+"'", `count(*) = 1`)
		})
	}
	t.Run("find_their_bookings_without_reading_the_others", func(t *testing.T) {
		h := open(t)
		h.accepts("100 rooms", `INSERT INTO rooms (name) SELECT 'Room ' || n FROM generate_series(1, 100) AS n RETURNING id`)
		for i, status := range []string{"pending", "confirmed", "cancelled"} {
			h.accepts("700 bookings, no two of them at the same time", fmt.Sprintf(`
				INSERT INTO bookings (room_id, starts_at, ends_at, %s, status)
				SELECT room, starts_at, starts_at + interval '1 hour', 100, '%s'
				FROM (SELECT id AS room, timestamptz '%d-01-01 10:00+00' + row_number() OVER (ORDER BY id, n) * interval '1 day' AS starts_at
					FROM rooms, generate_series(1, 7) AS n) AS hours RETURNING id`, h.price, status, 2031+2*i))
		}
		plan.Settle(t, h.DB)
		var room string
		require.NoError(t, h.app.QueryRow(t.Context(), `SELECT id::text FROM rooms ORDER BY name LIMIT 1 OFFSET $1`, seed.New(t).Between(0, 99)).Scan(&room))
		plan.Examined(t, h.DB, pgtrace.Statement{SQL: "SELECT * FROM bookings WHERE room_id = '" + room + "'"}).Within(t,
			"Before a room is deleted, the database looks for its bookings, and an index must lead it there: for 21 bookings of 2,100 it may read 100 rows", plan.Budget{Rows: 100})
		leads := dbtest.Value[bool](h.DB, `SELECT EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
			WHERE indrelid = 'bookings'::regclass AND attname = 'room_id' AND indpred IS NULL AND indisvalid)`)
		if !leads {
			t.Fatalf("An index that has all bookings must begin with room_id. These are the indexes of the table:\n\n\t%s\n", strings.Join(
				dbtest.Column[string](h.DB, `SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'bookings'::regclass ORDER BY 1`), "\n\t"))
		}
	})
}
