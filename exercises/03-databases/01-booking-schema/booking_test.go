package bookingschema_test

import "testing"

func TestAccepts(t *testing.T) {
	t.Run("a_booking_and_keeps_it", func(t *testing.T) {
		h := open(t)
		room := h.room()
		id := h.books("a booking", h.booking(room, "10:00", "11:30"))
		h.holds("A booking must be kept as it was written", "bookings WHERE id = '"+id+"'",
			`room_id = '%s' AND starts_at = timestamptz '%s' AND ends_at = timestamptz '%s' AND status::text = 'confirmed'`, room, h.at("10:00"), h.at("11:30"))
	})
	t.Run("a_booking_without_a_status_as_pending", func(t *testing.T) {
		h := open(t)
		id := h.books("a booking without a status", h.booking(h.room(), "10:00", "11:30").without("status"))
		h.holds("A booking that is written without a status must be pending", "bookings WHERE id = '"+id+"'", `status::text = 'pending'`)
	})
	t.Run("bookings_that_touch", func(t *testing.T) {
		h := open(t)
		room := h.room()
		h.books("bookings of which one begins at the instant when another one ends",
			h.booking(room, "10:00", "11:30"), h.booking(room, "11:30", "12:00"), h.booking(room, "09:15", "10:00"))
	})
	t.Run("the_same_hours_in_another_room", func(t *testing.T) {
		h := open(t)
		h.books("bookings of two rooms at the same time", h.booking(h.room(), "10:00", "11:30"), h.booking(h.room(), "10:00", "11:30"))
	})
	t.Run("a_booking_in_place_of_a_cancelled_one", func(t *testing.T) {
		h := open(t)
		b := h.booking(h.room(), "10:00", "11:30")
		const promise = "a cancelled booking holds no room, so another one may take its hours"
		for range 2 {
			h.accepts(promise, h.update("bookings", h.books(promise, b), "status", "cancelled"))
		}
		id := h.books(promise, b)
		h.accepts("to delete a booking", "DELETE FROM bookings WHERE id = '"+id+"' RETURNING id")
		h.books("a booking that was deleted holds no room, so another one may take its hours", b)
	})
	t.Run("a_cancelled_booking_in_the_hours_of_another", func(t *testing.T) {
		h := open(t)
		b := h.booking(h.room(), "10:00", "11:30")
		h.books("a cancelled booking holds no room, so it may stand next to another one of the same hours", b, b.but("status", "cancelled"))
	})
	t.Run("a_change_that_overlaps_only_the_booking_itself", func(t *testing.T) {
		h := open(t)
		id := h.books("a booking", h.booking(h.room(), "10:00", "11:30"))
		for _, change := range [][2]string{{"starts_at", h.at("09:30")}, {"ends_at", h.at("11:00")}, {"status", "pending"}, {"price", "15"}} {
			h.accepts("a change of the only booking", h.update("bookings", id, change[0], change[1]))
		}
	})
	t.Run("a_booking_across_midnight", func(t *testing.T) {
		h := open(t).in("UTC")
		h.books("a booking across midnight", h.booking(h.room(), "23:00", "23:59").but("ends_at", h.later(0, 1, "01:00")))
	})
	t.Run("the_hour_that_the_clock_shows_twice", func(t *testing.T) {
		h := open(t).in("Europe/Berlin")
		b := h.booking(h.room(), "10:00", "11:30")
		h.books("when the clocks go back, one hour is shown twice; these are two hours, and a booking may take the first, another one a part of the second",
			b.but("starts_at", "2031-10-26 02:00+02").but("ends_at", "2031-10-26 02:00+01"),
			b.but("starts_at", "2031-10-26 02:15+01").but("ends_at", "2031-10-26 02:45+01"))
	})
	t.Run("a_booking_of_any_length", func(t *testing.T) {
		h := open(t)
		b := h.booking(h.room(), "10:00", "10:01")
		h.books("a booking of any length, such as a minute or three months", b, b.but("starts_at", h.at("11:00")).but("ends_at", h.later(3, 0, "10:00")))
	})
	t.Run("a_booking_in_any_year", func(t *testing.T) {
		h := open(t)
		b := h.booking(h.room(), "10:00", "11:30")
		for _, year := range []string{"1999", "2999"} {
			id := h.books("a booking in any year", b.but("starts_at", year+"-12-31 10:00+00").but("ends_at", year+"-12-31 11:30+00"))
			h.accepts("a change of a booking in any year", h.update("bookings", id, "price", "15"))
		}
	})
}

