// Wrong: a test shows that the program works.
//checker:fails TestSuite/catches/a_booking_is_made_although_the_caller_has_gone
//checker:fails TestSuite/catches/a_booking_that_is_not_there_gets_an_error_of_the_database_driver
//checker:fails TestSuite/catches/a_room_is_listed_as_free_although_a_booking_goes_on_from_the_day_before
//checker:fails TestSuite/catches/a_room_is_listed_as_free_when_the_bookings_could_not_be_read
//checker:fails TestSuite/catches/a_slot_around_a_shorter_one_is_accepted
//checker:fails TestSuite/catches/a_slot_that_begins_when_another_ends_is_refused
//checker:fails TestSuite/catches/a_slot_that_ends_before_it_begins_is_accepted
//checker:fails TestSuite/catches/a_slot_that_ends_when_another_begins_is_refused
//checker:fails TestSuite/catches/a_slot_that_is_taken_is_ErrInvalid
//checker:fails TestSuite/catches/a_slot_without_length_is_accepted
//checker:fails TestSuite/catches/cancelling_a_booking_that_never_was_succeeds
//checker:fails TestSuite/catches/cancelling_a_booking_twice_succeeds
//checker:fails TestSuite/catches/spans_without_length_are_listed
//checker:fails TestSuite/catches/the_day_is_the_one_in_the_time_zone_of_the_moment
//checker:fails TestSuite/catches/the_slots_before_the_one_that_is_taken_stay_booked
//checker:fails TestSuite/catches/two_servers_give_the_same_slot_away_at_once
//checker:fails TestSuite/catches/two_slots_of_one_booking_may_overlap
//checker:hint 1

// Package slots_test tests any program that keeps the contract of slots.Store.
package slots_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/02-go-in-depth/05-tests-that-can-fail/slots"
)

// at is so many hours after the day's beginning.
func at(hours int) time.Time {
	return time.Date(2031, time.March, 14, hours, 0, 0, 0, time.UTC)
}

func slot(room string, from, to int) slots.Slot {
	return slots.Slot{Room: room, From: at(from), To: at(to)}
}

func book(t *testing.T, store slots.Store, wanted ...slots.Slot) (id int64) {
	t.Helper()
	id, err := store.Book(t.Context(), "Ada", wanted...)
	require.NoError(t, err)
	return id
}

// free shows when the room is free, in hours after the day's beginning: moments
// can be equal in different time zones.
func free(t *testing.T, store slots.Store, room string) string {
	t.Helper()
	spans, err := store.Free(t.Context(), room, at(12))
	require.NoError(t, err)
	var all []string
	for _, span := range spans {
		all = append(all, fmt.Sprintf("%v-%v", span.From.Sub(at(0)).Hours(), span.To.Sub(at(0)).Hours()))
	}
	return strings.Join(all, " ")
}

func TestBookBesideAnother(t *testing.T) {
	service := slots.Open(t)
	for name, c := range map[string]struct {
		from, to int
		want     error
	}{
		"before it": {6, 8, nil},
		"after it":  {14, 16, nil},
	} {
		t.Run(name, func(t *testing.T) {
			book(t, service, slot(name, 10, 12))
			_, err := service.Book(t.Context(), "Bob", slot(name, c.from, c.to))
			require.ErrorIs(t, err, c.want)
		})
	}
	book(t, service, slot("another room", 10, 12))
}

func TestCancel(t *testing.T) {
	service := slots.Open(t)
	book(t, service, slot("red", 15, 16))
	id := book(t, service, slot("red", 10, 12), slot("red", 13, 14), slot("blue", 10, 12))
	require.NoError(t, service.Cancel(t.Context(), id))
	require.Equal(t, "0-15 16-24", free(t, service, "red"))
	require.Equal(t, "0-24", free(t, service, "blue"))
	book(t, service, slot("red", 10, 12), slot("red", 13, 14), slot("blue", 10, 12))
}

func TestFree(t *testing.T) {
	service := slots.Open(t)
	for name, c := range map[string]struct {
		booked []slots.Slot
		want   string
	}{
		"nothing booked": {nil, "0-24"},
		"in any order":   {[]slots.Slot{slot("", 18, 20), slot("", 9, 10)}, "0-9 10-18 20-24"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, wanted := range c.booked {
				wanted.Room = name
				book(t, service, wanted)
			}
			require.Equal(t, c.want, free(t, service, name))
		})
	}
}
