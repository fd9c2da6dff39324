// Right: fuzz tests, whose seeds are the cases that matter; `go test -fuzz` finds more.

package slots_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"workbook/exercises/02-go-in-depth/05-tests-that-can-fail/slots"
)

func moment(minutes int16) time.Time {
	return time.Date(2040, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// FuzzTwoBookings books one slot, then another one, in the same booking or the
// next, in the same room or the next.
func FuzzTwoBookings(f *testing.F) {
	f.Add(int16(600), int16(720), int16(720), int16(780), true, false)
	f.Add(int16(600), int16(720), int16(540), int16(600), true, false)
	f.Add(int16(600), int16(720), int16(540), int16(780), true, false)
	f.Add(int16(600), int16(720), int16(630), int16(660), true, false)
	f.Add(int16(600), int16(720), int16(600), int16(720), false, false)
	f.Add(int16(600), int16(720), int16(700), int16(700), true, false)
	f.Add(int16(600), int16(720), int16(900), int16(840), true, false)
	f.Add(int16(600), int16(720), int16(660), int16(780), true, true)
	f.Add(int16(-60), int16(60), int16(1380), int16(1500), true, true)
	f.Add(int16(0), int16(720), int16(720), int16(1440), true, true)
	f.Add(int16(600), int16(600), int16(0), int16(60), true, true)
	f.Fuzz(func(t *testing.T, from1, to1, from2, to2 int16, sameRoom, sameBooking bool) {
		service := slots.Open(t)
		first := slots.Slot{Room: "one", From: moment(from1), To: moment(to1)}
		second := slots.Slot{Room: "one", From: moment(from2), To: moment(to2)}
		if !sameRoom {
			second.Room = "two"
		}
		var want error
		switch {
		case from1 >= to1 || from2 >= to2:
			want = slots.ErrInvalid
		case sameRoom && from1 < to2 && from2 < to1:
			want = slots.ErrTaken
		}
		var busy []slots.Slot
		if sameBooking {
			_, err := service.Book(t.Context(), "Ada", first, second)
			require.ErrorIs(t, err, want)
			if want == nil {
				busy = []slots.Slot{first, second}
			}
		} else {
			if from1 >= to1 {
				t.SkipNow() // only found by fuzzing
			}
			_, err := service.Book(t.Context(), "Ada", first)
			require.NoError(t, err)
			busy = append(busy, first)
			_, err = service.Book(t.Context(), "Ada", second)
			require.ErrorIs(t, err, want)
			if want == nil {
				busy = append(busy, second)
			}
		}
		for _, room := range []string{"one", "two"} {
			requireFree(t, service, room, busy)
		}
	})
}

// requireFree looks at the day minute by minute.
func requireFree(t *testing.T, service slots.Store, room string, busy []slots.Slot) {
	t.Helper()
	spans, err := service.Free(t.Context(), room, moment(0))
	require.NoError(t, err)
	var last time.Time
	for _, span := range spans {
		require.True(t, span.From.After(last), "spans are in order, and do not touch: %v", spans)
		require.True(t, span.To.After(span.From), "a span has length: %v", spans)
		last = span.To
	}
	for minute := range int16(24 * 60) {
		at := moment(minute)
		free, taken := false, false
		for _, span := range spans {
			free = free || !at.Before(span.From) && at.Before(span.To)
		}
		for _, slot := range busy {
			taken = taken || slot.Room == room && !at.Before(slot.From) && at.Before(slot.To)
		}
		if free == taken {
			t.Fatalf("%s at %v: listed as free: %v, booked: %v", room, at, free, taken)
		}
	}
}

func FuzzDayOfAMoment(f *testing.F) {
	for _, hours := range []int8{0, 5, -14, 14} {
		f.Add(hours, int16(0))
		f.Add(hours, int16(1439))
	}
	f.Fuzz(func(t *testing.T, hours int8, minute int16) {
		service := slots.Open(t)
		spans, err := service.Free(t.Context(), "one", moment(minute).In(time.FixedZone("far", int(hours)*3600)))
		require.NoError(t, err)
		require.Len(t, spans, 1)
		require.LessOrEqual(t, spans[0].From.Compare(moment(minute)), 0)
		require.Positive(t, spans[0].To.Compare(moment(minute)))
		require.Zero(t, spans[0].From.UTC().Hour())
	})
}

func FuzzCancel(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(-1))
	f.Add(int64(1) << 40)
	f.Fuzz(func(t *testing.T, other int64) {
		service := slots.Open(t)
		wanted := []slots.Slot{{"one", moment(0), moment(60)}, {"two", moment(0), moment(60)}}
		id, err := service.Book(t.Context(), "Ada", wanted...)
		require.NoError(t, err)
		if other != id {
			require.ErrorIs(t, service.Cancel(t.Context(), other), slots.ErrNotFound)
		}
		for range 2 {
			require.NoError(t, service.Cancel(t.Context(), id))
			require.ErrorIs(t, service.Cancel(t.Context(), id), slots.ErrNotFound)
			requireFree(t, service, "one", nil)
			requireFree(t, service, "two", nil)
			id, err = service.Book(t.Context(), "Ada", wanted...)
			require.NoError(t, err)
		}
	})
}

func TestTwoWhoWantTheSame(t *testing.T) {
	service := slots.Open(t)
	ask := func(ctx context.Context, store slots.Store) error {
		_, err := store.Book(ctx, "Ada", slots.Slot{Room: "one", From: moment(0), To: moment(1)})
		return err
	}
	errs := service.AtOnce(ask, ask)
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), slots.ErrTaken) {
		t.Fatalf("one should get it, and the other ErrTaken; they got: %v", errs)
	}
}

func TestGone(t *testing.T) {
	service := slots.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := service.Book(ctx, "Ada", slots.Slot{Room: "one", From: moment(0), To: moment(1)})
	require.ErrorIs(t, err, ctx.Err())
	_, err = service.Free(ctx, "one", moment(0))
	require.ErrorIs(t, err, ctx.Err())
	requireFree(t, service, "one", nil)
}