func TestOverlap(t *testing.T) {
	const promise = "two bookings of a room, neither of them cancelled, that overlap in time"
	for _, shape := range []struct{ name, from, to string }{
		{"the_same_hours", "10:00", "11:30"},
		{"the_first_part", "09:00", "10:01"},
		{"the_last_part", "11:29", "12:00"},
		{"hours_within", "10:30", "11:00"},
		{"hours_around", "09:00", "12:00"},
	} {
		t.Run(shape.name, func(t *testing.T) {
			h := open(t)
			room := h.room()
			h.books("a booking", h.booking(room, "10:00", "11:30"))
			h.conflicts(promise, h.insert("bookings", h.booking(room, shape.from, shape.to)))
		})
	}
	t.Run("an_hour_within_a_long_booking", func(t *testing.T) {
		h := open(t)
		b := h.booking(h.room(), "10:00", "11:30").but("ends_at", h.later(3, 0, "10:00"))
		h.books("a booking of three months", b)
		h.conflicts(promise, h.insert("bookings", b.but("starts_at", h.later(1, 0, "10:00")).but("ends_at", h.later(1, 0, "11:00"))))
	})
	t.Run("also_while_one_is_pending", func(t *testing.T) {
		for _, status := range [][2]string{{"pending", "pending"}, {"pending", "confirmed"}, {"confirmed", "pending"}} {
			h := open(t)
			b := h.booking(h.room(), "10:00", "11:30")
			h.books("a booking", b.but("status", status[0]))
			h.conflicts(promise, h.insert("bookings", b.but("status", status[1])))
		}
	})
	t.Run("two_rows_of_one_statement", func(t *testing.T) {
		h := open(t)
		room := h.room()
		h.conflicts(promise, h.insert("bookings", h.booking(room, "10:00", "11:30"), h.booking(room, "11:00", "12:00")))
	})
	t.Run("a_change_of_hours", func(t *testing.T) {
		h := open(t)
		room := h.room()
		h.books("a booking", h.booking(room, "10:00", "11:30"))
		before := h.books("a booking", h.booking(room, "08:00", "09:00"))
		after := h.books("a booking", h.booking(room, "12:00", "13:00"))
		h.conflicts(promise, h.update("bookings", before, "ends_at", h.at("10:30")))
		h.conflicts(promise, h.update("bookings", after, "starts_at", h.at("11:00")))
	})
	t.Run("a_move_to_another_room", func(t *testing.T) {
		h := open(t)
		room, other := h.room(), h.room()
		h.books("a booking", h.booking(room, "10:00", "11:30"))
		id := h.books("a booking", h.booking(other, "11:00", "12:00"))
		h.conflicts(promise, h.update("bookings", id, "room_id", room))
	})
	t.Run("a_cancelled_booking_that_comes_back", func(t *testing.T) {
		h := open(t)
		room := h.room()
		cancelled := h.books("a booking", h.booking(room, "10:00", "11:30").but("status", "cancelled"))
		other := h.books("a booking", h.booking(room, "11:00", "12:00"))
		h.conflicts(promise, h.update("bookings", cancelled, "status", "confirmed"))
		h.accepts("to cancel a booking", h.update("bookings", other, "status", "cancelled"))
		h.accepts("a cancelled booking that comes back while the room is free", h.update("bookings", cancelled, "status", "confirmed"))
	})
}

func TestRefuses(t *testing.T) {
	// refuses expects one row to be refused, and the same with another value to be accepted.
	refuses := func(name, promise, column string, values ...func(h *house) string) {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			good := h.booking(h.room(), "10:00", "11:30")
			for _, value := range values {
				h.refuses(promise, h.insert("bookings", good.but(column, value(h))))
			}
			id := h.books("a booking with nothing wrong", good)
			for _, value := range values {
				h.refuses(promise+", also when a booking is changed", h.update("bookings", id, column, value(h)))
			}
		})
	}
	is := func(value string) func(*house) string { return func(*house) string { return value } }
	clock := func(clock string) func(*house) string { return func(h *house) string { return h.at(clock) } }

	refuses("an_unknown_room", "a booking of a room that does not exist", "room_id", func(h *house) string {
		gone := h.room()
		h.accepts("to delete a room that has no bookings", "DELETE FROM rooms WHERE id = '"+gone+"' RETURNING id")
		return gone
	})
	refuses("an_unknown_status", "a status other than pending, confirmed and cancelled", "status", is("paid"), is("completed"), is("canceled"), is("Confirmed"), is(""))
	refuses("a_negative_price", "a price below zero", "price", is("-0.01"), is("-12.50"))
	refuses("a_price_that_is_not_a_number", "a price that is not a number", "price", is("NaN"))
	refuses("an_infinite_price", "an infinite price", "price", is("Infinity"))
	refuses("an_end_before_or_at_the_start", "a booking that does not end after it starts", "ends_at", clock("09:00"), clock("10:00"))
	refuses("a_start_that_is_infinite", "a booking whose start is infinite", "starts_at", is("-infinity"))
	refuses("an_end_that_is_infinite", "a booking whose end is infinite", "ends_at", is("infinity"))

	for _, missing := range [][2]string{
		{"a_booking_of_no_room", "room_id"}, {"a_booking_without_a_start", "starts_at"}, {"a_booking_without_an_end", "ends_at"}, {"a_booking_without_a_price", "price"},
	} {
		column := missing[1]
		t.Run(missing[0], func(t *testing.T) {
			h := open(t)
			good := h.booking(h.room(), "10:00", "11:30")
			h.refuses("NULL for "+column, h.insert("bookings", good.but(column, null)))
			h.refuses("a booking that leaves out "+column, h.insert("bookings", good.without(column)))
			id := h.books("a booking with nothing wrong", good)
			h.refuses("NULL for "+column+", also when a booking is changed", h.update("bookings", id, column, null))
		})
	}
	for _, filled := range [][2]string{{"a_status_of_NULL", "status"}, {"a_created_at_of_NULL", "created_at"}} {
		column := filled[1]
		t.Run(filled[0], func(t *testing.T) {
			h := open(t)
			good := h.booking(h.room(), "10:00", "11:30")
			id := h.books("a booking with nothing wrong", good)
			for _, sql := range []string{h.update("bookings", id, column, null), h.insert("bookings", good.but("starts_at", h.at("11:30")).but("ends_at", h.at("12:00")).but(column, null))} {
				if _, err := h.send(sql); err != nil {
					h.refused("NULL for "+column, err, "an SQLSTATE of class 22 or 23, or P0001", isRefusal)
				}
				h.holds("No booking may have NULL for "+column, "bookings", "count(*) = count(%s)", column)
			}
		})
	}
}
