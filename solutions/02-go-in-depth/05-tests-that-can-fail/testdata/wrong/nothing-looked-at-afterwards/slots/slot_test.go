// Wrong: Book has returned the error, so nothing was booked.
//checker:fails TestSuite/catches/the_slots_before_the_one_that_is_taken_stay_booked
//checker:hint 6

// Package slots_test tests any program that keeps the contract of slots.Store.
package slots_test

import (
	"context"
	"errors"
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
		"ends as it begins":     {8, 10, nil},
		"begins as it ends":     {12, 14, nil},
		"the same":              {10, 12, slots.ErrTaken},
		"over its beginning":    {9, 11, slots.ErrTaken},
		"over its end":          {11, 13, slots.ErrTaken},
		"within it":             {11, 12, slots.ErrTaken},
		"around it":             {9, 13, slots.ErrTaken},
		"no length":             {14, 14, slots.ErrInvalid},
		"ends before it begins": {15, 14, slots.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			book(t, service, slot(name, 10, 12))
			_, err := service.Book(t.Context(), "Bob", slot(name, c.from, c.to))
			require.ErrorIs(t, err, c.want)
		})
	}
	book(t, service, slot("another room", 10, 12))
}

func TestBookAllOrNone(t *testing.T) {
	service := slots.Open(t)
	book(t, service, slot("red", 10, 12))
	for name, c := range map[string]struct {
		second slots.Slot
		want   error
	}{
		"the second is taken":     {slot("red", 11, 13), slots.ErrTaken},
		"the second is no slot":   {slot("red", 14, 14), slots.ErrInvalid},
		"the two have an overlap": {slot("green the two have an overlap", 11, 13), slots.ErrTaken},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := service.Book(t.Context(), "Bob", slot("green "+name, 10, 12), c.second)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestBookAtOnce(t *testing.T) {
	service := slots.Open(t)
	wants := func(from, to int) func(context.Context, slots.Store) error {
		return func(ctx context.Context, store slots.Store) error {
			_, err := store.Book(ctx, "Ada", slot("blue", from, to))
			return err
		}
	}
	errs := service.AtOnce(wants(10, 12), wants(11, 13))
	if errs[0] != nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	require.NoError(t, errs[0], "one of them gets it")
	require.ErrorIs(t, errs[1], slots.ErrTaken)
}

func TestCancel(t *testing.T) {
	service := slots.Open(t)
	other := book(t, service, slot("red", 15, 16))
	id := book(t, service, slot("red", 10, 12), slot("red", 13, 14), slot("blue", 10, 12))
	require.NoError(t, service.Cancel(t.Context(), id))
	require.Equal(t, "0-15 16-24", free(t, service, "red"))
	require.Equal(t, "0-24", free(t, service, "blue"))
	book(t, service, slot("red", 10, 12), slot("red", 13, 14), slot("blue", 10, 12))

	require.ErrorIs(t, service.Cancel(t.Context(), id), slots.ErrNotFound, "a second time")
	require.ErrorIs(t, service.Cancel(t.Context(), id^other^1<<40), slots.ErrNotFound, "an id that never was")
}

func TestFree(t *testing.T) {
	service := slots.Open(t)
	for name, c := range map[string]struct {
		booked []slots.Slot
		want   string
	}{
		"nothing booked":      {nil, "0-24"},
		"in any order":        {[]slots.Slot{slot("", 18, 20), slot("", 9, 10)}, "0-9 10-18 20-24"},
		"touching":            {[]slots.Slot{slot("", 9, 10), slot("", 10, 12)}, "0-9 12-24"},
		"from the day before": {[]slots.Slot{slot("", -2, 3)}, "3-24"},
		"into the day after":  {[]slots.Slot{slot("", 20, 30)}, "0-20"},
		"the whole day":       {[]slots.Slot{slot("", 0, 24)}, ""},
		"other days":          {[]slots.Slot{slot("", -24, 0), slot("", 24, 48)}, "0-24"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, wanted := range c.booked {
				wanted.Room = name
				book(t, service, wanted)
			}
			require.Equal(t, c.want, free(t, service, name))
		})
	}
	t.Run("in a zone of another day", func(t *testing.T) {
		for _, hours := range []int{-14, 14} {
			zone := time.FixedZone("", hours*60*60)
			spans, err := service.Free(t.Context(), "quiet", at(12).In(zone))
			require.NoError(t, err)
			require.Len(t, spans, 1)
			require.WithinRange(t, spans[0].From, at(0), at(0))
		}
	})
}

func TestCallerGone(t *testing.T) {
	service := slots.Open(t)
	id := book(t, service, slot("blue", 10, 12))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, errBook := service.Book(gone, "Bob", slot("blue", 14, 15))
	_, errFree := service.Free(gone, "blue", at(0))
	for _, err := range []error{errBook, errFree, service.Cancel(gone, id)} {
		require.True(t, errors.Is(err, context.Canceled), "got %v", err)
	}
}
